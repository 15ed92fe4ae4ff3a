"""How wide a text is about, without a browser: names are cut to what their place holds."""

from __future__ import annotations

import unicodedata

_NARROW = frozenset("iljI.,:;'|!()[]·‘’ ")
_BROAD = frozenset("mwMW@%&")


def width(text: str) -> float:
    """The width of a text in em, as system fonts set it; a little too wide rather than too narrow."""
    return sum(map(_advance, text))


def shortened(text: str, most: float) -> str:
    """The text if it is at most ``most`` em wide, else its beginning with an ellipsis."""
    if width(text) <= most:
        return text
    left, kept = most - 1.0, 0
    for letter in text:
        left -= _advance(letter)
        if left < 0:
            break
        kept += 1
    return text[:kept].rstrip(" ,.-·(") + "…"


def _advance(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if letter in _NARROW:
        return 0.32
    if letter in _BROAD:
        return 0.92
    return 0.68 if letter.isupper() else 0.57
