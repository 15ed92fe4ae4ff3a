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
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from profiles.importers.sounds import romanise, skeletons

_FOLDER = Path(__file__).parent / "lexicon"
_HANGUL_RUN = re.compile(r"[가-힣]+(?:[ \t]+[가-힣]+)*")
_MOST_WORDS = 4
"""A term is looked for over so many words written apart."""
_SURE_INSIDE = 3
"""Syllables that a term must have to be believed inside a word that starts unknown."""
_PARTICLES = re.compile(
    r"(?:으로부터|에서는|에서의|으로서|으로써|에게서|이라는|로부터|까지는|에서|으로|에게|까지|부터|이나|이며|이고|와의|과의"
    r"|처럼|보다|라는|하는|하여|하고|한|된|의|을|를|이|가|은|는|에|와|과|도|로|및|군|제|계)$"
)
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
    """The Korean of ``text`` in order; other scripts are skipped.

    Args:
        text: NFC or NFKC, any case.
    """
    for run in _HANGUL_RUN.finditer(text):
        yield from _read_run(run[0].split())


def _read_run(words: list[str]) -> Iterator[Term | Unknown]:
    terms, longest = _lexicon()
    at, inside = 0, 0  # word and place in it
    while at < len(words):
        word = words[at]
        if inside >= len(word):
            at, inside = at + 1, 0
            continue
        ahead = word[inside:]
        following = "".join(words[at + 1 : at + _MOST_WORDS])
        stretch = (ahead + following)[:longest]
        size = next((n for n in range(len(stretch), 0, -1) if stretch[:n] in terms), 0)
        if size:
            yield Term(stretch[:size], terms[stretch[:size]])
            at, inside = _moved(words, at, inside, size)
            continue
        if inside == 0:
            later = _later_term(word, terms)
            bare = _PARTICLES.sub("", word) if later is None else word[:later]
            if len(bare) >= _NAME_LENGTH:
                yield Unknown(bare)
            if later is not None:
                inside = later
                continue
        at, inside = at + 1, 0  # a particle or an ending


def _later_term(word: str, terms: dict[str, tuple[tuple[str, ...], ...]]) -> int | None:
    """Where a long enough term begins inside a word whose beginning is not known."""
    for start in range(1, len(word) - _SURE_INSIDE + 1):
        for size in range(len(word) - start, _SURE_INSIDE - 1, -1):
            if word[start : start + size] in terms:
                return start
    return None


def _moved(words: list[str], at: int, inside: int, size: int) -> tuple[int, int]:
    """The place ``size`` syllables on."""
    inside += size
    while at < len(words) and inside >= len(words[at]):
        inside -= len(words[at])
        at += 1
        if inside == 0:
            break
    return at, inside


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
