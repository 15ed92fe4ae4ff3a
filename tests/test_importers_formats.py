"""Files in every format, built here, and what is read from them."""

import codecs
import datetime
import hashlib
import json
from pathlib import Path

import openpyxl
import pytest

from profiles.errors import InputError
from profiles.importers import Limits, Parsed, parse_file
from profiles.model import Kind, Side

KOREAN = (
    "관리번호,기업명,회사소개,희망분야,투자유치 희망금액,개발단계,소재국,희망 진출국\r\n"
    'K1,㈜루닛,"영상을 읽는\r\nAI",미국 병원 임상; 데이터,20억원,임상 2상,대한민국,"미국, 일본"\r\n'
    'K2,뷰노,,VC,"1,500만 달러",시리즈A,한국,미국\r\n'
)


def save(path: Path, content: str | bytes, encoding: str = "utf-8") -> Path:
    path.write_bytes(content.encode(encoding) if isinstance(content, str) else content)
    return path


def check_korean(parsed: Parsed) -> None:
    assert parsed.rejections == ()
    assert [profile.record() for profile in parsed.profiles] == [
        {
            "id": "K1",
            "side": "startup",
            "kind": "startup",
            "name_ko": "㈜루닛",
            "about": "영상을 읽는\nAI",
            "seeks": ["미국 병원 임상", "데이터"],
            "stage": "phase2",
            "country": "KR",
            "markets": ["US", "JP"],
            "raising_usd": 1481481.48,
        },
        {
            "id": "K2",
            "side": "startup",
            "kind": "startup",
            "name_ko": "뷰노",
            "seeks": ["VC"],
            "stage": "series_a",
            "country": "KR",
            "markets": ["US"],
            "raising_usd": 15000000.0,
        },
    ]


@pytest.mark.parametrize("encoding", ["cp949", "utf-8", "utf-8-sig", "utf-16"])
def test_csv_in_the_encodings_of_korean_offices(tmp_path: Path, encoding: str) -> None:
    path = save(tmp_path / "기업.csv", KOREAN, encoding)
    parsed = parse_file(path, side=Side.STARTUP)
    check_korean(parsed)
    assert parsed.file == "기업.csv"
    assert parsed.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [(notice.row, notice.field, notice.text) for notice in parsed.notices] == [
        (2, "raising_usd", "'20억원' is 1,481,481.48 US dollars, converted from KRW at 1,350 a US dollar")
    ]


def test_utf_16_big_endian(tmp_path: Path) -> None:
    data = codecs.BOM_UTF16_BE + KOREAN.encode("utf-16-be")
    check_korean(parse_file(save(tmp_path / "a.csv", data), side=Side.STARTUP))


@pytest.mark.parametrize(
    ("delimiter", "name"), [(";", "a.csv"), ("\t", "a.tsv"), ("\t", "a.txt"), (",", "a.tsv")]
)
def test_the_delimiter_is_the_one_that_gives_most_headers(tmp_path: Path, delimiter: str, name: str) -> None:
    lines = [["name", "kind", "about, long", "areas"], ["Mercy", "병원", "a, b, c, d, e", "stroke"]]
    text = "\n".join(delimiter.join(f'"{cell}"' for cell in line) for line in lines)
    parsed = parse_file(save(tmp_path / name, text))
    assert [(p.name, p.kind, p.areas) for p in parsed.profiles] == [("Mercy", Kind.HOSPITAL, ("stroke",))]
    assert parsed.profiles[0].other == {"about, long": "a, b, c, d, e"}


def test_title_rows_above_a_csv_header_and_rows_numbered_as_a_spreadsheet_shows_them(tmp_path: Path) -> None:
    lines = [
        "[2023 보스턴] 파트너 명단,,",
        '"두 줄\n제목",,',
        "",
        "기관명,유형,비고",
        "하버드,대학,",
        "",
        ",,",
    ]
    text = "\n".join([*lines, "없음사,우주선,메모", "기관명,유형,비고", ""])
    parsed = parse_file(save(tmp_path / "a.csv", text))
    assert [(p.name_ko, p.kind) for p in parsed.profiles] == [("하버드", Kind.RESEARCH)]
    assert [(r.row, r.sheet, r.field, r.value) for r in parsed.rejections] == [(8, None, "kind", "우주선")]
    assert parsed.rejections[0].cells == {"기관명": "없음사", "유형": "우주선", "비고": "메모"}


