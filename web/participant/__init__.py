"""The pages of startups and partners: their profile, whom to meet and why, wishes, agenda, outcome."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from web.participant.blueprint import pages

MODULES = ("home",)
"""The modules that put views on the blueprint."""


def register(app: Flask) -> None:
    """Add the pages."""
    for name in MODULES:
        import_module(f"web.participant.{name}")
    app.register_blueprint(pages)
