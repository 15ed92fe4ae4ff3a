"""The probability of a meeting from a score: it rises, is checked on startups held out, and survives JSON."""

from __future__ import annotations

import json

import numpy as np
import pytest

from matcher import calibration
from matcher.calibration import Curve, brier, calibrate, curve_of, fit, method_for, reliability


def pairs(count: int, slope: float, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Scores from 20 to 80, meetings that follow them as ``slope`` says, five pairs a startup."""
    generator = np.random.default_rng(seed)
    scores = generator.uniform(20, 80, count).round(2)
    chance = 1 / (1 + np.exp(-slope * (scores - 50)))
    return scores, generator.random(count) < chance, np.arange(count) // 5


def test_the_method_follows_from_how_much_is_known() -> None:
    def known(good: int, bad: int) -> str:
        return method_for(np.repeat([True, False], [good, bad]))

    assert known(100, 100) == known(30, 170) == calibration.ISOTONIC
    assert known(29, 171) == known(100, 99) == known(5, 25) == calibration.PLATT
    assert known(4, 300) == known(14, 15) == known(0, 0) == calibration.NONE


@pytest.mark.parametrize("method", [calibration.ISOTONIC, calibration.PLATT])
@pytest.mark.parametrize("slope", [0.2, 0.0, -0.2])
def test_a_higher_score_never_has_a_lower_probability(method: str, slope: float) -> None:
    scores, fruitful, _ = pairs(300, slope)
    found = fit(method, scores, fruitful).predict(np.linspace(-10, 110, 500))
    assert (np.diff(found) >= 0).all()
    assert ((found >= 0) & (found <= 1)).all()
    if slope > 0:
        assert found[-1] - found[0] > 0.5
    if slope < 0:
        assert found[-1] - found[0] < 0.3


def test_platt_finds_the_curve_that_made_the_pairs() -> None:
    scores, fruitful, _ = pairs(20_000, 0.1)
    curve = fit(calibration.PLATT, scores, fruitful)
    assert curve.parameters["slope"] == pytest.approx(0.1, rel=0.05)
    assert curve.predict(np.array([50.0]))[0] == pytest.approx(0.5, abs=0.02)


def test_platt_is_never_sure_of_few_pairs_that_scores_part() -> None:
    scores = np.array([30.0] * 15 + [60.0] * 15)
    found = fit(calibration.PLATT, scores, scores > 50).predict(np.array([30.0, 60.0]))
    # The targets of Platt 1999: 1 / (15 + 2) and (15 + 1) / (15 + 2).
    np.testing.assert_allclose(found, [1 / 17, 16 / 17], atol=0.01)


def test_scores_that_say_much_are_used() -> None:
    card = calibrate(*pairs(400, 0.2))
    assert card is not None
    assert (card["method"], card["pairs"], card["used"]) == ("isotonic", 400, True)
    assert card["brier"] < card["brier_base"] - 0.05
    assert sum(row["pairs"] for row in card["reliability"]) == 400
    assert 5 <= len(card["reliability"]) <= 10
    for row in card["reliability"]:
        assert row["from"] <= row["predicted"] <= row["to"]
        assert abs(row["predicted"] - row["observed"]) < 0.3


def test_scores_that_say_nothing_are_not_used() -> None:
    scores = np.tile([30.0, 50.0, 70.0, 40.0, 60.0], 30)
    # At each score as many pairs meet as do not: there is nothing to learn.
    card = calibrate(scores, np.repeat([True, False], 75), np.arange(150) // 5)
    assert card is not None
    assert not card["used"]
    falling = calibrate(*pairs(150, -0.2))
    assert falling is not None
    assert not falling["used"]
    assert curve_of(falling) is None


def test_too_few_pairs_say_nothing_at_all() -> None:
    assert calibrate(np.zeros(0), np.zeros(0, bool), np.zeros(0)) is None
    card = calibrate(*pairs(20, 0.2))
    assert card is not None
    assert (card["method"], card["brier"], card["used"], card["parameters"]) == ("none", None, False, {})
    one_startup = calibrate(*pairs(100, 0.2)[:2], np.zeros(100))
    assert one_startup is not None
    assert one_startup["method"] == "none"


def test_a_startup_is_judged_by_a_curve_that_has_not_seen_it() -> None:
    # Each startup's pairs share one score and one end, by chance: a curve that has seen it knows the end.
    generator = np.random.default_rng(1)
    groups = np.repeat(np.arange(60), 5)
    scores = generator.uniform(20, 80, 60)[groups]
    fruitful = (generator.random(60) < 0.5)[groups]
    seen = brier(fit(calibration.ISOTONIC, scores, fruitful).predict(scores), fruitful)
    card = calibrate(scores, fruitful, groups)
    assert card is not None
    assert card["brier"] > seen + 0.03


def test_brier_of_perfect_and_of_constant() -> None:
    fruitful = np.array([True, True, False, False])
    assert brier(fruitful.astype(float), fruitful) == 0.0
    assert brier(np.full(4, 0.5), fruitful) == 0.25
    assert brier(1.0 - fruitful, fruitful) == 1.0


def test_reliability_puts_equal_predictions_together() -> None:
    rows = reliability(np.repeat([0.2, 0.7], [30, 10]), np.arange(40) % 2 == 0)
    assert [row["pairs"] for row in rows] == [30, 10]
    assert rows[0] == {"from": 0.2, "to": 0.2, "pairs": 30, "predicted": pytest.approx(0.2), "observed": 0.5}
    assert [row["pairs"] for row in reliability(np.full(7, 0.3), np.ones(7, bool))] == [7]


@pytest.mark.parametrize(("count", "method"), [(400, "isotonic"), (60, "platt")])
def test_a_card_gives_the_same_probabilities_after_json(count: int, method: str) -> None:
    scores, fruitful, groups = pairs(count, 0.2)
    card = calibrate(scores, fruitful, groups)
    assert card is not None
    curve = curve_of(json.loads(json.dumps(card)))
    assert curve is not None
    assert curve.method == method
    np.testing.assert_array_equal(curve.predict(scores), Curve(method, card["parameters"]).predict(scores))
    np.testing.assert_array_equal(curve.predict(scores), fit(method, scores, fruitful).predict(scores))
