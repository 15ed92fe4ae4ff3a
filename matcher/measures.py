"""Measures of a ranking against known answers, and the paired comparison of two systems.

Formulas: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques (2002), for nDCG with
binary gains and a base-2 logarithm; MRR and recall as usual. The paired test is Fisher's randomisation test
on the differences a query (Smucker, Allan and Carterette, CIKM 2007).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

DEPTH = 10
RESAMPLES = 9_999
SEED = 20_230_428
_AT_ONCE = 1_000  # resamples held in memory together


def recall(ranking: Sequence[str], relevant: frozenset[str]) -> float:
    """Share of the relevant ones among the first ten."""
    return len(relevant.intersection(ranking[:DEPTH])) / len(relevant)


def ndcg(ranking: Sequence[str], relevant: frozenset[str]) -> float:
    """Discounted gain of the first ten over that of the best possible order."""
    discounts = 1.0 / np.log2(np.arange(2, DEPTH + 2))
    gains = np.array([item in relevant for item in ranking[:DEPTH]], float)
    return float((gains * discounts[: len(gains)]).sum() / discounts[: min(DEPTH, len(relevant))].sum())


def reciprocal_rank(ranking: Sequence[str], relevant: frozenset[str]) -> float:
    """One over the place of the first relevant one; 0 where there is none."""
    return next((1.0 / place for place, item in enumerate(ranking, start=1) if item in relevant), 0.0)


MEASURES = {f"recall@{DEPTH}": recall, f"ndcg@{DEPTH}": ndcg, "mrr": reciprocal_rank}


def standard_error(values: np.ndarray) -> float:
    """Of the mean over queries."""
    return float(values.std(ddof=1) / np.sqrt(len(values))) if len(values) > 1 else 0.0


def randomisation_p(differences: np.ndarray) -> float:
    """Two-sided p of a mean difference of 0: how often random signs give a mean at least as far from it."""
    generator = np.random.default_rng(SEED)
    seen, extreme = abs(float(differences.mean())), 0
    for start in range(0, RESAMPLES, _AT_ONCE):
        signs = generator.choice((-1.0, 1.0), size=(min(_AT_ONCE, RESAMPLES - start), len(differences)))
        extreme += int((np.abs((signs * differences).mean(axis=1)) >= seen - 1e-12).sum())
    return (extreme + 1) / (RESAMPLES + 1)
