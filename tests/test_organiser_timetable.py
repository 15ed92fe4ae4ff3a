"""The timetable on the organiser's pages: made, looked at, versions, published, as files."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import openpyxl
import pytest
from flask import Flask
from flask.testing import FlaskClient
from icalendar import Calendar
from timetable_helpers import NAMES, PROFILES, add_day, is_over, large_event, say, schedule_day, wait_for
from web_helpers import page, signed_in, token

from matcher.schedule.check import check
from matcher.service import Service
from profiles.accounts import Role
from profiles.event import read_event, read_schedule
from profiles.importers.wishes import Answer
from profiles.job_store import JobState, StopAsked
from profiles.store import Store
from web import jobs

__all__ = ["PROFILES"]  # of the service


@pytest.fixture
def kept(service: Service) -> Store:
    return service.store


@pytest.fixture
def reader(app: Flask) -> FlaskClient:
    return signed_in(app, Role.READER)


@pytest.fixture
def event_id(request: pytest.FixtureRequest, service: Service) -> Iterator[str]:
    """A day of the test's own."""
    name = re.sub("[^a-z0-9]+", "-", request.node.name.lower())[:60].strip("-")
    add_day(service, name)
    yield name
    for job in (service.store.newest_job(name, kind) for kind in (jobs.SCHEDULE, jobs.EXPORT)):
        if job is not None and not job.state.is_over and job.progress:
            service.store.ask_to_stop(job.number, StopAsked.DISCARD)
            wait_for(service.store, job.number, is_over)


def send(client: FlaskClient, address: str, status: int = 302, language: str = "en", **form: Any) -> str:
    """What the page says after a form was sent."""
    answer = client.post(
        address, data={"csrf_token": token(client), **form}, headers={"Accept-Language": language}
    )
    assert answer.status_code == status, answer.text
    return page(client, answer.location, language=language) if status == 302 else answer.text


# -- making one --------------------------------------------------------------------------------


def test_one_button_makes_it(client: FlaskClient, kept: Store, event_id: str) -> None:
    address = f"/events/{event_id}/timetable"
    first = page(client, address)
    assert "No timetable yet" in first
    assert "Make the timetable" in first
    running = send(client, f"{address}/start", seconds="30", seed="1")
    job = kept.newest_job(event_id)
    assert job is not None
    assert job.request["seconds"] == 30
    assert job.request["keep"] is None
    if not kept.job(job.number).state.is_over:
        assert "A timetable is being made" in running
        assert '<noscript><meta http-equiv="refresh"' in running
    assert wait_for(kept, job.number, is_over).result["version"] == 1
    done = page(client, address)
    assert "A timetable is being made" not in done
    assert "http-equiv" not in done
    found = kept.timetable(event_id)
    for meeting in found.schedule.meetings:
        assert f"startup={meeting.startup}&amp;partner={meeting.partner}" in done
    assert check(found.event, found.schedule).faults == ()


def test_progress_is_a_part_of_the_page_until_it_is_over(
    client: FlaskClient, reader: FlaskClient, kept: Store, event_id: str
) -> None:
    asked = {"event": large_event(event_id).model_dump(mode="json"), "seconds": 300}
    job = kept.add_job(event_id, jobs.SCHEDULE, asked)
    kept.tell_progress(
        job.number, {"stage": "value", "stages": {"value": [80.5, 100.0], "shortfall": [0, 0]}, "meetings": 7}
    )
    address = f"/events/{event_id}/timetable"
    for who in (client, reader):
        part = who.get(f"{address}/progress", headers={"HX-Request": "true", "Accept-Language": "en"})
        assert "<html" not in part.text
        assert "Looking after: Value" in part.text
        assert "7 meetings in the best timetable so far" in part.text
        assert re.search(r"80\.5.*100.*19\.5%", part.text, re.DOTALL)
        assert re.search("Missing meetings.*proven.*Value", part.text, re.DOTALL)
    assert "Discard" in page(client, address)
    assert "Discard" not in page(reader, address)
    assert client.get(f"{address}/progress").location == address
    stopping = send(client, f"{address}/stop", job=job.number, how="keep")
    assert kept.job(job.number).stop is StopAsked.KEEP
    assert "It ends with the best found so far." in stopping
    kept.finish_job(job.number, JobState.DISCARDED, {})
    over = client.get(f"{address}/progress", headers={"HX-Request": "true"})
    assert over.headers["HX-Redirect"] == address
    assert "This search is over already." in send(client, f"{address}/stop", job=job.number, how="keep")


