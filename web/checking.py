"""What ``roundtable check`` shows: the faults of a timetable, and its values beside those it states."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import click

from matcher.schedule.check import Verdict, check
from profiles.errors import InputError
from profiles.event import Schedule, read_event, read_schedule
from web.files import counted, one_line

_EXIT_FAULTS = 2  # as for any other wrong input
_T = TypeVar("_T")


def check_files(event_path: Path, schedule_path: Path, as_json: bool = False) -> int:
    """Check a schedule file against its event file and show the verdict on standard output.

    Files that cannot be read get one line each on standard error.

    Returns:
        the exit code: 0 without faults, 2 with faults or a bad file.
    """
    event, schedule = _read(read_event, event_path), _read(read_schedule, schedule_path)
    if event is None or schedule is None:
        return _EXIT_FAULTS
    verdict = check(event, schedule)
    if as_json:
        click.echo(json.dumps(verdict.to_dict(), ensure_ascii=False, indent=1))
    else:
        _show(schedule, verdict)
    return _EXIT_FAULTS if verdict.faults else 0


def _read(reader: Callable[[Path], _T], path: Path) -> _T | None:
    try:
        return reader(path)
    except InputError as error:
        click.echo(f"roundtable: {error}", err=True)
        return None


def _show(schedule: Schedule, verdict: Verdict) -> None:
    for fault in verdict.faults:
        click.echo(one_line(f"{fault.rule}: {fault.sentence}"))
    stated = {stage.name: stage for stage in schedule.stages}
    if verdict.values:
        click.echo(f"{'':<14}{'recomputed':>14}{'stated':>14}{'bound':>14}")
    for name in verdict.values:
        said = stated.get(name)
        told = (said.value, said.bound) if said else (None, None)
        cells = "".join(f"{_number(value):>14}" for value in (verdict.values[name], *told))
        click.echo(f"{name:<14}{cells}")
    meetings, faults = len(schedule.meetings), len(verdict.faults)
    click.echo(f"{schedule.status}, {counted(meetings, 'meeting')}: {counted(faults, 'fault')}")


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.10g}"
