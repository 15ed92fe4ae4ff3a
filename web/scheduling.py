"""The timetable of an event file, with progress; Ctrl-C ends the search and keeps what it found."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from matcher.schedule.changes import differences
from matcher.schedule.releases import releases
from matcher.schedule.solve import FAIR_STAGES, STAGES, Report, solve
from profiles.errors import InputError, RoundtableError
from profiles.event import Event, Schedule, read_event, read_schedule
from web import phrases, schedule_words
from web.files import counted, one_line, write_record
from web.interrupts import interruptible
from web.terminal import notify, show_json
from web.versions import sentences

if TYPE_CHECKING:
    from web.context import Context

EXIT_NO_SCHEDULE = 3

_SECONDS_BETWEEN_LINES = 5.0


def make_schedule(
    context: Context,
    event_path: Path,
    out: Path,
    *,
    seconds: float,
    seed: int = 0,
    keep: Path | None = None,
    now: datetime | None = None,
    fair: bool = False,
    note: str = "",
    as_json: bool = False,
) -> int:
    """Solve an event file, write the timetable, keep it as a version, and show what it comes to.

    Returns:
        the exit code: 0, or 3 if no timetable exists.

    Raises:
        InputError: a file is wrong or cannot be written, or time ran out before anything was found.
    """
    event = read_event(event_path)
    if now is not None and keep is None:
        raise InputError("say with --keep which timetable is in force", field="--now")
    old = None if keep is None else read_schedule(keep)
    with interruptible() as stopped:
        try:
            found = solve(
                event,
                seconds=seconds,
                seed=seed,
                progress=SolverLine(),
                stop=stopped,
                stages=FAIR_STAGES if fair else STAGES,
                keep=old,
                now=now,
            )
        except TimeoutError as cause:
            raise InputError(f"{cause}: give more with --seconds", file=event_path.name) from cause
    write_record(out, found)
    if found.status != "infeasible":
        _remember(context, event, found, note)
    changes = None if old is None else differences(event, old, event, found)
    if as_json:
        summary = found.model_dump(mode="json", exclude={"meetings", "unscheduled"})
        show_json(summary if changes is None else {**summary, "changes": changes.to_dict()})
    else:
        _show(event, found, out)
        for sentence in sentences(changes, event, event) if changes is not None else ():
            click.echo(sentence)
    return EXIT_NO_SCHEDULE if found.status == "infeasible" else 0


class SolverLine:
    """Progress of the solver on standard error: stage, value, bound, time."""

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._last, self._stage = 0.0, ""

    def __call__(self, report: Report) -> None:
        now = time.monotonic()
        pause = 0.1 if self._terminal else _SECONDS_BETWEEN_LINES
        if report.stage == self._stage and now - self._last < pause:
            return
        new_stage, self._stage, self._last = report.stage != self._stage, report.stage, now
        best = "-" if report.value is None else f"{report.value:,.10g}"
        line = f"{report.stage}: {best}, bound {report.bound:,.10g}, {report.seconds:.0f} s"
        if self._terminal:
            click.echo(f"{chr(10) if new_stage else chr(13)}{line}\x1b[K", err=True, nl=False)
        else:
            click.echo(line, err=True)


def _remember(context: Context, event: Event, found: Schedule, note: str) -> None:
    """Keep the timetable as a version. It is written by then, so that a store out of order loses nothing."""
    try:
        with context.store() as store:
            version = store.keep_timetable(event, found, note)
    except RoundtableError as error:
        notify(f"not kept as a version: {error}")
    else:
        notify(f"kept as version {version.number} of {one_line(event.event.id)}")


def _show(event: Event, found: Schedule, out: Path) -> None:
    if found.status == "infeasible":
        _show_conflicts(event, found)
        return
    click.echo(f"{'':<16}{'value':>14}{'bound':>14}")
    for stage in found.stages:
        click.echo(f"{stage.name:<16}{stage.value:>14,.10g}{stage.bound:>14,.10g}")
    met = len({person for meeting in found.meetings for person in meeting.key})
    click.echo(f"{found.status} after {found.seconds:.1f} s, written to {out}:")
    click.echo(
        f"{counted(len(found.meetings), 'meeting')} of {met} of {len(event.participants)} participants, "
        f"{counted(len(found.unscheduled), 'pair')} without one"
    )


def _show_conflicts(event: Event, found: Schedule) -> None:
    click.echo(phrases.gettext("There is no timetable. These cannot hold together:"))
    for conflict in found.conflicts:
        member, release = schedule_words.member(event, conflict), schedule_words.release(event, conflict)
        click.echo(one_line(f"  {member} → {release}"))
    ways = [schedule_words.changes(event, each.edits) for each in releases(event)]
    if ways:
        click.echo(phrases.gettext("What would help, cheapest first:"))
    for way in ways:
        click.echo(one_line(f"  {way}"))
