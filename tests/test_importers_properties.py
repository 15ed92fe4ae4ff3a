"""Whatever a file holds, only InputError comes out, and no row is lost."""

import csv
import io
import json
import re
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from profiles.errors import InputError
from profiles.importers import Parsed, likely_duplicates, parse_file, write_rejected
from profiles.importers.money import read_money
from profiles.importers.places import read_country, read_language, read_markets
from profiles.importers.rejected import escape, unescape
from profiles.importers.synonyms import HEADERS
from profiles.importers.vocabulary import read_kind, read_stages, read_topics
from profiles.model import Profile, Side

quick = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
spellings = sorted(word.strip() for words in HEADERS.values() for word in words.split("|") if word.strip())
headers = st.sampled_from(spellings) | st.sampled_from(sorted(Profile.model_fields)) | st.text(max_size=8)
samples = st.sampled_from(
    [
        "",
        "루닛",
        "Lunit",
        "미국",
        "한국, 일본",
        "20억원",
        "$1M-5M",
        "협의",
        "임상 2상",
        "투자; 특허",
        "병원",
        "startup",
        "-",
        "=1+1",
        "'=x",
        "a\r\nb",
        '"',
        "\x00",
        "1",
        "N/A",
        "기업",
        "Phase 1/2",
    ]
)
cells = samples | st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=30)
tables = st.lists(st.lists(cells, min_size=1, max_size=8), max_size=8)


def read(path: Path, data: bytes, **options: Any) -> Parsed | None:
    path.write_bytes(data)
    message = ""
    try:
        parsed = parse_file(path, **options)
    except InputError as error:
        message = str(error)
    if message:
        assert "\n" not in message
        assert message.startswith(path.name)
        return None
    ids = [profile.id for profile in parsed.profiles]
    assert len(ids) == len(set(ids))
    for rejection in parsed.rejections:
        assert rejection.reason
        assert rejection.field in {*Profile.model_fields, ""}
        assert "\n" not in rejection.reason
    for profile in parsed.profiles:
        assert profile.record() == Profile(**json.loads(json.dumps(profile.record()).encode())).record()
    likely_duplicates(parsed.profiles)
    write_rejected(parsed, path.with_name("rejected.csv"))
    return parsed


@quick
@given(data=st.binary(max_size=400), name=st.sampled_from(["a.csv", "a.jsonl", "a.xlsx", "a.json", "a"]))
def test_random_bytes(tmp_path: Path, data: bytes, name: str) -> None:
    read(tmp_path / name, data)


@quick
@given(
    head=st.lists(headers, min_size=1, max_size=8),
    body=tables,
    style=st.tuples(st.sampled_from(",;\t"), st.sampled_from(["utf-8", "utf-8-sig", "utf-16"])),
    side=st.sampled_from([None, *Side]),
)
def test_random_tables(
    tmp_path: Path, head: list[str], body: list[list[str]], style: tuple[str, str], side: Side | None
) -> None:
    delimiter, encoding = style
    buffer = io.StringIO()
    csv.writer(buffer, delimiter=delimiter).writerows([["name", "kind", *head], *body])
    parsed = read(tmp_path / "a.csv", buffer.getvalue().encode(encoding), side=side)
    if parsed is not None:
        met = len(parsed.profiles) + len({rejection.row for rejection in parsed.rejections})
        assert met <= len(body)


@quick
@given(rows=tables)
def test_every_row_is_a_profile_or_a_rejection(tmp_path: Path, rows: list[list[str]]) -> None:
    numbered = [["id", "name", "about"], *([f"k{number}", *row[:1], "x"] for number, row in enumerate(rows))]
    buffer = io.StringIO()
    csv.writer(buffer).writerows(numbered)
    parsed = read(tmp_path / "a.csv", buffer.getvalue().encode(), side=Side.STARTUP)
    assert parsed is not None
    kept = {profile.id for profile in parsed.profiles}
    refused = {rejection.cells["id"] for rejection in parsed.rejections}
    assert kept | refused == {f"k{number}" for number in range(len(rows))}
    assert kept & refused == set()


@quick
@given(
    head=st.lists(headers, min_size=1, max_size=6),
    body=st.lists(st.lists(samples, min_size=1, max_size=8), max_size=6),
)
def test_random_workbooks(tmp_path: Path, head: list[str], body: list[list[str]]) -> None:
    def fit(cell: str) -> str:
        return re.sub("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]", "", cell)

    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in [["name", "kind", *head], *body]:
        sheet.append([fit(cell) for cell in row])
    buffer = io.BytesIO()
    book.save(buffer)
    assert read(tmp_path / "a.xlsx", buffer.getvalue()) is not None


