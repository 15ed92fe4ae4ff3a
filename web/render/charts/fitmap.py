"""Startups and partners in one plane, those that fit near each other, with names beside some."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import product

from babel.numbers import format_decimal

from matcher.fitmap import NEAREST, FitMap
from profiles.model import Kind, Profile, Side
from web import phrases
from web.phrases import gettext as _
from web.render.charts.frame import NARROW, WIDE, Column, Row, Table, share
from web.render.charts.letters import shortened, width

ASPECTS = (1.5, 1.25, 1.0)
"""Width over height of the drawing, whichever suits the map; the style sheet has a class for each."""
NAMED = 6
"""So many of the nearest are named."""

_EDGE = 4.0
"""Room around the outermost points, in percent of the width."""
_DOT = 5.0
_FONT, _LINE = 12.0, 15.0
_MOST = 0.34
"""How much of the width a name may take."""
BADGE = 8.0
"""Radius in pixels of a number's disc."""
_ANGLES = (0, 180, -25, 25, -155, 155, -50, 50, -130, 130, -90, 90)
_REACH = (9.0, 14.0, 20.0, 28.0, 38.0, 50.0)
"""Where a name or number may stand: from its point in these directions, so many pixels away."""
_RING = 14.0
"""How far from the highlighted point, around which there is a ring."""
_LEAD = 20.0
"""From so far away a line leads to the name."""


@dataclass(frozen=True)
class Place:
    """An organisation on the map.

    Attributes:
        name: in the reader's language.
        x, y: its position, to the right and upwards, in whatever unit.
        link: where a click on it leads.
    """

    id: str
    name: str
    kind: Kind
    x: float
    y: float
    link: str | None = None

    @property
    def side(self) -> Side:
        """The side it is of."""
        return Side.STARTUP if self.kind is Kind.STARTUP else Side.PARTNER


@dataclass(frozen=True)
class Dot:
    """A point of the drawing, in percent of its width and height; y grows downwards."""

    place: Place
    x: float
    y: float

    @property
    def title(self) -> str:
        """Name and kind."""
        return f"{self.place.name} · {phrases.kind_name(self.place.kind)}"


@dataclass(frozen=True)
class Label:
    """A name beside a point, or a number on it or beside it.

    Attributes:
        text: as much of the name as there is room for; or the number, from 1.
        dx, dy: from the point to where the text begins, ends or has its middle (by ``anchor``), in pixels;
            upright, to the middle of its line.
        anchor: as SVG has it: "start", "end" or "middle".
        lead: whether it is so far away that a line has to lead to it.
    """

    dot: Dot
    text: str
    dx: float
    dy: float
    anchor: str
    lead: bool


@dataclass(frozen=True)
class Picture:
    """The drawing.

    Attributes:
        dots: all but the highlighted one.
        kinds: those on the map, startups first.
        highlight: the reader's organisation.
        near: the named ones, nearest first.
        narrow: their numbers, as a phone has no room for names: a list beside the drawing has these.
        wide: the names; that of the highlighted one comes first.
        nearest: for every place, in the order given, its nearest of the other side.
        explained, found: see ``matcher.fitmap.FitMap``.
        partners: how many there are.
        aspect: width over height, one of ``ASPECTS``.
    """

    dots: tuple[Dot, ...]
    kinds: tuple[Kind, ...]
    highlight: Dot | None
    near: tuple[Dot, ...]
    narrow: tuple[Label, ...]
    wide: tuple[Label, ...]
    places: tuple[Place, ...]
    nearest: tuple[tuple[Place, ...], ...]
    explained: float
    found: float
    partners: int
    aspect: float

    @property
    def title(self) -> str:
        """What it shows."""
        if self.highlight is not None:
            return _("Who fits {name}, as a map", name=phrases.Name(self.highlight.place.name))
        return _("Startups and partners, as a map of fit")

    @property
    def description(self) -> str:
        """How it is to be read, and how far it can be trusted."""
        if not self.places:
            return _("There is nobody to show.")
        said = [
            _(
                "Startups lie near the partners they fit; partners that fit many lie in the middle. "
                "Distances tell {share} of how the scores differ.",
                share=share(self.explained, 1.0),
            )
        ]
        if self.partners > NEAREST:
            said.append(
                _(
                    "Of a startup's {number} best partners, {found} on average are among the {number} "
                    "nearest to it.",
                    number=phrases.number(NEAREST),
                    found=format_decimal(self.found, "0.#", locale=phrases.language()),
                )
            )
        return " ".join(said)

    @property
    def linked(self) -> bool:
        """Whether any point leads anywhere."""
        return any(place.link for place in self.places)

    def kind_name(self, kind: Kind) -> str:
        """A kind, for the legend."""
        return phrases.kind_name(kind, many=True)

    def table(self) -> Table:
        """A row for every organisation: where it is, and who of the other side is nearest."""
        return Table(
            (
                Column(_("Name")),
                Column(_("Kind")),
                Column(_("Nearest on the map")),
                Column(_("To the right"), number=True),
                Column(_("Upwards"), number=True),
            ),
            tuple(
                Row(
                    (
                        place.name,
                        phrases.kind_name(place.kind),
                        phrases.listed([other.name for other in others]),
                        _coordinate(place.x),
                        _coordinate(place.y),
                    ),
                    place.link,
                )
                for place, others in zip(self.places, self.nearest, strict=True)
            ),
        )


