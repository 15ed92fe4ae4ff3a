"""Rows that were mended after their file was written: read in its place, with all that their sheet tells.

A mended row is what a line of NAME.rejected.csv is, cells by header, but keeps its number and its sheet.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from profiles.importers.fields import Cell, Record, cell_as_text
from profiles.importers.headers import IGNORED, Column, ColumnMap, column
from profiles.importers.results import Mended
from profiles.importers.text import mend


def mended_records(
    sheet: str | None, records: Iterable[Record], mended: Mended, mapped: ColumnMap
) -> list[Record]:
    """The records of a sheet but for those left out, with their cells as mended."""
    found: list[Record] = []
    for record in records:
        place = (sheet, record.row)
        if place not in mended:
            found.append(record)
        elif (cells := mended[place]) is not None:
            found.append(_mended(record, cells, mapped))
    return found


def _mended(record: Record, given: Mapping[str, str], mapped: ColumnMap) -> Record:
    left = dict(given)
    cells: list[tuple[Column, Cell]] = []
    changed: set[str] = set()
    for each, cell in record.cells:
        if isinstance(cell, dict):  # the "other" of a JSON record: columns of their own
            cells.append((each, {name: mend(left.pop(name, text)) for name, text in cell.items()}))
            continue
        text = left.pop(each.header, None)
        if each.field == IGNORED or text is None or text == cell_as_text(cell):
            cells.append((each, cell))  # as read: a list of JSON stays one
        else:
            cells.append((each, mend(text)))
            changed.add(each.field)
    cells += [(column(header, mapped), mend(text)) for header, text in left.items() if text.strip()]
    # Whoever mends has all cells of the row before him: a row that could not be read is read now.
    problems = tuple(problem for problem in record.problems if problem[0] and problem[0] not in changed)
    return Record(record.row, cells, problems)
