"""What an import gives back: profiles, rejected rows, notices; and the limits it keeps to."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from profiles.model import Profile

ROWS_ABOVE = 30
"""The header is looked for in so many rows; they do not count as rows of data."""


Place = tuple[str | None, int]
"""A row: its sheet, None where the file has no sheets, and its number as ``Rejection.row``."""

Mended = Mapping[Place, Mapping[str, str] | None]
"""Rows that were mended after the file was written: their cells by header, None for a row to be left out."""


@dataclass(frozen=True)
class Limits:
    """What a file may cost before it is refused; all are checked before its rows are read.

    Attributes:
        file_bytes: size of the file.
        unzipped_bytes: size of an .xlsx after unpacking, and of the text its cells hold.
        zip_ratio: unpacked size over packed size, looked at from ``ratio_from_bytes`` unpacked on.
        ratio_from_bytes: see ``zip_ratio``; small files compress well without meaning harm.
        rows: rows (or JSON records) that hold something.
        cells: rows times columns of the used area, empty cells included.
        cell_chars: characters in one cell; a longer one rejects its row only.
    """

    file_bytes: int = 50 * 2**20
    unzipped_bytes: int = 200 * 2**20
    zip_ratio: int = 200
    ratio_from_bytes: int = 10 * 2**20
    rows: int = 200_000
    cells: int = 6_000_000
    cell_chars: int = 100_000


@dataclass(frozen=True)
class Rejection:
    """One field that keeps a row out.

    Attributes:
        file: the file's name.
        sheet: the sheet's name, None where the file has no sheets.
        row: one-based row as a spreadsheet shows it; the line of a JSONL file, the place in a JSON array.
        field: the profile field, "" when the whole row is meant.
        value: the text that could not be used.
        reason: a sentence saying what to do.
        cells: header to text for the whole row, as read.
    """

    file: str
    sheet: str | None
    row: int
    field: str
    value: str
    reason: str
    cells: Mapping[str, str] = dataclasses.field(default_factory=dict)


@dataclass(frozen=True)
class Notice:
    """Something changed or guessed that does not keep a row out.

    Attributes:
        row: one-based row, None for the file or a sheet.
        field: the profile field, "" when none is meant.
        text: a sentence.
        sheet: the sheet's name, None where the file has no sheets.
    """

    row: int | None
    field: str
    text: str
    sheet: str | None = None


@dataclass(frozen=True)
class ReadColumn:
    """A column of a file and the field it was taken for.

    Attributes:
        field: "other" where it is not known.
        own: whether the header stands in the file so, and can be mapped.
    """

    sheet: str | None
    header: str
    field: str
    own: bool = True


@dataclass(frozen=True)
class Parsed:
    """A file as read: ``profiles`` have distinct ids; a row is in ``profiles`` or in ``rejections``.

    ``places`` says by id where a profile stands.
    """

    file: str
    sha256: str
    profiles: tuple[Profile, ...] = ()
    rejections: tuple[Rejection, ...] = ()
    notices: tuple[Notice, ...] = ()
    columns: tuple[ReadColumn, ...] = ()
    places: Mapping[str, Place] = dataclasses.field(default_factory=dict)


class RowsRead(Protocol):
    """What every file that was read row by row tells, whatever its rows hold."""

    @property
    def file(self) -> str: ...

    @property
    def rejections(self) -> tuple[Rejection, ...]: ...

    @property
    def notices(self) -> tuple[Notice, ...]: ...
