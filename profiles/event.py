"""The nouns of a consultation day: slots, tables, people, wishes, and the timetable made of them.

Frozen and validated, without any storage. The names are those of the event file; ``read_event`` and
``read_schedule`` turn files into these records with one clear line for what is wrong.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import from_json

from profiles.errors import InputError
from profiles.model import Language, ProfileId, Side, Topic

Id = ProfileId
Count = Annotated[int, Field(ge=0)]
Number = Annotated[float, Field(allow_inf_nan=False)]
# An empty list restricts nothing, as with the tracks of a table.
Sessions = Annotated[tuple[str, ...] | None, AfterValidator(lambda sessions: sessions or None)]


class State(StrEnum):
    """How far a pair has agreed to meet."""

    SUGGESTED = "suggested"
    REQUESTED = "requested"
    ACCEPTED = "accepted"
    MUST = "must"
    CONFIRMED = "confirmed"
    DECLINED = "declined"


class FieldError(ValueError):
    """What several fields say together is wrong; ``field`` is where to look, from the record that checks."""

    def __init__(self, field: str, reason: str) -> None:
        self.field, self.reason = field, reason
        super().__init__(f"{field}: {reason}")


class Record(BaseModel):
    """Frozen, and without fields that it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class EventInfo(Record):
    """The event as a whole.

    Attributes:
        max_break_difference: two participants' break counts may differ by so much at most; None for no limit.
            Beyond the event file's section of the formats: the published scheduling set needs it.
    """

    id: Id
    name: str = ""
    timezone: str = "UTC"
    max_break_difference: Count | None = None

    @field_validator("timezone")
    @classmethod
    def _known_zone(cls, value: str) -> str:
        try:
            ZoneInfo(value)
        except (ZoneInfoNotFoundError, ValueError, OSError) as cause:
            raise ValueError(f"no time zone {value!r}: write one like Asia/Seoul") from cause
        return value


class Slot(Record):
    """A time at which meetings can be, in the event's local time. Its day is the one it starts on."""

    id: Id
    start: datetime
    end: datetime
    session: str | None = None

    @model_validator(mode="after")
    def _forward(self) -> Slot:
        if self.start.tzinfo is not None or self.end.tzinfo is not None:
            field = "end" if self.start.tzinfo is None else "start"
            raise FieldError(field, "write local time, without an offset; the event has the time zone")
        if self.end <= self.start:
            raise FieldError("end", "not after start")
        return self


class Table(Record):
    """A place that hosts one meeting at a time.

    Attributes:
        tracks: what its meetings can be about (none: anything).
        closed: slots during which it hosts nothing, also not in a slot that overlaps one of them.
    """

    id: Id
    tracks: tuple[Topic, ...] = ()
    closed: tuple[Id, ...] = ()


class Participant(Record):
    """Somebody who meets others.

    Attributes:
        unavailable: slots during which it cannot meet, also not in a slot that overlaps one of them.
        min_meetings, max_meetings: wished at least; allowed at most (None: any number).
        max_consecutive: meetings in a row, each starting when the last one ends (None: any number).
        representatives: how many meetings it can hold at once.
        languages: spoken in a meeting; one who states none is taken to need no interpreter.
        table: where all its meetings are, if anywhere.
        sessions: only slots of these sessions (None, or none named: all).
        priority: weight of its meetings.
    """

    id: Id
    side: Side
    name: str = ""
    unavailable: tuple[Id, ...] = ()
    min_meetings: Count = 0
    max_meetings: Count | None = None
    max_consecutive: Annotated[int, Field(ge=1)] | None = None
    representatives: Annotated[int, Field(ge=1)] = 1
    languages: tuple[Language, ...] = ()
    table: Id | None = None
    sessions: Sessions = None
    priority: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0


class Interpreter(Record):
    """Somebody who helps a pair without a common language, one meeting at a time."""

    id: Id
    languages: tuple[Language, ...]
    unavailable: tuple[Id, ...] = ()


