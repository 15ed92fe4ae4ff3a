"""What came of the meetings as tables: CSV for programs, an Excel workbook for people.

CSV names columns and codes in English, whatever the reader's language; the workbook speaks it.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from profiles.agreed import Agreed
from profiles.consultations import By, Came, Note
from profiles.model import Side, Topic
from web import phrases
from web.noting import came_name, held_name, said_name, speaker_name
from web.phrases import gettext as _
from web.render.cells import harmless

_SAID = ("held", "result", "amount_usd", "text")
CSV_COLUMNS = (
    *("startup", "startup_name", "partner", "partner_name", "track", "start", "table", "in_timetable"),
    *("held", "result", "amount_usd", "differing"),
    *(f"{by.value}_{field}" for by in By for field in _SAID),
)


@dataclass(frozen=True)
class Row:
    """A meeting.

    Attributes:
        names: of the startup and the partner, for the reader.
        start: in the event's local time; None where the timetable does not have the meeting.
    """

    startup: str
    partner: str
    names: tuple[str, str]
    track: Topic | None
    start: datetime | None
    table: str
    agreed: Agreed


def csv_table(rows: Iterable[Row]) -> bytes:
    """UTF-8 with a byte order mark, so that Excel shows Korean."""
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(CSV_COLUMNS)
    for row in rows:
        said = [row.agreed.said.get(by) for by in By]
        writer.writerow(
            [
                *map(harmless, (row.startup, row.names[0], row.partner, row.names[1])),
                row.track.value if row.track else "",
                f"{row.start:%Y-%m-%dT%H:%M}" if row.start else "",
                harmless(row.table),
                _flag(row.start is not None),
                *_codes(row.agreed.held, row.agreed.result, row.agreed.amount_usd),
                ";".join(row.agreed.differing),
                *(cell for note in said for cell in _note_codes(note)),
            ]
        )
    return out.getvalue().encode("utf-8-sig")


def _note_codes(note: Note | None) -> list[str]:
    if note is None:
        return [""] * len(_SAID)
    return [*_codes(note.held, note.result, note.amount_usd), harmless(note.text)]


def _codes(held: bool | None, result: Came | None, amount: float | None) -> list[str]:
    return [
        "" if held is None else _flag(held),
        result.value if result else "",
        "" if amount is None else repr(amount),
    ]


def _flag(value: bool) -> str:
    return "yes" if value else "no"


def workbook(rows: Sequence[Row], title: str, sums: Sequence[tuple[str, Sequence[tuple[str, Any]]]]) -> bytes:
    """The same as a workbook in the language in use: a sheet of meetings, and one of sums.

    Args:
        title: of the workbook.
        sums: for each heading the groups, each with its ``matcher.outcome_summary.Sum``.
    """
    import xlsxwriter

    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out,
        {
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        },
    )
    book.set_properties({"title": title, "comments": "Roundtable"})
    head = book.add_format(
        {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E3EEF0"}
    )
    money = book.add_format({"num_format": "#,##0"})
    bold, wrap = book.add_format({"bold": True}), book.add_format({"text_wrap": True, "valign": "top"})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"})
    sheet = book.add_worksheet(_("Meetings"))
    columns = [
        *((phrases.side_name(side), 28) for side in Side),
        (_("Track"), 16),
        (_("Time"), 16),
        (_("Table"), 12),
        (_("Held"), 8),
        (_("Result"), 18),
        (_("Amount (USD)"), 14),
        (_("The sides differ in"), 20),
        *(
            (f"{speaker_name(by)}: {said_name(field)}", 40 if field == "text" else 14)
            for by in By
            for field in _SAID
        ),
    ]
    for at, (text, width) in enumerate(columns):
        sheet.set_column(at, at, width)
        sheet.write_string(0, at, text, head)
    for number, row in enumerate(rows, start=1):
        found = row.agreed
        cells: list[Any] = [
            *row.names,
            phrases.topic_name(row.track) if row.track else "",
            row.start if row.start is not None else _("no longer in the timetable"),
            row.table,
            held_name(found.held),
            came_name(found.result),
            found.amount_usd,
            phrases.listed([said_name(field) for field in found.differing]),
        ]
        for by in By:
            note = found.said.get(by)
            cells += (
                [held_name(note.held), came_name(note.result), note.amount_usd, note.text]
                if note is not None
                else [""] * len(_SAID)
            )
        for at, cell in enumerate(cells):
            if isinstance(cell, datetime):
                sheet.write_datetime(number, at, cell, moment)
            elif isinstance(cell, float):
                sheet.write_number(number, at, cell, money)
            elif cell:
                sheet.write_string(number, at, harmless(str(cell)), wrap)
    sheet.freeze_panes(1, 2)
    sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)
    _sums_sheet(book, head, bold, money, sums)
    book.close()
    return out.getvalue()


def _sums_sheet(
    book: Any, head: Any, bold: Any, money: Any, sums: Sequence[tuple[str, Sequence[tuple[str, Any]]]]
) -> None:
    sheet = book.add_worksheet(_("Sums"))
    sheet.set_column(0, 0, 36)
    sheet.set_column(1, 7, 14)
    texts = (
        _("Planned"),
        _("Held"),
        _("Not held"),
        _("Not settled"),
        _("Follow-up"),
        _("Agreement reached"),
        _("Amount (USD)"),
    )
    at = 0
    for heading, groups in sums:
        sheet.write_string(at, 0, heading, head)
        for column, text in enumerate(texts, start=1):
            sheet.write_string(at, column, text, head)
        for name, each in groups:
            at += 1
            sheet.write_string(at, 0, harmless(name), bold)
            numbers = (each.planned, each.held, each.not_held, each.open, each.follow_up, each.agreement)
            for column, number in enumerate((*numbers, each.amount_usd), start=1):
                sheet.write_number(at, column, number, money)
        at += 2
