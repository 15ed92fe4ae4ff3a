"""Who sits where: tables and interpreters for meetings whose slots are settled."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import numpy as np
from ortools.sat.python.cp_model import CpModel, LinearExpr
from scipy.optimize import linear_sum_assignment

from matcher.schedule.model import Problem
from matcher.schedule.pools import Pool
from matcher.schedule.running import run
from matcher.schedule.values import held_by, last_before

_SECONDS = 60.0
"""For a few hundred meetings in slots that overlap; ends much sooner as a rule."""

_IMPOSSIBLE = 1e6
"""Dearer than any number of moves."""


def deal(
    problem: Problem, slots: Mapping[int, int], pool: Pool, wanted: Mapping[int, int] | None = None
) -> dict[int, int] | None:
    """A unit of the pool for every meeting that needs one; None if there are too few.

    Args:
        problem: the event.
        slots: pair -> slot.
        pool: what is dealt out.
        wanted: pair -> the unit it had; as many as can be have it again.
    """
    wanted = wanted or {}
    served = {pair: slot for pair, slot in slots.items() if pool.suits[pair] is not None}
    if all(len(moment) == 1 for moment in problem.moments):
        return _slot_by_slot(served, pool, wanted)
    return _at_once(problem, served, pool, wanted)


def few_moves(problem: Problem, slots: Mapping[int, int], tables: Mapping[int, int]) -> dict[int, int]:
    """Other tables for the same meetings, so that participants move less often.

    Slot after slot is seated anew as well as the tables just before and after allow, until that helps no
    more. Where slots overlap, the tables stay as they are.
    """
    seated = dict(tables)
    if any(len(moment) > 1 for moment in problem.moments):
        return seated
    beside = _beside(problem, slots)
    by_slot = _by_slot(slots)
    improved = True
    while improved:
        improved = False
        for slot in sorted(by_slot):
            pairs = by_slot[slot]
            wanted = [[seated[other] for other in beside[pair]] for pair in pairs]
            options = [_open(problem.tables[pair], problem.open_tables[slot]) for pair in pairs]
            better = _matched(options, wanted)
            gain = sum(
                near.count(new) - near.count(seated[pair])
                for pair, near, new in zip(pairs, wanted, better or [], strict=True)
            )
            if better is not None and gain > 0:
                improved = True
                seated.update(zip(pairs, better, strict=True))
    return seated


def _slot_by_slot(served: Mapping[int, int], pool: Pool, wanted: Mapping[int, int]) -> dict[int, int] | None:
    dealt: dict[int, int] = {}
    for slot, pairs in _by_slot(served).items():
        options = [_open(pool.suits[pair] or (), pool.open[slot]) for pair in pairs]
        matched = _matched(options, [[wanted[pair]] if pair in wanted else [] for pair in pairs])
        if matched is None:
            return None
        dealt.update(zip(pairs, matched, strict=True))
    return dealt


def _at_once(
    problem: Problem, served: Mapping[int, int], pool: Pool, wanted: Mapping[int, int]
) -> dict[int, int] | None:
    model = CpModel()
    takes = {
        pair: {
            unit: model.new_bool_var("") for unit in sorted(_open(pool.suits[pair] or (), pool.open[slot]))
        }
        for pair, slot in sorted(served.items())
    }
    for units in takes.values():
        model.add_exactly_one(units.values())
    for moment in problem.moments:
        at_once = defaultdict(list)
        for pair, units in takes.items():
            if served[pair] in moment:
                for unit, literal in units.items():
                    at_once[unit].append(literal)
        for literals in at_once.values():
            model.add_at_most_one(literals)
    again = [units[wanted[pair]] for pair, units in takes.items() if wanted.get(pair) in units]
    model.maximize(LinearExpr.sum(again))
    done = run(model, seconds=_SECONDS)
    if not done.found:
        return None
    return {
        pair: next(unit for unit, literal in units.items() if done.holds(literal))
        for pair, units in takes.items()
    }


def _matched(options: list[set[int]], wanted: list[list[int]]) -> list[int] | None:
    """A different unit for each, from its options, as many as wanted as can be; None if there are too few."""
    units = sorted(set().union(*options))
    column = {unit: place for place, unit in enumerate(units)}
    if len(units) < len(options):
        return None
    cost = np.full((len(options), len(units)), _IMPOSSIBLE)
    for row, (possible, near) in enumerate(zip(options, wanted, strict=True)):
        for unit in possible:
            cost[row, column[unit]] = -near.count(unit)
    rows, columns = linear_sum_assignment(cost)
    if cost[rows, columns].max(initial=0.0) >= _IMPOSSIBLE:
        return None
    return [units[place] for place in columns]


def _beside(problem: Problem, slots: Mapping[int, int]) -> dict[int, list[int]]:
    """pair -> the meetings of either participant just before and just after it on its day."""
    found: dict[int, list[int]] = {pair: [] for pair in slots}
    for pairs in held_by(problem, slots):
        for pair, before in last_before(problem, slots, pairs).items():
            found[pair].extend(before)
            for other in before:
                found[other].append(pair)
    return found


def _by_slot(slots: Mapping[int, int]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = defaultdict(list)
    for pair in sorted(slots):
        found[slots[pair]].append(pair)
    return found


def _open(suits: tuple[int, ...], open_: tuple[int, ...]) -> set[int]:
    return set(suits).intersection(open_)
