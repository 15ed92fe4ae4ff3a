"""Points learned from questions with known answers: a conditional logit that stays near given points.

The chance that a startup's partner is p is taken to be exp(u_p) / sum exp(u_q) over the candidates, with u a
weighted sum of the parts' points (McFadden, Conditional logit analysis of qualitative choice behavior, 1974;
the same as ListNet's top-one loss, Cao et al., ICML 2007). The weights are factors: 1 leaves a part's points
as they are. A Gaussian prior holds them together, so that few questions hardly move them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator

from matcher.measures import DEPTH, standard_error

Strengths = tuple[float, ...]

HISTORY_STRENGTHS: Strengths = (100.0, 300.0, 1000.0, 3000.0)
OUTCOME_STRENGTHS: Strengths = (10.0, 30.0, 100.0, 300.0)
"""Priors that are tried: of strength n, a factor of 0 or 2 costs n / 2 of log-likelihood.

Those for histories are firm: a question made of a partner's own past shares words with the rest of it (code
names, series of studies) as the next startup's will not, and cross-validation on the same history cannot see
that. Outcomes are what is to be predicted, so they may move the points more freely."""

FLATTEST = 0.02
"""The least that a point of score is taken to add to u. Below it (50 points for a factor of e) the questions
say nothing of the score, and factors around it would be factors of nothing."""

CANDIDATES = 300
"""Partners beside the right ones that a question is trained against."""

_SEED = 20_230_428


class ConditionalLogit(BaseEstimator):  # type: ignore[misc]
    """Softmax over the candidates of each question, with coefficients >= 0 near a prior.

    Args:
        prior: (k,) coefficients the prior is centred on; 0 where None.
        strength: precision of the prior, one for all of them or (k,).
        free: how many of the last columns are nuisances: without prior and of any sign.
        max_iter: iterations of L-BFGS-B.

    Attributes:
        coef_: (k,) coefficients, those of nuisances left out.
        nuisance_: (free,) the nuisances' coefficients.
    """

    def __init__(
        self,
        prior: np.ndarray | None = None,
        strength: float | np.ndarray = 1.0,
        free: int = 0,
        max_iter: int = 500,
    ) -> None:
        self.prior, self.strength, self.free, self.max_iter = prior, strength, free, max_iter

    def fit(
        self,
        X: np.ndarray,  # noqa: N803  (scikit-learn's name)
        y: np.ndarray,
        sample_weight: np.ndarray | None = None,
        mask: np.ndarray | None = None,
    ) -> Self:
        """
        Args:
            X: (q, P, k + free) features.
            y: (q, P) relevance >= 0; only its shares within a question count. One without any is passed over.
            sample_weight: (q,) how much each question counts; 1 where None.
            mask: (q, P) the candidates; all where None. What is no candidate counts for nothing.

        Raises:
            ValueError: shapes do not go together, or a relevance is negative.
        """
        from scipy.optimize import minimize

        if X.ndim != 3 or y.shape != X.shape[:2]:
            raise ValueError(f"features {X.shape} do not go with relevance {y.shape}")
        if (y < 0).any():
            raise ValueError("a relevance is negative")
        candidates = np.ones(y.shape, bool) if mask is None else mask
        parts = X.shape[2] - self.free
        prior = np.zeros(parts) if self.prior is None else np.asarray(self.prior, float)
        strength = np.broadcast_to(np.asarray(self.strength, float), (parts,))
        relevance = np.where(candidates, y, 0.0)
        totals = relevance.sum(axis=1)
        asked = totals > 0
        features, open_to = np.asarray(X[asked], float), candidates[asked]
        shares = relevance[asked] / totals[asked, None]
        weights = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, float)
        weights = weights[asked]
        aim = np.einsum("q,qp,qpk->k", weights, shares, features)

        def loss(coefficients: np.ndarray) -> tuple[float, np.ndarray]:
            utility = np.where(open_to, features @ coefficients, -np.inf)
            top = utility.max(axis=1, keepdims=True, initial=-np.inf)
            odds = np.exp(utility - top)
            sums = odds.sum(axis=1, keepdims=True)
            chance = odds / sums * weights[:, None]
            away = coefficients[:parts] - prior
            value = weights @ (top + np.log(sums))[:, 0] - aim @ coefficients + 0.5 * strength @ away**2
            slope = np.tensordot(chance, features, 2) - aim
            slope[:parts] += strength * away
            return float(value), slope

        start = np.concatenate([np.maximum(prior, 0.0), np.zeros(self.free)])
        bounds = [(0.0, None)] * parts + [(None, None)] * self.free
        found = minimize(
            loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": self.max_iter}
        )
        self.coef_, self.nuisance_ = found.x[:parts], found.x[parts:]
        return self

    def predict(self, X: np.ndarray) -> np.ndarray:  # noqa: N803
        """(q, P) the part of u that the coefficients give; nuisances are left out."""
        return np.asarray(X[..., : len(self.coef_)] @ self.coef_)


@dataclass(frozen=True)
class Questions:
    """Questions with known answers, each against P partners.

    Attributes:
        points: (q, P, k) what each learned part adds to the score under the points in ``base``.
        base: (k,) the most points of these parts.
        rest: (q, P) what all other parts add; they are not learned.
        nuisance: (q, P, n) what sways the answers beside the fit.
        relevance: (q, P) >= 0.
        candidates: (q, P) who could have been the answer.
        groups: (q,) questions of one group are no independent evidence.
        folds: (q,) in which fold each is tested; a group is in one.
        weights: (q,) how much each counts in training.
    """

    points: np.ndarray
    base: np.ndarray
    rest: np.ndarray
    nuisance: np.ndarray
    relevance: np.ndarray
    candidates: np.ndarray
    groups: np.ndarray
    folds: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.folds)

    def only(self, chosen: np.ndarray) -> Questions:
        """Those that ``chosen`` (q,) marks."""
        per_question = ("points", "rest", "nuisance", "relevance", "candidates", "groups", "folds", "weights")
        return replace(self, **{name: getattr(self, name)[chosen] for name in per_question})

    def scores(self, factors: np.ndarray) -> np.ndarray:
        """(q, P) scores with each part's points times its factor (k,), the sum of ``base`` kept."""
        moved = factors * (self.base.sum() / max(float(factors @ self.base), 1e-9))
        return np.asarray(self.points @ moved + self.rest)

    def gains(self, scores: np.ndarray) -> np.ndarray:
        """(q,) nDCG@10 of ``scores`` (q, P)."""
        return ndcg_rows(scores, self.relevance, self.candidates)

    def training_view(self) -> Questions:
        """The same with at most ``CANDIDATES`` wrong answers a question, drawn evenly and always the same.

        Uniform sampling of alternatives leaves a conditional logit consistent (McFadden, Modelling the choice
        of residential location, 1978).
        """
        count = self.relevance.shape[1]
        if count <= CANDIDATES:
            return self
        drawn = np.random.default_rng(_SEED).random(self.relevance.shape)
        drawn = np.where(self.relevance > 0, 2.0, np.where(self.candidates, drawn, -1.0))
        size = min(count, CANDIDATES + int((self.relevance > 0).sum(axis=1).max(initial=0)))
        kept = np.sort(np.argpartition(-drawn, size - 1, axis=1)[:, :size], axis=1)
        flat = {
            name: np.take_along_axis(getattr(self, name), kept, axis=1)
            for name in ("rest", "relevance", "candidates")
        }
        deep = {
            name: np.take_along_axis(getattr(self, name), kept[:, :, None], axis=1)
            for name in ("points", "nuisance")
        }
        return replace(self, **flat, **deep)


