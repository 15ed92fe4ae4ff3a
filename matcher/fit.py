"""How well a startup and a partner fit: one plain score from 0 to 100 that is the sum of its parts.

Measured parts compare texts. Each is standardised over all partners of the directory for the startup that
asks, z = (value - mean) / deviation, because neither BM25 nor the cosines of E5 (0.76 to 0.92) mean
anything by themselves; z from -2 to 8 becomes 0 to 1 of the part's points, so that an ordinary partner has
a fifth of them and only one that stands out far has most. Standardised sums are what the measurements in
``benchmarks/quality.md`` favour over reciprocal ranks: where the word channel sees little of a question,
ranks would count its noise like a signal. Here its points shrink with the share of the question's words it
knows (``Question.coverage``) and go to the parts that read meaning.

What the partner seeks is standardised the other way round, over startups: how much better this one answers
the partner than startups do. ``mutual`` is the harmonic mean of both directions, so that a pair in which
only one side gains earns little of it.

Rule parts compare facts: all points for yes, none for no, half where a profile does not say.

The score is relative to the directory: it is no probability.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from matcher import rules
from matcher.directory import Directory, Reading, SideData, StatementTable, reading_of
from matcher.index.lexical import LexicalIndex, Question
from matcher.texts import clean, whole
from matcher.tracks import Tracks
from matcher.weights import (
    EXPERIENCE,
    MEANING,
    MUTUAL,
    OVERVIEW,
    PARTS,
    RETURNS,
    RULES,
    SHIPPED,
    THEMES,
    WANTS,
    WORDS,
    Weights,
)
from profiles.model import Kind, Profile, Topic

WORD_VIEWS = {"focused": 0.5, "broad": 0.5, "typical": 0.75}
"""How much each view of the words counts in their part."""

TRACK_RECORD = {Kind.HOSPITAL: 1.3, Kind.PHARMA: 0.7}
"""How far the number of past engagements speaks for the next one, by kind of partner: measured for
hospitals (trial sites) and pharma companies, absent for research institutes and acquirers, and taken as
absent for kinds on which nothing was measured."""

DESCRIPTION = 120
"""Characters from which an ``about`` describes its organisation rather than naming it."""

SHARPNESS = 0.01
"""Temperature of the soft maximum over statements, in cosine: E5's cosines lie close together."""

Z_LOW, Z_HIGH = -2.0, 8.0

REFERENCE = 100
"""How many startups stand for all when a partner's view is standardised."""

FEWEST = 8
"""Fewer startups than this are no measure of what is usual."""


@dataclass(frozen=True)
class Row:
    """One startup against all partners of the directory.

    Attributes:
        points: (P, len(PARTS)) rounded to 0.01.
        most: (len(PARTS),) the most each part can add for this startup.
        states: for each rule part the (P,) states ``yes``, ``no``, ``unknown``.
        allowed: (P,) False where one of the two is to be avoided by the other.
        asks: (k,) which of the startup's statements were asked.
        by_ask: (a, P) z of how well each partner answers each of these.
        z: for each measured part but ``mutual`` the (P,) standardised values.
        confidence: (P,) share (0 to 1) of the points that rest on something both sides state.
        likeness: the startup's nearest partner by theme, in cosine: compared with ``Fit.least_likeness``.
    """

    points: np.ndarray
    most: np.ndarray
    states: dict[str, np.ndarray]
    allowed: np.ndarray
    asks: np.ndarray
    by_ask: np.ndarray
    z: Mapping[str, np.ndarray]
    confidence: np.ndarray
    likeness: float

    @property
    def scores(self) -> np.ndarray:
        """(P,) sums of the points."""
        return np.asarray(self.points.sum(axis=1).round(2))


def bounded(z: np.ndarray) -> np.ndarray:
    """z cut to what a part can show, -2 to 8."""
    return np.asarray(np.clip(z, Z_LOW, Z_HIGH))


