"""What a profile leaves open although matches rest on it, and how many points each field could still give."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from matcher.fit import TRACK_RECORD, describes_itself
from matcher.results import Match
from matcher.weights import EXPERIENCE, MUTUAL, OVERVIEW, RETURNS, WANTS
from profiles.model import Kind, Profile, Side

_BOTH_SIDES = {
    "about": (OVERVIEW,),
    "areas": ("common",),
    "topics": ("topics",),
    "markets": ("markets",),
    "languages": ("languages",),
}
RESTS_ON: Mapping[Side, Mapping[str, tuple[str, ...]]] = {
    Side.STARTUP: {
        "seeks": (WANTS, MUTUAL),
        "offers": (RETURNS,),
        **_BOTH_SIDES,
        "stage": ("stage",),
        "raising_usd": ("ticket",),
    },
    Side.PARTNER: {
        "seeks": (RETURNS, MUTUAL),
        "offers": (WANTS,),
        **_BOTH_SIDES,
        "stages": ("stage",),
        "ticket_max_usd": ("ticket",),
        "past_deals": (EXPERIENCE,),
    },
}
"""The parts of a score that rest on a field, by the side whose field it is."""


@dataclass(frozen=True)
class Gap:
    """A field that says nothing yet.

    Attributes:
        points: what one match could gain by it at most, over those looked at.
    """

    field: str
    points: float


def gaps(profile: Profile, matches: Sequence[Match], most: Mapping[str, float]) -> list[Gap]:
    """The fields that count and say nothing, those that could give most first.

    Args:
        profile: whose fields.
        matches: its best ones, as they are scored now.
        most: the points of each part where a startup names what it seeks: ``Weights.of``.
    """
    found = []
    for field, parts in RESTS_ON[profile.side].items():
        if not is_open(profile, field):
            continue
        missing = [
            sum(most[code] - match.part(code).points for code in parts)
            for match in matches
            if _counts(field, match)
        ]
        points = round(max(missing, default=0.0), 1)
        if points > 0:
            found.append(Gap(field, points))
    return sorted(found, key=lambda gap: (-gap.points, gap.field))


def is_open(profile: Profile, field: str) -> bool:
    """Whether a field says nothing that could be compared."""
    if field == "about":
        return not describes_itself(profile)
    if field == "areas":  # areas and technologies are compared as one
        return not (profile.areas or profile.technologies)
    if field == "ticket_max_usd":
        return (
            profile.kind is Kind.INVESTOR
            and profile.ticket_min_usd is None
            and profile.ticket_max_usd is None
        )
    if field == "past_deals":
        return profile.kind in TRACK_RECORD and profile.past_deals is None
    return getattr(profile, field) in (None, (), "")


def _counts(field: str, match: Match) -> bool:
    """Whether the field can matter to this match: what a startup raises is asked by investors only."""
    return field != "raising_usd" or match.partner.kind is Kind.INVESTOR
