"""How well a startup and a partner fit: one plain score from 0 to 100 that is the sum of its parts.

Measured parts compare texts. Each is standardised over all partners of the directory for the startup that
asks, z = (value - mean) / deviation, because neither BM25 nor the cosines of E5 (0.76 to 0.92) mean
anything by themselves; z from -2 to 8 becomes 0 to 1 of the part's points, so that an ordinary partner has
a fifth of them and only one that stands far out has most. Standardised sums are what the measurements in
``benchmarks/quality.md`` favour over reciprocal ranks: with Korean questions and English partners the word
channel sees nothing, and ranks would count its noise like a signal. Here its points shrink with the share
of the question's terms it knows (``LexicalIndex.coverage``) and go to the parts that read meaning.

Rule parts compare facts: all points for yes, none for no, half where a profile does not say.

The score is relative to the directory: it is no probability.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from matcher import rules
from matcher.directory import Directory, Reading, SideData, StatementTable
from matcher.index.lexical import LexicalIndex, Question
from matcher.texts import clean, whole
from profiles.model import Kind

WORDS, OVERVIEW, THEMES, WANTS, RETURNS = "words", "overview", "themes", "wants", "returns"
EXPERIENCE = "experience"

MEASURED = {WORDS: 26.0, OVERVIEW: 4.0, THEMES: 8.0, WANTS: 14.0, RETURNS: 6.0, EXPERIENCE: 20.0}

WORD_VIEWS = {"focused": 0.5, "broad": 0.5, "typical": 0.75}
"""How much each view of the words counts in their part."""
RULES = {"common": 3.0, "topics": 5.0, "markets": 6.0, "languages": 2.0, "stage": 3.0, "ticket": 3.0}
PARTS = (*MEASURED, *RULES)
"""The parts of a score in the order they are shown; their most points add up to 100."""

MEANING = (OVERVIEW, THEMES, WANTS)
"""The parts that take over the points that the word channel cannot earn."""

WITHOUT_WANTS = {OVERVIEW: 10.0, THEMES: 12.0, WANTS: 4.0}
"""The same points shared out for a startup that names no wants: its statements are then no questions."""

TRACK_RECORD = {Kind.HOSPITAL: 1.0, Kind.PHARMA: 0.7}
"""How far the number of past engagements speaks for the next one, by kind of partner: measured for
hospitals (trial sites) and pharma companies, absent for research institutes and acquirers, and taken as
absent for kinds on which nothing was measured."""

DESCRIPTION = 120
"""Characters from which an ``about`` describes its organisation rather than naming it."""

SHARPNESS = 0.01
"""Temperature of the soft maximum over statements, in cosine: E5's cosines lie close together."""

Z_LOW, Z_HIGH = -2.0, 8.0


@dataclass(frozen=True)
class Row:
    """One startup against all partners of the directory.

    Attributes:
        points: (P, len(PARTS)) rounded to 0.01.
        most: (len(PARTS),) the most each part can add for this startup.
        states: for each rule part the (P,) states ``yes``, ``no``, ``unknown``.
        allowed: (P,) False where one of the two is to be avoided by the other.
        by_ask: (a, P) z of how well each partner answers each of the startup's asks.
    """

    points: np.ndarray
    most: np.ndarray
    states: dict[str, np.ndarray]
    allowed: np.ndarray
    by_ask: np.ndarray

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
    reading: Reading, table: StatementTable, gives: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """How well each profile answers what ``reading`` asks.

    Named wants are judged one by one and the one answered best counts: a law firm that answers the want for
    patents does not have to run clinical trials too. Where no wants are named, all statements count together.

    Returns:
        (n,) z over the profiles, and (a, n) the same for each of the statements that ``asks_of`` marks.
    """
    matched = statement_match(reading.vectors[asks_of(reading)], table, gives)
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
    """Scores startups against all partners of one directory.

    Parameters are the constants above; nothing is learned from the directory but each part's mean and
    deviation for the startup that asks.
    """

    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        partners = directory.partners
        self._gives = table_gives(partners.table)
        self._facts = rules.PartnerFacts.of(partners.profiles)
        self._experience = experience(partners)
        self._described = np.array([len(clean(p.about)) >= DESCRIPTION for p in partners.profiles], bool)

    def row(self, reading: Reading) -> Row:
        """One startup against every partner, in the order of ``directory.partners``."""
        partners, profile = self._directory.partners, reading.profile
        text = whole(profile)
        question = partners.words.question(text)
        most = most_points(question.coverage, names_wants=bool(profile.seeks))
        answered, by_ask = answered_wants(reading, partners.table, self._gives)
        returns, known = wanted_match(reading.vectors[gives_of(reading)], partners.table)
        z = {
            WORDS: words_match(partners.words, question),
            OVERVIEW: self._overview_match(reading),
            THEMES: standardise(partners.themes.scores(reading.themes)),
            WANTS: answered,
            RETURNS: standardise(returns, known),
            EXPERIENCE: self._experience,
        }
        columns = [most[part] * (bounded(z[part]) - Z_LOW) / (Z_HIGH - Z_LOW) for part in MEASURED]
        judged = rules.judge(profile, self._facts)
        columns += [RULES[part] * judged[part].value for part in RULES]
        return Row(
            points=np.stack(columns, axis=1).round(2),
            most=np.array([*most.values(), *RULES.values()]).round(2),
            states={part: judged[part].state for part in RULES},
            allowed=self._facts.allowed(profile),
            by_ask=by_ask,
        )


    def _overview_match(self, reading: Reading) -> np.ndarray:
        """(P,) z of how near the partners' own descriptions are; 0 where there is none."""
        table = self._directory.partners.table
        if len(clean(reading.profile.about)) < DESCRIPTION or not self._described.any():
            return np.zeros(len(self._described))
        # What a profile says begins with its description.
        descriptions = table.vectors[table.rows[table.starts[:-1]]]
        return standardise(descriptions @ reading.vectors[0], self._described)


def words_match(index: LexicalIndex, question: Question) -> np.ndarray:
    """(n,) z of how well each profile's words answer, over all views."""
    views = index.views(question)
    joint = sum(weight * bounded(standardise(views[view])) for view, weight in WORD_VIEWS.items())
    return standardise(np.asarray(joint))


def most_points(coverage: float, *, names_wants: bool) -> dict[str, float]:
    """The most points of each measured part for one startup.

    Args:
        coverage: share of its terms that the word index knows; the rest of the word points goes to meaning.
        names_wants: whether it has ``seeks``.
    """
    most = dict(MEASURED) if names_wants else {**MEASURED, **WITHOUT_WANTS}
    moved = (1.0 - coverage) * most[WORDS]
    growth = 1.0 + moved / sum(most[part] for part in MEANING)
    most[WORDS] -= moved
    for part in MEANING:
        most[part] *= growth
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