def test_a_second_start_is_refused(client: FlaskClient, kept: Store, event_id: str) -> None:
    kept.add_job(event_id, jobs.SCHEDULE, {"seconds": 60})
    said = send(client, f"/events/{event_id}/timetable/start", seconds="30")
    assert "Work for this event is being done already" in said
    job = kept.newest_job(event_id)
    assert job is not None
    assert job.request == {"seconds": 60}
    kept.finish_job(job.number, JobState.DISCARDED, {})


@pytest.mark.parametrize(("field", "value"), [("seconds", "0"), ("seconds", "many"), ("seed", "-1")])
def test_wrong_options_come_back_filled_in(
    client: FlaskClient, kept: Store, event_id: str, field: str, value: str
) -> None:
    form = {"seconds": "30", "seed": "5", "fair": "1", field: value}
    again = send(client, f"/events/{event_id}/timetable/start", 400, **form)
    assert "give a whole number from" in again
    assert f'name="{field}" value="{value}"' in again
    assert re.search('name="fair"[^>]* checked', again)
    assert kept.newest_job(event_id) is None


def test_a_day_without_people_says_so(client: FlaskClient, kept: Store, event_id: str) -> None:
    kept.remove_attendees(event_id, ["s1", "s2", "s3"])
    again = send(client, f"/events/{event_id}/timetable/start", 400, seconds="30")
    assert "no startup takes part yet" in again


def test_a_dead_search_is_told_and_can_be_started_again(
    client: FlaskClient, kept: Store, event_id: str
) -> None:
    job = kept.add_job(event_id, jobs.SCHEDULE, {"seconds": 60})
    kept.finish_job(job.number, JobState.FAILED, {"error": "the process ended without a word"})
    address = f"/events/{event_id}/timetable"
    assert "Start it again" in page(client, address)
    assert "다시 시작" in page(client, address, language="ko")
    assert "Make the timetable" in page(client, address)


def test_why_there_is_no_timetable_in_both_languages(client: FlaskClient, kept: Store, event_id: str) -> None:
    slot = "d1-0900"
    for startup in ("s1", "s2"):
        say(kept, event_id, startup, "p1", Answer.CONFIRMED, slot=slot, table="T-1")
    address = f"/events/{event_id}/timetable"
    send(client, f"{address}/start", seconds="20")
    job = kept.newest_job(event_id)
    assert job is not None
    assert wait_for(kept, job.number, is_over).result["status"] == "infeasible"
    english = page(client, address)
    assert "There is no timetable that keeps all rules" in english
    assert "Confirmed time and table: Heartsound, Lakeside Hospital" in english
    assert "What would help, cheapest first:" in english
    korean = page(client, address, language="ko")
    assert "모든 규칙을 지키는 일정표가 없습니다" in korean
    assert "하트사운드" in korean
    assert kept.timetables(event_id) == []


# -- looking at it -----------------------------------------------------------------------------


@pytest.fixture
def scheduled(service: Service, event_id: str) -> str:
    schedule_day(service, event_id)
    return event_id


def test_by_slot_person_table_and_interpreter(client: FlaskClient, kept: Store, scheduled: str) -> None:
    address = f"/events/{scheduled}/timetable"
    meetings = kept.timetable(scheduled).schedule.meetings
    by_person = page(client, f"{address}?view=people&side=startup")
    assert "Heartsound" in by_person
    assert "Lakeside Hospital</a>" not in by_person
    mine = [each for each in meetings if each.startup == "s1"]
    single = page(client, f"{address}?person=s1")
    assert single.count('class="meeting') == len(mine)
    assert "하트사운드" in single
    table = page(client, f"{address}?table=T-1")
    assert table.count('class="meeting') == sum(each.table == "T-1" for each in meetings)
    helped = page(client, f"{address}?view=interpreters")
    assert helped.count('class="meeting') == sum(each.interpreter == "i1" for each in meetings) > 0
    for wrong in ("person=nobody", "table=T9", "view=all", "day=2020-01-01", "version=9"):
        page(client, f"{address}?{wrong}", 404)
    for wrong in ("track=cooking", "version=x", "side=top"):
        page(client, f"{address}?{wrong}", 400)


def test_what_is_filtered_out_is_dim(client: FlaskClient, kept: Store, scheduled: str) -> None:
    meetings = kept.timetable(scheduled).schedule.meetings
    found = page(client, f"/events/{scheduled}/timetable?q=heart+sound")
    others = sum(each.startup != "s1" for each in meetings)
    assert found.count("meeting dim") == others > 0


