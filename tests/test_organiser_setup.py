"""Events on the pages: made, set up, checked before saving, kept apart when two save, removed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from browsing import NEEDS_BROWSER, Watch, browser, served
from flask import Flask
from flask.testing import FlaskClient
from playwright.sync_api import Browser, expect
from pydantic import ValidationError
from web_helpers import page, signed_in, token

from matcher.service import Service, open_service
from profiles.accounts import Role
from profiles.consultations import By, Choice, Consultation
from profiles.dayplan import DayPlan, read_day_plan, slots_of
from profiles.errors import UnknownError
from profiles.event import Schedule
from profiles.importers.wishes import Answer
from profiles.model import Profile
from profiles.store import Store
from web import create_app
from web.consulting import built
from web.organiser import newevent
from web.organiser.faults import faults_of, sentence
from web.organiser.planform import draft_of, names_of, read_languages, record_of, settle
from web.organiser.preview import effects_of, shape_of
from web.organiser.progress import progress_of
from web.organiser.setup_words import full_name
from web.phrases import use_language
from web.settings import SAMPLE_DIRECTORY, Settings

__all__ = ["browser"]  # a fixture

DAY = SAMPLE_DIRECTORY / "day.json"
EVENT = "sample-2027"


@pytest.fixture
def service(tmp_path: Path, cache_dir: Path, few_profiles: list[Profile]) -> Iterator[Service]:
    """Over a store of its own, which the test changes, with the sample's day."""
    store = Store.open(f"sqlite:///{tmp_path / 'setup.db'}")
    store.apply(few_profiles)
    store.add_consultation(Consultation(plan=read_day_plan(DAY)))
    yield open_service(store, index_dir=tmp_path / "index", cache_dir=cache_dir)
    store.close()


