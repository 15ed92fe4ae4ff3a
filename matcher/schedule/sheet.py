"""A timetable as it lies on the table while it is edited by hand: every rule may be broken on it.

``Board`` refuses whatever breaks a rule, so it cannot hold what an organiser keeps all the same. Here only
what a timetable is at all is asked for: its meetings are of pairs of the event, each once, and name slots,
tables and interpreters that there are.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matcher.schedule import values
from matcher.schedule.check import FAIR_STAGES
from matcher.schedule.model import compile_event
from profiles.errors import InputError
from profiles.event import Event, Meeting, Schedule, Stage

MAXIMISED = ("value", *FAIR_STAGES)
"""Stages that are to be great; the others are to be small."""


@dataclass(frozen=True)
class Seat:
    """Where a meeting is, as numbers of the problem."""

    slot: int
    table: int
    interpreter: int | None = None


class Sheet:
    """Meetings with their seats, whether or not they keep the rules.

    Attributes:
        problem: the event as numbers.
        slots, tables, interpreters: id -> number.
        pairs: startup and partner -> number.
        seats: pair -> where it meets.
    """

    def __init__(self, event: Event, schedule: Schedule) -> None:
        """The meetings of a timetable.

        Raises:
            InputError: there is none, a meeting names what the event does not have, or a pair meets twice.
        """
        if schedule.status == "infeasible":
            raise InputError("there is no timetable: the event is infeasible")
        self.event, self.problem = event, compile_event(event)
        self.slots = {each.id: place for place, each in enumerate(self.problem.slots)}
        self.tables = {each.id: place for place, each in enumerate(event.tables)}
        self.interpreters = {each.id: place for place, each in enumerate(event.interpreters)}
        self.pairs = {each.key: place for place, each in enumerate(event.pairs)}
        self.seats: dict[int, Seat] = {}
        self._meetings: dict[int, Meeting] = {}
        for meeting in schedule.meetings:
            self._read(meeting)

    def _read(self, meeting: Meeting) -> None:
        text = f"{meeting.startup!r} and {meeting.partner!r} in {meeting.slot!r}"
        try:
            pair = self.pairs[meeting.key]
            seat = Seat(
                self.slots[meeting.slot],
                self.tables[meeting.table],
                None if meeting.interpreter is None else self.interpreters[meeting.interpreter],
            )
        except KeyError as cause:
            raise InputError(f"{text} name what the event does not have; run check for all faults") from cause
        if pair in self.seats:
            raise InputError(f"{text} meet twice; run check for all faults")
        self.seats[pair], self._meetings[pair] = seat, meeting

    # -- what is asked for by its id -----------------------------------------------------------

    def pair(self, key: tuple[str, str]) -> int:
        """The number of a pair.

        Raises:
            InputError: the event has no such pair.
        """
        if key not in self.pairs:
            raise InputError(f"the event has no pair {both(key)}: name the startup first", field="pair")
        return self.pairs[key]

    def held(self, key: tuple[str, str]) -> int:
        """The number of a pair that meets.

        Raises:
            InputError: the event has no such pair, or it does not meet.
        """
        pair = self.pair(key)
        if pair not in self.seats:
            raise InputError(f"{both(key)} do not meet: place them first", field="pair")
        return pair

    def slot(self, name: str) -> int:
        """The number of a slot.

        Raises:
            InputError: the event has none of that id.
        """
        return self._number(self.slots, name, "slot")

    def table(self, name: str) -> int:
        """The number of a table.

        Raises:
            InputError: the event has none of that id.
        """
        return self._number(self.tables, name, "table")

    def interpreter(self, name: str | None) -> int | None:
        """The number of an interpreter; None for nobody.

        Raises:
            InputError: the event has none of that id.
        """
        return None if name is None else self._number(self.interpreters, name, "interpreter")

    def _number(self, known: Mapping[str, int], name: str, noun: str) -> int:
        if name not in known:
            raise InputError(f"no {noun} {name!r} in the event {self.event.event.id!r}", field=noun)
        return known[name]

    # -- what lies where -----------------------------------------------------------------------

    def clear(self, pair: int) -> Seat | None:
        """Let a pair no longer meet; where it met, if it did."""
        self._meetings.pop(pair, None)
        return self.seats.pop(pair, None)

    def seat(self, pair: int, seat: Seat) -> None:
        """Let a pair meet there, whatever speaks against it."""
        record, helper = self.event.pairs[pair], seat.interpreter
        self.seats[pair] = seat
        self._meetings[pair] = Meeting(
            startup=record.startup,
            partner=record.partner,
            slot=self.problem.slots[seat.slot].id,
            table=self.event.tables[seat.table].id,
            track=record.track,
            interpreter=None if helper is None else self.event.interpreters[helper].id,
        )

    def clashing(self, slot: int) -> frozenset[int]:
        """The slots that share time with a slot, itself included."""
        return self.problem.overlaps[slot] | {slot}

    def during(self, slot: int) -> list[int]:
        """The pairs that meet while a slot lasts."""
        here = self.clashing(slot)
        return [pair for pair, seat in self.seats.items() if seat.slot in here]

    def helper(self, pair: int, slot: int, present: int | None = None) -> int | None:
        """Who interprets for a pair that is put into a slot without a word on that.

        The one it has, or else the first who speaks for both, is there and is free. If nobody is, then
        somebody who is there, though busy, and at last somebody who is away: so it is seen who is missing.
        One who only comes along does so as long as that is no trouble.

        Args:
            pair: it does not meet at the moment.
            slot: where it is put.
            present: its interpreter until now.
        """
        able, there = self.problem.interpreters[pair], self.problem.open_interpreters[slot]
        busy = {self.seats[each].interpreter for each in self.during(slot)}
        if able is None:
            return present if present in there and present not in busy else None
        if not able:
            return present  # nobody would do
        return min(able, key=lambda each: (each not in there, each in busy, each != present, each))

    def slot_of(self) -> dict[int, int]:
        """pair -> slot."""
        return {pair: seat.slot for pair, seat in self.seats.items()}

    def table_of(self) -> dict[int, int]:
        """pair -> table."""
        return {pair: seat.table for pair, seat in self.seats.items()}

    def meetings(self) -> tuple[Meeting, ...]:
        """The meetings as records, by time and table; those not touched as they were."""
        order = sorted(self.seats, key=lambda pair: (self.seats[pair].slot, self.seats[pair].table, pair))
        return tuple(self._meetings[pair] for pair in order)

    def stages(self, old: Iterable[Stage], *, holding: int | None = None) -> tuple[Stage, ...]:
        """The stages of an earlier timetable, with what they come to now.

        A bound is kept where it still bounds this timetable: it holds for all that do no worse in the stages
        before it. Otherwise it is what holds without any search. Nothing bounds what breaks rules, so a bound
        is never better than the value.

        Args:
            old: the stages of before.
            holding: so many of their bounds hold for this event; None for all.

        Raises:
            InputError: there is no such stage.
        """
        found, comparable = [], True
        for place, stage in enumerate(old):
            value = self._value(stage.name)
            sign = 1 if stage.name in MAXIMISED else -1
            beaten = _exceeds(sign * value, sign * stage.bound)
            comparable = comparable and not beaten and (holding is None or place < holding)
            bound = stage.bound if comparable else self._loosest(stage.name, value)
            comparable = comparable and not _exceeds(sign * stage.value, sign * value)
            found.append(Stage(name=stage.name, value=value, bound=value if _equal(value, bound) else bound))
        return tuple(found)

    def _loosest(self, name: str, value: float) -> float:
        """The bound on a stage that holds without any search, and is no better than its value."""
        if name not in MAXIMISED:
            return 0.0
        return max(values.ceiling(self.problem, name), value)

    def _value(self, name: str) -> float:
        try:
            return values.stage(self.problem, name, self.slot_of(), self.table_of())
        except ValueError as cause:
            raise InputError(f"the timetable has a stage {name!r}, and there is none") from cause


def both(key: tuple[str, str]) -> str:
    """A pair for a message of one line, whatever its ids hold."""
    return f"{key[0]!r} and {key[1]!r}"


def proven(stages: Iterable[Stage]) -> bool:
    """Whether nothing can be better, by bounds that hold."""
    known = tuple(stages)
    return bool(known) and all(stage.value == stage.bound for stage in known)


def _exceeds(one: float, other: float) -> bool:
    return one > other and not _equal(one, other)


def _equal(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