def places_of(
    found: FitMap,
    startups: Sequence[Profile],
    partners: Sequence[Profile],
    link: Callable[[Profile], str | None] = lambda _profile: None,
) -> list[Place]:
    """The organisations of a map, named for the reader of the language in use.

    Args:
        startups, partners: in the order of the scores that the map was made from.
        link: where a profile leads, if anywhere.
    """
    sides = ((startups, found.startups), (partners, found.partners))
    return [
        Place(profile.id, str(phrases.name(profile)), profile.kind, float(at[0]), float(at[1]), link(profile))
        for profiles, points in sides
        for profile, at in zip(profiles, points, strict=True)
    ]


def fit_picture(
    places: Iterable[Place],
    *,
    explained: float = 0.0,
    found: float = 0.0,
    highlight: str | None = None,
    near: Sequence[str] | None = None,
) -> Picture:
    """The drawing of these places.

    Args:
        explained, found: how true the map is, see ``matcher.fitmap.FitMap``.
        highlight: id of the reader's organisation; one that is not on the map is passed over.
        near: ids of those to be named, as the best of its list; by default the ``NAMED`` nearest of the other
            side if somebody is highlighted, else nobody.
    """
    every = tuple(places)
    aspect = _aspect(every)
    dots = dict(zip([place.id for place in every], _drawn(every, aspect), strict=True))
    own = dots.get(highlight) if highlight is not None else None
    if near is None:
        near = [] if own is None else [each.id for each in _nearest(own.place, every, NAMED)]
    named = [dots[each] for each in dict.fromkeys(near) if each in dots and dots[each] is not own]
    if own is not None:
        named.sort(key=lambda dot: (_apart(dot.place, own.place), dot.place.id))
    return Picture(
        dots=tuple(dot for dot in dots.values() if dot is not own),
        kinds=tuple(kind for kind in Kind if any(place.kind is kind for place in every)),
        highlight=own,
        near=tuple(named),
        narrow=_numbers(own, named, list(dots.values()), (NARROW, NARROW / aspect)),
        wide=_names(own, named, list(dots.values()), (WIDE, WIDE / aspect)),
        places=every,
        nearest=tuple(tuple(_nearest(place, every, 3)) for place in every),
        explained=explained,
        found=found,
        partners=sum(place.side is Side.PARTNER for place in every),
        aspect=aspect,
    )


def _spread(values: Sequence[float]) -> float:
    return max(max(values) - min(values), 1e-9) if values else 1.0


def _aspect(places: Sequence[Place]) -> float:
    """The shape that the places fill best."""
    ratio = _spread([place.x for place in places]) / _spread([place.y for place in places])
    return next((aspect for aspect in ASPECTS if aspect <= ratio), ASPECTS[-1])


def _drawn(places: Sequence[Place], aspect: float) -> list[Dot]:
    """All places at one scale for both directions, their middle in the middle."""
    xs, ys = [place.x for place in places], [place.y for place in places]
    # Percent of the drawing's width for one unit of the map.
    scale = min((100.0 - 2 * _EDGE) / _spread(xs), (100.0 / aspect - 2 * _EDGE) / _spread(ys))
    return [
        Dot(
            place,
            x=round(50.0 + (place.x - (min(xs) + max(xs)) / 2) * scale, 2),
            y=round(50.0 - (place.y - (min(ys) + max(ys)) / 2) * scale * aspect, 2),
        )
        for place in places
    ]


def _apart(one: Place, other: Place) -> float:
    return math.hypot(one.x - other.x, one.y - other.y)


def _nearest(place: Place, places: Sequence[Place], number: int) -> list[Place]:
    others = [other for other in places if other.side is not place.side]
    return sorted(others, key=lambda other: (_apart(place, other), other.id))[:number]


def _coordinate(value: float) -> str:
    return format_decimal(value, "0.00", locale=phrases.language())