def test_a_quotation_mark_never_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    text = 'name,kind\nA,VC\nB,"VC\nC,VC\nD,"병\n원"\n'
    parsed = parse_file(save(tmp_path / "a.csv", text.replace('D,"병\n원"', "D,병원")))
    assert [profile.name for profile in parsed.profiles] == ["A", "C", "D"]
    assert [(r.row, r.field) for r in parsed.rejections] == [(3, "")]
    assert "never closed" in parsed.rejections[0].reason
    assert parsed.rejections[0].cells == {"name": "B", "kind": '"VC'}


def test_a_row_with_foreign_bytes_does_not_stop_the_others(tmp_path: Path) -> None:
    rows = "".join(f"회사{index},VC\n" for index in range(50))
    data = f"기업명,유형\n{rows}".encode() + b"bad\xff\xfe,VC\n" + "끝,VC\n".encode()
    parsed = parse_file(save(tmp_path / "a.csv", data))
    assert len(parsed.profiles) == 51
    assert [(r.row, r.field) for r in parsed.rejections] == [(52, "")]


# -- XLSX ----------------------------------------------------------------------------------------------


def workbook(path: Path) -> Path:
    book = openpyxl.Workbook()
    partners = book.active
    assert partners is not None
    partners.title = "파트너"
    partners["B2"] = "2023 보스턴 파트너링 데이: 기관명과 유형"
    partners.merge_cells("B2:G2")
    for column, header in zip(
        "BCDEFG", ["기관명", "유형", "소재국", "거래 건수", "설립일", "투자규모(백만 달러)"], strict=True
    ):
        partners[f"{column}4"] = header
    partners["B5"], partners["C5"], partners["D5"], partners["E5"] = "MGH", "병원", "미국", 3.0
    partners["F5"] = datetime.date(1911, 2, 25)
    partners["B6"], partners["E6"], partners["F6"] = "Mayo", 12, datetime.datetime(1964, 1, 1, 9, 30)
    partners["B8"], partners["C8"], partners["D8"], partners["G8"] = "파트너스", "투자사", "한국", "1~5"
    partners.merge_cells("C5:C6")
    partners.merge_cells("D5:D7")  # row 7 is blank but for the block
    startups = book.create_sheet("Startups 2023")
    for row in (["Company", "About", "Note"], ["Lunit", "AI", True], [None, None, None], ["VUNO", 3.5, "x"]):
        startups.append(row)
    book.create_sheet("빈 시트")
    book.create_sheet("메모").append(["담당자", "전화"])
    book.save(path)
    return path


def test_a_workbook_with_titles_merged_cells_blank_rows_and_several_sheets(tmp_path: Path) -> None:
    parsed = parse_file(workbook(tmp_path / "a.xlsx"))
    assert parsed.rejections == ()
    assert [profile.record() | {"id": ""} for profile in parsed.profiles] == [
        {
            "id": "",
            "side": "partner",
            "kind": "hospital",
            "name": "MGH",
            "country": "US",
            "past_deals": 3,
            "other": {"설립일": "1911-02-25"},
        },
        {
            "id": "",
            "side": "partner",
            "kind": "hospital",
            "name": "Mayo",
            "country": "US",
            "past_deals": 12,
            "other": {"설립일": "1964-01-01 09:30"},
        },
        {
            "id": "",
            "side": "partner",
            "kind": "investor",
            "name_ko": "파트너스",
            "country": "KR",
            "ticket_min_usd": 1_000_000.0,
            "ticket_max_usd": 5_000_000.0,
        },
        {
            "id": "",
            "side": "startup",
            "kind": "startup",
            "name": "Lunit",
            "about": "AI",
            "other": {"Note": "true"},
        },
        {
            "id": "",
            "side": "startup",
            "kind": "startup",
            "name": "VUNO",
            "about": "3.5",
            "other": {"Note": "x"},
        },
    ]
    sheets = [(notice.sheet, notice.text) for notice in parsed.notices if notice.row is None]
    assert sheets == [
        ("빈 시트", "sheet '빈 시트' is empty"),
        ("메모", "sheet '메모' has no header row that is known and was not read"),
        ("파트너", "columns not known, kept as they are: 설립일"),
        ("Startups 2023", "columns not known, kept as they are: Note"),
    ]
    assert [(notice.sheet, notice.row) for notice in parsed.notices if notice.field == "id"] == [
        ("파트너", 5),
        ("파트너", 6),
        ("파트너", 8),
        ("Startups 2023", 2),
        ("Startups 2023", 4),
    ]


