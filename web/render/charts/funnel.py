"""What came of the meetings: planned, held, followed up, agreed, in all and by track."""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import IntEnum

from profiles.event import Meeting
from profiles.model import Topic
from profiles.outcomes import Outcome, Result
from web import phrases
from web.phrases import N_
from web.phrases import gettext as _
from web.render.charts.frame import Column, Row, Table, part, share

ROW, HEAD = 36, 34
"""Heights in pixels of a bar with its text, and of a group's heading."""


class Step(IntEnum):
    """How far a meeting got. Whoever reached a step has passed all before it."""

    PLANNED = 0
    HELD = 1
    FOLLOW_UP = 2
    AGREEMENT = 3


_STEPS = {
    Step.PLANNED: N_("Meetings planned"),
    Step.HELD: N_("Held"),
    Step.FOLLOW_UP: N_("Followed up"),
    Step.AGREEMENT: N_("Agreement signed"),
}
_RESULTS = {
    Result.MET: Step.HELD,
    Result.FOLLOW_UP: Step.FOLLOW_UP,
    Result.AGREEMENT: Step.AGREEMENT,
}


@dataclass(frozen=True)
class Course:
    """One planned meeting.

    Attributes:
        track: what it was about, if anything in particular.
        reached: the last step that it reached.
        amounts: US dollars that were spoken of (or signed) at a step, where somebody said so.
    """

    track: Topic | None
    reached: Step
    amounts: Mapping[Step, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Stage:
    """A bar.

    Attributes:
        count: meetings that got so far.
        planned, before: meetings that were planned, and that got as far as the step before.
        amount: the sum of the US dollars stated for this step; None where nobody stated any.
        width: in percent of the drawing's width.
        y: top of the bar's text, in pixels.
    """

    step: Step
    count: int
    planned: int
    before: int
    amount: float | None
    width: float
    y: int

    @property
    def name(self) -> str:
        """The step."""
        return _(_STEPS[self.step])

    @property
    def text(self) -> str:
        """“97 · 20% · US$2.5M”."""
        parts = [phrases.number(self.count)]
        if self.step is not Step.PLANNED:
            parts.append(share(self.count, self.planned))
        if self.amount is not None:
            parts.append(phrases.money(self.amount))
        return " · ".join(parts)


@dataclass(frozen=True)
class Group:
    """The bars of all meetings (``whole``), or of one track; ``y``: top of the heading, in pixels."""

    whole: bool
    track: Topic | None
    stages: tuple[Stage, ...]
    y: int

    @property
    def name(self) -> str:
        """The heading."""
        if self.whole:
            return _("All meetings")
        return phrases.topic_name(self.track) if self.track else _("No topic named")


@dataclass(frozen=True)
class Funnel:
    """The drawing; ``height`` in pixels. The first group holds all meetings."""

    groups: tuple[Group, ...]
    height: int

    @property
    def title(self) -> str:
        """What it shows."""
        return _("What came of the meetings")

    @property
    def description(self) -> str:
        """The whole of it in a sentence or two."""
        if not self.groups:
            return _("No meetings were planned.")
        planned, held, followed, agreed = (stage.count for stage in self.groups[0].stages)
        return _(
            "Of {planned} planned meetings {held} were held ({share}), {followed} were followed up and "
            "{agreed} led to an agreement. Bars show shares of the meetings planned.",
            planned=phrases.number(planned),
            held=phrases.number(held),
            share=share(held, planned),
            followed=phrases.number(followed),
            agreed=phrases.number(agreed),
        )

    def table(self) -> Table:
        """A row for every bar."""
        return Table(
            (
                Column(_("Topic of the meeting")),
                Column(_("Step reached")),
                Column(_("Meetings"), number=True),
                Column(_("Of those planned"), number=True),
                Column(_("Of the step before"), number=True),
                Column(_("Amount (USD)"), number=True),
            ),
            tuple(
                Row(
                    (
                        group.name,
                        stage.name,
                        phrases.number(stage.count),
                        share(stage.count, stage.planned),
                        "–" if stage.step is Step.PLANNED else share(stage.count, stage.before),
                        "–" if stage.amount is None else phrases.number(round(stage.amount)),
                    )
                )
                for group in self.groups
                for stage in group.stages
            ),
        )


def funnel(courses: Iterable[Course]) -> Funnel:
    """The drawing of these meetings; a single track is not drawn again beside the whole."""
    every = list(courses)
    tracks: list[Topic | None] = [topic for topic in Topic if any(each.track is topic for each in every)]
    if any(each.track is None for each in every):
        tracks.append(None)
    parts: list[tuple[bool, Topic | None, list[Course]]] = [(True, None, every)] if every else []
    if len(tracks) > 1:
        parts += [(False, track, [each for each in every if each.track is track]) for track in tracks]
    groups = []
    for place, (whole, track, some) in enumerate(parts):
        y = place * (HEAD + ROW * len(Step))
        groups.append(Group(whole, track, tuple(_stages(some, y + HEAD)), y))
    return Funnel(tuple(groups), len(groups) * (HEAD + ROW * len(Step)))


def courses_of(
    meetings: Iterable[Meeting],
    outcomes: Iterable[Outcome],
    amounts: Mapping[tuple[str, str], Mapping[Step, float]] | None = None,
    since: datetime.date | None = None,
) -> list[Course]:
    """What became of the meetings of a timetable, by what was recorded of their pairs.

    Args:
        outcomes: of any pairs; those without a planned meeting are passed over.
        amounts: US dollars by pair and step.
        since: outcomes of earlier days are passed over, as those of last year's event.
    """
    reached: dict[tuple[str, str], Step] = {}
    for outcome in outcomes:
        step = _RESULTS.get(outcome.outcome)
        if step is not None and (since is None or outcome.date >= since):
            key = outcome.startup, outcome.partner
            reached[key] = max(step, reached.get(key, step))
    known = amounts or {}
    return [
        Course(meeting.track, reached.get(meeting.key, Step.PLANNED), known.get(meeting.key, {}))
        for meeting in meetings
    ]


def _stages(courses: list[Course], top: int) -> Iterable[Stage]:
    planned = before = len(courses)
    for step in Step:
        got = [course for course in courses if course.reached >= step]
        stated = [course.amounts[step] for course in got if step in course.amounts]
        yield Stage(
            step,
            len(got),
            planned,
            before,
            sum(stated) if stated else None,
            part(len(got), planned),
            top + ROW * step,
        )
        before = len(got)