class Pair(Record):
    """A wish that two participants meet.

    Attributes:
        track: what the meeting is about; one without a track goes to any table.
        fit: its value before weights, at least 0.
        slot, table: where a confirmed meeting is; for every other state they bind nothing.
        sessions: only slots of these sessions (None, or none named: all). Beyond the event file's section of
            the formats: the published scheduling set needs it.
    """

    startup: Id
    partner: Id
    track: Topic | None = None
    fit: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    state: State = State.SUGGESTED
    slot: Id | None = None
    table: Id | None = None
    sessions: Sessions = None

    @property
    def key(self) -> tuple[str, str]:
        """Both ids: a pair meets at most once."""
        return self.startup, self.partner

    @model_validator(mode="after")
    def _placed(self) -> Pair:
        if self.state is State.CONFIRMED and self.slot is None:
            raise FieldError("slot", "a confirmed pair needs the slot it is confirmed for")
        return self


class Precedence(Record):
    """If both take place, the pair ``first`` ends before the pair ``then`` begins."""

    first: tuple[Id, Id]
    then: tuple[Id, Id]


class Event(Record):
    """All a timetable is made from. Ids are unique in their list, and every reference names one."""

    event: EventInfo
    slots: tuple[Slot, ...]
    tables: tuple[Table, ...]
    participants: tuple[Participant, ...]
    interpreters: tuple[Interpreter, ...] = ()
    pairs: tuple[Pair, ...] = ()
    precedences: tuple[Precedence, ...] = ()

    @model_validator(mode="after")
    def _references(self) -> Event:
        slots = unique("slots", (slot.id for slot in self.slots))
        tables = unique("tables", (table.id for table in self.tables))
        people = unique("participants", (person.id for person in self.participants))
        unique("interpreters", (interpreter.id for interpreter in self.interpreters))
        pairs = unique("pairs", (" and ".join(pair.key) for pair in self.pairs))
        for place, table in enumerate(self.tables):
            _known(f"tables.{place}.closed", table.closed, slots, "slot")
        for place, person in enumerate(self.participants):
            _known(f"participants.{place}.unavailable", person.unavailable, slots, "slot")
            _known(f"participants.{place}.table", _some(person.table), tables, "table")
        for place, interpreter in enumerate(self.interpreters):
            _known(f"interpreters.{place}.unavailable", interpreter.unavailable, slots, "slot")
        for place, pair in enumerate(self.pairs):
            _known(f"pairs.{place}", pair.key, people, "participant")
            if pair.startup == pair.partner:
                raise FieldError(f"pairs.{place}", f"{pair.startup!r} cannot meet itself")
            _known(f"pairs.{place}.slot", _some(pair.slot), slots, "slot")
            _known(f"pairs.{place}.table", _some(pair.table), tables, "table")
        for place, rule in enumerate(self.precedences):
            _known(f"precedences.{place}", [" and ".join(rule.first), " and ".join(rule.then)], pairs, "pair")
        return self


def _some(value: str | None) -> tuple[str, ...]:
    return () if value is None else (value,)


def unique(field: str, ids: Iterable[str]) -> set[str]:
    """``ids``, each there once; else ``field`` is wrong."""
    seen: set[str] = set()
    for place, each in enumerate(ids):
        if each in seen:
            raise FieldError(f"{field}.{place}", f"{each!r} is there already")
        seen.add(each)
    return seen


def _known(field: str, asked: Iterable[str], known: set[str], noun: str) -> None:
    for each in asked:
        if each not in known:
            raise FieldError(field, f"no {noun} {each!r}")


class Meeting(Record):
    """A meeting that takes place."""

    startup: Id
    partner: Id
    slot: Id
    table: Id
    track: Topic | None = None
    interpreter: Id | None = None

    @property
    def key(self) -> tuple[str, str]:
        """Both ids."""
        return self.startup, self.partner


class Stage(Record):
    """One stage of the objective: its value, and the proven bound on it."""

    name: str
    value: Number
    bound: Number


class Unscheduled(Record):
    """A pair that does not meet, with the reason as a sentence and as a code.

    Attributes:
        reason: in English; other languages are made from the rest.
        who: ids the reason is about: participants, tables, interpreters.
        slots: the first where nothing but the reason stands in the way; none where several come together.
        causes: all that stands in the way, as codes, where no single reason is enough.
        price: how much value is lost at most if the pair meets all the same; None where nothing would let it
            meet, or it is not known.
        shortfall: how many more meetings are missing then, at most.
        instead: the pairs that would not meet then.
    """

    startup: Id
    partner: Id
    reason: str
    code: str
    who: tuple[Id, ...] = ()
    slots: tuple[Id, ...] = ()
    causes: tuple[str, ...] = ()
    price: Number | None = None
    shortfall: int | None = None
    instead: tuple[tuple[Id, Id], ...] = ()


