"""The JSON API: the whole work of a day through it, and how it answers what is wrong."""

from __future__ import annotations

import json
import re
import time
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import quote

import openpyxl
import pytest
from api_helpers import PLAN, Program, body, problem, program
from flask import Flask
from sqlalchemy import update
from web_helpers import ODD_ID, PROFILES, page, signed_in

from matcher.service import Service
from profiles.accounts import Role
from profiles.event import Event, Schedule
from profiles.store import Store
from profiles.tables import api_tokens
from web import create_app
from web.api.imports import XLSX
from web.settings import Settings

__all__ = ["PROFILES"]  # what the fixture ``service`` is made over

NEW = {
    "id": "kr-hearttone",
    "side": "startup",
    "kind": "startup",
    "name": "HeartTone",
    "about": "심전도 신호로 부정맥을 찾아내는 인공지능을 개발한다.",
    "seeks": ["A hospital for a clinical trial"],
    "country": "KR",
    "languages": ["ko", "en"],
}


def path_of(profile_id: str) -> str:
    """An id as a program writes it into a path."""
    return quote(profile_id.replace("~", "~0").replace("/", "~1"), safe="~")


@pytest.fixture
def organiser(app: Flask) -> Program:
    return program(app)


def event(organiser: Program, name: str, people: tuple[str, ...] = (), **more: Any) -> str:
    """An event of this name with some people."""
    plan = {**PLAN, "event": {**PLAN["event"], "id": name}}
    organiser.post("/events", {"plan": plan, **more}, 201)
    if people:
        organiser.post(f"/events/{path_of(name)}/attendees", {"profiles": people})
    return name


def finished(organiser: Program, number: int) -> Any:
    """A piece of work when it is over."""
    until = time.monotonic() + 120
    while (job := organiser.get(f"/jobs/{number}"))["state"] in ("waiting", "running"):
        assert time.monotonic() < until, job
        time.sleep(0.2)
    return job


# -- the whole work ------------------------------------------------------------------------------