def test_pairs_that_do_not_meet_have_reasons_in_both_languages(
    client: FlaskClient, service: Service, event_id: str
) -> None:
    days = [{"date": "2027-05-11", "start": "09:00", "end": "09:20", "slot_minutes": 20}]
    add_day(service, f"{event_id}-short", days=days)
    kept = schedule_day(service, f"{event_id}-short")
    assert kept.schedule.unscheduled
    address = f"/events/{event_id}-short/timetable/unscheduled"
    first = kept.schedule.unscheduled[0]
    english, korean = page(client, address), page(client, address, language="ko")
    assert f"startup={first.startup}&amp;partner={first.partner}" in english
    assert english.count("<tr>") == len(kept.schedule.unscheduled) + 1
    assert re.search("stands? in the way|does not fit|do not meet", english)
    assert "배정되지 않은 이유" in korean
    assert re.search("일정에 넣을 수 없습니다|만납니다", korean)
    assert "Nothing found" in page(client, f"{address}?q=nobody")


def test_it_says_when_the_event_has_changed_since(client: FlaskClient, kept: Store, scheduled: str) -> None:
    address = f"/events/{scheduled}/timetable"
    assert "have changed" not in page(client, address)
    person = kept.attendee(scheduled, "p1")
    kept.save_attendee(person.model_copy(update={"unavailable": ("d1-0900",)}))
    assert "these have changed: 1 attendee" in page(client, address)
    send(client, f"{address}/start", seconds="20", keep="1")
    job = kept.newest_job(scheduled)
    assert job is not None
    assert job.request["keep"] == 1
    wait_for(kept, job.number, is_over)
    again = page(client, address)
    assert "have changed" not in again
    assert "scheduled, keeping version 1" in again


def test_while_the_day_is_held_what_has_begun_can_stay(
    client: FlaskClient, service: Service, kept: Store, event_id: str
) -> None:
    assert "From now on" not in page(client, f"/events/{event_id}/timetable")
    today = datetime.now(ZoneInfo("Asia/Seoul")).date()
    days = [{"date": today.isoformat(), "start": "00:00", "end": "23:40", "slot_minutes": 20}]
    held = f"{event_id}-today"
    add_day(service, held, days=days)
    schedule_day(service, held)
    address = f"/events/{held}/timetable"
    assert "From now on" in page(client, address)
    send(client, f"{address}/start", seconds="5", keep="1", from_now="1")
    job = kept.newest_job(held)
    assert job is not None
    assert (job.request["keep"], job.request["now"][:10]) == (1, today.isoformat())
    done = wait_for(kept, job.number, is_over)
    assert done.state is JobState.DONE, done.result


def test_a_reader_sees_and_changes_nothing(reader: FlaskClient, kept: Store, scheduled: str) -> None:
    meeting = kept.timetable(scheduled).schedule.meetings[0]
    pair = f"startup={meeting.startup}&partner={meeting.partner}"
    base = f"/events/{scheduled}"
    for address in (
        "timetable",
        "timetable?view=people",
        f"timetable?person={meeting.startup}",
        f"timetable/meeting?{pair}",
        "timetable/unscheduled",
        "timetable/check",
        "timetable/print",
        "versions",
        "versions/compare",
        "timetable/publish",
        "exports",
    ):
        shown = page(reader, f"{base}/{address}")
        # Signing out is the only form that is sent.
        assert re.findall('<form[^>]*method="post"[^>]*action="([^"]*)"', shown) == ["/sign-out"], address
    page(reader, f"{base}/timetable/preview?action=remove&{pair}", 403)
    for address in (
        "timetable/start",
        "timetable/stop",
        "timetable/edit",
        "timetable/lock",
        "timetable/unlock",
        "versions/restore",
        "timetable/publish",
        "timetable/unpublish",
        "exports/all",
        "exports/stop",
    ):
        send(reader, f"{base}/{address}", 403)
    assert [each.number for each in kept.timetables(scheduled)] == [1]


@pytest.mark.parametrize("role", [Role.STARTUP, Role.PARTNER])
def test_attendees_have_other_pages(app: Flask, scheduled: str, role: Role) -> None:
    own = signed_in(app, role, "s1" if role is Role.STARTUP else "p1")
    for address in ("timetable", "versions", "exports", "exports/files"):
        page(own, f"/events/{scheduled}/{address}", 403)


# -- publishing --------------------------------------------------------------------------------


