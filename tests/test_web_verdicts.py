"""What is said of a score as a whole, in both languages, and the reliability curve."""

from __future__ import annotations

from dataclasses import replace

import pytest

from matcher.results import Match, MatchList, Part, Quote
from matcher.whynot import Change, WhyNot
from profiles.model import Kind, Profile, Side, Topic
from web import phrases, verdicts
from web.phrases import use_language
from web.reliability import curve

STARTUP = Profile(
    id="s", side=Side.STARTUP, kind=Kind.STARTUP, name="Lunit", name_ko="루닛", seeks=("A hospital",)
)
PARTNER = Profile(
    id="p",
    side=Side.PARTNER,
    kind=Kind.INVESTOR,
    name="Polaris",
    country="DE",
    stages=("seed", "series_a"),
    languages=("en", "de"),
    topics=(Topic.IP,),
    ticket_max_usd=1_000_000,
)
QUOTE = Quote(Side.STARTUP, "A hospital", "seeks", "A stroke unit", "offers")
MATCH = Match(
    3,
    STARTUP,
    PARTNER,
    57.25,
    (Part("wants", 7.0, 14.0, quotes=(QUOTE,)), Part("returns", 1.0, 5.0)),
    confidence=0.62,
)


@pytest.mark.parametrize(
    ("confidence", "english", "korean"),
    [
        (1.0, "Confidence: high", "신뢰도 높음"),
        (0.8, "Confidence: high", "신뢰도 높음"),
        (0.79, "Confidence: medium", "신뢰도 보통"),
        (0.55, "Confidence: medium", "신뢰도 보통"),
        (0.54, "Confidence: low", "신뢰도 낮음"),
    ],
)
def test_confidence_in_words(confidence: float, english: str, korean: str) -> None:
    match = replace(MATCH, confidence=confidence)
    with use_language("en"):
        assert verdicts.confidence(match) == english
        assert verdicts.confidence_detail(match).startswith(f"{verdicts.percent(confidence)} of the points")
    with use_language("ko"):
        assert verdicts.confidence(match) == korean
        assert verdicts.percent(confidence) in verdicts.confidence_detail(match)


def test_a_probability_is_said_only_where_there_is_one() -> None:
    known = replace(MATCH, probability=0.344)
    for language, said, name in (
        ("en", "Probability of a fruitful meeting 34%", "Relative fit"),
        ("ko", "성과 있는 상담의 확률 34%", "상대 적합도"),
    ):
        with use_language(language):
            assert verdicts.probability(known) == said
            assert verdicts.probability(MATCH) == ""
            assert verdicts.score_name() == name
    assert "not a probability" in verdicts.score_note(calibrated=False)
    assert "not a probability" not in verdicts.score_note(calibrated=True)
    assert not verdicts.calibrated(MatchList(STARTUP, (MATCH,), 1))
    assert verdicts.calibrated(MatchList(STARTUP, (MATCH, known), 2))


def test_gains_claim_nothing_for_who_names_no_wants() -> None:
    ours, theirs = verdicts.gains(MATCH)
    assert (ours.share, ours.quotes, ours.figure) == (0.5, (QUOTE,), "50 / 100")
    assert (theirs.share, theirs.quotes, theirs.figure) == (None, (), "names no wants")
    with use_language("ko"):
        assert ours.title == "루닛 측이 얻는 것"
        assert theirs.figure == "희망 사항 미기재"