def test_a_day_from_the_import_to_its_outcomes(app: Flask, organiser: Program) -> None:
    lines = "\n".join(json.dumps(each, ensure_ascii=False) for each in (NEW, {"id": "bad"}))
    sent = {"data": lines.encode(), "content_type": "application/jsonl"}
    looked = organiser.sent("POST", "/imports?dry_run=true", **sent)
    assert looked["applied"] is False
    organiser.get("/profiles/kr-hearttone", 404)
    done = organiser.sent("POST", "/imports", **sent)
    assert (done["applied"], done["added"], done["rejected"]) == (True, 1, 1)
    assert [(row["row"], row["result"], row["id"]) for row in done["rows"]] == [
        (1, "added", "kr-hearttone"),
        (2, "rejected", None),
    ]
    assert {each["field"] for each in done["rows"][1]["problems"]} == {"name", "side"}

    listed = organiser.get("/profiles/kr-hearttone/matches?top=3")
    assert [match["rank"] for match in listed["matches"]] == [1, 2, 3]
    best = listed["matches"][0]
    assert best["score"] == pytest.approx(sum(part["points"] for part in best["parts"]), abs=0.02)
    why = organiser.get(f"/pairs?startup=kr-hearttone&partner={best['partner']}")
    assert why["match"]["score"] == best["score"]

    name = event(organiser, "walk", ("vaxo", "brainy", "kr-hearttone", "pharmo", "clinic", "lawyers"))
    organiser.put(
        f"/events/{name}/attendees/pharmo", {"unavailable": ["d1-0900"], "terms": {"max_meetings": 2}}
    )
    organiser.put(f"/events/{name}/wishes/vaxo/pharmo/startup", {"answer": "wanted"})
    organiser.put(f"/events/{name}/wishes/vaxo/pharmo/partner", {"answer": "wanted"})
    organiser.put(f"/events/{name}/wishes/vaxo/clinic/organiser", {"answer": "never", "comment": "rivals"})
    made = Event.model_validate(organiser.get(f"/events/{name}/event"))
    states = {pair.key: pair.state.value for pair in made.pairs}
    assert (states["vaxo", "pharmo"], states["vaxo", "clinic"]) == ("accepted", "declined")
    assert next(each for each in made.participants if each.id == "pharmo").unavailable == ("d1-0900",)

    started = organiser.ask("POST", f"/events/{name}/schedules", json={"seconds": 20})
    assert started.status_code == 202
    assert started.headers["Location"] == f"/api/v1/jobs/{body(started)['number']}"
    job = finished(organiser, body(started)["number"])
    assert (job["state"], job["status"], job["version"]) == ("done", "optimal", 1), job
    problem(organiser.ask("POST", f"/jobs/{job['number']}/stop", json={}), 409)
    found = Schedule.model_validate(organiser.get(f"/events/{name}/versions/1"))
    assert ("vaxo", "pharmo") in {meeting.key for meeting in found.meetings}
    assert Event.model_validate(organiser.get(f"/events/{name}/versions/1/event")) == made

    startup = program(app, Role.STARTUP, "vaxo")
    assert startup.get(f"/events/{name}/agenda/vaxo")["meetings"] == []
    shown = organiser.post(f"/events/{name}/publish", {"version": 1})
    assert shown["published"] == 1
    agenda = startup.get(f"/events/{name}/agenda/vaxo")
    assert "pharmo" in {meeting["partner"] for meeting in agenda["meetings"]}
    starts = [meeting["slot"]["start"] for meeting in agenda["meetings"]]
    assert starts == sorted(starts)

    noted = organiser.put(
        f"/events/{name}/outcomes/vaxo/pharmo/organiser", {"result": "agreement", "amount_usd": 2e6}
    )
    assert (noted["held"], noted["amount_usd"]) == (True, 2e6)
    assert {"met", "agreement"} <= {
        each["outcome"] for each in organiser.get("/outcomes")["items"] if each["startup"] == "vaxo"
    }
    organiser.put(
        f"/events/{name}/outcomes/vaxo/pharmo/organiser", {"held": False, "result": "follow_up"}, 422
    )

    trail, _total = app.extensions["roundtable"].store.changes_made(event_id=name)
    done_actions = {entry.action for entry in trail}
    assert {
        "api.add_event",
        "api.put_wish",
        "api.start_schedule",
        "api.publish",
        "api.put_note",
    } <= done_actions
    assert {entry.detail["token"] for entry in trail if entry.action.startswith("api.")} == {"test"}


def test_a_timetable_made_elsewhere_is_checked(organiser: Program) -> None:
    name = event(organiser, "elsewhere", ("vaxo", "brainy", "pharmo", "clinic"))
    meetings = [
        {"startup": "vaxo", "partner": "pharmo", "slot": "d1-0900", "table": "Harbour-1"},
        {"startup": "brainy", "partner": "pharmo", "slot": "d1-0900", "table": "Harbour-2"},
    ]
    schedule = {"status": "feasible", "meetings": meetings}
    answer = organiser.ask("POST", f"/events/{name}/versions", json={"schedule": schedule})
    assert answer.status_code == 422
    assert body(answer)["error"]["code"] == "faults"
    assert "representatives" in {fault["rule"] for fault in body(answer)["faults"]}
    assert organiser.get(f"/events/{name}/versions")["total"] == 0
    kept = organiser.post(f"/events/{name}/versions?force=true", {"schedule": schedule}, 201)
    assert (kept["version"], kept["meetings"], bool(kept["faults"])) == (1, 2, True)
    # What nobody could show is not kept in any case.
    lost = {**schedule, "meetings": [{**meetings[0], "table": "nowhere"}]}
    organiser.post(f"/events/{name}/versions?force=true", {"schedule": lost}, 422)
    organiser.post(f"/events/{name}/publish", {"version": 7}, 422)
    organiser.get(f"/events/{name}/versions/7", 404)


def test_a_startup_that_is_not_stored(organiser: Program, app: Flask) -> None:
    asked = {"profile": {"about": "We make a vaccine with CRM197 carrier protein."}, "top": 2}
    reader = program(app, Role.READER, can_write=False)
    before = organiser.get("/profiles")["total"]
    assert len(reader.post("/matches", asked)["matches"]) == 2
    assert organiser.get("/profiles")["total"] == before
    error = problem(organiser.ask("POST", "/matches", json={"profile": {"name": "X"}}), 422)
    assert error["field"] == "profile.about"


