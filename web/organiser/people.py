"""What organisations are called on an event's pages."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from web import phrases
from web.access import store
from web.phrases import Name


def namer(ids: Iterable[str]) -> Callable[[str], Name]:
    """Id -> the organisation's name for the reader; the id itself where it is no longer stored."""
    known = store().get_many(list(dict.fromkeys(ids)))
    return lambda who: phrases.name(known[who]) if who in known else Name(who)
