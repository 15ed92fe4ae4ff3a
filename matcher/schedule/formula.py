"""A propositional formula in clauses, and the counting circuits written with it.

Literals are whole numbers as in the DIMACS format: a variable, or minus it for its negation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import combinations


class Formula:
    """Clauses over variables numbered from 1.

    Attributes:
        clauses: the clauses, each true if one of its literals is.
        true: a literal that always holds. Clauses are simplified by it, so that callers can use it and its
            negation for what is known.
    """

    def __init__(self) -> None:
        self.clauses: list[list[int]] = [[1]]
        self.true = 1
        self._size = 1
        self._known: dict[tuple[int, ...], int] = {}

    def new(self) -> int:
        """A fresh variable."""
        self._size += 1
        return self._size

    def add(self, *literals: int) -> None:
        """Demand that one of the literals holds; of none, that is a contradiction."""
        if self.true in literals:
            return
        rest = [literal for literal in literals if literal != -self.true]
        self.clauses.append(rest or [-self.true])

    def at_most_one(self, literals: Iterable[int]) -> None:
        """Demand that no two of the literals hold, by one clause for every two."""
        for one, other in combinations(literals, 2):
            self.add(-one, -other)

    def either(self, literals: Sequence[int]) -> int:
        """A literal that holds just when one of the literals does; the same for the same ones."""
        if self.true in literals:
            return self.true
        known = sorted({literal for literal in literals if literal != -self.true})
        if len(known) < 2:
            return known[0] if known else -self.true
        if tuple(known) in self._known:
            return self._known[tuple(known)]
        found = self._known[tuple(known)] = self.new()
        self.add(-found, *known)
        for literal in known:
            self.add(-literal, found)
        return found

    def count(
        self, literals: Sequence[int], most: int, *, down: bool = True, into: Sequence[int] | None = None
    ) -> list[int]:
        """Count the literals that hold: element k is true if more than k do.

        A totalizer (Bailleux and Boufkhad, CP 2003), cut off after ``most`` + 1 elements.

        Args:
            literals: what is counted.
            most: the highest count that has to be told from higher ones.
            down: whether element k is also false if no more than k hold. Without, it may be true for no
                reason, which is enough, and half as large, where high counts are only ever forbidden.
            into: literals to be the elements, instead of fresh ones: missing ones are taken as false.
        """
        sure = sum(literal == self.true for literal in literals)
        open_ = [literal for literal in literals if abs(literal) != self.true]
        size = min(sure + len(open_), most + 1)
        if into is None:
            return ([self.true] * sure + self._totals(open_, most - sure, down))[:size]
        elements = [*into[:size], *[-self.true] * (size - len(into))]
        for literal in elements[:sure]:
            self.add(literal)
        self._totals(open_, most - sure, down, elements[sure:])
        if down:
            for literal in into[size : most + 1]:
                self.add(-literal)
        return elements

    def _totals(
        self, literals: Sequence[int], most: int, down: bool, into: Sequence[int] | None = None
    ) -> list[int]:
        size = max(0, min(len(literals), most + 1))
        if len(literals) <= 1 and into is None:
            return list(literals[:size])
        total = [self.new() for _ in range(size)] if into is None else list(into)
        half = len(literals) // 2
        parts = literals[:half], literals[half:]
        left, right = (self._totals(part, most, down) for part in parts)
        for one in range(len(left) + 1):
            for other in range(len(right) + 1):
                both = one + other
                if both and size:
                    counted = [-left[one - 1]] if one else []
                    counted += [-right[other - 1]] if other else []
                    self.add(*counted, total[min(both, size) - 1])
                if down and both < size:
                    missing = [left[one]] if one < len(left) else []
                    missing += [right[other]] if other < len(right) else []
                    self.add(*missing, -total[both])
        return total
