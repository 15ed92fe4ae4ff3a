"""Who may do what through the API: every operation asked by every role, and what each gets to see."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

import pytest
from api_helpers import PLAN, Program, problem, program
from flask import Flask
from web_helpers import ODD_ID, PROFILES

from matcher.service import Service
from profiles.accounts import Role
from profiles.consultations import By, Choice, Consultation, Note, OwnTerms
from profiles.dayplan import DayPlan
from profiles.event import Meeting, Schedule
from profiles.importers.wishes import Answer
from profiles.job_store import JobState
from profiles.store import Store
from web.api.operations import OPERATIONS
from web.consulting import built

__all__ = ["PROFILES"]  # what the fixture ``service`` is made over

PEOPLE = ("vaxo", "brainy", "pharmo", "clinic")
ROLES = ("nobody", "organiser", "careful", "reader", "own", "rival", "stranger", "partner")
"""``own`` is the startup and ``partner`` the partner that the addresses below speak of, ``rival`` another
startup that takes part, ``stranger`` one that does not; ``careful`` an organiser's token that only reads."""

EVERYBODY: Mapping[str, int] = dict.fromkeys(ROLES[1:], 200)
ONLOOKERS: Mapping[str, int] = {"organiser": 200, "careful": 200, "reader": 200}
OWN: Mapping[str, int] = {**ONLOOKERS, "own": 200, "rival": 404, "stranger": 404, "partner": 404}
BOTH: Mapping[str, int] = {**OWN, "partner": 200}
ATTENDEES: Mapping[str, int] = {**BOTH, "rival": 200}


def changed(found: Mapping[str, int], **more: int) -> Mapping[str, int]:
    """For what is changed: tokens that only read are refused."""
    return {**found, "careful": 403, "reader": 403, **more}


PROFILE = next(each for each in PROFILES if each.id == "vaxo").model_dump(mode="json")
ORGANISER = changed({"organiser": 200})
MET = {"startup": "vaxo", "partner": "pharmo", "outcome": "met", "date": "2027-05-11"}
TABLE: Mapping[str, tuple[str, dict[str, Any], Mapping[str, int]]] = {
    "get_me": ("/me", {}, EVERYBODY),
    "list_profiles": ("/profiles", {}, ONLOOKERS),
    "get_profile": ("/profiles/vaxo", {}, OWN),
    "put_profile": ("/profiles/vaxo", {"json": PROFILE}, changed(OWN)),
    "delete_profile": ("/profiles/fund 01", {}, changed({"organiser": 204})),
    "import_profiles": (
        "/imports?dry_run=true",
        {"data": '{"id": "x", "side": "startup", "name": "X"}', "content_type": "application/jsonl"},
        ORGANISER,
    ),
    "list_matches": ("/profiles/vaxo/matches?top=1", {}, OWN),
    "match_unstored": ("/matches", {"json": {"profile": {"about": "vaccines"}, "top": 1}}, ONLOOKERS),
    "get_pair": ("/pairs?startup=vaxo&partner=pharmo", {}, {**OWN, "partner": 403}),
    "list_events": ("/events", {}, EVERYBODY),
    "add_event": (
        "/events",
        {"json": {"plan": {**PLAN, "event": {"id": "another"}}}},
        changed({"organiser": 201}),
    ),
    "get_event": ("/events/boston", {}, ONLOOKERS),
    "put_event": ("/events/boston", {"json": {"plan": PLAN}}, ORGANISER),
    "delete_event": ("/events/other", {}, changed({"organiser": 204})),
    "list_slots": ("/events/boston/slots", {}, ATTENDEES),
    "get_solver_event": ("/events/boston/event", {}, ONLOOKERS),
    "list_attendees": ("/events/boston/attendees", {}, ONLOOKERS),
    "add_attendees": ("/events/boston/attendees", {"json": {"profiles": ["lawyers"]}}, ORGANISER),
    "get_attendee": ("/events/boston/attendees/vaxo", {}, OWN),
    "put_attendee": ("/events/boston/attendees/vaxo", {"json": {"unavailable": []}}, ORGANISER),
    "put_availability": (
        "/events/boston/attendees/vaxo/availability",
        {"json": {"unavailable": ["d1-0900"]}},
        changed(OWN),
    ),
    "delete_attendee": ("/events/boston/attendees/clinic", {}, changed({"organiser": 204})),
    "get_agenda": ("/events/boston/agenda/vaxo", {}, OWN),
    "list_wishes": ("/events/boston/wishes", {}, ATTENDEES),
    "get_wish": ("/events/boston/wishes/vaxo/pharmo/startup", {}, BOTH),
    "put_wish": (
        "/events/boston/wishes/vaxo/pharmo/startup",
        {"json": {"answer": "wanted"}},
        changed(OWN, partner=403),
    ),
    "delete_wish": (
        "/events/boston/wishes/vaxo/pharmo/startup",
        {},
        changed({**OWN, "organiser": 204, "own": 204}, partner=403),
    ),
    "start_schedule": ("/events/boston/schedules", {"json": {"seconds": 5}}, changed({"organiser": 202})),
    "get_job": ("/jobs/{job}", {}, ONLOOKERS),
    "stop_job": ("/jobs/{job}/stop", {"json": {}}, changed({"organiser": 409})),
    "list_versions": ("/events/boston/versions", {}, ONLOOKERS),
    "get_version": ("/events/boston/versions/1", {}, ONLOOKERS),
    "get_version_event": ("/events/boston/versions/1/event", {}, ONLOOKERS),
    "add_version": (
        "/events/boston/versions?force=true",
        {"json": {"schedule": {"status": "feasible"}}},
        changed({"organiser": 201}),
    ),
    "publish": ("/events/boston/publish", {"json": {"version": 1}}, ORGANISER),
    "list_notes": ("/events/boston/outcomes", {}, ATTENDEES),
    "put_note": (
        "/events/boston/outcomes/vaxo/pharmo/startup",
        {"json": {"text": "later"}},
        # The sides note what has begun; see below for a meeting that has.
        changed({**OWN, "own": 409}, partner=403),
    ),
    "get_summary": ("/events/boston/summary", {}, ONLOOKERS),
    "list_outcomes": ("/outcomes", {}, ONLOOKERS),
    "add_outcomes": (
        "/outcomes",
        {
            "json": {
                "outcomes": [{"startup": "vaxo", "partner": "pharmo", "outcome": "met", "date": "2027-05-11"}]
            }
        },
        ORGANISER,
    ),
}
"""Operation -> address, what is sent, and role -> status; 403 for whoever is not named."""


