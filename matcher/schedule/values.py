"""What a timetable comes to, stage by stage, as the solver sees it."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Mapping

from matcher.schedule.model import Problem

Slots = Mapping[int, int]
"""pair -> slot, for the pairs that meet."""


def shortfall(problem: Problem, slots: Slots) -> int:
    """Meetings missing to everybody's ``min_meetings``."""
    held = held_by(problem, slots)
    return sum(
        max(0, each.min_meetings - len(held[person]))
        for person, each in enumerate(problem.event.participants)
    )


def value(problem: Problem, slots: Slots) -> float:
    """The sum of what the meetings are worth."""
    return math.fsum(problem.worth[pair] for pair in slots)


def fewest_meetings(problem: Problem, slots: Slots) -> int:
    """Meetings of the startup with the fewest, of those that could meet at all; 0 without any."""
    held = held_by(problem, slots)
    return min((len(held[startup]) for startup in problem.startups), default=0)


def least_value(problem: Problem, slots: Slots) -> float:
    """What the meetings of the startup with the least are worth, of those that could meet; 0 without any."""
    held = held_by(problem, slots)
    return min(
        (math.fsum(problem.worth[pair] for pair in held[startup]) for startup in problem.startups),
        default=0.0,
    )


def ceiling(problem: Problem, name: str) -> float:
    """What a stage that is to be most cannot exceed, by the pairs and ``max_meetings`` alone.

    Raises:
        KeyError: it is no such stage.
    """
    of: dict[int, list[float]] = defaultdict(list)
    for (startup, _), slots, worth in zip(problem.pairs, problem.allowed, problem.worth, strict=True):
        if slots:
            of[startup].append(worth)
    # The dearest of a startup's pairs, as many as it may have.
    dearest = [
        sorted(of[startup], reverse=True)[: problem.event.participants[startup].max_meetings]
        for startup in problem.startups
    ]
    return {
        "fewest_meetings": min(map(len, dearest), default=0),
        "least_value": min(map(math.fsum, dearest), default=0.0),
        "value": math.fsum(map(math.fsum, dearest)),
    }[name]


def breaks(problem: Problem, slots: Slots) -> list[int]:
    """Breaks of each participant."""
    found = []
    for pairs in held_by(problem, slots):
        used = {slots[pair] for pair in pairs}
        found.append(
            sum(
                not used.isdisjoint(gap.after)
                and not used.isdisjoint(gap.before)
                and used.isdisjoint(gap.between)
                for gap in problem.gaps
            )
        )
    return found


def table_moves(problem: Problem, slots: Slots, tables: Mapping[int, int]) -> int:
    """Meetings of a participant at another table than all that ended last before them on that day."""
    return sum(
        tables[pair] not in {tables[other] for other in before}
        for pairs in held_by(problem, slots)
        for pair, before in last_before(problem, slots, pairs).items()
    )


def held_by(problem: Problem, slots: Slots) -> list[list[int]]:
    """Participant -> the pairs it meets in, by time."""
    found: list[list[int]] = [[] for _ in problem.event.participants]
    for pair in sorted(slots, key=lambda pair: (slots[pair], pair)):
        for person in problem.pairs[pair]:
            found[person].append(pair)
    return found


def last_before(problem: Problem, slots: Slots, pairs: list[int]) -> dict[int, list[int]]:
    """Each meeting of a participant that has others before it on its day, with those that ended last."""
    found: dict[int, list[int]] = {}
    days: dict[object, list[int]] = defaultdict(list)
    for pair in pairs:
        days[problem.slots[slots[pair]].start.date()].append(pair)
    for day in days.values():
        for pair in day:
            start = problem.slots[slots[pair]].start
            ended = [other for other in day if problem.slots[slots[other]].end <= start]
            if ended:
                last = max(problem.slots[slots[other]].end for other in ended)
                found[pair] = [other for other in ended if problem.slots[slots[other]].end == last]
    return found


_BY_SLOTS: dict[str, Callable[[Problem, Slots], float]] = {
    "shortfall": shortfall,
    "fewest_meetings": fewest_meetings,
    "least_value": least_value,
    "value": value,
}


def stage(problem: Problem, name: str, slots: Slots, tables: Mapping[int, int] | None) -> float:
    """One stage of a timetable.

    Raises:
        ValueError: there is no such stage, or it needs the tables and they are not settled.
    """
    if name == "table_moves" and tables is not None:
        return table_moves(problem, slots, tables)
    if name in _BY_SLOTS:
        return _BY_SLOTS[name](problem, slots)
    counts = breaks(problem, slots)
    if name == "breaks":
        return sum(counts)
    if name == "break_spread":
        return max(counts, default=0) - min(counts, default=0)
    raise ValueError(f"no stage {name} without tables" if name == "table_moves" else f"no stage {name}")