def test_lists_of_partners_that_differ_may_be_empty(organiser: Program) -> None:
    found = organiser.get("/profiles/vaxo/matches?kind=consultancy&diversity=0.5")
    assert (found["candidates"], found["matches"]) == (0, [])


# -- profiles ------------------------------------------------------------------------------------


def test_profiles_are_put_read_and_removed(organiser: Program) -> None:
    record = {**NEW, "id": "kr-put", "name": "Put"}
    made = organiser.ask("PUT", "/profiles/kr-put", json=record)
    assert (made.status_code, made.headers["Location"]) == (201, "/api/v1/profiles/kr-put")
    assert organiser.get("/profiles/kr-put") == made.json
    again = organiser.put("/profiles/kr-put", {**body(made), "city": "Seoul"})
    assert again["city"] == "Seoul"
    assert problem(organiser.ask("PUT", "/profiles/other", json=record), 422)["field"] == "id"
    assert problem(organiser.ask("PUT", "/profiles/kr-put", json={**record, "country": "XX"}), 422)["field"]
    wrong = {**record, "kind": "hospital"}
    assert problem(organiser.ask("PUT", "/profiles/kr-put", json=wrong), 422)["field"] == "kind"
    event(organiser, "keeps", ("kr-put", "pharmo"))
    problem(organiser.ask("DELETE", "/profiles/kr-put"), 409)
    organiser.delete("/events/keeps/attendees/kr-put")
    organiser.delete("/profiles/kr-put")
    organiser.get("/profiles/kr-put", 404)


def test_an_id_may_hold_anything(organiser: Program) -> None:
    assert organiser.get(f"/profiles/{path_of(ODD_ID)}")["id"] == ODD_ID
    assert organiser.get(f"/profiles/{path_of(ODD_ID)}/matches?top=1")["id"] == ODD_ID
    name = event(organiser, "a~1/b ~0", (ODD_ID, "clinic"))
    assert organiser.get(f"/events/{path_of(name)}")["id"] == name
    wish = f"/events/{path_of(name)}/wishes/{path_of(ODD_ID)}/clinic/startup"
    assert organiser.put(wish, {"answer": "maybe"})["startup"] == ODD_ID
    made = organiser.ask("GET", f"/events/{path_of(name)}")
    assert made.headers["Location"] == f"/api/v1/events/{path_of(name)}"


def test_all_pages_of_a_list_hold_everything_once(organiser: Program) -> None:
    found, address = [], "/profiles?q=fund&per_page=7"
    while address:
        answer = organiser.ask("GET", address)
        found += [each["id"] for each in body(answer)["items"]]
        after = re.search(r'<([^>]+)>; rel="next"', answer.headers["Link"])
        address = after[1].removeprefix("/api/v1") if after else ""
    assert found == sorted(each.id for each in PROFILES if each.id.startswith("fund"))
    beyond = organiser.get("/profiles?q=fund&per_page=7&page=99")
    assert (beyond["items"], beyond["total"], beyond["page"]) == ([], 30, 99)


def test_lists_are_narrowed(organiser: Program) -> None:
    found = organiser.get("/profiles?side=partner&kind=pharma&country=US")["items"]
    assert [each["id"] for each in found] == ["pharmo"]


# -- events --------------------------------------------------------------------------------------


def test_nobodys_change_of_an_event_is_lost(organiser: Program) -> None:
    name = event(organiser, "shared")
    seen = organiser.ask("GET", f"/events/{name}")
    tag = seen.headers["ETag"]
    change = {"plan": body(seen)["plan"], "top": 5}
    first = organiser.ask("PUT", f"/events/{name}", json=change, headers={"If-Match": tag})
    assert (first.status_code, body(first)["top"]) == (200, 5)
    assert first.headers["ETag"] != tag
    late = organiser.ask("PUT", f"/events/{name}", json={**change, "top": 9}, headers={"If-Match": tag})
    assert problem(late, 412)["code"] == "changed"
    for odd in (",", "W/" + first.headers["ETag"], ""):
        problem(organiser.ask("PUT", f"/events/{name}", json=change, headers={"If-Match": odd}), 412)
    problem(organiser.ask("DELETE", f"/events/{name}", headers={"If-Match": tag}), 412)
    assert organiser.get(f"/events/{name}")["top"] == 5
    assert organiser.put(f"/events/{name}", change)["plan"] == body(seen)["plan"]
    organiser.delete(f"/events/{name}", headers={"If-Match": "*"})
    organiser.get(f"/events/{name}", 404)


