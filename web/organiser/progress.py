"""How far an event has come, and what is next: counted, without Flask."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from zoneinfo import ZoneInfo

from profiles.consultations import By, Consultation
from profiles.dayplan import slots_of
from profiles.importers.wishes import Answer
from profiles.model import Side
from profiles.store import Store
from profiles.timetable_store import Version
from web.phrases import N_
from web.phrases import gettext as _


class Place(StrEnum):
    """Where in the work an event is."""

    SET_UP = "set_up"
    WISHES = "wishes"
    CLOSED = "closed"
    SCHEDULED = "scheduled"
    PUBLISHED = "published"
    TODAY = "today"
    HELD = "held"


_NAMES = {
    Place.SET_UP: N_("Being set up"),
    Place.WISHES: N_("Wishes open"),
    Place.CLOSED: N_("Wishes closed"),
    Place.SCHEDULED: N_("Timetable made"),
    Place.PUBLISHED: N_("Published"),
    Place.TODAY: N_("Under way"),
    Place.HELD: N_("Over"),
}
_TONES = {Place.PUBLISHED: "good", Place.TODAY: "good", Place.SET_UP: "wait", Place.WISHES: "wait"}


def place_name(place: Place) -> str:
    """In words."""
    return _(_NAMES[place])


def place_tone(place: Place) -> str:
    """Of ``ui.status``."""
    return _TONES.get(place, "plain")


@dataclass(frozen=True)
class Progress:
    """An event in numbers.

    Attributes:
        people: how many take part, by side.
        invited, joined: how many of them have an account; have chosen a password.
        asked: how many have said anything of a meeting, by side.
        wanted: meetings that one side wants and the other does not refuse yet.
        agreed: meetings that both want.
        bound: meetings that the organiser bound or refused.
        answered: how many have said when they cannot come.
        versions: of the timetable, the newest first.
        here: how many were seen at the door.
        noted: meetings of which something is noted.
    """

    event: Consultation
    place: Place
    people: dict[Side, int]
    invited: int
    joined: int
    asked: dict[Side, int]
    wanted: int
    agreed: int
    bound: int
    answered: int
    versions: Sequence[Version]
    here: int
    noted: int

    @property
    def everybody(self) -> int:
        return sum(self.people.values())

    @property
    def meetings(self) -> int | None:
        """Of the published timetable, else of the newest; None: there is none."""
        shown = next((each for each in self.versions if each.number == self.event.published), None)
        newest = self.versions[0] if self.versions else None
        counted = shown or newest
        return counted.meetings if counted else None


def progress_of(store: Store, event: Consultation, now: datetime) -> Progress:
    """How far an event has come by ``now`` (UTC)."""
    attendees, choices = store.attendees(event.id), store.choices(event.id)
    taking_part = {each.profile_id for each in attendees}
    accounts = [each for each in store.accounts() if each.profile_id in taking_part and not each.disabled]
    versions = store.timetables(event.id)
    wants = {(choice.key, choice.by) for choice in choices if choice.answer is Answer.WANTED}
    sides = [key for key, by in wants if by is not By.ORGANISER]
    never = {choice.key for choice in choices if choice.answer is Answer.NEVER}
    agreed = {key for key, times in Counter(sides).items() if times == len(Side)} - never
    return Progress(
        event=event,
        place=place_of(event, bool(attendees), versions, now),
        people={side: sum(each.side is side for each in attendees) for side in Side},
        invited=len({each.profile_id for each in accounts}),
        joined=len({each.profile_id for each in accounts if each.has_password}),
        asked={
            side: len(
                {
                    choice.startup if side is Side.STARTUP else choice.partner
                    for choice in choices
                    if choice.by is By.of(side)
                }
            )
            for side in Side
        },
        wanted=len(set(sides) - never - agreed),
        agreed=len(agreed),
        bound=sum(choice.by is By.ORGANISER and choice.answer is not None for choice in choices),
        answered=sum(bool(each.unavailable) for each in attendees),
        versions=versions,
        here=sum(each.checked_in_at is not None for each in attendees),
        noted=len({note.key for note in store.notes(event.id)}),
    )


def place_of(event: Consultation, any_people: bool, versions: Sequence[Version], now: datetime) -> Place:
    """Where in the work an event is at ``now`` (UTC)."""
    slots = slots_of(event.plan)
    zone = ZoneInfo(event.plan.event.timezone)
    if now >= slots[-1].end.replace(tzinfo=zone):
        return Place.HELD
    if event.published is not None:
        return Place.TODAY if now >= slots[0].start.replace(tzinfo=zone) else Place.PUBLISHED
    if versions:
        return Place.SCHEDULED
    if not any_people:
        return Place.SET_UP
    return Place.WISHES if event.is_open(now) else Place.CLOSED
