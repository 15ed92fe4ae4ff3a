"""Learning a directory's own points: from its partners' past engagements, then from what came of matches.

Each of the two is learned with a prior around the points that would be used without it, tested by
cross-validation, and adopted only if it is better there, p < 0.05, and no worse than the model in use. What
was learned, from what and how it was measured is the model's card; so is the reason of a refusal.

A linear adapter of the vectors (within-class covariance normalisation) was measured too: it gains on a
directory's own history and nothing on labelled partnerships, so there is none.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from matcher import calibration
from matcher.directory import Directory, reading_of
from matcher.examples import FOLDS, History
from matcher.feedback import Pair, outcome_questions, pairs_of
from matcher.fit import Fit
from matcher.learning import (
    HISTORY_STRENGTHS,
    OUTCOME_STRENGTHS,
    Learned,
    Questions,
    learn_and_test,
)
from matcher.measures import randomisation_p, standard_error
from matcher.past import past_questions
from matcher.service import Progress, Service
from matcher.weights import CONTENT, PARTS, SHIPPED, Weights

FEWEST_GROUPS = 60
FEWEST_PARTNERS = 10
FEWEST_STARTUPS = 20
"""Fewer different engagements, partners with any, or startups with a good outcome teach nothing sure."""

SURE, LEAST_GAIN = 0.05, 0.002
"""A gain in nDCG@10 is worth a change of weights if it is surely there, and not too small to be noticed."""

Values = Mapping[str, np.ndarray]
"""System -> nDCG@10, a value for each independent question."""


@dataclass(frozen=True)
class Stage:
    """What one source taught.

    Attributes:
        weights: learned, whether better or not; None where there is too little to learn from.
        values: how each system did in cross-validation; empty where there is too little.
        examples: how many questions were asked.
        better: whether it is worth using, by the values.
        reason: why or why not, in one sentence.
        worse: whether what it would put into use is surely worse than the model in use on these questions.
            Both are taken as learned from all of them: held out, it would lose to one that was not.
        strength: of the prior.
        held_out: for startups whose outcomes it learned from the weights learned without them.
    """

    weights: Weights | None
    values: Values
    examples: int
    better: bool
    reason: str
    worse: bool = False
    strength: float | None = None
    held_out: Mapping[int, Weights] = field(default_factory=dict)


def train(service: Service, progress: Progress = lambda what, done, total: None) -> dict[str, Any]:
    """Learn from what the store holds. Nothing is written: ``keep`` does that.

    Args:
        service: over the store.
        progress: called with what is done, how much of it, and how much there is.

    Returns:
        The model's card.
    """
    directory, store = service.directory(), service.store
    in_use = service.weights() if store.model_in_use() else None
    outcomes = store.outcomes()
    pairs = pairs_of(outcomes, directory)
    history = History(directory.partners)
    past = from_history(directory, history, in_use, progress)
    base = past.weights if past.weights and past.better else SHIPPED
    told = from_outcomes(directory, pairs, base, in_use, progress)
    learned = told.weights if told.weights and told.better else base
    stages = (past, told)
    worse = any(stage.worse for stage in stages)
    adopted = any(stage.better for stage in stages) and not worse
    staying = in_use or SHIPPED
    weights = learned if adopted else staying
    return {
        "version": None,
        "created_at": None,
        "adopted": adopted,
        "reason": _reason(stages, worse, adopted=adopted, other=in_use is not None),
        "weights": weights.to_dict(),
        "data": {
            "startups": len(directory.startups),
            "partners": len(directory.partners),
            "engagements": len(history.engagements),
            "groups": history.groups,
            "examples": past.examples,
            "outcomes": len(outcomes),
            "outcome_pairs": len(pairs),
        },
        "features": list(PARTS if told.values else CONTENT),
        "cross_validation": _validation(past),
        "outcome_validation": _validation(told),
        "calibration": _calibration(
            directory, pairs, weights, told.held_out if adopted and told.better else {}
        ),
    }


def keep(service: Service, card: Mapping[str, Any]) -> dict[str, Any]:
    """Keep a card in the store, and use it if it changes anything; gives it back with its version."""
    before = service.store.model_in_use()
    curve, known = calibration.curve_of(card["calibration"]), before["calibration"] if before else None
    active = card["adopted"] or curve is not None or calibration.curve_of(known) is not None
    version = service.store.save_model(card, active=active)
    return next(each for each in service.store.models() if each["version"] == version)


# -- the two sources ---------------------------------------------------------------------------


def from_history(directory: Directory, history: History, in_use: Weights | None, progress: Progress) -> Stage:
    """What the partners' past engagements teach: how the points of the content parts are shared out."""
    if history.groups < FEWEST_GROUPS or history.partners < FEWEST_PARTNERS:
        return _too_little(
            f"{history.groups} different past engagements of {history.partners} partners are too few to "
            f"learn from ({FEWEST_GROUPS} of {FEWEST_PARTNERS} are needed)"
        )
    asked = past_questions(
        directory, history, in_use, lambda done, total: progress("asking past engagements", done, total)
    )
    questions = asked.questions
    learned = learn_and_test(
        questions, HISTORY_STRENGTHS, lambda done, total: progress("learning from history", done, total)
    )
    scores = {"shipped": questions.scores(np.ones(len(CONTENT))), **asked.others}
    factors = dict(zip(CONTENT, learned.factors, strict=True))
    return _stage("past engagements", questions, learned, scores, "shipped", with_content(SHIPPED, factors))


