"""Calendars: right instants, lasting UIDs, a SEQUENCE that rises with what matters, cancelled meetings."""

from __future__ import annotations

import io
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dateutil.tz import tzical  # type: ignore[import-untyped]
from icalendar import Calendar
from test_timetable_rows import MEETINGS, PROFILES, make_event, make_schedule, meet, slot

from profiles.errors import InputError
from web.render.timetable import Timetable, Written, write_timetable
from web.render.timetable.revisions import uid

FIRST, LATER = datetime(2023, 4, 1, 8, tzinfo=UTC), datetime(2023, 4, 2, 8, tzinfo=UTC)


def write(out: Path, meetings: Sequence[dict[str, Any]], now: datetime = FIRST, **event: Any) -> Written:
    timetable = Timetable.of(make_event(**event), make_schedule(*meetings), PROFILES)
    return write_timetable(timetable, out, language="en", created=now)


def read(out: Path, name: str) -> Calendar:
    found = Calendar.from_ical((out / "calendars" / f"{name}.ics").read_bytes())
    assert isinstance(found, Calendar)
    return found


def events(out: Path, name: str = "all") -> dict[str, Any]:
    """The events of a calendar by UID."""
    found = {str(event["uid"]): event for event in read(out, name).walk("VEVENT")}
    assert len(found) == len(read(out, name).walk("VEVENT"))
    return found


def of(out: Path, startup: str, partner: str, name: str = "all") -> Any:
    return events(out, name)[uid("boston", startup, partner)]


def state(event: Any) -> tuple[int, str]:
    return event["sequence"], str(event["status"])


def test_everybody_gets_a_calendar_of_the_own_meetings(tmp_path: Path) -> None:
    write(tmp_path, MEETINGS)
    names = {path.stem: len(events(tmp_path, path.stem)) for path in (tmp_path / "calendars").iterdir()}
    # "all" is the calendar of everybody.
    assert names == {"all": 3, "s1": 2, "s2": 1, "p1": 2, "p2": 1, "i1": 1}


def test_a_meeting_is_told_in_full(tmp_path: Path) -> None:
    write(tmp_path, MEETINGS)
    event = of(tmp_path, "s1", "p1", "s1")
    assert event.start == datetime(2023, 4, 28, 13, 0, tzinfo=UTC)
    assert event.end == datetime(2023, 4, 28, 13, 20, tzinfo=UTC)
    assert event["dtstart"].params["TZID"] == "America/New_York"
    assert event["dtstart"].to_ical() == b"20230428T090000"
    assert str(event["location"]) == "Table T1"
    assert str(event["summary"]) == "Massachusetts General – VUNO"  # whom one meets comes first
    assert str(of(tmp_path, "s1", "p1", "p1")["summary"]) == "VUNO – Massachusetts General"
    assert str(event["description"]).split("\n") == [
        "Boston day",
        "VUNO (뷰노, VUNO Inc.)",
        "Massachusetts General (매사추세츠 병원)",
        "Topic of the meeting: Clinical trials",
        "Interpreter: i1",
    ]
    assert event["dtstamp"].dt == FIRST
    assert state(event) == (0, "CONFIRMED")


