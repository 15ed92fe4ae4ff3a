"""Text fit for a cell of a spreadsheet."""

from __future__ import annotations

import re

from profiles.importers.rejected import escape
from profiles.importers.text import mend

# Control characters mean nothing in a cell, and XML forbids most.
_UNPRINTABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def harmless(text: str) -> str:
    """``text`` so that no spreadsheet runs it, without what a cell cannot hold; see ``escape``."""
    return escape(_UNPRINTABLE.sub("", mend(text)))
