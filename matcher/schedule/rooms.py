"""How many meetings of which kinds have room at once, as inequalities between counts.

Meetings of one kind can have the same tables and the same interpreters. After Hall (1935), those in a slot
can all be served just if no set of kinds has more meetings there than units it could have between them; only
sets of units that are unions of what single kinds can have matter. Slots must not overlap.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from matcher.schedule.model import Problem
from matcher.schedule.pools import Pool, interpreters, tables

_MOST_SETS = 2000
"""Sets of units of one pool that are asked about; eight tracks in any combination make far fewer."""


@dataclass(frozen=True)
class Rooms:
    """In a slot with ``counts[kind]`` meetings, all are served just if ``sums @ counts <= most[:, slot]``.

    Attributes:
        kind: pair -> its kind; 0 for pairs that were not asked for.
        sums: set of units × kind -> 1 if the kind can have no other units, else 0.
        most: set of units × slot -> how many of the units are there.
    """

    kind: npt.NDArray[np.int64]
    sums: npt.NDArray[np.int64]
    most: npt.NDArray[np.int64]


def rooms_of(problem: Problem, pairs: Iterable[int]) -> Rooms | None:
    """The inequalities for meetings of the pairs; None if they would be too many."""
    both = (tables(problem), interpreters(problem))
    numbers: dict[tuple[int | None, ...], int] = {}
    kind = np.zeros(len(problem.pairs), dtype=np.int64)
    for pair in pairs:
        masks = tuple(_mask(pool.suits[pair]) for pool in both)
        kind[pair] = numbers.setdefault(masks, len(numbers))
    sums, most = [], []
    for place, pool in enumerate(both):
        needs = [masks[place] for masks in numbers]
        unions = _unions({need for need in needs if need is not None})
        if unions is None:
            return None
        for union in unions:
            sums.append([int(need is not None and not need & ~union) for need in needs])
            most.append(_there(pool, union))
    shape = (len(sums), max(1, len(numbers)))
    return Rooms(
        kind,
        np.array(sums, dtype=np.int64).reshape(shape),
        np.array(most, dtype=np.int64).reshape(len(most), len(problem.slots)),
    )


def _unions(needs: set[int]) -> list[int] | None:
    """The sets of units that matter, as masks; None if they are too many.

    A kind with a single unit adds nothing to a set without that unit: it takes from nobody there, and that it
    has room itself is asked anyway.
    """
    single = {need for need in needs if need.bit_count() <= 1}
    unions: set[int] = set()
    for need in sorted(needs - single):
        unions |= {union | need for union in unions} | {need}
        if len(unions) > _MOST_SETS:
            return None
    return sorted(unions | single)


def _there(pool: Pool, union: int) -> list[int]:
    return [sum(union >> unit & 1 for unit in units) for units in pool.open]


def _mask(units: Iterable[int] | None) -> int | None:
    return None if units is None else sum(1 << unit for unit in units)
