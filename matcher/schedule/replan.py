"""Late changes: a timetable that is known already, and what of it a new one has to leave alone.

First as few as can be of its meetings are lost, of those that are still possible at all. Then as few people
as can be are moved: those with a meeting that could have stayed where it was and is at another time or gone.
New meetings in free time move nobody.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from ortools.sat.python.cp_model import LinearExpr

from matcher.schedule.board import Board
from matcher.schedule.formulation import Formulation
from matcher.schedule.model import Problem
from matcher.schedule.objective import Aim
from matcher.schedule.rules import RULES
from matcher.schedule.running import run
from profiles.event import Meeting, Schedule

STAGES = ("lost", "moved")
"""What comes before all other stages when a timetable is in force."""


def freeze(problem: Problem, old: Schedule, now: datetime | None) -> Problem:
    """The problem with what has begun before ``now`` as it was, and nothing new in that time.

    A meeting of the past that the event rules out by now (somebody never came) is not held against it.

    Args:
        problem: the event as it is now.
        old: the timetable in force.
        now: local time of the event; None if nothing has begun.
    """
    if now is None:
        return problem
    begun = {slot for slot, each in enumerate(problem.slots) if each.start < now}
    held = {pair: slot for pair, slot in kept(problem, old).items() if slot in begun}
    seats = seats_of(problem, old).tables
    allowed = tuple(
        (held[pair],) if pair in held else tuple(slot for slot in slots if slot not in begun)
        for pair, slots in enumerate(problem.allowed)
    )
    tables = tuple(
        (seats[pair],) if pair in held and seats.get(pair) in each else each
        for pair, each in enumerate(problem.tables)
    )
    return replace(
        problem, allowed=allowed, tables=tables, required=tuple(sorted({*problem.required, *held}))
    )


def kept(problem: Problem, old: Schedule) -> dict[int, int]:
    """pair -> slot of the meetings of the old timetable that could still be where they were."""
    slots = {slot.id: place for place, slot in enumerate(problem.slots)}
    return {
        pair: slots[meeting.slot]
        for pair, meeting in _known(problem, old).items()
        if slots.get(meeting.slot) in problem.allowed[pair]
    }


@dataclass(frozen=True)
class Seats:
    """Who sat where in an earlier timetable.

    Attributes:
        tables: pair -> table, where both still exist.
        interpreters: pair -> interpreter, where both still exist.
    """

    tables: dict[int, int]
    interpreters: dict[int, int]


def seats_of(problem: Problem, old: Schedule) -> Seats:
    """The tables and interpreters of a timetable."""
    known = _known(problem, old)
    tables = {table.id: place for place, table in enumerate(problem.event.tables)}
    interpreters = {each.id: place for place, each in enumerate(problem.event.interpreters)}
    return Seats(
        {pair: tables[meeting.table] for pair, meeting in known.items() if meeting.table in tables},
        {
            pair: interpreters[meeting.interpreter]
            for pair, meeting in known.items()
            if meeting.interpreter in interpreters
        },
    )


def still_possible(problem: Problem, old: Schedule) -> frozenset[int]:
    """The pairs of the old timetable that could still meet, be it at another time."""
    return frozenset(pair for pair in _known(problem, old) if problem.allowed[pair])


def hold(problem: Problem, old: Schedule) -> Problem:
    """The problem with nobody moved, in time or to another table, and nothing lost."""
    slots, seats = kept(problem, old), seats_of(problem, old).tables

    def tables(pair: int, those: tuple[int, ...]) -> tuple[int, ...]:
        seat = seats.get(pair)
        stays = pair in slots and seat in those and seat in problem.open_tables[slots[pair]]
        return (seat,) if stays and seat is not None else those

    return replace(
        problem,
        allowed=tuple((slots[pair],) if pair in slots else each for pair, each in enumerate(problem.allowed)),
        tables=tuple(tables(pair, each) for pair, each in enumerate(problem.tables)),
        required=tuple(sorted({*problem.required, *still_possible(problem, old)})),
    )


def cannot_take_place(problem: Problem, *, seconds: float, seed: int, stop: Callable[[], bool]) -> bool:
    """Whether it is proven that the required pairs cannot take place together; quick where most are settled.

    False where break counts are limited, since other meetings may then help.
    """
    if problem.event.event.max_break_difference is not None:
        return False
    required = set(problem.required)
    alone = tuple(slots if pair in required else () for pair, slots in enumerate(problem.allowed))
    formulation = Formulation(replace(problem, allowed=alone))
    for rule in RULES.values():
        rule(formulation)
    return run(formulation.model, seconds=seconds, seed=seed, stop=stop).refuted


def repaired(problem: Problem, before: Before) -> dict[int, int] | None:
    """What is left of an earlier timetable, its lost meetings placed anew where there is room.

    A start for a search: pair -> slot, or None if that lacks a required pair or breaks a rule.
    """
    if problem.event.event.max_break_difference is not None:
        return None
    board = Board(problem)
    required = set(problem.required)
    for pair in sorted(before.slots, key=lambda pair: (pair not in required, pair)):
        if board.fits(pair, before.slots[pair]):
            board.put(pair, before.slots[pair])
    for pair in sorted({*before.wanted, *required} - board.slot_of.keys()):
        slot = next((slot for slot in problem.allowed[pair] if board.fits(pair, slot)), None)
        if slot is not None:
            board.put(pair, slot)
    return dict(board.slot_of) if required <= board.slot_of.keys() else None


def lost(formulation: Formulation, wanted: Iterable[int]) -> Aim:
    """Pairs of an earlier timetable that do not meet."""
    pairs = list(wanted)
    meetings = [literal for pair in pairs for literal in formulation.held(pair)]
    return Aim(len(pairs) - LinearExpr.sum(meetings))


def moved(formulation: Formulation, before: Mapping[int, int]) -> Aim:
    """People who are moved, each once."""
    model, found = formulation.model, []
    for person in range(len(formulation.of)):
        pairs = [pair for pair in formulation.of[person] if pair in before]
        if pairs:
            found.append(touched := model.new_bool_var(""))
            for pair in pairs:
                model.add_bool_or([touched, formulation.at[pair][before[pair]]])
    return Aim(LinearExpr.sum(found))


def count_moved(problem: Problem, before: Mapping[int, int], slots: Mapping[int, int]) -> int:
    """How many people are moved."""
    return len(
        {person for pair, slot in before.items() if slots.get(pair) != slot for person in problem.pairs[pair]}
    )


@dataclass(frozen=True)
class Before:
    """An earlier timetable as the stages ``lost`` and ``moved`` see it.

    Attributes:
        slots: pair -> slot, of the meetings that could be where they were.
        wanted: the pairs that could still meet.
    """

    slots: dict[int, int]
    wanted: frozenset[int]

    @classmethod
    def of(cls, problem: Problem, old: Schedule) -> Before:
        """What a timetable asks of a later one."""
        return cls(kept(problem, old), still_possible(problem, old))

    def aim(self, stage: str, formulation: Formulation) -> Aim:
        """The stage in a model."""
        return moved(formulation, self.slots) if stage == "moved" else lost(formulation, self.wanted)

    def count(self, stage: str, problem: Problem, slots: Mapping[int, int]) -> int:
        """What the stage comes to."""
        if stage == "moved":
            return count_moved(problem, self.slots, slots)
        return len(self.wanted - slots.keys())


def _known(problem: Problem, old: Schedule) -> dict[int, Meeting]:
    pairs = {pair.key: place for place, pair in enumerate(problem.event.pairs)}
    return {pairs[meeting.key]: meeting for meeting in old.meetings if meeting.key in pairs}
