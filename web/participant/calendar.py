"""The address that calendars follow, outside of the pages that need an account."""

from __future__ import annotations

from flask import Blueprint
from werkzeug.wrappers import Response

from web.access import public
from web.participant import agenda

pages = Blueprint("calendar", __name__)


@pages.get("/calendar/<token>.ics")
@public
def subscribed(token: str) -> Response:
    """The meetings of one attendee."""
    return agenda.subscribed(token)
