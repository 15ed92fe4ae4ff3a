"""The facade that every face calls: it wires store, encoder, directory and fit, and delegates."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from matcher import explain
from matcher.attention import Shared, default_capacity, share
from matcher.calibration import Curve, curve_of
from matcher.directory import Directory, DirectoryFiles, Reading, SideData, read, reading_of
from matcher.diversity import considered, rerank, similarity_of
from matcher.encoder import Encoder, VectorCache
from matcher.fit import Fit, Row, ranked
from matcher.results import Match, MatchList
from matcher.retrieve import Found, retrieve
from matcher.tracks import Tracks
from matcher.weights import SHIPPED, Weights
from matcher.whynot import WhyNot, why_not
from profiles.errors import InputError, NotFoundError, StoreError
from profiles.model import Kind, Profile, Side, Topic
from profiles.model_store import Card
from profiles.store import Store

Notify = Callable[[str], None]
Progress = Callable[[str, int, int], None]

_Asked = tuple[str, str, Topic | None, frozenset[str] | None]
_REASONS_KEPT = 2_000
"""Pairs whose reasons are kept while nothing changes: both sides of a meeting read them, and again."""


class Service:
    """Answers who fits whom, over one store. Safe to share between threads; one question at a time."""

    def __init__(
        self, store: Store, encoder: Encoder, index_dir: Path, notify: Notify, progress: Progress
    ) -> None:
        self.store = store
        self._encoder, self._notify, self._progress = encoder, notify, progress
        self._files = DirectoryFiles(store, encoder, index_dir, notify)
        self._lock = threading.RLock()
        self._opened: _Opened | None = None

    # -- questions -----------------------------------------------------------------------------

    def match(
        self,
        profile_id: str,
        *,
        top: int = 10,
        kind: Kind | None = None,
        track: Topic | None = None,
        diversity: float = 0.0,
        spread: bool = False,
    ) -> MatchList:
        """The best of the other side for a stored profile, best first.

        Args:
            profile_id: a startup's or a partner's.
            top: how many, at least 1.
            kind: only partners of this kind; not for a partner's question.
            track: what the meetings are about.
            diversity: 0 for the best by score, up to 1 for a list of partners that differ.
            spread: choose as if every startup were asking, so that no partner stands in too many lists.

        Raises:
            NotFoundError: no such profile.
            InputError: an argument does not fit.
        """
        with self._lock:
            directory = self._open().directory
            profile = self.store.get(profile_id)
            data = directory.side(profile.side)
            position = self._position(data, profile_id)
            if profile.side is Side.STARTUP:
                chosen = self._shared(top, kind, track)[position] if spread else None
                return self._for_startup(reading_of(data, position), top, kind, track, diversity, chosen)
            if diversity or spread:
                raise InputError("lists that differ or share attention are for startups; ask for one of them")
            return self._for_partner(position, top, kind, track)

    def match_profile(
        self,
        profile: Profile,
        *,
        top: int = 10,
        kind: Kind | None = None,
        track: Topic | None = None,
        diversity: float = 0.0,
    ) -> MatchList:
        """The best partners for a startup that is not stored.

        Raises:
            InputError: the profile is a partner's, or an argument does not fit.
        """
        if profile.side is not Side.STARTUP:
            raise InputError("only a startup can be matched without being stored; import the partner first")
        with self._lock:
            self._open()
            return self._for_startup(read([profile], self._encoder)[0], top, kind, track, diversity)

    def among(
        self, profile_id: str, others: Collection[str], *, track: Topic | None = None
    ) -> list[tuple[str, float]]:
        """Some of the other side for a stored profile, with their scores, best first.

        Those who are not stored, or are not to be matched with it, are left out. The scores are those of
        ``match``: relative to the whole directory.

        Raises:
            NotFoundError: no such profile.
        """
        with self._lock:
            directory = self._open().directory
            side = self.store.get(profile_id).side
            own = self._position(directory.side(side), profile_id)
            places = [at for at, each in enumerate(directory.side(side.other).profiles) if each.id in others]
            if side is Side.STARTUP:
                scores = self._scores_of(own, track)[places]
            else:
                scores = np.array([self._scores_of(at, track)[own] for at in places], np.float64)
            ids = [directory.side(side.other).profiles[at].id for at in places]
            return [(ids[at], float(scores[at])) for at in ranked(scores, ids, np.isfinite(scores))]

    def pairs(self, profile_id: str, others: Mapping[str, int], *, track: Topic | None = None) -> list[Match]:
        """A stored profile with each of some of the other side, as full as in ``match``.

        Args:
            others: by id, in the order wanted, the rank to be given to each.

        Raises:
            NotFoundError: one of them is not stored on its side.
        """
        with self._lock:
            opened = self._open()
            is_startup = self.store.get(profile_id).side is Side.STARTUP
            rows: dict[str, Row] = {}
            found = []
            for other, rank in others.items():
                startup, partner = (profile_id, other) if is_startup else (other, profile_id)
                reading, position = self._pair_of(startup, partner)
                row = rows.get(startup) or opened.fit.row(reading, track)
                rows[startup] = row
                found.append(self._pair(rank, reading, row, position, track, opened))
            return found

    def explain(self, startup_id: str, partner_id: str, track: Topic | None = None) -> Match:
        """One pair with its rank among the startup's partners, however low it is.

        Raises:
            NotFoundError: one of the two is not stored on its side.
        """
        with self._lock:
            opened = self._open()
            reading, position = self._pair_of(startup_id, partner_id)
            row = opened.fit.row(reading, track)
            return self._pair(self._rank(row, position), reading, row, position, track, opened)

    def why_not(
        self,
        startup_id: str,
        partner_id: str,
        track: Topic | None = None,
        fields: Collection[str] | None = None,
    ) -> WhyNot:
        """What holds a pair back, and what would change it: each change is tried and scored.

        Args:
            fields: of the startup's profile, changes of which are tried; all by default, which takes longer.

        Raises:
            NotFoundError: one of the two is not stored on its side.
        """
        asked = (startup_id, partner_id, track, None if fields is None else frozenset(fields))
        with self._lock:
            opened = self._open()
            if asked in opened.reasons:
                return opened.reasons[asked]
            reading, position = self._pair_of(startup_id, partner_id)
            match = self.explain(startup_id, partner_id, track)
            partner = reading_of(opened.directory.partners, position)

            def tried(changed: Reading) -> tuple[float, int]:
                row = opened.fit.row(changed, track)
                return float(row.scores[position]), self._rank(row, position)

            found = why_not(match, reading, partner, tried, fields)
            if len(opened.reasons) >= _REASONS_KEPT:  # the oldest makes room
                opened.reasons.pop(next(iter(opened.reasons)))
            opened.reasons[asked] = found
            return found

    def shared_attention(
        self,
        *,
        top: int = 10,
        kind: Kind | None = None,
        track: Topic | None = None,
        capacity: int | None = None,
    ) -> Shared:
        """Lists of ``top`` partners for every startup, with no partner in more than ``capacity`` of them.

        Args:
            capacity: twice the even share by default.
        """
        with self._lock:
            directory = self._open().directory
            scores = self._all_scores(track).astype(np.float64)
            if kind is not None:
                others = np.array([profile.kind is not kind for profile in directory.partners.profiles], bool)
                scores = np.where(others, -np.inf, scores)
            partners = int(np.isfinite(scores).any(axis=0).sum()) if scores.size else 0
            limit = default_capacity(len(directory.startups), partners, top) if capacity is None else capacity
            return share(scores, top, limit)

    def search(self, text: str, *, side: Side, kind: Kind | None = None, top: int = 10) -> list[Found]:
        """Profiles of one side nearest to a free text, in any language the encoder knows."""
        with self._lock:
            data = self._open().directory.side(side)
            if not len(data):
                return []
            return retrieve(data, text, self._encoder.vectors([text])[0], _checked_top(top), kind)

    def rankings(
        self,
        startup_ids: Sequence[str] | None = None,
        *,
        top: int = 10,
        kind: Kind | None = None,
        track: Topic | None = None,
        diversity: float = 0.0,
        spread: bool = False,
    ) -> Iterator[MatchList]:
        """``match`` for many startups (all by default), one after the other."""
        with self._lock:
            directory = self._open().directory
            ids = [p.id for p in directory.startups.profiles] if startup_ids is None else list(startup_ids)
        for startup_id in ids:
            yield self.match(startup_id, top=top, kind=kind, track=track, diversity=diversity, spread=spread)

    def rows(self, startup_ids: Sequence[str]) -> Iterator[tuple[Reading, Row]]:
        """The raw scores behind ``match``, for measuring: each startup against ``partners()``."""
        with self._lock:
            directory, fit = self._open().directory, self._open().fit
            for startup_id in startup_ids:
                reading = reading_of(directory.startups, self._position(directory.startups, startup_id))
                yield reading, fit.row(reading)

    def scores(self, track: Topic | None = None) -> np.ndarray:
        """The scores behind ``match`` for all pairs of ``directory()``, startups by partners.

        Returns:
            (S, P) single precision, -inf where one avoids the other.
        """
        with self._lock:
            return self._all_scores(track)

    def model_card(self) -> dict[str, Any] | None:
        """What the model in use was learned from and how it was measured; None: nothing learned is in use."""
        return self.store.model_in_use()

    def weights(self) -> Weights:
        """The points in use: those of the model in use, else as shipped."""
        with self._lock:
            return self._open().weights

    @property
    def model_name(self) -> str:
        """The encoder in use, as vectors are kept under it."""
        return self._encoder.name

    def directory(self) -> Directory:
        """Both sides as they are stored now."""
        with self._lock:
            return self._open().directory

    def warm_up(self) -> None:
        """Load the index and the encoder now, so that the first question does not wait."""
        with self._lock:
            self._open()
        self._encoder.load()

    # -- inside --------------------------------------------------------------------------------

    def _open(self) -> _Opened:
        identity, card = self.store.identity(), self.store.model_in_use()
        version = card["version"] if card else None
        before = self._opened
        if before is not None and (before.identity, before.version) == (identity, version):
            return before
        weights, curve = _learned(card)
        if before is not None and before.identity == identity:  # another model over the same profiles
            directory, tracks = before.directory, before.tracks
        else:
            directory, tracks = self._files.open(), None
            if len(directory.startups) or len(directory.partners):
                tracks = Tracks(self._encoder.vectors(Tracks.texts()), directory.startups.table)
        fit = Fit(directory, weights, tracks)
        self._opened = _Opened(identity, version, directory, tracks, weights, fit, curve)
        return self._opened

    @staticmethod
    def _position(data: SideData, profile_id: str) -> int:
        for position, profile in enumerate(data.profiles):
            if profile.id == profile_id:
                return position
        raise NotFoundError(profile_id)

    def _pair_of(self, startup_id: str, partner_id: str) -> tuple[Reading, int]:
        directory = self._open().directory
        reading = reading_of(directory.startups, self._position(directory.startups, startup_id))
        return reading, self._position(directory.partners, partner_id)

    def _order(self, row: Row, kind: Kind | None) -> np.ndarray:
        profiles = self._open().directory.partners.profiles
        allowed = row.allowed
        if kind is not None:
            allowed = allowed & np.array([profile.kind is kind for profile in profiles], dtype=bool)
        return ranked(row.scores, [profile.id for profile in profiles], allowed)

    def _rank(self, row: Row, position: int) -> int:
        """The partner's place in the startup's list, from 1; 0 where the two must not meet."""
        order = self._order(row, None)
        return int(np.flatnonzero(order == position)[0]) + 1 if position in order else 0

    def _for_startup(
        self,
        reading: Reading,
        top: int,
        kind: Kind | None,
        track: Topic | None,
        diversity: float,
        chosen: np.ndarray | None = None,
    ) -> MatchList:
        """
        Args:
            chosen: (P,) the partners that shared attention leaves to this startup, where it was asked for.
        """
        top = _checked_top(top)
        if kind is Kind.STARTUP:
            raise InputError("a startup is matched with partners: give a partner's kind")
        if not 0.0 <= diversity <= 1.0:
            raise InputError(f"diversity is {diversity}: give 0 (best by score) to 1", field="diversity")
        opened = self._open()
        row = opened.fit.row(reading, track)
        order = self._order(row, kind)
        listed = order if chosen is None else order[chosen[order]]
        if diversity and len(listed):
            best = listed[: considered(top)]
            partners = opened.directory.partners
            themes = np.stack([partners.themes.vector(partners.entries[at].pk) for at in best])
            kinds = [partners.profiles[at].kind.value for at in best]
            found = rerank(row.scores[best], similarity_of(themes, kinds), top, diversity)
            listed = best[found.order]
        listed = listed[:top]
        rank = {int(at): place for place, at in enumerate(order, start=1)}
        plain = row.scores[order[: len(listed)]]
        cost = float(plain.mean() - row.scores[listed].mean()) if len(listed) else 0.0
        matches = (self._pair(rank[int(at)], reading, row, int(at), track, opened) for at in listed)
        return MatchList(
            reading.profile, tuple(matches), len(order), kind, track, opened.promising(row), cost
        )

    def _for_partner(self, position: int, top: int, kind: Kind | None, track: Topic | None) -> MatchList:
        top = _checked_top(top)
        if kind not in (None, Kind.STARTUP):
            raise InputError("a partner is matched with startups: leave the kind away")
        opened = self._open()
        directory = opened.directory
        scores = self._all_scores(track)[:, position]
        ids = [profile.id for profile in directory.startups.profiles]
        order = ranked(scores, ids, np.isfinite(scores))
        matches = []
        for rank, at in enumerate(order[:top], start=1):
            reading = reading_of(directory.startups, int(at))
            matches.append(self._pair(rank, reading, opened.fit.row(reading, track), position, track, opened))
        return MatchList(directory.partners.profiles[position], tuple(matches), len(order), kind, track)

    def _shared(self, top: int, kind: Kind | None, track: Topic | None) -> np.ndarray:
        opened, asked = self._open(), (_checked_top(top), kind, track)
        if asked not in opened.shared:
            opened.shared[asked] = self.shared_attention(top=top, kind=kind, track=track).chosen
        return opened.shared[asked]

    def _all_scores(self, track: Topic | None) -> np.ndarray:
        """(S, P) scores of all pairs, -inf where one avoids the other; computed once a state of the store."""
        opened = self._open()
        if track not in opened.scores:

            def compute() -> np.ndarray:
                return self._score_everyone(opened, track)

            # Only the scores without a track are asked for often enough to be kept on disk.
            kept = track is None
            key = json.dumps(opened.weights.to_dict(), sort_keys=True)
            opened.scores[track] = self._files.cached_scores(compute, key) if kept else compute()
        return opened.scores[track]

    def _scores_of(self, position: int, track: Topic | None) -> np.ndarray:
        """(P,) scores of one startup, -inf where one avoids the other; computed once a state of the store."""
        opened = self._open()
        if track in opened.scores:
            return np.asarray(opened.scores[track][position], np.float64).round(2)  # kept in single precision
        if (position, track) not in opened.rows:
            row = opened.fit.row(reading_of(opened.directory.startups, position), track)
            opened.rows[position, track] = np.where(row.allowed, row.scores, -np.inf)
        return opened.rows[position, track]

    def _score_everyone(self, opened: _Opened, track: Topic | None) -> np.ndarray:
        startups = opened.directory.startups
        scores = np.full((len(startups), len(opened.directory.partners)), -np.inf, np.float32)
        for position in range(len(startups)):
            row = opened.fit.row(reading_of(startups, position), track)
            scores[position] = np.where(row.allowed, row.scores, -np.inf)
            self._progress("scoring all pairs", position + 1, len(startups))
        return scores

    @staticmethod
    def _pair(
        rank: int, startup: Reading, row: Row, position: int, track: Topic | None, opened: _Opened
    ) -> Match:
        partner = reading_of(opened.directory.partners, position)
        parts = explain.parts_of(opened.directory, startup, partner, row, position)
        score, confidence = float(row.scores[position]), float(row.confidence[position])
        # The scores within a track are others: nothing is known of what came of those.
        probability = opened.probability(score) if track is None else None
        return Match(rank, startup.profile, partner.profile, score, parts, confidence, track, probability)


@dataclass
class _Opened:
    """One state of the store's profiles and model, with what was computed from it.

    Outcomes are no part of it: they change nothing until a model is learned from them.
    """

    identity: tuple[str, int]
    version: int | None
    directory: Directory
    tracks: Tracks | None
    weights: Weights
    fit: Fit
    curve: Curve | None
    scores: dict[Topic | None, np.ndarray] = field(default_factory=dict)
    rows: dict[tuple[int, Topic | None], np.ndarray] = field(default_factory=dict)
    shared: dict[tuple[int, Kind | None, Topic | None], np.ndarray] = field(default_factory=dict)
    reasons: dict[_Asked, WhyNot] = field(default_factory=dict)
    least_likeness: float | None = None

    def probability(self, score: float) -> float | None:
        """Of a fruitful meeting, where a curve is in use."""
        return None if self.curve is None else float(self.curve.predict(np.array([score]))[0])

    def promising(self, row: Row) -> bool:
        """Whether the startup's nearest partner is nearer than the two least alike of the directory."""
        if self.least_likeness is None:
            self.least_likeness = self.fit.least_likeness()
        return row.likeness >= self.least_likeness


