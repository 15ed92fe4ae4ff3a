"""Timetables of an event, version by version, and what changes between two: what people see and are told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matcher.schedule.changes import INTERPRETER, Change, Changes, Notice, Place, differences
from profiles.event import Event, Schedule, read_event, read_schedule
from web import phrases
from web.files import one_line, write_record
from web.languages import gettext as _
from web.terminal import show_json

if TYPE_CHECKING:
    from profiles.timetable_store import Timetable
    from web.context import Context


def list_versions(context: Context, event_id: str, *, as_json: bool) -> None:
    """Every timetable kept for an event, the newest first."""
    with context.store() as store:
        versions = store.timetables(event_id)
    if as_json:
        show_json([version.to_dict() for version in versions])
        return
    if not versions:
        click.echo(f"no timetable was kept for the event {event_id!r}")
    for each in versions:
        when = each.created_at.isoformat(timespec="seconds")
        click.echo(
            one_line(f"{each.number:>4}  {when}  {each.status:<10}{each.meetings:>5} meetings  {each.note}")
        )


def show_version(context: Context, event_id: str, number: int, *, as_json: bool) -> None:
    """One version: its meetings by time, or all of it for a program.

    Raises:
        InputError: there is no such version.
    """
    with context.store() as store:
        found = store.timetable(event_id, number)
    if as_json:
        show_json(_version_dict(found))
        return
    empty = found.schedule.model_copy(update={"meetings": ()})
    names, spoken = Names(found.event), Times((found.event,))
    click.echo(_("Times are those of {zone}.", zone=found.event.event.timezone))
    for change in differences(found.event, empty, found.event, found.schedule).added:
        if change.after is not None:
            place = spoken.place(change.after, ("interpreter",) if change.after.interpreter else ())
            click.echo(
                one_line(
                    f"{place}  {names.participant(change.startup)} – {names.participant(change.partner)}"
                )
            )


def restore_version(context: Context, event_id: str, number: int, out: Path, *, as_json: bool) -> None:
    """Write a version's timetable to a file, and make it the newest version.

    Raises:
        InputError: there is no such version, or the file cannot be written; then nothing is restored.
    """
    with context.store() as store:
        write_record(out, store.timetable(event_id, number).schedule)
        found = store.restore_timetable(event_id, number)
    if as_json:
        show_json(found.version.to_dict())
    else:
        click.echo(f"version {number} is restored as version {found.version.number}: {out}")


def compare_versions(context: Context, event_id: str, old: int, new: int, *, as_json: bool) -> None:
    """What changes from one version to another, each with the event as it was then.

    Raises:
        InputError: there is no such version, or one that cannot be compared.
    """
    with context.store() as store:
        one, other = store.timetable(event_id, old), store.timetable(event_id, new)
    show_changes(one.event, one.schedule, other.event, other.schedule, as_json=as_json)


def compare_files(
    event_path: Path, old: Path, new: Path, *, old_event: Path | None = None, as_json: bool = False
) -> None:
    """What changes from one timetable file to another.

    Args:
        event_path: the event of the new one and, without ``old_event``, of both.

    Raises:
        InputError: a file cannot be read or does not go with its event.
    """
    event = read_event(event_path)
    event_old = event if old_event is None else read_event(old_event)
    show_changes(event_old, read_schedule(old), event, read_schedule(new), as_json=as_json)


def show_changes(event_old: Event, old: Schedule, event_new: Event, new: Schedule, *, as_json: bool) -> None:
    """Show what changes, in the language in use or for a program."""
    changes = differences(event_old, old, event_new, new)
    if as_json:
        show_json(changes.to_dict())
        return
    for line in sentences(changes, event_old, event_new):
        click.echo(line)


def sentences(changes: Changes, event_old: Event, event_new: Event) -> Iterator[str]:
    """What there is to tell, a line each, by person and in order of time; in the language in use."""
    if not changes.notices:
        yield _("Nothing changes, and nobody has to be told anything.")
        return
    zones = dict.fromkeys(event.event.timezone for event in (event_old, event_new))
    yield _(
        "{added} new, {dropped} cancelled, {moved} moved; to be told: {people}. Times are those of {zone}.",
        added=len(changes.added),
        dropped=len(changes.dropped),
        moved=len(changes.moved),
        people=len(changes.notices),
        zone=" -> ".join(zones),
    )
    names, spoken = Names(event_new, event_old), Times((event_old, event_new))
    for notice in changes.notices:
        for change in notice.changes:
            yield one_line(_sentence(notice, change, names, spoken))


def _sentence(notice: Notice, change: Change, names: Names, spoken: Times) -> str:
    """ "Moderna: 10:00 T3 -> 10:20 T1 with KAIST"."""
    if notice.role == INTERPRETER:
        who = notice.who
        others = phrases.listed([names.participant(change.startup), names.participant(change.partner)])
    else:
        who = names.participant(notice.who)
        others = names.participant(change.partner if notice.who == change.startup else change.startup)
    told = {"who": who, "others": others}
    if change.before is not None and change.after is not None:
        before, after = spoken.both(change.before, change.after, change.moves)
        return _("{who}: {before} -> {after} with {others}", before=before, after=after, **told)
    helped = () if notice.role == INTERPRETER else ("interpreter",)
    if change.after is not None:
        shown = helped if change.after.interpreter else ()
        return _("{who}: new, {after} with {others}", after=spoken.place(change.after, shown), **told)
    if change.before is not None:
        return _("{who}: cancelled, {before} with {others}", before=spoken.place(change.before), **told)
    raise ValueError("a change of nothing")


class Names:
    """What the people of events are called, the first event first."""

    def __init__(self, *events: Event) -> None:
        self._names: dict[str, str] = {}
        for event in events:
            for person in event.participants:
                self._names.setdefault(person.id, person.name.strip() or person.id)

    def participant(self, who: str) -> str:
        """The name, or the id of one who has none."""
        return self._names[who]


class Times:
    """How times are written: with the date if the events have more than one day."""

    def __init__(self, events: Iterable[Event]) -> None:
        days = {slot.start.date() for event in events for slot in event.slots}
        self._form = "%H:%M" if len(days) <= 1 else "%Y-%m-%d %H:%M"

    def at(self, moment: datetime) -> str:
        """ "10:00"."""
        return moment.strftime(self._form)

    def both(self, before: Place, after: Place, moves: Iterable[str]) -> tuple[str, str]:
        """Two places of a meeting; what else changes stands behind the tables."""
        shown = tuple(name for name in moves if name in ("interpreter", "track"))
        longer = before.start == after.start and before.end != after.end
        return self.place(before, shown, end=longer), self.place(after, shown, end=longer)

    def place(self, place: Place, shown: Iterable[str] = (), *, end: bool = False) -> str:
        """ "10:00 T3", with the end, the interpreter and the track where asked for."""
        said = {
            "interpreter": _("interpreter {name}", name=place.interpreter)
            if place.interpreter
            else _("no interpreter"),
            "track": phrases.topic_name(place.track) if place.track else _("no topic"),
        }
        more = phrases.listed([said[name] for name in shown])
        until = f"–{place.end:%H:%M}" if end else ""
        return f"{self.at(place.start)}{until} {place.table}" + (f" ({more})" if more else "")


def _version_dict(found: Timetable) -> dict[str, Any]:
    return {
        **found.version.to_dict(),
        "event": found.event.model_dump(mode="json"),
        "schedule": found.schedule.model_dump(mode="json"),
    }
