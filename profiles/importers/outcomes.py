"""A file of what came of matches -> outcomes, and what is wrong with each row. Writes nothing."""

from __future__ import annotations

import datetime
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from profiles.errors import InputError
from profiles.importers.content import read_content
from profiles.importers.files import shown_name
from profiles.importers.headers import letters
from profiles.importers.outcome_words import (
    HEADERS,
    KNOWN_WORDS,
    REQUIRED,
    read_date,
    read_header,
    read_rank,
    read_result,
)
from profiles.importers.readers import Grid, GridRow, JsonRecord, json_text
from profiles.importers.rejected import REJECTED_COLUMNS, UNREADABLE, unescape
from profiles.importers.results import ROWS_ABOVE, Limits, Notice, Rejection
from profiles.importers.text import clean_line, fold, key, mend, shown
from profiles.importers.values import is_undecided, says_nothing
from profiles.model import Side
from profiles.outcomes import Outcome, Result


@dataclass(frozen=True)
class ParsedOutcomes:
    """A file as read: a row is in ``outcomes`` or in ``rejections``; rows that say the same are kept both."""

    file: str
    outcomes: tuple[Outcome, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    notices: tuple[Notice, ...] = ()


def parse_outcomes(
    path: Path,
    known: Mapping[str, Side],
    names: Mapping[str, Collection[str]] | None = None,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    today: datetime.date | None = None,
) -> ParsedOutcomes:
    """Read a JSONL, JSON, CSV, TSV or XLSX file of outcomes; nothing is written anywhere.

    Args:
        path: the file; what it is gets decided by its content.
        known: id of each stored profile -> its side.
        names: id -> names of that profile. A name stands for the id where one profile of the side bears it;
            case and spaces do not count.
        limits: see ``Limits``.
        today: the last day on which something can have happened; this computer's by default.

    Raises:
        InputError: the file cannot be read at all, or has no table with the columns needed; one line.
    """
    path = Path(path)
    name = shown_name(path)
    content = read_content(path, limits, _most_known)
    notices = list(content.notices)
    if content.records is None:
        rows = list(_table_rows(name, content.grids, notices))
    else:
        rows = list(map(_json_row, content.records))
        notices += _about_columns([(title, read_header(title)) for row in rows for title in row.cells], None)
    directory = _Directory(known, names or {})
    today = today or datetime.date.today()
    outcomes: list[Outcome] = []
    rejections: list[Rejection] = []
    for row in rows:
        draft = _Draft(row, directory, today)
        outcome = draft.read()
        if outcome:
            outcomes.append(outcome)
            notices += [Notice(row.number, field, text, row.sheet) for field, text in draft.notes]
        rejections += [
            Rejection(name, row.sheet, row.number, field, shown(value, 200), reason, row.cells)
            for field, value, reason in draft.problems
        ]
    return ParsedOutcomes(name, tuple(outcomes), tuple(rejections), tuple(notices))


# -- tables and records to rows ----------------------------------------------------------------------


@dataclass(frozen=True)
class _Row:
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


def _most_known(grid: Grid) -> int:
    """The most known columns that a row has which could be the header."""
    return max((len(_known(row)) for row in _first_rows(grid)), default=0)


def _known(row: GridRow) -> set[str]:
    return {field for cell in row.cells if (field := read_header(unescape(cell)))}


def _first_rows(grid: Grid) -> list[GridRow]:
    return [row for row in grid.rows[:ROWS_ABOVE] if row.number <= ROWS_ABOVE]


def _table_rows(name: str, grids: list[Grid], notices: list[Notice]) -> Iterator[_Row]:
    """The rows of all sheets that have a header.

    Raises:
        InputError: no sheet has one.
    """
    found = False
    nearest: set[str] = set()
    for grid in grids:
        header = max(_first_rows(grid), key=lambda row: len(_known(row)), default=None)
        if header and _known(header).issuperset(REQUIRED):
            found = True
            yield from _sheet_rows(grid, header, notices)
            continue
        nearest = max(nearest, _known(header) if header else set(), key=len)
        if grid.sheet is not None:
            reason = "has no header row that is known and was not read" if grid.rows else "is empty"
            notices.append(Notice(None, "", f"sheet {grid.sheet!r} {reason}", grid.sheet))
    if not found:
        missing = ", ".join(f"{field} ({_korean(field)})" for field in REQUIRED if field not in nearest)
        raise InputError(f"no header row was found: give it columns for {missing}", file=name)


def _korean(field: str) -> str:
    words = (word.strip() for word in HEADERS[field].split("|"))
    return next(word for word in words if not word.isascii())


def _sheet_rows(grid: Grid, header: GridRow, notices: list[Notice]) -> Iterator[_Row]:
    below = grid.rows[grid.rows.index(header) + 1 :]
    columns = _columns(header, below)
    notices += _about_columns(columns, grid.sheet)
    for row in below:
        if row.cells == header.cells:
            continue  # a header repeated on every printed page
        pairs = list(zip(columns, map(unescape, row.cells), strict=False))  # rows may be short
        cells = {title: cell for (title, _), cell in pairs if title}
        said = _said((field, cell) for (_, field), cell in pairs)
        yield _Row(grid.sheet, row.number, cells, said, row.problem)


def _columns(header: GridRow, below: Sequence[GridRow]) -> list[tuple[str, str | None]]:
    """Title, made unique, and field of each column.

    The title is "" where the column is empty or was written by us to tell of rejections.
    """
    cells = [unescape(cell) for cell in header.cells]
    cells += [""] * (max((len(row.cells) for row in below), default=0) - len(cells))
    ours = tuple(map(key, cells[: len(REJECTED_COLUMNS)])) == REJECTED_COLUMNS
    used = {index for row in below for index, cell in enumerate(row.cells) if cell.strip()}
    columns: list[tuple[str, str | None]] = []
    taken: set[str] = set()
    for index, cell in enumerate(cells):
        told = ours and (index < len(REJECTED_COLUMNS) or cell == UNREADABLE)
        if told or not (cell.strip() or index in used):
            columns.append(("", None))
            continue
        title = mend(cell).strip() or f"column {letters(index + 1)}"
        if title in taken:
            title = f"{title} (column {letters(index + 1)})"
        taken.add(title)
        columns.append((title, read_header(cell)))
    return columns


def _about_columns(columns: Sequence[tuple[str, str | None]], sheet: str | None) -> list[Notice]:
    """What to say of columns that are not known, or that give the same field."""
    by_field: defaultdict[str, dict[str, None]] = defaultdict(dict)
    for title, field in columns:
        if title not in ("", UNREADABLE):
            by_field[field or ""][shown(title, 40)] = None
    unknown = by_field.pop("", {})
    notices = (
        [Notice(None, "", f"columns not known, left out: {', '.join(unknown)}", sheet)] if unknown else []
    )
    for field, titles in by_field.items():
        if len(titles) > 1:
            text = f"columns {' and '.join(titles)} both give {field}: the first that is not empty is taken"
            notices.append(Notice(None, field, text, sheet))
    return notices


def _said(cells: Iterable[tuple[str | None, str]]) -> dict[str, str]:
    """The first cell of each field that holds more than a dash."""
    said: dict[str, str] = {}
    for field, cell in cells:
        if field and cell.strip(" \t\r\n-–—."):
            said.setdefault(field, cell)
    return said


def _json_row(record: JsonRecord) -> _Row:
    if record.problem:
        # The empty columns are there to be filled in, in the rejected file.
        cells = {UNREADABLE: record.line, **dict.fromkeys(HEADERS, "")}
        return _Row(None, record.number, cells, {}, record.problem)
    cells = {mend(name): json_text(value) for name, value in record.values.items()}
    said = _said((read_header(title), text) for title, text in cells.items())
    return _Row(None, record.number, cells, said)


# -- rows to outcomes --------------------------------------------------------------------------------


class _Directory:
    """The stored profiles by what they are called."""

    def __init__(self, known: Mapping[str, Side], names: Mapping[str, Collection[str]]) -> None:
        self._sides = known
        self._by_name: defaultdict[tuple[Side, str], set[str]] = defaultdict(set)
        for profile_id, side in known.items():
            for name in filter(str.strip, names.get(profile_id, ())):
                self._by_name[side, _spaceless(name)].add(profile_id)

    def find(self, text: str, side: Side) -> tuple[str, str]:
        """The id that ``text`` means, and what to do where it means none ("": it does)."""
        if self._sides.get(text) is side:
            return text, ""
        named = self._by_name.get((side, _spaceless(text)), set())
        if len(named) == 1:
            return next(iter(named)), ""
        if named:
            some = ", ".join(shown(each, 40) for each in sorted(named)[:3])
            return "", f"{len(named)} profiles have this name: write the id of one ({some})"
        if text in self._sides or (side.other, _spaceless(text)) in self._by_name:
            return "", f"{shown(text, 40)!r} is a {side.other.value}: put each side in its own column"
        return "", f"no {side.value} {shown(text, 40)!r} is stored: correct it, or import its profile first"


def _spaceless(name: str) -> str:
    return fold(name).replace(" ", "")


class _Draft:
    """One row being read: ``problems`` are field, value and reason, ``notes`` field and text."""

    def __init__(self, row: _Row, directory: _Directory, today: datetime.date) -> None:
        self._row, self._directory, self._today = row, directory, today
        self.problems: list[tuple[str, str, str]] = []
        self.notes: list[tuple[str, str]] = []

    def read(self) -> Outcome | None:
        """The outcome of the row, None where there are problems."""
        if self._row.problem:
            self.problems.append(("", " ".join(self._row.cells.values()).strip(), self._row.problem))
            return None
        startup, partner = self._organisation(Side.STARTUP), self._organisation(Side.PARTNER)
        outcome, date, rank = self._result(), self._date(), self._rank()
        if self.problems or outcome is None or date is None:
            return None
        return Outcome(startup=startup, partner=partner, outcome=outcome, date=date, rank=rank)

    def _organisation(self, side: Side) -> str:
        text = clean_line(self._row.said.get(side.value, ""))
        if not text:
            self.problems.append((side.value, text, f"no {side.value}: write its id or its name"))
            return ""
        found, reason = self._directory.find(text, side)
        if reason:
            self.problems.append((side.value, text, reason))
        return found

    def _result(self) -> Result | None:
        text = self._said("outcome")
        found = read_result(text)
        if not text:
            self.problems.append(("outcome", "", f"no outcome: use one of {KNOWN_WORDS}"))
        elif found is None:
            self.problems.append(("outcome", text, f"not a known outcome: use one of {KNOWN_WORDS}"))
        return found

    def _date(self) -> datetime.date | None:
        text = self._said("date")
        if not text or is_undecided(text):
            self.problems.append(("date", text, "no date: write the day it happened, such as 2023-04-28"))
            return None
        found, guessed = read_date(text)
        if found is None:
            self.problems.append(("date", text, "not a date: write year, month and day, such as 2023-04-28"))
        elif found > self._today:
            reason = f"{found} has not come yet: write the day it happened, or leave the row out until then"
            self.problems.append(("date", text, reason))
        elif guessed:
            self.notes.append(("date", f"{shown(text)!r} was read as {found}"))
        return found

    def _rank(self) -> int | None:
        text = self._said("rank")
        found = read_rank(text)
        if text and found is None:
            reason = "not a place in a list: write a whole number from 1 on, or leave it empty"
            self.problems.append(("rank", text, reason))
        return found

    def _said(self, field: str) -> str:
        text = clean_line(self._row.said.get(field, ""))
        return "" if says_nothing(text) else text
