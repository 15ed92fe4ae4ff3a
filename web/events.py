"""What ``roundtable event`` does: reads the day, wishes and availability, builds the event and writes it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from matcher.schedule.build import TOP, Built, Chosen, build_event, taking_part
from profiles.dayplan import DayPlan, read_day_plan, slots_of, tables_of
from profiles.errors import InputError
from profiles.event import State
from profiles.importers.availability import ParsedAvailability, parse_availability
from profiles.importers.people import People
from profiles.importers.results import Limits, RowsRead
from profiles.importers.wishes import ParsedWishes, Venue, parse_wishes
from profiles.model import Side
from web.files import one_line, write_record
from web.importing import keep_rejected
from web.terminal import listed, rejected_rows, rows_dict, show_json, show_rows

if TYPE_CHECKING:
    from matcher.service import Service
    from web.context import Context


@dataclass(frozen=True)
class Files:
    """What an event is made from."""

    day: Path
    wishes: Sequence[Path] = ()
    availability: Sequence[Path] = ()


def make_event(
    context: Context,
    files: Files,
    out: Path,
    *,
    top: int = TOP,
    startups: Sequence[str] = (),
    partners: Sequence[str] = (),
    as_json: bool = False,
) -> Built:
    """Build the event of a day from the stored profiles, write it to ``out`` and show what it holds.

    Rejected rows of the files are told and kept beside them, as ``outcomes`` does; the others count.

    Raises:
        InputError: a file cannot be read at all, no row of one is good, or somebody asked for is not stored;
            nothing is written then.
    """
    if out.exists() and any(out.samefile(path) for path in _all(files) if path.exists()):
        raise InputError(f"{out} is one of the files to read: choose another name", field="-o")
    plan = read_day_plan(files.day)
    chosen: Chosen = {Side.STARTUP: startups, Side.PARTNER: partners}
    limits = Limits(file_bytes=context.settings.max_import_mb * 2**20)
    with context.service() as service:
        wishes, attendance = _read(service, plan, chosen, files, limits)
        read: list[RowsRead] = [*wishes, *attendance]
        if not as_json:
            show_rows(read)
        _keep([*files.wishes, *files.availability], wishes, attendance)
        scores = {track: service.scores(track) for track in plan.tracks}
        built = build_event(
            plan,
            service.directory(),
            scores,
            wishes=[wish for one in wishes for wish in one.wishes],
            attendance=[row for one in attendance for row in one.rows],
            top=top,
            chosen=chosen,
        )
    write_record(out, built.event)
    if as_json:
        show_json({**summary(built), "file": str(out), **rows_dict(read)})
    else:
        _show(built, out, read)
    return built


def summary(built: Built) -> dict[str, Any]:
    """How much an event holds, and what its organiser should know of it, for a program."""
    event = built.event
    states = Counter(pair.state for pair in event.pairs)
    tracks: dict[str, Counter[State]] = {}
    for pair in event.pairs:
        if pair.track is not None:
            tracks.setdefault(pair.track.value, Counter())[pair.state] += 1
    return {
        "event": event.event.id,
        **{f"{side.value}s": sum(person.side is side for person in event.participants) for side in Side},
        "days": len({slot.start.date() for slot in event.slots}),
        "slots": len(event.slots),
        "tables": len(event.tables),
        "interpreters": len(event.interpreters),
        "pairs": len(event.pairs),
        "states": {state.value: states[state] for state in State},
        "tracks": {
            track: {state.value: counted[state] for state in State}
            for track, counted in sorted(tracks.items())
        },
        "contradictions": list(built.told),
        "alone": dict(built.alone),
    }


def _all(files: Files) -> list[Path]:
    return [files.day, *files.wishes, *files.availability]


def _read(
    service: Service, plan: DayPlan, chosen: Chosen, files: Files, limits: Limits
) -> tuple[list[ParsedWishes], list[ParsedAvailability]]:
    directory = service.directory()
    profiles = [
        directory.side(side).profiles[at]
        for side, at_ in taking_part(directory, chosen).items()
        for at in at_
    ]
    people = People(
        {profile.id: profile.side for profile in profiles},
        {profile.id: (profile.name, profile.name_ko) for profile in profiles},
    )
    slots = slots_of(plan)
    venue = Venue(people, plan.tracks, slots, [table.id for table in tables_of(plan)])
    wishes = [parse_wishes(path, venue, limits=limits) for path in files.wishes]
    return wishes, [parse_availability(path, people, slots, limits=limits) for path in files.availability]


def _keep(
    paths: Sequence[Path], wishes: Sequence[ParsedWishes], attendance: Sequence[ParsedAvailability]
) -> None:
    """Keep the rejected rows of each file beside it; one of which no row is good stops everything."""
    found: list[tuple[RowsRead, bool]] = [(one, bool(one.wishes)) for one in wishes]
    found += [(one, bool(one.rows)) for one in attendance]
    for path, (one, any_good) in zip(paths, found, strict=True):
        keep_rejected([path], [one], applied=any_good, strict=False)


def _show(built: Built, out: Path, read: Sequence[RowsRead]) -> None:
    told = summary(built)
    click.echo(
        f"{told['event']}: {told['startups']} startups, {told['partners']} partners, {told['slots']} slots "
        f"on {told['days']} days, {told['tables']} tables, {told['interpreters']} interpreters"
    )
    states = [state.value for state in State]
    click.echo(f"{'pairs':<14}" + "".join(f"{state:>11}" for state in states) + f"{'in all':>11}")
    for name, counts in {**told["tracks"], "in all": told["states"]}.items():
        cells = "".join(f"{counts[state]:>11,}" for state in states)
        click.echo(f"{name:<14}{cells}{sum(counts.values()):>11,}")
    click.echo(f"{rejected_rows(read)} rows rejected; written to {out}")
    listed("contradiction", [one_line(line) for line in built.told])
    reasons: defaultdict[str, list[str]] = defaultdict(list)
    for who, why in built.alone.items():
        reasons[why].append(who)
    listed("no meeting", [one_line(f"{', '.join(people)}: {why}") for why, people in reasons.items()])
