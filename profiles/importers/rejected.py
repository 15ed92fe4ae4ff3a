"""NAME.rejected.csv: the rows that were kept out, to be mended in a spreadsheet and imported again."""

from __future__ import annotations

import csv
import re
import secrets
from collections.abc import Iterable
from pathlib import Path

from profiles.errors import InputError
from profiles.importers.results import Rejection, RowsRead
from profiles.importers.text import clean_line, mend

REJECTED_COLUMNS = ("row", "field", "reason")
"""The first columns of a rejected file; reading it again leaves them out."""
UNREADABLE = "unreadable line"
"""The column that shows a line which is no JSON; left out again as well."""

# A spreadsheet may take such a cell for a formula (East Asian editions of Excel read full-width signs like
# the others); the apostrophe makes it text. Cells that already begin with apostrophes before one get another,
# so that taking one away always gives the original.
_DANGEROUS = re.compile(r"'*[=+\-@\t\r\n＝＋－＠]")


def escape(cell: str) -> str:
    """``cell`` so that no spreadsheet runs it."""
    return "'" + cell if _DANGEROUS.match(cell) else cell


def unescape(cell: str) -> str:
    """The cell that ``escape`` was given."""
    return cell[1:] if cell.startswith("'") and _DANGEROUS.match(cell) else cell


def write_rejected(parsed: RowsRead, path: Path) -> None:
    """Write the rejected rows of ``parsed`` to ``path``, all of it or nothing.

    UTF-8 with a byte order mark, so that Excel shows Korean. Columns: row, field, reason, then the columns of
    the file as read; one line a row, its fields and reasons joined by " | ".

    Raises:
        InputError: the file cannot be written.
    """
    path = Path(path)
    temporary = path.with_name(f".{secrets.token_hex(8)}.tmp")
    try:
        try:
            with temporary.open("x", encoding="utf-8-sig", newline="") as stream:
                csv.writer(stream, lineterminator="\r\n").writerows(rejected_rows(parsed))
            temporary.replace(path)
        finally:
            temporary.unlink(missing_ok=True)
    except (OSError, ValueError) as cause:
        raise InputError(
            f"cannot be written ({clean_line(str(cause))}): choose another place", file=clean_line(path.name)
        ) from cause


def rejected_rows(parsed: RowsRead) -> Iterable[list[str]]:
    """The header and the lines of a rejected file, cells escaped."""
    by_row: dict[tuple[str | None, int], list[Rejection]] = {}
    for rejection in parsed.rejections:
        by_row.setdefault((rejection.sheet, rejection.row), []).append(rejection)
    headers = list(dict.fromkeys(header for rows in by_row.values() for header in rows[0].cells))
    if headers == [UNREADABLE]:
        headers += ["id", "side", "kind", "name"]  # something to fill in
    several = len({sheet for sheet, _ in by_row}) > 1
    yield [*REJECTED_COLUMNS, *(_written(header) for header in headers)]
    for (sheet, row), rejections in by_row.items():
        place = f"{sheet}!{row}" if several and sheet else str(row)
        fields = " | ".join(dict.fromkeys(rejection.field for rejection in rejections if rejection.field))
        reasons = " | ".join(rejection.reason for rejection in rejections)
        cells = (rejections[0].cells.get(header, "") for header in headers)
        yield [_written(cell) for cell in (place, fields, reasons, *cells)]


def _written(cell: str) -> str:
    return escape(mend(cell).replace("\x00", ""))
