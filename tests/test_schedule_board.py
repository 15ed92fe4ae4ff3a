"""The board: what it takes, the checker takes; what it refuses, the checker refuses for that reason."""

from __future__ import annotations

from datetime import datetime
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import events

from matcher.schedule.board import Board, Obstacle
from matcher.schedule.check import Fault, check
from matcher.schedule.model import Problem, compile_event
from profiles.event import Event, EventInfo, Meeting, Pair, Participant, Schedule, Slot, State, Table
from profiles.model import Side, Topic

NOT_OF_A_PART = {"must", "unscheduled", "max_break_difference"}
"""What a timetable under construction may break."""


def meeting(
    problem: Problem, pair: int, slot: int, table: int, interpreter: int | None, *, event: Event
) -> Meeting:
    record = event.pairs[pair]
    return Meeting(
        startup=record.startup,
        partner=record.partner,
        slot=problem.slots[slot].id,
        table=event.tables[table].id,
        track=record.track,
        interpreter=None if interpreter is None else event.interpreters[interpreter].id,
    )


def meetings(board: Board) -> list[Meeting]:
    event = board.problem.event
    return [
        meeting(board.problem, pair, slot, board.table_of[pair], board.interpreter_of.get(pair), event=event)
        for pair, slot in board.slot_of.items()
    ]


def faults(event: Event, held: list[Meeting]) -> list[Fault]:
    verdict = check(event, Schedule(status="feasible", meetings=tuple(held)))
    return [fault for fault in verdict.faults if fault.rule not in NOT_OF_A_PART]


@st.composite
def events_with_promises(draw: st.DrawFn) -> Event:
    """Events as elsewhere, with some pairs confirmed for a slot and perhaps a table."""
    event = draw(events())
    pairs = []
    for pair in event.pairs:
        changes: dict[str, object] = {}
        if draw(st.sampled_from([False, False, False, True])):
            changes = {
                "state": draw(st.sampled_from([State.MUST, State.CONFIRMED])),
                "slot": draw(st.sampled_from(event.slots)).id,
                "table": draw(st.sampled_from([None, None, *(table.id for table in event.tables)])),
            }
        pairs.append(Pair.model_validate({**pair.model_dump(), **changes}))
    return event.model_copy(update={"pairs": tuple(pairs)})


@given(events_with_promises(), st.integers(0, 2**32))
@settings(max_examples=150, deadline=None)
def test_whatever_fits_is_without_fault(event: Event, seed: int) -> None:
    random, board = Random(seed), Board(compile_event(event))
    cells = [(pair, slot) for pair in range(len(event.pairs)) for slot in range(len(event.slots))]
    for pair, slot in random.sample(cells, len(cells)):
        fits = board.fits(pair, slot)
        assert fits == (not board.obstacles(pair, slot))
        if fits:
            board.put(pair, slot)
        elif board.slot_of and random.random() < 0.1:
            board.take(random.choice(list(board.slot_of)))
    assert board.table_of.keys() == board.slot_of.keys()
    assert not faults(event, meetings(board))
    again = Board(board.problem, board.slot_of, tables=board.table_of, interpreters=board.interpreter_of)
    assert sorted(map(str, meetings(again))) == sorted(map(str, meetings(board)))


@given(events_with_promises(), st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_every_obstacle_is_one_of_the_checkers(event: Event, seed: int) -> None:
    random, board = Random(seed), Board(compile_event(event))
    cells = [(pair, slot) for pair in range(len(event.pairs)) for slot in range(len(event.slots))]
    refused = []
    for pair, slot in random.sample(cells, len(cells)):
        if board.fits(pair, slot):
            board.put(pair, slot)
        else:
            refused.append((pair, slot))
    held = meetings(board)
    for pair, slot in random.sample(refused, min(15, len(refused))):
        hosts = [None, *range(len(event.interpreters))]
        found = {
            fault.rule: fault
            for table in range(len(event.tables))
            for host in hosts
            for fault in faults(event, [*held, meeting(board.problem, pair, slot, table, host, event=event)])
        }
        with pytest.raises(ValueError, match="does not fit"):
            board.put(pair, slot)
        reasons = board.obstacles(pair, slot)
        assert reasons
        assert {reason.rule for reason in reasons} <= found.keys()


def small(**changes: object) -> Event:
    """Two startups, two partners, two tables, slots a, b, c in a row."""
    slots = [
        Slot(id=name, start=datetime(2023, 4, 28, 9, 20 * n), end=datetime(2023, 4, 28, 9, 20 * n + 19))
        for n, name in enumerate("abc")
    ]
    people = [
        Participant(id=name, side=Side.STARTUP if name[0] == "s" else Side.PARTNER)
        for name in ("s1", "s2", "p1", "p2")
    ]
    fields: dict[str, object] = {
        "event": EventInfo(id="e"),
        "slots": slots,
        "tables": [Table(id="T1"), Table(id="T2", tracks=(Topic.IP,))],
        "participants": people,
        "pairs": [
            Pair(startup="s1", partner="p1", track=Topic.IP, fit=1),
            Pair(startup="s1", partner="p2", fit=1),
            Pair(startup="s2", partner="p1", fit=1),
            Pair(startup="s2", partner="p2", track=Topic.DATA, fit=1),
        ],
        **changes,
    }
    return Event.model_validate(fields)


def test_meetings_change_places_to_make_room() -> None:
    board = Board(compile_event(small()))
    board.put(0, 0)
    assert board.table_of == {0: 0}
    board.put(3, 0)
    assert board.table_of == {0: 1, 3: 0}
    board.take(3)
    assert board.slot_of == {0: 0}
    assert board.fits(3, 0)


def test_obstacles_name_whom_they_concern() -> None:
    board = Board(compile_event(small()))
    board.put(0, 0)
    assert board.obstacles(1, 0) == [Obstacle("representatives", ("s1", "p1"))]
    assert board.obstacles(0, 1) == [
        Obstacle("once", ("s1", "p1")),
    ]
    board = Board(compile_event(small(tables=[Table(id="T1", closed=("b",)), Table(id="T2", closed=("b",))])))
    assert board.obstacles(3, 1) == [Obstacle("closed", ("T1", "T2", "b"))]


def test_a_start_keeps_its_seats_or_is_refused() -> None:
    problem = compile_event(small())
    assert Board(problem, {0: 0, 3: 0}, tables={3: 0}).table_of == {0: 1, 3: 0}
    with pytest.raises(ValueError, match="representatives"):
        Board(problem, {0: 0, 1: 0})
    with pytest.raises(ValueError, match="the seat is taken"):
        Board(problem, {0: 0, 3: 0}, tables={0: 0, 3: 0})
