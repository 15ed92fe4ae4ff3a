"""The timetable as files: one folder with a workbook, pages, calendars and briefings."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from babel.dates import format_date

from web import phrases
from web.phrases import gettext as _
from web.render.folder import Folder, opened, saying
from web.render.timetable import revisions
from web.render.timetable.briefing import Briefings, Explain
from web.render.timetable.calendars import PARTICIPANT, Calendars
from web.render.timetable.folder import BRIEFINGS, CALENDARS, LAYOUT, PEOPLE, TABLES
from web.render.timetable.names import stems
from web.render.timetable.pages import TABLE, Pages
from web.render.timetable.revisions import Revisions
from web.render.timetable.rows import Timetable
from web.render.timetable.sheets import write_workbook

INDEX, BY_SLOT, ALL_PEOPLE, ALL_TABLES = "index.html", "by-slot.html", "people.html", "tables.html"
XLSX, ALL_ICS = "timetable.xlsx", f"{CALENDARS}/all.ics"


@dataclass(frozen=True)
class Written:
    """What was written.

    Attributes:
        index: the page to open first.
        changed, cancelled: meetings that calendars hear of anew with this writing, and that they lose by it.
    """

    index: Path
    meetings: int
    changed: int
    cancelled: int


def write_timetable(
    timetable: Timetable,
    out: Path,
    *,
    language: str,
    created: datetime,
    faults: int = 0,
    explain: Explain | None = None,
    told: Revisions | None = None,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Written:
    """Write the timetable into the folder ``out``.

    Every file appears whole or not at all, and the index last. What calendars were told is written before
    the calendars, so that no two different calendars go out under one SEQUENCE. Files of an earlier
    timetable that this one does not have are removed; other files in the folder are never touched.

    Args:
        out: the folder, made where it is missing.
        language: of the labels, "ko" or "en"; texts stay as their owners wrote them.
        created: when this is written, with a time zone.
        faults: how many rules the timetable breaks, to be shown.
        explain: the fit of a pair; without it there are no briefings.
        told: what calendars are told, where that is kept elsewhere; else it is counted on from what the
            folder was told before.
        progress: called with how many pairs are looked into, and how many there are.

    Raises:
        InputError: ``out`` is a file, cannot be written, is in use, holds somebody else's file under a name
            of ours, or is of another event.
    """
    created = created.astimezone(UTC).replace(microsecond=0)
    with phrases.use_language(language), opened(Path(out), LAYOUT) as target:
        with saying(target.out, LAYOUT.noun):  # what cannot be written over is found before the long work
            before = revisions.read(target.claim(revisions.FILE), timetable.event.event.id)
            for name in (INDEX, XLSX):
                target.claim(name)
        briefings = Briefings.of(timetable, explain, progress) if explain else None
        with saying(target.out, LAYOUT.noun):
            now = told or revisions.revised(before, timetable, created, phrases.language())
            return _write(target, timetable, before, now, created, faults, briefings)


def _write(
    target: Folder,
    timetable: Timetable,
    before: Revisions,
    now: Revisions,
    created: datetime,
    faults: int,
    briefings: Briefings | None,
) -> Written:
    calendars = Calendars(timetable, now)
    people = stems(calendars.keys())
    tables = stems([(TABLE, table.id) for table in timetable.event.tables])
    day = format_date(created, "long", locale=phrases.language())
    pages = Pages(timetable, people, tables, day, faults, briefings is not None)
    target.put(revisions.FILE, now.to_json())
    for key, stem in people.items():
        target.put(f"{CALENDARS}/{stem}.ics", calendars.of(key))
    target.put(ALL_ICS, calendars.everybody())
    draft = target.draft()
    write_workbook(draft, timetable, created, target.drafts)
    draft.replace(target.claim(XLSX))
    own = [*pages.participant_sheets(), *pages.interpreter_sheets()]
    for sheet in own:
        target.put(f"{PEOPLE}/{sheet.stem}.html", pages.sheet(sheet))
    for sheet in pages.table_sheets():
        target.put(f"{TABLES}/{sheet.stem}.html", pages.sheet(sheet))
    target.put(ALL_PEOPLE, pages.sheets(own, _("All participants")))
    target.put(ALL_TABLES, pages.sheets(pages.table_sheets(), _("All tables")))
    target.put(BY_SLOT, pages.by_slot())
    if briefings is not None:
        for person in timetable.people.values():
            page = pages.briefing(person, briefings.of_person(person))
            target.put(f"{BRIEFINGS}/{people[PARTICIPANT, person.id]}.html", page)
    index = target.put(INDEX, pages.index())
    target.finish()

    sequences = {each.uid: each.sequence for each in before.meetings}
    new = [each for each in now.meetings if sequences.get(each.uid) != each.sequence]
    gone = sum(each.cancelled for each in new)
    return Written(index, len(timetable.entries), len(new) - gone, gone)
