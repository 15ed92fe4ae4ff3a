"""The pages of startups and partners: their profile, whom to meet and why, wishes, agenda, outcome."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from web import times
from web.participant import guide
from web.participant.blueprint import pages
from web.participant.day import mark_of

MODULES = (
    "home",
    "profile",
    "suggestions",
    "requests",
    "availability",
    "agenda",
    "briefing",
    "notes",
)
"""The modules that put views on the blueprint."""


def register(app: Flask) -> None:
    """Add the pages, and the calendars that programs follow."""
    for name in MODULES:
        import_module(f"web.participant.{name}")
    app.jinja_env.globals.update(
        times=times,
        mark_of=mark_of,
        topic_options=guide.topic_options,
        stage_options=guide.stage_options,
    )
    app.register_blueprint(pages)
    app.register_blueprint(import_module("web.participant.calendar").pages)
