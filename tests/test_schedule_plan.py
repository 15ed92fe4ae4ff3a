"""What to book: answers by hand, and several kinds against trying out all numbers."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import product
from pathlib import Path
from random import Random
from typing import Any

import pytest

from matcher.schedule.check import check
from matcher.schedule.coverage import Coverage, Of, goal
from matcher.schedule.plan import Plan, plan
from matcher.schedule.resources import What, resource
from matcher.schedule.solve import solve
from profiles.errors import InputError
from profiles.event import Event, EventInfo, Interpreter, Pair, Participant, Slot, State, Table
from profiles.model import Side, Topic
from web.planning import coverage_of, show_plan

START = datetime(2023, 4, 28, 9)
ALL = Coverage("wishes", 1.0)


def slot(name: str, minutes: int, length: int = 20) -> Slot:
    start = START + timedelta(minutes=minutes)
    return Slot(id=name, start=start, end=start + timedelta(minutes=length), session="am")


def slots(count: int) -> tuple[Slot, ...]:
    """One every half hour, of 20 minutes each."""
    return tuple(slot(f"t{n}", 30 * n) for n in range(count))


def square(size: int = 3, *, slots_: int = 3, tables: int = 0, **each: Any) -> Event:
    """As many startups as partners, all of whom want to meet."""
    startups, partners = [f"s{n}" for n in range(size)], [f"p{n}" for n in range(size)]
    return Event(
        event=EventInfo(id="e"),
        slots=slots(slots_),
        tables=tuple(Table(id=f"T{n}") for n in range(tables)),
        participants=(
            *(Participant(id=name, side=Side.STARTUP, **each) for name in startups),
            *(Participant(id=name, side=Side.PARTNER) for name in partners),
        ),
        pairs=tuple(Pair(startup=one, partner=other, fit=1.0) for one in startups for other in partners),
    )


def planned(event: Event, what: What, coverage: Coverage, seconds: float = 20) -> Plan:
    """A plan, with what it claims checked as far as one timetable can."""
    found = plan(event, what, coverage=coverage, seconds=seconds)
    if found.counts is None:
        assert found.schedule is None
        return found
    assert found.schedule is not None
    changed = resource(goal(event, coverage).event, what).at(found.counts)
    assert not check(changed, found.schedule).faults
    assert {each.id for each in getattr(changed, what)} == {*found.kept, *found.added}
    for row in found.rows:
        assert 0 <= row.low <= row.high <= 1
        assert row.enough is not False or row.high < 1
    return found


@pytest.mark.parametrize(
    ("coverage", "fewest"),
    [
        (ALL, 3),  # nine meetings in three slots
        (Coverage("wishes", 2 / 3), 2),
        (Coverage("value", 0.5), 2),
        (Coverage("value", 0.33), 1),
        (Coverage("each", 1), 1),
        (Coverage("each", 2), 2),
        (Coverage("wishes", 0.0), 0),
    ],
)
@pytest.mark.parametrize("given", [0, 2, 5])
def test_tables(coverage: Coverage, fewest: int, given: int) -> None:
    found = planned(square(tables=given), "tables", coverage)
    assert (found.possible, found.fewest, found.least, found.proven) == (True, fewest, fewest, True)
    assert found.kept == tuple(f"T{n}" for n in range(min(fewest, given)))
    assert len(found.added) == max(0, fewest - given)
    assert len(found.dropped) == max(0, given - fewest)


def test_the_rows_around_the_answer_are_exact() -> None:
    found = planned(square(tables=2), "tables", ALL)
    rows = [(row.total, row.low, row.high, row.enough) for row in found.rows]
    third = 1 / 3
    assert rows == [
        (0, 0, 0, False),
        (1, pytest.approx(third), pytest.approx(third), False),
        (2, pytest.approx(2 * third), pytest.approx(2 * third), False),
        (3, 1, 1, True),
    ]


def test_slots_that_can_go_are_the_last_ones() -> None:
    found = planned(square(slots_=5, tables=3), "slots", ALL)
    assert (found.fewest, found.proven, found.dropped, found.added) == (3, True, ("t3", "t4"), ())


def test_days_are_extended_in_their_rhythm() -> None:
    found = planned(square(slots_=2, tables=3), "slots", ALL)
    assert (found.fewest, found.proven, found.added) == (3, True, ("2023-04-28T10:00",))
    more = resource(square(slots_=2), "slots").at([3]).slots[-1]
    assert (more.start, more.end, more.session) == (
        START + timedelta(minutes=60), START + timedelta(minutes=80), "am"
    )  # fmt: skip


def test_a_day_ends_at_midnight() -> None:
    late = square(slots_=1, tables=3).model_copy(update={"slots": (slot("t0", 14 * 60 + 20),)})
    found = planned(late, "slots", ALL)
    assert (found.possible, found.proven, found.fewest) == (False, True, None)
    assert [kind.most for kind in found.kinds] == [2]  # 23:20 and 23:40
    assert planned(late, "slots", Coverage("wishes", 0.6)).fewest == 2


def test_a_slot_that_goes_leaves_its_absences_to_those_that_overlap_it() -> None:
    event = square(slots_=1, tables=1, unavailable=["t0"]).model_copy(
        update={"slots": (slot("short", 0), slot("t0", 0, 60), slot("other", 60))}
    )
    changed = resource(event, "slots").at([1])
    assert [each.id for each in changed.slots] == ["short"]
    assert [each.unavailable for each in changed.participants] == [("short",)] * 3 + [()] * 3
    kept = resource(event, "slots").at([2])
    assert kept.participants[0].unavailable == ("t0",)


def test_a_confirmed_slot_and_a_named_table_stay() -> None:
    event = square(slots_=4, tables=4)
    sure = event.pairs[0].model_copy(update={"state": State.CONFIRMED, "slot": "t2", "table": "T3"})
    event = event.model_copy(update={"pairs": (sure, *event.pairs[1:])})
    assert planned(event, "slots", Coverage("wishes", 0.1)).kept == ("t0", "t1", "t2")
    found = planned(event, "tables", Coverage("wishes", 0.2))
    assert (found.kept, found.proven) == (("T3",), True)


def test_interpreters_by_languages() -> None:
    event = square(tables=3, languages=["ko"])
    german = event.participants[-1].model_copy(update={"languages": ("de",)})
    english = [each.model_copy(update={"languages": ("en",)}) for each in event.participants[3:5]]
    event = event.model_copy(update={"participants": (*event.participants[:3], *english, german)})
    found = planned(event, "interpreters", ALL)
    by_kind = dict(zip([kind.about for kind in found.kinds], found.counts or (), strict=True))
    assert by_kind == {("en", "ko"): 2, ("de", "ko"): 1}
    assert found.proven
    polyglot = Interpreter(id="i", languages=("de", "en", "ko"))
    given = event.model_copy(update={"interpreters": (polyglot,)})
    found = planned(given, "interpreters", ALL)
    assert (found.fewest, found.kept, len(found.added)) == (3, ("i",), 2)


def test_nobody_needs_an_interpreter() -> None:
    found = planned(square(tables=3), "interpreters", ALL)
    assert (found.fewest, found.proven, found.kinds) == (0, True, ())


def test_only_what_was_asked_for_counts() -> None:
    event = square(slots_=3)
    pairs = [
        pair.model_copy(update={"state": State.REQUESTED if pair.startup == "s0" else State.SUGGESTED})
        for pair in event.pairs
    ]
    event = event.model_copy(update={"pairs": tuple(pairs)})
    assert planned(event, "tables", Coverage("agreed", 1.0)).fewest == 1
    assert planned(event, "tables", ALL).fewest == 3


def test_nothing_is_enough_for_a_startup_with_too_few_pairs() -> None:
    found = planned(square(max_meetings=2), "tables", Coverage("each", 3))
    assert (found.possible, found.proven, found.without) == (False, True, ("s0", "s1", "s2"))
    # Each could, but not all: three partners with three slots each.
    event = square(tables=1)
    fewer = event.model_copy(update={"slots": event.slots[:2]})
    found = planned(fewer, "tables", Coverage("each", 3))
    assert (found.possible, found.proven, found.without) == (False, True, ())


def tracked(source: Random) -> Event:
    """A few pairs of two tracks, with tables for one or both."""
    event = square(slots_=2)
    tracks = [Topic.IP, Topic.INVESTMENT]
    pairs = source.sample(event.pairs, 6)
    some: list[Topic | None] = [*tracks, None] if source.random() < 0.5 else [*tracks]
    return event.model_copy(
        update={
            "pairs": tuple(pair.model_copy(update={"track": source.choice(some)}) for pair in pairs),
            "tables": (
                Table(id="A", tracks=(Topic.IP,)),
                Table(id="B", tracks=(Topic.INVESTMENT,), closed=("t1",) if source.random() < 0.5 else ()),
                Table(id="C", tracks=(Topic.IP, Topic.INVESTMENT), closed=("t0",)),
            ),
        }
    )


@pytest.mark.parametrize("seed", range(6))
def test_several_kinds_together(seed: int) -> None:
    source = Random(seed)
    event, need = tracked(source), source.choice([0.5, 0.8, 1.0])
    found = planned(event, "tables", Coverage("wishes", need))
    kinds = resource(event, "tables").kinds
    counted = goal(event, ALL).event

    def reached(counts: Sequence[int]) -> bool:
        done = solve(resource(counted, "tables").at(counts), stages=("value",)).stages[0].value
        return done >= need * len(event.pairs) - 1e-9

    enough = [counts for counts in product(*(range(kind.most + 1) for kind in kinds)) if reached(counts)]
    assert found.fewest == min(map(sum, enough), default=None)
    assert found.proven
    assert found.counts in enough or not enough


def test_time_runs_out() -> None:
    event = square(12, slots_=10)
    assert planned(event, "tables", ALL, seconds=0).possible is None
    started = time.monotonic()
    found = planned(event, "tables", Coverage("value", 0.9), seconds=1.5)
    assert time.monotonic() - started < 5
    assert found.fewest is None or found.least <= found.fewest <= 12
    stopped = plan(event, "tables", coverage=ALL, stop=lambda: True)
    assert (stopped.counts, stopped.possible, stopped.proven) == (None, None, False)


def test_equal_calls_give_equal_plans() -> None:
    one, other = (planned(square(tables=1), "tables", Coverage("value", 0.6)) for _ in range(2))
    assert (one.counts, one.rows, one.schedule and one.schedule.meetings) == (
        other.counts, other.rows, other.schedule and other.schedule.meetings
    )  # fmt: skip


# -- on the command line -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("share", "of", "each", "wanted"),
    [
        ("95%", "value", None, Coverage("value", 0.95)),
        ("0.5", "agreed", None, Coverage("agreed", 0.5)),
        (None, "value", 3, Coverage("each", 3)),
    ],
)
def test_coverages(share: str | None, of: Of, each: int | None, wanted: Coverage) -> None:
    assert coverage_of(share, of, each) == wanted


@pytest.mark.parametrize(
    ("share", "each", "field"),
    [("95", None, "--coverage"), ("much", None, "--coverage"), ("1", 1, None), (None, None, None)],
)
def test_no_coverages(share: str | None, each: int | None, field: str | None) -> None:
    with pytest.raises(InputError) as refused:
        coverage_of(share, "value", each)
    assert refused.value.field == field


def test_shows_and_prints_for_programs(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "event.json"
    file.write_text(square(tables=5).model_dump_json(), encoding="utf-8")
    assert show_plan(file, "tables", ALL, language="en", seconds=20) == 0
    shown = capsys.readouterr().out
    assert "3 tables are enough for 100% of all pairs that have not declined. Fewer are not: proven." in shown
    assert "Not needed: T3, T4" in shown
    assert show_plan(file, "tables", Coverage("each", 2), language="en", as_json=True, seconds=20) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["fewest"], told["least"], told["proven"], told["kept"]) == (2, 2, True, ["T0", "T1"])
    assert show_plan(file, "tables", Coverage("each", 4), language="en", seconds=20) == 3
    assert "No number is enough" in capsys.readouterr().out
