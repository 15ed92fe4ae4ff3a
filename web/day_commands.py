"""The commands of the consultation day: each reads its arguments and makes one call."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Literal

import click

from profiles.errors import InputError
from web import options, phrases
from web.context import Context, pass_context
from web.options import JSON, LANGUAGE, SECONDS, SEED

_FILE = click.Path(path_type=Path)
_EVENT = click.argument("event", type=_FILE)
_SCHEDULE = click.argument("schedule", type=_FILE)
_NOW = click.option(
    "--now",
    type=click.DateTime(["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]),
    help="Local time of the event: what has begun stays as it is.",
)


@click.command()
@_EVENT
@click.option("-o", "--out", type=_FILE, required=True, help="File to write the timetable to.")
@SECONDS
@SEED
@click.option("--keep", type=_FILE, help="The timetable in force: lose and move as little of it as can be.")
@_NOW
@click.option("--fair", is_flag=True, help="The startup that is worst off first, then the total.")
@click.option("--note", default="", help="A word on this version, for the list of versions.")
@LANGUAGE
@JSON
@pass_context
def schedule(
    context: Context,
    event: Path,
    out: Path,
    seconds: float,
    seed: int,
    keep: Path | None,
    now: datetime | None,
    fair: bool,
    note: str,
    lang: str | None,
    as_json: bool,
) -> None:
    """Make the best timetable of an EVENT, with its proof.

    Ends with 3 if there is none; what cannot hold together, and what would help, is said and written.
    """
    from web.scheduling import make_schedule

    with phrases.use_language(options.language(lang)):
        code = make_schedule(
            context,
            event,
            out,
            seconds=seconds,
            seed=seed,
            keep=keep,
            now=now,
            fair=fair,
            note=note,
            as_json=as_json,
        )
    click.get_current_context().exit(code)


@click.command()
@_EVENT
@_SCHEDULE
@JSON
def check(event: Path, schedule: Path, as_json: bool) -> None:
    """Check a timetable against its event: every rule, every value, each fault by name."""
    from web.checking import check_files

    click.get_current_context().exit(check_files(event, schedule, as_json))


@click.command()
@click.argument("event_id", metavar="EVENT_ID")
@click.option("--show", type=int, metavar="N", help="Show the meetings of version N.")
@click.option("--restore", type=int, metavar="N", help="Make version N the newest again, and write it to -o.")
@click.option("-o", "--out", type=_FILE, help="File to write the restored timetable to.")
@click.option("--compare", type=int, nargs=2, metavar="A B", help="Show who has to be told what from A to B.")
@LANGUAGE
@JSON
@pass_context
def versions(
    context: Context,
    event_id: str,
    show: int | None,
    restore: int | None,
    out: Path | None,
    compare: tuple[int, int] | None,
    lang: str | None,
    as_json: bool,
) -> None:
    """List the timetables kept for an event; show, restore or compare them."""
    from web import versions as kept

    if sum(asked is not None for asked in (show, restore, compare)) > 1:
        raise InputError("give one of --show, --restore and --compare")
    if (restore is None) != (out is None):
        raise InputError("--restore and -o go together", field="--restore" if restore is None else "-o")
    with phrases.use_language(options.language(lang)):
        if show is not None:
            kept.show_version(context, event_id, show, as_json=as_json)
        elif restore is not None and out is not None:
            kept.restore_version(context, event_id, restore, out, as_json=as_json)
        elif compare is not None:
            kept.compare_versions(context, event_id, *compare, as_json=as_json)
        else:
            kept.list_versions(context, event_id, as_json=as_json)


@click.command()
@_EVENT
@click.argument("old", type=_FILE)
@click.argument("new", type=_FILE)
@click.option("--old-event", type=_FILE, help="The event of OLD, if it was another version of it.")
@LANGUAGE
@JSON
def compare(
    event: Path, old: Path, new: Path, old_event: Path | None, lang: str | None, as_json: bool
) -> None:
    """Show what changes from the timetable OLD to NEW, and who has to be told."""
    from web.versions import compare_files

    with phrases.use_language(options.language(lang)):
        compare_files(event, old, new, old_event=old_event, as_json=as_json)


@click.command()
@_EVENT
@_SCHEDULE
@click.option(
    "--top", "most", type=click.IntRange(min=1), default=3, show_default=True, help="Pairs for each place."
)
@LANGUAGE
@JSON
def standby(event: Path, schedule: Path, most: int, lang: str | None, as_json: bool) -> None:
    """Show who could step in, for every slot and for every absence."""
    from web.standby import show_standbys

    with phrases.use_language(options.language(lang)):
        show_standbys(event, schedule, most=most, as_json=as_json)


@click.command()
@_EVENT
@_SCHEDULE
@click.option("--who", multiple=True, required=True, metavar="ID", help="Did not come; may be repeated.")
@_NOW
@click.option("-o", "--out", type=_FILE, required=True, help="File to write the new timetable to.")
@LANGUAGE
@JSON
@pass_context
def absent(
    context: Context,
    event: Path,
    schedule: Path,
    who: tuple[str, ...],
    now: datetime | None,
    out: Path,
    lang: str | None,
    as_json: bool,
) -> None:
    """Take out who did not come, let others step in, move nobody, and show who has to be told."""
    from web.standby import mark_absent

    with phrases.use_language(options.language(lang)):
        mark_absent(context, event, schedule, out, who=who, now=now, as_json=as_json)


@click.command()
@_EVENT
@_SCHEDULE
@click.option("--out", type=_FILE, required=True, help="Folder for the workbook, pages and calendars.")
@click.option(
    "--briefings/--no-briefings", default=True, help="A briefing for each meeting.", show_default=True
)
@LANGUAGE
@pass_context
def timetable(
    context: Context, event: Path, schedule: Path, out: Path, briefings: bool, lang: str | None
) -> None:
    """Write a timetable for everybody: Excel, pages to print, calendars, briefings."""
    from web.timetables import write

    with context.service() as service:
        index = write(service, event, schedule, out, language=options.language(lang), briefings=briefings)
    click.echo(str(index))


@click.command()
@click.argument("day", type=_FILE)
@click.option("-o", "--out", type=_FILE, required=True, help="File to write the event to.")
@click.option("--wishes", multiple=True, type=_FILE, help="Who wants to meet whom; may be repeated.")
@click.option("--availability", multiple=True, type=_FILE, help="Who is there when; may be repeated.")
@click.option(
    "--top", type=click.IntRange(min=1), default=15, show_default=True, help="Pairs by fit for each startup."
)
@click.option("--startup", "startups", multiple=True, metavar="ID", help="Only these startups take part.")
@click.option("--partner", "partners", multiple=True, metavar="ID", help="Only these partners take part.")
@JSON
@pass_context
def event(
    context: Context,
    day: Path,
    out: Path,
    wishes: tuple[Path, ...],
    availability: tuple[Path, ...],
    top: int,
    startups: tuple[str, ...],
    partners: tuple[str, ...],
    as_json: bool,
) -> None:
    """Build the event of a DAY (JSON) from the stored profiles, their fit and what people wish.

    Wishes and availability are JSONL, CSV or XLSX files. Columns of wishes: who, whom, wish (wanted, maybe,
    never, accepted, must, confirmed), track, slot, table. Of availability: who, status, date, time, arrives,
    leaves, max_meetings and others. Rejected rows are written to NAME.rejected.csv beside each file.
    """
    from web.events import Files, make_event

    make_event(
        context,
        Files(day, wishes, availability),
        out,
        top=top,
        startups=startups,
        partners=partners,
        as_json=as_json,
    )


@click.command()
@_EVENT
@click.option("-o", "--out", type=_FILE, help="Draw it into this .html or .svg file.")
@SECONDS
@SEED
@LANGUAGE
@JSON
def fairness(
    event: Path, out: Path | None, seconds: float, seed: int, lang: str | None, as_json: bool
) -> None:
    """Show what it costs to put the startup that is worst off before the total, point by point."""
    from web.fairness import show_fairness

    code = show_fairness(
        event, language=options.language(lang), out=out, as_json=as_json, seconds=seconds, seed=seed
    )
    click.get_current_context().exit(code)


@click.command()
@_EVENT
@click.option(
    "--fewest",
    "what",
    type=click.Choice(["tables", "slots", "interpreters"]),
    required=True,
    help="What to plan.",
)
@click.option("--coverage", metavar="95%", help="Share that is enough.")
@click.option(
    "--of",
    type=click.Choice(["value", "wishes", "agreed"]),
    default="value",
    show_default=True,
    help="Of the value any number could bring, of all pairs not declined, or of those asked for.",
)
@click.option("--each", type=click.IntRange(min=1), help="Instead: so many meetings for every startup.")
@SECONDS
@SEED
@LANGUAGE
@JSON
def plan(
    event: Path,
    what: Literal["tables", "slots", "interpreters"],
    coverage: str | None,
    of: str,
    each: int | None,
    seconds: float,
    seed: int,
    lang: str | None,
    as_json: bool,
) -> None:
    """Find the fewest tables, slots or interpreters that are enough, with a proof, before they are booked."""
    from web.planning import coverage_of, show_plan

    code = show_plan(
        event,
        what,
        coverage_of(coverage, of, each),
        language=options.language(lang),
        as_json=as_json,
        seconds=seconds,
        seed=seed,
    )
    click.get_current_context().exit(code)


@click.command()
@_EVENT
@_SCHEDULE
@click.option("--pair", nargs=2, metavar="STARTUP PARTNER", help="The exact price of this pair's meeting.")
@SECONDS
@LANGUAGE
@JSON
def unscheduled(
    event: Path, schedule: Path, pair: tuple[str, str] | None, seconds: float, lang: str | None, as_json: bool
) -> None:
    """Show who does not meet and why, and what a meeting would cost."""
    from web.unscheduled import show_price, show_unscheduled

    with phrases.use_language(options.language(lang)):
        if pair:
            show_price(event, schedule, pair, seconds=seconds, as_json=as_json)
        else:
            show_unscheduled(event, schedule, as_json=as_json)


COMMANDS = (
    event,
    schedule,
    check,
    versions,
    compare,
    standby,
    absent,
    timetable,
    fairness,
    plan,
    unscheduled,
)
"""All of them."""
