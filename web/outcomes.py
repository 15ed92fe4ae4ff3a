"""What came of matches, as people hand it in: read all files, record, keep what was rejected, count."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from profiles.importers import Limits, ParsedOutcomes, parse_outcomes
from profiles.outcomes import Result
from web.importing import keep_rejected
from web.terminal import rejected_rows, rows_dict, show_json, show_rows

if TYPE_CHECKING:
    from profiles.store import Store
    from web.context import Context


def record_outcomes(
    context: Context,
    files: Sequence[Path],
    *,
    dry_run: bool = False,
    strict: bool = False,
    as_json: bool = False,
) -> int:
    """Record the outcomes in ``files`` in one transaction; gives back how many were not known before.

    Raises:
        InputError: a file cannot be read at all, ``--strict`` met a rejected row, or no row was good.
    """
    limits = Limits(file_bytes=context.settings.max_import_mb * 2**20)
    with context.store() as store:
        parsed = _parsed(store, files, limits)
        incoming = [outcome for one in parsed for outcome in one.outcomes]
        refused = any(one.rejections for one in parsed)
        applied = not dry_run and not (strict and refused) and bool(incoming)
        added = store.record_outcomes(incoming) if applied else store.compare_outcomes(incoming)
    known = len(incoming) - added
    if as_json:
        show_json({"applied": applied, "added": added, "known": known, **rows_dict(parsed)})
    else:
        verb = "" if applied else "would be "
        rejected = rejected_rows(parsed)
        click.echo(f"{added} {verb}added, {known} already known, {rejected} {verb}rejected")
        show_rows(parsed)
    if not dry_run:
        keep_rejected(files, parsed, applied=applied, strict=strict)
    return added


def count_outcomes(context: Context, *, as_json: bool = False) -> None:
    """Show how many outcomes of each sort the store holds."""
    with context.store() as store:
        found = Counter(each.outcome for each in store.outcomes())
    counts = {result.value: found[result] for result in Result}
    if as_json:
        show_json(counts)
        return
    for name, count in counts.items():
        click.echo(f"{name:<12}{count:>8,}")


def _parsed(store: Store, files: Sequence[Path], limits: Limits) -> list[ParsedOutcomes]:
    profiles = [profile for _, profile in store.profiles()]
    known = {profile.id: profile.side for profile in profiles}
    names = {profile.id: (profile.name, profile.name_ko) for profile in profiles}
    return [parse_outcomes(path, known, names, limits=limits) for path in files]
