"""The score: it is the sum of its parts, finds the obvious, and each rule moves its own part only."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from matcher import rules
from matcher.directory import reading_of
from matcher.encoder import Encoder
from matcher.fit import Fit, Row, bounded, harmonic, moved_points, ranked, standardise
from matcher.results import Match
from matcher.service import Service
from matcher.tracks import Tracks
from matcher.weights import MEANING, MEASURED, PARTS, SHIPPED
from profiles.model import Kind, Profile, Topic
from profiles.store import opened

MakeService = Callable[[list[Profile]], Service]


@pytest.fixture(scope="module")
def make_service(tmp_path_factory: pytest.TempPathFactory, cache_dir: Path) -> Iterator[MakeService]:
    """Services over stores of their own; the real encoder reads each text of this module once."""
    stores = []
    with opened(f"sqlite:///{tmp_path_factory.mktemp('vectors') / 'vectors.db'}") as kept:
        encoder = Encoder(kept, cache_dir)

        def make(profiles: list[Profile]) -> Service:
            folder = tmp_path_factory.mktemp("store")
            manager = opened(f"sqlite:///{folder / 'store.db'}")
            store = manager.__enter__()
            stores.append(store)
            store.apply(profiles)
            return Service(store, encoder, folder / "index", print, lambda what, done, total: None)

        yield make
        for store in stores:
            store.close()


@pytest.fixture
def few(make_service: MakeService, few_profiles: list[Profile]) -> Service:
    return make_service(few_profiles)


def changed(profiles: list[Profile], profile_id: str, **fields: Any) -> list[Profile]:
    """The same profiles, one of them with other fields."""
    return [
        Profile.model_validate({**profile.model_dump(), **fields}) if profile.id == profile_id else profile
        for profile in profiles
    ]


def points(match: Match) -> dict[str, float]:
    return {part.code: part.points for part in match.parts}


def ids(service: Service, profile_id: str) -> list[str]:
    """Who is found for a startup or a partner, best first."""
    found = service.match(profile_id, top=999)
    return [match.other(found.subject.side).id for match in found.matches]


# -- the sum -----------------------------------------------------------------------------------

SOME = ["kr-kaist", "kr-kakao-healthcare", "kr-medisapiens", "kr-eubiologics"]


@pytest.mark.parametrize("track", [None, *Topic])
def test_the_parts_add_up_to_the_score_to_the_cent(sample_service: Service, track: Topic | None) -> None:
    """Of every startup with every partner."""
    pairs = 0
    for row in sample_service_rows(sample_service, track):
        cents = row.points * 100
        np.testing.assert_allclose(cents, cents.round(), atol=1e-6)
        assert (cents.round().astype(int).sum(axis=1) == (row.scores * 100).round().astype(int)).all()
        np.testing.assert_array_equal(row.scores, row.scores.round(2))
        assert (row.points >= 0).all()
        assert (row.points <= row.most + 1e-9).all()
        assert row.most.sum() == pytest.approx(100, abs=0.07)
        assert row.scores.max() <= 100
        assert row.points.shape == (len(row.scores), len(PARTS))
        assert ((row.confidence >= 0) & (row.confidence <= 1)).all()
        pairs += len(row.scores)
    assert pairs >= 40 * 120


def sample_service_rows(service: Service, track: Topic | None) -> Iterator[Row]:
    """Every startup's scores, of a fit of our own so that a track may be asked for."""
    directory = service.directory()
    vectors = service._encoder.vectors(Tracks.texts())
    fit = Fit(directory, tracks=Tracks(vectors, directory.startups.table))
    for position in range(len(directory.startups)):
        yield fit.row(reading_of(directory.startups, position), track)


def test_the_answer_carries_the_same_parts(sample_service: Service) -> None:
    for profile_id in SOME:
        for match in sample_service.match(profile_id, top=20).matches:
            assert [part.code for part in match.parts] == list(PARTS)
            assert sum(round(part.points * 100) for part in match.parts) == round(match.score * 100)
            given = match.to_dict()
            assert sum(round(part["points"] * 100) for part in given["parts"]) == round(given["score"] * 100)


