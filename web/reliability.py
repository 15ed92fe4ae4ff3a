"""The reliability curve: what was predicted beside what came of it, laid out for a drawing and a table."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any

SIZE = 100.0
"""Both axes of the drawing go from 0 to this."""

SMALLEST, LARGEST = 1.5, 4.0
"""Radii of the points: the area grows with the number of pairs."""


@dataclass(frozen=True)
class Point:
    """Pairs of about the same predicted probability.

    Attributes:
        low, high: from where to where they were predicted, 0 to 1.
        pairs: how many.
        predicted, observed: mean prediction, and share that was fruitful.
        x, y, radius: in the drawing, whose y grows downwards.
    """

    low: float
    high: float
    pairs: int
    predicted: float
    observed: float
    x: float
    y: float
    radius: float


@dataclass(frozen=True)
class Curve:
    """Points from left to right."""

    points: tuple[Point, ...]

    @property
    def line(self) -> str:
        """The points as an SVG polyline takes them."""
        return " ".join(f"{point.x},{point.y}" for point in self.points)


def curve(bins: Iterable[Mapping[str, Any]]) -> Curve | None:
    """The curve over bins of ``from``, ``to``, ``pairs``, ``predicted``, ``observed``; None without pairs."""
    filled = sorted((each for each in bins if each["pairs"]), key=lambda each: float(each["predicted"]))
    most = max((int(each["pairs"]) for each in filled), default=0)
    points = [
        Point(
            low=float(each["from"]),
            high=float(each["to"]),
            pairs=int(each["pairs"]),
            predicted=float(each["predicted"]),
            observed=float(each["observed"]),
            x=round(SIZE * float(each["predicted"]), 2),
            y=round(SIZE * (1.0 - float(each["observed"])), 2),
            radius=round(SMALLEST + (LARGEST - SMALLEST) * sqrt(int(each["pairs"]) / most), 2),
        )
        for each in filled
    ]
    return Curve(tuple(points)) if points else None