def standardise(values: np.ndarray, known: np.ndarray | None = None) -> np.ndarray:
    """z of ``values`` over those that are known; 0 for the others and where all are equal."""
    values = np.asarray(values, np.float64)
    sample = values if known is None else values[known]
    spread = float(sample.std()) if len(sample) else 0.0
    if spread < 1e-6:  # no more than the rounding of single precision
        return np.zeros(len(values))
    z = (values - float(sample.mean())) / spread
    return z if known is None else np.where(known, z, 0.0)


def statement_match(asks: np.ndarray, table: StatementTable, gives: np.ndarray) -> np.ndarray:
    """(a, n) how well each profile's statements answer each of ``asks`` (a, dimension).

    It is the soft maximum t log mean exp(cos / t) over the profile's statements that ``gives`` (m,) marks;
    t is ``SHARPNESS``. A profile with none of these has the lowest value that another has.
    """
    if not len(table.rows):
        return np.zeros((len(asks), 0))
    cosines = asks @ table.vectors.T
    powers = np.exp((cosines - 1.0) / SHARPNESS)[:, table.rows] * gives
    totals = _sums(powers, table.starts)
    counts = _sums(gives[None].astype(np.float64), table.starts)[0]
    known = counts > 0
    if not known.any():
        return np.zeros(totals.shape)
    soft = SHARPNESS * np.log(totals / np.maximum(counts, 1), where=known, out=np.zeros(totals.shape)) + 1.0
    return np.asarray(np.where(known, soft, soft[:, known].min(axis=1, keepdims=True)))


