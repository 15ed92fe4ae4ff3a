"""Why pairs do not meet: every code by hand, and that the named reason stands and the price can be paid."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from strategies import events

from matcher.schedule.board import Board
from matcher.schedule.check import check
from matcher.schedule.model import Problem, compile_event
from matcher.schedule.price import price
from matcher.schedule.solve import solve
from matcher.schedule.unmet import reasons
from profiles.errors import InputError
from profiles.event import Event, Schedule, Unscheduled
from web import schedule_words
from web.unscheduled import show_price, show_unscheduled

DAY = datetime(2023, 4, 28, 9)


def event(slots: int = 1, tables: int = 2, **changes: Any) -> Event:
    """Slots a, b, c of 20 minutes, alike tables, s1 to p2; pairs as (startup, partner, fit, more)."""
    fields: dict[str, Any] = {
        "event": {"id": "e", **changes.pop("info", {})},
        "slots": [
            {
                "id": name,
                "start": DAY + timedelta(minutes=20 * n),
                "end": DAY + timedelta(minutes=20 * n + 20),
            }
            for n, name in enumerate("abcde"[:slots])
        ],
        "tables": [{"id": f"T{n + 1}", **changes.pop(f"T{n + 1}", {})} for n in range(tables)],
        "participants": [
            {"id": who, "side": "startup" if who[0] == "s" else "partner", **changes.pop(who, {})}
            for who in ("s1", "s2", "p1", "p2")
        ],
        "pairs": [
            {"startup": one, "partner": other, "fit": fit, **more}
            for one, other, fit, more in changes.pop("pairs")
        ],
        **changes,
    }
    return Event.model_validate(fields)


def only(given_: Event, meetings: dict[tuple[str, str], str]) -> Unscheduled:
    """What is said of the one pair that does not meet."""
    problem = compile_event(given_)
    keys = [pair.key for pair in given_.pairs]
    names = [slot.id for slot in problem.slots]
    board = Board(problem, {keys.index(key): names.index(slot) for key, slot in meetings.items()})
    found = reasons(problem, board.slot_of, board.table_of, board.interpreter_of)
    assert len(found) == 1
    return found[0]


PAIR: tuple[str, str, float, dict[str, Any]] = ("s1", "p1", 1.0, {})
KO, EN = {"languages": ("ko",)}, {"languages": ("en",)}
INTERPRETER = [{"id": "i", "languages": ("ko", "en")}]

CASES: dict[str, tuple[Event, dict[tuple[str, str], str], tuple[str, ...], str]] = {
    "startup_full": (
        event(slots=2, s1={"max_meetings": 1}, pairs=[PAIR, ("s1", "p2", 3.0, {})]),
        {("s1", "p2"): "a"},
        ("a", "b"),
        "It does not fit in: s1 already has as many meetings as it may have.",
    ),
    "partner_full": (
        event(slots=2, p1={"max_meetings": 1}, pairs=[PAIR, ("s2", "p1", 3.0, {})]),
        {("s2", "p1"): "a"},
        ("a", "b"),
        "It does not fit in: p1 already has as many meetings as it may have.",
    ),
    "startup_busy": (
        event(pairs=[PAIR, ("s1", "p2", 3.0, {})]),
        {("s1", "p2"): "a"},
        ("a",),
        "At 09:00 only one thing stands in the way: s1 meets others.",
    ),
    "partner_busy": (
        event(slots=2, s1={"unavailable": ("b",)}, pairs=[PAIR, ("s2", "p1", 3.0, {})]),
        {("s2", "p1"): "a"},
        ("a",),
        "At 09:00 only one thing stands in the way: p1 meets others.",
    ),
    "consecutive": (
        event(
            slots=3,
            s1={"max_consecutive": 1},
            p1={"unavailable": ("a", "c")},
            pairs=[PAIR, ("s1", "p2", 3.0, {})],
        ),
        {("s1", "p2"): "a"},
        ("b",),
        "At 09:20 only one thing stands in the way: s1 would have too many meetings in a row.",
    ),
    "precedence": (
        event(
            slots=2,
            p1={"unavailable": ("b",)},
            precedences=[{"first": ("s2", "p2"), "then": ("s1", "p1")}],
            pairs=[PAIR, ("s2", "p2", 3.0, {})],
        ),
        {("s2", "p2"): "a"},
        ("a",),
        "At 09:00 only one thing stands in the way: it would break the order of meetings that was asked for.",
    ),
    "no_table": (
        event(tables=1, pairs=[PAIR, ("s2", "p2", 3.0, {})]),
        {("s2", "p2"): "a"},
        ("a",),
        "At 09:00 only one thing stands in the way: no table is free.",
    ),
    "no_interpreter": (
        event(s1=KO, p1=EN, s2=KO, p2=EN, interpreters=INTERPRETER, pairs=[PAIR, ("s2", "p2", 3.0, {})]),
        {("s2", "p2"): "a"},
        ("a",),
        "At 09:00 only one thing stands in the way: no interpreter is free.",
    ),
    "never_free_together": (
        event(slots=2, s1={"unavailable": ("a",)}, p1={"unavailable": ("b",)}, pairs=[PAIR]),
        {},
        (),
        "s1 and p1 are never both there.",
    ),
    "no_table_for_track": (
        event(tables=1, T1={"tracks": ("ip",)}, pairs=[("s1", "p1", 1.0, {"track": "data"})]),
        {},
        (),
        "No table takes a meeting of s1 and p1.",
    ),
    "no_interpreter_speaks": (
        event(s1=KO, p1=EN, pairs=[PAIR]),
        {},
        (),
        "s1 and p1 share no language, and no interpreter speaks both.",
    ),
    "several": (
        event(pairs=[PAIR, ("s1", "p2", 3.0, {}), ("s2", "p1", 3.0, {})]),
        {("s1", "p2"): "a", ("s2", "p1"): "a"},
        (),
        "No single cause stands in the way, but several together: s1 meets others; p1 meets others; "
        "no table is free.",
    ),
    "not_worth": (
        event(pairs=[("s1", "p1", 0.0, {})]),
        {},
        ("a",),
        "The meeting would fit at 09:00, but is worth nothing by fit and priority.",
    ),
    "break_difference": (
        event(
            slots=3,
            info={"max_break_difference": 0},
            p1={"unavailable": ("b", "c")},
            pairs=[PAIR, ("s1", "p2", 3.0, {})],
        ),
        {("s1", "p2"): "c"},
        ("a",),
        "The meeting would fit at 09:00, but breaks would then differ more than is allowed.",
    ),
    "room_left": (
        event(pairs=[PAIR]),
        {},
        ("a",),
        "The meeting would fit at 09:00; the search had not come so far.",
    ),
}


@pytest.mark.parametrize("code", CASES)
def test_every_code(code: str) -> None:
    given_, meetings, slots, sentence = CASES[code]
    found = only(given_, meetings)
    assert (found.startup, found.partner, found.code) == ("s1", "p1", code)
    assert (found.slots, found.reason) == (slots, sentence)


@pytest.mark.parametrize(
    ("code", "price_", "instead"),
    [
        ("startup_full", 2.0, (("s1", "p2"),)),
        ("startup_busy", 2.0, (("s1", "p2"),)),
        ("partner_busy", -1.0, ()),  # s2 meets p1 later
        ("no_table", 2.0, (("s2", "p2"),)),
        ("no_interpreter", 2.0, (("s2", "p2"),)),
        ("several", 5.0, (("s1", "p2"), ("s2", "p1"))),
        ("consecutive", 2.0, (("s1", "p2"),)),  # at a and at c, s1 would meet p2 just before or after
        ("precedence", 2.0, (("s2", "p2"),)),
        ("room_left", -1.0, ()),
    ],
)
def test_prices(code: str, price_: float, instead: tuple[tuple[str, str], ...]) -> None:
    given_, meetings, *_ = CASES[code]
    found = only(given_, meetings)
    assert (found.price, found.instead, found.shortfall) == (price_, instead, 0)


def test_no_price_where_nothing_helps() -> None:
    for code in ("never_free_together", "no_table_for_track", "no_interpreter_speaks"):
        found = only(*CASES[code][:2])
        assert (found.price, found.shortfall, found.instead) == (None, None, ())


def test_promised_meetings_are_not_given_up() -> None:
    promised = event(pairs=[PAIR, ("s1", "p2", 0.0, {"state": "must"})])
    found = only(promised, {("s1", "p2"): "a"})
    assert (found.code, found.price) == ("startup_busy", None)


def test_a_missing_meeting_is_part_of_the_price() -> None:
    short = event(p2={"min_meetings": 1}, pairs=[("s1", "p1", 9.0, {}), ("s1", "p2", 1.0, {})])
    found = only(short, {("s1", "p2"): "a"})
    assert (found.shortfall, found.price, found.instead) == (1, -8.0, (("s1", "p2"),))
    assert schedule_words.reason(short, found).endswith(
        "would leave at most 1 more meetings missing; then these do not meet: s1 – p2."
    )


@given(events())
@settings(max_examples=60, deadline=None)
def test_reasons_are_true(given_: Event) -> None:
    problem = compile_event(given_)
    board = greedy(problem)
    found = {
        (each.startup, each.partner): each
        for each in reasons(problem, board.slot_of, board.table_of, board.interpreter_of)
    }
    for pair, record in enumerate(given_.pairs):
        if pair in board.slot_of or record.state == "declined":
            assert record.key not in found
            continue
        said = found.pop(record.key)
        rules = [{each.rule for each in board.obstacles(pair, slot)} for slot in range(len(problem.slots))]
        ids = [slot.id for slot in problem.slots]
        if said.code in STANDING:
            assert all(each & STANDING[said.code] for each in rules)
        if said.code in ALONE:
            assert said.slots
            assert all(rules[ids.index(slot)] <= ALONE[said.code] for slot in said.slots)
            assert all(rules[ids.index(slot)] for slot in said.slots)
        if said.code == "several":
            assert all(rules)
            assert len(said.causes) > 1
        if said.code in ("not_worth", "room_left"):
            assert all(not rules[ids.index(slot)] for slot in said.slots)
            assert (problem.worth[pair] == 0) == (said.code == "not_worth")
    assert not found


STANDING = {
    "startup_full": {"max_meetings"},
    "partner_full": {"max_meetings"},
    "never_free_together": {"unavailable", "sessions"},
    "no_table_for_track": {"tracks", "fixed_table", "confirmed", "table"},
    "no_interpreter_speaks": {"interpreter"},
}
"""Code -> the rules of which one stands against every slot."""

ALONE = {
    "startup_full": {"max_meetings", "representatives"},
    "partner_full": {"max_meetings", "representatives"},
    "startup_busy": {"representatives"},
    "partner_busy": {"representatives"},
    "consecutive": {"max_consecutive"},
    "precedence": {"precedence"},
    "no_table": {"table", "closed"},
    "no_interpreter": {"interpreter_busy", "interpreter_unavailable"},
}
"""Code -> the rules besides which nothing stands against the slots named."""


def greedy(problem: Problem) -> Board:
    board = Board(problem)
    for pair in sorted(range(len(problem.pairs)), key=lambda pair: -problem.worth[pair]):
        for slot in problem.allowed[pair]:
            if board.fits(pair, slot) and problem.worth[pair]:
                board.put(pair, slot)
                break
    return board


@given(events())
@settings(max_examples=12, deadline=None)
def test_a_price_is_never_below_the_exact_one(given_: Event) -> None:
    stages = ("shortfall", "value")
    best = solve(given_, stages=stages)
    assert best.status == "optimal"
    for said in best.unscheduled[:4]:
        exact = price(given_, best, (said.startup, said.partner))
        if exact.possible is False:
            assert said.price is None
            assert exact.conflicts
            continue
        short, value = ((each.before, each.after) for each in exact.stages)
        assert exact.schedule is not None
        assert (said.startup, said.partner) in {each.key for each in exact.schedule.meetings}
        if said.price is not None and said.shortfall is not None:
            true = (short[1] - short[0], round(value[0] - value[1], 6))
            assert (said.shortfall, round(said.price, 6)) >= true
            assert true >= (0, 0) or true[0] > 0


def test_exact_price() -> None:
    busy, *_ = CASES["several"]
    best = solve(busy, stages=("shortfall", "value"))
    exact = price(busy, best, ("s1", "p1"))
    assert exact.possible
    assert exact.lost == (("s1", "p2"), ("s2", "p1"))
    assert exact.gained == ()
    assert [(each.name, each.before, each.after) for each in exact.stages] == [
        ("shortfall", 0, 0),
        ("value", 6, 1),
    ]
    assert all(each.proven for each in exact.stages)
    assert exact.to_dict()["lost"] == [["s1", "p2"], ["s2", "p1"]]


def test_a_price_that_nobody_can_pay() -> None:
    never, *_ = CASES["never_free_together"]
    found = price(never, solve(never, stages=("shortfall", "value")), ("s1", "p1"))
    assert found.possible is False
    assert {(each.rule, each.who) for each in found.conflicts} == {
        ("must", ("s1", "p1")),
        ("unavailable", ("s1",)),
        ("unavailable", ("p1",)),
    }


@pytest.mark.parametrize(
    ("pair", "words"),
    [
        (("p1", "s1"), "no pair p1 and s1"),
        (("s1", "p2"), "meet already"),
        (("s2", "p2"), "have declined"),
    ],
)
def test_pairs_without_a_price(pair: tuple[str, str], words: str) -> None:
    given_ = event(pairs=[PAIR, ("s1", "p2", 3.0, {}), ("s2", "p2", 1.0, {"state": "declined"})])
    best = solve(given_, stages=("shortfall", "value"))
    with pytest.raises(InputError, match=words):
        price(given_, best, pair)


def test_the_command(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    given_, *_ = CASES["several"]
    best = solve(given_, stages=("shortfall", "value"))
    assert not check(given_, best).faults
    files = tmp_path / "event.json", tmp_path / "schedule.json"
    for file, record in zip(files, (given_, best), strict=True):
        file.write_text(record.model_dump_json(), encoding="utf-8")
    show_unscheduled(*files)
    assert capsys.readouterr().out == (
        "s1 – p1: No single cause stands in the way, but several together: s1 meets others; p1 meets others; "
        "no table is free. Having it all the same would cost at most 5 of value; then these do not meet: "
        "s1 – p2, s2 – p1.\n"
    )
    show_price(*files, ("s1", "p1"), seconds=20)
    lines = capsys.readouterr().out.splitlines()
    assert lines[1:] == [
        "shortfall                0 → 0",
        "value                    6 → 1",
        "No longer meet: s1 – p2, s2 – p1",
    ]
    other = Schedule(
        status="feasible", unscheduled=(Unscheduled(startup="x", partner="p1", reason="", code=""),)
    )
    files[1].write_text(other.model_dump_json(), encoding="utf-8")
    with pytest.raises(InputError, match="no participant 'x'"):
        show_unscheduled(*files)


def test_reasons_of_other_makers_stay_as_they_are() -> None:
    given_, *_ = CASES["several"]
    theirs = Unscheduled(startup="s1", partner="p1", reason="s1 stayed at home", code="absent")
    assert schedule_words.reason(given_, theirs) == "s1 stayed at home"
