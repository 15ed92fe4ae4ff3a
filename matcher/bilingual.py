"""What Korean words are called in English: our own term list, and names known by their sound.

The list (``lexicon/*.tsv``) holds a concept a line: English forms, a tab, Korean forms, each separated by
``|``. Korean is written without spaces there, as compounds are spaced at will. A Korean text is read by the
longest match from the beginning of each word and on from every match, so that 비소세포폐암환자에서 gives
non-small cell lung cancer and patient, and the particle stays unread. Matches do not begin inside a word that
starts unknown, because short words stand inside others by chance (전이 in 발전이), unless they are long.
"""

from __future__ import annotations

import re
import unicodedata
import zlib
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from profiles.importers.sounds import romanise, skeletons

_FOLDER = Path(__file__).parent / "lexicon"
# What terms are written with: some hold Latin letters and numbers (T세포, PD-1억제제).
_RUN = re.compile(r"[가-힣a-z0-9'/:\- \t]+")
_PIECE = re.compile(r"[가-힣]+|[a-z0-9]+")
_HANGUL = re.compile(r"[가-힣]")
_MOST_WORDS = 4
"""A term is looked for over so many words written apart."""
_SURE_INSIDE = 3
"""Syllables that a term must have to be believed inside a word that starts unknown."""
_PARTICLE = (
    "으로부터|에서는|에서의|으로서|으로써|에게서|이라는|로부터|까지는|에서|으로|에게|까지|부터|이나|이며|이고|와의|과의"
    "|처럼|보다|라는|하는|하여|하고|한|된|의|을|를|이|가|은|는|에|와|과|도|로|및|군|제|계"
)
_PARTICLES = re.compile(f"(?:{_PARTICLE})$")
_ENDINGS = re.compile(f"(?:{_PARTICLE}|만|들|별|인|이다|입니다)+")
_NAME_LENGTH = 3
"""Fewer syllables than this say too little of a name's sound."""


@dataclass(frozen=True)
class Term:
    """A stretch of Korean that is understood.

    Attributes:
        written: the stretch as it stands, spaces included.
        meanings: for each concept it may stand for, its English forms, the usual one first.
    """

    written: str
    meanings: tuple[tuple[str, ...], ...]


@dataclass(frozen=True)
class Unknown:
    """A Korean word, without its particle, that the list does not have: perhaps a name."""

    written: str


@cache
def lexicon_check() -> int:
    """A checksum of the list: indexes made with another one are made anew."""
    check = 0
    for file in sorted(_FOLDER.glob("*.tsv")):
        check = zlib.crc32(file.read_bytes(), check)
    return check


def entries(name: str = "*") -> Iterator[tuple[tuple[str, ...], tuple[str, ...]]]:
    """(English forms, Korean forms) of each line of the list, or of one file of it."""
    for file in sorted(_FOLDER.glob(f"{name}.tsv")):
        for line in file.read_text(encoding="utf-8").splitlines():
            if line and not line.startswith("#"):
                english, korean = line.split("\t")
                yield tuple(english.split("|")), tuple(korean.split("|"))


@cache
def _lexicon() -> tuple[dict[str, tuple[tuple[str, ...], ...]], int]:
    """Korean form -> its meanings, and the length of the longest form."""
    found: dict[str, list[tuple[str, ...]]] = {}
    for english, korean in entries():
        for form in korean:
            known = found.setdefault(unicodedata.normalize("NFC", form).replace(" ", "").casefold(), [])
            if english not in known:
                known.append(english)
    terms = {form: tuple(meanings) for form, meanings in found.items()}
    return terms, max(map(len, terms))


def read_korean(text: str) -> Iterator[Term | Unknown]:
    """The Korean of ``text`` in order; words wholly in other scripts are skipped.

    Args:
        text: NFKC and casefolded.
    """
    for run in _RUN.finditer(text):
        if _HANGUL.search(run[0]):
            yield from _read_run(run[0])


