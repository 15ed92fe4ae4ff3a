"""Import in the page: looked at before anything is written, mended, applied; nothing is lost on the way."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import date, time
from html import unescape
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient
from openpyxl import Workbook
from web_helpers import page, partner, signed_in, startup, token
from werkzeug.test import TestResponse

from matcher.service import open_service
from profiles.accounts import Role
from profiles.consultations import By, Choice, Consultation
from profiles.dayplan import Day, DayPlan, Room
from profiles.event import EventInfo
from profiles.importers.wishes import Answer
from profiles.model import Kind
from profiles.store import Store
from web import create_app
from web.settings import Settings

KNOWN = startup("Vaxo", "접합백신을 개발합니다.", name_ko="백소", country="KR", seeks=["백신 제조사"])
HOSPITAL = partner("Clinic", Kind.HOSPITAL, "A hospital.", country="DE", website="https://clinic.example")
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'directory.db'}")
    store.apply([KNOWN, HOSPITAL])
    yield store
    store.close()


@pytest.fixture
def app(directory: Store, tmp_path: Path, cache_dir: Path) -> Flask:
    service = open_service(directory, index_dir=tmp_path / "index", cache_dir=cache_dir)
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40, max_import_mb=1), service)
    app.config["TESTING"] = False
    return app


@pytest.fixture
def organiser(app: Flask) -> FlaskClient:
    return signed_in(app)


def send(client: FlaskClient, *files: tuple[str, bytes], to: str = "/import", **fields: str) -> TestResponse:
    """Give files to the import page."""
    return client.post(
        to,
        data={
            "csrf_token": token(client),
            "files": [(io.BytesIO(data), name) for name, data in files],
            **fields,
        },
        content_type="multipart/form-data",
        headers={"Accept-Language": "en"},
    )


def post(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    return client.post(
        address, data={"csrf_token": token(client), **fields}, headers={"Accept-Language": "en"}
    )


def table(*rows: tuple[str, ...], encoding: str = "utf-8") -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def shown(client: FlaskClient, address: str, language: str = "en") -> str:
    """The text of a page."""
    return " ".join(unescape(re.sub("<[^>]+>", " ", page(client, address, language=language))).split())


def mend(client: FlaskClient, address: str, row: int, cells: dict[str, str]) -> str:
    """Send a row as mended; the text of the page that follows."""
    answer = post(client, f"{address}/rows", row=str(row), header=list(cells), value=list(cells.values()))
    assert answer.status_code == 302
    return shown(client, answer.location.partition("#")[0])


def apply(client: FlaskClient, address: str) -> str:
    """Press "apply" as the page shows it; the text of the page that follows."""
    basis = re.search(r'name="basis" value="([^"]*)"', page(client, address))
    assert basis
    answer = post(client, f"{address}/apply", basis=basis[1])
    assert answer.status_code == 302
    return shown(client, answer.location)


KOREAN = table(
    ("기업명", "구분", "기관유형", "회사소개", "투자유치 희망금액"),
    ("한빛바이오", "스타트업", "", "혈당 관리 앱을 만듭니다.", "20억원"),
    ("나래메디", "스타트업", "", "재활 로봇을 만듭니다.", "많이"),
    ("", "파트너", "병원", "대학병원입니다.", ""),
    ("모름상사", "파트너", "상사", "무역회사입니다.", ""),
    encoding="cp949",
)


def test_nothing_is_written_before_it_is_applied(organiser: FlaskClient, directory: Store) -> None:
    answer = send(organiser, ("목록.csv", KOREAN))
    assert answer.status_code == 302
    assert answer.location == "/import/1"
    text = shown(organiser, "/import/1")
    assert "1 new 0 changed 0 unchanged 3 to mend" in text
    assert "한빛바이오" in text
    assert "1,481,481.48" in text
    assert len(directory.profiles()) == 2
    assert "한빛바이오" not in page(organiser, "/directory")


def test_rows_are_mended_in_the_page_and_applied(organiser: FlaskClient, directory: Store) -> None:
    send(organiser, ("목록.csv", KOREAN))
    text = mend(organiser, "/import/1", 3, {"기업명": "나래메디", "투자유치 희망금액": "아주 많이"})
    assert "Row 3 cannot be used yet. Raising: not a readable amount" in text
    assert 'value="아주 많이"' in page(organiser, "/import/1")  # what was typed is still there

    text = mend(organiser, "/import/1", 3, {"투자유치 희망금액": "USD 2M"})
    assert "Row 3 can be used now." in text
    assert "2 to mend" in text
    text = mend(organiser, "/import/1", 4, {"기업명": "한강병원"})
    assert "Row 4 can be used now." in text
    text = mend(organiser, "/import/1", 5, {"기관유형": "corporate"})
    assert "None: every row can be used." in text

    text = apply(organiser, "/import/1")
    assert "Applied: 4 new · 0 changed · 0 unchanged." in text
    stored = {each.label("ko"): each for _entry, each in directory.profiles()}
    assert stored["나래메디"].raising_usd == 2_000_000
    assert stored["나래메디"].about == "재활 로봇을 만듭니다."
    assert stored["한강병원"].kind is Kind.HOSPITAL
    assert stored["모름상사"].kind is Kind.CORPORATE


def test_mended_rows_are_read_as_the_rejected_file_would_be(organiser: FlaskClient, directory: Store) -> None:
    send(organiser, ("목록.csv", KOREAN))
    rejected = organiser.get("/import/1/rejected.csv")
    assert rejected.status_code == 200
    assert rejected.mimetype == "text/csv"
    text = rejected.data.decode("utf-8-sig").replace("많이", "30억원")
    send(organiser, ("again.csv", text.encode()))
    mend(organiser, "/import/1", 3, {"투자유치 희망금액": "30억원"})
    apply(organiser, "/import/2")
    (row,) = (each for _entry, each in directory.profiles() if each.name_ko == "나래메디")
    # What was mended in the page is then known already.
    assert "1 unchanged" in shown(organiser, "/import/1")
    assert row.raising_usd == pytest.approx(2_222_222.22)


def test_good_rows_go_in_and_the_rest_stays(organiser: FlaskClient, directory: Store) -> None:
    send(organiser, ("목록.csv", KOREAN))
    text = apply(organiser, "/import/1")
    assert "Applied: 1 new · 0 changed · 0 unchanged. 3 rows are still to be mended." in text
    assert len(directory.profiles()) == 3
    assert "Partly applied" in shown(organiser, "/import")
    revision = directory.identity()
    answer = post(organiser, "/import/1/apply", basis=directory.compare([]).basis)
    assert answer.status_code == 302
    assert directory.identity() == revision
    assert len(directory.profiles()) == 3
    mend(organiser, "/import/1", 4, {"기업명": "한강병원"})
    for row in (3, 5):
        post(organiser, "/import/1/rows/drop", row=str(row))
    assert "2 rows left out" in shown(organiser, "/import/1")
    assert "Applied: 1 new · 0 changed · 1 unchanged." in apply(organiser, "/import/1")
    assert directory.upload_content(1) == b""
    again = post(organiser, "/import/1/apply", basis="")
    assert "nothing has changed" in shown(organiser, again.location)
    assert len(directory.profiles()) == 4


def test_a_closed_tab_loses_nothing(app: Flask, organiser: FlaskClient) -> None:
    send(organiser, ("목록.csv", KOREAN))
    mend(organiser, "/import/1", 3, {"투자유치 희망금액": "USD 2M"})
    later = signed_in(app)
    assert "목록.csv" in shown(later, "/import")
    text = shown(later, "/import/1")
    assert "2 new" in text
    assert "2 to mend" in text


def test_a_row_left_out_can_be_taken_again(organiser: FlaskClient) -> None:
    send(organiser, ("목록.csv", KOREAN))
    post(organiser, "/import/1/rows/drop", row="2")
    assert "0 new" in shown(organiser, "/import/1")
    post(organiser, "/import/1/rows/take", row="2")
    assert "1 new" in shown(organiser, "/import/1")


def test_changes_are_shown_field_by_field(organiser: FlaskClient, directory: Store) -> None:
    record = {**KNOWN.record(), "about": "새로 쓴 소개입니다.", "seeks": ["백신 제조사", "투자사"]}
    del record["country"]
    send(organiser, ("one.jsonl", json.dumps(record).encode()))
    html = page(organiser, "/import/1")
    assert "0 new 1 changed 0 unchanged" in shown(organiser, "/import/1")
    assert re.search(r"<del [^>]*><span class=\"hidden\">before: </span>접합백신을 개발합니다.</del>", html)
    assert re.search(r"<ins [^>]*><span class=\"hidden\">now: </span>투자사</ins>", html)
    assert "백신 제조사</ins>" not in html  # what stays is not told
    assert "1 profile would lose what the file leaves empty." in html

    post(organiser, "/import/1/empty", keep="1")
    assert "What is stored stays where the file is empty." in page(organiser, "/import/1")
    apply(organiser, "/import/1")
    after = directory.get(KNOWN.id)
    assert (after.about, after.country) == ("새로 쓴 소개입니다.", "KR")
    assert after.seeks == ("백신 제조사", "투자사")


def test_an_import_in_the_meantime_is_not_overwritten_unseen(
    organiser: FlaskClient, directory: Store
) -> None:
    record = {**KNOWN.record(), "about": "From the file."}
    send(organiser, ("one.jsonl", json.dumps(record).encode()))
    basis = re.search(r'name="basis" value="([^"]*)"', page(organiser, "/import/1"))
    assert basis
    directory.apply([KNOWN.model_copy(update={"about": "By somebody else."})])
    answer = post(organiser, "/import/1/apply", basis=basis[1])
    text = shown(organiser, answer.location)
    assert "Somebody else changed these profiles in the meantime" in text
    assert directory.get(KNOWN.id).about == "By somebody else."
    assert "By somebody else." in text  # the page shows what would be replaced now
    apply(organiser, "/import/1")
    assert directory.get(KNOWN.id).about == "From the file."


def test_columns_can_be_mapped(organiser: FlaskClient, directory: Store) -> None:
    send(organiser, ("odd.csv", table(("wer", "was", "wo"), ("Acme", "Makes things.", "Berlin"))))
    text = shown(organiser, "/import/1")
    assert "no header row was found" in text
    answer = post(
        organiser,
        "/import/1/columns",
        header=["wer", "was", "wo"],
        field=["name", "about", "city"],
        side="startup",
    )
    assert answer.status_code == 302
    assert "1 new" in shown(organiser, "/import/1")
    apply(organiser, "/import/1")
    (made,) = (each for _entry, each in directory.profiles() if each.name == "Acme")
    assert (made.about, made.city) == ("Makes things.", "Berlin")


def test_sheets_of_a_workbook_keep_their_meaning_when_mended(
    organiser: FlaskClient, directory: Store
) -> None:
    book = Workbook()
    first = book.active
    assert first is not None
    first.title = "스타트업"
    first.append(["번호", "기업명", "홈페이지"])
    first.append([1, "가온", "javascript:alert(1)"])
    second = book.create_sheet("파트너")
    second.append(["번호", "기관명", "기관유형"])
    second.append([1, "나눔병원", "병원"])
    stream = io.BytesIO()
    book.save(stream)
    send(organiser, ("둘.xlsx", stream.getvalue()))
    assert "1 new" in shown(organiser, "/import/1")
    answer = post(
        organiser,
        "/import/1/rows",
        sheet="스타트업",
        row="2",
        header=["홈페이지"],
        value=["https://gaon.example"],
    )
    assert "can be used now" in shown(organiser, answer.location.partition("#")[0])
    apply(organiser, "/import/1")
    (made,) = (each for _entry, each in directory.profiles() if each.name_ko == "가온")
    assert made.kind is Kind.STARTUP
    assert made.website == "https://gaon.example"
    assert made.id != "1"  # the column counts rows of several sheets


def test_unreadable_lines_are_mended_too(organiser: FlaskClient, directory: Store) -> None:
    good = json.dumps({"id": "s9", "side": "startup", "kind": "startup", "name": "Nine"})
    send(organiser, ("some.jsonl", f'{good}\n{{"id": "s10", "name": broken\n'.encode()))
    assert "the line is not valid JSON" in shown(organiser, "/import/1")
    mend(organiser, "/import/1", 2, {"id": "s10", "side": "startup", "kind": "startup", "name": "Ten"})
    apply(organiser, "/import/1")
    assert directory.get("s10").name == "Ten"


def test_an_id_met_twice_is_mended(organiser: FlaskClient, directory: Store) -> None:
    rows = table(("id", "side", "name"), ("s1", "startup", "One"), ("s1", "startup", "Two"))
    send(organiser, ("twice.csv", rows))
    assert "the same id stands in row 2" in shown(organiser, "/import/1")
    assert "the same id stands in row 2" in mend(organiser, "/import/1", 3, {"id": "s1"})
    mend(organiser, "/import/1", 3, {"id": "s2"})
    apply(organiser, "/import/1")
    assert {directory.get("s1").name, directory.get("s2").name} == {"One", "Two"}


def test_likely_duplicates_are_told(organiser: FlaskClient) -> None:
    rows = table(
        ("id", "side", "kind", "name", "website"), ("x", "partner", "hospital", "Clinic AG", "clinic.example")
    )
    send(organiser, ("d.csv", rows))
    text = shown(organiser, "/import/1")
    assert "Likely duplicates 1" in text
    assert "same website clinic.example" in text
    assert "(stored)" in text
    assert "(in this file)" in text


def test_too_large_is_said_in_one_clear_line(organiser: FlaskClient, directory: Store) -> None:
    answer = send(organiser, ("big.csv", b"name,about\n" + b"x" * (2**20 + 100)))
    text = shown(organiser, answer.location)
    assert "“big.csv”: larger than 1 MB: split it into smaller files" in text
    answer = send(organiser, ("huge.csv", b"x" * (3 * 2**20)))
    assert answer.status_code == 302
    assert "More than 1 MB in all" in shown(organiser, answer.location)
    assert directory.uploads() == []


def test_only_organisers_may_send_large_bodies(app: Flask, directory: Store) -> None:
    reader = signed_in(app, Role.READER)
    assert send(reader, ("big.csv", b"x" * 2**20)).status_code in (403, 413)
    nobody = app.test_client()
    answer = nobody.post("/import", data={"files": [(io.BytesIO(b"x" * 2**20), "big.csv")]})
    assert answer.status_code in (302, 400, 413)
    assert directory.uploads() == []
    for address in ("/import", "/import/1", "/duplicates/pair", "/profiles/new"):
        assert reader.get(address).status_code == 403


def test_what_is_no_table_is_refused_at_once(organiser: FlaskClient, directory: Store) -> None:
    answer = send(organiser, ("a.pdf", b"%PDF-1.7 ..."), ("b.csv", b""), ("c.csv", KOREAN))
    text = shown(organiser, answer.location)
    assert "“a.pdf”: this is a PDF" in text
    assert "“b.csv”: the file is empty" in text
    assert [each.file for each in directory.uploads()] == ["c.csv"]


def test_hostile_content_is_shown_as_text(organiser: FlaskClient, directory: Store) -> None:
    rows = table(
        ("id", "side", "name", "about", "raising_usd", SCRIPT),
        ("h1", "startup", SCRIPT, SCRIPT, "", SCRIPT),
        ("h2", "startup", "=1+1", SCRIPT, SCRIPT, SCRIPT),
    )
    send(organiser, (f"../../{SCRIPT}.csv", rows))
    upload = directory.uploads()[0]
    assert "/" not in upload.file
    assert "\\" not in upload.file
    for address in ("/import", "/import/1"):
        assert "<script>alert" not in page(organiser, address)
    apply(organiser, "/import/1")
    for address in ("/import/1", "/directory", "/duplicates", "/profiles/h1/edit"):
        assert "<script>alert" not in page(organiser, address)
    # A spreadsheet must not take a cell for a formula.
    lines = list(csv.reader(io.StringIO(organiser.get("/import/1/rejected.csv").data.decode("utf-8-sig"))))
    assert "'=1+1" in lines[1]
    assert not any(cell.startswith(("=", "+", "@")) for cell in lines[1])


def test_discarding_forgets_the_file(organiser: FlaskClient, directory: Store) -> None:
    send(organiser, ("목록.csv", KOREAN))
    answer = post(organiser, "/import/1/discard")
    assert "“목록.csv” was discarded." in shown(organiser, answer.location)
    assert directory.uploads() == []
    assert organiser.get("/import/1").status_code == 404


def test_the_page_speaks_korean(organiser: FlaskClient) -> None:
    send(organiser, ("목록.csv", KOREAN))
    text = shown(organiser, "/import/1", "ko")
    assert "읽을 수 없는 금액입니다" in text
    assert "not a readable amount" not in text
    assert "was read as" not in text


# -- wishes and availability of an event ---------------------------------------------------------------


@pytest.fixture
def event(directory: Store) -> Consultation:
    day = Day(date=date(2027, 5, 11), start=time(9), end=time(11), slot_minutes=30)
    plan = DayPlan(
        event=EventInfo(id="day", name="Day", timezone="Asia/Seoul"), days=(day,), rooms=(Room(name="R"),)
    )
    kept = directory.add_consultation(Consultation(plan=plan))
    directory.add_attendees(kept.id, [(KNOWN.id, KNOWN.side), (HOSPITAL.id, HOSPITAL.side)])
    return kept


def test_wishes_are_looked_at_mended_and_applied(
    organiser: FlaskClient, directory: Store, event: Consultation
) -> None:
    rows = table(
        ("신청기업", "희망기관", "희망여부"), ("백소", "Clinic", "글쎄요요"), ("Clinic", "Vaxo", "수락")
    )
    answer = send(organiser, ("w.csv", rows), to="/events/day/attendees/import", holds="wishes")
    here = answer.location
    assert here == "/events/day/attendees/import/1"
    text = shown(organiser, here)
    assert "2 changed 0 unchanged 1 to mend" in text
    assert "not a known wish" in text
    assert directory.choices("day") == []
    answer = post(organiser, "/import/1/rows", row="2", header=["희망여부"], value=["필수"])
    assert "can be used now" in shown(organiser, answer.location.partition("#")[0])
    assert "Applied: 3 changed" in apply(organiser, here)
    said = {each.by: each.answer for each in directory.choices("day")}
    assert said == {By.STARTUP: Answer.WANTED, By.PARTNER: Answer.WANTED, By.ORGANISER: Answer.MUST}


def test_a_wish_changed_in_the_meantime_is_not_overwritten_unseen(
    organiser: FlaskClient, directory: Store, event: Consultation
) -> None:
    rows = table(("who", "whom", "wish"), ("Vaxo", "Clinic", "wanted"))
    here = send(organiser, ("w.csv", rows), to="/events/day/attendees/import", holds="wishes").location
    basis = re.search(r'name="basis" value="([^"]*)"', page(organiser, here))
    assert basis
    directory.choose(
        Choice(event_id="day", startup=KNOWN.id, partner=HOSPITAL.id, by=By.STARTUP, answer=Answer.NEVER)
    )
    answer = post(organiser, f"{here}/apply", basis=basis[1])
    assert "in the meantime" in shown(organiser, answer.location)
    assert directory.choices("day")[0].answer is Answer.NEVER
    apply(organiser, here)
    assert directory.choices("day")[0].answer is Answer.WANTED


def test_availability_becomes_hours_and_terms(
    organiser: FlaskClient, directory: Store, event: Consultation
) -> None:
    rows = table(
        ("who", "status", "time", "max_meetings"),
        ("Vaxo", "불가", "09:00-10:00", "3"),
        ("Clinic", "가능", "10:30-11:00", ""),
    )
    here = send(organiser, ("h.csv", rows), to="/events/day/attendees/import", holds="availability").location
    assert "09:00, 09:30" in shown(organiser, here)
    apply(organiser, here)
    vaxo, clinic = (directory.attendee("day", each.id) for each in (KNOWN, HOSPITAL))
    assert vaxo.unavailable == ("d1-0900", "d1-0930")
    assert vaxo.terms.max_meetings == 3
    assert clinic.unavailable == ("d1-0900", "d1-0930", "d1-1000")
    assert page(organiser, here)  # what was applied can still be looked at


def test_many_rows_to_mend_and_to_apply_page(organiser: FlaskClient) -> None:
    bad = [(f"b{n}", "startup", f"Bad {n}", "lots") for n in range(25)]
    good = [(f"g{n}", "startup", f"Good {n}", "") for n in range(60)]
    send(organiser, ("many.csv", table(("id", "side", "name", "raising_usd"), *bad, *good)))
    html = page(organiser, "/import/1?mend=2&page=3")
    assert "Bad 10" in html
    assert "Bad 9<" not in html
    assert 'href="/import/1?mend=3#mend"' in html
    assert 'href="/import/1?page=2#changes"' in html
    assert html.count('<article class="mend">') == 10
    # Whoever mends a row of the second page comes back to it.
    answer = post(organiser, "/import/1/rows", row="12", page="2", header=["raising_usd"], value=["5"])
    assert answer.location == "/import/1?mend=2#mend"
    assert "Page 9" not in shown(organiser, "/import/1?mend=99&page=99")  # past the end: the last page
