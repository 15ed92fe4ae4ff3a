"""Many profiles at once, as JSON lines or a spreadsheet, with what came of each row."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, Literal

from flask import request
from pydantic import BaseModel, Field

from profiles.errors import InputError
from profiles.importers import Limits, Parsed, parse_file
from profiles.importers.results import Place
from profiles.model import Side
from profiles.store import Changes, ImportRecord
from web import audit
from web.access import settings, store
from web.api.blueprint import ORGANISER, changed
from web.api.errors import Refused
from web.api.operations import Reply, operation
from web.api.values import Query
from web.importing import find_duplicates

TAG = "Profiles"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MEDIA = {"application/jsonl": "jsonl", "application/x-ndjson": "jsonl", "text/csv": "csv", XLSX: "xlsx"}
"""Content types, and how a file of each is called."""


class ImportQuery(Query):
    """How rows are read."""

    dry_run: Annotated[bool, Field(description="look only: nothing is changed")] = False
    strict: Annotated[bool, Field(description="apply nothing if one row is rejected")] = False
    side: Annotated[Side | None, Field(description="of the rows that name none")] = None


class FieldProblem(BaseModel):
    """What keeps a row out."""

    field: str | None
    value: str
    message: str


class RowResult(BaseModel):
    """What came of a row.

    Attributes:
        sheet: its sheet, where the file has sheets.
        row: from 1, as a spreadsheet counts: a header in the first row is row 1.
        id: of the profile, where the row could be used.
        problems: every reason why it could not.
    """

    sheet: str | None
    row: int
    result: Literal["added", "updated", "unchanged", "rejected"]
    id: str | None = None
    problems: tuple[FieldProblem, ...] = ()


class ImportNotice(BaseModel):
    """Something that was changed or guessed and keeps no row out."""

    row: int | None
    field: str | None
    message: str


class LikelyDuplicate(BaseModel):
    """Two profiles that are likely the same organisation; nothing is merged."""

    first: str
    second: str
    reasons: tuple[str, ...]


class ImportResult(BaseModel):
    """What came of an import, or would come of it.

    Attributes:
        applied: whether anything was written: not when only looking, nor where `strict` met a rejected row.
    """

    applied: bool
    added: int
    updated: int
    unchanged: int
    rejected: int
    rows: tuple[RowResult, ...]
    notices: tuple[ImportNotice, ...]
    duplicates: tuple[LikelyDuplicate, ...]


@operation(
    "POST",
    "/imports",
    tag=TAG,
    may=ORGANISER,
    query=ImportQuery,
    media=MEDIA,
    gives={200: ImportResult},
    example='{"id": "kr-hearttone", "side": "startup", "kind": "startup", "name": "HeartTone"}\n',
)
def import_profiles(query: ImportQuery) -> Reply:
    """Add and update many profiles, all at once.

    JSON lines, CSV (UTF-8 or CP949) or XLSX, with Korean or English headers, read as `roundtable import`
    reads them. A bad row never stops the good ones, unless `strict` is asked for.
    """
    megabytes = settings().max_import_mb
    request.max_content_length = megabytes * 2**20
    parsed = _read(request.get_data(), query, Limits(file_bytes=megabytes * 2**20))
    rejected = {(each.sheet, each.row) for each in parsed.rejections}
    applied = bool(parsed.profiles) and not query.dry_run and not (query.strict and rejected)
    duplicates = find_duplicates(store(), parsed.profiles)
    if applied:
        changes = store().apply(parsed.profiles, ImportRecord(parsed.file, parsed.sha256, len(rejected)))
        changed(parsed.file, added=len(changes.added), updated=len(changes.updated), rejected=len(rejected))
    else:
        changes = store().compare(parsed.profiles)
        audit.skip()
    return Reply(
        ImportResult(
            applied=applied,
            added=len(changes.added),
            updated=len(changes.updated),
            unchanged=len(changes.unchanged),
            rejected=len(rejected),
            rows=_rows(parsed, changes),
            notices=tuple(
                ImportNotice(row=each.row, field=each.field or None, message=each.text)
                for each in parsed.notices
            ),
            duplicates=tuple(
                LikelyDuplicate(first=each.first_id, second=each.second_id, reasons=tuple(each.reasons))
                for each in duplicates
            ),
        )
    )


def _read(data: bytes, query: ImportQuery, limits: Limits) -> Parsed:
    name = f"api.{MEDIA[request.mimetype]}"
    with TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            return parse_file(path, side=query.side, limits=limits, rates=settings().rates or None)
        except InputError as error:
            raise Refused(422, "unreadable", error.reason, field=error.field, row=error.row) from error


def _rows(parsed: Parsed, changes: Changes) -> tuple[RowResult, ...]:
    results: dict[str, Literal["added", "updated", "unchanged"]] = {
        **dict.fromkeys(changes.added, "added"),
        **dict.fromkeys(changes.updated, "updated"),
        **dict.fromkeys(changes.unchanged, "unchanged"),
    }
    rows = {
        place: RowResult(sheet=place[0], row=place[1], result=results[each], id=each)
        for each, place in parsed.places.items()
    }
    problems: dict[Place, list[FieldProblem]] = {}
    for each in parsed.rejections:
        problem = FieldProblem(field=each.field or None, value=each.value, message=each.reason)
        problems.setdefault((each.sheet, each.row), []).append(problem)
    for place, those in problems.items():
        rows[place] = RowResult(sheet=place[0], row=place[1], result="rejected", problems=tuple(those))
    return tuple(sorted(rows.values(), key=lambda each: (each.sheet or "", each.row)))
