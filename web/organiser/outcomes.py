"""What came of the meetings: the board, the organiser's own word, sums, and who has still to say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, TypeVar

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from profiles.accounts import Role
from profiles.consultations import By, Came, Consultation
from profiles.errors import InputError
from web import audit, messages, times
from web.access import me, store
from web.noting import as_form, came_name, held_name, read_note, said_name, speaker_name
from web.organiser.blueprint import event_of, onlooker, organiser, pages
from web.organiser.board import (
    Board,
    Group,
    Line,
    Noted,
    State,
    Wanted,
    group_name,
    noted_name,
    state_name,
    track_name,
)
from web.pages.views import read_count, read_query, read_track
from web.phrases import gettext as _
from web.render.timetable import words
from web.render.timetable.revisions import uid

SIZE = 50
"""Meetings on a page."""

Answer = str | Response | tuple[str, int]


@pages.get("/events/<event_id>/outcomes")
@onlooker
def outcomes(event_id: str) -> str:
    """All meetings with what is noted of them."""
    board, wanted = board_of(event_of(event_id)), wanted_of(request.args)
    found = wanted.of(board.lines)
    count = max(1, -(-len(found) // SIZE))
    number = min(read_count(request.args.get("page", ""), "page", 1, 10**6), count)
    return render_template(
        "organiser/outcomes/index.html",
        **frame(board),
        lines=found[(number - 1) * SIZE : number * SIZE],
        total=len(found),
        number=number,
        pages=count,
        wanted=wanted,
        query=wanted.query(),
    )


@pages.get("/events/<event_id>/outcomes/sums")
@onlooker
def outcomes_sums(event_id: str) -> str:
    """How far meetings got, by track, startup, partner or kind."""
    board = board_of(event_of(event_id))
    group = _one_of(Group, request.args.get("by", ""), "by") or Group.TRACK
    return render_template(
        "organiser/outcomes/sums.html",
        **frame(board),
        group=group,
        groups=[(each, group_name(each)) for each in Group],
        sums=board.sums(group),
    )


@pages.get("/events/<event_id>/outcomes/silent")
@onlooker
def outcomes_silent(event_id: str) -> str:
    """Who has still to say what came of meetings that have begun."""
    board = board_of(event_of(event_id))
    found = board.silent()
    count = max(1, -(-len(found) // SIZE))
    number = min(read_count(request.args.get("page", ""), "page", 1, 10**6), count)
    accounts = {each.profile_id for each in store().accounts() if not each.disabled}
    return render_template(
        "organiser/outcomes/silent.html",
        **frame(board),
        silent=found[(number - 1) * SIZE : number * SIZE],
        total=len(found),
        number=number,
        pages=count,
        accounts=accounts,
        mail_url=url_for("organiser.mail", event_id=event_id) if me().role is Role.ORGANISER else "",
    )


# -- the organiser's word ----------------------------------------------------------------------


@pages.get("/events/<event_id>/outcomes/note")
@onlooker
def outcomes_note(event_id: str) -> str:
    """One meeting: what each says of it, and the form for the organiser's word."""
    board = board_of(event_of(event_id))
    line = _line(board, request.args)
    if _wants_part() and request.args.get("part") == "line":
        return _row(board, line)
    return _note_page(board, line, as_form(line.agreed.said.get(By.ORGANISER)))


@pages.post("/events/<event_id>/outcomes/note")
@organiser
def outcomes_save(event_id: str) -> Answer:
    """Keep the organiser's word on a meeting."""
    event = event_of(event_id)
    board = board_of(event)
    line = _line(board, request.form)
    note, errors = read_note(request.form, event_id=event.id, key=line.meant.key, by=By.ORGANISER)
    if note is None:
        audit.skip()
        # Scripts put only what succeeded into the page.
        status = 200 if _wants_part() else 400
        return _note_page(board, line, request.form.to_dict(), errors), status
    day = line.entry.slot.start.date() if line.entry is not None else event.plan.days[0].date
    store().keep_note(note, day)
    audit.note(" ".join(line.meant.key), held=note.held, result=note.result.value if note.result else None)
    if _wants_part():
        changed = board_of(event)
        return _row(changed, _line(changed, request.form))
    messages.done(_("Saved."))
    return redirect(url_for("organiser.outcomes", event_id=event.id, **_query()) + f"#{_anchor(event, line)}")


def _note_page(
    board: Board, line: Line, form: Mapping[str, str], errors: Mapping[str, str] | None = None
) -> str:
    return render_template(
        "organiser/outcomes/edit.html" if _wants_part() else "organiser/outcomes/note.html",
        **frame(board),
        line=line,
        form=form,
        errors=errors or {},
        query=_query(),
        results=[("", _("not said")), *((came.value, came_name(came)) for came in Came)],
    )


def _row(board: Board, line: Line) -> str:
    """A meeting's place in the list."""
    return render_template("organiser/outcomes/line.html", **frame(board), line=line, query=_query())


# -- shared ------------------------------------------------------------------------------------


def board_of(event: Consultation) -> Board:
    """The board at present."""
    return Board.of(event, datetime.now(UTC))


def wanted_of(given: Mapping[str, str]) -> Wanted:
    """Which meetings an address names."""
    return Wanted(
        read_track(given.get("track", "")),
        _one_of(State, given.get("state", ""), "state"),
        _one_of(Noted, given.get("noted", ""), "noted"),
        read_query(given.get("q", "")),
    )


def frame(board: Board) -> dict[str, Any]:
    """What all pages of outcomes name."""
    return {
        "event": board.event,
        "board": board,
        "editable": me().role is Role.ORGANISER,
        "words": words,
        "times": times,
        "By": By,
        "Group": Group,
        "State": State,
        "Noted": Noted,
        "state_name": state_name,
        "noted_name": noted_name,
        "track_name": track_name,
        "came_name": came_name,
        "held_name": held_name,
        "said_name": said_name,
        "speaker_name": speaker_name,
        "anchor": lambda line: _anchor(board.event, line),
    }


_E = TypeVar("_E", bound=StrEnum)


def _one_of(kind: type[_E], value: str, field: str) -> _E | None:
    """One of some codes as written in a query; empty for none.

    Raises:
        InputError: it is none of them.
    """
    if not value:
        return None
    if value not in {each.value for each in kind}:
        allowed = ", ".join(each.value for each in kind)
        raise InputError(_("“{value}” is none of {allowed}", value=value, allowed=allowed), field=field)
    return kind(value)


def _line(board: Board, asked: Mapping[str, str]) -> Line:
    key = asked.get("startup", ""), asked.get("partner", "")
    found = next((line for line in board.lines if line.meant.key == key), None)
    if found is None:
        abort(404)
    return found


def _query() -> dict[str, Any]:
    """The list that a meeting was taken from, as an address says it."""
    page_ = request.values.get("page", "")
    found = wanted_of(request.values).query()
    return {**found, "page": page_} if page_.isascii() and page_.isdigit() and page_ != "1" else found


def _anchor(event: Consultation, line: Line) -> str:
    """A meeting's place on the page: ids of people may hold anything."""
    return f"m-{uid(event.id, *line.meant.key)}"


def _wants_part() -> bool:
    """Whether a script puts the answer into the page."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers
