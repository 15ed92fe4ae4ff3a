"""Places a fixed set of meetings into slots with the fewest breaks, with a proof, or proves that none fit.

The bound on breaks is raised from 0 as long as a SAT solver refutes it, so that the first timetable found on
that way is proven optimal. Where that takes long, every other turn looks for better timetables instead.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from pysat.solvers import Cadical195

from matcher.schedule import values
from matcher.schedule.encoding import encode, seats, unions
from matcher.schedule.model import Problem

Progress = Callable[[int | None, int], None]
"""Is told the fewest breaks found so far (None: no timetable yet) and the proven bound."""

_TURN = 10_000
"""Conflicts after which the clock is looked at, as the solver cannot be interrupted: mostly a second or two,
some ten on large events. Shorter turns lose more than they give: each begins the solver's schedule of phases
anew, and the good ones come late in it."""

_PACE = 1_000
"""Conflicts a second that are reckoned with where less time is left than for a turn."""

_PATIENT_TURNS = 60
"""Turns spent on one bound alone before better timetables are looked for in between."""

# Stable mode throughout, following the phases of the largest conflict-free assignment: three times as fast on
# the published set as the solver's own alternation, whose quick restarts hardly ever finish there.
_OPTIONS = {"stabilizeonly": 1, "target": 2}


@dataclass(frozen=True)
class Placement:
    """What came out.

    Attributes:
        slots: pair -> slot, both numbered as in the problem; None if no timetable was found.
        breaks: breaks of that timetable; None without one.
        bound: no timetable has fewer breaks.
        proven: the timetable is optimal or, without one, there is none.
    """

    slots: dict[int, int] | None
    breaks: int | None
    bound: int
    proven: bool


def place(
    problem: Problem,
    chosen: Sequence[int] | None = None,
    *,
    seconds: float = 60.0,
    progress: Progress | None = None,
    stop: Callable[[], bool] = lambda: False,
    start: Mapping[int, int] | None = None,
    seed: int = 0,
) -> Placement:
    """The timetable of the chosen pairs with the fewest breaks, summed over participants and days.

    A break is a run of idle slots between two meetings of a participant on one day. Which table and which
    interpreter each meeting gets is left open; there is one for each. Equal calls give equal timetables
    unless the time runs out, or so nearly that turns are cut short.

    Args:
        problem: the event.
        chosen: pairs that take place, and no others; all that are required, if None.
        seconds: wall time after which the best found so far is returned, give or take one turn of the solver.
        progress: told of every better timetable and bound.
        stop: asked after every turn whether to return as if the time had run out.
        start: pair -> slot of a timetable of the chosen pairs, taken as the first one found.
        seed: of the solver's decisions.

    Raises:
        ValueError: the event has what is not supported here, see ``unsupported``; or ``start`` is no
            timetable of the chosen pairs.
    """
    chosen = problem.required if chosen is None else sorted(set(chosen))
    for reason in unsupported(problem, chosen):
        raise ValueError(reason)
    deadline = time.monotonic() + seconds
    return _Search(problem, chosen, deadline, stop, progress, seed).run(start)


def unsupported(problem: Problem, chosen: Sequence[int]) -> list[str]:
    """What of the event cannot be kept when only slots are chosen, a sentence each; empty if all can.

    Slots that overlap, several representatives, and tables or interpreters of too many kinds in one slot.
    """
    event, found = problem.event, []
    for slot, others in zip(problem.slots, problem.overlaps, strict=True):
        if others:
            found.append(f"slot {slot.id} overlaps another: not supported yet")
    for place_, person in enumerate(event.participants):
        if person.representatives > 1 and any(place_ in problem.pairs[pair] for pair in chosen):
            found.append(f"{person.id} has {person.representatives} representatives: not supported yet")
    for place_, slot in enumerate(problem.slots):
        for noun, kind in zip(("tables", "interpreters"), seats(problem, chosen, place_), strict=True):
            here = [choice for pair, choice in kind.items() if place_ in problem.allowed[pair]]
            if unions(here) is None:
                found.append(f"{noun} of too many kinds in slot {slot.id}: not supported yet")
    return found


class _Search:
    """The solver with the best timetable and the bound so far."""

    def __init__(
        self,
        problem: Problem,
        chosen: Sequence[int],
        deadline: float,
        stop: Callable[[], bool],
        progress: Progress | None,
        seed: int,
    ) -> None:
        self.problem, self.deadline, self.stop, self.progress = problem, deadline, stop, progress
        self.encoding = encode(problem, chosen)
        self.solver = Cadical195()
        self.solver.configure({**_OPTIONS, "seed": seed})
        self.solver.append_formula(self.encoding.formula.clauses)
        self.slots: dict[int, int] | None = None
        self.breaks: int | None = None
        self.bound = 0
        self.more_than: list[int] = []

    def run(self, start: Mapping[int, int] | None) -> Placement:
        """The result, at the latest a turn after it is told to stop."""
        with self.solver:
            assumptions = [] if start is None else self._literals(start)
            while (feasible := self._turn(assumptions)) is None and self._goes_on():
                pass
            if start is not None and feasible is False:
                raise ValueError("start breaks a rule")
            if feasible:
                self._optimise()
        proven = feasible is False or self.breaks == self.bound
        return Placement(self.slots, self.breaks, self.bound, proven)

    def _literals(self, start: Mapping[int, int]) -> list[int]:
        at = self.encoding.at
        if at.keys() != start.keys():
            raise ValueError("start has other pairs than those chosen")
        false = -self.encoding.formula.true
        return [at[pair].get(slot, false) for pair, slot in start.items()]

    def _optimise(self) -> None:
        """Raise the bound until a timetable meets it; look for better ones too if that takes long."""
        clauses = self.encoding.formula.clauses
        known = len(clauses)
        self.more_than = self.encoding.formula.count(self.encoding.breaks, self._best(), down=False)
        self.solver.append_formula(clauses[known:])
        turns, aim = 0, -1
        while self._best() > self.bound and self._goes_on():
            before, turns = (self.breaks, self.bound), turns + 1
            if turns <= _PATIENT_TURNS or turns % 2 == 0:
                self._try(self.bound)
            else:
                # Half way first; nearer to what is known each time that does not come out.
                aim = min((max(aim, self.bound) + self._best()) // 2, self._best() - 1)
                self._try(aim)
            if self.breaks != before[0]:
                aim = -1
            if self.bound != before[1]:
                turns = 0

    def _best(self) -> int:
        if self.breaks is None:
            raise RuntimeError("no timetable yet")
        return self.breaks

    def _try(self, most: int) -> None:
        """One turn at a timetable with at most so many breaks."""
        if self._turn([-self.more_than[most]]) is False:
            self.bound = most + 1
            self.solver.add_clause([self.more_than[most]])
            self._tell()

    def _turn(self, assumptions: list[int]) -> bool | None:
        left = self.deadline - time.monotonic()
        self.solver.conf_budget(max(_PACE, min(_TURN, int(_PACE * left))))
        found: bool | None = self.solver.solve_limited(assumptions=assumptions)
        if found:
            true = {literal for literal in self.solver.get_model() if literal > 0}
            slots = {
                pair: next(slot for slot, literal in at.items() if literal in true)
                for pair, at in self.encoding.at.items()
            }
            # Counted anew: the formula's count may be higher than the timetable's.
            breaks = sum(values.breaks(self.problem, slots))
            if self.breaks is None or breaks < self.breaks:
                self.slots, self.breaks = slots, breaks
                self._tell()
        return found

    def _goes_on(self) -> bool:
        return time.monotonic() < self.deadline and not self.stop()

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(self.breaks, self.bound)
