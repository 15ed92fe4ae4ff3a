"""The day at the desk: what is on, who has come, who steps in, who is told, and what can be taken back."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from day_helpers import PLANNED, PROFILES, SLOTS, add_event, at, event, local, meetings, schedule
from flask import Flask
from flask.testing import FlaskClient
from timetable_helpers import is_over, wait_for
from web_helpers import page, signed_in, token

from matcher.schedule.away import minding
from matcher.schedule.check import check
from matcher.service import Service
from profiles.accounts import Role
from profiles.agreed import by_pair
from profiles.consultations import Attendee, By, Came, Note
from profiles.job_store import JobState, StopAsked
from profiles.model import Side
from profiles.outcomes import Result
from profiles.store import Store
from web import jobs
from web.organiser import showing
from web.organiser.desk import Desk, Part, Presence
from web.render.timetable.rows import Timetable

__all__ = ["PROFILES"]  # of the service


@pytest.fixture
def kept(service: Service) -> Store:
    return service.store


@pytest.fixture
def day(request: pytest.FixtureRequest, kept: Store) -> Iterator[str]:
    """An event of the test's own."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    add_event(kept, name)
    yield name
    job = kept.newest_job(name, jobs.SCHEDULE)
    if job is not None and not job.state.is_over and job.progress:
        kept.ask_to_stop(job.number, StopAsked.DISCARD)
        wait_for(kept, job.number, is_over)


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    return signed_in(app, Role.READER)


def send(client: FlaskClient, address: str, status: int = 302, **form: Any) -> str:
    """What the page says after a form was sent."""
    answer = client.post(
        address, data={"csrf_token": token(client), **form}, headers={"Accept-Language": "en"}
    )
    assert answer.status_code == status, answer.text
    return page(client, answer.location) if status == 302 else answer.text


def part_of(text: str, heading: str) -> str:
    """The section of a page under a heading."""
    found = re.search(rf"<h2[^>]*>\s*{re.escape(heading)}.*?</section>", text, re.DOTALL)
    assert found, heading
    return found[0]


def undo(client: FlaskClient, text: str) -> str:
    """Send the form of the message that takes something back."""
    found = re.search(r'<div class="message">.*?<form[^>]*action="([^"]+)".*?</form>', text, re.DOTALL)
    assert found
    fields = dict(re.findall(r'name="([^"]+)" value="([^"]*)"', found[0]))
    fields.pop("csrf_token")
    return send(client, found[1], **fields)


def desk(kept: Store, day: str, clock: str) -> Desk:
    """The desk at a time of the day, outside of any request."""
    moment = datetime.fromisoformat(at(clock))
    consultation = kept.consultation(day)
    found = kept.timetable(day, consultation.published)
    people = {each.profile_id: each for each in kept.attendees(day)}
    profiles = kept.get_many([each.id for each in PROFILES])
    table = Timetable.of(found.event, found.schedule, profiles)
    shown = showing.Shown(consultation, found.version, found.version.number, table, table.event, people)
    return Desk(shown, by_pair(kept.notes(day)), moment)


# -- what is on --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "parts"),
    [
        ("08:00", [(Part.FIRST, "09:00")]),
        ("09:00", [(Part.NOW, "09:00"), (Part.NEXT, "09:20")]),
        ("09:20", [(Part.NOW, "09:20"), (Part.NEXT, "10:00")]),
        ("09:50", [(Part.ENDED, "09:20"), (Part.NEXT, "10:00")]),
        ("10:30", [(Part.NOW, "10:20")]),
        ("10:40", [(Part.LAST, "10:20")]),
    ],
)
def test_it_shows_what_is_on_and_next(
    kept: Store, day: str, clock: str, parts: list[tuple[Part, str]]
) -> None:
    found = desk(kept, day, clock).parts
    assert [(part, [f"{slot.start:%H:%M}" for slot in slots]) for part, slots in found] == [
        (part, [start]) for part, start in parts
    ]


