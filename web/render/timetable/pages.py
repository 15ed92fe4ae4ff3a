"""The timetable's pages: whole by themselves, without scripts or anything from elsewhere, fit to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment

from profiles.event import Table
from web import phrases
from web.matchviews import TEMPLATE_FILTERS, TEMPLATE_GLOBALS
from web.phrases import gettext as _
from web.render.timetable import grid, words
from web.render.timetable.briefing import Briefing
from web.render.timetable.calendars import INTERPRETER, PARTICIPANT
from web.render.timetable.folder import BRIEFINGS, CALENDARS, PEOPLE, TABLES
from web.render.timetable.names import Key
from web.render.timetable.rows import Day, Entry, Gap, Person, Timetable
from web.render.whole import environment

TABLE = "table"


@dataclass(frozen=True)
class Sheet:
    """What stands on one sheet of paper.

    Attributes:
        sort: ``participant``, ``interpreter`` or ``table``.
        viewer: the id of a participant, which its own sheet need not name; empty for other sheets.
        stem: of its files.
        name, second, about: what it is called, its other names, and a line on it.
        days: its meetings and free times.
        meetings: how many.
    """

    sort: str
    viewer: str
    stem: str
    name: str
    second: str
    about: str
    days: tuple[Day, ...]
    meetings: int


@dataclass(frozen=True)
class Pages:
    """All pages of a timetable, in the language in use.

    Attributes:
        people: file names of participants and interpreters, without their ending.
        tables: the same of tables.
        created: when it was written, in words.
        faults: how many rules the timetable breaks.
        briefed: whether there are briefings to link.
    """

    timetable: Timetable
    people: Mapping[Key, str]
    tables: Mapping[Key, str]
    created: str
    faults: int
    briefed: bool

    def index(self) -> bytes:
        """``index.html``: counts, what was proven, and the way to everything else."""
        event = self.timetable.event
        return self._page(
            "index.html",
            sheets={
                PARTICIPANT: self.participant_sheets(),
                INTERPRETER: self.interpreter_sheets(),
                TABLE: self.table_sheets(),
            },
            tables=event.tables,
            left=[
                (self.timetable.people[each.startup], self.timetable.people[each.partner], each)
                for each in self.timetable.schedule.unscheduled
            ],
        )

    def by_slot(self) -> bytes:
        """``by-slot.html``: the grid."""
        return self._page("by-slot.html", blocks=list(grid.blocks(self.timetable)))

    def sheet(self, sheet: Sheet) -> bytes:
        """The page of one sheet."""
        return self._page("sheets.html", sheets=[sheet], title=sheet.name, root="../")

    def sheets(self, sheets: Sequence[Sheet], title: str) -> bytes:
        """All ``sheets`` in one file, each on paper of its own."""
        return self._page("sheets.html", sheets=sheets, title=title)

    def briefing(self, person: Person, briefings: Sequence[Briefing]) -> bytes:
        """What ``person`` should know before each of its meetings."""
        stem = self.people[PARTICIPANT, person.id]
        return self._page("briefing.html", person=person, briefings=briefings, stem=stem, root="../")

    def participant_sheets(self) -> list[Sheet]:
        """The sheets of the participants, in the event's order."""
        return [
            self._sheet(
                (PARTICIPANT, person.id),
                words.name(person),
                words.second(person),
                phrases.side_name(person.side),
                self.timetable.of_person(person.id),
            )
            for person in self.timetable.people.values()
        ]

    def interpreter_sheets(self) -> list[Sheet]:
        """The sheets of the interpreters."""
        return [
            self._sheet(
                (INTERPRETER, each.id),
                each.id,
                "",
                " · ".join([_("Interpreter"), *(phrases.language_name(code) for code in each.languages)]),
                self.timetable.with_interpreter(each.id),
            )
            for each in self.timetable.event.interpreters
        ]

    def table_sheets(self) -> list[Sheet]:
        """The sheets of the tables."""
        return [
            self._sheet(
                (TABLE, table.id),
                words.table(table.id),
                "",
                _tracks(table),
                self.timetable.at_table(table.id),
            )
            for table in self.timetable.event.tables
        ]

    def _sheet(self, key: Key, name: str, second: str, about: str, entries: Sequence[Entry]) -> Sheet:
        sort, own_id = key
        stem = (self.tables if sort == TABLE else self.people)[key]
        viewer = own_id if sort == PARTICIPANT else ""
        days = tuple(self.timetable.days(entries))
        return Sheet(sort, viewer, stem, name, second, about, days, len(entries))

    def _page(self, template: str, **values: Any) -> bytes:
        shown = {"root": "", "pages": self, "timetable": self.timetable, **values}
        text = _environment().get_template(f"timetable/{template}").render(**shown)
        return text.encode("utf-8", "replace")


def _tracks(table: Table) -> str:
    return phrases.listed([phrases.topic_name(track) for track in table.tracks])


@cache
def _environment() -> Environment:
    found = environment(
        "templates/timetable/timetable.css",
        **TEMPLATE_GLOBALS,
        words=words,
        is_gap=lambda item: isinstance(item, Gap),
        folders={"people": PEOPLE, "tables": TABLES, "calendars": CALENDARS, "briefings": BRIEFINGS},
    )
    found.filters.update(TEMPLATE_FILTERS)
    return found
