"""How the lists of a report were chosen, what that cost, and who has no good partner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import fmean
from typing import TYPE_CHECKING

from matcher.report import Organisation
from matcher.results import MatchList
from profiles.model import Profile, Topic
from web import verdicts

if TYPE_CHECKING:
    from matcher.attention import Shared


@dataclass(frozen=True)
class Exposure:
    """How many startups a partner is suggested to by the plain lists, and by those that share attention."""

    partner: Organisation
    before: int
    after: int


@dataclass(frozen=True)
class Attention:
    """Who is suggested how often, over all startups of the directory.

    Attributes:
        partners: everyone who is suggested at all, those of the plain lists first.
        largest, gini: of the most suggested partner and of all, before and after.
        fit_cost: points of mean score given up.
    """

    partners: tuple[Exposure, ...]
    largest: tuple[int, int]
    gini: tuple[float, float]
    fit_cost: float

    @classmethod
    def of(cls, profiles: Sequence[Profile], shared: Shared) -> Attention:
        """From what the service chose; ``profiles`` are the partners in the directory's order."""
        counted = zip(profiles, shared.exposure_before, shared.exposure_after, strict=True)
        found = [Exposure(Organisation.of(p), int(before), int(after)) for p, before, after in counted]
        found.sort(key=lambda each: (-each.before, -each.after, each.partner.id))
        suggested = tuple(each for each in found if each.before or each.after)
        return cls(suggested, shared.largest, shared.gini, shared.fit_cost)


@dataclass(frozen=True)
class Choices:
    """What was asked for besides number and kind.

    Attributes:
        attention: where attention is shared.
    """

    track: Topic | None = None
    diversity: float = 0.0
    attention: Attention | None = None

    @property
    def made(self) -> bool:
        """Whether lists are chosen by more than the score."""
        return bool(self.diversity or self.attention)


@dataclass
class Notes:
    """What the index says of the lists besides their overview, kept while they stream by.

    Attributes:
        unpromising: the startups that have no good partner here.
        calibrated: whether a list came with probabilities.
        costs: what each list gives up in mean fit.
    """

    unpromising: set[str] = field(default_factory=set)
    calibrated: bool = False
    costs: list[float] = field(default_factory=list)

    def add(self, found: MatchList) -> None:
        if not found.promising:
            self.unpromising.add(found.subject.id)
        self.calibrated = self.calibrated or verdicts.calibrated(found)
        self.costs.append(found.fit_cost)

    @property
    def mean_cost(self) -> float:
        """Points of mean fit given up, over all lists."""
        return fmean(self.costs) if self.costs else 0.0
