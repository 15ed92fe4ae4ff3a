"""Sentences in both languages, and that the Korean catalogue is whole."""

from __future__ import annotations

import io
import string
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.extract import DEFAULT_KEYWORDS, extract_from_dir
from babel.messages.frontend import parse_mapping_cfg
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from matcher.results import Match, Part, Quote
from matcher.weights import PARTS
from profiles.errors import InputError
from profiles.model import Kind, Profile, Side, Topic
from web import phrases
from web.phrases import Name, use_language

ROOT = Path(__file__).parent.parent
CATALOGUE = phrases.TRANSLATIONS / "ko" / "LC_MESSAGES" / "messages.po"

STARTUP = Profile(
    id="s",
    side=Side.STARTUP,
    kind=Kind.STARTUP,
    name="EuBiologics",
    name_ko="유바이오로직스",
    markets=("US", "JP"),
    languages=("ko",),
    stage="series_a",
    raising_usd=2_500_000,
)
PARTNER = Profile(
    id="p",
    side=Side.PARTNER,
    kind=Kind.INVESTOR,
    name="Polaris",
    name_ko="폴라리스 파트너스",
    country="DE",
    languages=("en", "de"),
    stages=("seed",),
    ticket_max_usd=1_000_000,
)


def pair(*parts: Part) -> Match:
    return Match(1, STARTUP, PARTNER, sum(part.points for part in parts), parts)


@pytest.fixture(scope="module")
def korean() -> Catalog:
    with CATALOGUE.open("rb") as file:
        return read_po(file, locale="ko")


def texts(message: Message) -> list[str]:
    found = message.string
    return list(found) if isinstance(found, (list, tuple)) else [str(found)]


def ids(message: Message) -> list[str]:
    return list(message.id) if isinstance(message.id, (list, tuple)) else [str(message.id)]


def test_every_korean_text_is_written(korean: Catalog) -> None:
    assert not [m.id for m in korean if m.id and (m.fuzzy or not all(t.strip() for t in texts(m)))]
    assert not korean.obsolete


def test_catalogue_holds_exactly_the_texts_of_the_sources(korean: Catalog) -> None:
    with (ROOT / "web" / "babel.cfg").open() as file:
        methods, options = parse_mapping_cfg(file)  # type: ignore[no-untyped-call]
    found = extract_from_dir(ROOT, methods, options, DEFAULT_KEYWORDS, directory_filter=_is_source)
    sources = {message if isinstance(message, str) else message[0] for _, _, message, _, _ in found}
    stored = {ids(message)[0] for message in korean if message.id}
    assert stored == sources, "run the steps at the top of web/babel.cfg"


def _is_source(folder: str) -> bool:
    # The walk starts at the checkout, where environments and caches lie too.
    name = Path(folder)
    words = ROOT / "matcher" / "schedule"
    return name in (ROOT, words.parent, words) or (ROOT / "web") in (name, *name.parents)


def test_compiled_catalogue_is_up_to_date(korean: Catalog) -> None:
    compiled = io.BytesIO()
    write_mo(compiled, korean)
    assert CATALOGUE.with_suffix(".mo").read_bytes() == compiled.getvalue(), "run pybabel compile"


def test_korean_texts_fill_the_same_places(korean: Catalog) -> None:
    def places(text: str) -> set[str]:
        if "%(" in text:
            return {piece.split(")")[0] for piece in text.split("%(")[1:]}
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    for message in korean:
        wanted = places(ids(message)[-1])
        assert all(places(text) == wanted for text in texts(message) if message.id), message.id


@pytest.mark.parametrize("language", phrases.LANGUAGES)
def test_every_code_has_a_name(language: str) -> None:
    with use_language(language):
        names = [
            *(phrases.kind_name(kind) for kind in Kind),
            *(phrases.topic_name(topic) for topic in Topic),
            *(phrases.side_name(side) for side in Side),
            *(phrases.field_name(field) for field in Profile.model_fields if field != "other"),
            *(phrases.part_name(code) for code in PARTS),
            *(phrases.part_help(code) for code in PARTS),
        ]
    assert all(names)
    assert not set(names) & {code.value for code in (*Kind, *Topic, *Side)}
    assert not set(names) & set(PARTS)
    assert set(phrases.PART_ORDER) == set(PARTS)


