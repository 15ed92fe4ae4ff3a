"""A day as whoever runs it sees it at one moment: what is on, what is next, who has come and who has not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from profiles.agreed import Agreed
from profiles.consultations import Attendee
from profiles.event import Slot
from profiles.model import Side
from web.organiser.showing import Filter, Key, Shown
from web.render.timetable.rows import Entry, Person

SOON = timedelta(minutes=60)
"""Whoever has a meeting within it and has not come yet is looked for."""


class Presence(StrEnum):
    """Whether somebody is there."""

    EXPECTED = "expected"
    HERE = "here"
    AWAY = "away"
    ABSENT = "absent"


class Part(StrEnum):
    """What a list of meetings is to the moment."""

    FIRST = "first"
    NOW = "now"
    ENDED = "ended"
    NEXT = "next"
    LAST = "last"


@dataclass(frozen=True)
class Meeting:
    """A meeting as the desk shows it.

    Attributes:
        agreed: what is noted of it.
        startup, partner: whether each is there at its time.
    """

    entry: Entry
    agreed: Agreed | None
    startup: Presence
    partner: Presence

    @property
    def both(self) -> tuple[tuple[Person, Presence], tuple[Person, Presence]]:
        return (self.entry.startup, self.startup), (self.entry.partner, self.partner)

    @property
    def is_in_doubt(self) -> bool:
        """Whether one of the two is known not to be there."""
        return bool({self.startup, self.partner} & {Presence.AWAY, Presence.ABSENT})


@dataclass(frozen=True)
class Desk:
    """The day at a moment.

    Attributes:
        shown: the timetable that is in force.
        agreed: what is noted of meetings, by pair.
        moment: local time of the event.
    """

    shown: Shown
    agreed: Mapping[Key, Agreed]
    moment: datetime

    @property
    def zone(self) -> ZoneInfo:
        return ZoneInfo(self.shown.event.event.timezone)

    @property
    def day(self) -> date:
        """The day that is shown: that of the moment, else the nearest one of the event."""
        days, today = self.shown.days, self.moment.date()
        return next((each for each in days if each >= today), days[-1])

    @cached_property
    def slots(self) -> list[Slot]:
        """All slots of the event in the order of time."""
        return sorted(self.shown.event.slots, key=lambda slot: (slot.start, slot.end))

    # -- when ----------------------------------------------------------------------------------

    @property
    def is_before(self) -> bool:
        """Whether the event has not begun."""
        return self.moment < self.slots[0].start

    @property
    def is_after(self) -> bool:
        """Whether it is over."""
        return self.moment >= max(slot.end for slot in self.slots)

    @cached_property
    def parts(self) -> list[tuple[Part, list[Slot]]]:
        """The slots that are shown: what is on and what is next, or what comes nearest to it."""
        begun = [slot for slot in self.slots if slot.start <= self.moment]
        coming = [slot for slot in self.slots if slot.start > self.moment]
        on = [slot for slot in begun if slot.end > self.moment]
        if not begun:
            return [(Part.FIRST, _together(coming))]
        if not coming and not on:
            return [(Part.LAST, _together(begun[::-1]))]
        found = [(Part.NOW, on)] if on else [(Part.ENDED, _together(begun[::-1]))]
        return [*found, (Part.NEXT, _together(coming))] if coming else found

    @property
    def earlier(self) -> Slot | None:
        """The slot before those that are shown."""
        first = min(slot.start for _part, slots in self.parts for slot in slots)
        return next((slot for slot in reversed(self.slots) if slot.start < first), None)

    @property
    def later(self) -> Slot | None:
        """The slot with which the next view begins."""
        return next((slot for slot in self.slots if slot.start > self.moment), None)

    # -- who -----------------------------------------------------------------------------------

    def presence(self, who: str, slot: Slot | None = None) -> Presence:
        """Whether somebody is there: in a slot, or at the moment."""
        attendee = self.shown.attendees.get(who)
        if attendee is None:
            return Presence.ABSENT
        gone = self.gone_from(attendee)
        if gone is not None and (gone < slot.end if slot is not None else gone <= self.moment):
            return Presence.ABSENT
        if self._is_away(attendee, slot):
            return Presence.AWAY
        return Presence.HERE if self._has_come(attendee) else Presence.EXPECTED

    def gone_from(self, attendee: Attendee) -> datetime | None:
        """From when on somebody does not come, in local time."""
        return self._local(attendee.absent_at)

    def back_at(self, who: str) -> Slot | None:
        """The first slot from the moment on, on the day that is shown, in which somebody is there again."""
        attendee = self.shown.attendees.get(who)
        away = set(attendee.unavailable) if attendee is not None else set()
        rest = [slot for slot in self.slots if slot.start.date() == self.day and slot.end > self.moment]
        return next((slot for slot in rest if slot.id not in away), None)

    def _is_away(self, attendee: Attendee, slot: Slot | None) -> bool:
        away = set(attendee.unavailable)
        if slot is not None:
            return slot.id in away
        on = [each for part, slots in self.parts if part is Part.NOW for each in slots]
        return bool(on) and all(each.id in away for each in on)

    def _has_come(self, attendee: Attendee) -> bool:
        """Whether somebody was seen on the day that is shown; before the first day counts for that day."""
        seen = self._local(attendee.checked_in_at)
        return seen is not None and (self.day == self.shown.days[0] or seen.date() >= self.day)

    def _local(self, moment: datetime | None) -> datetime | None:
        return None if moment is None else moment.astimezone(self.zone).replace(tzinfo=None)

    # -- lists ---------------------------------------------------------------------------------

    def meetings(self, slots: Sequence[Slot]) -> list[Meeting]:
        """The meetings in these slots, by time and table."""
        ids = {slot.id for slot in slots}
        return [self.meeting(entry) for entry in self.shown.table.entries if entry.slot.id in ids]

    def meeting(self, entry: Entry) -> Meeting:
        """A meeting with what the desk knows of it."""
        return Meeting(
            entry,
            self.agreed.get(entry.key),
            self.presence(entry.startup.id, entry.slot),
            self.presence(entry.partner.id, entry.slot),
        )

    def missing(self) -> list[tuple[Person, Entry]]:
        """Who has not come and has a meeting on or soon, with the first of these, in the order of time."""
        found: dict[str, tuple[Person, Entry]] = {}
        until = (self.slots[0].start if self.is_before else self.moment) + SOON
        for entry in self.shown.table.entries:
            if entry.slot.end <= self.moment or entry.slot.start > until:
                continue
            for person in (entry.startup, entry.partner):
                if self.presence(person.id, entry.slot) is Presence.EXPECTED:
                    found.setdefault(person.id, (person, entry))
        return list(found.values())

    def people(self, text: str) -> list[Person]:
        """Those whose names hold all words."""
        return Filter(text=text).people(list(self.shown.table.people.values()))

    def next_of(self, who: str) -> Entry | None:
        """The meeting somebody is in, or has next."""
        mine = self.shown.table.of_person(who)
        return next((entry for entry in mine if entry.slot.end > self.moment), None)

    def come(self) -> dict[Side, tuple[int, int]]:
        """How many have come, and how many have a meeting that day, by side."""
        due: dict[Side, set[str]] = {side: set() for side in Side}
        for entry in self.shown.table.entries:
            if entry.slot.start.date() == self.day:
                due[Side.STARTUP].add(entry.startup.id)
                due[Side.PARTNER].add(entry.partner.id)
        here = {who for who, each in self.shown.attendees.items() if self._has_come(each)}
        return {side: (len(due[side] & here), len(due[side])) for side in Side}

    def absent(self) -> list[Attendee]:
        """Those who do not come, or have left for good."""
        return [each for each in self.shown.attendees.values() if each.absent_at is not None]


def _together(slots: Sequence[Slot]) -> list[Slot]:
    """Those that start when the first one does."""
    return [slot for slot in slots if slot.start == slots[0].start]
