"""Files that are refused as a whole: one line, saying what to do."""

import io
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path

import openpyxl
import pytest

from profiles.errors import InputError
from profiles.importers import Limits, parse_file

CONTENT_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
)


def refused(path: Path, limits: Limits | None = None) -> str:
    with pytest.raises(InputError) as caught:
        parse_file(path, limits=limits or Limits())
    message = str(caught.value)
    assert "\n" not in message
    assert message.startswith(f"{path.name}: ")
    return message.removeprefix(f"{path.name}: ")


def archive(path: Path, parts: Mapping[str, str | bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as stream:
        for name, content in parts.items():
            stream.writestr(name, content)
    return path


def good_parts() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["name", "kind"])
    sheet.append(["MGH", "병원"])
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as stream:
        return {name: stream.read(name) for name in stream.namelist()}


def with_sheet(path: Path, rows: str) -> Path:
    sheet = f'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{rows}</worksheet>'
    return archive(path, good_parts() | {"xl/worksheets/sheet1.xml": sheet.encode()})


def test_the_parts_used_below_make_a_good_workbook(tmp_path: Path) -> None:
    assert parse_file(archive(tmp_path / "a.xlsx", good_parts())).profiles[0].name == "MGH"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "the file is empty"),
        (b"\xef\xbb\xbf \r\n", "the file is empty"),
        (b"%PDF-1.7\n", "this is a PDF"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
            "this is an old .xls, a .hwp or a password-protected workbook",
        ),
        (b"\x89PNG\r\n\x1a\n", "this is an image"),
        (b"\xff\xd8\xff\xe0", "this is an image"),
        (b"GIF89a", "this is an image"),
        (b"<!DOCTYPE html><html></html>", "this is HTML or XML"),
        (b"  <html><table>", "this is HTML or XML"),
        (b'<?xml version="1.0"?><Workbook/>', "this is HTML or XML"),
        (b"{\\rtf1", "this is a rich-text document"),
        (b"\x1f\x8b\x08", "this is a compressed file"),
        (bytes(range(256)) * 20, "this is not a text file"),
        (b"PK\x03\x04broken", "the workbook is damaged"),
        (b"PK\x05\x06" + b"\0" * 18, "this is an archive, not a workbook"),
        (b"\xff\xfea", "its UTF-16 text is damaged"),
        (b"a,b\n1,2\n", "no header row was found"),
        ("이름만\n루닛\n".encode(), "no header row was found"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, data: bytes, reason: str) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(data)
    assert refused(path).startswith(reason)


def test_places_that_are_no_file(tmp_path: Path) -> None:
    assert refused(tmp_path) == "this is a folder: name a file in it"
    assert refused(tmp_path / "none.csv") == "there is no such file: check the path"
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    assert refused(pipe).startswith("this is not an ordinary file")
    odd = tmp_path / "two\nlines.csv"
    odd.write_bytes(b"%PDF")
    with pytest.raises(InputError) as caught:
        parse_file(odd)
    assert str(caught.value).startswith("two lines.csv: this is a PDF")
    with pytest.raises(InputError, match="cannot be read"):
        parse_file(Path("a\0b.csv"))


