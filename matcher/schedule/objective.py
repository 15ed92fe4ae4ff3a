"""What makes a timetable good, first things first: each stage as a sum over the decisions of the model."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby

from ortools.sat.python.cp_model import IntVar, LinearExpr, LinearExprT

from matcher.schedule import values
from matcher.schedule.formulation import Formulation

_DIGITS = 10_000_000
"""So many steps of the value for the greatest worth, where worths are no simple decimals."""


@dataclass(frozen=True)
class Aim:
    """One stage in a model: what is to be least, in whole numbers, and the unit of these.

    Attributes:
        expression: to be minimised.
        unit: value of the stage = expression × unit; negative for what is to be most.
        slack: by so much the value may differ from that, because what meetings are worth is rounded to units.
    """

    expression: LinearExprT
    unit: float = 1.0
    slack: float = 0.0


def shortfall(formulation: Formulation) -> Aim:
    """Meetings missing to everybody's ``min_meetings``."""
    missing = []
    for person, each in enumerate(formulation.problem.event.participants):
        if each.min_meetings:
            short = formulation.model.new_int_var(0, each.min_meetings, "")
            held = [literal for pair in formulation.of[person] for literal in formulation.held(pair)]
            formulation.model.add(short + LinearExpr.sum(held) >= each.min_meetings)
            missing.append(short)
    return Aim(LinearExpr.sum(missing))


def fewest_meetings(formulation: Formulation) -> Aim:
    """The meetings of the startup with the fewest, of those that could meet at all; to be most."""
    problem = formulation.problem
    totals = [_total(formulation, startup, lambda _: 1) for startup in problem.startups]
    return Aim(_minus_least(formulation, totals, round(values.ceiling(problem, "fewest_meetings"))), -1.0)


def least_value(formulation: Formulation) -> Aim:
    """What the meetings of the startup with the least are worth, of those that could meet; to be most."""
    worth, startups = formulation.problem.worth, formulation.problem.startups
    unit = value_unit(worth)
    totals = [_total(formulation, startup, lambda pair: round(worth[pair] / unit)) for startup in startups]
    slack = max(
        (_rounding([worth[pair] for pair in formulation.of[startup]], unit) for startup in startups),
        default=0.0,
    )
    top = math.ceil((values.ceiling(formulation.problem, "least_value") + slack) / unit)
    return Aim(_minus_least(formulation, totals, top), -unit, slack)


def value(formulation: Formulation) -> Aim:
    """The sum of what the meetings are worth."""
    worth = formulation.problem.worth
    unit = value_unit(worth)
    literals = [literal for pair in formulation.at for literal in formulation.held(pair)]
    steps = [-round(worth[pair] / unit) for pair in formulation.at for _ in formulation.held(pair)]
    slack = _rounding([worth[pair] for pair in formulation.at], unit)
    return Aim(LinearExpr.weighted_sum(literals, steps), -unit, slack)


def value_unit(worth: tuple[float, ...]) -> float:
    """What one step of the value is worth in a model.

    A decimal fraction if all worths are multiples of one, so that nothing is lost; else a ten-millionth of
    the greatest worth.
    """
    greatest = max(worth, default=0.0)
    for digits in range(7):
        steps = 10.0**digits
        if greatest * steps > _DIGITS * 100:
            break
        if all(abs(each * steps - round(each * steps)) < 1e-9 * max(each * steps, 1.0) for each in worth):
            return 1 / steps
    return greatest / _DIGITS


def breaks(formulation: Formulation) -> Aim:
    """Breaks of all participants."""
    return Aim(
        LinearExpr.sum([end for person in range(len(formulation.of)) for end in formulation.breaks(person)])
    )


def break_spread(formulation: Formulation) -> Aim:
    """The difference between the most and the fewest breaks of any one."""
    least, most = formulation.extreme_breaks
    return Aim(most - least)


def table_moves(formulation: Formulation) -> Aim:
    """Meetings of a participant at another table than those that ended last before it on that day."""
    return Aim(
        LinearExpr.sum(
            [move for person in range(len(formulation.of)) for move in _moves(formulation, person)]
        )
    )


STAGES: dict[str, Callable[[Formulation], Aim]] = {
    "shortfall": shortfall,
    "fewest_meetings": fewest_meetings,
    "least_value": least_value,
    "value": value,
    "breaks": breaks,
    "break_spread": break_spread,
    "table_moves": table_moves,
}
"""Stage name -> its aim, in the order of the objective; those that are optional too."""


def _total(formulation: Formulation, person: int, steps: Callable[[int], int]) -> LinearExprT:
    """The sum of what each pair of a participant that meets counts for."""
    pairs = formulation.of[person]
    literals = [literal for pair in pairs for literal in formulation.held(pair)]
    return LinearExpr.weighted_sum(literals, [steps(pair) for pair in pairs for _ in formulation.held(pair)])


def _minus_least(formulation: Formulation, totals: list[LinearExprT], top: int) -> LinearExprT:
    """Minus a variable that is no greater than any of the totals and ``top``; 0 without any."""
    if not totals:
        return LinearExpr.sum([])
    least = formulation.model.new_int_var(0, top, "")
    for total in totals:
        formulation.model.add(least <= total)
    return -least


def _rounding(worths: Sequence[float], unit: float) -> float:
    """By how much a sum of some worths can differ from that of their whole numbers of units."""
    return math.fsum(abs(worth - round(worth / unit) * unit) for worth in worths)


def _moves(formulation: Formulation, person: int) -> list[IntVar]:
    """A literal a pair of the participant that holds if its meeting is a move."""
    slots, found = formulation.problem.slots, []
    seats: dict[tuple[int, int], list[IntVar]] = defaultdict(list)
    for pair in formulation.of[person]:
        for place, literal in formulation.table_at[pair].items():
            seats[place].append(literal)
    used = sorted({slot for slot, _ in seats})
    for pair in formulation.of[person]:
        found.append(move := formulation.model.new_bool_var(""))
        for (slot, table), literal in formulation.table_at[pair].items():
            day, start = slots[slot].start.date(), slots[slot].start
            over = [each for each in used if slots[each].end <= start and slots[each].start.date() == day]
            over.sort(key=lambda each: slots[each].end, reverse=True)
            later: list[IntVar] = []
            for _, together in groupby(over, key=lambda each: slots[each].end):
                ended = list(together)
                stays = [other for each in ended for other in seats[each, table]]
                for each in ended:
                    last = ~formulation.used(person, each)
                    formulation.model.add_bool_or([~literal, last, *later, *stays, move])
                later += [formulation.used(person, each) for each in ended]
    return found
