"""Lists of short records, as people keep them in a spreadsheet -> rows by field, whatever they are about.

What the columns are called and which of them a table needs is said by ``Columns``; what the cells mean is the
affair of who asks.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from profiles.errors import InputError
from profiles.importers.content import read_content
from profiles.importers.files import shown_name
from profiles.importers.headers import letters
from profiles.importers.readers import Grid, GridRow, JsonRecord, json_text
from profiles.importers.rejected import REJECTED_COLUMNS, UNREADABLE, unescape
from profiles.importers.results import ROWS_ABOVE, Limits, Mended, Notice, Rejection
from profiles.importers.text import clean_line, key, mend, shown
from profiles.importers.values import says_nothing

_LONGEST_HEADER = 200
_BRACKETS = re.compile(r"[(\[（【].*?[)\]）】]", re.DOTALL)


class Columns:
    """The columns of a list.

    Headers are compared by letters and digits only (``text.key``): spaces, hyphens and case are free.
    """

    def __init__(self, headers: Mapping[str, str], required: Sequence[str]) -> None:
        """
        Args:
            headers: field -> what its column is called, in Korean and English, between ``|``.
            required: the fields that a table needs a column for.
        """
        self.headers, self.required = headers, tuple(required)
        self._fields = {key(word): name for name, words in headers.items() for word in words.split("|")}
        self._known = lru_cache(maxsize=8192)(self._read)

    def read(self, header: str) -> str | None:
        """The field a header means, with or without its brackets; None where it means none.

        A header in two languages ("기업 / Startup") means what its parts agree on.
        """
        return self._known(header)

    def _read(self, header: str) -> str | None:
        if len(header) > _LONGEST_HEADER:
            return None
        bare = _BRACKETS.sub(" ", header)
        for text in (header, bare):
            if found := self._fields.get(key(text)):
                return found
        met = {self._fields.get(key(part)) for part in re.split(r"[\n\r/|]", bare) if key(part)}
        return met.pop() if len(met) == 1 else None

    def known(self, row: GridRow) -> set[str]:
        """The fields that a row means if it is the header."""
        return {name for cell in row.cells if (name := self.read(unescape(cell)))}

    def most_known(self, grid: Grid) -> int:
        """The most known columns that a row has which could be the header."""
        return max((len(self.known(row)) for row in _first_rows(grid)), default=0)

    def missing(self, found: set[str]) -> str:
        """The columns needed that are not among ``found``, each with a Korean name."""
        return ", ".join(f"{name} ({self._korean(name)})" for name in self.required if name not in found)

    def _korean(self, name: str) -> str:
        words = (word.strip() for word in self.headers[name].split("|"))
        return next(word for word in words if not word.isascii())


@dataclass(frozen=True)
class ListRow:
    """A row of a table, or a JSON record.

    Attributes:
        sheet: None where the file has no sheets.
        number: see ``Rejection.row``.
        cells: header to text, as read.
        said: field to the first text that is given for it.
        problem: why the row cannot be read at all, "" where it can.
    """

    sheet: str | None
    number: int
    cells: Mapping[str, str]
    said: Mapping[str, str]
    problem: str = ""


@dataclass
class Draft:
    """A row being read: ``problems`` are field, value and reason, ``notes`` field and text."""

    row: ListRow
    problems: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.row.problem:
            self.refuse("", " ".join(self.row.cells.values()).strip(), self.row.problem)

    def said(self, name: str) -> str:
        """The text given for a field on one line, "" where it only says that there is none."""
        text = clean_line(self.row.said.get(name, ""))
        return "" if says_nothing(text) else text

    def refuse(self, name: str, value: str, reason: str) -> None:
        """Remember what is wrong with a field."""
        self.problems.append((name, value, reason))

    def note(self, name: str, text: str) -> None:
        """Remember something guessed."""
        self.notes.append((name, text))

    def rejections(self, file: str) -> list[Rejection]:
        """Every problem of the row."""
        row = self.row
        return [
            Rejection(file, row.sheet, row.number, name, shown(value, 200), reason, row.cells)
            for name, value, reason in self.problems
        ]

    def notices(self) -> list[Notice]:
        """Every note of the row."""
        return [Notice(self.row.number, name, text, self.row.sheet) for name, text in self.notes]


def read_list(
    path: Path, columns: Columns, limits: Limits, mended: Mended | None = None
) -> tuple[str, list[ListRow], list[Notice]]:
    """The rows of a JSONL, JSON, CSV, TSV or XLSX file; what it is gets decided by its content.

    Args:
        path: the file.
        columns: what its columns are called.
        limits: see ``Limits``.
        mended: rows to be read with other cells than they have in the file, or not at all.

    Returns:
        the file's name for messages, the rows, and what is to be said of the file and its columns.

    Raises:
        InputError: the file cannot be read at all, or has no table with the columns needed; one line.
    """
    name = shown_name(path)
    content = read_content(path, limits, columns.most_known)
    notices = list(content.notices)
    if content.records is None:
        rows = list(_table_rows(name, content.grids, columns, notices))
    else:
        rows = [_json_row(record, columns) for record in content.records]
        titles = [(title, columns.read(title)) for row in rows for title in row.cells]
        notices += _about_columns(titles, None)
    return name, list(_mended(rows, columns, mended or {})), notices


def _mended(rows: Iterable[ListRow], columns: Columns, mended: Mended) -> Iterator[ListRow]:
    """The rows but for those left out, with their cells as mended."""
    for row in rows:
        place = (row.sheet, row.number)
        if place not in mended:
            yield row
        elif (given := mended[place]) is not None:
            cells = {**row.cells, **{header: mend(text) for header, text in given.items()}}
            said = _said((columns.read(title), text) for title, text in cells.items())
            yield ListRow(row.sheet, row.number, cells, said)


def _first_rows(grid: Grid) -> list[GridRow]:
    return [row for row in grid.rows[:ROWS_ABOVE] if row.number <= ROWS_ABOVE]


def _table_rows(name: str, grids: list[Grid], columns: Columns, notices: list[Notice]) -> Iterator[ListRow]:
    """The rows of all sheets that have a header.

    Raises:
        InputError: no sheet has one.
    """
    found = False
    nearest: set[str] = set()
    for grid in grids:
        header = max(_first_rows(grid), key=lambda row: len(columns.known(row)), default=None)
        known = columns.known(header) if header else set()
        if header and known.issuperset(columns.required):
            found = True
            yield from _sheet_rows(grid, header, columns, notices)
            continue
        nearest = max(nearest, known, key=len)
        if grid.sheet is not None:
            reason = "has no header row that is known and was not read" if grid.rows else "is empty"
            notices.append(Notice(None, "", f"sheet {grid.sheet!r} {reason}", grid.sheet))
    if not found:
        needed = columns.missing(nearest)
        raise InputError(f"no header row was found: give it columns for {needed}", file=name)


def _sheet_rows(grid: Grid, header: GridRow, columns: Columns, notices: list[Notice]) -> Iterator[ListRow]:
    below = grid.rows[grid.rows.index(header) + 1 :]
    titles = _titles(header, below, columns)
    notices += _about_columns(titles, grid.sheet)
    for row in below:
        if row.cells == header.cells:
            continue  # a header repeated on every printed page
        pairs = list(zip(titles, map(unescape, row.cells), strict=False))  # rows may be short
        cells = {title: cell for (title, _), cell in pairs if title}
        said = _said((name, cell) for (_, name), cell in pairs)
        yield ListRow(grid.sheet, row.number, cells, said, row.problem)


def _titles(header: GridRow, below: Sequence[GridRow], columns: Columns) -> list[tuple[str, str | None]]:
    """Title, made unique, and field of each column.

    The title is "" where the column is empty or was written by us to tell of rejections.
    """
    cells = [unescape(cell) for cell in header.cells]
    cells += [""] * (max((len(row.cells) for row in below), default=0) - len(cells))
    ours = tuple(map(key, cells[: len(REJECTED_COLUMNS)])) == REJECTED_COLUMNS
    used = {index for row in below for index, cell in enumerate(row.cells) if cell.strip()}
    titles: list[tuple[str, str | None]] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        told = ours and (index < len(REJECTED_COLUMNS) or cell == UNREADABLE)
        if told or not (cell.strip() or index in used):
            titles.append(("", None))
            continue
        title = mend(cell).strip() or f"column {letters(index + 1)}"
        if title in taken:
            title = f"{title} (column {letters(index + 1)})"
        taken.add(title)
        titles.append((title, columns.read(cell)))
    return titles


def _about_columns(titles: Sequence[tuple[str, str | None]], sheet: str | None) -> list[Notice]:
    """What to say of columns that are not known, or that give the same field."""
    by_field: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for title, name in titles:
        if title not in ("", UNREADABLE):
            by_field[name or ""][shown(title, 40)] = None
    unknown = by_field.pop("", {})
    notices = (
        [Notice(None, "", f"columns not known, left out: {', '.join(unknown)}", sheet)] if unknown else []
    )
    for name, same in by_field.items():
        if len(same) > 1:
            text = f"columns {' and '.join(same)} both give {name}: the first that is not empty is taken"
            notices.append(Notice(None, name, text, sheet))
    return notices


def _said(cells: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """The first cell of each field that holds more than a dash."""
    said: dict[str, str] = {}
    for name, cell in cells:
        if name and cell.strip(" \t\r\n-–—."):
            said.setdefault(name, cell)
    return said


def _json_row(record: JsonRecord, columns: Columns) -> ListRow:
    if record.problem:
        # The empty columns are there to be filled in, in the rejected file.
        cells = {UNREADABLE: record.line, **dict.fromkeys(columns.headers, "")}
        return ListRow(None, record.number, cells, {}, record.problem)
    cells = {mend(name): json_text(value) for name, value in record.values.items()}
    said = _said((columns.read(title), text) for title, text in cells.items())
    return ListRow(None, record.number, cells, said)
