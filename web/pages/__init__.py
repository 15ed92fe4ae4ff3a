"""The pages of people who choose: start, rankings, pairs, the directory.

A view parses, asks the service once, renders.
"""

from __future__ import annotations

from flask import Flask

from web import matchviews
from web.pages import directory, errors, method, pasted, rankings, site, start, views


def register(app: Flask) -> None:
    """Add the pages, what their templates need, and the pages for errors."""
    app.url_map.converters["id"] = views.IdConverter
    app.jinja_env.globals.update(views.TEMPLATE_GLOBALS)
    app.jinja_env.filters.update(matchviews.TEMPLATE_FILTERS)
    for module in (start, rankings, pasted, directory, method, site):
        app.register_blueprint(module.pages)
    errors.register(app)
