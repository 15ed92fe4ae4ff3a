"""What ``roundtable unscheduled`` shows: who does not meet, why, and what the meeting would cost."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.schedule.price import Price, price
from profiles.errors import InputError
from profiles.event import Event, Schedule, read_event, read_schedule
from web import schedule_words
from web.interrupts import interruptible
from web.languages import gettext as _
from web.terminal import show_json


def show_unscheduled(event_path: Path, schedule_path: Path, *, as_json: bool = False) -> None:
    """Show every pair that does not meet, with its reason and the price that is known.

    Raises:
        InputError: a file cannot be read, or the two do not belong together.
    """
    event, schedule = _read(event_path, schedule_path)
    if as_json:
        show_json([each.model_dump(mode="json") for each in schedule.unscheduled])
        return
    name = schedule_words.names(event)
    for each in schedule.unscheduled:
        both = f"{name(each.startup)} – {name(each.partner)}"
        click.echo(_line(f"{both}: {schedule_words.reason(event, each)}"))
    if not schedule.unscheduled:
        click.echo(_("Every pair that has not declined meets."))


def show_price(
    event_path: Path,
    schedule_path: Path,
    pair: tuple[str, str],
    *,
    seconds: float,
    as_json: bool = False,
) -> None:
    """Show the exact price of one pair's meeting.

    Raises:
        InputError: a file cannot be read, the two do not belong together, or there is no such pair to price.
    """
    event, schedule = _read(event_path, schedule_path)
    with interruptible() as stopped:
        found = price(event, schedule, pair, seconds=seconds, stop=stopped)
    if as_json:
        show_json(found.to_dict())
        return
    listed = next((each for each in schedule.unscheduled if (each.startup, each.partner) == pair), None)
    if listed is not None:
        click.echo(_line(schedule_words.reason(event, listed)))
    _show(event, found)


def _show(event: Event, found: Price) -> None:
    name = schedule_words.names(event)
    if found.possible is None:
        click.echo(_("Time ran out before a timetable with this meeting was found."))
        return
    if not found.possible:
        click.echo(_("There is no timetable with this meeting. These cannot hold together:"))
        for conflict in found.conflicts:
            help_ = schedule_words.release(event, conflict)
            click.echo(_line(f"- {schedule_words.member(event, conflict)} → {help_}"))
        return
    unproven = _("not proven to be the least")
    for stage in found.stages:
        proof = "" if stage.proven else f"  ({unproven})"
        click.echo(f"{stage.name:<14}{stage.before:>12.6g} → {stage.after:.6g}{proof}")
    for words, pairs in ((_("No longer meet:"), found.lost), (_("Meet instead:"), found.gained)):
        if pairs:
            click.echo(_line(f"{words} " + ", ".join(f"{name(one)} – {name(other)}" for one, other in pairs)))


def _read(event_path: Path, schedule_path: Path) -> tuple[Event, Schedule]:
    event, schedule = read_event(event_path), read_schedule(schedule_path)
    people, slots = {each.id for each in event.participants}, {each.id for each in event.slots}
    for place, unmet in enumerate(schedule.unscheduled):
        for field, who in (("startup", unmet.startup), ("partner", unmet.partner)):
            if who not in people:
                raise InputError(
                    f"the event has no participant {who!r}: give the event this timetable was made for",
                    file=schedule_path.name,
                    field=f"unscheduled.{place}.{field}",
                )
        for slot in unmet.slots:
            if slot not in slots:
                raise InputError(
                    f"the event has no slot {slot!r}: give the event this timetable was made for",
                    file=schedule_path.name,
                    field=f"unscheduled.{place}.slots",
                )
    return event, schedule


def _line(text: str) -> str:
    """Ids may hold anything, also line breaks and a terminal's commands."""
    return "".join(c if c.isprintable() else "?" for c in text)