def test_the_page_lists_the_meetings_of_this_time_and_the_next(client: FlaskClient, day: str) -> None:
    text = page(client, f"/events/{day}/day?at={at('09:05')}")
    now, following = part_of(text, "Now"), part_of(text, "Next")
    assert re.findall(r'<th scope="row">(.*?)</th>', now) == ["T1", "T2"]
    assert [each in now for each in ("Alpha", "Pine", "Beta", "Quay", "Gamma")] == [True] * 4 + [False]
    assert re.findall(r'<th scope="row">(.*?)</th>', following) == ["T1"]
    assert "Held?" in now
    assert "Held?" not in following


@pytest.mark.parametrize(
    ("clock", "said"),
    [("08:00", "The event has not begun"), ("10:50", "The event is over"), ("09:50", "Just ended")],
)
def test_it_says_where_the_moment_is(client: FlaskClient, day: str, clock: str, said: str) -> None:
    assert said in page(client, f"/events/{day}/day?at={at(clock)}")


def test_without_a_timetable_it_says_what_to_do(client: FlaskClient, kept: Store) -> None:
    add_event(kept, "bare", scheduled=False)
    text = page(client, "/events/bare/day")
    assert "Nothing is scheduled yet" in text
    assert '/events/bare/timetable"' in text
    page(client, "/events/bare/day/person/alpha", 404)
    page(client, "/events/bare/day/absent/alpha", 404)


@pytest.mark.parametrize("moment", ["soon", "2031-05-13", "2031-13-40T09:00", "2031-05-13T09:00Z"])
def test_a_moment_that_is_none_is_refused(client: FlaskClient, day: str, moment: str) -> None:
    assert "is no day and time" in page(client, f"/events/{day}/day?at={moment}", 400)


def test_people_are_found_by_either_name(client: FlaskClient, day: str) -> None:
    for words in ("alph", "알파"):
        found = re.search(
            r'<div id="found".*?</ul>',
            page(client, f"/events/{day}/day?at={at('09:05')}&q={words}"),
            re.DOTALL,
        )
        assert found
        assert ("Alpha" in found[0], "Beta" in found[0]) == (True, False)
    assert "Nobody of this name" in page(client, f"/events/{day}/day?q=zzz")


# -- who has come ------------------------------------------------------------------------------


def test_checking_in_and_taking_it_back(client: FlaskClient, kept: Store, day: str) -> None:
    form: dict[str, Any] = {"who": "alpha", "at": at("08:55")}
    text = send(client, f"/events/{day}/day/check-in", come="1", **form)
    assert "Alpha is here." in text
    assert kept.attendee(day, "alpha").checked_in_at == local("08:55")
    assert "1/2" in text  # Alpha and Beta have meetings, Gamma has none
    send(client, f"/events/{day}/day/check-in", come="0", **form)
    assert kept.attendee(day, "alpha").checked_in_at is None


def test_a_check_in_leaves_everything_else_alone(client: FlaskClient, kept: Store, day: str) -> None:
    before = kept.attendee(day, "alpha").model_copy(update={"unavailable": (SLOTS["10:20"],)})
    kept.save_attendee(before)
    send(client, f"/events/{day}/day/check-in", who="alpha", come="1", at=at("09:00"))
    assert kept.attendee(day, "alpha") == before.model_copy(update={"checked_in_at": local("09:00")})


def test_scripts_get_no_message_for_a_tap(client: FlaskClient, day: str) -> None:
    answer = client.post(
        f"/events/{day}/day/check-in",
        data={"csrf_token": token(client), "who": "alpha", "come": "1"},
        headers={"HX-Request": "true", "HX-Boosted": "true", "Accept-Language": "en"},
    )
    assert answer.status_code == 302
    assert "is here." not in page(client, answer.location)


def test_whoever_is_due_and_has_not_come_stands_on_top(kept: Store, day: str) -> None:
    def missing(clock: str) -> list[tuple[str, str]]:
        return [
            (person.id, f"{entry.slot.start:%H:%M}") for person, entry in desk(kept, day, clock).missing()
        ]

    everybody = [("alpha", "09:00"), ("pine", "09:00"), ("beta", "09:00"), ("quay", "09:00")]
    assert missing("08:30") == everybody
    kept.mark(day, "beta", checked_in_at=local("08:00"), absent_at=None)
    kept.mark(day, "pine", checked_in_at=None, absent_at=local("08:50"))
    away = kept.attendee(day, "quay").model_copy(update={"unavailable": (SLOTS["09:00"],)})
    kept.save_attendee(away)
    # Quay is looked for again from its second meeting on.
    assert missing("09:05") == [("alpha", "09:00"), ("quay", "09:20")]
    assert missing("10:25") == []


