"""All pairs of an event as a table: CSV for programs, a workbook for people.

CSV names columns and codes as the formats do, whatever the reader's language; the workbook speaks it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from profiles.consultations import By
from profiles.model import Side
from web import matchwords, phrases, verdicts
from web.matchtable import Cell, MatchTable
from web.phrases import gettext as _
from web.render.cells import harmless

COLUMNS = (
    *("startup", "startup_name", "startup_name_ko", "partner", "partner_name", "partner_name_ko", "kind"),
    *("country", "track", "fit", "state"),
    *("startup_answer", "partner_answer", "organiser_answer"),
    *("startup_comment", "partner_comment", "organiser_comment"),
    *("slot", "start", "table"),
)
LAST_ROW = 1_048_575
"""The last row of a sheet, counted from 0."""


def csv_bytes(cells: Iterable[Cell], table: MatchTable) -> bytes:
    """``pairs.csv``: UTF-8 with a byte order mark, so that Excel shows Korean."""
    stream = io.StringIO(newline="")
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for cell in cells:
        writer.writerow(
            [harmless(value) if isinstance(value, str) else value for value in _codes(cell, table)]
        )
    return stream.getvalue().encode("utf-8-sig")


def _codes(cell: Cell, table: MatchTable) -> list[Any]:
    slot = table.slots.get(cell.meeting.slot) if cell.meeting else None
    answers = [cell.says(by) for by in By]
    return [
        cell.startup.id,
        cell.startup.name,
        cell.startup.name_ko,
        cell.partner.id,
        cell.partner.name,
        cell.partner.name_ko,
        cell.partner.kind.value,
        cell.partner.country or "",
        cell.track.value,
        "" if cell.fit is None else repr(cell.fit),
        cell.state.value if cell.state else "",
        *(answer.value if answer else "" for answer in answers),
        *(cell.comment(by) for by in By),
        cell.meeting.slot if cell.meeting else "",
        slot.start.isoformat(timespec="minutes") if slot else "",
        cell.meeting.table if cell.meeting else "",
    ]


def workbook_bytes(cells: Sequence[Cell], table: MatchTable, title: str, created: datetime) -> bytes:
    """``pairs.xlsx`` in the language in use: one sheet, with filters."""
    import xlsxwriter

    stream = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(stream, options)
    book.set_properties(
        {
            "title": harmless(title),
            "created": created.replace(tzinfo=None),
            "comments": "Roundtable",
        }
    )
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E3EEF0"}
    )
    fit, moment = book.add_format({"num_format": "0.00"}), book.add_format({"num_format": "yyyy-mm-dd hh:mm"})
    sheet = book.add_worksheet(_("Pairs"))
    heads = _heads()
    for column, (text, width) in enumerate(heads):
        sheet.set_column(column, column, width)
        sheet.write_string(0, column, text, head)
    for row, cell in enumerate(cells[:LAST_ROW], start=1):
        slot = table.slots.get(cell.meeting.slot) if cell.meeting else None
        texts = {
            0: str(phrases.name(cell.startup)),
            1: str(phrases.name(cell.partner)),
            2: phrases.kind_name(cell.partner.kind),
            3: phrases.country_name(cell.partner.country or ""),
            4: phrases.topic_name(cell.track),
            6: matchwords.state_name(cell.state),
            **{7 + at: matchwords.answer_text(cell, by) for at, by in enumerate(By)},
            11: cell.meeting.table if cell.meeting else "",
            **{12 + at: cell.comment(by) for at, by in enumerate(By)},
            15: cell.startup.id,
            16: cell.partner.id,
        }
        for column, text in texts.items():
            if text:
                sheet.write_string(row, column, harmless(text))
        if cell.fit is not None:
            sheet.write_number(row, 5, cell.fit, fit)
        if slot:
            sheet.write_datetime(row, 10, slot.start, moment)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(min(len(cells), LAST_ROW), 1), len(heads) - 1)
    book.close()
    return stream.getvalue()


def _heads() -> list[tuple[str, int]]:
    """The heads of the sheet with their widths."""
    startup, partner = phrases.side_name(Side.STARTUP), phrases.side_name(Side.PARTNER)
    sides = [startup, partner, _("Organiser")]
    return [
        (startup, 28),
        (partner, 34),
        (phrases.field_name("kind"), 20),
        (phrases.field_name("country"), 14),
        (_("Track"), 16),
        (verdicts.score_name(), 9),
        (_("State"), 20),
        *((_("{side}: wish", side=side), 12) for side in sides),
        (_("Time"), 17),
        (_("Table"), 14),
        *((_("{side}: comment", side=side), 30) for side in sides),
        (_("{side}: id", side=startup), 22),
        (_("{side}: id", side=partner), 22),
    ]
