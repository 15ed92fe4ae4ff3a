"""``timetable.xlsx``: by person, by table, by slot, interpreters, and who could not meet.

Dates and times are real ones, so that they sort and filter; texts can run nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from profiles.event import Slot
from profiles.model import Side
from web import phrases
from web.phrases import gettext as _
from web.render.cells import harmless
from web.render.timetable import words
from web.render.timetable.grid import Cell, lines
from web.render.timetable.rows import Entry, Person, Timetable

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_LONGEST = 32_000  # characters a cell takes, with room for an apostrophe
_Row = Sequence[tuple[str, Any]]


def write_workbook(path: Path, timetable: Timetable, created: datetime, temporary: Path) -> None:
    """Write the workbook to ``path`` in the language in use.

    Raises:
        OSError: it cannot be written.
    """
    import xlsxwriter
    from xlsxwriter.exceptions import FileCreateError

    options = {
        "tmpdir": str(temporary),
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties(
        {
            "title": harmless(words.title(timetable)),
            "created": created.replace(tzinfo=None),
            "comments": "Roundtable",
        }
    )
    made = _Workbook(book, timetable)
    for sheet in (made.overview, made.by_person, made.by_table, made.by_slot, made.left, made.interpreters):
        sheet()
    try:
        book.close()
    except FileCreateError as cause:
        raise OSError(str(cause)) from cause


class _Workbook:
    def __init__(self, book: Any, timetable: Timetable) -> None:
        self._book, self._timetable = book, timetable
        styles: dict[str, dict[str, Any]] = {
            "head": {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E3EEF0"},
            "text": {"valign": "top"},
            "wrap": {"valign": "top", "text_wrap": True},
            "bold": {"valign": "top", "bold": True, "text_wrap": True},
            "muted": {"valign": "top", "font_color": "#6C7A86", "italic": True},
            "date": {"valign": "top", "num_format": "yyyy-mm-dd", "align": "left"},
            "time": {"valign": "top", "num_format": "hh:mm", "align": "left", "bold": True},
            "fit": {"valign": "top", "num_format": "0.00"},
            "whole": {"valign": "top", "num_format": "#,##0", "align": "left"},
            "number": {"valign": "top", "num_format": "#,##0.##", "align": "left"},
            "cell": {"valign": "top", "text_wrap": True, "border": 1, "border_color": "#D5DBE0"},
        }
        self._formats: dict[str, Format] = {key: book.add_format(style) for key, style in styles.items()}

    def overview(self) -> None:
        event, schedule = self._timetable.event, self._timetable.schedule
        sheet = self._book.add_worksheet(_("Overview"))
        sheet.set_column(0, 0, 52)
        sheet.set_column(1, 2, 18)
        sheet.set_column(3, 3, 60)
        rows: list[_Row] = [
            [("bold", words.title(self._timetable))],
            [("text", words.status(schedule))],
            [],
            [("text", _("Time zone")), ("text", words.zone(event.event.timezone))],
            [("text", _("Meetings")), ("whole", len(self._timetable.entries))],
            [("text", _("Pairs that do not meet")), ("whole", len(schedule.unscheduled))],
            [("text", _("Participants")), ("whole", len(event.participants))],
            [("text", _("Tables")), ("whole", len(event.tables))],
            [("text", _("Time slots")), ("whole", len(event.slots))],
            [("text", _("Interpreters")), ("whole", len(event.interpreters))],
            [],
            [("head", _("What was aimed at")), ("head", _("Value")), ("head", _("Bound")), ("head", "")],
        ]
        for stage in schedule.stages:
            values = [("number", stage.value), ("number", stage.bound)]
            rows.append([("wrap", words.stage_name(stage)), *values, ("wrap", words.stage_verdict(stage))])
        rows.append([("muted", words.stages_note())])
        self._write(sheet, rows)

    def by_person(self) -> None:
        columns = [
            (_("Participant"), 30),
            (_("Other names"), 28),
            (phrases.field_name("side"), 12),
            *_times(),
            (_("Meets"), 32),
            (_("Other names"), 28),
            (_("Table"), 10),
            (_("Topic of the meeting"), 20),
            (_("Interpreter"), 14),
            (_("Agreement"), 20),
            (_("Fit"), 8),
            (_("Id of the participant"), 20),
            (_("Id of the other side"), 20),
        ]
        rows: list[_Row] = []
        for person in self._timetable.people.values():
            who = [*_names(person), ("text", phrases.side_name(person.side))]
            met = self._timetable.of_person(person.id)
            for entry in met:
                other = entry.other(person.id)
                rows.append(
                    [
                        *who,
                        *_when(entry.slot),
                        *_names(other),
                        ("text", entry.table.id),
                        *_about(entry),
                        ("text", words.state_name(entry.pair.state)),
                        ("fit", entry.pair.fit),
                        ("text", person.id),
                        ("text", other.id),
                    ]
                )
            if not met:  # nobody is missing
                empty = [("text", "")] * 3
                rows.append(
                    [*who, *empty, ("muted", _("No meeting")), *[("text", "")] * 6, ("text", person.id)]
                )
        self._table(_("By person"), columns, rows)

    def by_table(self) -> None:
        columns = [(_("Table"), 12), *_times(), *_pair_columns(), (_("Interpreter"), 14), *_id_columns()]
        rows = [
            [
                ("text", table.id),
                *_when(entry.slot),
                *_pair(entry),
                ("text", entry.interpreter.id if entry.interpreter else ""),
                *_ids(entry),
            ]
            for table in self._timetable.event.tables
            for entry in self._timetable.at_table(table.id)
        ]
        self._table(_("By table"), columns, rows)

    def interpreters(self) -> None:
        spoken = phrases.field_name("languages")
        columns = [
            (_("Interpreter"), 18),
            (spoken, 20),
            *_times(),
            (_("Table"), 10),
            *_pair_columns(),
            *_id_columns(),
        ]
        rows: list[_Row] = []
        for interpreter in self._timetable.event.interpreters:
            languages = phrases.listed([phrases.language_name(code) for code in interpreter.languages])
            who = [("text", interpreter.id), ("text", languages)]
            met = self._timetable.with_interpreter(interpreter.id)
            rows += [
                [*who, *_when(entry.slot), ("text", entry.table.id), *_pair(entry), *_ids(entry)]
                for entry in met
            ]
            if not met:
                rows.append([*who, *[("text", "")] * 4, ("muted", _("No meeting"))])
        self._table(_("Interpreters"), columns, rows)

    def left(self) -> None:
        columns = [*_pair_columns(), (_("Agreement"), 20), (_("Why they do not meet"), 60), (_("Code"), 20)]
        pairs = {pair.key: pair for pair in self._timetable.event.pairs}
        rows: list[_Row] = []
        for each in self._timetable.schedule.unscheduled:
            startup, partner = (self._timetable.people[who] for who in (each.startup, each.partner))
            pair = pairs.get((each.startup, each.partner))
            rows.append(
                [
                    *_names(startup),
                    *_names(partner),
                    ("text", phrases.topic_name(pair.track) if pair and pair.track else ""),
                    ("text", words.state_name(pair.state) if pair else ""),
                    ("wrap", each.reason),
                    ("text", each.code),
                    ("text", each.startup),
                    ("text", each.partner),
                ]
            )
        self._table(_("Not meeting"), [*columns, *_id_columns()], rows)

    def by_slot(self) -> None:
        columns = [*_times(), (_("Session"), 10)]
        columns += [(harmless(table.id), 30) for table in self._timetable.event.tables]
        sheet = self._head(_("By slot"), columns)
        sheet.freeze_panes(1, 4)
        for at, line in enumerate(lines(self._timetable), start=1):
            self._row(sheet, at, [*_when(line.slot), ("text", line.slot.session or "")])
            for column, cell in enumerate(line.cells, start=4):
                self._grid_cell(sheet, at, column, cell)
        sheet.autofilter(0, 0, max(len(self._timetable.event.slots), 1), 3)

    def _grid_cell(self, sheet: Worksheet, row: int, column: int, cell: Cell) -> None:
        if cell.entries:
            texts = [_in_grid(entry) for entry in cell.entries]
            sheet.write_string(row, column, harmless("\n\n".join(texts))[:_LONGEST], self._formats["cell"])
        elif cell.closed or cell.busy:
            text = _("closed") if cell.closed else _("in use")
            sheet.write_string(row, column, text, self._formats["muted"])
        else:
            sheet.write_blank(row, column, None, self._formats["cell"])

    def _table(self, name: str, columns: Sequence[tuple[str, int]], rows: Sequence[_Row]) -> None:
        sheet = self._head(name, columns)
        sheet.freeze_panes(1, 1)
        self._write(sheet, rows, start=1)
        sheet.autofilter(0, 0, max(len(rows), 1), len(columns) - 1)

    def _head(self, name: str, columns: Sequence[tuple[str, int]]) -> Worksheet:
        sheet: Worksheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        for at, (head, width) in enumerate(columns):
            sheet.set_column(at, at, width)
            sheet.write_string(0, at, head, self._formats["head"])
        return sheet

    def _write(self, sheet: Worksheet, rows: Sequence[_Row], start: int = 0) -> None:
        for at, row in enumerate(rows, start=start):
            self._row(sheet, at, row)

    def _row(self, sheet: Worksheet, at: int, row: _Row) -> None:
        for column, (sort, value) in enumerate(row):
            style = self._formats[sort]
            if isinstance(value, str):
                if value:
                    sheet.write_string(at, column, harmless(value)[:_LONGEST], style)
            elif isinstance(value, datetime):
                sheet.write_datetime(at, column, value, style)
            else:
                sheet.write_number(at, column, value, style)


def _times() -> list[tuple[str, int]]:
    return [(_("Day"), 12), (_("Start"), 8), (_("End"), 8)]


def _when(slot: Slot) -> list[tuple[str, Any]]:
    """The day alone as a date; start and end in full, shown as times."""
    day = slot.start.replace(hour=0, minute=0, second=0, microsecond=0)
    return [("date", day), ("time", slot.start), ("time", slot.end)]


def _pair_columns() -> list[tuple[str, int]]:
    startup, partner = phrases.side_name(Side.STARTUP), phrases.side_name(Side.PARTNER)
    other = _("Other names")
    return [(startup, 30), (other, 26), (partner, 32), (other, 26), (_("Topic of the meeting"), 20)]


def _pair(entry: Entry) -> list[tuple[str, Any]]:
    return [*_names(entry.startup), *_names(entry.partner), _about(entry)[0]]


def _id_columns() -> list[tuple[str, int]]:
    named: Callable[[Side], str] = lambda side: _("{side}: id", side=phrases.side_name(side))  # noqa: E731
    return [(named(Side.STARTUP), 20), (named(Side.PARTNER), 20)]


def _ids(entry: Entry) -> list[tuple[str, Any]]:
    return [("text", entry.startup.id), ("text", entry.partner.id)]


def _names(person: Person) -> list[tuple[str, Any]]:
    return [("text", words.name(person)), ("text", words.second(person))]


def _about(entry: Entry) -> list[tuple[str, Any]]:
    track = phrases.topic_name(entry.track) if entry.track else ""
    return [("text", track), ("text", entry.interpreter.id if entry.interpreter else "")]


def _in_grid(entry: Entry) -> str:
    return "\n".join(filter(None, (words.pair_title(entry), words.about(entry))))
