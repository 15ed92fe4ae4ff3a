"""Why an event has no timetable: known contradictions, none that names too much, and true releases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import events

from matcher.schedule.check import check
from matcher.schedule.conflicts import contradiction
from matcher.schedule.edits import COSTS, apply, cost
from matcher.schedule.releases import explain_infeasible, is_feasible, releases
from matcher.schedule.solve import solve
from profiles.event import Edit, Event, Interpreter, Table
from web import schedule_words
from web.languages import use_language

DAY = datetime(2023, 4, 28, 9)
Wishes = list[tuple[str, str, dict[str, Any]]]


def event(slots: int = 2, tables: int = 4, **changes: Any) -> Event:
    """Slots a, b, c of 20 minutes in a row, alike tables, s1 to p3; pairs as (startup, partner, more)."""
    fields: dict[str, Any] = {
        "event": {"id": "e", **changes.pop("info", {})},
        "slots": [
            {
                "id": name,
                "start": DAY + timedelta(minutes=20 * n),
                "end": DAY + timedelta(minutes=20 * n + 20),
                "session": "am" if n == 0 else "pm",
            }
            for n, name in enumerate("abcde"[:slots])
        ],
        "tables": [{"id": f"T{n + 1}", **changes.pop(f"T{n + 1}", {})} for n in range(tables)],
        "participants": [
            {"id": who, "side": "startup" if who[0] == "s" else "partner", **changes.pop(who, {})}
            for who in ("s1", "s2", "s3", "p1", "p2", "p3")
        ],
        "pairs": [
            {"startup": one, "partner": other, "state": "must", "fit": 1, **more}
            for one, other, more in changes.pop("pairs")
        ],
        **changes,
    }
    return Event.model_validate(fields)


ONE: Wishes = [("s1", "p1", {})]
MUST = ("must", ("s1", "p1"))
TWO: Wishes = [("s1", "p1", {}), ("s2", "p1", {})]
APART: Wishes = [("s1", "p1", {}), ("s2", "p2", {})]
OTHER = ("must", ("s2", "p2"))
THREE: Wishes = [("s1", "p1", {}), ("s1", "p2", {}), ("s1", "p3", {})]
THREE_MUSTS = {("must", ("s1", other)) for other in ("p1", "p2", "p3")}
KO, EN = {"languages": ("ko",)}, {"languages": ("en",)}
BOTH = {"languages": ("ko", "en")}

CASES: dict[str, tuple[Event, set[tuple[str, tuple[str, ...]]], int, str]] = {
    "unavailable": (
        event(s1={"unavailable": ("a", "b")}, pairs=ONE),
        {MUST, ("unavailable", ("s1",))},
        1,
        "let s1 meet at 09:00",
    ),
    "sessions": (
        event(s1={"sessions": ("x",)}, pairs=ONE),
        {MUST, ("sessions", ("s1",))},
        2,
        "let s1 meet in the session of 09:00 too",
    ),
    "sessions of the pair": (
        event(pairs=[("s1", "p1", {"sessions": ("x",)})]),
        {MUST, ("sessions", ("s1", "p1"))},
        2,
        "let s1 and p1 meet in the session of 09:00 too",
    ),
    "representatives": (
        event(slots=1, pairs=TWO),
        {MUST, ("must", ("s2", "p1")), ("representatives", ("p1",))},
        3,
        "do without the promised meeting of s1 and p1",
    ),
    "max_meetings": (
        event(slots=5, s1={"max_meetings": 1}, pairs=THREE[:2]),
        {MUST, ("must", ("s1", "p2")), ("max_meetings", ("s1",))},
        2,
        "let s1 have one more meeting",
    ),
    "max_consecutive": (
        event(slots=3, s1={"max_consecutive": 2}, pairs=THREE),
        THREE_MUSTS | {("max_consecutive", ("s1",)), ("representatives", ("s1",))},
        2,
        "let s1 have 3 meetings in a row",
    ),
    "table": (
        event(slots=1, tables=1, pairs=APART),
        {MUST, OTHER, ("table", ("T1",))},
        2,
        "one more table at 09:00",
    ),
    "closed": (
        event(slots=1, tables=1, T1={"closed": ("a",)}, pairs=ONE),
        {MUST, ("closed", ("T1",)), ("table", ("T1",))},
        1,
        "open table T1 at 09:00",
    ),
    "tracks": (
        event(tables=1, T1={"tracks": ("ip",)}, pairs=[("s1", "p1", {"track": "data"})]),
        {MUST, ("tracks", ("T1",)), ("table", ("T1",))},
        1,
        "let table T1 host data too",
    ),
    "fixed_table": (
        event(s1={"table": "T1"}, p1={"table": "T2"}, pairs=ONE),
        {MUST, ("fixed_table", ("s1",)), ("fixed_table", ("p1",))},
        1,
        "let s1 meet at other tables too",
    ),
    "two at one fixed table": (
        event(slots=1, s1={"table": "T1"}, p2={"table": "T1"}, pairs=APART),
        {MUST, OTHER, ("fixed_table", ("s1",)), ("fixed_table", ("p2",))},
        1,
        "let s1 meet at other tables too",
    ),
    "interpreter": (
        event(s1=KO, p1=EN, pairs=ONE),
        {MUST, ("interpreter", ("s1", "p1"))},
        2,
        "one more interpreter for ko and en at 09:00",
    ),
    "interpreter_busy": (
        event(slots=1, s1=KO, p1=EN, s2=KO, p2=EN, interpreters=[{"id": "i", **BOTH}], pairs=APART),
        {MUST, OTHER, ("interpreter_busy", ("i",))},
        2,
        "one more interpreter for ko and en at 09:00",
    ),
    "interpreter_unavailable": (
        event(slots=1, s1=KO, p1=EN, interpreters=[{"id": "i", "unavailable": ("a",), **BOTH}], pairs=ONE),
        {MUST, ("interpreter_unavailable", ("i",)), ("interpreter_busy", ("i",))},
        1,
        "let the interpreter i come at 09:00",
    ),
    "precedence": (
        event(slots=1, precedences=[{"first": ("s1", "p1"), "then": ("s2", "p2")}], pairs=APART),
        {MUST, OTHER, ("precedence", ("s1", "p1", "s2", "p2"))},
        2,
        "let s1 and p1 meet after s2 and p2 too",
    ),
    "confirmed": (
        event(
            s1={"unavailable": ("a",)},
            pairs=[("s1", "p1", {"state": "confirmed", "slot": "a"})],
        ),
        {MUST, ("confirmed", ("s1", "p1")), ("unavailable", ("s1",))},
        1,
        "let s1 meet at 09:00",
    ),
    "max_break_difference": (
        event(
            slots=3,
            info={"max_break_difference": 0},
            s1={"unavailable": ("b",)},
            pairs=THREE[:2],
        ),
        {MUST, ("must", ("s1", "p2")), ("max_break_difference", ()), ("unavailable", ("s1",))}
        | {("representatives", ("s1",))},
        1,
        "let s1 meet at 09:20",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_known_contradictions(case: str) -> None:
    given_, members, least, sentence = CASES[case]
    conflicts = explain_infeasible(given_)
    assert {(each.rule, each.who) for each in conflicts} == members
    assert all(each.minimal and each.edits and each.enough for each in conflicts)
    assert all(each.cost == cost(each.edits) for each in conflicts)
    found = releases(given_)
    assert (found[0].cost, min(each.cost or 99 for each in conflicts)) == (least, least)
    assert sentence in [each.sentence for each in found if each.cost == least]
    assert [each.cost for each in found] == sorted(each.cost for each in found)
    for release in found:
        proven_to_help(given_, release.edits)
    for conflict in conflicts:
        proven_to_help(given_, conflict.edits)


def proven_to_help(event_: Event, edits: tuple[Edit, ...]) -> None:
    changed = Event.model_validate(apply(event_, edits).model_dump())
    schedule = solve(changed, stages=("shortfall", "value"))
    assert schedule.status != "infeasible"
    assert not check(changed, schedule).faults


def test_an_event_with_a_timetable_has_no_contradiction() -> None:
    assert contradiction(event(pairs=APART), seconds=10) is None
    assert explain_infeasible(event(pairs=APART)) == ()
    assert releases(event(pairs=APART)) == ()


def test_two_contradictions_need_a_combination() -> None:
    twice = event(s1={"unavailable": ("a", "b")}, s2={"sessions": ("x",)}, pairs=APART)
    conflicts = explain_infeasible(twice)
    assert {(each.rule, each.who) for each in conflicts} == {MUST, ("unavailable", ("s1",))}
    assert [each.enough for each in conflicts] == [False, False]
    assert all(each.release.endswith("(other contradictions remain)") for each in conflicts)
    best = releases(twice)[0]
    assert best.cost == 3
    assert {each.kind for each in best.edits} == {"free", "session"}
    proven_to_help(twice, best.edits)


def test_irrelevant_people_are_not_named() -> None:
    crowd = event(
        slots=2,
        p1={"unavailable": ("b",), "max_meetings": 5, "sessions": ("am", "pm")},
        s3={"max_meetings": 2},
        pairs=[*TWO, ("s3", "p3", {}), ("s3", "p2", {}), ("s2", "p3", {"state": "suggested"})],
    )
    assert {(each.rule, each.who) for each in explain_infeasible(crowd)} == {
        MUST,
        ("must", ("s2", "p1")),
        ("unavailable", ("p1",)),
        ("representatives", ("p1",)),
    }


def test_many_promises_for_few_tables() -> None:
    wide = Event.model_validate(
        {
            "event": {"id": "e"},
            "slots": [
                {"id": f"t{n}", "start": DAY + timedelta(hours=n), "end": DAY + timedelta(hours=n + 1)}
                for n in range(5)
            ],
            "tables": [{"id": f"T{n}"} for n in range(4)],
            "participants": [
                {"id": f"{side[0]}{n}", "side": side} for side in ("startup", "partner") for n in range(8)
            ],
            "pairs": [
                {"startup": f"s{n}", "partner": f"p{(n + step) % 8}", "state": "must"}
                for n in range(8)
                for step in range(3)
            ],
        }
    )
    # 24 promised, 20 seats: 21 of them are too many, and no fewer.
    conflicts = explain_infeasible(wide)
    assert all(each.minimal for each in conflicts)
    assert sorted(each.rule for each in conflicts) == ["must"] * 21 + ["table"]
    table = next(each for each in conflicts if each.rule == "table")
    assert table.enough
    assert sum(each.amount for each in table.edits) == 4
    proven_to_help(wide, table.edits)


def test_short_of_time_nothing_is_called_proven() -> None:
    conflicts = explain_infeasible(CASES["table"][0], seconds=0)
    assert {(each.rule, each.who) for each in conflicts} >= CASES["table"][1]
    assert not any(each.minimal or each.enough for each in conflicts)


def test_the_same_in_korean() -> None:
    given_, *_ = CASES["table"]
    with use_language("en"):
        assert [schedule_words.release(given_, each) for each in explain_infeasible(given_)] == [
            each.release for each in explain_infeasible(given_)
        ]
    with use_language("ko"):
        table = next(each for each in explain_infeasible(given_) if each.rule == "table")
        assert schedule_words.release(given_, table) == "09:00에 테이블 1개 추가"


def test_costs_are_of_all_kinds() -> None:
    assert cost([Edit(kind="table", slot="a", amount=3), Edit(kind="drop", who=("s1", "p1"))]) == 9
    with pytest.raises(KeyError):
        apply(CASES["table"][0], [Edit(kind="magic")])
    assert min(COSTS.values()) == 1


# -- any events --------------------------------------------------------------------------------


@st.composite
def strained_events(draw: st.DrawFn) -> Event:
    """Events in which some pairs are promised, more than can be kept now and then."""
    made = draw(events())
    pairs = [pair.model_dump() for pair in made.pairs]
    for pair in pairs:
        pair["state"] = draw(st.sampled_from([pair["state"], pair["state"], "must", "must", "confirmed"]))
        if pair["state"] == "confirmed":
            pair["slot"] = draw(st.sampled_from([slot.id for slot in made.slots]))
            pair["table"] = draw(st.sampled_from([None, made.tables[0].id]))
    info = {
        **made.event.model_dump(),
        "max_break_difference": draw(st.sampled_from([None, None, None, 0, 1])),
    }
    return Event.model_validate({**made.model_dump(), "pairs": pairs, "event": info})


PER_PERSON: dict[str, dict[str, object]] = {
    "unavailable": {"unavailable": ()},
    "sessions": {"sessions": None},
    "max_meetings": {"max_meetings": None},
    "max_consecutive": {"max_consecutive": None},
    "representatives": {"representatives": 50},
    "fixed_table": {"table": None},
}


def without(whole: Event, rules: set[tuple[str, tuple[str, ...]]]) -> Event:
    """The event with nothing in it but some rules, written without anything that explains."""
    names = {rule for rule, _ in rules}
    people = []
    for person in whole.participants:
        lifted: dict[str, object] = {}
        for rule, free in PER_PERSON.items():
            if (rule, (person.id,)) not in rules:
                lifted |= free
        if not names & {"interpreter", "interpreter_busy"}:
            lifted["languages"] = ()
        people.append(person.model_copy(update=lifted))
    pairs = []
    for pair in whole.pairs:
        fields: dict[str, object] = {}
        if ("sessions", pair.key) not in rules:
            fields["sessions"] = None
        if ("must", pair.key) not in rules and pair.state in ("must", "confirmed"):
            fields |= {"state": "accepted", "slot": None, "table": None}
        elif ("confirmed", pair.key) not in rules and pair.state == "confirmed":
            fields |= {"state": "must", "slot": None, "table": None}
        pairs.append({**pair.model_dump(), **fields})
    tables = [
        table.model_copy(
            update={
                "closed": table.closed if "closed" in names else (),
                "tracks": table.tracks if "tracks" in names else (),
            }
        )
        for table in whole.tables
    ]
    tables += [Table(id=f"more {n}") for n in range(20) if "table" not in names]
    interpreters = [
        each
        if ("interpreter_unavailable", (each.id,)) in rules
        else each.model_copy(update={"unavailable": ()})
        for each in whole.interpreters
    ]
    orders = [each for each in whole.precedences if ("precedence", (*each.first, *each.then)) in rules]
    info = whole.event
    if "max_break_difference" not in names:
        info = info.model_copy(update={"max_break_difference": None})
    return Event.model_validate(
        {
            "event": info.model_dump(),
            "slots": [each.model_dump() for each in whole.slots],
            "tables": [each.model_dump() for each in tables],
            "participants": [each.model_dump() for each in people],
            "interpreters": [each.model_dump() for each in interpreters],
            "pairs": pairs,
            "precedences": [each.model_dump() for each in orders],
        }
    )


@given(strained_events())
@settings(max_examples=40, deadline=None)
def test_named_is_what_contradicts_and_no_more(whole: Event) -> None:
    feasible = is_feasible(whole, seconds=20)
    conflicts = explain_infeasible(whole)
    assert bool(conflicts) != feasible
    assume(not feasible)
    rules = {(each.rule, each.who) for each in conflicts}
    assert not is_feasible(without(whole, rules), seconds=20)
    for each in conflicts:
        assert each.minimal
        assert is_feasible(without(whole, rules - {(each.rule, each.who)}), seconds=20)
        if each.enough:
            assert is_feasible(apply(whole, each.edits), seconds=20)


@given(strained_events())
@settings(max_examples=10, deadline=None)
def test_every_release_releases(whole: Event) -> None:
    assume(not is_feasible(whole, seconds=20))
    found = releases(whole, most=2, seconds=6)
    assert found
    assert all(each.proven for each in found[:-1])
    assert [each.cost for each in found] == sorted(each.cost for each in found)
    for release in found:
        proven_to_help(whole, release.edits)
        for edit in release.edits if release.proven else ():
            rest = [each for each in release.edits if each != edit]
            assert not is_feasible(apply(whole, rest), seconds=20)


def test_interpreters_who_come_in_addition_speak_both() -> None:
    given_, *_ = CASES["interpreter"]
    changed = apply(given_, [Edit(kind="interpreter", who=("ko", "en"), slot="b", amount=2)])
    assert changed.interpreters == (
        Interpreter(id="b more 1", languages=("ko", "en"), unavailable=("a",)),
        Interpreter(id="b more 2", languages=("ko", "en"), unavailable=("a",)),
    )
