"""What ``roundtable fairness`` shows: what it costs to put the startup that is worst off first."""

from __future__ import annotations

from pathlib import Path

import click

from matcher.schedule.tradeoff import Curve, curve
from profiles.errors import InputError
from profiles.event import Event, read_event
from web import phrases
from web.interrupts import interruptible
from web.terminal import ProgressLine, show_json

_EXIT_NO_SCHEDULE = 3


def show_fairness(
    event_path: Path,
    *,
    language: str,
    out: Path | None = None,
    as_json: bool = False,
    seconds: float = 60.0,
    seed: int = 0,
) -> int:
    """Compute the curve of an event file and show it on standard output, or draw it into the file ``out``.

    Returns:
        the exit code: 0, or 3 if the event has no timetable at all.

    Raises:
        InputError: a file cannot be read or written, ``out`` ends in neither .html nor .svg, or time ran out
            before there was any timetable.
    """
    if out is not None and out.suffix.lower() not in (".html", ".svg"):
        raise InputError(f"{out.name} ends in neither .html nor .svg", field="-o")
    event = read_event(event_path)
    progress = ProgressLine()
    try:
        with interruptible() as stopped:
            found = curve(
                event,
                seconds=seconds,
                seed=seed,
                stop=stopped,
                progress=lambda done, most: progress("raising the fewest meetings", done, most),
            )
    except TimeoutError as error:
        raise InputError(f"{error}: give more with --seconds", file=event_path.name) from error
    if not found.points:
        click.echo("roundtable: no timetable keeps all rules; roundtable schedule says why", err=True)
        return _EXIT_NO_SCHEDULE
    with phrases.use_language(language):
        if out is not None:
            _write(found, event, out)
        if as_json:
            show_json(found.to_dict())
        elif out is None:
            _show(found)
    return 0


def _write(found: Curve, event: Event, out: Path) -> None:
    from web.render.curve import page, svg

    title = event.event.name.strip() or event.event.id
    content = (
        page(found, title) if out.suffix.lower() == ".html" else svg(found, title).encode("utf-8", "replace")
    )
    try:
        out.write_bytes(content)
    except OSError as error:
        raise InputError(f"cannot be written: {error}", file=out.name) from error
    click.echo(str(out), err=True)


def _show(found: Curve) -> None:
    from web.render.curve import conclusion, sentence, share, verdict

    for point in found.points:
        click.echo(f"{share(point, found):>7}  {sentence(point)} {verdict(point)}.")
    click.echo(conclusion(found))
    click.echo(
        phrases.ngettext(
            "{number} startup could meet somebody.", "{number} startups could meet somebody.", found.startups
        )
    )