def prepare(service: Service, plan: Mapping[str, Any] = PLAN) -> int:
    """A day with wishes, notes and a published timetable; gives back the number of a job that is over."""
    store = service.store
    wait(store)
    for each in store.consultations():
        store.remove_consultation(each.id)
    event = str(plan["event"]["id"])
    other = {**plan, "event": {"id": "other", "timezone": "UTC"}}
    for frame in (plan, other):
        store.add_consultation(Consultation(plan=DayPlan.model_validate(frame)))
    store.add_attendees(event, ((each.id, each.side) for each in PROFILES if each.id in PEOPLE))
    said = {
        ("vaxo", "pharmo", By.STARTUP): (Answer.WANTED, "our comment"),
        ("vaxo", "clinic", By.STARTUP): (Answer.NEVER, ""),
        ("brainy", "pharmo", By.STARTUP): (Answer.MAYBE, ""),
        ("brainy", "clinic", By.STARTUP): (Answer.WANTED, ""),
        ("brainy", "clinic", By.PARTNER): (Answer.NEVER, ""),
        ("vaxo", "pharmo", By.ORGANISER): (Answer.MUST, "they know each other"),
    }
    store.choose_all(
        [
            Choice(event_id=event, startup=startup, partner=partner, by=by, answer=answer, comment=comment)
            for (startup, partner, by), (answer, comment) in said.items()
        ]
    )
    for by in By:
        store.keep_note(Note(event_id=event, startup="vaxo", partner="pharmo", by=by, text=f"{by}'s note"))
    meetings = (
        Meeting(startup="vaxo", partner="pharmo", slot="d1-0900", table="Harbour-1"),
        Meeting(startup="brainy", partner="clinic", slot="d1-0900", table="Harbour-2"),
    )
    made = built(service, event).event
    version = store.keep_timetable(made, Schedule(status="feasible", meetings=meetings), "by hand")
    store.publish(event, version.number)
    job = store.add_job(event, "schedule", {})
    store.finish_job(job.number, JobState.DONE, {"status": "optimal", "version": 1})
    return job.number


@pytest.fixture
def asking(app: Flask) -> dict[str, Program]:
    """A program of each role."""
    return {
        "nobody": Program(app, None),
        "organiser": program(app),
        "careful": program(app, can_write=False),
        "reader": program(app, Role.READER),
        "own": program(app, Role.STARTUP, "vaxo"),
        "rival": program(app, Role.STARTUP, "brainy"),
        "stranger": program(app, Role.STARTUP, ODD_ID),
        "partner": program(app, Role.PARTNER, "pharmo"),
    }


@pytest.mark.usefixtures("app")
def test_the_table_names_every_operation() -> None:
    assert set(TABLE) == {each.name for each in OPERATIONS if each.may is not None}
    assert [each.name for each in OPERATIONS if each.may is None] == ["get_document"]


