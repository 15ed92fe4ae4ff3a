"""The probability of a fruitful meeting from a score, once enough outcomes are known to say.

With many pairs the curve is isotonic (Zadrozny and Elkan, Transforming classifier scores into accurate
multiclass probability estimates, KDD 2002), with fewer a logistic curve whose targets are smoothed (Platt,
Probabilistic outputs for support vector machines, 1999), with less nothing is said. A curve is used only if,
on startups it was not fitted on, its Brier score (Brier 1950) is below that of giving everyone the share of
all meetings that were fruitful. Either curve rises with the score or is level, never falls.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

ISOTONIC, PLATT, NONE = "isotonic", "platt", "none"
LEAST = {ISOTONIC: (200, 30), PLATT: (30, 5)}
"""Pairs, and pairs of each class, that each method needs."""

FOLDS = 5
BINS = 10


@dataclass(frozen=True)
class Curve:
    """A curve that rises with the score, or is level.

    Attributes:
        method: ``isotonic`` or ``platt``.
        parameters: ``scores`` and ``probabilities`` at which the isotonic curve has its corners, or ``slope``
            and ``intercept`` of the logistic one.
    """

    method: str
    parameters: Mapping[str, Any]

    def predict(self, scores: np.ndarray) -> np.ndarray:
        """(n,) probabilities for scores; beyond the isotonic curve's ends its end values."""
        if self.method == ISOTONIC:
            corners, heights = self.parameters["scores"], self.parameters["probabilities"]
            return np.asarray(np.interp(scores, corners, heights))
        logit = self.parameters["slope"] * np.asarray(scores, float) + self.parameters["intercept"]
        return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def curve_of(card: Mapping[str, Any] | None) -> Curve | None:
    """The curve in the ``calibration`` of a model's card, if it is one that is used."""
    if card is None or not card["used"]:
        return None
    return Curve(card["method"], card["parameters"])


def method_for(fruitful: np.ndarray) -> str:
    """The method that (n,) pairs are enough for."""
    pairs, fewer = len(fruitful), int(min(fruitful.sum(), (~fruitful).sum()))
    return next((name for name, (most, each) in LEAST.items() if pairs >= most and fewer >= each), NONE)


def fit(method: str, scores: np.ndarray, fruitful: np.ndarray) -> Curve:
    """The curve through (n,) scores and (n,) whether their meetings were fruitful."""
    if method == ISOTONIC:
        from sklearn.isotonic import IsotonicRegression

        isotonic = IsotonicRegression(y_min=0.0, y_max=1.0, increasing=True).fit(
            scores, fruitful.astype(float)
        )
        corners = {"scores": isotonic.X_thresholds_, "probabilities": isotonic.y_thresholds_}
        return Curve(ISOTONIC, {name: [float(v) for v in values] for name, values in corners.items()})
    from sklearn.linear_model import LogisticRegression

    # Platt's targets: a pair of each class more, so that few pairs never look like certainty. A smoothed
    # target is a pair that counts in part for either class.
    good, bad = int(fruitful.sum()), int((~fruitful).sum())
    target = np.where(fruitful, (good + 1) / (good + 2), 1 / (bad + 2))
    middle, spread = float(scores.mean()), max(float(scores.std()), 1e-9)
    z = ((scores - middle) / spread)[:, None]
    logistic = LogisticRegression(C=np.inf).fit(
        np.concatenate([z, z]),
        np.repeat([1, 0], len(scores)),
        sample_weight=np.concatenate([target, 1 - target]),
    )
    slope = float(logistic.coef_[0, 0]) / spread
    if slope <= 0:
        # A higher score that promises less would be no calibration: nothing is to be learned from it.
        share = float(target.mean())
        return Curve(PLATT, {"slope": 0.0, "intercept": float(np.log(share / (1 - share)))})
    return Curve(PLATT, {"slope": slope, "intercept": float(logistic.intercept_[0]) - slope * middle})


def calibrate(scores: np.ndarray, fruitful: np.ndarray, groups: np.ndarray) -> dict[str, Any] | None:
    """The ``calibration`` of a model's card.

    Args:
        scores: (n,) of pairs that came to a decision, by weights not learned from these pairs.
        fruitful: (n,) whether they met.
        groups: (n,) the startup of each pair: its pairs are judged together, by a curve fitted without them.

    Returns:
        None where no pair is known.
    """
    if not len(scores):
        return None
    method = method_for(fruitful)
    card: dict[str, Any] = {
        "method": method, "pairs": len(scores), "fruitful": int(fruitful.sum()), "brier": None,
        "brier_base": None, "used": False, "reliability": [], "parameters": {},
    }  # fmt: skip
    folds = _folds(groups)
    if method == NONE or any(len(np.unique(fruitful[folds != fold])) < 2 for fold in np.unique(folds)):
        card["method"] = NONE
        return card
    predicted, base = np.zeros(len(scores)), np.zeros(len(scores))
    for fold in np.unique(folds):
        rest, own = folds != fold, folds == fold
        predicted[own] = fit(method, scores[rest], fruitful[rest]).predict(scores[own])
        base[own] = fruitful[rest].mean()
    card["brier"], card["brier_base"] = brier(predicted, fruitful), brier(base, fruitful)
    card["reliability"] = reliability(predicted, fruitful)
    curve = fit(method, scores, fruitful)
    low, high = curve.predict(np.array([scores.min(), scores.max()]))
    # A level curve says the same of everyone, whatever its Brier score happens to be.
    card["used"] = bool(card["brier"] < card["brier_base"] and low < high)
    card["parameters"] = dict(curve.parameters)
    return card


def brier(predicted: np.ndarray, fruitful: np.ndarray) -> float:
    """The mean squared distance of probabilities from what came: 0 is perfect."""
    return float(((predicted - fruitful) ** 2).mean())


def reliability(predicted: np.ndarray, fruitful: np.ndarray) -> list[dict[str, float]]:
    """Predicted beside observed, in up to ten bins of about as many pairs each; equal values share a bin."""
    ends = np.unique(np.quantile(predicted, np.linspace(0, 1, BINS + 1)[1:], method="higher"))
    bin_of = np.searchsorted(ends, predicted, side="left")
    rows = []
    for number in np.unique(bin_of):
        own = bin_of == number
        rows.append(
            {
                "from": float(predicted[own].min()),
                "to": float(predicted[own].max()),
                "pairs": int(own.sum()),
                "predicted": float(predicted[own].mean()),
                "observed": float(fruitful[own].mean()),
            }
        )
    return rows


def _folds(groups: np.ndarray) -> np.ndarray:
    """(n,) the fold of each pair: startups by turns, those with most pairs first."""
    names, number, counts = np.unique(groups, return_inverse=True, return_counts=True)
    fold = np.empty(len(names), int)
    fold[np.argsort(-counts, kind="stable")] = np.arange(len(names)) % FOLDS
    return np.asarray(fold[number])
