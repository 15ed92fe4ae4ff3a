"""Measuring on a small labelled set made for this test, in Korean and English."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from matcher.evaluate import Evaluation, evaluate
from matcher.measures import ndcg, reciprocal_rank
from matcher.service import Service, open_service
from profiles.model import Profile
from profiles.store import opened

Fields = dict[str, Any]


def startup(profile_id: str, about: str, seeks: str, **more: Any) -> Profile:
    fields = {"id": profile_id, "side": "startup", "kind": "startup", "name": profile_id, **more}
    return Profile.model_validate({**fields, "about": about, "seeks": [seeks]})


def partner(profile_id: str, kind: str, about: str, *offers: str, **more: Any) -> Profile:
    fields = {"id": profile_id, "side": "partner", "kind": kind, "name": profile_id, "country": "US", **more}
    return Profile.model_validate({**fields, "about": about, "offers": offers})


STARTUPS = [
    startup(
        "s1", "심전도로 부정맥을 찾는 인공지능을 개발한다.", "심장내과 임상시험을 함께할 병원", markets=["US"]
    ),
    startup("s2", "Makes carrier proteins for conjugate vaccines.", "A vaccine maker", markets=["US"]),
    startup("s3", "신생아 희귀질환 유전체를 분석한다.", "신생아중환자실이 있는 병원", markets=["US"]),
    startup("s4", "Software that reads brain scans after a stroke.", "A stroke centre", markets=["US"]),
    startup(
        "s5", "연속혈당측정기로 당뇨병 환자를 돕는 앱이다.", "당뇨병 환자를 진료하는 기관", markets=["US"]
    ),
    startup("s6", "Gene therapy for the eye.", "A law firm that files patents"),
    startup("s7", "세포치료제를 개발한다.", "세포치료제를 위탁 생산할 회사", markets=["JP"]),
    startup("s8", "Titanium dental implants.", "A distributor to dentists", markets=["US"]),
]
PARTNERS = [
    partner(
        "heart", "hospital", "심장병원이다.", "Clinical trials in cardiology and arrhythmia", past_deals=9
    ),
    partner("vaccine", "pharma", "Develops conjugate vaccines.", "Buys carrier protein", past_deals=30),
    partner("newborn", "hospital", "Maternity hospital with neonatal intensive care.", "Newborn screening"),
    partner("stroke", "hospital", "Neurology and stroke centre.", "Brain imaging trials", past_deals=4),
    partner("diabetes", "hospital", "Clinic for people with diabetes.", "Glucose monitoring studies"),
    partner("law", "law_firm", "Law firm for life sciences.", "Filing of patents"),
    partner("cells", "corporate", "Contract manufacturer of cell therapies.", "GMP suites", country="JP"),
    partner("dental", "corporate", "Distributes implants to dentists.", "Sales force", country="DE"),
    partner("timber", "investor", "Invests in forestry and paper mills.", "Growth capital", past_deals=80),
    partner("milk", "corporate", "Dairy cooperative.", "Butter and cheese", past_deals=50),
]
RELEVANT = {
    "s1": frozenset({"heart"}),
    "s2": frozenset({"vaccine"}),
    "s3": frozenset({"newborn"}),
    "s4": frozenset({"stroke"}),
    "s5": frozenset({"diabetes"}),
    "s6": frozenset({"law"}),
    "s7": frozenset({"cells"}),
    "s8": frozenset({"dental"}),
}
MEASURES = {"recall@10", "ndcg@10", "mrr"}


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[Service]:
    folder = tmp_path_factory.mktemp("set")
    with opened(f"sqlite:///{folder / 'set.db'}") as store:
        store.apply([*STARTUPS, *PARTNERS])
        yield open_service(store, index_dir=folder / "index", cache_dir=cache_dir)


@pytest.fixture(scope="module")
def evaluation(service: Service) -> Evaluation:
    return evaluate(service, RELEVANT)


def test_the_product_is_no_chance(evaluation: Evaluation) -> None:
    ours, chance = (evaluation.values[system]["ndcg@10"] for system in ("roundtable", "random"))
    assert ours.shape == chance.shape == (8,)
    assert ours.mean() > chance.mean() + 0.2
    compared = evaluation.compared_with("random")
    assert compared["difference"] == pytest.approx(ours.mean() - chance.mean())
    assert compared["p"] < 0.05
    assert evaluation.values["roundtable"]["ndcg@10"].mean() > 0.8


def test_the_baselines_do_what_they_are_called(evaluation: Evaluation) -> None:
    by_deals = [
        "timber",
        "milk",
        "vaccine",
        "heart",
        "stroke",
        "cells",
        "dental",
        "diabetes",
        "law",
        "newborn",
    ]
    wanted = [reciprocal_rank(by_deals, RELEVANT[s.id]) for s in STARTUPS]
    np.testing.assert_allclose(evaluation.values["popularity"]["mrr"], wanted)
    words = evaluation.values["bm25"]["mrr"]
    assert words[1] == words[3] == words[7] == 1.0  # English startups whose partner shares their words


def test_the_measured_ranking_is_the_one_that_users_see(service: Service, evaluation: Evaluation) -> None:
    seen = {s.id: [m.partner.id for m in service.match(s.id, top=10).matches] for s in STARTUPS}
    wanted = [ndcg(seen[s.id], RELEVANT[s.id]) for s in STARTUPS]
    np.testing.assert_allclose(evaluation.values["roundtable"]["ndcg@10"], wanted)


def test_the_json_has_the_agreed_shape(evaluation: Evaluation) -> None:
    given = json.loads(json.dumps(evaluation.to_dict()))
    assert (given["startups"], given["partners"]) == (8, 10)
    assert {"random", "popularity", "bm25", "dense", "roundtable"} <= given["systems"].keys()
    for system, row in given["systems"].items():
        assert row.keys() == MEASURES | {"se"}
        assert row["se"].keys() == MEASURES
        for measure in MEASURES:
            values = evaluation.values[system][measure]
            assert row[measure] == pytest.approx(values.mean())
            assert row["se"][measure] == pytest.approx(values.std(ddof=1) / np.sqrt(8))
            assert 0 <= row[measure] <= 1
    for row in given["paired"].values():
        assert row.keys() == {"difference", "se", "p"}
    assert given["paired"].keys() == given["systems"].keys() - {"roundtable"}
    assert given["systems"]["roundtable"]["recall@10"] == 1.0  # ten partners, ten places


def test_query_markets_leaves_out_partners_elsewhere(service: Service, evaluation: Evaluation) -> None:
    narrowed = evaluate(service, RELEVANT, query_markets=True)
    for values in narrowed.values.values():
        assert values["recall@10"].tolist() == [1, 1, 1, 1, 1, 1, 1, 0]  # the dental partner is in Germany
        assert values["mrr"][6] == 1.0  # the only partner in Japan
    everywhere = evaluation.values["popularity"]["mrr"]
    assert narrowed.values["popularity"]["mrr"][5] == everywhere[5]  # names no markets: nobody is left out
    assert (narrowed.startups, narrowed.partners) == (8, 10)


def test_only_labelled_startups_are_asked(service: Service, evaluation: Evaluation) -> None:
    calls: list[tuple[int, int]] = []
    some = {name: RELEVANT[name] for name in ("s4", "s2")} | {"nobody": frozenset({"law"})}
    found = evaluate(service, some, progress=lambda done, total: calls.append((done, total)))
    assert calls == [(1, 2), (2, 2)]
    assert (found.startups, found.partners) == (2, 10)
    ours = evaluation.values["roundtable"]["ndcg@10"]
    assert found.values["roundtable"]["ndcg@10"].tolist() == [ours[1], ours[3]]


def test_the_same_set_measures_the_same(service: Service, evaluation: Evaluation) -> None:
    assert evaluate(service, RELEVANT).to_dict() == evaluation.to_dict()
