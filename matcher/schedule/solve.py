"""The best timetable of an event, with its proof: ``solve``."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from matcher.schedule import pools, values
from matcher.schedule.exact import Incumbent, trivial_bound
from matcher.schedule.model import Problem, compile_event
from matcher.schedule.releases import explain_infeasible
from matcher.schedule.replan import STAGES as BEFORE
from matcher.schedule.replan import Before, Seats, cannot_take_place, freeze, hold, seats_of
from matcher.schedule.running import Stop, never
from matcher.schedule.search import Limits, Search, sure
from matcher.schedule.seating import deal
from matcher.schedule.unmet import reasons
from profiles.event import Event, Meeting, Schedule, Stage

STAGES = ("shortfall", "value", "breaks", "break_spread", "table_moves")
"""The objective, first things first."""

FAIR_STAGES = ("shortfall", "fewest_meetings", "least_value", *STAGES[1:])
"""The same with the startup that is worst off before the total."""

_SHARE = 0.3
"""Of the time, at most, for the question whether everybody can be left alone."""

_EXPLAIN = 60.0
"""Seconds that may go, beyond those given, into the reasons why there is no timetable."""


@dataclass(frozen=True)
class Report:
    """How far the search is.

    Attributes:
        stage: what is being improved.
        value: its best so far; None while there is no timetable.
        bound: what is proven of it.
        seconds: since the start.
        meetings: of the best timetable that is whole; None while there is none.
    """

    stage: str
    value: float | None
    bound: float
    seconds: float
    meetings: int | None = None


def solve(
    event: Event,
    *,
    seconds: float = 60.0,
    seed: int = 0,
    progress: Callable[[Report], None] | None = None,
    stop: Stop = never,
    stages: Sequence[str] = STAGES,
    keep: Schedule | None = None,
    now: datetime | None = None,
) -> Schedule:
    """The timetable that is best by the stages in their order, with a bound for each.

    Args:
        event: what is asked for.
        seconds: wall time after which the best so far is returned.
        seed: of the solver's decisions; equal calls give equal timetables unless time cuts them short.
        progress: told of every better timetable and bound.
        stop: asked now and then; True ends the search as if time had run out.
        stages: those that count.
        keep: the timetable in force. Before all stages, as few of its meetings as can be are lost and then as
            few people as can be moved; the bounds hold for timetables that do no worse in this.
        now: local time of the event; what has begun by then stays as it is in ``keep``.

    Raises:
        TimeoutError: time ran out before there was a timetable or a proof that there is none.
    """
    started = time.monotonic()
    running: list[Search] = []

    def tell(stage: str, value: float | None, bound: float) -> None:
        if progress is not None:
            slots = running[-1].incumbent.slots if running else None
            met = None if slots is None else len(slots)
            progress(Report(stage, value, bound, time.monotonic() - started, met))

    def searched(problem: Problem, before: Before | None = None, wanted: Seats | None = None) -> Search:
        all_stages = stages if before is None else (*BEFORE, *stages)
        search = Search(problem, limits, all_stages, before, wanted)
        running.append(search)
        search.run()
        return search

    limits = Limits(started + seconds, stop, seed, tell)
    problem = compile_event(event)
    if keep is None:
        return _schedule(searched(problem), stages, started)
    problem, wanted = freeze(problem, keep, now), seats_of(problem, keep)
    # Whoever can be left alone altogether makes a much smaller problem, and most changes are of that kind.
    held = hold(problem, keep)
    if not cannot_take_place(held, seconds=limits.left() * _SHARE, seed=seed, stop=stop):
        still = searched(held, wanted=wanted)
        if not still.incumbent.infeasible:
            return _schedule(still, stages, started)
    return _schedule(searched(problem, Before.of(problem, keep), wanted), stages, started)


def _schedule(search: Search, stages: Sequence[str], started: float) -> Schedule:
    problem, incumbent, limits = search.problem, search.incumbent, search.limits
    if incumbent.slots is None:
        conflicts = explain_infeasible(problem.event, seconds=_EXPLAIN, seed=limits.seed, stop=limits.stop)
        return Schedule(status="infeasible", seconds=_since(started), conflicts=conflicts)
    slots, tables = incumbent.slots, incumbent.tables or {}
    wanted = search.wanted.interpreters if search.wanted else None
    interpreters = sure(deal(problem, slots, pools.interpreters(problem), wanted))
    proof = tuple(_proof(problem, incumbent, name) for name in stages)
    return Schedule(
        status="optimal" if all(each.value == each.bound for each in proof) else "feasible",
        stages=proof,
        meetings=meetings(problem, slots, tables, interpreters),
        unscheduled=reasons(problem, slots, tables, interpreters),
        seconds=_since(started),
    )


def _since(started: float) -> float:
    return round(time.monotonic() - started, 3)


def _proof(problem: Problem, incumbent: Incumbent, name: str) -> Stage:
    value = values.stage(problem, name, incumbent.slots or {}, incumbent.tables)
    bound = incumbent.bounds.get(name, trivial_bound(problem, name))
    # What meetings are worth is rounded in the search, by less than anybody would tell apart.
    return Stage(name=name, value=value, bound=value if math.isclose(value, bound, rel_tol=1e-7) else bound)


def meetings(
    problem: Problem, slots: Mapping[int, int], tables: Mapping[int, int], interpreters: Mapping[int, int]
) -> tuple[Meeting, ...]:
    """The meetings as records, by time and table."""
    event = problem.event
    return tuple(
        Meeting(
            startup=event.pairs[pair].startup,
            partner=event.pairs[pair].partner,
            slot=problem.slots[slots[pair]].id,
            table=event.tables[tables[pair]].id,
            track=event.pairs[pair].track,
            interpreter=event.interpreters[interpreters[pair]].id if pair in interpreters else None,
        )
        for pair in sorted(slots, key=lambda pair: (slots[pair], tables[pair]))
    )
