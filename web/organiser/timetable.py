"""The timetable of an event: made by one button, looked at by slot, table, person and interpreter."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from flask import abort, render_template, request

from matcher.schedule.check import check
from profiles.accounts import Role
from profiles.consultations import Consultation
from profiles.errors import InputError
from profiles.event import State
from web import consulting, jobs, schedule_words, times, timetable_words
from web.access import me, store
from web.organiser import searches, showing
from web.organiser.blueprint import event_of, onlooker, pages
from web.organiser.showing import Filter, Shown
from web.pages.views import read_count, read_query, read_side, read_track, service
from web.render.timetable import words

PEOPLE = 60
"""People on a page of the list by person."""
UNMET = 100
"""Pairs on a page of those that do not meet."""

_WEIGHTS = {State.REQUESTED: 2, State.ACCEPTED: 3, State.MUST: 3, State.CONFIRMED: 3}
"""What counts for more in the order of pairs that do not meet."""

VIEWS = ("slots", "people", "interpreters")


@pages.get("/events/<event_id>/timetable")
@onlooker
def timetable(event_id: str) -> str:
    """The timetable, and the search for one while it runs."""
    return overview(event_of(event_id))


def overview(
    event: Consultation, options: Mapping[str, str] | None = None, errors: Mapping[str, str] | None = None
) -> str:
    """The page of the timetable.

    Args:
        event: the event.
        options: the form of the button as it was sent; None: as it is at first.
        errors: what is wrong with it, by field.
    """
    shown = showing.shown(event, read_version(request.args.get("version", "")))
    job = jobs.newest(store(), event.id, jobs.SCHEDULE)
    return render_template(
        "organiser/timetable/index.html",
        **frame(event, shown),
        **(searches.running(job) if job is not None and not job.state.is_over else {"job": None}),
        outcome=searches.outcome(job, shown),
        options=options or first_options(event, shown),
        errors=errors or {},
        outdated=_outdated(event, shown),
        during=is_during(event),
        view=None if shown is None else _view(shown),
    )


def frame(event: Consultation, shown: Shown | None) -> dict[str, Any]:
    """What all pages of a timetable name."""
    return {
        "event": event,
        "shown": shown,
        "editable": me().role is Role.ORGANISER and shown is not None and shown.is_newest,
        "words": words,
        "timetable_words": timetable_words,
        "schedule_words": schedule_words,
        "is_locked": showing.is_locked,
        "times": times,
    }


def shown_or_404(event: Consultation, number: int | None = None) -> Shown:
    """A version that has to be there."""
    found = showing.shown(event, number)
    if found is None:
        abort(404)
    return found


def read_version(text: str) -> int | None:
    """A version as written in a query; empty for the newest."""
    return read_count(text, "version", 0, 10**9) or None


# -- what is shown -----------------------------------------------------------------------------


@dataclass(frozen=True)
class View:
    """How the timetable is looked at.

    Attributes:
        name: one of ``VIEWS``, or of a single one: ``person``, ``table``, ``interpreter``.
        day: the day that is shown.
        wanted: which meetings and people.
        who: the single one that is looked at.
        page: of the list of people, from 1.
    """

    name: str
    day: date
    wanted: Filter
    who: str = ""
    page: int = 1

    def query(self, **other: Any) -> dict[str, Any]:
        """The query of a link to the same view but for what is given."""
        track, side = self.wanted.track, self.wanted.side
        told = {
            "view": self.name if self.name in VIEWS and self.name != VIEWS[0] else None,
            "day": self.day.isoformat(),
            "track": track.value if track else None,
            "side": side.value if side else None,
            "q": self.wanted.text or None,
            "version": request.args.get("version") or None,
            **other,
        }
        return {name: value for name, value in told.items() if value is not None}


def _view(shown: Shown) -> dict[str, Any]:
    """The view that is asked for, and what it shows."""
    asked = request.args
    wanted = Filter(
        read_track(asked.get("track", "")),
        read_query(asked.get("q", "")),
        read_side(asked.get("side", "")),
    )
    day = read_day(shown, asked.get("day", ""))
    for name, known in (
        ("person", set(shown.table.people)),
        ("table", {each.id for each in shown.event.tables}),
        ("interpreter", {each.id for each in shown.event.interpreters}),
    ):
        if who := asked.get(name, ""):
            if who not in known:
                abort(404)
            return {"asked": View(name, day, wanted, who), **_single(shown, name, who)}
    name = asked.get("view", VIEWS[0])
    if name not in VIEWS:
        abort(404)
    page = read_count(asked.get("page", ""), "page", 1, 10**6)
    if name == "people":
        people = wanted.people(list(shown.table.people.values()))
        pages_ = max(1, -(-len(people) // PEOPLE))
        page = min(page, pages_)
        few = people[(page - 1) * PEOPLE : page * PEOPLE]
        return {
            "asked": View(name, day, wanted, page=page),
            "pages": pages_,
            "found": len(people),
            "slots": shown.slots(day),
            "rows": showing.rows(shown, few, day),
        }
    return {"asked": View(name, day, wanted), "lines": shown.lines(day), "slots": shown.slots(day)}


def _single(shown: Shown, name: str, who: str) -> dict[str, Any]:
    if name == "person":
        away, mine = shown.person(who).participant.unavailable, shown.table.of_person(who)
        locked = sum(showing.is_locked(entry) for entry in mine)
        return {"agenda": showing.agenda(shown, mine, away), "mine": mine, "locked": locked}
    if name == "table":
        closed = next(each.closed for each in shown.event.tables if each.id == who)
        return {"agenda": showing.agenda(shown, shown.table.at_table(who), closed)}
    gone = next(each.unavailable for each in shown.event.interpreters if each.id == who)
    return {"agenda": showing.agenda(shown, shown.table.with_interpreter(who), gone)}


def read_day(shown: Shown, text: str) -> date:
    """A day of the event as written in a query; today if it is one of them, else the first."""
    by_text = {day.isoformat(): day for day in shown.days}
    if text:
        if text not in by_text:
            abort(404)
        return by_text[text]
    today = datetime.now(ZoneInfo(shown.event.event.timezone)).date()
    return today if today in shown.days else shown.days[0]


# -- how it came about -------------------------------------------------------------------------


def first_options(event: Consultation, shown: Shown | None) -> dict[str, str]:
    """The form of the button before anybody has touched it."""
    # Who knows a time already should not lose it without need.
    told = event.published is not None and shown is not None
    return {"seconds": "60", "seed": "0", **({"keep": "1"} if told else {})}


def is_during(event: Consultation) -> bool:
    """Whether the event is held today."""
    today = datetime.now(ZoneInfo(event.plan.event.timezone)).date()
    return any(day.date == today for day in event.plan.days)


def _outdated(event: Consultation, shown: Shown | None) -> list[str]:
    """What has changed since the newest timetable was made, in words."""
    if shown is None or not shown.is_newest:
        return []
    try:
        now = consulting.built(service(), event.id).event
    except InputError:  # a side has nobody any more: the set-up says so
        return []
    return showing.outdated(shown.table.event, now)


# -- further pages -----------------------------------------------------------------------------


@pages.get("/events/<event_id>/timetable/unscheduled")
@onlooker
def timetable_unscheduled(event_id: str) -> str:
    """The pairs that do not meet, with the reason and the price of each."""
    event = event_of(event_id)
    shown = shown_or_404(event, read_version(request.args.get("version", "")))
    wanted = Filter(None, read_query(request.args.get("q", "")))
    pairs = {pair.key: pair for pair in shown.event.pairs}
    people = shown.table.people
    left = [
        (pairs[each.startup, each.partner], each)
        for each in shown.schedule.unscheduled
        if (each.startup, each.partner) in pairs
        and (wanted.names(people[each.startup]) or wanted.names(people[each.partner]))
    ]
    left.sort(key=lambda each: -each[0].fit * _WEIGHTS.get(each[0].state, 1))
    pages_ = max(1, -(-len(left) // UNMET))
    page = min(read_count(request.args.get("page", ""), "page", 1, 10**6), pages_)
    return render_template(
        "organiser/timetable/unscheduled.html",
        **frame(event, shown),
        left=left[(page - 1) * UNMET : page * UNMET],
        found=len(left),
        page=page,
        pages=pages_,
        query=wanted.text,
    )


@pages.get("/events/<event_id>/timetable/check")
@onlooker
def timetable_check(event_id: str) -> str:
    """What the checker, which shares nothing with the search, finds in a version."""
    event = event_of(event_id)
    shown = shown_or_404(event, read_version(request.args.get("version", "")))
    verdict = check(shown.table.event, shown.schedule)
    return render_template("organiser/timetable/check.html", **frame(event, shown), verdict=verdict)


@pages.get("/events/<event_id>/timetable/print")
@onlooker
def timetable_print(event_id: str) -> str:
    """The grid as it is printed: a few tables side by side, a page each."""
    from web.render.timetable.grid import blocks

    event = event_of(event_id)
    shown = shown_or_404(event, read_version(request.args.get("version", "")))
    return render_template(
        "organiser/timetable/print.html", **frame(event, shown), blocks=list(blocks(shown.table))
    )
