"""The blueprint that all of the organiser's views are on, and what they share."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint, current_app, request, url_for

from profiles.accounts import Role
from profiles.consultations import Consultation
from web.access import View, may, me, roles_of, store
from web.navigation import Item
from web.phrases import N_
from web.phrases import gettext as _

pages = Blueprint("organiser", __name__)

organiser: Callable[[View], View] = may(Role.ORGANISER)
"""For views that change something."""
onlooker: Callable[[View], View] = may(Role.ORGANISER, Role.READER)
"""For views that show something."""


def event_of(event_id: str) -> Consultation:
    """The event of an address; where there is none, the answer is 404."""
    return store().consultation(event_id)


SECTIONS = (
    ("organiser.event", N_("Overview")),
    ("organiser.setup", N_("Set-up")),
    ("organiser.attendees", N_("Attendees")),
    ("organiser.matches", N_("Matches")),
    ("organiser.timetable", N_("Timetable")),
    ("organiser.day", N_("On the day")),
    ("organiser.outcomes", N_("Outcomes")),
    ("organiser.pictures", N_("Pictures")),
    ("organiser.mail", N_("Mail")),
)
"""Endpoints of an event's sections with their names, in the order of the work. Views within a section have an
endpoint that begins with the section's: ``organiser.timetable_move``."""


def event_tabs(event: Consultation) -> list[Item]:
    """The sections of an event that whoever asks may see."""
    here = request.endpoint or ""
    return [
        (
            here == endpoint or here.startswith(f"{endpoint}_"),
            url_for(endpoint, event_id=event.id),
            _(text),
        )
        for endpoint, text in SECTIONS
        if _may(endpoint)
    ]


def _may(endpoint: str) -> bool:
    roles = roles_of(current_app._get_current_object(), endpoint)  # type: ignore[attr-defined]
    return roles is None or me().role in roles
