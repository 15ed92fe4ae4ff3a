"""What several pages share: reading query values, addresses, and what the templates of pages ask."""

from __future__ import annotations

import re
from urllib.parse import quote

from flask import current_app, request, url_for
from werkzeug.routing import BaseConverter

from matcher.service import Service
from profiles.errors import InputError, NotFoundError
from profiles.model import PARTNER_KINDS, Kind, Profile, Side, Topic
from web import matchviews, verdicts
from web.navigation import navigation
from web.phrases import gettext as _
from web.render.about import reading_the_score

FIRST, STEPS = 10, (10, 25, 50)
"""How many matches a page shows at first, and after "show more"."""

QUERY_LENGTH = 200


class IdConverter(BaseConverter):
    """An id in a path, whatever characters it is made of."""

    part_isolating = False
    regex = ".+"


def service() -> Service:
    """The service of this application."""
    found: Service = current_app.extensions["roundtable"]
    return found


def stored(profile_id: str) -> Profile:
    """The profile with this id.

    Raises:
        NotFoundError: there is none. NUL, which PostgreSQL refuses to compare, is in no id.
    """
    if "\0" in profile_id:
        raise NotFoundError(profile_id)
    return service().store.get(profile_id)


def read_kind(value: str) -> Kind | None:
    """A kind as written in a query; empty for all."""
    if not value:
        return None
    try:
        return Kind(value)
    except ValueError as cause:
        raise InputError(_("there is no kind “{value}”", value=value), field="kind") from cause


def read_side(value: str) -> Side | None:
    """A side as written in a query; empty for both."""
    if not value:
        return None
    try:
        return Side(value)
    except ValueError as cause:
        raise InputError(_("there is no side “{value}”", value=value), field="side") from cause


def read_track(value: str) -> Topic | None:
    """A track as written in a query; empty for all topics together."""
    if not value:
        return None
    try:
        return Topic(value)
    except ValueError as cause:
        raise InputError(_("there is no topic “{value}”", value=value), field="track") from cause


def read_dial(value: str) -> float:
    """One of the dial's positions as written in a query."""
    found = {f"{dial:g}": dial for dial in verdicts.DIALS}.get(value or "0")
    if found is None:
        allowed = ", ".join(f"{dial:g}" for dial in verdicts.DIALS)
        raise InputError(_("“{value}” is none of {allowed}", value=value, allowed=allowed), field="diversity")
    return found


def read_switch(value: str, name: str) -> bool:
    """A switch as written in a query: 1 for on, 0 or nothing for off."""
    if value not in ("", "0", "1"):
        raise InputError(_("“{value}” is neither 1 nor 0", value=value), field=name)
    return value == "1"


def read_count(value: str, name: str, default: int, most: int) -> int:
    """A whole number from 1 to ``most`` as written in a query."""
    if not value:
        return default
    if not re.fullmatch(r"[0-9]{1,9}", value) or not 1 <= int(value) <= most:
        raise InputError(_("“{value}” is not a number from 1 to {most}", value=value, most=most), field=name)
    return int(value)


def read_query(value: str) -> str:
    """Search words, without what cannot be searched for."""
    text = " ".join("".join(c if c.isprintable() else " " for c in value).split())
    if len(text) > QUERY_LENGTH:
        raise InputError(
            _("the search is longer than {most} characters: use fewer words", most=QUERY_LENGTH), field="q"
        )
    return text


def profile_url(profile: Profile) -> str:
    """The page of a stored profile."""
    endpoint = "rankings.startup" if profile.side is Side.STARTUP else "rankings.partner"
    return url_for(endpoint, profile_id=profile.id)


def here() -> str:
    """The path and query of this page, to come back to; an id in it may hold ``?`` and ``#``."""
    query = request.query_string.decode("ascii", "replace")
    return quote(request.path) + (f"?{query}" if query else "")


def next_step(shown: int, candidates: int) -> int | None:
    """How many to show next, None where all are shown."""
    return next((step for step in STEPS if step > shown), None) if shown < candidates else None


TEMPLATE_GLOBALS = {
    **matchviews.TEMPLATE_GLOBALS,
    "next_step": next_step,
    "reading_the_score": reading_the_score,
    "profile_url": profile_url,
    "here": here,
    "navigation": navigation,
    "all_kinds": tuple(Kind),
    "partner_kinds": PARTNER_KINDS,
    "all_topics": tuple(Topic),
    "Side": Side,
}