@given(st.floats(0, 1), st.booleans())
def test_the_most_points_are_a_hundred_whatever_the_words_can_see(coverage: float, names_wants: bool) -> None:
    shipped = SHIPPED.of(names_wants=names_wants)
    most = moved_points(shipped, coverage)
    assert sum(most.values()) == pytest.approx(100)
    assert most["words"] == pytest.approx(shipped["words"] * coverage)
    assert {part: most[part] for part in PARTS if part not in ("words", *MEANING)} == {
        part: shipped[part] for part in PARTS if part not in ("words", *MEANING)
    }
    for part in MEANING:  # each takes over its share of what the words cannot earn
        assert most[part] / most["themes"] == pytest.approx(shipped[part] / shipped["themes"])


def test_the_same_store_gives_the_same_answers(
    make_service: MakeService, few_profiles: list[Profile]
) -> None:
    one, two = make_service(few_profiles), make_service(few_profiles)
    for profile in few_profiles:
        assert one.match(profile.id).to_dict() == two.match(profile.id).to_dict()


def test_the_order_of_import_does_not_matter(make_service: MakeService, few_profiles: list[Profile]) -> None:
    one, two = make_service(few_profiles), make_service(few_profiles[::-1])
    for profile in few_profiles:
        assert ids(one, profile.id) == ids(two, profile.id)
        for ours, theirs in zip(one.match(profile.id).matches, two.match(profile.id).matches, strict=True):
            assert points(ours) == pytest.approx(points(theirs), abs=0.011)


# -- the obvious -------------------------------------------------------------------------------


def test_each_startup_finds_who_answers_its_wants(few: Service) -> None:
    heart = ids(few, "s-heart")
    assert set(heart) == {"p-hospital", "p-law", "p-vaccines", "p-bank"}
    assert heart[0] in ("p-hospital", "p-law")
    assert heart.index("p-hospital") < heart.index("p-bank")
    assert heart.index("p-law") < heart.index("p-bank")
    assert ids(few, "s-vaccine")[0] == "p-vaccines"


def test_each_partner_finds_who_answers_its_wants(few: Service) -> None:
    assert ids(few, "p-hospital") == ["s-heart", "s-vaccine"]
    assert ids(few, "p-vaccines") == ["s-vaccine", "s-heart"]
    assert ids(few, "p-law") == ["s-heart", "s-vaccine"]


def test_the_wants_decide_between_two_like_profiles(
    make_service: MakeService, few_profiles: list[Profile]
) -> None:
    """The same startup asks once for a law firm and once for a hospital, and nothing else changes."""
    for want, best in (
        ("미국 특허 출원을 맡을 로펌", "p-law"),
        ("심장 임상시험을 할 미국 병원", "p-hospital"),
    ):
        service = make_service(changed(few_profiles, "s-heart", seeks=[want], topics=[]))
        wants = {m.partner.id: points(m)["wants"] for m in service.match("s-heart").matches}
        assert max(wants, key=lambda partner: wants[partner]) == best


def test_a_match_has_the_same_score_from_both_sides(few: Service, few_profiles: list[Profile]) -> None:
    from_startups = {
        (m.startup.id, m.partner.id): (m.score, points(m))
        for one in ("s-heart", "s-vaccine")
        for m in few.match(one).matches
    }
    from_partners = {
        (m.startup.id, m.partner.id): (m.score, points(m))
        for one in ("p-hospital", "p-law", "p-vaccines", "p-bank")
        for m in few.match(one).matches
    }
    assert from_startups == from_partners
    assert len(from_startups) == 8
    for (startup, partner), (score, own) in from_startups.items():
        explained = few.explain(startup, partner)
        assert (explained.score, points(explained)) == (score, own)


