"""Tables in use over the day, out of how many are open."""

from __future__ import annotations

import datetime
import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise

from babel.dates import format_date

from profiles.event import Event, Schedule, Slot
from profiles.event import Table as Place
from web import phrases
from web.phrases import gettext as _
from web.render.charts.frame import NARROW, Column, Row, Table, Tick, part, share, ticks

PLOT = (8.0, 99.5)
"""From where to where the hours go, in percent of the width."""
HEAD, PLOTTED, FOOT = 30, 120, 30
"""Heights in pixels: the day's name, the bars, the hours below them."""
DAY = HEAD + PLOTTED + FOOT
_HOUR, _MINUTE = datetime.timedelta(hours=1), datetime.timedelta(minutes=1)
_CLOCK = 46.0
"""Pixels that a time on the axis takes, with air."""


@dataclass(frozen=True)
class Step:
    """A stretch of time in which nothing changes.

    Attributes:
        start, end: in the event's local time.
        used, open: tables in use, and tables that could be.
        x, width: in percent of the drawing's width.
        bar: its height in pixels.
    """

    start: datetime.datetime
    end: datetime.datetime
    used: int
    open: int
    x: float
    width: float
    bar: float

    @property
    def clock(self) -> str:
        """“09:00–09:20”."""
        return f"{self.start:%H:%M}–{self.end:%H:%M}"

    @property
    def minutes(self) -> float:
        """How long it is."""
        return (self.end - self.start) / _MINUTE


@dataclass(frozen=True)
class Line:
    """A piece of the line of open tables: across in percent of the width, up in pixels over the bottom."""

    x1: float
    x2: float
    up1: float
    up2: float


@dataclass(frozen=True)
class Hour:
    """A time on the axis, in percent of the drawing's width."""

    at: float
    text: str


@dataclass(frozen=True)
class Day:
    """One day; ``y``: its top, in pixels."""

    date: datetime.date
    steps: tuple[Step, ...]
    lines: tuple[Line, ...]
    hours: tuple[Hour, ...]
    y: int

    @property
    def name(self) -> str:
        """The date with its weekday."""
        return format_date(self.date, "full", locale=phrases.language())


@dataclass(frozen=True)
class Timeline:
    """The drawing; ``height`` in pixels, ticks in percent of the bars' height from the bottom.

    Attributes:
        left, right: from where to where the hours go, in percent of the width.
        bottom: where the bars of a day stand, in pixels from its top.
        plotted: the bars' height, in pixels.
    """

    days: tuple[Day, ...]
    ticks: tuple[Tick, ...]
    height: int
    left: float = PLOT[0]
    right: float = PLOT[1]
    bottom: int = HEAD + PLOTTED
    plotted: int = PLOTTED

    @property
    def steps(self) -> tuple[Step, ...]:
        """Those of all days."""
        return tuple(step for day in self.days for step in day.steps)

    @property
    def title(self) -> str:
        """What it shows."""
        return _("Tables in use over the day")

    @property
    def description(self) -> str:
        """The whole of it in a sentence or two."""
        if not self.days:
            return _("The event has no slots.")
        busiest = max(self.steps, key=lambda step: step.used)
        return _(
            "The tables are in use for {share} of the time they are open; at the busiest, {used} of {open}.",
            share=share(
                sum(step.used * step.minutes for step in self.steps),
                sum(step.open * step.minutes for step in self.steps),
            ),
            used=phrases.number(busiest.used),
            open=phrases.number(busiest.open),
        )

    def table(self) -> Table:
        """A row for every stretch of time."""
        return Table(
            (
                Column(_("Day")),
                Column(_("Time"), number=True),
                Column(_("Tables in use"), number=True),
                Column(_("Tables open"), number=True),
                Column(_("Share in use"), number=True),
            ),
            tuple(
                Row(
                    (
                        day.name,
                        step.clock,
                        phrases.number(step.used),
                        phrases.number(step.open),
                        share(step.used, step.open),
                    )
                )
                for day in self.days
                for step in day.steps
            ),
        )