def test_what_is_wrong_with_an_event_is_said_at_its_field(organiser: Program) -> None:
    def field(**changed: Any) -> str:
        answer = organiser.ask("POST", "/events", json={"plan": {**PLAN, **changed}})
        return str(problem(answer, 422)["field"])

    assert field(event={"id": "x", "timezone": "Mars/Base"}) == "plan.event.timezone"
    assert field(days=[{**PLAN["days"][0], "end": "08:00"}]) == "plan.days.0.end"
    assert field(days=[{**PLAN["days"][0], "date": "9999-12-31"}]) == "plan.days.0.date"
    assert field(rooms=[]) == "plan.rooms"
    assert field(surprise=1) == "plan.surprise"
    event(organiser, "twice")
    again = {"plan": {**PLAN, "event": {"id": "twice"}}}
    assert problem(organiser.ask("POST", "/events", json=again), 409)["field"] == "plan.event.id"
    naive = {"plan": {**PLAN, "event": {"id": "naive"}}, "wishes_until": "2027-05-01T18:00:00"}
    assert problem(organiser.ask("POST", "/events", json=naive), 422)["field"] == "wishes_until"


def test_moments_are_kept_in_utc(organiser: Program) -> None:
    name = event(organiser, "moment", wishes_until="2027-05-01T18:00:00+09:00")
    assert organiser.get(f"/events/{name}")["wishes_until"] == "2027-05-01T09:00:00Z"


def test_an_event_without_people_cannot_be_scheduled(organiser: Program) -> None:
    name = event(organiser, "empty")
    problem(organiser.ask("GET", f"/events/{name}/event"), 409)
    problem(organiser.ask("POST", f"/events/{name}/schedules", json={}), 409)


@pytest.mark.parametrize(
    ("by", "said", "field"),
    [
        ("startup", {"answer": "must"}, "answer"),
        ("organiser", {"answer": "confirmed"}, "slot"),
        ("organiser", {"answer": "confirmed", "slot": "d9-0900"}, "slot"),
        ("organiser", {"answer": "confirmed", "slot": "d1-0900", "table": "nowhere"}, "table"),
        ("organiser", {"answer": "must", "slot": "d1-0900"}, "slot"),
        ("startup", {"answer": "wanted", "track": "clinical"}, "track"),
        ("startup", {"answer": "perhaps"}, "answer"),
        ("startup", {}, "answer"),
    ],
)
def test_wishes_that_cannot_be(organiser: Program, by: str, said: Any, field: str) -> None:
    if organiser.ask("GET", "/events/wishful").status_code == 404:
        event(organiser, "wishful", ("vaxo", "pharmo"))
    address = f"/events/wishful/wishes/vaxo/pharmo/{by}"
    assert problem(organiser.ask("PUT", address, json=said), 422)["field"] == field
    organiser.get(address, 404)


def test_wishes_are_kept_and_taken_back(organiser: Program) -> None:
    name = event(organiser, "wishes", ("vaxo", "brainy", "pharmo"))
    address = f"/events/{name}/wishes/vaxo/pharmo/organiser"
    said = {"answer": "confirmed", "slot": "d1-0900", "table": "Harbour-1"}
    kept = organiser.put(address, said)
    assert organiser.get(address) == kept
    assert kept["table"] == "Harbour-1"
    organiser.put(f"/events/{name}/wishes/brainy/pharmo/partner", {"answer": "never"})
    assert organiser.get(f"/events/{name}/wishes")["total"] == 2
    assert organiser.get(f"/events/{name}/wishes?profile=brainy")["total"] == 1
    assert organiser.get(f"/events/{name}/wishes?by=organiser")["items"] == [kept]
    organiser.put(f"/events/{name}/wishes/pharmo/vaxo/startup", {"answer": "wanted"}, 404)
    organiser.put(f"/events/{name}/wishes/vaxo/clinic/startup", {"answer": "wanted"}, 404)
    organiser.delete(address)
    organiser.delete(address, 404)