@pytest.mark.skipif(os.geteuid() == 0, reason="root reads everything")
def test_a_file_without_permission(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("name,kind\n")
    path.chmod(0)
    assert refused(path).startswith("cannot be read (Permission denied)")


@pytest.mark.parametrize(
    ("parts", "reason"),
    [
        ({"word/document.xml": "x", "[Content_Types].xml": CONTENT_TYPES}, "this is a Word document"),
        ({"ppt/presentation.xml": "x", "[Content_Types].xml": CONTENT_TYPES}, "this is a presentation"),
        ({"mimetype": "application/hwp+zip", "content.xml": "x"}, "this is an OpenDocument or Hangul file"),
        ({"a.csv": "name,kind"}, "this is an archive, not a workbook"),
        ({"xl/workbook.bin": "x", "[Content_Types].xml": CONTENT_TYPES}, "this is a binary workbook (.xlsb)"),
    ],
)
def test_other_packages_are_refused(tmp_path: Path, parts: dict[str, str], reason: str) -> None:
    assert refused(archive(tmp_path / "a.xlsx", parts)).startswith(reason)


def test_macros_are_refused_however_they_are_hidden(tmp_path: Path) -> None:
    reason = "the workbook carries macros: save it as .xlsx without macros"
    assert refused(archive(tmp_path / "a.xlsx", good_parts() | {"xl/vbaProject.bin": b"x"})) == reason
    assert refused(archive(tmp_path / "b.xlsx", good_parts() | {"xl/other/VBAPROJECT.BIN": b"x"})) == reason
    types = good_parts()["[Content_Types].xml"].replace(b"sheet.main+xml", b"sheet.macroEnabled.main+xml")
    assert refused(archive(tmp_path / "c.xlsx", good_parts() | {"[Content_Types].xml": types})) == reason


def test_an_encrypted_archive_is_refused(tmp_path: Path) -> None:
    path = archive(tmp_path / "a.xlsx", good_parts())
    data = bytearray(path.read_bytes())
    place = data.find(b"PK\x01\x02")
    data[place + 8] |= 1  # the flag of the first entry in the directory
    path.write_bytes(data)
    assert refused(path).startswith("the archive is encrypted")


def test_a_damaged_workbook_is_refused(tmp_path: Path) -> None:
    damaged = "the workbook is damaged: open it in Excel and save it again as .xlsx"
    whole = archive(tmp_path / "a.xlsx", good_parts()).read_bytes()
    cut = tmp_path / "cut.xlsx"
    cut.write_bytes(whole[: len(whole) // 2])
    assert refused(cut) == damaged
    assert refused(with_sheet(tmp_path / "b.xlsx", "<sheetData><row>")) == damaged
    assert refused(
        archive(tmp_path / "c.xlsx", good_parts() | {"xl/workbook.xml": b"<workbook/>"})
    ).startswith(("the workbook is damaged", "the workbook has no sheet"))
    doctype = b'<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><sst><si><t>&b;</t></si></sst>'
    assert refused(archive(tmp_path / "d.xlsx", good_parts() | {"xl/sharedStrings.xml": doctype})) == damaged
    twice = tmp_path / "e.xlsx"
    twice.write_bytes(whole)
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(twice, "a") as stream:
        stream.writestr("xl/workbook.xml", b"<workbook/>")
    assert refused(twice) == damaged


def test_a_zip_bomb_is_refused_before_it_is_unpacked(tmp_path: Path) -> None:
    path = tmp_path / "bomb.xlsx"
    zeros = b"\0" * 2**20
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as stream:
        for name, content in good_parts().items():
            stream.writestr(name, content)
        with stream.open("xl/media/image1.xml", "w", force_zip64=True) as part:
            for _ in range(300):
                part.write(zeros)
    assert path.stat().st_size < 5 * 2**20
    assert refused(path) == "the workbook unpacks to more than 200 MB: split it"
    assert refused(path, Limits(unzipped_bytes=2**30)) == (
        "the workbook unpacks to far more than its size: save it again"
    )


def test_padding_does_not_hide_what_explodes(tmp_path: Path) -> None:
    parts = good_parts() | {"xl/media/noise.bin": os.urandom(200_000), "xl/a.xml": b" " * (11 * 2**20)}
    assert refused(archive(tmp_path / "a.xlsx", parts)).startswith(
        "the workbook unpacks to far more than its size"
    )


def test_a_directory_that_lies_about_sizes_is_refused(tmp_path: Path) -> None:
    path = archive(
        tmp_path / "a.xlsx", good_parts() | {"xl/sharedStrings.xml": b"<sst>" + b" " * 2**20 + b"</sst>"}
    )
    data = bytearray(path.read_bytes())
    place = data.rfind(b"PK\x01\x02", 0, data.rfind(b"xl/sharedStrings.xml"))
    data[place + 24 : place + 28] = (100).to_bytes(4, "little")
    path.write_bytes(data)
    assert refused(path).startswith("the workbook is damaged")


def test_a_stray_cell_far_away_does_not_fill_memory(tmp_path: Path) -> None:
    header = '<row r="1"><c r="A1" t="inlineStr"><is><t>name</t></is></c></row>'
    far = '<row r="1048576"><c r="xfd1048576"><v>1</v></c></row>'
    path = with_sheet(tmp_path / "a.xlsx", f"<sheetData>{header}{far}</sheetData>")
    assert refused(path).startswith("its used area has 17,179,869,184 cells, at most 6,000,000 are taken")
    path = with_sheet(
        tmp_path / "b.xlsx", f'<sheetData>{header}<row r="2"><c r="AAAA1"><v>1</v></c></row></sheetData>'
    )
    assert refused(path).startswith("the workbook is damaged")


def test_empty_styled_cells_count_for_nothing(tmp_path: Path) -> None:
    cells = "".join(
        f'<c r="{place}" t="inlineStr"><is><t>{text}</t></is></c>'
        for place, text in (("A1", "name"), ("B1", "kind"), ("A2", "MGH"), ("B2", "병원"))
    )
    path = with_sheet(
        tmp_path / "a.xlsx",
        f'<sheetData><row r="1">{cells}</row><row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>',
    )
    assert [profile.name for profile in parse_file(path).profiles] == ["MGH"]


def test_one_long_text_used_by_many_cells_does_not_fill_memory(tmp_path: Path) -> None:
    strings = b"<sst><si><t>" + os.urandom(50_000).hex().encode() + b"</t></si></sst>"
    rows = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, 3001))
    sheet = f"<worksheet><sheetData>{rows}</sheetData></worksheet>".encode()
    parts = good_parts() | {"xl/sharedStrings.xml": strings, "xl/worksheets/sheet1.xml": sheet}
    assert (
        refused(archive(tmp_path / "a.xlsx", parts)) == "the workbook unpacks to more than 200 MB: split it"
    )


def test_too_many_rows_in_a_workbook(tmp_path: Path) -> None:
    rows = "".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 42))
    path = with_sheet(tmp_path / "a.xlsx", f"<sheetData>{rows}</sheetData>")
    assert refused(path, Limits(rows=10)) == "41 rows; at most 10 are taken: split the file"
