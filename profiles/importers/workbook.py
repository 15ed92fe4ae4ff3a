"""An .xlsx -> its sheets as grids of text, by python-calamine."""

from __future__ import annotations

import datetime
import io
from decimal import Decimal

from python_calamine import CalamineWorkbook, SheetTypeEnum, SheetVisibleEnum

from profiles.errors import InputError
from profiles.importers.package import check_package
from profiles.importers.readers import Grid, GridRow
from profiles.importers.results import Limits, Notice


def read_workbook(name: str, data: bytes, limits: Limits) -> tuple[list[Grid], list[Notice]]:
    """The sheets of the workbook ``data`` in its order, empty ones included.

    Raises:
        InputError: see ``check_package``; or the library cannot read it.
    """
    package = check_package(name, data, limits)
    notices = []
    if package.errors:
        some = ", ".join(package.errors[:5]) + (", …" if len(package.errors) > 5 else "")
        notices.append(Notice(None, "", f"formulas without a value were read as empty: {some}"))
    grids = []
    try:
        with CalamineWorkbook.from_filelike(io.BytesIO(package.data)) as workbook:
            for sheet in workbook.sheets_metadata:
                if sheet.typ != SheetTypeEnum.WorkSheet:
                    continue
                if sheet.visible != SheetVisibleEnum.Visible:
                    notices.append(Notice(None, "", f"sheet {sheet.name!r} is hidden and was read too"))
                grids.append(_grid(workbook, name, sheet.name, limits))
    except (KeyboardInterrupt, SystemExit, MemoryError, InputError):
        raise
    except BaseException as cause:  # a Rust panic is no Exception
        reason = "the workbook is damaged: open it in Excel and save it again as .xlsx"
        raise InputError(reason, file=name) from cause
    if not grids:
        raise InputError("the workbook has no sheet with cells: save the table as .xlsx", file=name)
    return grids, notices


def _grid(workbook: CalamineWorkbook, file: str, name: str, limits: Limits) -> Grid:
    sheet = workbook.get_sheet_by_name(name)
    if sheet.start is None:
        return Grid(name, [])
    top, left = sheet.start
    rows = [[""] * left + [cell_text(value) for value in row] for row in sheet.to_python()]
    # Blank is judged before merged blocks are filled: a row that only continues a block says nothing.
    blank = [not any(cell.strip() for cell in row) for row in rows]
    budget = limits.cells
    for (first_row, first_column), (last_row, last_column) in sheet.merged_cell_ranges or []:
        block = rows[max(0, first_row - top) : last_row - top + 1] if last_row >= top else []
        if first_row < top or not block or first_column >= len(block[0]):
            continue
        value, last = block[0][first_column], min(last_column, len(block[0]) - 1)
        budget -= len(block) * (last - first_column + 1)
        if budget < 0:
            raise InputError("the workbook merges too many cells: unmerge them", file=file)
        for row in block:
            row[first_column : last + 1] = [value] * (last - first_column + 1)
    return Grid(
        name,
        [
            GridRow(top + index + 1, row)
            for index, (row, is_blank) in enumerate(zip(rows, blank, strict=True))
            if not is_blank
        ],
    )


def cell_text(value: object) -> str:  # noqa: PLR0911 - one type a line
    """A cell as text: 3.0 -> "3", dates as ISO 8601, true and false in lower case."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_text(value)
    if isinstance(value, datetime.datetime):
        if value.time() == datetime.time():
            return value.date().isoformat()
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, datetime.time):
        return value.isoformat(timespec="minutes")
    return value.isoformat() if isinstance(value, datetime.date) else str(value)


def number_text(value: float) -> str:
    """A number in plain digits, as a spreadsheet shows it: at most 15 significant digits for a float."""
    if isinstance(value, int):
        return str(value)
    text = format(Decimal(format(value, ".15g")), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
