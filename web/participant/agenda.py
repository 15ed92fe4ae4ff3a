"""An attendee's meetings: on the page, as a calendar file, and at an address that calendars follow."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flask import abort, current_app, render_template, request, url_for
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from profiles.errors import UnknownError
from profiles.model import Profile
from web import access, times
from web.access import store
from web.participant.blueprint import attendee, pages
from web.participant.day import MyDay, day_tabs, reader_zone
from web.participant.timetable import calendar_of, own_timetable
from web.phrases import LANGUAGES, language, use_language
from web.render.timetable import words
from web.render.timetable.rows import Gap
from web.times import Moment

_SALT = "roundtable.calendar"


@dataclass(frozen=True)
class Told:
    """One change of a meeting, as it is told.

    Attributes:
        kind: ``added``, ``dropped`` or ``moved``.
        before, after: when it was and is; None where it did not or does not take place.
        places: table before and after, as far as they are known.
        moves: what changes of a meeting that takes place before and after.
    """

    other: str
    kind: str
    before: Moment | None
    after: Moment | None
    places: tuple[str, str]
    moves: Sequence[str]


@pages.get("/<event_id>/agenda")
@attendee
def agenda(event_id: str) -> str:
    """My meetings of the published version, and once what has changed since the one before."""
    day = MyDay.of(event_id)
    mine = own_timetable(store(), day.event, day.me.profile_id)
    noticed = store().notices(day.id, profile_id=day.me.profile_id) if mine is not None else []
    told = [(notice, _told(day, notice.changes)) for notice in noticed]
    page = render_template(
        "participant/agenda.html",
        day=day,
        tabs=day_tabs(day.event),
        timetable=mine,
        days=mine.days(mine.of_person(day.me.profile_id)) if mine is not None else [],
        fresh=[each for notice, each in told if notice.seen_at is None],
        earlier=[each for notice, each in told if notice.seen_at is not None],
        hour=lambda moment: times.hour(moment, day.zone, reader_zone()),
        is_gap=lambda item: isinstance(item, Gap),
        words=words,
        times=times,
        address=_address(day),
    )
    if any(notice.seen_at is None for notice in noticed):
        store().see_notices(day.id, day.me.profile_id)
    return page


def _told(day: MyDay, changes: Sequence[Mapping[str, Any]]) -> list[Told]:
    others = [_other(day, change) for change in changes]
    profiles = store().get_many(others)
    return [
        _change(day, change, profiles.get(other), other)
        for change, other in zip(changes, others, strict=True)
    ]


def _other(day: MyDay, change: Mapping[str, Any]) -> str:
    ids = (str(change["startup"]), str(change["partner"]))
    return ids[1] if ids[0] == day.me.profile_id else ids[0]


def _change(day: MyDay, change: Mapping[str, Any], other: Profile | None, other_id: str) -> Told:
    before, after = change["before"], change["after"]

    def when(place: Mapping[str, Any] | None) -> Moment | None:
        if place is None:
            return None
        return times.full(datetime.fromisoformat(place["start"]), day.zone, reader_zone())

    return Told(
        other.label(language()) if other else other_id,
        str(change["kind"]),
        when(before),
        when(after),
        (before["table"] if before else "", after["table"] if after else ""),
        change["moves"],
    )


# -- calendars -----------------------------------------------------------------------------------


@pages.get("/<event_id>/agenda.ics")
@attendee
def agenda_file(event_id: str) -> Response:
    """My meetings as a calendar file."""
    day = MyDay.of(event_id)
    return _calendar(calendar_of(store(), day.event, day.me.profile_id), attached=True)


def subscribed(token: str) -> Response:
    """The calendar that a subscribe address leads to: for programs, which sign in nowhere.

    The address cannot be guessed, shows one attendee's meetings, and is good for as long as it takes part.
    """
    try:
        said = _signer().loads(token)
        event_id, profile_id, code = (str(each) for each in said)
    except (BadSignature, ValueError, TypeError):
        abort(404)
    kept = store()
    try:
        event = kept.consultation(event_id)
        kept.attendee(event_id, profile_id)
    except UnknownError:
        abort(404)
    with use_language(code if code in LANGUAGES else "en"):
        return _calendar(calendar_of(kept, event, profile_id), attached=False)


def _calendar(content: bytes, *, attached: bool) -> Response:
    answer = Response(content, mimetype="text/calendar")
    sort = "attachment" if attached else "inline"
    answer.headers["Content-Disposition"] = f'{sort}; filename="roundtable.ics"'
    return answer


def _address(day: MyDay) -> str:
    """Where calendars find the meetings, in the language in use."""
    token = _signer().dumps([day.id, day.me.profile_id, language()])
    path = url_for("calendar.subscribed", token=token)
    base = access.settings().base_url or request.url_root
    return base.rstrip("/") + path


def _signer() -> URLSafeSerializer:
    return URLSafeSerializer(current_app.config["SECRET_KEY"], salt=_SALT)
