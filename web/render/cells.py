"""Text fit for a cell of a spreadsheet."""

from __future__ import annotations

import re

from profiles.importers.rejected import escape
from profiles.importers.text import mend

# Besides what ``escape`` knows: a leading line feed, and the full-width signs that East Asian editions of
# Excel read like = + - @. Control characters mean nothing in a cell, and XML forbids most.
_ALSO_DANGEROUS = re.compile("'*[\n＝＋－＠]")
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def harmless(text: str) -> str:
    """``text`` so that no spreadsheet runs it: what could start a formula gets an apostrophe before it."""
    text = _UNPRINTABLE.sub("", mend(text))
    return "'" + text if _ALSO_DANGEROUS.match(text) else escape(text)
