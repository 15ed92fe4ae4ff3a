"""The solver against trying out all timetables, against the checker, and against the clock."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from strategies import events

from matcher.schedule.check import FAIR_STAGES, check
from matcher.schedule.solve import FAIR_STAGES as FAIR
from matcher.schedule.solve import STAGES as PLAIN
from matcher.schedule.solve import Report, solve
from profiles.event import (
    Event,
    EventInfo,
    Interpreter,
    Meeting,
    Pair,
    Participant,
    Precedence,
    Schedule,
    Slot,
    Stage,
    State,
    Table,
    Unscheduled,
)
from profiles.model import Side, Topic

ORDERS = {"plain": PLAIN, "fair": FAIR}
MOST = ("value", *FAIR_STAGES)
LATER = ("must", "unscheduled", "max_break_difference", "stages", "bounds", "optimal", "conflicts")
"""Rules that a timetable may break as long as meetings are missing."""

_DAY = datetime(2023, 4, 28, 9)
_CELL = timedelta(minutes=10)


@st.composite
def tiny_events(draw: st.DrawFn) -> Event:
    """Two to five pairs in two to four slots, which often overlap, with every rule there now and then.

    In some, most rules are left out, so that much can take place and the later stages count.
    """
    free = draw(st.booleans())

    def one_of(usual: Any, *others: Any) -> Any:
        return draw(st.sampled_from([usual] * (8 if free else 2) + list(others)))

    places = st.tuples(st.sampled_from([0, 0, 0, 144]), st.integers(0, 5), st.integers(1, 2))
    in_a_row = st.permutations([(0, cell, 1) for cell in range(4)])
    times = draw(in_a_row if free else st.lists(places, min_size=4, unique=True))
    slots = tuple(
        Slot(
            id=f"t{day + start}-{length}",
            start=_DAY + (day + start) * _CELL,
            end=_DAY + (day + start + length) * _CELL,
            session=one_of("am", "pm", None),
        )
        for day, start, length in times[: draw(st.integers(2 + free, 4))]
    )

    def few_slots() -> tuple[str, ...]:
        return (draw(st.sampled_from(slots)).id,) if one_of(False, True) else ()

    tables = tuple(
        Table(id=f"T{n}", tracks=one_of((), (Topic.IP,), (Topic.INVESTMENT, Topic.IP)), closed=few_slots())
        for n in range(draw(st.integers(1, 2)))
    )
    people = tuple(
        Participant(
            id=f"{side.value[0]}{n}",
            side=side,
            unavailable=draw(st.sampled_from([(), *((slot.id,) for slot in slots)])),
            min_meetings=one_of(0, 1, 2),
            max_meetings=one_of(None, 0, 1, 2),
            max_consecutive=one_of(None, 1, 2),
            representatives=one_of(1, 2),
            languages=one_of((), ("en",), ("ko", "en"), ("ko",)),
            table=one_of(None, tables[0].id),
            sessions=one_of(None, ("am",), ("pm",)),
            priority=one_of(1.0, 0.5, 0.0),
        )
        for side in Side
        for n in range(draw(st.integers(2, 3)))
    )
    keys = [
        (one.id, other.id)
        for one in people
        if one.side is Side.STARTUP
        for other in people
        if other.side is Side.PARTNER
    ]
    chosen = draw(st.permutations(keys))[: draw(st.integers(2 + free, 5 - free))]
    pairs = tuple(
        Pair(
            startup=startup,
            partner=partner,
            track=one_of(None, Topic.IP, Topic.INVESTMENT),
            fit=draw(st.sampled_from([0.0, 0.1, 0.25, 1 / 3, 0.83, 1.0])),
            state=one_of(State.SUGGESTED, *State),
            slot=draw(st.sampled_from([slot.id for slot in slots])),
            table=one_of(None, tables[0].id),
            sessions=one_of(None, ("am",), ("pm",)),
        )
        for startup, partner in chosen
    )
    orders = [draw(st.permutations(chosen))[:2] for _ in range(draw(st.integers(0, 2)))]
    return Event(
        event=EventInfo(id="e", max_break_difference=one_of(None, 0, 1)),
        slots=slots,
        tables=tables,
        participants=people,
        interpreters=tuple(
            Interpreter(id=f"i{n}", languages=("ko", "en"), unavailable=few_slots())
            for n in range(draw(st.integers(0, 2)))
        ),
        pairs=pairs,
        precedences=tuple(Precedence(first=first, then=then) for first, then in orders),
    )


# -- all timetables ----------------------------------------------------------------------------


def faults(event: Event, meetings: tuple[Meeting, ...], *, whole: bool = False) -> bool:
    """Whether the checker objects to the meetings; only a whole timetable has to have those that must be."""
    met = {meeting.key for meeting in meetings}
    left = [pair for pair in event.pairs if pair.key not in met and pair.state is not State.DECLINED]
    schedule = Schedule(
        status="feasible",
        meetings=meetings,
        unscheduled=tuple(
            Unscheduled(startup=p.startup, partner=p.partner, reason="", code="") for p in left
        ),
    )
    return any(whole or fault.rule not in LATER for fault in check(event, schedule).faults)


def timetables(event: Event) -> Iterator[tuple[Meeting, ...]]:
    """All meetings that can go together, with the fewest interpreters; not all are whole timetables."""
    choices = [list(placements(event, pair)) for pair in event.pairs]
    together: dict[tuple[Meeting, Meeting], bool] = {}

    def fits(one: Meeting, other: Meeting) -> bool:
        if (one, other) not in together:
            together[one, other] = not faults(event, (one, other))
        return together[one, other]

    def extended(held: tuple[Meeting, ...], number: int) -> Iterator[tuple[Meeting, ...]]:
        if number == len(choices):
            yield held
            return
        yield from extended(held, number + 1)
        for meeting in choices[number]:
            if all(fits(other, meeting) for other in held):
                yield from extended((*held, meeting), number + 1)

    yield from extended((), 0)


def placements(event: Event, pair: Pair) -> Iterator[Meeting]:
    """Every meeting of a pair that keeps the rules by itself, with an interpreter only if it needs one."""
    for slot in event.slots:
        for table in event.tables:
            for interpreter in (None, *(each.id for each in event.interpreters)):
                meeting = Meeting(
                    startup=pair.startup,
                    partner=pair.partner,
                    slot=slot.id,
                    table=table.id,
                    track=pair.track,
                    interpreter=interpreter,
                )
                if not faults(event, (meeting,)):
                    yield meeting
                    if interpreter is None:
                        break


def best(event: Event, stages: tuple[str, ...]) -> dict[str, float] | None:
    """What the best of all timetables comes to, first things first; None if there is no timetable."""
    found: tuple[float, ...] | None = None
    for meetings in timetables(event):
        if faults(event, meetings, whole=True):
            continue
        stated = tuple(Stage(name=name, value=0, bound=0) for name in stages)
        values = check(event, Schedule(status="feasible", stages=stated, meetings=meetings)).values
        sums = tuple(round(-values[name] if name in MOST else values[name], 6) for name in stages)
        found = min(found or sums, sums)
    if found is None:
        return None
    return {name: -each if name in MOST else each for name, each in zip(stages, found, strict=True)}


def solved(event: Event, stages: tuple[str, ...]) -> Schedule | None:
    """The solver's timetable; None where it proves that there is none."""
    schedule = solve(event, stages=stages)
    assert not check(event, schedule).faults
    return None if schedule.status == "infeasible" else schedule


