"""How many wishes got a meeting: of all pairs by how far they agreed, and of each side's organisations."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from profiles.event import Event, Schedule, State
from profiles.model import Side
from web import phrases
from web.phrases import N_
from web.phrases import gettext as _
from web.render.charts.frame import NARROW, WIDE, Column, Row, Table, share
from web.render.charts.letters import width

STATES = (State.CONFIRMED, State.MUST, State.ACCEPTED, State.REQUESTED, State.SUGGESTED)
"""The states of pairs that may meet, those that bind most first."""

PLOT = (24.0, 86.0)
"""From where to where the bars go, in percent of the width."""
ROW, HEAD = 26, 34
"""Heights in pixels of a bar with what surrounds it, and of a group's heading."""
_LETTER = 12.0

_STATES = {
    State.CONFIRMED: N_("Time fixed"),
    State.MUST: N_("Required"),
    State.ACCEPTED: N_("Agreed"),
    State.REQUESTED: N_("Requested"),
    State.SUGGESTED: N_("Suggested"),
}
_PARTS = {
    None: (N_("with a meeting"), "", N_("without a meeting")),
    Side.STARTUP: (N_("all with a meeting"), N_("some with a meeting"), N_("none with a meeting")),
    Side.PARTNER: (N_("all with a meeting"), N_("some with a meeting"), N_("none with a meeting")),
}


@dataclass(frozen=True)
class Segment:
    """A part of a bar.

    Attributes:
        part: 0 for what was met in full, 1 in part, 2 not at all.
        count: how many pairs or organisations it stands for.
        start, width: in percent of the drawing's width.
        narrow, wide: whether the count fits into it in either layout.
    """

    part: int
    count: int
    start: float
    width: float
    narrow: bool
    wide: bool


@dataclass(frozen=True)
class Bar:
    """One state of pairs; ``counts``: met in full, in part, not at all; ``y``: its top, in pixels."""

    state: State
    counts: tuple[int, int, int]
    segments: tuple[Segment, ...]
    y: int

    @property
    def total(self) -> int:
        """How many pairs or organisations the whole bar stands for."""
        return sum(self.counts)

    @property
    def name(self) -> str:
        """The state, in a word."""
        return _(_STATES[self.state])

    @property
    def met(self) -> str:
        """The share of what was met in full: “84%”."""
        return share(self.counts[0], self.total)


@dataclass(frozen=True)
class Group:
    """Bars under one heading: of all pairs where ``side`` is None, else of the organisations of a side."""

    side: Side | None
    bars: tuple[Bar, ...]
    y: int

    @property
    def name(self) -> str:
        """The heading."""
        return _("All wishes") if self.side is None else phrases.side_name(self.side, many=True)

    def part_name(self, number: int) -> str:
        """What a segment stands for."""
        return _(_PARTS[self.side][number])


@dataclass(frozen=True)
class Coverage:
    """The drawing; ``height`` in pixels."""

    groups: tuple[Group, ...]
    height: int

    @property
    def title(self) -> str:
        """What it shows."""
        return _("Wishes that got a meeting")

    @property
    def description(self) -> str:
        """The whole of it in a sentence."""
        if not self.groups:
            return _("There are no wishes.")
        bars = self.groups[0].bars
        met, total = sum(bar.counts[0] for bar in bars), sum(bar.total for bar in bars)
        return _(
            "{met} of {total} wishes got a meeting ({share}).",
            met=phrases.number(met),
            total=phrases.number(total),
            share=share(met, total),
        )

    def table(self) -> Table:
        """A row for every bar."""
        heads = (
            _("Counted"),
            _("How far agreed"),
            _("All with a meeting"),
            _("Some with a meeting"),
            _("None with a meeting"),
            _("Sum"),
            _("Share of all with a meeting"),
        )
        return Table(
            tuple(Column(text, place > 1) for place, text in enumerate(heads)),
            tuple(
                Row(
                    (
                        group.name,
                        bar.name,
                        phrases.number(bar.counts[0]),
                        phrases.number(bar.counts[1]) if group.side else "–",
                        phrases.number(bar.counts[2]),
                        phrases.number(bar.total),
                        bar.met,
                    )
                )
                for group in self.groups
                for bar in group.bars
            ),
        )


def coverage(event: Event, schedule: Schedule) -> Coverage:
    """The drawing for an event and its timetable.

    A pair counts as one wish; those that were declined do not count. An organisation counts in the bar of
    each state in which it has a wish: in full if all of these wishes got a meeting.
    """
    met = {meeting.key for meeting in schedule.meetings}
    pairs: defaultdict[State, list[int]] = defaultdict(lambda: [0, 0])
    own: dict[Side, defaultdict[State, defaultdict[str, list[int]]]] = {
        side: defaultdict(lambda: defaultdict(lambda: [0, 0])) for side in Side
    }
    for pair in event.pairs:
        if pair.state in STATES:
            missed = pair.key not in met
            pairs[pair.state][missed] += 1
            own[Side.STARTUP][pair.state][pair.startup][missed] += 1
            own[Side.PARTNER][pair.state][pair.partner][missed] += 1
    counts: list[tuple[Side | None, dict[State, tuple[int, int, int]]]] = [
        (None, {state: (both[0], 0, both[1]) for state, both in pairs.items()})
    ]
    counts += [
        (side, {state: _parts(list(people.values())) for state, people in own[side].items()}) for side in Side
    ]
    groups, y = [], 0
    for side, by_state in counts:
        used = [state for state in STATES if state in by_state]
        if used:
            bars = (_bar(state, by_state[state], y + HEAD + ROW * place) for place, state in enumerate(used))
            groups.append(Group(side, tuple(bars), y))
            y += HEAD + ROW * len(used)
    return Coverage(tuple(groups), y)


def _parts(people: list[list[int]]) -> tuple[int, int, int]:
    full = sum(not missed for _met, missed in people)
    nothing = sum(not met for met, _missed in people)
    return full, len(people) - full - nothing, nothing


def _bar(state: State, counts: tuple[int, int, int], y: int) -> Bar:
    left, right = PLOT
    segments, start = [], left
    for number, count in enumerate(counts):
        if count:
            size = (right - left) * count / sum(counts)
            needed = (width(phrases.number(count)) + 0.6) * _LETTER
            segments.append(
                Segment(
                    number,
                    count,
                    round(start, 2),
                    round(size, 2),
                    narrow=needed <= size / 100 * NARROW,
                    wide=needed <= size / 100 * WIDE,
                )
            )
            start += size
    return Bar(state, counts, tuple(segments), y)
