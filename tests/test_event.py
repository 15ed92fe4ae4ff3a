"""Event and schedule files: what is written is read again; whatever is wrong is one line with its place."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import events

from profiles.errors import InputError
from profiles.event import (
    Conflict,
    Event,
    Meeting,
    Participant,
    Schedule,
    Stage,
    State,
    Unscheduled,
    read_event,
    read_schedule,
)

# Section 3 of the formats, with the records its references need.
EVENT: dict[str, Any] = {
    "event": {"id": "boston-2023", "name": "...", "timezone": "America/New_York"},
    "slots": [
        {"id": "d1-0900", "start": "2023-04-28T09:00", "end": "2023-04-28T09:20", "session": "am"},
        {"id": "d1-1200", "start": "2023-04-28T12:00", "end": "2023-04-28T12:20"},
    ],
    "tables": [{"id": "T1", "tracks": ["investment"], "closed": ["d1-1200"]}],
    "participants": [
        {
            "id": "s1",
            "side": "startup",
            "name": "...",
            "unavailable": ["d1-0900"],
            "min_meetings": 1,
            "max_meetings": 6,
            "max_consecutive": 4,
            "representatives": 1,
            "languages": ["ko"],
            "table": None,
            "sessions": None,
            "priority": 1.0,
        },
        {"id": "p1", "side": "partner"},
        {"id": "p2", "side": "partner"},
    ],
    "interpreters": [{"id": "i1", "languages": ["ko", "en"], "unavailable": []}],
    "pairs": [
        {
            "startup": "s1",
            "partner": "p1",
            "track": "ip",
            "fit": 0.83,
            "state": "suggested",
            "slot": None,
            "table": None,
        },
        {"startup": "s1", "partner": "p2", "state": "confirmed", "slot": "d1-0900", "table": "T1"},
    ],
    "precedences": [{"first": ["s1", "p2"], "then": ["s1", "p1"]}],
}
SCHEDULE: dict[str, Any] = {
    "status": "optimal",
    "stages": [
        {"name": "shortfall", "value": 0, "bound": 0},
        {"name": "value", "value": 812.4, "bound": 812.4},
        {"name": "breaks", "value": 2, "bound": 2},
    ],
    "seconds": 3.1,
    "meetings": [
        {
            "startup": "s1",
            "partner": "p1",
            "slot": "d1-0900",
            "table": "T1",
            "track": "ip",
            "interpreter": None,
        }
    ],
    "unscheduled": [{"startup": "s1", "partner": "p9", "reason": "p9 is full", "code": "partner_full"}],
    "conflicts": [],
}
MISSING = object()

files = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def written(path: Path, content: Any) -> Path:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
    return path


def changed(content: Any, place: str, value: Any) -> Any:
    """The content with the value at ``place`` (``slots.0.id``) replaced, or taken out."""
    content = copy.deepcopy(content)
    *way, last = [int(step) if step.isdigit() else step for step in place.split(".")]
    inner = content
    for step in way:
        inner = inner[step]
    if value is MISSING:
        del inner[last]
    else:
        inner[last] = value
    return content


def line(path: Path) -> str:
    """The one line said of a bad file, event or schedule by its name."""
    with pytest.raises(InputError) as caught:
        (read_event if path.name.startswith("event") else read_schedule)(path)
    text = str(caught.value)
    assert path.name in text
    assert text.isprintable()
    return text


def test_files_of_the_formats_are_read(tmp_path: Path) -> None:
    event = read_event(written(tmp_path / "event.json", EVENT))
    assert event.slots[0].start.isoformat() == "2023-04-28T09:00:00"
    assert event.pairs[0].key == ("s1", "p1")
    assert event.pairs[1].state is State.CONFIRMED
    assert event.participants[1] == Participant.model_validate({"id": "p1", "side": "partner"})
    assert event.event.max_break_difference is None
    schedule = read_schedule(written(tmp_path / "schedule.json", SCHEDULE))
    assert schedule.stages[1] == Stage(name="value", value=812.4, bound=812.4)
    assert schedule.meetings[0].key == ("s1", "p1")


def test_a_byte_order_mark_is_no_part_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "event.json").write_text(json.dumps(EVENT), encoding="utf-8-sig")
    assert read_event(tmp_path / "event.json") == Event.model_validate(EVENT)


def test_no_session_named_means_all() -> None:
    for place in ("participants.0.sessions", "pairs.0.sessions"):
        assert Event.model_validate(changed(EVENT, place, [])) == Event.model_validate(EVENT)


@files
@given(event=events())
def test_events_are_read_as_they_were_written(tmp_path: Path, event: Event) -> None:
    path = tmp_path / "event.json"
    path.write_text(event.model_dump_json(), encoding="utf-8")
    assert read_event(path) == event
    written(path, event.model_dump(mode="json", exclude_defaults=True))
    assert read_event(path) == event


ids = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=5).filter(
    lambda text: text == text.strip()
)
numbers = st.floats(allow_nan=False, allow_infinity=False)
schedules = st.builds(
    Schedule,
    status=st.sampled_from(["optimal", "feasible", "infeasible"]),
    stages=st.lists(st.builds(Stage, name=ids, value=numbers, bound=numbers), max_size=3).map(tuple),
    seconds=numbers,
    meetings=st.lists(
        st.builds(Meeting, startup=ids, partner=ids, slot=ids, table=ids, interpreter=st.none() | ids)
    ).map(tuple),
    unscheduled=st.lists(st.builds(Unscheduled, startup=ids, partner=ids, reason=ids, code=ids)).map(tuple),
    conflicts=st.lists(
        st.builds(Conflict, rule=ids, who=st.lists(ids, max_size=3).map(tuple), release=ids)
    ).map(tuple),
)


@files
@given(schedule=schedules)
def test_schedules_are_read_as_they_were_written(tmp_path: Path, schedule: Schedule) -> None:
    path = tmp_path / "schedule.json"
    path.write_text(schedule.model_dump_json(), encoding="utf-8")
    assert read_schedule(path) == schedule


@pytest.mark.parametrize(
    ("place", "value", "field", "reason"),
    [
        ("event", MISSING, "event", "required"),
        ("event.timezone", "Mars/Olympus", "event.timezone", "write one like Asia/Seoul"),
        ("event.timezone", "../../etc/passwd", "event.timezone", "no time zone"),
        ("event.max_break_difference", -1, "event.max_break_difference", "greater than or equal to 0"),
        ("slots", {}, "slots", "tuple"),
        ("slots.0.start", "nine", "slots.0.start", "datetime"),
        ("slots.0.start", "2023-04-28T09:00+09:00", "slots.0.start", "without an offset"),
        ("slots.0.end", "2023-04-28T09:20Z", "slots.0.end", "without an offset"),
        ("slots.0.end", "2023-04-28T09:00", "slots.0.end", "not after start"),
        ("slots.1.id", "d1-0900", "slots.1", "'d1-0900' is there already"),
        ("tables.0.tracks", ["golf"], "tables.0.tracks.0", "'investment'"),
        ("tables.0.closed", ["d9"], "tables.0.closed", "no slot 'd9'"),
        ("tables.0.open", True, "tables.0.open", "not permitted"),
        ("tables", [{"id": "T1"}, {"id": "T1"}], "tables.1", "'T1' is there already"),
        ("participants.1.id", "s1", "participants.1", "'s1' is there already"),
        ("participants.1.id", "", "participants.1.id", "at least 1 character"),
        ("participants.0.side", "judge", "participants.0.side", "'startup' or 'partner'"),
        ("participants.0.unavailable", ["d9"], "participants.0.unavailable", "no slot 'd9'"),
        ("participants.0.max_meetings", -1, "participants.0.max_meetings", "greater than or equal to 0"),
        ("participants.0.min_meetings", 1.5, "participants.0.min_meetings", "integer"),
        ("participants.0.max_consecutive", 0, "participants.0.max_consecutive", "greater than or equal to 1"),
        ("participants.0.representatives", 0, "participants.0.representatives", "greater than or equal to 1"),
        ("participants.0.languages", ["Korean"], "participants.0.languages.0", "pattern"),
        ("participants.0.table", "T9", "participants.0.table", "no table 'T9'"),
        ("participants.0.priority", -1, "participants.0.priority", "greater than or equal to 0"),
        ("participants.0.priority", float("nan"), "participants.0.priority", "finite"),
        ("interpreters.0.unavailable", ["d9"], "interpreters.0.unavailable", "no slot 'd9'"),
        ("interpreters", [{"id": "i", "languages": []}] * 2, "interpreters.1", "'i' is there already"),
        ("pairs.0.partner", "p9", "pairs.0", "no participant 'p9'"),
        ("pairs.0.partner", "s1", "pairs.0", "'s1' cannot meet itself"),
        ("pairs.0.partner", "p2", "pairs.1", "'s1 and p2' is there already"),
        ("participants.0.side", "partner", "pairs.0.startup", "'s1' is a partner"),
        ("participants.1.side", "startup", "pairs.0.partner", "'p1' is a startup"),
        ("pairs.0.fit", float("inf"), "pairs.0.fit", "finite"),
        ("pairs.0.fit", -0.1, "pairs.0.fit", "greater than or equal to 0"),
        ("pairs.0.state", "maybe", "pairs.0.state", "'suggested'"),
        ("pairs.0.slot", "d9", "pairs.0.slot", "no slot 'd9'"),
        ("pairs.0.table", "T9", "pairs.0.table", "no table 'T9'"),
        ("pairs.1.slot", None, "pairs.1.slot", "a confirmed pair needs the slot"),
        ("precedences.0.then", ["s1", "p9"], "precedences.0", "no pair 's1 and p9'"),
        ("precedences.0.then", ["s1"], "precedences.0.then.1", "required"),
        ("pairs.0.a\nb", 1, "pairs.0.a?b", "not permitted"),
    ],
)
def test_what_is_wrong_in_an_event_is_said_with_its_field(
    tmp_path: Path, place: str, value: Any, field: str, reason: str
) -> None:
    path = tmp_path / "event.json"
    path.write_text(json.dumps(changed(EVENT, place, value)))
    said = line(path)
    assert said.startswith(f"event.json, field {field}: ")
    assert reason in said


@pytest.mark.parametrize(
    ("place", "value", "field", "reason"),
    [
        ("status", MISSING, "status", "required"),
        ("status", "perfect", "status", "'optimal', 'feasible' or 'infeasible'"),
        ("seconds", float("nan"), "seconds", "finite"),
        ("stages.1.bound", MISSING, "stages.1.bound", "required"),
        ("stages.1.value", float("nan"), "stages.1.value", "finite"),
        ("stages.1.bound", float("-inf"), "stages.1.bound", "finite"),
        ("meetings.0.slot", None, "meetings.0.slot", "string"),
        ("meetings.0.track", "golf", "meetings.0.track", "'investment'"),
        ("meetings.0.room", "R1", "meetings.0.room", "not permitted"),
        ("unscheduled.0.code", MISSING, "unscheduled.0.code", "required"),
        ("conflicts", [{"rule": "must", "who": "s1", "release": ""}], "conflicts.0.who", "tuple"),
    ],
)
def test_what_is_wrong_in_a_schedule_is_said_with_its_field(
    tmp_path: Path, place: str, value: Any, field: str, reason: str
) -> None:
    said = line(written(tmp_path / "schedule.json", changed(SCHEDULE, place, value)))
    assert said.startswith(f"schedule.json, field {field}: ")
    assert reason in said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "row 1: is no JSON"),
        (b'{"event":\n\n}', "row 3: is no JSON"),
        (b"\xff\xfe", "cannot be read"),
        (b'{"event":\n"\\ud800"}', "row 2: is no JSON: unexpected end of hex escape"),
        (b"[" * 100_000, "row 1: is no JSON: recursion limit exceeded"),
        (b'{"event":' + b"1" * 5000 + b"}", "row 1: is no JSON: number out of range"),
        (b"[]", "valid dictionary"),
        (b"null", "valid dictionary"),
    ],
)
def test_what_is_no_event_at_all_is_said_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "event.json"
    path.write_bytes(content)
    assert said in line(path)


def test_missing_files_and_folders_cannot_be_read(tmp_path: Path) -> None:
    assert "cannot be read" in line(tmp_path / "event.json")
    (tmp_path / "schedule.json").mkdir()
    assert "cannot be read" in line(tmp_path / "schedule.json")


def places(content: Any, way: str = "") -> list[str]:
    steps = content.items() if isinstance(content, dict) else enumerate(content)
    found = []
    for step, inner in steps:
        found.append(f"{way}{step}")
        if isinstance(inner, dict | list):
            found += places(inner, f"{way}{step}.")
    return found


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=4,
)


@settings(files, max_examples=300)
@given(data=st.data(), value=anything)
def test_whatever_stands_in_a_file_it_is_read_or_refused_in_one_line(
    tmp_path: Path, data: st.DataObject, value: Any
) -> None:
    for name, content in (("event.json", EVENT), ("schedule.json", SCHEDULE)):
        place = data.draw(st.sampled_from(places(content)))
        path = tmp_path / name
        path.write_text(json.dumps(changed(content, place, value)))
        try:
            (read_event if content is EVENT else read_schedule)(path)
        except InputError as error:
            assert str(error).startswith(f"{name}, field ")
            assert str(error).isprintable()
