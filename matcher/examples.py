"""Past engagements as examples: one is hidden, asked about, and its partner is the right answer.

A test is worth nothing where the answer can be read off, so an engagement is hidden with all that repeats it:

- engagements of which one is a rewording of another (the phases of a project, its title and its abstract) are
  one group, and a group is hidden and asked about together;
- what a partner lists under ``areas`` and ``technologies`` comes from its engagements: each entry is
  attributed to one of them and hidden with it. So is what ``about``, ``offers`` and ``seeks`` repeat of it;
- ``past_deals`` is less by what is hidden.

A fold hides a fifth of the groups at once. The partners without them are indexed again from the vectors that
the directory has, so that the code which answers users computes everything; nothing is encoded.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from matcher.directory import Reading, SideData, reading_of, side_of, theme_vector
from matcher.texts import clean, statements
from profiles.model import LIST_FIELDS, Kind, Profile, Side

FOLDS = 5

SAME = 0.4
"""Cosine of tf-idf from which two engagements are taken for wordings of one."""

MOST = 1_500
"""More examples than this are no surer, only slower."""

TERMS = ("areas", "technologies")
_WORD = r"\w+"
_AT_ONCE = 1_000  # rows of cosines held in memory together


@dataclass(frozen=True)
class Engagement:
    """One text of the partners' histories.

    Attributes:
        text: as it is matched (``texts.clean``).
        group: number of its group; rewordings share one.
        fold: in which it is hidden, from 0.
        partners: positions of all partners that list it.
        terms: for each of ``TERMS`` the entries attributed to it, in the first of these partners.
    """

    text: str
    group: int
    fold: int
    partners: tuple[int, ...]
    terms: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True)
class Reduced:
    """The partners without what a fold hides.

    Attributes:
        side: those that still say something.
        places: (n,) their positions among all partners.
        deals: (n,) past engagements left, as they count for experience.
        statements: (n,) statements left.
    """

    side: SideData
    places: np.ndarray
    deals: np.ndarray
    statements: np.ndarray


class History:
    """All past engagements of one side."""

    def __init__(self, partners: SideData, folds: int = FOLDS) -> None:
        self._partners = partners
        holders: dict[str, list[int]] = {}
        for position, profile in enumerate(partners.profiles):
            for text in _texts(profile.history):
                holders.setdefault(text, []).append(position)
        groups = near_duplicates(list(holders))
        fold_of = _dealt(list(holders), groups, folds)
        # position -> engagement -> what is attributed to it
        self._attributed = {
            position: _attribution(reading_of(partners, position))
            for position, profile in enumerate(partners.profiles)
            if profile.history
        }
        self.engagements = tuple(
            Engagement(
                text,
                int(group),
                fold_of[int(group)],
                tuple(positions),
                {field: self._attributed[positions[0]].get((field, text), ()) for field in TERMS},
            )
            for (text, positions), group in zip(holders.items(), groups, strict=True)
        )

    @property
    def groups(self) -> int:
        """How many different engagements there are, rewordings counted once."""
        return len({engagement.group for engagement in self.engagements})

    @property
    def partners(self) -> int:
        """How many partners have a history."""
        return len(self._attributed)

    @cached_property
    def asked(self) -> tuple[Engagement, ...]:
        """The engagements that are asked about: all, or ``MOST`` of them spread evenly."""
        last = len(self.engagements) - 1
        chosen = np.unique(np.linspace(0, last, min(last + 1, MOST)).astype(int))
        return tuple(self.engagements[int(place)] for place in chosen)

    def without(self, fold: int) -> Reduced:
        """The partners as they would stand here without the engagements of ``fold``."""
        hidden = [engagement for engagement in self.engagements if engagement.fold == fold]
        at: dict[int, list[Engagement]] = {}
        for engagement in hidden:
            for position in engagement.partners:
                at.setdefault(position, []).append(engagement)
        places, readings = [], []
        for position in range(len(self._partners)):
            whole = reading_of(self._partners, position)
            own = at.get(position)
            left = self._reduced(position, whole, own) if own else whole
            # A partner that says nothing without them has no statement to be found by.
            if left is not None:
                places.append(position)
                readings.append(left)
        side = side_of([self._partners.entries[place] for place in places], readings)
        return Reduced(
            side,
            np.array(places, np.int64),
            np.array([float(reading.profile.past_deals or 0) for reading in readings]),
            np.array([float(len(reading.statements)) for reading in readings]),
        )

    def _reduced(self, position: int, whole: Reading, hidden: Sequence[Engagement]) -> Reading | None:
        profile, attributed = whole.profile, self._attributed[position]
        gone = {engagement.text for engagement in hidden}
        # What the question is asked with stands in no partner that knows the answer.
        asked = {term for engagement in hidden for own in engagement.terms.values() for term in own}
        changes: dict[str, object] = {}
        for field in LIST_FIELDS:
            terms = asked | {term for text in gone for term in attributed.get((field, text), ())}
            changes[field] = tuple(
                entry
                for entry in getattr(profile, field)
                if clean(entry) not in terms and not any(text in clean(entry) for text in gone)
            )
        if any(text in clean(profile.about) for text in gone):
            changes["about"] = ""
        if profile.past_deals is not None:
            changes["past_deals"] = max(profile.past_deals - len(gone), 0)
        reduced = profile.model_copy(update=changes)
        spoken = tuple(statements(reduced))
        vector_of = {
            statement.text: vector for statement, vector in zip(whole.statements, whole.vectors, strict=True)
        }
        if any(statement.text not in vector_of for statement in spoken):
            return None
        vectors = np.stack([vector_of[statement.text] for statement in spoken])
        return Reading(reduced, spoken, vectors, theme_vector(spoken, vectors))

    def question(self, engagement: Engagement) -> Reading:
        """A startup that says of itself what the engagement says, with its terms as its own."""
        profile = Profile.model_validate(
            {
                "id": "(engagement)",
                "side": Side.STARTUP,
                "kind": Kind.STARTUP,
                "name": "(engagement)",
                "about": engagement.text,
                **engagement.terms,
            }
        )
        holder = reading_of(self._partners, engagement.partners[0])
        vector_of = {
            statement.text: vector
            for statement, vector in zip(holder.statements, holder.vectors, strict=True)
        }
        spoken = tuple(statements(profile))
        vectors = np.stack([vector_of[statement.text] for statement in spoken])
        return Reading(profile, spoken, vectors, theme_vector(spoken, vectors))


def near_duplicates(texts: Sequence[str]) -> np.ndarray:
    """(n,) numbers of groups: connected components of texts with a tf-idf cosine of ``SAME`` or more."""
    from scipy.sparse import vstack
    from scipy.sparse.csgraph import connected_components
    from sklearn.feature_extraction.text import TfidfVectorizer

    if not any(re.search(_WORD, text) for text in texts):
        return np.arange(len(texts))
    rows = TfidfVectorizer(sublinear_tf=True, token_pattern=_WORD).fit_transform(texts)
    blocks = []
    for start in range(0, len(texts), _AT_ONCE):
        cosines = rows[start : start + _AT_ONCE] @ rows.T
        cosines.data[cosines.data < SAME] = 0.0
        cosines.eliminate_zeros()
        blocks.append(cosines)
    return np.asarray(connected_components(vstack(blocks), directed=False)[1])


def _dealt(texts: Sequence[str], groups: np.ndarray, folds: int) -> dict[int, int]:
    """A fold for each group: by turns, in an order that has to do with nothing else and never changes."""
    least: dict[int, str] = {}
    for text, group in zip(texts, groups, strict=True):
        key = hashlib.sha256(text.encode()).hexdigest()
        least[int(group)] = min(key, least.get(int(group), key))
    return {group: place % folds for place, group in enumerate(sorted(least, key=least.__getitem__))}


def _attribution(reading: Reading) -> dict[tuple[str, str], tuple[str, ...]]:
    """(field, engagement) -> the entries of the field that come from it, as they are matched.

    An entry comes from the engagement that has all its words; where several have, or none, from the nearest
    of them by cosine. What is offered comes from an engagement only if it repeats half of it or more.
    """
    texts = _texts(reading.profile.history)
    at = {statement.text: place for place, statement in enumerate(reading.statements)}
    words = [frozenset(_words(text)) for text in texts]
    vectors = reading.vectors[[at[text] for text in texts]]
    found: dict[tuple[str, str], list[str]] = {}
    for field in (*TERMS, "offers"):
        for entry in _texts(getattr(reading.profile, field)):
            own = frozenset(_words(entry))
            containing = np.array([bool(own) and own <= each for each in words])
            if field == "offers":
                containing &= np.array([2 * len(own) >= len(each) for each in words])
                if not containing.any():
                    continue
            cosines = vectors @ reading.vectors[at[entry]]
            nearest = int(np.argmax(np.where(containing, cosines + 2.0, cosines)))
            found.setdefault((field, texts[nearest]), []).append(entry)
    return {key: tuple(entries) for key, entries in found.items()}


def _texts(entries: Sequence[str]) -> list[str]:
    """The different entries as they are matched, in order."""
    return list(dict.fromkeys(text for entry in entries if (text := clean(entry))))


def _words(text: str) -> Iterator[str]:
    return (match.casefold() for match in re.findall(_WORD, text))
