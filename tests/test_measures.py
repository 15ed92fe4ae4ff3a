"""The measures against values worked out by hand."""

from __future__ import annotations

from math import log2, sqrt

import numpy as np
import pytest

from matcher import measures
from matcher.measures import MEASURES, ndcg, randomisation_p, recall, reciprocal_rank, standard_error

TWELVE = [f"p{number}" for number in range(1, 13)]


@pytest.mark.parametrize(
    ("relevant", "value"),
    [
        ({"p1"}, 1.0),
        ({"p10"}, 1.0),
        ({"p11"}, 0.0),
        ({"p1", "p12"}, 0.5),
        ({"p3", "p7", "p11", "unranked"}, 0.5),
    ],
)
def test_recall_counts_the_first_ten(relevant: set[str], value: float) -> None:
    assert recall(TWELVE, frozenset(relevant)) == value


@pytest.mark.parametrize(
    ("relevant", "value"),
    [
        ({"p1"}, 1.0),
        ({"p2"}, 1 / log2(3)),
        ({"p10"}, 1 / log2(11)),
        ({"p11"}, 0.0),
        ({"p1", "p2"}, 1.0),
        ({"p1", "p3"}, (1 + 1 / 2) / (1 + 1 / log2(3))),  # 0.9197
        ({"p3", "unranked"}, 0.5 / (1 + 1 / log2(3))),
        (set(TWELVE), 1.0),  # more relevant ones than places: ten at the top are the best possible
    ],
)
def test_ndcg_discounts_by_the_logarithm_of_the_place(relevant: set[str], value: float) -> None:
    assert ndcg(TWELVE, frozenset(relevant)) == pytest.approx(value)


def test_ndcg_of_a_short_ranking() -> None:
    assert ndcg(["a", "b"], frozenset({"b", "c"})) == pytest.approx((1 / log2(3)) / (1 + 1 / log2(3)))
    assert ndcg([], frozenset({"b"})) == 0.0


@pytest.mark.parametrize(
    ("relevant", "value"),
    [({"p1", "p5"}, 1.0), ({"p4", "p9"}, 0.25), ({"p12"}, 1 / 12), ({"unranked"}, 0.0)],
)
def test_reciprocal_rank_looks_at_the_first_hit_however_deep(relevant: set[str], value: float) -> None:
    assert reciprocal_rank(TWELVE, frozenset(relevant)) == value


def test_the_measures_carry_the_names_of_the_format() -> None:
    assert list(MEASURES) == ["recall@10", "ndcg@10", "mrr"]


def test_standard_error() -> None:
    assert standard_error(np.array([1.0, 2.0, 3.0])) == pytest.approx(1 / sqrt(3))
    assert standard_error(np.array([0.4])) == 0.0


def test_randomisation_agrees_with_counting_all_signs() -> None:
    """Five equal differences: only all plus and all minus of the 32 signs are as extreme."""
    assert randomisation_p(np.ones(5)) == pytest.approx(2 / 32, abs=0.01)
    # 3, 1, 1, 1: the sum is 6 in 2 of 16, and 4 or more takes the three with two of the ones.
    assert randomisation_p(np.array([3.0, 1.0, 1.0, -1.0])) == pytest.approx(8 / 16, abs=0.02)


@pytest.mark.parametrize("resamples", [1, 999, 1_000, 1_001, measures.RESAMPLES])
def test_as_many_signs_are_drawn_as_the_constant_says(
    monkeypatch: pytest.MonkeyPatch, resamples: int
) -> None:
    monkeypatch.setattr(measures, "RESAMPLES", resamples)
    assert randomisation_p(np.zeros(3)) == 1.0  # every draw counts, so this many were drawn
    assert randomisation_p(np.ones(64)) == 1 / (resamples + 1)  # none counts


def test_a_clear_difference_is_no_chance_and_noise_is() -> None:
    random = np.random.default_rng(7)
    assert randomisation_p(0.2 + 0.1 * random.standard_normal(40)) < 0.001
    noise = random.standard_normal(40)
    assert randomisation_p(noise - noise.mean()) > 0.9
    assert randomisation_p(np.zeros(10)) == 1.0


def test_randomisation_is_symmetric_and_the_same_every_time() -> None:
    differences = 0.1 + np.random.default_rng(3).standard_normal(30)
    p = randomisation_p(differences)
    assert 0.001 < p < 1
    assert randomisation_p(-differences) == p
    assert randomisation_p(differences) == p
