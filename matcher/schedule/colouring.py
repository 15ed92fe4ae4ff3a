"""Slots for a given set of pairs, as the colours of the edges of a graph whose nodes are the participants.

Pairs get slots one after the other. Where both participants have no free slot in common, a chain of meetings
that alternates between two slots changes sides (Kempe 1879; with it, König 1916 showed that a two-sided graph
needs no more colours than its busiest node has edges). Where everybody is always free, that places every
pair; where not, a meeting on the chain may not be allowed to move, and some pairs are left.

Somebody who may not meet too often in a row gets pauses beforehand.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from matcher.schedule.model import Problem
from matcher.schedule.rows import Rows, columns


def coloured(problem: Problem, rows: Rows, pairs: Sequence[int]) -> dict[int, int]:
    """As many of the pairs as have been placed, pair -> slot; they keep the rows.

    None of them if slots overlap, since then they are no colours.
    """
    if any(problem.overlaps):
        return {}
    colouring = _Colouring(problem, rows)
    # Those with the least choice first.
    for pair in sorted(pairs, key=lambda pair: (not rows.required[pair], len(problem.allowed[pair]))):
        colouring.place(pair)
    return _kept(rows, colouring.slot_of)


def _kept(rows: Rows, slots: dict[int, int]) -> dict[int, int]:
    """The meetings without those that there is no room for in some row, required ones and dear ones first."""
    room = rows.limit.copy()
    matrix = rows.matrix.tocsc()
    found = {}
    for pair in sorted(slots, key=lambda pair: (not rows.required[pair], -rows.worth[pair], pair)):
        (column,) = columns(rows, {pair: slots[pair]})
        here = matrix.indices[matrix.indptr[column] : matrix.indptr[column + 1]]
        if (room[here] > 0).all():
            room[here] -= 1
            found[pair] = slots[pair]
    return found


class _Colouring:
    """Pairs with slots; nobody meets twice in one, and no slot has more meetings than open tables.

    Attributes:
        slot_of: pair -> slot.
    """

    def __init__(self, problem: Problem, rows: Rows) -> None:
        self.slot_of: dict[int, int] = {}
        self._sides = problem.pairs
        slots = range(len(problem.slots))
        self._allowed = [0] * len(problem.pairs)
        for pair, slot in zip(rows.pair.tolist(), rows.slot.tolist(), strict=True):
            self._allowed[pair] |= 1 << slot
        self._at: list[list[int | None]] = [[None for _ in slots] for _ in problem.event.participants]
        usable = [0] * len(problem.event.participants)
        for pair, sides in enumerate(problem.pairs):
            for person in sides:
                usable[person] |= self._allowed[pair]
        self._free = [
            mask & ~_pauses(problem, mask, person.max_consecutive, place)
            for place, (mask, person) in enumerate(zip(usable, problem.event.participants, strict=True))
        ]
        self._spare = [len(tables) for tables in problem.open_tables]

    def place(self, pair: int) -> bool:
        """Give the pair a slot, others changing theirs; whether that was possible."""
        allowed, (one, other) = self._allowed[pair], self._sides[pair]
        both = allowed & self._free[one] & self._free[other]
        open_ = [slot for slot in _bits(both) if self._spare[slot] > 0]
        if open_:
            self._put(pair, max(open_, key=self._spare.__getitem__))
            return True
        for slot in _bits(both):
            if self._relieve(slot):
                self._put(pair, slot)
                return True
        return any(
            self._join(pair, slot, mover)
            for mover, stays in ((one, other), (other, one))
            for slot in _bits(allowed & self._free[stays] & ~self._free[mover])
        )

    def _join(self, pair: int, slot: int, mover: int) -> bool:
        """Put the pair into a slot in which one of its participants is busy, once a chain has freed it."""
        for swap in _bits(self._free[mover]):
            chain = self._chain(mover, slot, swap)
            # Of its meetings every other one is in the slot.
            change = len(chain) % 2
            if chain and self._spare[swap] >= change and self._spare[slot] + change > 0:
                self._swap(chain, slot, swap)
                if all(self._free[person] >> slot & 1 for person in self._sides[pair]):
                    self._put(pair, slot)
                    return True
                self._swap(chain, swap, slot)
        return False

    def _relieve(self, slot: int) -> bool:
        """Move a meeting's worth of room into a slot without any, along a chain that has one more there."""
        for swap, spare in enumerate(self._spare):
            if spare <= 0:
                continue
            for person in range(len(self._at)):
                if self._at[person][slot] is not None and self._free[person] >> swap & 1:
                    chain = self._chain(person, slot, swap)
                    if len(chain) % 2:
                        self._swap(chain, slot, swap)
                        return True
        return False

    def _chain(self, person: int, slot: int, swap: int) -> list[int]:
        """The meetings that change slots if a person's does, from the person on; none if one of them cannot.

        The person meets in the slot and is free in the other.
        """
        chain: list[int] = []
        here, there = slot, swap
        while (pair := self._at[person][here]) is not None:
            if not self._allowed[pair] >> there & 1:
                return []
            chain.append(pair)
            one, other = self._sides[pair]
            person = other if person == one else one
            here, there = there, here
        return chain

    def _swap(self, chain: Sequence[int], slot: int, swap: int) -> None:
        """Let the meetings of a chain, the first of them in ``slot``, change between two slots."""
        moved = [(pair, swap if self.slot_of[pair] == slot else slot) for pair in chain]
        for pair, _ in moved:
            self._take(pair)
        for pair, there in moved:
            self._put(pair, there)

    def _put(self, pair: int, slot: int) -> None:
        self.slot_of[pair] = slot
        self._spare[slot] -= 1
        for person in self._sides[pair]:
            self._at[person][slot] = pair
            self._free[person] &= ~(1 << slot)

    def _take(self, pair: int) -> None:
        slot = self.slot_of.pop(pair)
        self._spare[slot] += 1
        for person in self._sides[pair]:
            self._at[person][slot] = None
            self._free[person] |= 1 << slot


def _pauses(problem: Problem, usable: int, most: int | None, turn: int) -> int:
    """Slots to leave out so that no more than ``most`` of the usable ones follow one another.

    They are as few as can be, and by turns earlier or later.
    """
    if most is None:
        return 0
    runs: list[list[int]] = [[]]
    for slot in range(len(problem.slots)):
        if not problem.follows[slot] or not usable >> slot & 1:
            runs.append([])
        if usable >> slot & 1:
            runs[-1].append(slot)
    found = 0
    for run in runs:
        pauses = len(run) // (most + 1)
        spare = (pauses + 1) * most - (len(run) - pauses)
        first = most - turn % (min(spare, most) + 1)
        for number in range(pauses):
            found |= 1 << run[first + number * (most + 1)]
    return found


def _bits(mask: int) -> Iterator[int]:
    while mask:
        yield (mask & -mask).bit_length() - 1
        mask &= mask - 1
