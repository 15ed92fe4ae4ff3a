"""Where a startup's or partner's work begins: what is to be done next, and its days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from flask import render_template, url_for

from matcher.gaps import RESTS_ON, is_open
from profiles.consultations import Consultation
from profiles.model import Profile
from web import times
from web.access import store
from web.participant.blueprint import attendee, my_profile, pages
from web.participant.day import MyDay, day_tabs, reader_zone
from web.participant.notes import to_note
from web.phrases import gettext as _
from web.phrases import ngettext
from web.times import Moment


@dataclass(frozen=True)
class Task:
    """Something to be done next.

    Attributes:
        until: by when, if there is a limit.
    """

    text: str
    url: str
    until: Moment | None = None


@dataclass(frozen=True)
class Card:
    """A day as a list shows it."""

    event: Consultation
    dates: str
    tasks: Sequence[Task]


@pages.get("")
@attendee
def home() -> str:
    """What is to be done next, and the days, the latest first."""
    mine = my_profile()
    cards = []
    for event in store().consultations(profile_id=mine.id):
        day = MyDay.of(event.id)
        cards.append(Card(event, dates_of(event), tasks_of(day)))
    return render_template("participant/home.html", mine=mine, cards=cards, open_fields=open_fields(mine))


@pages.get("/<event_id>")
@attendee
def day(event_id: str) -> str:
    """One day: what is to be done, and how far it is."""
    mine = MyDay.of(event_id)
    choices = mine.choices()
    return render_template(
        "participant/day.html",
        day=mine,
        tabs=day_tabs(mine.event),
        dates=dates_of(mine.event),
        tasks=tasks_of(mine),
        chosen=[choice.answer for choice in choices.mine.values() if choice.answer],
        others=len(mine.others()),
        until=deadline(mine),
        open_fields=open_fields(mine.profile),
    )


def open_fields(profile: Profile) -> list[str]:
    """The fields that count for the match and say nothing."""
    return [field for field in RESTS_ON[profile.side] if is_open(profile, field)]


def deadline(day: MyDay) -> Moment | None:
    """Until when wishes are taken."""
    until = day.event.wishes_until
    return None if until is None else times.full(until, day.zone, reader_zone())


def dates_of(event: Consultation) -> str:
    """When a day is: “Tue, May 11, 2027” or the first and the last."""
    days = event.plan.days
    first, last = times.day(days[0].date), times.day(days[-1].date)
    return first if len(days) == 1 else f"{first} – {last}"


def tasks_of(day: MyDay) -> list[Task]:
    """What is to be done next on a day, what cannot wait first."""
    found: list[Task] = []
    choices = day.choices()
    unseen = [each for each in store().notices(day.id, profile_id=day.me.profile_id) if each.seen_at is None]
    if day.event.published is not None and unseen:
        found.append(Task(_("Your agenda is new or has changed: look at it"), _url("agenda", day)))
    if (asking := len(choices.asking())) and day.is_open:
        text = ngettext(
            "{number} request to meet you has no answer yet",
            "{number} requests to meet you have no answer yet",
            asking,
        )
        found.append(Task(text, _url("requests", day), deadline(day)))
    if day.is_open and not choices.mine:
        found.append(Task(_("Say whom you want to meet"), _url("suggestions", day), deadline(day)))
    if day.is_open and not day.me.unavailable and day.me.terms.max_meetings is None:
        found.append(Task(_("Say when you are free"), _url("availability", day), deadline(day)))
    if open_notes := to_note(day):
        text = ngettext(
            "Note what came of {number} meeting", "Note what came of {number} meetings", open_notes
        )
        found.append(Task(text, _url("notes", day)))
    return found


def _url(section: str, day: MyDay) -> str:
    return url_for(f"participant.{section}", event_id=day.id)
