"""The blueprint that all views of startups and partners are on, and what they share."""

from __future__ import annotations

from collections.abc import Callable

from flask import Blueprint

from profiles.accounts import Role
from profiles.consultations import Attendee, Consultation
from profiles.errors import UnknownError
from profiles.model import Profile
from web.access import View, may, my_profile_id, store

pages = Blueprint("participant", __name__, url_prefix="/my")

attendee: Callable[[View], View] = may(Role.STARTUP, Role.PARTNER)
"""For all views of this blueprint."""


def my_profile() -> Profile:
    """The profile that whoever asks speaks for."""
    return store().get(my_profile_id())


def my_day(event_id: str) -> tuple[Consultation, Attendee]:
    """An event that whoever asks takes part in; any other is answered with 404, as if it were not there."""
    kept = store()
    try:
        return kept.consultation(event_id), kept.attendee(event_id, my_profile_id())
    except UnknownError as cause:
        raise UnknownError(f"no event {event_id!r}") from cause
