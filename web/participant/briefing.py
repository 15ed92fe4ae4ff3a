"""What to know before each meeting: who they are, why them, what to ask."""

from __future__ import annotations

from flask import abort, render_template

from web.access import store
from web.pages.views import service
from web.participant.blueprint import attendee, pages
from web.participant.day import MyDay, day_tabs
from web.participant.timetable import own_timetable
from web.render.timetable import words
from web.render.timetable.briefing import Briefing, Briefings
from web.render.timetable.rows import Entry, Timetable


@pages.get("/<event_id>/briefing")
@attendee
def briefing(event_id: str) -> str:
    """All my meetings."""
    day = MyDay.of(event_id)
    mine = own_timetable(store(), day.event, day.me.profile_id)
    return _page(day, mine, mine.of_person(day.me.profile_id) if mine is not None else ())


@pages.get("/<event_id>/briefing/<id:other_id>")
@attendee
def briefing_one(event_id: str, other_id: str) -> str:
    """One meeting; whoever I do not meet is answered with 404."""
    day = MyDay.of(event_id)
    mine = own_timetable(store(), day.event, day.me.profile_id)
    met = mine.of_person(day.me.profile_id) if mine is not None else ()
    entries = [entry for entry in met if entry.other(day.me.profile_id).id == other_id]
    if not entries:
        abort(404)
    return _page(day, mine, entries)


def _page(day: MyDay, mine: Timetable | None, entries: tuple[Entry, ...] | list[Entry]) -> str:
    return render_template(
        "participant/briefing.html",
        day=day,
        tabs=day_tabs(day.event),
        timetable=mine,
        briefings=_briefings(day, mine, entries) if mine is not None else [],
        words=words,
    )


def _briefings(day: MyDay, mine: Timetable, entries: tuple[Entry, ...] | list[Entry]) -> list[Briefing]:
    """Briefings of some of my meetings.

    What the others' further meetings leave unanswered is asked in the organiser's briefings alone: here it
    would tell of meetings that are none of mine.
    """
    why_not = service().why_not
    found = {
        # Of what would change a score, the questions ask for what the partner offers alone.
        entry.key: why_not(*entry.key, entry.track, fields=("seeks",))
        for entry in entries
        if entry.startup.profile is not None and entry.partner.profile is not None
    }
    me = mine.people[day.me.profile_id]
    all_of_mine = Briefings(mine, found, {}).of_person(me)
    keys = {entry.key for entry in entries}
    return [each for each in all_of_mine if each.entry.key in keys]
