"""The process that does a piece of work in the background: ``python -m web.worker NUMBER``.

A page asks for the work (``web.jobs``); this process takes it from the store, tells the store how far it is,
asks it whether to stop, and leaves its result there. It needs no server: one that ends loses nothing.
"""

from __future__ import annotations

import math
import os
import sys
import threading
import traceback
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from profiles.errors import RoundtableError, StoreError
from profiles.event import Event
from profiles.job_store import Job, JobState, StopAsked
from profiles.store import Store, opened
from web.jobs import NOTHING_IN_TIME, export_folder
from web.settings import Settings, load_settings

BEAT = 0.5
"""Seconds between two signs of life."""

_NICENESS = 10
"""Pages answer before the search goes on."""


class Pulse:
    """Tells the store again and again how far the work is, and hears whether to stop.

    A thread of its own does so, because a search may say nothing for minutes. Within the ``with`` block only.
    """

    def __init__(self, store: Store, number: int) -> None:
        self._store, self._number = store, number
        self._progress: Mapping[str, Any] = {"process": os.getpid()}
        self._over = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True)
        self.stop = StopAsked.NOT

    def __enter__(self) -> Self:
        self.stop = self._store.tell_progress(self._number, self._progress)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._thread.join()

    def tell(self, **progress: Any) -> None:
        """How far the work is; what was told before and is not said anew stays."""
        self._progress = {**self._progress, **progress}

    def asked(self) -> bool:
        """Whether the work was asked to end early."""
        return self.stop is not StopAsked.NOT

    def _beat(self) -> None:
        while not self._over.wait(BEAT):
            try:
                self.stop = self._store.tell_progress(self._number, self._progress)
            except StoreError as error:  # busy for long: the next beat may come through
                sys.stderr.write(f"{error}\n")


@dataclass(frozen=True)
class Work:
    """A piece of work with all that it needs."""

    store: Store
    settings: Settings
    job: Job
    pulse: Pulse


def do(store: Store, settings: Settings, number: int) -> None:
    """Do a piece of work and leave its result, or why there is none, in the store."""
    job = store.job(number)
    if job.state.is_over:
        return
    try:
        with Pulse(store, number) as pulse:
            result = _KINDS[job.kind](Work(store, settings, job, pulse))
    except TimeoutError:
        state, result = JobState.FAILED, {"error": NOTHING_IN_TIME}
        if store.job(number).stop is StopAsked.DISCARD:
            state = JobState.DISCARDED
    except RoundtableError as error:
        state, result = JobState.FAILED, {"error": str(error)}
    except Exception as error:
        traceback.print_exc()
        state, result = JobState.FAILED, {"error": f"{type(error).__name__}: {error}".splitlines()[0]}
    else:
        state = JobState.DONE if result else JobState.DISCARDED
    store.finish_job(number, state, result)


# -- a timetable -------------------------------------------------------------------------------


def _schedule(work: Work) -> dict[str, Any]:
    """Search for a timetable and keep it as a version; or say why there is none, and what would help.

    Nothing if it was asked to throw away what it has.
    """
    from matcher.schedule.releases import releases
    from matcher.schedule.solve import FAIR_STAGES, STAGES, Report, solve

    store, job, pulse = work.store, work.job, work.pulse
    asked = job.request
    event = Event.model_validate(asked["event"])
    keep = asked.get("keep")
    stages: dict[str, tuple[float | None, float | None]] = {}

    def hear(report: Report) -> None:
        stages[report.stage] = (_finite(report.value), _finite(report.bound))
        pulse.tell(stage=report.stage, stages=dict(stages), seconds=report.seconds, meetings=report.meetings)

    pulse.tell(phase="search")
    found = solve(
        event,
        seconds=asked["seconds"],
        seed=asked.get("seed", 0),
        progress=hear,
        stop=pulse.asked,
        stages=FAIR_STAGES if asked.get("fair") else STAGES,
        keep=None if keep is None else store.timetable(job.event_id, keep).schedule,
        now=None if asked.get("now") is None else datetime.fromisoformat(asked["now"]),
    )
    if pulse.stop is StopAsked.DISCARD:
        return {}
    if found.status == "infeasible":
        pulse.tell(phase="releases")
        ways = releases(event, seed=asked.get("seed", 0), stop=pulse.asked)
        return {
            "status": found.status,
            "conflicts": [each.model_dump(mode="json") for each in found.conflicts],
            "releases": [[edit.model_dump(mode="json") for edit in way.edits] for way in ways],
        }
    version = store.keep_timetable(event, found, asked.get("note", "scheduled"))
    return {"status": found.status, "version": version.number}


