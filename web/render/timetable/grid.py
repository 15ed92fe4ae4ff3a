"""Slots down, tables across: what every place of the timetable holds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import groupby

from profiles.event import Slot, Table
from web.render.timetable.rows import Entry, Timetable

ACROSS = 6
"""Tables that stand side by side on a page; more of them go on below."""


@dataclass(frozen=True)
class Cell:
    """A table in a slot.

    Attributes:
        entries: its meetings; more than one only where the timetable is at fault.
        closed: whether the table hosts nothing then.
        busy: whether a meeting of an overlapping slot is there.
    """

    table: Table
    entries: tuple[Entry, ...]
    closed: bool
    busy: bool


@dataclass(frozen=True)
class Line:
    """A slot with its tables."""

    slot: Slot
    cells: tuple[Cell, ...]


@dataclass(frozen=True)
class Block:
    """What fits side by side of one day."""

    day: date
    tables: tuple[Table, ...]
    lines: tuple[Line, ...]

    @property
    def empty(self) -> bool:
        """Whether nobody meets there."""
        return not any(cell.entries for line in self.lines for cell in line.cells)


def lines(timetable: Timetable) -> list[Line]:
    """All slots in the order of time, each with all tables."""
    slots = sorted(timetable.event.slots, key=lambda slot: (slot.start, slot.end))
    places: dict[tuple[str, str], list[Entry]] = defaultdict(list)
    for entry in timetable.entries:
        places[entry.slot.id, entry.table.id].append(entry)
    by_id = {slot.id: slot for slot in slots}
    shut = {table.id: [by_id[name] for name in table.closed] for table in timetable.event.tables}
    used = {table.id: [e.slot for e in timetable.at_table(table.id)] for table in timetable.event.tables}
    return [
        Line(
            slot,
            tuple(
                Cell(
                    table,
                    tuple(places[slot.id, table.id]),
                    closed=_overlaps(slot, shut[table.id]),
                    busy=_overlaps(slot, used[table.id]),
                )
                for table in timetable.event.tables
            ),
        )
        for slot in slots
    ]


def blocks(timetable: Timetable) -> Iterator[Block]:
    """The grid in pieces of one day and a few tables, as many in one piece as in the other."""
    tables = timetable.event.tables
    pieces = -(-len(tables) // ACROSS)
    across = -(-len(tables) // max(pieces, 1))
    for day, of_day in groupby(lines(timetable), key=lambda line: line.slot.start.date()):
        found = list(of_day)
        for at in range(0, len(tables), max(across, 1)):
            cut = tuple(Line(line.slot, line.cells[at : at + across]) for line in found)
            yield Block(day, tables[at : at + across], cut)


def _overlaps(slot: Slot, others: Sequence[Slot]) -> bool:
    return any(slot.start < other.end and other.start < slot.end for other in others)
