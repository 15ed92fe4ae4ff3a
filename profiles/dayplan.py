"""The day as its organiser describes it: when, where, with whose help. The frame that an event is built in.

DAY.json, every field but ``event``, ``days`` and ``rooms`` with a default::

    {"event": {"id": "boston-2027", "name": "...", "timezone": "America/New_York"},
     "days": [{"date": "2027-05-11", "start": "09:00", "end": "17:00", "slot_minutes": 20, "gap_minutes": 0,
               "pauses": [{"start": "12:00", "end": "13:00"}],
               "sessions": [{"name": "am", "start": "00:00", "end": "12:00"}]}],
     "rooms": [{"name": "Harbour", "tracks": ["investment"], "tables": 4,
                "closed": [{"date": "2027-05-11", "start": "15:00"}]},
               {"name": "Library", "tracks": ["ip"], "tables": ["Window", "Fireplace"]}],
     "interpreters": [{"id": "i1", "languages": ["ko", "en"], "unavailable": [{"end": "10:30"}]}],
     "defaults": {"startup": {"min_meetings": 2, "max_meetings": 8, "max_consecutive": 4,
                              "representatives": 1, "languages": ["ko"], "priority": 1.0},
                  "partner": {}},
     "tracks": ["investment", "market_entry", "ip"]}

Times are local, written HH:MM. A span of time (``closed``, ``unavailable``) without ``date`` is of every
day, without ``start`` from the beginning of the day, without ``end`` to its end; a slot that overlaps it is
barred. Slots follow each other from ``start``, ``gap_minutes`` apart, leave the pauses out and begin anew
after each; what would go past ``end`` is left away. A slot belongs to the session its start lies in (none: to
no session); ``am`` and ``pm`` by default. A room's tables are called by its name and a number, or by their
own names; a room without ``tracks`` takes all. ``languages`` of the defaults stand for people whose profile
names none.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, model_validator

from profiles.event import (
    Count,
    EventInfo,
    FieldError,
    Id,
    Interpreter,
    Participant,
    Record,
    Slot,
    Table,
    read_record,
    unique,
)
from profiles.model import Language, Side, Topic

TRACKS = (Topic.INVESTMENT, Topic.MARKET_ENTRY, Topic.IP)
"""The tracks of a day that names none."""

FIRST_YEAR, LAST_YEAR = 1970, 2999
"""Other years are slips of the pen, and near the ends of the calendar nothing can be reckoned."""

_MINUTE = datetime.timedelta(minutes=1)


def _whole(written: type[datetime.date] | type[datetime.time], form: str) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if isinstance(value, written):
            return value
        try:
            found = datetime.datetime.strptime(value, form)
        except (TypeError, ValueError) as cause:
            example = "2027-05-11" if written is datetime.date else "09:00"
            raise ValueError(f"{value!r} cannot be read: write it like {example}") from cause
        if not FIRST_YEAR <= found.year <= LAST_YEAR and written is datetime.date:
            raise ValueError(f"{value!r} is no year for an event: write it like 2027-05-11")
        return found.date() if written is datetime.date else found.time()

    return read


# Not pydantic's own reading, which takes numbers for seconds.
Date = Annotated[datetime.date, BeforeValidator(_whole(datetime.date, "%Y-%m-%d"))]
Time = Annotated[datetime.time, BeforeValidator(_whole(datetime.time, "%H:%M"))]


class Span(Record):
    """A stretch of local time.

    Attributes:
        date: the day (None: every day).
        start, end: from and to (None: the beginning and the end of the day).
    """

    date: Date | None = None
    start: Time | None = None
    end: Time | None = None

    @model_validator(mode="after")
    def _forward(self) -> Span:
        if self.start is not None and self.end is not None and self.end <= self.start:
            raise FieldError("end", "not after start")
        return self

    def overlaps(self, slot: Slot) -> bool:
        """Whether the slot shares time with it."""
        return (
            self.date in (None, slot.start.date())
            and (self.start is None or slot.end > datetime.datetime.combine(slot.start, self.start))
            and (self.end is None or slot.start < datetime.datetime.combine(slot.start, self.end))
        )

    def holds(self, minute: datetime.datetime) -> bool:
        """Whether the minute that begins then lies in it."""
        return (
            self.date in (None, minute.date())
            and (self.start is None or self.start <= minute.time())
            and (self.end is None or minute.time() < self.end)
        )


class _Stretch(Record):
    start: Time
    end: Time

    @model_validator(mode="after")
    def _forward(self) -> Self:
        if self.end <= self.start:
            raise FieldError("end", "not after start")
        return self


class Pause(_Stretch):
    """A stretch of one day without slots."""

    name: str = ""


class Session(_Stretch):
    """A named stretch of one day."""

    name: Id


NOON = datetime.time(12)
HALVES = (
    Session(name="am", start=datetime.time.min, end=NOON),
    Session(name="pm", start=NOON, end=datetime.time.max),
)


class Day(_Stretch):
    """One day of the event."""

    date: Date
    slot_minutes: Annotated[int, Field(ge=1, le=1440)]
    gap_minutes: Count = 0
    pauses: tuple[Pause, ...] = ()
    sessions: tuple[Session, ...] = HALVES

    @model_validator(mode="after")
    def _apart(self) -> Day:
        for place, session in enumerate(self.sessions):
            for other in self.sessions[:place]:
                if session.start < other.end and other.start < session.end:
                    raise FieldError(f"sessions.{place}", f"overlaps {other.name!r}")
        return self


def _some_tables(value: Any) -> Any:
    number = isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= 1000
    names = isinstance(value, list | tuple) and value and all(isinstance(each, str) for each in value)
    if not (number or names):
        raise ValueError("give their number, from 1 to 1000, or a list of their names")
    return value


class Room(Record):
    """A room with its tables."""

    name: Id
    tracks: tuple[Topic, ...] = ()
    tables: Annotated[int | tuple[Id, ...], BeforeValidator(_some_tables)] = 1
    closed: tuple[Span, ...] = ()

    @property
    def table_ids(self) -> tuple[str, ...]:
        """What its tables are called."""
        if isinstance(self.tables, int):
            return tuple(f"{self.name}-{number}" for number in range(1, self.tables + 1))
        return self.tables


class Helper(Record):
    """An interpreter."""

    id: Id
    languages: Annotated[tuple[Language, ...], Field(min_length=2)]
    unavailable: tuple[Span, ...] = ()


class Terms(Record):
    """What holds for the people of a side unless they say otherwise; see ``Participant``."""

    min_meetings: Count = 0
    max_meetings: Count | None = None
    max_consecutive: Annotated[int, Field(ge=1)] | None = None
    representatives: Annotated[int, Field(ge=1)] = 1
    languages: tuple[Language, ...] = ()
    priority: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 1.0

    @model_validator(mode="after")
    def _possible(self) -> Terms:
        if self.max_meetings is not None and self.min_meetings > self.max_meetings:
            raise FieldError("min_meetings", "larger than max_meetings")
        return self

    def participant(self, person_id: str, side: Side, name: str, **said: Any) -> Participant:
        """Somebody under these terms, but for what is ``said``."""
        return Participant(id=person_id, side=side, name=name, **{**dict(self), **said})


class Defaults(Record):
    """Terms of both sides."""

    startup: Terms = Terms()
    partner: Terms = Terms()

    def of(self, side: Side) -> Terms:
        return self.startup if side is Side.STARTUP else self.partner


class DayPlan(Record):
    """All that an event has before anybody comes. Days are in the order of their dates."""

    event: EventInfo
    days: Annotated[tuple[Day, ...], Field(min_length=1)]
    rooms: Annotated[tuple[Room, ...], Field(min_length=1)]
    interpreters: tuple[Helper, ...] = ()
    defaults: Defaults = Defaults()
    tracks: Annotated[tuple[Topic, ...], Field(min_length=1)] = TRACKS

    @model_validator(mode="after")
    def _consistent(self) -> DayPlan:
        dates = [day.date for day in self.days]
        for place, date in enumerate(dates[1:], 1):
            if date <= dates[place - 1]:
                raise FieldError(f"days.{place}.date", f"not after {dates[place - 1]}: put days in order")
        unique("rooms", (room.name for room in self.rooms))
        unique("tables of the rooms", (table for room in self.rooms for table in room.table_ids))
        unique("interpreters", (helper.id for helper in self.interpreters))
        unique("tracks", self.tracks)
        for place, room in enumerate(self.rooms):
            _in_days(f"rooms.{place}.closed", room.closed, dates)
            strange = next((track for track in room.tracks if track not in self.tracks), None)
            if strange:
                raise FieldError(
                    f"rooms.{place}.tracks", f"{strange} is no track of the event: add it to tracks"
                )
        for place, helper in enumerate(self.interpreters):
            _in_days(f"interpreters.{place}.unavailable", helper.unavailable, dates)
        for track in self.tracks:
            if not any(not room.tracks or track in room.tracks for room in self.rooms):
                raise FieldError("rooms", f"none takes the track {track}: add it to a room, or leave it out")
        for place, day in enumerate(self.days):
            if not _slots_of(day, place + 1, ZoneInfo(self.event.timezone)):
                raise FieldError(f"days.{place}", "no slot fits between start and end")
        return self


def _in_days(field: str, spans: Iterable[Span], dates: Sequence[datetime.date]) -> None:
    for place, span in enumerate(spans):
        if span.date is not None and span.date not in dates:
            raise FieldError(f"{field}.{place}.date", f"{span.date} is none of the event's days")


def read_day_plan(path: Path) -> DayPlan:
    """The day described in a JSON file.

    Raises:
        InputError: the file cannot be read, or a field is wrong.
    """
    return read_record(path, DayPlan)


def slots_of(plan: DayPlan) -> tuple[Slot, ...]:
    """The slots of all days in the order of time, as ``d1-0900``: the day's number and the local time.

    An hour that the clock skips or repeats (the night of a change to or from summer time) holds no slots:
    nobody could tell when they are, and each would be longer or shorter than it says.
    """
    zone = ZoneInfo(plan.event.timezone)
    return tuple(slot for number, day in enumerate(plan.days, 1) for slot in _slots_of(day, number, zone))


@lru_cache(maxsize=512)
def _slots_of(day: Day, number: int, zone: ZoneInfo) -> tuple[Slot, ...]:
    # Kept: a page asks for the slots of its days many times, and each minute of them is looked at.
    length, gap = (datetime.timedelta(minutes=each) for each in (day.slot_minutes, day.gap_minutes))
    at, last = (datetime.datetime.combine(day.date, each) for each in (day.start, day.end))
    slots: list[Slot] = []
    while at + length <= last:
        minutes = [at + _MINUTE * each for each in range(day.slot_minutes)]
        barred = [minute for minute in minutes if _barred(minute, day, zone)]
        if barred:
            at = barred[-1] + _MINUTE
            continue
        slots.append(
            Slot(id=f"d{number}-{at:%H%M}", start=at, end=at + length, session=_session(at.time(), day))
        )
        at += length + gap
    return tuple(slots)


def _barred(minute: datetime.datetime, day: Day, zone: ZoneInfo) -> bool:
    if any(pause.start <= minute.time() < pause.end for pause in day.pauses):
        return True
    # Both readings agree unless the hour is skipped or repeated (PEP 495).
    return len({minute.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}) > 1


def _session(start: datetime.time, day: Day) -> str | None:
    return next((each.name for each in day.sessions if each.start <= start < each.end), None)


def tables_of(plan: DayPlan) -> tuple[Table, ...]:
    """The tables of all rooms."""
    slots = slots_of(plan)
    return tuple(
        Table(id=table, tracks=room.tracks, closed=barred(slots, room.closed))
        for room in plan.rooms
        for table in room.table_ids
    )


def interpreters_of(plan: DayPlan) -> tuple[Interpreter, ...]:
    """The interpreters."""
    slots = slots_of(plan)
    return tuple(
        Interpreter(id=each.id, languages=each.languages, unavailable=barred(slots, each.unavailable))
        for each in plan.interpreters
    )


def barred(slots: Sequence[Slot], spans: Sequence[Span]) -> tuple[str, ...]:
    """The ids of the slots that share time with any of ``spans``."""
    return tuple(slot.id for slot in slots if any(span.overlaps(slot) for span in spans))
