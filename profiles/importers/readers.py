"""Delimited text and JSON -> grids and records of text, each with the row it came from."""

from __future__ import annotations

import codecs
import csv
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from profiles.errors import InputError
from profiles.importers.results import ROWS_ABOVE, Limits
from profiles.importers.text import mend

DELIMITERS = (",", ";", "\t")
_ESCAPED = re.compile("[\udc80-\udcff]")
_LINE_END = re.compile("\r\n|\r|\n")
_MOST_RECOVERIES = 20
_FEW_STRANGE = 8
_LONGEST_HEAD = 1_000_000
_NOT_TEXT = "it holds bytes that are no text in the file's encoding: type the row again"


@dataclass(frozen=True)
class GridRow:
    """A row of cells that is not blank; ``problem`` says why it cannot be used, if so."""

    number: int
    cells: list[str]
    problem: str = ""


@dataclass(frozen=True)
class Grid:
    """A sheet: its rows that are not blank, which may differ in length."""

    sheet: str | None
    rows: list[GridRow]


@dataclass(frozen=True)
class JsonRecord:
    """A JSON object by line (or place in an array), or the ``problem`` with what stands there."""

    number: int
    values: dict[str, Any]
    problem: str = ""
    line: str = ""


def decode(name: str, data: bytes, encodings: tuple[str, ...] = ("utf-8-sig", "cp949")) -> str:
    """Text in UTF-8, UTF-16 with a byte order mark, or CP949: the first of ``encodings`` that fits best.

    Bytes that fit no encoding come out as lone surrogates (Python's surrogateescape), so that the rows
    they stand in can be told from good ones.

    Raises:
        InputError: too much of it is not text.
    """
    for mark, encoding in ((codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16")):
        if data.startswith(mark):
            try:
                return data.decode(encoding)
            except UnicodeDecodeError as cause:
                raise InputError("its UTF-16 text is damaged: save it as CSV UTF-8", file=name) from cause
    best, fewest = "", len(data) + 1
    for encoding in encodings:
        text = data.decode(encoding, errors="surrogateescape")
        strange = len(_ESCAPED.findall(text))
        if strange < fewest:
            best, fewest = text, strange
        if not strange:
            break
    control = sum(best.count(chr(code)) for code in range(32) if code not in (9, 10, 11, 12, 13))
    if fewest + control > max(_FEW_STRANGE, len(best) // 10):
        raise InputError("this is not a text file in UTF-8, UTF-16 or CP949: save it as CSV UTF-8", file=name)
    return best


def looks_like_json(text: str, suffix: str) -> bool:
    """Whether ``text`` is JSON; ``suffix`` (".csv", ".jsonl") decides only where it could be both."""
    start = text.lstrip()
    if suffix in (".jsonl", ".ndjson", ".json"):
        return start.startswith(("{", "[")) or re.search(r"^\s*\{", text, re.MULTILINE) is not None
    if start.startswith("["):  # a title row such as "[2023 partners],," starts so too
        return re.match(r"\[\s*(\{|\])", start) is not None
    return re.match(r'\{\s*("|\}|$)', start, re.MULTILINE) is not None


# -- delimited text ----------------------------------------------------------------------------------


def read_delimited(name: str, text: str, delimiter: str, limits: Limits, head: int | None = None) -> Grid:
    """The rows of ``text``, numbered as a spreadsheet would show them (a quoted line break is no new row).

    Args:
        name: of the file, for messages.
        text: decoded.
        delimiter: one character.
        limits: of rows and cells.
        head: read this many rows only.

    Raises:
        InputError: more rows or cells than the limits allow.
    """
    if head is not None:
        text = text[:_LONGEST_HEAD]
    if text.count(delimiter) > limits.cells:
        raise InputError(f"more than {limits.cells:,} cells: split the file", file=name)
    # The default of 128 kB a cell would end the reading of the whole file; it is only ever raised.
    csv.field_size_limit(max(csv.field_size_limit(), len(text) + 1))
    rows: list[GridRow] = []
    cells = 0
    for number, (row, problem) in enumerate(_records(name, text, delimiter), 1):
        if head is not None and number > head:
            break
        reason = problem or (_NOT_TEXT if any(_ESCAPED.search(cell) for cell in row) else "")
        if reason or any(cell and not cell.isspace() for cell in row):
            rows.append(GridRow(number, [mend(cell) for cell in row], reason))
            cells += len(row)
        if len(rows) > limits.rows + ROWS_ABOVE:
            raise InputError(f"more than {limits.rows:,} rows: split the file", file=name)
        if cells > limits.cells:
            raise InputError(f"more than {limits.cells:,} cells: split the file", file=name)
    return Grid(None, rows)


def _records(name: str, text: str, delimiter: str) -> Iterator[tuple[list[str], str]]:
    """Records and what is wrong with each. A quotation mark never closed costs its own line only."""
    start = 0
    for _ in range(_MOST_RECOVERIES):
        taken = _Lines(io.StringIO(text[start:], newline=""))
        position, unclosed = 0, False
        try:
            for row in csv.reader(taken, delimiter=delimiter):
                unclosed = taken.ended  # the reader asked for another line within a quotation
                if unclosed:
                    break
                yield row, ""
                position = taken.position
        except csv.Error as cause:
            raise InputError(f"the text is no table ({cause}): save it as CSV UTF-8", file=name) from cause
        if not unclosed:
            return
        found = _LINE_END.search(text, start + position)
        line = text[start + position : found.start() if found else len(text)]
        yield (
            next(csv.reader([line], delimiter=delimiter, quoting=csv.QUOTE_NONE), []),
            "a quotation mark is opened here and never closed: close it or remove it",
        )
        if not found:
            return
        start = found.end()
    raise InputError(
        "too many quotation marks are never closed: save it as CSV from a spreadsheet", file=name
    )


class _Lines:
    """Lines of a text; ``position`` counts the characters taken, ``ended`` tells that more were asked for."""

    def __init__(self, lines: io.StringIO) -> None:
        self._lines = lines
        self.position = 0
        self.ended = False

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._lines.readline()
        if not line:
            self.ended = True
            raise StopIteration
        self.position += len(line)
        return line


# -- JSON --------------------------------------------------------------------------------------------


def read_json(name: str, text: str, limits: Limits) -> list[JsonRecord]:
    """JSON lines, a JSON array of objects, or one object; a line of another kind has a problem.

    Raises:
        InputError: an array that is not valid JSON, or more records than the limits allow.
    """
    start = text.lstrip()
    if start.startswith("["):
        return _array(name, start, limits)
    lines = text.split("\n")
    if start.startswith("{") and len(lines) > 1:
        whole = _load(start)
        if isinstance(whole, dict):
            return [JsonRecord(1, whole)]
    records: list[JsonRecord] = []
    for number, line in enumerate(lines, 1):
        if not line.strip("\ufeff \t\r\x00"):
            continue
        if len(records) >= limits.rows:
            raise InputError(f"more than {limits.rows:,} rows: split the file", file=name)
        records.append(_record(number, line))
    return records


def _record(number: int, line: str) -> JsonRecord:
    if _ESCAPED.search(line):
        return JsonRecord(number, {}, "the line is not UTF-8: save the file as UTF-8", mend(line))
    if len(line) > _LONGEST_LINE:
        return JsonRecord(
            number, {}, f"the line is longer than {_LONGEST_LINE:,} characters: shorten it", line
        )
    value = _load(line)
    if isinstance(value, dict):
        return JsonRecord(number, value)
    if isinstance(value, _Unreadable):
        return JsonRecord(number, {}, f"the line is not valid JSON ({value.reason}): mend it", mend(line))
    return JsonRecord(number, {}, 'the line is not a JSON object: write {"name": ...}', mend(line))


_LONGEST_LINE = 5_000_000


def _array(name: str, text: str, limits: Limits) -> list[JsonRecord]:
    if text.count("{") > 100 * limits.rows:
        raise InputError(f"more than {limits.rows:,} rows: split the file", file=name)
    values = _load(text)
    if isinstance(values, _Unreadable):
        raise InputError(f"the JSON is not valid ({values.reason}): mend it", file=name)
    if len(values) > limits.rows:
        raise InputError(f"more than {limits.rows:,} rows: split the file", file=name)
    return [
        JsonRecord(number, value)
        if isinstance(value, dict)
        else JsonRecord(number, {}, 'the entry is not a JSON object: write {"name": ...}', json_text(value))
        for number, value in enumerate(values, 1)
    ]


@dataclass(frozen=True)
class _Unreadable:
    reason: str


def _load(text: str) -> Any:
    try:
        return json.loads(text.strip("\ufeff \t\r\n\x00"), parse_constant=_refuse_constant, strict=False)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, " if error.lineno > 1 else ""
        return _Unreadable(f"{error.msg.lower()}, {place}column {error.colno}")
    except ValueError as error:  # NaN, or an integer of thousands of digits
        return _Unreadable(str(error).split(":", maxsplit=1)[0].split(";", maxsplit=1)[0].lower())
    except RecursionError:
        return _Unreadable("nested too deeply")


def json_text(value: Any) -> str:
    """Any JSON value as text for a cell: strings as they are, the rest as JSON."""
    if value is None:
        return ""
    try:
        return mend(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    except RecursionError:
        return "(nested too deeply)"


def _refuse_constant(constant: str) -> Any:
    raise ValueError(f"{constant} is not a JSON value")
