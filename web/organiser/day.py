"""The day itself, as it is run from the desk: who has come, what is on, what was held."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.agreed import by_pair
from profiles.consultations import Attendee, By, Consultation, Note
from profiles.errors import InputError
from profiles.event import Slot
from profiles.job_store import Job, JobState
from web import audit, jobs, messages, times
from web.access import store
from web.organiser import showing
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.desk import Desk, Part, Presence
from web.organiser.people import namer
from web.pages.views import read_query
from web.phrases import N_, Name
from web.phrases import gettext as _
from web.render.timetable import words
from web.render.timetable.revisions import uid

FOUND = 12
"""So many people a search shows."""
MISSING = 8
"""So many of those who have not come yet are shown at first."""

_PARTS = {
    Part.FIRST: N_("First meetings"),
    Part.NOW: N_("Now"),
    Part.ENDED: N_("Just ended"),
    Part.NEXT: N_("Next"),
    Part.LAST: N_("Last meetings"),
}
_PRESENCES = {
    Presence.EXPECTED: N_("not here yet"),
    Presence.HERE: N_("here"),
    Presence.AWAY: N_("away"),
    Presence.ABSENT: N_("not coming"),
}
_HELD = {"yes": True, "no": False, "": None}


def part_name(part: Part) -> str:
    """What a list of meetings is to the moment, in a word."""
    return _(_PARTS[part])


def presence_name(presence: Presence) -> str:
    """Whether somebody is there, in a word."""
    return _(_PRESENCES[presence])


# -- the page ----------------------------------------------------------------------------------


@pages.get("/events/<event_id>/day")
@onlooker
def day(event_id: str) -> str:
    """What is on and what is next, who is missing, and everybody by name."""
    event = event_of(event_id)
    desk = desk_of(event)
    shared = frame(event, desk)
    found = desk.people(shared["query"]) if desk is not None and shared["query"] else []
    return render_template(
        "organiser/day/index.html",
        **shared,
        job=running(event),
        failed=_came_to_nothing(event),
        found=found[:FOUND],
        more=max(0, len(found) - FOUND),
        most=10**6 if "all" in request.args else MISSING,
    )


@pages.get("/events/<event_id>/day/person/<id:profile_id>")
@onlooker
def day_person(event_id: str, profile_id: str) -> str:
    """One of those who take part: whether it is there, and its meetings."""
    return person_page(event_of(event_id), profile_id)


def person_page(event: Consultation, profile_id: str, typed: str = "", error: str = "") -> str:
    """The page of one of them.

    Args:
        typed: the time of day at which it comes, as it was written.
        error: what is wrong with it.
    """
    attendee = store().attendee(event.id, profile_id)
    desk = desk_of(event)
    if desk is None or profile_id not in desk.shown.table.people:
        abort(404)
    return render_template(
        "organiser/day/person.html",
        **frame(event, desk),
        person=desk.shown.person(profile_id),
        attendee=attendee,
        meetings=[desk.meeting(entry) for entry in desk.shown.table.of_person(profile_id)],
        seen=_said(event, attendee.checked_in_at),
        gone=_said(event, attendee.absent_at),
        job=running(event),
        typed=typed,
        error=error,
    )


def frame(event: Consultation, desk: Desk | None) -> dict[str, Any]:
    """What all pages of the day name."""
    return {
        "event": event,
        "desk": desk,
        "at": request.values.get("at", ""),
        "words": words,
        "times": times,
        "Part": Part,
        "Presence": Presence,
        "part_name": part_name,
        "presence_name": presence_name,
        "written": written,
        "uid": uid,
        "query": read_query(request.args.get("q", "")),
    }


def desk_of(event: Consultation) -> Desk | None:
    """The day at the moment that is asked for, by the timetable that attendees see, else by the newest one.

    None: there is no timetable, or nothing in it.
    """
    shown = showing.shown(event, event.published)
    if shown is None or not shown.event.slots:
        return None
    return Desk(shown, by_pair(store().notes(event.id)), read_moment(event))


def running(event: Consultation) -> Job | None:
    """The search for a timetable that is under way."""
    job = jobs.newest(store(), event.id, jobs.SCHEDULE)
    return None if job is None or job.state.is_over else job


def _came_to_nothing(event: Consultation) -> bool:
    """Whether the last search ended without a timetable, and nothing was changed since."""
    job = jobs.newest(store(), event.id, jobs.SCHEDULE)
    if job is None or job.finished_at is None:
        return False
    if job.state is not JobState.FAILED and job.result.get("status") != "infeasible":
        return False
    newest = next(iter(store().timetables(event.id)), None)
    return newest is None or newest.created_at < job.finished_at


def read_moment(event: Consultation) -> datetime:
    """The moment that an address or a form names, in the event's local time; the present if none is named.

    Raises:
        InputError: it cannot be read.
    """
    text = request.values.get("at", "")
    if not text:
        return datetime.now(ZoneInfo(event.plan.event.timezone)).replace(tzinfo=None, second=0, microsecond=0)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}", text):
        raise InputError(_("“{value}” is no day and time, such as 2027-05-11T09:20", value=text), field="at")
    try:
        return datetime.fromisoformat(text)
    except ValueError as cause:
        raise InputError(
            _("“{value}” is no day and time, such as 2027-05-11T09:20", value=text), field="at"
        ) from cause


def written(moment: datetime | Slot) -> str:
    """A moment as ``read_moment`` reads it."""
    return (moment.start if isinstance(moment, Slot) else moment).strftime("%Y-%m-%dT%H:%M")


def in_utc(event: Consultation, moment: datetime) -> datetime:
    """Local time of the event in UTC."""
    return moment.replace(tzinfo=ZoneInfo(event.plan.event.timezone)).astimezone(UTC)


def _said(event: Consultation, moment: datetime | None) -> times.Moment | None:
    reader = request.cookies.get("timezone", "")
    return None if moment is None else times.full(moment, event.plan.event.timezone, reader)


# -- who has come, what was held ---------------------------------------------------------------


@pages.post("/events/<event_id>/day/check-in")
@organiser
def day_check_in(event_id: str) -> Response:
    """Note that somebody has come, or take that back."""
    event = event_of(event_id)
    attendee = store().attendee(event.id, request.form.get("who", ""))
    come = request.form.get("come") == "1"
    if come and attendee.absent_at is not None:
        audit.skip()
        messages.refused(
            _("{name} is marked as not coming: take that back first.", name=name_of(attendee.profile_id))
        )
        return redirect(person_address(event, attendee.profile_id))
    seen = in_utc(event, read_moment(event)) if come else None
    store().mark(event.id, attendee.profile_id, checked_in_at=seen, absent_at=attendee.absent_at)
    audit.note(attendee.profile_id, come=come)
    _say(
        _("{name} is here.", name=name_of(attendee.profile_id))
        if come
        else _("{name} is no longer checked in.", name=name_of(attendee.profile_id))
    )
    return redirect(back(event, attendee))


@pages.post("/events/<event_id>/day/held")
@organiser
def day_held(event_id: str) -> Response:
    """Note whether a meeting took place; what the organiser says of its result stays, if it did."""
    event = event_of(event_id)
    key = request.form.get("startup", ""), request.form.get("partner", "")
    desk = desk_of(event)
    entry = desk.shown.entries.get(key) if desk is not None else None
    held = request.form.get("held", "")
    if desk is None or entry is None or held not in _HELD:
        abort(404)
    if entry.slot.start > desk.moment:
        audit.skip()
        messages.refused(_("This meeting has not begun yet."))
        return redirect(back(event))
    store().keep_note(with_held(event, key, _HELD[held]), entry.slot.start.date())
    audit.note(" ".join(key), held=_HELD[held])
    return redirect(back(event))


def with_held(event: Consultation, key: tuple[str, str], held: bool | None) -> Note:
    """What the organiser has noted of a meeting, with whether it took place."""
    kept = store().notes(event.id, profile_id=key[0], by=By.ORGANISER)
    before = next((note for note in kept if note.key == key), None)
    note = before or Note(event_id=event.id, startup=key[0], partner=key[1], by=By.ORGANISER)
    if held is not True:
        note = note.model_copy(update={"result": None, "amount_usd": None})
    return note.model_copy(update={"held": held})


def name_of(profile_id: str) -> Name:
    """What an organisation is called."""
    return namer([profile_id])(profile_id)


def _say(text: str) -> None:
    """Say what was done; where a script puts the new state into place, that says it."""
    if "HX-Request" not in request.headers:
        messages.done(text)


def back(event: Consultation, attendee: Attendee | None = None) -> str:
    """Where a form of the day came from."""
    if attendee is not None and request.form.get("place") == "person":
        return person_address(event, attendee.profile_id)
    at, query = request.form.get("at", ""), request.form.get("q", request.form.get("said", ""))
    return url_for("organiser.day", event_id=event.id, at=at or None, q=query.strip() or None)


def person_address(event: Consultation, who: str) -> str:
    """The page of one of those who take part."""
    at = request.values.get("at", "")
    return url_for("organiser.day_person", event_id=event.id, profile_id=who, at=at or None)
