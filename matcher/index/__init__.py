"""Two indexes over profiles, one contract: dense (FAISS) and lexical (BM25)."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np

Query_contra = TypeVar("Query_contra", contravariant=True)


@dataclass(frozen=True)
class Hit:
    """One profile found: its number in the store and its similarity, higher is nearer."""

    pk: int
    score: float


class Index(Protocol[Query_contra]):
    """What both indexes do; ``tests/test_index.py`` holds either to it.

    The order is by falling score, ties by rising number, so that equal input gives equal output.
    """

    pks: np.ndarray
    """(n,) int64, the numbers of the profiles held, rising."""

    def search(self, query: Query_contra, k: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """The ``k`` best among all, or among ``allowed`` numbers."""

    def scores(self, query: Query_contra) -> np.ndarray:
        """(n,) one score for each of ``pks``."""

    def save(self, folder: Path) -> None:
        """Write the index into ``folder``, which exists."""
