"""Ranking measured on labelled pairs, beside baselines, through the code that answers users."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcher.directory import Reading
from matcher.fit import Fit, Row, ranked, standardise
from matcher.measures import MEASURES, SEED, randomisation_p, standard_error
from matcher.service import Service
from matcher.texts import whole
from matcher.weights import MEASURED, PARTS

PRODUCT = "roundtable"
MAIN = "ndcg@10"

ABLATED = (*MEASURED, "common")
"""The parts whose worth labelled pairs can tell: those that compare texts, and the fields both name."""


@dataclass(frozen=True)
class Evaluation:
    """Every system's value for every startup asked.

    Attributes:
        startups, partners: how many were asked and ranked.
        values: system -> measure -> (startups,) values in one order of startups.
    """

    startups: int
    partners: int
    values: Mapping[str, Mapping[str, np.ndarray]]

    def to_dict(self) -> dict[str, Any]:
        """JSON-ready form, as FORMATS.md section 2 gives it, with the paired comparisons beside."""
        systems = {}
        for system, by_measure in self.values.items():
            row: dict[str, Any] = {measure: float(v.mean()) for measure, v in by_measure.items()}
            row["se"] = {measure: standard_error(v) for measure, v in by_measure.items()}
            systems[system] = row
        return {
            "startups": self.startups,
            "partners": self.partners,
            "systems": systems,
            "paired": {system: self.compared_with(system) for system in self.values if system != PRODUCT},
        }

    def compared_with(self, baseline: str) -> dict[str, float]:
        """The product's nDCG@10 less the baseline's, startup by startup: mean, error, p of no difference."""
        difference = self.values[PRODUCT][MAIN] - self.values[baseline][MAIN]
        return {
            "difference": float(difference.mean()),
            "se": standard_error(difference),
            "p": randomisation_p(difference),
        }


def evaluate(
    service: Service,
    relevant: Mapping[str, frozenset[str]],
    *,
    query_markets: bool = False,
    shipped: bool = False,
    ablate: bool = False,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Evaluation:
    """Rank every labelled startup with every system.

    Args:
        service: over a store that holds the set and nothing else.
        relevant: startup id -> ids of its true partners.
        query_markets: rank only partners in a startup's markets, where it names any.
        shipped: also rank with the shipped points, beside those of the model in use.
        ablate: also rank without each measured part, and without the named fields, as ``without_PART``.
        progress: called with startups done and to do.
    """
    directory = service.directory()
    partners = directory.partners
    ids = [profile.id for profile in partners.profiles]
    countries = np.array([profile.country or "" for profile in partners.profiles])
    score = _Systems(service, shipped=shipped, ablate=ablate)
    found: dict[str, dict[str, list[float]]] = {}
    asked = [profile.id for profile in directory.startups.profiles if profile.id in relevant]
    for done, (reading, row) in enumerate(service.rows(asked), start=1):
        allowed = row.allowed
        if query_markets and reading.profile.markets:
            allowed = allowed & np.isin(countries, reading.profile.markets)
        truth = relevant[reading.profile.id]
        for system, scores in score(reading, row):
            order = [ids[i] for i in ranked(scores, ids, allowed)]
            for measure, function in MEASURES.items():
                found.setdefault(system, {}).setdefault(measure, []).append(function(order, truth))
        progress(done, len(asked))
    values = {
        system: {measure: np.array(values) for measure, values in by_measure.items()}
        for system, by_measure in found.items()
    }
    return Evaluation(len(asked), len(partners), values)


class _Systems:
    """The baselines and the product: each gives every partner a score for one startup."""

    def __init__(self, service: Service, *, shipped: bool, ablate: bool) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        self._ablated = ABLATED if ablate else ()
        self._shipped = Fit(service.directory()) if shipped else None
        self._partners = service.directory().partners
        self._random = np.random.default_rng(SEED)
        self._deals = np.array([float(p.past_deals or 0) for p in self._partners.profiles])
        self._tfidf = TfidfVectorizer(sublinear_tf=True)
        self._tfidf_rows = self._tfidf.fit_transform([whole(p) for p in self._partners.profiles])

    def __call__(self, reading: Reading, row: Row) -> Iterator[tuple[str, np.ndarray]]:
        text = whole(reading.profile)
        words = self._partners.words.scores(text, bilingual=False)
        themes = self._partners.themes.scores(reading.themes).astype(float)
        yield "random", self._random.random(len(self._deals))
        yield "popularity", self._deals
        yield "tfidf", (self._tfidf_rows @ self._tfidf.transform([text]).T).toarray().ravel()
        yield "bm25", words
        yield "bm25_bilingual", self._partners.words.scores(text)
        yield "dense", themes
        yield "sum", standardise(words) + standardise(themes)
        if self._shipped is not None:
            yield "shipped", self._shipped.row(reading).scores
        for part in self._ablated:
            yield f"without_{part}", (row.scores - row.points[:, PARTS.index(part)]).round(2)
        yield PRODUCT, row.scores
