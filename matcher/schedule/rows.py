"""The value stage as a linear programme: which pair in which slot, under what limits.

A column is a pair in a slot it can have, and is 0 or 1. A row is a limit on the number of chosen columns
among some. Every timetable that keeps the hard rules keeps every row, so that what is proven with the rows
holds for all timetables. The other way round there are three exceptions, which ``Board`` knows: seats in
slots that overlap; tables or interpreters in many different sets; and meetings in a row of somebody with
several representatives.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_matrix, csr_matrix

from matcher.schedule.model import Problem

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_MOST_UNIONS = 6
"""Up to so many different sets of tables, their unions are limited too."""


@dataclass(frozen=True)
class Rows:
    """The programme; columns are ordered by pair, then by slot.

    Attributes:
        pair, slot: of each column, shape [columns].
        first: the first column of each pair, and the number of columns, shape [pairs + 1].
        worth: the value of each pair, shape [pairs].
        sides: both participants of each pair, shape [pairs, 2].
        matrix: limits × columns, of ones.
        limit: at most so many of a row's columns are chosen, shape [limits].
        least: the meetings each participant is to have, shape [participants].
        required: whether a pair has to take place, shape [pairs].
    """

    pair: Ints
    slot: Ints
    first: Ints
    worth: Floats
    sides: Ints
    matrix: csr_matrix
    limit: Ints
    least: Ints
    required: NDArray[np.bool_]


def write_rows(problem: Problem) -> Rows:
    """The programme of a problem; large ones take about a second for a million columns."""
    return _Writer(problem).write()


def columns(rows: Rows, slots: Mapping[int, int]) -> Ints:
    """The columns of the meetings ``slots``, pair -> slot."""
    found = [
        np.searchsorted(rows.slot[rows.first[pair] : rows.first[pair + 1]], slot) + rows.first[pair]
        for pair, slot in slots.items()
    ]
    return np.array(found, dtype=np.int64)


def pair_rows(problem: Problem, rows: Rows) -> Rows:
    """The programme with every pair as one column, its slot left open: much smaller, and as a rule as tight.

    Limits are how often each participant can meet by ``max_meetings`` and by the times its columns leave it,
    and how many meetings all tables, or those of some tracks, can host in all.
    """
    writer = _Writer(problem)
    cover, left = [], set(range(len(problem.slots)))
    for moment in sorted(writer.moments, key=len, reverse=True):
        if left & set(moment):
            cover.append(moment)
            left -= set(moment)
    people = problem.event.participants
    several = np.array([each.representatives for each in people], dtype=np.int64)
    # Of each moment: in how many meetings each participant can be, and how many there can be.
    most = np.zeros((len(cover), len(people)), dtype=np.int64)
    meetings = []
    for number, moment in enumerate(cover):
        inside = _inside(problem, moment)
        there = writer.sides[np.unique(writer.pair[inside[writer.slot]])]
        counts = np.bincount(there.ravel(), minlength=len(people))
        most[number] = np.minimum(several, counts)
        sums = [most[number][np.unique(there[:, end])].sum() for end in (0, 1)]
        two_sided = not np.intersect1d(there[:, 0], there[:, 1]).size
        meetings.append(int(min(sums) if two_sided else most[number].sum() // 2))
    each_most = most.sum(axis=0)
    for place, person in enumerate(people):
        if person.max_consecutive is not None and not any(problem.overlaps):
            # Without overlaps, the moments are the slots.
            held = {moment[0] for moment, here in zip(cover, most[:, place], strict=True) if here}
            each_most[place] -= int(several[place]) * _pauses(problem, held, person.max_consecutive)
        if person.max_meetings is not None:
            each_most[place] = min(each_most[place], person.max_meetings)
    used = np.flatnonzero(np.diff(rows.first))
    writer.pair = used
    column = np.arange(len(used))
    ends = writer.sides[used]
    writer.add(ends.T.ravel(), np.tile(column, 2), each_most)
    for groups in writer.hosts:
        for members, hosts in groups.unions():
            here = column[members[used]]
            limit = sum(
                min(len(hosts & frozenset().union(*(groups.open[each] for each in moment))), there)
                for moment, there in zip(cover, meetings, strict=True)
            )
            writer.add(np.zeros(len(here), dtype=np.int64), here, np.array([limit]))
    return writer.done(used, np.zeros(len(used), dtype=np.int64))


def _pauses(problem: Problem, slots: set[int], most: int) -> int:
    """How many of some slots without overlaps are left out at least, so that no more than ``most`` follow."""
    found = run = 0
    for slot in range(len(problem.slots)):
        run = (run if problem.follows[slot] else 0) + 1 if slot in slots else 0
        if run > most:
            found, run = found + 1, 0
    return found


def _inside(problem: Problem, slots: Sequence[int]) -> NDArray[np.bool_]:
    inside = np.zeros(len(problem.slots), dtype=bool)
    inside[list(slots)] = True
    return inside


class _Writer:
    """Gathers limits as blocks of (row, column) entries."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        count = len(problem.pairs)
        allowed = [np.array(slots, dtype=np.int64) for slots in problem.allowed]
        sizes = np.array([len(slots) for slots in allowed], dtype=np.int64)
        pair = np.repeat(np.arange(count), sizes)
        slot = np.concatenate([*allowed, np.zeros(0, dtype=np.int64)])
        self.hosts = [
            _Groups(problem.tables, problem.open_tables),
            _Groups(problem.interpreters, _awake(problem)),
        ]
        kept = np.ones(len(pair), dtype=bool)
        for groups in self.hosts:
            kept &= groups.possible(pair, slot)
        self.pair, self.slot = pair[kept], slot[kept]
        self.sides = np.array(problem.pairs, dtype=np.int64).reshape(-1, 2)
        self.moments = _moments(problem)
        self.rows: list[Ints] = []
        self.cols: list[Ints] = []
        self.limits: list[Ints] = []
        self.size = 0

    def write(self) -> Rows:
        problem, people = self.problem, self.problem.event.participants
        everyone = np.arange(len(people))
        several = np.array([each.representatives for each in people], dtype=np.int64)
        self._by_person(self.moments, np.repeat(several[:, None], len(self.moments), axis=1), everyone)
        most = np.array(
            [len(self.pair) if each.max_meetings is None else each.max_meetings for each in people],
            dtype=np.int64,
        )
        bounded = np.flatnonzero([each.max_meetings is not None for each in people])
        self._by_person([range(len(problem.slots))], most[:, None], bounded)
        for row in sorted({each.max_consecutive for each in people if each.max_consecutive is not None}):
            bound = np.flatnonzero([each.max_consecutive == row for each in people])
            windows = _windows(problem, row + 1)
            self._by_person(windows, np.repeat(several[:, None] * row, len(windows), axis=1), bound)
        for groups in self.hosts:
            for members, hosts in groups.unions():
                self._hosts(members, hosts, groups)
        for first, then in problem.orders:
            self._order(first, then)
        return self.done(self.pair, self.slot)

    def add(self, rows: Ints, cols: Ints, limits: Ints) -> None:
        """Entries of a block of rows numbered from 0; rows that cannot bind are left out."""
        counts = np.bincount(rows, minlength=len(limits))
        binding = counts > limits
        number = np.cumsum(binding) - 1
        kept = binding[rows]
        self.rows.append(number[rows[kept]] + self.size)
        self.cols.append(cols[kept])
        self.limits.append(limits[binding])
        self.size += int(binding.sum())

    def _by_person(self, spans: Sequence[Sequence[int]], limits: Ints, who: Ints) -> None:
        """A limit for each of some participants in each span of slots: ``limits`` [participants, spans]."""
        chosen = np.zeros(len(self.problem.event.participants), dtype=bool)
        chosen[who] = True
        rows, cols = [], []
        for number, span in enumerate(spans):
            here = np.flatnonzero(_inside(self.problem, span)[self.slot])
            for end in (0, 1):
                person = self.sides[self.pair[here], end]
                kept = chosen[person]
                rows.append(person[kept] * len(spans) + number)
                cols.append(here[kept])
        if rows:
            self.add(np.concatenate(rows), np.concatenate(cols), limits.ravel())

    def _hosts(self, members: NDArray[np.bool_], hosts: frozenset[int], groups: _Groups) -> None:
        rows, cols, limits = [], [], []
        mine = np.flatnonzero(members[self.pair])
        for number, moment in enumerate(self.moments):
            here = mine[_inside(self.problem, moment)[self.slot[mine]]]
            rows.append(np.full(len(here), number))
            cols.append(here)
            limits.append(len(hosts & frozenset().union(*(groups.open[each] for each in moment))))
        self.add(np.concatenate(rows), np.concatenate(cols), np.array(limits, dtype=np.int64))

    def _order(self, first: int, then: int) -> None:
        """Whatever the moment: not the first pair ending after it and the other starting before it."""
        if first == then:
            mine = np.flatnonzero(self.pair == first)
            self.add(np.zeros(len(mine), dtype=np.int64), mine, np.array([0]))
            return
        slots = self.problem.slots
        firsts, thens = np.flatnonzero(self.pair == first), np.flatnonzero(self.pair == then)
        ends = sorted({slots[slot].end for slot in self.slot[firsts]})
        for end in ends:
            late = [col for col in firsts if slots[self.slot[col]].end >= end]
            early = [col for col in thens if slots[self.slot[col]].start < end]
            cols = np.array(late + early, dtype=np.int64)
            if early:
                self.add(np.zeros(len(cols), dtype=np.int64), cols, np.array([1]))

    def done(self, pair: Ints, slot: Ints) -> Rows:
        """The programme of the limits so far, with these columns."""
        problem, count = self.problem, len(self.problem.pairs)
        none = np.zeros(0, dtype=np.int64)
        rows, cols = np.concatenate([*self.rows, none]), np.concatenate([*self.cols, none])
        matrix = coo_matrix((np.ones(len(rows)), (rows, cols)), shape=(self.size, len(pair))).tocsr()
        required = np.zeros(count, dtype=bool)
        required[list(problem.required)] = True
        return Rows(
            pair=pair,
            slot=slot,
            first=np.searchsorted(pair, np.arange(count + 1)),
            worth=np.array(problem.worth, dtype=np.float64),
            sides=self.sides,
            matrix=matrix,
            limit=np.concatenate([*self.limits, none]),
            least=np.array([each.min_meetings for each in problem.event.participants], dtype=np.int64),
            required=required,
        )


