"""What came of the meetings, to take along: tables, and the summary that is whole by itself."""

from __future__ import annotations

import base64
import hashlib
import io

from flask import abort, request, send_file
from werkzeug.utils import secure_filename
from werkzeug.wrappers import Response

from profiles.consultations import Came
from profiles.model import Side
from web import phrases, times
from web.access import store
from web.organiser.blueprint import event_of, onlooker, pages
from web.organiser.board import Board, Group, Line, group_name, track_name
from web.organiser.outcomes import board_of, wanted_of
from web.organiser.showing import Shown
from web.phrases import LANGUAGES, use_language
from web.render.charts import coverage, funnel
from web.render.outcome_report import Agreement, Report, page
from web.render.outcome_tables import Row, csv_table, workbook
from web.render.timetable import words


@pages.get("/events/<event_id>/outcomes/table.<any(csv, xlsx):ending>")
@onlooker
def outcomes_export(event_id: str, ending: str) -> Response:
    """The meetings that are listed, as a table."""
    board = board_of(event_of(event_id))
    rows = [_row(line) for line in wanted_of(request.args).of(board.lines)]
    if ending == "csv":
        content = csv_table(rows)
    else:
        sums = [(group_name(group), board.sums(group)) for group in Group]
        content = workbook(rows, board.event.name, sums)
    name = secure_filename(f"{board.event.id}-outcomes") or "outcomes"
    return send_file(io.BytesIO(content), as_attachment=True, download_name=f"{name}.{ending}")


@pages.get("/events/<event_id>/outcomes/report")
@onlooker
def outcomes_report(event_id: str) -> Response:
    """The summary, whole by itself, in the reader's language or the one that is asked for."""
    event, language = event_of(event_id), request.args.get("language") or phrases.language()
    if language not in LANGUAGES:
        abort(404)
    with use_language(language):
        content = page(report_of(board_of(event)))
    if request.args.get("download") == "1":
        name = secure_filename(f"{event.id}-outcomes-{language}") or "outcomes"
        return send_file(
            io.BytesIO(content), mimetype="text/html", as_attachment=True, download_name=f"{name}.html"
        )
    answer = Response(content, mimetype="text/html")
    # Its one style sheet stands in the page: that and nothing else may be used.
    answer.headers["Content-Security-Policy"] = (
        f"default-src 'none'; style-src '{_style_hash(content)}'; base-uri 'none'; form-action 'none'; "
        "frame-ancestors 'none'"
    )
    return answer


def report_of(board: Board) -> Report:
    """What the summary says, in the language in use."""
    event, shown = board.event, board.shown
    zone = event.plan.event.timezone
    attendees = store().attendees(event.id)
    was_desk = shown is not None and any(each.checked_in_at for each in attendees)
    names = {
        who: str(name)
        for line in board.lines
        for who, name in zip(line.meant.key, (line.startup, line.partner), strict=True)
    }
    if shown is not None:
        names = {**{who: str(words.name(person)) for who, person in shown.table.people.items()}, **names}
    agreements = [
        Agreement(str(line.startup), str(line.partner), track_name(line.meant.track), line.agreed.amount_usd)
        for line in board.lines
        if line.agreed.reached(Came.AGREEMENT)
    ]
    return Report(
        title=event.name,
        days=[times.long_day(day.date) for day in event.plan.days],
        created=f"{times.full(board.now, zone).text} ({times.place(zone)})",
        come=_come(shown) if shown is not None and was_desk else None,
        whole=board.sum,
        tracks=board.sums(Group.TRACK),
        kinds=board.sums(Group.KIND),
        funnel=funnel(board.courses()),
        wishes=coverage(shown.event, shown.schedule) if shown is not None else None,
        agreements=sorted(agreements, key=lambda each: (-(each.amount_usd or 0), each.startup)),
        absent=[names.get(each.profile_id, each.profile_id) for each in attendees if each.absent_at],
    )


def _come(shown: Shown) -> dict[Side, tuple[int, int]]:
    """How many of those with a meeting were checked in, and how many these are, by side."""
    found = {}
    for place, side in enumerate(Side):
        due = {entry.key[place] for entry in shown.table.entries}
        here = [who for who in due if who in shown.attendees and shown.attendees[who].checked_in_at]
        found[side] = (len(here), len(due))
    return found


def _style_hash(content: bytes) -> str:
    start, end = content.index(b"<style>") + len(b"<style>"), content.index(b"</style>")
    return "sha256-" + base64.b64encode(hashlib.sha256(content[start:end]).digest()).decode()


def _row(line: Line) -> Row:
    return Row(
        *line.meant.key,
        (str(line.startup), str(line.partner)),
        line.meant.track,
        line.entry.slot.start if line.entry is not None else None,
        line.entry.table.id if line.entry is not None else "",
        line.agreed,
    )
