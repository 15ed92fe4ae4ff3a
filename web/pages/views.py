"""What several pages share: reading query values, and what templates ask about a match."""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

from flask import current_app, request, url_for
from werkzeug.routing import BaseConverter

from matcher.results import Match, Part
from matcher.service import Service
from profiles.errors import InputError, NotFoundError
from profiles.model import PARTNER_KINDS, Kind, Profile, Side
from web import phrases
from web.phrases import gettext as _

FIRST, STEPS = 10, (10, 25, 50)
"""How many matches a page shows at first, and after "show more"."""

QUERY_LENGTH = 200

_GROUPS = {
    "meaning": ("wants", "returns", "themes", "overview"),
    "words": ("words", "common"),
    "record": ("experience",),
    "facts": ("topics", "markets", "languages", "stage", "ticket"),
}
_GROUP_OF = {code: group for group, codes in _GROUPS.items() for code in codes}
_RULE_MARKS = ("markets", "topics", "languages", "stage", "ticket")


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


def safe_link(address: str | None) -> str | None:
    """``address`` if it may be linked: http or https, never a script."""
    if not address:
        return None
    try:
        parts = urlsplit(address.strip())
    except ValueError:
        return None
    return address.strip() if parts.scheme.lower() in ("http", "https") and parts.netloc else None


def mail_link(address: str | None) -> str | None:
    """A mailto link for what is plainly an address and nothing more."""
    plain = address and re.fullmatch(r"[\w.+-]+@[\w-]+(\.[\w-]+)+", address.strip())
    return f"mailto:{address.strip()}" if address and plain else None


@dataclass(frozen=True)
class Segment:
    """A part as drawn in the bar of a score; all numbers in points."""

    part: Part
    group: str
    start: float
    width: float


def segments(match: Match) -> list[Segment]:
    """The bar of a score: its parts side by side, in the order they are listed."""
    drawn, start = [], 0.0
    for part in ordered(match):
        if part.points > 0:
            drawn.append(Segment(part, group_of(part.code), round(start, 2), part.points))
            start += part.points
    return drawn


def ordered(match: Match) -> list[Part]:
    """A match's parts in the order they are shown."""
    place = {code: i for i, code in enumerate(phrases.PART_ORDER)}
    return sorted(match.parts, key=lambda part: place.get(part.code, len(place)))


def group_of(code: str) -> str:
    """Which sort of reason a part is, for its tone in the bar."""
    return _GROUP_OF.get(code, "facts")


def group_name(group: str) -> str:
    """The name of a sort of reason."""
    names = {
        "meaning": _("Meaning"),
        "words": _("Words"),
        "record": _("Track record"),
        "facts": _("Facts"),
    }
    return names[group]


def rule_parts(match: Match) -> list[Part]:
    """The parts that compare facts which both sides state, those that fit first."""
    found = [part for part in match.parts if part.code in _RULE_MARKS and part.state in ("yes", "no")]
    return sorted(found, key=lambda part: (part.state != "yes", _RULE_MARKS.index(part.code)))


def unstated(match: Match) -> str:
    """The facts that one side leaves open; the size of a cheque is asked of investors only."""
    asked = [code for code in _RULE_MARKS if code != "ticket" or match.partner.kind is Kind.INVESTOR]
    codes = [part.code for part in ordered(match) if part.code in asked and part.state == "unknown"]
    return phrases.listed([phrases.part_name(code) for code in codes])


def shared_terms(match: Match) -> list[str]:
    """Areas and technologies in both profiles, and the words that these do not hold already."""
    terms = {part.code: part.terms for part in match.parts}
    found = list(terms.get("common", ()))
    for word in terms.get("words", ()):
        if not any(word.casefold() in term.casefold() for term in found):
            found.append(word)
    return found


def next_step(shown: int, candidates: int) -> int | None:
    """How many to show next, None where all are shown."""
    return next((step for step in STEPS if step > shown), None) if shown < candidates else None


TEMPLATE_GLOBALS = {
    "phrases": phrases,
    "groups": tuple(_GROUPS),
    "group_of": group_of,
    "group_name": group_name,
    "segments": segments,
    "ordered_parts": ordered,
    "rule_parts": rule_parts,
    "unstated": unstated,
    "shared_terms": shared_terms,
    "next_step": next_step,
    "profile_url": profile_url,
    "safe_link": safe_link,
    "mail_link": mail_link,
    "here": here,
    "all_kinds": tuple(Kind),
    "partner_kinds": PARTNER_KINDS,
    "Side": Side,
}
TEMPLATE_FILTERS = {
    "country_name": phrases.country_name,
    "language_name": phrases.language_name,
    "stage_name": phrases.stage_name,
    "topic_name": phrases.topic_name,
}