def fields(client: FlaskClient, address: str = f"/events/{EVENT}/setup") -> list[tuple[str, str]]:
    """What a browser would send of the form on the page."""
    html = page(client, address)
    form = html[html.index('<form id="set-up"') : html.index("</form>", html.index('<form id="set-up"'))]
    found: list[tuple[str, str]] = []
    for tag in re.findall(r"<input [^>]*>", form):
        name = re.search(r' name="([^"]+)"', tag)
        value = re.search(r' value="([^"]*)"', tag)
        if name and not ('type="checkbox"' in tag and " checked" not in tag):
            found.append((name[1], value[1] if value else ""))
    for name_, text in re.findall(r'<textarea [^>]*name="([^"]+)"[^>]*>\n?([^<]*)</textarea>', form):
        found.append((name_, text))
    for name_, options in re.findall(r'<select [^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.DOTALL):
        chosen = re.search(r'value="([^"]*)" selected', options)
        found.append((name_, chosen[1] if chosen else ""))
    return found


def changed(sent: list[tuple[str, str]], **new: str) -> dict[str, list[str]]:
    """The form with some fields typed anew; ``__`` in a name stands for its dots."""
    result: dict[str, list[str]] = {}
    for name, value in sent:
        result.setdefault(name, []).append(value)
    for name, value in new.items():
        result[name.replace("__", ".")] = [value]
    return result


def send(client: FlaskClient, form: dict[str, list[str]], language: str = "en") -> tuple[int, str]:
    answer = client.post(f"/events/{EVENT}/setup", data=form, headers={"Accept-Language": language})
    return answer.status_code, answer.text


def record() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(DAY.read_text(encoding="utf-8"))
    return found


# -- a round through the form --------------------------------------------------------------------


def test_a_day_comes_back_from_its_form_as_it_was(client: FlaskClient, service: Service) -> None:
    before = service.store.consultation(EVENT)
    form = changed(fields(client))
    status, _html = send(client, form)
    after = service.store.consultation(EVENT)
    assert status == 302
    assert after.plan == before.plan
    assert (after.top, after.wishes_until) == (before.top, before.wishes_until)
    assert after.revision == before.revision + 1
    file = client.get(f"/events/{EVENT}/setup/day.json")
    assert file.headers["Content-Disposition"] == f"attachment; filename={EVENT}.json"
    assert DayPlan.model_validate(file.json) == before.plan
    # The same slots, tables and rules as the file the event was made from.
    assert slots_of(DayPlan.model_validate(file.json)) == slots_of(read_day_plan(DAY))
    assert file.json is not None
    assert file.json["rooms"][3]["tables"] == ["Maple", "Willow"]
    assert file.json["defaults"]["startup"]["max_consecutive"] == 4


def test_what_is_typed_is_saved_in_the_zone_of_the_event(client: FlaskClient, service: Service) -> None:
    form = changed(
        fields(client),
        event__name="보스턴 상담회",
        wishes_until="2027-05-01T18:00",
        top="7",
        event__max_break_difference="2",
        interpreters__0__languages="Korean; 일본어",
        rooms__0__names="North\nSouth",
        defaults__partner__representatives="2",
    )
    assert send(client, form)[0] == 302
    after = service.store.consultation(EVENT)
    assert after.name == "보스턴 상담회"
    assert after.wishes_until is not None
    assert after.wishes_until.isoformat() == "2027-05-01T22:00:00+00:00"
    assert (after.top, after.plan.event.max_break_difference) == (7, 2)
    assert after.plan.interpreters[0].languages == ("ko", "ja")
    assert after.plan.rooms[0].table_ids == ("North", "South")
    assert after.plan.defaults.partner.representatives == 2
    assert 'value="2027-05-01T18:00"' in page(client, f"/events/{EVENT}/setup")
    trail, _total = service.store.changes_made(event_id=EVENT)
    assert trail[0].action == "organiser.setup_save"
    assert set(trail[0].detail["fields"]) >= {"event.name", "top", "rooms.0.names", "wishes_until"}


def test_rows_are_added_and_removed_without_losing_what_was_typed(
    client: FlaskClient, service: Service
) -> None:
    form = changed(fields(client), event__name="Half typed", do="add:rooms")
    status, html = send(client, form)
    assert status == 200
    assert 'value="Half typed"' in html
    assert re.search(r'name="rooms\.4\.name" value="Room 1"[^>]*autofocus', html)
    status, html = send(client, form | {"do": ["add:days"]})
    assert 'name="days.2.date" value="2027-05-13"' in html
    assert 'name="days.2.pauses.1.start" value="12:00"' in html
    status, html = send(client, form | {"do": ["add:days.1.pauses"]})
    assert 'name="days.1.pauses.2.name"' in html
    status, html = send(client, form | {"do": ["remove:rooms.0"]})
    assert 'name="rooms.0.name" value="Wharf"' in html
    assert 'value="Harbour"' not in html
    status, html = send(client, form | {"do": ["remove:days.0.pauses.0"]})
    assert 'name="days.0.pauses.0.name" value="lunch"' in html
    for nonsense in (
        "add:nobody",
        "add:days.9.pauses",
        "add:rooms.0.pauses",
        "remove:rooms",
        "remove:rooms.99",
    ):
        status, html = send(client, form | {"do": [nonsense]})
        assert (status, html.count('value="Harbour"')) == (200, 1)
    assert service.store.consultation(EVENT).name != "Half typed"
    assert service.store.changes_made(event_id=EVENT)[1] == 0


def test_empty_rows_say_nothing_and_days_are_put_in_order(client: FlaskClient, service: Service) -> None:
    form = changed(
        fields(client),
        days__0__date="2027-05-20",
        rooms__2__closed__0__date="2027-05-12",
        days__0__pauses__7__name="",
        days__0__pauses__7__start="",
        days__0__pauses__7__end="",
        interpreters__3__unavailable__0__date="2027-05-20",
    )
    assert send(client, form)[0] == 302
    plan = service.store.consultation(EVENT).plan
    assert [str(day.date) for day in plan.days] == ["2027-05-12", "2027-05-20"]
    assert [len(day.pauses) for day in plan.days] == [2, 2]


# -- faults --------------------------------------------------------------------------------------

FAULTS: list[tuple[dict[str, str], str, str, str]] = [
    ({"days.0.date": ""}, "days.0.date", "Fill this in.", "입력해 주십시오."),
    ({"days.0.date": "11.5.2027"}, "days.0.date", "Write the date like 2027-05-11.", "2027-05-11처럼"),
    ({"days.1.start": "9 o'clock"}, "days.1.start", "Write the time like 09:00.", "09:00처럼"),
    ({"days.0.end": "08:00"}, "days.0.end", "The end has to come after the start.", "시작 시간보다 뒤"),
    ({"days.0.slot_minutes": "many"}, "days.0.slot_minutes", "Write a whole number.", "정수를"),
    ({"days.0.slot_minutes": "0"}, "days.0.slot_minutes", "At least 1.", "1 이상"),
    ({"days.0.slot_minutes": "2000"}, "days.0.slot_minutes", "At most 1,440.", "1,440 이하"),
    ({"days.0.gap_minutes": "-5"}, "days.0.gap_minutes", "At least 0.", "0 이상"),
    (
        {"days.0.slot_minutes": "400"},
        "days.0.end",
        "No meeting fits between start and end",
        "넣을 시간이 없습니다",
    ),
    ({"days.1.date": "2027-05-11"}, "days.1.date", "There is a day on 2027-05-11 already.", "이미 있는 날짜"),
    (
        {"days.0.pauses.0.end": "10:00"},
        "days.0.pauses.0.end",
        "The end has to come after",
        "시작 시간보다 뒤",
    ),
    ({"days.0.pauses.0.start": ""}, "days.0.pauses.0.start", "Fill this in.", "입력해 주십시오."),
    ({"days.0.sessions.1.start": "11:00"}, "days.0.sessions.1.start", "Overlaps “am”", "겹칠 수 없습니다"),
    ({"days.0.sessions.0.name": ""}, "days.0.sessions.0.name", "Fill this in.", "입력해 주십시오."),
    ({"rooms.1.name": ""}, "rooms.1.name", "Fill this in.", "입력해 주십시오."),
    ({"rooms.1.name": "Harbour"}, "rooms.1.name", "“Harbour” is there already", "이미 있습니다"),
    ({"rooms.1.tables": "0"}, "rooms.1.tables", "Give the number of tables", "테이블 수"),
    ({"rooms.1.tables": "some"}, "rooms.1.tables", "Give the number of tables", "테이블 수"),
    ({"rooms.1.tables": "1001"}, "rooms.1.tables", "Give the number of tables", "테이블 수"),
    ({"rooms.3.names": "Maple\nMaple"}, "rooms.3.names", "“Maple” is there already", "이미 있습니다"),
    ({"rooms.3.names": "Harbour-1"}, "rooms.3.names", "“Harbour-1” is there already", "이미 있습니다"),
    ({"rooms.3.names": "x" * 201}, "rooms.3.names", "At most 200 characters.", "200자까지"),
    (
        {"rooms.0.tracks": "clinical"},
        "rooms.0.tracks",
        "Clinical trials is no track of the event",
        "임상시험 트랙은",
    ),
    (
        {"rooms.2.closed.0.date": "2027-06-01"},
        "rooms.2.closed.0.date",
        "2027-06-01 is none of",
        "상담회 날짜가 아닙니다",
    ),
    (
        {"rooms.2.closed.0.end": "13:00"},
        "rooms.2.closed.0.end",
        "The end has to come after",
        "시작 시간보다 뒤",
    ),
    ({"interpreters.0.id": ""}, "interpreters.0.id", "Fill this in.", "입력해 주십시오."),
    (
        {"interpreters.1.id": "interpreter-1"},
        "interpreters.1.id",
        "“interpreter-1” is there",
        "이미 있습니다",
    ),
    (
        {"interpreters.0.languages": "Korean"},
        "interpreters.0.languages",
        "Name the two languages",
        "두 가지 이상",
    ),
    (
        {"interpreters.0.languages": "Korean, Klingonese"},
        "interpreters.0.languages",
        "“Klingonese” is not known",
        "알 수 없는 언어",
    ),
    (
        {"interpreters.2.unavailable.0.date": "2027-05-13"},
        "interpreters.2.unavailable.0.date",
        "2027-05-13 is none",
        "날짜가 아닙니다",
    ),
    ({"tracks": ""}, "tracks", "Choose at least one track.", "트랙을 하나 이상"),
    ({"tracks": "data"}, "rooms.0.tracks", "Investment is no track of the event", "투자 트랙은"),
    (
        {"event.timezone": "Mars/Olympus"},
        "event.timezone",
        "There is no time zone “Mars/Olympus”.",
        "시간대는 없습니다",
    ),
    ({"event.max_break_difference": "-1"}, "event.max_break_difference", "At least 0.", "0 이상"),
    (
        {"defaults.startup.min_meetings": "9"},
        "defaults.startup.min_meetings",
        "At least must not be more",
        "최소 횟수가",
    ),
    ({"defaults.partner.max_consecutive": "0"}, "defaults.partner.max_consecutive", "At least 1.", "1 이상"),
    ({"defaults.partner.priority": "heavy"}, "defaults.partner.priority", "Write a number.", "숫자를"),
    ({"defaults.partner.priority": "inf"}, "defaults.partner.priority", "Write a number.", "숫자를"),
    (
        {"defaults.partner.languages": "zz9"},
        "defaults.partner.languages",
        "“zz9” is not known",
        "알 수 없는 언어",
    ),
    ({"top": "0"}, "top", "At least 1.", "1 이상"),
    ({"top": "9999"}, "top", "At most 200.", "200 이하"),
    ({"wishes_until": "soon"}, "wishes_until", "Write a day and a time", "날짜와 시간을"),
]


@pytest.mark.parametrize(("typed", "field", "english", "korean"), FAULTS)
def test_a_fault_stands_at_its_field_in_the_readers_language(
    client: FlaskClient, service: Service, typed: dict[str, str], field: str, english: str, korean: str
) -> None:
    form = changed(fields(client)) | {name: [value] for name, value in typed.items()}
    for language, text in (("en", english), ("ko", korean)):
        status, html = send(client, form, language)
        assert status == 400
        at = html.find(f'id="n-f-{field}"') if "." in field or field in ("top", "wishes_until") else -1
        if at < 0:  # of ticks: beneath them
            at = html.index(f'name="{field}"')
        said = re.search(r'<p class="error"[^>]*>([^<]*)</p>', html[at - 30 :])
        assert said
        assert text in said[1], said[1]
        for name, value in typed.items():
            if "tracks" not in name and name != "event.timezone":
                assert value.split("\n", maxsplit=1)[0].replace("'", "&#39;") in html
    assert service.store.consultation(EVENT).revision == 1
    assert service.store.changes_made(event_id=EVENT)[1] == 0


def test_faults_of_whole_sections(client: FlaskClient) -> None:
    sent = fields(client)
    no_rooms = changed([each for each in sent if not each[0].startswith("rooms.")])
    assert "An event needs a room: add one." in send(client, no_rooms)[1]
    no_days = changed([each for each in sent if not each[0].startswith("days.")])
    assert "상담회에는 날짜가 필요합니다" in send(client, no_days, "ko")[1]
    untracked = changed(sent)
    untracked["tracks"] = ["investment", "market_entry", "ip", "data"]
    status, html = send(client, untracked)
    assert status == 400
    assert "No room takes the track Data" in html


def test_a_sentence_that_is_not_known_is_shown_as_it_is() -> None:
    with pytest.raises(ValidationError) as caught:
        DayPlan.model_validate({**record(), "colour": "blue"})
    details = caught.value.errors(include_url=False)
    assert sentence(details[0]) == "Extra inputs are not permitted"
    draft = draft_of(Consultation(plan=read_day_plan(DAY)))
    assert faults_of(caught.value, record(), names_of(draft)) == {"colour": "Extra inputs are not permitted"}


def test_names_of_fields_are_sentences() -> None:
    assert full_name("days.1.pauses.0.start") == "Day 2, pause 1: Start"
    assert full_name("defaults.startup.max_meetings") == "Startups: Meetings, at most"
    with use_language("ko"):
        assert full_name("rooms.0.tracks") == "상담실 1: 트랙"


def test_languages_are_read_in_both_languages() -> None:
    assert read_languages("Korean, 영어 / de; 일본어") == ["ko", "en", "de", "ja"]
    assert read_languages("") == []


# -- before saving -------------------------------------------------------------------------------


def test_the_preview_counts_slots_tables_and_meetings(client: FlaskClient, service: Service) -> None:
    plan = read_day_plan(DAY)
    shape = shape_of(plan)
    # Two days of 8 and 6 hours less 80 minutes each, in twenties; four tables are closed for an hour.
    assert [len(day.slots) for day in shape.days] == [20, 14]
    assert (shape.slots, shape.tables, shape.places) == (34, 19, 19 * 34 - 4 * 3)
    assert shape.most == shape.places
    html = page(client, f"/events/{EVENT}/setup")
    assert "<b>34</b>" in html
    assert f"<b>{shape.places}</b>" in html
    service.store.add_attendees(EVENT, ((each.id, each.side) for _entry, each in service.store.profiles()))
    shape = shape_of(plan, service.store.attendees(EVENT))
    assert shape.can == {"startup": 2 * 8, "partner": 4 * 8}
    assert shape.most == 16
    form = changed(fields(client), defaults__startup__max_meetings="3", do="check")
    status, html = send(client, form)
    assert status == 200
    assert "<b>6</b>" in html
    assert service.store.consultation(EVENT).revision == 1


def test_a_change_of_what_people_answered_is_said_before_it_is_saved(
    client: FlaskClient, service: Service
) -> None:
    store = service.store
    store.add_attendees(EVENT, ((each.id, each.side) for _entry, each in store.profiles()))
    heart = store.attendee(EVENT, "s-heart")
    store.save_attendee(heart.model_copy(update={"unavailable": ("d1-0900", "d2-1440")}))
    form = changed(fields(client), days__1__end="14:00")
    status, html = send(client, form | {"do": ["check"]}, "ko")
    assert "이미 받은 답변에 영향을 줍니다." in html
    status, html = send(client, form)
    assert status == 400
    assert "They have said that they cannot come at times that are changed: 하트사운드." in html
    assert "No longer there: Wed, May 12 14:00, Wed, May 12 14:20, Wed, May 12 14:40." in html
    assert store.consultation(EVENT).revision == 1
    assert send(client, form | {"do": ["save-all"]})[0] == 302
    assert str(store.consultation(EVENT).plan.days[1].end) == "14:00:00"


def test_effects_of_a_change() -> None:
    plan = read_day_plan(DAY)
    later = DayPlan.model_validate(
        {
            **record(),
            "days": [
                {**day, "date": f"2027-05-{at}"} for at, day in zip((11, 14), record()["days"], strict=True)
            ],
            "rooms": [{**room, "closed": []} for room in record()["rooms"]],
            "interpreters": [],
        }
    )
    nothing = effects_of(plan, plan, [], [])
    assert not nothing.any
    moved = effects_of(plan, later, [], [])
    assert (moved.gone, len(moved.moved), moved.new) == ((), 14, ())
    assert not moved.any  # nobody said anything yet


def test_two_who_save_at_once_lose_nothing(client: FlaskClient, service: Service) -> None:
    mine = changed(fields(client), event__name="Mine", top="9", rooms__3__names="Maple\r\nWillow")
    mine["tracks"] += ["data"]
    theirs = changed(fields(client), event__name="Theirs")
    assert send(client, theirs)[0] == 302
    status, html = send(client, mine)
    assert status == 409
    row = re.search(r"<th scope=\"row\">Name</th><td>([^<]*)</td><td>([^<]*)</td>", html)
    assert row
    assert row.groups() == ("Theirs", "Mine")
    shown = re.findall(r'<th scope="row">([^<]*)</th><td>([^<]*)</td><td>', html)
    assert [name for name, _value in shown] == ["Name", "Tracks", "Suggestions a startup"]
    assert shown[1][1] == "Investment, Intellectual property, Market entry"
    assert 'name="top" value="9"' in html
    assert service.store.consultation(EVENT).name == "Theirs"
    again = mine | {"revision": [re.search(r'name="revision" value="(\d+)"', html)[1]]}  # type: ignore[index]
    assert "No room takes the track Data" in send(client, again)[1]
    again["tracks"].remove("data")
    assert send(client, again)[0] == 302
    assert service.store.consultation(EVENT).name == "Mine"
    assert service.store.consultation(EVENT).top == 9


# -- new and removed -----------------------------------------------------------------------------


def new(client: FlaskClient, **more: str) -> tuple[int, str, str]:
    form = newevent.first_draft(read_day_plan(DAY).days[0].date) | {"name": "Korea–Boston day", **more}
    answer = client.post(
        "/events/new", data={"csrf_token": token(client), **form}, headers={"Accept-Language": "en"}
    )
    return answer.status_code, answer.headers.get("Location", ""), answer.text


def test_a_new_event_from_a_few_words(client: FlaskClient, service: Service) -> None:
    html = page(client, "/events/new", language="ko")
    zones = re.findall(r'<option value="([^"]+)"', html[html.index('name="timezone"') :])
    assert zones[:2] == ["Asia/Seoul", "America/New_York"]
    status, address, _html = new(client, date="2027-06-01", tables="3", slot_minutes="30")
    assert (status, address) == (302, "/events/korea-boston-day/setup")
    plan = service.store.consultation("korea-boston-day").plan
    assert len(slots_of(plan)) == 14  # eight hours less the lunch, in half hours
    assert [room.table_ids for room in plan.rooms] == [("Hall-1", "Hall-2", "Hall-3")]
    assert new(client)[1] == "/events/korea-boston-day-2/setup"
    assert new(client, name="보스턴 상담회", date="2027-06-02")[1] == "/events/event-2027-06-02/setup"
    assert "Korea–Boston day" in page(client, "/events")


def test_a_new_event_after_an_earlier_one(client: FlaskClient, service: Service) -> None:
    service.store.add_attendees(EVENT, [("s-heart", service.store.get("s-heart").side)])
    status, _address, _html = new(client, name="Next year", copy_of=EVENT, date="2028-05-09", people="1")
    assert status == 302
    plan, old = service.store.consultation("next-year").plan, service.store.consultation(EVENT).plan
    assert [str(day.date) for day in plan.days] == ["2028-05-09", "2028-05-10"]
    assert plan.rooms[2].closed[0].date == plan.days[1].date
    assert plan.defaults == old.defaults
    assert [each.profile_id for each in service.store.attendees("next-year")] == ["s-heart"]


@pytest.mark.parametrize(
    ("typed", "field", "text"),
    [
        ({"name": ""}, "name", "Give it a name."),
        ({"id": "a/b"}, "id", "Use up to 80 letters"),
        ({"id": "new"}, "id", "Use up to 80 letters"),
        ({"id": EVENT}, "id", "There is an event with this id already"),
        ({"date": ""}, "date", "Fill this in."),
        ({"end": "08:00"}, "end", "The end has to come after the start."),
        ({"slot_minutes": "x"}, "slot_minutes", "Write a whole number."),
        ({"tables": "0"}, "tables", "Give the number of tables"),
        ({"timezone": "Nowhere"}, "timezone", "There is no time zone"),
    ],
)
def test_faults_of_a_new_event(client: FlaskClient, typed: dict[str, str], field: str, text: str) -> None:
    status, _address, html = new(client, **typed)
    assert status == 400
    said = re.search(rf'id="n-f-{field}">([^<]*)<', html)
    assert said
    assert said[1].startswith(text)


def test_a_new_event_from_a_file(client: FlaskClient, service: Service) -> None:
    def upload(content: bytes, language: str = "en") -> Any:
        data = {"csrf_token": token(client), "file": (BytesIO(content), "day.json")}
        return client.post("/events/upload", data=data, headers={"Accept-Language": language})

    day = record()
    taken = upload(json.dumps(day).encode())
    assert taken.status_code == 400
    assert "There is an event with this id already" in taken.text
    day["event"]["id"] = "boston-2028"
    assert upload(json.dumps(day).encode()).headers["Location"] == "/events/boston-2028/setup"
    assert (
        service.store.consultation("boston-2028").plan.rooms == service.store.consultation(EVENT).plan.rooms
    )
    day["rooms"][0]["tables"], day["days"][0]["end"] = 0, "08:00"
    wrong = upload(json.dumps(day).encode(), "ko").text
    assert "<li>days.0.end: 끝나는 시간은" in wrong
    assert "<li>rooms.0.tables: 테이블 수" in wrong
    assert "The file is no JSON" in upload(b"{").text
    assert "Choose a file." in client.post("/events/upload", data={"csrf_token": token(client)}).text


def test_removing_asks_first(client: FlaskClient, service: Service) -> None:
    assert "cannot be brought back" in page(client, f"/events/{EVENT}/remove")
    form = {"csrf_token": token(client)}
    assert client.post(f"/events/{EVENT}/remove", data=form).status_code == 400
    assert service.store.consultation(EVENT)
    assert client.post(f"/events/{EVENT}/remove", data={**form, "sure": "1"}).headers["Location"] == "/events"
    with pytest.raises(UnknownError):
        service.store.consultation(EVENT)
    assert page(client, f"/events/{EVENT}/setup", 404)


# -- who may, and what is next ---------------------------------------------------------------------


def test_a_reader_sees_and_changes_nothing(app: Flask, client: FlaskClient, service: Service) -> None:
    reader = signed_in(app, Role.READER)
    form = changed(fields(client))
    html = page(reader, f"/events/{EVENT}/setup")
    assert re.search(r'<fieldset class="bare" disabled>', html)
    assert 'value="save"' not in html.replace('class="hidden" name="do" value="save"', "")
    assert "Remove this event" not in html
    form["csrf_token"] = [token(reader)]
    assert reader.post(f"/events/{EVENT}/setup", data=form).status_code == 403
    assert page(reader, f"/events/{EVENT}")
    assert page(reader, "/events")
    assert page(reader, "/events/new", 403)
    assert service.store.consultation(EVENT).revision == 1


def test_the_overview_says_what_is_next_and_who_has_nobody(client: FlaskClient, service: Service) -> None:
    html = page(client, f"/events/{EVENT}")
    steps = re.findall(r'<th scope="row">(?:<a [^>]*>)?([^<]+).*?class="status [a-z]+">([a-z]+)<', html)
    assert steps[:3] == [("Set-up", "done"), ("Attendees", "next"), ("Invitations", "later")]
    assert "once both sides have attendees" in html
    store = service.store
    store.add_attendees(EVENT, ((each.id, each.side) for _entry, each in store.profiles()))
    away = store.attendee(EVENT, "p-bank")
    store.save_attendee(
        away.model_copy(update={"unavailable": tuple(s.id for s in slots_of(read_day_plan(DAY)))})
    )
    html = page(client, f"/events/{EVENT}")
    assert re.search(r"away at every slot.*?/attendee/p-bank\">Northern Timber Capital</a>", html)
    steps = re.findall(r'<th scope="row">(?:<a [^>]*>)?([^<]+).*?class="status [a-z]+">([a-z]+)<', html)
    assert steps[1:3] == [("Attendees", "done"), ("Invitations", "next")]


def test_a_contradiction_leads_to_the_pair(client: FlaskClient, service: Service) -> None:
    store = service.store
    store.add_attendees(EVENT, ((each.id, each.side) for _entry, each in store.profiles()))
    heart = store.attendee(EVENT, "s-heart")
    store.save_attendee(heart.model_copy(update={"unavailable": ("d1-0900",)}))
    store.choose(
        Choice(
            event_id=EVENT,
            startup="s-heart",
            partner="p-law",
            by=By.ORGANISER,
            answer=Answer.CONFIRMED,
            slot="d1-0900",
        )
    )
    html = page(client, f"/events/{EVENT}", language="ko")
    line = re.search(r'<ul class="warnings">\s*<li>(.*?)</li>', html, re.DOTALL)
    assert line
    assert line[1].count("하트사운드") >= 2  # in the sentence, and for those who hear the link
    assert f'href="/events/{EVENT}/matches/pair?startup=s-heart&amp;partner=p-law"' in line[1]


def test_the_place_of_an_event_in_the_work(service: Service) -> None:
    store = service.store

    def place(day: str) -> str:
        event, now = store.consultation(EVENT), datetime.fromisoformat(f"{day}:00+00:00")
        return progress_of(store, event, now).place.value

    assert place("2027-04-01T00:00") == "set_up"
    store.add_attendees(EVENT, ((each.id, each.side) for _entry, each in store.profiles()))
    assert place("2027-04-01T00:00") == "wishes"
    closing = datetime(2027, 4, 20, 22, tzinfo=UTC)
    store.save_consultation(store.consultation(EVENT).model_copy(update={"wishes_until": closing}))
    assert (place("2027-04-20T21:59"), place("2027-04-20T22:00")) == ("wishes", "closed")
    version = store.keep_timetable(built(service, EVENT).event, Schedule(status="feasible"))
    assert place("2027-04-21T00:00") == "scheduled"
    store.publish(EVENT, version.number)
    # Nine in the morning in New York is 13:00 UTC; the last meeting ends at 15:00 of the second day.
    assert (place("2027-05-11T12:59"), place("2027-05-11T13:00")) == ("published", "today")
    assert (place("2027-05-12T18:59"), place("2027-05-12T19:00")) == ("today", "held")


def test_draft_and_record_are_inverse() -> None:
    event = Consultation(plan=read_day_plan(DAY))
    draft = draft_of(event)
    made, wrong = settle(deepcopy(draft), event)
    assert wrong == {}
    assert made is not None
    assert draft_of(made) == draft
    assert record_of(draft, EVENT)["event"]["id"] == EVENT


# -- in a browser ----------------------------------------------------------------------------------


@NEEDS_BROWSER
@pytest.mark.parametrize(("language", "phone"), [("ko-KR", True), ("en-US", False)])
def test_pages_are_accessible_and_fit(
    browser: Browser, service: Service, tmp_path: Path, language: str, phone: bool
) -> None:
    store = service.store
    store.add_attendees(EVENT, ((each.id, each.side) for _entry, each in store.profiles()))
    store.choose(
        Choice(event_id=EVENT, startup="s-heart", partner="p-law", by=By.PARTNER, answer=Answer.WANTED)
    )
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), service)
    paths = ["", "/setup", "/remove", "/attendees", "/attendees/add", "/attendee/s-heart", "/matches"]
    paths += ["/matches?view=list", "/matches/pair?startup=s-heart&partner=p-law"]
    with served(app) as site:
        watch = Watch(browser, site, language, phone=phone)
        for address in ("/events", "/events/new", *(f"/events/{EVENT}{path}" for path in paths)):
            watch.page.goto(address)
            assert Axe().run(watch.page).response["violations"] == [], address
            assert watch.width_over() <= 0, address
        watch.close()