def test_presence_is_told_by_slot(kept: Store, day: str) -> None:
    kept.mark(day, "pine", checked_in_at=local("09:00"), absent_at=local("10:00"))
    found = desk(kept, day, "09:30")
    slots = {f"{slot.start:%H:%M}": slot for slot in found.slots}
    told = {clock: found.presence("pine", slot) for clock, slot in slots.items()}
    assert told == {
        "09:00": Presence.HERE,
        "09:20": Presence.HERE,
        "10:00": Presence.ABSENT,
        "10:20": Presence.ABSENT,
    }
    assert found.presence("pine") is Presence.HERE
    assert desk(kept, day, "10:00").presence("pine") is Presence.ABSENT
    assert found.come() == {Side.STARTUP: (0, 2), Side.PARTNER: (1, 2)}


# -- what was held -----------------------------------------------------------------------------


def test_a_meeting_is_ticked_as_held_and_the_ranking_learns_of_it(
    client: FlaskClient, kept: Store, day: str
) -> None:
    form: dict[str, Any] = {"startup": "alpha", "partner": "pine", "at": at("09:05")}
    kept.keep_note(Note(event_id=day, startup="alpha", partner="pine", by=By.ORGANISER, text="remember"))
    send(client, f"/events/{day}/day/held", held="yes", **form)
    (note,) = kept.notes(day)
    assert (note.held, note.text, note.by) == (True, "remember", By.ORGANISER)
    met = [each for each in kept.outcomes() if each.startup == "alpha" and each.partner == "pine"]
    assert [(each.outcome, each.date.isoformat()) for each in met] == [(Result.MET, "2031-05-13")]
    send(client, f"/events/{day}/day/held", held="", **form)
    assert kept.notes(day)[0].held is None
    assert [each for each in kept.outcomes() if each.startup == "alpha" and each.partner == "pine"] == []


def test_not_held_takes_the_organisers_result_back(client: FlaskClient, kept: Store, day: str) -> None:
    kept.keep_note(
        Note(
            event_id=day,
            startup="alpha",
            partner="pine",
            by=By.ORGANISER,
            held=True,
            result=Came.AGREEMENT,
            amount_usd=5.0,
        )
    )
    send(client, f"/events/{day}/day/held", held="no", startup="alpha", partner="pine", at=at("09:30"))
    (note,) = kept.notes(day)
    assert (note.held, note.result, note.amount_usd) == (False, None, None)


def test_what_has_not_begun_was_not_held(client: FlaskClient, kept: Store, day: str) -> None:
    text = send(client, f"/events/{day}/day/held", held="yes", startup="beta", partner="pine", at=at("09:30"))
    assert "has not begun" in text
    assert kept.notes(day) == []
    send(client, f"/events/{day}/day/held", 404, held="yes", startup="gamma", partner="pine")


# -- who steps in ------------------------------------------------------------------------------


def test_the_preview_says_what_is_freed_and_who_steps_in(client: FlaskClient, kept: Store, day: str) -> None:
    text = page(client, f"/events/{day}/day/absent/pine?at={at('08:50')}")
    rows = re.findall(r"<tr>\s*<th scope=\"row\">(.*?)</th>(.*?)</tr>", text, re.DOTALL)
    plain = [(clock, re.sub(r"<[^>]+>|\s+", " ", rest)) for clock, rest in rows]
    assert [clock for clock, _rest in plain] == ["09:00", "10:00"]
    assert re.search(r"Alpha +– +Pine .*steps in +Gamma +– +Reed", plain[0][1])
    assert re.search(r"Beta +– +Pine .*steps in +Beta +– +Reed", plain[1][1])
    assert "5 are concerned" in text
    assert kept.attendee(day, "pine").absent_at is None
    assert len(kept.timetables(day)) == 1