@pytest.mark.parametrize(
    ("field", "value", "english", "korean", "basis"),
    [
        ("markets", "DE", "Markets: also Germany", "시장: 독일 추가", ("Country", "Germany")),
        ("languages", "de", "Languages: also German", "언어: 독일어 추가", ("Languages", "English, German")),
        ("topics", "ip", "Topics: also Intellectual property", "상담 주제: 지식재산 추가", None),
        ("stage", "seed", "Stage: Seed", "단계: 시드", ("Stages taken", "Seed, Series A")),
        ("raising_usd", "1000000", "Raising: US$1M", "투자 희망액: US$100만", ("Invests", "up to US$1M")),
        ("areas", "gait", "Areas: also gait", "분야: gait 추가", ("Areas", "gait")),
        (
            "seeks",
            "A lab",
            "Seeks: also what the partner offers",
            "희망 사항: 파트너의 제공 사항 추가",
            ("Offers", "A lab"),
        ),
    ],
)
def test_changes_and_what_they_rest_on(
    field: str, value: str, english: str, korean: str, basis: tuple[str, str] | None
) -> None:
    change = Change(field, value, value if field in ("areas", "seeks") else "", 60.0, 2, 3.0)
    with use_language("ko"):
        assert verdicts.change_name(change) == korean
    assert verdicts.change_name(change) == english
    found = verdicts.change_basis(change, PARTNER)
    assert (found.field, found.text) == (basis or ("Topics", "Intellectual property"))


def test_a_market_rests_on_the_markets_where_they_are_named() -> None:
    change = Change("markets", "US", "", 60.0, 2, 3.0)
    found = verdicts.change_basis(change, PARTNER.model_copy(update={"markets": ("US", "JP")}))
    assert (found.field, found.text) == ("Markets", "United States, Japan")


def test_a_pair_that_nothing_changes_or_that_must_not_meet() -> None:
    assert verdicts.changes_note(WhyNot(MATCH, False, (), ())).startswith("No single change")
    assert verdicts.rank_text(MATCH) == "number 3 among the partners for this startup"
    assert verdicts.rank_text(replace(MATCH, rank=0)).startswith("not to be matched")
    assert verdicts.new_rank(Change("stage", "seed", "", 1.0, 0, 1.0)) == ""


@pytest.mark.parametrize(
    ("state", "english", "korean"),
    [
        ("yes", "Polaris names this topic: Data.", "Polaris이(가) 밝힌 상담 주제에 있습니다: 데이터."),
        (
            "no",
            "Polaris names other topics than Data.",
            "Polaris이(가) 밝힌 상담 주제에 데이터가 없습니다.",
        ),
        ("unknown", "Polaris names no topics.", "Polaris이(가) 상담 주제를 밝히지 않았습니다."),
    ],
)
def test_within_a_track_the_topic_is_asked_of_the_partner_alone(
    state: str, english: str, korean: str
) -> None:
    part = Part("topics", 1.0, 5.0, state, ("ip", "data"))
    match = replace(MATCH, track=Topic.DATA, parts=(part,))
    assert phrases.part_sentence(part, match) == english
    with use_language("ko"):
        assert phrases.part_sentence(part, match) == korean
    assert phrases.terms_of(part, replace(match, track=None)) == "Intellectual property, Data"
    if state == "yes":
        assert phrases.terms_of(part, match) == "Data"


def test_parts_on_wants_say_when_there_are_none() -> None:
    for code in ("returns", "mutual"):
        said = phrases.part_sentence(Part(code, 1.0, 5.0), MATCH)
        assert said == "Polaris names no wants, so that the average is counted."


def test_the_reliability_curve_goes_from_left_to_right() -> None:
    bins = [
        {"from": 0.5, "to": 0.9, "pairs": 25, "predicted": 0.75, "observed": 1.0},
        {"from": 0.2, "to": 0.5, "pairs": 0, "predicted": 0.3, "observed": 0.0},
        {"from": 0.0, "to": 0.2, "pairs": 100, "predicted": 0.1, "observed": 0.0},
    ]
    found = curve(bins)
    assert found is not None
    assert found.line == "10.0,100.0 75.0,0.0"
    assert [point.pairs for point in found.points] == [100, 25]
    assert found.points[0].radius > found.points[1].radius
    assert curve([]) is None
    assert curve(bins[1:2]) is None
