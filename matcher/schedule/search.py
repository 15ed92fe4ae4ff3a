"""The search for the best timetable: which method takes which stage of the objective.

* Events whose pairs all have to meet: the SAT placement, which settles feasibility and breaks at once.
* Large ones: pairs and slots by linear programmes and local search, with a bound on the value; then breaks by
  annealing.
* All that are small enough: the constraint model, stage after stage, and for breaks the SAT placement of each
  choice of pairs that is worth as much.

A method starts from what the one before it found, and its bounds are kept if they are tighter.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from matcher.schedule import pools, values
from matcher.schedule.arrange import Arrangement, is_forced
from matcher.schedule.days import fill
from matcher.schedule.exact import ExactSearch, Incumbent, Tell, is_small
from matcher.schedule.model import Problem
from matcher.schedule.replan import Before, Seats, repaired
from matcher.schedule.seating import deal, few_moves
from matcher.schedule.tidy import tidy

_SHARE = 0.6
"""Of the time that is left, how much one stage may take, the last one all of it."""

_TIDY_SHARE = 0.4
"""Of the time for breaks, how much goes to annealing where the SAT placement follows."""

_FEW_PLACES = 1_500
"""Up to so many slots of all pairs the exact methods need no first timetable."""

_MOST_PLACED = 400
"""Meetings up to which the SAT placement is worth its while."""


@dataclass(frozen=True)
class Limits:
    """How long a search may take, and who is told.

    Attributes:
        deadline: on the monotonic clock.
        stop: True ends the search as if time had run out.
        seed: of all decisions.
        tell: told of progress.
    """

    deadline: float
    stop: Callable[[], bool]
    seed: int
    tell: Tell

    def left(self) -> float:
        """Seconds that remain."""
        return 0.0 if self.stop() else max(0.0, self.deadline - time.monotonic())


class Search:
    """Finds the best timetable of a problem; ``incumbent`` holds it, with the bounds.

    Args:
        problem: what is asked for.
        limits: time, and who is told.
        stages: those that count, in their order.
        before: an earlier timetable, for the stages that compare with it.
        wanted: the tables of an earlier timetable, kept where they can be.
    """

    def __init__(
        self,
        problem: Problem,
        limits: Limits,
        stages: Sequence[str],
        before: Before | None = None,
        wanted: Seats | None = None,
    ) -> None:
        self.problem, self.limits, self.stages = problem, limits, stages
        self.before, self.wanted = before, wanted
        self.incumbent = Incumbent()

    def run(self) -> None:
        """Take the stages in their order, as far as time allows.

        Raises:
            TimeoutError: there is neither a timetable nor a proof that there is none.
        """
        self._begin()
        for name in self.stages:
            if self.incumbent.infeasible:
                return
            left = self.limits.left() * (1.0 if name == self.stages[-1] else _SHARE)
            if name == "table_moves":
                self.seat()
            if name in ("breaks", "break_spread"):
                self._arrange(name, left)
                left = min(left, self.limits.left()) if self._needs_model(name) else 0.0
            if left > 0 and self._has_model(name) and not (name == "table_moves" and self.wanted):
                self._exact.stage(name, left)
            if self.incumbent.slots is None and not self.incumbent.infeasible:
                raise TimeoutError("no timetable was found in the time given")
        self.seat()

    def seat(self) -> None:
        """Give the timetable tables if it has none: those wanted, or else such that people move little."""
        slots = self.incumbent.slots
        if self.incumbent.tables is None and slots is not None:
            wanted = self.wanted.tables if self.wanted else None
            tables = sure(deal(self.problem, slots, pools.tables(self.problem), wanted))
            self.incumbent.tables = tables if wanted is not None else few_moves(self.problem, slots, tables)

    def _begin(self) -> None:
        """A first timetable by the method made for events of this kind, if there is one."""
        if self.before is not None:
            self.incumbent.slots = repaired(self.problem, self.before)
            return
        if is_forced(self.problem) and self._arrangement.applies():
            self._arrangement.place_all(self.limits.left() * _SHARE)
        elif self._places() > _FEW_PLACES and self.problem.event.event.max_break_difference is None:
            self._fill()

    def _fill(self) -> None:
        def found(_: dict[int, int], _shortfall: float, value: float) -> None:
            self.limits.tell("value", value, bounds.get("value", math.inf))

        bounds = self.incumbent.bounds
        seconds = self.limits.left() * _SHARE
        board, bound = fill(
            self.problem, seconds=seconds, seed=self.limits.seed, stop=self.limits.stop, found=found
        )
        if not set(self.problem.required) <= board.slot_of.keys():
            return
        self.incumbent.slots = dict(board.slot_of)
        bounds["shortfall"] = bound.shortfall
        short = values.shortfall(self.problem, self.incumbent.slots)
        # The bound is one for the plain objective; fairness first may cost value.
        if "fewest_meetings" not in self.stages:
            bounds["value"] = bound.value
            self.limits.tell("value", values.value(self.problem, self.incumbent.slots), bound.value)
        self.limits.tell("shortfall", short, bound.shortfall)

    def _arrange(self, name: str, seconds: float) -> None:
        incumbent, limits = self.incumbent, self.limits
        slots = incumbent.slots
        if slots is None:
            return
        places = len(slots) <= _MOST_PLACED and self._arrangement.applies()
        if name == "breaks" and self._places() > _FEW_PLACES and not self._is_met("breaks"):

            def found(_: dict[int, int], breaks: int, _spread: int) -> None:
                limits.tell("breaks", breaks, incumbent.bounds.get("breaks", 0))

            incumbent.slots = tidy(
                self.problem,
                slots,
                seconds=seconds * (_TIDY_SHARE if places else 1.0),
                seed=limits.seed,
                stop=limits.stop,
                found=found,
            )
            incumbent.tables = None
        if places and not self._is_met(name):
            self._arrangement.stage(name, min(seconds, limits.left()))

    def _is_met(self, name: str) -> bool:
        slots = self.incumbent.slots or {}
        return values.stage(self.problem, name, slots, None) <= self.incumbent.bounds.get(name, 0)

    def _needs_model(self, name: str) -> bool:
        """Whether a stage of breaks is left to the constraint model."""
        few = self._places() <= _FEW_PLACES
        return not self._is_met(name) and (few or not self._arrangement.applies())

    def _has_model(self, name: str) -> bool:
        """Whether the constraint model takes the stage."""
        return self.before is not None or is_small(self.problem, name)

    def _places(self) -> int:
        return sum(map(len, self.problem.allowed))

    @cached_property
    def _exact(self) -> ExactSearch:
        limits = self.limits
        return ExactSearch(
            self.problem,
            self.incumbent,
            self.stages,
            limits.seed,
            limits.stop,
            limits.tell,
            self.before,
        )

    def _choices(self, stage: str, most: int, deadline: float) -> Iterator[list[int] | None]:
        return self._exact.other_choices(stage, most, deadline)

    @cached_property
    def _arrangement(self) -> Arrangement:
        limits = self.limits
        choices = self._choices if is_small(self.problem, "value") else None
        return Arrangement(self.problem, self.incumbent, choices, limits.seed, limits.stop, limits.tell)


def sure(dealt: dict[int, int] | None) -> dict[int, int]:
    """What was dealt out, which is always enough for a timetable that keeps the rules."""
    if dealt is None:
        raise RuntimeError("a timetable without room for its meetings: a mistake in the rules")
    return dealt
