"""How a list is chosen, what a pair lacks, how the ranking works: pages over a handful of profiles."""

from __future__ import annotations

import re
from dataclasses import replace
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from web_helpers import PROFILES, page, paste, signed_in

from matcher.results import MatchList
from matcher.service import Service, open_service
from matcher.weights import PARTS, SHIPPED, Weights
from profiles.store import Store
from web import create_app, phrases
from web.settings import Settings

# -- how a list is chosen -----------------------------------------------------------------------


def test_controls_are_a_form_that_needs_no_script(client: FlaskClient) -> None:
    html = page(client, "/startups/vaxo?kind=investor&track=ip&diversity=0.6&spread=1")
    form = html.split('<form class="controls live"')[1].split("</form>")[0]
    assert 'method="get" action="/startups/vaxo"' in form
    assert '<option value="ip" selected>Intellectual property</option>' in form
    assert '<option value="0.6" selected>Much difference</option>' in form
    assert 'name="spread" value="1" checked' in form
    assert 'type="submit"' in form
    assert re.search(r"This list gives up \d+\.\d\d points of mean fit", html)
    assert "kind=investor&amp;track=ip&amp;diversity=0.6&amp;spread=1&amp;top=25" in html
    assert "points of mean fit" not in page(client, "/startups/vaxo")


def test_what_is_no_choice_is_refused_with_a_page(client: FlaskClient) -> None:
    for wrong, said in (
        ("track=golf", "there is no topic “golf”"),
        ("diversity=0.5", "“0.5” is none of 0, 0.3, 0.6"),
        ("diversity=nan", "“nan” is none of"),
        ("spread=yes", "“yes” is neither 1 nor 0"),
    ):
        assert said in page(client, f"/startups/vaxo?{wrong}", 400)
    assert "there is no topic" in page(client, "/pairs?startup=vaxo&partner=pharmo&track=golf", 400)
    assert paste(client, about="x", diversity="7")[0] == 400


def test_a_partner_chooses_a_topic_only(client: FlaskClient) -> None:
    html = page(client, "/partners/pharmo?track=supply")
    assert '<option value="supply" selected>' in html
    assert 'name="kind"' not in html
    assert 'name="spread"' not in html
    assert "/pairs?startup=vaxo&amp;partner=pharmo&amp;track=supply" in html


