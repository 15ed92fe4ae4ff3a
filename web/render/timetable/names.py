"""File names made of ids: safe on every file system, and different for every id."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Sequence

_PLAIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,59}")
_HASHED = re.compile(r".*-[0-9a-f]{16}", re.IGNORECASE)
_RESERVED = re.compile(r"all|con|prn|aux|nul|com[0-9]|lpt[0-9]", re.IGNORECASE)  # ours; by Windows

Key = tuple[str, str]
"""A sort of thing ("participant", "interpreter", ...) and an id of that sort."""


def stems(keys: Sequence[Key]) -> dict[Key, str]:
    """Names of files, without an ending, that may lie in one folder.

    An id of letters, digits, "-" and "_" is its own name; one that holds anything else, that another id
    differs from in case alone, or that an earlier sort has too, gets a part of its hash.
    """
    folded = Counter(name.casefold() for name in {name for _, name in keys})
    found: dict[Key, str] = {}
    taken: set[str] = set()
    for sort, name in keys:
        own = folded[name.casefold()] == 1 and name not in taken
        taken.add(name)
        plain = _PLAIN.fullmatch(name) and not _HASHED.fullmatch(name) and not _RESERVED.fullmatch(name)
        found[sort, name] = name if own and plain else _hashed(sort, name)
    return found


def _hashed(sort: str, name: str) -> str:
    readable = re.sub(r"[^a-z0-9]+", "-", name.lower())[:40].strip("-") or sort
    return f"{readable}-{hashlib.sha256(f'{sort} {name}'.encode()).hexdigest()[:16]}"
