"""A timetable with everything looked up: who meets whom, when, where, and what lies between."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from profiles.errors import InputError
from profiles.event import Event, Interpreter, Meeting, Pair, Participant, Schedule, Slot, Table
from profiles.model import Profile, Side, Topic


@dataclass(frozen=True)
class Person:
    """A participant by every name known of it.

    Attributes:
        participant: as the event has it.
        profile: as the directory has it; None where it does not.
    """

    participant: Participant
    profile: Profile | None = None

    @property
    def id(self) -> str:
        return self.participant.id

    @property
    def side(self) -> Side:
        return self.participant.side

    def label(self, language: str) -> str:
        """The name for a reader of ``language``: the directory's, else the event's, else the id."""
        stored = self.profile.label(language) if self.profile else ""
        return stored or self.participant.name.strip() or self.id

    def other_names(self, language: str) -> tuple[str, ...]:
        """Its further names, those of the directory first, each once."""
        stored = (self.profile.name, self.profile.name_ko) if self.profile else ()
        named = [name.strip() for name in (*stored, self.participant.name)]
        known = {self.label(language).casefold(): "", "": ""}
        found: list[str] = []
        for name in named:
            if name.casefold() not in known:
                known[name.casefold()] = name
                found.append(name)
        return tuple(found)


@dataclass(frozen=True)
class Entry:
    """A meeting with the records it names."""

    startup: Person
    partner: Person
    slot: Slot
    table: Table
    track: Topic | None
    interpreter: Interpreter | None
    pair: Pair

    @property
    def key(self) -> tuple[str, str]:
        """Both ids."""
        return self.startup.id, self.partner.id

    def other(self, person_id: str) -> Person:
        """Whom ``person_id`` meets."""
        return self.partner if person_id == self.startup.id else self.startup


@dataclass(frozen=True)
class Gap:
    """Free time between two meetings of one day, in the event's local time."""

    start: datetime
    end: datetime

    @property
    def minutes(self) -> int:
        return round((self.end - self.start).total_seconds() / 60)


@dataclass(frozen=True)
class Day:
    """One day of somebody: meetings in the order of time, with the gaps between them."""

    date: date
    items: tuple[Entry | Gap, ...]


@dataclass(frozen=True)
class Timetable:
    """An event and its schedule, joined.

    Attributes:
        people: the participants by id, in the event's order.
        entries: all meetings by start, end and the event's order of tables.
    """

    event: Event
    schedule: Schedule
    people: Mapping[str, Person]
    entries: tuple[Entry, ...]
    _by_person: Mapping[str, tuple[Entry, ...]]
    _by_table: Mapping[str, tuple[Entry, ...]]
    _by_interpreter: Mapping[str, tuple[Entry, ...]]

    @classmethod
    def of(
        cls, event: Event, schedule: Schedule, profiles: Mapping[str, Profile], file: str | None = None
    ) -> Timetable:
        """Join both; ``profiles`` are those known, by id. One of the other side is another organisation.

        Raises:
            InputError: the schedule says there is no timetable, names what the event does not have, or a
                pair twice; ``file`` is the schedule's name for that line.
        """
        if schedule.status == "infeasible":
            raise InputError("there is no timetable to write: its conflicts say why", file=file)
        people = {}
        for participant in event.participants:
            profile = profiles.get(participant.id)
            same = profile is not None and profile.side is participant.side
            people[participant.id] = Person(participant, profile if same else None)
        entries = _entries(event, schedule, people, file)
        persons, tables, interpreters = (defaultdict[str, list[Entry]](list) for _ in range(3))
        for entry in entries:
            persons[entry.startup.id].append(entry)
            persons[entry.partner.id].append(entry)
            tables[entry.table.id].append(entry)
            if entry.interpreter is not None:
                interpreters[entry.interpreter.id].append(entry)
        grouped = [{who: tuple(met) for who, met in by.items()} for by in (persons, tables, interpreters)]
        return cls(event, schedule, people, entries, *grouped)

    def of_person(self, person_id: str) -> tuple[Entry, ...]:
        """The meetings of a participant."""
        return self._by_person.get(person_id, ())

    def at_table(self, table_id: str) -> tuple[Entry, ...]:
        """The meetings at a table."""
        return self._by_table.get(table_id, ())

    def with_interpreter(self, interpreter_id: str) -> tuple[Entry, ...]:
        """The meetings that an interpreter helps."""
        return self._by_interpreter.get(interpreter_id, ())

    def days(self, entries: Sequence[Entry]) -> list[Day]:
        """``entries`` by day, with gaps no shorter than the event's shortest slot: less is a walk."""
        least = min((slot.end - slot.start for slot in self.event.slots), default=timedelta())
        by_day: dict[date, list[Entry]] = {}
        for entry in entries:
            by_day.setdefault(entry.slot.start.date(), []).append(entry)
        return [Day(day, tuple(_with_gaps(met, least))) for day, met in by_day.items()]


