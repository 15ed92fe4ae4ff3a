"""Runs the constraint solver so that it can be stopped and watched while it works."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass

from ortools.sat.python.cp_model import CpModel, CpSolver, CpSolverSolutionCallback, CpSolverStatus, IntVar

Watch = Callable[[float | None, float], None]
"""Is told the best objective so far (None: no solution yet) and its bound."""

Stop = Callable[[], bool]
"""Asked now and then whether to end a search as if time had run out."""

_POLL = 0.05  # seconds between two looks at whether to stop


def never() -> bool:
    """Does not stop a search."""
    return False


def run(
    model: CpModel,
    *,
    seconds: float,
    seed: int = 0,
    stop: Stop = never,
    watch: Watch | None = None,
    linear: bool = False,
) -> Run:
    """Solve on one thread, the same way every time as long as it is not cut short by the clock.

    Python runs no signal handler while it waits for the solver in its main thread, so the solver has a thread
    of its own here.

    Args:
        model: with an objective or without.
        seconds: wall time.
        seed: of its decisions.
        stop: asked twenty times a second; True ends the search as if time had run out.
        watch: told of every better solution and bound.
        linear: whether to lean on the linear relaxation, for models whose cost is the hard part.

    Raises:
        RuntimeError: the solver refuses the model, which is a mistake in it.
    """
    solver = CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.catch_sigint_signal = False  # the handler is the caller's
    if linear:
        solver.parameters.linearization_level = 2
    solver.parameters.max_time_in_seconds = max(seconds, 0.01)
    seen = _Seen(solver, watch)
    if watch is not None:
        solver.best_bound_callback = seen.on_bound
    outcome: list[CpSolverStatus] = []
    worker = threading.Thread(target=lambda: outcome.append(solver.solve(model, seen)), daemon=True)
    worker.start()
    while worker.is_alive():
        worker.join(_POLL)
        if stop():
            solver.stop_search()
    if not outcome or outcome[0] == CpSolverStatus.MODEL_INVALID:
        raise RuntimeError(f"no proper model: {model.validate()}")
    return Run(solver, outcome[0])


@dataclass(frozen=True)
class Run:
    """A finished run of the solver.

    Attributes:
        solver: holds the solution, if one was found.
        status: how it ended.
    """

    solver: CpSolver
    status: CpSolverStatus

    @property
    def found(self) -> bool:
        """Whether there is a solution."""
        return self.status in (CpSolverStatus.OPTIMAL, CpSolverStatus.FEASIBLE)

    @property
    def complete(self) -> bool:
        """Whether the solution is proven to be the best."""
        return self.status == CpSolverStatus.OPTIMAL

    @property
    def refuted(self) -> bool:
        """Whether it is proven that there is no solution."""
        return self.status == CpSolverStatus.INFEASIBLE

    def holds(self, literal: IntVar) -> bool:
        """Whether a literal holds in the solution."""
        return bool(self.solver.boolean_value(literal))


class _Seen(CpSolverSolutionCallback):
    def __init__(self, solver: CpSolver, watch: Watch | None) -> None:
        super().__init__()
        self._solver, self._watch = solver, watch
        self._best: float | None = None

    def on_solution_callback(self) -> None:
        self._best = self.objective_value
        if self._watch is not None:
            self._watch(self._best, self.best_objective_bound)

    def on_bound(self, bound: float) -> None:
        if self._watch is not None:
            self._watch(self._best, bound)
