"""On the day: who could step in, and a new timetable when somebody does not come."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.schedule.check import check
from matcher.schedule.standby import Option, Standby, fill, standbys
from profiles.errors import InputError
from profiles.event import Event, Schedule, read_event, read_schedule
from web import phrases
from web.files import one_line, write_record
from web.languages import gettext as _
from web.terminal import notify, show_json
from web.versions import Names, Times, sentences

if TYPE_CHECKING:
    from web.context import Context

_LEFT_BEHIND = ("must", "max_break_difference")
"""Rules that an absence may break, so that the next one meets a timetable that breaks them."""


def show_standbys(event_path: Path, schedule_path: Path, *, most: int, as_json: bool) -> None:
    """For each slot, and for each absence: who could step in.

    Raises:
        InputError: a file cannot be read, or the timetable breaks a rule.
    """
    event, schedule = _read(event_path, schedule_path)
    found = standbys(event, schedule, most=most)
    if as_json:
        show_json([standby.to_dict() for standby in found])
        return
    names, times = Names(event), Times((event,))
    starts = {slot.id: slot.start for slot in event.slots}
    click.echo(_("Times are those of {zone}.", zone=event.event.timezone))
    for standby in found:
        options = phrases.listed([_option(each, names) for each in standby.options])
        click.echo(one_line(_line(standby, times.at(starts[standby.slot]), options, names)))


def mark_absent(
    context: Context,
    event_path: Path,
    schedule_path: Path,
    out: Path,
    *,
    who: Sequence[str],
    now: datetime | None = None,
    as_json: bool = False,
) -> None:
    """Write the timetable without those who did not come, say what changes, and keep both versions.

    Raises:
        InputError: a file cannot be read or written, the timetable breaks a rule, or an id is unknown.
    """
    event, schedule = _read(event_path, schedule_path)
    new, changes = fill(event, schedule, who, now=now)
    write_record(out, new)
    since = "" if now is None else f" from {now:%Y-%m-%d %H:%M}"
    with context.store() as store:
        store.keep_timetable(event, schedule, schedule_path.name)
        version = store.keep_timetable(event, new, f"absent{since}: {', '.join(who)}")
    for fault in check(event, new).faults:
        notify(one_line(f"{fault.rule}: {fault.sentence}"))
    if as_json:
        show_json({**changes.to_dict(), "version": version.number})
        return
    for line in sentences(changes, event, event):
        click.echo(line)


def _read(event_path: Path, schedule_path: Path) -> tuple[Event, Schedule]:
    event, schedule = read_event(event_path), read_schedule(schedule_path)
    for fault in check(event, schedule).faults:
        if fault.rule not in _LEFT_BEHIND:
            raise InputError(
                one_line(f"breaks the rule {fault.rule}: {fault.sentence}; run check for all faults"),
                file=schedule_path.name,
            )
    return event, schedule


def _line(standby: Standby, time: str, options: str, names: Names) -> str:
    told = options or _("nobody")
    if standby.instead_of is None or standby.absent is None:
        return _("{time}: waiting for a place: {options}", time=time, options=told)
    startup, partner = standby.instead_of
    left = partner if standby.absent == startup else startup
    return _(
        "{time} {table}, if {absent} does not meet {left}: {options}",
        time=time,
        table=standby.table,
        absent=phrases.Name(names.participant(standby.absent)),
        left=phrases.Name(names.participant(left)),
        options=told,
    )


def _option(option: Option, names: Names) -> str:
    pair = f"{names.participant(option.startup)} – {names.participant(option.partner)}"
    helper = f", {_('interpreter {name}', name=option.interpreter)}" if option.interpreter else ""
    return f"{pair} ({phrases.points(option.value)}{helper})"
