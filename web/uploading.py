"""A file given to the import page, before anything is written: what it would change, what is to be mended."""

from __future__ import annotations

import json
import re
import tempfile
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

from pydantic import ValidationError

from profiles.errors import InputError
from profiles.importers import Duplicate, Limits, Parsed, ReadColumn, Rejection, parse_file
from profiles.importers.headers import ColumnMap, column
from profiles.importers.listing import Columns
from profiles.importers.parse import possible_headers
from profiles.importers.rejected import UNREADABLE
from profiles.importers.results import Place
from profiles.importers.synonyms import TICKET
from profiles.importers.text import clean_line
from profiles.model import Profile, Side
from profiles.store import Changes, ImportRecord, Store
from profiles.upload_store import Upload
from web.importing import find_duplicates
from web.settings import Settings

PROFILES = "profiles"
"""What an upload holds that has no event; see ``web.eventfiles`` for the others."""
_KEPT = 6
_NAME_LENGTH = 60


@dataclass(frozen=True)
class FieldChange:
    """A field that an import changes, with both values as in a record; None: nothing."""

    name: str
    before: Any
    after: Any


@dataclass(frozen=True)
class RowChange:
    """What a good row does: ``before`` is None where the profile is new."""

    profile: Profile
    before: Profile | None
    place: Place | None

    @property
    def fields(self) -> tuple[FieldChange, ...]:
        """What changes, in the order of the fields."""
        return field_changes(self.before, self.profile) if self.before else ()


@dataclass(frozen=True)
class MendField:
    """A cell of a row to be mended: its header, the field it fills and what is wrong with it."""

    header: str
    field: str
    text: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class MendRow:
    """A row to be mended.

    Attributes:
        title: by which its reader knows it.
        reasons: against the row as a whole.
        unreadable: the line, where it could not be read at all.
        wrong: cells with something wrong.
        rest: the others.
    """

    sheet: str | None
    row: int
    title: str
    reasons: tuple[str, ...]
    unreadable: str
    wrong: tuple[MendField, ...]
    rest: tuple[MendField, ...]


@dataclass(frozen=True)
class Preview:
    """What applying an upload would do.

    Attributes:
        error: why the file cannot be read as it is, in one line; nothing else is known then but ``columns``.
        incoming: the good profiles, as they would be stored.
        rows: those that change something, changed profiles first.
        duplicates: pairs that one of the good rows is part of.
    """

    error: str = ""
    parsed: Parsed | None = None
    columns: tuple[ReadColumn, ...] = ()
    changes: Changes = field(default_factory=Changes)
    incoming: tuple[Profile, ...] = ()
    rows: tuple[RowChange, ...] = ()
    duplicates: tuple[Duplicate, ...] = ()
    mendable: tuple[MendRow, ...] = ()

    @property
    def known(self) -> dict[str, Profile]:
        """The good profiles of the file by id."""
        return {each.id: each for each in self.incoming}

    @property
    def emptied(self) -> int:
        """How many stored profiles would lose something because the file leaves it empty."""
        return sum(any(not each.after for each in row.fields) for row in self.rows)


class Previews:
    """Previews, the latest few kept: a page is asked for again with every row that is mended.

    One serves all threads of a server.
    """

    def __init__(self, store: Store, settings: Settings) -> None:
        self._store, self._settings = store, settings
        self._kept: OrderedDict[str, Preview] = OrderedDict()
        self._lock = Lock()

    def of(self, upload: Upload) -> Preview:
        """What applying ``upload`` to the directory would do now."""
        mended = sorted((str(place), cells) for place, cells in upload.mended.items())
        state = [self._store.identity(), upload.number, upload.created_at.isoformat(), dict(upload.options)]
        key = json.dumps([state, mended], sort_keys=True)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        made = self._make(upload)
        with self._lock:
            self._kept[key] = made
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return made

    def _make(self, upload: Upload) -> Preview:
        content = self._store.upload_content(upload.number)
        with as_file(upload.file, content) as path:
            try:
                parsed = read_profiles(path, upload, self._settings)
            except InputError as error:
                headers = possible_headers(path, limits=limits_of(self._settings))
                mapped = mapping_of(upload)
                columns = tuple(ReadColumn(None, each, mapped.get(each, "other")) for each in headers)
                return Preview(error=error.reason, columns=columns)
        stored = self._store.get_many([each.id for each in parsed.profiles])
        incoming = parsed.profiles
        if upload.options.get("keep"):
            incoming = tuple(filled_up(each, stored.get(each.id)) for each in incoming)
        changes = self._store.compare(incoming)
        updated, added = set(changes.updated), set(changes.added)
        rows = [
            RowChange(each, stored.get(each.id), parsed.places.get(each.id))
            for each in incoming
            if each.id in updated or each.id in added
        ]
        rows.sort(key=lambda each: each.before is None)
        return Preview(
            parsed=parsed,
            columns=parsed.columns,
            changes=changes,
            incoming=incoming,
            rows=tuple(rows),
            duplicates=tuple(find_duplicates(self._store, incoming)),
            mendable=tuple(mend_rows(parsed)),
        )


class as_file:  # noqa: N801 - used as a function
    """The content of an upload as a file for the importers, while the block lasts."""

    def __init__(self, name: str, content: bytes) -> None:
        self._name, self._content = name, content
        self._folder = tempfile.TemporaryDirectory(prefix="roundtable-")

    def __enter__(self) -> Path:
        path = Path(self._folder.name) / self._name
        path.write_bytes(self._content)
        return path

    def __exit__(self, *_: object) -> None:
        self._folder.cleanup()


