"""Meetings that are to stay where they are: locked, the solver leaves them there, and gives the rest anew."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping

from matcher.schedule.sheet import Sheet, both, proven
from profiles.errors import InputError
from profiles.event import Event, Pair, Schedule, State

Key = tuple[str, str]


def lock(event: Event, schedule: Schedule, keys: Iterable[Key]) -> Event:
    """The event with pairs confirmed for the slot and table they meet at; interpreters may still change.

    A confirmed pair is worth three times a suggested one, so that the value of the same timetable is another
    one then: see ``restated``. A locked meeting that breaks a rule leaves the event without a timetable.

    Args:
        event: the event.
        schedule: its timetable; it may break rules.
        keys: startup and partner of the pairs; ``unlock`` needs the states they have now.

    Raises:
        InputError: there is no timetable, or the event has no such pair, or it has declined or does not meet.
    """
    sheet = Sheet(event, schedule)
    seats = {event.pairs[pair].key: sheet.seats[pair] for pair in map(sheet.held, keys)}

    def locked(pair: Pair) -> Pair:
        if pair.state is State.DECLINED:
            raise InputError(f"{both(pair.key)} have declined: they cannot be locked", field="pair")
        seat = seats[pair.key]
        return pair.model_copy(
            update={
                "state": State.CONFIRMED,
                "slot": sheet.problem.slots[seat.slot].id,
                "table": event.tables[seat.table].id,
            }
        )

    return _with_pairs(event, (locked(each) if each.key in seats else each for each in event.pairs))


def unlock(event: Event, keys: Iterable[Key], states: Mapping[Key, State]) -> Event:
    """The event with locked pairs as they were; one that was confirmed before it was locked stays locked.

    Args:
        event: the event.
        keys: startup and partner of the pairs.
        states: what each of them was; others do not matter.

    Raises:
        InputError: the event has no such pair, it is not confirmed, or its state is not given.
    """
    known, chosen = {each.key: each for each in event.pairs}, list(keys)
    for key in chosen:
        if key not in known:
            raise InputError(f"the event has no pair {both(key)}: name the startup first", field="pair")
        if known[key].state is not State.CONFIRMED:
            raise InputError(f"{both(key)} are {known[key].state.value}, not locked", field="pair")
        if key not in states:
            raise InputError(f"what {both(key)} were before is not given", field="states")

    def unlocked(pair: Pair) -> Pair:
        if states[pair.key] is State.CONFIRMED:
            return pair
        return pair.model_copy(update={"state": states[pair.key], "slot": None, "table": None})

    return _with_pairs(event, (unlocked(each) if each.key in chosen else each for each in event.pairs))


def restated(old: Event, event: Event, schedule: Schedule) -> Schedule:
    """The same timetable for an event in which only states of pairs are others, its stages anew.

    Where pairs were only locked, what was proven stays proven: the timetables that are left are some of those
    there were, and all of them have gained the same value. Otherwise the bounds are those that hold without
    any search.

    Args:
        old: the event the timetable was made for.
        event: the event as it is now.
        schedule: the timetable.

    Raises:
        InputError: there is no timetable, a meeting names what the event does not have, or there is no such
            stage.
    """
    before, now = Sheet(old, schedule), Sheet(event, schedule)
    gained = math.fsum(now.problem.worth[pair] - before.problem.worth[pair] for pair in now.seats)
    names = [stage.name for stage in schedule.stages]
    holding = len(names) if _is_only_locked(old, event, schedule) else 0
    if gained and "least_value" in names:
        # Not everybody's has grown alike: another timetable may be best for the one who is worst off.
        holding = min(holding, names.index("least_value"))
    known = (
        stage.model_copy(update={"value": stage.value + gained, "bound": stage.bound + gained})
        if stage.name == "value"
        else stage
        for stage in schedule.stages
    )
    stages = now.stages(known, holding=holding)
    is_best = schedule.status == "optimal" and proven(stages)
    return schedule.model_copy(update={"status": "optimal" if is_best else "feasible", "stages": stages})


def _is_only_locked(old: Event, event: Event, schedule: Schedule) -> bool:
    """Whether all that is new is that pairs are confirmed for where they meet."""
    was = {pair.key: pair for pair in old.pairs}
    met = {meeting.key: (meeting.slot, meeting.table) for meeting in schedule.meetings}
    return all(
        was.get(pair.key) == pair
        or (pair.state is State.CONFIRMED and met.get(pair.key) == (pair.slot, pair.table))
        for pair in event.pairs
    )


def _with_pairs(event: Event, pairs: Iterable[Pair]) -> Event:
    return event.model_copy(update={"pairs": tuple(pairs)})
