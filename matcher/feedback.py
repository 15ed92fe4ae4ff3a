"""What outcomes teach: which partners a startup came to know of, and how far it got with each."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from matcher.directory import Directory, reading_of
from matcher.examples import FOLDS
from matcher.fit import Fit
from matcher.learning import Questions
from matcher.weights import PARTS, Weights
from profiles.outcomes import Outcome, Result

VALUES: Mapping[Result, float] = {
    Result.SHOWN: 0.0,
    Result.DECLINED: 0.0,
    Result.ACCEPTED: 0.4,
    Result.MET: 0.6,
    Result.FOLLOW_UP: 0.8,
    Result.AGREEMENT: 1.0,
}
"""What each result is worth. That a meeting was agreed to is most of what a list can bring about; the rest
depends on more than fit, so the steps after it are small. Our judgement, not measured."""

FRUITFUL = VALUES[Result.MET]
"""A pair that got as far as this had a fruitful meeting."""

CLIP = 5.0
"""The most that a low place in a list makes an outcome count: a few pairs must not decide everything."""


@dataclass(frozen=True)
class Pair:
    """A startup and a partner between whom something happened.

    Attributes:
        startup, partner: positions in the directory.
        value: of the best that happened, from ``VALUES``.
        decided: whether one of the two said yes or no; being shown is no decision.
        rank: the best place at which the partner was shown, or None.
    """

    startup: int
    partner: int
    value: float
    decided: bool
    rank: int | None

    @property
    def fruitful(self) -> bool:
        """Whether they met, or more."""
        return self.value >= FRUITFUL


def pairs_of(outcomes: Iterable[Outcome], directory: Directory) -> list[Pair]:
    """The pairs of profiles that are still in the directory, in its order; their best outcome counts."""
    startups = {profile.id: place for place, profile in enumerate(directory.startups.profiles)}
    partners = {profile.id: place for place, profile in enumerate(directory.partners.profiles)}
    found: dict[tuple[int, int], list[Outcome]] = {}
    for outcome in outcomes:
        if outcome.startup in startups and outcome.partner in partners:
            found.setdefault((startups[outcome.startup], partners[outcome.partner]), []).append(outcome)
    return [
        Pair(
            *places,
            max(VALUES[each.outcome] for each in happened),
            any(each.outcome is not Result.SHOWN for each in happened),
            min((each.rank for each in happened if each.rank is not None), default=None),
        )
        for places, happened in sorted(found.items())
    ]


def inverse_propensity(rank: int | None) -> float:
    """How much an outcome at this place counts: 1 / p, at most ``CLIP``.

    People look at the top of a list, so what came of a low place came in spite of it. The chance that a place
    is looked at is taken as p(rank) = 1 / log2(1 + rank), that of the discount of nDCG; the correction is
    that of Joachims, Swaminathan and Schnabel (Unbiased Learning-to-Rank with Biased Feedback, WSDM 2017).
    Without a rank it is 1: the pair did not meet through a list.
    """
    return 1.0 if rank is None else min(float(np.log2(1 + rank)), CLIP)


def outcome_questions(
    directory: Directory, pairs: list[Pair], base: Weights, step: Callable[[int, int], None]
) -> Questions:
    """A question for each startup of which anything good is known, with all parts of the score to be learned.

    Candidates are the partners that were shown to it or with whom something came about: one that it never
    heard of was not refused.

    Args:
        base: the points that the factors are of.
        step: called with startups done and to do.
    """
    fit = Fit(directory, base)
    by_startup: dict[int, list[Pair]] = {}
    for pair in pairs:
        by_startup.setdefault(pair.startup, []).append(pair)
    asked = [startup for startup, own in by_startup.items() if any(pair.value > 0 for pair in own)]
    shape = (len(asked), len(directory.partners))
    points = np.zeros((*shape, len(PARTS)), np.float32)
    relevance, candidates = np.zeros(shape), np.zeros(shape, bool)
    for place, startup in enumerate(asked):
        points[place] = fit.row(reading_of(directory.startups, startup)).points
        for pair in by_startup[startup]:
            candidates[place, pair.partner] = True
            relevance[place, pair.partner] = pair.value * inverse_propensity(pair.rank)
        step(place + 1, len(asked))
    sums = relevance.sum(axis=1)
    return Questions(
        points=points,
        base=np.array([base.named[part] for part in PARTS]),
        rest=np.zeros(shape, np.float32),
        nuisance=np.zeros((*shape, 0), np.float32),
        relevance=relevance,
        candidates=candidates,
        groups=np.array(asked, np.int64),
        folds=_dealt([directory.startups.profiles[startup].id for startup in asked]),
        # Shares within a question cannot carry how much its outcomes count; its weight does. On average 1,
        # so that the prior is worth the same number of questions whatever the ranks were.
        weights=sums / sums.mean() if len(sums) else sums,
    )


def _dealt(ids: list[str]) -> np.ndarray:
    """(n,) folds: by turns, in an order that has to do with nothing else and never changes."""
    order = sorted(range(len(ids)), key=lambda place: hashlib.sha256(ids[place].encode()).hexdigest())
    folds = np.zeros(len(ids), np.int64)
    folds[order] = np.arange(len(ids)) % FOLDS
    return folds
