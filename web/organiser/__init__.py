"""The organiser's pages: import, events, matches, timetable, the day itself, what came of it."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from web import times
from web.organiser.blueprint import event_tabs, pages

MODULES = (
    "events",
    "overview",
    "setup",
    "attendees",
    "attendee",
    "matches",
    "pair",
    "mail",
    "timetable",
    "scheduling",
    "editing",
    "locking",
    "versions",
    "publishing",
    "exports",
    "uploads",
    "eventuploads",
    "duplicates",
    "profiles",
    "day",
    "absences",
    "lateness",
    "outcomes",
    "outcomefiles",
    "pictures",
)
"""The modules that put views on the blueprint."""


def register(app: Flask) -> None:
    """Add the pages, and what the frame of an event's pages asks."""
    app.jinja_env.globals.update(event_tabs=event_tabs, day_name=times.day)
    for name in MODULES:
        import_module(f"web.organiser.{name}")
    app.register_blueprint(pages)
