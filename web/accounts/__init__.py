"""Accounts: signing in, personal links, passwords, who is invited, and who changed what."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from web.accounts.blueprint import pages

MODULES = ("own", "signing", "people", "inviting", "tokens", "trail")
"""The modules that put views on the blueprint."""


def register(app: Flask) -> None:
    """Add the pages."""
    for name in MODULES:
        import_module(f"web.accounts.{name}")
    app.register_blueprint(pages)
