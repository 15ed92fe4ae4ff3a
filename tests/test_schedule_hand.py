"""Edits by hand: one by one, and on random timetables, whole and broken, held against the checker."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import product
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import events

from matcher.schedule.board import Board, Obstacle
from matcher.schedule.check import RULES, STAGES, Fault, check
from matcher.schedule.hand import ByHand, Edited, Move, Place, Remove, Swap, apply_edit
from matcher.schedule.locks import lock, restated, unlock
from matcher.schedule.model import compile_event
from matcher.schedule.solve import FAIR_STAGES, solve
from matcher.schedule.spots import Spot, options
from profiles.errors import InputError
from profiles.event import Event, Meeting, Pair, Schedule, Stage, State, Unscheduled

SLOTS = [
    {"id": name, "start": f"2023-04-28T10:{minute}0", "end": f"2023-04-28T1{hour}:{end}0"}
    for name, minute, hour, end in (("a", 0, 0, 1), ("b", 1, 0, 2), ("c", 2, 0, 3), ("d", 3, 0, 4))
]
OF_THE_SCHEDULE = {"unscheduled", "stages", "bounds", "optimal", "conflicts"}
"""Rules on what a timetable says of itself."""


def make_event(pairs: str, tables: int = 2, **changes: Any) -> Event:
    """Pairs as "s1 p1, s1 p2", worth 1 each; ``changes`` are by id and by pair (s1_p1)."""
    keys = [tuple(each.split()) for each in pairs.split(",")]
    sides = {"s": "startup", "p": "partner"}
    return Event.model_validate(
        {
            "event": {"id": "e", **changes.get("event", {})},
            "slots": SLOTS,
            "tables": [{"id": f"T{n}", **changes.get(f"T{n}", {})} for n in range(1, tables + 1)],
            "participants": [
                {"id": name, "side": sides[name[0]], **changes.get(name, {})}
                for name in dict.fromkeys(name for key in keys for name in key)
            ],
            "interpreters": changes.get("interpreters", []),
            "pairs": [
                {"startup": one, "partner": other, "fit": 1, **changes.get(f"{one}_{other}", {})}
                for one, other in keys
            ],
            "precedences": changes.get("precedences", []),
        }
    )


def make_schedule(event: Event, meetings: str | Iterable[Meeting], *stages: str) -> Schedule:
    """A timetable from "s1 p1 a T1; s1 p2 b T1 i1", or from meetings, with the stages (none named: all)."""
    if isinstance(meetings, str):
        fields = ("startup", "partner", "slot", "table", "interpreter")
        lines = (line.split() for line in meetings.split(";") if line.strip())
        tracks = {pair.key: pair.track for pair in event.pairs}
        raw = [dict(zip(fields, line, strict=False)) for line in lines]
        meetings = [
            Meeting.model_validate({**each, "track": tracks.get((each["startup"], each["partner"]))})
            for each in raw
        ]
    held = tuple(meetings)
    met = {meeting.key for meeting in held}
    left = tuple(
        Unscheduled(startup=pair.startup, partner=pair.partner, reason="no time", code="room_left")
        for pair in event.pairs
        if pair.key not in met and pair.state is not State.DECLINED
    )
    named = tuple(Stage(name=name, value=0, bound=0) for name in stages or STAGES)
    bare = Schedule(status="feasible", stages=named, meetings=held, unscheduled=left)
    values = check(event, bare).values
    named = tuple(Stage(name=each.name, value=values[each.name], bound=values[each.name]) for each in named)
    return bare.model_copy(update={"stages": named})


def lines(schedule: Schedule) -> list[str]:
    return [
        " ".join(filter(None, (each.startup, each.partner, each.slot, each.table, each.interpreter)))
        for each in schedule.meetings
    ]


def rules(faults: Iterable[Fault | Obstacle]) -> list[str]:
    return [fault.rule for fault in faults]


def change(edited: Edited, name: str) -> float:
    return next(cost.change for cost in edited.costs if cost.name == name)


def at(found: Iterable[Spot], slot: str, table: str) -> Spot:
    return next(each for each in found if (each.slot, each.table) == (slot, table))


# -- edits by hand -----------------------------------------------------------------------------


def test_a_move_says_what_it_costs_and_whom_to_tell() -> None:
    event = make_event("s1 p1, s1 p2, s2 p1")
    schedule = make_schedule(event, "s1 p1 a T1; s1 p2 b T1; s2 p1 c T2")
    assert not check(event, schedule).faults
    edited = apply_edit(event, schedule, Move("s1", "p1", "d", "T2"))
    assert lines(edited.schedule) == ["s1 p2 b T1", "s2 p1 c T2", "s1 p1 d T2"]
    assert not edited.faults
    assert not edited.remaining
    assert not check(event, edited.schedule).faults
    assert {cost.name: (cost.before, cost.after) for cost in edited.costs} == {
        "shortfall": (0, 0),
        "value": (3, 3),
        "breaks": (1, 1),  # p1 has waited in b; now s1 waits in c
        "break_spread": (1, 1),
        "table_moves": (1, 1),
    }
    assert [notice.who for notice in edited.changes.notices] == ["s1", "p1"]
    assert [each.moves for each in edited.changes.moved] == [("time", "table")]
    told = json.loads(json.dumps(edited.to_dict()))
    assert told["costs"][1] == {"name": "value", "before": 3, "after": 3, "change": 0}
    assert told["changes"]["moved"][0]["startup"] == "s1"


def test_a_move_that_breaks_a_rule_is_made_all_the_same() -> None:
    event = make_event("s1 p1, s1 p2, s2 p1")
    schedule = make_schedule(event, "s1 p1 a T1; s1 p2 b T1; s2 p1 c T2")
    edited = apply_edit(event, schedule, Move("s1", "p1", "b", "T1"))
    assert lines(edited.schedule) == ["s1 p1 b T1", "s1 p2 b T1", "s2 p1 c T2"]
    assert rules(edited.faults) == ["representatives", "table"]
    assert "s1 is in 2 meetings at once" in edited.faults[0].sentence
    assert edited.schedule.status == "feasible"
    # What is broken already is no fault of the next edit.
    further = apply_edit(event, edited.schedule, Move("s2", "p1", "d", "T2"))
    assert not further.faults
    assert further.remaining == edited.faults
    mended = apply_edit(event, further.schedule, Move("s1", "p1", "c", "T1"))
    assert not mended.faults
    assert not mended.remaining


def test_a_meeting_fewer_in_a_crowd_is_no_new_fault() -> None:
    event = make_event("s1 p1, s2 p1, s3 p1, s4 p1", tables=4, p1={"max_meetings": 1})
    schedule = make_schedule(event, "s1 p1 a T1; s2 p1 a T2; s3 p1 a T3")
    assert rules(check(event, schedule).faults) == ["representatives", "max_meetings"]
    edited = apply_edit(event, schedule, Remove("s1", "p1"))
    assert not edited.faults
    assert [fault.sentence for fault in edited.remaining] == [
        "p1 is in 2 meetings at once with 1 to represent it: s2 with p1 in a at T2; s3 with p1 in a at T3",
        "p1 has 2 meetings; at most 1 are allowed",
    ]
    # One more is.
    edited = apply_edit(event, schedule, Place("s4", "p1", "b", "T4"))
    assert rules(edited.faults) == ["max_meetings"]
    assert rules(edited.remaining) == ["representatives"]


def test_breaks_that_already_differ_too_much_count_if_they_differ_more() -> None:
    event = make_event("s1 p1, s1 p2, s1 p3", event={"max_break_difference": 0})
    schedule = make_schedule(event, "s1 p1 a T1; s1 p2 c T1")
    assert rules(check(event, schedule).faults) == ["max_break_difference"]
    edited = apply_edit(event, schedule, Move("s1", "p2", "d", "T1"))
    assert (rules(edited.faults), rules(edited.remaining)) == ([], ["max_break_difference"])
    assert not apply_edit(event, schedule, Place("s1", "p3", "b", "T1")).remaining
    fine = make_schedule(event, "s1 p1 a T1; s1 p2 b T1")
    assert rules(apply_edit(event, fine, Move("s1", "p2", "c", "T1")).faults) == ["max_break_difference"]


def test_a_pair_is_placed_and_taken_out() -> None:
    event = make_event("s1 p1, s1 p2, s2 p1", s1={"min_meetings": 2}, s2_p1={"state": "must"})
    schedule = make_schedule(event, "s1 p1 a T1; s2 p1 c T2")
    placed = apply_edit(event, schedule, Place("s1", "p2", "b", "T1"))
    assert lines(placed.schedule) == ["s1 p1 a T1", "s1 p2 b T1", "s2 p1 c T2"]
    assert (change(placed, "shortfall"), change(placed, "value")) == (-1, 1)
    assert not placed.schedule.unscheduled
    assert [each.kind for each in placed.changes.meetings] == ["added"]
    removed = apply_edit(event, placed.schedule, Remove("s2", "p1"))
    assert rules(removed.faults) == ["must"]
    assert change(removed, "value") == -3
    (left,) = removed.schedule.unscheduled
    assert (left.startup, left.partner, left.code) == ("s2", "p1", "by_hand")
    assert left.reason == "the meeting of s2 and p1 was taken out by hand"
    # And stays so whatever else is done.
    again = apply_edit(event, removed.schedule, Remove("s1", "p1"))
    assert [each.code for each in again.schedule.unscheduled] == ["by_hand", "by_hand"]


def test_reasons_are_found_anew_and_those_of_others_kept() -> None:
    event = make_event("s1 p1, s2 p1, s3 p1, s4 p2", p1={"max_meetings": 1})
    schedule = make_schedule(event, "s1 p1 a T1; s4 p2 a T2")
    absent = Unscheduled(startup="s2", partner="p1", reason="s2 is absent", code="absent")
    schedule = schedule.model_copy(update={"unscheduled": (absent, schedule.unscheduled[1])})
    edited = apply_edit(event, schedule, Move("s4", "p2", "b", "T2"))
    assert edited.schedule.unscheduled[0] == absent
    assert edited.schedule.unscheduled[1].code == "partner_full"
    assert edited.schedule.unscheduled[1].price is None
    priced = apply_edit(event, schedule, Move("s4", "p2", "b", "T2"), exchanges=10)
    assert priced.schedule.unscheduled[1].instead == (("s1", "p1"),)
    # Also where rules are broken.
    edited = apply_edit(event, schedule, Place("s2", "p1", "a", "T1"))
    assert [(each.startup, each.code) for each in edited.schedule.unscheduled] == [("s3", "partner_full")]


def test_two_meetings_swap() -> None:
    event = make_event("s1 p1, s2 p2", T2={"tracks": ["ip"]}, s1_p1={"track": "data"}, s2_p2={"track": "ip"})
    schedule = make_schedule(event, "s1 p1 a T1; s2 p2 b T2")
    edited = apply_edit(event, schedule, Swap(("s1", "p1"), ("s2", "p2")))
    assert lines(edited.schedule) == ["s2 p2 a T1", "s1 p1 b T2"]
    assert rules(edited.faults) == ["tracks"]
    back = apply_edit(event, edited.schedule, Swap(("s1", "p1"), ("s2", "p2")))
    assert back.schedule.meetings == schedule.meetings


def interpreted(schedule: str, **changes: Any) -> tuple[Event, Schedule]:
    """s1 and s2 speak Korean, p1 and p2 English, s3 and p3 both; i1 is away in b, i3 speaks no Korean."""
    helpers = [
        {"id": "i1", "languages": ["ko", "en"], "unavailable": ["b"]},
        {"id": "i2", "languages": ["ko", "en"]},
        {"id": "i3", "languages": ["en", "de"]},
    ]
    spoken = {"s1": ["ko"], "s2": ["ko"], "p1": ["en"], "p2": ["en"], "s3": ["ko", "en"], "p3": ["ko", "en"]}
    people = {name: {"languages": each, **changes.get(name, {})} for name, each in spoken.items()}
    event = make_event("s1 p1, s2 p2, s3 p3", tables=3, interpreters=helpers, **people)
    return event, make_schedule(event, schedule)


@pytest.mark.parametrize(
    ("meetings", "edit", "expected", "broken"),
    [
        # Its own where that can be, else whoever is free.
        ("s1 p1 a T1 i2", Move("s1", "p1", "c", "T1"), "s1 p1 c T1 i2", []),
        ("s1 p1 a T1 i1", Move("s1", "p1", "b", "T1"), "s1 p1 b T1 i2", []),
        ("s1 p1 a T1 i1; s2 p2 c T1 i1", Move("s1", "p1", "c", "T2"), "s1 p1 c T2 i2", []),
        # Nobody is free: one who is there, if busy; or the one who is asked for.
        ("s1 p1 a T1 i1; s2 p2 b T1 i2", Move("s1", "p1", "b", "T2"), "s1 p1 b T2 i2", ["interpreter_busy"]),
        (
            "s1 p1 a T1 i1",
            Move("s1", "p1", "b", "T2", "i1"),
            "s1 p1 b T2 i1",
            ["interpreter_unavailable"],
        ),
        ("s1 p1 a T1 i1", Move("s1", "p1", "b", "T2", "i3"), "s1 p1 b T2 i3", ["interpreter"]),
        ("", Place("s1", "p1", "b", "T1"), "s1 p1 b T1 i2", []),
        ("", Place("s3", "p3", "b", "T1"), "s3 p3 b T1", []),
        # One who only comes along does so while that is no trouble.
        ("s3 p3 a T1 i1", Move("s3", "p3", "c", "T1"), "s3 p3 c T1 i1", []),
        ("s3 p3 a T1 i1", Move("s3", "p3", "b", "T1"), "s3 p3 b T1", []),
        ("s3 p3 a T1 i2; s1 p1 b T2 i2", Move("s3", "p3", "b", "T1"), "s3 p3 b T1", []),
        # The second keeps its own before the first, whose own is away, takes it.
        ("s1 p1 a T1 i1; s2 p2 b T2 i2", Swap(("s1", "p1"), ("s2", "p2")), "s1 p1 b T2 i2", []),
    ],
)
def test_an_interpreter_is_found(meetings: str, edit: ByHand, expected: str, broken: list[str]) -> None:
    event, schedule = interpreted(meetings)
    edited = apply_edit(event, schedule, edit)
    assert expected in lines(edited.schedule)
    assert rules(edited.faults) == broken


def test_whoever_keeps_an_interpreter_does_so_before_others_choose() -> None:
    event, schedule = interpreted("s1 p1 a T1 i3; s2 p2 a T2 i1")
    edited = apply_edit(event, schedule, Swap(("s1", "p1"), ("s2", "p2")))
    assert lines(edited.schedule) == ["s2 p2 a T1 i1", "s1 p1 a T2 i2"]


def test_where_nobody_speaks_for_both_that_is_the_fault() -> None:
    event, _ = interpreted("")
    event = event.model_copy(update={"interpreters": ()})
    schedule = make_schedule(event, "")
    edited = apply_edit(event, schedule, Place("s1", "p1", "a", "T1"))
    assert rules(edited.faults) == ["interpreter"]
    assert at(options(event, schedule, "s1", "p1"), "a", "T1").obstacles == (
        Obstacle("interpreter", ("s1", "p1")),
    )


def test_where_a_pair_meets_only_another_interpreter_can_be_new() -> None:
    event, schedule = interpreted("s1 p1 b T1 i3; s2 p2 b T2 i2", p1={"unavailable": ["b"]})
    assert rules(check(event, schedule).faults) == ["unavailable", "interpreter"]
    spot = at(options(event, schedule, "s1", "p1"), "b", "T1")
    assert (spot.interpreter, spot.obstacles) == ("i2", (Obstacle("interpreter_busy", ("i2", "s2", "p2")),))
    edited = apply_edit(event, schedule, Move("s1", "p1", "b", "T1"))
    assert rules(edited.faults) == ["interpreter_busy"]
    assert rules(edited.remaining) == ["unavailable"]


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (
            Move("s1", "p9", "a", "T1"),
            "field pair: the event has no pair 's1' and 'p9': name the startup first",
        ),
        (
            Move("p1", "s1", "a", "T1"),
            "field pair: the event has no pair 'p1' and 's1': name the startup first",
        ),
        (Move("s2", "p1", "a", "T1"), "field pair: 's2' and 'p1' do not meet: place them first"),
        (Remove("s2", "p1"), "field pair: 's2' and 'p1' do not meet: place them first"),
        (Swap(("s1", "p1"), ("s2", "p1")), "field pair: 's2' and 'p1' do not meet: place them first"),
        (Swap(("s1", "p1"), ("s1", "p1")), "field pair: 's1' and 'p1' cannot swap with themselves"),
        (Place("s1", "p1", "b", "T1"), "field pair: 's1' and 'p1' meet already: move them"),
        (Move("s1", "p1", "x\ny", "T1"), "field slot: no slot 'x\\ny' in the event 'e'"),
        (Move("s1", "p1", "a", "T9"), "field table: no table 'T9' in the event 'e'"),
        (Place("s2", "p1", "b", "T1", "i9"), "field interpreter: no interpreter 'i9' in the event 'e'"),
    ],
)
def test_what_is_not_there_is_said_in_one_line(edit: ByHand, reason: str) -> None:
    event = make_event("s1 p1, s2 p1")
    with pytest.raises(InputError) as caught:
        apply_edit(event, make_schedule(event, "s1 p1 a T1"), edit)
    assert str(caught.value) == reason


def test_what_is_no_timetable_is_refused() -> None:
    event = make_event("s1 p1, s2 p1")
    good = make_schedule(event, "s1 p1 a T1")
    none = Schedule.model_validate(
        {"status": "infeasible", "conflicts": [{"rule": "must", "who": [], "release": ""}]}
    )
    with pytest.raises(InputError, match="there is no timetable"):
        options(event, none, "s1", "p1")
    for bad in ("s1 p1 x T1", "s1 p1 a T9", "s1 p1 a T1 i9", "s1 p9 a T1"):
        with pytest.raises(InputError, match="name what the event does not have; run check"):
            apply_edit(event, make_schedule(event, bad), Remove("s1", "p1"))
    with pytest.raises(InputError, match="meet twice; run check"):
        apply_edit(event, make_schedule(event, "s1 p1 a T1; s1 p1 b T1"), Remove("s1", "p1"))
    odd = good.model_copy(update={"stages": (Stage(name="beauty", value=1, bound=1),)})
    with pytest.raises(InputError, match="the timetable has a stage 'beauty', and there is none"):
        apply_edit(event, odd, Remove("s1", "p1"))
    with pytest.raises(InputError, match="the event has no pair 's3' and 'p1'"):
        options(event, good, "s3", "p1")


# -- bounds ------------------------------------------------------------------------------------


def stages(schedule: Schedule) -> dict[str, tuple[float, float]]:
    return {stage.name: (stage.value, stage.bound) for stage in schedule.stages}


def test_bounds_are_kept_as_far_as_they_hold() -> None:
    # Both have time in a and d alone: the two breaks cannot be helped, as long as both pairs meet.
    event = make_event("s1 p1, s1 p2", s1={"unavailable": ["b", "c"], "min_meetings": 1})
    schedule = make_schedule(event, "s1 p1 a T1; s1 p2 d T1").model_copy(update={"status": "optimal"})
    edited = apply_edit(event, schedule, Swap(("s1", "p1"), ("s1", "p2")))
    assert edited.schedule.status == "optimal"
    assert stages(edited.schedule) == stages(schedule)
    edited = apply_edit(event, schedule, Move("s1", "p2", "d", "T2"))
    assert edited.schedule.status == "feasible"
    assert stages(edited.schedule)["table_moves"] == (1, 0)
    # Less value: what was proven of the breaks is proven no longer.
    edited = apply_edit(event, schedule, Remove("s1", "p2"))
    assert edited.schedule.status == "feasible"
    assert stages(edited.schedule) == {
        "shortfall": (0, 0),
        "value": (1, 2),
        "breaks": (0, 0),
        "break_spread": (0, 0),
        "table_moves": (0, 0),
    }
    # Also where it is not beaten: others with as little value have none.
    wide = make_event("s1 p1, s1 p2, s2 p3", s1={"unavailable": ["b", "c"]})
    known = make_schedule(wide, "s1 p1 a T1; s1 p2 d T1; s2 p3 a T2")
    assert stages(apply_edit(wide, known, Remove("s2", "p3")).schedule)["breaks"] == (1, 0)
    assert stages(apply_edit(wide, known, Move("s2", "p3", "b", "T2")).schedule)["breaks"] == (1, 1)
    # And back again it is what holds without any search.
    edited = apply_edit(event, edited.schedule, Place("s1", "p2", "d", "T1"))
    assert stages(edited.schedule)["value"] == (2, 2)
    assert stages(edited.schedule)["breaks"] == (1, 0)


def test_what_breaks_a_rule_may_beat_any_bound_and_is_not_called_optimal() -> None:
    event = make_event("s1 p1, s1 p2", s1={"max_meetings": 1})
    names = ("shortfall", "fewest_meetings", "least_value", "value", "breaks")
    schedule = make_schedule(event, "s1 p1 a T1", *names).model_copy(update={"status": "optimal"})
    assert not check(event, schedule).faults
    edited = apply_edit(event, schedule, Place("s1", "p2", "b", "T1"))
    assert rules(edited.faults) == ["max_meetings"]
    assert edited.schedule.status == "feasible"
    assert [cost.name for cost in edited.costs] == [*names, "break_spread", "table_moves"]
    assert stages(edited.schedule)["value"] == (2, 2)
    assert rules(check(event, edited.schedule).faults) == ["max_meetings"]


@given(events(), st.booleans())
@settings(max_examples=40, deadline=None)
def test_the_best_timetable_stays_optimal_just_if_nothing_gets_worse(event: Event, fair: bool) -> None:
    best = solve(event, seconds=20, stages=FAIR_STAGES if fair else STAGES)
    assert best.status == "optimal"
    known = [stage.value for stage in best.stages]
    for meeting in best.meetings:
        for spot in options(event, best, *meeting.key):
            if spot.ok:
                edited = apply_edit(event, best, Move(*meeting.key, spot.slot, spot.table))
                is_equal = [stage.value for stage in edited.schedule.stages] == pytest.approx(known)
                assert (edited.schedule.status == "optimal") == is_equal
                assert not check(event, edited.schedule).faults


# -- where a pair could go ---------------------------------------------------------------------


def test_options_name_what_is_in_the_way() -> None:
    event = make_event(
        "s1 p1, s1 p2, s2 p1, s2 p2, s3 p3",
        tables=3,
        T3={"tracks": ["ip"], "closed": ["c"]},
        s1_p1={"track": "data"},
        p1={"unavailable": ["d"], "max_consecutive": 2},
        precedences=[{"first": ["s3", "p3"], "then": ["s1", "p1"]}],
    )
    schedule = make_schedule(event, "s1 p1 d T1; s1 p2 a T1; s2 p1 b T1; s3 p3 a T2")
    found = options(event, schedule, "s1", "p1")
    assert [(each.slot, each.table) for each in found] == list(product("abcd", ("T1", "T2", "T3")))
    assert at(found, "a", "T1").obstacles == (
        Obstacle("precedence", ("s3", "p3", "s1", "p1")),
        Obstacle("representatives", ("s1", "p2")),
        Obstacle("table", ("T1", "s1", "p2")),
    )
    assert at(found, "b", "T1").obstacles == (
        Obstacle("representatives", ("p1", "s2")),
        Obstacle("table", ("T1", "s2", "p1")),
    )
    assert at(found, "c", "T2").ok
    assert rules(at(found, "c", "T3").obstacles) == ["tracks", "closed"]
    assert at(found, "c", "T3").obstacles[1].who == ("T3", "c")
    # Where it is now, nothing new is wrong.
    assert at(found, "d", "T1").ok
    assert at(found, "d", "T2").obstacles == (Obstacle("unavailable", ("p1", "d")),)
    assert (at(found, "c", "T2").breaks, at(found, "c", "T2").value) == (-1, 0)
    told = json.loads(json.dumps(at(found, "c", "T1").to_dict()))
    assert told["ok"] is True
    assert told["interpreter"] is None
    assert told["table_moves"] == 0


def test_a_row_that_grows_too_long_names_whom_it_is_made_of() -> None:
    event = make_event("s1 p1, s2 p1, s3 p1", p1={"max_consecutive": 2})
    schedule = make_schedule(event, "s1 p1 a T1; s2 p1 c T1")
    found = options(event, schedule, "s3", "p1")
    assert at(found, "b", "T1").obstacles == (Obstacle("max_consecutive", ("p1", "s1", "s2")),)
    assert at(found, "d", "T1").ok
    assert (at(found, "d", "T1").value, at(found, "d", "T1").breaks) == (1, 0)


INTERPRETER = {"id": "i1", "languages": ["ko", "en"]}
FOREIGN = {"s1": {"languages": ["ko"]}, "p1": {"languages": ["en"]}}
WAYS: dict[str, dict[str, Any]] = {
    "declined": {"s1_p1": {"state": "declined"}},
    "confirmed": {"s1_p1": {"state": "confirmed", "slot": "c", "table": "T1"}},
    "precedence": {"precedences": [{"first": ["s2", "p2"], "then": ["s1", "p1"]}]},
    "representatives": {},
    "unavailable": {"p1": {"unavailable": ["b"]}},
    "max_meetings": {"p1": {"max_meetings": 1}},
    "max_consecutive": {"p1": {"max_consecutive": 1}},
    "sessions": {"s1_p1": {"sessions": ["pm"]}},
    "fixed_table": {"p1": {"table": "T1"}},
    "max_break_difference": {"event": {"max_break_difference": 0}},
    "table": {},
    "tracks": {"s1_p1": {"track": "ip"}, "T2": {"tracks": ["data"]}},
    "closed": {"T2": {"closed": ["b"]}},
    "interpreter": FOREIGN,
    "interpreter_busy": {**FOREIGN, "interpreters": [INTERPRETER]},
    "interpreter_unavailable": {**FOREIGN, "interpreters": [{**INTERPRETER, "unavailable": ["b"]}]},
}
"""Rule -> an event in which a meeting of s1 and p1 breaks it, beside ``MEETINGS``."""

MEETINGS = "s3 p1 a T1; s2 p2 b T1"
"""There already."""

PLACES = {
    "representatives": ("a", "T2"),
    "max_break_difference": ("c", "T2"),
    "table": ("b", "T1"),
}
"""Where it breaks the rule; for the others in b at T2."""


def test_every_rule_that_a_place_can_break_is_tried() -> None:
    assert WAYS.keys() == RULES.keys() - {"unknown", "pair", "once", "track", "must", *OF_THE_SCHEDULE}


@pytest.mark.parametrize("rule", WAYS)
def test_options_know_every_rule(rule: str) -> None:
    event = make_event("s1 p1, s2 p2, s3 p1", **WAYS[rule])
    meetings = f"{MEETINGS} i1" if rule == "interpreter_busy" else MEETINGS
    schedule = make_schedule(event, meetings)
    assert not set(rules(check(event, schedule).faults)) - {"must"}
    slot, table = PLACES.get(rule, ("b", "T2"))
    spot = at(options(event, schedule, "s1", "p1"), slot, table)
    assert {*rules(spot.obstacles)} == {rule}
    assert {*rules(apply_edit(event, schedule, Place("s1", "p1", slot, table)).faults)} == {rule}


@st.composite
def timetables(draw: st.DrawFn, broken: bool) -> tuple[Event, Schedule, Random]:
    """An event with a timetable that keeps its rules, or one that cares for hardly any of them."""
    event, random = draw(events()), Random(draw(st.integers(0, 2**32)))
    problem = compile_event(event)
    board = Board(problem)
    places = list(product(range(len(event.pairs)), range(len(event.slots))))
    random.shuffle(places)
    held: list[Meeting] = []
    for pair, slot in places[: random.randrange(len(places))]:
        if pair in board.slot_of or any(meeting.key == event.pairs[pair].key for meeting in held):
            continue
        if board.fits(pair, slot):
            board.put(pair, slot)
        elif broken and random.random() < 0.3:
            held.append(draw_meeting(event, event.pairs[pair], random))
    for pair, slot in board.slot_of.items():
        helper = board.interpreter_of.get(pair)
        held.append(
            Meeting(
                startup=event.pairs[pair].startup,
                partner=event.pairs[pair].partner,
                slot=problem.slots[slot].id,
                table=event.tables[board.table_of[pair]].id,
                track=event.pairs[pair].track,
                interpreter=None if helper is None else event.interpreters[helper].id,
            )
        )
    met = {meeting.key: meeting for meeting in held}
    change = random.choice([None, None, 0, 1])
    event = event.model_copy(
        update={
            "event": event.event.model_copy(update={"max_break_difference": change}),
            "pairs": tuple(promised(pair, met.get(pair.key), random) for pair in event.pairs),
        }
    )
    if not broken:
        held = along(event, held, random)
    random.shuffle(held)
    return event, make_schedule(event, held), random


def draw_meeting(event: Event, pair: Pair, random: Random) -> Meeting:
    return Meeting(
        startup=pair.startup,
        partner=pair.partner,
        slot=random.choice(event.slots).id,
        table=random.choice(event.tables).id,
        track=pair.track,
        interpreter=random.choice([None, *(each.id for each in event.interpreters)]),
    )


def promised(pair: Pair, meeting: Meeting | None, random: Random) -> Pair:
    """Some of what meets had to, there or at another table."""
    if meeting is None or pair.state is State.DECLINED:
        return pair
    table = random.choice([None, meeting.table])
    state = random.choice([pair.state, State.MUST, State.CONFIRMED])
    return pair.model_copy(update={"state": state, "slot": meeting.slot, "table": table})


def along(event: Event, held: list[Meeting], random: Random) -> list[Meeting]:
    """The meetings, to some of which an interpreter comes who is not needed, as long as no rule is broken."""
    for place, meeting in enumerate(held):
        if meeting.interpreter is None and random.random() < 0.3:
            helper = random.choice(event.interpreters).id
            more = [*held]
            more[place] = meeting.model_copy(update={"interpreter": helper})
            if not {"interpreter_busy", "interpreter_unavailable"} & {*rules(faults_of(event, more))}:
                held = more
    return held


def faults_of(event: Event, held: Iterable[Meeting]) -> tuple[Fault, ...]:
    return check(event, make_schedule(event, held)).faults


def draw_edit(event: Event, schedule: Schedule, random: Random) -> ByHand:
    """Any edit that is possible."""
    met = {meeting.key for meeting in schedule.meetings}
    key = random.choice([pair.key for pair in event.pairs])
    place = (random.choice(event.slots).id, random.choice(event.tables).id)
    helper = random.choice([None, None, *(each.id for each in event.interpreters)])
    if key not in met:
        return Place(*key, *place, helper)
    others = sorted(met - {key})
    edits: list[ByHand] = [Move(*key, *place, helper), Remove(*key)]
    if others:
        edits.append(Swap(key, random.choice(others)))
    return random.choice(edits)


@given(st.booleans().flatmap(timetables))
@settings(max_examples=100, deadline=None)
def test_options_and_checker_agree(drawn: tuple[Event, Schedule, Random]) -> None:
    event, schedule, random = drawn
    pair = random.choice(event.pairs)
    found = options(event, schedule, *pair.key)
    places = [(slot.id, table.id) for slot in event.slots for table in event.tables]
    assert sorted((each.slot, each.table) for each in found) == sorted(places)
    edit = Move if any(meeting.key == pair.key for meeting in schedule.meetings) else Place
    for spot in found:
        agrees(spot, apply_edit(event, schedule, edit(*pair.key, spot.slot, spot.table)), pair)


def agrees(spot: Spot, edited: Edited, pair: Pair) -> None:
    (meeting,) = (each for each in edited.schedule.meetings if each.key == pair.key)
    assert meeting.interpreter == spot.interpreter
    for name in STAGES:
        assert getattr(spot, name) == pytest.approx(change(edited, name))
    told, known = set(rules(spot.obstacles)), set(rules(edited.faults))
    assert not (spot.ok and edited.faults)
    if "max_consecutive" in rules(edited.remaining):
        # The checker names one of several rows that are too long.
        told.discard("max_consecutive")
        known.discard("max_consecutive")
    assert told == known
    for rule in told - {"max_consecutive"}:
        meant = {name for fault in edited.faults if fault.rule == rule for name in fault.who}
        assert {name for each in spot.obstacles if each.rule == rule for name in each.who} <= meant


@given(st.booleans().flatmap(timetables))
@settings(max_examples=80, deadline=None)
def test_every_fault_is_accounted_for(drawn: tuple[Event, Schedule, Random]) -> None:
    event, schedule, random = drawn
    for _ in range(4):
        before = set(check(event, schedule).faults)
        edited = apply_edit(event, schedule, draw_edit(event, schedule, random))
        after = check(event, edited.schedule).faults
        assert sorted([*edited.faults, *edited.remaining], key=str) == sorted(after, key=str)
        assert before.isdisjoint(edited.faults)
        assert OF_THE_SCHEDULE.isdisjoint(rules(after))
        if not before:
            assert edited.faults == after
        met = {meeting.key for meeting in edited.schedule.meetings}
        changed = {(each.startup, each.partner) for each in edited.changes.meetings}
        same = {meeting for meeting in schedule.meetings if meeting.key not in changed}
        assert same <= {*edited.schedule.meetings}
        assert len(edited.schedule.meetings) == len(met)
        schedule = edited.schedule


# -- locks -------------------------------------------------------------------------------------


def test_locked_meetings_stay_where_they_are() -> None:
    event = make_event("s1 p1, s1 p2, s2 p1, s2 p2", s1_p1={"state": "requested"})
    schedule = make_schedule(event, "s1 p1 d T2; s2 p2 b T1; s2 p1 a T1")
    keys = [("s1", "p1"), ("s2", "p2")]
    locked = lock(event, schedule, keys)
    assert [(pair.state, pair.slot, pair.table) for pair in locked.pairs] == [
        (State.CONFIRMED, "d", "T2"),
        (State.SUGGESTED, None, None),
        (State.SUGGESTED, None, None),
        (State.CONFIRMED, "b", "T1"),
    ]
    solved = solve(locked, seconds=20)
    assert {"s1 p1 d T2", "s2 p2 b T1"} <= {*lines(solved)}
    assert len(solved.meetings) == 4
    # Free, both would do without breaks.
    assert not {"s1 p1 d T2", "s2 p2 b T1"} <= {*lines(solve(event, seconds=20))}
    states = {pair.key: pair.state for pair in event.pairs}
    assert unlock(locked, keys, states) == event
    half = unlock(locked, keys[:1], states)
    assert [pair.state for pair in half.pairs] == ["requested", "suggested", "suggested", "confirmed"]
    assert unlock(locked, keys, dict.fromkeys(keys, State.CONFIRMED)) == locked


def test_a_locked_meeting_is_moved_by_hand_only_against_its_lock() -> None:
    event = make_event("s1 p1")
    schedule = make_schedule(event, "s1 p1 a T1")
    locked = lock(event, schedule, [("s1", "p1")])
    assert rules(apply_edit(locked, schedule, Move("s1", "p1", "b", "T2")).faults) == ["confirmed"] * 2
    assert [each.ok for each in options(locked, schedule, "s1", "p1")] == [True] + [False] * 7


def test_what_cannot_be_locked_or_unlocked_is_said() -> None:
    event = make_event("s1 p1, s2 p1, s3 p1", s2_p1={"state": "declined"})
    schedule = make_schedule(event, "s1 p1 a T1; s2 p1 b T1")
    for key, reason in (
        (("s3", "p1"), "field pair: 's3' and 'p1' do not meet: place them first"),
        (("s2", "p1"), "field pair: 's2' and 'p1' have declined: they cannot be locked"),
        (("s9", "p1"), "field pair: the event has no pair 's9' and 'p1': name the startup first"),
    ):
        with pytest.raises(InputError) as caught:
            lock(event, schedule, [key])
        assert str(caught.value) == reason
    locked = lock(event, schedule, [("s1", "p1")])
    for key, reason in (
        (("s1", "p1"), "field states: what 's1' and 'p1' were before is not given"),
        (("s3", "p1"), "field pair: 's3' and 'p1' are suggested, not locked"),
        (("s9", "p1"), "field pair: the event has no pair 's9' and 'p1': name the startup first"),
    ):
        with pytest.raises(InputError) as caught:
            unlock(locked, [key], {})
        assert str(caught.value) == reason


@given(events(), st.integers(0, 2**32))
@settings(max_examples=12, deadline=None)
def test_what_was_proven_stays_proven_under_locks(event: Event, seed: int) -> None:
    random = Random(seed)
    names = random.choice([STAGES, FAIR_STAGES])
    best = solve(event, seconds=20, stages=names)
    keys = [meeting.key for meeting in best.meetings if random.random() < 0.5]
    locked = lock(event, best, keys)
    stated = restated(event, locked, best)
    assert not check(locked, stated).faults
    if names == STAGES:
        assert stated.status == best.status
    again = solve(locked, seconds=20, stages=names)
    kept = {meeting.key: (meeting.slot, meeting.table) for meeting in best.meetings}
    assert all(kept[each.key] == (each.slot, each.table) for each in again.meetings if each.key in keys)
    if stated.status == "optimal":
        assert [each.value for each in again.stages] == pytest.approx([each.value for each in stated.stages])
    states = {pair.key: pair.state for pair in event.pairs}
    free = unlock(locked, keys, states)
    assert free == event
    assert not check(event, restated(locked, free, stated)).faults


def test_bounds_of_locked_events_hold_for_others_no_longer() -> None:
    event = make_event("s1 p1, s1 p2", s1_p1={"fit": 0.1}, s1={"max_meetings": 1})
    schedule = make_schedule(event, "s1 p1 a T1")
    locked = lock(event, schedule, [("s1", "p1")])
    stated = restated(event, locked, schedule.model_copy(update={"status": "optimal"}))
    assert stages(stated)["value"] == pytest.approx((0.3, 0.3))
    free = restated(locked, event, stated)
    assert stages(free)["value"] == pytest.approx((0.1, 1.0))
    assert free.status == "feasible"


def test_a_lock_may_make_another_timetable_best_for_the_one_who_is_worst_off() -> None:
    fits: dict[str, Any] = {"s2_p2": {"fit": 2}, "p3": {"max_meetings": 1}}
    event = make_event("s1 p1, s1 p3, s2 p2, s2 p3", **fits)
    schedule = make_schedule(event, "s1 p1 a T1; s1 p3 b T1; s2 p2 a T2", *FAIR_STAGES)
    best = schedule.model_copy(update={"status": "optimal"})
    assert stages(solve(event, seconds=20, stages=FAIR_STAGES))["least_value"] == (2, 2)
    locked = lock(event, best, [("s1", "p1")])
    stated = restated(event, locked, best)
    # s1 has enough by that: p3 had better meet s2.
    assert stages(stated)["least_value"] == (2, 3)
    assert stated.status == "feasible"
    assert stages(solve(locked, seconds=20, stages=FAIR_STAGES))["least_value"] == (3, 3)
