"""Tables and interpreters in the constraint model: pools of units of which a meeting takes one.

Which unit it is, is left open as far as units are alike: those that serve the same pairs in the same slots
form a group, and a group never has more meetings at a moment than units. That is enough: meetings are
intervals of time, and intervals of which no more than k share a moment can be dealt out to k units.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass

from ortools.sat.python.cp_model import IntVar, LinearExpr

from matcher.schedule.formulation import Formulation
from matcher.schedule.model import Problem


@dataclass(frozen=True)
class Pool:
    """Units that serve meetings, each one at a time.

    Attributes:
        suits: pair -> the units that can serve it; None for a pair that needs none.
        open: slot -> the units that can serve in it.
    """

    suits: tuple[tuple[int, ...] | None, ...]
    open: tuple[tuple[int, ...], ...]


def tables(problem: Problem) -> Pool:
    """The tables, of which every meeting needs one."""
    return Pool(problem.tables, problem.open_tables)


def interpreters(problem: Problem) -> Pool:
    """The interpreters, for those who share no language."""
    return Pool(problem.interpreters, problem.open_interpreters)


def serve(formulation: Formulation, pool: Pool) -> None:
    """Demand a unit for every meeting that needs one."""
    apart = all(len(moment) == 1 for moment in formulation.problem.moments)
    groups = _groups(pool)
    uses = _uses(formulation, pool, groups, together=apart)
    for moment in formulation.problem.moments:
        for group, size in groups.items():
            at_once = [use for slot in moment for use in uses.get((slot, group), [])]
            if at_once:
                formulation.model.add(LinearExpr.sum(at_once) <= size)


_Suits = tuple[int, ...]
_Group = tuple[frozenset[_Suits], frozenset[int]]
"""What units of a group have in common: the sets of units they belong to, and the slots they are open in."""


def _groups(pool: Pool) -> dict[_Group, int]:
    """The groups with their sizes."""
    kinds = {suits for suits in pool.suits if suits is not None}
    units = sorted({unit for suits in kinds for unit in suits})
    of_unit: dict[int, set[_Suits]] = {unit: set() for unit in units}
    for suits in kinds:
        for unit in suits:
            of_unit[unit].add(suits)
    open_in: dict[int, set[int]] = {unit: set() for unit in units}
    for slot, open_units in enumerate(pool.open):
        for unit in open_units:
            if unit in open_in:
                open_in[unit].add(slot)
    return dict(Counter((frozenset(of_unit[unit]), frozenset(open_in[unit])) for unit in units))


def _uses(
    formulation: Formulation, pool: Pool, groups: dict[_Group, int], *, together: bool
) -> dict[tuple[int, _Group], list[IntVar]]:
    """How many units of a group are taken in a slot, as the sum of some variables.

    Meetings of one slot that can have the same units are counted ``together``, or else each is given its
    group for all the time it lasts.
    """
    model, found = formulation.model, defaultdict(list)
    for (slot, suits), meetings in _meetings(formulation, pool).items():
        options = [group for group in groups if suits in group[0] and slot in group[1]]
        if not options:
            model.add_bool_and([~meeting for meeting in meetings])
        elif len(options) == 1:
            found[slot, options[0]].extend(meetings)
        else:
            for some in [meetings] if together else [[meeting] for meeting in meetings]:
                taken = [model.new_int_var(0, min(groups[group], len(some)), "") for group in options]
                model.add(LinearExpr.sum(taken) == LinearExpr.sum(some))
                for group, count in zip(options, taken, strict=True):
                    found[slot, group].append(count)
    return found


def _meetings(formulation: Formulation, pool: Pool) -> dict[tuple[int, _Suits], list[IntVar]]:
    found = defaultdict(list)
    for pair, at in formulation.at.items():
        suits = pool.suits[pair]
        if suits is not None:
            for slot, literal in at.items():
                found[slot, suits].append(literal)
    return found
