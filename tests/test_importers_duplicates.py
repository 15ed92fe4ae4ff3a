"""Organisations that may have been entered twice."""

import time
from collections.abc import Sequence

import pytest

from profiles.importers import Duplicate, likely_duplicates
from profiles.importers.duplicates import bare_name, mail_domain, website_host
from profiles.importers.sounds import romanise, slug
from profiles.model import Kind, Profile, Side


def startup(number: int, name: str = "", name_ko: str = "", **fields: str) -> Profile:
    return Profile(
        id=f"s{number}", side=Side.STARTUP, kind=Kind.STARTUP, name=name, name_ko=name_ko, **fields
    )


def reasons(first: Profile, second: Profile) -> tuple[str, ...]:
    found = likely_duplicates([first, second])
    assert len(found) <= 1
    assert [(each.first_id, each.second_id) for each in found] == [(first.id, second.id)] * len(found)
    return found[0].reasons if found else ()


@pytest.mark.parametrize(
    ("hangul", "latin"),
    [
        ("유바이오로직스", "EuBiologics"),
        ("셀트리온", "Celltrion"),
        ("메디사피엔스", "Medisapiens"),
        ("루닛", "Lunit"),
        ("뷰노", "VUNO"),
        ("카카오헬스케어", "Kakao Healthcare"),
        ("㈜삼성바이오로직스", "Samsung Biologics Co., Ltd."),
        ("한미약품 주식회사", "Hanmi Pharmaceutical"),
        ("제이엘케이", "JLK Inc."),
        ("에이비엘바이오", "ABL Bio"),
        ("오스코텍", "Oscotec"),
        ("SK바이오팜", "SK Biopharmaceuticals"),
        ("지놈앤컴퍼니", "Genome & Company"),
        ("신라젠", "SillaJen"),
        ("길리어드", "Gilead"),
    ],
)
def test_names_that_sound_alike_across_scripts(hangul: str, latin: str) -> None:
    assert reasons(startup(1, name_ko=hangul), startup(2, name=latin)) == (
        f"names sound alike: {bare_name(hangul)} and {bare_name(latin)}",
    )
    assert reasons(startup(1, name=latin), startup(2, name_ko=hangul)) != ()


NAMES = """
    셀트리온, 삼성바이오로직스, 유한양행, 한미약품, 대웅제약, 종근당, 녹십자, 보령, 동아에스티, 일동제약,
    제넥신, 알테오젠, 올릭스, 메디포스트, 헬릭스미스, 오스코텍, 보로노이, 딥노이드, 씨젠, 휴젤, 메디톡스,
    툴젠, 파멥신, 네이처셀, 큐로셀, 앱클론, 아이진, 셀리드, 강스템바이오텍, 바이오니아, 네오이뮨텍,
    와이바이오로직스, 티움바이오, 압타바이오, 신라젠, 마크로젠, 엔케이맥스, 뉴로핏, 휴런, 루닛, 뷰노,
    코어라인소프트, 메디픽셀, 스탠다임, 온코크로스, 갤럭스, 아론티어, 펩트론, 노을, 웰트, EuBiologics,
    Kakao Healthcare, Medisapiens, Moderna, Pfizer, Novartis, Gilead Sciences, AstraZeneca, Takeda, Bayer,
    Sanofi, Amgen, Biogen, Vertex, Regeneron, Illumina, Ginkgo Bioworks, Recursion, Exscientia, Insitro,
    Tempus, Flatiron Health, Guardant Health, Natera, Invitae, Adaptive Biotechnologies, Bluebird Bio,
    Editas Medicine, Intellia Therapeutics, Beam Therapeutics, Verve Therapeutics, Sana Biotechnology,
    Relay Therapeutics, Foghorn, Mayo Clinic, Cleveland Clinic, Mass General Brigham, Dana-Farber,
    Boston Children's Hospital, MassBio, LabCentral, Cambridge Innovation Center, Flagship Pioneering,
    Third Rock Ventures, Atlas Venture, Polaris Partners, Ropes & Gray, Goodwin Procter, Mintz, Foley Hoag
"""


def test_a_hundred_different_organisations_give_no_pair() -> None:
    names = [name.strip() for name in NAMES.split(",")]
    assert len(set(names)) == 100
    profiles = [
        startup(number, name_ko=name) if "가" <= name[0] <= "힣" else startup(number, name=name)
        for number, name in enumerate(names)
    ]
    assert likely_duplicates(profiles) == []