class Edit(Record):
    """A change of an event that makes room in it.

    Attributes:
        kind: one of those of ``matcher.schedule.edits``.
        who: ids of what is changed; the two languages of an interpreter who is to come.
        slot: the time it is about, if it is about one.
        amount: how many more, of what is counted.
    """

    kind: str
    who: tuple[str, ...] = ()
    slot: Id | None = None
    amount: Annotated[int, Field(ge=1)] = 1


class Conflict(Record):
    """One member of a minimal set of rules and people that cannot hold together.

    Attributes:
        rule: the name of the rule.
        who: ids of those it binds; none for a rule of the event as a whole.
        release: what would release it, as a sentence in English; other languages are made from the rest.
        edits: the same as changes of the event; none where time was too short to find any.
        cost: what they cost, see ``matcher.schedule.edits``.
        enough: whether the event then has a timetable, or only this set no longer stands against one; None
            where that was not found out in time.
        minimal: whether it is proven that the set is a contradiction no longer without this member.
    """

    rule: str
    who: tuple[str, ...]
    release: str
    edits: tuple[Edit, ...] = ()
    cost: Number | None = None
    enough: bool | None = None
    minimal: bool = True


class Schedule(Record):
    """A timetable with its proof.

    Attributes:
        stages: in the order of the objective.
        seconds: how long it took.
        unscheduled: the pairs that are not declined and do not meet.
        conflicts: why an infeasible event has no timetable.
    """

    status: Literal["optimal", "feasible", "infeasible"]
    stages: tuple[Stage, ...] = ()
    seconds: Number = 0.0
    meetings: tuple[Meeting, ...] = ()
    unscheduled: tuple[Unscheduled, ...] = ()
    conflicts: tuple[Conflict, ...] = ()


def read_event(path: Path) -> Event:
    """The event in a JSON file.

    Raises:
        InputError: the file cannot be read, or a field is wrong; a pair's startup is not on that side.
    """
    event = read_record(path, Event)
    sides = {person.id: person.side for person in event.participants}
    for place, pair in enumerate(event.pairs):
        for who, side in ((pair.startup, Side.STARTUP), (pair.partner, Side.PARTNER)):
            if sides[who] is not side:
                raise InputError(
                    f"{who!r} is a {sides[who].value}", file=path.name, field=f"pairs.{place}.{side.value}"
                )
    return event


def read_schedule(path: Path) -> Schedule:
    """The timetable in a JSON file.

    Raises:
        InputError: the file cannot be read, or a field is wrong.
    """
    return read_record(path, Schedule)


_R = TypeVar("_R", bound=Record)


def read_record(path: Path, record: type[_R]) -> _R:
    """The record in a JSON file.

    Raises:
        InputError: the file cannot be read, or a field is wrong.
    """
    try:
        # Not the standard library's: that takes half characters, which nobody can print, for text.
        content = from_json(path.read_text(encoding="utf-8-sig"))
    except (OSError, UnicodeDecodeError) as cause:
        raise InputError(f"cannot be read: {cause}", file=path.name) from cause
    except ValueError as cause:
        reason, _, place = str(cause).rpartition(" at line ")
        raise InputError(f"is no JSON: {reason}", file=path.name, row=int(place.split()[0])) from cause
    try:
        return record.model_validate(content)
    except ValidationError as cause:
        raise _as_input_error(cause, path.name) from cause


def _as_input_error(error: ValidationError, file: str) -> InputError:
    first = error.errors(include_url=False)[0]
    place, reason = [str(part) for part in first["loc"]], first["msg"].removeprefix("Value error, ")
    wrong = first.get("ctx", {}).get("error")
    if isinstance(wrong, FieldError):
        place, reason = [*place, wrong.field], wrong.reason
    # A key of the file may hold anything, and the error is one line.
    field = "".join(c if c.isprintable() else "?" for c in ".".join(place))
    return InputError(reason, file=file, field=field or None)
