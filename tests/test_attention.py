"""Scarce attention: against trying everything out, and what holds whatever the numbers."""

from __future__ import annotations

from functools import cache
from itertools import combinations
from random import Random

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from matcher.attention import best, default_capacity, gini_of, share

quick = settings(max_examples=150, deadline=None)
strengths = st.sampled_from([0.0, 0.5, 1.0]) | st.floats(0, 1)


@st.composite
def matrices(draw: st.DrawFn, startups: int = 8, partners: int = 8, least: int = 0) -> np.ndarray:
    """Scores with two decimals, many of them equal or with a partner that all want, some pairs forbidden."""
    shape = draw(st.integers(least, startups)), draw(st.integers(least, partners))
    random = np.random.default_rng(draw(st.integers(0, 2**32)))
    scores = random.integers(0, draw(st.sampled_from([4, 1_000, 10_001])), shape) / 100
    scores[:, random.random(shape[1]) < draw(st.sampled_from([0.0, 0.3]))] += 10
    scores[random.random(shape) < draw(st.sampled_from([0.0, 0.2, 0.6]))] = -np.inf
    return np.asarray(scores)


@st.composite
def limited(draw: st.DrawFn, startups: int = 8, partners: int = 8) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and a capacity for each partner."""
    scores = draw(matrices(startups, partners))
    width = scores.shape[1]
    limits = draw(st.lists(st.integers(0, startups + 1), min_size=width, max_size=width))
    return scores, np.array(limits, int)


Value = tuple[int, int, int]


def value(scores: np.ndarray, chosen: np.ndarray) -> Value:
    """What is to be as large as possible: suggestions, evenness of the lists, their total in hundredths."""
    lengths = chosen.sum(axis=1)
    return int(lengths.sum()), -int((lengths**2).sum()), int(np.rint(scores[chosen] * 100).sum())


def exhaustive(scores: np.ndarray, k: int, limits: np.ndarray) -> Value:
    """The largest value, by trying every list for every startup."""

    @cache
    def from_row(row: int, left: tuple[int, ...]) -> Value:
        if row == len(scores):
            return 0, 0, 0
        open_ = [p for p, free in enumerate(left) if free and np.isfinite(scores[row, p])]
        found = []
        for size in range(min(k, len(open_)) + 1):
            for chosen in combinations(open_, size):
                rest = tuple(free - (p in chosen) for p, free in enumerate(left))
                count, even, total = from_row(row + 1, rest)
                own = sum(round(scores[row, p] * 100) for p in chosen)
                found.append((count + size, even - size**2, total + own))
        return max(found)

    return from_row(0, tuple(limits.tolist()))


@quick
@given(limited(startups=4, partners=4), st.integers(0, 4))
def test_nothing_is_fuller_or_more_even_or_scores_more(given_: tuple[np.ndarray, np.ndarray], k: int) -> None:
    scores, limits = given_
    assert value(scores, share(scores, k, limits).chosen) == exhaustive(scores, k, limits)


@quick
@given(limited(), st.integers(0, 9), strengths)
def test_lists_keep_to_the_rules(given_: tuple[np.ndarray, np.ndarray], k: int, strength: float) -> None:
    scores, limits = given_
    found = share(scores, k, limits, strength)
    assert found.chosen.shape == scores.shape
    assert found.chosen.dtype == bool
    assert np.isfinite(scores[found.chosen]).all()
    assert (found.chosen.sum(axis=1) <= k).all()
    before = found.exposure_before
    assert (found.exposure_after <= np.maximum(limits, limits + (1 - strength) * (before - limits))).all()
    if strength == 1:
        assert (found.exposure_after <= limits).all()
    assert (found.exposure_before == best(scores, k).sum(axis=0)).all()
    assert (found.exposure_after == found.chosen.sum(axis=0)).all()
    assert (share(scores, k, limits, strength).chosen == found.chosen).all()


@quick
@given(matrices(), st.integers(0, 9), st.integers(0, 3))
def test_capacity_for_all_is_the_plain_lists(scores: np.ndarray, k: int, more: int) -> None:
    found = share(scores, k, len(scores) + more)
    plain = np.zeros(scores.shape, bool)
    for row, own in enumerate(scores):
        allowed = [p for p in range(len(own)) if np.isfinite(own[p])]
        plain[row, sorted(allowed, key=lambda p: -own[p])[:k]] = True
    assert (found.chosen == plain).all()
    assert found.fit_cost == 0.0
    assert (found.exposure_after == found.exposure_before).all()


@quick
@given(limited(), st.integers(0, 9))
def test_strength_goes_from_the_plain_lists_to_the_limits(
    given_: tuple[np.ndarray, np.ndarray], k: int
) -> None:
    scores, limits = given_
    values = [value(scores, share(scores, k, limits, strength).chosen) for strength in (0, 0.3, 0.6, 1)]
    assert values == sorted(values, reverse=True)
    assert (share(scores, k, limits, 0.0).chosen == best(scores, k)).all()


@quick
@given(limited(), st.integers(0, 9))
def test_what_it_costs(given_: tuple[np.ndarray, np.ndarray], k: int) -> None:
    scores, limits = given_
    found, plain = share(scores, k, limits), best(scores, k)
    assume(found.chosen.any())
    assert found.fit_cost == pytest.approx(scores[plain].mean() - scores[found.chosen].mean())
    if found.chosen.sum() == plain.sum():
        assert found.fit_cost >= 0.0


@quick
@given(limited(), st.integers(0, 9), st.randoms(use_true_random=False))
def test_the_order_of_partners_and_startups_changes_nothing(
    given_: tuple[np.ndarray, np.ndarray], k: int, random: Random
) -> None:
    scores, limits = given_
    rows, columns = list(range(scores.shape[0])), list(range(scores.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    moved = scores[np.ix_(rows, columns)]
    found = share(moved, k, limits[columns])
    assert value(moved, found.chosen) == value(scores, share(scores, k, limits).chosen)


def test_a_partner_that_all_want_goes_to_those_who_lose_most_without() -> None:
    scores = np.array([[90.0, 80, 10], [85.0, 60, 25], [80.0, 20, 19]])
    found = share(scores, 1, 1)
    assert found.chosen.nonzero()[1].tolist() == [1, 2, 0]  # 80 + 25 + 80
    assert found.exposure_before.tolist() == [3, 0, 0]
    assert found.exposure_after.tolist() == [1, 1, 1]
    assert found.largest == (3, 1)
    assert found.gini == pytest.approx((2 / 3, 0))


def test_filling_lists_goes_before_the_total() -> None:
    """The first startup could have 90 points, and the second nothing at all."""
    scores = np.array([[90.0, 1.0], [80.0, -np.inf]])
    found = share(scores, 1, 1)
    assert found.chosen.tolist() == [[False, True], [True, False]]
    assert found.fit_cost == pytest.approx(85 - 40.5)


def test_even_lists_go_before_the_total() -> None:
    """The first startup alone would bring 170 points; shared out, the two bring 95."""
    found = share(np.array([[90.0, 80.0], [10.0, 5.0]]), 2, 1)
    assert found.chosen.tolist() == [[True, False], [False, True]]


def test_a_list_that_stays_short_can_raise_the_mean() -> None:
    found = share(np.array([[90.0], [10.0]]), 1, 1)
    assert found.chosen.tolist() == [[True], [False]]
    assert found.fit_cost == pytest.approx(50 - 90)


def test_half_the_strength_takes_half_of_what_is_too_much() -> None:
    scores = np.tile([50.0, 40.0], (30, 1))
    assert [share(scores, 1, 20, strength).largest for strength in (0, 0.5, 0.75, 1)] == [
        (30, 30),
        (30, 25),
        (30, 22),
        (30, 20),
    ]


def test_each_partner_has_its_own_capacity() -> None:
    found = share(np.tile([30.0, 20.0, 10.0], (6, 1)), 1, np.array([1, 2, 3], np.uint8))
    assert found.exposure_after.tolist() == [1, 2, 3]
    # Numbers that no solver could add up are as good as no limit.
    found = share(np.tile([30.0, 20.0, 10.0], (6, 1)), 2**62, np.array([1, 2**63, 2**63], np.uint64))
    assert found.exposure_after.tolist() == [1, 6, 6]


@pytest.mark.parametrize(
    ("counts", "gini"),
    [
        ([], 0.0),
        ([0, 0], 0.0),
        ([7], 0.0),
        ([5, 5, 5], 0.0),
        ([3, 1], 0.25),
        ([0, 4, 0, 0], 0.75),
        ([1, 2, 3, 4], 0.25),
    ],
)
def test_gini(counts: list[int], gini: float) -> None:
    assert gini_of(np.array(counts, int)) == pytest.approx(gini)


def test_default_capacity_by_hand() -> None:
    assert default_capacity(2000, 200, 10) == 200
    assert default_capacity(30, 29, 5) == 11  # 10.3 rounded up
    assert default_capacity(4, 100, 10) == 10
    assert default_capacity(4, 0, 10) == 10


@quick
@given(matrices(startups=12, partners=6, least=1), st.integers(0, 6))
def test_the_default_capacity_fills_all_lists(scores: np.ndarray, k: int) -> None:
    everything = np.where(np.isfinite(scores), scores, 0.0)
    startups, partners = scores.shape
    found = share(everything, k, default_capacity(startups, partners, k))
    assert (found.chosen.sum(axis=1) == min(k, partners)).all()


def test_no_exchange_improves_a_large_directory() -> None:
    """200 startups want the same ten of 40 partners: the answer is the largest if no chain of moves gains.

    One startup moves a suggestion from partner a to b and gains the difference of their scores, another
    from b to c, and so on, until a partner with room or the first one again.
    """
    random = np.random.default_rng(5)
    scores = (50 + np.repeat([30, 0], [10, 30]) + 5 * random.standard_normal((200, 40))).round(2)
    found = share(scores, 5, 30)
    assert (found.chosen.sum(axis=1) == 5).all()
    assert found.largest[0] > 30 == found.largest[1]
    assert found.gini[1] < found.gini[0]
    gain = np.full((40, 40), -np.inf)
    for row, own in zip(scores, found.chosen, strict=True):
        moves = np.where(own[:, None] & ~own[None, :], row[None, :] - row[:, None], -np.inf)
        gain = np.maximum(gain, moves)
    for middle in range(40):  # Floyd and Warshall
        gain = np.maximum(gain, gain[:, middle, None] + gain[None, middle])
    assert np.diag(gain).max() < 1e-9
    room = found.exposure_after < 30
    assert room.any()
    assert gain[:, room].max() < 1e-9


def test_what_cannot_be_shared_is_refused() -> None:
    good = np.ones((2, 3))
    for scores, k, capacity, strength in (
        (np.ones(3), 1, 1, 1.0),
        (np.full((2, 3), np.nan), 1, 1, 1.0),
        (np.full((2, 3), np.inf), 1, 1, 1.0),
        (good, -1, 1, 1.0),
        (good, 1, -1, 1.0),
        (good, 1, np.array([1, 1, -1]), 1.0),
        (good, 1, np.array([0.5, 1, 1]), 1.0),
        (good, 1, np.array([1, 1]), 1.0),
        (good, 1, 1, 1.5),
        (good, 1, 1, float("nan")),
    ):
        with pytest.raises(ValueError, match=r"must|could not be broadcast"):
            share(scores, k, capacity, strength)
