"""Other names of one medicine: Visudyne is verteporfin, MK-3475 is pembrolizumab.

Taken from ``lexicon/medicines.tsv``, whose lines hold a substance each with its nonproprietary name first.
Other term lists are left out: their English forms are near in meaning, not the same thing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache

from matcher.bilingual import entries

_LATIN = re.compile(r"[a-z0-9]+")
_MOST_WORDS = 3
_SHORTEST = 4
"""Shorter names (TDF, EPA) mean other things too."""


@cache
def _proper_names() -> dict[str, str]:
    """Other name, its words joined by spaces -> nonproprietary name."""
    found: dict[str, str] = {}
    for english, _ in entries("medicines"):
        for other in english[1:]:
            key = " ".join(_LATIN.findall(other.casefold()))
            if len(key) >= _SHORTEST:
                found.setdefault(key, english[0])
    return found


def substances(text: str) -> Iterator[tuple[str, str]]:
    """(name as written, nonproprietary name) of each medicine that ``text`` calls by another name.

    Args:
        text: casefolded.
    """
    words: Sequence[str] = _LATIN.findall(text)
    names = _proper_names()
    for start in range(len(words)):
        for size in range(_MOST_WORDS, 0, -1):
            written = " ".join(words[start : start + size])
            if written in names:
                yield written, names[written]
                break