def _finite(value: float | None) -> float | None:
    """Not every database keeps infinity as JSON."""
    return value if value is not None and math.isfinite(value) else None


# -- files of a timetable ----------------------------------------------------------------------


def _export(work: Work) -> dict[str, Any]:
    """Write a version for everybody who takes part, and pack it; nothing if nobody wants it any more."""
    from matcher.schedule.check import check
    from matcher.service import open_service
    from web.calendars import told_with
    from web.languages import use_language
    from web.render.timetable import Timetable, write_timetable

    store, settings, job, pulse = work.store, work.settings, work.job, work.pulse
    asked = job.request
    found = store.timetable(job.event_id, asked["version"])
    profiles = store.get_many([person.id for person in found.event.participants])
    service = open_service(
        store,
        index_dir=settings.index_dir,
        cache_dir=settings.cache_dir,
        model=settings.model,
        threads=1,
    )

    def hear(done: int, total: int) -> None:
        pulse.tell(done=done, total=total)
        if pulse.stop is StopAsked.DISCARD:
            raise _DiscardedError

    shown = Timetable.of(found.event, found.schedule, profiles)
    with use_language(asked["language"]):
        told = told_with(store, store.consultation(job.event_id), asked["version"], shown)
    folder = export_folder(settings, job.event_id, asked["language"])
    try:
        write_timetable(
            shown,
            folder / "files",
            language=asked["language"],
            created=datetime.now(UTC),
            faults=len(check(found.event, found.schedule).faults),
            explain=service.why_not if asked["briefings"] else None,
            told=told,
            progress=hear,
        )
    except _DiscardedError:
        return {}
    return {"version": asked["version"], "file": _packed(folder).name}


class _DiscardedError(Exception):
    """Nobody wants the files any more."""


def _packed(folder: Path) -> Path:
    """The written files as one archive, whole or not there; what is kept for the next writing is left out."""
    from web.render.timetable import revisions

    draft, files = folder / "draft.zip", folder / "files"
    with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files.rglob("*")):
            name = path.relative_to(files)
            if path.is_file() and not name.parts[0].startswith(".") and name.name != revisions.FILE:
                archive.write(path, Path("timetable") / name)
    return draft.replace(folder / "timetable.zip")


# -- the curve of fairness ---------------------------------------------------------------------


def _fairness(work: Work) -> dict[str, Any]:
    """What it costs to put the startup that is worst off first, for the event of a version."""
    from matcher.schedule.tradeoff import curve

    asked, pulse = work.job.request, work.pulse
    found = curve(
        work.store.timetable(work.job.event_id, asked["version"]).event,
        seconds=asked["seconds"],
        stop=pulse.asked,
        progress=lambda done, most: pulse.tell(done=done, total=most),
    )
    if pulse.stop is StopAsked.DISCARD:
        return {}
    return {"version": asked["version"], "curve": found.to_dict()}


_KINDS: Mapping[str, Callable[[Work], dict[str, Any]]] = {
    "schedule": _schedule,
    "export": _export,
    "fairness": _fairness,
}
"""What can be done in the background."""


def main(number: int) -> None:
    """Do the piece of work of this number, at a low priority."""
    os.nice(_NICENESS)
    settings = load_settings()
    with opened(settings.database_url) as store:
        do(store, settings, number)


if __name__ == "__main__":
    main(int(sys.argv[1]))
