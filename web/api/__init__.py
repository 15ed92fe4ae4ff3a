"""The JSON API under ``/api/v1``: the same work as on the pages, for programs, with its OpenAPI document."""

from __future__ import annotations

from importlib import import_module

from flask import Flask

from web.api import errors
from web.api.addresses import Segment
from web.api.blueprint import RATE, api
from web.api.document import document_of
from web.api.operations import OPERATIONS

MODULES = (
    "about",
    "profiles",
    "imports",
    "matches",
    "events",
    "attendees",
    "wishes",
    "schedules",
    "outcomes",
)
"""The modules that put operations on the blueprint, in the order of the document."""


def register(app: Flask) -> None:
    """Add the operations. The CSRF protection must be there: the API has none, as it knows no cookies."""
    app.url_map.converters["segment"] = Segment
    for name in MODULES:
        import_module(f"web.api.{name}")
    app.config.setdefault("API_RATE", RATE)
    app.extensions["csrf"].exempt(api)
    app.extensions["roundtable.openapi"] = document_of(OPERATIONS)
    app.register_blueprint(api)
    errors.register(app)
