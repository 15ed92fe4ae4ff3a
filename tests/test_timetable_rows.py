"""A timetable joined: names, order, free times, the grid, file names, and what does not belong together."""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from profiles.errors import InputError
from profiles.event import Event, Schedule
from profiles.model import Kind, Profile, Side
from web.render.timetable import Timetable
from web.render.timetable.grid import blocks, lines
from web.render.timetable.names import stems
from web.render.timetable.rows import Entry, Gap

VUNO = Profile(id="s1", side=Side.STARTUP, kind=Kind.STARTUP, name="VUNO", name_ko="뷰노")
MGH = Profile(
    id="p1", side=Side.PARTNER, kind=Kind.HOSPITAL, name="Massachusetts General", name_ko="매사추세츠 병원"
)
PROFILES = {"s1": VUNO, "p1": MGH}


def slot(name: str, start: str, end: str) -> dict[str, Any]:
    return {"id": name, "start": f"2023-{start}", "end": f"2023-{end}"}


SLOTS = [
    slot("a", "04-28T09:00", "04-28T09:20"),
    slot("b", "04-28T09:20", "04-28T09:40"),
    slot("c", "04-28T10:20", "04-28T10:40"),
    slot("d", "04-28T10:50", "04-28T11:10"),
    slot("ab", "04-28T09:10", "04-28T09:30"),
    slot("next", "04-29T09:00", "04-29T09:20"),
]


def make_event(**changes: Any) -> Event:
    """Startups s1 and s2, partners p1 and p2, tables T1 and T2 (closed in b), an interpreter; all pairs."""
    fields: dict[str, Any] = {
        "event": {"id": "boston", "name": "Boston day", "timezone": "America/New_York"},
        "slots": SLOTS,
        "tables": [{"id": "T1"}, {"id": "T2", "closed": ["b"]}],
        "participants": [
            {"id": "s1", "side": "startup", "name": "VUNO Inc."},
            {"id": "s2", "side": "startup", "name": "Second"},
            {"id": "p1", "side": "partner", "name": "Massachusetts General"},
            {"id": "p2", "side": "partner"},
        ],
        "interpreters": [{"id": "i1", "languages": ["ko", "en"]}],
        "pairs": [
            {"startup": s, "partner": p, "track": "clinical", "fit": 0.5, "state": "accepted"}
            for s in ("s1", "s2")
            for p in ("p1", "p2")
        ],
    }
    return Event.model_validate({**fields, **changes})


def meet(pair: str, slot: str, table: str = "T1", interpreter: str | None = None) -> dict[str, Any]:
    """A meeting from ``"s1 p1"``."""
    startup, partner = pair.split()
    track = "clinical"
    found = {"startup": startup, "partner": partner, "slot": slot, "table": table, "track": track}
    return {**found, "interpreter": interpreter}


def make_schedule(*meetings: dict[str, Any], **changes: Any) -> Schedule:
    return Schedule.model_validate({"status": "optimal", "meetings": list(meetings), **changes})


MEETINGS = (
    meet("s1 p2", "next", "T2"),
    meet("s1 p1", "a", "T1", "i1"),
    meet("s2 p1", "c", "T2"),
)


def make_timetable(*meetings: dict[str, Any], **changes: Any) -> Timetable:
    return Timetable.of(make_event(**changes), make_schedule(*(meetings or MEETINGS)), PROFILES)


def test_names_come_from_the_directory_and_the_event() -> None:
    people = make_timetable().people
    assert people["s1"].label("ko") == "뷰노"
    assert people["s1"].other_names("ko") == ("VUNO", "VUNO Inc.")
    assert people["s1"].label("en") == "VUNO"
    assert people["p1"].other_names("en") == ("매사추세츠 병원",)  # the event's name is the same
    assert people["s2"].label("ko") == "Second"
    assert (people["p2"].label("ko"), people["p2"].other_names("ko")) == ("p2", ())


def test_an_id_of_the_other_side_is_another_organisation() -> None:
    wrong = {"s1": MGH.model_copy(update={"id": "s1"})}
    person = Timetable.of(make_event(), make_schedule(*MEETINGS), wrong).people["s1"]
    assert person.profile is None
    assert person.label("en") == "VUNO Inc."


def test_meetings_stand_in_the_order_of_time() -> None:
    timetable = make_timetable()
    assert [entry.slot.id for entry in timetable.entries] == ["a", "c", "next"]
    assert [entry.other("p1").id for entry in timetable.of_person("p1")] == ["s1", "s2"]
    assert [entry.key for entry in timetable.at_table("T2")] == [("s2", "p1"), ("s1", "p2")]
    assert [entry.key for entry in timetable.with_interpreter("i1")] == [("s1", "p1")]
    assert timetable.of_person("nobody") == ()


