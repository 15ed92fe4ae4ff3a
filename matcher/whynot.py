"""Why a pair does not fit better: where points are missing, and what would change it.

Every change is made to a copy of the startup's profile and scored by the code that ranks. Nothing is guessed:
a change that gains nothing is not listed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from matcher import rules
from matcher.directory import Reading, theme_vector
from matcher.fit import TRACK_RECORD, gives_of
from matcher.results import Match, Part
from matcher.texts import clean, statements
from matcher.weights import EXPERIENCE
from profiles.model import Kind, Profile

MOST = 6
"""How many obstacles and changes are listed."""

OF_ONE_FIELD = 2
"""How many changes of the same field are listed: more of them would hide the others."""

LEAST_GAIN = 0.1
"""Points below which a change is not worth telling."""


@dataclass(frozen=True)
class Obstacle:
    """A part with what is missing in it.

    Attributes:
        part: the part as it was scored.
        missing: its most points less those it gave.
    """

    part: Part
    missing: float


@dataclass(frozen=True)
class Change:
    """A change to the startup's profile with its effect on this pair.

    Attributes:
        field: the profile field that changes.
        value: what is added to it, or set, as written in a profile.
        quote: the partner's own statement the change rests on, where it does.
        score, rank: of the pair after the change.
        gain: points won.
    """

    field: str
    value: str
    quote: str
    score: float
    rank: int
    gain: float


@dataclass(frozen=True)
class WhyNot:
    """What holds a pair back (largest first) and what would change it (largest gain first).

    Attributes:
        forbidden: whether one of the two avoids the other: no score matters then.
    """

    match: Match
    forbidden: bool
    obstacles: tuple[Obstacle, ...]
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "match": self.match.to_dict(),
            "forbidden": self.forbidden,
            "obstacles": [
                {"code": each.part.code, "state": each.part.state, "missing": each.missing}
                for each in self.obstacles
            ],
            "changes": [vars(change) for change in self.changes],
        }


def why_not(
    match: Match,
    startup: Reading,
    partner: Reading,
    tried: Callable[[Reading], tuple[float, int]],
    fields: Collection[str] | None = None,
) -> WhyNot:
    """Explain what a pair lacks.

    Args:
        match: the pair as it is scored.
        startup, partner: both sides.
        tried: the pair's score and rank if the startup were another reading.
        fields: changes of these only are tried; all by default.
    """
    obstacles = sorted(
        (
            Obstacle(part, round(part.most - part.points, 2))
            for part in match.parts
            # Where the record counts for no partner of the kind, it holds nobody back.
            if part.code != EXPERIENCE or match.partner.kind in TRACK_RECORD
        ),
        key=lambda obstacle: (-obstacle.missing, obstacle.part.code),
    )
    changes = []
    for field, value, quote, changed in _possible(startup, partner):
        if fields is not None and field not in fields:
            continue
        score, rank = tried(changed)
        gain = round(score - match.score, 2)
        if gain >= LEAST_GAIN:
            changes.append(Change(field, value, quote, score, rank, gain))
    home = partner.profile.country  # of markets that are worth the same, where the partner is comes first
    changes.sort(key=lambda change: (-change.gain, change.field, change.value != home, change.value))
    seen: Counter[str] = Counter()
    listed = []
    for change in changes:
        seen[change.field] += 1
        if seen[change.field] <= OF_ONE_FIELD:
            listed.append(change)
    return WhyNot(match, match.rank == 0, tuple(obstacles[:MOST]), tuple(listed[:MOST]))


def _possible(startup: Reading, partner: Reading) -> Iterator[tuple[str, str, str, Reading]]:
    """Changes of one field each: what the partner states, taken over by the startup."""
    ours, theirs = startup.profile, partner.profile
    for field, values in (
        ("markets", sorted(rules.reachable(theirs))),
        ("languages", theirs.languages),
        ("topics", theirs.topics),
    ):
        own = getattr(ours, field)
        for value in values:
            if value not in own:
                yield field, str(value), "", _with(startup, {field: (*own, value)})
    if rules.stage_state(ours, theirs) != rules.YES:
        for stage in theirs.stages:
            yield "stage", stage, "", _with(startup, {"stage": stage})
    if theirs.kind is Kind.INVESTOR and rules.ticket_state(ours, theirs) != rules.YES:
        amount = theirs.ticket_min_usd or theirs.ticket_max_usd
        if amount is not None:
            yield "raising_usd", f"{amount:.0f}", "", _with(startup, {"raising_usd": amount})
    known = rules.names(ours)
    for field in ("areas", "technologies"):
        for entry in getattr(theirs, field):
            if rules.fold(entry) not in known:
                yield field, clean(entry), clean(entry), _stating(startup, partner, field, clean(entry))
    offers = [
        statement
        for statement, gives in zip(partner.statements, gives_of(partner), strict=True)
        if gives and statement.field == "offers"
    ]
    for offer in offers:
        yield "seeks", offer.text, offer.text, _stating(startup, partner, "seeks", offer.text)


def _with(reading: Reading, update: dict[str, Any]) -> Reading:
    return replace(reading, profile=reading.profile.model_copy(update=update))


def _stating(startup: Reading, partner: Reading, field: str, text: str) -> Reading:
    """The startup as if it said ``text`` under ``field``, whose vector the partner's statement lends."""
    profile: Profile = startup.profile.model_copy(update={field: (*getattr(startup.profile, field), text)})
    known = {
        statement.text: vector
        for reading in (partner, startup)
        for statement, vector in zip(reading.statements, reading.vectors, strict=True)
    }
    spoken = statements(profile)
    vectors = np.stack([known[statement.text] for statement in spoken])
    return Reading(profile, tuple(spoken), vectors, theme_vector(spoken, vectors))