@pytest.mark.parametrize("name", TABLE)
def test_who_may(name: str, asking: dict[str, Program], service: Service) -> None:
    method = next(each.method for each in OPERATIONS if each.name == name)
    address, sent, allowed = TABLE[name]
    job = prepare(service)
    before = state(service.store)
    for role in ROLES:
        answer = asking[role].ask(method, address.format(job=job), **sent)
        expected = 401 if role == "nobody" else allowed.get(role, 403)
        assert answer.status_code == expected, (role, answer.text)
        if expected >= 400:
            problem(answer, expected)
            assert state(service.store) == before, role
        elif method != "GET":  # it was changed, as it should be
            job = prepare(service)
            before = state(service.store)
    if name == "delete_profile":
        service.store.apply(PROFILES)


def state(store: Store) -> list[Any]:
    """All that requests could change."""
    return [
        store.identity(),
        [store.consultation(each.id) for each in store.consultations()],
        store.attendees("boston"),
        store.choices("boston"),
        store.notes("boston"),
        store.timetables("boston"),
        store.outcomes(),
        store.newest_job("boston"),
    ]


def wait(store: Store) -> None:
    """Let work in the background end."""
    until = time.monotonic() + 120
    while (job := store.newest_job("boston")) is not None and not job.state.is_over:
        assert time.monotonic() < until
        time.sleep(0.2)


# -- what each gets to see -----------------------------------------------------------------------


def test_sides_see_wishes_as_on_their_pages(asking: dict[str, Program], service: Service) -> None:
    prepare(service)

    names = ("startup", "partner", "by", "answer", "comment")

    def seen(role: str) -> set[tuple[str, ...]]:
        found = asking[role].get("/events/boston/wishes")["items"]
        return {tuple(each[name] for name in names) for each in found}

    assert seen("own") == {
        ("vaxo", "pharmo", "startup", "wanted", "our comment"),
        ("vaxo", "clinic", "startup", "never", ""),
    }
    # A request is seen without its comment; maybe, never and the organiser's word are not.
    assert seen("partner") == {("vaxo", "pharmo", "startup", "wanted", "")}
    # That somebody declined is the answer to a request.
    assert ("brainy", "clinic", "partner", "never", "") in seen("rival")
    assert len(seen("organiser")) == 6
    asking["partner"].get("/events/boston/wishes/brainy/pharmo/startup", 404)
    asking["own"].get("/events/boston/wishes/vaxo/pharmo/organiser", 404)
    asking["partner"].get("/events/boston/wishes?profile=brainy")
    assert asking["partner"].get("/events/boston/wishes?profile=brainy")["items"] == []


def test_sides_see_their_own_notes_alone(asking: dict[str, Program], service: Service) -> None:
    prepare(service)
    noted: dict[str, list[str]] = {"own": ["startup"], "partner": ["partner"], "rival": []}
    for role, notes in {**noted, "reader": [by.value for by in By]}.items():
        found = asking[role].get("/events/boston/outcomes")["items"]
        assert sorted(each["by"] for each in found) == sorted(notes), role


def test_sides_match_with_whom_they_meet(asking: dict[str, Program], service: Service) -> None:
    prepare(service)
    partners = asking["own"].get("/profiles/vaxo/matches?top=50")
    assert {each["partner"] for each in partners["matches"]} == {"pharmo", "clinic"}
    assert [each["rank"] for each in partners["matches"]] == [1, 2]
    assert partners["candidates"] == 2
    startups = asking["partner"].get("/profiles/pharmo/matches?top=50")
    assert {each["startup"] for each in startups["matches"]} == {"vaxo", "brainy"}
    assert asking["stranger"].get("/events")["items"] == []
    asking["own"].get("/profiles/vaxo/matches?event=other", 404)
    asking["own"].get("/pairs?startup=vaxo&partner=lawyers", 404)
    asking["own"].get("/pairs?startup=brainy&partner=pharmo", 404)
    of_event = asking["organiser"].get("/profiles/vaxo/matches?event=boston&kind=pharma")
    assert [each["partner"] for each in of_event["matches"]] == ["pharmo"]
    asking["organiser"].get("/profiles/lawyers/matches?event=boston", 404)


