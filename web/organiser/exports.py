"""A timetable as files: a workbook, calendars, the files of the formats, and all of it to print."""

from __future__ import annotations

import io
import json
import tempfile
import zipfile
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from flask import abort, redirect, render_template, request, send_file, url_for
from pydantic import BaseModel
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response

from profiles.errors import ConflictError
from profiles.job_store import Job, JobState, StopAsked
from web import access, audit, jobs, messages, phrases
from web.access import me, store
from web.calendars import told_with
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.showing import Shown
from web.organiser.timetable import frame, read_version, shown_or_404
from web.phrases import gettext as _
from web.render.timetable.calendars import Calendars
from web.render.timetable.names import stems
from web.render.timetable.sheets import write_workbook
from web.settings import Settings


@pages.get("/events/<event_id>/exports")
@onlooker
def timetable_exports(event_id: str) -> str:
    """What there is to download, and the button that writes the rest."""
    event = event_of(event_id)
    shown = shown_or_404(event, read_version(request.args.get("version", "")))
    job = jobs.newest(store(), event.id, jobs.EXPORT)
    return render_template(
        "organiser/timetable/exports.html",
        **frame(event, shown),
        versions=store().timetables(event.id),
        job=job,
        ready=job is not None and _archive(job) is not None,
    )


@pages.get("/events/<event_id>/exports/<any(workbook, calendars, files):what>")
@onlooker
def timetable_export(event_id: str, what: str) -> Response:
    """A file that is made while one waits."""
    event = event_of(event_id)
    shown = shown_or_404(event, read_version(request.args.get("version", "")))
    ending, make = _QUICK[what]
    name = secure_filename(f"{event.id}-{what}-v{shown.version.number}") or what
    return send_file(io.BytesIO(make(shown)), as_attachment=True, download_name=f"{name}.{ending}")


@pages.post("/events/<event_id>/exports/all")
@organiser
def timetable_export_start(event_id: str) -> Response:
    """Write in the background: pages to print, calendars, the workbook and, if asked for, briefings."""
    event = event_of(event_id)
    shown = shown_or_404(event, read_version(request.form.get("version", "")))
    asked = {
        "version": shown.version.number,
        "language": phrases.language(),
        "briefings": request.form.get("briefings") == "1",
    }
    try:
        job = jobs.start(store(), _settings(), event.id, jobs.EXPORT, asked, me().number)
    except ConflictError:
        audit.skip()
        messages.refused(_("Work for this event is being done already: wait for it, or stop it."))
    else:
        audit.note(event.name, job=job.number, version=shown.version.number)
    return redirect(url_for("organiser.timetable_exports", event_id=event.id))


@pages.get("/events/<event_id>/exports/progress")
@onlooker
def timetable_export_progress(event_id: str) -> str | Response:
    """How far the writing is, as a part of the page; when it is over, the whole page is loaded anew."""
    event = event_of(event_id)
    job = jobs.newest(store(), event.id, jobs.EXPORT)
    address = url_for("organiser.timetable_exports", event_id=event.id)
    if not request.headers.get("HX-Request"):
        return redirect(address)
    if job is None or job.state.is_over:
        return Response(status=200, headers={"HX-Redirect": address})
    return render_template("organiser/timetable/writing.html", event=event, job=job)


@pages.post("/events/<event_id>/exports/stop")
@organiser
def timetable_export_stop(event_id: str) -> Response:
    """Stop the writing; what was written before stays."""
    event = event_of(event_id)
    job = jobs.newest(store(), event.id, jobs.EXPORT)
    if job is None or job.state.is_over:
        audit.skip()
    else:
        store().ask_to_stop(job.number, StopAsked.DISCARD)
        audit.note(event.name, job=job.number)
    return redirect(url_for("organiser.timetable_exports", event_id=event.id))


@pages.get("/events/<event_id>/exports/all")
@onlooker
def timetable_export_all(event_id: str) -> Response:
    """Everything that was written last, as one archive."""
    event = event_of(event_id)
    job = jobs.newest(store(), event.id, jobs.EXPORT)
    archive = None if job is None else _archive(job)
    if job is None or archive is None:
        abort(404)
    name = secure_filename(f"{event.id}-v{job.result['version']}-{job.request['language']}") or "timetable"
    return send_file(archive.resolve(), as_attachment=True, download_name=f"{name}.zip")


def _archive(job: Job) -> Path | None:
    """What a piece of work has written; None where it has not, or it is gone."""
    if job.state is not JobState.DONE:
        return None
    path = jobs.export_folder(_settings(), job.event_id, job.request["language"]) / job.result["file"]
    return path if path.is_file() else None


def _settings() -> Settings:
    found: Settings = access.settings()
    return found


# -- what is made while one waits --------------------------------------------------------------


def _workbook(shown: Shown) -> bytes:
    """The workbook, in the reader's language."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "timetable.xlsx"
        write_workbook(path, shown.table, datetime.now(UTC), Path(folder))
        return path.read_bytes()


def _calendars(shown: Shown) -> bytes:
    """A calendar of each person, and one of all, so that those who have an earlier one hear of changes."""
    told = told_with(store(), shown.consultation, shown.version.number, shown.table)
    found = Calendars(shown.table, told)
    names = stems(found.keys())
    return _zipped([("all.ics", found.everybody()), *((f"{names[key]}.ics", found.of(key)) for key in names)])


def _files(shown: Shown) -> bytes:
    """Event and timetable as files that ``roundtable check`` and other commands read."""
    records: list[tuple[str, BaseModel]] = [
        ("event.json", shown.table.event),
        ("schedule.json", shown.schedule),
    ]
    return _zipped([(name, _json(record)) for name, record in records])


def _json(record: BaseModel) -> bytes:
    return (json.dumps(record.model_dump(mode="json"), ensure_ascii=False, indent=1) + "\n").encode()


def _zipped(files: Iterable[tuple[str, bytes]]) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)
    return packed.getvalue()


_QUICK: dict[str, tuple[str, Callable[[Shown], bytes]]] = {
    "workbook": ("xlsx", _workbook),
    "calendars": ("zip", _calendars),
    "files": ("zip", _files),
}
"""What is made at once: the ending of its name, and how."""