def test_a_no_show_is_filled_and_published_to_those_concerned_alone(
    client: FlaskClient, kept: Store, day: str
) -> None:
    text = send(client, f"/events/{day}/day/absent", who="pine", at=at("08:50"), after="1", publish="1")
    assert "Pine is marked as not coming. Version 2 is published. 5 organisations have a notice." in text
    assert kept.attendee(day, "pine").absent_at == local("08:50")
    assert meetings(kept, day) == PLANNED - {("alpha", "pine", "09:00"), ("beta", "pine", "10:00")} | {
        ("gamma", "reed", "09:00"),
        ("beta", "reed", "10:00"),
    }
    assert kept.consultation(day).published == 2
    assert {each.profile_id for each in kept.notices(day)} == {"alpha", "beta", "gamma", "pine", "reed"}
    found = kept.timetable(day)
    assert check(found.event, found.schedule).faults == ()
    away = {each.id: each.unavailable for each in found.event.participants}
    assert away["pine"] == tuple(SLOTS.values())


def test_without_publishing_nobody_is_told(client: FlaskClient, kept: Store, day: str) -> None:
    text = send(client, f"/events/{day}/day/absent", who="pine", at=at("08:50"), after="1")
    assert kept.consultation(day).published == 1
    assert kept.notices(day) == []
    assert len(meetings(kept, day) - PLANNED) == 2
    assert "Version 2 is newer than version 1" in text


def test_what_has_begun_stays_and_can_be_marked_as_not_held(
    client: FlaskClient, kept: Store, day: str
) -> None:
    preview = page(client, f"/events/{day}/day/absent/pine?at={at('09:05')}")
    assert "The meeting under way with Alpha is not held" in preview
    send(client, f"/events/{day}/day/absent", who="pine", at=at("09:05"), after="1", unheld="1")
    assert meetings(kept, day) == PLANNED - {("beta", "pine", "10:00")} | {("beta", "reed", "10:00")}
    (note,) = kept.notes(day)
    assert (note.key, note.held, note.by) == (("alpha", "pine"), False, By.ORGANISER)


def test_somebody_may_leave_later(client: FlaskClient, kept: Store, day: str) -> None:
    send(client, f"/events/{day}/day/check-in", who="pine", come="1", at=at("08:50"))
    send(client, f"/events/{day}/day/absent", who="pine", at=at("08:55"), since=at("10:00"), after="1")
    found = kept.attendee(day, "pine")
    assert (found.checked_in_at, found.absent_at) == (local("08:50"), local("10:00"))
    assert ("alpha", "pine", "09:00") in meetings(kept, day)
    assert ("beta", "pine", "10:00") not in meetings(kept, day)
    page(client, f"/events/{day}/day/absent/pine?since={at('10:05')}", 400)


def test_whoever_is_away_by_then_does_not_step_in(client: FlaskClient, kept: Store, day: str) -> None:
    kept.mark(day, "reed", checked_in_at=None, absent_at=local("10:00"))
    send(client, f"/events/{day}/day/absent", who="pine", at=at("08:50"), after="1")
    # Reed is there at 09:00, where the pair of more value cannot go: Beta meets Quay then.
    assert meetings(kept, day) == {
        ("gamma", "reed", "09:00"),
        ("beta", "quay", "09:00"),
        ("alpha", "quay", "09:20"),
    }


def test_two_no_shows_one_after_the_other(client: FlaskClient, kept: Store, day: str) -> None:
    send(client, f"/events/{day}/day/absent", who="reed", at=at("08:50"), after="1")
    assert meetings(kept, day) == PLANNED  # it had no meetings: no version is made
    assert len(kept.timetables(day)) == 1
    send(client, f"/events/{day}/day/absent", who="pine", at=at("08:50"), after="1")
    assert meetings(kept, day) == {("beta", "quay", "09:00"), ("alpha", "quay", "09:20")}


