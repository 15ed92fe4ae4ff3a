"""Vectors of profiles in FAISS, searched exactly by inner product."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import Any

import numpy as np

from matcher.index import Hit

_FILE = "dense.faiss"


class DenseIndex:
    """Unit vectors by profile number; inner product is the cosine. Updated in place."""

    def __init__(self, dimension: int) -> None:
        import faiss

        self._faiss: Any = faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))
        self.pks = np.zeros(0, np.int64)

    def add(self, pks: np.ndarray, vectors: np.ndarray) -> None:
        """Add (n, dimension) vectors under ``pks``, none of which is held yet."""
        if len(pks):
            self._faiss.add_with_ids(
                np.ascontiguousarray(vectors, np.float32), np.ascontiguousarray(pks, np.int64)
            )
            self._sort_numbers()

    def remove(self, pks: np.ndarray) -> None:
        """Forget these numbers; unknown ones are passed over."""
        if len(pks):
            self._faiss.remove_ids(np.ascontiguousarray(pks, np.int64))
            self._sort_numbers()

    def search(self, query: np.ndarray, k: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """The ``k`` nearest to ``query`` (dimension,)."""
        import faiss

        wanted = self._faiss.ntotal if allowed is None else min(len(allowed), self._faiss.ntotal)
        if k < 1 or wanted < 1:
            return []
        options = None
        if allowed is not None:
            selector = faiss.IDSelectorBatch(np.fromiter(allowed, np.int64, len(allowed)))
            options = faiss.SearchParameters(sel=selector)  # type: ignore[call-arg]
        # One more than asked for would not settle ties; all of equal score are, by asking for everything.
        scores, numbers = self._faiss.search(query[None].astype(np.float32), wanted, params=options)
        found = numbers[0] >= 0
        order = np.lexsort((numbers[0][found], -scores[0][found]))[:k]
        return [Hit(int(numbers[0][found][i]), float(scores[0][found][i])) for i in order]

    def scores(self, query: np.ndarray) -> np.ndarray:
        """(n,) cosines in the order of ``pks``."""
        row: np.ndarray = self.score_matrix(query[None])[0]
        return row

    def score_matrix(self, queries: np.ndarray) -> np.ndarray:
        """(m, n) cosines of (m, dimension) queries in the order of ``pks``."""
        result = np.zeros((len(queries), len(self.pks)), np.float32)
        if result.size:
            scores, numbers = self._faiss.search(
                np.ascontiguousarray(queries, np.float32), self._faiss.ntotal
            )
            rows = np.arange(len(queries))[:, None]
            result[rows, np.searchsorted(self.pks, numbers)] = scores
        return result

    def vector(self, pk: int) -> np.ndarray:
        """(dimension,) the vector held under ``pk``."""
        return np.asarray(self._faiss.reconstruct(pk), np.float32)

    def save(self, folder: Path) -> None:
        """Write into ``folder``."""
        import faiss

        faiss.write_index(self._faiss, str(folder / _FILE))

    @classmethod
    def load(cls, folder: Path) -> DenseIndex:
        """Read what ``save`` wrote; any exception means that it is damaged."""
        import faiss

        index = cls.__new__(cls)
        index._faiss = faiss.read_index(str(folder / _FILE))
        index._sort_numbers()
        return index

    def _sort_numbers(self) -> None:
        import faiss

        self.pks = np.sort(faiss.vector_to_array(self._faiss.id_map)).astype(np.int64)
