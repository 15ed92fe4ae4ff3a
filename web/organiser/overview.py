"""An event at a glance: what is done, what is next, what should be mended first."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from flask import render_template, request, url_for

from matcher.schedule.build import Built
from matcher.schedule.wording import Told
from profiles.errors import InputError
from profiles.model import Side
from web import phrases, schedule_words, times
from web.access import store
from web.consulting import built
from web.organiser.blueprint import event_of, onlooker, pages
from web.organiser.people import namer
from web.organiser.preview import shape_of
from web.organiser.progress import Place, Progress, progress_of
from web.pages.views import service
from web.phrases import gettext as _
from web.phrases import ngettext

SHOWN = 12
"""So many warnings are shown at first."""


@dataclass(frozen=True)
class Step:
    """One step of the work.

    Attributes:
        state: ``done``, ``next``, ``later``.
        text: how far it is.
        url: where it is done; empty where there is no page for it.
    """

    name: str
    state: str
    text: str
    url: str


@dataclass(frozen=True)
class Mend:
    """Something to be mended.

    Attributes:
        links: where, as name and address; the names of those it is about, or empty for the text itself.
    """

    text: str
    links: tuple[tuple[str, str], ...]


@pages.get("/events/<event_id>")
@onlooker
def event(event_id: str) -> str:
    """Steps, numbers and warnings of an event."""
    found = event_of(event_id)
    progress = progress_of(store(), found, datetime.now(UTC))
    try:
        made: Built | None = built(service(), event_id)
    except InputError:  # a side has nobody yet: the steps say so
        made = None
    warnings = _warnings(event_id, made) if made else []
    attendees = store().attendees(event_id)
    reader = request.cookies.get("timezone", "")
    zone = found.plan.event.timezone
    return render_template(
        "organiser/overview.html",
        event=found,
        progress=progress,
        steps=_steps(progress),
        built=made,
        shape=shape_of(found.plan, attendees),
        warnings=warnings if "all" in request.args else warnings[:SHOWN],
        warned=len(warnings),
        until=times.full(found.wishes_until, zone, reader) if found.wishes_until else None,
        zone_note=times.zone_note(zone),
    )


def _steps(progress: Progress) -> list[Step]:
    """The steps in order; the first that is not done is the next one."""
    event_id, place = progress.event.id, progress.place
    people = [
        f"{phrases.side_name(side, many=True)} {phrases.number(progress.people[side])}" for side in Side
    ]
    asked = [f"{phrases.side_name(side, many=True)} {phrases.number(progress.asked[side])}" for side in Side]
    closed = place not in (Place.SET_UP, Place.WISHES)
    plain: list[tuple[str, bool, str, str]] = [
        (_("Set-up"), True, _set_up(progress), "organiser.setup"),
        (_("Attendees"), all(progress.people.values()), phrases.listed(people), "organiser.attendees"),
        (
            _("Invitations"),
            0 < progress.everybody == progress.joined,
            _(
                "{invited} of {all} have an account, {joined} have signed up",
                invited=phrases.number(progress.invited),
                all=phrases.number(progress.everybody),
                joined=phrases.number(progress.joined),
            ),
            "organiser.attendees",
        ),
        (
            _("Wishes"),
            closed and any(progress.asked.values()),
            _(
                "Have said something: {people}. {wanted} wanted by one side, {agreed} by both",
                people=phrases.listed(asked),
                wanted=phrases.number(progress.wanted),
                agreed=phrases.number(progress.agreed),
            ),
            "organiser.matches",
        ),
        (_("Timetable"), bool(progress.versions), _timetable(progress), "organiser.timetable"),
        (
            _("Publication"),
            progress.event.published is not None,
            _("Version {number} is what attendees see", number=progress.event.published)
            if progress.event.published is not None
            else _("Attendees see no timetable yet"),
            "organiser.timetable",
        ),
        (
            _("On the day"),
            place is Place.HELD,
            _(
                "{here} of {all} checked in",
                here=phrases.number(progress.here),
                all=phrases.number(progress.everybody),
            ),
            "organiser.day",
        ),
        (
            _("Outcomes"),
            place is Place.HELD and progress.noted > 0,
            ngettext("{number} meeting with a note", "{number} meetings with a note", progress.noted),
            "organiser.outcomes",
        ),
    ]
    first = next((at for at, step in enumerate(plain) if not step[1]), len(plain))
    return [
        Step(
            name,
            "done" if done else "next" if at == first else "later",
            text,
            url_for(endpoint, event_id=event_id),
        )
        for at, (name, done, text, endpoint) in enumerate(plain)
    ]


def _set_up(progress: Progress) -> str:
    shape = shape_of(progress.event.plan)
    days = ngettext("{number} day", "{number} days", len(shape.days))
    slots = ngettext("{number} time", "{number} times", shape.slots)
    tables = ngettext("{number} table", "{number} tables", shape.tables)
    return phrases.listed([days, slots, tables])


def _timetable(progress: Progress) -> str:
    if not progress.versions:
        return _("None made yet")
    newest = progress.versions[0]
    meetings = ngettext("{number} meeting", "{number} meetings", newest.meetings)
    return _("Version {number}: {meetings}", number=newest.number, meetings=meetings)


def _warnings(event_id: str, made: Built) -> list[Mend]:
    name = namer(person.id for person in made.event.participants)
    told = [
        Mend(schedule_words.told(text, name), (("", url),) if (url := _mended(made, text)) else ())
        for text in made.told
    ]
    alone: dict[str, list[str]] = {}
    for who, why in made.alone.items():
        alone.setdefault(schedule_words.told(why, name), []).append(who)
    return told + [
        Mend(
            why,
            tuple(
                (name(who), url_for("organiser.attendees_one", event_id=event_id, profile_id=who))
                for who in people
            ),
        )
        for why, people in alone.items()
    ]


def _mended(made: Built, text: str) -> str:
    """The page on which a contradiction is mended: of two, or of one."""
    if not isinstance(text, Told):
        return ""
    about = {str(text.values[name]) for name in ("who", "no", "whom") if name in text.values}
    event_id, sides = made.event.event.id, {each.id: each.side for each in made.event.participants}
    pair = {sides[who]: who for who in about if who in sides}
    if len(pair) == len(Side):
        startup, partner = pair[Side.STARTUP], pair[Side.PARTNER]
        return url_for("organiser.matches_pair", event_id=event_id, startup=startup, partner=partner)
    if about:
        return url_for("organiser.attendees_one", event_id=event_id, profile_id=min(about))
    return ""
