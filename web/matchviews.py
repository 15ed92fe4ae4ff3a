"""What pages and report ask about a match and its profiles: its bar, its marks, links that are safe.

Works without Flask, as ``phrases`` does, so that writing a report starts no web server's libraries.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from matcher.report import shared_terms
from matcher.results import Match, Part
from profiles.model import Kind
from web import phrases, verdicts
from web.phrases import gettext as _

_GROUPS = {
    "meaning": ("wants", "returns", "mutual", "themes", "overview"),
    "words": ("words", "common"),
    "record": ("experience",),
    "facts": ("topics", "markets", "languages", "stage", "ticket"),
}
_GROUP_OF = {code: group for group, codes in _GROUPS.items() for code in codes}
_RULE_MARKS = ("markets", "topics", "languages", "stage", "ticket")


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


def term_pieces(term: str) -> list[str]:
    """A shared word, or a Korean word and what it means: each piece is in one language."""
    return term.split(" = ", 1)


def rule_parts(match: Match) -> list[Part]:
    """The parts that compare facts which both sides state, those that fit first."""
    found = [part for part in match.parts if part.code in _RULE_MARKS and part.state in ("yes", "no")]
    return sorted(found, key=lambda part: (part.state != "yes", _RULE_MARKS.index(part.code)))


def unstated(match: Match) -> str:
    """The facts that one side leaves open; the size of a cheque is asked of investors only."""
    asked = [code for code in _RULE_MARKS if code != "ticket" or match.partner.kind is Kind.INVESTOR]
    codes = [part.code for part in ordered(match) if part.code in asked and part.state == "unknown"]
    return phrases.listed([phrases.part_name(code) for code in codes])


TEMPLATE_GLOBALS = {
    "phrases": phrases,
    "verdicts": verdicts,
    "groups": tuple(_GROUPS),
    "group_of": group_of,
    "group_name": group_name,
    "segments": segments,
    "ordered_parts": ordered,
    "rule_parts": rule_parts,
    "term_pieces": term_pieces,
    "unstated": unstated,
    "shared_terms": shared_terms,
    "safe_link": safe_link,
    "mail_link": mail_link,
}
TEMPLATE_FILTERS = {
    "country_name": phrases.country_name,
    "language_name": phrases.language_name,
    "stage_name": phrases.stage_name,
    "topic_name": phrases.topic_name,
}