@pytest.fixture(scope="module")
def workbook() -> dict[str, bytes]:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in (["name", "kind", "country"], ["MGH", "병원", "미국"], ["A", "VC", 3]):
        sheet.append(row)
    sheet.merge_cells("C2:C3")
    buffer = io.BytesIO()
    book.save(buffer)
    with zipfile.ZipFile(buffer) as stream:
        return {name: stream.read(name) for name in stream.namelist()}


@quick
@given(choice=st.data())
def test_workbooks_with_damaged_parts(
    tmp_path: Path, workbook: dict[str, bytes], choice: st.DataObject
) -> None:
    part = choice.draw(st.sampled_from(sorted(workbook)))
    content = bytearray(workbook[part])
    for _ in range(choice.draw(st.integers(1, 4))):
        place = choice.draw(st.integers(0, len(content) - 1))
        replacement = choice.draw(
            st.sampled_from([b"", b"9", b'"', b"<", b"A1", b"4294967295", b"-1"]) | st.binary(max_size=3)
        )
        content[place : place + choice.draw(st.integers(0, 3))] = replacement
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as stream:
        for name, kept in workbook.items():
            stream.writestr(name, bytes(content) if name == part else kept)
    read(tmp_path / "a.xlsx", buffer.getvalue())


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | cells | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=6,
)


@quick
@given(
    records=st.lists(st.dictionaries(headers, values, max_size=6) | values, max_size=5),
    side=st.sampled_from([None, *Side]),
)
def test_random_json_lines(tmp_path: Path, records: list[Any], side: Side | None) -> None:
    text = "\n".join(json.dumps(record) for record in [{"name": "A", "side": "startup"}, *records])
    parsed = read(tmp_path / "a.jsonl", text.encode(), side=side)
    assert parsed is not None
    rows = {rejection.row for rejection in parsed.rejections}
    assert len(parsed.profiles) + len(rows) == len(records) + 1


@quick
@given(
    name=st.text(alphabet=st.characters(categories=["L"]), min_size=1, max_size=20),
    seeks=st.lists(st.from_regex(r"[가-힣a-z][가-힣a-z ,.()]{0,20}[가-힣a-z]", fullmatch=True), max_size=4),
    note=cells,
)
def test_a_rejected_row_comes_back_as_it_was(tmp_path: Path, name: str, seeks: list[str], note: str) -> None:
    path = tmp_path / "a.jsonl"
    record = {"id": "s1", "side": "startup", "name": name, "seeks": seeks, "note": note}
    path.write_text(json.dumps(record | {"country": "US"}), encoding="utf-8")
    expected = parse_file(path).profiles
    path.write_text(json.dumps(record | {"country": "Atlantis"}), encoding="utf-8")
    write_rejected(parse_file(path), tmp_path / "b.csv")
    rejected = (tmp_path / "b.csv").read_bytes()
    (tmp_path / "b.csv").write_bytes(rejected.replace(b",Atlantis\r\n", b",US\r\n"))
    again = parse_file(tmp_path / "b.csv")
    assert [profile.record() for profile in again.profiles] == [profile.record() for profile in expected]


@quick
@given(st.text())
def test_escaping_is_undone(text: str) -> None:
    assert unescape(escape(text)) == text
    assert not escape(text).startswith(tuple("=+-@\t\r\n＝＋－＠"))


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet="0123456789.,만억조천백십원달러$€~-+() KMBusdkrwe이상약", max_size=20) | st.text())
def test_amounts_are_finite_and_in_order_or_none(text: str) -> None:
    reading = read_money(text)
    if reading is not None:
        ends = [end for end in (reading.low, reading.high) if end is not None]
        assert ends
        assert all(0 <= end < 1e40 for end in ends)
        assert ends == sorted(ends)


@quick
@given(st.text())
def test_words_are_known_or_not_but_never_an_error(text: str) -> None:
    read_kind(text)
    read_topics(text)
    read_language(text)
    assert read_stages(text)
    code = read_country(text)[0]
    assert code is None or re.fullmatch("[A-Z]{2}", code)
    assert all(re.fullmatch("[A-Z]{2}", market) for market in read_markets(text)[0] or ())


@given(st.sampled_from(["20억원", "$2.5m", "15 백만달러"]), st.sampled_from([" ", "\u3000", "\xa0", "약 "]))
def test_dress_does_not_change_an_amount(text: str, dress: str) -> None:
    assert read_money(dress + text) == read_money(text)