class _Groups:
    """Pairs by the set of hosts (tables, interpreters) they can have; those with None need none."""

    def __init__(self, options: Sequence[Sequence[int] | None], open_: Sequence[Sequence[int]]) -> None:
        self.open = [frozenset(hosts) for hosts in open_]
        self.sets = sorted({frozenset(each) for each in options if each is not None}, key=sorted)
        number = {each: place for place, each in enumerate(self.sets)}
        self.of = np.array(
            [-1 if each is None else number[frozenset(each)] for each in options], dtype=np.int64
        )

    def possible(self, pair: Ints, slot: Ints) -> NDArray[np.bool_]:
        """Of columns: whether any host of the pair is there in the slot."""
        # The last row is for those that need none.
        there = np.array([[bool(each & here) for here in self.open] for each in self.sets], dtype=bool)
        there = np.vstack([there.reshape(-1, len(self.open)), np.ones(len(self.open), dtype=bool)])
        return there[self.of[pair], slot]

    def unions(self) -> list[tuple[NDArray[np.bool_], frozenset[int]]]:
        """Sets of hosts with the pairs that have to do with these (Hall): each pair's, unions, and all."""
        sets = dict.fromkeys(self.sets)
        if len(self.sets) <= _MOST_UNIONS:
            for size in range(2, len(self.sets) + 1):
                for some in combinations(self.sets, size):
                    sets[frozenset().union(*some)] = None
        elif self.sets:
            sets[frozenset().union(*self.sets)] = None
        found = []
        for hosts in sets:
            inside = np.array([*(each <= hosts for each in self.sets), False])
            found.append((inside[self.of], hosts))
        return found


