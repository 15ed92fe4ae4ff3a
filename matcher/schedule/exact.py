"""The best timetable by exhaustive search, stage after stage, each with its proof.

Each stage of the objective is minimised with those before it held at what they came to, on one model.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ortools.sat.python.cp_model import LinearExpr

from matcher.schedule import values
from matcher.schedule.formulation import Formulation
from matcher.schedule.model import Problem
from matcher.schedule.objective import STAGES, Aim
from matcher.schedule.replan import STAGES as BEFORE
from matcher.schedule.replan import Before
from matcher.schedule.rules import RULES
from matcher.schedule.running import Run, run

Tell = Callable[[str, float | None, float], None]
"""Is told a stage, its best value so far (None: no timetable yet) and its bound."""

MAXIMISED = ("value", "fewest_meetings", "least_value")
"""Stages that are to be most; the others are to be least."""

_MOST_PLACES = 20_000
_MOST_MOVE_CLAUSES = 150_000


@dataclass
class Incumbent:
    """The best timetable so far, and what is proven of each stage.

    Attributes:
        slots: pair -> slot; None if there is none yet.
        tables: pair -> table, where the search has settled it.
        bounds: stage -> bound.
        infeasible: whether there is proof that no timetable exists.
    """

    slots: dict[int, int] | None = None
    tables: dict[int, int] | None = None
    bounds: dict[str, float] = field(default_factory=dict)
    infeasible: bool = False


def trivial_bound(problem: Problem, stage: str) -> float:
    """What holds for a stage without any search."""
    return values.ceiling(problem, stage) if stage in MAXIMISED else 0.0


def is_small(problem: Problem, stage: str) -> bool:
    """Whether a model of the whole event can be searched for a stage."""
    if stage == "table_moves":
        return _move_clauses(problem) <= _MOST_MOVE_CLAUSES
    return sum(map(len, problem.allowed)) <= _MOST_PLACES


def _move_clauses(problem: Problem) -> int:
    seats = sum(
        len(slots) * len(tables) for slots, tables in zip(problem.allowed, problem.tables, strict=True)
    )
    return seats * max(map(len, problem.days), default=0)


class ExactSearch:
    """The model, to which each stage is added in turn; what is found is written into the incumbent.

    Whichever stages it is given, those before are held at what the incumbent has come to by then.

    Args:
        problem: the event.
        incumbent: a timetable to start from, if there is one, and bounds that are known.
        stages: all that count, in their order.
        seed: of the solver's decisions.
        stop: True ends the search as if time had run out.
        tell: told of progress.
        before: an earlier timetable, for the stages that compare with it.
    """

    def __init__(
        self,
        problem: Problem,
        incumbent: Incumbent,
        stages: Sequence[str],
        seed: int,
        stop: Callable[[], bool],
        tell: Tell,
        before: Before | None = None,
    ) -> None:
        self.problem, self.incumbent, self.before = problem, incumbent, before
        self._to_hold = list(stages)
        self.seed, self.stop, self.tell = seed, stop, tell
        self._aims: dict[str, Aim] = {}

    @cached_property
    def formulation(self) -> Formulation:
        """The model, made when a stage first needs it."""
        formulation = Formulation(self.problem)
        for rule in RULES.values():
            rule(formulation)
        return formulation

    def stage(self, name: str, seconds: float) -> None:
        """Minimise one stage; they are given in their order, and some may be left out."""
        bound = self.incumbent.bounds.setdefault(name, trivial_bound(self.problem, name))
        if seconds > 0 and not self._met(name, bound):
            self._hold_before(name)
            self._minimise(name, self._aim(name), seconds)

    def _hold_before(self, name: str) -> None:
        while self.incumbent.slots is not None and self._to_hold[:1] not in ([name], []):
            aim = self._aim(earlier := self._to_hold.pop(0))
            self.formulation.model.add(aim.expression <= self._whole(earlier, aim))

    def _aim(self, name: str) -> Aim:
        if name not in self._aims:
            compared = self.before is not None and name in BEFORE
            self._aims[name] = (
                self.before.aim(name, self.formulation)
                if self.before is not None and compared
                else STAGES[name](self.formulation)
            )
        return self._aims[name]

    def other_choices(self, stage: str, most: int, deadline: float) -> Iterator[list[int] | None]:
        """The pairs of other timetables as good as the incumbent in all stages before one, each choice once.

        Args:
            stage: that before which all are held.
            most: after so many the search is given up.
            deadline: on the monotonic clock.

        Yields:
            pairs that meet; None in the end if there may be more choices.
        """
        self._hold_before(stage)
        model = self.formulation.model.clone()
        model.clear_objective()  # type: ignore[no-untyped-call]
        choice: list[int] = sorted(self.incumbent.slots or {})
        for _ in range(most):
            met = set(choice)
            held = [literal for pair in choice for literal in self.formulation.held(pair)]
            others = [
                literal
                for pair in self.formulation.at
                if pair not in met
                for literal in self.formulation.held(pair)
            ]
            model.add(LinearExpr.sum(held) - LinearExpr.sum(others) <= len(choice) - 1)
            left = deadline - time.monotonic()
            done = run(model, seconds=left, seed=self.seed, stop=self.stop) if left > 0 else None
            if done is None or not done.found:
                if done is None or not done.refuted:
                    yield None
                return
            choice = [
                pair for pair in self.formulation.at if any(map(done.holds, self.formulation.held(pair)))
            ]
            yield choice
        yield None

    def _minimise(self, name: str, aim: Aim, seconds: float) -> None:
        model, incumbent = self.formulation.model, self.incumbent
        model.minimize(aim.expression)
        model.clear_hints()  # type: ignore[no-untyped-call]
        for pair, at in self.formulation.at.items():
            for slot, literal in at.items():
                if incumbent.slots is not None:
                    model.add_hint(literal, incumbent.slots.get(pair) == slot)
        if name == "table_moves" and incumbent.slots is not None and incumbent.tables is not None:
            for pair, seats in self.formulation.table_at.items():
                seat = (incumbent.slots.get(pair), incumbent.tables.get(pair))
                for place, literal in seats.items():
                    model.add_hint(literal, place == seat)
        known = incumbent.bounds[name]

        def proven(steps: float) -> float:
            if not math.isfinite(steps):
                return known
            if aim.unit < 0:
                return min(known, steps * aim.unit + aim.slack)
            return max(known, math.ceil(steps - 1e-6) * aim.unit)

        def watch(best: float | None, bound: float) -> None:
            self.tell(name, None if best is None else best * aim.unit, proven(bound))

        done = run(model, seconds=seconds, seed=self.seed, stop=self.stop, watch=watch)
        if done.refuted:
            incumbent.infeasible = incumbent.slots is None
            return
        # Cut short, it may come back with less than it was given.
        if done.found and (
            incumbent.slots is None or done.solver.value(aim.expression) < self._whole(name, aim)
        ):
            self._take(done, name)
        if done.complete:
            incumbent.bounds[name] = self._value(name)
        elif done.found:
            incumbent.bounds[name] = proven(done.solver.best_objective_bound)
        # Without a solution, what the solver says of the bound may be nothing but where it starts.
        self.tell(name, self._value(name) if incumbent.slots is not None else None, incumbent.bounds[name])

    def _take(self, run_: Run, name: str) -> None:
        incumbent = self.incumbent
        incumbent.slots = {
            pair: slot
            for pair, at in self.formulation.at.items()
            for slot, literal in at.items()
            if run_.holds(literal)
        }
        incumbent.tables = None
        if name == "table_moves":
            incumbent.tables = {
                pair: table
                for pair, seats in self.formulation.table_at.items()
                for (_, table), literal in seats.items()
                if run_.holds(literal)
            }

    def _met(self, name: str, bound: float) -> bool:
        if self.incumbent.slots is None or (name == "table_moves" and self.incumbent.tables is None):
            return False
        return math.isclose(self._value(name), bound, rel_tol=1e-9, abs_tol=1e-9)

    def _value(self, name: str) -> float:
        slots = self.incumbent.slots or {}
        if self.before is not None and name in BEFORE:
            return self.before.count(name, self.problem, slots)
        return values.stage(self.problem, name, slots, self.incumbent.tables)

    def _whole(self, name: str, aim: Aim) -> int:
        """The incumbent in the whole numbers of the model."""
        if name == "value":
            return sum(round(self.problem.worth[pair] / aim.unit) for pair in self.incumbent.slots or {})
        return math.ceil((self._value(name) - aim.slack) / aim.unit - 1e-6)