def answered_wants(
    reading: Reading, asks: np.ndarray, table: StatementTable, gives: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How well each profile answers the statements of ``reading`` that ``asks`` (k,) marks.

    Named wants are judged one by one and the one answered best counts: a law firm that answers the want for
    patents does not have to run clinical trials too. Where no wants are named, all statements count together.

    Returns:
        (n,) z over the profiles, and (a, n) the same for each of these statements.
    """
    matched = statement_match(reading.vectors[asks], table, gives)
    by_ask = np.stack([standardise(values) for values in matched])
    joint = by_ask.max(axis=0) if reading.profile.seeks else matched.mean(axis=0)
    return standardise(joint), by_ask


def wanted_match(gives: np.ndarray, table: StatementTable) -> tuple[np.ndarray, np.ndarray]:
    """How well ``gives`` (g, dimension) answer the want of each profile that they answer best.

    Returns:
        (n,) values, and (n,) whether the profile names any wants; the value of one that does not is 0.
    """
    known = _sums(table.is_want[None], table.starts)[0] > 0
    if not known.any():
        return np.zeros(len(known)), known
    cosines = gives @ table.vectors.T
    soft = SHARPNESS * np.log(np.exp((cosines - 1.0) / SHARPNESS).mean(axis=0)) + 1.0
    best = np.maximum.reduceat(np.where(table.is_want, soft[table.rows], -np.inf), table.starts[:-1])
    return np.where(known, best, 0.0), known


def _sums(values: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """(k, n) sums of (k, m) ``values`` over each profile's statements; every profile has at least one."""
    if len(starts) < 2:
        return np.zeros((len(values), 0))
    return np.add.reduceat(values.astype(np.float64), starts[:-1], axis=1)


def asks_of(reading: Reading) -> np.ndarray:
    """(k,) which statements are questions to the other side: its wants, or everything where it names none."""
    wants = np.array([statement.field == "seeks" for statement in reading.statements])
    return wants if wants.any() else np.ones(len(wants), bool)


def gives_of(reading: Reading) -> np.ndarray:
    """(k,) which statements answer the other side's wants: all but its own wants, if there are any others."""
    others = np.array([statement.field != "seeks" for statement in reading.statements])
    return others if others.any() else np.ones(len(others), bool)


def table_gives(table: StatementTable) -> np.ndarray:
    """(m,) the statements of a table that answer wants."""
    return ~table.is_want


class Fit:
    """Scores startups against all partners of one directory."""

    def __init__(
        self, directory: Directory, weights: Weights = SHIPPED, tracks: Tracks | None = None
    ) -> None:
        """
        Args:
            directory: both sides.
            weights: the points of the parts.
            tracks: what sorts wants; without it no track can be asked for.
        """
        self._directory, self._weights, self._tracks = directory, weights, tracks
        partners = directory.partners
        self._gives = table_gives(partners.table)
        self._facts = rules.PartnerFacts.of(partners.profiles)
        self._experience = experience(partners)
        self._described = np.array([describes_itself(profile) for profile in partners.profiles], bool)
        self._usual_returns: tuple[list[str], np.ndarray] | None = None

    def row(self, reading: Reading, track: Topic | None = None) -> Row:
        """One startup against every partner, in the order of ``directory.partners``.

        Args:
            reading: the startup.
            track: what the meetings are about; the startup's other wants are then left aside.
        """
        partners, profile = self._directory.partners, reading.profile
        asks = asks_of(reading)
        if track is not None:
            if self._tracks is None:
                raise ValueError("no track can be asked for without Tracks")
            asks = self._tracks.asks(reading, track)
        question = partners.words.question(asked_text(reading, asks))
        names_wants = bool(profile.seeks)
        answered, by_ask = answered_wants(reading, asks, partners.table, self._gives)
        returns, wanting = wanted_match(reading.vectors[gives_of(reading)], partners.table)
        themes = partners.themes.scores(reading.themes)
        z = {
            WORDS: words_match(partners.words, question),
            OVERVIEW: self._overview_match(reading),
            THEMES: standardise(themes),
            WANTS: answered,
            RETURNS: self._returns_z(profile.id, returns, wanting),
            EXPERIENCE: self._experience,
        }
        shares = {part: (bounded(values) - Z_LOW) / (Z_HIGH - Z_LOW) for part, values in z.items()}
        shares[MUTUAL] = harmonic(shares[WANTS], shares[RETURNS])
        most = moved_points(self._weights.for_track(track).of(names_wants=names_wants), question.coverage)
        judged = rules.judge(profile, self._facts, track)
        shares |= {part: judged[part].value for part in RULES}
        known = {
            WORDS: np.full(len(partners), question.coverage),
            OVERVIEW: self._described & describes_itself(profile),
            THEMES: np.ones(len(partners)),
            WANTS: np.full(len(partners), 1.0 if names_wants else 0.5),
            RETURNS: wanting,
            MUTUAL: wanting & names_wants,
            EXPERIENCE: np.array([partner.past_deals is not None for partner in partners.profiles], bool),
            **{part: judged[part].state != rules.UNKNOWN for part in RULES},
        }
        total = sum(most.values())
        return Row(
            points=np.stack([most[part] * shares[part] for part in PARTS], axis=1).round(2),
            most=np.array([most[part] for part in PARTS]).round(2),
            states={part: judged[part].state for part in RULES},
            allowed=self._facts.allowed(profile),
            asks=asks,
            by_ask=by_ask,
            z=z,
            confidence=np.asarray(sum(most[part] * known[part] for part in PARTS) / total, float),
            likeness=float(themes.max()) if len(themes) else 0.0,
        )

    def least_likeness(self) -> float:
        """How near by theme, in cosine, the two least alike of the directory's pairs are.

        A startup whose nearest partner is farther than that has nothing to do with this directory. Too few
        startups are no measure: -1 then.
        """
        reference = self._reference()
        if len(reference) < FEWEST or not len(self._directory.partners):
            return -1.0
        themes = self._directory.partners.themes
        return min(float(themes.scores(reading.themes).min()) for reading in reference)

    def _reference(self) -> list[Reading]:
        """Some startups of the directory, spread evenly over it."""
        startups = self._directory.startups
        places = np.unique(np.linspace(0, len(startups) - 1, min(len(startups), REFERENCE)).astype(int))
        return [reading_of(startups, int(place)) for place in places] if len(startups) else []

    def _returns_z(self, profile_id: str, values: np.ndarray, wanting: np.ndarray) -> np.ndarray:
        """z of ``values`` over startups, partner by partner; 0 for those that name no wants.

        Over partners where the directory has too few startups to compare with. A startup of the directory
        counts with the values given, so that a change to it is judged as if it were stored.
        """
        if not wanting.any():
            return np.zeros(len(values))
        if self._usual_returns is None:
            table, reference = self._directory.partners.table, self._reference()
            seen = [wanted_match(each.vectors[gives_of(each)], table)[0] for each in reference]
            rows = np.stack(seen) if seen else np.zeros((0, len(values)))
            self._usual_returns = [each.profile.id for each in reference], rows
        ids, rows = self._usual_returns
        if len(rows) < FEWEST:
            return standardise(values, wanting)
        if profile_id in ids:
            own = np.array([each == profile_id for each in ids])
            rows = np.where(own[:, None], values, rows)
        mean, spread = rows.mean(axis=0), rows.std(axis=0)
        comparable = wanting & (spread > 1e-6)
        return np.where(comparable, (values - mean) / np.where(comparable, spread, 1.0), 0.0)

    def _overview_match(self, reading: Reading) -> np.ndarray:
        """(P,) z of how near the partners' own descriptions are; 0 where there is none."""
        table = self._directory.partners.table
        if not describes_itself(reading.profile) or not self._described.any():
            return np.zeros(len(self._described))
        # What a profile says begins with its description.
        descriptions = table.vectors[table.rows[table.starts[:-1]]]
        return standardise(descriptions @ reading.vectors[0], self._described)


def describes_itself(profile: Profile) -> bool:
    """Whether ``about`` says more than a name."""
    return len(clean(profile.about)) >= DESCRIPTION


def asked_text(reading: Reading, asks: np.ndarray) -> str:
    """All that a startup says, without the wants that are not asked."""
    asked = {statement.text for statement, marked in zip(reading.statements, asks, strict=True) if marked}
    wants = tuple(want for want in reading.profile.seeks if clean(want) in asked)
    return whole(reading.profile.model_copy(update={"seeks": wants}))


def harmonic(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """The harmonic mean of two shares from 0 to 1; 0 where both are 0."""
    total = first + second
    return np.where(total > 0, 2 * first * second / np.where(total > 0, total, 1.0), 0.0)


def words_match(index: LexicalIndex, question: Question) -> np.ndarray:
    """(n,) z of how well each profile's words answer, over all views."""
    views = index.views(question)
    joint = sum(weight * bounded(standardise(views[view])) for view, weight in WORD_VIEWS.items())
    return standardise(np.asarray(joint))


def moved_points(points: Mapping[str, float], coverage: float) -> dict[str, float]:
    """``points`` of the parts, those that the word channel cannot earn moved to the parts that read meaning.

    Args:
        points: the most points of each part.
        coverage: share of the startup's words that the word index knows.
    """
    most = dict(points)
    moved = (1.0 - coverage) * most[WORDS]
    meaning = sum(most[part] for part in MEANING)
    if meaning > 0:
        most[WORDS] -= moved
        for part in MEANING:
            most[part] *= 1.0 + moved / meaning
    return most


def experience(partners: SideData) -> np.ndarray:
    """(P,) standardised logarithm of past engagements, as far as it speaks for a partner of that kind."""
    counts = np.array([-1 if p.past_deals is None else p.past_deals for p in partners.profiles], float)
    z = standardise(np.log1p(np.maximum(counts, 0)), counts >= 0)
    weights = np.array([TRACK_RECORD.get(profile.kind, 0.0) for profile in partners.profiles])
    return np.asarray(z * weights)


def ranked(scores: np.ndarray, ids: Sequence[str], allowed: np.ndarray) -> np.ndarray:
    """Positions that are allowed, best score first, ties by id."""
    places = np.flatnonzero(allowed)
    order = np.lexsort((np.array(ids)[places], -scores[places]))
    return np.asarray(places[order])
