"""Tidying up: the same meetings, no rule broken, never worse, and as good as can be where that is known."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from itertools import product
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from strategies import events

from matcher.schedule import pools
from matcher.schedule.board import Board
from matcher.schedule.chains import Chains
from matcher.schedule.check import check
from matcher.schedule.fewest import fewest_breaks
from matcher.schedule.model import Problem, compile_event
from matcher.schedule.rooms import rooms_of
from matcher.schedule.seating import deal
from matcher.schedule.shifting import Shifting
from matcher.schedule.tidy import tidy
from matcher.schedule.values import breaks
from profiles.event import (
    Event,
    EventInfo,
    Meeting,
    Pair,
    Participant,
    Schedule,
    Slot,
    State,
    Table,
)
from profiles.model import Side

NOT_KEPT_BY_A_BOARD = {"must", "unscheduled"}
"""What a timetable that was filled by chance may miss."""


def filled(problem: Problem, random: Random) -> dict[int, int]:
    """Meetings where they fit, by chance."""
    board = Board(problem)
    cells = [(pair, slot) for pair, slots in enumerate(problem.allowed) for slot in slots]
    for pair, slot in random.sample(cells, len(cells)):
        if board.fits(pair, slot):
            board.put(pair, slot)
    return dict(board.slot_of)


def faults(problem: Problem, slots: Mapping[int, int]) -> set[str]:
    """The checker's, with tables and interpreters dealt out anew."""
    event = problem.event
    tables = deal(problem, slots, pools.tables(problem))
    interpreters = deal(problem, slots, pools.interpreters(problem))
    assert tables is not None
    assert interpreters is not None
    held = tuple(
        Meeting(
            startup=event.pairs[pair].startup,
            partner=event.pairs[pair].partner,
            slot=problem.slots[slot].id,
            table=event.tables[tables[pair]].id,
            track=event.pairs[pair].track,
            interpreter=event.interpreters[interpreters[pair]].id if pair in interpreters else None,
        )
        for pair, slot in slots.items()
    )
    verdict = check(event, Schedule(status="feasible", meetings=held))
    return {fault.rule for fault in verdict.faults} - NOT_KEPT_BY_A_BOARD


def worth(problem: Problem, slots: Mapping[int, int]) -> tuple[int, int]:
    counts = breaks(problem, slots)
    return sum(counts), max(counts) - min(counts)


