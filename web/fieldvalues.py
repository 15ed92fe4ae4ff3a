"""The values of a profile's fields as people read them, whatever sort they are."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from babel.numbers import format_decimal

from web.phrases import (
    country_name,
    kind_name,
    language,
    language_name,
    side_name,
    stage_name,
    topic_name,
)
from web.uploading import FieldChange

MONEY = frozenset({"raising_usd", "ticket_min_usd", "ticket_max_usd"})

_NAMES: dict[str, Callable[[str], str]] = {
    "side": side_name,
    "kind": kind_name,
    "topics": topic_name,
    "stage": stage_name,
    "stages": stage_name,
    "country": country_name,
    "markets": country_name,
    "languages": language_name,
}


@dataclass(frozen=True)
class Difference:
    """What a change takes from a field and what it puts there, as texts; entries that stay are not told."""

    name: str
    gone: tuple[str, ...]
    new: tuple[str, ...]


def entries(name: str, value: Any) -> list[str]:
    """The entries of a field of a record as texts; none where it says nothing."""
    if value in (None, "", [], {}, ()):
        return []
    if isinstance(value, dict):
        return [f"{header}: {text}" for header, text in value.items()]
    several = value if isinstance(value, list | tuple) else [value]
    if name in MONEY:
        return [f"US${format_decimal(each, locale=language())}" for each in several]
    named = _NAMES.get(name, str)
    return [named(each) for each in several]


def difference(change: FieldChange) -> Difference:
    """A change of a field in words."""
    before, after = entries(change.name, change.before), entries(change.name, change.after)
    if sorted(before) == sorted(after):  # another order only
        return Difference(change.name, tuple(before), tuple(after))
    return Difference(
        change.name,
        tuple(each for each in before if each not in after),
        tuple(each for each in after if each not in before),
    )