def test_free_time_is_what_a_slot_would_fit_into() -> None:
    timetable = make_timetable(
        meet("s1 p1", "a"), meet("s2 p1", "c"), meet("s1 p2", "d"), meet("s2 p2", "next")
    )
    [day] = timetable.days(timetable.of_person("p1"))
    assert day.date == date(2023, 4, 28)
    assert [type(item) for item in day.items] == [Entry, Gap, Entry]
    gap = day.items[1]
    assert gap == Gap(datetime(2023, 4, 28, 9, 20), datetime(2023, 4, 28, 10, 20))
    assert isinstance(gap, Gap)
    assert gap.minutes == 60
    # Ten minutes between c and d are the walk from one table to the other.
    both = timetable.days([timetable.of_person("s2")[0], timetable.of_person("s1")[1]])
    assert [type(item) for item in both[0].items] == [Entry, Entry]
    # Nothing is free between two days.
    assert [len(day.items) for day in timetable.days(timetable.of_person("s2"))] == [1, 1]


def test_free_time_begins_when_the_last_of_several_meetings_ends() -> None:
    slots = [slot("long", "04-28T09:00", "04-28T10:20"), *SLOTS]
    timetable = make_timetable(
        meet("s1 p1", "long"), meet("s1 p2", "a", "T2"), meet("s2 p1", "c"), slots=slots
    )
    [day] = timetable.days(timetable.entries)
    assert not [item for item in day.items if isinstance(item, Gap)]


def test_the_grid_says_what_every_table_does_in_every_slot() -> None:
    found = {line.slot.id: line.cells for line in lines(make_timetable())}
    assert list(found) == ["a", "ab", "b", "c", "d", "next"]
    assert [[entry.key for entry in cell.entries] for cell in found["a"]] == [[("s1", "p1")], []]
    assert (found["ab"][0].busy, found["ab"][0].entries) == (True, ())  # a's meeting goes on
    assert (found["ab"][1].closed, found["b"][1].closed, found["a"][1].closed) == (True, True, False)
    assert not found["d"][0].busy


def test_the_grid_is_cut_by_day_and_into_pieces_of_like_width() -> None:
    tables = [{"id": f"T{n}"} for n in range(1, 9)]
    pieces = list(blocks(make_timetable(tables=tables)))
    assert [(piece.day.day, len(piece.tables)) for piece in pieces] == [(28, 4), (28, 4), (29, 4), (29, 4)]
    assert [piece.empty for piece in pieces] == [False, True, False, True]
    assert [cell.table.id for cell in pieces[1].lines[0].cells] == ["T5", "T6", "T7", "T8"]


@pytest.mark.parametrize(
    ("meeting", "said"),
    [
        (meet("s9 p1", "a"), "field meetings.0.startup: the event has no participant 's9'"),
        (meet("s1 p9", "a"), "field meetings.0.partner: the event has no participant 'p9'"),
        (meet("s1 p1", "z"), "field meetings.0.slot: the event has no slot 'z'"),
        (meet("s1 p1", "a", "T9"), "field meetings.0.table: the event has no table 'T9'"),
        (meet("s1 p1", "a", "T1", "i9"), "field meetings.0.interpreter: the event has no interpreter 'i9'"),
        (meet("p1 s1", "a"), "field meetings.0: the event has no pair 'p1' and 's1'"),
    ],
)
def test_what_does_not_belong_to_the_event_is_named(meeting: dict[str, Any], said: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"s.json, {said}: give the event")):
        Timetable.of(make_event(), make_schedule(meeting), {}, "s.json")


def test_a_pair_twice_an_unknown_pair_left_out_and_no_timetable_are_refused() -> None:
    with pytest.raises(InputError, match="'s1' and 'p1' meet twice"):
        make_timetable(meet("s1 p1", "a"), meet("s1 p1", "b"))
    left = {"startup": "s1", "partner": "p7", "reason": "p7 is full", "code": "partner_full"}
    with pytest.raises(InputError, match=r"unscheduled.0.partner: the event has no participant 'p7'"):
        Timetable.of(make_event(), make_schedule(unscheduled=[left]), {})
    with pytest.raises(InputError, match="there is no timetable to write"):
        Timetable.of(make_event(), make_schedule(status="infeasible"), {})


def test_plain_ids_are_their_own_file_names() -> None:
    keys = [("participant", "s1"), ("participant", "kr-lunit"), ("interpreter", "Kim"), ("interpreter", "s1")]
    found = stems(keys)
    assert [found[key] for key in keys[:3]] == ["s1", "kr-lunit", "Kim"]
    assert re.fullmatch(r"s1-[0-9a-f]{16}", found["interpreter", "s1"])


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "a/b", "CON", "all", "", ".", "한글", "a.b", "x" * 200, "-a"]
)
def test_other_ids_get_a_safe_name(name: str) -> None:
    [stem] = stems([("table", name)]).values()
    assert re.fullmatch(r"[a-z0-9][a-z0-9-]{0,60}-[0-9a-f]{16}", stem)


@given(st.lists(st.text(min_size=1, max_size=8), unique=True))
def test_file_names_differ_also_where_case_does_not_count(names: list[str]) -> None:
    found = stems([*(("participant", name) for name in names), *(("interpreter", name) for name in names)])
    assert len({stem.casefold() for stem in found.values()}) == 2 * len(names)


def test_a_name_like_that_of_another_with_its_hash_gets_one_of_its_own() -> None:
    [hashed] = stems([("table", "a b")]).values()
    both = stems([("table", "a b"), ("table", hashed)])
    assert both["table", "a b"] == hashed
    assert both["table", hashed] != hashed