@st.composite
def rows(draw: st.DrawFn) -> Event:
    """The events of ``strategies`` in slots that do not overlap, with some pairs confirmed."""
    event = draw(events())
    slots = [
        Slot(
            id=slot.id,
            start=datetime(2023, 4, 28 + n % 2, 9, 10 * n + draw(st.sampled_from([0, 0, 0, 1]))),
            end=datetime(2023, 4, 28 + n % 2, 9, 10 * n) + timedelta(minutes=20),
            session=slot.session,
        )
        for n, slot in enumerate(event.slots[:6])
    ]
    kept = {slot.id for slot in slots}

    def known(ids: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(each for each in ids if each in kept)

    pairs = list(event.pairs)
    for place in draw(st.sets(st.integers(0, len(pairs) - 1), max_size=3)):
        change = {"state": State.CONFIRMED, "slot": draw(st.sampled_from(slots)).id}
        pairs[place] = Pair.model_validate({**pairs[place].model_dump(), **change})
    return Event(
        event=event.event.model_copy(
            update={"max_break_difference": draw(st.sampled_from([None, None, 0, 1, 2]))}
        ),
        slots=tuple(slots),
        tables=tuple(each.model_copy(update={"closed": known(each.closed)}) for each in event.tables),
        participants=tuple(
            each.model_copy(update={"unavailable": known(each.unavailable)}) for each in event.participants
        ),
        interpreters=tuple(
            each.model_copy(update={"unavailable": known(each.unavailable)}) for each in event.interpreters
        ),
        pairs=tuple(pairs),
        precedences=event.precedences,
    )


def tidied(event: Event, seed: int) -> None:
    problem = compile_event(event)
    start = filled(problem, Random(seed))
    before = faults(problem, start)
    assert before <= {"max_break_difference"}
    end = tidy(problem, start, seconds=60, seed=seed, rounds=8)
    assert end.keys() == start.keys()
    assert faults(problem, end) <= before
    assert worth(problem, end) <= worth(problem, start)
    confirmed = [n for n, pair in enumerate(event.pairs) if pair.state is State.CONFIRMED and n in start]
    assert all(end[pair] == start[pair] for pair in confirmed)
    assert tidy(problem, start, seconds=60, seed=seed, rounds=8) == end


@st.composite
def searches(draw: st.DrawFn) -> tuple[Problem, Chains]:
    event, seed = draw(rows()), draw(st.integers(0, 2**32))
    problem = compile_event(event)
    slots = filled(problem, Random(seed))
    rooms = rooms_of(problem, slots)
    assert rooms is not None
    return problem, Chains(problem, slots, rooms, seed)


@given(searches())
@settings(max_examples=100, deadline=None)
def test_every_step_keeps_the_rules_and_the_count(both: tuple[Problem, Chains]) -> None:
    problem, search = both
    broken = faults(problem, search.marked)
    for _ in range(12):
        if search.turn(5.0):
            search.mark()
            assert search.breaks.tolist() == breaks(problem, search.marked)
            assert faults(problem, search.marked) <= broken


@given(rows(), st.integers(0, 2**32))
@settings(max_examples=40, deadline=None)
def test_single_shifts_keep_the_rules_and_the_count(event: Event, seed: int) -> None:
    problem = compile_event(event)
    start = filled(problem, Random(seed))
    search = Shifting(problem, start, seed)
    for _ in range(30):
        search.turn(5.0)
    search.mark()
    assert search.breaks.tolist() == breaks(problem, search.marked)
    assert faults(problem, search.marked) <= faults(problem, start)


def test_a_start_that_breaks_a_rule_is_refused_where_slots_overlap() -> None:
    problem = compile_event(small(Random(0), day(3, minutes=15, step=10), away=0))
    with pytest.raises(ValueError, match="representatives"):
        tidy(problem, {0: 0, 1: 1}, seconds=60)


def test_shifts_keep_the_count() -> None:
    random = Random(3)
    problem = compile_event(small(random, day(6, minutes=15, step=10)))
    search = Shifting(problem, filled(problem, random), 3)
    moved = 0
    for _ in range(200):
        moved += search.turn(5.0)
        search.mark()
        assert search.breaks.tolist() == breaks(problem, search.marked)
    assert moved > 20
    assert not faults(problem, search.marked)


@given(rows(), st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_rooms_are_what_can_be_dealt_out(event: Event, seed: int) -> None:
    problem, random = compile_event(event), Random(seed)
    pairs = [pair for pair in range(len(problem.pairs)) if random.random() < 0.5]
    rooms = rooms_of(problem, pairs)
    assert rooms is not None
    for slot in range(len(problem.slots)):
        held = dict.fromkeys(pairs, slot)
        dealt = (deal(problem, held, pool) for pool in (pools.tables(problem), pools.interpreters(problem)))
        counts = [sum(rooms.kind[pair] == kind for pair in pairs) for kind in range(rooms.sums.shape[1])]
        assert (rooms.sums @ counts <= rooms.most[:, slot]).all() == all(each is not None for each in dealt)


@given(rows(), st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_nobody_has_fewer_breaks_than_the_fewest(event: Event, seed: int) -> None:
    problem = compile_event(event)
    slots = filled(problem, Random(seed))
    fewest = fewest_breaks(problem, slots)
    assert all(fewest <= breaks(problem, slots))


@pytest.mark.parametrize("seed", range(8))
def test_the_fewest_breaks_of_one_alone_are_exact(seed: int) -> None:
    random = Random(seed)
    slots = day(5) + day(4, date=29)
    changes = {"representatives": 1 + seed % 2, "unavailable": [random.choice(slots).id for _ in range(3)]}
    people = [
        Participant(id="s1", side=Side.STARTUP, **changes),
        *(Participant(id=f"p{n}", side=Side.PARTNER) for n in range(4)),
    ]
    pairs = [Pair(startup="s1", partner=f"p{n}") for n in range(4)]
    pairs[0] = Pair(startup="s1", partner="p0", state=State.CONFIRMED, slot=slots[seed % 5].id)
    people[0] = people[0].model_copy(
        update={"unavailable": tuple(each for each in people[0].unavailable if each != pairs[0].slot)}
    )
    tables = [Table(id="T1"), Table(id="T2")]
    problem = compile_event(small(random, slots, participants=people, pairs=pairs, tables=tables))
    most = 1 + seed % 2
    ways = [
        breaks(problem, dict(enumerate(choice)))[0]
        for choice in product(*problem.allowed)
        if max(choice.count(slot) for slot in choice) <= most
    ]
    assert fewest_breaks(problem, dict(enumerate(problem.allowed[n][0] for n in range(4))))[0] == min(ways)
    assert max(ways) > min(ways)


@given(rows(), st.integers(0, 2**32))
@settings(max_examples=100, deadline=None)
def test_no_rule_breaks_in_slots_one_after_the_other(event: Event, seed: int) -> None:
    assert not any(compile_event(event).overlaps)
    tidied(event, seed)


@given(events(), st.integers(0, 2**32))
@settings(max_examples=50, deadline=None)
def test_no_rule_breaks_in_slots_that_overlap(event: Event, seed: int) -> None:
    tidied(event, seed)


def all_of(problem: Problem, pairs: list[int]) -> set[tuple[int, int]]:
    """Breaks and spread of all timetables there are."""
    found = []
    for choice in product(*(problem.allowed[pair] for pair in pairs)):
        slots = dict(zip(pairs, choice, strict=True))
        board = Board(problem)
        for pair, slot in slots.items():
            if not board.fits(pair, slot):
                break
            board.put(pair, slot)
        else:
            found.append(worth(problem, slots))
    return set(found)


def day(count: int, *, minutes: int = 20, step: int = 20, date: int = 28) -> list[Slot]:
    start = datetime(2023, 4, date, 9)
    return [
        Slot(
            id=f"{date}-{n}",
            start=start + n * timedelta(minutes=step),
            end=start + timedelta(minutes=n * step + minutes),
        )
        for n in range(count)
    ]


def small(random: Random, slots: list[Slot], *, away: float = 0.2, **changes: object) -> Event:
    """Three startups, two partners who are away now and then, two tables, six pairs."""
    people = [
        Participant(
            id=name,
            side=Side.STARTUP if name[0] == "s" else Side.PARTNER,
            unavailable=tuple(slot.id for slot in slots if random.random() < away),
        )
        for name in ("s1", "s2", "s3", "p1", "p2")
    ]
    pairs = [Pair(startup=f"s{one}", partner=f"p{other}", fit=1) for one in (1, 2, 3) for other in (1, 2)]
    fields: dict[str, object] = {
        "event": EventInfo(id="e"),
        "slots": slots,
        "tables": [Table(id="T1"), Table(id="T2")],
        "participants": people,
        "pairs": pairs,
        **changes,
    }
    return Event.model_validate(fields)


@pytest.mark.parametrize("seed", [2, 3, 4, 10, 13])
def test_the_best_of_all_is_found(seed: int) -> None:
    random = Random(seed)
    problem = compile_event(small(random, day(5)))
    start = filled(problem, random)
    best = min(all_of(problem, list(start)))
    assert best <= worth(problem, start)
    assert worth(problem, tidy(problem, start, seconds=60, seed=seed)) == best


@pytest.mark.parametrize("seed", [0, 2, 6, 8])
def test_the_best_of_all_is_found_where_slots_overlap(seed: int) -> None:
    random = Random(seed)
    problem = compile_event(small(random, day(6, minutes=15, step=10)))
    start = filled(problem, random)
    best = min(all_of(problem, list(start)))
    assert best <= worth(problem, start)
    assert worth(problem, tidy(problem, start, seconds=60, seed=seed)) == best


def gappy() -> tuple[Problem, dict[int, int]]:
    """One startup that meets first and last in a day of five slots, twice as often as it has to wait."""
    random = Random(0)
    event = small(random, day(5))
    event = event.model_copy(
        update={
            "participants": tuple(each.model_copy(update={"unavailable": ()}) for each in event.participants)
        }
    )
    return compile_event(event), {0: 0, 1: 4, 2: 4, 3: 0}


def test_whoever_asks_to_stop_gets_the_start_back() -> None:
    problem, start = gappy()
    assert tidy(problem, start, seconds=60, stop=lambda: True) == start
    assert tidy(problem, start, seconds=0) == start
    assert tidy(problem, start, seconds=60, rounds=0) == start
    asked = 0

    def later() -> bool:
        nonlocal asked
        asked += 1
        return asked > 40

    tidy(problem, start, seconds=60, stop=later, rounds=10**9)
    assert asked <= 45


def test_better_timetables_are_told_and_the_end_comes_where_nothing_is_left_to_do() -> None:
    problem, start = gappy()
    told: list[tuple[dict[int, int], int, int]] = []
    end = tidy(problem, start, seconds=60, rounds=10**9, found=lambda *better: told.append(better))
    assert worth(problem, start) == (4, 1)
    assert worth(problem, end) == (0, 0)
    assert told[-1] == (end, 0, 0)
    assert tidy(problem, {}, seconds=60) == {}


def test_breaks_are_shared_out_where_they_cannot_be_fewer() -> None:
    # s1 waits on the first day. On the second, either it or p3, whom it meets, waits again.
    slots = day(3) + day(4, date=29)
    confirmed = [("s1", "p0", "28-0"), ("s1", "p1", "28-2"), ("s1", "p2", "29-0"), ("s2", "p3", "29-3")]
    people = [
        Participant(id="s1", side=Side.STARTUP, unavailable=("28-1",)),
        Participant(id="s2", side=Side.STARTUP),
        *(Participant(id=f"p{n}", side=Side.PARTNER) for n in range(4)),
    ]
    pairs = [
        *(
            Pair(startup=startup, partner=partner, state=State.CONFIRMED, slot=slot)
            for startup, partner, slot in confirmed
        ),
        Pair(startup="s1", partner="p3"),
    ]
    problem = compile_event(small(Random(0), slots, participants=people, pairs=pairs))
    start = {0: 0, 1: 2, 2: 3, 3: 6, 4: 5}
    assert all_of(problem, list(start)) == {(2, 1), (2, 2)}
    assert worth(problem, start) == (2, 2)
    assert tidy(problem, start, seconds=60) == {**start, 4: 4}
