"""What came of an event, on one page that is whole by itself: to print, to send, to keep."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

from jinja2 import Environment

from matcher.outcome_summary import Sum
from profiles.model import Side
from web.render.charts import Coverage, Funnel
from web.render.charts.frame import share
from web.render.whole import environment


@dataclass(frozen=True)
class Agreement:
    """An agreement that came of a meeting; ``amount_usd`` None where it has none."""

    startup: str
    partner: str
    track: str
    amount_usd: float | None


@dataclass(frozen=True)
class Report:
    """What the page says.

    Attributes:
        days: when the event was, in words.
        created: when the page was made, in words, in the event's time.
        come: of each side how many were checked in, and how many had a meeting; None: nobody was.
        tracks, kinds: sums by track and by kind of partner.
        wishes: None where there is no timetable.
        absent: who did not come.
    """

    title: str
    days: Sequence[str]
    created: str
    come: Mapping[Side, tuple[int, int]] | None
    whole: Sum
    tracks: Sequence[tuple[str, Sum]]
    kinds: Sequence[tuple[str, Sum]]
    funnel: Funnel
    wishes: Coverage | None
    agreements: Sequence[Agreement]
    absent: Sequence[str]


def page(report: Report) -> bytes:
    """The page in the language in use."""
    template = _environment().get_template("outcomes/report.html")
    return template.render(report=report).encode("utf-8", "replace")


@cache
def _environment() -> Environment:
    return environment("static/charts.css", "static/outcome-report.css", share=share, Side=Side)
