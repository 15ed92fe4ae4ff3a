"""Who takes part in an event: added, looked through, given rules and hours of their own, removed."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Watch, browser, served
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from web_helpers import ODD_ID, PROFILES, page, signed_in, token

from matcher.service import Service, open_service
from profiles.accounts import Role
from profiles.consultations import By, Choice, Consultation, OwnTerms
from profiles.dayplan import DayPlan, Terms, slots_of
from profiles.errors import InputError, UnknownError
from profiles.importers.wishes import Answer
from profiles.model import Kind, Side
from profiles.store import Store
from web import create_app
from web.organiser import ownterms
from web.organiser.roster import Wanted, roster
from web.phrases import use_language
from web.settings import Settings

__all__ = ["browser"]  # a fixture

EVENT = "day"
PLAN = DayPlan.model_validate(
    {
        "event": {"id": EVENT, "name": "A day", "timezone": "Asia/Seoul"},
        "days": [{"date": "2027-05-11", "start": "09:00", "end": "11:00", "slot_minutes": 20}],
        "rooms": [{"name": "Hall", "tables": 3}],
        "defaults": {"startup": {"min_meetings": 1, "max_meetings": 5, "languages": ["ko"]}},
    }
)
SLOTS = [slot.id for slot in slots_of(PLAN)]


@pytest.fixture
def service(tmp_path: Path, cache_dir: Path) -> Iterator[Service]:
    """Over a store of its own, which the test changes."""
    store = Store.open(f"sqlite:///{tmp_path / 'attendees.db'}")
    store.apply(PROFILES)
    store.add_consultation(Consultation(plan=PLAN))
    yield open_service(store, index_dir=tmp_path / "index", cache_dir=cache_dir)
    store.close()


def everybody(service: Service) -> None:
    service.store.add_attendees(EVENT, ((each.id, each.side) for each in PROFILES))


def there(service: Service) -> list[str]:
    return [each.profile_id for each in service.store.attendees(EVENT)]


def post(client: FlaskClient, what: str, language: str = "en", **form: Any) -> Any:
    data = {"csrf_token": token(client), **form}
    return client.post(f"/events/{EVENT}/{what}", data=data, headers={"Accept-Language": language})


def undo(client: FlaskClient, html: str) -> Any:
    """Press the button of the message on a page."""
    said = html[html.index('<div id="messages"') : html.index("<h1")]
    form = re.search(r'<form class="inline" method="post" action="([^"]+)"(.*?)</form>', said, re.DOTALL)
    assert form
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', form[2]))
    return client.post(unescape(form[1]), data=fields)


def names(html: str) -> list[str]:
    return re.findall(r'<a class="name" href="[^"]*/attendee/[^"]*"[^>]*>([^<]+)</a>', html)


# -- adding and removing ---------------------------------------------------------------------------


def test_adding_from_the_directory(client: FlaskClient, service: Service) -> None:
    assert "Nobody takes part yet" in page(client, f"/events/{EVENT}/attendees")
    html = page(client, f"/events/{EVENT}/attendees/add?kind=hospital&country=DE")
    assert "1 organisation that does not take part yet" in html
    assert 'value="clinic"' in html
    assert 'value="vaxo"' not in html
    answer = post(client, "attendees/add", ids=["clinic", ODD_ID], scope="ticked")
    assert answer.status_code == 302
    assert there(service) == [ODD_ID, "clinic"]
    assert [each.side for each in service.store.attendees(EVENT)] == [Side.STARTUP, Side.PARTNER]
    assert "2 attendees were added." in page(client, f"/events/{EVENT}/attendees")
    post(client, "attendees/add", scope="all", side="partner", kind="investor")
    assert len(there(service)) == 32
    assert "Everybody who fits this takes part already." in page(
        client, f"/events/{EVENT}/attendees/add?kind=investor"
    )
    refused = post(client, "attendees/add", scope="ticked")
    assert refused.headers["Location"] == f"/events/{EVENT}/attendees/add"
    trail, total = service.store.changes_made(event_id=EVENT)
    assert (total, trail[0].action, trail[0].detail["count"]) == (2, "organiser.attendees_add", 30)


def test_adding_can_be_undone(client: FlaskClient, service: Service) -> None:
    post(client, "attendees/add", ids=["clinic", "vaxo"], scope="ticked")
    assert undo(client, page(client, f"/events/{EVENT}/attendees")).status_code == 302
    assert there(service) == []


def test_removing_somebody_of_whom_nothing_is_kept(client: FlaskClient, service: Service) -> None:
    everybody(service)
    assert post(client, "attendees/remove", ids=["clinic"]).status_code == 302
    assert "clinic" not in there(service)
    assert undo(client, page(client, f"/events/{EVENT}/attendees")).status_code == 302
    assert "clinic" in there(service)


def test_removing_asks_where_something_is_lost(client: FlaskClient, service: Service) -> None:
    everybody(service)
    service.store.choose(
        Choice(event_id=EVENT, startup="vaxo", partner="pharmo", by=By.STARTUP, answer=Answer.WANTED)
    )
    answer = post(client, "attendees/remove", ids=["pharmo", "clinic"])
    assert answer.status_code == 200
    assert "Remove 2 attendees?" in answer.text
    assert "Pharmo: wants 0, wanted by 1, there at 6 of 6 times" in answer.text
    assert "pharmo" in there(service)
    assert service.store.changes_made(event_id=EVENT)[1] == 0
    assert post(client, "attendees/remove", ids="pharmo\nclinic", sure="1").status_code == 302
    assert not {"pharmo", "clinic"} & set(there(service))
    assert service.store.choices(EVENT) == []
    everyone = post(client, "attendees/remove", scope="all", kind="investor")
    assert "Remove 30 attendees?" in everyone.text
    assert "Nobody was chosen" in page(client, post(client, "attendees/remove").headers["Location"])


# -- looking through -------------------------------------------------------------------------------


def test_the_roster_counts_what_is_kept_of_each(service: Service) -> None:
    everybody(service)
    store = service.store
    for startup, answer in (("vaxo", Answer.WANTED), ("brainy", Answer.NEVER)):
        store.choose(Choice(event_id=EVENT, startup=startup, partner="pharmo", by=By.STARTUP, answer=answer))
    store.choose(Choice(event_id=EVENT, startup="vaxo", partner="pharmo", by=By.PARTNER, answer=Answer.MAYBE))
    store.choose(
        Choice(event_id=EVENT, startup="vaxo", partner="clinic", by=By.ORGANISER, answer=Answer.MUST)
    )
    vaxo = store.attendee(EVENT, "vaxo")
    store.save_attendee(vaxo.model_copy(update={"unavailable": (SLOTS[0], "d9-0900")}))
    store.add_account(Role.PARTNER, "Pharmo", email="pharmo@example.org", profile_id="pharmo")
    account = store.add_account(Role.STARTUP, "Vaxo", email="vaxo@example.org", profile_id="vaxo")
    store.set_password(account.number, "hash")
    found = {each.id: each for each in roster(store, store.consultation(EVENT))}
    assert dict(found["vaxo"].said) == {Answer.WANTED: 1}
    assert dict(found["pharmo"].said) == {Answer.MAYBE: 1}
    assert (found["pharmo"].wanted_by, found["vaxo"].wanted_by, found["clinic"].wanted_by) == (1, 0, 0)
    assert (found["vaxo"].free, found["vaxo"].slots) == (5, 6)
    assert [found[who].account for who in ("vaxo", "pharmo", "clinic")] == ["joined", "invited", "none"]
    assert [found[who].touched for who in ("vaxo", "pharmo", "clinic", "brainy")] == [True, True, False, True]
    entries = list(found.values())
    assert next(each.id for each in Wanted(sort="-wanted_by").of(entries)) == "pharmo"
    assert [each.id for each in Wanted(account="invited").of(entries)] == ["pharmo"]
    assert [each.id for each in Wanted(words="boston united").of(entries)] == ["pharmo"]
    assert [each.id for each in Wanted(kind=Kind.LAW_FIRM).of(entries)] == ["lawyers"]
    assert next(each.id for each in Wanted(sort="free").of(entries)) == "vaxo"
    with use_language("ko"):
        startups = Wanted(side=Side.STARTUP).of(entries)
        assert [each.name for each in startups] == ["Brainy", "Evil", "백소"]
        assert [each.id for each in Wanted(words="백소").of(entries)] == ["vaxo"]


def test_pages_search_and_order(client: FlaskClient, service: Service) -> None:
    everybody(service)
    store = service.store
    store.apply(
        [
            PROFILES[3].model_copy(update={"id": f"more-{number:02}", "name": f"More {number:02}"})
            for number in range(20)
        ]
    )
    store.add_attendees(EVENT, ((f"more-{number:02}", Side.PARTNER) for number in range(20)))
    address = f"/events/{EVENT}/attendees"
    first = page(client, address)
    assert names(first)[:4] == ["Brainy", "Evil", "Vaxo", "Clinic"]
    assert len(names(first)) == 50
    assert "Page 1 of 2" in first
    assert len(names(page(client, f"{address}?page=2"))) == 6
    assert names(page(client, f"{address}?q=fund+07")) == ["Fund 07"]
    assert names(page(client, f"{address}?kind=law_firm&side=partner")) == ["Lawyers"]
    assert re.search(
        r'aria-sort="descending"><a class="sort" href="[^"]*sort=kind', page(client, f"{address}?sort=-kind")
    )
    assert "Nobody fits all of this." in page(client, f"{address}?q=nothing-like-this")
    assert page(client, f"{address}?kind=golf", 400)
    assert page(client, "/events/nowhere/attendees", 404)


def test_somebody_who_left_the_directory_is_shown(client: FlaskClient, service: Service) -> None:
    everybody(service)
    service.store.remove(["clinic"])
    assert "not in the directory" in page(client, f"/events/{EVENT}/attendees?q=clinic")
    assert "no longer in the directory" in page(client, f"/events/{EVENT}/attendee/clinic")
    assert post(client, "attendees/remove", ids=["clinic"]).status_code == 302


# -- rules and hours of one's own ------------------------------------------------------------------


def save(client: FlaskClient, profile_id: str, language: str = "en", **form: Any) -> Any:
    address = f"/events/{EVENT}/attendee/{profile_id}"
    data = {"csrf_token": token(client), "there": SLOTS, **form}
    return client.post(address, data=data, headers={"Accept-Language": language})


def test_rules_and_hours_of_one(client: FlaskClient, service: Service) -> None:
    everybody(service)
    answer = save(
        client,
        "vaxo",
        max_meetings="3",
        representatives="2",
        languages="영어, German",
        there=[SLOTS[1], SLOTS[3]],
    )
    assert answer.status_code == 302
    kept = service.store.attendee(EVENT, "vaxo")
    assert kept.terms == OwnTerms(max_meetings=3, representatives=2, languages=("en", "de"))
    assert kept.unavailable == (SLOTS[0], SLOTS[2], SLOTS[4], SLOTS[5])
    html = page(client, f"/events/{EVENT}/attendee/vaxo")
    assert re.findall(r'name="there" value="([^"]+)" checked', html) == [SLOTS[1], SLOTS[3]]
    assert 'name="languages" value="English, German"' in html
    assert "Empty: as the event, 1" in html  # meetings, at least
    assert "Empty: as the profile says, Korean, English" in html
    assert undo(client, html).status_code == 302
    kept = service.store.attendee(EVENT, "vaxo")
    assert (kept.terms, kept.unavailable) == (OwnTerms(), ())
    assert save(client, "vaxo").status_code == 302
    assert service.store.changes_made(event_id=EVENT)[1] == 2  # nothing was changed the last time


def test_an_id_may_hold_anything(client: FlaskClient, service: Service) -> None:
    everybody(service)
    html = page(client, f"/events/{EVENT}/attendees?side=startup")
    address = re.search(r'href="([^"]*/attendee/[^"]*%[^"]*)"', html)
    assert address
    place = unquote(unescape(address[1])).replace("?", "%3F").replace("#", "%23")
    assert "<h1>" in page(client, place)
    answer = client.post(place, data={"csrf_token": token(client), "there": SLOTS[:2]})
    assert answer.status_code == 302
    assert service.store.attendee(EVENT, ODD_ID).unavailable == tuple(SLOTS[2:])


@pytest.mark.parametrize(
    ("field", "typed", "english", "korean"),
    [
        ("max_meetings", "many", "Write a whole number.", "정수를"),
        ("min_meetings", "-1", "At least 0.", "0 이상"),
        ("min_meetings", "6", "At least must not be more than at most.", "최소 횟수가"),
        ("max_consecutive", "0", "At least 1.", "1 이상"),
        ("representatives", "51", "At most 50.", "50 이하"),
        ("priority", "nan", "Write a number.", "숫자를"),
        ("languages", "Klingonese", "“Klingonese” is not known", "알 수 없는 언어"),
    ],
)
def test_a_rule_that_does_not_fit(
    client: FlaskClient, service: Service, field: str, typed: str, english: str, korean: str
) -> None:
    everybody(service)
    for language, text in (("en", english), ("ko", korean)):
        answer = save(client, "vaxo", language, there=SLOTS[:1], **{field: typed})
        assert answer.status_code == 400
        said = re.search(rf'id="n-f-{field}">([^<]*)<', answer.text)
        assert said
        assert text in said[1]
        assert f'name="{field}" value="{typed}"' in answer.text
        assert re.findall(r'name="there" value="([^"]+)" checked', answer.text) == SLOTS[:1]
    assert service.store.attendee(EVENT, "vaxo").terms == OwnTerms()


def test_a_rule_for_several(client: FlaskClient, service: Service) -> None:
    everybody(service)
    assert (
        post(client, "attendees/terms", ids=["vaxo", "clinic"], term="max_meetings", value="4").status_code
        == 302
    )
    assert service.store.attendee(EVENT, "vaxo").terms.max_meetings == 4
    assert service.store.attendee(EVENT, "pharmo").terms.max_meetings is None
    post(client, "attendees/terms", scope="all", kind="investor", term="languages", value="영어")
    funds = [each for each in service.store.attendees(EVENT) if each.profile_id.startswith("fund")]
    assert {each.terms.languages for each in funds} == {("en",)}
    post(client, "attendees/terms", ids=["vaxo"], term="max_meetings", value="")
    assert service.store.attendee(EVENT, "vaxo").terms == OwnTerms()
    for term, value, text in (
        ("max_meetings", "x", "Write a whole number."),
        ("colour", "blue", "Choose a rule."),
    ):
        answer = post(client, "attendees/terms", ids=["vaxo"], term=term, value=value)
        assert text in page(client, answer.headers["Location"])


def test_terms_are_changed_one_by_one() -> None:
    terms = OwnTerms(min_meetings=1, priority=2.0)
    assert ownterms.changed(terms, {"priority": ""}) == OwnTerms(min_meetings=1)
    assert ownterms.changed(terms, {"priority": "0.5"}) == OwnTerms(min_meetings=1, priority=0.5)
    with pytest.raises(InputError) as caught:
        ownterms.changed(terms, {"priority": "-1"})
    assert caught.value.field == "priority"
    assert ownterms.contradiction(OwnTerms(max_meetings=1), Terms(min_meetings=2))
    assert not ownterms.contradiction(OwnTerms(), Terms(min_meetings=2))


def test_the_page_of_one_says_what_is_known(client: FlaskClient, service: Service) -> None:
    everybody(service)
    store = service.store
    store.choose(
        Choice(
            event_id=EVENT,
            startup="vaxo",
            partner="pharmo",
            by=By.PARTNER,
            answer=Answer.WANTED,
            comment="<b>soon</b>",
        )
    )
    kept = store.attendee(EVENT, "vaxo")
    now = datetime(2027, 5, 11, 0, 30, tzinfo=UTC)
    store.save_attendee(kept.model_copy(update={"checked_in_at": now}))
    html = page(client, f"/events/{EVENT}/attendee/vaxo", language="ko")
    assert "&lt;b&gt;soon&lt;/b&gt;" in html
    assert "희망" in html
    assert re.search(r"도착</span> <time[^>]*>2027년 5월 11일 \(화\) 09:30</time>", html)
    assert f"/events/{EVENT}/matches/pair?startup=vaxo&amp;partner=pharmo" in html


# -- who may ---------------------------------------------------------------------------------------


def test_a_reader_sees_and_changes_nothing(app: Flask, service: Service) -> None:
    everybody(service)
    reader = signed_in(app, Role.READER)
    assert names(page(reader, f"/events/{EVENT}/attendees"))
    html = page(reader, f"/events/{EVENT}/attendee/vaxo")
    assert '<fieldset class="bare" disabled>' in html
    assert "Remove from the event" not in html
    assert page(reader, f"/events/{EVENT}/attendees/add", 403)
    for what in ("attendees/add", "attendees/remove", "attendees/terms", "attendee/vaxo"):
        assert post(reader, what, ids=["vaxo"], sure="1").status_code == 403
    assert "vaxo" in there(service)
    with pytest.raises(UnknownError):
        service.store.attendee(EVENT, "nobody")
    assert page(reader, f"/events/{EVENT}/attendee/nobody", 404)


# -- in a browser ----------------------------------------------------------------------------------


@NEEDS_BROWSER
def test_adding_and_giving_hours_in_a_browser(browser: Browser, service: Service, tmp_path: Path) -> None:
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), service)
    with served(app) as site:
        watch = Watch(browser, site, "ko-KR", phone=True)
        page_ = watch.page
        page_.goto(f"/events/{EVENT}/attendees")
        page_.get_by_role("link", name="명부에서 추가").click()
        page_.get_by_label("검색어").press_sequentially("crm197")
        expect(page_.locator("#list [role=status]")).to_contain_text("2곳")
        assert Axe().run(page_).response["violations"] == []
        page_.get_by_role("checkbox", name="백소").check()
        page_.get_by_role("button", name="선택한 기관 추가").click()
        expect(page_.locator("#messages")).to_contain_text("참가자 1곳을 추가했습니다.")
        page_.get_by_role("link", name="백소").click()
        page_.get_by_role("checkbox", name=re.compile("^09:20")).uncheck()
        page_.get_by_role("button", name="저장").click()
        expect(page_.locator("#messages")).to_contain_text("저장했습니다.")
        assert service.store.attendee(EVENT, "vaxo").unavailable == ("d1-0920",)
        assert watch.width_over() <= 0
        watch.close()