def test_what_is_the_organisers_of_a_profile_stays_so(asking: dict[str, Program], service: Service) -> None:
    prepare(service)
    hidden = {"avoid": ["clinic"], "source": "a list", "other": {"remark": "pays late"}}
    asking["organiser"].put("/profiles/vaxo", {**PROFILE, **hidden})
    seen = asking["own"].get("/profiles/vaxo")
    assert {name: seen[name] for name in hidden} == {"avoid": [], "source": None, "other": {}}
    mine = {**seen, "about": "접합백신을 만듭니다.", "avoid": ["pharmo"], "source": "me"}
    assert asking["own"].put("/profiles/vaxo", mine)["avoid"] == []
    kept = asking["organiser"].get("/profiles/vaxo")
    assert kept["about"] == "접합백신을 만듭니다."
    assert {name: kept[name] for name in hidden} == hidden
    asking["own"].put("/profiles/vaxo", {**mine, "side": "partner", "kind": "pharma"}, 422)
    asking["organiser"].put("/profiles/vaxo", PROFILE)


def test_what_is_not_there_looks_like_what_is_not_yours(asking: dict[str, Program], service: Service) -> None:
    prepare(service)
    for there, not_there in (
        ("/profiles/brainy", "/profiles/brainx"),
        ("/events/other/slots", "/events/othex/slots"),
        ("/events/boston/attendees/clinic", "/events/boston/attendees/clinix"),
        ("/events/boston/agenda/clinic", "/events/boston/agenda/clinix"),
        ("/events/boston/wishes/brainy/clinic/startup", "/events/boston/wishes/brainx/clinic/startup"),
        ("/pairs?startup=vaxo&partner=lawyers", "/pairs?startup=vaxo&partner=lawyerx"),
    ):
        one, other = (problem(asking["own"].ask("GET", each), 404) for each in (there, not_there))
        for name in ("brainy", "brainx", "other", "othex", "clinic", "clinix", "lawyers", "lawyerx"):
            one["message"] = one["message"].replace(name, "*")
            other["message"] = other["message"].replace(name, "*")
        assert one == other


def test_sides_change_nothing_after_the_end_of_wishes(asking: dict[str, Program], service: Service) -> None:
    prepare(service)
    frame = {"plan": PLAN, "wishes_until": "2020-01-01T00:00:00Z"}
    asking["organiser"].put("/events/boston", frame)
    wish = "/events/boston/wishes/vaxo/clinic/startup"
    for method, address, sent in (
        ("PUT", wish, {"answer": "wanted"}),
        ("DELETE", wish, None),
        ("PUT", "/events/boston/attendees/vaxo/availability", {"unavailable": []}),
    ):
        answer = asking["own"].ask(method, address, **({} if sent is None else {"json": sent}))
        assert problem(answer, 409)["code"] == "closed"
    asking["organiser"].put(wish, {"answer": "wanted"})


def test_sides_note_what_has_begun(asking: dict[str, Program], service: Service) -> None:
    past = {**PLAN, "days": [{**PLAN["days"][0], "date": "2020-05-11"}]}
    prepare(service, past)
    note = "/events/boston/outcomes/vaxo/pharmo"
    assert asking["own"].put(f"{note}/startup", {"held": True, "result": "follow_up"})["held"] is True
    assert (
        asking["partner"].put(f"{note}/partner", {"result": "agreement", "amount_usd": 5e5})["held"] is True
    )
    asking["own"].put(f"{note}/organiser", {"held": False}, 403)
    not_met = problem(
        asking["own"].ask("PUT", "/events/boston/outcomes/vaxo/clinic/startup", json={"held": True}), 409
    )
    assert not_met["code"] == "conflict"
    found = asking["organiser"].get("/events/boston/summary")
    # Of two results that differ the lesser one counts.
    assert {name: found[name] for name in ("planned", "held", "follow_up", "agreement", "amount_usd")} == {
        "planned": 2,
        "held": 1,
        "follow_up": 1,
        "agreement": 0,
        "amount_usd": 0.0,
    }


def test_own_terms_are_the_organisers_to_settle(asking: dict[str, Program], service: Service) -> None:
    prepare(service)
    kept = asking["organiser"].put(
        "/events/boston/attendees/pharmo", {"terms": {"max_meetings": 3}, "unavailable": ["d1-0900"]}
    )
    assert service.store.attendee("boston", "pharmo").terms == OwnTerms(max_meetings=3)
    assert asking["partner"].get("/events/boston/attendees/pharmo") == kept
    asking["partner"].put("/events/boston/attendees/pharmo/availability", {"unavailable": []})
    assert service.store.attendee("boston", "pharmo").terms == OwnTerms(max_meetings=3)
    wrong = asking["partner"].ask(
        "PUT", "/events/boston/attendees/pharmo/availability", json={"unavailable": ["d1-0900", "d7-0900"]}
    )
    error = problem(wrong, 422)
    assert (error["field"], error["row"]) == ("unavailable", 2)
    partners = asking["organiser"].get("/events/boston/attendees?side=partner")["items"]
    assert {each["profile_id"] for each in partners} == {"pharmo", "clinic"}
