"""What came of the meetings: what is agreed where people differ, sums, the board, files."""

from __future__ import annotations

import base64
import csv
import hashlib
import io
import re
from datetime import date
from typing import Any

import openpyxl
import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Watch, browser, served
from day_helpers import PROFILES, add_event, local
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from web_helpers import page, signed_in, token

from matcher.outcome_summary import Meant, Sum, summed, summed_by
from matcher.service import Service
from profiles.accounts import Role
from profiles.afterwards import outcomes_of
from profiles.agreed import agreed, by_pair
from profiles.consultations import By, Came, Note
from profiles.model import Topic
from profiles.outcomes import Result
from profiles.store import Store
from web import noting
from web.organiser.board import Board

__all__ = ["PROFILES", "browser"]  # of the service, and a fixture


def note(
    by: By, held: bool | None = None, result: Came | None = None, amount: float | None = None, **more: Any
) -> Note:
    fields = {"event_id": "e", "startup": "alpha", "partner": "pine", **more}
    return Note(by=by, held=held, result=result, amount_usd=amount, **fields)


@pytest.fixture
def kept(service: Service) -> Store:
    return service.store


@pytest.fixture
def day(request: pytest.FixtureRequest, kept: Store) -> str:
    """An event of the test's own."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    add_event(kept, name)
    return name


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    return signed_in(app, Role.READER)


def send(client: FlaskClient, address: str, status: int = 302, script: bool = False, **form: Any) -> str:
    """What the page says after a form was sent."""
    headers = {"Accept-Language": "en", **({"HX-Request": "true"} if script else {})}
    answer = client.post(address, data={"csrf_token": token(client), **form}, headers=headers)
    assert answer.status_code == status, answer.text
    return page(client, answer.location) if status == 302 else answer.text


def rows(text: str) -> list[str]:
    """The meetings that a page lists, as text."""
    found = re.findall(r'<tbody class="line".*?</tbody>', text, re.DOTALL)
    return [" ".join(re.sub(r"<[^>]+>", " ", each).split()) for each in found]


def listed(text: str) -> list[tuple[str, str]]:
    """Their pairs."""
    return re.findall(r'<a id="edit-[^"]*" href="[^"]*startup=(\w+)&amp;partner=(\w+)', text)


# -- what is agreed ----------------------------------------------------------------------------

ONE, TWO, US = By.STARTUP, By.PARTNER, By.ORGANISER
NOTHING, FURTHER, SIGNED = Came


@pytest.mark.parametrize(
    ("notes", "held", "result", "amount", "differing"),
    [
        ([], None, None, None, ()),
        ([note(ONE, True)], True, None, None, ()),
        ([note(ONE, text="only words")], None, None, None, ()),
        ([note(ONE, True), note(TWO, True, FURTHER)], True, FURTHER, None, ()),
        ([note(ONE, True, SIGNED, 9.0), note(TWO, True, FURTHER)], True, FURTHER, None, ("result",)),
        ([note(ONE, True, SIGNED, 9.0), note(TWO, True, SIGNED, 7.0)], True, SIGNED, 7.0, ("amount_usd",)),
        ([note(ONE, True, SIGNED), note(TWO, True, SIGNED, 7.0)], True, SIGNED, 7.0, ()),
        ([note(ONE, True, SIGNED), note(TWO, False)], None, None, None, ("held",)),
        ([note(ONE, False), note(TWO, False)], False, None, None, ()),
        ([note(ONE, True, SIGNED), note(TWO, False), note(US, True)], True, SIGNED, None, ("held",)),
        ([note(ONE, True), note(TWO, True), note(US, False)], False, None, None, ()),
        ([note(ONE, True, NOTHING), note(US, True, SIGNED, 5.0)], True, SIGNED, 5.0, ()),
        (
            [note(ONE, True, SIGNED, 9.0), note(TWO, True, SIGNED, 7.0), note(US, True, SIGNED, 8.0)],
            True,
            SIGNED,
            8.0,
            ("amount_usd",),
        ),
        ([note(ONE, True, SIGNED, 9.0), note(US, True, FURTHER)], True, FURTHER, None, ()),
    ],
)
def test_what_is_agreed(
    notes: list[Note],
    held: bool | None,
    result: Came | None,
    amount: float | None,
    differing: tuple[str, ...],
) -> None:
    for some in (notes, notes[::-1]):
        found = agreed(some)
        assert (found.held, found.result, found.amount_usd) == (held, result, amount)
        assert found.differing == differing
    steps = {NOTHING: 1, FURTHER: 2, SIGNED: 3, None: 1}[result] if held else 0
    happened = outcomes_of(notes, date(2031, 5, 13))
    assert [each.outcome for each in happened] == [Result.MET, Result.FOLLOW_UP, Result.AGREEMENT][:steps]


def test_the_organiser_decides_only_what_it_speaks_of() -> None:
    differ = [note(ONE, True, SIGNED, 9.0), note(TWO, True, FURTHER)]
    assert not agreed(differ).is_decided
    assert not agreed([*differ, note(US, True)]).is_decided
    assert agreed([*differ, note(US, True, SIGNED)]).is_decided
    assert agreed([note(ONE, True), note(TWO, True)]).is_decided


def test_sums_count_every_step_that_was_passed() -> None:
    def meant(partner: str, track: Topic | None, planned: bool, *notes: Note) -> Meant:
        return Meant("alpha", partner, track, planned, agreed(notes))

    some = [
        meant("a", Topic.IP, True, note(ONE, True, SIGNED, 100.0)),
        meant("b", Topic.IP, True, note(ONE, True, FURTHER)),
        meant("c", None, True, note(ONE, True, NOTHING)),
        meant("d", None, True, note(ONE, False)),
        meant("e", Topic.IP, True),
        meant("f", Topic.IP, False, note(ONE, True, SIGNED, 50.0)),  # dropped since, and held all the same
        meant("g", Topic.IP, False, note(ONE, False)),  # dropped since: no meeting of the event any more
    ]
    assert summed(some) == Sum(6, 4, 1, 3, 2, 150.0)
    assert summed(some).open == 1
    assert summed_by(some, lambda each: each.track) == {
        Topic.IP: Sum(4, 3, 0, 3, 2, 150.0),
        None: Sum(2, 1, 1, 0, 0, 0.0),
    }
    assert by_pair([note(ONE, True), note(TWO, False), note(ONE, True, partner="b")]).keys() == {
        ("alpha", "pine"),
        ("alpha", "b"),
    }


# -- what a form says --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "usd"),
    [("USD 1.5M", 1_500_000), ("1,500,000", 1_500_000), ("20억원", 2e9 / 1350), ("$250k", 250_000)],
)
def test_amounts_are_read_as_people_write_them(written: str, usd: float) -> None:
    form = {"result": "agreement", "amount": written}
    found, errors = noting.read_note(form, event_id="e", key=("a", "b"), by=US)
    assert errors == {}
    assert found is not None
    assert found.held is True  # an agreement says that they met
    assert found.amount_usd == pytest.approx(usd, abs=0.01)
    again, _errors = noting.read_note(noting.as_form(found), event_id="e", key=("a", "b"), by=US)
    assert again == found


@pytest.mark.parametrize(
    ("form", "field"),
    [
        ({"held": "no", "result": "follow_up"}, "result"),
        ({"held": "yes", "result": "agreement", "amount": "much"}, "amount"),
        ({"held": "yes", "result": "agreement", "amount": "1M to 2M"}, "amount"),
        ({"held": "yes", "result": "agreement", "amount": "USD 5,000,000,000,000"}, "amount"),
        ({"held": "yes", "result": "follow_up", "amount": "5"}, "amount"),
        ({"text": "x" * 5_001}, "text"),
    ],
)
def test_what_does_not_go_together_is_refused(form: dict[str, str], field: str) -> None:
    found, errors = noting.read_note(form, event_id="e", key=("a", "b"), by=US)
    assert found is None
    assert list(errors) == [field]


# -- the board ---------------------------------------------------------------------------------


def noted(kept: Store, day: str) -> None:
    """Alpha and Pine differ; Beta and Quay agreed; Gamma and Reed met although no timetable has them."""
    for each in (
        note(ONE, True, SIGNED, 2_000_000.0, text="=HYPERLINK(0)"),
        note(TWO, True, FURTHER, text="They will send data."),
        note(ONE, True, SIGNED, 300_000.0, startup="beta", partner="quay"),
        note(TWO, True, SIGNED, 300_000.0, startup="beta", partner="quay"),
        note(US, True, startup="gamma", partner="reed"),
    ):
        kept.keep_note(each.model_copy(update={"event_id": day}))


def test_the_board_counts_and_lists(client: FlaskClient, kept: Store, day: str) -> None:
    noted(kept, day)
    text = page(client, f"/events/{day}/outcomes")
    figures = re.findall(r"<b>([\d,]+)</b> <span>([^<]+)</span>", text)
    assert figures == [
        ("5", "planned"),
        ("3", "held"),
        ("2", "followed up"),
        ("1", "agreements"),
        ("0", "not held"),
        ("2", "not settled"),
    ]
    assert "US$300K" in text
    first = next(each for each in rows(text) if each.startswith("Alpha – Pine"))
    assert re.search(
        r"held · Agreement reached · US\$2M .* held · Follow-up .* Follow-up The sides differ: Result", first
    )
    dropped = next(each for each in rows(text) if each.startswith("Gamma – Reed"))
    assert "no longer in the timetable" in dropped


@pytest.mark.parametrize(
    ("query", "pairs"),
    [
        ("", 5),
        ("state=agreement", [("beta", "quay")]),
        ("state=follow_up", [("alpha", "pine")]),
        ("state=open", [("alpha", "quay"), ("beta", "pine")]),
        ("state=not_held", []),
        ("noted=nobody", [("alpha", "quay"), ("beta", "pine")]),
        ("noted=differ", [("alpha", "pine")]),
        ("noted=organiser", [("gamma", "reed")]),
        ("q=send data", [("alpha", "pine")]),
        ("q=beta", [("beta", "quay"), ("beta", "pine")]),
        ("track=ip", []),
        ("track=investment&noted=partner", [("alpha", "pine"), ("beta", "quay")]),
    ],
)
def test_the_board_is_filtered(client: FlaskClient, kept: Store, day: str, query: str, pairs: Any) -> None:
    noted(kept, day)
    found = listed(page(client, f"/events/{day}/outcomes?{query}"))
    assert (len(found) if isinstance(pairs, int) else found) == pairs


def test_a_filter_that_is_none_is_refused(client: FlaskClient, day: str) -> None:
    page(client, f"/events/{day}/outcomes?state=great", 400)
    page(client, f"/events/{day}/outcomes/sums?by=colour", 400)


def test_long_lists_page(client: FlaskClient, day: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("web.organiser.outcomes.SIZE", 3)
    assert len(listed(page(client, f"/events/{day}/outcomes"))) == 3
    assert len(listed(page(client, f"/events/{day}/outcomes?page=2"))) == 1
    assert len(listed(page(client, f"/events/{day}/outcomes?page=9"))) == 1


def test_without_meetings_it_says_what_to_do(client: FlaskClient, kept: Store) -> None:
    add_event(kept, "empty", scheduled=False)
    assert "No meetings yet" in page(client, "/events/empty/outcomes")
    for path in ("sums", "silent", "report", "table.csv", "table.xlsx"):
        assert client.get(f"/events/empty/outcomes/{path}").status_code == 200


def test_sums_are_by_organisation_not_by_name(client: FlaskClient, kept: Store, day: str) -> None:
    noted(kept, day)
    text = page(client, f"/events/{day}/outcomes/sums?by=startup")
    cells = {
        row[0]: row[1:]
        for row in re.findall(r'<tr><th scope="row">([^<]+)</th>' + r'<td class="num">([^<]*)</td>' * 7, text)
    }
    assert cells == {
        "Beta": ("2", "1", "1", "1", "US$300K", "0", "1"),
        "Alpha": ("2", "1", "1", "0", "–", "0", "1"),
        "Gamma": ("1", "1", "0", "0", "–", "0", "0"),
    }
    assert "Investor" in page(client, f"/events/{day}/outcomes/sums?by=kind")


# -- the organiser's word ----------------------------------------------------------------------


def test_the_organisers_word_settles_it_and_the_ranking_learns(
    client: FlaskClient, kept: Store, day: str
) -> None:
    noted(kept, day)
    text = send(
        client,
        f"/events/{day}/outcomes/note",
        startup="alpha",
        partner="pine",
        held="yes",
        result="agreement",
        amount="20억원",
        text="signed on site",
    )
    row = next(each for each in rows(text) if each.startswith("Alpha – Pine"))
    assert "Agreement reached US$1.5M The sides differ: Result · decided by the organiser" in row
    word = next(each for each in kept.notes(day) if each.by is US and each.startup == "alpha")
    assert word.amount_usd == pytest.approx(2e9 / 1350, abs=0.01)
    learned = [each.outcome for each in kept.outcomes() if (each.startup, each.partner) == ("alpha", "pine")]
    assert set(learned) == {Result.MET, Result.FOLLOW_UP, Result.AGREEMENT}
    entries, _total = kept.changes_made(event_id=day)
    assert (entries[0].action, entries[0].subject) == ("organiser.outcomes_save", "alpha pine")


def test_what_is_wrong_comes_back_filled_in(client: FlaskClient, kept: Store, day: str) -> None:
    form: dict[str, Any] = {
        "startup": "alpha",
        "partner": "pine",
        "held": "yes",
        "result": "agreement",
        "amount": "a lot",
        "text": "kept",
    }
    text = send(client, f"/events/{day}/outcomes/note", 400, **form)
    assert "Write one amount" in text
    assert 'value="a lot"' in text
    assert "kept</textarea>" in text
    assert kept.notes(day) == []


def test_scripts_change_one_row_in_place(client: FlaskClient, kept: Store, day: str) -> None:
    form: dict[str, Any] = {"startup": "alpha", "partner": "pine", "held": "no"}
    opened = client.get(
        f"/events/{day}/outcomes/note?startup=alpha&partner=pine&state=open",
        headers={"HX-Request": "true", "Accept-Language": "en"},
    ).text
    assert opened.lstrip().startswith('<tbody class="line open"')
    assert 'name="state" value="open"' in opened
    part = send(client, f"/events/{day}/outcomes/note", 200, script=True, **form)
    assert part.lstrip().startswith('<tbody class="line"')
    assert "Not held" in part
    wrong = send(client, f"/events/{day}/outcomes/note", 200, script=True, **form, amount="a lot")
    assert "Write one amount" in wrong
    assert [each.held for each in kept.notes(day)] == [False]


def test_a_list_is_come_back_to(client: FlaskClient, day: str) -> None:
    answer = client.post(
        f"/events/{day}/outcomes/note",
        data={
            "csrf_token": token(client),
            "startup": "alpha",
            "partner": "pine",
            "held": "yes",
            "noted": "nobody",
            "q": "alpha",
        },
    )
    assert re.search(r"outcomes\?noted=nobody&q=alpha#m-[0-9a-f-]{36}$", answer.location)


def test_a_pair_without_a_meeting_is_answered_with_404(client: FlaskClient, day: str) -> None:
    page(client, f"/events/{day}/outcomes/note?startup=gamma&partner=quay", 404)
    send(client, f"/events/{day}/outcomes/note", 404, startup="gamma", partner="quay", held="yes")


# -- who has still to say ----------------------------------------------------------------------


def test_silence_is_told_of_meetings_that_have_begun(
    app: Flask, client: FlaskClient, kept: Store, day: str
) -> None:
    assert "Nobody: either no meeting has begun" in page(client, f"/events/{day}/outcomes/silent")
    noted(kept, day)
    with app.app_context():
        board = Board.of(kept.consultation(day), local("09:30"))
    assert [(each.attendee.profile_id, each.meetings) for each in board.silent()] == [
        ("alpha", 1),  # with Quay; of Pine it has noted something
        ("quay", 1),
    ]


# -- files -------------------------------------------------------------------------------------


def test_the_table_for_programs_is_whole_and_harmless(client: FlaskClient, kept: Store, day: str) -> None:
    noted(kept, day)
    answer = client.get(f"/events/{day}/outcomes/table.csv")
    found = list(csv.DictReader(io.StringIO(answer.data.decode("utf-8-sig"))))
    assert len(found) == 5
    first = found[0]
    assert (first["startup"], first["partner"], first["start"]) == ("alpha", "pine", "2031-05-13T09:00")
    assert (first["held"], first["result"], first["amount_usd"], first["differing"]) == (
        "yes",
        "follow_up",
        "",
        "result",
    )
    assert (first["startup_result"], first["startup_amount_usd"]) == ("agreement", "2000000.0")
    assert first["startup_text"] == "'=HYPERLINK(0)"
    assert found[-1]["in_timetable"] == "no"
    only = client.get(f"/events/{day}/outcomes/table.csv?state=agreement").data.decode("utf-8-sig")
    assert len(only.strip().splitlines()) == 2


def test_the_workbook_speaks_the_readers_language(client: FlaskClient, kept: Store, day: str) -> None:
    noted(kept, day)
    answer = client.get(f"/events/{day}/outcomes/table.xlsx", headers={"Accept-Language": "en"})
    book = openpyxl.load_workbook(io.BytesIO(answer.data))
    sheet = book["Meetings"]
    cells = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert cells[0][:2] == ["Startup", "Partner"]
    assert cells[2][:8] == [
        "Beta",
        "Quay",
        "Investment",
        cells[2][3],
        "T2",
        "Yes",
        "Agreement reached",
        300_000,
    ]
    text = [cell for row in cells for cell in row if isinstance(cell, str) and "HYPERLINK" in cell]
    assert text == ["'=HYPERLINK(0)"]
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)
    sums = [[cell.value for cell in row] for row in book["Sums"].iter_rows(max_col=8)]
    assert ["Investment", 5, 3, 0, 2, 2, 1, 300_000] in sums


@pytest.mark.parametrize(("language", "heading"), [("en", "Agreements"), ("ko", "계약·협약 목록")])
def test_the_report_is_whole_by_itself(
    client: FlaskClient, kept: Store, day: str, language: str, heading: str
) -> None:
    noted(kept, day)
    kept.mark(day, "reed", checked_in_at=None, absent_at=kept.consultation(day).created_at)
    answer = client.get(f"/events/{day}/outcomes/report?language={language}")
    text = answer.text
    assert f'<html lang="{language}">' in text
    assert heading in text
    assert not re.search(r"<(script|link|img)|src=|url\(", text)
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in answer.headers["Content-Security-Policy"]
    agreements = re.search(r'<h2 id="agreements-title">.*?</section>', text, re.DOTALL)
    assert agreements
    assert re.findall(r'<th scope="row">(\w+)</th><td>(\w+)</td>', agreements[0]) == [("Beta", "Quay")]
    came = re.search(r'<h2 id="came-title">.*?</section>', text, re.DOTALL)
    assert came
    assert "Reed" in came[0]
    # What people wrote for themselves and the organiser does not go out.
    assert "send data" not in text
    saved = client.get(f"/events/{day}/outcomes/report?language={language}&download=1")
    assert saved.headers["Content-Disposition"].startswith("attachment")
    assert client.get(f"/events/{day}/outcomes/report?language=fr").status_code == 404


# -- who may -----------------------------------------------------------------------------------


def test_readers_see_and_change_nothing(reader: FlaskClient, kept: Store, day: str) -> None:
    noted(kept, day)
    text = page(reader, f"/events/{day}/outcomes")
    assert "Look : Alpha – Pine" in " ".join(rows(text))
    assert "Edit : Alpha" not in " ".join(rows(text))
    assert '<form class="note-form"' not in page(
        reader, f"/events/{day}/outcomes/note?startup=alpha&partner=pine"
    )
    for path in ("sums", "silent", "report", "table.csv", "table.xlsx"):
        assert reader.get(f"/events/{day}/outcomes/{path}").status_code == 200
    send(reader, f"/events/{day}/outcomes/note", 403, startup="alpha", partner="pine", held="no")


@pytest.mark.parametrize("role", [Role.STARTUP, Role.PARTNER])
def test_participants_see_nothing_of_it(app: Flask, day: str, role: Role) -> None:
    client = signed_in(app, role, "alpha" if role is Role.STARTUP else "pine")
    for path in ("", "/sums", "/silent", "/report", "/table.csv", "/note?startup=alpha&partner=pine"):
        page(client, f"/events/{day}/outcomes{path}", 403)


# -- in a browser ------------------------------------------------------------------------------


@NEEDS_BROWSER
def test_a_word_is_given_in_place_with_the_keyboard(
    browser: Browser,
    app: Flask,
    kept: Store,
    day: str,
) -> None:
    with served(app) as site:
        watch = Watch(browser, site, "ko-KR", phone=True)
        shown = watch.page
        shown.goto(f"/events/{day}/outcomes?q=alpha")
        link = shown.get_by_role("link", name=re.compile("편집.*알파 – Pine"))
        link.press("Enter")
        expect(shown.locator(".note-form select[name=held]")).to_be_focused()
        assert Axe().run(shown).response["violations"] == []
        assert watch.width_over() == 0
        shown.locator("select[name=result]").select_option("agreement")
        shown.locator("input[name=amount]").fill("많이")
        shown.keyboard.press("Enter")
        expect(shown.locator("input[name=amount]")).to_have_attribute("aria-invalid", "true")
        expect(shown.locator("input[name=amount]")).to_be_focused()
        shown.locator("input[name=amount]").fill("13억 5천만원")
        shown.keyboard.press("Enter")
        expect(shown.locator(".note-form")).to_have_count(0)
        expect(link).to_be_focused()
        expect(shown.locator("tbody.line").first).to_contain_text("US$100만")
        (word,) = kept.notes(day)
        assert (word.result, word.amount_usd) == (SIGNED, 1_000_000.0)
        assert shown.url.endswith("?q=alpha")
        watch.close()
