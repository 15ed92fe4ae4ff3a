"""The value stage as a whole: a timetable with the least shortfall and the most value, and its proof."""

from __future__ import annotations

import time
from collections.abc import Callable

from matcher.schedule.board import Board
from matcher.schedule.bounds import Bound, bound
from matcher.schedule.colouring import coloured
from matcher.schedule.construct import score, settled
from matcher.schedule.improve import improve
from matcher.schedule.model import Problem
from matcher.schedule.rows import write_rows

_PROOF = 0.35
"""Of the time, at most, for the tighter bound."""


def fill(
    problem: Problem,
    *,
    seconds: float,
    seed: int = 0,
    stop: Callable[[], bool] = lambda: False,
    found: Callable[[dict[int, int], float, float], None] = lambda slots, shortfall, value: None,
) -> tuple[Board, Bound]:
    """A timetable on a board, and what no timetable can beat.

    Args:
        problem: the event.
        seconds: wall time, overrun by a second or so.
        seed: of everything drawn.
        stop: asked often; if true, the best found so far is returned.
        found: told of better timetables: pair -> slot, shortfall, value.
    """
    end = time.monotonic() + seconds
    rows = write_rows(problem)
    # As if the least shortfall by its bound could be had: if not, there is another bound to prove.
    target = bound(problem, seconds=0.0, stop=stop, shortfall=0.0, rows=rows, slots=False)
    slots = coloured(problem, rows, target.pairs.tolist())
    first = score(rows, settled(problem, rows, slots).slot_of)
    if first.reaches(target):
        found(slots, float(first.shortfall), first.value)
    else:
        left = end - time.monotonic()
        target = bound(problem, seconds=_PROOF * left, stop=stop, shortfall=0.0, rows=rows, known=target)
        proof = left - (end - time.monotonic())
        left = end - time.monotonic() - (proof if rows.least.any() else 0.0)
        slots = improve(
            problem, slots, seconds=left, seed=seed, stop=stop, found=found, target=target, rows=rows
        )
    short = score(rows, slots).shortfall
    if short > target.shortfall:
        left = end - time.monotonic()
        target = bound(problem, seconds=left, stop=stop, shortfall=short, rows=rows, slots=left > 0)
    return settled(problem, rows, slots), target
