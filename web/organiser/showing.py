"""A version of an event's timetable as the pages show it: joined with names, filtered, laid out in grids."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property, lru_cache

from matcher.schedule.check import check
from profiles.consultations import Attendee, Consultation
from profiles.errors import UnknownError
from profiles.event import Event, Schedule, Slot, State
from profiles.model import Side, Topic
from profiles.timetable_store import Version
from web import timetable_words
from web.access import store
from web.phrases import gettext as _
from web.phrases import ngettext
from web.render.timetable import words
from web.render.timetable.grid import Line, lines
from web.render.timetable.rows import Entry, Person, Timetable
from web.timetable_words import Words

Key = tuple[str, str]


@dataclass(frozen=True)
class Shown:
    """A version of a timetable.

    Attributes:
        version: which, and ``newest``: which one is the newest.
        table: the meetings with the records they name.
        event: as it was then, people called as in the directory.
        attendees: who takes part now, by id.
    """

    consultation: Consultation
    version: Version
    newest: int
    table: Timetable
    event: Event
    attendees: Mapping[str, Attendee]

    @property
    def schedule(self) -> Schedule:
        return self.table.schedule

    @property
    def is_newest(self) -> bool:
        return self.version.number == self.newest

    @cached_property
    def words(self) -> Words:
        return Words(self.event)

    @cached_property
    def days(self) -> list[date]:
        """The days of the event."""
        return sorted({slot.start.date() for slot in self.event.slots})

    @cached_property
    def entries(self) -> dict[Key, Entry]:
        """The meetings by their pair."""
        return {entry.key: entry for entry in self.table.entries}

    @property
    def faults(self) -> int:
        """How many rules the timetable breaks: what is changed by hand may break some."""
        return fault_count(self.version.event_id, self.version.number, self.version.content_hash)

    @property
    def locked(self) -> int:
        """How many meetings stay where they are."""
        return sum(is_locked(entry) for entry in self.table.entries)

    @property
    def meeting_people(self) -> int:
        """How many people have a meeting."""
        return len({who for entry in self.table.entries for who in entry.key})

    def lines(self, day: date) -> list[Line]:
        """The slots of a day with all tables."""
        return [line for line in lines(self.table) if line.slot.start.date() == day]

    def slots(self, day: date) -> list[Slot]:
        """The slots of a day in the order of time."""
        of_day = (slot for slot in self.event.slots if slot.start.date() == day)
        return sorted(of_day, key=lambda slot: (slot.start, slot.end))

    def person(self, who: str) -> Person:
        """Somebody of the event.

        Raises:
            UnknownError: the event has nobody of this id.
        """
        if who not in self.table.people:
            raise UnknownError(f"no participant {who!r}")
        return self.table.people[who]


def shown(consultation: Consultation, number: int | None = None) -> Shown | None:
    """A version of an event's timetable, the newest if none is named; None if there is none at all.

    Raises:
        UnknownError: there is no such version.
    """
    kept = store()
    versions = kept.timetables(consultation.id)
    if not versions:
        if number is not None:
            raise UnknownError(f"no version {number} of the event {consultation.id!r}")
        return None
    if number is not None and number not in {each.number for each in versions}:
        raise UnknownError(f"no version {number} of the event {consultation.id!r}")
    found = kept.timetable(consultation.id, number)
    profiles = kept.get_many([person.id for person in found.event.participants])
    return Shown(
        consultation,
        found.version,
        versions[0].number,
        Timetable.of(found.event, found.schedule, profiles),
        timetable_words.named(found.event, profiles),
        {each.profile_id: each for each in kept.attendees(consultation.id)},
    )


@lru_cache(maxsize=64)
def fault_count(event_id: str, number: int, content_hash: str) -> int:
    """How many faults the checker finds in a version. A version never changes, so it is asked once.

    Args:
        event_id, number: which version.
        content_hash: of its content, so that another store's version of the same number is another one.
    """
    found = store().timetable(event_id, number)
    if found.version.content_hash != content_hash:
        raise ValueError(f"version {number} of {event_id!r} is another one")
    return len(check(found.event, found.schedule).faults)


def is_locked(entry: Entry) -> bool:
    """Whether a meeting stays where it is in every new timetable."""
    return entry.pair.state is State.CONFIRMED


def pair_name(who: Event, startup: str, partner: str) -> str:
    """Both names of a pair."""
    names = {each.id: each.name or each.id for each in who.participants}
    return f"{names.get(startup, startup)} – {names.get(partner, partner)}"


# -- what is looked for ------------------------------------------------------------------------


@dataclass(frozen=True)
class Filter:
    """Which meetings and people are shown.

    Attributes:
        track: only meetings about this.
        text: words that a name has to hold.
        side: only people of this side.
    """

    track: Topic | None = None
    text: str = ""
    side: Side | None = None

    @property
    def is_set(self) -> bool:
        return self.track is not None or bool(self.text)

    def keeps(self, entry: Entry) -> bool:
        """Whether a meeting is shown."""
        if self.track is not None and entry.track is not self.track:
            return False
        return any(self.names(person) for person in (entry.startup, entry.partner))

    def names(self, person: Person) -> bool:
        """Whether the names of somebody hold all words."""
        held = " ".join((person.id, words.name(person), words.second(person))).casefold()
        return all(word in held for word in self.text.casefold().split())

    def people(self, everybody: Sequence[Person]) -> list[Person]:
        """Those who are listed."""
        return [
            each for each in everybody if (self.side is None or each.side is self.side) and self.names(each)
        ]


# -- by person ---------------------------------------------------------------------------------


@dataclass(frozen=True)
class Row:
    """Somebody with what is in each slot of a day.

    Attributes:
        cells: the meetings of each slot, in the order of time.
        away: for each slot, whether it is not there.
        meetings: how many it has on all days.
    """

    person: Person
    cells: tuple[tuple[Entry, ...], ...]
    away: tuple[bool, ...]
    meetings: int


def rows(shown: Shown, people: Sequence[Person], day: date) -> list[Row]:
    """A day of each of some people."""
    slots = shown.slots(day)
    return [_row(shown, person, slots) for person in people]


def _row(shown: Shown, person: Person, slots: Sequence[Slot]) -> Row:
    mine = shown.table.of_person(person.id)
    in_slot: dict[str, list[Entry]] = {}
    for entry in mine:
        in_slot.setdefault(entry.slot.id, []).append(entry)
    gone = set(person.participant.unavailable)
    return Row(
        person,
        tuple(tuple(in_slot.get(slot.id, ())) for slot in slots),
        tuple(slot.id in gone for slot in slots),
        len(mine),
    )


@dataclass(frozen=True)
class Moment:
    """A slot of somebody's day: its meetings, or whether it is not there."""

    slot: Slot
    entries: tuple[Entry, ...]
    away: bool