def _read_run(run: str) -> Iterator[Term | Unknown]:
    terms, _ = _lexicon()
    letters = _Letters(run)
    read = 0
    for first, end in letters.pieces:
        at = max(first, read)
        while at < end:
            if size := letters.longest_term(at):
                yield Term(letters.written(at, size), terms[letters.joined[at : at + size]])
                at = read = at + size
                continue
            piece = letters.joined[first:end]
            if at > first or not _HANGUL.match(piece):
                break  # a particle or an ending, or a foreign word
            later = _later_term(piece, terms)
            bare = _PARTICLES.sub("", piece) if later is None else piece[:later]
            if len(bare) >= _NAME_LENGTH:
                yield Unknown(bare)
            if later is None:
                break
            at = first + later


class _Letters:
    """A run of words without its spaces, and where in it words and scripts begin."""

    def __init__(self, run: str) -> None:
        self._run = run
        self._places = [at for at, letter in enumerate(run) if not letter.isspace()]
        self.joined = "".join(run[at] for at in self._places)
        position = {place: at for at, place in enumerate(self._places)}
        self.pieces = [
            (position[piece.start()], position[piece.end() - 1] + 1) for piece in _PIECE.finditer(run)
        ]
        self._inside_foreign = {
            at
            for first, end in self.pieces
            if not _HANGUL.match(self.joined[first])
            for at in range(first + 1, end)
        }
        words = [position[word.start()] for word in re.finditer(r"\S+", run)]
        self._word_ends = [*words[1:], len(self.joined)]

    def longest_term(self, at: int) -> int:
        """The length of the longest term that begins at ``at``; 0 where none does."""
        terms, longest = _lexicon()
        word = bisect_right(self._word_ends, at)
        own_end = self._word_ends[word]
        limit = min(at + longest, self._word_ends[min(word + _MOST_WORDS, len(self._word_ends)) - 1])
        if not _HANGUL.search(self.joined, at, limit):
            return 0
        return next(
            (
                end - at
                for end in range(limit, at, -1)
                if end not in self._inside_foreign
                and self.joined[at:end] in terms
                and (at + 1 < end <= own_end or self._ends_a_word(end))
            ),
            0,
        )

    def _ends_a_word(self, end: int) -> bool:
        """Whether what ends here may be a word of its own.

        Asked of single syllables and of terms that reach into another word: 간 is the liver in 간은 and
        간수치, but not in 간격; 심장 병원 is a heart hospital, not heart disease and a rest.
        """
        rest = next((self.joined[end:last] for first, last in self.pieces if first < end < last), "")
        return not rest or _ENDINGS.fullmatch(rest) is not None or self.longest_term(end) > 0

    def written(self, at: int, size: int) -> str:
        """The stretch as it stands."""
        return self._run[self._places[at] : self._places[at + size - 1] + 1]


def _later_term(word: str, terms: dict[str, tuple[tuple[str, ...], ...]]) -> int | None:
    """Where a long enough term begins inside a word whose beginning is not known."""
    for start in range(1, len(word) - _SURE_INSIDE + 1):
        for size in range(len(word) - start, _SURE_INSIDE - 1, -1):
            if word[start : start + size] in terms:
                return start
    return None


class SoundKeys:
    """Latin words by how they sound, to be found from Hangul: 니볼루맙 finds nivolumab.

    A name is found by its consonant skeleton; among several the one with the most similar vowels is taken.
    """

    def __init__(self, words: Iterator[str] | list[str]) -> None:
        self._by_skeleton: dict[str, list[str]] = {}
        for word in words:
            if len(word) >= 4 and word.isascii() and word.isalpha():
                for skeleton in skeletons(word):
                    if len(skeleton) >= 3:
                        self._by_skeleton.setdefault(skeleton, []).append(word)

    def find(self, hangul: str) -> str | None:
        """The word that sounds most like ``hangul``, or None where none is close."""
        from rapidfuzz import fuzz

        sound = romanise(hangul)
        candidates = {
            word
            for skeleton in skeletons(sound)
            if len(skeleton) >= 3
            for word in self._by_skeleton.get(skeleton, ())
        }
        best = max(candidates, key=lambda word: (fuzz.ratio(sound, word), word), default=None)
        return best if best is not None and fuzz.ratio(sound, best) >= 60 else None
