"""Hypothesis strategies for events: small ones in which every rule binds now and then."""

from __future__ import annotations

from datetime import datetime, timedelta

from hypothesis import strategies as st

from profiles.event import (
    Event,
    EventInfo,
    Interpreter,
    Pair,
    Participant,
    Precedence,
    Slot,
    State,
    Table,
)
from profiles.model import Side, Topic

GRID = timedelta(minutes=10)
"""Every slot starts and ends on a multiple of this after midnight."""

_DAYS = (datetime(2023, 4, 28), datetime(2023, 4, 29))
# Common first, rare last: where every rule binds everywhere, hardly anybody meets.
_languages = st.sampled_from([("en",), ("ko", "en"), (), ("ko",), ("de",)])
_priorities = st.sampled_from([1.0, 0.5, 2.0, 0.0])
_sessions = st.sampled_from([None, None, None, None, ("am", "pm"), ("am",), ("pm",)])
_limits = st.sampled_from([None, None, None, 1, 2, 3, 0])
_tracks = st.sampled_from([(), (), (Topic.IP,), (Topic.INVESTMENT, Topic.IP), (Topic.CLINICAL,)])


@st.composite
def slots(draw: st.DrawFn) -> tuple[Slot, ...]:
    """Four slots of 10 or 20 minutes in a row on the first day, and others anywhere around on two days."""
    length = draw(st.integers(1, 2))
    rows = [(0, 54 + place * length, length) for place in range(4)]
    others = st.tuples(st.integers(0, 1), st.integers(54, 66), st.integers(1, 3))
    times = dict.fromkeys(rows + draw(st.lists(others, min_size=2, max_size=6)))
    return tuple(
        Slot(
            id=f"d{day + 1}-{start}-{start + cells}",
            start=_DAYS[day] + start * GRID,
            end=_DAYS[day] + (start + cells) * GRID,
            session=draw(st.sampled_from(["am", "am", "pm", None])),
        )
        for day, start, cells in times
    )


@st.composite
def events(draw: st.DrawFn) -> Event:
    """An event without ``must`` and ``confirmed`` pairs, so that the empty timetable is a valid one."""
    times = draw(slots())
    few_slots = st.sampled_from([(), (), *((slot.id,) for slot in times[:3])])
    tables = tuple(
        Table(id=f"T{number}", tracks=draw(_tracks), closed=draw(few_slots))
        for number in range(1, draw(st.integers(2, 3)) + 1)
    )
    people = [
        Participant(
            id=f"{side.value[0]}{number}",
            side=side,
            unavailable=draw(few_slots),
            min_meetings=draw(st.integers(0, 3)),
            max_meetings=draw(_limits),
            max_consecutive=draw(st.sampled_from([None, 1, 2])),
            representatives=draw(st.sampled_from([1, 1, 2])),
            languages=draw(_languages),
            table=draw(st.sampled_from([None, None, None, None, tables[0].id])),
            sessions=draw(_sessions),
            priority=draw(_priorities),
        )
        for side in Side
        for number in range(1, draw(st.integers(3, 4)) + 1)
    ]
    interpreters = tuple(
        Interpreter(id=f"i{number}", languages=draw(_languages), unavailable=draw(few_slots))
        for number in range(1, draw(st.integers(1, 2)) + 1)
    )
    startups = [person.id for person in people if person.side is Side.STARTUP]
    partners = [person.id for person in people if person.side is Side.PARTNER]
    keys = [(startup, partner) for startup in startups for partner in partners]
    left_out = draw(st.sets(st.sampled_from(keys), min_size=1, max_size=2))
    chosen = [key for key in keys if key not in left_out]
    states = st.sampled_from([State.SUGGESTED, State.REQUESTED, State.ACCEPTED, State.DECLINED])
    pairs = tuple(
        Pair(
            startup=startup,
            partner=partner,
            track=draw(st.sampled_from([None, None, Topic.IP, Topic.INVESTMENT, Topic.CLINICAL])),
            fit=draw(st.sampled_from([0.0, 0.1, 0.83, 1.0, 2.5])),
            state=draw(states),
            sessions=draw(_sessions),
        )
        for startup, partner in chosen
    )
    couples = st.tuples(st.sampled_from(chosen), st.sampled_from(chosen)).filter(lambda two: two[0] != two[1])
    orders = draw(st.lists(couples, min_size=1, max_size=4))
    return Event(
        event=EventInfo(id="e", timezone="America/New_York"),
        slots=times,
        tables=tables,
        participants=tuple(people),
        interpreters=interpreters,
        pairs=pairs,
        precedences=tuple(Precedence(first=first, then=then) for first, then in orders),
    )
