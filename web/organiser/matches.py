"""The match table of an event: a heat map or a list of all pairs, to filter, sort, page and export."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

from flask import render_template, request, send_file
from werkzeug.wrappers import Response

from profiles.consultations import By, Consultation
from profiles.errors import InputError
from web import matchwords
from web.matchtable import ONLY, ORDERS, SORTS, Look, MatchTable, match_table
from web.organiser.blueprint import event_of, onlooker, pages
from web.pages.views import read_count, read_kind, read_query, read_track, service
from web.phrases import gettext as _
from web.render import pairs

ROWS, COLUMNS, LISTED = 25, 20, 50
"""Startups and partners of a page of the map, pairs of a page of the list."""

CSV, XLSX = "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Part:
    """A part of a long row of things.

    Attributes:
        places: of those shown.
        first: the number of the first of them, from 1.
    """

    places: list[int]
    number: int
    pages: int
    first: int
    total: int

    @property
    def last(self) -> int:
        return self.first + len(self.places) - 1


def part_of(places: list[int], name: str, size: int) -> Part:
    """The part that the address asks for."""
    count = max(1, -(-len(places) // size))
    number = min(read_count(request.args.get(name, ""), name, 1, 10**6), count)
    first = (number - 1) * size
    return Part(places[first : first + size], number, count, first + 1, len(places))


@pages.get("/events/<event_id>/matches")
@onlooker
def matches(event_id: str) -> str:
    """The heat map, or with ``view=list`` the list."""
    event = event_of(event_id)
    look = read_look(request.args)
    try:
        table = match_table(service(), event_id, look.track)
    except InputError:  # a side has nobody yet
        return render_template("organiser/matches-none.html", event=event)
    if request.args.get("view") == "list":
        return _list(event, look, table)
    mask = table.wanted(look)
    rows, columns = table.ordered(look, mask)
    shown_rows, shown_columns = part_of(rows, "rp", ROWS), part_of(columns, "cp", COLUMNS)
    return render_template(
        "organiser/matches.html",
        **_shared(event, look, table),
        mask=mask,
        rows=shown_rows,
        columns=shown_columns,
        found=int(mask.sum()),
        view="map",
        sort="",
    )


def _list(event: Consultation, look: Look, table: MatchTable) -> str:
    sort = request.args.get("sort", "") or "-fit"
    if sort.removeprefix("-") not in SORTS:
        sort = "-fit"
    places = table.listed(look, sort)
    count = max(1, -(-len(places) // LISTED))
    number = min(read_count(request.args.get("page", ""), "page", 1, 10**6), count)
    return render_template(
        "organiser/matches-list.html",
        **_shared(event, look, table),
        cells=[table.cell(*at) for at in places[(number - 1) * LISTED : number * LISTED]],
        number=number,
        pages=count,
        found=len(places),
        view="list",
        sort=sort,
    )


def _shared(event: Consultation, look: Look, table: MatchTable) -> dict[str, Any]:
    return {
        "event": event,
        "look": look,
        "table": table,
        "query": query_of(look),
        "words": matchwords,
        "tracks": event.plan.tracks,
        "kinds": list(dict.fromkeys(profile.kind for profile in table.partners)),
        "By": By,
    }


@pages.get("/events/<event_id>/matches/pairs.<any(csv, xlsx):form>")
@onlooker
def matches_export(event_id: str, form: str) -> Response:
    """All pairs looked at as a table for spreadsheets."""
    event = event_of(event_id)
    look = read_look(request.args)
    table = match_table(service(), event_id, look.track)
    rows = [table.cell(*at) for at in table.listed(look, "-fit")]
    content = (
        pairs.csv_bytes(rows, table)
        if form == "csv"
        else pairs.workbook_bytes(rows, table, event.name, datetime.now(UTC))
    )
    name = f"{event.id}-pairs.{form}"
    return send_file(BytesIO(content), CSV if form == "csv" else XLSX, as_attachment=True, download_name=name)


def read_look(given: Any) -> Look:
    """What an address says of what to look at; what it does not know is left out."""
    rows, columns = given.get("rows", ""), given.get("columns", "")
    only = given.get("only", "")
    return Look(
        track=read_track(given.get("track", "")),
        kind=read_kind(given.get("kind", "")),
        startup=read_query(given.get("startup", "")),
        partner=read_query(given.get("partner", "")),
        only=only if only in ONLY else "",
        least=_read_least(given.get("least", "")),
        rows=rows if rows in ORDERS else "best",
        columns=columns if columns in ORDERS else "best",
    )


def _read_least(text: str) -> float:
    try:
        value = float(text.replace(",", ".") or 0)
    except ValueError as cause:
        raise InputError(_("“{value}” is not a number from 0 to 100", value=text), field="least") from cause
    if not math.isfinite(value) or not 0 <= value <= 100:
        raise InputError(_("“{value}” is not a number from 0 to 100", value=text), field="least")
    return value


def query_of(look: Look) -> dict[str, str]:
    """The query that ``read_look`` reads; nothing of what is usual."""
    said = {
        "track": look.track.value if look.track else "",
        "kind": look.kind.value if look.kind else "",
        "startup": look.startup,
        "partner": look.partner,
        "only": look.only,
        "least": f"{look.least:g}" if look.least else "",
        "rows": look.rows if look.rows != "best" else "",
        "columns": look.columns if look.columns != "best" else "",
    }
    return {name: value for name, value in said.items() if value}
