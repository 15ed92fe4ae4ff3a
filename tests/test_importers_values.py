"""Lists, kinds, sides, topics, stages, countries, languages, and headers."""

import re

import pytest

from profiles.importers.headers import recognise
from profiles.importers.places import read_country, read_language, read_markets
from profiles.importers.synonyms import HEADERS
from profiles.importers.text import clean, clean_line, key
from profiles.importers.values import (
    bad_website,
    looks_like_email,
    read_count,
    says_nothing,
    split_choices,
    split_entries,
)
from profiles.importers.vocabulary import read_kind, read_side, read_stage, read_stages, read_topics
from profiles.model import Kind, Profile, Side, Topic


def cases(table: str) -> list[tuple[str, str | None]]:
    """Lines "meaning: word | word" as (word, meaning); "-" means nothing known."""
    meanings = (entry.split(":", maxsplit=1) for entry in re.split(r"\n\s*(?=[^\s|]+:)", table.strip()))
    return [
        (word.strip(), None if meaning == "-" else meaning)
        for meaning, words in meanings
        for word in re.split(r"\s\|\s", words)
    ]


@pytest.mark.parametrize(
    ("header", "field"),
    cases(
        """
        id: 아이디 | ID | 번호 | 관리 번호 | Code
        side: 구분
        kind: 유형 | 기관유형
        name: Company | Company  Name | 영문명 | 기업명(영문) | 기업명 [ 영문 ] | ＮＡＭＥ
        name_ko: 기업명 | 1. 기업명 * | 업체명 | 기관명 | 국문명 | 기업명/Company name
        about: 회사소개 | 사업내용 | Description
        seeks: 희망분야 | 희망 협력분야 | 상담 희망 내용 | 희망분야 (복수 선택) | Needs
        offers: 제공 가능 | 보유 역량
        raising_usd: 투자유치 희망금액 | 투자유치 희망금액(USD) | 투자유치희망금액 (억원) |
            희망 투자금액 만원 | RAISING_USD | Raising
        ticket: 투자규모 | Ticket Size
        ticket_min_usd: 최소 투자금액
        ticket_max_usd: ticket_max_usd
        topics: 상담분야 | 세션
        areas: 질환 | 적응증 | 질환/적응증
        technologies: 보유기술 | 기술 | 모달리티
        history: 협력실적 | 주요실적
        past_deals: 거래 건수
        stage: 개발단계 | 투자단계 | 단계
        stages: 선호 투자단계
        country: 국가 | 소재국
        city: 도시 | 소재지
        markets: 희망 진출국 | 목표시장 | 진출희망국가
        languages: 언어 | 사용언어
        avoid: 제외 | 상담 제외
        website: 홈페이지
        contact_email: 이메일 | E-mail
        source: 출처
        -: 비고 | 담당자 | 국가/도시
        """
    ),
)
def test_a_header_is_recognised(header: str, field: str | None) -> None:
    assert recognise(header) == field


def test_a_header_on_two_lines() -> None:
    assert recognise("회사명\n(Company)") == "name_ko"
    assert recognise("회사소개\nAbout") == "about"
    assert recognise("소재국\n도시") is None
    assert recognise("") is None


def test_every_field_of_the_format_is_a_header_and_no_spelling_means_two() -> None:
    names = set(Profile.model_fields) - {"other"}
    assert {name: recognise(name) for name in names} == {name: name for name in names}
    spellings = [(key(word), field) for field, words in HEADERS.items() for word in words.split("|")]
    meanings: dict[str, set[str]] = {}
    for spelling, field in spellings:
        meanings.setdefault(spelling, set()).add(field)
    assert {spelling: fields for spelling, fields in meanings.items() if len(fields) > 1} == {}


def test_free_text_lists_split_on_semicolons_and_lines_only() -> None:
    text = "• 병원, 임상 데이터\r\n- 미국 VC; 1) 특허 ； (2) 공급\n1.5억 유치\n-5도 보관\n③ 인허가;; 미국 VC"
    assert split_entries(text) == [
        "병원, 임상 데이터",
        "미국 VC",
        "특허",
        "공급",
        "1.5억 유치",
        "-5도 보관",
        "인허가",
    ]


def test_lists_of_words_split_on_commas_and_slashes_too() -> None:
    assert split_choices("미국, 일본/중국、베트남·태국；UK\nFR") == [
        "미국",
        "일본",
        "중국",
        "베트남",
        "태국",
        "UK",
        "FR",
    ]


@pytest.mark.parametrize("text", ["", "-", " – ", "없음", "해당 없음", "N/A", "NA", "none", "."])
def test_words_for_nothing(text: str) -> None:
    assert says_nothing(text)


def test_na_is_namibia_where_codes_are_meant() -> None:
    assert not says_nothing("NA", codes=True)
    assert says_nothing("N/A", codes=True)
    assert not says_nothing("Nanotechnology")


@pytest.mark.parametrize(
    ("text", "kind"),
    cases(
        """
        hospital: 병원 | 대학병원 | University Hospital
        pharma: 제약사 | 제약회사
        investor: 투자사 | VC | 벤처캐피탈 | 바이오 투자사(VC)
        law_firm: 로펌 | 법무법인 | 특허법인 | law_firm
        research: 대학 | 연구소 | 연구기관
        incubator: 액셀러레이터 | 창업보육
        corporate: 기업 | IT기업
        consultancy: 컨설팅
        agency: 공공기관 | 협회
        startup: 스타트업 | Start-up
        -: 우주선
        """
    ),
)
def test_kinds(text: str, kind: str | None) -> None:
    assert read_kind(text)[0] == (Kind(kind) if kind else None)


