"""Lists that differ: against the formula written out, and what holds whatever the numbers."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matcher.diversity import KIND_SHARE, considered, rerank, similarity_of

quick = settings(max_examples=150, deadline=None)
dials = st.sampled_from([0.0, 0.25, 0.5, 1.0]) | st.floats(0, 1)


@st.composite
def candidates(draw: st.DrawFn, most: int = 12) -> tuple[np.ndarray, np.ndarray]:
    """Scores (n,) and symmetric similarities (n, n) of few values, so that many are equal.

    The diagonal holds what must not be looked at.
    """
    n, random = draw(st.integers(0, most)), np.random.default_rng(draw(st.integers(0, 2**32)))
    upper = np.triu(random.integers(0, draw(st.integers(1, 20)), (n, n)))
    scores = random.integers(0, draw(st.integers(1, 100)), n)
    similarity = np.maximum(upper, upper.T) / 8
    np.fill_diagonal(similarity, 99.0)
    return scores.astype(float), similarity


def naive(scores: list[float], similarity: list[list[float]], k: int, dial: float) -> list[int]:
    """The formula of the module, one candidate at a time, for no more candidates than are considered."""
    plain = sorted(range(len(scores)), key=lambda i: -scores[i])
    pairs = [similarity[i][j] for i in plain for j in plain if i != j]

    def unit(value: float, of: list[float]) -> float:
        return (value - min(of)) / (max(of) - min(of)) if of and max(of) > min(of) else 0.0

    chosen: list[int] = []
    while len(chosen) < min(k, len(scores)):
        values = {
            i: (1 - dial) * unit(scores[i], scores)
            - dial * max((unit(similarity[j][i], pairs) for j in chosen), default=0.0)
            for i in plain
            if i not in chosen
        }
        chosen.append(max(values, key=lambda i: values[i]))  # the first of equals
    return chosen


@quick
@given(candidates(), st.integers(0, 14), dials)
def test_it_is_the_formula(given_: tuple[np.ndarray, np.ndarray], k: int, dial: float) -> None:
    scores, similarity = given_
    found = rerank(scores, similarity, k, dial)
    assert found.order.tolist() == naive(scores.tolist(), similarity.tolist(), k, dial)


@quick
@given(candidates(), st.integers(0, 14))
def test_dial_0_is_the_plain_order(given_: tuple[np.ndarray, np.ndarray], k: int) -> None:
    scores, similarity = given_
    found = rerank(scores, similarity, k, 0.0)
    assert found.order.tolist() == sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:k]
    assert found.fit_cost == 0.0
    assert found.similarity_after == found.similarity_before


@quick
@given(candidates(most=70), st.integers(0, 14), dials)
def test_a_list_is_k_different_ones_of_the_best(
    given_: tuple[np.ndarray, np.ndarray], k: int, dial: float
) -> None:
    scores, similarity = given_
    order = rerank(scores, similarity, k, dial).order.tolist()
    assert len(order) == len(set(order)) == min(k, len(scores))
    best = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[: max(5 * k, 50)]
    assert set(order) <= set(best)
    assert not order or scores[order[0]] == scores.max()  # the first place has nothing to differ from


@quick
@given(candidates(most=70), st.integers(0, 14), dials)
def test_what_it_cost_and_what_it_gained(given_: tuple[np.ndarray, np.ndarray], k: int, dial: float) -> None:
    scores, similarity = given_
    found = rerank(scores, similarity, k, dial)
    plain = sorted(range(len(scores)), key=lambda i: (-scores[i], i))[:k]

    def mean(values: list[float]) -> float:
        return sum(values) / len(values) if values else 0.0

    def alike(places: list[int]) -> float:
        return mean([similarity[i, j] for i, j in combinations(places, 2)])

    order = found.order.tolist()
    assert found.fit_cost == pytest.approx(mean(scores[plain].tolist()) - mean(scores[order].tolist()))
    assert found.fit_cost >= 0.0
    assert found.similarity_before == pytest.approx(alike(plain))
    assert found.similarity_after == pytest.approx(alike(order))


@quick
@given(candidates(), st.integers(0, 14), dials, st.sampled_from([0.5, 4.0]), st.integers(-9, 9))
def test_units_do_not_matter(
    given_: tuple[np.ndarray, np.ndarray], k: int, dial: float, factor: float, offset: int
) -> None:
    """Min-max takes them out: powers of two and small numbers, so that nothing is rounded."""
    scores, similarity = given_
    order = rerank(scores, similarity, k, dial).order.tolist()
    assert rerank(scores * factor + offset, similarity, k, dial).order.tolist() == order
    assert rerank(scores, similarity * factor + offset, k, dial).order.tolist() == order


def test_a_list_is_not_five_of_the_same() -> None:
    """Six hospitals that are all alike score best, six others are unlike everything and score less."""
    scores = np.array([90.0, 89, 88, 87, 86, 85, 80, 79, 78, 77, 76, 40])
    similarity = np.full((12, 12), 0.8)
    similarity[:6, :6] = 0.9
    plain, mixed, wild = (rerank(scores, similarity, 5, dial) for dial in (0.0, 0.5, 1.0))
    assert plain.order.tolist() == [0, 1, 2, 3, 4]
    assert mixed.order.tolist() == [0, 6, 7, 8, 9]
    assert mixed.fit_cost == pytest.approx(88 - (90 + 80 + 79 + 78 + 77) / 5)
    assert mixed.similarity_before == pytest.approx(0.9)
    assert mixed.similarity_after == pytest.approx(0.8)
    # At 0.1 a difference of 1 is worth less than the points to the fifth: 0.1 * 1 < 0.9 * (86 - 80) / 50.
    assert rerank(scores, similarity, 5, 0.1).order.tolist() == plain.order.tolist()
    assert wild.order.tolist() == [0, 6, 7, 8, 9]


def test_the_irrelevant_never_enters_for_being_different() -> None:
    scores = np.arange(60.0, 0.0, -1.0)
    similarity = np.full((60, 60), 0.9)
    similarity[55, :] = similarity[:, 55] = 0.1
    assert considered(5) == considered(10) == 50
    assert 55 not in rerank(scores, similarity, 10, 1.0).order
    assert considered(12) == 60
    assert rerank(scores, similarity, 12, 1.0).order[1] == 55


def test_equals_come_in_the_order_given() -> None:
    order = rerank(np.array([1.0, 3, 3, 2, 3]), np.ones((5, 5)), 5, 0.7).order
    assert order.tolist() == [1, 2, 4, 3, 0]


def test_what_cannot_be_ranked_is_refused() -> None:
    two, pairs = np.array([1.0, 2.0]), np.eye(2)
    for scores, similarity, k, dial in (
        (two, np.eye(3), 1, 0.5),
        (pairs, pairs, 1, 0.5),
        (np.array([1.0, -np.inf]), pairs, 1, 0.5),
        (two, np.full((2, 2), np.nan), 1, 0.5),
        (two, pairs, -1, 0.5),
        (two, pairs, 1, 1.01),
        (two, pairs, 1, -0.01),
        (two, pairs, 1, float("nan")),
    ):
        with pytest.raises(ValueError, match=r"must|do not go together"):
            rerank(scores, similarity, k, dial)


def unit(rows: list[list[float]]) -> np.ndarray:
    found = np.array(rows)
    return np.asarray(found / np.linalg.norm(found, axis=1, keepdims=True), np.float32)


def test_similarity_by_hand() -> None:
    """Cosines 0.8 (first two), 0 (first and third) and 0.6 become 1, 0 and 0.75."""
    themes = unit([[1, 0], [0.8, 0.6], [0, 1]])
    found = similarity_of(themes, ["hospital", "pharma", "pharma"])
    rest = 1 - KIND_SHARE
    assert found == pytest.approx(
        np.array([[1, rest, 0], [rest, 1, rest * 0.75 + KIND_SHARE], [0, rest * 0.75 + KIND_SHARE, 1]]),
        abs=1e-6,
    )


@quick
@given(
    st.lists(
        st.tuples(st.integers(-9, 9), st.integers(-9, 9), st.sampled_from(["hospital", "investor"])),
        max_size=8,
    )
)
def test_similarity_is_symmetric_and_between_0_and_1(rows: list[tuple[int, int, str]]) -> None:
    """The third axis keeps the cosines as close together as E5's are."""
    themes = unit([[x, y, 30.0] for x, y, _ in rows]) if rows else np.zeros((0, 3), np.float32)
    kinds = [kind for *_, kind in rows]
    found = similarity_of(themes, kinds)
    assert found.shape == (len(rows), len(rows))
    assert (found == found.T).all()
    assert (np.diag(found) == 1).all()
    assert ((found >= 0) & (found <= 1)).all()
    same = np.array([[a == b for b in kinds] for a in kinds], bool).reshape(found.shape)
    apart = similarity_of(themes, [str(number) for number in range(len(rows))])
    off = ~np.eye(len(rows), dtype=bool)
    assert (found - apart)[off] == pytest.approx(KIND_SHARE * same[off])
    cosines = (themes.astype(float) @ themes.astype(float).T)[off]
    if len(cosines) and np.ptp(cosines) > 1e-4:  # spread over the whole scale, however close they lie
        assert apart[off].min() == 0.0
        assert apart[off].max() == pytest.approx(1 - KIND_SHARE)


def test_partners_that_say_the_same_differ_by_kind_alone() -> None:
    found = similarity_of(unit([[1, 2]] * 3), ["hospital", "hospital", "pharma"])
    assert found.tolist() == [[1, KIND_SHARE, 0], [KIND_SHARE, 1, 0], [0, 0, 1]]


@pytest.mark.parametrize(("themes", "kinds"), [(np.eye(2), ["pharma"]), (np.ones(2), ["pharma"] * 2)])
def test_vectors_without_kinds_are_refused(themes: np.ndarray, kinds: list[str]) -> None:
    with pytest.raises(ValueError, match="do not go together"):
        similarity_of(themes, kinds)
