"""The report's pages: whole by themselves, without scripts or anything from elsewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from matcher.report import FIRST, Overview
from matcher.results import Match, MatchList
from web import phrases
from web.matchviews import TEMPLATE_FILTERS, TEMPLATE_GLOBALS, ordered
from web.render.about import About, reading_the_score
from web.render.choices import Choices, Notes
from web.render.folder import PAGES, page_name

ROOT = Path(__file__).resolve().parent.parent
STYLES = ("vendor/modern-normalize.css", "roundtable.css", "report.css")
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
    environment = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_callables(phrases.gettext, phrases.ngettext, newstyle=True)  # type: ignore[attr-defined]
    environment.filters.update(TEMPLATE_FILTERS)
    environment.globals.update(TEMPLATE_GLOBALS)
    environment.globals.update(
        style=_style(),
        page_link=page_link,
        points_line=points_line,
        reading_the_score=reading_the_score,
        first_places=FIRST,
        tables=TABLES,
        pages_folder=PAGES,
    )
    return environment


def _style() -> Markup:
    texts = [(ROOT / "static" / name).read_text(encoding="utf-8") for name in STYLES]
    return Markup("\n".join(texts))  # noqa: S704  (our own style sheets)