def _learned(card: Card | None) -> tuple[Weights, Curve | None]:
    """What a card says is to be used.

    Raises:
        StoreError: another Roundtable wrote it.
    """
    if card is None:
        return SHIPPED, None
    try:
        return Weights.from_dict(card["weights"]), curve_of(card["calibration"])
    except (KeyError, TypeError, ValueError) as cause:
        raise StoreError(
            f"model {card['version']} cannot be used ({cause}): run `roundtable train --use shipped`"
        ) from cause


def _checked_top(top: int) -> int:
    if top < 1:
        raise InputError(f"top is {top}: ask for at least one", field="top")
    return top


def open_service(
    store: Store,
    *,
    index_dir: Path,
    cache_dir: Path,
    model: str = "",
    threads: int = 0,
    vectors: VectorCache | None = None,
    notify: Notify = lambda line: None,
    progress: Progress = lambda what, done, total: None,
) -> Service:
    """A service over ``store``. Nothing heavy is loaded before the first question.

    Args:
        store: where the profiles are.
        index_dir: where the index is kept.
        cache_dir: where the built-in language model is kept.
        model: a sentence-transformers folder or hub name; empty for the built-in model.
        threads: of the encoder, 0 for its own choice.
        vectors: where vectors are kept; the store where it is not given.
        notify: gets a line before slow work and when derived data was mended.
        progress: called with what is done, how much of it, and how much there is.
    """
    encoder = Encoder(
        store if vectors is None else vectors,
        cache_dir,
        model,
        threads,
        notify,
        lambda done, total: progress("reading texts", done, total),
    )
    return Service(store, encoder, index_dir, notify, progress)
