"""The matches as tables, written row by row: CSV for programs, an Excel workbook for people, JSON in full.

CSV and JSON name columns and codes as the profile format does, whatever the reader's language; the workbook
speaks it.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from matcher.report import FIRST, Overview, ReportRow, report_rows
from matcher.results import Match, MatchList
from profiles.model import Side
from web import phrases, verdicts
from web.phrases import gettext as _
from web.render.about import About, label, reading_the_score, second_label
from web.render.cells import harmless
from web.render.choices import Attention, Choices, Notes
from web.render.folder import page_name

if TYPE_CHECKING:
    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

CSV_COLUMNS = (
    *("startup", "startup_name", "startup_name_ko", "rank", "partner", "partner_name", "partner_name_ko"),
    *("kind", "country", "city", "website", "score", "confidence", "probability"),
    *phrases.PART_ORDER,
    *("fits", "does_not_fit", "not_stated"),
    *("startup_asks", "partner_gives", "partner_asks", "startup_gives", "shared_terms"),
)
SEPARATOR = "; "
STATES = ("yes", "no", "unknown")
LAST_ROW = 1_048_575
"""The last row of a sheet, counted from 0; longer tables go on in another sheet."""


class Table(Protocol):
    """One output format: lists go in one by one, and ``finish`` makes the file whole."""

    def add(self, found: MatchList) -> None: ...

    def finish(self, overview: Overview) -> None: ...


class CsvTable:
    """``matches.csv``: UTF-8 with a byte order mark, so that Excel shows Korean."""

    def __init__(self, path: Path) -> None:
        self._stream = path.open("x", encoding="utf-8-sig", newline="")
        self._writer = csv.writer(self._stream, lineterminator="\r\n")
        self._writer.writerow(CSV_COLUMNS)

    def add(self, found: MatchList) -> None:
        rows = zip(report_rows(found), found.matches, strict=True)
        self._writer.writerows(csv_cells(row, match) for row, match in rows)

    def finish(self, overview: Overview) -> None:  # noqa: ARG002  (a table ends where its rows end)
        self.close()

    def close(self) -> None:
        self._stream.close()


def csv_cells(row: ReportRow, match: Match) -> list[str]:
    """The cells of a row, in the order of ``CSV_COLUMNS``; numbers are written in full."""
    texts = [row.startup.id, row.startup.name, row.startup.name_ko]
    partner = row.partner
    where = [partner.kind.value, partner.country or "", partner.city or "", row.website]
    reasons = [SEPARATOR.join(row.rules(state)) for state in STATES]
    reasons += [*_statements(row), SEPARATOR.join(row.terms)]
    return [
        *map(harmless, texts),
        str(row.rank),
        *map(harmless, [partner.id, partner.name, partner.name_ko, *where]),
        repr(row.score),
        repr(round(match.confidence, 2)),
        "" if match.probability is None else repr(round(match.probability, 4)),
        *(repr(row.points[code]) if code in row.points else "" for code in phrases.PART_ORDER),
        *map(harmless, reasons),
    ]


def _statements(row: ReportRow) -> list[str]:
    """The want of the startup and the partner's answer, the want of the partner and the startup's answer."""
    quotes = [row.quotes.get(side) for side in (Side.STARTUP, Side.PARTNER)]
    return [text for quote in quotes for text in ((quote.ask, quote.give) if quote else ("", ""))]


class JsonTable:
    """``matches.json``: what the report is about, and every list as ``roundtable match --json`` gives it."""

    def __init__(self, path: Path, about: About, language: str, choices: Choices) -> None:
        self._stream = path.open("x", encoding="utf-8", newline="\n")
        self._attention = choices.attention
        head = {
            "title": about.title,
            "created": about.created.isoformat(),
            "language": language,
            "model": about.model_name,
            "track": choices.track.value if choices.track else None,
            "diversity": choices.diversity,
            "spread": choices.attention is not None,
        }
        text = json.dumps(head, ensure_ascii=False, indent=1)
        self._stream.write(text.removesuffix("\n}") + ',\n "lists": [')
        self._before = "\n"

    def add(self, found: MatchList) -> None:
        text = json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False, separators=(",", ":"))
        self._stream.write(self._before + text)
        self._before = ",\n"

    def finish(self, overview: Overview) -> None:
        counts = f'"startups": {len(overview.summaries)},\n "matches": {overview.matches}'
        exposure = f",\n {self._exposure()}" if self._attention else ""
        self._stream.write(f"\n ],\n {counts}{exposure}\n}}\n")
        self.close()

    def _exposure(self) -> str:
        partners = self._attention.partners if self._attention else ()
        rows = [{"partner": each.partner.id, "before": each.before, "after": each.after} for each in partners]
        return '"exposure": ' + json.dumps(rows, ensure_ascii=False)

    def close(self) -> None:
        self._stream.close()


class Workbook:
    """``matches.xlsx``: sheets of matches, startups, and what it is about, in little memory."""

    def __init__(self, path: Path, about: About, temporary: Path, choices: Choices) -> None:
        import xlsxwriter

        options = {
            "constant_memory": True,
            "tmpdir": str(temporary),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._book = xlsxwriter.Workbook(str(path), options)
        self._about, self._choices, self._notes = about, choices, Notes()
        created = about.created.replace(tzinfo=None)
        self._book.set_properties({"title": about.title, "created": created, "comments": "Roundtable"})
        self._formats: dict[str, Format] = {
            "head": self._book.add_format(
                {"bold": True, "text_wrap": True, "valign": "top", "bottom": 1, "bg_color": "#E3EEF0"}
            ),
            "whole": self._book.add_format({"num_format": "#,##0"}),
            "share": self._book.add_format({"num_format": "0%"}),
            "points": self._book.add_format({"num_format": "0.00"}),
            "score": self._book.add_format({"num_format": "0.00", "bold": True}),
            "moment": self._book.add_format({"num_format": "yyyy-mm-dd hh:mm", "align": "left"}),
            "count": self._book.add_format({"num_format": "#,##0", "align": "left"}),
            "wrap": self._book.add_format({"text_wrap": True, "valign": "top"}),
            "bold": self._book.add_format({"bold": True}),
        }
        self._columns = _match_columns()
        self._sheets = 0
        self._sheet, self._row = self._matches_sheet()

    def add(self, found: MatchList) -> None:
        self._notes.add(found)
        for row, match in zip(report_rows(found), found.matches, strict=True):
            if self._row > LAST_ROW:
                self._end(self._sheet, self._row, len(self._columns))
                self._sheet, self._row = self._matches_sheet()
            self._write(self._sheet, self._row, _match_cells(row, match))
            self._row += 1

    def finish(self, overview: Overview) -> None:
        from xlsxwriter.exceptions import FileCreateError

        self._end(self._sheet, self._row, len(self._columns))
        self._startups_sheet(overview)
        if self._choices.attention:
            self._attention_sheet(self._choices.attention)
        self._about_sheet(overview)
        try:
            self._book.close()
        except FileCreateError as cause:
            raise OSError(str(cause)) from cause

    def _matches_sheet(self) -> tuple[Worksheet, int]:
        self._sheets += 1
        name = _("Matches")
        sheet = self._table(name if self._sheets == 1 else f"{name} ({self._sheets})", self._columns)
        sheet.freeze_panes(1, 1)
        return sheet, 1

    def _startups_sheet(self, overview: Overview) -> None:
        columns = _startup_columns()
        sheet = self._table(_("Startups"), columns)
        sheet.freeze_panes(1, 1)
        for at, summary in enumerate(overview.summaries[:LAST_ROW], start=1):
            cells: list[tuple[str, Any]] = [
                ("text", label(summary.startup)),
                ("text", second_label(summary.startup)),
                ("text", phrases.country_name(summary.startup.country or "")),
                ("text", summary.startup.city or ""),
            ]
            for place in range(FIRST):
                pick = summary.first[place] if place < len(summary.first) else None
                cells.append(("text", label(pick.partner) if pick else ""))
                cells.append(("score", pick.score if pick else None))
            unpromising = summary.startup.id in self._notes.unpromising
            cells.append(("text", verdicts.no_good_partner() if unpromising else ""))
            cells += [("whole", summary.matches), ("whole", summary.candidates)]
            cells += [("text", page_name(summary.startup.id)), ("text", summary.startup.id)]
            self._write(sheet, at, cells)
        self._end(sheet, len(overview.summaries) + 1, len(columns))

    def _attention_sheet(self, attention: Attention) -> None:
        columns = [
            (phrases.side_name(Side.PARTNER), 34),
            (_("{side}: other name", side=phrases.side_name(Side.PARTNER)), 24),
            (phrases.field_name("kind"), 20),
            (_("Suggested before"), 12),
            (_("Suggested now"), 12),
            (_("{side}: id", side=phrases.side_name(Side.PARTNER)), 22),
        ]
        sheet = self._table(_("Shared attention"), columns)
        sheet.freeze_panes(1, 1)
        for at, each in enumerate(attention.partners, start=1):
            texts = [label(each.partner), second_label(each.partner), phrases.kind_name(each.partner.kind)]
            cells: list[tuple[str, Any]] = [("text", text) for text in texts]
            cells += [("whole", each.before), ("whole", each.after), ("text", each.partner.id)]
            self._write(sheet, at, cells)
        self._end(sheet, len(attention.partners) + 1, len(columns))

    def _about_sheet(self, overview: Overview) -> None:
        sheet = self._book.add_worksheet(_("About"))
        sheet.set_column(0, 0, 28)
        sheet.set_column(1, 1, 90)
        bold, wrap, count = (self._formats[name] for name in ("bold", "wrap", "count"))
        sheet.write_string(0, 0, harmless(self._about.title), bold)
        sheet.write_string(1, 0, _("Date"))
        sheet.write_datetime(1, 1, self._about.created.replace(tzinfo=None), self._formats["moment"])
        sheet.write_string(2, 0, _("Language model"))
        sheet.write_string(2, 1, harmless(self._about.model_name))
        counts = {
            _("Startups"): len(overview.summaries),
            _("Matches"): overview.matches,
            _("Partners in the lists"): overview.partners,
        }
        for at, (what, value) in enumerate(counts.items(), start=3):
            sheet.write_string(at, 0, what)
            sheet.write_number(at, 1, value, count)
        at = 7
        sheet.write_string(at, 0, _("How to read the score"), bold)
        for sentence in reading_the_score(self._notes.calibrated):
            sheet.write_string(at, 1, sentence, wrap)
            at += 1
        sheet.write_string(at + 1, 0, _("What the parts mean"), bold)
        for row, code in enumerate(phrases.PART_ORDER, start=at + 2):
            sheet.write_string(row, 0, phrases.part_name(code), wrap)
            sheet.write_string(row, 1, phrases.part_help(code), wrap)

    def _table(self, name: str, columns: list[tuple[str, int]]) -> Worksheet:
        sheet = self._book.add_worksheet(name)
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.repeat_rows(0)
        sheet.set_row(0, 32)
        for at, (head, width) in enumerate(columns):
            sheet.set_column(at, at, width)
            sheet.write_string(0, at, head, self._formats["head"])
        return sheet

    def _write(self, sheet: Worksheet, row: int, cells: Iterable[tuple[str, Any]]) -> None:
        for column, (sort, value) in enumerate(cells):
            if sort == "text":
                if value:
                    sheet.write_string(row, column, harmless(value))
            elif value is not None:
                sheet.write_number(row, column, value, self._formats[sort])

    @staticmethod
    def _end(sheet: Worksheet, rows: int, columns: int) -> None:
        sheet.autofilter(0, 0, max(min(rows - 1, LAST_ROW), 1), columns - 1)


def _match_columns() -> list[tuple[str, int]]:
    """The heads of the sheet of matches with their widths, in the reader's language."""
    startup, partner = phrases.side_name(Side.STARTUP), phrases.side_name(Side.PARTNER)
    return [
        (startup, 26),
        (_("{side}: other name", side=startup), 24),
        (_("Rank"), 7),
        (partner, 34),
        (_("{side}: other name", side=partner), 24),
        (phrases.field_name("kind"), 20),
        (phrases.field_name("country"), 14),
        (phrases.field_name("city"), 16),
        (verdicts.score_name(), 9),
        (_("Confidence"), 11),
        (_("Probability"), 11),
        *((phrases.part_name(code), 11) for code in phrases.PART_ORDER),
        *((phrases.state_name(state), 26) for state in STATES),
        (_("Want of the startup"), 44),
        (_("What the partner says to it"), 44),
        (_("Want of the partner"), 44),
        (_("What the startup says to it"), 44),
        (_("In both profiles"), 36),
        (phrases.field_name("website"), 28),
        (_("{side}: id", side=startup), 22),
        (_("{side}: id", side=partner), 22),
    ]


