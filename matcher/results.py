"""What a ranking answers with: plain frozen records, the same for every face."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import chain, zip_longest
from typing import Any

from profiles.model import Kind, Profile, Side


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
    """

    rank: int
    startup: Profile
    partner: Profile
    score: float
    parts: tuple[Part, ...]

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
    """

    subject: Profile
    matches: tuple[Match, ...]
    candidates: int
    kind: Kind | None = None

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form."""
        return {
            "id": self.subject.id,
            "side": self.subject.side.value,
            "kind": self.kind.value if self.kind else None,
            "candidates": self.candidates,
            "matches": [match.to_dict() for match in self.matches],
        }
