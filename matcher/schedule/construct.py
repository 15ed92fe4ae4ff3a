"""Timetables by annealing: a pair is put in, whatever stands in its way is taken out, now and then at a loss.

One step takes a pair that does not meet and weighs each of its columns: what it brings, less the meetings
that full rows force out. Which one it becomes, or none, is drawn with odds that grow with the gain (a heat
bath: simulated annealing after Kirkpatrick, Gelatt and Vecchi 1983, with steps as in the colouring of graphs
by partial solutions of Blöchliger and Zufferey 2008). Meetings taken out come next, so that a step draws
others after it until a place is found for all.

Only the rows of ``Rows`` are kept here; ``settled`` puts the outcome on a board, which keeps every rule.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

import numpy as np

from matcher.schedule.board import Board
from matcher.schedule.bounds import Bound
from matcher.schedule.model import Problem
from matcher.schedule.rows import Ints, Rows, columns

_HOT, _COLD = 0.05, 0.005
"""The temperatures a round begins and ends with, in mean values of a pair."""

_BACK = 0.7
"""How often it is the turn of a meeting just taken out."""

_LONGEST = 64
_LOOK = 256
"""Steps between two looks at the clock."""


@dataclass(frozen=True, order=True)
class Score:
    """How good a timetable is; the less, the better.

    Attributes:
        missing: required pairs that do not meet.
        shortfall: meetings missing to min_meetings.
        loss: minus the value.
    """

    missing: int
    shortfall: int
    loss: float

    @property
    def value(self) -> float:
        """The sum of the values of the meetings."""
        return -self.loss

    def reaches(self, target: Bound) -> bool:
        """Whether nothing better exists, as far as values can be told apart."""
        close = 1e-8 * (1 + abs(target.value))
        return not self.missing and self.shortfall <= target.shortfall and self.value >= target.value - close


def score(rows: Rows, slots: Mapping[int, int]) -> Score:
    """How good the meetings ``slots`` (pair -> slot) are."""
    pairs = np.fromiter(slots, dtype=np.int64, count=len(slots))
    counts = np.bincount(rows.sides[pairs].ravel(), minlength=len(rows.least))
    return Score(
        int(rows.required.sum() - rows.required[pairs].sum()),
        int(np.maximum(rows.least - counts, 0).sum()),
        -math.fsum(rows.worth[pairs]),
    )


def settled(problem: Problem, rows: Rows, slots: Mapping[int, int]) -> Board:
    """A board with these meetings, without those it has no room for, and with all others that fit then."""
    board = Board(problem)
    # By time, which seats slots that overlap with as few tables as can be; a required pair before others.
    for pair in sorted(slots, key=lambda pair: (not rows.required[pair], slots[pair], pair)):
        if board.fits(pair, slots[pair]):
            board.put(pair, slots[pair])
    chosen = np.zeros(len(rows.pair))
    chosen[columns(rows, board.slot_of)] = 1.0
    full = (rows.matrix @ chosen >= rows.limit).astype(np.float64)
    there = np.zeros(len(rows.worth), dtype=bool)
    there[list(board.slot_of)] = True
    spare = np.flatnonzero((rows.matrix.T @ full == 0) & ~there[rows.pair])
    worth = rows.worth[rows.pair[spare]] + rows.worth.sum() * (
        rows.least[rows.sides[rows.pair[spare]]].sum(axis=1) > 0
    )
    for col in spare[np.argsort(-worth, kind="stable")].tolist():
        if board.fits(int(rows.pair[col]), int(rows.slot[col])):
            board.put(int(rows.pair[col]), int(rows.slot[col]))
    return board


Column = tuple[int, tuple[int, ...]]
"""A slot and the rows it counts in."""


class Annealing:
    """A timetable that keeps the rows, and the best one it has been.

    Attributes:
        best: pair -> slot of the best one.
        score: of the best one.
        steps: how many there were.
    """

    def __init__(self, rows: Rows, cols: Ints, start: Mapping[int, int], *, unit: float, seed: int) -> None:
        """Begin with a start that keeps the rows; its own columns and ``cols`` come into question.

        ``unit`` is the mean value of a meeting.
        """
        self.random = Random(seed)  # noqa: S311
        self.unit = unit
        here = np.union1d(cols, columns(rows, start))
        part = rows.matrix[:, here].tocsc()
        ends, entries = part.indptr.tolist(), part.indices.tolist()
        self._columns: dict[int, list[Column]] = {}
        pairs, slots = rows.pair[here].tolist(), rows.slot[here].tolist()
        for number, (pair, slot) in enumerate(zip(pairs, slots, strict=True)):
            column = (slot, tuple(entries[ends[number] : ends[number + 1]]))
            self._columns.setdefault(pair, []).append(column)
        self._room = rows.limit.tolist()
        self._single = (rows.limit == 1).tolist()
        self._members: list[set[int]] = [set() for _ in self._room]
        self._cheapest: list[int | None] = [None] * len(self._room)
        # What comes first must not be outweighed by all that comes after it.
        self._short = 1.0 + float(np.abs(rows.worth).sum())
        must = self._short * (1.0 + float(rows.least.sum()))
        self._worth: list[float] = (rows.worth + must * rows.required).tolist()
        self._rows = rows
        self._least: list[int] = rows.least.tolist()
        self._sides = [tuple(sides) for sides in rows.sides.tolist()]
        self._count = [0] * len(self._least)
        self._needy = any(self._least)
        self._at: dict[int, Column] = {}
        self._pool = list(self._columns)
        self._place = {pair: place for place, pair in enumerate(self._pool)}
        self._total = -self._short * sum(self._least)
        self._out: list[int] = []
        self.steps = 0
        for pair, slot in start.items():
            self._put(pair, next(column for column in self._columns[pair] if column[0] == slot))
        self._most = self._total
        self.best = dict(start)
        self.score = score(rows, start)

    def round(self, steps: int, stop: Callable[[], bool], target: Bound) -> bool:
        """Cool down once in so many steps; whether it came to the end, neither stopped nor at the target."""
        random, goal = self.random.random, self._goal(target)
        cooling = (_COLD / _HOT) ** (1 / steps)
        heat = _HOT * self.unit
        # The first steps may make the timetable worse, so that the best one is noted late, when it is stable.
        for step in range(steps):
            heat *= cooling
            if self._out and random() < _BACK:
                pair = self._out.pop()
                if pair in self._at:
                    continue
            elif self._pool:
                pair = self._pool[int(random() * len(self._pool))]
            else:
                break
            self._out += self._step(pair, heat)
            if len(self._out) > _LONGEST:
                del self._out[: _LONGEST // 2]
            if self._total > self._most:
                self._note()
                if self._total >= goal:
                    return False
            if not step % _LOOK and stop():
                return False
        self.steps += steps
        return True

    def _goal(self, target: Bound) -> float:
        must = float(sum(self._worth)) - float(self._rows.worth.sum())
        return target.value * (1 - 1e-9) + must - self._short * target.shortfall

    def _note(self) -> None:
        self._most = self._total + 1e-9 * self.unit
        self.best = {pair: column[0] for pair, column in self._at.items()}
        self.score = score(self._rows, self.best)

    def _put(self, pair: int, column: Column) -> None:
        self._at[pair] = column
        for row in column[1]:
            self._room[row] -= 1
            self._members[row].add(pair)
            self._cheapest[row] = None
        self._total += self._worth[pair]
        for person in self._sides[pair]:
            self._count[person] += 1
            if self._count[person] <= self._least[person]:
                self._total += self._short
        place, last = self._place.pop(pair), self._pool.pop()
        if last != pair:
            self._pool[place] = last
            self._place[last] = place

    def _take(self, pair: int) -> None:
        for row in self._at.pop(pair)[1]:
            self._room[row] += 1
            self._members[row].discard(pair)
            self._cheapest[row] = None
        self._total -= self._worth[pair]
        for person in self._sides[pair]:
            if self._count[person] <= self._least[person]:
                self._total -= self._short
            self._count[person] -= 1
        self._place[pair] = len(self._pool)
        self._pool.append(pair)

    def _step(self, pair: int, heat: float) -> tuple[int, ...]:  # noqa: PLR0912
        """Perhaps let the pair meet; who had to go for it."""
        # The hot loop of the whole search: local names, and a column is left as soon as it cannot win.
        room, members, single, worth = self._room, self._members, self._single, self._worth
        cheapest, random, log = self._cheapest, self.random.random, math.log
        brings = worth[pair]
        if self._needy:
            brings += self._short * sum(self._count[one] < self._least[one] for one in self._sides[pair])
        best = -heat * log(-log(random() or 0.5))
        hopeless = -20 * heat
        chosen: Column | None = None
        gone: tuple[int, ...] = ()
        for column in self._columns[pair]:
            gain = brings
            out: tuple[int, ...] = ()
            for row in column[1]:
                if room[row] > 0:
                    continue
                here = members[row]
                if out and not here.isdisjoint(out):
                    continue
                if not here:  # closed altogether
                    break
                if single[row]:
                    (other,) = here
                else:
                    found = cheapest[row]
                    if found is None:
                        found = cheapest[row] = min(here, key=self._lost)
                    other = found
                out += (other,)
                gain -= worth[other]
                if gain < hopeless:
                    break
            else:
                if self._needy and out:
                    gain = self._exact(pair, out)
                gain -= heat * log(-log(random() or 0.5))
                if gain > best:
                    best, chosen, gone = gain, column, out
        if chosen is None:
            return ()
        for other in gone:
            self._take(other)
        self._put(pair, chosen)
        return gone

    def _lost(self, pair: int) -> float:
        lost: float = self._worth[pair]
        if self._needy:
            lost += self._short * sum(self._count[one] <= self._least[one] for one in self._sides[pair])
        return lost

    def _exact(self, pair: int, out: tuple[int, ...]) -> float:
        """What it brings to let the pair meet instead of others, shortfalls counted together."""
        change = dict.fromkeys(self._sides[pair], 1)
        gain: float = self._worth[pair]
        for other in out:
            gain -= self._worth[other]
            for person in self._sides[other]:
                change[person] = change.get(person, 0) - 1
        for person, more in change.items():
            least = self._least[person]
            if least:
                now = self._count[person]
                gain += self._short * (max(0, least - now) - max(0, least - now - more))
        return gain