def test_no_good_partner_is_said_and_the_list_shown(
    client: FlaskClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert 'class="notice"' not in page(client, "/startups/vaxo")
    answer = service.match

    def lonely(profile_id: str, **asked: Any) -> MatchList:
        return replace(answer(profile_id, **asked), promising=False)

    monkeypatch.setattr(service, "match", lonely)
    html = page(client, "/startups/vaxo")
    assert "There is no good partner here." in html
    assert html.count('<h3 id="match-') == 10
    assert "잘 맞는 파트너가 없습니다" in page(client, "/startups/vaxo", language="ko")


def test_a_probability_stands_beside_the_score(
    client: FlaskClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = service.match

    def calibrated(profile_id: str, **asked: Any) -> MatchList:
        found = answer(profile_id, **asked)
        return replace(found, matches=tuple(replace(each, probability=0.345) for each in found.matches))

    monkeypatch.setattr(service, "match", calibrated)
    html = page(client, "/startups/vaxo")
    assert html.count("Probability of a fruitful meeting 3") == 10
    assert "calibrated on known outcomes" in html
    assert "not a probability" not in html


# -- a pair -------------------------------------------------------------------------------------


def test_pair_says_what_holds_it_back_and_what_would_change_it(client: FlaskClient, service: Service) -> None:
    found = service.why_not("brainy", "pharmo")
    html = page(client, "/pairs?startup=brainy&partner=pharmo")
    back = html.split('id="back-title"')[1].split("</table>")[0]
    assert re.findall(r"−([\d.]+)", back) == [f"{each.missing:.2f}" for each in found.obstacles]
    changes = html.split('<table class="changes">')[1].split("</table>")[0]
    figures = re.findall(r'data-label="Gain">\+([\d.]+)</td><td[^>]*>([\d.]+)</td><td[^>]*>(\d+)<', changes)
    assert figures == [(f"{c.gain:.2f}", f"{c.score:.1f}", str(c.rank)) for c in found.changes]
    assert "Topics: also Supply" in changes
    assert "Write into a profile only what is true." in html
    assert "What Brainy would gain" in html
    assert "What Pharmo would gain" in html


def test_pair_within_a_topic(client: FlaskClient) -> None:
    html = page(client, "/pairs?startup=vaxo&partner=pharmo&track=supply")
    assert "Pharmo names this topic: Supply." in html
    html = page(client, "/pairs?startup=vaxo&partner=pharmo&track=ip", language="ko")
    assert "밝힌 상담 주제에 지식재산이 없습니다" in html


def test_pair_that_must_not_meet(tmp_path: Path, cache_dir: Path) -> None:
    store = Store.open(f"sqlite:///{tmp_path / 'two.db'}")
    store.apply(
        [PROFILES[0].model_copy(update={"avoid": ("pharmo",)}), *PROFILES[1:]],
    )
    service = open_service(store, index_dir=tmp_path / "index", cache_dir=cache_dir)
    client = signed_in(create_app(Settings(data_dir=tmp_path), service))
    html = page(client, "/pairs?startup=vaxo&partner=pharmo")
    assert "not to be matched: one of the two asked for that" in html
    store.close()


# -- how the ranking works ----------------------------------------------------------------------

CARD: dict[str, Any] = {
    "version": 3,
    "created_at": "2026-11-22T20:00:00+00:00",
    "adopted": True,
    "reason": "adopted: <b>held-out</b> ones rank better",
    "weights": {"named": dict(SHIPPED.named), "unnamed": dict(SHIPPED.unnamed)},
    "data": {"engagements": 1240, "outcomes": 412},
    "features": ["words"],
    "cross_validation": {
        "folds": 5,
        "examples": 1240,
        "systems": {"learned": {"ndcg@10": 0.397, "se": 0.044}, "shipped": {"ndcg@10": 0.366, "se": 0.046}},
        "gains": {"shipped": {"difference": 0.031, "se": 0.011, "p": 0.0004}},
    },
    "outcome_validation": None,
    "calibration": {
        "method": "isotonic",
        "pairs": 412,
        "fruitful": 138,
        "brier": 0.182,
        "brier_base": 0.223,
        "used": True,
        "parameters": {"scores": [0.0, 100.0], "probabilities": [0.05, 0.9]},
        "reliability": [
            {"from": 0.4, "to": 0.8, "pairs": 100, "predicted": 0.5, "observed": 0.6},
            {"from": 0.0, "to": 0.4, "pairs": 312, "predicted": 0.2, "observed": 0.1},
        ],
    },
}


def test_the_ranking_is_explained_without_a_model(client: FlaskClient) -> None:
    html = page(client, "/ranking")
    assert "The shipped weights are in use, and scores are relative" in html
    table = html.split('<table class="weights">')[1].split("</table>")[0]
    for code in PARTS:
        assert phrases.part_name(code) in unescape(table)
        assert f'data-label="with wants">{SHIPPED.named[code]:.1f}<' in table
    assert table.count("100.0") == 2
    assert "<svg viewBox" not in html.split("</main>")[0].split('class="weights"')[1]
    assert '<footer class="foot"><a href="/ranking"' in page(client, "/")
    assert "순위 산정 방식" in page(client, "/ranking", language="ko")


def test_the_ranking_is_explained_with_a_model(
    client: FlaskClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    learned = Weights({**SHIPPED.named, "words": 20.0, "themes": 11.0}, SHIPPED.unnamed)
    monkeypatch.setattr(service, "model_card", lambda: CARD)
    monkeypatch.setattr(service, "weights", lambda: learned)
    html = page(client, "/ranking")
    assert "Weights learned from this directory" in html
    assert "adopted: &lt;b&gt;held-out&lt;/b&gt; ones rank better" in html
    assert "Model 3, November 22, 2026" in html
    assert '20.0 <span class="count">(24.0)</span>' in html
    assert "+0.031 ± 0.011" in html
    assert ">0.0004<" in html
    assert "Brier score 0.182, against 0.223" in html
    assert '<polyline class="observed" points="20.0,90.0 50.0,40.0"/>' in html
    assert re.search(r'>0% – 40%</th><td class="num">312</td><td class="num">20%</td>', html)
    assert "함께 표시한 확률은" in page(client, "/ranking", language="ko")


def test_a_model_without_probabilities(
    client: FlaskClient, service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    none = {"method": "none", "pairs": 4, "fruitful": 1, "brier": None, "brier_base": None}
    calibration = {**none, "used": False, "reliability": [], "parameters": {}}
    card = {**CARD, "adopted": False, "cross_validation": None, "calibration": calibration}
    monkeypatch.setattr(service, "model_card", lambda: card)
    html = page(client, "/ranking")
    assert "those learned last were not adopted" in html
    assert "No probabilities are shown" in html
    assert "Brier" not in html
    assert "polyline" not in html
