"""A problem as a constraint model: its decisions, and the literals that rules and objective share."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import cached_property

from ortools.sat.python.cp_model import BoolVarT, CpModel, IntVar, LinearExpr

from matcher.schedule.model import Gap, Problem


class Formulation:
    """A model whose solutions are timetables, to which rules and objective are added.

    Attributes:
        problem: what it is made from. A pair without an allowed slot does not appear in the model.
        model: the constraints so far.
        at: pair -> slot -> the literal that it meets then.
        of: participant -> its pairs that appear.
    """

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.model = CpModel()
        self.at: dict[int, dict[int, IntVar]] = {
            pair: {slot: self.model.new_bool_var("") for slot in slots}
            for pair, slots in enumerate(problem.allowed)
            if slots
        }
        self.of: list[list[int]] = [[] for _ in problem.event.participants]
        for pair in self.at:
            for person in problem.pairs[pair]:
                self.of[person].append(pair)
        self._used: dict[tuple[int, int], IntVar] = {}
        self._breaks: dict[int, list[IntVar]] = {}

    @cached_property
    def never(self) -> IntVar:
        """A literal that never holds."""
        return self.model.new_constant(0)

    @cached_property
    def table_at(self) -> dict[int, dict[tuple[int, int], IntVar]]:
        """pair -> (slot, table) -> the literal that it meets then and there, a table hosting one at a time.

        As large as pairs, slots and tables together.
        """
        found: dict[int, dict[tuple[int, int], IntVar]] = {}
        for pair, at in self.at.items():
            here = found[pair] = {}
            for slot, literal in at.items():
                tables = set(self.problem.open_tables[slot]).intersection(self.problem.tables[pair])
                seats = {(slot, table): self.model.new_bool_var("") for table in sorted(tables)}
                self.model.add(LinearExpr.sum(list(seats.values())) == literal)
                here |= seats
        for moment in self.problem.moments:
            for table in range(len(self.problem.event.tables)):
                self.model.add_at_most_one(
                    here[slot, table] for here in found.values() for slot in moment if (slot, table) in here
                )
        return found

    def held(self, pair: int) -> list[IntVar]:
        """The literals of which one holds if the pair meets; none for one that does not appear."""
        return list(self.at.get(pair, {}).values())

    def meetings(self, person: int, slots: Iterable[int]) -> list[IntVar]:
        """The literals of all meetings of a participant in some slots."""
        wanted = list(slots)
        return [self.at[pair][slot] for pair in self.of[person] for slot in wanted if slot in self.at[pair]]

    def used(self, person: int, slot: int) -> IntVar:
        """The literal that a participant meets in a slot, be it with several representatives."""
        key = (person, slot)
        if key not in self._used:
            self._used[key] = self.any(self.meetings(person, [slot]))
        return self._used[key]

    def any(self, literals: Sequence[IntVar]) -> IntVar:
        """The literal that at least one of some holds."""
        if len(literals) < 2:
            return literals[0] if literals else self.never
        found = self.model.new_bool_var("")
        self.model.add_bool_or(literals).only_enforce_if(found)
        for literal in literals:
            self.model.add_implication(literal, found)
        return found

    def all(self, literals: Sequence[BoolVarT]) -> IntVar:
        """The literal that all of some hold."""
        found = self.model.new_bool_var("")
        self.model.add_bool_or([found, *(~literal for literal in literals)])
        for literal in literals:
            self.model.add_implication(found, literal)
        return found

    def breaks(self, person: int) -> list[IntVar]:
        """The literals of which as many hold as a participant has breaks."""
        if person not in self._breaks:
            found = (self._break_before(person, gap) for gap in self.problem.gaps)
            self._breaks[person] = [literal for literal in found if literal is not None]
        return self._breaks[person]

    def _break_before(self, person: int, gap: Gap) -> IntVar | None:
        before, between, after = (
            [
                self.used(person, slot)
                for slot in slots
                if any(slot in self.at[pair] for pair in self.of[person])
            ]
            for slots in (gap.before, gap.between, gap.after)
        )
        if not before or not after:
            return None
        return self.all([self.any(before), self.any(after), *(~literal for literal in between)])

    @cached_property
    def extreme_breaks(self) -> tuple[IntVar, IntVar]:
        """At most the fewest and at least the most breaks that any one participant has."""
        counts = [self.breaks(person) for person in range(len(self.of))]
        top = max(map(len, counts), default=0)
        least, most = (self.model.new_int_var(0, top, name) for name in ("least", "most"))
        for ends in counts:
            self.model.add(LinearExpr.sum(ends) >= least)
            self.model.add(LinearExpr.sum(ends) <= most)
        return least, most