# -- what is sent --------------------------------------------------------------------------------


def test_requests_that_cannot_be_read(organiser: Program) -> None:
    def code(answer_to: tuple[str, str], status: int, **sent: Any) -> tuple[str, Any, Any]:
        error = problem(organiser.ask(*answer_to, **sent), status)
        return error["code"], error["field"], error["row"]

    add = ("POST", "/events")
    assert code(add, 400, data='{"a":\n 1,}', content_type="application/json") == ("bad_json", None, 2)
    assert code(add, 400, data=b'"\xff"', content_type="application/json")[0] == "bad_json"
    assert code(add, 400, data='"\\ud800"', content_type="application/json")[0] == "bad_json"
    assert code(add, 400, data="", content_type="application/json")[0] == "bad_json"
    assert code(add, 415, data="{}", content_type="text/plain")[0] == "wrong_media_type"
    assert code(add, 415, data="{}")[0] == "wrong_media_type"
    assert code(add, 422, json=[])[0] == "invalid"
    assert code(("PUT", "/profiles/n"), 422, json={**NEW, "id": "n", "about": "a\0b"}) == (
        "invalid",
        "about",
        None,
    )
    large = {**NEW, "about": "x" * 2**20}
    assert code(("PUT", "/profiles/kr-hearttone"), 413, json=large)[0] == "too_large"
    assert code(("GET", "/profiles?size=3"), 400)[1] == "size"
    assert code(("GET", "/profiles?page=1&page=2"), 400)[1] == "page"
    assert code(("GET", "/profiles?per_page=1_0"), 400)[1] == "per_page"
    assert code(("GET", "/profiles?per_page=0"), 400)[1] == "per_page"
    assert code(("GET", "/profiles?q=%00"), 400)[0] == "invalid"
    assert code(("GET", "/profiles/vaxo/matches?diversity=nan"), 400)[1] == "diversity"
    assert code(("GET", "/profiles/vaxo/matches?spread=yes"), 400)[1] == "spread"
    assert code(("GET", "/profiles/pharmo/matches?diversity=0.5"), 400)[0] == "invalid"
    assert code(("GET", "/me?x=1"), 400)[1] == "x"
    assert code(("GET", "/profiles/a%00b"), 404)[0] == "not_found"
    assert code(("GET", "/jobs/99999999999999999999"), 404)[0] == "not_found"
    assert code(("GET", "/nothing"), 404)[0] == "not_found"
    assert code(("PATCH", "/profiles/vaxo"), 405)[0] == "wrong_method"
    assert organiser.ask("PATCH", "/profiles/vaxo").headers["Allow"]


def test_elsewhere_what_is_not_there_is_a_page(app: Flask) -> None:
    answer = signed_in(app).get("/nothing")
    assert (answer.status_code, answer.mimetype) == (404, "text/html")


def test_an_import_may_be_larger_than_other_requests(organiser: Program) -> None:
    rows = "\n".join(f"x{number},startup,Name {number},{'a' * 300}" for number in range(4000))
    sent = {"data": f"id,side,name,about\n{rows}", "content_type": "text/csv"}
    assert len(sent["data"]) > 2**20
    done = organiser.ask("POST", "/imports?dry_run=true", **sent)
    assert (done.status_code, body(done)["added"], body(done)["rows"][0]["row"]) == (200, 4000, 2)


def test_a_workbook_is_imported_as_it_is(organiser: Program) -> None:
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    sheet.title = "스타트업"
    for row in (
        ["기업명", "회사소개", "투자유치 희망금액"],
        ["하트톤", "심전도를 읽는다.", "20억원"],
        ["", "이름이 없다", ""],
    ):
        sheet.append(row)
    data = BytesIO()
    book.save(data)
    answer = organiser.ask("POST", "/imports?dry_run=true", data=data.getvalue(), content_type=XLSX)
    assert [(row["sheet"], row["row"], row["result"]) for row in body(answer)["rows"]] == [
        ("스타트업", 2, "added"),
        ("스타트업", 3, "rejected"),
    ]


