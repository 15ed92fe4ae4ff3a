"""The import as people run it: read all files, show what would happen, apply, keep what was rejected."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from profiles.errors import InputError
from profiles.importers import Duplicate, Limits, Parsed, likely_duplicates, parse_file, write_rejected
from profiles.model import Profile, Side
from profiles.store import Changes, ImportRecord
from web.terminal import ProgressLine, import_dict, notify, show_import, show_json

if TYPE_CHECKING:
    from profiles.store import Store
    from web.cli import Context


def run_import(
    context: Context,
    files: Sequence[Path],
    *,
    side: Side | None = None,
    mapping: Sequence[str] = (),
    dry_run: bool = False,
    strict: bool = False,
    as_json: bool = False,
) -> Changes:
    """Import ``files`` in one transaction.

    Raises:
        InputError: a file cannot be read at all, ``--strict`` met a rejected row, or no row was good.
    """
    settings = context.settings
    limits = Limits(file_bytes=settings.max_import_mb * 2**20)
    parsed = [
        parse_file(
            path, side=side, column_map=_column_map(mapping), limits=limits, rates=settings.rates or None
        )
        for path in files
    ]
    incoming = _together(parsed)
    with context.store() as store:
        refused = [one for one in parsed if one.rejections]
        first = refused[0].rejections[0] if refused else None
        applied = not dry_run and not (strict and first) and bool(incoming)
        if applied:
            record = ImportRecord(
                ", ".join(one.file for one in parsed)[:400],
                hashlib.sha256("".join(one.sha256 for one in parsed).encode()).hexdigest(),
                sum(len({(r.sheet, r.row) for r in one.rejections}) for one in refused),
            )
            duplicates = find_duplicates(store, incoming)
            progress = ProgressLine()
            changes = store.apply(
                incoming, record, lambda done, total: progress("writing profiles", done, total)
            )
        else:
            duplicates = find_duplicates(store, incoming)
            changes = store.compare(incoming)
    if as_json:
        show_json(import_dict(parsed, changes, duplicates, applied=applied))
    else:
        show_import(parsed, changes, duplicates, applied=applied)
    if not dry_run:
        for path, one in zip(files, parsed, strict=True):
            if one.rejections:
                notify(
                    f"rejected rows of {one.file} are in {_keep_rejected(path, one)}: mend them and import it"
                )
    if first and not dry_run and not applied:
        why = "--strict: nothing was applied" if strict else "no row could be used"
        raise InputError(f"{first.reason} ({why})", file=first.file, row=first.row, field=first.field or None)
    return changes


def find_duplicates(store: Store, incoming: Sequence[Profile]) -> list[Duplicate]:
    """Likely duplicates that an incoming profile is part of, among it and what is stored."""
    new = {profile.id: profile for profile in incoming}
    everyone = {profile.id: profile for _, profile in store.profiles()} | new
    found = likely_duplicates(everyone.values())
    return [pair for pair in found if pair.first_id in new or pair.second_id in new]


def _together(parsed: Sequence[Parsed]) -> list[Profile]:
    """All profiles by id; one that several files hold is taken from the last, with a notice."""
    found: dict[str, Profile] = {}
    origin: dict[str, str] = {}
    for one in parsed:
        for profile in one.profiles:
            if profile.id in found and found[profile.id] != profile:
                notify(
                    f"note: {profile.id} is in {origin[profile.id]} and in {one.file}: the latter is taken"
                )
            found[profile.id], origin[profile.id] = profile, one.file
    return list(found.values())


def _column_map(mapping: Sequence[str]) -> dict[str, str]:
    pairs = {}
    for entry in mapping:
        header, equals, field = entry.rpartition("=")
        if not equals or not header.strip() or not field.strip():
            raise InputError(f"{entry!r} is no HEADER=FIELD", field="--map")
        pairs[header.strip()] = field.strip()
    return pairs


def _keep_rejected(path: Path, parsed: Parsed) -> Path:
    """Write the rejected rows beside the file, or here where that folder cannot be written."""
    name = f"{path.stem}.rejected.csv"
    try:
        write_rejected(parsed, path.with_name(name))
    except OSError:
        write_rejected(parsed, Path(name))
        return Path(name)
    return path.with_name(name)
