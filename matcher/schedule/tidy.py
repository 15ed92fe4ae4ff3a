"""Fewer breaks, and breaks shared out more evenly, for a timetable whose pairs are settled."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from typing import Protocol

import numpy as np
import numpy.typing as npt

from matcher.schedule.chains import MOST_SLOTS, Chains
from matcher.schedule.fairness import spread
from matcher.schedule.fewest import fewest_breaks
from matcher.schedule.model import Problem
from matcher.schedule.rooms import rooms_of
from matcher.schedule.shifting import Shifting

Found = Callable[[dict[int, int], int, int], None]
"""Is told a better timetable (pair -> slot), its breaks and their spread."""

_HOT, _COLD = 0.5, 0.03
"""Heat at the beginning and at the end, in breaks."""

_ROUNDS, _ROUNDS_EACH = 4000, 8
"""How much is tried: so many rounds, and so many more for each participant."""


class _Search(Protocol):
    @property
    def breaks(self) -> npt.NDArray[np.int64]: ...

    @property
    def marked(self) -> dict[int, int]: ...

    def mark(self) -> None: ...

    def turn(self, heat: float) -> bool: ...


def tidy(
    problem: Problem,
    slots: Mapping[int, int],
    *,
    seconds: float,
    seed: int = 0,
    stop: Callable[[], bool] = lambda: False,
    found: Found | None = None,
    rounds: int | None = None,
) -> dict[int, int]:
    """The same pairs in other slots: the fewest breaks that are found, and among those the least spread.

    By simulated annealing (Kirkpatrick and others 1983) that cools down over the rounds, or over the time if
    that is shorter. Equal calls give equal timetables unless the time or ``stop`` cuts them short.

    Args:
        problem: the event.
        slots: pair -> slot, for the pairs that meet: a timetable that keeps every hard rule. If its breaks
            differ by more than the event allows, they will not differ by more than that.
        seconds: wall time after which the best so far is returned.
        seed: of the decisions.
        stop: asked now and then; True ends the search as if time had run out.
        found: told of the best timetable after every round that has made it better.
        rounds: how much is tried, each with as many turns as the event has slots.

    Returns:
        Pair -> slot; as good as ``slots`` at least.

    Raises:
        ValueError: the timetable breaks a rule (noticed only where slots overlap).
    """
    clock = _Clock(seconds, stop)
    search, least = _search(problem, slots, seed)
    if rounds is None:
        rounds = _ROUNDS + _ROUNDS_EACH * len(problem.event.participants)
    best = _worth(search)
    for number in range(rounds):
        before = best
        for turn in range(len(problem.slots)):
            done = max((number + turn / len(problem.slots)) / rounds, clock.share())
            if best[0] == least or done >= 1:
                break
            if search.turn(_HOT * (_COLD / _HOT) ** done) and (now := _worth(search)) < best:
                best = now
                search.mark()
        if found is not None and best < before:
            found(search.marked, *best)
        if best[0] == least or clock.share() >= 1:
            break
    return search.marked


class _Clock:
    def __init__(self, seconds: float, stop: Callable[[], bool]) -> None:
        self._start, self._seconds, self._stop = time.monotonic(), seconds, stop

    def share(self) -> float:
        """How much of the time is over, 1 for all of it."""
        if self._stop() or self._seconds <= 0:
            return 1.0
        return min(1.0, (time.monotonic() - self._start) / self._seconds)


def _search(problem: Problem, slots: Mapping[int, int], seed: int) -> tuple[_Search, int]:
    """The search that is right for the event, and what no sum of breaks is below."""
    rooms = rooms_of(problem, slots)
    if rooms is None or any(problem.overlaps) or max(map(len, problem.days), default=0) > MOST_SLOTS:
        return Shifting(problem, slots, seed), 0
    return Chains(problem, slots, rooms, seed), int(fewest_breaks(problem, slots).sum())


def _worth(search: _Search) -> tuple[int, int]:
    """Breaks and their spread, to be as small as can be in this order."""
    breaks = search.breaks
    return int(breaks.sum()), spread(breaks)
