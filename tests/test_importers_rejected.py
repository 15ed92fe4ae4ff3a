"""Rejected rows: written to be mended in a spreadsheet, and read again."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from profiles.errors import InputError
from profiles.importers import Parsed, parse_file, write_rejected
from profiles.importers.rejected import escape, unescape
from profiles.model import Side


def table(tmp_path: Path, *rows: list[str], **options: Any) -> Parsed:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    path = tmp_path / "a.csv"
    path.write_text(buffer.getvalue(), encoding="utf-8")
    return parse_file(path, **options)


def mended(path: Path, changes: dict[str, str]) -> None:
    text = path.read_text(encoding="utf-8-sig")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8-sig", newline="")


def test_rejected_rows_are_mended_and_imported_again(tmp_path: Path) -> None:
    header = ["관리번호", "기업명\n(Company)", "희망분야", "투자유치 희망금액(억원)", "국가", "=비고"]
    good = ["S1", "루닛", "임상", "20", "한국", ""]
    bad = ["S2", "뷰노", "- 병원\n- 데이터", "스무억", "없는나라", "=1+1"]
    parsed = table(tmp_path, header, good, bad, side=Side.STARTUP)
    path = tmp_path / "a.rejected.csv"
    write_rejected(parsed, path)
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert lines == [
        ["row", "field", "reason", *header[:-1], "'=비고"],
        [
            "3",
            "raising_usd | country",
            "not a readable amount: write it as 1500000, USD 1.5M or 20억원 | "
            "not a known country: write its name or its two-letter code",
            "S2",
            "뷰노",
            "'- 병원\n- 데이터",
            "스무억",
            "없는나라",
            "'=1+1",
        ],
    ]
    mended(path, {"스무억": "27", "없는나라": "일본"})
    again = parse_file(path, side=Side.STARTUP)
    assert again.rejections == ()
    assert [profile.record() for profile in again.profiles] == [
        {
            "id": "S2",
            "side": "startup",
            "kind": "startup",
            "name_ko": "뷰노",
            "seeks": ["병원", "데이터"],
            "country": "JP",
            "raising_usd": 2000000.0,
            "other": {"=비고": "=1+1"},
        }
    ]
    assert [entry.name for entry in tmp_path.iterdir() if entry.suffix == ".tmp"] == []


@pytest.mark.parametrize("start", "=+-@\t\r\n＝＋－＠'")
def test_every_cell_of_a_mended_row_is_read_as_before(tmp_path: Path, start: str) -> None:
    """Whatever a cell begins with, the mended row gives what the row would have given at once."""
    header = ["name", "country", "about", "seeks", f"{start}Ward", f"'{start}Bed"]
    row = [f"{start}A", "Atlantis", f"{start}b c", f"{start}d; e", f"{start}1", f"'{start}2"]
    (expected,) = table(tmp_path, header, [row[0], "US", *row[2:]], side=Side.STARTUP).profiles
    parsed = table(tmp_path, header, row, side=Side.STARTUP)
    assert parsed.profiles == ()
    path = tmp_path / "a.rejected.csv"
    write_rejected(parsed, path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        assert not [
            cell for line in csv.reader(stream) for cell in line if cell[:1] in set("=+-@\t\r\n＝＋－＠")
        ]
    mended(path, {"Atlantis": "US"})
    again = parse_file(path, side=Side.STARTUP)
    assert again.rejections == ()
    assert [profile.record() for profile in again.profiles] == [expected.record()]


def test_rejected_json_lines_come_back_as_a_table(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text(
        '{"id": "p1", "side": "partner", "kind": "spaceship", "name": "MGH", "seeks": ["a, b", "c"], '
        '"raising_usd": 1500000.0, "topics": ["ip"], "tags": {"x": 1}, "other": {"Ward": 4}}\n'
        "broken\n",
        encoding="utf-8",
    )
    path = tmp_path / "a.rejected.csv"
    write_rejected(parse_file(source), path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        header, first, second = csv.reader(stream)
    assert header[3:] == [
        "Ward",
        "id",
        "side",
        "kind",
        "name",
        "seeks",
        "raising_usd",
        "topics",
        "tags",
        "unreadable line",
    ]
    assert first[3:] == ["4", "p1", "partner", "spaceship", "MGH", "a, b; c", "1500000", "ip", '{"x": 1}', ""]
    assert (second[0], second[1], second[-1]) == ("2", "", "broken")
    mended(path, {"spaceship": "hospital"})
    again = parse_file(path)
    assert [profile.record() for profile in again.profiles] == [
        {
            "id": "p1",
            "side": "partner",
            "kind": "hospital",
            "name": "MGH",
            "seeks": ["a, b", "c"],
            "topics": ["ip"],
            "raising_usd": 1500000.0,
            "other": {"tags": '{"x": 1}', "Ward": "4"},
        }
    ]
    assert {(rejection.row, rejection.field) for rejection in again.rejections} == {(3, "name"), (3, "side")}


def test_lines_that_are_no_json_can_still_be_filled_in(tmp_path: Path) -> None:
    source = tmp_path / "a.jsonl"
    source.write_text("{broken\n", encoding="utf-8")
    path = tmp_path / "a.rejected.csv"
    write_rejected(parse_file(source), path)
    mended(path, {"{broken,,,,": "{broken,p1,partner,hospital,MGH"})
    assert [profile.name for profile in parse_file(path).profiles] == ["MGH"]


def test_the_sheet_that_told_the_side_is_not_needed_again(tmp_path: Path) -> None:
    import openpyxl

    book = openpyxl.Workbook()
    for title, country in (("Startups", "Atlantis"), ("Startups 2", "Lemuria")):
        sheet = book.create_sheet(title)
        sheet.append(["Company", "Country"])
        sheet.append([f"in {country}", country])
    book.save(tmp_path / "a.xlsx")
    path = tmp_path / "a.rejected.csv"
    write_rejected(parse_file(tmp_path / "a.xlsx"), path)
    with path.open(encoding="utf-8-sig", newline="") as stream:
        lines = list(csv.reader(stream))
    assert [line[0] for line in lines] == ["row", "Startups!2", "Startups 2!2"]
    mended(path, {",Atlantis,": ",US,", ",Lemuria,": ",KR,"})
    assert [(p.side, p.country) for p in parse_file(path).profiles] == [
        (Side.STARTUP, "US"),
        (Side.STARTUP, "KR"),
    ]


@pytest.mark.parametrize(
    "cell",
    ["=1", "+1", "-1", "@x", "\tx", "\rx", "\nx", "＝1", "＋1", "－1", "＠x", "'=1", "''@x", "'\n", "'＝1"],
)
def test_dangerous_cells_are_escaped_and_come_back(cell: str) -> None:
    assert escape(cell) == "'" + cell
    assert unescape(escape(cell)) == cell


@pytest.mark.parametrize("cell", ["", "a=1", "'quoted'", "'", "1-2"])
def test_other_cells_are_left_alone(cell: str) -> None:
    assert escape(cell) == cell
    assert unescape(cell) == cell


def test_a_rejected_file_that_cannot_be_written(tmp_path: Path) -> None:
    parsed = table(tmp_path, ["name", "kind"], ["A", "우주선"])
    with pytest.raises(InputError, match=r"x\.csv: cannot be written"):
        write_rejected(parsed, tmp_path / "no" / "x.csv")
    (tmp_path / "folder.csv").mkdir()
    with pytest.raises(InputError, match="cannot be written"):
        write_rejected(parsed, tmp_path / "folder.csv")
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["a.csv", "folder.csv"]
