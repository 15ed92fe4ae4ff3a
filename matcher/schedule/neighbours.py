"""Parts of a timetable made anew as well as can be, everything else staying.

A part is all meetings of some slots, or of some participants; a mixed integer programme finds its best
filling (large neighbourhood search after Shaw 1998). Parts grow while they are solved at once, and shrink
when not.
"""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix, hstack, identity, vstack

from matcher.schedule.construct import Score, score
from matcher.schedule.rows import Floats, Ints, Rows, columns

_QUICK = 0.25
"""Seconds within which a part is small."""

_NODES = 40
"""The most a part may branch: a limit that, unlike time, is the same on every machine."""

_SHORT = 20.0
"""A missing meeting, in mean values of a pair: more than exchanges in a part can bring."""


class Neighbours:
    """A timetable that keeps the rows, made better part by part.

    Attributes:
        slots: pair -> slot.
        score: of it.
    """

    def __init__(self, rows: Rows, cols: Ints, start: Mapping[int, int], *, unit: float, seed: int) -> None:
        """Begin with a start that keeps the rows; its own columns and ``cols`` come into question.

        ``unit`` is the mean value of a meeting.
        """
        self.slots = dict(start)
        self.score: Score = score(rows, start)
        self._unit = unit
        self._rows, self._random = rows, np.random.default_rng(seed)
        self._cols = np.union1d(cols, columns(rows, start))
        self._matrix = rows.matrix[:, self._cols].tocsc()
        self._pair, self._slot = rows.pair[self._cols], rows.slot[self._cols]
        self._sides = rows.sides[self._pair]
        self._chosen = np.isin(self._cols, columns(rows, start))
        self._size = {"slots": 2.0, "people": 8.0}
        self._turn = 0

    def step(self, seconds: float) -> bool:
        """Make one part anew; whether the timetable became better."""
        kind = "people" if self._turn % 3 == 2 else "slots"
        self._turn += 1
        began = time.monotonic()
        free, most = self._part(kind, max(2, int(self._size[kind])))
        better, proven = self._refill(free, seconds)
        quick = proven and time.monotonic() - began < _QUICK
        self._size[kind] = max(2.0, min(most, self._size[kind] * (1.15 if quick else 0.8)))
        return better

    def _part(self, kind: str, size: int) -> tuple[NDArray[np.bool_], int]:
        if kind == "slots":
            slots = np.unique(self._slot)
            chosen = self._random.choice(slots, min(size, len(slots)), replace=False)
            return np.isin(self._slot, chosen), len(slots)
        people = np.unique(self._sides[:, self._random.integers(2)])
        chosen = self._random.choice(people, min(size, len(people)), replace=False)
        return np.asarray(np.isin(self._sides, chosen).any(axis=1)), len(people)

    def _refill(self, free: NDArray[np.bool_], seconds: float) -> tuple[bool, bool]:
        """Choose the free columns anew; whether that is better, and whether nothing better is there."""
        rows = self._rows
        fixed = self._chosen & ~free
        room = rows.limit - self._matrix @ fixed
        taken = np.zeros(len(rows.worth), dtype=bool)
        taken[self._pair[fixed]] = True
        cols = np.flatnonzero(free & ~taken[self._pair])
        part = self._matrix[:, cols].tocsr()
        shut = np.flatnonzero(room <= 0)
        barred = np.zeros(len(cols), dtype=bool)
        barred[part[shut].indices] = True
        cols = cols[~barred]
        if not len(cols):
            return False, True
        part = self._matrix[:, cols].tocsr()
        binding = np.flatnonzero(np.diff(part.indptr) > room)
        asked, inverse = np.unique(self._pair[cols], return_inverse=True)
        once = csr_matrix(
            (np.ones(len(cols)), (inverse, np.arange(len(cols)))), shape=(len(asked), len(cols))
        )
        # A required pair that meets goes on meeting; one that does not is worth whatever it costs.
        kept = rows.required[asked] & (once @ self._chosen[cols] > 0)
        gains = rows.worth[self._pair[cols]] / self._unit + _SHORT**2 * rows.required[self._pair[cols]]
        counts = np.bincount(rows.sides[self._pair[fixed]].ravel(), minlength=len(rows.least))
        wish = rows.least - counts
        needy = np.unique(self._sides[cols][wish[self._sides[cols]] > 0])
        member = csr_matrix(
            np.array([(self._sides[cols] == person).any(axis=1) for person in needy]).reshape(-1, len(cols)),
            dtype=np.float64,
        )
        spare = csr_matrix((len(binding) + len(asked), len(needy)))
        matrix = vstack(
            [hstack([vstack([part[binding], once]), spare]), hstack([member, identity(len(needy))])]
        )
        low = np.concatenate([np.full(len(binding), -np.inf), kept.astype(np.float64), wish[needy]])
        high = np.concatenate([room[binding], np.ones(len(asked)), np.full(len(needy), np.inf)])
        result = milp(
            np.concatenate([-gains, np.full(len(needy), _SHORT)]),
            constraints=LinearConstraint(matrix.tocsr(), low, high),
            integrality=np.concatenate([np.ones(len(cols)), np.zeros(len(needy))]),
            bounds=Bounds(0, np.concatenate([np.ones(len(cols)), np.full(len(needy), np.inf)])),
            options={"time_limit": max(0.01, seconds), "node_limit": _NODES, "mip_rel_gap": 1e-7},
        )
        return result.x is not None and self._adopt(fixed, cols, result.x), result.status == 0

    def _adopt(self, fixed: NDArray[np.bool_], cols: Ints, values: Floats) -> bool:
        chosen = fixed.copy()
        chosen[cols[values[: len(cols)] > 0.5]] = True
        slots = dict(zip(self._pair[chosen].tolist(), self._slot[chosen].tolist(), strict=True))
        found = score(self._rows, slots)
        better = found < self.score
        # Equally good ones are taken too: another timetable to go on from.
        if (found.missing, found.shortfall) == (self.score.missing, self.score.shortfall):
            better = found.value > self.score.value + 1e-9 * (1 + abs(self.score.value))
            if abs(found.value - self.score.value) <= 1e-9 * (1 + abs(self.score.value)):
                self.slots, self._chosen = slots, chosen
        if better:
            self.slots, self.score, self._chosen = slots, found, chosen
        return better
