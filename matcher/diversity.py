"""A list is not five of the same: maximal marginal relevance, and how alike two partners are.

Maximal marginal relevance (Carbonell and Goldstein, The use of MMR, diversity-based reranking for reordering
documents and producing summaries, SIGIR 1998) fills a list place by place, each time with the candidate of
the largest

    (1 - dial) * score - dial * (its largest similarity to one already in the list)

where the paper writes λ for 1 - dial. The first place has nothing to differ from and goes to the best score.

Points and similarities have no common unit, so both are brought to 0..1 first, by min-max over the candidates
that are considered: the best of them has score 1 and the last 0, the two most alike have similarity 1 and the
two least alike 0. Only the best ``considered(k)`` are: something irrelevant never enters for being different.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum

import numpy as np

TIMES_LIST, AT_LEAST = 5, 50
"""How many candidates are considered: so many times the length of the list, but at least so many."""

KIND_SHARE = 0.25
"""What being of the same kind adds to a similarity; the cosine has the rest. Among the partners of the sample
directory the cosine, brought to 0..1, has a deviation of 0.15 and is already 0.18 higher within a kind: a
quarter makes the kind count for more than the wording without hiding it."""


@dataclass(frozen=True)
class Reranked:
    """A list chosen for fit and difference.

    Attributes:
        order: positions of the candidates in the list, first place first; k, or all if there are fewer.
        fit_cost: mean score of the plain best k minus that of these, in score points; never negative.
        similarity_before, similarity_after: mean similarity of two in the plain list and in this one, as
            given; 0 where a list has fewer than two.
    """

    order: np.ndarray
    fit_cost: float
    similarity_before: float
    similarity_after: float


def considered(k: int) -> int:
    """How many of the best candidates a list of ``k`` is chosen from."""
    return max(TIMES_LIST * k, AT_LEAST)


def rerank(scores: np.ndarray, similarity: np.ndarray, k: int, dial: float) -> Reranked:
    """Choose ``k`` candidates that fit and differ.

    Equal values go to the better score, then to the candidate given first.

    Args:
        scores: (n,) in points.
        similarity: (n, n) symmetric, in any unit; the diagonal is not looked at.
        k: length of the list.
        dial: 0 keeps the order of the scores; 1 looks for difference only.

    Raises:
        ValueError: the shapes do not go together, a value is not finite, k is negative or dial outside 0..1.
    """
    scores, similarity = np.asarray(scores, np.float64), np.asarray(similarity, np.float64)
    if scores.ndim != 1 or similarity.shape != (len(scores), len(scores)):
        raise ValueError(f"scores {scores.shape} and similarity {similarity.shape} do not go together")
    if not (np.isfinite(scores).all() and np.isfinite(similarity).all()):
        raise ValueError("scores and similarities must be finite")
    if k < 0 or not 0.0 <= dial <= 1.0:
        raise ValueError(f"k must not be negative and dial must lie in 0..1, not {k} and {dial}")
    pool = np.argsort(-scores, kind="stable")[: considered(k)]
    fit = _to_unit(scores[pool], np.ones(len(pool), bool))
    alike = _to_unit(similarity[np.ix_(pool, pool)], ~np.eye(len(pool), dtype=bool))
    chosen: list[int] = []
    nearest = np.zeros(len(pool))
    for _ in range(min(k, len(pool))):
        value = (1.0 - dial) * fit - dial * nearest
        value[chosen] = -np.inf
        chosen.append(int(value.argmax()))  # the first of equals: the pool lies in the plain order
        nearest = np.maximum(nearest, alike[chosen[-1]])
    plain, order = pool[:k], pool[chosen]
    # Exact sums: the same candidates in another order cost exactly nothing.
    cost = (fsum(scores[plain]) - fsum(scores[order])) / max(len(order), 1)
    return Reranked(order, cost, _mean_of_pairs(similarity, plain), _mean_of_pairs(similarity, order))


def similarity_of(themes: np.ndarray, kinds: Sequence[str]) -> np.ndarray:
    """How alike partners are, from 0 to 1: what they say, and whether they are of one kind.

    The cosines of E5 lie close together (0.93 to 0.99 among the sample's partners), so they are brought to
    0..1 by min-max over all pairs before ``KIND_SHARE`` is mixed in. A pair's value is therefore relative to
    the partners given: give the candidates that are considered.

    Args:
        themes: (n, d) unit vectors.
        kinds: (n,) kind of partner.

    Returns:
        (n, n) symmetric, 1 on the diagonal.

    Raises:
        ValueError: there are not as many vectors as kinds.
    """
    themes, names = np.asarray(themes, np.float64), np.asarray(kinds, str)
    if themes.ndim != 2 or names.shape != (len(themes),):
        raise ValueError(f"themes {themes.shape} and kinds {names.shape} do not go together")
    others = ~np.eye(len(themes), dtype=bool)
    alike = (1.0 - KIND_SHARE) * _to_unit(themes @ themes.T, others)
    alike += KIND_SHARE * (names[:, None] == names[None, :])
    return np.asarray(np.where(others, alike, 1.0))


def _to_unit(values: np.ndarray, counted: np.ndarray) -> np.ndarray:
    """Min-max to 0..1 over the values that ``counted`` marks; 0 where these are all equal."""
    sample = values[counted]
    spread = float(np.ptp(sample)) if len(sample) else 0.0
    if spread < 1e-6:  # no more than the rounding of single precision
        return np.zeros(values.shape)
    return np.asarray((values - sample.min()) / spread)


def _mean_of_pairs(similarity: np.ndarray, places: np.ndarray) -> float:
    """Mean similarity of two different ones among ``places``; 0 where there are fewer than two."""
    if len(places) < 2:
        return 0.0
    return float(similarity[np.ix_(places, places)][~np.eye(len(places), dtype=bool)].mean())