def from_outcomes(
    directory: Directory, pairs: list[Pair], base: Weights, in_use: Weights | None, progress: Progress
) -> Stage:
    """What outcomes teach beyond ``base``, which is used without them: the points of all parts."""
    promising = {pair.startup for pair in pairs if pair.value > 0}
    if len(promising) < FEWEST_STARTUPS:
        return _too_little(
            f"{len(promising)} startups with a good outcome are too few to learn from "
            f"({FEWEST_STARTUPS} are needed)"
        )

    def asked(weights: Weights) -> Questions:
        return outcome_questions(
            directory,
            pairs,
            weights,
            lambda done, total: progress("asking what came of matches", done, total),
        )

    questions = asked(base)
    learned = learn_and_test(
        questions, OUTCOME_STRENGTHS, lambda done, total: progress("learning from outcomes", done, total)
    )
    others = {"without": base, "shipped": SHIPPED, **({"in_use": in_use} if in_use else {})}
    scores = {name: asked(weights).points.sum(axis=2) for name, weights in others.items()}

    def scaled(factors: np.ndarray) -> Weights:
        return base.scaled(dict(zip(PARTS, factors, strict=True)))

    by_fold = {fold: scaled(factors) for fold, factors in learned.by_fold.items()}
    startups = zip(questions.groups, questions.folds, strict=True)
    return replace(
        _stage("outcomes", questions, learned, scores, "without", scaled(learned.factors)),
        held_out={int(startup): by_fold[int(fold)] for startup, fold in startups},
    )


def _too_little(reason: str) -> Stage:
    return Stage(None, {}, 0, False, reason)


def _stage(
    source: str,
    questions: Questions,
    learned: Learned,
    others: Mapping[str, np.ndarray],
    rival: str,
    weights: Weights,
) -> Stage:
    scores = {"learned": learned.scores, **others}
    values = {name: _by_group(questions.gains(each), questions.groups) for name, each in scores.items()}
    gain = _gain(values, rival)
    better = gain["difference"] >= LEAST_GAIN and gain["p"] < SURE
    compared = f"{values['learned'].mean():.3f} against {values[rival].mean():.3f}, p = {gain['p']:.4f}"
    verdict = "rank better with them" if better else "are not ranked surely better with them"
    reason = f"points learned from {source}: held-out ones {verdict} (nDCG@10 {compared})"
    worse = False
    if "in_use" in values:
        chosen = questions.scores(learned.factors) if better else others[rival]
        behind = values["in_use"] - _by_group(questions.gains(chosen), questions.groups)
        worse = float(behind.mean()) > 0 and randomisation_p(behind) < SURE
    return Stage(weights, values, len(questions), better, reason, worse, learned.strength)


def with_content(base: Weights, factors: Mapping[str, float]) -> Weights:
    """``base`` with the points of the content parts times their factors, and their sum kept."""
    named, unnamed = (
        base.with_content({part: table[part] * factors[part] for part in CONTENT})
        for table in (base.named, base.unnamed)
    )
    return Weights(named.named, unnamed.unnamed)


# -- judging -----------------------------------------------------------------------------------


def _by_group(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """The mean of each group: its questions are no independent evidence."""
    _, number = np.unique(groups, return_inverse=True)
    return np.asarray(np.bincount(number, values) / np.bincount(number))


def _gain(values: Values, rival: str) -> dict[str, float]:
    difference = values["learned"] - values[rival]
    return {
        "difference": float(difference.mean()),
        "se": standard_error(difference),
        "p": randomisation_p(difference),
    }


def _validation(stage: Stage) -> dict[str, Any] | None:
    if not stage.values:
        return None
    return {
        "folds": FOLDS,
        "examples": stage.examples,
        "strength": stage.strength,
        "weights": stage.weights.to_dict() if stage.weights else None,
        "systems": {
            name: {"ndcg@10": float(values.mean()), "se": standard_error(values)}
            for name, values in stage.values.items()
        },
        "gains": {name: _gain(stage.values, name) for name in stage.values if name != "learned"},
    }


def _reason(stages: tuple[Stage, ...], worse: bool, *, adopted: bool, other: bool) -> str:
    said = "; ".join(stage.reason for stage in stages)
    stays = "the model in use stays" if other else "the shipped points stay in use"
    if adopted:
        return f"adopted: {said}"
    if worse:
        return f"refused, {stays}: the model in use ranks better; {said}"
    return f"{stays}: {said}"


def _calibration(
    directory: Directory, pairs: list[Pair], weights: Weights, held_out: Mapping[int, Weights]
) -> dict[str, Any] | None:
    """From the scores of all pairs that came to a decision.

    Args:
        weights: that will be used.
        held_out: what to use instead for startups that these were learned from.
    """
    decided = [pair for pair in pairs if pair.decided]
    scores: dict[int, np.ndarray] = {}
    for each in {id(one): one for one in (weights, *held_out.values())}.values():
        fit = Fit(directory, each)
        for startup in {pair.startup for pair in decided if held_out.get(pair.startup, weights) is each}:
            scores[startup] = fit.row(reading_of(directory.startups, startup)).scores
    return calibration.calibrate(
        np.array([scores[pair.startup][pair.partner] for pair in decided]),
        np.array([pair.fruitful for pair in decided], bool),
        np.array([pair.startup for pair in decided]),
    )
