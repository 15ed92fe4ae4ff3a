"""An event as small integers: the view of it that all parts of the solver share.

Slots are numbered in the order of time, everything else in the order of the event. Which rules a part of the
solver can keep is its own affair: this view leaves nothing out and refuses nothing.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from profiles.event import Event, Pair, Participant, Slot, State

WEIGHTS = {
    State.SUGGESTED: 1.0,
    State.REQUESTED: 2.0,
    State.ACCEPTED: 3.0,
    State.MUST: 3.0,  # both sides have agreed, and more
    State.CONFIRMED: 3.0,
    State.DECLINED: 0.0,
}
"""How much more a meeting counts the further its pair has agreed."""


@dataclass(frozen=True)
class Gap:
    """Where a break can end: the time at which some slots start.

    A participant has a break that ends here if it meets in one of ``after`` and one of ``before`` and in none
    of ``between``: only then does an idle slot fit in.

    Attributes:
        before: slots of that day that end no later than the last slot that is over here starts.
        between: all other slots of that day that start earlier than here.
        after: the slots that start here.
    """

    before: tuple[int, ...]
    between: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True)
class Problem:
    """What a timetable is made from. Numbers are places in the tuples of this view or of ``event``.

    Attributes:
        event: the event itself; participants and pairs have their numbers from it.
        slots: its slots by start, then by end.
        days: the slots that start on one day, as consecutive numbers; one range a day.
        overlaps: slot -> the other slots that share time with it.
        moments: the largest sets of slots that all share some moment; without overlaps, each slot alone.
        gaps: everywhere a break can end.
        predecessors: slot -> the slots of its day that end when it starts.
        follows: slot -> whether it starts on the same day when the slot numbered before it ends.
        pairs: pair -> both participants.
        allowed: pair -> the slots it can have by what the event says of the pair and of both participants
            (none for a declined one, at most one for a confirmed one).
        tables: pair -> the tables it can have, at whatever time.
        open_tables: slot -> the tables that are open in it.
        open_interpreters: slot -> the interpreters who are available in it.
        interpreters: pair -> who could interpret; None for a pair that needs nobody.
        required: pairs that have to take place.
        worth: pair -> what its meeting adds to the value: fit times both priorities, weighed by ``WEIGHTS``.
        startups: the startups that could meet somebody by what the event says; a timetable in force, which
            may leave less, changes nothing in that.
        orders: (first, then) for each precedence.
    """

    event: Event
    slots: tuple[Slot, ...]
    days: tuple[range, ...]
    overlaps: tuple[frozenset[int], ...]
    moments: tuple[tuple[int, ...], ...]
    gaps: tuple[Gap, ...]
    predecessors: tuple[tuple[int, ...], ...]
    follows: tuple[bool, ...]
    pairs: tuple[tuple[int, int], ...]
    allowed: tuple[tuple[int, ...], ...]
    tables: tuple[tuple[int, ...], ...]
    open_tables: tuple[tuple[int, ...], ...]
    open_interpreters: tuple[tuple[int, ...], ...]
    interpreters: tuple[tuple[int, ...] | None, ...]
    required: tuple[int, ...]
    worth: tuple[float, ...]
    startups: tuple[int, ...]
    orders: tuple[tuple[int, int], ...]


def compile_event(event: Event) -> Problem:
    """The event as numbers; as large as pairs × slots."""
    slots = tuple(sorted(event.slots, key=lambda slot: (slot.start, slot.end)))
    overlaps = tuple(
        frozenset(n for n, other in enumerate(slots) if other is not slot and _clash(slot, other))
        for slot in slots
    )
    number = {slot.id: place for place, slot in enumerate(slots)}
    person = {each.id: place for place, each in enumerate(event.participants)}
    pair = {each.key: place for place, each in enumerate(event.pairs)}

    def barred(ids: Iterable[str]) -> set[int]:
        named = {number[each] for each in ids}
        return named.union(*(overlaps[each] for each in named))

    free = [_in_sessions(slots, each.sessions) - barred(each.unavailable) for each in event.participants]

    def open_in(closed: Iterable[tuple[str, ...]]) -> tuple[tuple[int, ...], ...]:
        shut = [barred(ids) for ids in closed]
        return tuple(
            tuple(place for place, never in enumerate(shut) if slot not in never)
            for slot in range(len(slots))
        )

    pairs = tuple((person[each.startup], person[each.partner]) for each in event.pairs)
    allowed = tuple(
        tuple(sorted(_slots_of(each, slots) & free[one] & free[other]))
        for each, (one, other) in zip(event.pairs, pairs, strict=True)
    )
    return Problem(
        event=event,
        slots=slots,
        days=_days(slots),
        overlaps=overlaps,
        moments=_moments(slots),
        gaps=tuple(gap for day in _days(slots) for gap in _gaps(slots, day)),
        predecessors=tuple(
            tuple(n for n, one in enumerate(slots) if one.end == slot.start and _same_day(one, slot))
            for slot in slots
        ),
        follows=tuple(
            place > 0 and slots[place - 1].end == slot.start and _same_day(slots[place - 1], slot)
            for place, slot in enumerate(slots)
        ),
        pairs=pairs,
        allowed=allowed,
        tables=tuple(_tables_of(each, pairs[place], event) for place, each in enumerate(event.pairs)),
        open_tables=open_in(table.closed for table in event.tables),
        open_interpreters=open_in(each.unavailable for each in event.interpreters),
        interpreters=tuple(_interpreters_of(both, event) for both in pairs),
        required=tuple(
            place for place, each in enumerate(event.pairs) if each.state in (State.MUST, State.CONFIRMED)
        ),
        worth=tuple(_worth(each, event, both) for each, both in zip(event.pairs, pairs, strict=True)),
        startups=tuple(sorted({both[0] for both, each in zip(pairs, allowed, strict=True) if each})),
        orders=tuple((pair[rule.first], pair[rule.then]) for rule in event.precedences),
    )


def _worth(pair: Pair, event: Event, both: tuple[int, int]) -> float:
    one, other = (event.participants[each].priority for each in both)
    return pair.fit * one * other * WEIGHTS[pair.state]


def _clash(one: Slot, other: Slot) -> bool:
    return one.start < other.end and other.start < one.end


def _same_day(one: Slot, other: Slot) -> bool:
    return one.start.date() == other.start.date()


def _days(slots: tuple[Slot, ...]) -> tuple[range, ...]:
    days = groupby(range(len(slots)), key=lambda slot: slots[slot].start.date())
    numbers = (list(day) for _, day in days)
    return tuple(range(day[0], day[-1] + 1) for day in numbers)


def _moments(slots: tuple[Slot, ...]) -> tuple[tuple[int, ...], ...]:
    # Only a start makes more slots share a moment.
    shared = {
        frozenset(n for n, other in enumerate(slots) if other.start <= slot.start < other.end)
        for slot in slots
    }
    largest = [each for each in shared if not any(each < other for other in shared)]
    return tuple(sorted(tuple(sorted(each)) for each in largest))


def _gaps(slots: tuple[Slot, ...], day: range) -> list[Gap]:
    found = []
    for moment in sorted({slots[slot].start for slot in day}):
        over = [slots[slot].start for slot in day if slots[slot].end <= moment]
        if not over:
            continue
        last = max(over)
        before = tuple(slot for slot in day if slots[slot].end <= last)
        if before:
            between = (slot for slot in day if slots[slot].start < moment and slots[slot].end > last)
            after = (slot for slot in day if slots[slot].start == moment)
            found.append(Gap(before, tuple(between), tuple(after)))
    return found


def _in_sessions(slots: tuple[Slot, ...], sessions: tuple[str, ...] | None) -> set[int]:
    return {place for place, slot in enumerate(slots) if sessions is None or slot.session in sessions}


def _slots_of(pair: Pair, slots: tuple[Slot, ...]) -> set[int]:
    if pair.state is State.DECLINED:
        return set()
    found = _in_sessions(slots, pair.sessions)
    if pair.state is State.CONFIRMED:
        found = {place for place in found if slots[place].id == pair.slot}
    return found


def _tables_of(pair: Pair, both: tuple[int, int], event: Event) -> tuple[int, ...]:
    named = {event.participants[each].table for each in both}
    if pair.state is State.CONFIRMED:
        named.add(pair.table)
    named.discard(None)
    return tuple(
        place
        for place, table in enumerate(event.tables)
        if named <= {table.id} and (not table.tracks or pair.track is None or pair.track in table.tracks)
    )


def _interpreters_of(both: tuple[int, int], event: Event) -> tuple[int, ...] | None:
    one, other = (_languages(event.participants[each]) for each in both)
    # Who states no language is taken to need nobody.
    if not one or not other or one & other:
        return None
    return tuple(
        place
        for place, each in enumerate(event.interpreters)
        if one & set(each.languages) and other & set(each.languages)
    )


def _languages(person: Participant) -> set[str]:
    return set(person.languages)