def test_a_strict_import_applies_nothing_with_a_bad_row(organiser: Program) -> None:
    data = "id,name,about\nok-1,Fine,We do things\n,,nameless\n"
    answer = organiser.ask("POST", "/imports?strict=true&side=startup", data=data, content_type="text/csv")
    assert (body(answer)["applied"], body(answer)["added"], body(answer)["rejected"]) == (False, 1, 1)
    organiser.get("/profiles/ok-1", 404)
    broken = organiser.ask("POST", "/imports", data="%PDF-1.4", content_type="text/csv")
    assert problem(broken, 422)["code"] == "unreadable"


# -- tokens --------------------------------------------------------------------------------------


def test_only_a_token_in_force_opens_anything(app: Flask) -> None:
    store: Store = app.extensions["roundtable"].store
    account = store.add_account(Role.READER, "Temporary")
    secret, made = store.make_token(account.number, "mine", can_write=True)
    assert Program(app, secret).get("/me") == {
        "name": "Temporary",
        "role": "reader",
        "profile_id": None,
        "token": "mine",
        "can_write": True,
    }
    store.revoke_token(account.number, made.number)
    for token in (secret, None, "rt_guessed"):
        answer = Program(app, token).ask("GET", "/me")
        assert problem(answer, 401)["code"] == "no_token"
        assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    other, _record = store.make_token(account.number, "other", can_write=True)
    store.change_account(account.number, disabled=True)
    problem(Program(app, other).ask("GET", "/me"), 401)


def test_a_session_counts_for_nothing(app: Flask) -> None:
    browser = signed_in(app)
    page(browser, "/events")
    assert browser.get("/api/v1/me").status_code == 401
    assert browser.put("/api/v1/profiles/kr-x", json={**NEW, "id": "kr-x"}).status_code == 401


def test_a_token_that_reads_only_changes_nothing(app: Flask) -> None:
    careful = program(app, can_write=False)
    assert careful.get("/profiles")["total"]
    answer = careful.ask("DELETE", "/profiles/vaxo")
    assert problem(answer, 403)["code"] == "token_reads_only"


def test_when_a_token_was_used_is_written_once_a_minute(app: Flask) -> None:
    store: Store = app.extensions["roundtable"].store
    account = store.add_account(Role.READER, "Often")
    secret, made = store.make_token(account.number, "often", can_write=False)

    def used() -> datetime | None:
        return next(
            each.last_used_at for each in store.tokens_of(account.number) if each.number == made.number
        )

    assert used() is None
    Program(app, secret).get("/me")
    first = used()
    assert first is not None
    Program(app, secret).get("/me")
    assert used() == first
    with store.engine.begin() as connection:
        earlier = datetime.now(UTC) - timedelta(minutes=2)
        connection.execute(
            update(api_tokens).where(api_tokens.c.pk == made.number).values(last_used_at=earlier)
        )
    Program(app, secret).get("/me")
    after = used()
    assert after is not None
    assert after > first


def test_requests_of_a_token_are_counted(app: Flask) -> None:
    app.config["API_RATE"] = "3 per minute"
    hasty, calm = program(app, Role.READER), program(app, Role.READER)
    for address in ("/me", "/profiles", "/events"):
        hasty.get(address)
    answer = hasty.ask("GET", "/outcomes")
    assert problem(answer, 429)["code"] == "too_many_requests"
    assert 0 < int(answer.headers["Retry-After"]) <= 60
    calm.get("/me")


# -- what an answer does not tell ----------------------------------------------------------------


def test_a_broken_database_is_not_described(tmp_path: Any, service: Service) -> None:
    broken = Store.open(f"sqlite:///{tmp_path / 'secret-place.db'}")
    app = create_app(
        Settings(data_dir=tmp_path, secret_key="k" * 40),
        Service(broken, service._encoder, tmp_path / "index", lambda _line: None, lambda *_progress: None),
    )
    organiser = program(app)
    with broken.engine.begin() as connection:
        connection.exec_driver_sql("DROP TABLE profiles")
    answer = organiser.ask("GET", "/profiles")
    assert problem(answer, 503)["code"] == "not_ready"
    assert "secret-place" not in answer.text
    assert "profiles" not in body(answer)["error"]["message"]
    broken.close()