def test_a_match_of_the_sample_has_the_same_score_from_both_sides(sample_service: Service) -> None:
    for partner in ("us-mgh", "us-google"):
        found = sample_service.match(partner, top=999)
        assert found.candidates >= 40
        scores = [match.score for match in found.matches]
        assert scores == sorted(scores, reverse=True)
        for match in found.matches[:: len(found.matches) // 5]:
            assert sample_service.explain(match.startup.id, partner).score == match.score


def test_ranks_fall_with_the_score_and_ties_go_by_id(
    make_service: MakeService, few_profiles: list[Profile]
) -> None:
    bank = few_profiles[5]
    twins = [bank.model_copy(update={"id": f"p-twin-{n}"}) for n in (3, 1, 2)]
    found = make_service([*few_profiles, *twins]).match("s-vaccine", top=99).matches
    scores = [match.score for match in found]
    assert scores == sorted(scores, reverse=True)
    assert [match.rank for match in found] == list(range(1, 8))
    alike = [match.partner.id for match in found if match.partner.name == bank.name]
    assert alike == ["p-bank", "p-twin-1", "p-twin-2", "p-twin-3"]


@pytest.mark.parametrize(("who", "whom"), [("s-heart", "p-hospital"), ("p-hospital", "s-heart")])
def test_avoid_is_respected_from_both_sides(
    make_service: MakeService, few_profiles: list[Profile], few: Service, who: str, whom: str
) -> None:
    service = make_service(changed(few_profiles, who, avoid=[whom, "nobody"]))
    assert "p-hospital" not in ids(service, "s-heart")
    assert "s-heart" not in ids(service, "p-hospital")
    assert service.match("s-heart").candidates == 3
    assert service.match("p-hospital").candidates == 1
    assert ids(service, "s-vaccine") == ids(few, "s-vaccine")
    assert service.explain("s-heart", "p-hospital").rank == 0


# -- the rules ---------------------------------------------------------------------------------

RULE_CASES: list[tuple[str, dict[str, Any], dict[str, Any], str, float, str]] = [
    ("markets", {"markets": ["US"]}, {"country": "US"}, "yes", 6.0, "US"),
    ("markets", {"markets": ["JP"]}, {"country": "US"}, "no", 0.0, ""),
    ("markets", {"markets": ["JP", "US"]}, {"country": "US"}, "yes", 6.0, "US"),
    ("markets", {"markets": ["JP"]}, {"country": "US", "markets": ["JP"]}, "yes", 6.0, "JP"),
    ("markets", {"markets": ["US"]}, {"country": "US", "markets": ["JP"]}, "no", 0.0, ""),
    ("markets", {"markets": []}, {"country": "US"}, "unknown", 3.0, ""),
    ("markets", {"markets": ["US"]}, {"country": None}, "unknown", 3.0, ""),
    ("languages", {"languages": ["ko", "en"]}, {"languages": ["en"]}, "yes", 2.0, "en"),
    ("languages", {"languages": ["ko"]}, {"languages": ["en"]}, "no", 0.0, ""),
    ("languages", {"languages": ["ko"]}, {"languages": []}, "unknown", 1.0, ""),
    ("stage", {"stage": "seed"}, {"stages": ["series_a", "Seed"]}, "yes", 3.0, "seed"),
    ("stage", {"stage": "phase3"}, {"stages": ["seed"]}, "no", 0.0, ""),
    ("stage", {"stage": "phase3"}, {"stages": []}, "unknown", 1.5, ""),
    ("stage", {"stage": None}, {"stages": ["seed"]}, "unknown", 1.5, ""),
    ("topics", {"topics": ["clinical", "ip"]}, {"topics": ["ip", "clinical"]}, "yes", 5.0, "clinical ip"),
    ("topics", {"topics": ["clinical", "ip"]}, {"topics": ["clinical", "data"]}, "yes", 3.75, "clinical"),
    ("topics", {"topics": ["clinical"]}, {"topics": ["data"]}, "no", 1.25, ""),
    ("topics", {"topics": []}, {"topics": ["data"]}, "unknown", 2.5, ""),
]


@pytest.fixture(scope="module")
def pair(make_service: MakeService) -> Callable[[dict[str, Any], dict[str, Any]], Match]:
    """A startup and a hospital (beside a law firm), with these fields: how they match."""

    def match(startup: dict[str, Any], partner: dict[str, Any]) -> Match:
        base = {"about": "Reads electrocardiograms.", "seeks": ["A hospital"]}
        everyone = [
            {"id": "s", "side": "startup", "kind": "startup", "name": "S", **base, **startup},
            {"id": "p", "side": "partner", "kind": "hospital", "name": "P", "about": "Hospital.", **partner},
            {"id": "q", "side": "partner", "kind": "law_firm", "name": "Q", "about": "Lawyers."},
        ]
        return make_service([Profile.model_validate(one) for one in everyone]).explain("s", "p")

    return match


@pytest.mark.parametrize(("code", "startup", "partner", "state", "worth", "terms"), RULE_CASES)
def test_a_rule_moves_its_own_part_only(
    pair: Callable[[dict[str, Any], dict[str, Any]], Match],
    code: str,
    startup: dict[str, Any],
    partner: dict[str, Any],
    state: str,
    worth: float,
    terms: str,
) -> None:
    silent, spoken = pair({}, {}), pair(startup, partner)
    part = spoken.part(code)
    assert (part.state, part.points, part.most) == (state, worth, SHIPPED.named[code])
    assert " ".join(part.terms) == terms
    others = {name: value for name, value in points(spoken).items() if name != code}
    assert others == {name: value for name, value in points(silent).items() if name != code}
    assert round(spoken.score - silent.score, 2) == round(worth - silent.part(code).points, 2)


@pytest.mark.parametrize(
    ("kind", "raising", "low", "high", "state", "worth"),
    [
        ("investor", 3e6, 1e6, 5e6, "yes", 3.0),
        ("investor", 1e6, 1e6, 5e6, "yes", 3.0),
        ("investor", 5e5, 1e6, 5e6, "no", 0.0),
        ("investor", 5e7, 1e6, 5e6, "yes", 3.0),  # shared by ten
        ("investor", 6e7, 1e6, 5e6, "no", 0.0),
        ("investor", 6e7, 1e6, None, "yes", 3.0),
        ("investor", 1e5, None, 5e6, "yes", 3.0),
        ("investor", 3e6, None, None, "unknown", 1.5),
        ("investor", None, 1e6, 5e6, "unknown", 1.5),
        ("hospital", 5e5, 1e6, 5e6, "unknown", 1.5),
    ],
)
def test_the_ticket(
    pair: Callable[[dict[str, Any], dict[str, Any]], Match],
    kind: str,
    raising: float | None,
    low: float | None,
    high: float | None,
    state: str,
    worth: float,
) -> None:
    match = pair({"raising_usd": raising}, {"kind": kind, "ticket_min_usd": low, "ticket_max_usd": high})
    assert (match.part("ticket").state, match.part("ticket").points) == (state, worth)
    others = {name: value for name, value in points(match).items() if name != "ticket"}
    assert others == {
        name: value for name, value in points(pair({}, {"kind": kind})).items() if name != "ticket"
    }


def test_a_partner_outside_the_market_falls_behind_its_like(
    make_service: MakeService, few_profiles: list[Profile]
) -> None:
    hospital = few_profiles[2]
    abroad = hospital.model_copy(update={"id": "p-a-abroad", "country": "JP"})
    found = ids(make_service([*few_profiles, abroad]), "s-heart")
    assert found.index("p-hospital") < found.index("p-a-abroad")


def named(*entries: str, technologies: tuple[str, ...] = ()) -> Profile:
    return Profile.model_validate(
        {
            "id": "x",
            "side": "partner",
            "kind": "research",
            "name": "X",
            "areas": entries,
            "technologies": technologies,
        }
    )


def test_names_are_known_with_and_without_their_brackets() -> None:
    profile = named(
        "신생아 선별검사(newborn screening)", technologies=("AI (Imaging)", "CRM197 운반 단백질（CRM197）")
    )
    assert rules.names(profile) == {
        "신생아 선별검사 newborn screening": "신생아 선별검사(newborn screening)",
        "신생아 선별검사": "신생아 선별검사(newborn screening)",
        "newborn screening": "신생아 선별검사(newborn screening)",
        "ai imaging": "AI (Imaging)",
        "ai": "AI (Imaging)",
        "imaging": "AI (Imaging)",
        "crm197 운반 단백질 crm197": "CRM197 운반 단백질（CRM197）",
        "crm197 운반 단백질": "CRM197 운반 단백질（CRM197）",
        "crm197": "CRM197 운반 단백질（CRM197）",
    }
    assert rules.names(named("()", "!?")) == {}


def test_what_both_name_counts_by_the_share_of_the_startups_names(
    pair: Callable[[dict[str, Any], dict[str, Any]], Match],
) -> None:
    startup = {"areas": ["희귀질환(rare disease)", "Stroke"], "technologies": ["MRI", "이식(implants)"]}
    partner = {"areas": ["RARE DISEASE", "rare-disease"], "technologies": ["implants", "dialysis"]}
    part = pair(startup, partner).part("common")
    assert (part.state, part.points, part.most) == ("yes", 2.25, 3.0)  # 0.5 + 0.5 * 2 / 4 of 3
    assert part.terms == ("RARE DISEASE", "implants")
    part = pair(startup, {"areas": ["forestry"]}).part("common")
    assert (part.state, part.points, part.terms) == ("no", 0.75, ())
    part = pair({}, partner).part("common")
    assert (part.state, part.points, part.terms) == ("unknown", 1.5, ())


# -- experience --------------------------------------------------------------------------------


def test_past_deals_count_for_hospitals_and_not_for_law_firms(
    make_service: MakeService, few_profiles: list[Profile]
) -> None:
    def experience(**deals: int | None) -> dict[str, float]:
        everyone = few_profiles
        for profile_id, count in deals.items():
            everyone = changed(everyone, profile_id.replace("_", "-"), past_deals=count)
        return {
            m.partner.id: m.part("experience").points
            for m in make_service(everyone).match("s-heart", top=99).matches
        }

    ordinary = 20 * 2 / 10  # z = 0
    few, many = experience(p_hospital=2, p_law=1), experience(p_hospital=300, p_law=1)
    assert many["p-hospital"] > few["p-hospital"]
    assert few["p-law"] == many["p-law"] == ordinary
    busy = experience(p_hospital=12, p_law=9_999)
    assert busy["p-law"] == ordinary
    unknown = experience(p_hospital=None, p_law=5)
    assert unknown["p-hospital"] == ordinary
    assert unknown["p-bank"] == ordinary


# -- small and odd stores ----------------------------------------------------------------------


def test_a_single_partner_is_ordinary_in_every_measured_part(
    make_service: MakeService, few_profiles: list[Profile]
) -> None:
    service = make_service([few_profiles[0], few_profiles[2]])
    (match,) = service.match("s-heart").matches
    for part in match.parts[: len(MEASURED)]:
        assert part.points == pytest.approx(part.most * 0.2, abs=0.011)
    assert ids(service, "p-hospital") == ["s-heart"]
    assert service.match("p-hospital").matches[0].score == match.score


def test_a_startup_without_wants_is_matched_by_what_it_says(
    make_service: MakeService, few_profiles: list[Profile]
) -> None:
    service = make_service(changed(few_profiles, "s-vaccine", seeks=[]))
    found = service.match("s-vaccine").matches
    assert found[0].partner.id == "p-vaccines"
    learned = ("words", *MEANING)
    whole = sum(found[0].part(code).most for code in learned)
    assert whole == pytest.approx(sum(SHIPPED.unnamed[code] for code in learned), abs=0.05)
    assert found[0].part("wants").most < found[0].part("themes").most
    assert {quote.ask_field for quote in found[0].part("wants").quotes} <= {"about", "offers"}


def test_a_korean_profile_alone_is_read_by_its_meaning(few: Service) -> None:
    startup = Profile.model_validate(
        {
            "id": "(text)",
            "side": "startup",
            "kind": "startup",
            "name_ko": "붙여 넣은 글",
            "about": "접합백신에 쓰는 운반 단백질을 만들며, 이를 구매할 백신 회사를 찾습니다.",
        }
    )
    match = few.match_profile(startup).matches[0]
    assert match.partner.id == "p-vaccines"
    words = match.part("words")
    assert 0 < words.most < SHIPPED.unnamed["words"]  # some of its words are understood, and less sure
    assert "운반 단백질 = carrier proteins" in words.terms
    assert sum(part.most for part in match.parts) == pytest.approx(100, abs=0.05)
    assert few.match("s-vaccine").candidates == 4  # nothing was stored


def test_profiles_that_say_nothing_but_their_names(
    make_service: MakeService, few_profiles: list[Profile]
) -> None:
    bare = [
        Profile.model_validate({"id": "s-bare", "side": "startup", "kind": "startup", "name": "Bare"}),
        Profile.model_validate({"id": "p-bare", "side": "partner", "kind": "agency", "name_ko": "이름뿐"}),
    ]
    service = make_service([*few_profiles, *bare])
    assert len(ids(service, "s-bare")) == 5
    assert len(ids(service, "p-bare")) == 3
    alone = make_service(bare)
    assert ids(alone, "s-bare") == ["p-bare"]
    assert 0 <= alone.match("p-bare").matches[0].score <= 100


def test_only_the_kind_asked_for_is_ranked_with_the_same_scores(few: Service) -> None:
    whole = {match.partner.id: match.score for match in few.match("s-heart").matches}
    (match,) = few.match("s-heart", kind=Kind.LAW_FIRM).matches
    assert (match.partner.id, match.rank, match.score) == ("p-law", 1, whole["p-law"])
    assert few.match("s-heart", kind=Kind.AGENCY).matches == ()


# -- arithmetic --------------------------------------------------------------------------------


def test_standardise() -> None:
    np.testing.assert_allclose(standardise(np.array([1.0, 2.0, 3.0])), [-np.sqrt(1.5), 0, np.sqrt(1.5)])
    known = np.array([True, False, True])
    np.testing.assert_allclose(standardise(np.array([1.0, 99.0, 3.0]), known), [-1, 0, 1])
    assert standardise(np.zeros(0)).shape == (0,)
    np.testing.assert_array_equal(standardise(np.array([4.0, 5.0]), np.array([False, False])), [0, 0])


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_equal_values_are_all_ordinary(dtype: type) -> None:
    for value in (0.0, 0.1, 0.83, 12.3456, -7.7):
        for count in (1, 2, 10, 120, 1_000):
            np.testing.assert_array_equal(standardise(np.full(count, value, dtype)), np.zeros(count))


def test_equal_but_for_the_rounding_of_single_precision_is_equal() -> None:
    """Cosines of one and the same text, as different loops over it add them up."""
    nearly = np.full(120, 0.83, np.float32)
    nearly[7] = np.nextafter(np.float32(0.83), np.float32(1))
    np.testing.assert_array_equal(standardise(nearly), np.zeros(120))


def test_what_stands_out_is_bounded() -> None:
    np.testing.assert_array_equal(bounded(np.array([-9.0, -2.0, 0.5, 8.0, 80.0])), [-2, -2, 0.5, 8, 8])


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_harmonic_mean_is_small_where_one_is(first: float, second: float) -> None:
    (found,) = harmonic(np.array([first]), np.array([second]))
    if first > 0 and second > 0:
        assert found == pytest.approx(2 / (1 / first + 1 / second), abs=1e-12)
    else:
        assert found == 0
    assert min(first, second) - 1e-12 <= found <= 2 * min(first, second) + 1e-12


def test_ranked() -> None:
    scores = np.array([5.0, 7.0, 7.0, 9.0])
    allowed = np.array([True, True, True, False])
    assert ranked(scores, ["d", "c", "b", "a"], allowed).tolist() == [2, 1, 0]
    assert ranked(np.zeros(0), [], np.zeros(0, bool)).tolist() == []