def test_a_timetable_that_changed_meanwhile_is_shown_first(
    client: FlaskClient, kept: Store, day: str
) -> None:
    found = kept.timetable(day)
    fewer = found.schedule.model_copy(update={"meetings": found.schedule.meetings[:-1]})
    kept.keep_timetable(found.event, fewer, "somebody else")
    text = send(client, f"/events/{day}/day/absent", 409, who="pine", at=at("08:50"), after="1")
    assert "Somebody else changed this timetable" in text
    assert kept.attendee(day, "pine").absent_at is None
    assert len(kept.timetables(day)) == 2


def test_a_timetable_that_breaks_rules_lets_the_absence_be_marked(
    client: FlaskClient, kept: Store, day: str
) -> None:
    found = kept.timetable(day)
    twice = found.schedule.meetings[1].model_copy(update={"slot": SLOTS["09:20"], "table": "T1"})
    kept.keep_timetable(
        found.event,
        found.schedule.model_copy(update={"meetings": (found.schedule.meetings[2], twice)}),
        "odd",
    )
    assert "breaks a rule already" in page(client, f"/events/{day}/day/absent/quay?at={at('08:50')}")
    send(client, f"/events/{day}/day/absent", who="quay", at=at("08:50"), after="2")
    assert kept.attendee(day, "quay").absent_at == local("08:50")
    assert len(kept.timetables(day)) == 2


# -- taking it back ----------------------------------------------------------------------------


def test_undo_brings_the_meetings_back_and_tells_the_same_people(
    client: FlaskClient, kept: Store, day: str
) -> None:
    text = send(client, f"/events/{day}/day/absent", who="pine", at=at("08:50"), after="1", publish="1")
    before = len(kept.notices(day))
    undo(client, text)
    assert kept.attendee(day, "pine").absent_at is None
    assert meetings(kept, day) == PLANNED
    assert kept.consultation(day).published == 3
    assert {each.profile_id for each in kept.notices(day)[: len(kept.notices(day)) - before]} == {
        "alpha",
        "beta",
        "gamma",
        "pine",
        "reed",
    }


def test_undo_leaves_a_timetable_that_was_changed_since(client: FlaskClient, kept: Store, day: str) -> None:
    text = send(client, f"/events/{day}/day/absent", who="pine", at=at("08:50"), after="1")
    newest = kept.timetable(day)
    fewer = newest.schedule.model_copy(update={"meetings": newest.schedule.meetings[:-1]})
    kept.keep_timetable(newest.event, fewer, "somebody else")
    assert "so it stays" in undo(client, text)
    assert kept.attendee(day, "pine").absent_at is None
    assert len(kept.timetables(day)) == 3


def test_whoever_comes_after_all_is_checked_in(client: FlaskClient, kept: Store, day: str) -> None:
    send(client, f"/events/{day}/day/absent", who="pine", at=at("08:50"), after="1")
    refused = send(client, f"/events/{day}/day/check-in", who="pine", come="1", at=at("09:10"))
    assert "Pine is marked as not coming" in refused
    send(client, f"/events/{day}/day/present", who="pine", come="1", at=at("09:10"))
    found = kept.attendee(day, "pine")
    assert (found.checked_in_at, found.absent_at) == (local("09:10"), None)


# -- later -------------------------------------------------------------------------------------


def test_somebody_comes_later_and_a_new_timetable_minds_it(
    client: FlaskClient, kept: Store, day: str
) -> None:
    text = send(client, f"/events/{day}/day/late", who="alpha", hour="09:40", at=at("08:50"), place="person")
    assert "Alpha comes at 09:40. 2 meetings cannot be held as planned" in text
    assert kept.attendee(day, "alpha").unavailable == (SLOTS["09:00"], SLOTS["09:20"])
    job = kept.newest_job(day, jobs.SCHEDULE)
    assert job is not None
    assert job.request["now"] == "2031-05-13T08:50:00"
    done = wait_for(kept, job.number, is_over)
    assert done.state is JobState.DONE
    found = meetings(kept, day)
    assert kept.consultation(day).published == 1
    assert {(s, p) for s, p, _at in PLANNED} <= {(s, p) for s, p, _at in found}  # nobody loses a meeting
    assert {clock for s, _p, clock in found if s == "alpha"} == {"10:00", "10:20"}
    # What can stay where it is stays.
    assert ("beta", "quay", "09:00") in found


