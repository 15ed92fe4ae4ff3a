"""The import as people run it: read all files, show what would happen, apply, keep what was rejected."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from profiles.errors import InputError
from profiles.importers import (
    Duplicate,
    Limits,
    Parsed,
    RowsRead,
    likely_duplicates,
    parse_file,
    write_rejected,
)
from profiles.model import Profile, Side
from profiles.store import Changes, ImportRecord
from web.terminal import ProgressLine, import_dict, notify, rejected_rows, show_import, show_json

if TYPE_CHECKING:
    from profiles.store import Store
    from web.context import Context


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
        refused = any(one.rejections for one in parsed)
        applied = not dry_run and not (strict and refused) and bool(incoming)
        if applied:
            record = ImportRecord(
                ", ".join(one.file for one in parsed)[:400],
                hashlib.sha256("".join(one.sha256 for one in parsed).encode()).hexdigest(),
                rejected_rows(parsed),
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
        keep_rejected(files, parsed, applied=applied, strict=strict)
    return changes


def keep_rejected(files: Sequence[Path], read: Sequence[RowsRead], *, applied: bool, strict: bool) -> None:
    """Write the rejected rows of each file beside it, to be mended; then say why nothing was applied, if so.

    Raises:
        InputError: names the first rejected row, where it or all of them kept the rest out.
    """
    for path, one in zip(files, read, strict=True):
        if one.rejections:
            notify(f"rejected rows of {one.file} are in {_written(path, one)}: mend them and read that file")
    first = next((rejection for one in read for rejection in one.rejections), None)
    if first and not applied:
        why = "--strict: nothing was applied" if strict else "no row could be used"
        raise InputError(f"{first.reason} ({why})", file=first.file, row=first.row, field=first.field or None)


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


def _written(path: Path, read: RowsRead) -> Path:
    """Write the rejected rows beside the file, or here where that folder cannot be written."""
    name = f"{path.stem}.rejected.csv"
    try:
        write_rejected(read, path.with_name(name))
    except InputError:
        write_rejected(read, Path(name))
        return Path(name)
    return path.with_name(name)
