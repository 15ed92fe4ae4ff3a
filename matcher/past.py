"""Past engagements turned into questions with known answers, beside what baselines make of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from matcher.directory import Directory
from matcher.examples import FOLDS, Engagement, History
from matcher.fit import Fit, standardise
from matcher.learning import Questions
from matcher.texts import whole
from matcher.weights import CONTENT, PARTS, SHIPPED, Weights

LEARNED = [PARTS.index(part) for part in CONTENT]


@dataclass(frozen=True)
class PastQuestions:
    """The questions, and what other systems give each partner.

    Attributes:
        questions: with the content parts to be learned.
        others: system -> (q, P) scores.
    """

    questions: Questions
    others: dict[str, np.ndarray]


def past_questions(
    directory: Directory, history: History, in_use: Weights | None, step: Callable[[int, int], None]
) -> PastQuestions:
    """Ask with every engagement of ``history.asked`` on the partners without its fold.

    Points that go from the words to other parts where few words are known go there in the shipped
    proportions, whatever factors are tried: so the scores are linear in the factors.

    Only the content parts can be learned: an engagement states no facts, and which engagement is drawn
    depends on how many a partner has had. Drawing them evenly makes a partner with many the likelier answer,
    far more than it is for the next startup, so what a partner has left (statements, deals) stands in the
    training as a nuisance of its own and is thrown away, and ``experience`` keeps its shipped points.

    Args:
        in_use: other weights to be compared with, where there are any.
        step: called with engagements done and to do.
    """
    asked = sorted(history.asked, key=lambda engagement: engagement.fold)
    shape = (len(asked), len(directory.partners))
    names = ("bm25", "dense", "popularity", "sum", *(("in_use",) if in_use else ()))
    others = {name: np.zeros(shape, np.float32) for name in names}
    points, rest = np.zeros((*shape, len(LEARNED)), np.float32), np.zeros(shape, np.float32)
    nuisance, candidates = np.zeros((*shape, 2), np.float32), np.zeros(shape, bool)
    relevance = np.zeros(shape, np.float32)
    done = 0
    for fold in range(FOLDS):
        own = [engagement for engagement in asked if engagement.fold == fold]
        if not own:
            continue
        reduced = history.without(fold)
        fits = {"shipped": Fit(Directory(directory.startups, reduced.side), SHIPPED)}
        if in_use:
            fits["in_use"] = Fit(Directory(directory.startups, reduced.side), in_use)
        for engagement in own:
            reading = history.question(engagement)
            row = fits["shipped"].row(reading)
            places = reduced.places
            points[done, places] = row.points[:, LEARNED]
            rest[done, places] = row.points.sum(axis=1) - row.points[:, LEARNED].sum(axis=1)
            nuisance[done, places] = np.log1p(np.stack([reduced.statements, reduced.deals], axis=1))
            candidates[done, places] = True
            relevance[done, list(engagement.partners)] = 1.0
            text = whole(reading.profile)
            words = reduced.side.words.scores(text, bilingual=False)
            themes = reduced.side.themes.scores(reading.themes)
            others["bm25"][done, places], others["dense"][done, places] = words, themes
            others["popularity"][done, places] = reduced.deals
            others["sum"][done, places] = standardise(words) + standardise(themes)
            if in_use:
                others["in_use"][done, places] = fits["in_use"].row(reading).scores
            done += 1
            step(done, len(asked))
    questions = Questions(
        points=points,
        base=np.array([SHIPPED.unnamed[part] for part in CONTENT]),
        rest=rest,
        nuisance=nuisance,
        relevance=relevance,
        candidates=candidates,
        groups=np.array([engagement.group for engagement in asked]),
        folds=np.array([engagement.fold for engagement in asked]),
        weights=_once_a_group(asked),
    )
    # Where the only holder says nothing else, the answer is not there to be found.
    there = np.asarray((relevance * candidates).any(axis=1))
    return PastQuestions(questions.only(there), {name: scores[there] for name, scores in others.items()})


def _once_a_group(asked: list[Engagement]) -> np.ndarray:
    """(n,) weights with which each group counts as one question."""
    sizes = Counter(engagement.group for engagement in asked)
    return np.array([1.0 / sizes[engagement.group] for engagement in asked])