def ndcg_rows(scores: np.ndarray, relevance: np.ndarray, candidates: np.ndarray) -> np.ndarray:
    """(q,) nDCG@10 with graded gains (Järvelin and Kekäläinen 2002); ties go to the earlier column.

    0 for a question without an answer among the candidates.
    """
    shown = np.where(candidates, scores, -np.inf)
    gains = np.where(candidates, relevance, 0.0)
    order = np.argsort(-shown, axis=1, kind="stable")[:, :DEPTH]
    discounts = 1.0 / np.log2(np.arange(2, order.shape[1] + 2))
    found = np.take_along_axis(gains, order, axis=1) @ discounts
    best = -np.sort(-gains, axis=1)[:, : len(discounts)] @ discounts
    return np.asarray(np.divide(found, best, out=np.zeros(len(found)), where=best > 0))


def learn(questions: Questions, strength: float) -> np.ndarray:
    """(k,) factors >= 0 of the parts' points.

    How sharply answers follow the score is fitted first, on the shipped points as they are; the prior then
    stands around these points at that sharpness.
    """
    free = questions.nuisance.shape[2]
    together = np.concatenate([questions.points.sum(axis=2, keepdims=True), questions.nuisance], axis=2)
    about = (questions.relevance, questions.weights, questions.candidates)
    sharpness = ConditionalLogit(prior=np.array([FLATTEST]), strength=0.0, free=free).fit(together, *about)
    scale = max(float(sharpness.coef_[0]), FLATTEST)
    features = np.concatenate([questions.points * scale, questions.nuisance], axis=2)
    prior = np.ones(len(questions.base))
    return np.asarray(ConditionalLogit(prior=prior, strength=strength, free=free).fit(features, *about).coef_)


