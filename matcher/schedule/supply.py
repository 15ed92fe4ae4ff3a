"""Tables and interpreters in a model that can make room: each serves one meeting at a time, or more come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ortools.sat.python.cp_model import IntVar, LinearExpr

from profiles.event import Edit, Pair, State, Table

if TYPE_CHECKING:
    from matcher.schedule.slack import Slack

_Meetings = dict[tuple[int, tuple[object, ...]], list[IntVar]]
"""(slot, want) -> the literals of meetings then that ask for it."""


@dataclass(frozen=True)
class _Group:
    """Units that serve the same wants in the same slots.

    Attributes:
        ids: of the units.
        open: the slots they are there in.
        opens: the kind of change by which one is there in another slot.
    """

    ids: tuple[str, ...]
    open: frozenset[int]
    opens: str


Suits = Callable[[_Group, tuple[object, ...]], Edit | bool]
"""Whether a group serves a want, or the change by which it would."""
Extra = Callable[[int, tuple[object, ...]], Edit | None]
"""The change by which one more is found for a want in a slot, if one can be."""


def seats_and_help(slack: Slack) -> None:
    """A table for every meeting, and an interpreter for each that needs one."""
    _seats(slack)
    _help(slack)


# -- tables ------------------------------------------------------------------------------------


def _seats(slack: Slack) -> None:
    event, problem = slack.event, slack.problem
    meetings: _Meetings = defaultdict(list)
    for place, at in slack.formulation.at.items():
        pair = event.pairs[place]
        options = _options(slack, place, pair)
        for slot, literal in at.items():
            variants = [literal] if len(options) == 1 else [slack.model.new_bool_var("") for _ in options]
            if len(options) > 1:
                slack.model.add(LinearExpr.sum(variants) == literal)
            for (table, needed), variant in zip(options, variants, strict=True):
                for edit in needed:
                    slack.need(variant, edit)
                meetings[slot, (table, pair.track)].append(variant)
    bound = {want[0] for _, want in meetings}
    records = {table.id: table for table in event.tables}

    def suits(group: _Group, want: tuple[object, ...]) -> Edit | bool:
        table, track = records[group.ids[0]], want[1]
        if want[0] not in (None, table.id):
            return False
        if track is None or not table.tracks or track in table.tracks:
            return True
        return Edit(kind="track", who=(table.id, str(track)))

    def extra(slot: int, want: tuple[object, ...]) -> Edit | None:
        return Edit(kind="table", slot=problem.slots[slot].id) if want[0] is None else None

    def alike(table: Table) -> object:
        return table.id if table.tracks or table.id in bound else None

    groups = _grouped([(each.id, alike(each)) for each in event.tables], problem.open_tables, "open")
    _serve(slack, meetings, groups, suits, extra)


def _options(slack: Slack, place: int, pair: Pair) -> list[tuple[str | None, list[Edit]]]:
    """Where a pair can be: a table or None for any, each with who has to give way for that."""
    bound: list[tuple[str, Edit]] = []
    for person in (slack.event.participants[each] for each in slack.problem.pairs[place]):
        if person.table is not None:
            bound.append((person.table, Edit(kind="fixed_table", who=(person.id,))))
    if pair.state is State.CONFIRMED and pair.table is not None:
        bound.append((pair.table, Edit(kind="move", who=pair.key)))
    tables = dict.fromkeys(table for table, _ in bound)
    options: list[tuple[str | None, list[Edit]]] = [
        (table, [edit for other, edit in bound if other != table]) for table in tables
    ]
    return [*options, (None, [edit for _, edit in bound])]


# -- interpreters ------------------------------------------------------------------------------


def _help(slack: Slack) -> None:
    event, problem = slack.event, slack.problem
    meetings: _Meetings = defaultdict(list)
    for place, at in slack.formulation.at.items():
        if problem.interpreters[place] is not None:
            one, other = (event.participants[each].languages for each in problem.pairs[place])
            want = (tuple(sorted(one)), tuple(sorted(other)))
            for slot, literal in at.items():
                meetings[slot, want].append(literal)
    spoken = {each.id: each.languages for each in event.interpreters}

    def suits(group: _Group, want: tuple[object, ...]) -> Edit | bool:
        languages = set(spoken[group.ids[0]])
        return all(isinstance(side, tuple) and not languages.isdisjoint(side) for side in want)

    def extra(slot: int, want: tuple[object, ...]) -> Edit | None:
        languages = tuple(str(side[0]) for side in want if isinstance(side, tuple))
        return Edit(kind="interpreter", who=languages, slot=problem.slots[slot].id)

    groups = _grouped(
        [(each.id, frozenset(each.languages)) for each in event.interpreters],
        problem.open_interpreters,
        "free_interpreter",
    )
    _serve(slack, meetings, groups, suits, extra)


# -- both --------------------------------------------------------------------------------------


def _grouped(
    units: Sequence[tuple[str, object]], open_in: Sequence[Sequence[int]], opens: str
) -> list[_Group]:
    found: dict[tuple[object, frozenset[int]], list[str]] = defaultdict(list)
    for number, (name, alike) in enumerate(units):
        found[alike, frozenset(slot for slot, there in enumerate(open_in) if number in there)].append(name)
    return [_Group(tuple(ids), slots, opens) for (_, slots), ids in found.items()]


def _serve(
    slack: Slack, meetings: Mapping[tuple[int, tuple[object, ...]], list[IntVar]], groups: Sequence[_Group],
    suits: Suits, extra: Extra,
) -> None:  # fmt: skip
    """Demand a unit for every meeting, as the pools of the solver do.

    Meetings that ask for the same in the same slot are counted together; where slots overlap, each is given
    its group alone.
    """
    model, slots = slack.model, slack.problem.slots
    apart = all(len(moment) == 1 for moment in slack.problem.moments)
    taken: dict[tuple[int, _Group], list[IntVar]] = defaultdict(list)
    more: dict[Edit, list[IntVar]] = defaultdict(list)
    for (slot, want), literals in meetings.items():
        served = [(group, how) for group in groups if (how := suits(group, want)) is not False]
        found = extra(slot, want)
        for some in [literals] if apart else [[literal] for literal in literals]:
            uses: list[IntVar] = []
            for group, how in served:
                uses.append(use := model.new_int_var(0, min(len(group.ids), len(some)), ""))
                taken[slot, group].append(use)
                if isinstance(how, Edit):
                    model.add(use <= slack.amount(how))
            if found is not None:
                uses.append(use := model.new_int_var(0, len(some), ""))
                more[found].append(use)
            model.add(LinearExpr.sum(uses) == LinearExpr.sum(some))
    for edit, uses in more.items():
        most = sum(len(literals) for (slot, _), literals in meetings.items() if slots[slot].id == edit.slot)
        model.add(LinearExpr.sum(uses) <= slack.amount(edit, most))
    for moment in slack.problem.moments:
        for group in groups:
            at_once = [use for slot in moment for use in taken.get((slot, group), [])]
            if at_once:
                model.add(LinearExpr.sum(at_once) <= len(group.ids))
    for (slot, group), uses in taken.items():
        if slot not in group.open:
            opened = [
                slack.amount(Edit(kind=group.opens, who=(name,), slot=slots[slot].id)) for name in group.ids
            ]
            model.add(LinearExpr.sum(uses) <= LinearExpr.sum(opened))
