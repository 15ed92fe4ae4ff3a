"""Words of profiles: English by stems, Korean by pairs of syllables and by what the words mean in English.

Three views of the same words are kept, as no one of them is best on all measured sets:

- ``focused`` and ``broad``: BM25 (bm25s) that lets few rare words decide, or many words together;
- ``typical``: how much the words are those of this profile rather than of the others, by the complement naive
  Bayes of Rennie, Shih, Teevan and Karger (Tackling the Poor Assumptions of Naive Bayes Text Classifiers,
  ICML 2003) over statements weighted by tf-idf.

Plain BM25 with its usual constants serves search, and evaluation as a baseline. Korean syllable pairs were
chosen over whole words, triples and a morphological analyser by measurement: see
``benchmarks/korean_words.py`` and its figures in ``benchmarks/quality.md``.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path

import numpy as np

from matcher.bilingual import SoundKeys, Term, read_korean
from matcher.index import Hit
from matcher.synonyms import substances

PLAIN = "plain"
BM25 = {PLAIN: (1.5, 0.75), "focused": (0.5, 0.3), "broad": (4.0, 1.0)}
"""k1 and b of each BM25 view (Robertson and Zaragoza, The Probabilistic Relevance Framework, 2009)."""

TYPICAL = "typical"
SMOOTHING, SMOOTHED_EVERY = 1.0, 60
"""How much more often than it was each word is taken to have been seen, in ``typical``: at least 1, and 1 for
every so many profiles. The more there are, the more of them have a rare word by chance alone."""

TRANSLATED = 0.7
"""How far a word found by its meaning or sound counts as known: translation is surer of topics."""

# Scripts are cut apart (``CRM197을``), accented letters are not (``café``).
_WORD = re.compile(r"[가-힣]+|[぀-ヿ一-鿿]+|[^\W_가-힣぀-ヿ一-鿿]+")
# A development code names its company by its letters: AZD9291 also gives azd.
_CODE = re.compile(r"([a-z]{1,5})[0-9]{2,}")
# The function words that Lucene's English analyser drops.
_STOP = frozenset({
    "a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in",
    "into", "is", "it", "no", "not", "of", "on", "or", "such", "that", "the", "their",
    "then", "there", "these", "they", "this", "to", "was", "will", "with",
})  # fmt: skip
_ARRAYS, _VOCABULARY = "words.npz", "words.json"


def _is_hangul(word: str) -> bool:
    return "가" <= word[0] <= "힣"


def _normal(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


class Tokenizer:
    """Text to terms. One instance keeps its stemmer; use it from one thread at a time."""

    def __init__(self) -> None:
        import Stemmer

        self._stem = Stemmer.Stemmer("english").stemWord

    def foreign(self, text: str) -> list[tuple[str, str]]:
        """(term, word as written) of everything but Hangul; a medicine's other name also gives its own."""
        normal = _normal(text)
        found = self._plain(normal)
        for written, name in substances(normal):
            found += [(term, written) for term, _ in self._plain(name.casefold())]
        return found

    def _plain(self, normal: str) -> list[tuple[str, str]]:
        found = []
        for word in _WORD.findall(normal):
            if not _is_hangul(word) and word not in _STOP:
                found.append((self._stem(word) if word.isascii() else word, word))
                if code := _CODE.match(word):
                    found.append((f"{code[1]}#", word))
        return found

    @staticmethod
    def syllables(text: str) -> list[tuple[str, str]]:
        """(pair of syllables, word as written) of the Hangul, in order."""
        words = filter(_is_hangul, _WORD.findall(_normal(text)))
        return [
            (pair, word)
            for word in words
            for pair in ([word[i : i + 2] for i in range(len(word) - 1)] or [word])
        ]

    def pairs(self, text: str) -> list[tuple[str, str]]:
        """(term, word as written) for each term that ``text`` is indexed under.

        A Korean word also stands for the usual English form of each of its meanings.
        """
        found = self.foreign(text) + self.syllables(text)
        for item in read_korean(_normal(text)):
            if isinstance(item, Term):
                said = {term for term, _ in self.foreign(item.written)}
                for usual in dict.fromkeys(meaning[0] for meaning in item.meanings):
                    found += [(term, item.written) for term, _ in self.foreign(usual) if term not in said]
        return found

    def terms(self, text: str) -> list[str]:
        """The terms of ``text``, repeated ones repeated."""
        return [term for term, _ in self.pairs(text)]


@lru_cache(maxsize=8192)
def _terms(text: str) -> tuple[str, ...]:
    """The terms of a text that is indexed. Kept: when one profile changes, most texts come again."""
    return tuple(Tokenizer().terms(text))


@dataclass(frozen=True)
class Question:
    """A text as the index can answer it.

    Attributes:
        weights: how often each known term is asked; a Korean word's English forms share one asking.
        coverage: share (0 to 1) of its words that any indexed text has, in either language. Scores mean
            nothing where it is near 0.
        written: for each known term a word of the text that asks it.
    """

    weights: dict[str, float]
    coverage: float
    written: dict[str, str]


