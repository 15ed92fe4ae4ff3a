"""From a problem to a timetable with the least shortfall and then the most value that time allows."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from matcher.schedule.bounds import Bound, likely
from matcher.schedule.colouring import coloured
from matcher.schedule.construct import Annealing, Score, score, settled
from matcher.schedule.model import Problem
from matcher.schedule.neighbours import Neighbours
from matcher.schedule.rows import Rows, write_rows

Found = Callable[[dict[int, int], float, float], None]

_NEAR = 0.1
"""Columns that fall short of the proof's prices by more, in mean values of a pair, are not tried."""

_NEARER = 0.05
"""The same, column by column, for parts of a timetable: the fewer columns, the larger they can be."""

_MOST_COLUMNS = 250_000
_FIRST_ROUND = 20_000
_LONGEST_ROUND = 640_000
_GAIN = 3e-4
"""A round that gains a smaller part of the value is the last; then parts are solved."""

_CLOSE = 3e-3
"""A start that is nearer to the bound than this would only lose by annealing."""

_SHARE = 0.4
"""Of the time, for annealing."""

_PART = 1.5
"""Seconds for one part at most."""


def improve(
    problem: Problem,
    start: Mapping[int, int] | None,
    *,
    seconds: float,
    seed: int,
    stop: Callable[[], bool],
    found: Found,
    target: Bound,
    rows: Rows | None = None,
) -> dict[int, int]:
    """A timetable as pair -> slot, which a board takes; as good as the target at best.

    Required pairs take place if that was found possible. Equal calls give equal timetables unless the time
    runs out or it is stopped.

    Args:
        problem: the event.
        start: where to begin, a timetable that keeps the rows; if None, the target's pairs as far as chains
            place them.
        seconds: wall time; the last step may take up to a second more.
        seed: of everything drawn.
        stop: asked often; if true, the best found so far is returned.
        found: told of better timetables with all required pairs: pair -> slot, shortfall, value.
        target: proven bounds, by which columns are also chosen; it stops when they are reached.
        rows: the problem's programme, if it is written already.
    """
    rows = rows or write_rows(problem)
    if start is None:
        start = coloured(problem, rows, target.pairs.tolist())
    return _Improvement(problem, rows, target, found).run(start, seconds, seed, stop)


class _Improvement:
    """The best timetable on a board so far."""

    def __init__(self, problem: Problem, rows: Rows, target: Bound, found: Found) -> None:
        self.problem, self.rows, self.target, self.found = problem, rows, target, found
        self.slots: dict[int, int] = {}
        self.score: Score = score(rows, {})

    def run(
        self, start: Mapping[int, int], seconds: float, seed: int, stop: Callable[[], bool]
    ) -> dict[int, int]:
        began = time.monotonic()
        self._offer(start)
        cols = likely(self.rows, self.target, _NEAR, _MOST_COLUMNS)
        annealing = Annealing(self.rows, cols, start, unit=self.target.unit, seed=seed)
        share = began + _SHARE * seconds
        steps = _FIRST_ROUND
        while not self._is_near() and not self._done():
            before = annealing.score
            more = annealing.round(steps, lambda: stop() or time.monotonic() > share, self.target)
            self._offer(annealing.best)
            if not more or self._is_slow(before, annealing.score):
                break
            steps = min(2 * steps, _LONGEST_ROUND)
        cols = likely(self.rows, self.target, _NEARER, _MOST_COLUMNS, by_pair=False)
        parts = Neighbours(self.rows, cols, annealing.best, unit=self.target.unit, seed=seed)
        while not self._done() and not stop() and (left := began + seconds - time.monotonic()) > 0:
            if parts.step(min(left, _PART)):
                self._offer(parts.slots)
        return self.slots

    def _is_near(self) -> bool:
        score, target = self.score, self.target
        first = score.missing == 0 and score.shortfall <= target.shortfall
        return first and score.value > (1 - _CLOSE) * target.value

    def _done(self) -> bool:
        return self.score.reaches(self.target)

    def _is_slow(self, before: Score, after: Score) -> bool:
        if (after.missing, after.shortfall) < (before.missing, before.shortfall):
            return False
        return after.value - before.value < _GAIN * abs(after.value)

    def _offer(self, slots: Mapping[int, int]) -> None:
        """Take a timetable that keeps the rows, made to keep every rule, if it is the best."""
        board = settled(self.problem, self.rows, slots)
        found = score(self.rows, board.slot_of)
        if found < self.score:
            self.slots, self.score = dict(board.slot_of), found
            if not found.missing:
                self.found(self.slots, float(found.shortfall), found.value)
