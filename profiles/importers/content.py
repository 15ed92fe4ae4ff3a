"""A path -> its tables or its JSON records: which reader, which encoding, which delimiter."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from profiles.importers.files import ZIP_MAGIC, read_bytes, refuse_foreign, shown_name
from profiles.importers.readers import (
    DELIMITERS,
    Grid,
    JsonRecord,
    decode,
    looks_like_json,
    read_delimited,
    read_json,
)
from profiles.importers.results import Limits, Notice
from profiles.importers.workbook import read_workbook

_HEAD = 40  # rows by which the delimiter is chosen


@dataclass(frozen=True)
class Content:
    """What a file holds before anybody says what it means.

    Attributes:
        sha256: of its bytes, hexadecimal.
        grids: its sheets, or the one table of delimited text.
        records: the records of a JSON file, None for all others.
        notices: of formulas without a value and hidden sheets.
    """

    sha256: str
    grids: list[Grid] = field(default_factory=list)
    records: list[JsonRecord] | None = None
    notices: list[Notice] = field(default_factory=list)


def read_content(path: Path, limits: Limits, known_headers: Callable[[Grid], int]) -> Content:
    """Read a JSONL, JSON, CSV, TSV or XLSX file; what it is gets decided by its content.

    Args:
        path: the file.
        limits: see ``Limits``.
        known_headers: how many known columns a table has: of the delimiters the one with most is taken.

    Raises:
        InputError: the file cannot be read at all; one line.
    """
    name, suffix = shown_name(path), path.suffix.lower()
    data = read_bytes(path, limits)
    refuse_foreign(name, data)
    sha256 = hashlib.sha256(data).hexdigest()
    if data.startswith(ZIP_MAGIC):
        grids, notices = read_workbook(name, data, limits)
        return Content(sha256, grids, notices=notices)
    json_suffix = suffix in (".jsonl", ".ndjson", ".json")
    text = decode(name, data, ("utf-8-sig",) if json_suffix else ("utf-8-sig", "cp949"))
    if looks_like_json(text, suffix):
        return Content(sha256, records=read_json(name, text, limits))
    if json_suffix:
        text = decode(name, data)
    heads = {delimiter: read_delimited(name, text, delimiter, limits, head=_HEAD) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: known_headers(heads[delimiter]))
    return Content(sha256, [read_delimited(name, text, best, limits)])