class LexicalIndex:
    """Words of one text a profile."""

    def __init__(self, pks: np.ndarray, vocabulary: Sequence[str], arrays: dict[str, np.ndarray]) -> None:
        self.pks = pks
        self.tokenizer = Tokenizer()
        self._vocabulary = list(vocabulary)
        self._numbers = {term: number for number, term in enumerate(vocabulary)}
        self._arrays = arrays

    @classmethod
    def build(
        cls,
        pks: Sequence[int] | np.ndarray,
        texts: Sequence[str],
        statements: Sequence[Sequence[tuple[str, float]]],
    ) -> LexicalIndex:
        """Index profiles under ``pks``.

        Args:
            pks: one number a profile.
            texts: all that each says.
            statements: what each says, entry by entry, with the weight of the entry in ``typical``.
        """
        import bm25s

        numbers = np.asarray(pks, np.int64)
        order = np.argsort(numbers, kind="stable")
        terms = [list(_terms(texts[i])) for i in order]
        if not any(terms):
            return cls(numbers[order], [], {})
        arrays: dict[str, np.ndarray] = {}
        for view, (k1, b) in BM25.items():
            engine = bm25s.BM25(method="lucene", k1=k1, b=b)
            engine.index(terms, create_empty_token=False, show_progress=False)
            arrays[view] = engine.scores["data"]
            arrays["starts"], arrays["places"] = engine.scores["indptr"], engine.scores["indices"]
            vocabulary = sorted(engine.vocab_dict, key=engine.vocab_dict.__getitem__)
        index = cls(numbers[order], vocabulary, arrays)
        index._learn_typical([statements[i] for i in order])
        return index

    def _learn_typical(self, statements: Sequence[Sequence[tuple[str, float]]]) -> None:
        counted = {
            text: Counter(self._numbers[term] for term in _terms(text) if term in self._numbers)
            for text in {text for own in statements for text, _ in own}
        }
        size = len(self._vocabulary)
        documents = np.zeros(size)
        for terms in counted.values():
            documents[list(terms)] += 1
        # The usual smoothed form, as scikit-learn's TfidfTransformer has it.
        self._arrays["rarity"] = np.log((1 + len(counted)) / (1 + documents)) + 1
        seen: list[tuple[np.ndarray, np.ndarray]] = []
        for own in statements:
            total: dict[int, float] = {}
            for text, weight in own:
                for number, share in _normed(counted[text], self._arrays["rarity"]).items():
                    total[number] = total.get(number, 0.0) + weight * share
            places = np.array(sorted(total), np.int64)
            seen.append((places, np.array([total[place] for place in places], float)))
        totals = np.zeros(size)
        for places, values in seen:
            totals[places] += values
        profile = np.repeat(np.arange(len(seen)), [len(places) for places, _ in seen])
        term = np.concatenate([places for places, _ in seen])
        value = np.concatenate([values for _, values in seen])
        by_term = np.argsort(term, kind="stable")
        smoothing = max(SMOOTHING, len(seen) / SMOOTHED_EVERY)
        rest = np.log(smoothing + totals[term]) - np.log(smoothing + np.maximum(totals[term] - value, 0.0))
        self._arrays["typical"] = rest[by_term].astype(np.float32)
        self._arrays["typical_places"] = profile[by_term].astype(np.int32)
        self._arrays["typical_starts"] = np.searchsorted(term[by_term], np.arange(size + 1))
        own_sums = np.array([values.sum() for _, values in seen])
        self._arrays["typical_base"] = np.log(smoothing * size + totals.sum() - own_sums)

    # -- questions -----------------------------------------------------------------------------

    def knows(self, term: str) -> bool:
        """Whether any indexed text has this term."""
        return term in self._numbers

    def question(self, text: str, *, bilingual: bool = True) -> Question:
        """What ``text`` asks of this index; without ``bilingual`` only its words as they are written."""
        weights: dict[str, float] = {}
        written: dict[str, str] = {}
        words: list[float] = []

        def ask(term: str, word: str, weight: float = 1.0) -> bool:
            if not self.knows(term):
                return False
            weights[term] = weights.get(term, 0.0) + weight
            written.setdefault(term, word)
            return True

        for term, word in self.tokenizer.foreign(text):
            found = ask(term, word)
            if not term.endswith("#"):
                words.append(float(found))
        for pair, word in self.tokenizer.syllables(text):
            ask(pair, word)
        for item in read_korean(_normal(text)) if bilingual else ():
            forms = self._english(item.meanings) if isinstance(item, Term) else self._sounding(item.written)
            said = {term for term, _ in self.tokenizer.foreign(item.written)}  # T세포: its T is asked already
            for form in forms:
                for term in form:
                    if term not in said:
                        ask(term, item.written, 1.0 / len(forms))
            pairs = self.tokenizer.syllables(item.written)
            as_written = any(self.knows(pair) for pair, _ in pairs)
            words.append(1.0 if as_written else TRANSLATED if forms else 0.0)
        return Question(weights, sum(words) / len(words) if words else 0.0, written)

    def _english(self, meanings: Iterable[tuple[str, ...]]) -> list[list[str]]:
        """Terms of the English forms that this index has: those it has in full, or else in part."""
        forms = [
            [term for term, _ in self.tokenizer.foreign(form)] for meaning in meanings for form in meaning
        ]
        distinct = [list(form) for form in dict.fromkeys(map(tuple, forms))]
        full = [form for form in distinct if form and all(map(self.knows, form))]
        return full or [known for form in distinct[:1] if (known := [t for t in form if self.knows(t)])]

    def _sounding(self, hangul: str) -> list[list[str]]:
        word = self._sounds.find(hangul)
        return [[word]] if word else []

    @cached_property
    def _sounds(self) -> SoundKeys:
        return SoundKeys(self._vocabulary)

    def coverage(self, text: str) -> float:
        """Share (0 to 1) of the words of ``text`` that this index has: how far it can see."""
        return self.question(text).coverage

    def scores(self, text: str, *, bilingual: bool = True) -> np.ndarray:
        """(n,) plain BM25 scores in the order of ``pks``; all 0 where no term is known."""
        return self._view(self.question(text, bilingual=bilingual), PLAIN)

    def views(self, question: Question) -> dict[str, np.ndarray]:
        """(n,) scores of each view but the plain one."""
        return {view: self._view(question, view) for view in (*BM25, TYPICAL) if view != PLAIN}

    def _view(self, question: Question, view: str) -> np.ndarray:
        scores = np.zeros(len(self.pks), np.float64)
        if not question.weights:
            return scores
        numbers = [self._numbers[term] for term in question.weights]
        asked = np.array(list(question.weights.values()))
        prefix = "typical_" if view == TYPICAL else ""
        if view == TYPICAL:
            asked = (
                np.where(asked >= 1, 1 + np.log(np.maximum(asked, 1)), asked)
                * self._arrays["rarity"][numbers]
            )
            scores += asked.sum() * self._arrays["typical_base"]
        starts, places = self._arrays[prefix + "starts"], self._arrays[prefix + "places"]
        values = self._arrays[view]
        for number, weight in zip(numbers, asked, strict=True):
            own = slice(starts[number], starts[number + 1])
            scores[places[own]] += weight * values[own]
        return scores

    def search(self, text: str, k: int, allowed: Collection[int] | None = None) -> list[Hit]:
        """The ``k`` best by plain BM25 that share at least one term with ``text``."""
        scores = self.scores(text)
        keep = scores > 0
        if allowed is not None:
            keep &= np.isin(self.pks, np.fromiter(allowed, np.int64, len(allowed)))
        places = np.flatnonzero(keep)
        order = places[np.lexsort((self.pks[places], -scores[places]))][:k]
        return [Hit(int(self.pks[i]), float(scores[i])) for i in order]

    def term_weights(self, terms: Iterable[str]) -> dict[str, float]:
        """How rare each known term is: its inverse document frequency in the Lucene form."""
        weights = {}
        for term in terms:
            number = self._numbers.get(term)
            if number is not None:
                starts = self._arrays["starts"]
                documents = int(starts[number + 1] - starts[number])
                count = len(self.pks)
                weights[term] = float(np.log(1 + (count - documents + 0.5) / (documents + 0.5)))
        return weights

    # -- disk ----------------------------------------------------------------------------------

    def save(self, folder: Path) -> None:
        """Write into ``folder``."""
        np.savez(folder / _ARRAYS, allow_pickle=False, pks=self.pks, **self._arrays)
        (folder / _VOCABULARY).write_text(json.dumps(self._vocabulary, ensure_ascii=False), encoding="utf-8")

    @classmethod
    def load(cls, folder: Path) -> LexicalIndex:
        """Read what ``save`` wrote; any exception means that it is damaged."""
        with np.load(folder / _ARRAYS) as kept:
            arrays = {name: kept[name] for name in kept.files}
        vocabulary = json.loads((folder / _VOCABULARY).read_text(encoding="utf-8"))
        pks = arrays.pop("pks")
        if arrays and len(arrays["starts"]) != len(vocabulary) + 1:
            raise ValueError("the words do not go with the index")
        return cls(pks, vocabulary, arrays)


def _normed(counts: Counter[int], rarity: np.ndarray) -> dict[int, float]:
    """Counts of one text to tf-idf of length 1, counts damped by their logarithm."""
    if not counts:
        return {}
    values = {number: (1 + np.log(count)) * rarity[number] for number, count in counts.items()}
    length = np.sqrt(sum(value**2 for value in values.values()))
    return {number: float(value / length) for number, value in values.items()}
