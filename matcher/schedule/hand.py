"""Editing a timetable by hand: the timetable after one edit, what it breaks, what it costs, who must be told.

An edit is never refused for a rule it breaks; whoever makes it decides, knowing the faults. They are the
checker's, before and after. Where a meeting could go is for ``matcher.schedule.spots`` to say.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass
from typing import Any

from matcher.schedule.board import Board
from matcher.schedule.changes import Changes, differences
from matcher.schedule.check import Fault, Verdict, check
from matcher.schedule.sheet import Seat, Sheet, both, proven
from matcher.schedule.unmet import reasons
from matcher.schedule.wording import CODES
from profiles.errors import InputError
from profiles.event import Event, Schedule, State, Unscheduled

BY_HAND = "by_hand"
"""The code of a pair that does not meet because its meeting was taken out by hand."""


@dataclass(frozen=True)
class Move:
    """A meeting goes to another slot or table.

    Attributes:
        interpreter: None: it keeps its own if that can be, else a free one is found if the pair needs one.
    """

    startup: str
    partner: str
    slot: str
    table: str
    interpreter: str | None = None


@dataclass(frozen=True)
class Place:
    """A pair that does not meet gets a meeting.

    Attributes:
        interpreter: None: a free one is found if the pair needs one.
    """

    startup: str
    partner: str
    slot: str
    table: str
    interpreter: str | None = None


@dataclass(frozen=True)
class Remove:
    """A meeting no longer takes place."""

    startup: str
    partner: str


@dataclass(frozen=True)
class Swap:
    """Two meetings exchange slot and table; interpreters stay with their pairs if that can be.

    Attributes:
        first, second: startup and partner of each.
    """

    first: tuple[str, str]
    second: tuple[str, str]


ByHand = Move | Place | Remove | Swap
"""What can be done by hand in one step."""


@dataclass(frozen=True)
class Cost:
    """What one stage comes to before and after an edit.

    Attributes:
        name: of the stage; those of ``matcher.schedule.sheet.MAXIMISED`` are to be great, the others small.
    """

    name: str
    before: float
    after: float

    @property
    def change(self) -> float:
        """How much more it is after."""
        return self.after - self.before


@dataclass(frozen=True)
class Edited:
    """A timetable after an edit.

    Attributes:
        schedule: the timetable, ``optimal`` if that is still proven, else ``feasible``; its meetings by time
            and table, the stages those of the one before.
        faults: what the edit breaks: faults there are now and were not before.
        remaining: faults there were before; one that involves fewer meetings now is among them as it is now.
        costs: all stages of the objective, and others that the timetable states, first things first.
        changes: who has to be told what.
    """

    schedule: Schedule
    faults: tuple[Fault, ...]
    remaining: tuple[Fault, ...]
    costs: tuple[Cost, ...]
    changes: Changes

    def to_dict(self) -> dict[str, Any]:
        """The outcome for a program, without the timetable."""
        return {
            "status": self.schedule.status,
            "faults": [asdict(each) for each in self.faults],
            "remaining": [asdict(each) for each in self.remaining],
            "costs": [{**asdict(each), "change": each.change} for each in self.costs],
            "changes": self.changes.to_dict(),
        }


def apply_edit(event: Event, schedule: Schedule, edit: ByHand, *, exchanges: int = 0) -> Edited:
    """The timetable after an edit by hand, whichever rules that breaks.

    Args:
        event: the event.
        schedule: its timetable; it may break rules already.
        edit: what is done.
        exchanges: for so many pairs that do not meet, of the most worth, a price is looked for; see
            ``matcher.schedule.unmet.reasons``. Prices of before no longer hold, so the others have none.

    Raises:
        InputError: there is no timetable or no such pair, slot, table or interpreter; a pair does not meet
            that should be moved, removed or swapped, or meets already and should be placed; or a meeting of
            the timetable names what the event does not have.
    """
    sheet = Sheet(event, schedule)
    # The order of meetings shows in the words of faults: the same before and after.
    before = check(event, schedule.model_copy(update={"meetings": sheet.meetings()}))
    wanted = _wanted(sheet, edit)
    present = {pair: sheet.clear(pair) for pair in wanted}
    bare = Schedule(status="feasible", meetings=sheet.meetings())
    _seat(sheet, wanted, present)
    gone = {pair for pair in wanted if pair not in sheet.seats}
    new = Schedule(
        status="feasible",
        stages=sheet.stages(schedule.stages),
        seconds=schedule.seconds,
        meetings=sheet.meetings(),
        unscheduled=_unscheduled(sheet, schedule, gone, set(wanted), exchanges),
    )
    after = check(event, new)
    faults = _caused(event, before, after, bare)
    if not after.faults and proven(new.stages):
        new = new.model_copy(update={"status": "optimal"})
    return Edited(
        schedule=new,
        faults=faults,
        remaining=tuple(each for each in after.faults if each not in faults),
        costs=tuple(Cost(name, before.values[name], value) for name, value in after.values.items()),
        changes=differences(event, schedule, event, new),
    )


# -- where what goes ---------------------------------------------------------------------------


def _wanted(sheet: Sheet, edit: ByHand) -> dict[int, Seat | None]:
    """pair -> where it is to be, None for nowhere."""
    if isinstance(edit, Swap):
        return _exchanged(sheet, edit)
    key = (edit.startup, edit.partner)
    if isinstance(edit, Remove):
        return {sheet.held(key): None}
    if isinstance(edit, Move):
        pair = sheet.held(key)
    elif (pair := sheet.pair(key)) in sheet.seats:
        raise InputError(f"{both(key)} meet already: move them", field="pair")
    return {pair: Seat(sheet.slot(edit.slot), sheet.table(edit.table), sheet.interpreter(edit.interpreter))}


def _exchanged(sheet: Sheet, edit: Swap) -> dict[int, Seat | None]:
    one, other = sheet.held(edit.first), sheet.held(edit.second)
    if one == other:
        raise InputError(f"{both(edit.first)} cannot swap with themselves", field="pair")
    here, there = sheet.seats[one], sheet.seats[other]
    return {one: Seat(there.slot, there.table), other: Seat(here.slot, here.table)}


def _seat(sheet: Sheet, wanted: Mapping[int, Seat | None], present: Mapping[int, Seat | None]) -> None:
    """Give everybody wanted a seat; who can keep an interpreter does so before others choose."""
    known = {pair: None if seat is None else seat.interpreter for pair, seat in present.items()}
    wishes = [(pair, wish) for pair, wish in wanted.items() if wish is not None]

    def chooses(pair: int, wish: Seat) -> bool:
        return wish.interpreter is None and sheet.helper(pair, wish.slot, known[pair]) != known[pair]

    for pair, wish in sorted(wishes, key=lambda each: chooses(*each)):
        helper = wish.interpreter
        if helper is None:
            helper = sheet.helper(pair, wish.slot, known[pair])
        sheet.seat(pair, Seat(wish.slot, wish.table, helper))


# -- what is wrong then ------------------------------------------------------------------------

_OF_GROUPS = ("representatives", "max_meetings", "max_consecutive", "table", "interpreter_busy")
"""Rules that several meetings break together: with one fewer, the fault may still be there in other words."""


def _caused(event: Event, before: Verdict, after: Verdict, bare: Schedule) -> tuple[Fault, ...]:
    """The faults that are there because of an edit.

    Args:
        event: the event.
        before, after: what was and is wrong.
        bare: the meetings that were not edited.
    """
    known = set(before.faults)
    found = [each for each in after.faults if each not in known]
    if any(each.rule in _OF_GROUPS for each in known) and any(each.rule in _OF_GROUPS for each in found):
        # What is wrong without the edited meetings was so before, and perhaps worse.
        left = {each for each in check(event, bare).faults if each.rule in _OF_GROUPS}
        found = [each for each in found if each not in left]
    if after.values["break_spread"] <= before.values["break_spread"]:
        found = [each for each in found if each.rule != "max_break_difference"]
    return tuple(found)


# -- who does not meet then --------------------------------------------------------------------


def _unscheduled(
    sheet: Sheet, old: Schedule, gone: set[int], edited: set[int], exchanges: int
) -> tuple[Unscheduled, ...]:
    """The pairs that do not meet, in the order of the event.

    Reasons of other makers (somebody is absent) stay; the rest is found anew. In a timetable that breaks
    rules they are those of the meetings that fit together, the edited ones last.
    """
    theirs = {(each.startup, each.partner): each for each in old.unscheduled if each.code not in CODES}
    board = _fitting(sheet, edited)
    why = reasons(sheet.problem, board.slot_of, board.table_of, board.interpreter_of, exchanges=exchanges)
    found = {(each.startup, each.partner): each for each in why}
    return tuple(
        _by_hand(pair.startup, pair.partner) if place in gone else theirs.get(pair.key) or found[pair.key]
        for place, pair in enumerate(sheet.event.pairs)
        if place not in sheet.seats and pair.state is not State.DECLINED
    )


def _by_hand(startup: str, partner: str) -> Unscheduled:
    reason = f"the meeting of {startup} and {partner} was taken out by hand"
    return Unscheduled(startup=startup, partner=partner, reason=reason, code=BY_HAND)


def _fitting(sheet: Sheet, last: set[int]) -> Board:
    """As many of the meetings as keep the rules together, one after the other."""
    board = Board(sheet.problem)

    def order(pair: int) -> tuple[bool, bool, int]:
        # Whoever lacks an interpreter is given one by the board: not before the others have theirs.
        return pair in last, sheet.seats[pair].interpreter is None, pair

    for pair in sorted(sheet.seats, key=order):
        seat = sheet.seats[pair]
        with suppress(ValueError):
            board.put(pair, seat.slot, table=seat.table, interpreter=seat.interpreter)
    return board