def test_content_decides_and_not_the_extension(tmp_path: Path) -> None:
    hidden = workbook(tmp_path / "a.xlsx").rename(tmp_path / "a.csv")
    assert len(parse_file(hidden).profiles) == 5
    json_line = '{"name": "MGH", "side": "partner", "kind": "hospital"}'
    assert parse_file(save(tmp_path / "b.csv", json_line)).profiles[0].name == "MGH"
    assert parse_file(save(tmp_path / "c.jsonl", "name,kind\nMGH,병원\n")).profiles[0].name == "MGH"


def test_formulas_without_a_value_are_told(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["name", "kind", "about"], ["MGH", "병원", "=1/0"]):
        sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    parsed = parse_file(tmp_path / "a.xlsx")
    assert parsed.profiles[0].about == ""
    assert parsed.notices[0].text == "formulas without a value were read as empty: C2 not computed"


def test_running_numbers_of_two_sheets_are_no_ids(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    first = book.active
    assert first is not None
    second = book.create_sheet("기관")
    for sheet, kind in ((first, "병원"), (second, "VC")):
        for row in (["번호", "기관명", "유형"], [1, f"{kind} 하나", kind], [2, f"{kind} 둘", kind]):
            sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    parsed = parse_file(tmp_path / "a.xlsx")
    assert parsed.rejections == ()
    assert len({profile.id for profile in parsed.profiles}) == 4
    assert [profile.other for profile in parsed.profiles] == [{"번호": "1"}, {"번호": "2"}] * 2
    alone = parse_file(save(tmp_path / "a.csv", "번호,기관명,유형\n1,하나,VC\n"))
    assert [profile.id for profile in alone.profiles] == ["1"]
    assert alone.notices[0].text == (
        "column '번호' was taken as id: its numbers must not return in another file"
    )


# -- JSON ----------------------------------------------------------------------------------------------


def test_json_lines_with_bad_lines_between(tmp_path: Path) -> None:
    deep = "[" * 100_000
    lines = [
        '\ufeff{"id": 7, "side": "partner", "kind": "hospital", "name": "A", "seeks": "x; y", '
        '"past_deals": "3", "areas": null, "raising_usd": 1500000, "extra": {"k": [1]}, '
        '"tags": ["a", 2], "other": {"Ward": 4}}',
        "",
        "not json",
        '["a"]',
        '{"name": "B", "side": "partner", "kind": "pharma", "seeks": {"a": 1}, "about": ["x"], '
        '"past_deals": true}',
        '{"name": "C", "side": "partner", "kind": "pharma", "offers": ["one; entry", 5, null, " "]}',
        '{"name": "D", "raising_usd": NaN}',
        f'{{"name": {deep}}}',
        '{"name": "E\\ud800", "side": "startup"}',
        '{"id": "7", "side": "partner", "kind": "hospital", "name": "again"}',
    ]
    parsed = parse_file(save(tmp_path / "a.jsonl", "\n".join(lines)))
    first, third, last = parsed.profiles
    assert first.record() == {
        "id": "7",
        "side": "partner",
        "kind": "hospital",
        "name": "A",
        "seeks": ["x", "y"],
        "past_deals": 3,
        "raising_usd": 1500000.0,
        "other": {"extra": '{"k": [1]}', "tags": "a; 2", "Ward": "4"},
    }
    assert third.offers == ("one; entry", "5")
    assert last.name == "E\ufffd"
    assert [(r.row, r.field, r.reason) for r in parsed.rejections] == [
        (3, "", "the line is not valid JSON (expecting value, column 1): mend it"),
        (4, "", 'the line is not a JSON object: write {"name": ...}'),
        (5, "seeks", "an object is no value here: write text or a list of texts"),
        (5, "about", "a list is no value here: write one text"),
        (5, "past_deals", "true or false is no value here: write text"),
        (7, "", "the line is not valid JSON (nan is not a json value): mend it"),
        (8, "", "the line is not valid JSON (nested too deeply): mend it"),
        (10, "id", "the same id stands in row 1: give another or remove one"),
    ]
    assert parsed.rejections[2].value == '{"a": 1}'
    assert parsed.notices[0].text == "columns not known, kept as they are: extra, tags"


def test_a_json_array_and_a_single_object(tmp_path: Path) -> None:
    records = [{"name": "A", "side": "startup"}, 5, {"name": "B", "side": "startup"}]
    parsed = parse_file(save(tmp_path / "a.json", json.dumps(records, indent=1)))
    assert [profile.name for profile in parsed.profiles] == ["A", "B"]
    assert [(r.row, r.field, r.value) for r in parsed.rejections] == [(2, "", "5")]
    parsed = parse_file(save(tmp_path / "b.json", json.dumps(records[0], indent=1)))
    assert [profile.name for profile in parsed.profiles] == ["A"]
    with pytest.raises(InputError, match=r"c\.json: the JSON is not valid .*line 2, column 10"):
        parse_file(save(tmp_path / "c.json", '[{"name": "A"},\n{"name": }]'))


def test_a_json_line_that_is_not_utf_8_is_rejected_alone(tmp_path: Path) -> None:
    good = '{"name": "가나다라마바사", "side": "startup"}\n'.encode()
    parsed = parse_file(save(tmp_path / "a.jsonl", good + b'{"name": "\xb0\xa1", "side": "startup"}\n'))
    assert len(parsed.profiles) == 1
    assert [(r.row, r.reason) for r in parsed.rejections] == [
        (2, "the line is not UTF-8: save the file as UTF-8")
    ]


def test_korean_keys_work_in_json_too(tmp_path: Path) -> None:
    parsed = parse_file(
        save(tmp_path / "a.jsonl", '{"기관명": "하버드", "유형": "대학", "사용언어": ["영어"]}')
    )
    assert [(p.name_ko, p.kind, p.languages) for p in parsed.profiles] == [("하버드", Kind.RESEARCH, ("en",))]


# -- the column map and limits ---------------------------------------------------------------------------


def test_a_column_map_wins_over_the_table(tmp_path: Path) -> None:
    path = save(tmp_path / "a.csv", "그들의 이름,무엇,소개,종\nMGH,임상,비밀,병원\n")
    parsed = parse_file(
        path, column_map={"그들의이름": "name", "무엇": "seeks", "소개": "other", "종": "kind"}
    )
    assert parsed.profiles[0].model_dump(include={"name", "seeks", "about", "kind", "other"}) == {
        "name": "MGH",
        "seeks": ("임상",),
        "about": "",
        "kind": Kind.HOSPITAL,
        "other": {"소개": "비밀"},
    }


def test_a_wrong_column_map_says_what_is_possible(tmp_path: Path) -> None:
    path = save(tmp_path / "a.csv", "name,kind\nMGH,병원\n")
    with pytest.raises(
        InputError, match="'x' is mapped to 'nmae', which is no field; the fields are id, side, kind"
    ):
        parse_file(path, column_map={"x": "nmae"})
    with pytest.raises(InputError, match="no column '이름' to map; the columns are name, kind"):
        parse_file(path, column_map={"이름": "name"})
    with pytest.raises(InputError, match="no column 'y' to map; the columns are a, b"):
        parse_file(save(tmp_path / "b.csv", "a,b\n1,2\n"), column_map={"y": "name"})


def test_limits_of_rows_and_cells(tmp_path: Path) -> None:
    path = save(tmp_path / "a.csv", "name,kind\n" + "A,VC\n" * 40)
    with pytest.raises(InputError, match="more than 30 rows: split the file"):
        parse_file(path, limits=Limits(rows=30))
    with pytest.raises(InputError, match="more than 50 cells: split the file"):
        parse_file(path, limits=Limits(cells=50))
    with pytest.raises(InputError, match="larger than 0 MB: split it into smaller files"):
        parse_file(path, limits=Limits(file_bytes=100))
    long = save(tmp_path / "b.csv", f"name,kind,about\nA,VC,{'x' * 200_000}\nB,VC,y\n")
    parsed = parse_file(long)
    assert [profile.name for profile in parsed.profiles] == ["B"]
    assert [(r.field, r.reason) for r in parsed.rejections] == [
        ("about", "longer than 100,000 characters: shorten it")
    ]
    assert len(parse_file(path, limits=Limits(rows=40)).rejections) == 39