def test_the_same_website() -> None:
    first = startup(1, "A one", website="https://www.lunit.io/en")
    assert reasons(first, startup(2, "Else", website="lunit.io")) == ("same website lunit.io",)
    shared = "https://blog.naver.com/lunit"
    assert reasons(startup(1, "A one", website=shared), startup(2, "Else", website=shared)) == ()
    many = [
        startup(number, f"Firm {chr(65 + number)}{number * 77}", website="list.org") for number in range(21)
    ]
    assert [each for each in likely_duplicates(many) if "same website list.org" in each.reasons] == []


def test_the_same_mail_domain_needs_similar_names() -> None:
    first = startup(1, "Lunit Oncology", contact_email="a@lunit.io")
    expected = ("same mail domain lunit.io and similar names",)
    assert reasons(first, startup(2, "Lunit", contact_email="b@LUNIT.io")) == expected
    assert reasons(first, startup(2, "Scope", contact_email="b@lunit.io")) == ()
    assert (
        reasons(
            startup(1, "Lunita", contact_email="a@gmail.com"),
            startup(2, "Lunit B", contact_email="b@gmail.com"),
        )
        == ()
    )


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Lunit Inc.", "LUNIT"),
        ("Lunit Co., Ltd.", "lunit, Inc"),
        ("Roche Diagnostics GmbH", "roche-diagnostics"),
        ("㈜루닛", "루닛"),
        ("주식회사 루닛", "(주) 루 닛"),
        ("재단법인 아산", "아산"),
        ("Universität Zürich", "Universitat Zurich"),
        ("Ｌｕｎｉｔ", "Lunit"),
    ],
)
def test_the_same_name_but_for_its_legal_form(first: str, second: str) -> None:
    assert reasons(startup(1, first), startup(2, second)) == ("same name",)


def test_the_name_of_one_is_the_korean_name_of_the_other() -> None:
    assert reasons(startup(1, "KAIST"), startup(2, "Advanced Institute", name_ko="KAIST")) == (
        "the name of one is the Korean name of the other",
    )


def test_reasons_add_up_and_sides_are_kept_apart() -> None:
    first = startup(1, "Lunit", "루닛", website="lunit.io")
    assert reasons(first, startup(2, "Lunit Inc.", website="http://lunit.io/")) == (
        "same website lunit.io",
        "same name",
    )
    partner = Profile(id="p", side=Side.PARTNER, kind=Kind.CORPORATE, name="Lunit", website="lunit.io")
    assert likely_duplicates([first, partner]) == []


def test_who_has_both_names_is_compared_by_names_proper() -> None:
    assert reasons(startup(1, "Lunit", "루닛"), startup(2, "Ruhnit", "룬잇")) == ()


def test_a_name_that_is_only_a_legal_form_is_no_name() -> None:
    assert likely_duplicates([startup(1, "(주)"), startup(2, "주식회사")]) == []


def test_many_equal_names_are_pairs_with_the_first() -> None:
    found = likely_duplicates([startup(number, "Same Name") for number in range(50)])
    assert found == [Duplicate("s0", f"s{number}", ("same name",)) for number in range(1, 50)]


def _made_up(count: int) -> Sequence[Profile]:
    syllables = "가나도루미보사우지코타피한선길연"
    profiles = []
    for number in range(count):
        word = "".join(syllables[(number * 7 + number // 16**place) % 16] for place in range(4))
        if number % 2:
            profiles.append(startup(number, name_ko=f"{word}바이오{number}", website=f"https://h{number}.kr"))
        else:
            profiles.append(
                startup(
                    number, name=f"{romanise(word)} Bio {number}", contact_email=f"a@big{number % 30}.com"
                )
            )
    return profiles


def test_thousands_are_compared_in_groups() -> None:
    profiles = [*_made_up(4000), startup(9001, "Lunit"), startup(9002, name_ko="루닛")]
    started = time.process_time()
    found = likely_duplicates(profiles)
    assert Duplicate("s9001", "s9002", ("names sound alike: 루닛 and lunit",)) in found
    assert time.process_time() - started < 30  # all with all takes minutes


def test_romanisation() -> None:
    assert romanise("한국") == "hanguk"
    assert romanise("셀트리온") == "selteurion"
    assert romanise("빛이 온라인") == "bichi onrain"
    assert slug("㈜ Lunit & 루닛, Inc.") == "lunit-runit-inc"
    assert slug("日本") == ""


def test_hosts_domains_and_bare_names() -> None:
    assert website_host("HTTPS://www.Lunit.IO:443/x?y") == "lunit.io"
    assert website_host("http://[broken") == ""
    assert website_host("kr.linkedin.com/company/lunit") == ""
    assert mail_domain("Lunit <a@Lunit.io") == "lunit.io"
    assert mail_domain("a@naver.com") == ""
    assert mail_domain("nothing") == ""
    assert bare_name("The Jackson Laboratory") == "jackson laboratory"
    assert bare_name("Co.") == "co"
