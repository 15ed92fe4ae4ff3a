"""On the day: somebody comes later, and a new timetable is searched for while the old one holds."""

from __future__ import annotations

import re
from datetime import datetime, time

from flask import abort, redirect, request, url_for
from werkzeug.wrappers import Response

from profiles.consultations import Consultation
from profiles.errors import ConflictError, InputError
from profiles.event import Slot
from profiles.job_store import StopAsked
from web import access, audit, jobs, messages
from web.access import me, store
from web.organiser import scheduling
from web.organiser.absences import present
from web.organiser.blueprint import event_of, organiser, pages
from web.organiser.day import back, desk_of, name_of, person_address, person_page, read_moment, running
from web.organiser.desk import Desk
from web.phrases import gettext as _
from web.phrases import ngettext
from web.settings import Settings

SECONDS = 60
"""What a search on the day is given."""

Answer = str | Response | tuple[str, int]


@pages.post("/events/<event_id>/day/late")
@organiser
def day_late(event_id: str) -> Answer:
    """Note from when on somebody is there, and let a new timetable be searched that minds it."""
    event = event_of(event_id)
    attendee = store().attendee(event.id, request.form.get("who", ""))
    desk = desk_of(event)
    if desk is None or attendee.profile_id not in desk.shown.table.people:
        abort(404)
    try:
        comes = _read_hour(request.form.get("hour", ""), desk)
    except InputError as error:
        audit.skip()
        return person_page(event, attendee.profile_id, request.form.get("hour", ""), error.reason), 400
    away = _until(desk, comes)
    ids = {slot.id for slot in away}
    unavailable = tuple(slot.id for slot in desk.slots if slot.id in ids or slot.id in attendee.unavailable)
    store().save_attendee(attendee.model_copy(update={"unavailable": unavailable}))
    concerned = [each for each in desk.shown.table.of_person(attendee.profile_id) if each.slot.id in ids]
    name, hour = name_of(attendee.profile_id), f"{comes:%H:%M}"
    text = _("{name} comes at {time}.", name=name, time=hour)
    job = _search(event, desk.moment) if concerned else None
    if job is not None:
        text = f"{text} {_searched(len(concerned))}"
    elif concerned:
        busy = _("Work for this event is being done already: search for a new timetable after it.")
        text = f"{text} {busy}"
    audit.note(attendee.profile_id, comes=hour, job=job)
    fields = {
        "who": attendee.profile_id,
        "away": "\n".join(attendee.unavailable),
        "job": str(job or ""),
        "at": request.form.get("at", ""),
    }
    messages.undoable(text, url_for("organiser.day_late_undone", event_id=event.id), fields)
    return redirect(person_address(event, attendee.profile_id))


@pages.post("/events/<event_id>/day/late/undo")
@organiser
def day_late_undone(event_id: str) -> Response:
    """Take back that somebody comes later, and stop the search if it is still under way."""
    event = event_of(event_id)
    attendee = store().attendee(event.id, request.form.get("who", ""))
    desk = desk_of(event)
    known = {slot.id for slot in desk.slots} if desk is not None else set()
    away = tuple(each for each in request.form.get("away", "").split("\n") if each in known)
    store().save_attendee(attendee.model_copy(update={"unavailable": away}))
    job = running(event)
    stopped = job is not None and str(job.number) == request.form.get("job")
    if job is not None and stopped:
        store().ask_to_stop(job.number, StopAsked.DISCARD)
    audit.note(attendee.profile_id, away=len(away))
    messages.done(_("{name} is there as before.", name=name_of(attendee.profile_id)))
    return redirect(person_address(event, attendee.profile_id))


@pages.post("/events/<event_id>/day/search")
@organiser
def day_search(event_id: str) -> Response:
    """Search for a timetable that minds what has changed, and leaves alone what can stay."""
    event = event_of(event_id)
    job = _search(event, read_moment(event))
    if job is None:
        audit.skip()
        messages.refused(_("Work for this event is being done already: wait for it, or stop it."))
    else:
        audit.note(event.name, job=job)
        messages.done(_("A new timetable is being searched for. What has begun stays as it is."))
    return redirect(back(event))


def _search(event: Consultation, moment: datetime) -> int | None:
    """Start the search; None: other work is under way."""
    asked = scheduling.ask(
        event, scheduling.Options(seconds=SECONDS, seed=0, fair=False, keep=True, from_now=True)
    )
    asked["now"] = max(moment, present(event)).isoformat()
    settings: Settings = access.settings()
    try:
        return jobs.start(store(), settings, event.id, jobs.SCHEDULE, asked, me().number).number
    except ConflictError:
        return None


def _searched(concerned: int) -> str:
    return ngettext(
        "{number} meeting cannot be held as planned: a new timetable is being searched for.",
        "{number} meetings cannot be held as planned: a new timetable is being searched for.",
        concerned,
    )


def _read_hour(text: str, desk: Desk) -> datetime:
    """The time of day somebody comes, on the day that is shown."""
    found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)", text.strip())
    if found is None:
        raise InputError(_("Write the time of day, such as 10:40."), field="hour")
    comes = datetime.combine(desk.day, time(int(found[1]), int(found[2])))
    if not _until(desk, comes):
        raise InputError(
            _("No meetings lie between the present and this time: choose a later one."), field="hour"
        )
    return comes


def _until(desk: Desk, comes: datetime) -> list[Slot]:
    """The slots of the day, from the moment on, that begin before somebody comes."""
    return [
        slot
        for slot in desk.slots
        if slot.start.date() == comes.date() and slot.end > desk.moment and slot.start < comes
    ]