@NEEDS_BROWSER
@pytest.mark.parametrize("scripts", [True, False])
def test_adding_a_room_and_saving_in_a_browser(
    browser: Browser, service: Service, tmp_path: Path, scripts: bool
) -> None:
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), service)
    with served(app) as site:
        watch = Watch(browser, site, "en-US", scripts=scripts)
        _add_a_room(watch, service, scripts)
        watch.close()


def _add_a_room(watch: Watch, service: Service, scripts: bool) -> None:
    page_ = watch.page
    page_.goto(f"/events/{EVENT}/setup")
    page_.locator("[name='event.name']").fill("With one room more")
    page_.get_by_role("button", name="Add a room").click()
    name = page_.locator("[name='rooms.4.name']")
    expect(name).to_have_value("Room 1")
    expect(name).to_be_focused()
    name.fill("Terrace")
    tables = page_.locator("[name='rooms.4.tables']")
    tables.fill("6")
    if scripts:  # the sum follows what is typed
        tables.blur()
        expect(page_.locator("#preview .sums b").nth(1)).to_have_text("25")
    page_.get_by_role("button", name="Save", exact=True).last.click()
    expect(page_.locator("#messages")).to_contain_text("Saved.")
    expect(page_.locator("[name='event.name']")).to_have_value("With one room more")
    assert service.store.consultation(EVENT).plan.rooms[4].table_ids[-1] == "Terrace-6"
