"""Finding profiles for a free text: both indexes, fused by standardised scores, each hit with its origin."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from matcher.directory import SideData
from matcher.fit import bounded, standardise
from profiles.model import Kind, Profile


@dataclass(frozen=True)
class Found:
    """A profile found, with its rank (from 1) in each index that found it among its first ``k``."""

    profile: Profile
    score: float
    ranks: dict[str, int]


def retrieve(data: SideData, text: str, vector: np.ndarray, k: int, kind: Kind | None = None) -> list[Found]:
    """The ``k`` profiles of one side nearest to ``text``, whose vector is given.

    The word index counts as far as it knows the text's terms. ``kind`` filters inside the indexes, before
    anything is ranked.
    """
    allowed = None
    if kind is not None:
        pairs = zip(data.entries, data.profiles, strict=True)
        allowed = {entry.pk for entry, profile in pairs if profile.kind is kind}
    ranks: dict[int, dict[str, int]] = {}
    for name, hits in (
        ("words", data.words.search(text, k, allowed)),
        ("themes", data.themes.search(vector, k, allowed)),
    ):
        for rank, hit in enumerate(hits, start=1):
            ranks.setdefault(hit.pk, {})[name] = rank
    if not ranks:
        return []
    coverage = data.words.coverage(text)
    scores = coverage * bounded(standardise(data.words.scores(text)))
    scores = scores + bounded(standardise(data.themes.scores(vector)))
    position = {entry.pk: i for i, entry in enumerate(data.entries)}
    order = sorted(ranks, key=lambda pk: (-scores[position[pk]], data.profiles[position[pk]].id))
    return [
        Found(data.profiles[position[pk]], round(float(scores[position[pk]]), 3), ranks[pk])
        for pk in order[:k]
    ]
