"""Who is away when, by what is kept of attendees, and a timetable's event brought up to date with it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from zoneinfo import ZoneInfo

from profiles.consultations import Attendee
from profiles.event import Event, Participant, Schedule, Slot


def away_slots(attendee: Attendee, slots: Sequence[Slot], timezone: str) -> set[str]:
    """Ids of the slots in which an attendee is not there; all that end after it was known not to come."""
    away = set(attendee.unavailable)
    if attendee.absent_at is not None:
        since = attendee.absent_at.astimezone(ZoneInfo(timezone)).replace(tzinfo=None)
        away |= {slot.id for slot in slots if slot.end > since}
    return away


def minding(event: Event, schedule: Schedule, attendees: Iterable[Attendee]) -> Event:
    """The event of a timetable with people away as they are by now, as far as the timetable allows.

    Nobody is away at the time of a meeting that it has, so that a timetable that keeps its rules keeps them
    still.

    Args:
        event: what the timetable was made for.
        schedule: the timetable.
        attendees: those whose absence counts; others stay as the event has them.
    """
    known = {each.profile_id: each for each in attendees}
    slots = {slot.id: slot for slot in event.slots}
    busy: dict[str, list[Slot]] = {}
    for meeting in schedule.meetings:
        for who in meeting.key:
            busy.setdefault(who, []).append(slots[meeting.slot])

    def minded(person: Participant) -> Participant:
        if person.id not in known:
            return person
        away = {*person.unavailable, *away_slots(known[person.id], event.slots, event.event.timezone)}
        meets = busy.get(person.id, [])
        free = (slot for slot in event.slots if not any(_overlap(slot, each) for each in meets))
        return person.model_copy(update={"unavailable": tuple(slot.id for slot in free if slot.id in away)})

    return event.model_copy(update={"participants": tuple(map(minded, event.participants))})


def _overlap(one: Slot, other: Slot) -> bool:
    return one.start < other.end and other.start < one.end