def test_every_kind_and_topic_of_the_format_is_read_as_itself() -> None:
    assert [read_kind(kind.value) for kind in Kind] == [(kind, False) for kind in Kind]
    assert [read_topics(topic.value) for topic in Topic] == [((topic,), False) for topic in Topic]


@pytest.mark.parametrize(
    ("text", "side"),
    [
        ("스타트업", Side.STARTUP),
        ("Startup", Side.STARTUP),
        ("파트너", Side.PARTNER),
        ("협력기관", Side.PARTNER),
        ("x", None),
    ],
)
def test_sides(text: str, side: Side | None) -> None:
    assert read_side(text) == side


@pytest.mark.parametrize(
    ("text", "topics", "guessed"),
    [
        ("투자", (Topic.INVESTMENT,), False),
        ("현지진출", (Topic.MARKET_ENTRY,), False),
        ("시장 진출", (Topic.MARKET_ENTRY,), False),
        ("특허", (Topic.IP,), False),
        ("지식재산", (Topic.IP,), False),
        ("임상", (Topic.CLINICAL,), False),
        ("데이터", (Topic.DATA,), False),
        ("공급", (Topic.SUPPLY,), False),
        ("공동연구", (Topic.RESEARCH,), False),
        ("인허가", (Topic.REGULATORY,), False),
        ("데이터 공동연구", (Topic.DATA, Topic.RESEARCH), True),
        ("clinical trial support", (Topic.CLINICAL,), True),
        ("partnership", (), True),  # holds "ip", but not as a word
    ],
)
def test_topics(text: str, topics: tuple[Topic, ...], guessed: bool) -> None:
    assert read_topics(text) == (topics, guessed)


@pytest.mark.parametrize(
    ("text", "stage"),
    cases(
        """
        phase2: PHASE2 | Phase II | 임상 2상 | 임상2상 진행 중 | Phase 2a
        phase1: 1상
        phase3: 임상 3상 IND 승인
        preclinical: 전임상 | Pre-clinical
        series_a: Series A | 시리즈A
        pre_series_a: 프리시리즈 A
        seed: 시드 | Seed
        approved: 허가
        idea: 아이디어
        """
    ),
)
def test_known_stages_are_normalised(text: str, stage: str) -> None:
    assert read_stage(text) == stage


@pytest.mark.parametrize("text", ["Phase 1/2", "PHASE1/PHASE2", "EARLY_PHASE1", "양산 준비", "매출 2상품"])
def test_other_stages_are_kept_as_written(text: str) -> None:
    assert read_stage(text) == text


def test_a_range_of_stages_is_all_of_them() -> None:
    assert read_stages("Seed ~ Series B") == ["seed", "pre_series_a", "series_a", "series_b"]
    assert read_stages("Phase 1-3") == ["phase1", "phase2", "phase3"]
    assert read_stages("시드") == ["seed"]


@pytest.mark.parametrize(
    ("text", "code"),
    cases(
        """
        US: 미국 | U.S. | usa | United States | US | 미국(보스턴) | Boston, MA, USA
        KR: 대한민국 | 한국 | Korea, Republic of | KOR
        GB: UK | 영국
        HK: 홍콩
        VN: 베트남
        SG: 싱가폴
        TR: Türkiye | Turkey
        CZ: Czech Republic
        NA: NA
        -: XX | EU | 유럽 | Atlantis
        """
    ),
)
def test_countries(text: str, code: str | None) -> None:
    assert read_country(text)[0] == code


def test_markets_take_regions_and_the_world() -> None:
    assert read_markets("미국") == (("US",), False)
    assert read_markets("미국 시장") == (("US",), True)
    assert read_markets("북미") == (("US", "CA"), True)
    assert read_markets("글로벌") == ((), True)
    assert len(read_markets("EU")[0] or ()) == 27
    assert read_markets("Atlantis") == (None, False)


@pytest.mark.parametrize(
    ("text", "code"),
    cases(
        """
        ko: 한국어 | Korean | ko | KOR
        en: 영어 가능 | English (fluent) | en-US
        ja: 일본어
        zh: 중국어(간체) | Mandarin
        de: 독일어
        -: Klingon
        """
    ),
)
def test_languages(text: str, code: str | None) -> None:
    assert read_language(text) == code


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("12", 12),
        ("12.0", 12),
        ("12건", 12),
        ("약 1,200건", 1200),
        ("10+", 10),
        ("-1", None),
        ("12.5", None),
        ("many", None),
    ],
)
def test_counts(text: str, number: int | None) -> None:
    assert read_count(text) == number


def test_addresses() -> None:
    assert bad_website("javascript:alert(1)")
    assert bad_website(" data:text/html,x")
    assert not bad_website("https://lunit.io")
    assert not bad_website("lunit.io:8080/a")
    assert looks_like_email("a@b.co")
    assert not looks_like_email("a at b.co")


def test_text_is_made_fit_for_storing() -> None:
    assert clean(" a\x00\x07b\r\nc\u2028d\u202e ") == "ab\nc\nd"
    assert clean("\u1112\u1161\u11ab") == "한"  # decomposed, as macOS writes it
    assert clean("x\ud800") == "x\ufffd"
    assert clean_line("a\tb\n\xa0 c") == "a b c"
