"""Fills big consultation days, made up from a seed, and prints how near each comes to its proven bound.

    .venv/bin/python benchmarks/days.py [--size 100x60x16 ...] [--free 0.7 ...] [--setting NAME ...]

A size is startups x partners x slots. Every setting of ``SETTINGS`` is one kind of day: how many tables,
limits, states and so on. A line an instance: size, setting, share of free slots, meetings, shortfall and
value with their bounds, the gap of the value in per cent, when it was settled, breaks, wall and processor
seconds from the event's records to the timetable, and the checker's verdict. Exits with 1 if a timetable
breaks a rule or beats its bound.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from matcher.schedule.check import check
from matcher.schedule.solve import Report, solve
from profiles.event import (
    Event,
    EventInfo,
    Interpreter,
    Pair,
    Participant,
    Slot,
    State,
    Table,
)
from profiles.model import Side, Topic

SIZES = {"100x60x16": 10.0, "300x150x24": 60.0, "500x200x40": 180.0}
"""Size -> seconds it may take."""


@dataclass(frozen=True)
class Setting:
    """One kind of day.

    Attributes:
        tables: tables for every partner.
        most: the range max_meetings of startups is drawn from; None for no limit.
        least: the range min_meetings is drawn from.
        wishes: pairs of a startup; None for all partners.
        fits: draws a fit.
        states: what the states of pairs are drawn from.
        tracks: whether pairs have tracks, and every table but the first of ten only one of them.
        in_a_row: max_consecutive of everybody.
        promised: pairs that must meet.
        languages: whether a third of the startups and of the partners speak no English.
    """

    tables: float = 1.0
    most: tuple[int, int] | None = (6, 12)
    least: tuple[int, int] = (0, 0)
    wishes: int | None = None
    fits: Callable[[random.Random], float] = random.Random.random
    states: tuple[State, ...] = (State.SUGGESTED,)
    tracks: bool = False
    in_a_row: int | None = None
    promised: int = 0
    languages: bool = False


def _whole(source: random.Random) -> float:
    return source.randint(1, 10) / 10


_MIXED = (State.SUGGESTED,) * 7 + (State.REQUESTED,) * 2 + (State.ACCEPTED,)

SETTINGS = {
    "plain": Setting(),
    "fifteen": Setting(wishes=15),
    "few_tables": Setting(tables=0.6),
    "no_limit": Setting(most=None, tables=0.8),
    "least": Setting(least=(0, 3), states=_MIXED),
    "equal": Setting(fits=_whole, tables=0.7),
    "mixed": Setting(states=_MIXED, fits=_whole, least=(1, 2), promised=10),
    "tracks": Setting(tracks=True, states=_MIXED),
    "in_a_row": Setting(in_a_row=4, wishes=15),
    "languages": Setting(languages=True, promised=5),
    "all": Setting(
        tables=0.8,
        least=(0, 3),
        wishes=15,
        states=_MIXED,
        tracks=True,
        in_a_row=4,
        promised=10,
        languages=True,
    ),
}


def make_day(size: str, setting: Setting, free: float = 1.0, seed: int = 0) -> Event:
    """An event of a size such as ``100x60x16``; each slot of everybody is free with the probability given."""
    startups, partners, slots = map(int, size.split("x"))
    source = random.Random(f"{size} {free} {seed}")
    topics = list(Topic)[:4]
    start = datetime(2026, 4, 28, 9)
    times = tuple(
        # Half a day's slots in a row, then the next half day.
        Slot(id=f"t{n}", start=(begin := _begin(start, n)), end=begin + timedelta(minutes=20))
        for n in range(slots)
    )

    def person(side: Side, number: int) -> Participant:
        limit = setting.most if side is Side.STARTUP else None
        speaks = "ko" if side is Side.STARTUP else "de"
        return Participant(
            id=f"{side.value[0]}{number}",
            side=side,
            unavailable=tuple(slot.id for slot in times if source.random() >= free),
            min_meetings=source.randint(*setting.least),
            max_meetings=source.randint(*limit) if limit else None,
            max_consecutive=setting.in_a_row,
            languages=((speaks,) if source.random() < 0.33 else ("en", speaks)) if setting.languages else (),
        )

    people = [person(Side.STARTUP, n) for n in range(startups)]
    people += [person(Side.PARTNER, n) for n in range(partners)]
    wished = [
        (one, other)
        for one in range(startups)
        for other in sorted(source.sample(range(partners), setting.wishes or partners))
    ]
    pairs = [
        Pair(
            startup=f"s{one}",
            partner=f"p{other}",
            fit=setting.fits(source),
            state=source.choice(setting.states),
            track=source.choice(topics) if setting.tracks else None,
        )
        for one, other in wished
    ]
    # At most one promise for everybody, where both have time: they can all be kept.
    away = [set(person.unavailable) for person in people]
    promised: set[int] = set()
    for place, (one, other) in enumerate(wished):
        both = {one, startups + other}
        meets = len(away[one] | away[startups + other]) < slots
        if meets and not promised & both and len(promised) < 2 * setting.promised:
            promised |= both
            pairs[place] = pairs[place].model_copy(update={"state": State.MUST})
    return Event(
        event=EventInfo(id=f"{size}-{seed}"),
        slots=times,
        tables=tuple(
            Table(id=f"T{n}", tracks=(topics[n % 4],) if setting.tracks and n % 10 else ())
            for n in range(max(1, round(partners * setting.tables)))
        ),
        participants=tuple(people),
        interpreters=tuple(
            Interpreter(id=f"i{n}", languages=("ko", "en", "de")) for n in range(partners // 10)
        )
        if setting.languages
        else (),
        pairs=tuple(pairs),
    )


def _begin(start: datetime, number: int) -> datetime:
    day, place = divmod(number, 16)
    return start + timedelta(days=day, minutes=20 * place + (60 if place >= 8 else 0))


def run(name: str, setting: str, free: float, seconds: float, seed: int) -> tuple[str, bool]:
    """One line for one instance, and whether all is well with it."""
    event = make_day(name, SETTINGS[setting], free, seed)
    wall, cpu = time.monotonic(), time.process_time()
    reports: list[Report] = []
    schedule = solve(event, seconds=seconds, seed=seed, progress=reports.append)
    wall, cpu = time.monotonic() - wall, time.process_time() - cpu
    verdict = check(event, schedule)
    stages = {stage.name: stage for stage in schedule.stages}
    value, shortfall = stages["value"], stages["shortfall"]
    settled = max((each.seconds for each in reports if each.stage == "value"), default=0.0)
    gap = 100 * (value.bound - value.value) / max(value.bound, 1e-9)
    line = (
        f"{name:11} {setting:10} {free:4.0%} {len(schedule.meetings):5} meetings"
        f"  shortfall {shortfall.value:g}/{shortfall.bound:g}"
        f"  value {value.value:9.2f}/{value.bound:9.2f} {gap:7.4f} % by {settled:5.1f} s"
        f"  breaks {verdict.values['breaks']:5g}  {wall:6.1f} s {cpu:6.1f} s cpu  "
        + ("ok" if not verdict.faults else verdict.faults[0].sentence)
    )
    return line, not verdict.faults


def main() -> int:
    """Run the instances asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--size", nargs="+", default=list(SIZES), help="startups x partners x slots")
    parser.add_argument("--free", nargs="+", type=float, default=[1.0, 0.8, 0.7, 0.6, 0.5])
    parser.add_argument("--setting", nargs="+", default=list(SETTINGS), choices=list(SETTINGS))
    parser.add_argument("--seconds", type=float, help="for each instance (default: by its size)")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    well = True
    for size in asked.size:
        for setting in asked.setting:
            for free in asked.free:
                seconds = asked.seconds or SIZES.get(size, 60.0)
                line, fine = run(size, setting, free, seconds, asked.seed)
                well = well and fine
                print(line, flush=True)
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
