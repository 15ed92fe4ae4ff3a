"""A day as one of its attendees has it: its sections, whom it may meet, and what stands between the two."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from flask import request, url_for

from profiles.consultations import Attendee, By, Choice, Consultation
from profiles.errors import UnknownError
from profiles.importers.wishes import Answer
from profiles.model import Profile
from web.access import store
from web.navigation import Item
from web.pages.site import local_path
from web.participant.blueprint import my_day, my_profile
from web.phrases import N_
from web.phrases import gettext as _

SECTIONS = (
    ("participant.day", N_("Overview")),
    ("participant.suggestions", N_("Suggestions")),
    ("participant.requests", N_("Requests")),
    ("participant.availability", N_("Availability")),
    ("participant.agenda", N_("Agenda")),
    ("participant.briefing", N_("Briefing")),
    ("participant.notes", N_("Notes")),
)
"""Endpoints of a day's sections with their names, in the order of the work."""


class Standing(StrEnum):
    """How far two are with each other, as far as one of them may know.

    What the other wants is known once it asks; that it does not want to, only as the answer to a request.
    """

    OPEN = "open"
    MAYBE = "maybe"
    NEVER = "never"
    ASKED = "asked"
    ASKS_ME = "asks_me"
    AGREED = "agreed"
    DECLINED = "declined"
    I_DECLINED = "i_declined"


def standing(mine: Answer | None, theirs: Answer | None) -> Standing:
    """How far the two are, seen from the side that says ``mine``."""
    if theirs is Answer.WANTED:
        known = {Answer.WANTED: Standing.AGREED, Answer.NEVER: Standing.I_DECLINED}
        return known.get(mine, Standing.ASKS_ME) if mine is not None else Standing.ASKS_ME
    if mine is Answer.WANTED:
        return Standing.DECLINED if theirs is Answer.NEVER else Standing.ASKED
    known = {Answer.MAYBE: Standing.MAYBE, Answer.NEVER: Standing.NEVER}
    return known.get(mine, Standing.OPEN) if mine is not None else Standing.OPEN


@dataclass(frozen=True)
class MyDay:
    """A day with whoever asks.

    Attributes:
        now: when this is asked, in UTC.
    """

    event: Consultation
    me: Attendee
    profile: Profile
    now: datetime

    @classmethod
    def of(cls, event_id: str) -> MyDay:
        """The day of an address; one that whoever asks takes no part in is answered with 404."""
        event, me = my_day(event_id)
        return cls(event, me, my_profile(), datetime.now(UTC))

    @property
    def id(self) -> str:
        return self.event.id

    @property
    def by(self) -> By:
        return By.of(self.me.side)

    @property
    def zone(self) -> str:
        return self.event.plan.event.timezone

    @property
    def is_open(self) -> bool:
        """Whether wishes and availability can still be changed."""
        return self.event.is_open(self.now)

    def others(self) -> frozenset[str]:
        """Who takes part on the other side."""
        return frozenset(each.profile_id for each in store().attendees(self.id, side=self.me.side.other))

    def other(self, profile_id: str) -> Profile:
        """Somebody of the other side who takes part.

        Raises:
            UnknownError: nobody such does; whether there is such a profile is not told.
        """
        if "\0" in profile_id or profile_id not in self.others():
            raise UnknownError(f"{profile_id!r} does not take part in {self.id!r}")
        found = store().get_many([profile_id])
        if profile_id not in found:
            raise UnknownError(f"the profile {profile_id!r} is no longer stored")
        return found[profile_id]

    def key(self, other_id: str) -> tuple[str, str]:
        """The ids of both, the startup's first."""
        pair = (self.me.profile_id, other_id)
        return pair if self.by is By.STARTUP else (pair[1], pair[0])

    def choices(self) -> Choices:
        """What is said of meeting whoever asks."""
        mine: dict[str, Choice] = {}
        theirs: dict[str, Choice] = {}
        for choice in store().choices(self.id, profile_id=self.me.profile_id):
            other = choice.partner if self.by is By.STARTUP else choice.startup
            if choice.by is self.by:
                mine[other] = choice
            elif choice.by is By.of(self.me.side.other):
                theirs[other] = choice
        return Choices(mine, theirs)


@dataclass(frozen=True)
class Choices:
    """What an attendee says of others and they of it, by the other's id.

    What others say is for ``standing`` alone and for the words of a request: no page shows the rest.
    """

    mine: dict[str, Choice]
    theirs: dict[str, Choice]

    def answer(self, other_id: str) -> Answer | None:
        """What I say."""
        return self.mine[other_id].answer if other_id in self.mine else None

    def standing(self, other_id: str) -> Standing:
        """How far we are."""
        return standing(self.answer(other_id), self._theirs(other_id))

    def request(self, other_id: str) -> Choice | None:
        """What the other says when it asks for a meeting; None where it does not ask."""
        return self.theirs[other_id] if self._theirs(other_id) is Answer.WANTED else None

    def asking(self) -> list[str]:
        """Who asks and has no answer yet."""
        return [each for each in self.theirs if self.standing(each) is Standing.ASKS_ME]

    def _theirs(self, other_id: str) -> Answer | None:
        return self.theirs[other_id].answer if other_id in self.theirs else None


def day_tabs(event: Consultation) -> list[Item]:
    """The sections of a day."""
    here = request.endpoint or ""
    return [
        (
            here == endpoint or here.startswith(f"{endpoint}_"),
            url_for(endpoint, event_id=event.id),
            _(text),
        )
        for endpoint, text in SECTIONS
    ]


def mark_of(profile_id: str) -> str:
    """A name for elements of a page that belong to somebody: ids may hold anything."""
    return hashlib.sha256(profile_id.encode()).hexdigest()[:12]


def back(default: str) -> str:
    """Where a form came from, if it says so and it is a page of ours; else ``default``."""
    return local_path(request.form.get("next", "")) or default


def wants_part() -> bool:
    """Whether a part of the page is asked for, by a script that puts it into place."""
    return "HX-Request" in request.headers and "HX-Boosted" not in request.headers


def reader_zone() -> str:
    """The reader's time zone, if the browser has said it."""
    return request.cookies.get("timezone", "")
