"""A file -> ``Parsed``: which sheets, which columns, and the bookkeeping over rows."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from profiles.errors import InputError
from profiles.importers.content import read_content
from profiles.importers.fields import Cell, Context, Problem, Record, cell_as_text
from profiles.importers.files import shown_name
from profiles.importers.headers import FIELDS, IGNORED, Column, ColumnMap, column, find_header, known_fields
from profiles.importers.mending import mended_records
from profiles.importers.money import checked_rates
from profiles.importers.readers import Grid, JsonRecord, json_text
from profiles.importers.rejected import UNREADABLE, unescape
from profiles.importers.results import ROWS_ABOVE, Limits, Mended, Notice, Parsed, ReadColumn, Rejection
from profiles.importers.rows import LISTS, read_row
from profiles.importers.text import clean_line, mend, shown
from profiles.importers.workbook import number_text
from profiles.model import Profile, Side

_NO_HEADER = (
    "no header row was found: it needs a column for the name or id (name, 기업명, id) and at least one more "
    "known column (about, 회사소개, kind, 기관유형, seeks, 희망분야), or a column map"
)


@dataclass
class _Section:
    """A sheet with a header, or all of a JSON file."""

    sheet: str | None
    columns: list[Column]
    records: list[Record] = field(default_factory=list)


def parse_file(
    path: Path,
    *,
    side: Side | None = None,
    column_map: Mapping[str, str] | None = None,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    rates: Mapping[str, float] | None = None,
    mended: Mended | None = None,
) -> Parsed:
    """Read a JSONL, JSON, CSV, TSV or XLSX file of profiles; nothing is written anywhere.

    Args:
        path: the file; what it is gets decided by its content.
        side: of the rows that name none.
        column_map: header of the file -> profile field ("ticket" for a cheque size in one column, "other" to
            keep a column without meaning). It wins over the headers known.
        limits: see ``Limits``.
        rates: units of a currency for one US dollar, on top of ``money.RATES``.
        mended: rows to be read with other cells than they have in the file, or not at all.

    Returns:
        The profiles of the good rows, with distinct ids; a ``Rejection`` for each bad field of the others;
        notices of what was changed, guessed or left out.

    Raises:
        InputError: the file cannot be read at all, or the column map or a rate is wrong; one line.
    """
    path = Path(path)
    name = shown_name(path)
    mapped = ColumnMap(column_map, name)
    known_rates = checked_rates(rates)
    content = read_content(path, limits, lambda grid: _known_headers(grid, mapped))
    notices = list(content.notices)
    if content.records is not None:
        sections = [_json_section(content.records, mapped)]
    else:
        sections = _table_sections(name, content.grids, mapped, limits, notices)
    mapped.check([each.header for section in sections for each in section.columns])
    for section in sections:
        section.records = mended_records(section.sheet, section.records, mended or {}, mapped)
    collector = _Collector(name, notices)
    counting = _counting_sections(sections)
    for index, section in enumerate(sections):
        collector.start(section, counts_rows=index in counting)
        context = Context(
            side, _side_of_sheet(section.sheet), known_rates, limits, keep_ids=index not in counting
        )
        for record in section.records:
            collector.add(section, record, context)
    return collector.parsed(content.sha256)


def possible_headers(path: Path, *, limits: Limits = Limits()) -> tuple[str, ...]:  # noqa: B008 - frozen
    """What may be the headers of a file in which no header row is known: the fullest of its first rows.

    Raises:
        InputError: the file cannot be read at all; one line.
    """
    content = read_content(Path(path), limits, lambda grid: max(map(_filled, grid.rows), default=0))
    rows = (row for grid in content.grids for row in grid.rows if row.number <= ROWS_ABOVE)
    fullest = max(rows, key=_filled, default=None)
    headers = (clean_line(unescape(cell)) for cell in (fullest.cells if fullest else ()))
    return tuple(dict.fromkeys(header for header in headers if header))


# -- tables to sections ------------------------------------------------------------------------------


def _known_headers(grid: Grid, mapped: ColumnMap) -> int:
    found = find_header(grid, mapped)
    if found:
        return 100 + len(known_fields(grid.rows[found[0]], mapped))
    return max((len(known_fields(row, mapped)) for row in grid.rows), default=0)


def _table_sections(
    name: str, grids: list[Grid], mapped: ColumnMap, limits: Limits, notices: list[Notice]
) -> list[_Section]:
    sections = []
    for grid in grids:
        found = find_header(grid, mapped)
        if found:
            sections.append(_table_section(name, grid, *found, limits))
        elif grid.sheet is not None:
            reason = "has no header row that is known and was not read" if grid.rows else "is empty"
            notices.append(Notice(None, "", f"sheet {grid.sheet!r} {reason}", grid.sheet))
    if not sections:
        widest = max((row for grid in grids for row in grid.rows[:ROWS_ABOVE]), key=_filled, default=None)
        mapped.check(widest.cells if widest else [])
        raise InputError(_NO_HEADER, file=name)
    return sections


def _filled(row: Any) -> int:
    return sum(bool(cell.strip()) for cell in row.cells)


def _table_section(name: str, grid: Grid, place: int, columns: list[Column], limits: Limits) -> _Section:
    header = grid.rows[place].cells
    section = _Section(grid.sheet, columns)
    used = [False] * len(columns)
    for row in grid.rows[place + 1 :]:
        if row.cells == header:
            continue  # a header repeated on every printed page
        cells = [unescape(cell) for cell in row.cells] + [""] * (len(columns) - len(row.cells))
        used = [before or bool(cell.strip()) for before, cell in zip(used, cells, strict=True)]
        problems: tuple[Problem, ...] = ()
        if row.problem:
            problems = (("", shown(" ".join(cells), 200), row.problem),)
        section.records.append(Record(row.number, list(zip(columns, cells, strict=True)), problems))
    if len(section.records) > limits.rows:
        raise InputError(f"more than {limits.rows:,} rows: split the file", file=name)
    nameless = {index for index, used_one in enumerate(used) if not used_one and index >= len(header)} | {
        index for index, cell in enumerate(header) if not cell.strip() and not used[index]
    }
    if nameless:  # empty columns without a header say nothing, in notices and rejected files neither
        section.columns = [each for index, each in enumerate(columns) if index not in nameless]
        section.records = [
            replace(each, cells=[pair for index, pair in enumerate(each.cells) if index not in nameless])
            for each in section.records
        ]
    return section


def _json_section(records: list[JsonRecord], mapped: ColumnMap) -> _Section:
    columns: dict[str, Column] = {}
    section = _Section(None, [])
    for record in records:
        if record.problem:
            line = [(Column(UNREADABLE, IGNORED), record.line)]
            problem = ("", shown(record.line, 200), record.problem)
            section.records.append(Record(record.number, line, (problem,)))
            continue
        cells: list[tuple[Column, Cell]] = []
        problems: list[Problem] = []
        for key, value in record.values.items():
            header = mend(key)
            if header not in columns:
                columns[header] = column(header, mapped)
                mapped.met([header])
            field_name = columns[header].field
            cell, reason = _json_cell(field_name, value, plain=key == "other")
            if reason:
                problems.append((field_name, shown(cell_as_text(cell), 200), reason))
            cells.append((columns[header], cell))
        section.records.append(Record(record.number, cells, tuple(problems)))
    section.columns = list(columns.values())
    return section


def _json_cell(field_name: str, value: Any, *, plain: bool) -> tuple[Cell, str]:
    """A JSON value as a cell, and why it cannot be one ("": it can)."""
    reason = ""
    cell: Cell = ""
    if field_name == "other":
        if plain and isinstance(value, dict):
            cell = {mend(str(name)): _json_other(text) for name, text in value.items()}
        else:
            cell = _json_other(value)
    elif isinstance(value, list):
        entries = [entry for entry in value if entry is not None]
        if field_name not in LISTS:
            reason = "a list is no value here: write one text"
        elif any(isinstance(entry, bool | list | dict) for entry in entries):
            reason = "an entry of the list is no text: write a list of texts"
        else:
            cell = tuple(map(_json_other, entries))
    elif isinstance(value, dict):
        reason = "an object is no value here: write text or a list of texts"
    elif isinstance(value, bool):
        reason = "true or false is no value here: write text"
    else:
        cell = _json_other(value)
    return (json_text(value) if reason else cell), reason


def _json_other(value: Any) -> str:
    if isinstance(value, list) and all(isinstance(entry, str | int | float) for entry in value):
        return "; ".join(map(_json_other, value))
    if isinstance(value, int | float) and not isinstance(value, bool):
        return number_text(value)
    return json_text(value)


# -- sections to rows --------------------------------------------------------------------------------


def _counting_sections(sections: Sequence[_Section]) -> set[int]:
    """Sections whose id column only counts their rows, which is seen by two counting alike."""
    numbers: dict[int, set[str]] = {}
    for index, section in enumerate(sections):
        if any(each.serial and each.field == "id" for each in section.columns):
            ids = {
                clean_line(cell_as_text(cell))
                for record in section.records
                for each, cell in record.cells
                if each.field == "id"
            } - {""}
            if ids and all(number.isdigit() for number in ids):
                numbers[index] = ids
    uses = Counter(number for ids in numbers.values() for number in ids)
    return {index for index, ids in numbers.items() if any(uses[number] > 1 for number in ids)}


def _side_of_sheet(sheet: str | None) -> Side | None:
    if sheet is None:
        return None
    startups = re.search(r"start-?up|스타트업|창업기업|참가기업|수요기업", sheet.lower()) is not None
    partners = re.search(r"partner|파트너|협력기관|상담기관", sheet.lower()) is not None
    if startups == partners:
        return None
    return Side.STARTUP if startups else Side.PARTNER


class _Collector:
    """Profiles, rejections and notices of a file, with the ids met so far."""

    def __init__(self, file: str, notices: list[Notice]) -> None:
        self._file = file
        self._notices = notices
        self._profiles: list[Profile] = []
        self._rejections: list[Rejection] = []
        self._columns: list[ReadColumn] = []
        self._first: dict[str, tuple[str | None, int]] = {}

    def parsed(self, sha256: str) -> Parsed:
        """What was collected."""
        return Parsed(
            self._file,
            sha256,
            tuple(self._profiles),
            tuple(self._rejections),
            tuple(self._notices),
            tuple(self._columns),
            self._first,
        )

    def start(self, section: _Section, *, counts_rows: bool) -> None:
        """Take down the columns of a sheet, with notices about them."""
        self._columns += [
            ReadColumn(section.sheet, each.header, each.field, each.own)
            for each in section.columns
            if each.field != IGNORED
        ]
        by_field: defaultdict[str, list[str]] = defaultdict(list)
        serial = ""
        for each in section.columns:
            by_field[each.field].append(shown(each.header, 40))
            serial = each.header if each.serial and each.field == "id" else serial

        def notice(name: str, text: str) -> None:
            self._notices.append(Notice(None, name, text, section.sheet))

        unknown = [header for header in by_field.get("other", ()) if header != "other"]
        if unknown:
            notice("other", f"columns not known, kept as they are: {', '.join(unknown)}")
        for name in FIELDS:
            if len(by_field.get(name, ())) > 1 and name not in LISTS and name != "other":
                columns = " and ".join(by_field[name])
                notice(name, f"columns {columns} both give {name}: the first that is not empty is taken")
        if counts_rows:
            notice("id", f"column {serial!r} counts rows in several sheets: ids were made from names")
        elif serial and _all_digits(section.records):
            notice("id", f"column {serial!r} was taken as id: its numbers must not return in another file")
        if not section.records:
            notice("", "there are no rows below the header")

    def add(self, section: _Section, record: Record, context: Context) -> None:
        """Read one row and keep what came of it."""
        outcome = read_row(record, context)
        profile, problems = outcome.profile, outcome.problems
        if profile is not None:
            first = self._first.setdefault(profile.id, (section.sheet, record.row))
            if first != (section.sheet, record.row):
                where = f"row {first[1]}" + (f" of sheet {first[0]!r}" if first[0] != section.sheet else "")
                problems = [("id", profile.id, f"the same id stands in {where}: give another or remove one")]
                profile = None
        if profile is not None:
            self._profiles.append(profile)
            self._notices += [Notice(record.row, name, text, section.sheet) for name, text in outcome.notes]
            return
        cells: dict[str, str] = {}
        for each, cell in record.cells:
            if isinstance(cell, dict):  # the "other" of a JSON record: columns of their own
                cells = {**cell, **cells}
            elif each.field != IGNORED or each.header == UNREADABLE:
                cells[each.header] = cell_as_text(cell)
        if outcome.sheet_side and "side" not in cells:
            cells["side"] = outcome.sheet_side.value  # the rejected file has no sheets to tell it
        self._rejections += [
            Rejection(self._file, section.sheet, record.row, name, value, reason, cells)
            for name, value, reason in problems
        ]


def _all_digits(records: Iterable[Record]) -> bool:
    return any(True for _ in records) and all(
        cell_as_text(cell).strip().isdigit()
        for record in records
        for each, cell in record.cells
        if each.field == "id"
    )
