"""The checker: every rule broken and kept, values computed by hand, and random timetables against a second,
slower reading of the rules."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import GRID, events

from matcher.schedule.check import RULES, RULES_WITHOUT_TIMETABLE, STAGES, check
from profiles.event import Event, Interpreter, Meeting, Pair, Participant, Schedule, Slot, State
from profiles.model import Side
from web.checking import check_files


def slot(name: str, start: str, end: str, session: str | None = None) -> dict[str, Any]:
    return {"id": name, "start": start, "end": end, "session": session}


# Four slots in a row, two that overlap them, one after a pause, and two on the next day.
SLOTS = [
    slot("a", "2023-04-28T09:00", "2023-04-28T09:20", "am"),
    slot("b", "2023-04-28T09:20", "2023-04-28T09:40", "am"),
    slot("c", "2023-04-28T09:40", "2023-04-28T10:00", "am"),
    slot("d", "2023-04-28T10:00", "2023-04-28T10:20", "pm"),
    slot("ab", "2023-04-28T09:10", "2023-04-28T09:30", "am"),
    slot("bcd", "2023-04-28T09:20", "2023-04-28T10:20"),
    slot("e", "2023-04-28T11:00", "2023-04-28T11:20", "pm"),
    slot("late", "2023-04-28T23:40", "2023-04-29T00:00", "pm"),
    slot("early", "2023-04-29T00:00", "2023-04-29T00:20", "am"),
]


def make_event(**changes: Any) -> Event:
    """Startups s1 to s3, partners p1 to p3, tables T1 to T3, interpreters i1 and i2; all pairs suggested.

    ``changes`` are by id (``s1``), by pair (``s1_p1``), ``event``, or ``precedences`` (first and then as two
    pairs: ``{"s1 p1": "s1 p2"}``).
    """

    def record(name: str, **fields: Any) -> dict[str, Any]:
        return {"id": name, **fields, **changes.get(name, {})}

    startups, partners = ("s1", "s2", "s3"), ("p1", "p2", "p3")
    orders = changes.get("precedences", {}).items()
    return Event.model_validate(
        {
            "event": record("event"),
            "slots": SLOTS,
            "tables": [record(name) for name in ("T1", "T2", "T3")],
            "participants": [
                *(record(name, side="startup") for name in startups),
                *(record(name, side="partner") for name in partners),
            ],
            "interpreters": [record(name, languages=["ko", "en"]) for name in ("i1", "i2")],
            "pairs": [
                {"startup": one, "partner": other, "fit": 0.5, **changes.get(f"{one}_{other}", {})}
                for one, other in product(startups, partners)
                if changes.get(f"{one}_{other}", {}) is not None
            ],
            "precedences": [{"first": first.split(), "then": then.split()} for first, then in orders],
        }
    )


def make_meetings(lines: str) -> tuple[Meeting, ...]:
    """Meetings from "s1 p1 a T1; s1 p2 b T1 i1"."""
    fields = ("startup", "partner", "slot", "table", "interpreter")
    return tuple(
        Meeting.model_validate(dict(zip(fields, line.split(), strict=False)))
        for line in lines.split(";")
        if line.strip()
    )


def make_schedule(event: Event, meetings: Iterable[Meeting], **fields: Any) -> Schedule:
    """A schedule that lists what it leaves out, and states no values."""
    meetings = tuple(meetings)
    met = {meeting.key for meeting in meetings}
    left = [
        {"startup": pair.startup, "partner": pair.partner, "reason": "no time", "code": "none"}
        for pair in event.pairs
        if pair.key not in met and pair.state is not State.DECLINED
    ]
    return Schedule.model_validate(
        {"status": "feasible", "meetings": meetings, "unscheduled": left, **fields}, from_attributes=True
    )


def broken_rules(event: Event, meetings: str | Iterable[Meeting]) -> set[str]:
    if isinstance(meetings, str):
        meetings = make_meetings(meetings)
    return {fault.rule for fault in check(event, make_schedule(event, meetings)).faults}


# -- the rules of the event --------------------------------------------------------------------

Case = tuple[str, dict[str, Any], str, str]
# Rule, the event, meetings that break the rule and no other, meetings that keep all rules.
CASES: list[Case] = [
    ("pair", {"s1_p1": None}, "s1 p1 a T1", "s1 p2 a T1"),
    ("pair", {}, "p1 s1 a T1", "s1 p1 a T1"),
    ("declined", {"s1_p1": {"state": "declined"}}, "s1 p1 a T1", "s1 p2 a T1"),
    ("once", {}, "s1 p1 a T1; s1 p1 c T1", "s1 p1 a T1; s1 p2 c T1"),
    ("must", {"s1_p1": {"state": "must"}}, "s1 p2 a T1", "s1 p1 a T1"),
    ("must", {"s1_p1": {"state": "confirmed", "slot": "a"}}, "", "s1 p1 a T2"),
    ("confirmed", {"s1_p1": {"state": "confirmed", "slot": "a"}}, "s1 p1 b T1", "s1 p1 a T1"),
    ("confirmed", {"s1_p1": {"state": "confirmed", "slot": "a"}}, "s1 p1 ab T1", "s1 p1 a T1"),
    (
        "confirmed",
        {"s1_p1": {"state": "confirmed", "slot": "a", "table": "T2"}},
        "s1 p1 a T1",
        "s1 p1 a T2",
    ),
    ("precedence", {"precedences": {"s1 p1": "s2 p2"}}, "s1 p1 b T1; s2 p2 a T1", "s1 p1 a T1; s2 p2 b T1"),
    ("precedence", {"precedences": {"s1 p1": "s2 p2"}}, "s1 p1 a T1; s2 p2 ab T2", "s2 p2 a T1"),
    ("precedence", {"precedences": {"s1 p1": "s2 p2"}}, "s1 p1 a T1; s2 p2 a T2", "s1 p1 b T1"),
    (
        "precedence",
        {"precedences": {"s1 p1": "s2 p2"}},
        "s1 p1 early T1; s2 p2 late T1",
        "s1 p1 late T1; s2 p2 early T1",
    ),
    ("representatives", {}, "s1 p1 a T1; s1 p2 a T2", "s1 p1 a T1; s2 p2 a T2"),
    ("representatives", {}, "s1 p1 a T1; s1 p2 ab T2", "s1 p1 a T1; s1 p2 b T2"),
    ("representatives", {}, "s1 p1 a T1; s2 p1 a T2", "s1 p1 a T1; s2 p1 b T2"),
    ("representatives", {}, "s1 p1 bcd T1; s1 p2 c T2", "s1 p1 bcd T1; s1 p2 e T2"),
    (
        "representatives",
        {"s1": {"representatives": 2}},
        "s1 p1 a T1; s1 p2 a T2; s1 p3 ab T3",
        "s1 p1 a T1; s1 p2 ab T2; s1 p3 b T1",
    ),
    ("unavailable", {"s1": {"unavailable": ["a"]}}, "s1 p1 a T1", "s1 p1 b T1"),
    ("unavailable", {"p1": {"unavailable": ["b"]}}, "s1 p1 b T1", "s1 p1 a T1; s2 p1 c T1"),
    ("unavailable", {"s1": {"unavailable": ["a"]}}, "s1 p1 ab T1", "s2 p1 ab T1"),
    ("unavailable", {"p1": {"unavailable": ["bcd"]}}, "s1 p1 c T1", "s1 p1 e T1; s2 p2 c T1"),
    ("max_meetings", {"s1": {"max_meetings": 1}}, "s1 p1 a T1; s1 p2 early T1", "s1 p1 a T1"),
    ("max_meetings", {"p1": {"max_meetings": 0}}, "s1 p1 a T1", "s1 p2 a T1"),
    (
        "max_consecutive",
        {"s1": {"max_consecutive": 2}},
        "s1 p1 a T1; s1 p2 b T1; s1 p3 c T1",
        "s1 p1 a T1; s1 p2 b T1; s1 p3 d T1",
    ),
    ("max_consecutive", {"s1": {"max_consecutive": 1}}, "s1 p1 a T1; s1 p2 bcd T1", "s1 p1 a T1; s1 p2 c T1"),
    (
        "max_consecutive",
        {"p1": {"max_consecutive": 1}},
        "s1 p1 c T1; s2 p1 d T1",
        "s1 p1 late T1; s2 p1 early T1",
    ),
    (
        "max_consecutive",
        {"s1": {"representatives": 2, "max_consecutive": 1}},
        "s1 p1 a T1; s1 p2 a T2; s1 p3 b T1",
        "s1 p1 a T1; s1 p2 ab T2; s1 p3 c T1",
    ),
    ("sessions", {"s1": {"sessions": ["am"]}}, "s1 p1 d T1", "s1 p1 c T1; s2 p2 d T1"),
    ("sessions", {"p1": {"sessions": ["am", "pm"]}}, "s1 p1 bcd T1", "s1 p1 d T1"),
    ("sessions", {"s1_p1": {"sessions": ["pm"]}}, "s1 p1 a T1", "s1 p1 e T1; s1 p2 a T1"),
    ("fixed_table", {"s1": {"table": "T2"}}, "s1 p1 a T1", "s1 p1 a T2; s2 p2 a T1"),
    ("fixed_table", {"p1": {"table": "T1"}}, "s1 p1 a T3", "s1 p1 a T1"),
    (
        "max_break_difference",
        {"event": {"max_break_difference": 0}},
        "s1 p1 a T1; s1 p2 c T1",
        "s1 p1 a T1; s1 p2 b T1",
    ),
    (
        "max_break_difference",
        {"event": {"max_break_difference": 1}},
        "s1 p1 a T1; s1 p2 c T1; s1 p3 e T1",
        "s1 p1 a T1; s1 p2 c T1; s1 p3 d T1",
    ),
    ("table", {}, "s1 p1 a T1; s2 p2 a T1", "s1 p1 a T1; s2 p2 b T1"),
    ("table", {}, "s1 p1 bcd T1; s2 p2 c T1", "s1 p1 bcd T1; s2 p2 c T2"),
    ("closed", {"T1": {"closed": ["a"]}}, "s1 p1 a T1", "s1 p1 a T2"),
    ("closed", {"T1": {"closed": ["a"]}}, "s1 p1 ab T1", "s1 p1 b T1"),
    (
        "interpreter",
        {"s1": {"languages": ["ko"]}, "p1": {"languages": ["en"]}},
        "s1 p1 a T1",
        "s1 p1 a T1 i1",
    ),
    (
        "interpreter",
        {"s1": {"languages": ["ko"]}, "p1": {"languages": ["de"]}, "i2": {"languages": ["de", "ko"]}},
        "s1 p1 a T1 i1",
        "s1 p1 a T1 i2",
    ),
    (
        "interpreter",
        {"s1": {"languages": ["de"]}, "p1": {"languages": ["en"]}, "i2": {"languages": ["de", "en"]}},
        "s1 p1 a T1 i1",
        "s1 p1 a T1 i2; s1 p2 b T1",  # p2 states no language
    ),
    (
        "interpreter",
        {"s1": {"languages": ["ko", "de"]}, "p1": {"languages": ["en"]}, "p2": {"languages": ["en", "de"]}},
        "s1 p1 a T1",
        "s1 p2 a T1",
    ),
    ("interpreter_busy", {}, "s1 p1 a T1 i1; s2 p2 ab T2 i1", "s1 p1 a T1 i1; s2 p2 b T2 i1"),
    ("interpreter_busy", {}, "s1 p1 a T1 i1; s2 p2 a T2 i1", "s1 p1 a T1 i1; s2 p2 a T2 i2"),
    ("interpreter_unavailable", {"i1": {"unavailable": ["a"]}}, "s1 p1 a T1 i1", "s1 p1 a T1 i2"),
    ("interpreter_unavailable", {"i1": {"unavailable": ["a"]}}, "s1 p1 ab T1 i1", "s1 p1 b T1 i1"),
]


@pytest.mark.parametrize(("rule", "changes", "broken", "kept"), CASES)
def test_a_rule_is_broken_and_kept(rule: str, changes: dict[str, Any], broken: str, kept: str) -> None:
    event = make_event(**changes)
    assert broken_rules(event, broken) == {rule}
    assert broken_rules(event, kept) == set()


@pytest.mark.parametrize("meeting", ["s9 p1 a T1", "s1 p9 a T1", "s1 p1 z T1", "s1 p1 a T9", "s1 p1 a T1 i9"])
def test_ids_that_the_event_does_not_have(meeting: str) -> None:
    event = make_event()
    (wrong,) = [name for name in meeting.split() if name.endswith(("9", "z"))]
    schedule = make_schedule(event, make_meetings(f"{meeting}; s2 p2 b T2"))
    (fault,) = check(event, schedule).faults
    assert fault.rule == "unknown"
    assert fault.who[0] == wrong
    assert repr(wrong) in fault.sentence


def test_tracks_bind_tables_and_meetings() -> None:
    event = make_event(s1_p1={"track": "ip"}, T1={"tracks": ["investment", "ip"]}, T2={"tracks": ["data"]})

    def rules(table: str, track: str | None, partner: str = "p1") -> set[str]:
        meeting = Meeting.model_validate(
            {"startup": "s1", "partner": partner, "slot": "a", "table": table, "track": track}
        )
        return broken_rules(event, [meeting])

    assert rules("T1", "ip") == rules("T3", "ip") == rules("T2", None, "p2") == set()
    assert rules("T2", "ip") == {"tracks"}
    assert rules("T1", None) == rules("T1", "investment") == {"track"}
    assert rules("T2", "data") == {"track", "tracks"}  # the pair's track binds, not what the meeting says
    assert rules("T1", "ip", "p2") == {"track"}


def test_a_fault_names_pair_slot_table_and_participant() -> None:
    event = make_event(s1={"unavailable": ["a"]})
    meetings = make_meetings("s1 p1 ab T1; s1 p2 b T1")
    faults = check(event, make_schedule(event, meetings)).faults
    assert [(fault.rule, fault.who, fault.sentence) for fault in faults] == [
        (
            "representatives",
            ("s1", "p1", "ab", "T1", "p2", "b"),
            "s1 is in 2 meetings at once with 1 to represent it: "
            "s1 with p1 in ab at T1; s1 with p2 in b at T1",
        ),
        (
            "unavailable",
            ("s1", "p1", "ab", "T1", "a"),
            "s1 with p1 in ab at T1: s1 is unavailable in a",
        ),
        (
            "table",
            ("T1", "s1", "p1", "ab", "p2", "b"),
            "T1 hosts 2 meetings at once: s1 with p1 in ab at T1; s1 with p2 in b at T1",
        ),
    ]


def test_both_sides_are_one_in_the_published_set() -> None:
    """There, the same two businesses ask for each other and meet twice, as two pairs."""
    event = make_event()
    other_way = Pair(startup="p1", partner="s1")
    event = Event.model_validate(
        event.model_dump() | {"pairs": [*event.pairs, other_way]}, from_attributes=True
    )
    assert broken_rules(event, "s1 p1 a T1; p1 s1 b T1") == set()
    assert broken_rules(event, "s1 p1 a T1; p1 s1 a T2") == {"representatives"}


# -- what the schedule says of itself ----------------------------------------------------------


def unscheduled(*keys: str) -> list[dict[str, str]]:
    return [{"startup": key[:2], "partner": key[2:], "reason": "", "code": ""} for key in keys]


FEW = {f"s{number}_p{other}": None for number, other in product((1, 2, 3), (1, 2, 3)) if number > 1}


@pytest.mark.parametrize(
    ("listed", "named"),
    [
        (["s1p2"], None),
        ([], ("s1", "p2")),
        (["s1p2", "s1p2"], ("s1", "p2")),
        (["s1p2", "s1p1"], ("s1", "p1")),  # meets
        (["s1p2", "s1p3"], ("s1", "p3")),  # declined
        (["s1p2", "s2p1"], ("s2", "p1")),  # not asked for
        (["s1p2", "p2s1"], ("p2", "s1")),
    ],
)
def test_unscheduled_is_exactly_what_does_not_meet(listed: list[str], named: tuple[str, str] | None) -> None:
    event = make_event(**FEW, s1_p3={"state": "declined"})
    schedule = make_schedule(event, make_meetings("s1 p1 a T1"), unscheduled=unscheduled(*listed))
    found = [(fault.rule, fault.who) for fault in check(event, schedule).faults]
    assert found == ([("unscheduled", named)] if named else [])


def stated(status: str, *stages: tuple[str, float, float]) -> list[str]:
    """The rules broken by a timetable with these stages; its shortfall is 1, its value 1.5, its breaks 1."""
    event = make_event(s1={"min_meetings": 4})
    meetings = make_meetings("s1 p1 a T1; s1 p2 c T1; s1 p3 d T1")
    listed = [{"name": name, "value": value, "bound": bound} for name, value, bound in stages]
    verdict = check(event, make_schedule(event, meetings, status=status, stages=listed))
    assert verdict.values == {
        "shortfall": 1,
        "value": 1.5,
        "breaks": 1,
        "break_spread": 1,
        "table_moves": 0,
    }
    return [fault.rule for fault in verdict.faults]


def test_stages_state_the_values_of_the_meetings() -> None:
    right = [("shortfall", 1, 1), ("value", 1.5, 1.5), ("breaks", 1, 1), ("break_spread", 1, 1)]
    assert stated("optimal") == stated("optimal", *right, ("table_moves", 0, 0)) == []
    assert stated("feasible", ("shortfall", 0, 0)) == ["stages"]
    assert stated("feasible", ("breaks", 2, 0)) == ["stages"]
    assert stated("feasible", ("value", 1.6, 1.6)) == ["stages"]
    assert stated("feasible", ("break_spread", 0, 0)) == ["stages"]
    assert stated("feasible", ("table_moves", 1, 0)) == ["stages"]
    assert stated("feasible", ("fun", 1, 1)) == ["stages"]
    assert stated("feasible", ("breaks", 1, 1), ("breaks", 1, 1)) == ["stages"]


def test_a_value_is_no_better_than_its_bound() -> None:
    assert stated("feasible", ("shortfall", 1, 0), ("value", 1.5, 3.0), ("breaks", 1, 0.5)) == []
    assert stated("feasible", ("value", 1.5, 1.5 - 1e-9), ("breaks", 1, 1 + 1e-9)) == []
    assert stated("feasible", ("shortfall", 1, 2)) == ["bounds"]
    assert stated("feasible", ("value", 1.5, 1.4)) == ["bounds"]
    assert stated("feasible", ("breaks", 1, 1.01)) == ["bounds"]


def test_optimal_values_equal_their_bounds() -> None:
    assert stated("optimal", ("breaks", 1, 0)) == ["optimal"]
    assert stated("optimal", ("value", 1.5, 1.50001)) == ["optimal"]
    assert stated("optimal", ("value", 1.5, 1.500001)) == []


CONFLICT = {"rule": "must", "who": ["s1"], "release": "let s1 go"}


def test_infeasible_has_conflicts_and_no_meetings() -> None:
    event = make_event(s1_p1={"state": "must"})

    def rules(**fields: Any) -> list[str]:
        return [fault.rule for fault in check(event, Schedule.model_validate(fields)).faults]

    meeting = {"startup": "s1", "partner": "p1", "slot": "a", "table": "T1"}
    assert rules(status="infeasible", conflicts=[CONFLICT]) == []
    assert rules(status="infeasible") == ["no_conflict"]
    assert rules(status="infeasible", conflicts=[CONFLICT], meetings=[meeting]) == ["no_meetings"]
    assert check(event, Schedule(status="infeasible")).values == {}
    schedule = make_schedule(event, make_meetings("s1 p1 a T1"), conflicts=[CONFLICT])
    assert [fault.rule for fault in check(event, schedule).faults] == ["conflicts"]


def test_every_rule_has_a_test() -> None:
    tested = {case[0] for case in CASES} | {"unknown", "track", "tracks", "unscheduled", "stages", "bounds"}
    tested |= {"optimal", "conflicts", "no_meetings", "no_conflict"}
    assert tested == RULES.keys() | RULES_WITHOUT_TIMETABLE.keys()


# -- values by hand ----------------------------------------------------------------------------


def values(meetings: str, **changes: Any) -> tuple[float, ...]:
    """Shortfall, value, breaks, spread of breaks, table moves; the meetings keep all rules."""
    event = make_event(**changes)
    verdict = check(event, make_schedule(event, make_meetings(meetings)))
    assert verdict.faults == ()
    assert tuple(verdict.values) == STAGES
    return tuple(verdict.values.values())


def test_values_of_no_meetings() -> None:
    assert values("", s1={"min_meetings": 2}, p3={"min_meetings": 1}) == (3, 0, 0, 0, 0)


def test_shortfall_counts_what_is_missing_and_no_surplus() -> None:
    wished = {"s1": {"min_meetings": 1}, "s2": {"min_meetings": 3}, "p1": {"min_meetings": 2}}
    assert values("s1 p1 a T1; s1 p2 b T1; s2 p1 b T2", **wished)[0] == 0 + 2 + 0


def test_value_is_fit_by_priorities_by_state() -> None:
    changes = {
        "s1": {"priority": 2.0},
        "p2": {"priority": 0.5},
        "s1_p1": {"fit": 0.83},  # suggested: 0.83 * 2 * 1
        "s1_p2": {"fit": 0.4, "state": "requested"},  # 0.4 * 2 * 0.5 * 2
        "s1_p3": {"fit": 0.3, "state": "accepted"},  # 0.3 * 2 * 3
        "s2_p1": {"fit": 0.2, "state": "must"},  # 0.2 * 3
        "s2_p2": {"fit": 1.0, "state": "confirmed", "slot": "d"},  # 0.5 * 3
    }
    found = values("s1 p1 a T1; s1 p2 b T1; s1 p3 c T1; s2 p1 c T2; s2 p2 d T2", **changes)[1]
    assert found == pytest.approx(1.66 + 0.8 + 1.8 + 0.6 + 1.5)


@pytest.mark.parametrize(
    ("meetings", "breaks"),
    [
        ("s1 p1 a T1; s1 p2 b T1; s1 p3 c T1", 0),
        ("s1 p1 a T1; s1 p2 c T1", 1),
        ("s1 p1 a T1; s1 p2 d T1", 1),  # two idle slots in a run are one break
        ("s1 p1 a T1; s1 p2 c T1; s1 p3 e T1", 2),
        ("s1 p1 d T1; s1 p2 e T1", 0),  # no slot in the pause of 40 minutes
        ("s1 p1 bcd T1; s1 p2 e T1", 0),
        ("s1 p1 ab T1; s1 p2 c T1", 0),  # nothing fits between 09:30 and 09:40
        ("s1 p1 ab T1; s1 p2 d T1", 1),  # c does
        ("s1 p1 c T1; s1 p2 early T1", 0),  # another day
        ("s1 p1 a T1; s1 p2 c T1; s1 p3 early T1", 1),
    ],
)
def test_breaks_of_one_participant(meetings: str, breaks: int) -> None:
    found = values(meetings)
    assert found[2:4] == (breaks, breaks)  # everybody else has none


def test_breaks_add_up_over_participants_and_spread_over_all() -> None:
    # s1: a, c; s2: c, a and e; p1: a, c; p2: c, a; all others none.
    meetings = "s1 p1 a T1; s1 p2 c T1; s2 p1 c T2; s2 p2 a T2; s2 p3 e T1"
    assert values(meetings)[2:4] == (1 + 2 + 1 + 1, 2)
    # With a break each, only s3 and p3, who do not meet, make the spread; once they have one, there is none.
    assert values("s1 p1 a T1; s1 p2 c T1; s2 p1 c T2; s2 p2 a T2")[2:4] == (4, 1)
    meetings = "s1 p1 a T1; s1 p2 c T1; s2 p2 a T2; s2 p3 c T2; s3 p3 a T3; s3 p1 c T3"
    assert values(meetings)[2:4] == (6, 0)


def test_a_break_is_none_while_a_representative_meets() -> None:
    two = {"s1": {"representatives": 2}}
    assert values("s1 p1 a T1; s1 p2 ab T2; s1 p3 c T1", **two)[2] == 0
    assert values("s1 p1 a T1; s1 p2 bcd T2; s1 p3 c T1", **two)[2] == 0
    assert values("s1 p1 a T1; s1 p2 a T2; s1 p3 c T1", **two)[2] == 1
    # The meeting that began first lasts longer.
    assert values("s1 p1 bcd T1; s1 p2 c T2; s1 p3 e T1", **two)[2] == 0


@pytest.mark.parametrize(
    ("meetings", "moves"),
    [
        ("s1 p1 a T1; s1 p2 b T1; s1 p3 c T1", 0),
        ("s1 p1 a T1; s1 p2 b T2; s1 p3 c T1", 2),
        ("s1 p1 a T1; s1 p2 e T2", 1),  # a pause does not spare the way
        ("s1 p1 late T1; s1 p2 early T2", 0),  # another day
        ("s1 p1 a T1; s2 p1 b T2; s2 p2 c T2", 1),
        ("s1 p1 a T1; s2 p1 b T2; s2 p2 c T1", 2),
    ],
)
def test_table_moves(meetings: str, moves: int) -> None:
    assert values(meetings)[4] == moves


def test_table_moves_of_two_representatives() -> None:
    two = {"s1": {"representatives": 2}}
    assert values("s1 p1 a T1; s1 p2 a T2; s1 p3 b T2", **two)[4] == 0
    assert values("s1 p1 a T1; s1 p2 a T2; s1 p3 b T3", **two)[4] == 1
    assert values("s1 p1 a T1; s1 p2 ab T2; s1 p3 c T1", **two)[4] == 1  # ab ended last
    assert values("s1 p1 a T1; s1 p2 ab T2; s1 p3 b T1", **two)[4] == 0


def test_an_interpreter_weighs_nothing() -> None:
    asked = {"s1": {"languages": ["ko"]}, "p1": {"languages": ["en"]}}
    assert values("s1 p1 a T1 i1", **asked) == values("s1 p1 a T1") == (0, 0.5, 0, 0, 0)


# -- random timetables against a second reading of the rules -----------------------------------
#
# The rules again, on sets of ten-minute cells instead of intervals, and for one more meeting at a time.

MIDNIGHT = datetime(2023, 4, 28)
CELLS_A_DAY = 144


class Draft:
    """A timetable that grows meeting by meeting."""

    def __init__(self, event: Event, meetings: Sequence[Meeting] = ()) -> None:
        self.event, self.meetings = event, list(meetings)
        self.people = {person.id: person for person in event.participants}
        self.cells = {each.id: cells(each) for each in event.slots}
        self.pairs = {pair.key: pair for pair in event.pairs}

    def broken(self, new: Meeting) -> set[str]:
        """The rules that one more meeting would break, where those that are there break none."""
        return self._by_pair(new) | self._by_people(new) | self._by_place(new) | self._by_interpreter(new)

    def _by_pair(self, new: Meeting) -> set[str]:
        pair = self.pairs.get(new.key)
        found = set()
        if pair is None:
            found.add("pair")
        else:
            if pair.state is State.DECLINED:
                found.add("declined")
            if pair.track != new.track:
                found.add("track")
            if pair.sessions and self._slot(new).session not in pair.sessions:
                found.add("sessions")
            if pair.state is State.CONFIRMED and (new.slot, new.table) != (
                pair.slot,
                pair.table or new.table,
            ):
                found.add("confirmed")
            tracks = next(table.tracks for table in self.event.tables if table.id == new.table)
            if pair.track and tracks and pair.track not in tracks:
                found.add("tracks")
        if any(old.key == new.key for old in self.meetings):
            found.add("once")
        for rule in self.event.precedences:
            for old in self.meetings:
                first, then = (old, new) if rule.first == old.key else (new, old)
                both = (first.key, then.key) == (rule.first, rule.then)
                if both and max(self.cells[first.slot]) >= min(self.cells[then.slot]):
                    found.add("precedence")
        return found

    def _by_people(self, new: Meeting) -> set[str]:
        found = set()
        for person in (self.people[new.startup], self.people[new.partner]):
            own = [new, *self.of(person.id)]
            load = Counter(cell for meeting in own for cell in self.cells[meeting.slot])
            if max(load.values()) > person.representatives:
                found.add("representatives")
            if any(self.cells[new.slot] & self.cells[slot] for slot in person.unavailable):
                found.add("unavailable")
            if person.max_meetings is not None and len(own) > person.max_meetings:
                found.add("max_meetings")
            if person.max_consecutive is not None and self._row(own) > person.max_consecutive:
                found.add("max_consecutive")
            if person.sessions and self._slot(new).session not in person.sessions:
                found.add("sessions")
            if person.table not in (None, new.table):
                found.add("fixed_table")
        return found

    def _by_place(self, new: Meeting) -> set[str]:
        table = next(table for table in self.event.tables if table.id == new.table)
        found = set()
        if any(old.table == new.table and self._clash(old, new) for old in self.meetings):
            found.add("table")
        if any(self.cells[new.slot] & self.cells[slot] for slot in table.closed):
            found.add("closed")
        return found

    def _by_interpreter(self, new: Meeting) -> set[str]:
        found = set()
        one, other = (set(self.people[who].languages) for who in new.key)
        helpers = {helper.id: helper for helper in self.event.interpreters}
        helper = helpers.get(new.interpreter or "")
        if one and other and not one & other:
            spoken = set(helper.languages) if helper else set()
            if not (spoken & one and spoken & other):
                found.add("interpreter")
        if helper:
            if any(old.interpreter == helper.id and self._clash(old, new) for old in self.meetings):
                found.add("interpreter_busy")
            if any(self.cells[new.slot] & self.cells[slot] for slot in helper.unavailable):
                found.add("interpreter_unavailable")
        return found

    def of(self, who: str) -> list[Meeting]:
        return [meeting for meeting in self.meetings if who in meeting.key]

    def _slot(self, meeting: Meeting) -> Slot:
        return next(each for each in self.event.slots if each.id == meeting.slot)

    def _clash(self, one: Meeting, other: Meeting) -> bool:
        return bool(self.cells[one.slot] & self.cells[other.slot])

    def _row(self, meetings: Sequence[Meeting]) -> int:
        """The longest row of meetings, found from each on."""

        def from_on(meeting: Meeting) -> int:
            end = max(self.cells[meeting.slot]) + 1
            nexts = [each for each in meetings if min(self.cells[each.slot]) == end and end % CELLS_A_DAY]
            return 1 + max(map(from_on, nexts), default=0)

        return max(map(from_on, meetings))

    def breaks(self, who: str) -> int:
        """Runs of idle cells between meetings of a day that hold a slot, walking cell by cell."""
        found = 0
        busy = {cell for meeting in self.of(who) for cell in self.cells[meeting.slot]}
        for day in {cell // CELLS_A_DAY for cell in busy}:
            today = [cell for cell in busy if cell // CELLS_A_DAY == day]
            run: set[int] = set()
            for cell in range(min(today), max(today) + 1):
                if cell in busy:
                    found += any(each <= run for each in self.cells.values())
                    run = set()
                else:
                    run.add(cell)
        return found

    def moves(self, who: str) -> int:
        """For each meeting, walking back to the meetings that ended last."""
        found = 0
        for meeting in self.of(who):
            start = min(self.cells[meeting.slot])
            for cell in range(start - 1, start // CELLS_A_DAY * CELLS_A_DAY - 1, -1):
                ended = [each.table for each in self.of(who) if max(self.cells[each.slot]) == cell]
                if ended:
                    found += meeting.table not in ended
                    break
        return found

    def values(self) -> dict[str, float]:
        weights = {"requested": 2, "accepted": 3, "must": 3, "confirmed": 3}
        value = 0.0
        for meeting in self.meetings:
            pair = self.pairs[meeting.key]
            weight = weights.get(pair.state.value, 1)
            value += (
                weight * pair.fit * self.people[pair.startup].priority * self.people[pair.partner].priority
            )
        breaks = [self.breaks(who) for who in self.people]
        return {
            "shortfall": sum(
                max(0, each.min_meetings - len(self.of(each.id))) for each in self.people.values()
            ),
            "value": value,
            "breaks": sum(breaks),
            "break_spread": max(breaks) - min(breaks),
            "table_moves": sum(self.moves(who) for who in self.people),
        }


def cells(each: Slot) -> set[int]:
    return set(range((each.start - MIDNIGHT) // GRID, (each.end - MIDNIGHT) // GRID))


def places(event: Event, key: tuple[str, str], track: Any) -> list[Meeting]:
    """Everywhere a pair could meet if there were no rules."""
    helpers: list[Interpreter | None] = [None, *event.interpreters]
    return [
        Meeting(
            startup=key[0],
            partner=key[1],
            slot=slot.id,
            table=table.id,
            track=track,
            interpreter=helper.id if helper else None,
        )
        for slot, table, helper in product(event.slots, event.tables, helpers)
    ]


def fill(event: Event, random: Random) -> Draft:
    """Pairs in any order, each at any place that is still free; some are left out although there is one."""
    draft = Draft(event)
    for pair in random.sample(event.pairs, len(event.pairs)):
        options = places(event, pair.key, pair.track)
        random.shuffle(options)
        free = next((option for option in options if not draft.broken(option)), None)
        if free and random.random() < 0.95:
            draft.meetings.append(free)
    return draft


def agreed(draft: Draft, random: Random) -> Event:
    """The event where some that meet had to, some where they do, and breaks differ by what they may."""
    pairs = []
    places_of = {meeting.key: meeting for meeting in draft.meetings}
    for pair in draft.event.pairs:
        met = places_of.get(pair.key)
        change: dict[str, Any] = {}
        if met and random.random() < 0.3:
            change = {"state": State.MUST}
        elif met and random.random() < 0.3:
            table = random.choice([None, met.table])
            change = {"state": State.CONFIRMED, "slot": met.slot, "table": table}
        pairs.append(pair.model_copy(update=change))
    difference = random.choice([None, int(draft.values()["break_spread"])])
    info = draft.event.event.model_copy(update={"max_break_difference": difference})
    return draft.event.model_copy(update={"pairs": tuple(pairs), "event": info})


@st.composite
def drafts(draw: st.DrawFn) -> tuple[Draft, Random]:
    """A valid timetable of a random event, and what else to draw from."""
    event, random = draw(events()), Random(draw(st.integers(0, 10**6)))
    draft = fill(event, random)
    return Draft(agreed(draft, random), draft.meetings), random


many = settings(max_examples=100, deadline=None)
some = settings(max_examples=40, deadline=None)


@many
@given(drafts())
def test_a_valid_timetable_has_no_faults_and_its_values(drawn: tuple[Draft, Random]) -> None:
    draft, random = drawn
    expected = draft.values()
    stages = [{"name": name, "value": value, "bound": value} for name, value in expected.items()]
    meetings = random.sample(draft.meetings, len(draft.meetings))
    schedule = make_schedule(draft.event, meetings, status="optimal", stages=stages)
    verdict = check(draft.event, schedule)
    assert verdict.faults == ()
    assert verdict.values == pytest.approx(expected)


@many
@given(drafts())
def test_one_meeting_changed_breaks_just_the_rules_it_breaks(drawn: tuple[Draft, Random]) -> None:
    valid, random = drawn
    schedule = make_schedule(valid.event, valid.meetings)
    for old in random.sample(valid.meetings, len(valid.meetings)) * 2:
        rest = Draft(valid.event, [meeting for meeting in valid.meetings if meeting != old])
        new = another(valid, old, random)
        expected = rest.broken(new) | broken_by_all(Draft(valid.event, [*rest.meetings, new]))
        if new.key != old.key:  # the schedule does not say so
            expected.add("unscheduled")
        changed = schedule.model_copy(update={"meetings": (new, *rest.meetings)})
        assert {fault.rule for fault in check(valid.event, changed).faults} == expected


def another(draft: Draft, old: Meeting, random: Random) -> Meeting:
    """A meeting anywhere, often of the same pair, seldom of another track."""
    startup, partner = draft.people[old.startup], draft.people[old.partner]
    partners = [person.id for person in draft.people.values() if person.side is partner.side]
    key = random.choice([old.key, (startup.id, random.choice(partners))])
    track = draft.pairs[key].track if key in draft.pairs else None
    return random.choice(places(draft.event, key, random.choice([track] * 4 + ["data"])))


def broken_by_all(draft: Draft) -> set[str]:
    """Rules on the timetable as a whole."""
    met = {meeting.key for meeting in draft.meetings}
    bound = {pair.key for pair in draft.event.pairs if pair.state in (State.MUST, State.CONFIRMED)}
    breaks = [draft.breaks(who) for who in draft.people]
    allowed = draft.event.event.max_break_difference
    too_far = allowed is not None and max(breaks) - min(breaks) > allowed
    return ({"must"} if bound - met else set()) | ({"max_break_difference"} if too_far else set())


@some
@given(drafts(), st.sampled_from(["startup", "partner", "slot", "table", "interpreter"]))
def test_one_id_changed_to_an_unknown_one_is_found(drawn: tuple[Draft, Random], field: str) -> None:
    draft, random = drawn
    if not draft.meetings:
        return
    place = random.randrange(len(draft.meetings))
    draft.meetings[place] = draft.meetings[place].model_copy(update={field: "nobody"})
    assert "unknown" in broken_rules(draft.event, draft.meetings)


@some
@given(drafts())
def test_one_meeting_less_or_twice_is_found(drawn: tuple[Draft, Random]) -> None:
    draft, random = drawn
    if not draft.meetings:
        return
    schedule, gone = make_schedule(draft.event, draft.meetings), random.choice(draft.meetings)
    less = [meeting for meeting in draft.meetings if meeting != gone]
    faults = check(draft.event, schedule.model_copy(update={"meetings": tuple(less)})).faults
    assert ("unscheduled", gone.key) in [(fault.rule, fault.who) for fault in faults]
    twice = (*draft.meetings, gone)
    faults = check(draft.event, schedule.model_copy(update={"meetings": twice})).faults
    assert ("once", gone.key) in [(fault.rule, fault.who) for fault in faults]


# -- the command -------------------------------------------------------------------------------


def written(folder: Path, event: Event, schedule: Schedule) -> tuple[Path, Path]:
    paths = folder / "event.json", folder / "schedule.json"
    for path, record in zip(paths, (event, schedule), strict=True):
        path.write_text(record.model_dump_json(), encoding="utf-8")
    return paths


def test_the_command_shows_faults_and_values(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = make_event(s1={"min_meetings": 2})
    stages = [{"name": "shortfall", "value": 0, "bound": 0}]
    schedule = make_schedule(event, make_meetings("s1 p1 a T1; s2 p2 a T1"), stages=stages)
    assert check_files(*written(tmp_path, event, schedule), as_json=False) == 2
    shown = capsys.readouterr()
    assert shown.err == ""
    assert shown.out.splitlines() == [
        "table: T1 hosts 2 meetings at once: s1 with p1 in a at T1; s2 with p2 in a at T1",
        "stages: the stage shortfall says 0; the meetings give 1",
        "                  recomputed        stated         bound",
        "shortfall                  1             0             0",
        "value                      1             -             -",
        "breaks                     0             -             -",
        "break_spread               0             -             -",
        "table_moves                0             -             -",
        "feasible, 2 meetings: 2 faults",
    ]
    assert check_files(*written(tmp_path, event, schedule), as_json=True) == 2
    shown_json = json.loads(capsys.readouterr().out)
    assert shown_json["ok"] is False
    assert shown_json["faults"][0] == {
        "rule": "table",
        "who": ["T1", "s1", "p1", "a", "s2", "p2"],
        "sentence": "T1 hosts 2 meetings at once: s1 with p1 in a at T1; s2 with p2 in a at T1",
    }
    assert shown_json["values"]["shortfall"] == 1


def test_the_command_finds_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event = make_event()
    schedule = make_schedule(event, make_meetings("s1 p1 a T1"))
    assert check_files(*written(tmp_path, event, schedule), as_json=False) == 0
    assert capsys.readouterr().out.splitlines()[-1] == "feasible, 1 meeting: no faults"
    assert check_files(*written(tmp_path, event, schedule), as_json=True) == 0
    assert json.loads(capsys.readouterr().out)["faults"] == []
    schedule = Schedule.model_validate({"status": "infeasible", "conflicts": [CONFLICT]})
    assert check_files(*written(tmp_path, event, schedule), as_json=False) == 0
    assert capsys.readouterr().out == "infeasible, no meetings: no faults\n"


def test_the_command_says_a_line_for_each_bad_file(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "event.json").write_text("{}")
    assert check_files(tmp_path / "event.json", tmp_path / "schedule.json", as_json=True) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    first, second = shown.err.splitlines()
    assert first.startswith("roundtable: event.json, field event: ")
    assert second.startswith("roundtable: schedule.json: cannot be read: ")


def test_a_fault_stays_on_its_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    event, stranger = make_event(), Participant(id="x\n\x1b[2J", side=Side.PARTNER)
    event = event.model_copy(update={"participants": (*event.participants, stranger)})
    meeting = Meeting(startup="s1", partner=stranger.id, slot="a", table="T1")
    assert check_files(*written(tmp_path, event, make_schedule(event, [meeting])), as_json=False) == 2
    first = capsys.readouterr().out.splitlines()[0]
    assert first == "pair: s1 with x??[2J in a at T1: the event has no such pair"
