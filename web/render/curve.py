"""The curve of the total against the worst-off, drawn: an SVG by itself, or a page with a table behind it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache

from babel.numbers import format_percent
from jinja2 import Environment
from markupsafe import Markup

from matcher.schedule.tradeoff import Curve, Point
from web import phrases
from web.phrases import gettext as _
from web.phrases import ngettext
from web.render.timetable.words import meetings, number
from web.render.whole import ROOT, environment

_LEFT, _RIGHT, _TOP, _BOTTOM = 70.0, 590.0, 70.0, 330.0
_STYLE = "static/fairness.css"
_LABEL = 38.0
"""Height of a label with its two lines."""


@dataclass(frozen=True)
class Mark:
    """A point in the drawing, in its units, with what is written beside it.

    Attributes:
        bound: where the bound is, if the value could still be raised to it.
        right, label: where the first line of its label begins.
        fairest: whether this is the point with the most value for the worst-off.
    """

    x: float
    y: float
    bound: float | None
    right: float
    label: float
    value: str
    note: str
    fairest: bool


@dataclass(frozen=True)
class Tick:
    """A place on an axis."""

    at: float
    text: str


def svg(curve: Curve, title: str, *, alone: bool = True) -> str:
    """The drawing in the language in use; it follows the reader's light or dark setting.

    Args:
        curve: with at least one point.
        title: what it is of.
        alone: whether it brings its styles along, which are else ``static/fairness.css``.
    """
    steps = sorted({point.fewest for point in curve.points})
    places = range(steps[0], steps[-1] + 1)
    heights = _ticks(
        min(point.value for point in curve.points),
        max(point.value if point.proven else point.bound for point in curve.points),
    )

    def across(fewest: int) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (fewest - places[0] + 0.5) / len(places)

    def up(value: float) -> float:
        return _BOTTOM - (_BOTTOM - _TOP) * (value - heights[0]) / (heights[-1] - heights[0])

    marks: list[Mark] = []
    for point in curve.points:
        x, y = round(across(point.fewest), 1), up(point.value)
        # Above the point, where the curve does not go on; only down there another one can be in the way.
        fairest = bool(marks) and marks[-1].x == x
        label = max(y - 2, marks[-1].label + _LABEL) if fairest else y - 27
        marks.append(
            Mark(
                x=x,
                right=x + (14 if fairest else 8),
                y=round(y, 1),
                bound=None if point.proven else round(up(point.bound), 1),
                label=round(label, 1),
                value=f"{number(point.value)} ({share(point, curve)})",
                note=meetings(point.meetings),
                fairest=fairest,
            )
        )
    return (
        _environment()
        .get_template("fairness/curve.html")
        .render(
            title=title,
            alone=alone,
            drawing_style=Markup((ROOT / _STYLE).read_text(encoding="utf-8")),  # noqa: S704  (our own)
            description=" ".join(map(sentence, curve.points)),
            marks=marks,
            across=[Tick(round(across(place), 1), phrases.number(place)) for place in places],
            up=[Tick(round(up(value), 1), number(value)) for value in heights],
            frame={"left": _LEFT, "right": _RIGHT, "top": _TOP, "bottom": _BOTTOM},
        )
    )


def page(curve: Curve, title: str) -> bytes:
    """The drawing with its table and what it says, as one HTML file, in the language in use."""
    return (
        _environment()
        .get_template("fairness/page.html")
        .render(
            curve=curve,
            title=title,
            drawing=Markup(svg(curve, title)),  # noqa: S704  (our own template, which escapes)
            rows=rows(curve),
            verdict=conclusion(curve),
            number=number,
        )
        .encode("utf-8", "replace")
    )


def rows(curve: Curve) -> list[tuple[Point, str, str]]:
    """The points for a table: each with its share of the most, and what was proven of it."""
    return [(point, share(point, curve), verdict(point)) for point in curve.points]


def share(point: Point, curve: Curve) -> str:
    """How much of the greatest value is left: "97.3%"."""
    most = max(each.value for each in curve.points)
    return format_percent(point.value / most if most else 1.0, "0.#%", locale=phrases.language())


def sentence(point: Point) -> str:
    """A point in words."""
    return _(
        "With {fewest} for every startup, worth {least} or more to each, all meetings are worth {value}.",
        fewest=at_least(point.fewest),
        least=number(point.least),
        value=number(point.value),
    )


def at_least(fewest: int) -> str:
    """How many meetings the worst-off has."""
    return ngettext("at least {number} meeting", "at least {number} meetings", fewest)


def verdict(point: Point) -> str:
    """What was proven of a point."""
    return _("Proven best") if point.proven else _("At most {bound}", bound=number(point.bound))


def conclusion(curve: Curve) -> str:
    """Whether the curve could go on."""
    if curve.complete:
        return _("Proven: the worst-off startup cannot have more meetings, and no total can be higher.")
    reached = max(point.fewest for point in curve.points)
    if reached == curve.most:
        return _("Proven: the worst-off startup cannot have more meetings. Totals may be higher.")
    return _(
        "Time ran out: the worst-off startup may have up to {most} meetings, and totals may be higher.",
        most=phrases.number(curve.most),
    )


def _ticks(low: float, high: float) -> list[float]:
    """Three to seven round numbers, from below the lowest value to above the highest."""
    spread = max(high - low, abs(high) * 0.02, 1e-3)
    rough = spread / 4
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * power for factor in (1, 2, 5, 10) if factor * power >= rough)
    first, last = math.floor(low / step), math.ceil(high / step)
    return [place * step for place in range(max(first, 0), max(last, first + 1) + 1)]


@cache
def _environment() -> Environment:
    return environment("templates/timetable/timetable.css")
