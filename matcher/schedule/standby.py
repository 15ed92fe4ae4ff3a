"""Who could step in where somebody does not come: prepared beforehand, and done on the day.

Nobody else is ever moved: a pair steps in at the table that becomes free, with the interpreter who becomes
free or one who is idle. What is allowed is for ``Board`` to say; what the event limits as a whole, the
difference of break counts, is not made worse.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from matcher.schedule import values
from matcher.schedule.board import Board
from matcher.schedule.changes import Changes, differences
from matcher.schedule.model import compile_event
from profiles.errors import InputError
from profiles.event import Event, Meeting, Schedule, Stage, State, Unscheduled

ABSENT = "absent"
"""The code of a pair that does not meet because one of the two did not come: it does not step in either."""


@dataclass(frozen=True)
class Option:
    """A pair that could step in.

    Attributes:
        interpreter: who would help; None if nobody has to, or the one who has to is awaited.
        value: what the meeting would add to the value.
        awaits: what is not free yet, of ``table`` and ``interpreter``.
    """

    startup: str
    partner: str
    interpreter: str | None
    value: float
    awaits: tuple[str, ...] = ()


@dataclass(frozen=True)
class Standby:
    """The pairs in waiting for one place.

    Attributes:
        slot: the time of the place.
        options: the best first: by value, then in the order of the event.
        table: the table of the meeting that would not take place; None for the slot as a whole, whose pairs
            take nobody's place: both are idle and wait for a table, or could even meet now.
        instead_of: the pair that would not meet.
        absent: the one of it who does not come; the options are those of the other.
    """

    slot: str
    options: tuple[Option, ...]
    table: str | None = None
    instead_of: tuple[str, str] | None = None
    absent: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The standby for a program."""
        return asdict(self)


def standbys(event: Event, schedule: Schedule, *, most: int = 3) -> tuple[Standby, ...]:
    """For each slot, and for each of the two people of each meeting in it: who could step in.

    Args:
        event: the event.
        schedule: a timetable that keeps its rules.
        most: options a place.

    Returns:
        by slot in the order of time; the slot as a whole first, then its meetings in the order of the tables,
        the startup's absence before the partner's. A place may have no options.

    Raises:
        InputError: the timetable breaks a rule, or there is none.
    """
    desk = _Desk(event, schedule)
    found = []
    for slot, record in enumerate(desk.problem.slots):
        idle = (option for pair in desk.waiting if (option := desk.in_slot(pair, slot)))
        found.append(Standby(record.id, tuple(islice(idle, most))))
        for place in desk.places(slot):
            desk.clear(place)
            for absent in desk.problem.pairs[place.pair]:
                options = (option for pair in desk.left(place, absent) if (option := desk.at(pair, place)))
                found.append(
                    Standby(
                        record.id,
                        tuple(islice(options, most)),
                        place.meeting.table,
                        place.meeting.key,
                        event.participants[absent].id,
                    )
                )
            desk.seat(place.pair, place, place.meeting)
    return tuple(found)


def fill(
    event: Event, schedule: Schedule, absent: Sequence[str], *, now: datetime | None = None
) -> tuple[Schedule, Changes]:
    """The timetable after some did not come, with the places they leave filled where that can be.

    The pair of most value first; of several places it goes to one where it keeps somebody from waiting, then
    to the earliest. Pairs that had to meet are dropped too where one of them is absent.

    Args:
        event: the event.
        schedule: a timetable that keeps its rules.
        absent: ids of participants.
        now: local time of the event; meetings that have started before it stay. None: all meetings count.

    Returns:
        the new timetable, feasible, with the stages of the old one, whose bounds are now only those that hold
        for any timetable; and what has changed.

    Raises:
        InputError: an id is no participant's, the timetable breaks a rule, or there is none.
    """
    begun = time.perf_counter()
    number = {person.id: place for place, person in enumerate(event.participants)}
    for who in absent:
        if who not in number:
            raise InputError(f"no participant {who!r} in the event {event.event.id!r}")
    if now is not None and now.tzinfo is not None:
        raise InputError("write local time, without an offset; the event has the time zone", field="now")
    desk, gone = _Desk(event, schedule), {number[who] for who in absent}
    open_ = [
        place
        for slot, record in enumerate(desk.problem.slots)
        if now is None or record.start >= now
        for place in desk.places(slot)
        if gone & {*desk.problem.pairs[place.pair]}
    ]
    for place in open_:
        desk.clear(place)
    left_out = {place.meeting.key for place in open_}
    filled: dict[tuple[str, str], Meeting] = {}
    waiting = [pair for pair in desk.waiting if not gone & {*desk.problem.pairs[pair]}]
    while step := next(_steps(desk, waiting, open_, gone), None):
        pair, place, option = step
        record = event.pairs[pair]
        meeting = place.meeting.model_copy(
            update={
                "startup": option.startup,
                "partner": option.partner,
                "track": record.track,
                "interpreter": option.interpreter,
            }
        )
        desk.seat(pair, place, meeting)
        filled[place.meeting.key] = meeting
        open_.remove(place)
        waiting.remove(pair)
    meetings = (
        filled.get(each.key) if each.key in left_out else each  # the new one in the place of the old
        for each in schedule.meetings
    )
    new = Schedule(
        status="feasible",
        stages=desk.stages(stage.name for stage in schedule.stages),
        seconds=time.perf_counter() - begun,
        meetings=tuple(each for each in meetings if each is not None),
        unscheduled=_unscheduled(desk, schedule, absent),
    )
    return new, differences(event, schedule, event, new)


