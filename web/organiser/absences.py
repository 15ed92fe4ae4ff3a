"""On the day: somebody does not come, or comes after all, and what becomes of the meetings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from matcher.schedule.away import minding
from matcher.schedule.changes import Change, Changes, differences
from matcher.schedule.standby import Option, Standby, fill, standbys
from profiles.consultations import Attendee, Consultation
from profiles.errors import ConflictError, InputError
from profiles.event import Event, Schedule
from profiles.timetable_store import Timetable, Version
from web import audit, messages, timetable_words
from web.access import store
from web.organiser import showing
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.day import (
    back,
    desk_of,
    frame,
    in_utc,
    name_of,
    person_address,
    read_moment,
    running,
    with_held,
    written,
)
from web.organiser.showing import Shown
from web.phrases import gettext as _
from web.publication import publish
from web.render.timetable.rows import Entry

ABSENT = "absent"
"""What a version says of itself that was made without somebody; see ``timetable_words.note``."""

Answer = str | Response | tuple[str, int]


# -- somebody does not come --------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """A place that somebody leaves.

    Attributes:
        left: the meeting that does not take place.
        taken: the pair that steps in, if one does.
        others: who could step in instead.
    """

    left: Change
    taken: Change | None
    others: tuple[Option, ...]


@dataclass(frozen=True)
class Gone:
    """What becomes of the newest timetable when somebody does not come from a moment on.

    Attributes:
        since: local time of the event.
        event: the newest timetable's, with people away as far as is known by now.
        schedule: None where nothing can be said, for the reason ``problem``.
        under_way: its meeting that has begun and is not over.
    """

    attendee: Attendee
    since: datetime
    newest: Shown
    event: Event
    schedule: Schedule | None
    changes: Changes
    places: tuple[Place, ...]
    under_way: Entry | None
    problem: str = ""


@pages.get("/events/<event_id>/day/absent/<id:profile_id>")
@onlooker
def day_absence(event_id: str, profile_id: str) -> str:
    """What it frees if somebody does not come, and who steps in."""
    event = event_of(event_id)
    return _preview(event, _gone(event, store().attendee(event.id, profile_id)))


@pages.post("/events/<event_id>/day/absent")
@organiser
def day_absent(event_id: str) -> Answer:
    """Mark somebody as not coming, and keep the timetable without it; publish it at once if asked to."""
    event = event_of(event_id)
    attendee = store().attendee(event.id, request.form.get("who", ""))
    gone = _gone(event, attendee)
    version: Version | None = None
    if gone.schedule is not None and gone.changes.notices:
        if running(event) is not None:
            audit.skip()
            messages.refused(
                _("A new timetable is being made: wait for it or stop it, then mark the absence.")
            )
            return redirect(person_address(event, attendee.profile_id))
        try:
            version = store().keep_edited(
                gone.event,
                gone.schedule,
                f"{ABSENT}: {name_of(attendee.profile_id)}",
                after=int(request.form.get("after") or 0),
            )
        except (ConflictError, ValueError):
            audit.skip()
            messages.refused(
                _("Somebody else changed this timetable in the meantime. This is how it looks now.")
            )
            return _preview(event, gone), 409
    before = store().mark(
        event.id,
        attendee.profile_id,
        checked_in_at=attendee.checked_in_at,
        absent_at=in_utc(event, gone.since),
    )
    if gone.under_way is not None and request.form.get("unheld") == "1":
        day = gone.under_way.slot.start.date()
        store().keep_note(with_held(event, gone.under_way.key, False), day)
    text = _("{name} is marked as not coming.", name=name_of(attendee.profile_id))
    public = version is not None and request.form.get("publish") == "1"
    if public and version is not None:
        text = f"{text} {publish(store(), event, version.number).sentence()}"
    audit.note(
        attendee.profile_id,
        since=written(gone.since),
        version=version.number if version else None,
        published=public,
    )
    messages.undoable(
        text, url_for("organiser.day_present", event_id=event.id), _way_back(gone, before, version, public)
    )
    return redirect(back(event))


def _way_back(gone: Gone, before: Attendee, version: Version | None, public: bool) -> dict[str, str]:
    """What ``day_present`` needs to bring everything back."""
    made = (
        {"version": str(gone.newest.version.number), "after": str(version.number)}
        if version is not None
        else {}
    )
    return {
        "who": before.profile_id,
        "publish": "1" if public else "",
        "at": request.form.get("at", ""),
        **made,
    }


def _gone(event: Consultation, attendee: Attendee) -> Gone:
    newest = showing.shown(event)
    if newest is None or attendee.profile_id not in newest.table.people:
        abort(404)
    moment, who = read_moment(event), attendee.profile_id
    since = _read_since(newest, request.values.get("since", ""), moment)
    under_way = next(
        (each for each in newest.table.of_person(who) if each.slot.start < since < each.slot.end), None
    )
    absent = [who, *(each for each in _absent(newest, since) if each != who)]
    people = [each for each in newest.attendees.values() if each.profile_id != who]
    known = minding(newest.table.event, newest.schedule, people)
    try:
        # What has begun stays as it was, also where somebody says afterwards that it never came.
        schedule, changes = fill(known, newest.schedule, absent, now=max(since, present(event)))
    except InputError as error:
        return Gone(attendee, since, newest, known, None, Changes(), (), under_way, error.reason)
    waiting = standbys(known, newest.schedule, most=6) if changes.dropped else ()
    places = tuple(_places(changes, waiting, set(absent), schedule))
    gone = attendee.model_copy(update={"absent_at": in_utc(event, since)})
    after = minding(known, schedule, [*people, gone])
    return Gone(attendee, since, newest, after, schedule, changes, places, under_way)


def _absent(newest: Shown, since: datetime) -> list[str]:
    """Who else does not come at this time, of those the timetable knows."""
    zone = ZoneInfo(newest.event.event.timezone)
    return [
        who
        for who, each in newest.attendees.items()
        if each.absent_at is not None
        and who in newest.table.people
        and each.absent_at.astimezone(zone).replace(tzinfo=None) <= since
    ]


def present(event: Consultation) -> datetime:
    return datetime.now(ZoneInfo(event.plan.event.timezone)).replace(tzinfo=None, second=0, microsecond=0)


def _places(
    changes: Changes, waiting: Iterable[Standby], absent: set[str], schedule: Schedule
) -> Iterable[Place]:
    """The places that become free, by time, each with who takes it and who else could."""
    meeting = {each.key for each in schedule.meetings}
    could = {(each.instead_of, each.absent): each.options for each in waiting if each.instead_of is not None}
    taken = {(each.after.slot, each.after.table): each for each in changes.added if each.after is not None}
    for left in changes.dropped:
        key = left.startup, left.partner
        place = taken.get((left.before.slot, left.before.table)) if left.before is not None else None
        options = [
            option
            for who in key
            if who in absent
            for option in could.get((key, who), ())
            if not absent & {option.startup, option.partner}
            and (option.startup, option.partner) not in meeting
        ]
        yield Place(left, place, tuple(options[:3]))


def _preview(event: Consultation, gone: Gone) -> str:
    shown = gone.newest
    told = timetable_words.told(gone.changes, shown.event, shown.event)
    return render_template(
        "organiser/day/absent.html",
        **frame(event, desk_of(event)),
        gone=gone,
        person=shown.person(gone.attendee.profile_id),
        name=shown.words.name,
        time=shown.words.time,
        told=told,
        moments=_moments(shown, read_moment(event)),
        is_public=event.published == shown.newest,
        busy=running(event) is not None,
    )


def _moments(shown: Shown, moment: datetime) -> list[tuple[str, str]]:
    """From when on somebody may be gone: now, or the beginning of a slot that is to come."""
    coming = sorted({slot.start for slot in shown.event.slots if slot.start > moment})
    spoken = {slot.start: shown.words.time(slot.id) for slot in shown.event.slots}
    return [(written(moment), _("now")), *((written(each), spoken[each]) for each in coming)]


def _read_since(shown: Shown, text: str, moment: datetime) -> datetime:
    if text in ("", written(moment)):
        return moment
    known = {written(slot): slot.start for slot in shown.event.slots}
    if text not in known:
        raise InputError(_("no meetings begin at “{value}”", value=text), field="since")
    return known[text]


# -- somebody comes after all ------------------------------------------------------------------


@pages.post("/events/<event_id>/day/present")
@organiser
def day_present(event_id: str) -> Response:
    """Take back that somebody does not come; where nothing was changed since, its meetings come back too."""
    event = event_of(event_id)
    form = request.form
    attendee = store().attendee(event.id, form.get("who", ""))
    seen = in_utc(event, read_moment(event)) if form.get("come") == "1" else attendee.checked_in_at
    store().mark(event.id, attendee.profile_id, checked_in_at=seen, absent_at=None)
    restored = _restored(event, form.get("version", ""), form.get("after", ""))
    name = name_of(attendee.profile_id)
    said = [_("{name} is no longer marked as not coming.", name=name)]
    if restored is not None:
        said.append(_("The timetable is again as before."))
        if form.get("publish") == "1":
            said.append(publish(store(), event, restored.number).sentence())
    elif form.get("version"):
        said.append(_("The timetable was changed since or its meetings have begun, so it stays."))
    else:
        said.append(_("For meetings in the time that is left, search for a new timetable."))
    audit.note(attendee.profile_id, version=restored.number if restored else None)
    messages.done(" ".join(said))
    return redirect(person_address(event, attendee.profile_id))


def _restored(event: Consultation, version: str, after: str) -> Version | None:
    """Version ``version`` as the newest, unless ``after`` is no longer that, or what differs has begun."""
    if not (version.isascii() and version.isdigit() and after.isascii() and after.isdigit()):
        return None
    known = {each.number for each in store().timetables(event.id)}
    if not {int(version), int(after)} <= known:
        return None
    old, new = (store().timetable(event.id, int(each)) for each in (version, after))
    if _has_begun(event, old, new):
        return None
    try:
        return store().keep_edited(
            old.event, old.schedule, f"version {old.version.number} restored", after=int(after)
        )
    except ConflictError:
        return None


def _has_begun(event: Consultation, old: Timetable, new: Timetable) -> bool:
    changes = differences(new.event, new.schedule, old.event, old.schedule)
    return any(each.at.replace(tzinfo=None) < present(event) for each in changes.meetings)