def test_names_in_both_languages() -> None:
    with use_language("ko"):
        assert phrases.kind_name(Kind.LAW_FIRM) == "로펌"
        assert phrases.topic_name("market_entry") == "시장 진출"
        assert phrases.stage_name("phase2") == "임상 2상"
        assert phrases.country_name("US") == "미국"
        assert phrases.language_name("ko") == "한국어"
        assert phrases.money(2_500_000) == "US$250만"
    with use_language("en"):
        assert phrases.kind_name(Kind.LAW_FIRM, many=True) == "Law firms"
        assert phrases.country_name("US") == "United States"
        assert phrases.money(2_500_000) == "US$2.5M"


def test_unknown_codes_are_shown_as_written() -> None:
    assert phrases.stage_name("Gate 3") == "Gate 3"
    assert phrases.field_name("부스") == "부스"
    assert phrases.country_name("XQ") == "XQ"


def test_language_is_left_again_and_must_exist() -> None:
    with use_language("ko"), use_language("en"):
        assert phrases.language() == "en"
    assert phrases.language() == "en"
    with pytest.raises(InputError, match="choose en or ko"), use_language("fr"):
        pass


@pytest.mark.parametrize(
    ("name", "spec", "expected"),
    [
        ("화이자", "은", "화이자는"),
        ("유한양행", "은", "유한양행은"),
        ("모더나", "이", "모더나가"),
        ("Pfizer", "은", "Pfizer은(는)"),
        ("Pfizer", "", "Pfizer"),
    ],
)
def test_particles_follow_the_last_sound(name: str, spec: str, expected: str) -> None:
    assert format(Name(name), spec) == expected


@pytest.mark.parametrize(
    ("part", "english", "korean"),
    [
        (
            Part("markets", 0, 6, "no"),
            "EuBiologics wants to enter United States, Japan; Polaris works in Germany.",
            "유바이오로직스의 희망 시장: 미국, 일본. 폴라리스 파트너스의 활동 시장: 독일.",
        ),
        (
            Part("markets", 6, 6, "yes", ("JP",)),
            "Polaris works where EuBiologics wants to go: Japan.",
            "유바이오로직스가 진출하려는 시장에서 폴라리스 파트너스가 활동합니다: 일본.",
        ),
        (
            Part("languages", 0, 2, "no"),
            "EuBiologics speaks Korean; Polaris speaks English, German: the meeting needs an interpreter.",
            "유바이오로직스의 언어: 한국어. 폴라리스 파트너스의 언어: 영어, 독일어. "
            "상담에 통역이 필요합니다.",
        ),
        (
            Part("stage", 0, 3, "no", ("series_a",)),
            "EuBiologics is at Series A; Polaris takes Seed.",
            "유바이오로직스의 단계: 시리즈 A. 폴라리스 파트너스의 대상 단계: 시드.",
        ),
        (
            Part("ticket", 3, 3, "yes"),
            "EuBiologics raises US$2.5M; Polaris invests up to US$1M: these go together.",
            "유바이오로직스의 투자 희망액 US$250만, "
            "폴라리스 파트너스의 투자 규모 US$100만 이하: 서로 맞습니다.",
        ),
        (
            Part("topics", 5, 5, "yes", ("ip", "data")),
            "Both want to talk about: Intellectual property, Data.",
            "함께 희망하는 상담 주제: 지식재산, 데이터.",
        ),
        (
            Part("words", 1, 20, terms=("CRM197",)),
            "In both profiles: CRM197.",
            "양쪽 프로필에 함께 나오는 단어: CRM197.",
        ),
        (
            Part("wants", 1, 9, quotes=(Quote(Side.STARTUP, "a", "seeks", "b", "offers"),)),
            "What EuBiologics seeks, and what comes closest in the profile of Polaris.",
            "유바이오로직스가 찾는 것과 폴라리스 파트너스의 프로필에서 가장 가까운 내용입니다.",
        ),
    ],
)
def test_part_sentences(part: Part, english: str, korean: str) -> None:
    with use_language("en"):
        assert phrases.part_sentence(part, pair(part)) == english
    with use_language("ko"):
        assert phrases.part_sentence(part, pair(part)) == korean


def test_every_part_and_state_has_a_sentence() -> None:
    for language in phrases.LANGUAGES:
        for code in PARTS:
            for state in ("", "yes", "no", "unknown"):
                part = Part(code, 1, 2, state)
                with use_language(language):
                    sentence = phrases.part_sentence(part, pair(part))
                assert sentence
                assert "{" not in sentence


def test_whose_statement_it_is() -> None:
    quote = Quote(Side.PARTNER, "ask", "seeks", "give", "about")
    assert phrases.asker(quote, pair()) is PARTNER
    assert phrases.giver(quote, pair()) is STARTUP


def test_language_of_a_text() -> None:
    assert phrases.text_language("CRM197 운반 단백질") == "ko"
    assert phrases.text_language("carrier protein") == "en"