def _entries(
    event: Event, schedule: Schedule, people: Mapping[str, Person], file: str | None
) -> tuple[Entry, ...]:
    slots = {slot.id: slot for slot in event.slots}
    tables = {table.id: table for table in event.tables}
    interpreters = {interpreter.id: interpreter for interpreter in event.interpreters}
    pairs = {pair.key: pair for pair in event.pairs}
    place = {table.id: at for at, table in enumerate(event.tables)}
    found: dict[tuple[str, str], Entry] = {}
    for at, meeting in enumerate(schedule.meetings):
        _all_known(meeting, f"meetings.{at}", people, slots, tables, interpreters, file)
        if meeting.key not in pairs:
            _refuse(
                f"the event has no pair {meeting.startup!r} and {meeting.partner!r}", f"meetings.{at}", file
            )
        if meeting.key in found:
            _refuse(f"{meeting.startup!r} and {meeting.partner!r} meet twice", f"meetings.{at}", file)
        found[meeting.key] = Entry(
            people[meeting.startup],
            people[meeting.partner],
            slots[meeting.slot],
            tables[meeting.table],
            meeting.track,
            interpreters[meeting.interpreter] if meeting.interpreter is not None else None,
            pairs[meeting.key],
        )
    for at, left in enumerate(schedule.unscheduled):
        for field, who in (("startup", left.startup), ("partner", left.partner)):
            if who not in people:
                _refuse(f"the event has no participant {who!r}", f"unscheduled.{at}.{field}", file)
    ordered = sorted(found.values(), key=lambda e: (e.slot.start, e.slot.end, place[e.table.id], e.key))
    return tuple(ordered)


def _all_known(
    meeting: Meeting,
    where: str,
    people: Iterable[str],
    slots: Iterable[str],
    tables: Iterable[str],
    interpreters: Iterable[str],
    file: str | None,
) -> None:
    for field, noun, name, known in (
        ("startup", "participant", meeting.startup, people),
        ("partner", "participant", meeting.partner, people),
        ("slot", "slot", meeting.slot, slots),
        ("table", "table", meeting.table, tables),
        ("interpreter", "interpreter", meeting.interpreter, interpreters),
    ):
        if name is not None and name not in known:
            _refuse(f"the event has no {noun} {name!r}", f"{where}.{field}", file)


def _refuse(reason: str, field: str, file: str | None) -> None:
    raise InputError(f"{reason}: give the event that this timetable was made for", file=file, field=field)


def _with_gaps(entries: Sequence[Entry], least: timedelta) -> Iterable[Entry | Gap]:
    free_from = entries[0].slot.end
    for entry in entries:
        if entry.slot.start - free_from >= least > timedelta():
            yield Gap(free_from, entry.slot.start)
        yield entry
        free_from = max(free_from, entry.slot.end)