@pytest.mark.parametrize("order", ORDERS)
@settings(max_examples=120, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(event=tiny_events())
def test_is_as_good_as_the_best_of_all_timetables(order: str, event: Event) -> None:
    wanted, schedule = best(event, ORDERS[order]), solved(event, ORDERS[order])
    assert (wanted is None) == (schedule is None)
    if wanted is None or schedule is None:
        return
    assert schedule.status == "optimal"
    assert {stage.name: stage.value for stage in schedule.stages} == pytest.approx(wanted, abs=1e-6)
    assert {stage.name: stage.bound for stage in schedule.stages} == pytest.approx(wanted, abs=1e-6)


def promised_event(seed: int) -> Event:
    """A day on which every pair has to meet, with few tables for each track."""
    source = Random(seed)
    cell = timedelta(minutes=20)
    slots = tuple(Slot(id=f"t{n}", start=_DAY + n * cell, end=_DAY + (n + 1) * cell) for n in range(6))
    people = tuple(
        Participant(
            id=f"{side.value[0]}{n}",
            side=side,
            unavailable=tuple(slot.id for slot in slots if source.random() < 0.25),
        )
        for side in Side
        for n in range(4)
    )
    pairs = tuple(
        Pair(
            startup=f"s{one}",
            partner=f"p{other}",
            state=State.MUST,
            track=source.choice([Topic.IP, Topic.INVESTMENT]),
        )
        for one in range(4)
        for other in range(4)
        if source.random() < 0.55
    )
    return Event(
        event=EventInfo(id="promised"),
        slots=slots,
        tables=(
            Table(id="A", tracks=(Topic.IP,)),
            Table(id="B", tracks=(Topic.INVESTMENT,)),
            Table(id="C"),
        ),
        participants=people,
        pairs=pairs,
    )


@pytest.mark.parametrize("seed", [0, 2, 6, 8, 10, 16, 27])
def test_table_moves_cost_no_breaks_where_all_pairs_have_to_meet(seed: int) -> None:
    event = promised_event(seed)
    breaks = solve(event, stages=PLAIN[: PLAIN.index("breaks") + 1])
    assert breaks.status == "optimal"
    whole = solved(event, PLAIN)
    assert whole is not None
    assert whole.status == "optimal"
    assert whole.stages[: len(breaks.stages)] == breaks.stages


# -- the checker, and the clock ----------------------------------------------------------------


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(event=events())
def test_keeps_every_rule_and_states_true_values(event: Event) -> None:
    for stages in ORDERS.values():
        schedule = solve(event, stages=stages, seconds=30)
        assert not check(event, schedule).faults
        assert schedule.status == "optimal"
        assert tuple(stage.name for stage in schedule.stages) == stages


def big_event() -> Event:
    """Thirty startups and twenty partners, all of whom want to meet, in twelve slots at twelve tables."""
    source = Random(7)
    startups, partners = [f"s{n}" for n in range(30)], [f"p{n}" for n in range(20)]
    slots = tuple(Slot(id=f"t{n}", start=_DAY + n * _CELL, end=_DAY + (n + 1) * _CELL) for n in range(12))

    def person(name: str, side: Side) -> Participant:
        away = tuple(slot.id for slot in slots if source.random() < 0.2)
        return Participant(id=name, side=side, unavailable=away, min_meetings=2, max_meetings=9)

    return Event(
        event=EventInfo(id="big"),
        slots=slots,
        tables=tuple(Table(id=f"T{n}") for n in range(12)),
        participants=(
            *(person(name, Side.STARTUP) for name in startups),
            *(person(name, Side.PARTNER) for name in partners),
        ),
        pairs=tuple(
            Pair(startup=one, partner=other, fit=source.random()) for one in startups for other in partners
        ),
    )


def test_equal_calls_give_equal_timetables() -> None:
    event = big_event()
    small = event.model_copy(update={"pairs": event.pairs[::9]})
    for seed in (0, 5):
        one, other = (solve(small, seed=seed, stages=("shortfall", "value")) for _ in range(2))
        assert one.status == "optimal"
        assert (one.meetings, one.stages) == (other.meetings, other.stages)


@pytest.mark.parametrize("stages", ORDERS.values(), ids=ORDERS)
def test_a_search_cut_short_gives_a_timetable_with_bounds(stages: tuple[str, ...]) -> None:
    event = big_event()
    reports: list[Report] = []
    schedule = solve(event, seconds=60, stages=stages, progress=reports.append, stop=lambda: len(reports) > 3)
    assert not check(event, schedule).faults
    assert [stage.name for stage in schedule.stages] == list(stages)
    assert schedule.status == "feasible"


def test_hardly_any_time_is_enough_for_a_timetable() -> None:
    event = big_event()
    schedule = solve(event, seconds=0.2)
    assert not check(event, schedule).faults
    assert len(schedule.meetings) > 0