def test_coming_later_without_meetings_needs_no_search(client: FlaskClient, kept: Store, day: str) -> None:
    text = send(client, f"/events/{day}/day/late", who="gamma", hour="9:30", at=at("08:50"))
    assert "Gamma comes at 09:30." in text
    assert kept.newest_job(day, jobs.SCHEDULE) is None
    assert "Gamma is there as before." in undo(client, text)
    assert kept.attendee(day, "gamma").unavailable == ()


@pytest.mark.parametrize("hour", ["", "25:00", "soon", "08:40"])
def test_a_time_that_is_none_comes_back(client: FlaskClient, kept: Store, day: str, hour: str) -> None:
    text = send(client, f"/events/{day}/day/late", 400, who="alpha", hour=hour, at=at("08:50"))
    assert 'aria-invalid="true"' in text
    assert f'value="{hour}"' in text
    assert kept.attendee(day, "alpha").unavailable == ()


# -- who may -----------------------------------------------------------------------------------


def test_readers_see_and_change_nothing(reader: FlaskClient, kept: Store, day: str) -> None:
    text = page(reader, f"/events/{day}/day?at={at('09:05')}&q=alpha")
    assert "Check in" not in text
    assert "/day/absent" not in re.sub(r'href="[^"]*/day/absent/', "", text)
    page(reader, f"/events/{day}/day/person/alpha")
    assert "Mark as not coming" not in page(reader, f"/events/{day}/day/absent/pine")
    for path, form in (
        ("check-in", {"who": "alpha", "come": "1"}),
        ("held", {"startup": "alpha", "partner": "pine", "held": "yes"}),
        ("absent", {"who": "pine", "after": "1"}),
        ("present", {"who": "pine"}),
        ("late", {"who": "alpha", "hour": "10:00"}),
        ("late/undo", {"who": "alpha"}),
        ("search", {}),
    ):
        send(reader, f"/events/{day}/day/{path}", 403, **form)
    assert kept.attendee(day, "pine").absent_at is None


@pytest.mark.parametrize("role", [Role.STARTUP, Role.PARTNER])
def test_participants_do_not_see_the_desk(app: Flask, day: str, role: Role) -> None:
    client = signed_in(app, role, "alpha" if role is Role.STARTUP else "pine")
    for path in ("day", "day/person/alpha", "day/absent/alpha"):
        page(client, f"/events/{day}/{path}", 403)


def test_strangers_are_answered_with_404(client: FlaskClient, day: str) -> None:
    for path in ("check-in", "absent", "present", "late"):
        send(client, f"/events/{day}/day/{path}", 404, who="nobody", come="1", hour="10:00")


def test_changes_are_written_down(client: FlaskClient, kept: Store, day: str) -> None:
    send(client, f"/events/{day}/day/check-in", who="alpha", come="1")
    send(client, f"/events/{day}/day/absent", who="pine", after="1", at=at("08:50"))
    entries, _total = kept.changes_made(event_id=day)
    told = {each.action: each for each in entries}
    assert told["organiser.day_check_in"].subject == "alpha"
    assert told["organiser.day_absent"].subject == "pine"
    assert told["organiser.day_absent"].detail["version"] == 2


# -- people who are away by now ----------------------------------------------------------------


def test_an_event_minds_who_is_away_as_far_as_meetings_allow() -> None:
    people = [
        Attendee(event_id="e", profile_id="pine", side=Side.PARTNER, absent_at=local("09:20")),
        Attendee(event_id="e", profile_id="gamma", side=Side.STARTUP, unavailable=(SLOTS["09:00"],)),
    ]
    found = minding(event("e"), schedule(), people)
    away = {each.id: each.unavailable for each in found.participants}
    assert away["pine"] == (SLOTS["09:20"], SLOTS["10:20"])  # at 10:00 the timetable still has a meeting
    assert away["gamma"] == (SLOTS["09:00"],)
    assert away["alpha"] == ()
    assert check(found, schedule()).faults == ()
