"""The list of events."""

from __future__ import annotations

from flask import render_template

from web.access import store
from web.organiser.blueprint import onlooker, pages


@pages.get("/events")
@onlooker
def events() -> str:
    """All events, the latest first."""
    return render_template("organiser/events.html", events=store().consultations())