def test_only_those_concerned_are_told(client: FlaskClient, kept: Store, scheduled: str, app: Flask) -> None:
    signed_in(app, Role.STARTUP, "s1")  # somebody with an address
    address = f"/events/{scheduled}/timetable/publish"
    first = kept.timetable(scheduled)
    meeting_people = {who for each in first.schedule.meetings for who in each.key}
    assert "everybody who has a meeting is told" in page(client, address)
    said = send(client, address, version="1", before="")
    assert "Version 1 is published." in said
    assert kept.consultation(scheduled).published == 1
    assert {each.profile_id for each in kept.notices(scheduled)} == meeting_people

    gone = first.schedule.meetings[0]
    event, rest = first.event, first.schedule.meetings[1:]
    kept.keep_timetable(event, first.schedule.model_copy(update={"meetings": rest}), "by hand")
    preview = page(client, address)
    assert "only those it changes something for are told" in preview
    assert NAMES[gone.startup] in preview
    # Somebody has published in the meantime: nothing happens before the organiser has looked again.
    assert "Another version was published" in send(client, address, version="2", before="")
    assert kept.consultation(scheduled).published == 1
    send(client, address, version="2", before="1")
    assert kept.consultation(scheduled).published == 2
    told = [each for each in kept.notices(scheduled) if each.version == 2]
    assert {each.profile_id for each in told} == set(gone.key)
    assert [change["kind"] for each in told for change in each.changes] == ["dropped", "dropped"]

    send(client, f"/events/{scheduled}/timetable/unpublish")
    assert kept.consultation(scheduled).published is None


def test_letters_are_drafted_and_not_sent(
    client: FlaskClient, kept: Store, scheduled: str, app: Flask
) -> None:
    signed_in(app, Role.STARTUP, "s1")
    said = send(client, f"/events/{scheduled}/timetable/publish", version="1", before="")
    letters = kept.letters(event_id=scheduled)
    assert {letter.state.value for letter in letters} == {"draft"}
    drafted = re.search(r"(\d+) letters? (is|are) drafted", said)
    assert drafted
    assert int(drafted[1]) == len(letters) >= 1


# -- as files ----------------------------------------------------------------------------------


def test_files_can_be_read_and_pass_the_check(
    client: FlaskClient, kept: Store, scheduled: str, tmp_path: Path
) -> None:
    found, base = kept.timetable(scheduled), f"/events/{scheduled}/exports"
    zipfile.ZipFile(io.BytesIO(client.get(f"{base}/files").data)).extractall(tmp_path)
    event, schedule = read_event(tmp_path / "event.json"), read_schedule(tmp_path / "schedule.json")
    assert (event, schedule) == (found.event, found.schedule)
    assert check(event, schedule).faults == ()

    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{base}/workbook").data))
    assert len(book.sheetnames) == 6
    calendars = zipfile.ZipFile(io.BytesIO(client.get(f"{base}/calendars").data))
    everybody = Calendar.from_ical(calendars.read("all.ics"))
    assert len(everybody.walk("VEVENT")) == len(schedule.meetings)
    own = Calendar.from_ical(calendars.read("s1.ics"))
    assert len(own.walk("VEVENT")) == sum(each.startup == "s1" for each in schedule.meetings)
    page(client, f"{base}/everything", 404)


def test_calendars_of_a_published_change_count_on(client: FlaskClient, kept: Store, scheduled: str) -> None:
    def sequences() -> set[int]:
        archive = zipfile.ZipFile(io.BytesIO(client.get(f"/events/{scheduled}/exports/calendars").data))
        events = Calendar.from_ical(archive.read("all.ics")).walk("VEVENT")
        return {int(str(each["sequence"])) for each in events}

    send(client, f"/events/{scheduled}/timetable/publish", version="1", before="")
    assert sequences() == {0}
    first = kept.timetable(scheduled)
    fewer = first.schedule.model_copy(update={"meetings": first.schedule.meetings[1:]})
    kept.keep_timetable(first.event, fewer, "by hand")
    send(client, f"/events/{scheduled}/timetable/publish", version="2", before="1")
    assert sequences() == {0, 1}
    assert sequences() == {0, 1}


def test_everything_is_written_in_the_background(client: FlaskClient, kept: Store, scheduled: str) -> None:
    base = f"/events/{scheduled}/exports"
    page(client, f"{base}/all", 404)
    send(client, f"{base}/all", version="1", briefings="1")
    job = kept.newest_job(scheduled, jobs.EXPORT)
    assert job is not None
    done = wait_for(kept, job.number, is_over, 120)
    assert done.state is JobState.DONE, done.result
    assert "Download version 1" in page(client, base)
    names = zipfile.ZipFile(io.BytesIO(client.get(f"{base}/all").data)).namelist()
    assert "timetable/briefings/s1.html" in names
    over = client.get(f"{base}/progress", headers={"HX-Request": "true"})
    assert over.headers["HX-Redirect"] == base


def test_the_checker_is_asked(client: FlaskClient, kept: Store, scheduled: str) -> None:
    address = f"/events/{scheduled}/timetable/check"
    assert "All rules are kept." in page(client, address)
    found = kept.timetable(scheduled)
    one, other, *rest = found.schedule.meetings
    moved = other.model_copy(update={"slot": one.slot, "table": one.table})
    broken = found.schedule.model_copy(update={"meetings": (one, moved, *rest)})
    kept.keep_timetable(found.event, broken, "by hand")
    assert "table T-1 has more than one meeting at once" in page(client, address)