def _awake(problem: Problem) -> list[list[int]]:
    """The interpreters that are there in each slot."""
    number = {slot.id: place for place, slot in enumerate(problem.slots)}
    found: list[list[int]] = [[] for _ in problem.slots]
    for place, each in enumerate(problem.event.interpreters):
        away = {number[slot] for slot in each.unavailable}
        away = away.union(*(problem.overlaps[slot] for slot in away))
        for slot in range(len(found)):
            if slot not in away:
                found[slot].append(place)
    return found


def _moments(problem: Problem) -> list[list[int]]:
    """The largest sets of slots under way at one moment; without overlaps, one for each slot."""
    slots = problem.slots
    found: list[frozenset[int]] = []
    for here, others in zip(slots, problem.overlaps, strict=True):
        moment = frozenset(
            each for each in (*others, slots.index(here)) if slots[each].start <= here.start < slots[each].end
        )
        found.append(moment)
    return [sorted(each) for each in dict.fromkeys(found) if not any(each < other for other in found)]


def _windows(problem: Problem, length: int) -> list[list[int]]:
    """Chains of so many slots of a day, each starting when the one before ends."""
    slots = problem.slots
    chains = [[place] for place in range(len(slots))]
    for _ in range(length - 1):
        chains = [
            [*chain, then]
            for chain in chains
            for then in range(len(slots))
            if slots[chain[-1]].end == slots[then].start
            and slots[chain[-1]].start.date() == slots[then].start.date()
        ]
    return chains