def timeline(event: Event, schedule: Schedule) -> Timeline:
    """The drawing for an event and its timetable.

    The time is cut wherever a slot begins or ends, so that slots that overlap are counted together. A table
    is open if it could host a meeting in one of the slots that are on.
    """
    hosts: defaultdict[str, set[str]] = defaultdict(set)
    for meeting in schedule.meetings:
        hosts[meeting.slot].add(meeting.table)
    shut = {table.id: _shut(table, event.slots) for table in event.tables}
    by_date: defaultdict[datetime.date, list[Slot]] = defaultdict(list)
    for slot in event.slots:
        by_date[slot.start.date()].append(slot)
    counted = {
        date: [(start, end, *_counts(on, hosts, shut)) for start, end, on in _stretches(slots)]
        for date, slots in sorted(by_date.items())
    }
    most = max([1, *(max(used, free) for steps in counted.values() for _s, _e, used, free in steps)])
    spans = [(_since(date, steps[0][0]), _since(date, steps[-1][1])) for date, steps in counted.items()]
    first, last = (
        min(span[0] for span in spans) if spans else 0.0,
        max((span[1] for span in spans), default=1.0),
    )
    size = (PLOT[1] - PLOT[0]) / 100

    def across(minutes: float) -> float:
        return round(PLOT[0] + part(minutes - first, last - first) * size, 2)

    days: list[Day] = []
    for date, steps in counted.items():
        drawn = tuple(
            Step(
                start,
                end,
                used,
                free,
                x=across(_since(date, start)),
                width=round(across(_since(date, end)) - across(_since(date, start)), 2),
                bar=round(PLOTTED * used / most, 1),
            )
            for start, end, used, free in steps
        )
        hours = tuple(Hour(across(60.0 * hour), f"{hour % 24:02}:00") for hour in _hours(first, last))
        days.append(Day(date, drawn, tuple(_lines(drawn, most)), hours, y=len(days) * DAY))
    return Timeline(tuple(days), ticks(most), DAY * len(days))


def _lines(steps: Iterable[Step], most: int) -> Iterable[Line]:
    """The line of open tables: as long as it stays level in one piece, with risers, broken by pauses."""
    before: tuple[float, float] | None = None
    for (_stretch, free), some in groupby(_unbroken(steps), key=lambda each: (each[0], each[1].open)):
        level = [step for _number, step in some]
        start, end = level[0].x, round(level[-1].x + level[-1].width, 2)
        up = round(PLOTTED * free / most, 1)
        if before is not None and before[0] == start:
            yield Line(start, start, before[1], up)
        yield Line(start, end, up, up)
        before = end, up


def _unbroken(steps: Iterable[Step]) -> Iterable[tuple[int, Step]]:
    """The steps, numbered by the stretch without a pause that they are part of."""
    number, until = 0, None
    for step in steps:
        number += until is not None and step.start != until
        yield number, step
        until = step.end


def _shut(table: Place, slots: Sequence[Slot]) -> set[str]:
    """The slots in which a table hosts nothing: those it is closed in, and all that share time with these."""
    closed = [slot for slot in slots if slot.id in set(table.closed)]
    return {
        slot.id
        for slot in slots
        if any(slot.start < other.end and other.start < slot.end for other in closed)
    }


def _stretches(
    slots: Sequence[Slot],
) -> Iterable[tuple[datetime.datetime, datetime.datetime, list[Slot]]]:
    """The day cut wherever a slot begins or ends, with the slots that are on; pauses are left out."""
    cuts = sorted({moment for slot in slots for moment in (slot.start, slot.end)})
    for start, end in pairwise(cuts):
        on = [slot for slot in slots if slot.start <= start and slot.end >= end]
        if on:
            yield start, end, on


def _counts(on: Sequence[Slot], hosts: dict[str, set[str]], shut: dict[str, set[str]]) -> tuple[int, int]:
    used = set().union(*(hosts.get(slot.id, set()) for slot in on))
    return len(used), sum(any(slot.id not in never for slot in on) for never in shut.values())


def _since(date: datetime.date, moment: datetime.datetime) -> float:
    """Minutes from the midnight at which the day begins."""
    return (moment - datetime.datetime.combine(date, datetime.time())) / _MINUTE


def _hours(first: float, last: float) -> range:
    """Full hours, so few that their names fit beside each other on a phone."""
    pixels = (PLOT[1] - PLOT[0]) / 100 * NARROW
    room = max(last - first, 1.0) / 60 * _CLOCK / pixels
    step = next((step for step in (1, 2, 3, 4, 6, 12) if step >= room), 24)
    return range(math.ceil(first / 60 / step) * step, int(last // 60) + 1, step)
