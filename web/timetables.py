"""A timetable of an event, written to a folder for everybody who takes part."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from profiles.event import read_event, read_schedule
from web.terminal import ProgressLine, notify

if TYPE_CHECKING:
    from matcher.service import Service


def write(
    service: Service,
    event_path: Path,
    schedule_path: Path,
    out: Path,
    *,
    language: str,
    briefings: bool = True,
) -> Path:
    """Write the timetable of a schedule file into ``out``, say what changed, and give its ``index.html``.

    Names and facts are those of the service's store, where the ids are known there. A timetable that breaks
    rules is written all the same, and said to.

    Raises:
        InputError: a file cannot be read, the two do not belong together, there is no timetable, or ``out``
            cannot be written.
    """
    from matcher.schedule.check import check
    from web.render.timetable import Timetable, write_timetable

    event, schedule = read_event(event_path), read_schedule(schedule_path)
    profiles = service.store.get_many([person.id for person in event.participants])
    timetable = Timetable.of(event, schedule, profiles, schedule_path.name)
    faults = len(check(event, schedule).faults)
    if faults:
        notify(f"note: this timetable has faults ({faults}): roundtable check names them")
    progress = ProgressLine()
    written = write_timetable(
        timetable,
        out,
        language=language,
        created=datetime.now(UTC),
        faults=faults,
        explain=service.why_not if briefings else None,
        progress=lambda done, total: progress("writing briefings", done, total),
    )
    told = f"{written.changed} new or changed, {written.cancelled} cancelled"
    notify(f"{written.meetings} meetings; in the calendars {told}")
    return written.index