@dataclass(frozen=True)
class _Place:
    """The slot, the table and the interpreter of a meeting, as numbers."""

    pair: int
    slot: int
    table: int
    meeting: Meeting


class _Desk:
    """A timetable as a board, with the seats that people know of."""

    def __init__(self, event: Event, schedule: Schedule) -> None:
        if schedule.status == "infeasible":
            raise InputError("there is no timetable: the event is infeasible")
        self.event, self.problem = event, compile_event(event)
        slots = {slot.id: place for place, slot in enumerate(self.problem.slots)}
        tables = {table.id: place for place, table in enumerate(event.tables)}
        pairs = {pair.key: place for place, pair in enumerate(event.pairs)}
        self._interpreters = {each.id: place for place, each in enumerate(event.interpreters)}
        self._places: dict[int, _Place] = {}
        self._breaks: list[int] | None = None  # of each participant; None: not counted since the last change
        try:
            for meeting in schedule.meetings:
                pair = pairs[meeting.key]
                self._places[pair] = _Place(pair, slots[meeting.slot], tables[meeting.table], meeting)
            self.board = Board(
                self.problem,
                {pair: place.slot for pair, place in self._places.items()},
                tables={pair: place.table for pair, place in self._places.items()},
                interpreters={
                    pair: self._interpreters[place.meeting.interpreter]
                    for pair, place in self._places.items()
                    if place.meeting.interpreter is not None
                },
            )
        except (KeyError, ValueError) as cause:
            raise InputError(f"the timetable breaks a rule ({cause}); run check for all faults") from cause
        away = {(each.startup, each.partner) for each in schedule.unscheduled if each.code == ABSENT}
        possible = (
            pair
            for pair, slots_ in enumerate(self.problem.allowed)
            if slots_ and pair not in self._places and event.pairs[pair].key not in away
        )
        self.waiting = sorted(possible, key=lambda pair: (-self.problem.worth[pair], pair))
        """Pairs that could meet at some time and do not, the most valuable first."""

    def places(self, slot: int) -> list[_Place]:
        """The meetings in a slot, by table."""
        found = (place for place in self._places.values() if place.slot == slot)
        return sorted(found, key=lambda place: place.table)

    def clear(self, place: _Place) -> None:
        """Let a meeting no longer take place."""
        self.board.take(place.pair)
        del self._places[place.pair]
        self._breaks = None

    def seat(self, pair: int, place: _Place, meeting: Meeting) -> None:
        """Let a pair meet in a place that is free."""
        helper = None if meeting.interpreter is None else self._interpreters[meeting.interpreter]
        self.board.put(pair, place.slot, table=place.table, interpreter=helper)
        self._places[pair] = _Place(pair, place.slot, place.table, meeting)
        self._breaks = None

    def left(self, place: _Place, absent: int) -> Iterator[int]:
        """The waiting pairs of the one who is left in a place when the other does not come."""
        one, other = self.problem.pairs[place.pair]
        left = other if absent == one else one
        return (
            pair
            for pair in self.waiting
            if left in self.problem.pairs[pair] and absent not in self.problem.pairs[pair]
        )

    def at(self, pair: int, place: _Place) -> Option | None:
        """The pair as an option for a place that has become free, or None if it does not fit."""
        if place.table not in self.problem.tables[pair] or not self.board.free(pair, place.slot):
            return None
        able = self.problem.interpreters[pair]
        helper = self._helper(pair, place.slot, place.meeting.interpreter)
        if able is not None and helper is None:
            return None
        if not self._is_even(pair, place.slot):
            return None
        return self._option(pair, helper)

    def in_slot(self, pair: int, slot: int) -> Option | None:
        """The pair as an option for a slot, whether or not a table and an interpreter are free by now."""
        able = self.problem.interpreters[pair]
        tables = {*self.problem.tables[pair]} & {*self.problem.open_tables[slot]}
        if not tables or not self.board.free(pair, slot):
            return None
        if able is not None and not {*able} & {*self.problem.open_interpreters[slot]}:
            return None
        if not self._is_even(pair, slot):
            return None
        helper, awaits = self._helper(pair, slot), []
        if not tables - {place.table for place in self._during(slot)}:
            awaits.append("table")
        if able is not None and helper is None:
            awaits.append("interpreter")
        return self._option(pair, helper, awaits)

    def stages(self, names: Iterable[str]) -> tuple[Stage, ...]:
        """What the timetable comes to, with bounds that hold for any timetable of the event."""
        slots = {pair: place.slot for pair, place in self._places.items()}
        tables = {pair: place.table for pair, place in self._places.items()}
        most = values.value(self.problem, dict.fromkeys(range(len(self.problem.pairs)), 0))
        return tuple(
            Stage(
                name=name,
                value=values.stage(self.problem, name, slots, tables),
                bound=most if name == "value" else 0,
            )
            for name in names
        )

    def _helper(self, pair: int, slot: int, known: str | None = None) -> int | None:
        """An interpreter for a pair that needs one and has none yet: the one known, or one who is idle."""
        able = self.problem.interpreters[pair] or ()
        # The board knows only of interpreters who are needed; others may come along.
        busy = {place.meeting.interpreter for place in self._during(slot)}
        free = [
            each
            for each in able
            if each in self.problem.open_interpreters[slot] and self.event.interpreters[each].id not in busy
        ]
        wanted = None if known is None else self._interpreters[known]
        return wanted if wanted in free else next(iter(free), None)

    def _during(self, slot: int) -> Iterator[_Place]:
        clashing = {slot, *self.problem.overlaps[slot]}
        return (place for place in self._places.values() if place.slot in clashing)

    def _is_even(self, pair: int, slot: int) -> bool:
        """Whether a meeting more keeps the largest difference of break counts, or at least does no harm."""
        limit = self.event.event.max_break_difference
        if limit is None:
            return True
        if self._breaks is None:
            slots = {each: place.slot for each, place in self._places.items()}
            self._breaks = values.breaks(self.problem, slots)
        both, after = self.problem.pairs[pair], list(self._breaks)
        theirs = {
            each: place.slot
            for each, place in self._places.items()
            if not {*both}.isdisjoint(self.problem.pairs[each])
        }
        counts = values.breaks(self.problem, {**theirs, pair: slot})
        for person in both:
            after[person] = counts[person]
        return _spread(after) <= max(limit, _spread(self._breaks))

    def _option(self, pair: int, helper: int | None, awaits: Sequence[str] = ()) -> Option:
        name = None if helper is None else self.event.interpreters[helper].id
        return Option(*self.event.pairs[pair].key, name, self.problem.worth[pair], tuple(awaits))