def agenda(shown: Shown, entries: Sequence[Entry], away: Sequence[str]) -> list[tuple[date, list[Moment]]]:
    """All slots of a person, a table or an interpreter, day by day."""
    in_slot: dict[str, list[Entry]] = {}
    for entry in entries:
        in_slot.setdefault(entry.slot.id, []).append(entry)
    return [
        (
            day,
            [Moment(slot, tuple(in_slot.get(slot.id, ())), slot.id in away) for slot in shown.slots(day)],
        )
        for day in shown.days
    ]


# -- what has changed since --------------------------------------------------------------------


def outdated(then: Event, now: Event) -> list[str]:
    """What of an event is not as it was when its timetable was made, in words; nothing where all is."""
    found = []
    if people := _differing(
        ((each.id, each) for each in then.participants), ((each.id, each) for each in now.participants)
    ):
        found.append(ngettext("{number} attendee", "{number} attendees", people))
    if pairs := _differing(
        ((each.key, each) for each in then.pairs), ((each.key, each) for each in now.pairs)
    ):
        found.append(ngettext("{number} pair", "{number} pairs", pairs))
    for words_, one, other in (
        (_("time slots"), then.slots, now.slots),
        (_("tables"), then.tables, now.tables),
        (_("interpreters"), then.interpreters, now.interpreters),
        (_("rules"), (then.event, then.precedences), (now.event, now.precedences)),
    ):
        if one != other:
            found.append(words_)
    return found


def _differing(then: Iterable[tuple[Hashable, object]], now: Iterable[tuple[Hashable, object]]) -> int:
    """How many things are new, gone or other than they were."""
    old, new = dict(then), dict(now)
    return sum(old.get(key) != new.get(key) for key in {**old, **new})
