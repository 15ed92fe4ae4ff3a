"""Rows to profiles: names, sides, kinds, ids, and every way a row is kept out."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from profiles.errors import InputError
from profiles.importers import Parsed, parse_file
from profiles.importers.rows import make_id
from profiles.model import Kind, Profile, Side


def table(tmp_path: Path, *rows: list[str], **options: Any) -> Parsed:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    path = tmp_path / "a.csv"
    path.write_text(buffer.getvalue(), encoding="utf-8")
    return parse_file(path, **options)


def one(tmp_path: Path, side: Side | None = None, **cells: str) -> Profile:
    parsed = table(tmp_path, list(cells), list(cells.values()), side=side)
    assert parsed.rejections == ()
    return parsed.profiles[0]


def wrong(tmp_path: Path, side: Side | None = None, **cells: str) -> list[tuple[str, str, str]]:
    parsed = table(tmp_path, list(cells), list(cells.values()), side=side)
    assert parsed.profiles == ()
    return [(rejection.field, rejection.value, rejection.reason) for rejection in parsed.rejections]


# -- names and ids -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "name", "name_ko"),
    [
        ({"기업명": "KAIST"}, "KAIST", ""),
        ({"기업명": "SK바이오팜"}, "", "SK바이오팜"),
        ({"Company": "루닛"}, "", "루닛"),
        ({"기업명": "루닛", "Company": "Lunit"}, "Lunit", "루닛"),
        ({"기업명": "LG", "Company": "LG Chem"}, "LG Chem", "LG"),
        ({"기업명": "-", "Company": "Lunit\x00\n Inc."}, "Lunit Inc.", ""),
    ],
)
def test_names_go_where_their_script_belongs(
    tmp_path: Path, cells: dict[str, str], name: str, name_ko: str
) -> None:
    profile = one(tmp_path, Side.STARTUP, **cells, about="x")
    assert (profile.name, profile.name_ko) == (name, name_ko)


def test_an_id_is_made_from_side_and_name_and_stays(tmp_path: Path) -> None:
    rows = (["name", "기업명", "about"], ["Lunit Inc.", "", "a"], ["", "유바이오로직스", "b"])
    first, again = table(tmp_path, *rows, side=Side.STARTUP), table(tmp_path, *rows, side=Side.STARTUP)
    ids = [profile.id for profile in first.profiles]
    assert ids == ["lunit-inc-bbdc7117", "yubaiorojikseu-" + make_id(Side.STARTUP, "유바이오로직스")[-8:]]
    assert [profile.id for profile in again.profiles] == ids
    assert make_id(Side.PARTNER, "Lunit Inc.") != make_id(Side.STARTUP, "Lunit Inc.")
    assert make_id(Side.PARTNER, "日本") == "partner-" + make_id(Side.PARTNER, "日本")[-8:]
    assert [(n.row, n.field, n.text) for n in first.notices][:1] == [
        (2, "id", "no id; made lunit-inc-bbdc7117 from side and name")
    ]


def test_the_second_row_with_an_id_is_rejected_naming_the_first(tmp_path: Path) -> None:
    parsed = table(tmp_path, ["id", "name", "kind"], ["p1", "A", "VC"], ["p2", "B", "VC"], ["p1", "C", "VC"])
    assert [profile.name for profile in parsed.profiles] == ["A", "B"]
    assert [(r.row, r.field, r.value, r.reason) for r in parsed.rejections] == [
        (4, "id", "p1", "the same id stands in row 2: give another or remove one")
    ]


def test_a_rejected_row_does_not_take_its_id(tmp_path: Path) -> None:
    parsed = table(tmp_path, ["id", "name", "kind"], ["p1", "A", "우주선"], ["p1", "B", "VC"])
    assert [profile.name for profile in parsed.profiles] == ["B"]


# -- side and kind ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "cells", "side", "kind"),
    [
        (None, {"유형": "병원"}, Side.PARTNER, Kind.HOSPITAL),
        (None, {"유형": "스타트업"}, Side.STARTUP, Kind.STARTUP),
        (Side.STARTUP, {"about": "x"}, Side.STARTUP, Kind.STARTUP),
        (Side.STARTUP, {"유형": "제약/바이오"}, Side.STARTUP, Kind.STARTUP),
        (Side.STARTUP, {"유형": "디지털 치료제"}, Side.STARTUP, Kind.STARTUP),
        (None, {"구분": "스타트업"}, Side.STARTUP, Kind.STARTUP),
        (None, {"구분": "파트너", "유형": "로펌"}, Side.PARTNER, Kind.LAW_FIRM),
        (None, {"구분": "투자사"}, Side.PARTNER, Kind.INVESTOR),
        (None, {"구분": "기업"}, Side.STARTUP, Kind.STARTUP),
        (Side.PARTNER, {"구분": "기업"}, Side.PARTNER, Kind.CORPORATE),
        (None, {"구분": "기업", "유형": "제약사"}, Side.PARTNER, Kind.PHARMA),
        (Side.PARTNER, {"구분": "startup"}, Side.STARTUP, Kind.STARTUP),
    ],
)
def test_side_and_kind(
    tmp_path: Path, given: Side | None, cells: dict[str, str], side: Side, kind: Kind
) -> None:
    profile = one(tmp_path, given, name="A", **cells)
    assert (profile.side, profile.kind) == (side, kind)


def test_a_startups_line_of_business_is_kept_aside(tmp_path: Path) -> None:
    assert one(tmp_path, Side.STARTUP, name="A", 유형="디지털 치료제").other == {"유형": "디지털 치료제"}


PARTNER_KINDS = "hospital, pharma, incubator, law_firm, investor, research, corporate, consultancy, agency"


@pytest.mark.parametrize(
    ("given", "cells", "problem"),
    [
        (
            None,
            {"about": "x"},
            ("side", "", "no side: say startup or partner in a column, or for the whole file"),
        ),
        (None, {"구분": "외계인"}, ("side", "외계인", "not a known side: use startup or partner")),
        (None, {"유형": "우주선"}, ("kind", "우주선", f"not a known kind: use startup, {PARTNER_KINDS}")),
        (Side.PARTNER, {"about": "x"}, ("kind", "", f"no kind: a partner needs one of {PARTNER_KINDS}")),
        (
            Side.PARTNER,
            {"유형": "우주선"},
            ("kind", "우주선", f"not a known kind of partner: use {PARTNER_KINDS}"),
        ),
        (
            Side.PARTNER,
            {"유형": "스타트업"},
            ("kind", "스타트업", f"not a known kind of partner: use {PARTNER_KINDS}"),
        ),
        (
            Side.STARTUP,
            {"유형": "병원"},
            ("kind", "병원", "a startup's kind is startup: change the side or the kind"),
        ),
    ],
)
def test_side_and_kind_that_do_not_do(
    tmp_path: Path, given: Side | None, cells: dict[str, str], problem: tuple[str, str, str]
) -> None:
    assert wrong(tmp_path, given, name="A", **cells) == [problem]


# -- fields ----------------------------------------------------------------------------------------------


def test_each_bad_field_of_a_row_gives_a_rejection_and_good_rows_stay(tmp_path: Path) -> None:
    header = ["name", "kind", "country", "languages", "topics", "거래 건수", "ticket_min_usd", "website"]
    bad = ["A", "VC", "Atlantis", "영어, Klingon", "점심", "여럿", "많이", "javascript:alert(1)"]
    parsed = table(tmp_path, header, bad, ["B", "VC", "US", "en", "투자", "3", "1M", "b.com"])
    assert [profile.name for profile in parsed.profiles] == ["B"]
    assert {rejection.row for rejection in parsed.rejections} == {2}
    assert {(rejection.field, rejection.value) for rejection in parsed.rejections} == {
        ("country", "Atlantis"),
        ("languages", "Klingon"),
        ("topics", "점심"),
        ("past_deals", "여럿"),
        ("ticket_min_usd", "많이"),
        ("website", "javascript:alert(1)"),
    }
    assert len(parsed.rejections) == 6
    assert dict(parsed.rejections[0].cells) == dict(zip(header, bad, strict=True))


def test_the_models_own_rules_name_their_field(tmp_path: Path) -> None:
    assert wrong(tmp_path, name="A", kind="VC", id="x" * 201) == [
        ("id", "x" * 199 + "…", "longer than 200 characters: shorten it")
    ]
    assert [p[0] for p in wrong(tmp_path, name="A", kind="VC", seeks="x" * 20_001)] == ["seeks"]
    assert wrong(tmp_path, name="A", kind="VC", ticket_min_usd="5M", ticket_max_usd="1M") == [
        ("ticket_min_usd", "5000000.0", "larger than ticket_max_usd")
    ]
    assert wrong(tmp_path, name="", about="x", kind="VC") == [
        ("name", "", "no name: give one, in English (name) or Korean (name_ko)")
    ]


def test_a_ticket_in_one_column(tmp_path: Path) -> None:
    def ends(**cells: str) -> tuple[float | None, float | None]:
        (profile,) = table(tmp_path, ["name", "kind", *cells], ["A", "VC", *cells.values()]).profiles
        return profile.ticket_min_usd, profile.ticket_max_usd

    assert ends(ticket="$1M-5M") == (1e6, 5e6)
    profile = table(tmp_path, ["name", "kind", "투자규모(억원)"], ["A", "VC", "13.5~27"]).profiles[0]
    assert (profile.ticket_min_usd, profile.ticket_max_usd) == (1e6, 2e6)
    assert ends(ticket="$2M") == (2e6, 2e6)
    assert ends(ticket="up to $2M") == (None, 2e6)
    assert ends(ticket="$1M-5M", ticket_max_usd="$9M") == (1e6, 9e6)
    assert ends(ticket="협의") == (None, None)


def test_amounts_left_open_and_ranges_give_notices(tmp_path: Path) -> None:
    rows = [["A", "추후 협의"], ["B", "-"], ["C", "$1M~2M"], ["D", ""]]
    parsed = table(tmp_path, ["name", "raising"], *rows, side=Side.STARTUP)
    assert [profile.raising_usd for profile in parsed.profiles] == [None, None, 2e6, None]
    assert [(n.row, n.text) for n in parsed.notices if n.field == "raising_usd"] == [
        (2, "'추후 협의' states no amount; left empty"),
        (3, "'-' states no amount; left empty"),
        (4, "'$1M~2M' is a range; its larger end was taken"),
    ]


def test_rates_of_the_caller_are_used(tmp_path: Path) -> None:
    parsed = table(tmp_path, ["name", "raising"], ["A", "20억원"], side=Side.STARTUP, rates={"KRW": 1000})
    assert parsed.profiles[0].raising_usd == 2e6
    with pytest.raises(InputError, match="the rate of KRW must be a positive number"):
        table(tmp_path, ["name", "raising"], ["A", "1"], side=Side.STARTUP, rates={"KRW": 0})


def test_two_columns_for_one_field(tmp_path: Path) -> None:
    header = ["name", "희망분야", "국가", "소재국", "상담 희망 내용"]
    parsed = table(
        tmp_path, header, ["A", "x; y", "", "US", "y; z"], ["B", "", "KR", "US", "q"], side=Side.STARTUP
    )
    assert [profile.seeks for profile in parsed.profiles] == [("x", "y", "z"), ("q",)]
    assert [profile.country for profile in parsed.profiles] == ["US", "KR"]
    assert [profile.other for profile in parsed.profiles] == [{}, {"소재국": "US"}]
    assert parsed.notices[0].field == "country"
    assert parsed.notices[0].text == (
        "columns 국가 and 소재국 both give country: the first that is not empty is taken"
    )


def test_columns_without_header_or_of_one_name_are_kept(tmp_path: Path) -> None:
    parsed = table(tmp_path, ["name", "kind", "비고", "비고", "", ""], ["A", "VC", "x", "y", "z", ""])
    assert parsed.profiles[0].other == {"비고": "x", "비고 (2)": "y", "column E": "z"}
    assert parsed.notices[0].text == "columns not known, kept as they are: 비고, 비고 (2), column E"


def test_an_investors_stage_is_the_stages_it_takes(tmp_path: Path) -> None:
    profile = one(tmp_path, name="A", kind="VC", 투자단계="시드 ~ 시리즈 A, Phase 1/2")
    assert (profile.stage, profile.stages) == (None, ("seed", "pre_series_a", "series_a", "Phase 1/2"))


def test_guesses_are_told(tmp_path: Path) -> None:
    header = ["name", "kind", "markets", "topics", "contact_email"]
    parsed = table(tmp_path, header, ["A", "바이오 투자사(VC)", "글로벌", "투자 상담회; 기타", "a at b"])
    assert parsed.profiles[0].contact_email == "a at b"
    assert {(n.field, n.text) for n in parsed.notices if n.field != "id"} == {
        ("kind", "'바이오 투자사(VC)' was read as investor"),
        ("markets", "'글로벌' was read as any country"),
        ("topics", "'투자 상담회' was read as investment"),
        ("topics", "'기타' was left out"),
        ("contact_email", "'a at b' does not look like an e-mail address; kept as written"),
    }
