"""A timetable in which single meetings shift to other slots, so that participants have fewer breaks.

A meeting goes to another slot; those of its participants that are in its way there go to the slot it leaves,
and now and then another one too, to make room. What that costs is judged as in simulated annealing
(Kirkpatrick and others 1983); whether it keeps the rules, the board says. Slower than exchanging whole chains
of meetings, but for any slots, also those that overlap.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import exp
from random import Random

import numpy as np
import numpy.typing as npt

from matcher.schedule import pools
from matcher.schedule.board import Board
from matcher.schedule.fairness import price, spread
from matcher.schedule.model import Problem
from matcher.schedule.seating import deal

_KNOWN = 200_000
"""Sets of slots whose breaks are remembered."""


class Shifting:
    """Meetings of a problem in their slots, where every hard rule is kept.

    Attributes:
        breaks: participant -> breaks.
    """

    def __init__(self, problem: Problem, slots: Mapping[int, int], seed: int) -> None:
        """Args:
        problem: the event.
        slots: pair -> slot, for the pairs that meet: a timetable that keeps every hard rule.
        seed: of the decisions.

        Raises:
            ValueError: the timetable breaks a rule.
        """
        self._problem, self._random = problem, Random(seed)  # noqa: S311 (a search, no secret)
        self._board = _board(problem, slots)
        self.mark()
        self._movable = [pair for pair in slots if len(problem.allowed[pair]) > 1]
        count = len(problem.slots)
        self._tries = 1 + len(self._movable) // max(1, count)
        self._clashes = [{slot, *others} for slot, others in enumerate(problem.overlaps)]
        # Of each participant, which meetings it has in each slot, and in which it has any, as a mask.
        self._met: list[list[list[int]]] = [[[] for _ in range(count)] for _ in problem.event.participants]
        self._there: list[list[int]] = [[] for _ in range(count)]
        self._held = [0] * len(problem.event.participants)
        self._gaps = [(_mask(gap.before), _mask(gap.between), _mask(gap.after)) for gap in problem.gaps]
        self._known: dict[int, int] = {}
        for pair, slot in slots.items():
            self._enter(pair, slot)
        self._breaks = [self._count(held) for held in self._held]
        most = problem.event.event.max_break_difference
        self._most_spread = None if most is None else max(most, spread(self.breaks))

    @property
    def breaks(self) -> npt.NDArray[np.int64]:
        """Participant -> breaks."""
        return np.array(self._breaks, dtype=np.int64)

    def mark(self) -> None:
        """Remember the timetable as it is now."""
        self._marked = dict(self._board.slot_of)

    @property
    def marked(self) -> dict[int, int]:
        """Pair -> slot, when it was marked last; the timetable of the beginning if it never was."""
        return dict(self._marked)

    def turn(self, heat: float) -> bool:
        """Try to let meetings go to other slots, as many as there are in one; whether any did.

        Args:
            heat: a shift that costs as many breaks more is taken with probability 1 / e.
        """
        if not self._movable:
            return False
        return sum(self._try(heat) for _ in range(self._tries)) > 0

    def _try(self, heat: float) -> bool:
        """Let a meeting go to another slot, with others if need be."""
        pair = self._random.choice(self._movable)
        slot, left = self._random.choice(self._problem.allowed[pair]), self._board.slot_of[pair]
        shifts = {pair: slot}
        if slot == left:
            return False
        for person in self._problem.pairs[pair]:
            free = self._problem.event.participants[person].representatives
            in_the_way = [
                each for place in self._clashes[slot] for each in self._met[person][place] if each != pair
            ]
            while len(in_the_way) >= free:
                shifts[in_the_way.pop(self._random.randrange(len(in_the_way)))] = left
        if len(shifts) == 1 and self._there[slot] and self._random.random() < 0.5:
            shifts[self._random.choice(self._there[slot])] = left
        if any(then not in self._problem.allowed[each] for each, then in shifts.items()):
            return False
        after = self._breaks_after(shifts)
        dearer = sum(price(new) - price(self._breaks[person]) for person, new in after.items())
        if dearer > 0 and self._random.random() >= exp(-dearer / heat):
            return False
        return self._is_spread_kept(after) and self._shift(shifts, after)

    def _breaks_after(self, shifts: Mapping[int, int]) -> dict[int, int]:
        """Breaks of those who take part."""
        now: dict[int, list[int]] = {}
        for pair, slot in shifts.items():
            for person in self._problem.pairs[pair]:
                mine = now.setdefault(person, [len(pairs) for pairs in self._met[person]])
                mine[self._board.slot_of[pair]] -= 1
                mine[slot] += 1
        return {
            person: self._count(_mask(slot for slot, count in enumerate(mine) if count))
            for person, mine in now.items()
        }

    def _is_spread_kept(self, after: Mapping[int, int]) -> bool:
        if self._most_spread is None:
            return True
        then = [after.get(person, breaks) for person, breaks in enumerate(self._breaks)]
        return max(then) - min(then) <= self._most_spread

    def _shift(self, shifts: Mapping[int, int], after: Mapping[int, int]) -> bool:
        """Do it if the board has no objection."""
        board = self._board
        before, tables, interpreters = dict(board.slot_of), dict(board.table_of), dict(board.interpreter_of)
        for pair in shifts:
            board.take(pair)
        if not _put(board, shifts):
            # Where slots overlap, others may sit now where those sat who want to come back.
            if not _put(board, {pair: before[pair] for pair in shifts}):
                self._board = Board(self._problem, before, tables=tables, interpreters=interpreters)
            return False
        for pair, slot in shifts.items():
            self._leave(pair, before[pair])
            self._enter(pair, slot)
        for person, breaks in after.items():
            self._breaks[person] = breaks
        return True

    def _enter(self, pair: int, slot: int) -> None:
        self._there[slot].append(pair)
        for person in self._problem.pairs[pair]:
            self._met[person][slot].append(pair)
            self._held[person] |= 1 << slot

    def _leave(self, pair: int, slot: int) -> None:
        self._there[slot].remove(pair)
        for person in self._problem.pairs[pair]:
            self._met[person][slot].remove(pair)
            if not self._met[person][slot]:
                self._held[person] &= ~(1 << slot)

    def _count(self, held: int) -> int:
        """Breaks of who meets in these slots."""
        if held not in self._known:
            if len(self._known) >= _KNOWN:
                self._known.clear()
            self._known[held] = sum(
                bool(held & after and held & before and not held & between)
                for before, between, after in self._gaps
            )
        return self._known[held]


def _board(problem: Problem, slots: Mapping[int, int]) -> Board:
    try:
        return Board(problem, slots)
    except ValueError:
        # Where slots overlap, meetings seated one after the other may miss the only way to seat all.
        tables = deal(problem, slots, pools.tables(problem))
        interpreters = deal(problem, slots, pools.interpreters(problem))
        return Board(problem, slots, tables=tables, interpreters=interpreters)


def _put(board: Board, slots: Mapping[int, int]) -> bool:
    """Put all meetings, or none if one does not fit; whether they are there."""
    for place, (pair, slot) in enumerate(slots.items()):
        if not board.fits(pair, slot):
            for each in list(slots)[:place]:
                board.take(each)
            return False
        board.put(pair, slot)
    return True


def _mask(slots: Iterable[int]) -> int:
    return sum(1 << slot for slot in slots)
