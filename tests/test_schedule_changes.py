"""What differs between two timetables: by hand, and applied to random old ones to give the new ones."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import events

from matcher.schedule.changes import Change, Changes, Place, differences
from profiles.errors import InputError
from profiles.event import Event, Meeting, Schedule
from web.versions import compare_files, sentences

SLOTS = [
    {"id": "a", "start": "2023-04-28T10:00", "end": "2023-04-28T10:20"},
    {"id": "b", "start": "2023-04-28T10:20", "end": "2023-04-28T10:40"},
    {"id": "c", "start": "2023-04-29T10:00", "end": "2023-04-29T10:20"},
    {"id": "c-again", "start": "2023-04-29T10:00", "end": "2023-04-29T10:20"},
    {"id": "c-long", "start": "2023-04-29T10:00", "end": "2023-04-29T10:40"},
]
PEOPLE = [
    *({"id": name, "side": "startup"} for name in ("s1", "s2", "s3")),
    *({"id": name, "side": "partner"} for name in ("p1", "p2", "p3")),
]


def make_event(people: list[dict[str, Any]] = PEOPLE, timezone: str = "America/New_York") -> Event:
    return Event.model_validate(
        {
            "event": {"id": "e", "timezone": timezone},
            "slots": SLOTS,
            "tables": [{"id": name} for name in ("T1", "T2", "T3")],
            "participants": people,
            # An interpreter may have the name of a participant.
            "interpreters": [{"id": name, "languages": ["ko"]} for name in ("i1", "i2", "s3")],
        }
    )


def make_schedule(lines: str) -> Schedule:
    """A timetable from "s1 p1 a T1; s1 p2 b T1 i1 ip"."""
    fields = ("startup", "partner", "slot", "table", "interpreter", "track")
    meetings = [
        {name: value for name, value in zip(fields, line.split(), strict=False) if value != "-"}
        for line in lines.split(";")
        if line.strip()
    ]
    return Schedule.model_validate({"status": "feasible", "meetings": meetings})


def compare(old: str, new: str) -> Changes:
    return differences(make_event(), make_schedule(old), make_event(), make_schedule(new))


def told(changes: Changes) -> dict[str, list[str]]:
    """Whoever has to be told -> "kind pair" for each change, in order."""
    return {
        f"{notice.role} {notice.who}": [f"{c.kind} {c.startup} {c.partner}" for c in notice.changes]
        for notice in changes.notices
    }


def test_nothing_changes_where_all_is_the_same() -> None:
    assert compare("s1 p1 a T1 i1 ip; s2 p2 b T2", "s2 p2 b T2; s1 p1 a T1 i1 ip") == Changes()
    assert compare("s1 p1 c T1", "s1 p1 c-again T1") == Changes()  # the same time by another name


@pytest.mark.parametrize(
    ("old", "new", "moves"),
    [
        ("s1 p1 a T1", "s1 p1 b T1", ("time",)),
        ("s1 p1 c T1", "s1 p1 c-long T1", ("time",)),
        ("s1 p1 a T1", "s1 p1 a T2", ("table",)),
        ("s1 p1 a T1", "s1 p1 a T1 i1", ("interpreter",)),
        ("s1 p1 a T1 - ip", "s1 p1 a T1 - data", ("track",)),
        ("s1 p1 a T1 i1 ip", "s1 p1 b T2 i2 data", ("time", "table", "interpreter", "track")),
    ],
)
def test_what_a_meeting_does_is_told_apart(old: str, new: str, moves: tuple[str, ...]) -> None:
    changes = compare(old, new)
    assert (changes.added, changes.dropped) == ((), ())
    assert [(change.kind, change.moves) for change in changes.moved] == [("moved", moves)]


def test_only_those_concerned_are_told_and_in_order_of_time() -> None:
    changes = compare(
        "s1 p1 b T1; s1 p2 c T1 i1; s2 p1 a T2; s3 p3 a T3 i2",
        "s1 p1 a T2; s1 p2 c T1 i2; s2 p2 b T2; s3 p3 a T3 i2",
    )
    assert [(c.startup, c.partner) for c in changes.added] == [("s2", "p2")]
    assert [(c.startup, c.partner) for c in changes.dropped] == [("s2", "p1")]
    assert [(c.startup, c.partner) for c in changes.moved] == [("s1", "p1"), ("s1", "p2")]
    assert told(changes) == {
        "startup s1": ["moved s1 p1", "moved s1 p2"],
        "startup s2": ["dropped s2 p1", "added s2 p2"],
        "partner p1": ["moved s1 p1", "dropped s2 p1"],
        "partner p2": ["added s2 p2", "moved s1 p2"],
        # Each sees the meeting that goes on as one that ends or begins.
        "interpreter i1": ["dropped s1 p2"],
        "interpreter i2": ["added s1 p2"],
    }


def test_an_interpreter_who_stays_is_told_of_the_time_and_the_table_alone() -> None:
    changes = compare("s1 p1 a T1 s3", "s1 p1 b T1 s3")
    assert told(changes) == {
        "startup s1": ["moved s1 p1"],
        "partner p1": ["moved s1 p1"],
        "interpreter s3": ["moved s1 p1"],
    }


def test_times_are_of_the_zone_of_the_event() -> None:
    change = compare("", "s1 p1 a T1").added[0]
    assert change.after is not None
    assert change.after.start.isoformat() == "2023-04-28T10:00:00-04:00"
    # The same hour elsewhere is another time.
    seoul = make_event(timezone="Asia/Seoul")
    changes = differences(make_event(), make_schedule("s1 p1 a T1"), seoul, make_schedule("s1 p1 a T1"))
    assert [each.moves for each in changes.moved] == [("time",)]


def test_those_who_left_the_event_are_told_last() -> None:
    remaining = [person for person in PEOPLE if person["id"] != "s1"]
    old, new = make_schedule("s1 p1 a T1; s2 p2 a T2"), make_schedule("s2 p1 a T1")
    changes = differences(make_event(), old, make_event(remaining), new)
    assert [notice.who for notice in changes.notices] == ["s2", "p1", "p2", "s1"]
    assert told(changes)["partner p1"] == ["dropped s1 p1", "added s2 p1"]


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("s1 p1 x T1", "'s1' and 'p1' in 'x' name what the event does not have"),
        ("s9 p1 a T1", "'s9' and 'p1' in 'a' name what the event does not have"),
        ("s1 p1 a T1 i9", "'s1' and 'p1' in 'a' name what the event does not have"),
        ("s1 p1 a T1; s1 p1 b T1", "'s1' and 'p1' in 'b' meet twice"),
    ],
)
def test_a_timetable_that_does_not_go_with_its_event_is_refused(lines: str, expected: str) -> None:
    for old, new in ((lines, ""), ("", lines)):
        with pytest.raises(InputError) as caught:
            compare(old, new)
        assert str(caught.value).startswith(expected)


def test_the_changes_for_a_program() -> None:
    changes = compare("s1 p1 a T1 i1", "s1 p1 b T1 i1; s2 p2 a T2 - ip")
    found = json.loads(json.dumps(changes.to_dict()))
    assert found["added"] == [
        {
            "startup": "s2",
            "partner": "p2",
            "kind": "added",
            "moves": [],
            "before": None,
            "after": {
                "start": "2023-04-28T10:00:00-04:00",
                "end": "2023-04-28T10:20:00-04:00",
                "slot": "a",
                "table": "T2",
                "track": "ip",
                "interpreter": None,
            },
        }
    ]
    assert found["dropped"] == []
    assert [each["moves"] for each in found["moved"]] == [["time"]]
    assert [(each["who"], each["role"]) for each in found["notices"]] == [
        ("s1", "startup"),
        ("s2", "startup"),
        ("p1", "partner"),
        ("p2", "partner"),
        ("i1", "interpreter"),
    ]
    assert found["notices"][0]["changes"] == found["moved"]


# -- sentences ---------------------------------------------------------------------------------

NAMED = [
    {"id": "s1", "side": "startup", "name": "Moderna"},
    {"id": "s2", "side": "startup", "name": " "},
    {"id": "p1", "side": "partner", "name": "KAIST"},
    {"id": "p2", "side": "partner", "name": "Lake\x1bside\nHospital"},
]


def one_day(people: list[dict[str, Any]] = NAMED) -> Event:
    event = make_event(people)
    return event.model_copy(update={"slots": event.slots[:2]})


def said(event: Event, old: str, new: str) -> list[str]:
    """All sentences but the first."""
    before, after = make_schedule(old), make_schedule(new)
    return list(sentences(differences(event, before, event, after), event, event))[1:]


def test_each_is_told_in_a_sentence_what_changes() -> None:
    assert said(one_day(), "s1 p1 a T3", "s1 p1 b T1") == [
        "Moderna: 10:00 T3 -> 10:20 T1 with KAIST",
        "KAIST: 10:00 T3 -> 10:20 T1 with Moderna",
    ]
    assert said(one_day(), "s1 p1 a T3 i1; s2 p1 b T3", "s2 p2 b T2 i2") == [
        "Moderna: cancelled, 10:00 T3 with KAIST",
        "s2: cancelled, 10:20 T3 with KAIST",
        "s2: new, 10:20 T2 (interpreter i2) with Lake?side?Hospital",
        "KAIST: cancelled, 10:00 T3 with Moderna",
        "KAIST: cancelled, 10:20 T3 with s2",
        "Lake?side?Hospital: new, 10:20 T2 (interpreter i2) with s2",
        "i1: cancelled, 10:00 T3 with Moderna, KAIST",
        "i2: new, 10:20 T2 with s2, Lake?side?Hospital",
    ]


def test_an_interpreter_and_a_topic_are_told_only_where_they_change() -> None:
    assert said(one_day(), "s1 p1 a T3 i1 ip", "s1 p1 a T3 - data")[0] == (
        "Moderna: 10:00 T3 (interpreter i1, Intellectual property) -> 10:00 T3 (no interpreter, Data)"
        " with KAIST"
    )
    assert said(one_day(), "s1 p1 a T3 i1 ip", "s1 p1 b T3 i1 ip")[0] == (
        "Moderna: 10:00 T3 -> 10:20 T3 with KAIST"
    )


def test_more_days_than_one_are_named_and_a_longer_meeting_shows_its_end() -> None:
    event = make_event(NAMED)
    assert said(event, "s1 p1 a T1", "s1 p1 c T1")[0] == (
        "Moderna: 2023-04-28 10:00 T1 -> 2023-04-29 10:00 T1 with KAIST"
    )
    assert said(event, "s1 p1 c T1", "s1 p1 c-long T1")[0] == (
        "Moderna: 2023-04-29 10:00–10:20 T1 -> 2023-04-29 10:00–10:40 T1 with KAIST"
    )


def test_two_files_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = {
        "event": one_day(),
        "before": one_day(NAMED[1:]),
        "old": make_schedule("s2 p1 a T1; s2 p2 b T1"),
        "new": make_schedule("s1 p1 a T1; s2 p2 b T1"),
    }
    paths = {name: tmp_path / f"{name}.json" for name in files}
    for name, record in files.items():
        paths[name].write_text(record.model_dump_json(), encoding="utf-8")
    for old_event in (None, paths["before"]):
        compare_files(paths["event"], paths["old"], paths["new"], old_event=old_event)
        assert capsys.readouterr().out.splitlines() == [
            "1 new, 1 cancelled, 0 moved; to be told: 3. Times are those of America/New_York.",
            "Moderna: new, 10:00 T1 with KAIST",
            "s2: cancelled, 10:00 T1 with KAIST",
            "KAIST: new, 10:00 T1 with Moderna",
            "KAIST: cancelled, 10:00 T1 with s2",
        ]
    compare_files(paths["event"], paths["old"], paths["old"])
    assert capsys.readouterr().out == "Nothing changes, and nobody has to be told anything.\n"
    compare_files(paths["event"], paths["old"], paths["new"], as_json=True)
    assert [each["who"] for each in json.loads(capsys.readouterr().out)["notices"]] == ["s1", "s2", "p1"]
    with pytest.raises(InputError, match="'s1' and 'p1' in 'a' name what the event does not have"):
        compare_files(paths["event"], paths["new"], paths["old"], old_event=paths["before"])


# -- random timetables -------------------------------------------------------------------------


@st.composite
def two_timetables(draw: st.DrawFn) -> tuple[Event, Schedule, Event, Schedule]:
    """Two timetables of an event, the second perhaps half an hour later as a whole; they may break rules."""
    event = draw(events())
    late = timedelta(minutes=draw(st.sampled_from([0, 0, 30])))
    slots = (
        slot.model_copy(update={"start": slot.start + late, "end": slot.end + late}) for slot in event.slots
    )
    moved = event.model_copy(update={"slots": tuple(slots)})
    keys = [pair.key for pair in event.pairs]
    helpers = st.sampled_from([None, None, *(each.id for each in event.interpreters)])
    one: dict[tuple[str, str], Meeting] = {}
    other: dict[tuple[str, str], Meeting] = {}
    for meetings in (one, other):
        for startup, partner in draw(st.lists(st.sampled_from(keys), unique=True)):
            meetings[startup, partner] = Meeting(
                startup=startup,
                partner=partner,
                slot=draw(st.sampled_from(event.slots)).id,
                table=draw(st.sampled_from(event.tables)).id,
                interpreter=draw(helpers),
            )
    kept = draw(st.sets(st.sampled_from(keys)))
    other.update({key: meeting for key, meeting in one.items() if key in kept})
    old, new = (Schedule(status="feasible", meetings=tuple(found.values())) for found in (one, other))
    return event, old, moved, new


Fact = tuple[Any, ...]


def facts(event: Event, schedule: Schedule) -> set[Fact]:
    """All that is to be known of a timetable, read by hand."""
    slots = {slot.id: slot for slot in event.slots}
    return {
        (
            *meeting.key,
            slots[meeting.slot].start,
            slots[meeting.slot].end,
            meeting.table,
            meeting.track,
            meeting.interpreter,
        )
        for meeting in schedule.meetings
    }


def fact(change: Change, place: Place | None) -> set[Fact]:
    if place is None:
        return set()
    times = (place.start.replace(tzinfo=None), place.end.replace(tzinfo=None))
    return {(change.startup, change.partner, *times, place.table, place.track, place.interpreter)}


def applied(known: set[Fact], changes: Iterable[Change]) -> set[Fact]:
    """What is known after the changes; each says truly what was before."""
    found = set(known)
    for change in changes:
        before = fact(change, change.before)
        assert before <= found
        found -= before
        found |= fact(change, change.after)
    return found


@settings(max_examples=150, deadline=None)
@given(two=two_timetables())
def test_the_changes_applied_to_the_old_timetable_give_the_new_one(
    two: tuple[Event, Schedule, Event, Schedule],
) -> None:
    event_old, old, event_new, new = two
    changes = differences(*two)
    assert applied(facts(event_old, old), changes.meetings) == facts(event_new, new)
    back = differences(event_new, new, event_old, old)
    assert applied(facts(event_new, new), back.meetings) == facts(event_old, old)
    for change in changes.meetings:  # each does change something
        assert fact(change, change.before) != fact(change, change.after)
    assert len({(each.startup, each.partner) for each in changes.meetings}) == len(changes.meetings)


@settings(max_examples=150, deadline=None)
@given(two=two_timetables())
def test_everybody_knows_the_new_timetable_who_was_told_and_nobody_else_needed_to(
    two: tuple[Event, Schedule, Event, Schedule],
) -> None:
    event_old, old, event_new, new = two
    notices = {(each.role, each.who): each for each in differences(*two).notices}
    known = facts(event_old, old), facts(event_new, new)
    people = [(person.side.value, person.id) for person in event_old.participants]
    helpers = [("interpreter", each.id) for each in event_old.interpreters]
    for role, who in people + helpers:
        place = slice(-1, None) if role == "interpreter" else slice(0, 2)
        before, after = ({each for each in facts_ if who in each[place]} for facts_ in known)
        notice = notices.pop((role, who), None)
        assert (notice is not None) == (before != after)
        if notice:
            assert applied(before, notice.changes) == after
            assert [each.at for each in notice.changes] == sorted(each.at for each in notice.changes)
    assert not notices
