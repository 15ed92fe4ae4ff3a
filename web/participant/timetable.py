"""The published timetable as one attendee may see it: its own meetings, and nothing of anybody else's."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from profiles.consultations import Consultation
from profiles.event import Event, Schedule
from profiles.model import Profile
from profiles.store import Store
from web.consulting import published
from web.phrases import language
from web.render.timetable import revisions
from web.render.timetable.calendars import PARTICIPANT, Calendars
from web.render.timetable.revisions import Revisions
from web.render.timetable.rows import Entry, Timetable


def own_timetable(store: Store, event: Consultation, profile_id: str) -> Timetable | None:
    """The published timetable with the meetings of one attendee alone; None: none is published."""
    kept = published(store, event)
    if kept is None:
        return None
    meetings = tuple(meeting for meeting in kept.schedule.meetings if profile_id in meeting.key)
    schedule = Schedule(status=kept.schedule.status, meetings=meetings)
    people = {who for meeting in meetings for who in meeting.key} | {profile_id}
    return Timetable.of(kept.event, schedule, store.get_many(list(people)))


def starts_at(entry: Entry, zone: str) -> datetime:
    """When a meeting begins, in UTC."""
    return entry.slot.start.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def calendar_of(store: Store, event: Consultation, profile_id: str) -> bytes:
    """The calendar of one attendee, in the language in use.

    What calendars were told is kept with the event, so that every published change reaches those who have
    subscribed, whoever asks first. Nothing that was never published is in it.
    """
    told, timetable = _told(store, event)
    return Calendars(timetable, told).of((PARTICIPANT, profile_id))


def _told(store: Store, event: Consultation) -> tuple[Revisions, Timetable]:
    """What calendars are to be told now, with the timetable its names are taken from."""
    known = store.told(event.id)
    kept = published(store, event)
    if kept is None and known is not None and known[0] is not None:  # withdrawn: all of it is cancelled
        last = store.timetable(event.id, known[0])
        timetable = _joined(store, last.event, Schedule(status=last.schedule.status))
    elif kept is None:
        timetable = _nothing(event)
    else:
        timetable = _joined(store, kept.event, kept.schedule)
    if known is not None and known[0] == event.published:
        return Revisions.model_validate(known[1]), timetable
    if known is None and kept is None:
        return Revisions(event=event.id), timetable

    def change(before: Mapping[str, Any] | None) -> dict[str, Any]:
        last = Revisions.model_validate(before) if before is not None else Revisions(event=event.id)
        now = event.published_at or datetime.now(UTC)
        return revisions.revised(last, timetable, now.replace(microsecond=0), language()).model_dump(
            mode="json"
        )

    return Revisions.model_validate(store.tell(event.id, event.published, change)), timetable


def _nothing(event: Consultation) -> Timetable:
    empty = Event(event=event.plan.event, slots=(), tables=(), participants=())
    return Timetable.of(empty, Schedule(status="optimal"), {})


def _joined(store: Store, event: Event, schedule: Schedule) -> Timetable:
    profiles: Mapping[str, Profile] = store.get_many([person.id for person in event.participants])
    return Timetable.of(event, schedule, profiles)
