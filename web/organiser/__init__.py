"""The organiser's pages: import, events, matches, timetable, the day itself, what came of it."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from web.organiser.blueprint import pages

MODULES = ("events",)
"""The modules that put views on the blueprint."""


def register(app: Flask) -> None:
    """Add the pages."""
    for name in MODULES:
        import_module(f"web.organiser.{name}")
    app.register_blueprint(pages)
