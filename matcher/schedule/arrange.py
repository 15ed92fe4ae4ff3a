"""The stages of breaks where the value is settled: the pairs of the best value, with the fewest breaks.

Among timetables of one value, the choice of pairs is often the only one, or one of few. Each choice is placed
by the SAT solver of ``placement``, which proves what the constraint model cannot; the best of all choices is
proven where all have been tried.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from matcher.schedule import values
from matcher.schedule.exact import Incumbent, Tell
from matcher.schedule.model import Problem
from matcher.schedule.placement import Placement, place, unsupported

_MOST_CHOICES = 20
"""Choices of pairs of one value that are tried before the proof is given up."""


Choices = Callable[[str, int, float], Iterator[list[int] | None]]
"""Given a stage, how many at most and a deadline: other choices of pairs that are as good in all stages
before it; None in the end if there may be more."""


class Arrangement:
    """Places the meetings of an incumbent anew, within what the value allows.

    Args:
        problem: the event.
        incumbent: the timetable, which is improved in place.
        choices: knows other choices of pairs that are as good; None if nobody does.
        seed: of the solver's decisions.
        stop: True ends the search as if time had run out.
        tell: told of progress.
    """

    def __init__(
        self,
        problem: Problem,
        incumbent: Incumbent,
        choices: Choices | None,
        seed: int,
        stop: Callable[[], bool],
        tell: Tell,
    ) -> None:
        self.problem, self.incumbent, self.choices = problem, incumbent, choices
        self.seed, self.stop, self.tell = seed, stop, tell

    def applies(self) -> bool:
        """Whether meetings can be placed this way at all, whichever are chosen."""
        possible = (pair for pair, slots in enumerate(self.problem.allowed) if slots)
        return not unsupported(self.problem, sorted({*self.problem.required, *possible}))

    def place_all(self, seconds: float) -> None:
        """A first timetable where every pair has to meet, with the fewest breaks, or the proof of none."""
        deadline = time.monotonic() + seconds
        found = self._run(self.problem, self.problem.required, deadline)
        self.incumbent.infeasible = found.proven and found.slots is None
        self.incumbent.slots = found.slots
        if found.slots is not None:
            self.incumbent.bounds["breaks"] = found.bound
            for name in ("shortfall", "value"):
                self.incumbent.bounds[name] = values.stage(self.problem, name, found.slots, None)

    def stage(self, name: str, seconds: float) -> None:
        """Improve ``breaks`` or ``break_spread``, as far as time allows."""
        if name == "breaks":
            self._fewest(seconds)
        else:
            self._most_even(seconds)

    def _fewest(self, seconds: float) -> None:
        deadline = time.monotonic() + seconds
        chosen = dict(self.incumbent.slots or {})
        bound = self._place(chosen, deadline, start=chosen)
        for choice in self._others("breaks", deadline):
            bound = min(bound, self._place(choice, deadline) if choice is not None else 0)
        self.incumbent.bounds["breaks"] = bound
        self.tell("breaks", self._breaks(), bound)

    def _most_even(self, seconds: float) -> None:
        """The smallest spread with these breaks; proven only for the one choice of pairs there is."""
        deadline = time.monotonic() + seconds
        slots = dict(self.incumbent.slots or {})
        sure = next(self._others("break_spread", deadline), slots) is slots
        most, spread = self._breaks(), self._spread()
        while spread > 0 and time.monotonic() < deadline and not self.stop():
            limited = _with_difference(self.problem, spread - 1)
            found = self._run(limited, slots, deadline, most)
            if found.slots is None or found.breaks is None or found.breaks > most:
                refuted = found.proven or found.bound > most
                self.incumbent.bounds["break_spread"] = spread if refuted and sure else 0
                break
            self.incumbent.slots, self.incumbent.tables = found.slots, None
            spread = self._spread()
            self.tell("break_spread", spread, 0)

    def _place(self, choice: Iterable[int], deadline: float, start: Mapping[int, int] | None = None) -> int:
        """Place a choice, keep it if it is better; its bound, at most what is known."""
        found = self._run(self.problem, choice, deadline, self._breaks(), start)
        if found.slots is not None and found.breaks is not None and found.breaks < self._breaks():
            self.incumbent.slots, self.incumbent.tables = found.slots, None
        if found.slots is None and found.proven:
            return self._breaks()
        return min(found.bound, self._breaks())

    def _run(
        self,
        problem: Problem,
        choice: Iterable[int],
        deadline: float,
        enough: float = math.inf,
        start: Mapping[int, int] | None = None,
    ) -> Placement:
        """Place a choice, unless it turns out to have more breaks than ``enough``."""
        bounds = [0]

        def progress(breaks: int | None, bound: int) -> None:
            bounds.append(bound)
            known = [each for each in (breaks, self._known()) if each is not None]
            self.tell("breaks", min(known, default=None), self.incumbent.bounds.get("breaks", 0))

        return place(
            problem,
            list(choice),
            seconds=max(0.0, deadline - time.monotonic()),
            progress=progress,
            stop=lambda: self.stop() or bounds[-1] > enough,
            start=start,
            seed=self.seed,
        )

    def _others(self, stage: str, deadline: float) -> Iterator[list[int] | None]:
        """Other choices as good in all stages before one; None in the end if there may be more."""
        if is_forced(self.problem):
            return
        if self.choices is None:
            yield None
            return
        yield from self.choices(stage, _MOST_CHOICES, deadline)

    def _known(self) -> int | None:
        return None if self.incumbent.slots is None else self._breaks()

    def _breaks(self) -> int:
        return sum(values.breaks(self.problem, self.incumbent.slots or {}))

    def _spread(self) -> int:
        counts = values.breaks(self.problem, self.incumbent.slots or {})
        return max(counts, default=0) - min(counts, default=0)


def is_forced(problem: Problem) -> bool:
    """Whether every pair that can meet has to."""
    return {pair for pair, slots in enumerate(problem.allowed) if slots} <= set(problem.required)


def _with_difference(problem: Problem, most: int) -> Problem:
    info = problem.event.event.model_copy(update={"max_break_difference": most})
    return replace(problem, event=problem.event.model_copy(update={"event": info}))
