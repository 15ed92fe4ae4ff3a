"""Text as people type and paste it, made fit for storing and comparing."""

from __future__ import annotations

import re
import unicodedata

_SURROGATE = re.compile("[\ud800-\udfff]")
_SPACES = re.compile(r"\s+")

# Dropped: control characters, zero-width ones, and those that turn the direction of what follows
# (a name could otherwise be shown as another one).
_DROPPED = dict.fromkeys(
    [c for c in range(0x20) if c not in (0x09, 0x0A)]
    + list(range(0x7F, 0xA0))
    + [0x200B, 0x2060, 0xFEFF]
    + list(range(0x202A, 0x202F))
    + list(range(0x2066, 0x206A))
)
_LINE_ENDS = re.compile("\r\n?|\u2028|\u2029|\x85|\x0b|\x0c")


def mend(text: str) -> str:
    """``text`` with half surrogate pairs replaced by U+FFFD, so that it can be encoded."""
    return text if text.isprintable() else _SURROGATE.sub("\ufffd", text)


def clean(text: str) -> str:
    """``text`` in NFC, with "\\n" line ends, without control characters and outer white space."""
    if not text.isprintable():  # by far the most cells are
        text = _LINE_ENDS.sub("\n", mend(text)).translate(_DROPPED)
    return unicodedata.normalize("NFC", text).strip()


def clean_line(text: str) -> str:
    """``clean`` on one line, each run of white space a single space."""
    text = clean(text)
    return text if text.isprintable() and "  " not in text else _SPACES.sub(" ", text).strip()


def fold(text: str) -> str:
    """``text`` for matching: NFKC, case folded, one line. Full-width forms become ordinary ones."""
    return _SPACES.sub(" ", unicodedata.normalize("NFKC", mend(text)).casefold()).strip()


def key(text: str) -> str:
    """Letters and digits of ``text`` only, folded: equal for headers that differ in dress alone."""
    return "".join(character for character in fold(text) if character.isalnum())


def shown(text: str, width: int = 80) -> str:
    """``text`` on one line, shortened, to be quoted in a message."""
    line = clean_line(text[: 4 * width])
    return line if len(line) <= width else line[: width - 1] + "…"


def has_hangul(text: str) -> bool:
    """Whether ``text`` holds a Korean syllable or letter."""
    return any("가" <= c <= "힣" or "ㄱ" <= c <= "ㆎ" or "\u1100" <= c <= "\u11ff" for c in text)


def listed(text: str, separator: str | None = None) -> tuple[str, ...]:
    """The words of a table written as text, between white space or ``separator``."""
    return tuple(word.strip() for word in text.split(separator) if word.strip())
