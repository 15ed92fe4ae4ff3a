"""What a report says, as plain rows: the same for every output format."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from matcher.results import Match, MatchList, Quote
from profiles.model import Kind, Profile, Side

FIRST = 3
"""How many of its best partners stand beside a startup in an overview."""


@dataclass(frozen=True)
class Organisation:
    """What an overview shows of a profile: small enough to keep for everybody."""

    id: str
    name: str
    name_ko: str
    kind: Kind
    country: str | None
    city: str | None

    @classmethod
    def of(cls, profile: Profile) -> Organisation:
        return cls(profile.id, profile.name, profile.name_ko, profile.kind, profile.country, profile.city)

    def label(self, language: str = "en") -> str:
        """The name to show to a reader of ``language``, as ``Profile.label``."""
        first, second = (self.name_ko, self.name) if language == "ko" else (self.name, self.name_ko)
        return first.strip() or second.strip()


@dataclass(frozen=True)
class ReportRow:
    """A startup and one of its partners.

    Attributes:
        points: what each part adds to ``score``, by its code, in the order of the match.
        states: how each rule stands, by its code: ``yes``, ``no`` or ``unknown``.
        quotes: by side, its want that the other answers best, with the answer.
        terms: what both profiles name, as ``shared_terms`` gives it.
    """

    startup: Organisation
    rank: int
    partner: Organisation
    website: str
    score: float
    points: dict[str, float]
    states: dict[str, str]
    quotes: dict[Side, Quote]
    terms: tuple[str, ...]

    @classmethod
    def of(cls, match: Match) -> ReportRow:
        return cls(
            startup=Organisation.of(match.startup),
            rank=match.rank,
            partner=Organisation.of(match.partner),
            website=match.partner.website or "",
            score=match.score,
            points={part.code: part.points for part in match.parts},
            states={part.code: part.state for part in match.parts if part.state},
            quotes={quote.asker: quote for quote in best_quotes(match)},
            terms=shared_terms(match),
        )

    def rules(self, state: str) -> list[str]:
        """The codes of the rules that stand so."""
        return [code for code, found in self.states.items() if found == state]


@dataclass(frozen=True)
class Pick:
    """One of a startup's first partners."""

    rank: int
    partner: Organisation
    score: float


@dataclass(frozen=True)
class Summary:
    """A startup's line in an overview.

    Attributes:
        matches: how many partners its list holds.
        candidates: how many were ranked for it.
        first: its best ``FIRST``.
    """

    startup: Organisation
    matches: int
    candidates: int
    first: tuple[Pick, ...]

    @classmethod
    def of(cls, found: MatchList) -> Summary:
        picks = tuple(Pick(m.rank, Organisation.of(m.partner), m.score) for m in found.matches[:FIRST])
        return cls(Organisation.of(found.subject), len(found.matches), found.candidates, picks)


@dataclass
class Demand:
    """How often a partner is asked for.

    Attributes:
        best: for how many startups it is the best.
        first: for how many it is among the best ``FIRST``.
        listed: in how many lists it stands.
    """

    partner: Organisation
    best: int = 0
    first: int = 0
    listed: int = 0


@dataclass
class Overview:
    """What is kept of the lists of a report while they stream by."""

    summaries: list[Summary] = field(default_factory=list)
    matches: int = 0
    kinds: set[Kind | None] = field(default_factory=set)
    _demand: dict[str, Demand] = field(default_factory=dict)

    def add(self, found: MatchList) -> Summary:
        """Take in one startup's list."""
        summary = Summary.of(found)
        self.summaries.append(summary)
        self.matches += len(found.matches)
        self.kinds.add(found.kind)
        for place, match in enumerate(found.matches):
            demand = self._demand.get(match.partner.id)
            if demand is None:
                demand = self._demand[match.partner.id] = Demand(Organisation.of(match.partner))
            demand.best += place == 0
            demand.first += place < FIRST
            demand.listed += 1
        return summary

    @property
    def partners(self) -> int:
        """How many different partners the lists hold."""
        return len(self._demand)

    @property
    def candidates(self) -> int:
        """How many partners were ranked for a startup, at most."""
        return max((summary.candidates for summary in self.summaries), default=0)

    @property
    def kind(self) -> Kind | None:
        """The kind of partner that the whole report is about; None for several."""
        return next(iter(self.kinds)) if len(self.kinds) == 1 else None

    def most_asked(self) -> list[Demand]:
        """The partners that somebody has among the best ``FIRST``, the most asked before others."""
        asked = [demand for demand in self._demand.values() if demand.first]
        return sorted(
            asked, key=lambda demand: (-demand.first, -demand.best, -demand.listed, demand.partner.id)
        )


def report_rows(found: MatchList) -> Iterator[ReportRow]:
    """The rows of one list, best first."""
    return (ReportRow.of(match) for match in found.matches)


def best_quotes(match: Match) -> tuple[Quote, ...]:
    """The best pair of statements for each side's wants, the strongest first: what each has for the other."""
    best: dict[Side, Quote] = {}
    for quote in match.quotes:
        best.setdefault(quote.asker, quote)
    return tuple(best.values())


def shared_terms(match: Match) -> tuple[str, ...]:
    """Areas and technologies in both profiles, and the words that these do not hold already."""
    terms = {part.code: part.terms for part in match.parts}
    found = list(terms.get("common", ()))
    for word in terms.get("words", ()):
        if not any(word.casefold() in term.casefold() for term in found):
            found.append(word)
    return tuple(found)