_Point = tuple[float, float]
_Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels."""
_Offer = tuple[float, Label, _Box]
"""Where a label could stand, and how bad that would be."""


def _names(own: Dot | None, named: Sequence[Dot], dots: Sequence[Dot], size: _Point) -> tuple[Label, ...]:
    """A place for each name where it covers no other and few points; one without any is left out."""

    def offers(dot: Dot, _number: int) -> Iterable[_Offer]:
        text = shortened(dot.place.name, _MOST * size[0] / _FONT)
        length = width(text) * _FONT
        for reach, angle in product(_REACH, _ANGLES):
            if dot is own and reach < _RING:
                continue
            dx, dy = _away(reach, angle)
            anchor = "middle" if abs(dx) < 1 else "start" if dx > 0 else "end"
            left = dx - {"start": 0.0, "middle": length / 2, "end": length}[anchor]
            box = (left, dy - _LINE / 2, left + length, dy + _LINE / 2)
            yield reach / 8, Label(dot, text, dx, dy, anchor, reach >= _LEAD), box

    labelled = [own, *named] if own is not None else named
    return _laid_out(labelled, offers, dots, size, _ring(own, size))


def _numbers(own: Dot | None, named: Sequence[Dot], dots: Sequence[Dot], size: _Point) -> tuple[Label, ...]:
    """The same for numbers, which stand on their points if that hides nobody who matters."""

    def offers(dot: Dot, number: int) -> Iterable[_Offer]:
        for reach, angle in [(0.0, 0), *product(_REACH[1:], _ANGLES)]:
            dx, dy = _away(reach, angle)
            box = (dx - BADGE, dy - BADGE, dx + BADGE, dy + BADGE)
            yield reach / 8, Label(dot, str(number), dx, dy, "middle", reach > 0), box

    return _laid_out(named, offers, dots, size, _ring(own, size))


def _laid_out(
    labelled: Sequence[Dot],
    offers: Callable[[Dot, int], Iterable[_Offer]],
    dots: Sequence[Dot],
    size: _Point,
    taken: list[_Box],
) -> tuple[Label, ...]:
    """The best offer for one after the other that is inside and meets no box that is taken.

    Laid out for a drawing of this size in pixels; in a larger one points move apart and labels do not grow.
    """
    points = [_pixels(dot, size) for dot in dots]
    kept = [_pixels(dot, size) for dot in labelled]
    found: list[Label] = []
    leads: list[_Point] = []
    for number, dot in enumerate(labelled, start=1):
        at = _pixels(dot, size)
        best: _Offer | None = None
        for distance, label, around in offers(dot, number):
            box = _shifted(around, at)
            inside = box[0] >= 0 and box[1] >= 0 and box[2] <= size[0] and box[3] <= size[1]
            if not inside or any(_meet(box, other) for other in taken):
                continue
            # To cover one of those that are labelled, or its line, is as bad as to stand far away.
            cost = distance + sum(_holds(box, point) for point in points if point != at)
            cost += 4 * sum(_holds(box, point) for point in kept if point != at)
            cost += 4 * any(_holds(box, point) for point in leads)
            cost += 4 * any(_holds(other, point) for point in _lead(label, at) for other in taken)
            if best is None or cost < best[0]:
                best = cost, label, box
        if best is not None:
            found.append(best[1])
            leads += _lead(best[1], at)
            taken.append(best[2])
    return tuple(found)


def _ring(own: Dot | None, size: _Point) -> list[_Box]:
    return [] if own is None else [_shifted((-9.0, -9.0, 9.0, 9.0), _pixels(own, size))]


def _lead(label: Label, at: _Point) -> list[_Point]:
    """Some points of the line that leads to a label, if there is one."""
    steps = (0.3, 0.5, 0.7) if label.lead else ()
    return [(at[0] + label.dx * step, at[1] + label.dy * step) for step in steps]


def _pixels(dot: Dot, size: _Point) -> _Point:
    return dot.x / 100 * size[0], dot.y / 100 * size[1]


def _away(reach: float, angle: float) -> _Point:
    turn = math.radians(angle)
    return round(reach * math.cos(turn), 1), round(reach * math.sin(turn), 1)


def _shifted(box: _Box, at: _Point) -> _Box:
    return box[0] + at[0], box[1] + at[1], box[2] + at[0], box[3] + at[1]


def _meet(one: _Box, other: _Box) -> bool:
    return one[0] < other[2] and other[0] < one[2] and one[1] < other[3] and other[1] < one[3]


def _holds(box: _Box, point: _Point) -> bool:
    """Whether a box covers a point, or part of its mark."""
    across = box[0] - _DOT < point[0] < box[2] + _DOT
    return across and box[1] - _DOT / 2 < point[1] < box[3] + _DOT / 2
