"""What a ranking answers with: plain frozen records, the same for every face."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

from matcher.weights import RETURNS, WANTS
from profiles.model import Kind, Profile, Side, Topic


@dataclass(frozen=True)
class Quote:
    """Two statements that speak to each other, word for word as their owners wrote them.

    Attributes:
        asker: the side whose statement stands in ``ask``.
        ask_field: the profile field that ``ask`` was taken from (``seeks``, or ``about`` and the like
            where a profile names no wants).
        give_field: the field of the other profile that ``give`` was taken from.
    """

    asker: Side
    ask: str
    ask_field: str
    give: str
    give_field: str


@dataclass(frozen=True)
class Part:
    """One part of a score.

    Attributes:
        code: one of ``fit.PARTS``.
        points: what it adds to the score; the parts add up to the score exactly.
        most: the most it can add.
        state: how a rule stands: ``yes``, ``no``, ``unknown``; empty for parts that are measured.
        terms: words, places, languages or topics that both sides share, ready to show.
        quotes: the statements behind it.
    """

    code: str
    points: float
    most: float
    state: str = ""
    terms: tuple[str, ...] = ()
    quotes: tuple[Quote, ...] = ()


@dataclass(frozen=True)
class Match:
    """A startup and a partner with their fit.

    ``score`` (0 to 100) is the same from whichever side it is asked, and is relative to the partners in
    the directory: it is no probability.

    Attributes:
        confidence: share (0 to 1) of the points that rest on something both sides state.
        track: what the meeting would be about, where one was asked for.
        probability: of a fruitful meeting, where enough outcomes are known to say; else None.
    """

    rank: int
    startup: Profile
    partner: Profile
    score: float
    parts: tuple[Part, ...]
    confidence: float = 1.0
    track: Topic | None = None
    probability: float | None = None

    def other(self, side: Side) -> Profile:
        """The profile opposite to ``side``."""
        return self.partner if side is Side.STARTUP else self.startup

    @property
    def quotes(self) -> tuple[Quote, ...]:
        """All quoted pairs of statements, each once: the best of both directions first, then the next."""
        quoted = sorted((p for p in self.parts if p.quotes), key=lambda part: -part.points / part.most)
        in_turn = chain.from_iterable(zip_longest(*(part.quotes for part in quoted)))
        found: dict[tuple[str, str], Quote] = {}
        for quote in in_turn:
            if quote is not None:
                found.setdefault((quote.ask, quote.give), quote)
        return tuple(found.values())

    def gain(self, side: Side) -> float:
        """How well the other side answers what ``side`` seeks: 0 to 1 of the points there are for it."""
        part = self.part(WANTS if side is Side.STARTUP else RETURNS)
        return round(part.points / part.most, 3) if part.most else 0.0

    def part(self, code: str) -> Part:
        """The part with this code."""
        return next(part for part in self.parts if part.code == code)

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, as ``--json`` and the API give it."""
        return {
            "rank": self.rank,
            "startup": self.startup.id,
            "partner": self.partner.id,
            "kind": self.partner.kind.value,
            "name": self.partner.name,
            "name_ko": self.partner.name_ko,
            "startup_name": self.startup.name,
            "startup_name_ko": self.startup.name_ko,
            "score": self.score,
            "probability": self.probability,
            "confidence": round(self.confidence, 2),
            "track": self.track.value if self.track else None,
            "gains": {side.value: self.gain(side) for side in Side},
            "parts": [
                {
                    "code": part.code,
                    "points": part.points,
                    "most": part.most,
                    "state": part.state,
                    "terms": list(part.terms),
                    "quotes": [
                        {
                            "asker": quote.asker.value,
                            "ask": quote.ask,
                            "ask_field": quote.ask_field,
                            "give": quote.give,
                            "give_field": quote.give_field,
                        }
                        for quote in part.quotes
                    ],
                }
                for part in self.parts
            ],
        }


@dataclass(frozen=True)
class MatchList:
    """The answer to "who should this organisation meet?": best first.

    Attributes:
        subject: who asked.
        matches: the best, in order.
        candidates: how many were ranked (after kind, market and ``avoid`` filters).
        kind: the kind of partner asked for, or None for all.
        track: the track asked for, or None.
        promising: False where no partner of the directory is near to what the startup does: a list is given
            all the same, but the answer is "no good partner here".
        fit_cost: points of mean score given up for difference (``diversity``) and shared attention
            (``spread``).
    """

    subject: Profile
    matches: tuple[Match, ...]
    candidates: int
    kind: Kind | None = None
    track: Topic | None = None
    promising: bool = True
    fit_cost: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "id": self.subject.id,
            "side": self.subject.side.value,
            "kind": self.kind.value if self.kind else None,
            "track": self.track.value if self.track else None,
            "candidates": self.candidates,
            "promising": self.promising,
            "fit_cost": round(self.fit_cost, 2),
            "matches": [match.to_dict() for match in self.matches],
        }
