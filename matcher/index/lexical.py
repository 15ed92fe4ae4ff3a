"""Words of profiles in BM25 (bm25s): English by stems, Korean by pairs of syllables.

Syllable pairs were chosen over whole words, triples and a morphological analyser by measurement: see
``benchmarks/korean_words.py`` and its figures in ``benchmarks/quality.md``.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from matcher.index import Hit

K1, B = 1.5, 0.75
"""The usual constants of BM25 (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009)."""

# Scripts are cut apart (``CRM197을``), accented letters are not (``café``).
_WORD = re.compile(r"[가-힣]+|[぀-ヿ一-鿿]+|[^\W_가-힣぀-ヿ一-鿿]+")
# The function words that Lucene's English analyser drops.
_STOP = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in",
    "into", "is", "it", "no", "not", "of", "on", "or", "such", "that", "the", "their",
    "then", "there", "these", "they", "this", "to", "was", "will", "with",
})  # fmt: skip
_FILES = "bm25s"
_NUMBERS = "numbers.npy"


def _is_hangul(word: str) -> bool:
    return "가" <= word[0] <= "힣"


class Tokenizer:
    """Text to terms. One instance keeps its stemmer; use it from one thread at a time."""

    def __init__(self) -> None:
        import Stemmer

        self._stem = Stemmer.Stemmer("english").stemWord

    def pairs(self, text: str) -> list[tuple[str, str]]:
        """(term, word as written) for each term of ``text``, in order."""
        found = []
        normal = unicodedata.normalize("NFKC", text).casefold()
        for word in _WORD.findall(normal):
            if _is_hangul(word):
                found += [(word[i : i + 2], word) for i in range(len(word) - 1)] or [(word, word)]
            elif word not in _STOP:
                found.append((self._stem(word) if word.isascii() else word, word))
        return found

    def terms(self, text: str) -> list[str]:
        """The terms of ``text``, in order, repeated ones repeated."""
        return [term for term, _ in self.pairs(text)]


class LexicalIndex:
    """BM25 over one text a profile."""

    def __init__(self, pks: np.ndarray, engine: Any) -> None:
        self.pks = pks
        self._engine = engine
        self.tokenizer = Tokenizer()

    @classmethod
    def build(cls, pks: Sequence[int] | np.ndarray, texts: Sequence[str]) -> LexicalIndex:
        """Index ``texts`` under ``pks``."""
        import bm25s

        order = np.argsort(np.asarray(pks, np.int64), kind="stable")
        tokenizer = Tokenizer()
        engine = None
        terms = [tokenizer.terms(texts[i]) for i in order]
        if any(terms):
            engine = bm25s.BM25(method="lucene", k1=K1, b=B)
            engine.index(terms, show_progress=False)
        return cls(np.asarray(pks, np.int64)[order], engine)

    def knows(self, term: str) -> bool:
        """Whether any indexed text has this term."""
        return self._engine is not None and term in self._engine.vocab_dict

    def coverage(self, query: str) -> float:
        """Share (0 to 1) of the query's terms that any indexed text has: how far this index can see.

        A Korean query against English texts is near 0, and the index's scores then mean nothing.
        """
        terms = self.tokenizer.terms(query)
        return sum(map(self.knows, terms)) / len(terms) if terms else 0.0

    def scores(self, query: str) -> np.ndarray:
        """(n,) BM25 scores in the order of ``pks``; all 0 where no term is known."""
        terms = [term for term in self.tokenizer.terms(query) if self.knows(term)]
        if not terms:
            return np.zeros(len(self.pks), np.float32)
        return np.asarray(self._engine.get_scores(terms), np.float32)

    def search(self, query: str, k: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """The ``k`` best that share at least one term with ``query``."""
        scores = self.scores(query)
        keep = scores > 0
        if allowed is not None:
            keep &= np.isin(self.pks, np.fromiter(allowed, np.int64, len(allowed)))
        places = np.flatnonzero(keep)
        order = places[np.lexsort((self.pks[places], -scores[places]))][:k]
        return [Hit(int(self.pks[i]), float(scores[i])) for i in order]

    def term_weights(self, terms: Sequence[str]) -> dict[str, float]:
        """How rare each known term is: its inverse document frequency in the Lucene form."""
        weights = {}
        if self._engine is not None:
            pointers = self._engine.scores["indptr"]
            count = len(self.pks)
            for term in terms:
                number = self._engine.vocab_dict.get(term)
                if number is not None:
                    documents = int(pointers[number + 1] - pointers[number])
                    weights[term] = float(np.log(1 + (count - documents + 0.5) / (documents + 0.5)))
        return weights

    def save(self, folder: Path) -> None:
        """Write into ``folder``."""
        np.save(folder / _NUMBERS, self.pks)
        if self._engine is not None:
            self._engine.save(str(folder / _FILES), show_progress=False)

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read what ``save`` wrote; any exception means that it is damaged."""
        import bm25s

        pks = np.load(folder / _NUMBERS)
        engine = None
        if (folder / _FILES).exists():
            engine = bm25s.BM25.load(str(folder / _FILES), load_vocab=True, show_progress=False)
            if len(pks) != engine.scores["num_docs"]:
                raise ValueError("the numbers do not go with the index")
        return cls(pks, engine)