ZONES = [
    # The clocks go forward at 02:00 on 12 March and back at 02:00 on 5 November.
    ("America/New_York", "03-12T01:30", datetime(2023, 3, 12, 6, 30, tzinfo=UTC)),
    ("America/New_York", "03-12T03:30", datetime(2023, 3, 12, 7, 30, tzinfo=UTC)),
    ("America/New_York", "11-05T00:30", datetime(2023, 11, 5, 4, 30, tzinfo=UTC)),
    ("America/New_York", "11-05T02:30", datetime(2023, 11, 5, 7, 30, tzinfo=UTC)),
    ("America/New_York", "12-31T23:30", datetime(2024, 1, 1, 4, 30, tzinfo=UTC)),
    ("Europe/Dublin", "03-26T02:30", datetime(2023, 3, 26, 1, 30, tzinfo=UTC)),
    ("Europe/Dublin", "01-01T00:00", datetime(2023, 1, 1, 0, 0, tzinfo=UTC)),
    ("Australia/Sydney", "04-02T03:30", datetime(2023, 4, 1, 17, 30, tzinfo=UTC)),
    ("Asia/Seoul", "11-05T02:30", datetime(2023, 11, 4, 17, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("timezone", "start", "instant"), ZONES)
def test_instants_are_right_by_name_and_by_the_rules_written_out(
    tmp_path: Path, timezone: str, start: str, instant: datetime
) -> None:
    later = f"{start[:-2]}{int(start[-2:]) + 20}"
    slots = [slot("x", start, later), slot("y", "07-01T09:00", "07-01T09:20")]
    event = {"id": "boston", "timezone": timezone}
    tables = [{"id": "T1"}]
    write(tmp_path, [meet("s1 p1", "x"), meet("s2 p1", "y")], event=event, slots=slots, tables=tables)
    found = of(tmp_path, "s1", "p1")
    assert found.start.astimezone(UTC) == instant
    # A program that does not know the zone by name has the VTIMEZONE alone.
    spelled = tzical(io.StringIO((tmp_path / "calendars" / "all.ics").read_text(encoding="utf-8"))).get(
        timezone
    )
    local = datetime.strptime(found["dtstart"].to_ical().decode(), "%Y%m%dT%H%M%S").replace(tzinfo=spelled)
    assert local.astimezone(UTC) == instant


def test_utc_needs_no_zone(tmp_path: Path) -> None:
    write(tmp_path, MEETINGS, event={"id": "boston", "timezone": "UTC"})
    assert read(tmp_path, "all").walk("VTIMEZONE") == []
    assert of(tmp_path, "s1", "p1")["dtstart"].to_ical() == b"20230428T090000Z"


def test_writing_the_same_again_changes_no_calendar(tmp_path: Path) -> None:
    assert write(tmp_path, MEETINGS).changed == 3
    before = {path.name: path.read_bytes() for path in (tmp_path / "calendars").iterdir()}
    again = write(tmp_path, MEETINGS, LATER)
    assert (again.changed, again.cancelled) == (0, 0)
    assert {path.name: path.read_bytes() for path in (tmp_path / "calendars").iterdir()} == before


@pytest.mark.parametrize(
    "change",
    [{"slot": "d"}, {"table": "T2"}, {"interpreter": None}, {"track": None}],
    ids=["time", "table", "interpreter", "track"],
)
def test_a_change_raises_the_sequence_of_that_meeting_alone(tmp_path: Path, change: dict[str, Any]) -> None:
    write(tmp_path, MEETINGS)
    first, moved, last = MEETINGS
    written = write(tmp_path, [first, {**moved, **change}, last], LATER)
    assert (written.changed, written.cancelled) == (1, 0)
    assert state(of(tmp_path, "s1", "p1")) == (1, "CONFIRMED")
    assert of(tmp_path, "s1", "p1")["dtstamp"].dt == LATER
    assert state(of(tmp_path, "s2", "p1")) == (0, "CONFIRMED")
    assert of(tmp_path, "s2", "p1")["dtstamp"].dt == FIRST


def test_a_slot_by_another_name_at_the_same_time_is_no_change_and_another_zone_is(tmp_path: Path) -> None:
    slots = [slot("renamed", "04-28T09:00", "04-28T09:20")]
    tables = [{"id": "T1"}]
    write(tmp_path, [meet("s1 p1", "a")])
    assert write(tmp_path, [meet("s1 p1", "renamed")], LATER, slots=slots, tables=tables).changed == 0
    event = {"id": "boston", "timezone": "Asia/Seoul"}
    write(tmp_path, [meet("s1 p1", "renamed")], LATER, slots=slots, tables=tables, event=event)
    assert of(tmp_path, "s1", "p1").start == datetime(2023, 4, 28, 0, 0, tzinfo=UTC)
    assert of(tmp_path, "s1", "p1")["sequence"] == 1


def test_a_meeting_that_is_gone_is_cancelled_and_may_come_back(tmp_path: Path) -> None:
    write(tmp_path, MEETINGS)
    written = write(tmp_path, MEETINGS[:1], LATER)
    assert (written.meetings, written.changed, written.cancelled) == (1, 0, 2)
    gone = of(tmp_path, "s1", "p1", "s1")
    assert state(gone) == (1, "CANCELLED")
    assert gone.start == datetime(2023, 4, 28, 13, 0, tzinfo=UTC)
    assert state(of(tmp_path, "s1", "p1", "i1")) == (1, "CANCELLED")
    # Once is enough: it is not cancelled anew with every writing.
    assert write(tmp_path, MEETINGS[:1], LATER).cancelled == 0
    assert state(of(tmp_path, "s1", "p1", "s1")) == (1, "CANCELLED")
    assert write(tmp_path, MEETINGS, LATER).changed == 2
    assert state(of(tmp_path, "s1", "p1", "s1")) == (2, "CONFIRMED")


def test_who_left_the_event_hears_that_its_meetings_are_cancelled(tmp_path: Path) -> None:
    write(tmp_path, MEETINGS)
    people = [person.model_dump() for person in make_event().participants if person.id != "s2"]
    pairs = [pair.model_dump() for pair in make_event().pairs if pair.startup != "s2"]
    write(tmp_path, MEETINGS[:2], LATER, participants=people, pairs=pairs)
    gone = of(tmp_path, "s2", "p1", "s2")
    assert state(gone) == (1, "CANCELLED")
    assert str(gone["summary"]) == "Massachusetts General – Second"
    assert not (tmp_path / "people" / "s2.html").exists()


def test_an_interpreter_who_helps_no_longer_loses_the_meeting_and_the_others_keep_it(tmp_path: Path) -> None:
    two = [{"id": "i1", "languages": ["ko", "en"]}, {"id": "i2", "languages": ["ko", "en"]}]
    write(tmp_path, [meet("s1 p1", "a", "T1", "i1")], interpreters=two)
    write(tmp_path, [meet("s1 p1", "a", "T1", "i2")], LATER, interpreters=two)
    assert state(of(tmp_path, "s1", "p1", "i1")) == (1, "CANCELLED")
    assert state(of(tmp_path, "s1", "p1", "i2")) == (1, "CONFIRMED")
    assert state(of(tmp_path, "s1", "p1", "s1")) == (1, "CONFIRMED")
    write(tmp_path, [meet("s1 p1", "a", "T1", "i1")], LATER, interpreters=two)
    assert state(of(tmp_path, "s1", "p1", "i1")) == (2, "CONFIRMED")
    assert state(of(tmp_path, "s1", "p1", "i2")) == (2, "CANCELLED")


def test_uids_tell_events_and_pairs_apart_and_last() -> None:
    pairs = {("e", "a", "b"), ("e", "b", "a"), ("f", "a", "b"), ("e", "a, b", ""), ("e", "", "a, b")}
    assert len({uid(*pair) for pair in pairs}) == 5
    # Written down: other programs keep it for as long as the calendar is there.
    assert uid("boston", "s1", "p1") == "35bedf59-bb0b-5f3b-a245-9f655680a619"


def test_another_event_and_a_damaged_file_are_refused_and_nothing_is_written(tmp_path: Path) -> None:
    write(tmp_path, MEETINGS)
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    with pytest.raises(
        InputError, match="has the timetable of the event 'boston': choose another one for 'seoul'"
    ):
        write(tmp_path, MEETINGS, event={"id": "seoul"})
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before
    for damage in ("{", "[]", json.dumps({"event": "boston", "meetings": [{"uid": "x"}]}), "\udcff"):
        (tmp_path / "calendar.json").write_bytes(damage.encode("utf-8", "surrogateescape"))
        with pytest.raises(InputError, match=r"calendar.json: is damaged"):
            write(tmp_path, MEETINGS)


def test_texts_cannot_break_out_of_their_line(tmp_path: Path) -> None:
    hostile = "x\r\nEND:VEVENT\r\nBEGIN:VALARM,;\\n\x00\u2028\x85"
    people = [
        {"id": "s1", "side": "startup", "name": hostile},
        {"id": f"p{hostile}", "side": "partner"},
    ]
    pair = {"startup": "s1", "partner": f"p{hostile}", "track": "clinical"}
    meeting = {**pair, "slot": "a", "table": hostile}
    event = {"id": hostile, "name": hostile, "timezone": "Asia/Seoul"}
    found = make_event(
        event=event, participants=people, pairs=[pair], tables=[{"id": hostile}], interpreters=[]
    )
    timetable = Timetable.of(found, make_schedule(meeting), {})
    write_timetable(timetable, tmp_path, language="ko", created=FIRST)
    calendar = read(tmp_path, "all")
    assert [component.name for component in calendar.subcomponents] == ["VTIMEZONE", "VEVENT"]
    [event_] = calendar.walk("VEVENT")
    plain = "x  END:VEVENT  BEGIN:VALARM,;\\n"
    assert str(event_["location"]).endswith(plain)
    assert str(event_["description"]).count("\n") == 3
    assert len(list((tmp_path / "calendars").iterdir())) == 3
