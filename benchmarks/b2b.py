"""Places the meetings of the published B2B scheduling instances with the fewest breaks, each with a proof.

    .venv/bin/python benchmarks/b2b.py FOLDER [--seconds N] [--only TEXT]

FOLDER has ``*.dzn`` files of the set of Bofill and others (JAIR 74, 2022) and, where there is one,
``published.tsv``, whose figures are then printed beside. A line an instance: the name, breaks or ``unsat``
(or ``none``: time ran out before a timetable), ``proven`` or ``not``, wall seconds, processor seconds. One
thread; what is timed is all from the event's records to the timetable. Every timetable goes through the
checker. Exits with 1 if a proven result is not the published one, or a timetable breaks a rule.
"""

from __future__ import annotations

import argparse
import csv
import re
import sys
import time
from collections import defaultdict
from datetime import datetime, timedelta
from pathlib import Path

from matcher.schedule.check import check
from matcher.schedule.model import compile_event
from matcher.schedule.placement import Placement, place
from profiles.event import (
    Event,
    EventInfo,
    Meeting,
    Pair,
    Participant,
    Precedence,
    Schedule,
    Slot,
    Stage,
    State,
    Table,
)
from profiles.model import Side

MOST_DIFFERENCE = 2
"""How many more breaks than another a business may have in the published set."""

_SESSIONS = {1: ("morning",), 2: ("afternoon",), 3: None}


def read_dzn(path: Path) -> Event:
    """One instance as an event.

    Every business is a startup here: businesses meet one another, without sides. Morning and afternoon are
    one day without a pause, as in the paper, where a break may lie across noon. A set of ``precedences``
    holds the meetings that come before the one at its place. 0 in a set or in ``fixed`` stands for nothing.

    Raises:
        ValueError: the file lacks a field.
    """
    fields = dict(re.findall(r"(\w+)\s*=\s*([^;]*);", path.read_text(encoding="utf-8")))
    lacking = {"nBusiness", "nTables", "nTotalSlots", "nMorningSlots", "requested"} - fields.keys()
    if lacking:
        raise ValueError(f"{path.name}: no {', '.join(sorted(lacking))}")
    slots = [f"t{number}" for number in range(1, int(fields["nTotalSlots"]) + 1)]
    morning = int(fields["nMorningSlots"])
    start = datetime(2022, 1, 1, 9)
    length = timedelta(minutes=20)
    requested = re.findall(r"(\d+)\s*,\s*(\d+)\s*,\s*([123])", fields["requested"])
    keys = [(f"b{one}", f"b{other}") for one, other, _ in requested]
    fixed = [int(number) for number in re.findall(r"\d+", fields.get("fixed", ""))] or [0] * len(requested)
    forbidden = _sets(fields.get("forbidden", "")) or [[]] * int(fields["nBusiness"])
    return Event(
        event=EventInfo(id=path.stem, max_break_difference=MOST_DIFFERENCE),
        slots=tuple(
            Slot(
                id=slot,
                start=start + place_ * length,
                end=start + (place_ + 1) * length,
                session="morning" if place_ < morning else "afternoon",
            )
            for place_, slot in enumerate(slots)
        ),
        tables=tuple(Table(id=f"T{number}") for number in range(1, int(fields["nTables"]) + 1)),
        participants=tuple(
            Participant(id=f"b{number}", side=Side.STARTUP, unavailable=tuple(f"t{slot}" for slot in barred))
            for number, barred in enumerate(forbidden, 1)
        ),
        pairs=tuple(
            Pair(
                startup=key[0],
                partner=key[1],
                sessions=_SESSIONS[int(session)],
                state=State.CONFIRMED if slot else State.MUST,
                slot=f"t{slot}" if slot else None,
            )
            for key, (_, _, session), slot in zip(keys, requested, fixed, strict=True)
        ),
        precedences=tuple(
            Precedence(first=keys[first - 1], then=then)
            for then, before in zip(keys, _sets(fields.get("precedences", "")), strict=False)
            for first in before
        ),
    )


def _sets(text: str) -> list[list[int]]:
    return [
        [number for number in map(int, re.findall(r"\d+", members)) if number]
        for members in re.findall(r"\{([^}]*)\}", text)
    ]


def faults(event: Event, placement: Placement) -> list[str]:
    """What the checker has against a timetable, tables dealt out in their order."""
    if placement.slots is None or placement.breaks is None:
        return []
    used: dict[int, int] = defaultdict(int)
    meetings = []
    for place_, slot in placement.slots.items():
        pair, used[slot] = event.pairs[place_], used[slot] + 1
        if used[slot] > len(event.tables):
            return [f"no table left in slot {slot}"]
        table = event.tables[used[slot] - 1].id
        meetings.append(
            Meeting(startup=pair.startup, partner=pair.partner, slot=event.slots[slot].id, table=table)
        )
    stage = Stage(name="breaks", value=placement.breaks, bound=placement.bound)
    schedule = Schedule(status="feasible", stages=(stage,), meetings=tuple(meetings))
    return [fault.sentence for fault in check(event, schedule).faults]


def published(folder: Path) -> dict[str, tuple[str, str]]:
    """Instance -> its published breaks (or ``unsat``) and seconds; empty without a file of them."""
    path = folder / "published.tsv"
    if not path.exists():
        return {}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.DictReader(lines, delimiter="\t")
        return {row["instance"]: (row["breaks"], row["maxsat_seconds"]) for row in rows}


def main() -> int:
    """Run and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seconds", type=float, default=60.0, help="wall time an instance (60)")
    parser.add_argument("--only", default="", help="only names with this in them")
    options = parser.parse_args()
    known = published(options.folder)
    paths = [path for path in sorted(options.folder.glob("*.dzn")) if options.only in path.stem]
    if not paths:
        print(f"{options.folder}: no .dzn file", file=sys.stderr)
        return 2
    proven = agreed = wrong = 0
    walls, processors = [], []
    for path in paths:
        event = read_dzn(path)
        wall, processor = time.perf_counter(), time.process_time()
        found = place(compile_event(event), seconds=options.seconds)
        walls.append(time.perf_counter() - wall)
        processors.append(time.process_time() - processor)
        against = faults(event, found)
        result = "unsat" if found.proven else "none"
        result = str(found.breaks) if found.slots is not None else result
        line = [path.stem, result, "proven" if found.proven else "not", f"{walls[-1]:.2f}"]
        line.append(f"cpu {processors[-1]:.2f}")
        proven += found.proven
        if path.stem in known:
            breaks, seconds = known[path.stem]
            same = result == breaks
            agreed += same and found.proven
            wrong += found.proven and not same
            line.append(f"published {breaks} in {seconds}" + ("" if same else " DIFFERS"))
        if against:
            wrong += 1
            line.append("; ".join(against))
        print("\t".join(line), flush=True)
    both = sum(path.stem in known for path in paths)
    print(
        f"total: {len(paths)} instances, {proven} proven, {agreed} of {both} as published, "
        f"{sum(walls):.1f} s, cpu {sum(processors):.1f} s, longest {max(walls):.1f} s, "
        f"cpu {max(processors):.1f} s"
    )
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
