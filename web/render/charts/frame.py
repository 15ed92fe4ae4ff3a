"""What all pictures share: the table behind each, axes, and sizes that fit a phone and a desk.

A drawing is laid out in percent of the width and in pixels of the height, so that texts keep their size
however wide it is shown. What depends on the width for all that (cut names, labels beside points) is laid out
twice, for ``NARROW`` and for ``WIDE`` pixels and whatever is wider; the style sheet shows one of the two.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from babel.numbers import format_percent

from web import phrases

NARROW, WIDE = 320, 640
"""The least width in pixels of either layout; the style sheet changes over at ``WIDE``."""


@dataclass(frozen=True)
class Column:
    """A column of a table; ``number``: whether it holds numbers, which stand at the right and in one line."""

    text: str
    number: bool = False


@dataclass(frozen=True)
class Row:
    """A row of a table, its first cell being the head of the row; ``link``: where that cell leads."""

    cells: tuple[str, ...]
    link: str | None = None


@dataclass(frozen=True)
class Table:
    """The numbers behind a picture, ready to show."""

    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True)
class Tick:
    """A place on an axis: where, in percent of the axis, and for what value."""

    at: float
    value: int


@dataclass(frozen=True)
class Names:
    """A name in full, and as it fits into a column of the narrow and of the wide layout."""

    full: str
    narrow: str
    wide: str


def ticks(most: int, number: int = 4) -> tuple[Tick, ...]:
    """Whole round numbers from 0 to ``most`` or just below it, about ``number`` of them above 0."""
    rough = max(most, 1) / number
    power = 10 ** math.floor(math.log10(max(rough, 1)))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    return tuple(Tick(part(value, most), value) for value in range(0, max(most, 0) + 1, step))


def part(value: float, whole: float) -> float:
    """How many percent of the whole a value is, to 0.01; 0 of nothing."""
    return round(100.0 * value / whole, 2) if whole else 0.0


def share(value: float, whole: float) -> str:
    """“84%”; a dash where there is nothing to have a share of."""
    return format_percent(value / whole, "0%", locale=phrases.language()) if whole else "–"