def _spread(counts: Sequence[int]) -> int:
    return max(counts) - min(counts)


def _steps(
    desk: _Desk, waiting: Sequence[int], places: Iterable[_Place], gone: set[int]
) -> Iterator[tuple[int, _Place, Option]]:
    """What can be filled now, the best first."""
    for pair in waiting:
        both = {*desk.problem.pairs[pair]}
        # Stable: otherwise by time and table.
        for place in sorted(places, key=lambda each: not both & {*desk.problem.pairs[each.pair]} - gone):
            if option := desk.at(pair, place):
                yield pair, place, option


def _unscheduled(desk: _Desk, old: Schedule, absent: Sequence[str]) -> tuple[Unscheduled, ...]:
    """The pairs that do not meet, in the order of the event."""
    known = {(each.startup, each.partner): each for each in old.unscheduled}
    found = []
    for place, pair in enumerate(desk.event.pairs):
        if place in desk.board.slot_of or pair.state is State.DECLINED:
            continue
        if missing := [each for each in pair.key if each in absent]:
            reason = f"{' and '.join(missing)} {'is' if len(missing) == 1 else 'are'} absent"
            told = Unscheduled(startup=pair.startup, partner=pair.partner, reason=reason, code=ABSENT)
        elif pair.key in known:
            told = known[pair.key]
        else:
            name = f"{pair.startup!r} and {pair.partner!r}"
            raise InputError(f"{name} are not listed as unscheduled; run check for all faults")
        found.append(told)
    return tuple(found)