def chosen_strength(
    questions: Questions, strengths: Strengths, step: Callable[[], None] = lambda: None
) -> float:
    """The strongest prior that is within one standard error of the best, by cross-validation over the folds.

    The rule is that of Breiman, Friedman, Olshen and Stone (Classification and Regression Trees, 1984); the
    error is that of the difference to the best, question by question.
    """
    by_strength: list[list[np.ndarray]] = [[] for _ in strengths]
    for train, test in splits(questions):
        view = train.training_view()
        for strength, values in zip(strengths, by_strength, strict=True):
            values.append(test.gains(test.scores(learn(view, strength))))
            step()
    found = [np.concatenate(values) for values in by_strength]
    best = found[int(np.argmax([values.mean() for values in found]))]
    return max(
        strength
        for strength, values in zip(strengths, found, strict=True)
        if (best - values).mean() <= standard_error(best - values)
    )


@dataclass(frozen=True)
class Learned:
    """Factors learned from all questions, and scores by factors that were learned without each.

    Attributes:
        factors: (k,) of the parts' points.
        by_fold: for each fold the (k,) factors learned on the others.
        scores: (q, P) each question's by the factors learned on the other folds.
        strength: of the prior, chosen on all questions.
    """

    factors: np.ndarray
    by_fold: Mapping[int, np.ndarray]
    scores: np.ndarray
    strength: float


def learn_and_test(
    questions: Questions, strengths: Strengths, step: Callable[[int, int], None] = lambda done, total: None
) -> Learned:
    """Learn from all questions, and test by cross-validation with the choice of the prior inside each fold.

    Args:
        step: called with fits done and to do.
    """
    folds, done = len(np.unique(questions.folds)), 0
    total = len(strengths) * folds * folds  # the inner folds of each fold, and the folds themselves

    def count() -> None:
        nonlocal done
        done += 1
        step(done, total)

    scores, by_fold = np.zeros(questions.relevance.shape), {}
    for fold, (train, test) in zip(np.unique(questions.folds), splits(questions), strict=True):
        strength = chosen_strength(train, strengths, count)
        by_fold[int(fold)] = learn(train.training_view(), strength)
        scores[questions.folds == fold] = test.scores(by_fold[int(fold)])
    strength = chosen_strength(questions, strengths, count)
    return Learned(learn(questions.training_view(), strength), by_fold, scores, strength)


def splits(questions: Questions) -> Iterator[tuple[Questions, Questions]]:
    """For each fold all questions but its own, and its own."""
    for fold in np.unique(questions.folds):
        own = questions.folds == fold
        yield questions.only(~own), questions.only(own)
