"""Work in the background as pages see it: started as a process of its own, and looked after.

What the process does is ``web.worker``'s; it outlives the server, which only notices sooner than the clock
when it dies.
"""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from profiles import job_store
from profiles.errors import StoreError
from profiles.job_store import SILENT, Job, JobState
from profiles.store import Store
from web.settings import Settings

SCHEDULE, EXPORT, FAIRNESS = "schedule", "export", "fairness"
"""Kinds of work."""

NOTHING_IN_TIME = "no timetable was found in the time given"
"""The error of a search that ended, or was ended, before it had anything."""


def start(
    store: Store,
    settings: Settings,
    event_id: str,
    kind: str,
    request: Mapping[str, Any],
    account: int | None = None,
) -> Job:
    """Ask for a piece of work and start the process that does it.

    Raises:
        ConflictError: there is one for this event that is not over.
        StoreError: the process cannot be started.
    """
    job = store.add_job(event_id, kind, request, account)
    try:
        process = _spawn(store, settings, job.number)
    except OSError as cause:
        error = f"the work in the background cannot be started: {cause}"
        store.finish_job(job.number, JobState.FAILED, {"error": error})
        raise StoreError(error) from cause
    # Whoever starts a process has to take note of its end, or it stays in the system's list.
    watch = threading.Thread(target=_see_end, args=(process, store, job.number), daemon=True)
    watch.start()
    return job


def newest(store: Store, event_id: str, kind: str) -> Job | None:
    """The last piece of work of a kind; one whose process died is known to have failed."""
    job = store.newest_job(event_id, kind)
    if job is None or job.state.is_over or datetime.now(UTC) - job.heard_at <= job_store.SILENCE:
        return job
    store.bury_silent_jobs()
    return store.job(job.number)


def export_folder(settings: Settings, event_id: str, language: str) -> Path:
    """Where the files of an event lie, and with them what its calendars were told before."""
    plain = re.sub(r"[^a-z0-9]+", "-", event_id.lower()).strip("-")[:40]
    stem = f"{plain}-{hashlib.sha256(event_id.encode()).hexdigest()[:8]}"
    return settings.data_dir / "exports" / stem / language


def _spawn(store: Store, settings: Settings, number: int) -> subprocess.Popen[bytes]:
    """The process, in a session of its own, so that neither Ctrl-C nor the server's end reaches it."""
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    told = {
        "ROUNDTABLE_DATABASE": store.engine.url.render_as_string(hide_password=False),
        "ROUNDTABLE_DATA_DIR": str(settings.data_dir),
        "ROUNDTABLE_CACHE_DIR": str(settings.cache_dir),
        "ROUNDTABLE_MODEL": settings.model,
    }
    with (settings.data_dir / "worker.log").open("ab") as log:
        return subprocess.Popen(  # noqa: S603  (our own program, and a number)
            [sys.executable, "-m", "web.worker", str(number)],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            env={**os.environ, **told},
            start_new_session=True,
        )


def _see_end(process: subprocess.Popen[bytes], store: Store, number: int) -> None:
    process.wait()
    if not store.job(number).state.is_over:
        store.finish_job(number, JobState.FAILED, {"error": SILENT})
