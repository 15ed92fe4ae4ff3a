"""The map of fit: who fits is near, nothing depends on chance, and what it says of itself is true."""

from __future__ import annotations

import numpy as np
import pytest

from matcher import fitmap
from matcher.fitmap import NEAREST, fit_map
from matcher.service import Service


def apart(startups: np.ndarray, partners: np.ndarray) -> np.ndarray:
    return np.asarray(np.linalg.norm(startups[:, None] - partners[None], axis=2))


def grouped(seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores of three trades: high within one, low between; with the trade of each startup and partner."""
    startups, partners = np.repeat([0, 1, 2], 6), np.repeat([0, 1, 2], 9)
    alike = startups[:, None] == partners[None]
    noise = np.random.default_rng(seed).normal(0, 1, alike.shape)
    return np.where(alike, 60.0, 25.0) + noise, startups, partners


def test_every_startup_is_nearest_to_the_partners_of_its_trade() -> None:
    scores, startups, partners = grouped()
    found = fit_map(scores)
    assert found.startups.shape == (18, 2)
    assert found.partners.shape == (27, 2)
    nearest = np.argsort(apart(found.startups, found.partners), axis=1)[:, :9]
    assert (partners[nearest] == startups[:, None]).all()
    # Nine of the ten best are of the trade, and so are nine of the ten nearest; the tenth is noise.
    assert 9.0 <= found.found <= 10.0
    assert found.explained > 0.8


def test_a_partner_that_fits_everybody_lies_in_the_middle() -> None:
    scores, _, _ = grouped()
    scores = np.column_stack([scores, np.full(18, 60.0)])
    found = fit_map(scores)
    middle = found.startups.mean(axis=0)
    distance = np.linalg.norm(found.partners - middle, axis=1)
    assert distance.argmin() == 27


def test_equal_scores_give_an_equal_map() -> None:
    scores, _, _ = grouped()
    one, other = fit_map(scores), fit_map(scores.copy())
    np.testing.assert_array_equal(one.startups, other.startups)
    np.testing.assert_array_equal(one.partners, other.partners)


def test_neither_the_scale_nor_a_startups_own_level_matters() -> None:
    scores, _, _ = grouped()
    plain, changed = fit_map(scores), fit_map(scores * 3.0 + np.arange(18)[:, None])
    np.testing.assert_allclose(changed.startups, plain.startups, atol=1e-3)
    np.testing.assert_allclose(changed.partners, plain.partners, atol=1e-3)


def test_the_middle_is_at_0_the_width_is_largest_and_the_farthest_are_right_and_up() -> None:
    scores, _, _ = grouped(3)
    found = fit_map(scores)
    every = np.concatenate([found.startups, found.partners])
    np.testing.assert_allclose(every.mean(axis=0), 0.0, atol=1e-9)
    assert every[:, 0].std() >= every[:, 1].std()
    assert (every.max(axis=0) >= -every.min(axis=0)).all()
    assert abs(float(np.corrcoef(every.T)[0, 1])) < 1e-9


def test_what_it_explains_is_the_correlation_of_distance_and_score() -> None:
    scores, _, _ = grouped(1)
    found = fit_map(scores)
    own = scores - scores.mean(axis=1, keepdims=True)
    correlation = np.corrcoef(apart(found.startups, found.partners).ravel(), own.ravel())[0, 1]
    assert found.explained == pytest.approx(correlation**2)


def test_what_it_found_counts_the_best_among_the_nearest() -> None:
    scores = np.random.default_rng(5).normal(30, 5, (7, 40))
    found = fit_map(scores)
    distance = apart(found.startups, found.partners)
    shared = [
        len({*np.argsort(-scores[i])[:NEAREST]} & {*np.argsort(distance[i])[:NEAREST]}) for i in range(7)
    ]
    assert found.found == pytest.approx(np.mean(shared))


def test_the_stress_falls_with_every_step_and_ends_where_it_cannot_fall(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wanted = np.random.default_rng(2).uniform(0.5, 4.0, (6, 8))
    start = np.random.default_rng(3).normal(size=(14, 2))

    def stress(places: np.ndarray) -> float:
        distance = apart(places[:6], places[6:])
        return float(((distance - wanted) ** 2 / wanted).sum())

    monkeypatch.setattr(fitmap, "_ENOUGH", 0.0)
    values = []
    for steps in (1, 2, 5, 20, 100):
        monkeypatch.setattr(fitmap, "_STEPS", steps)
        values.append(stress(fitmap._unfolded(wanted, start)))
    assert values == sorted(values, reverse=True)
    monkeypatch.setattr(fitmap, "_STEPS", 20_000)
    end = fitmap._unfolded(wanted, start)
    for at in np.ndindex(end.shape):
        moved = np.zeros(end.shape)
        moved[at] = 1e-5
        slope = (stress(end + moved) - stress(end - moved)) / 2e-5
        assert abs(slope) < 1e-3


def test_pairs_that_must_not_meet_are_farther_apart_than_if_they_fitted() -> None:
    scores, _, _ = grouped()
    plain = fit_map(scores)
    barred = scores.copy()
    barred[0, 0] = -np.inf
    found = fit_map(barred)
    assert np.isfinite(found.startups).all()
    assert apart(found.startups, found.partners)[0, 0] > apart(plain.startups, plain.partners)[0, 0]


def test_one_startup_has_its_partners_around_it_by_score() -> None:
    scores = np.linspace(20, 60, 30)[None]
    found = fit_map(scores)
    order = np.argsort(apart(found.startups, found.partners)[0])
    # The best few are all asked to lie in the same place.
    assert list(order[5:]) == list(range(24, -1, -1))
    assert found.explained > 0.95


@pytest.mark.parametrize(
    "scores",
    [
        np.zeros((0, 0)),
        np.zeros((0, 3)),
        np.zeros((2, 0)),
        np.full((2, 3), -np.inf),
        np.full((2, 3), 30.0),
        np.array([[50.0]]),
        np.array([[50.0], [20.0]]),
        np.array([[50.0, 20.0, -np.inf], [-np.inf, -np.inf, -np.inf]]),
    ],
)
def test_there_is_a_map_of_anything(scores: np.ndarray) -> None:
    found = fit_map(scores)
    assert found.startups.shape == (scores.shape[0], 2)
    assert found.partners.shape == (scores.shape[1], 2)
    assert np.isfinite(found.startups).all()
    assert np.isfinite(found.partners).all()
    assert 0.0 <= found.explained <= 1.0
    assert 0.0 <= found.found <= scores.shape[1]


def test_nothing_is_explained_where_nobody_fits_better_than_another() -> None:
    assert fit_map(np.full((4, 5), 30.0)).explained == 0.0


def test_the_sample_directory_is_shown_as_truly_as_is_said(sample_service: Service) -> None:
    scores = sample_service.scores()
    found = fit_map(scores)
    assert scores.shape == (61, 135)
    # By chance 0.74 of 10, and 2.7 with the biplot it starts from: see the module.
    assert found.found == pytest.approx(5.0, abs=0.3)
    assert found.explained == pytest.approx(0.50, abs=0.03)
