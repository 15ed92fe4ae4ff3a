"""The placement of a fixed set of meetings into slots, as a propositional formula.

After Bofill, Coll, Garcia, Giráldez-Cru, Pesant, Suy and Villaret, Constraint Solving Approaches to the
Business-to-Business Meeting Scheduling Problem (JAIR 74, 2022): used slots, a ladder of begun days, ends of
breaks, their implied constraints (the meetings of each participant, the even number of participants in a
slot) and their clusters of meetings that exclude one another. Added to it, and what makes proofs short: a
participant's meetings up to each slot are counted by its used slots and by its meetings into the same
literals, and somebody without breaks who has begun meets in every slot until all its meetings are over.
Counted by used slots, that narrows the time of each meeting; counted by meetings, too many of them before one
time contradict (as where several partners of one startup each have to meet it early). Where participants in a
slot are counted, its meetings are not.

Seats (tables, interpreters) are not given to meetings one by one: by Hall's marriage theorem it is enough
that for every union of sets of seats, no more meetings need a seat in it than it has.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from matcher.schedule.formula import Formula
from matcher.schedule.model import Problem


@dataclass(frozen=True)
class Encoding:
    """The formula with what its literals mean.

    Attributes:
        formula: true for exactly the timetables that keep the rules.
        at: meeting -> slot -> the literal that it is there.
        breaks: literals of which at least as many are true as there are breaks, and exactly as many can be.
    """

    formula: Formula
    at: dict[int, dict[int, int]]
    breaks: list[int]


_MOST_UNIONS = 64
"""Unions of sets of seats that are counted in one slot."""

Seats = Mapping[int, frozenset[int]]
"""Pair -> what it can have one of, a table or an interpreter, in some slot."""


def seats(problem: Problem, chosen: Sequence[int], slot: int) -> tuple[Seats, Seats]:
    """The open tables for each pair, and the free interpreters for each pair that needs one."""
    open_ = frozenset(problem.open_tables[slot])
    free = {
        place
        for place, each in enumerate(problem.event.interpreters)
        if problem.slots[slot].id not in each.unavailable
    }
    needed = {pair: problem.interpreters[pair] for pair in chosen}
    return (
        {pair: open_.intersection(problem.tables[pair]) for pair in chosen},
        {pair: frozenset(free.intersection(who)) for pair, who in needed.items() if who is not None},
    )


def unions(sets: Iterable[frozenset[int]]) -> set[frozenset[int]] | None:
    """All unions of some of the sets; None if they are too many to count meetings in each."""
    found: set[frozenset[int]] = set()
    for each in set(sets):
        found |= {each | other for other in found} | {each}
        if len(found) > _MOST_UNIONS:
            return None
    return found


def encode(problem: Problem, chosen: Sequence[int]) -> Encoding:
    """The rules for the meetings of the pairs ``chosen``, with all slots free of overlaps.

    Kept are: every meeting once, in a slot allowed for it; participants in one meeting at a time; a table
    and, where needed, an interpreter for each meeting of a slot; precedences; ``max_meetings``,
    ``max_consecutive``; and ``max_break_difference``.

    Raises:
        ValueError: seats of too many kinds: see ``unions``.
    """
    return _Encoder(problem, chosen).encode()


class _Encoder:
    """Writes the formula rule by rule.

    Attributes:
        of: participant -> its meetings.
        seats: slot -> what the pairs can have there.
        at: meeting -> slot -> literal that it is there.
        by: meeting -> slot -> literal that it is there or earlier.
        used: participant -> slot -> literal that it meets.
    """

    def __init__(self, problem: Problem, chosen: Sequence[int]) -> None:
        self.problem, self.chosen, self.formula = problem, chosen, Formula()
        self.slots = range(len(problem.slots))
        self.of: list[list[int]] = [[] for _ in problem.event.participants]
        for pair in chosen:
            for person in problem.pairs[pair]:
                self.of[person].append(pair)
        self.seats = [seats(problem, chosen, slot) for slot in self.slots]
        self.at = {
            pair: {slot: self.formula.new() for slot in problem.allowed[pair] if self._seated(pair, slot)}
            for pair in chosen
        }
        self.by = {pair: self._ladder(self.at[pair]) for pair in chosen}
        self.used = [
            [self.formula.either(self._here(pairs, slot)) for slot in self.slots] for pairs in self.of
        ]

    def encode(self) -> Encoding:
        counts = [self._counted(person) for person in range(len(self.of))]
        for slot in self.slots:
            for kind in self.seats[slot]:
                self._seats(slot, kind)
        self._precedences()
        limit = self.problem.event.event.max_break_difference
        # One without a second meeting has no breaks, so that nobody may have more than the difference.
        base = any(len(pairs) < 2 for pairs in self.of)
        breaks = [
            self._breaks(
                person, counts[person], limit if base else None, exact=not base and limit is not None
            )
            for person in range(len(self.of))
        ]
        if limit is not None and not base:
            self._difference(breaks, limit)
        return Encoding(self.formula, self.at, [literal for each in breaks for literal in each])

    def _seated(self, pair: int, slot: int) -> bool:
        return all(kind.get(pair, True) for kind in self.seats[slot])

    def _here(self, pairs: Sequence[int], slot: int) -> list[int]:
        return [self.at[pair][slot] for pair in pairs if slot in self.at[pair]]

    def _ladder(self, at: dict[int, int]) -> list[int]:
        """The meeting is in exactly one slot; literals that it is by each."""
        formula = self.formula
        by, found = -formula.true, []
        for slot in self.slots:
            if slot in at:
                formula.add(-at[slot], -by)
                if slot == max(at):
                    formula.add(by, at[slot])
                    by = formula.true
                else:
                    by = formula.either([by, at[slot]])
            found.append(by)
        if not at:
            formula.add()
        return found

    def _counted(self, person: int) -> list[list[int]]:
        """One meeting at a time; literals ``[slot][n]`` that at least n are by that slot."""
        formula, pairs, used = self.formula, self.of[person], self.used[person]
        for slot in self.slots:
            formula.at_most_one(self._here(pairs, slot))
        limits = self.problem.event.participants[person]
        if limits.max_meetings is not None and len(pairs) > limits.max_meetings:
            formula.add()
        if limits.max_consecutive is not None:
            self._consecutive(used, limits.max_consecutive)
        if len(pairs) < 2:
            return []
        size, rows = len(pairs), []
        last = [formula.true, *[-formula.true] * (size + 1)]
        past, left = 0, sum(literal != -formula.true for literal in used)
        for slot, here in enumerate(used):
            if here == -formula.true:
                rows.append(last)
                continue
            past, left = past + 1, left - 1
            row = [formula.true]
            for least in range(1, size + 1):
                sure = formula.true if least <= size - left else formula.new()
                row.append(sure if least <= past else -formula.true)
            row.append(-formula.true)
            for least in range(1, size + 2):
                formula.add(-last[least], row[least])
                formula.add(-row[least], row[least - 1])
                formula.add(-last[least - 1], -here, row[least])
                formula.add(-row[least], last[least], here)
                formula.add(-row[least], last[least - 1])
            if size > 2:
                formula.count([self.by[pair][slot] for pair in pairs], size, into=row[1:])
            rows.append(row)
            last = row
        formula.add(last[size])
        return rows

    def _consecutive(self, used: Sequence[int], most: int) -> None:
        for start in range(len(used) - most):
            if all(self.problem.follows[start + 1 : start + most + 1]):
                self.formula.add(*(-literal for literal in used[start : start + most + 1]))

    def _seats(self, slot: int, kind: Seats) -> None:
        """Not more meetings than seats, for all and for every union of what some of them can have."""
        here = {pair: choice for pair, choice in kind.items() if slot in self.at[pair]}
        found = unions(here.values())
        if found is None:
            raise ValueError(f"seats of too many kinds in slot {self.problem.slots[slot].id}")
        for union in sorted(found, key=sorted):
            pairs = [pair for pair, choice in here.items() if choice <= union]
            self._together(slot, pairs, len(union), everybody=len(pairs) == len(self._in(slot)))

    def _in(self, slot: int) -> list[int]:
        return [pair for pair, at in self.at.items() if slot in at]

    def _together(self, slot: int, pairs: Sequence[int], most: int, *, everybody: bool) -> None:
        """At most so many of the meetings are in the slot; ``everybody``: no others can be there."""
        formula, left, meetings = self.formula, set(pairs), []
        while left:
            # Meetings of one participant exclude one another, so that they count as one.
            together = max((left.intersection(mine) for mine in self.of), key=len)
            meetings.append(formula.either(self._here(sorted(together), slot)))
            left -= together
        people = [used[slot] for used in self.used if used[slot] != -formula.true]
        if everybody and len(people) > 2 * most:
            # Two participants a meeting: their number says all, and counting both slows the proofs.
            total = formula.count(people, 2 * most)
            formula.add(-total[2 * most])
            for odd in range(0, 2 * most, 2):
                formula.add(-total[odd], total[odd + 1])
        elif len(meetings) > most:
            formula.add(-formula.count(meetings, most, down=False)[most])

    def _precedences(self) -> None:
        for first, then in self.problem.orders:
            if first in self.at and then in self.at:
                for slot, literal in self.at[then].items():
                    self.formula.add(-literal, self.by[first][slot - 1] if slot else -self.formula.true)
                for slot, literal in self.at[first].items():
                    self.formula.add(-literal, -self.by[then][slot])

    def _breaks(self, person: int, rows: list[list[int]], limit: int | None, *, exact: bool) -> list[int]:
        """Literals ``[k]`` that the participant has more than k breaks; just then if ``exact``."""
        size = len(self.of[person])
        if size < 2:
            return []
        formula, used = self.formula, self.used[person]
        days = [day for day in self.problem.days if any(used[slot] != -formula.true for slot in day)]
        idle = sum(map(len, days)) - size
        most = max(0, min(size - 1, idle, size if limit is None else limit))
        ends = []
        for day in days:
            begun = -formula.true
            for slot in day[:-1]:
                begun = rows[slot][1] if len(days) == 1 else formula.either([begun, used[slot]])
                ends.append(self._end_of_break(begun, used[slot], used[slot + 1], exact=exact))
        total = formula.count(ends, most)
        for literal in total[most:]:
            formula.add(-literal)
        total = total[:most]
        if len(days) == 1:
            for slot in days[0][:-1]:
                for done in range(1, size):
                    formula.add(-rows[slot][done], *total[:1], rows[slot + 1][done + 1])
        for fewer, more in pairwise(total):
            formula.add(-more, fewer)
        return total

    def _end_of_break(self, begun: int, now: int, then: int, *, exact: bool) -> int:
        """A literal that is true if a break ends between two slots; just then if ``exact``."""
        formula = self.formula
        if then == -formula.true or begun in (-formula.true, now):
            return -formula.true
        found = formula.new()
        formula.add(now, -begun, -then, found)
        if exact:
            for needed in (-now, begun, then):
                formula.add(-found, needed)
        return found

    def _difference(self, breaks: Sequence[Sequence[int]], limit: int) -> None:
        """Somebody with k + ``limit`` breaks means that everybody has k."""
        for least in range(1, max(map(len, breaks)) - limit + 1):
            everybody = self.formula.new()
            for total in breaks:
                has = total[least - 1] if least <= len(total) else -self.formula.true
                self.formula.add(-everybody, has)
                if least + limit <= len(total):
                    self.formula.add(-total[least + limit - 1], everybody)
