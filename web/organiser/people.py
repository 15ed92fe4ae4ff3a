"""What organisations are called on an event's pages, and addresses of pages that may not be there."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from flask import current_app, url_for

from web import phrases
from web.access import store
from web.phrases import Name


def namer(ids: Iterable[str]) -> Callable[[str], Name]:
    """Id -> the organisation's name for the reader; the id itself where it is no longer stored."""
    known = store().get_many(list(dict.fromkeys(ids)))
    return lambda who: phrases.name(known[who]) if who in known else Name(who)


def address(endpoint: str, **values: Any) -> str:
    """The address of a view; empty where this application has none of that name."""
    return url_for(endpoint, **values) if endpoint in current_app.view_functions else ""
