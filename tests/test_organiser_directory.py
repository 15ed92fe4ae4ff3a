"""The directory in the hands of an organiser: narrowed down, edited, removed, duplicates merged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, time
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pytest
from flask import Flask
from flask.testing import FlaskClient
from web_helpers import ODD_ID, SCRIPT, page, partner, signed_in, startup, token
from werkzeug.test import TestResponse

from matcher.service import open_service
from profiles.accounts import Role
from profiles.consultations import By, Choice, Consultation
from profiles.dayplan import Day, DayPlan, Room
from profiles.event import EventInfo
from profiles.importers.wishes import Answer
from profiles.model import Kind, Profile
from profiles.store import Store
from web import create_app
from web.settings import Settings

VAXO = startup(
    "Vaxo",
    "접합백신을 개발합니다.",
    name_ko="백소",
    country="KR",
    stage="seed",
    markets=["US"],
    languages=["ko"],
    topics=["supply"],
    raising_usd=1_000_000,
    other={"Booth": "A-1"},
)
TWIN = startup("Vaxo Inc", "Vaccines.", id="vaxo-2", website="https://vaxo.example", seeks=["A maker"])
CLINIC = partner(
    "Clinic",
    Kind.HOSPITAL,
    "A hospital.",
    country="DE",
    languages=["de"],
    topics=["clinical"],
    avoid=["vaxo-2"],
)
FUND = partner(
    "Fund",
    Kind.INVESTOR,
    "A fund.",
    country="US",
    markets=["US"],
    stages=["seed", "series_a"],
    languages=["en"],
)
EVIL = startup("Evil", SCRIPT, id=ODD_ID, seeks=[f"{SCRIPT} wanted"])


@pytest.fixture
def directory(tmp_path: Path) -> Iterator[Store]:
    store = Store.open(f"sqlite:///{tmp_path / 'directory.db'}")
    store.apply([VAXO, TWIN, CLINIC, FUND, EVIL])
    day = Day(date=date(2027, 5, 11), start=time(9), end=time(11), slot_minutes=30)
    plan = DayPlan(
        event=EventInfo(id="day", name="The day", timezone="Asia/Seoul"), days=(day,), rooms=(Room(name="R"),)
    )
    store.add_consultation(Consultation(plan=plan))
    store.add_attendees("day", [(TWIN.id, TWIN.side), (CLINIC.id, CLINIC.side)])
    yield store
    store.close()


@pytest.fixture
def app(directory: Store, tmp_path: Path, cache_dir: Path) -> Flask:
    service = open_service(directory, index_dir=tmp_path / "index", cache_dir=cache_dir)
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), service)
    app.config["TESTING"] = False
    return app


@pytest.fixture
def organiser(app: Flask) -> FlaskClient:
    return signed_in(app)


def post(client: FlaskClient, address: str, **fields: object) -> TestResponse:
    return client.post(
        address, data={"csrf_token": token(client), **fields}, headers={"Accept-Language": "en"}
    )


def text_of(html: str) -> str:
    return " ".join(unescape(re.sub("<[^>]+>", " ", html)).split())


def shown(client: FlaskClient, address: str) -> str:
    return text_of(page(client, address))


def names(client: FlaskClient, query: str) -> list[str]:
    """Ids of the organisations listed, in their order."""
    html = page(client, f"/directory?{query}")
    return [unescape(each) for each in re.findall(r'name="profile" value="([^"]*)"', html)]


def undo(client: FlaskClient, html: str) -> TestResponse:
    """Press the button of the message."""
    form = re.search(
        r'<form class="inline" method="post" action="([^"]+)"[^>]*>(.*?)</form>',
        html.split('id="messages"')[1],
        re.DOTALL,
    )
    assert form
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2]))
    return client.post(
        unescape(form[1]),
        data={name: unescape(value) for name, value in fields.items()},
        headers={"Accept-Language": "en"},
    )


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("country=KR", ["vaxo"]),
        ("market=US", ["fund", "vaxo"]),
        ("topic=supply", ["vaxo"]),
        ("language=de", ["clinic"]),
        ("stage=seed", ["fund", "vaxo"]),
        ("event=in+day", ["clinic", "vaxo-2"]),
        ("event=not+day", [ODD_ID, "fund", "vaxo"]),
        ("side=startup&event=in+day", ["vaxo-2"]),
        ("q=백소&market=US", ["vaxo"]),
        ("sort=kind", [ODD_ID, "vaxo", "vaxo-2", "clinic", "fund"]),
        ("sort=country", ["clinic", "vaxo", "fund", ODD_ID, "vaxo-2"]),
        ("country=KR&language=en", []),
    ],
)
def test_the_list_is_narrowed_down(organiser: FlaskClient, query: str, found: list[str]) -> None:
    assert names(organiser, query) == found


def test_the_newest_come_first(organiser: FlaskClient, directory: Store) -> None:
    directory.apply([FUND.model_copy(update={"about": "Another."})])
    assert names(organiser, "sort=newest")[0] == "fund"


@pytest.mark.parametrize(
    "query", ["country=Korea", "market=%00", "language=english", "topic=nothing", "page=0"]
)
def test_what_cannot_be_asked_is_said(organiser: FlaskClient, query: str) -> None:
    assert organiser.get(f"/directory?{query}").status_code == 400


def test_filters_stay_with_the_pages(organiser: FlaskClient, directory: Store) -> None:
    directory.apply([partner(f"Bank {n:02}", Kind.INVESTOR, "A bank.", country="US") for n in range(40)])
    html = page(organiser, "/directory?country=US&sort=newest")
    follow = re.search(r'<a rel="next" href="([^"]+)"', html)
    assert follow
    assert "country=US" in follow[1]
    assert "sort=newest" in follow[1]
    assert "41 organisations" in html
    assert len(names(organiser, unescape(follow[1]).partition("?")[2])) == 16


def test_those_ticked_take_part_and_can_be_taken_back(organiser: FlaskClient, directory: Store) -> None:
    answer = post(
        organiser, "/directory/attend", event="day", profile=["vaxo", "fund", "clinic"], back="/directory?q=a"
    )
    assert answer.location == "/directory?q=a"
    html = page(organiser, answer.location)
    assert "2 organisations now take part in The day. 1 took part already." in text_of(html)
    assert len(directory.attendees("day")) == 4
    undo(organiser, html)
    assert {each.profile_id for each in directory.attendees("day")} == {TWIN.id, CLINIC.id}


def test_taking_back_never_loses_a_wish(organiser: FlaskClient, directory: Store) -> None:
    answer = post(organiser, "/directory/attend", event="day", profile=["vaxo"], back="https://evil.example/")
    assert answer.location == "/directory"
    html = page(organiser, "/directory")
    directory.choose(
        Choice(event_id="day", startup="vaxo", partner="clinic", by=By.STARTUP, answer=Answer.WANTED)
    )
    undo(organiser, html)
    assert directory.attendee("day", "vaxo")


# -- one profile ---------------------------------------------------------------------------------------


def form_of(html: str) -> dict[str, object]:
    """What a browser would send of the form as it stands."""

    class Form(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: dict[str, list[str]] = {}
            self.area = self.select = ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            at = dict(attrs)
            name = at.get("name") or ""
            if tag == "textarea":
                self.area = name
                self.found.setdefault(name, [""])
            elif tag == "select":
                self.select = name
            elif tag == "option" and "selected" in at:
                self.found[self.select] = [at.get("value") or ""]
            elif tag == "input" and name and (at.get("type") not in ("checkbox", "radio") or "checked" in at):
                self.found.setdefault(name, []).append(at.get("value") or "")

        def handle_data(self, data: str) -> None:
            if self.area:
                self.found[self.area][0] += data

        def handle_endtag(self, tag: str) -> None:
            if tag == "textarea":
                self.found[self.area][0] = self.found[self.area][0].removeprefix("\n")
                self.area = ""

    form = Form()
    form.feed(html.split('<div class="edit">')[1].split("</form>", maxsplit=1)[0])
    return dict(form.found)


@pytest.mark.parametrize("profile", [VAXO, TWIN, CLINIC, FUND, EVIL])
def test_a_form_sent_as_it_stands_changes_nothing(
    organiser: FlaskClient, directory: Store, profile: Profile
) -> None:
    address = f"/profiles/{quote(profile.id)}/edit"
    html = page(organiser, address)
    assert "<script>alert" not in html
    answer = organiser.post(address, data=form_of(html), headers={"Accept-Language": "en"})
    assert answer.status_code == 302
    assert directory.get(profile.id) == profile


def test_a_profile_is_changed_and_changed_back(organiser: FlaskClient, directory: Store) -> None:
    form = {
        **form_of(page(organiser, "/profiles/vaxo/edit")),
        "raising_usd": "20억원",
        "topics": ["ip", "data"],
    }
    form |= {"avoid": "clinic\nfund", "other": "Booth: B-2\nHall: 3", "markets": "일본, US"}
    answer = organiser.post("/profiles/vaxo/edit", data=form, headers={"Accept-Language": "en"})
    html = page(organiser, answer.location)
    assert "“Vaxo” was saved." in text_of(html)
    changed = directory.get("vaxo")
    assert changed.raising_usd == pytest.approx(1_481_481.48)
    assert changed.avoid == ("clinic", "fund")
    assert changed.markets == ("JP", "US")
    assert changed.other == {"Booth": "B-2", "Hall": "3"}
    assert set(changed.topics) == {"ip", "data"}
    history = shown(organiser, "/profiles/vaxo/edit")
    assert "Raising" in history.split("What was done to it")[1]
    undo(organiser, html)
    assert directory.get("vaxo") == VAXO


def test_what_is_wrong_stands_at_its_field_and_nothing_is_lost(
    organiser: FlaskClient, directory: Store
) -> None:
    form = {**form_of(page(organiser, "/profiles/fund/edit"))}
    form |= {
        "ticket_max_usd": "lots",
        "country": "Atlantis",
        "avoid": "nobody",
        "other": "no colon",
        "city": "Boston",
    }
    answer = organiser.post("/profiles/fund/edit", data=form, headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    for field in ("ticket_max_usd", "country", "avoid", "other"):
        assert re.search(rf'id="f-{field}"[^>]*aria-invalid="true"', answer.text), field
    assert 'value="lots"' in answer.text
    assert 'value="Boston"' in answer.text
    assert "No profile has the id “nobody”." in answer.text
    assert directory.get("fund") == FUND


def test_a_change_in_the_meantime_is_not_overwritten_unseen(organiser: FlaskClient, directory: Store) -> None:
    form = {**form_of(page(organiser, "/profiles/vaxo/edit")), "about": "Mine."}
    directory.apply([VAXO.model_copy(update={"city": "Busan"})])
    answer = organiser.post("/profiles/vaxo/edit", data=form, headers={"Accept-Language": "en"})
    assert answer.status_code == 409
    assert "Mine." in answer.text
    assert directory.get("vaxo").city == "Busan"
    again = organiser.post("/profiles/vaxo/edit", data=form_of(answer.text))
    assert again.status_code == 302
    assert directory.get("vaxo").about == "Mine."


def test_a_new_profile(organiser: FlaskClient, directory: Store) -> None:
    form = {**form_of(page(organiser, "/profiles/new?side=partner")), "kind": "law_firm"}
    answer = organiser.post("/profiles/new", data=form, headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert "Give a name" in answer.text
    form |= {"name_ko": "하버 특허법인", "about": "특허를 다룹니다.", "seeks": "스타트업\r\n대학"}
    answer = organiser.post("/profiles/new", data=form, headers={"Accept-Language": "en"})
    assert answer.status_code == 302
    (made,) = (each for _entry, each in directory.profiles() if each.name_ko == "하버 특허법인")
    assert made.kind is Kind.LAW_FIRM
    assert made.seeks == ("스타트업", "대학")
    assert made.name == ""
    answer = organiser.post("/profiles/new", data=form, headers={"Accept-Language": "en"})
    assert answer.status_code == 400
    assert "There is a profile with this id or name already" in answer.text


def test_a_profile_is_removed_after_a_question_and_brought_back(
    organiser: FlaskClient, directory: Store
) -> None:
    text = shown(organiser, "/profiles/vaxo-2/remove")
    assert "It no longer takes part in 1 event: The day" in text
    answer = post(organiser, "/profiles/vaxo-2/remove", was=TWIN.content_hash())
    html = page(organiser, answer.location)
    assert "“Vaxo Inc” was removed." in text_of(html)
    assert organiser.get("/startups/vaxo-2").status_code == 404
    undo(organiser, html)
    assert directory.get("vaxo-2") == TWIN
    assert directory.attendee("day", "vaxo-2")


def test_a_profile_changed_since_the_question_is_not_removed(
    organiser: FlaskClient, directory: Store
) -> None:
    post(organiser, "/profiles/vaxo-2/remove", was="older")
    assert directory.get("vaxo-2") == TWIN


# -- duplicates ----------------------------------------------------------------------------------------


def test_duplicates_are_found_merged_and_unmerged(organiser: FlaskClient, directory: Store) -> None:
    assert "1 pair" in shown(organiser, "/duplicates")
    assert "same name" in shown(organiser, "/duplicates")
    html = page(organiser, "/duplicates/pair?left=vaxo&right=vaxo-2")
    assert "<script>alert" not in html
    # More refers to the second one (it takes part, it is avoided): its id is proposed.
    assert re.search(r'name="id" value="right" checked', html)
    answer = post(
        organiser,
        "/duplicates/merge",
        left="vaxo",
        right="vaxo-2",
        left_was=VAXO.content_hash(),
        right_was=TWIN.content_hash(),
        id="left",
        name="left",
        about="right",
        seeks="both",
    )
    html = page(organiser, answer.location)
    assert "“Vaxo Inc” was merged into “Vaxo”." in text_of(html)
    merged = directory.get("vaxo")
    assert (merged.name, merged.about, merged.seeks) == ("Vaxo", "Vaccines.", ("A maker",))
    assert (merged.website, merged.raising_usd) == ("https://vaxo.example", 1_000_000)  # what only one says
    assert directory.get("clinic").avoid == ("vaxo",)
    assert directory.attendee("day", "vaxo")
    assert "0 pairs" in shown(organiser, "/duplicates")
    undo(organiser, html)
    assert (directory.get("vaxo"), directory.get("vaxo-2"), directory.get("clinic")) == (VAXO, TWIN, CLINIC)
    assert directory.attendee("day", "vaxo-2")


def test_a_pair_changed_since_is_not_merged(organiser: FlaskClient, directory: Store) -> None:
    answer = post(
        organiser, "/duplicates/merge", left="vaxo", right="vaxo-2", left_was="older", right_was="", id="left"
    )
    assert "nothing was merged" in shown(organiser, answer.location)
    assert directory.get("vaxo-2") == TWIN


def test_two_that_are_different_are_not_shown_again(organiser: FlaskClient, directory: Store) -> None:
    answer = post(organiser, "/duplicates/apart", left="vaxo", right="vaxo-2")
    html = page(organiser, answer.location)
    assert "0 pairs" in text_of(html)
    undo(organiser, html)
    assert "1 pair" in shown(organiser, "/duplicates")


def test_what_cannot_be_merged(organiser: FlaskClient) -> None:
    for left, right, status in (("vaxo", "vaxo", 400), ("vaxo", "clinic", 400), ("vaxo", "nobody", 404)):
        assert organiser.get(f"/duplicates/pair?left={left}&right={right}").status_code == status
    assert post(organiser, "/duplicates/undo", number="99").status_code == 404
    assert post(organiser, "/duplicates/undo", number="x").status_code == 400


def test_readers_look_and_change_nothing(app: Flask, directory: Store) -> None:
    reader = signed_in(app, Role.READER)
    html = page(reader, "/directory")
    assert "/profiles/" not in html
    assert 'name="profile"' not in html
    assert "Two different ones" not in page(reader, "/duplicates")
    for address in (
        "/duplicates/merge",
        "/duplicates/apart",
        "/duplicates/undo",
        "/profiles/vaxo/edit",
        "/profiles/vaxo/remove",
        "/profiles/new",
        "/directory/attend",
    ):
        assert post(reader, address).status_code == 403, address
    assert len(directory.profiles()) == 5
