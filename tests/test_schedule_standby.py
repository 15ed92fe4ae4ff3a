"""Who steps in: by hand, and on random timetables held against the checker."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import events

from matcher.schedule.board import Board
from matcher.schedule.check import STAGES, Fault, check
from matcher.schedule.model import WEIGHTS, compile_event
from matcher.schedule.standby import Option, Standby, fill, standbys
from profiles.errors import InputError
from profiles.event import Event, Meeting, Schedule, Stage, State, read_schedule
from web.context import Context
from web.settings import load_settings
from web.standby import mark_absent, show_standbys

SLOTS = [
    {"id": "a", "start": "2023-04-28T10:00", "end": "2023-04-28T10:20"},
    {"id": "b", "start": "2023-04-28T10:20", "end": "2023-04-28T10:40"},
    {"id": "c", "start": "2023-04-28T10:40", "end": "2023-04-28T11:00"},
]


def make_event(fits: dict[str, float], tables: int = 2, **changes: Any) -> Event:
    """Startups and partners of ``fits`` ("s1 p1": 0.5); ``changes`` are by id and by pair (s1_p1)."""
    names = dict.fromkeys(name for key in fits for name in key.split())
    sides = {"s": "startup", "p": "partner"}
    return Event.model_validate(
        {
            "event": {"id": "e", **changes.get("event", {})},
            "slots": SLOTS,
            "tables": [{"id": f"T{n}", **changes.get(f"T{n}", {})} for n in range(1, tables + 1)],
            "participants": [{"id": name, "side": sides[name[0]], **changes.get(name, {})} for name in names],
            "interpreters": changes.get("interpreters", []),
            "pairs": [
                {
                    "startup": key.split()[0],
                    "partner": key.split()[1],
                    "fit": fit,
                    **changes.get(key.replace(" ", "_"), {}),
                }
                for key, fit in fits.items()
            ],
            "precedences": changes.get("precedences", []),
        }
    )


def make_schedule(event: Event, meetings: str | Iterable[Meeting]) -> Schedule:
    """A timetable from "s1 p1 a T1; s1 p2 b T1 i1", or from meetings."""
    if isinstance(meetings, str):
        fields = ("startup", "partner", "slot", "table", "interpreter")
        lines = (line.split() for line in meetings.split(";") if line.strip())
        meetings = [Meeting.model_validate(dict(zip(fields, line, strict=False))) for line in lines]
    meetings = tuple(meetings)
    met = {meeting.key for meeting in meetings}
    left = [
        {"startup": pair.startup, "partner": pair.partner, "reason": "no time", "code": "none"}
        for pair in event.pairs
        if pair.key not in met and pair.state is not State.DECLINED
    ]
    bare = Schedule.model_validate(
        {"status": "feasible", "meetings": meetings, "unscheduled": left}, from_attributes=True
    )
    values = check(event, bare).values
    stages = tuple(Stage(name=name, value=value, bound=value) for name, value in values.items())
    return bare.model_copy(update={"stages": stages})


def lines(schedule: Schedule) -> list[str]:
    return [
        f"{each.startup} {each.partner} {each.slot} {each.table}"
        + (f" {each.interpreter}" if each.interpreter else "")
        for each in schedule.meetings
    ]


def of(found: Iterable[Standby], instead_of: str, absent: str) -> list[str]:
    """The options for one absence as "s1 p1"."""
    for standby in found:
        if standby.instead_of == tuple(instead_of.split()) and standby.absent == absent:
            return [f"{option.startup} {option.partner}" for option in standby.options]
    raise AssertionError(f"no standby for {instead_of} without {absent}")


def in_slot(found: Iterable[Standby], slot: str) -> tuple[Option, ...]:
    return next(each.options for each in found if each.slot == slot and each.instead_of is None)


# -- by hand -----------------------------------------------------------------------------------


def test_the_best_pairs_of_the_one_who_is_left_come_first() -> None:
    fits = {"s1 p1": 1.0, "s2 p1": 0.2, "s3 p1": 0.9, "s4 p1": 0.5, "s5 p1": 0.4, "s1 p2": 0.3, "s6 p2": 2.0}
    event = make_event(fits, s2_p1={"state": "accepted"}, s6_p2={"state": "declined"}, s3={"priority": 0.5})
    schedule = make_schedule(event, "s1 p1 a T1")
    assert not check(event, schedule).faults
    found = standbys(event, schedule)
    # 0.2 three times over, 0.5, 0.9 of half priority, 0.4.
    assert of(found, "s1 p1", "s1") == ["s2 p1", "s4 p1", "s3 p1"]
    assert of(found, "s1 p1", "p1") == ["s1 p2"]
    assert of(standbys(event, schedule, most=1), "s1 p1", "s1") == ["s2 p1"]
    values = [option.value for each in found if each.absent == "s1" for option in each.options]
    assert values == pytest.approx([0.6, 0.5, 0.45])
    assert [(each.slot, each.table) for each in found] == [
        ("a", None),
        ("a", "T1"),
        ("a", "T1"),
        ("b", None),
        ("c", None),
    ]


@pytest.mark.parametrize(
    "changes",
    [
        {"s2": {"unavailable": ["a"]}},
        {"s2": {"max_meetings": 1}},
        {"s2": {"max_consecutive": 1}},
        {"s2": {"table": "T2"}},
        {"s2": {"sessions": ["pm"]}},
        {"s2": {"languages": ["ko"]}, "p1": {"languages": ["en"]}},
        {"s2_p1": {"state": "declined"}},
        {"s2_p1": {"track": "ip"}, "T1": {"tracks": ["data"]}},
        {"precedences": [{"first": ["s2", "p2"], "then": ["s2", "p1"]}]},
    ],
)
def test_whoever_breaks_a_rule_does_not_step_in(changes: dict[str, Any]) -> None:
    fits = {"s1 p1": 1.0, "s2 p1": 0.5, "s2 p2": 1.0}
    text = "s1 p1 a T1; s2 p2 b T2"
    cases: list[tuple[dict[str, Any], list[str]]] = [({}, ["s2 p1"]), (changes, [])]
    for other, expected in cases:
        event = make_event(fits, **other)
        meetings = text if event.participants[2].sessions is None else "s1 p1 a T1"
        schedule = make_schedule(event, meetings)
        assert not check(event, schedule).faults
        assert of(standbys(event, schedule), "s1 p1", "s1") == expected
        steps, changed = fill(event, schedule, ["s1"])
        assert ("s2 p1 a T1" in lines(steps)) == bool(expected)
        assert len(changed.added) == len(expected)
        assert not check(event, steps).faults


def test_a_slot_tells_who_waits_for_a_table_only() -> None:
    event = make_event(
        {"s1 p1": 1.0, "s2 p2": 0.5, "s3 p3": 0.6, "s1 p2": 0.9},
        tables=1,
        s3={"languages": ["ko"]},
        p3={"languages": ["en"]},
        interpreters=[{"id": "i1", "languages": ["ko", "en"], "unavailable": ["c"]}],
    )
    schedule = make_schedule(event, "s1 p1 a T1 i1")  # who comes along is as busy as one who is needed
    assert not check(event, schedule).faults
    found = standbys(event, schedule)
    assert in_slot(found, "a") == (
        Option("s3", "p3", None, 0.6, ("table", "interpreter")),
        Option("s2", "p2", None, 0.5, ("table",)),
    )
    assert in_slot(found, "b") == (
        Option("s1", "p2", None, 0.9),
        Option("s3", "p3", "i1", 0.6),
        Option("s2", "p2", None, 0.5),
    )
    assert [option.startup for option in in_slot(found, "c")] == ["s1", "s2"]


def test_the_place_keeps_its_interpreter_where_one_is_needed() -> None:
    interpreters = [
        {"id": "i1", "languages": ["de", "en"]},
        {"id": "i2", "languages": ["ko", "en"]},
        {"id": "i3", "languages": ["ko", "en"]},
    ]
    people: dict[str, Any] = {
        "s1": {"languages": ["ko"]},
        "p1": {"languages": ["en"]},
        "s3": {"languages": ["de"]},
    }
    event = make_event(
        {"s1 p1": 1.0, "s2 p1": 0.5, "s3 p1": 0.4, "s4 p1": 0.3},
        interpreters=interpreters,
        s2={"languages": ["ko"]},
        s4={"languages": ["en"]},
        **people,
    )
    schedule = make_schedule(event, "s1 p1 a T1 i3")
    assert not check(event, schedule).faults
    standby = next(each for each in standbys(event, schedule) if each.absent == "s1")
    helpers = [(option.startup, option.interpreter) for option in standby.options]
    assert helpers == [("s2", "i3"), ("s3", "i1"), ("s4", None)]
    assert lines(fill(event, schedule, ["s1"])[0]) == ["s2 p1 a T1 i3"]
    assert lines(fill(event, schedule, ["s1", "s2"])[0]) == ["s3 p1 a T1 i1"]


def test_a_place_is_filled_by_value_and_nobody_is_moved() -> None:
    event = make_event(
        {"s1 p1": 1.0, "s1 p2": 1.0, "s2 p1": 0.5, "s3 p2": 0.4, "s4 p4": 0.9, "s5 p5": 0.3, "s2 p3": 1.0}
    )
    schedule = make_schedule(event, "s2 p3 a T2; s1 p1 b T1; s1 p2 c T1; s5 p5 c T2")
    new, changes = fill(event, schedule, ["s1"])
    # Of most value, in the earliest place; then of the rest.
    assert lines(new) == ["s2 p3 a T2", "s4 p4 b T1", "s2 p1 c T1", "s5 p5 c T2"]
    assert not check(event, new).faults
    assert [(each.startup, each.partner) for each in changes.dropped] == [("s1", "p1"), ("s1", "p2")]
    assert not changes.moved
    assert {notice.who for notice in changes.notices} >= {"s1", "p1", "p2", "s4", "p4"}
    assert {"p3", "s5", "p5"}.isdisjoint(notice.who for notice in changes.notices)


def test_of_equal_places_it_is_the_one_where_somebody_waits() -> None:
    event = make_event({"s1 p1": 1.0, "s1 p2": 1.0, "s2 p2": 0.5})
    schedule = make_schedule(event, "s1 p1 a T1; s1 p2 b T1")
    assert lines(fill(event, schedule, ["s1"])[0]) == ["s2 p2 b T1"]


def test_what_has_begun_by_now_stays() -> None:
    event = make_event({"s1 p1": 1.0, "s1 p2": 1.0, "s1 p3": 1.0, "s2 p2": 0.5, "s2 p1": 0.9})
    schedule = make_schedule(event, "s1 p1 a T1; s1 p2 b T1; s1 p3 c T1")
    new, changes = fill(event, schedule, ["s1"], now=datetime(2023, 4, 28, 10, 20))
    assert lines(new) == ["s1 p1 a T1", "s2 p1 b T1", "s2 p2 c T1"]
    assert [each.partner for each in changes.dropped] == ["p2", "p3"]
    later, nothing = fill(event, schedule, ["s1"], now=datetime(2023, 4, 28, 10, 41))
    assert (later.meetings, nothing.meetings) == (schedule.meetings, ())


def test_the_new_timetable_accounts_for_pairs_and_values() -> None:
    event = make_event({"s1 p1": 1.0, "s2 p1": 0.5, "s3 p1": 0.1}, p1={"min_meetings": 2})
    schedule = make_schedule(event, "s1 p1 a T1")
    new, _ = fill(event, schedule, ["s1"])
    assert new.status == "feasible"
    assert [(each.startup, each.reason, each.code) for each in new.unscheduled] == [
        ("s1", "s1 is absent", "absent"),
        ("s3", "no time", "none"),
    ]
    assert [(stage.name, stage.value) for stage in new.stages] == [
        ("shortfall", 1),
        ("value", 0.5),
        ("breaks", 0),
        ("break_spread", 0),
        ("table_moves", 0),
    ]
    # All three pairs together are worth 1.6, and nothing is better than no fault.
    assert [stage.bound for stage in new.stages] == pytest.approx([0, 1.6, 0, 0, 0])
    both, _ = fill(event, schedule, ["s1", "p1"])
    assert (both.meetings, both.unscheduled[0].reason) == ((), "s1 and p1 are absent")


def test_whoever_was_absent_before_does_not_step_in_later() -> None:
    event = make_event({"s1 p1": 1.0, "s1 p2": 0.9, "s1 p3": 0.8, "s2 p2": 0.5, "s3 p2": 0.4})
    first, _ = fill(event, make_schedule(event, "s1 p1 a T1; s1 p3 b T1; s2 p2 c T1"), ["s1"])
    assert lines(first) == ["s3 p2 a T1", "s2 p2 c T1"]
    assert {each.partner: each.code for each in first.unscheduled} == dict.fromkeys(
        ("p1", "p2", "p3"), "absent"
    )
    second, changes = fill(event, first, ["s2"])
    assert lines(second) == ["s3 p2 a T1"]  # not s1 with p2
    assert {notice.who for notice in changes.notices} == {"s2", "p2"}
    assert [
        option for each in standbys(event, first) for option in each.options if option.startup == "s1"
    ] == []


def test_break_counts_are_not_made_to_differ_more() -> None:
    fits = {"s1 p1": 1.0, "s2 p1": 0.5, "s2 p2": 1.0, "s3 p1": 0.4}
    text = "s1 p1 c T1; s2 p2 a T2"
    for limit, expected in ((None, ["s2 p1", "s3 p1"]), (0, ["s3 p1"]), (1, ["s2 p1", "s3 p1"])):
        event = make_event(fits, event={"max_break_difference": limit})
        schedule = make_schedule(event, text)
        assert not check(event, schedule).faults
        assert of(standbys(event, schedule), "s1 p1", "s1") == expected
        new, _ = fill(event, schedule, ["s1"])
        assert lines(new)[0].startswith(expected[0])
        assert not check(event, new).faults


def test_an_absence_that_makes_break_counts_differ_leaves_others_free_to_step_in() -> None:
    fits = {"s1 p1": 1.0, "s1 p2": 1.0, "s1 p3": 1.0, "s4 p4": 0.5}
    event = make_event(fits, tables=1, event={"max_break_difference": 0})
    schedule = make_schedule(event, "s1 p1 a T1; s1 p2 b T1; s1 p3 c T1")
    assert not check(event, schedule).faults
    new, _ = fill(event, schedule, ["p2"])  # s1 has a break now, whatever is done
    assert lines(new) == ["s1 p1 a T1", "s4 p4 b T1", "s1 p3 c T1"]
    assert [fault.rule for fault in check(event, new).faults] == ["max_break_difference"]


def test_a_pair_that_had_to_meet_is_dropped_too_and_the_checker_says_so() -> None:
    event = make_event({"s1 p1": 1.0, "s2 p2": 1.0}, s1_p1={"state": "must"})
    new, _ = fill(event, make_schedule(event, "s1 p1 a T1"), ["p1"])
    assert lines(new) == ["s2 p2 a T1"]
    assert [fault.rule for fault in check(event, new).faults] == ["must"]


def test_what_cannot_be_judged_is_refused() -> None:
    event = make_event({"s1 p1": 1.0, "s1 p2": 1.0, "s2 p2": 0.5})
    good = make_schedule(event, "s1 p1 a T1")
    with pytest.raises(InputError, match="no participant 's9' in the event 'e'"):
        fill(event, good, ["s1", "s9"])
    with pytest.raises(InputError, match="without an offset"):
        fill(event, good, ["s1"], now=datetime.fromisoformat("2023-04-28T10:00+09:00"))
    none = Schedule.model_validate(
        {"status": "infeasible", "conflicts": [{"rule": "must", "who": [], "release": ""}]}
    )
    with pytest.raises(InputError, match="there is no timetable"):
        standbys(event, none)
    for bad in ("s1 p1 a T1; s1 p2 a T2", "s1 p1 x T1", "s1 p1 a T9", "s1 p1 a T1 i9", "s2 p1 a T1"):
        with pytest.raises(InputError, match="run check for all faults"):
            fill(event, make_schedule(event, bad), ["s1"])
    listed = good.model_copy(update={"unscheduled": ()})
    with pytest.raises(InputError, match="'s2' and 'p2' are not listed as unscheduled; run check"):
        fill(event, listed, ["p1"])


# -- what people see ---------------------------------------------------------------------------


def test_standbys_and_absences_from_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    event = make_event({"s1 p1": 1.0, "s1 p2": 1.0, "s2 p1": 0.5}, s2={"name": "Moderna"})
    event = event.model_copy(
        update={"pairs": (event.pairs[0].model_copy(update={"state": State.MUST}), *event.pairs[1:])}
    )
    schedule = make_schedule(event, "s1 p1 a T1; s1 p2 b T1")
    paths = {name: tmp_path / f"{name}.json" for name in ("event", "schedule", "new", "later")}
    paths["event"].write_text(event.model_dump_json(), encoding="utf-8")
    paths["schedule"].write_text(schedule.model_dump_json(), encoding="utf-8")
    show_standbys(paths["event"], paths["schedule"], most=1, as_json=False)
    assert capsys.readouterr().out.splitlines() == [
        "Times are those of UTC.",
        "10:00: waiting for a place: nobody",
        "10:00 T1, if s1 does not meet p1: Moderna – p1 (0.50)",
        "10:00 T1, if p1 does not meet s1: nobody",
        "10:20: waiting for a place: Moderna – p1 (0.50)",
        "10:20 T1, if s1 does not meet p2: nobody",
        "10:20 T1, if p2 does not meet s1: nobody",
        "10:40: waiting for a place: Moderna – p1 (0.50)",
    ]
    show_standbys(paths["event"], paths["schedule"], most=1, as_json=True)
    assert json.loads(capsys.readouterr().out)[1] == {
        "slot": "a",
        "options": [
            {"startup": "s2", "partner": "p1", "interpreter": None, "value": 0.5, "awaits": []},
        ],
        "table": "T1",
        "instead_of": ["s1", "p1"],
        "absent": "s1",
    }
    context = Context(load_settings(data_dir=tmp_path))
    now = datetime(2023, 4, 28, 10, 0)
    mark_absent(context, paths["event"], paths["schedule"], paths["new"], who=["s1"], now=now)
    said = capsys.readouterr()
    assert said.err == "must: s1 and p1 do not meet, but the pair is must\n"
    assert said.out.splitlines() == [
        "1 new, 2 cancelled, 0 moved; to be told: 4. Times are those of UTC.",
        "s1: cancelled, 10:00 T1 with p1",
        "s1: cancelled, 10:20 T1 with p2",
        "p1: cancelled, 10:00 T1 with s1",
        "p1: new, 10:00 T1 with Moderna",
        "p2: cancelled, 10:20 T1 with s1",
        "Moderna: new, 10:00 T1 with p1",
    ]
    assert lines(read_schedule(paths["new"])) == ["s2 p1 a T1"]
    # The pair that had to meet does not keep the next absence from being dealt with.
    mark_absent(context, paths["event"], paths["new"], paths["later"], who=["s2"], as_json=True)
    assert json.loads(capsys.readouterr().out)["version"] == 3
    with context.store() as store:
        assert [each.note for each in store.timetables("e")] == [
            "absent: s2",
            "absent from 2023-04-28 10:00: s1",
            "schedule.json",
        ]
        assert store.timetable("e", 2).schedule == read_schedule(paths["new"])
    broken = make_schedule(event, "s1 p1 a T1; s2 p1 a T2")
    paths["schedule"].write_text(broken.model_dump_json(), encoding="utf-8")
    with pytest.raises(InputError, match=r"schedule\.json: breaks the rule representatives: p1 is in 2 meet"):
        show_standbys(paths["event"], paths["schedule"], most=1, as_json=False)


# -- random timetables -------------------------------------------------------------------------


@st.composite
def timetables(draw: st.DrawFn) -> tuple[Event, Schedule]:
    """An event with a timetable that keeps its rules; some of what is in it had to be, some come along."""
    event, random = draw(events()), Random(draw(st.integers(0, 2**32)))
    board = Board(problem := compile_event(event))
    places = list(product(range(len(event.pairs)), range(len(event.slots))))
    random.shuffle(places)
    for pair, slot in places[: random.randrange(len(places))]:
        if board.fits(pair, slot):
            board.put(pair, slot)
    states = {
        pair: random.choice([event.pairs[pair].state, State.MUST, State.CONFIRMED]) for pair in board.slot_of
    }
    event = event.model_copy(
        update={
            "event": event.event.model_copy(
                update={"max_break_difference": random.choice([None, None, 0, 1])}
            ),
            "pairs": tuple(
                pair.model_copy(
                    update={"state": states[n], "slot": problem.slots[board.slot_of[n]].id}
                    if n in states
                    else {}
                )
                for n, pair in enumerate(event.pairs)
            ),
        }
    )
    meetings: list[Meeting] = []
    for pair, slot in board.slot_of.items():
        record, helper = event.pairs[pair], board.interpreter_of.get(pair)
        meetings.append(
            Meeting(
                startup=record.startup,
                partner=record.partner,
                slot=problem.slots[slot].id,
                table=event.tables[board.table_of[pair]].id,
                track=record.track,
                interpreter=None if helper is None else event.interpreters[helper].id,
            )
        )
    for place, meeting in enumerate(meetings):
        along = meeting.model_copy(update={"interpreter": random.choice(event.interpreters).id})
        tried = [*meetings[:place], along, *meetings[place + 1 :]]
        if meeting.interpreter is None and random.random() < 0.3 and kept(event, tried):
            meetings = tried
    while not kept(event, meetings):  # only the break counts may still differ too much
        event = event.model_copy(
            update={"event": event.event.model_copy(update={"max_break_difference": None})}
        )
    return event, make_schedule(event, meetings)


def kept(event: Event, meetings: Iterable[Meeting]) -> bool:
    return not check(event, make_schedule(event, meetings)).faults


def rules(faults: Iterable[Fault]) -> set[tuple[str, tuple[str, ...]]]:
    """The breaches; who differs most in breaks may change."""
    return {(each.rule, each.who if each.rule != "max_break_difference" else ()) for each in faults}


def without(event: Event, schedule: Schedule, gone: Iterable[str], now: datetime | None) -> list[Meeting]:
    start = {slot.id: slot.start for slot in event.slots}
    return [
        each
        for each in schedule.meetings
        if not {*each.key} & {*gone} or (now is not None and start[each.slot] < now)
    ]


def worth(event: Event, key: tuple[str, str]) -> float:
    people = {person.id: person for person in event.participants}
    pair = next(pair for pair in event.pairs if pair.key == key)
    return pair.fit * people[key[0]].priority * people[key[1]].priority * WEIGHTS[pair.state]


@settings(max_examples=200, deadline=None)
@given(given_=timetables(), data=st.data())
def test_filling_breaks_no_rule_and_moves_nobody(given_: tuple[Event, Schedule], data: st.DataObject) -> None:
    event, schedule = given_
    names = [person.id for person in event.participants]
    absent = data.draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True))
    now = data.draw(st.sampled_from([None, *sorted(slot.start for slot in event.slots)]))
    new, changes = fill(event, schedule, absent, now=now)
    stay = without(event, schedule, absent, now)
    missed = [each for each in schedule.meetings if each not in stay]
    # What stays is as it was, and in its order.
    assert [each for each in new.meetings if each in stay] == stay
    added = [each for each in new.meetings if each not in stay]
    assert not changes.moved
    assert {(each.startup, each.partner) for each in changes.dropped} == {each.key for each in missed}
    assert {(each.startup, each.partner) for each in changes.added} == {each.key for each in added}
    # Each steps in at a place of its own that has become free, and nobody who is absent does.
    places = [(each.slot, each.table) for each in added]
    assert len({*places}) == len(places)
    assert {*places} <= {(each.slot, each.table) for each in missed}
    assert not any({*each.key} & {*absent} for each in added)
    # The absence may break rules (pairs that had to meet, breaks); what was done about it breaks none.
    bare = check(event, make_schedule(event, stay))
    verdict = check(event, new)
    assert rules(verdict.faults) <= rules(bare.faults)
    assert {fault.rule for fault in verdict.faults} <= {"must", "max_break_difference"}
    assert verdict.values["value"] >= bare.values["value"]
    assert [stage.name for stage in new.stages] == list(STAGES)
    # Nothing that still fits is left undone (break counts aside, where an addition may help another).
    if event.event.max_break_difference is None:
        free = [each for each in missed if (each.slot, each.table) not in places]
        met = {each.key for each in new.meetings}
        for place, pair in product(free, event.pairs):
            if {*pair.key} & {*absent} or pair.key in met or pair.state is State.DECLINED:
                continue
            for helper in (None, *(each.id for each in event.interpreters)):
                one = Meeting(
                    startup=pair.startup,
                    partner=pair.partner,
                    slot=place.slot,
                    table=place.table,
                    track=pair.track,
                    interpreter=helper,
                )
                faults = check(event, make_schedule(event, [*new.meetings, one])).faults
                assert rules(faults) - rules(verdict.faults)


@settings(max_examples=60, deadline=None)
@given(given_=timetables())
def test_standbys_are_just_those_who_could_step_in(given_: tuple[Event, Schedule]) -> None:
    event, schedule = given_
    found = standbys(event, schedule, most=100)
    assert len({(each.slot, each.table, each.absent) for each in found}) == len(found)
    assert len(found) == len(event.slots) + 2 * len(schedule.meetings)
    met = {each.key for each in schedule.meetings}
    some = standbys(event, schedule, most=2)
    assert some == tuple(replace(each, options=each.options[:2]) for each in found)
    for standby in found:
        values = [option.value for option in standby.options]
        assert values == pytest.approx(
            [worth(event, (each.startup, each.partner)) for each in standby.options]
        )
        assert values == sorted(values, reverse=True)
        if standby.instead_of is None:
            _hold_slot(event, schedule, standby)
            continue
        rest = [each for each in schedule.meetings if each.key != standby.instead_of]
        (left,) = {*standby.instead_of} - {standby.absent}
        bare = rules(check(event, make_schedule(event, rest)).faults)
        options = {(each.startup, each.partner): each for each in standby.options}
        for pair in event.pairs:
            if pair.key in met or left not in pair.key or standby.absent in pair.key:
                assert pair.key not in options
                continue
            option = options.get(pair.key)
            helpers = [option.interpreter] if option else [None, *(each.id for each in event.interpreters)]
            for helper in helpers:
                one = Meeting(
                    startup=pair.startup,
                    partner=pair.partner,
                    slot=standby.slot,
                    table=str(standby.table),
                    track=pair.track,
                    interpreter=helper,
                )
                faults = rules(check(event, make_schedule(event, [*rest, one])).faults)
                assert (faults <= bare) == (option is not None)


def _hold_slot(event: Event, schedule: Schedule, standby: Standby) -> None:
    """Whoever awaits nothing can meet now; whoever awaits something can where there is one more of it."""
    more = event.model_copy(
        update={
            "tables": (
                *event.tables,
                *(each.model_copy(update={"id": f"{each.id}+"}) for each in event.tables),
            ),
            "interpreters": (
                *event.interpreters,
                *(each.model_copy(update={"id": f"{each.id}+"}) for each in event.interpreters),
            ),
        }
    )
    people = {person.id: person for person in event.participants}
    for option in standby.options:
        bound = {people[option.startup].table, people[option.partner].table} - {None}
        if bound and "table" in option.awaits:
            continue  # another table is none for them
        judged = more if option.awaits else event
        pair = next(each for each in event.pairs if each.key == (option.startup, option.partner))
        helpers = [None, *(each.id for each in judged.interpreters)]
        tried = (
            Meeting(
                startup=pair.startup,
                partner=pair.partner,
                slot=standby.slot,
                table=table.id,
                track=pair.track,
                interpreter=helper,
            )
            for table in judged.tables
            for helper in ([option.interpreter] if not option.awaits else helpers)
        )
        assert any(kept(judged, [*schedule.meetings, one]) for one in tried)
