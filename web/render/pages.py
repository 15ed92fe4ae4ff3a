"""The report's pages: whole by themselves, without scripts or anything from elsewhere."""

from __future__ import annotations

from functools import cache
from typing import Any
from urllib.parse import quote

from jinja2 import Environment

from matcher.report import FIRST, Overview
from matcher.results import Match, MatchList
from web import phrases
from web.matchviews import TEMPLATE_FILTERS, TEMPLATE_GLOBALS, ordered
from web.render.about import About, reading_the_score
from web.render.choices import Choices, Notes
from web.render.folder import PAGES, page_name
from web.render.whole import environment

TABLES = ("matches.xlsx", "matches.csv", "matches.json")


def index_page(overview: Overview, about: About, choices: Choices, notes: Notes) -> bytes:
    """``index.html``: all startups with their first partners, and the partners most asked for."""
    return _page("report/index.html", overview=overview, about=about, choices=choices, notes=notes)


def startup_page(found: MatchList, about: About, choices: Choices) -> bytes:
    """The page of one startup. It holds the day, not the hour, so that a repeated run keeps it as it lies."""
    return _page("report/startup.html", found=found, profile=found.subject, about=about, choices=choices)


def page_link(startup_id: str) -> str:
    """The address of a startup's page as the index links it."""
    return quote(page_name(startup_id))


def points_line(match: Match) -> str:
    """The points of all parts on one line, for paper, where nothing unfolds."""
    pieces = [
        f"{phrases.part_name(part.code)}\N{NO-BREAK SPACE}{phrases.points(part.points)}"
        for part in ordered(match)
    ]
    return " · ".join(pieces)


def _page(template: str, **values: Any) -> bytes:
    return _environment().get_template(template).render(**values).encode("utf-8", "replace")


@cache
def _environment() -> Environment:
    found = environment(
        "static/report.css",
        **TEMPLATE_GLOBALS,
        page_link=page_link,
        points_line=points_line,
        reading_the_score=reading_the_score,
        first_places=FIRST,
        tables=TABLES,
        pages_folder=PAGES,
    )
    found.filters.update(TEMPLATE_FILTERS)
    return found