def file_name(text: str) -> str:
    """A name from a browser as a file may have it: its last part, on one line, not too long."""
    name = clean_line(re.split(r"[\\/]", text)[-1]).strip(". ") or "file"
    stem, dot, ending = name.rpartition(".")
    if not dot or len(ending) > 8:
        return name[:_NAME_LENGTH]
    return f"{stem[:_NAME_LENGTH] or 'file'}.{ending}"


def limits_of(settings: Settings) -> Limits:
    """What a file may cost here."""
    return Limits(file_bytes=settings.max_import_mb * 2**20)


def side_of(upload: Upload) -> Side | None:
    """The side of rows that name none."""
    said = upload.options.get("side")
    return Side(said) if said else None


def mapping_of(upload: Upload) -> dict[str, str]:
    """Header -> field, where its reader knew better."""
    return dict(upload.options.get("map", {}))


def read_profiles(path: Path, upload: Upload, settings: Settings) -> Parsed:
    """The profiles of an upload, with the rows mended.

    Raises:
        InputError: the file cannot be read so.
    """
    return parse_file(
        path,
        side=side_of(upload),
        column_map=mapping_of(upload),
        limits=limits_of(settings),
        rates=settings.rates or None,
        mended=upload.mended,
    )


def refusal(name: str, content: bytes, settings: Settings) -> str:
    """Why a file is of no use, however its columns are called; "" where it may be of use."""
    with as_file(name, content) as path:
        try:
            possible_headers(path, limits=limits_of(settings))
        except InputError as error:
            return error.reason
    return ""


def record_of(parsed: Parsed) -> ImportRecord:
    """What the store remembers of an import."""
    rejected = {(each.sheet, each.row) for each in parsed.rejections}
    return ImportRecord(parsed.file[:400], parsed.sha256, len(rejected))


def mapping_from(columns: Sequence[ReadColumn], chosen: Mapping[str, str]) -> dict[str, str]:
    """The map to keep: those columns whose ``chosen`` field is not the one that their header means."""
    plain = ColumnMap(None, "")
    return {
        each.header: chosen[each.header]
        for each in columns
        if each.own and each.header in chosen and chosen[each.header] != column(each.header, plain).field
    }


def filled_up(profile: Profile, stored: Profile | None) -> Profile:
    """A profile with what is stored of it where it says nothing itself."""
    if stored is None or stored.side is not profile.side:
        return profile
    try:
        return Profile.model_validate(
            {**stored.record(), **profile.record(), "other": {**stored.other, **profile.other}}
        )
    except ValidationError:  # the smallest investment of one and the largest of the other
        return profile


def field_changes(before: Profile, after: Profile) -> tuple[FieldChange, ...]:
    """The fields in which two profiles differ, in the order of the fields."""
    old, new = before.record(), after.record()
    return tuple(
        FieldChange(name, old.get(name), new.get(name))
        for name in Profile.model_fields
        if old.get(name) != new.get(name)
    )


# -- rows to mend --------------------------------------------------------------------------------------


def mend_rows(parsed: Parsed) -> list[MendRow]:
    """The rejected rows of a file of profiles, with the fields of their cells."""
    fields = {(each.sheet, each.header): each.field for each in parsed.columns}
    plain = ColumnMap(None, "")

    def field_of(sheet: str | None, header: str) -> str:
        return fields.get((sheet, header)) or column(header, plain).field

    naming = tuple(each.header for each in parsed.columns if each.field != "other") or _TO_FILL_IN
    return [
        _mend_row(rejections, field_of, naming, titles=("name_ko", "name", "id"))
        for rejections in by_row(parsed.rejections).values()
    ]


def mend_list(rejections: Sequence[Rejection], columns: Columns) -> list[MendRow]:
    """The rejected rows of another list, with the fields of their cells."""

    def field_of(_sheet: str | None, header: str) -> str:
        return columns.read(header) or "other"

    return [
        _mend_row(each, field_of, columns.required, titles=("who",)) for each in by_row(rejections).values()
    ]


_TO_FILL_IN = ("name", "name_ko", "side", "kind", "about", "seeks", "offers")
_ALSO = {"ticket_max_usd": TICKET, "ticket_min_usd": TICKET, "name": "name_ko"}
"""Fields whose trouble may lie in a column of another one."""


def by_row(rejections: Sequence[Rejection]) -> dict[Place, list[Rejection]]:
    """Rejections of one row together."""
    found: dict[Place, list[Rejection]] = {}
    for each in rejections:
        found.setdefault((each.sheet, each.row), []).append(each)
    return found


def _mend_row(
    rejections: Sequence[Rejection],
    field_of: Callable[[str | None, str], str],
    naming: Sequence[str],
    titles: Sequence[str],
) -> MendRow:
    first = rejections[0]
    cells = dict(first.cells)
    unreadable = cells.pop(UNREADABLE, "")
    if unreadable:
        cells = {**dict.fromkeys(naming, ""), **cells}
    reasons: dict[str, list[str]] = {}
    for each in rejections:
        reasons.setdefault(each.field, []).append(each.reason)
    whole = tuple(dict.fromkeys(reasons.pop("", ())))
    made = [MendField(header, field_of(first.sheet, header), text) for header, text in cells.items()]
    wrong: list[MendField] = []
    for name, why in reasons.items():
        met = [each for each in made if each.field == name] or [
            each for each in made if each.field == _ALSO.get(name)
        ]
        # The first that says something was read.
        cell = next((each for each in met if each.text.strip()), met[0] if met else MendField(name, name, ""))
        wrong.append(MendField(cell.header, cell.field, cell.text, tuple(dict.fromkeys(why))))
    shown = {each.header for each in wrong}
    title = next((each.text for name in titles for each in made if each.field == name and each.text), "")
    return MendRow(
        first.sheet,
        first.row,
        title[:80],
        whole,
        unreadable,
        tuple(wrong),
        tuple(each for each in made if each.header not in shown),
    )
