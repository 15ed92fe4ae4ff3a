"""How many of a score's 100 points each part can give: as shipped, as learned, and by track.

The shipped points are a compromise over the labelled sets of ``benchmarks/quality.md``. A directory with a
history or outcomes of its own may learn others (``matcher.training``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from profiles.model import Topic

WORDS, OVERVIEW, THEMES, WANTS, RETURNS = "words", "overview", "themes", "wants", "returns"
MUTUAL, EXPERIENCE = "mutual", "experience"
MEASURED = (WORDS, OVERVIEW, THEMES, WANTS, RETURNS, MUTUAL, EXPERIENCE)
RULES = ("common", "topics", "markets", "languages", "stage", "ticket")
PARTS = (*MEASURED, *RULES)
"""The parts of a score in the order they are computed."""

MEANING = (OVERVIEW, THEMES, WANTS)
"""The parts that take over the points that the word channel cannot earn."""

CONTENT = (WORDS, *MEANING)
"""The parts that compare what is said, which a history can teach."""

FULL = 100.0

_RULE_POINTS = {"common": 3.0, "topics": 5.0, "markets": 6.0, "languages": 2.0, "stage": 3.0, "ticket": 3.0}


@dataclass(frozen=True)
class Weights:
    """The most points of each of ``PARTS``; they add up to 100 in both tables.

    Attributes:
        named: for a startup that names wants.
        unnamed: for one that does not: its statements are then no questions.
    """

    named: Mapping[str, float]
    unnamed: Mapping[str, float]

    def of(self, *, names_wants: bool) -> Mapping[str, float]:
        """The table for a startup."""
        return self.named if names_wants else self.unnamed

    def with_content(self, shares: Mapping[str, float]) -> Weights:
        """The same points with those of ``CONTENT`` shared out anew.

        Args:
            shares: for each of ``CONTENT`` a share >= 0, not all 0. Learned from statements that name no
                wants, so where wants are named their part keeps its points and the others follow.
        """
        return Weights(
            _shared(self.named, {part: shares[part] for part in CONTENT if part != WANTS}),
            _shared(self.unnamed, shares),
        )

    def scaled(self, factors: Mapping[str, float]) -> Weights:
        """The same points, each part's times its factor (1 where none is given), adding up to 100 again."""
        return Weights(_scaled(self.named, factors), _scaled(self.unnamed, factors))

    def to_dict(self) -> dict[str, dict[str, float]]:
        """JSON-ready form."""
        return {"named": dict(self.named), "unnamed": dict(self.unnamed)}

    @classmethod
    def from_dict(cls, kept: Mapping[str, Mapping[str, float]]) -> Weights:
        """What ``to_dict`` gave.

        Raises:
            ValueError: the parts are not today's: another version of Roundtable wrote it.
        """
        if any(set(kept[table]) != set(PARTS) for table in ("named", "unnamed")):
            raise ValueError("its parts are not those of this Roundtable")
        return cls(*({part: float(kept[table][part]) for part in PARTS} for table in ("named", "unnamed")))

    def for_track(self, track: Topic | None) -> Weights:
        """The points for one track: the same parts, some of which count for more there."""
        if track is None:
            return self
        return self.scaled(TRACK_FACTORS[track])


def _shared(points: Mapping[str, float], shares: Mapping[str, float]) -> dict[str, float]:
    total = sum(points[part] for part in shares)
    whole = sum(shares.values())
    if whole <= 0:
        return dict(points)
    return {part: total * shares[part] / whole if part in shares else points[part] for part in points}


def _scaled(points: Mapping[str, float], factors: Mapping[str, float]) -> dict[str, float]:
    scaled = {part: value * factors.get(part, 1.0) for part, value in points.items()}
    total = sum(scaled.values())
    return {part: FULL * value / total for part, value in scaled.items()}


SHIPPED = Weights(
    named={
        WORDS: 24.0, OVERVIEW: 4.0, THEMES: 7.0, WANTS: 14.0, RETURNS: 5.0, MUTUAL: 4.0, EXPERIENCE: 20.0,
        **_RULE_POINTS,
    },
    unnamed={
        WORDS: 26.0, OVERVIEW: 10.0, THEMES: 12.0, WANTS: 4.0, RETURNS: 4.0, MUTUAL: 2.0, EXPERIENCE: 20.0,
        **_RULE_POINTS,
    },
)  # fmt: skip

_DEFAULT_TRACK = {"topics": 2.5, WANTS: 1.5, MUTUAL: 1.5}
TRACK_FACTORS: Mapping[Topic, Mapping[str, float]] = {
    # An investor is judged on stage and ticket before all.
    Topic.INVESTMENT: {"stage": 6.0, "ticket": 6.0, "topics": 5.0, WANTS: 2.0, EXPERIENCE: 0.3, WORDS: 0.7},
    Topic.MARKET_ENTRY: {**_DEFAULT_TRACK, "markets": 3.0, EXPERIENCE: 0.5},
    # A law firm is judged on the want it is there for: not on words of medicine, nor on trials done.
    Topic.IP: {"topics": 4.0, WANTS: 2.5, MUTUAL: 1.5, EXPERIENCE: 0.2, WORDS: 0.5},
    Topic.CLINICAL: {**_DEFAULT_TRACK, "common": 2.0, EXPERIENCE: 1.2},
    Topic.DATA: _DEFAULT_TRACK,
    Topic.SUPPLY: _DEFAULT_TRACK,
    Topic.RESEARCH: _DEFAULT_TRACK,
    Topic.REGULATORY: {**_DEFAULT_TRACK, "topics": 4.0, "markets": 2.0, EXPERIENCE: 0.3, WORDS: 0.7},
}
"""By how much a part counts more, or less, when a pair meets in a track. Our judgement, checked on the sample
directory: whether a partner whose trade the track is comes first for the startups with such wants."""
