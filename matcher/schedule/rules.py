"""The hard rules of a timetable, each one function that adds it to the constraint model.

What bars a pair from a slot or a table whatever else happens (declined, confirmed, unavailable, sessions,
fixed table, tracks, closed) is kept by ``compile_event``, which leaves such places out.
"""

from __future__ import annotations

from collections.abc import Callable

from ortools.sat.python.cp_model import IntVar, LinearExpr

from matcher.schedule import pools
from matcher.schedule.formulation import Formulation

Rule = Callable[[Formulation], None]


def once(formulation: Formulation) -> None:
    """A pair meets at most once."""
    for pair in formulation.at:
        formulation.model.add_at_most_one(formulation.held(pair))


def required(formulation: Formulation) -> None:
    """Pairs that must meet, or are confirmed, do."""
    for pair in formulation.problem.required:
        formulation.model.add_bool_or(formulation.held(pair))


def representatives(formulation: Formulation) -> None:
    """Nobody is in more meetings at a moment than it has representatives."""
    for person, each in enumerate(formulation.problem.event.participants):
        for moment in formulation.problem.moments:
            at_once = formulation.meetings(person, moment)
            if len(at_once) > each.representatives:
                formulation.model.add(LinearExpr.sum(at_once) <= each.representatives)


def max_meetings(formulation: Formulation) -> None:
    """Nobody meets more often than it allows."""
    for person, each in enumerate(formulation.problem.event.participants):
        pairs = formulation.of[person]
        if each.max_meetings is not None and len(pairs) > each.max_meetings:
            meetings = [literal for pair in pairs for literal in formulation.held(pair)]
            formulation.model.add(LinearExpr.sum(meetings) <= each.max_meetings)


def max_consecutive(formulation: Formulation) -> None:
    """No chain of meetings, each starting when the last one ends, is too long."""
    model, before = formulation.model, formulation.problem.predecessors
    for person, each in enumerate(formulation.problem.event.participants):
        most = each.max_consecutive
        if most is None or len(formulation.of[person]) <= most:
            continue
        # chains[slot][k] holds if a chain of more than k meetings ends there.
        chains: list[list[IntVar]] = []
        for slot, earlier in enumerate(before):
            used = formulation.used(person, slot)
            chains.append([used, *(model.new_bool_var("") for _ in range(most - 1) if earlier)])
            for ended in (chains[each] for each in earlier):
                for last, longer in zip(ended, chains[slot][1:], strict=False):
                    model.add_bool_or([~used, ~last, longer])
                if len(ended) == most:
                    model.add_bool_or([~used, ~ended[-1]])


def precedence(formulation: Formulation) -> None:
    """Where both pairs meet, the first ends no later than the other begins."""
    slots = formulation.problem.slots
    for first, then in formulation.problem.orders:
        early, late = formulation.at.get(then, {}), formulation.at.get(first, {})
        for moment in sorted({slots[slot].start for slot in early}):
            begun = [literal for slot, literal in early.items() if slots[slot].start <= moment]
            going_on = [literal for slot, literal in late.items() if slots[slot].end > moment]
            formulation.model.add_at_most_one(begun + going_on)


def tables(formulation: Formulation) -> None:
    """Every meeting has a table that hosts its track, is open, and hosts nothing else."""
    pools.serve(formulation, pools.tables(formulation.problem))


def interpreters(formulation: Formulation) -> None:
    """Those who share no language have an interpreter for both, who is available and in no other meeting."""
    pools.serve(formulation, pools.interpreters(formulation.problem))


def max_break_difference(formulation: Formulation) -> None:
    """Break counts do not differ by more than the event allows."""
    limit = formulation.problem.event.event.max_break_difference
    if limit is not None:
        least, most = formulation.extreme_breaks
        formulation.model.add(most - least <= limit)


RULES: dict[str, Rule] = {
    "once": once,
    "must": required,
    "representatives": representatives,
    "max_meetings": max_meetings,
    "max_consecutive": max_consecutive,
    "precedence": precedence,
    "table": tables,
    "interpreter": interpreters,
    "max_break_difference": max_break_difference,
}
"""Rule name -> what adds it to a model."""