def _match_cells(row: ReportRow, match: Match) -> list[tuple[str, Any]]:
    startup, partner = row.startup, row.partner
    rules = [phrases.listed([phrases.part_name(code) for code in row.rules(state)]) for state in STATES]
    return [
        ("text", label(startup)),
        ("text", second_label(startup)),
        ("whole", row.rank),
        ("text", label(partner)),
        ("text", second_label(partner)),
        ("text", phrases.kind_name(partner.kind)),
        ("text", phrases.country_name(partner.country or "")),
        ("text", partner.city or ""),
        ("score", row.score),
        ("share", round(match.confidence, 2)),
        ("share", match.probability),
        *(("points", row.points.get(code)) for code in phrases.PART_ORDER),
        *(("text", rule) for rule in rules),
        *(("text", statement) for statement in _statements(row)),
        ("text", phrases.listed(list(row.terms))),
        ("text", row.website),
        ("text", startup.id),
        ("text", partner.id),
    ]


def _startup_columns() -> list[tuple[str, int]]:
    """The heads of the sheet of startups with their widths, in the reader's language."""
    startup = phrases.side_name(Side.STARTUP)
    picks = [
        ((_("{number}. partner", number=place), 34), (verdicts.score_name(), 9))
        for place in range(1, FIRST + 1)
    ]
    return [
        (startup, 26),
        (_("{side}: other name", side=startup), 24),
        (phrases.field_name("country"), 14),
        (phrases.field_name("city"), 16),
        *(head for pair in picks for head in pair),
        (_("Remark"), 24),
        (_("Partners listed"), 10),
        (_("Partners ranked"), 10),
        (_("Page"), 30),
        (_("{side}: id", side=startup), 22),
    ]
