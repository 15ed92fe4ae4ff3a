"""A startup's and a partner's day on the pages: who sees what, what is kept, and what can be undone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from participant_helpers import encoder, service_over
from web_helpers import page, partner, signed_in, startup

from matcher.encoder import Encoder
from matcher.schedule.changes import differences
from matcher.service import Service
from profiles.accounts import Role
from profiles.consultations import By, Came, Choice, Consultation, Note
from profiles.dayplan import DayPlan
from profiles.event import Event, Meeting, Schedule
from profiles.importers.wishes import Answer
from profiles.model import Kind, Profile, Side
from profiles.outcomes import Result
from profiles.store import Store
from web import create_app
from web.consulting import built
from web.settings import Settings

__all__ = ["encoder"]  # a fixture

ODD = "odd/한 글?&#"
PROFILES: list[Profile] = [
    startup(
        "Vaxo",
        "접합백신을 개발하는 기업입니다. " * 12,
        name_ko="백소",
        seeks=["CRM197 운반 단백질을 공급받을 백신 제조사"],
        offers=["CRM197 carrier protein at scale"],
        languages=["ko", "en"],
        topics=["supply"],
    ),
    startup("Brainy", "Software that reads stroke scans.", seeks=["A hospital for a clinical trial"]),
    partner(
        "Pharmo",
        Kind.PHARMA,
        "Makes conjugate vaccines on several continents. " * 4,
        seeks=["CRM197 carrier protein", "Stroke software"],
        offers=["Joint development of vaccines"],
        country="US",
        markets=["US"],
        languages=["en"],
        topics=["supply"],
        past_deals=12,
    ),
    partner(
        "Clinic", Kind.HOSPITAL, "A teaching hospital with a stroke unit.", country="DE", languages=["en"]
    ),
    partner("Odd", Kind.LAW_FIRM, "Patents in life sciences.", id=ODD, languages=["en"]),
    partner("Absent", Kind.INVESTOR, "A fund that does not take part.", languages=["en"]),
]
PLAN = {
    "event": {"id": "day-1", "name": "Test day", "timezone": "Asia/Seoul"},
    "days": [{"date": "2027-05-11", "start": "09:00", "end": "11:00", "slot_minutes": 30}],
    "rooms": [{"name": "Hall", "tables": 3}],
    "defaults": {"startup": {"max_meetings": 3}, "partner": {"max_meetings": 4}},
    "tracks": ["supply", "clinical", "ip"],
}
TEN: dict[str, Any] = {"time-1": "10:00"}
SUGGESTIONS = "/my/day-1/suggestions"


@pytest.fixture
def service(tmp_path: Path, encoder: Encoder) -> Iterator[Service]:
    """A service over a store of its own, with a day in which all but one take part."""
    store = Store.open(f"sqlite:///{tmp_path / 'day.db'}")
    store.apply(PROFILES)
    until = datetime.now(UTC) + timedelta(days=3)
    store.add_consultation(Consultation(plan=DayPlan.model_validate(PLAN), wishes_until=until))
    store.add_attendees("day-1", [(each.id, each.side) for each in PROFILES if each.id != "absent"])
    yield service_over(store, encoder, tmp_path)
    store.close()


@pytest.fixture
def app(service: Service, tmp_path: Path) -> Flask:
    app = create_app(Settings(data_dir=tmp_path, secret_key="k" * 40), service)
    app.config["TESTING"] = False
    return app


@pytest.fixture
def vaxo(app: Flask) -> FlaskClient:
    return signed_in(app, Role.STARTUP, "vaxo")


@pytest.fixture
def pharmo(app: Flask) -> FlaskClient:
    return signed_in(app, Role.PARTNER, "pharmo")


def send(client: FlaskClient, address: str, status: int = 302, **form: object) -> str:
    """What a form sent from the profile page is answered with."""
    found = re.search(r'name="csrf_token" value="([^"]+)"', page(client, "/my/profile"))
    assert found
    answer = client.post(address, data={"csrf_token": found[1], **form}, headers={"Accept-Language": "en"})
    assert answer.status_code == status, answer.text
    return str(answer.text)


def choose(client: FlaskClient, other: str, answer: str, status: int = 302, **more: str) -> str:
    return send(client, "/my/day-1/choose", status, other=other, answer=answer, **more)


def said(service: Service, by: By) -> dict[tuple[str, str], Choice]:
    return {choice.key: choice for choice in service.store.choices("day-1", by=by)}


def close_day(service: Service) -> None:
    day = service.store.consultation("day-1")
    service.store.save_consultation(
        day.model_copy(update={"wishes_until": datetime.now(UTC) - timedelta(minutes=1)})
    )


def publish(service: Service, *meetings: tuple[str, str, str, str], tell: bool = False) -> Schedule:
    """Publish a timetable of these meetings: startup, partner, slot, table."""
    store = service.store
    event = _with_pairs(built(service, "day-1").event)
    schedule = Schedule(
        status="feasible",
        meetings=tuple(
            Meeting(startup=s, partner=p, slot=slot, table=table, track="supply")
            for s, p, slot, table in meetings
        ),
    )
    before = store.consultation("day-1").published
    version = store.keep_timetable(event, schedule)
    if tell:
        old = store.timetable("day-1", before) if before else None
        empty = schedule.model_copy(update={"meetings": ()})
        found = differences(old.event if old else event, old.schedule if old else empty, event, schedule)
        store.keep_notices(
            "day-1",
            version.number,
            {notice.who: [each.to_dict() for each in notice.changes] for notice in found.notices},
        )
    store.publish("day-1", version.number)
    return schedule


def _with_pairs(event: Event) -> Event:
    """The event with every pair, so that any meeting can be put into it."""
    known = {pair.key for pair in event.pairs}
    more = [
        {"startup": s.id, "partner": p.id}
        for s in event.participants
        for p in event.participants
        if s.side is Side.STARTUP and p.side is Side.PARTNER and (s.id, p.id) not in known
    ]
    record = event.model_dump(mode="json")
    return Event.model_validate({**record, "pairs": [*record["pairs"], *more]})


# -- whom to meet --------------------------------------------------------------------------------


def test_suggestions_are_the_attendees_best_first(vaxo: FlaskClient, service: Service) -> None:
    text = page(vaxo, SUGGESTIONS)
    names = re.findall(r'<h2 id="name-\w+">\s*<a class="name"[^>]*>([^<]+)</a>', text)
    ranked = [match.partner.name for match in service.match("vaxo").matches]
    assert ranked[0] == "Pharmo"
    assert names == [name for name in ranked if name != "Absent"]
    assert "CRM197 운반 단백질을 공급받을 백신 제조사" in text  # both sides' statements stand there
    assert "CRM197 carrier protein" in text


def test_a_partner_sees_the_startups_of_the_day(pharmo: FlaskClient) -> None:
    text = page(pharmo, SUGGESTIONS)
    assert text.index(">Vaxo</a>") < text.index(">Brainy</a>")
    assert ">Clinic</a>" not in text


def test_the_list_can_be_narrowed(vaxo: FlaskClient) -> None:
    choose(vaxo, "clinic", "maybe")
    assert ">Pharmo</a>" not in page(vaxo, f"{SUGGESTIONS}?kind=hospital")
    assert ">Clinic</a>" in page(vaxo, f"{SUGGESTIONS}?q=stroke+unit")
    assert ">Pharmo</a>" not in page(vaxo, f"{SUGGESTIONS}?q=stroke+unit")
    assert ">Clinic</a>" in page(vaxo, f"{SUGGESTIONS}?chosen=maybe")
    assert ">Pharmo</a>" in page(vaxo, f"{SUGGESTIONS}?chosen=open")
    assert "Nobody fits this selection." in page(vaxo, f"{SUGGESTIONS}?chosen=wanted")
    assert ">Odd</a>" in page(vaxo, f"{SUGGESTIONS}?track=ip")
    page(vaxo, f"{SUGGESTIONS}?track=investment", 400)  # no track of this day
    page(vaxo, f"{SUGGESTIONS}?chosen=nothing", 400)


def test_long_lists_come_in_pages(app: Flask, service: Service) -> None:
    funds = [partner(f"Fund {n:02}", Kind.INVESTOR, f"Invests in field {n}.") for n in range(22)]
    service.store.apply(funds)
    service.store.add_attendees("day-1", [(each.id, each.side) for each in funds])
    vaxo = signed_in(app, Role.STARTUP, "vaxo")
    pattern = r'<h2 id="name-\w+">\s*<a class="name"[^>]*>([^<]+)</a>'
    first, second = (re.findall(pattern, page(vaxo, f"{SUGGESTIONS}?page={number}")) for number in (1, 2))
    assert (len(first), len(second)) == (20, 5)
    assert len({*first, *second}) == 25
    ranks = re.findall(r'<span class="rank">(\d+)</span>', page(vaxo, f"{SUGGESTIONS}?page=2"))
    assert ranks == ["21", "22", "23", "24", "25"]
    narrowed = page(vaxo, f"{SUGGESTIONS}?page=2&kind=investor")
    assert len(re.findall(pattern, narrowed)) == 2
    assert 'rel="prev" href="/my/day-1/suggestions?kind=investor"' in narrowed


def test_choosing_and_taking_back(vaxo: FlaskClient, service: Service) -> None:
    choose(vaxo, "pharmo", "wanted", track="supply")
    kept = said(service, By.STARTUP)["vaxo", "pharmo"]
    assert (kept.answer, kept.track) == (Answer.WANTED, "supply")
    assert ">Undo</button>" in page(vaxo, SUGGESTIONS)
    choose(vaxo, "pharmo", "never")
    assert said(service, By.STARTUP)["vaxo", "pharmo"].answer is Answer.NEVER
    text = page(vaxo, SUGGESTIONS)
    form = text[text.index('<div class="message">') : text.index(">Undo</button>")]
    fields = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form))
    assert fields["answer"] == "wanted"
    choose(vaxo, fields["other"], fields["answer"], track=fields["track"])
    kept = said(service, By.STARTUP)["vaxo", "pharmo"]
    assert (kept.answer, kept.track) == (Answer.WANTED, "supply")
    choose(vaxo, "pharmo", "")
    assert said(service, By.STARTUP) == {}


def test_choosing_somebody_whose_id_is_odd(vaxo: FlaskClient, service: Service) -> None:
    choose(vaxo, ODD, "wanted")
    assert said(service, By.STARTUP)["vaxo", ODD].answer is Answer.WANTED
    found = re.search(r'<a class="name" href="([^"]+)"[^>]*>Odd</a>', page(vaxo, SUGGESTIONS))
    assert found
    assert "Patents in life sciences." in page(vaxo, found[1].replace("&amp;", "&"))


def test_a_choice_asked_for_by_a_script_is_answered_with_its_part(vaxo: FlaskClient) -> None:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page(vaxo, SUGGESTIONS))
    assert found
    answer = vaxo.post(
        "/my/day-1/choose",
        data={"csrf_token": found[1], "other": "clinic", "answer": "maybe"},
        headers={"HX-Request": "true", "Accept-Language": "en"},
    )
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert re.search(r'value="" aria-pressed="true"><span aria-hidden="true">✓ </span>Maybe', answer.text)
    assert 'id="messages"' in answer.text
    assert 'hx-swap-oob="true"' in answer.text


def test_bad_choices_are_refused(vaxo: FlaskClient, service: Service) -> None:
    choose(vaxo, "pharmo", "must", 400)
    choose(vaxo, "pharmo", "confirmed", 400)
    choose(vaxo, "absent", "wanted", 404)
    choose(vaxo, "brainy", "wanted", 404)  # of the same side
    choose(vaxo, "vaxo", "wanted", 404)
    choose(vaxo, "nobody\0", "wanted", 404)
    assert service.store.choices("day-1") == []


def test_wishes_close(vaxo: FlaskClient, service: Service) -> None:
    close_day(service)
    choose(vaxo, "pharmo", "wanted")
    assert service.store.choices("day-1") == []
    text = page(vaxo, SUGGESTIONS)
    assert "so nothing was changed" in text
    assert "nothing can be changed here any more" in text
    send(vaxo, "/my/day-1/availability", here="d1-0900")
    assert service.store.attendee("day-1", "vaxo").unavailable == ()


def test_a_pair_in_full(vaxo: FlaskClient, pharmo: FlaskClient, service: Service) -> None:
    text = page(vaxo, "/my/day-1/with/pharmo")
    assert "number 1 of 3 whom you could meet" in text
    assert "What would change it" in text
    match = service.explain("vaxo", "pharmo")
    assert f"<strong>{match.score:.1f}</strong>" in text
    theirs = page(pharmo, "/my/day-1/with/vaxo")
    assert f"<strong>{match.score:.1f}</strong>" in theirs
    assert "What would change it" not in theirs
    assert "among the partners for this startup" not in theirs


def test_a_comment_is_kept_and_stays_mine(vaxo: FlaskClient, pharmo: FlaskClient, service: Service) -> None:
    choose(vaxo, "pharmo", "wanted")
    send(vaxo, "/my/day-1/comment", other="pharmo", comment="Ask for Kim", track="clinical")
    kept = said(service, By.STARTUP)["vaxo", "pharmo"]
    assert (kept.comment, kept.answer, kept.track) == ("Ask for Kim", Answer.WANTED, "clinical")
    assert "Ask for Kim" in page(vaxo, "/my/day-1/with/pharmo")
    assert "Ask for Kim" not in page(pharmo, "/my/day-1/with/vaxo")
    assert "Ask for Kim" not in page(pharmo, "/my/day-1/requests")
    long = "x" * 2001
    answer = send(vaxo, "/my/day-1/comment", 400, other="pharmo", comment=long)
    assert long in answer
    assert "at most" in answer.lower() or "up to 2,000 characters" in answer


# -- requests ------------------------------------------------------------------------------------


def test_requests_are_answered_with_one_click(
    vaxo: FlaskClient, pharmo: FlaskClient, service: Service
) -> None:
    assert "No requests yet" in page(pharmo, "/my/day-1/requests")
    choose(vaxo, "pharmo", "wanted", track="supply")
    text = page(pharmo, "/my/day-1/requests")
    assert "Asks to meet you" in text
    assert "Supply" in text
    assert "1 request to meet you has no answer yet" in page(pharmo, "/my")
    assert "Asked, no answer yet" in page(vaxo, "/my/day-1/requests")
    choose(pharmo, "vaxo", "wanted", next="/my/day-1/requests")
    assert said(service, By.PARTNER)["vaxo", "pharmo"].answer is Answer.WANTED
    for client in (vaxo, pharmo):
        assert "Both want it" in page(client, "/my/day-1/requests")
    choose(pharmo, "vaxo", "never")
    assert "They declined" in page(vaxo, "/my/day-1/requests")
    assert "You declined" in page(pharmo, "/my/day-1/requests")


def test_where_a_form_leads_back_to_is_a_page_of_ours(vaxo: FlaskClient) -> None:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page(vaxo, SUGGESTIONS))
    assert found
    form = {"csrf_token": found[1], "other": "pharmo", "answer": "wanted", "next": "//evil.example/"}
    assert vaxo.post("/my/day-1/choose", data=form).headers["Location"] == SUGGESTIONS


# -- who sees what -------------------------------------------------------------------------------

PATHS = (
    "/my",
    "/my/profile",
    "/my/profile/preview",
    "/my/day-1",
    SUGGESTIONS,
    "/my/day-1/requests",
    "/my/day-1/availability",
    "/my/day-1/agenda",
    "/my/day-1/agenda.ics",
    "/my/day-1/briefing",
    "/my/day-1/notes",
)


def test_a_startup_sees_nothing_of_another(app: Flask, service: Service) -> None:
    brainy = signed_in(app, Role.STARTUP, "brainy")
    vaxo = signed_in(app, Role.STARTUP, "vaxo")
    choose(brainy, "pharmo", "wanted")
    choose(brainy, "clinic", "never")
    send(brainy, "/my/day-1/comment", other="clinic", comment="Secret of Brainy")
    publish(service, ("brainy", "pharmo", "d1-0900", "Hall-1"), ("vaxo", "clinic", "d1-0930", "Hall-2"))
    service.store.keep_note(
        Note(event_id="day-1", startup="brainy", partner="pharmo", by=By.STARTUP, held=True, text="Secret")
    )
    for path in (*PATHS, "/my/day-1/with/pharmo", "/my/day-1/with/clinic", "/my/day-1/briefing/clinic"):
        text = page(vaxo, path)
        assert "brainy" not in text.lower(), path
        assert "Secret" not in text, path
    for path in ("/my/day-1/with/brainy", "/my/day-1/briefing/brainy", "/my/day-1/briefing/pharmo"):
        page(vaxo, path, 404)


def test_the_other_sides_no_is_told_only_as_an_answer(vaxo: FlaskClient, pharmo: FlaskClient) -> None:
    before = {path: page(vaxo, path) for path in (SUGGESTIONS, "/my/day-1/requests", "/my/day-1/with/pharmo")}
    choose(pharmo, "vaxo", "never")
    for path, text in before.items():
        assert _without_tokens(page(vaxo, path)) == _without_tokens(text), path
    choose(vaxo, "pharmo", "wanted")
    assert "They declined" in page(vaxo, "/my/day-1/requests")
    choose(pharmo, "vaxo", "maybe")
    assert "Asked, no answer yet" in page(vaxo, "/my/day-1/requests")


def _without_tokens(text: str) -> str:
    return re.sub(r'value="[\w.-]{40,}"', "", re.sub(r'<div id="messages".*?</div>\n', "", text, flags=re.S))


def test_days_of_others_are_not_there(app: Flask, service: Service) -> None:
    other = DayPlan.model_validate({**PLAN, "event": {"id": "day-2", "name": "Other day"}})
    service.store.add_consultation(Consultation(plan=other))
    service.store.add_attendees("day-2", [("brainy", Side.STARTUP), ("absent", Side.PARTNER)])
    vaxo = signed_in(app, Role.STARTUP, "vaxo")
    absent = signed_in(app, Role.PARTNER, "absent")
    sections = (
        "",
        "/suggestions",
        "/requests",
        "/availability",
        "/agenda",
        "/agenda.ics",
        "/briefing",
        "/notes",
    )
    for section in (*sections, "/with/absent", "/briefing/absent"):
        page(vaxo, f"/my/day-2{section}", 404)
        page(vaxo, f"/my/nowhere{section}", 404)
        page(absent, f"/my/day-1{section}", 404)
    for address in ("choose", "comment", "availability", "availability/restore", "notes"):
        send(vaxo, f"/my/day-2/{address}", 404, other="absent", answer="wanted")
    assert service.store.choices("day-2") == []
    assert "Other day" not in page(vaxo, "/my")


def test_only_participants_come_in(app: Flask) -> None:
    for role in (Role.ORGANISER, Role.READER):
        client = signed_in(app, role)
        for path in PATHS:
            page(client, path, 403)
    for path in PATHS:
        assert app.test_client().get(path).status_code == 302


# -- availability --------------------------------------------------------------------------------


def test_availability_and_limits(vaxo: FlaskClient, service: Service) -> None:
    send(
        vaxo, "/my/day-1/availability",
        here=["d1-0900", "d1-1030"], max_meetings="2", representatives="2", languages="영어, Korean",
    )  # fmt: skip
    me = service.store.attendee("day-1", "vaxo")
    assert me.unavailable == ("d1-0930", "d1-1000")
    assert me.terms.said() == {"max_meetings": 2, "representatives": 2, "languages": ("en", "ko")}
    event = built(service, "day-1").event
    person = next(each for each in event.participants if each.id == "vaxo")
    assert (person.unavailable, person.max_meetings) == (("d1-0930", "d1-1000"), 2)


def test_limits_stay_within_those_of_the_day(vaxo: FlaskClient, service: Service) -> None:
    text = send(vaxo, "/my/day-1/availability", 400, here="d1-0900", max_meetings="9", languages="Klingon")
    assert "On this day 3 is the most." in text
    assert "“Klingon” is not a language known here." in text
    assert 'value="9"' in text
    assert 'value="d1-0900" checked' in text
    assert 'value="d1-0930" checked' not in text
    assert service.store.attendee("day-1", "vaxo").unavailable == ()
    text = send(vaxo, "/my/day-1/availability", 400, max_consecutive="many")
    assert "Write a whole number from 1" in text


@pytest.mark.parametrize(
    ("pressed", "free"),
    [
        ("1:all", ["d1-0900", "d1-0930", "d1-1000", "d1-1030"]),
        ("1:none", []),
        ("1:before", ["d1-0900", "d1-0930"]),
        ("1:from", ["d1-1000", "d1-1030"]),
    ],
)
def test_shortcuts(vaxo: FlaskClient, service: Service, pressed: str, free: list[str]) -> None:
    send(vaxo, "/my/day-1/availability", here=["d1-0930"], set=pressed, **TEN)
    away = set(service.store.attendee("day-1", "vaxo").unavailable)
    assert [each for each in ("d1-0900", "d1-0930", "d1-1000", "d1-1030") if each not in away] == free


def test_availability_can_be_undone(vaxo: FlaskClient, service: Service) -> None:
    send(vaxo, "/my/day-1/availability", here=["d1-0900", "d1-0930"])
    send(vaxo, "/my/day-1/availability", here=[], set="1:none")
    text = page(vaxo, "/my/day-1/availability")
    assert "you are free in 0 time slots" in text
    found = re.search(r'name="away" value="([^"]*)"', text)
    assert found
    send(vaxo, "/my/day-1/availability/restore", away=found[1])
    assert service.store.attendee("day-1", "vaxo").unavailable == ("d1-1000", "d1-1030")
    send(vaxo, "/my/day-1/availability", 400, set="1:before")
    send(vaxo, "/my/day-1/availability", 400, set="7:all")


# -- agenda, calendars, briefing -----------------------------------------------------------------


def test_the_agenda_shows_the_published_version_only(vaxo: FlaskClient, service: Service) -> None:
    assert "Not published yet" in page(vaxo, "/my/day-1/agenda")
    assert "Not published yet" in page(vaxo, "/my/day-1/briefing")
    publish(service, ("vaxo", "pharmo", "d1-0900", "Hall-1"), ("vaxo", "clinic", "d1-1030", "Hall-2"))
    event = service.store.timetable("day-1").event
    draft = Schedule(
        status="feasible",
        meetings=(Meeting(startup="vaxo", partner=ODD, slot="d1-1000", table="Hall-3", track="supply"),),
    )
    service.store.keep_timetable(event, draft)
    text = page(vaxo, "/my/day-1/agenda")
    assert text.index("Pharmo") < text.index("Free") < text.index("Clinic")
    assert "09:00–09:30" in text
    assert "Table Hall-1" in text
    assert "1 hour" in text
    assert "Odd" not in text
    calendar = Calendar.from_ical(page(vaxo, "/my/day-1/agenda.ics"))
    assert len(calendar.walk("VEVENT")) == 2


def test_times_are_also_those_of_the_reader(vaxo: FlaskClient, service: Service) -> None:
    publish(service, ("vaxo", "pharmo", "d1-0900", "Hall-1"))
    vaxo.set_cookie("timezone", "America/New_York")
    text = page(vaxo, "/my/day-1/agenda")
    assert "09:00–09:30" in text
    assert "Mon, May 10 20:00 New York" in text


def test_changes_are_told_once(vaxo: FlaskClient, service: Service) -> None:
    publish(service, ("vaxo", "pharmo", "d1-0900", "Hall-1"), tell=True)
    assert "Your agenda is new or has changed" in page(vaxo, "/my")
    assert "What is new for you" in page(vaxo, "/my/day-1/agenda")
    assert "What is new for you" not in page(vaxo, "/my/day-1/agenda")
    publish(service, ("vaxo", "pharmo", "d1-1000", "Hall-2"), tell=True)
    text = page(vaxo, "/my/day-1/agenda")
    assert "another time" in text
    assert "another table" in text
    news = text[text.index("What is new for you") : text.index("Earlier changes")]
    assert "10:00" in news
    assert "09:00" in news
    assert "new meeting" not in news
    publish(service, tell=True)
    text = page(vaxo, "/my/day-1/agenda")
    assert "does not take place" in text
    assert "you have no meeting" in text
    assert "Your agenda is new" not in page(vaxo, "/my")


def _subscribed(client: FlaskClient, app: Flask) -> str:
    found = re.search(r'value="http://localhost(/calendar/[^"]+\.ics)"', page(client, "/my/day-1/agenda"))
    assert found
    return found[1]


def _meetings(app: Flask, address: str) -> dict[str, tuple[int, str, str]]:
    """SEQUENCE, status and start of each meeting by UID, as a calendar program gets them."""
    answer = app.test_client().get(address)
    assert answer.status_code == 200
    assert answer.mimetype == "text/calendar"
    return {
        str(event["UID"]): (
            int(str(event["SEQUENCE"])), str(event["STATUS"]), event.decoded("DTSTART").strftime("%H:%M")
        )
        for event in Calendar.from_ical(answer.data).walk("VEVENT")
    }  # fmt: skip


def test_calendars_follow_what_is_published(vaxo: FlaskClient, app: Flask, service: Service) -> None:
    publish(service, ("vaxo", "pharmo", "d1-0900", "Hall-1"), ("brainy", "clinic", "d1-0900", "Hall-2"))
    address = _subscribed(vaxo, app)
    first = _meetings(app, address)
    assert list(first.values()) == [(0, "CONFIRMED", "09:00")]
    assert app.test_client().get(address).data == app.test_client().get(address).data
    # Versions that were never published leave no trace.
    event = service.store.timetable("day-1").event
    service.store.keep_timetable(
        event,
        Schedule(
            status="feasible",
            meetings=(Meeting(startup="vaxo", partner="clinic", slot="d1-1000", table="Hall-3"),),
        ),
    )
    assert _meetings(app, address) == first
    publish(service, ("vaxo", "pharmo", "d1-1000", "Hall-1"), ("vaxo", "clinic", "d1-0900", "Hall-2"))
    second = _meetings(app, address)
    (uid,) = first
    assert second[uid] == (1, "CONFIRMED", "10:00")
    assert len(second) == 2
    publish(service, ("vaxo", "clinic", "d1-0900", "Hall-2"))
    third = _meetings(app, address)
    assert third[uid] == (2, "CANCELLED", "10:00")
    # An older version that is published again counts on.
    service.store.publish("day-1", 3)
    fourth = _meetings(app, address)
    assert fourth[uid] == (3, "CONFIRMED", "10:00")
    service.store.publish("day-1", None)
    assert {status for _sequence, status, _start in _meetings(app, address).values()} == {"CANCELLED"}


def test_a_subscribe_address_is_one_attendees(vaxo: FlaskClient, app: Flask, service: Service) -> None:
    publish(service, ("vaxo", "pharmo", "d1-0900", "Hall-1"), ("brainy", "clinic", "d1-0900", "Hall-2"))
    address = _subscribed(vaxo, app)
    assert b"Brainy" not in app.test_client().get(address).data
    stem = address.removesuffix(".ics")
    for wrong in (f"{stem[:-1]}.ics", f"{stem[:-2]}xx.ics", "/calendar/x.ics", "/calendar/.ics"):
        assert app.test_client().get(wrong).status_code == 404
    service.store.remove_attendees("day-1", ["vaxo"])
    assert app.test_client().get(address).status_code == 404


def test_briefings(vaxo: FlaskClient, pharmo: FlaskClient, service: Service) -> None:
    publish(
        service,
        ("vaxo", "pharmo", "d1-0900", "Hall-1"),
        ("vaxo", "clinic", "d1-0930", "Hall-1"),
        ("brainy", "pharmo", "d1-1000", "Hall-1"),
    )
    text = page(vaxo, "/my/day-1/briefing")
    assert "Questions worth asking" in text
    assert "Why them" in text
    assert "CRM197 carrier protein" in text
    assert "among the partners for this startup" in text
    assert "Clinic" not in page(vaxo, "/my/day-1/briefing/pharmo")
    theirs = page(pharmo, "/my/day-1/briefing")
    assert "Vaxo" in theirs
    assert "Brainy" in theirs
    assert "among the partners for this startup" not in theirs
    assert "in none of its meetings" not in text + theirs  # nothing of what others meet for


# -- notes ---------------------------------------------------------------------------------------


@pytest.fixture
def held(service: Service) -> None:
    """A day that is over, with one meeting."""
    store = service.store
    day = store.consultation("day-1")
    days = (day.plan.days[0].model_copy(update={"date": datetime(2024, 5, 11).date()}),)
    store.save_consultation(day.model_copy(update={"plan": day.plan.model_copy(update={"days": days})}))
    publish(service, ("vaxo", "pharmo", "d1-0900", "Hall-1"))


def outcomes(service: Service) -> list[str]:
    assert {str(each.date) for each in service.store.outcomes()} <= {"2024-05-11"}
    return [each.outcome.value for each in service.store.outcomes()]


@pytest.mark.usefixtures("held")
def test_a_note_is_kept_and_learned_from(vaxo: FlaskClient, pharmo: FlaskClient, service: Service) -> None:
    assert "Note what came of 1 meeting" in page(vaxo, "/my")
    send(
        vaxo, "/my/day-1/notes",
        other="pharmo", held="yes", result="agreement", amount="20억원", text="Supply for two years",
    )  # fmt: skip
    (note,) = service.store.notes("day-1")
    assert (note.by, note.held, note.result) == (By.STARTUP, True, Came.AGREEMENT)
    assert note.amount_usd == pytest.approx(2e9 / 1350, rel=1e-6)
    assert sorted(outcomes(service)) == ["agreement", "follow_up", "met"]
    assert "Note what came of" not in page(vaxo, "/my")
    assert "Supply for two years" in page(vaxo, "/my/day-1/notes")
    assert "Supply for two years" not in page(pharmo, "/my/day-1/notes")
    # The same note again, as the form shows it, changes nothing.
    shown = re.search(r'name="amount" value="([^"]+)"', page(vaxo, "/my/day-1/notes"))
    assert shown
    send(vaxo, "/my/day-1/notes", other="pharmo", held="yes", result="agreement", amount=shown[1])
    assert service.store.notes("day-1")[0].amount_usd == pytest.approx(2e9 / 1350, abs=0.01)
    assert len(outcomes(service)) == 3


@pytest.mark.usefixtures("held")
def test_what_the_sides_contradict_is_not_learned(
    vaxo: FlaskClient, pharmo: FlaskClient, service: Service
) -> None:
    send(vaxo, "/my/day-1/notes", other="pharmo", held="yes", result="agreement")
    send(pharmo, "/my/day-1/notes", other="vaxo", held="yes", result="follow_up")
    assert sorted(outcomes(service)) == ["follow_up", "met"]
    send(pharmo, "/my/day-1/notes", other="vaxo", held="no")
    assert outcomes(service) == []
    send(pharmo, "/my/day-1/notes", other="vaxo", held="", text="I was not there myself")
    assert sorted(outcomes(service)) == [
        each.value for each in (Result.AGREEMENT, Result.FOLLOW_UP, Result.MET)
    ]


@pytest.mark.usefixtures("held")
def test_a_bad_note_comes_back_filled_in(vaxo: FlaskClient, service: Service) -> None:
    text = send(
        vaxo, "/my/day-1/notes", 400,
        other="pharmo", held="no", result="follow_up", amount="a lot", text="Typed with care",
    )  # fmt: skip
    assert "A meeting that was not held has no result" in text
    assert "Write one amount" in text
    assert "Typed with care" in text
    assert 'value="a lot"' in text
    text = send(vaxo, "/my/day-1/notes", 400, other="pharmo", held="yes", result="nothing", amount="5")
    assert "An amount belongs to an agreement" in text
    send(vaxo, "/my/day-1/notes", 404, other="clinic", held="yes")  # no meeting of mine
    assert service.store.notes("day-1") == []
    assert service.store.outcomes() == []


def test_a_meeting_is_noted_from_its_beginning_on(vaxo: FlaskClient, service: Service) -> None:
    publish(service, ("vaxo", "pharmo", "d1-0900", "Hall-1"))
    assert "Can be noted from the beginning" in page(vaxo, "/my/day-1/notes")
    send(vaxo, "/my/day-1/notes", other="pharmo", held="yes")
    assert service.store.notes("day-1") == []
