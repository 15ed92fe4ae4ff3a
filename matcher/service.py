"""The facade that every face calls: it wires store, encoder, directory and fit, and delegates."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np

from matcher import explain
from matcher.directory import Directory, DirectoryFiles, Reading, SideData, read, reading_of
from matcher.encoder import Encoder, VectorCache
from matcher.fit import Fit, Row, ranked
from matcher.results import Match, MatchList
from matcher.retrieve import Found, retrieve
from profiles.errors import InputError, NotFoundError
from profiles.model import Kind, Profile, Side
from profiles.store import Store

Notify = Callable[[str], None]
Progress = Callable[[str, int, int], None]


class Service:
    """Answers who fits whom, over one store. Safe to share between threads; one question at a time."""

    def __init__(
        self, store: Store, encoder: Encoder, index_dir: Path, notify: Notify, progress: Progress
    ) -> None:
        self.store = store
        self._encoder, self._notify, self._progress = encoder, notify, progress
        self._files = DirectoryFiles(store, encoder, index_dir, notify)
        self._lock = threading.RLock()
        self._opened: tuple[tuple[str, int], Directory, Fit] | None = None
        self._matrix: np.ndarray | None = None

    # -- questions -----------------------------------------------------------------------------

    def match(self, profile_id: str, *, top: int = 10, kind: Kind | None = None) -> MatchList:
        """The best of the other side for a stored profile, best first.

        Args:
            profile_id: a startup's or a partner's.
            top: how many, at least 1.
            kind: only partners of this kind; not for a partner's question.

        Raises:
            NotFoundError: no such profile.
            InputError: ``top`` or ``kind`` does not fit.
        """
        with self._lock:
            directory, _ = self._open()
            profile = self.store.get(profile_id)
            data = directory.side(profile.side)
            position = self._position(data, profile_id)
            if profile.side is Side.STARTUP:
                return self._for_startup(reading_of(data, position), top, kind)
            return self._for_partner(position, top, kind)

    def match_profile(self, profile: Profile, *, top: int = 10, kind: Kind | None = None) -> MatchList:
        """The best partners for a startup that is not stored.

        Raises:
            InputError: the profile is a partner's, or ``top`` or ``kind`` does not fit.
        """
        if profile.side is not Side.STARTUP:
            raise InputError("only a startup can be matched without being stored; import the partner first")
        with self._lock:
            self._open()
            return self._for_startup(read([profile], self._encoder)[0], top, kind)

    def explain(self, startup_id: str, partner_id: str) -> Match:
        """One pair with its rank among the startup's partners, however low it is.

        Raises:
            NotFoundError: one of the two is not stored on its side.
        """
        with self._lock:
            directory, fit = self._open()
            startups, partners = directory.startups, directory.partners
            reading = reading_of(startups, self._position(startups, startup_id))
            position = self._position(partners, partner_id)
            row = fit.row(reading)
            order = self._order(row, None)
            rank = int(np.flatnonzero(order == position)[0]) + 1 if position in order else 0
            return self._pair(rank, reading, row, position)

    def search(self, text: str, *, side: Side, kind: Kind | None = None, top: int = 10) -> list[Found]:
        """Profiles of one side nearest to a free text, in any language the encoder knows."""
        with self._lock:
            directory, _ = self._open()
            data = directory.side(side)
            if not len(data):
                return []
            return retrieve(data, text, self._encoder.vectors([text])[0], _checked_top(top), kind)

    def rankings(
        self, startup_ids: Sequence[str] | None = None, *, top: int = 10, kind: Kind | None = None
    ) -> Iterator[MatchList]:
        """``match`` for many startups (all by default), one after the other."""
        with self._lock:
            directory, _ = self._open()
            ids = [p.id for p in directory.startups.profiles] if startup_ids is None else list(startup_ids)
        for startup_id in ids:
            yield self.match(startup_id, top=top, kind=kind)

    def rows(self, startup_ids: Sequence[str]) -> Iterator[tuple[Reading, Row]]:
        """The raw scores behind ``match``, for measuring: each startup against ``partners()``."""
        with self._lock:
            directory, fit = self._open()
            for startup_id in startup_ids:
                reading = reading_of(directory.startups, self._position(directory.startups, startup_id))
                yield reading, fit.row(reading)

    @property
    def model_name(self) -> str:
        """The encoder in use, as vectors are kept under it."""
        return self._encoder.name

    def directory(self) -> Directory:
        """Both sides as they are stored now."""
        with self._lock:
            return self._open()[0]

    def warm_up(self) -> None:
        """Load the index and the encoder now, so that the first question does not wait."""
        with self._lock:
            self._open()
        self._encoder.load()

    # -- inside --------------------------------------------------------------------------------

    def _open(self) -> tuple[Directory, Fit]:
        identity = self.store.identity()
        if self._opened is None or self._opened[0] != identity:
            directory = self._files.open()
            self._opened, self._matrix = (identity, directory, Fit(directory)), None
        return self._opened[1], self._opened[2]

    @staticmethod
    def _position(data: SideData, profile_id: str) -> int:
        for position, profile in enumerate(data.profiles):
            if profile.id == profile_id:
                return position
        raise NotFoundError(profile_id)

    def _order(self, row: Row, kind: Kind | None) -> np.ndarray:
        profiles = self._open()[0].partners.profiles
        allowed = row.allowed
        if kind is not None:
            allowed = allowed & np.array([profile.kind is kind for profile in profiles], dtype=bool)
        return ranked(row.scores, [profile.id for profile in profiles], allowed)

    def _for_startup(self, reading: Reading, top: int, kind: Kind | None) -> MatchList:
        top = _checked_top(top)
        if kind is Kind.STARTUP:
            raise InputError("a startup is matched with partners: give a partner's kind")
        row = self._open()[1].row(reading)
        order = self._order(row, kind)
        matches = (self._pair(rank, reading, row, int(at)) for rank, at in enumerate(order[:top], start=1))
        return MatchList(reading.profile, tuple(matches), len(order), kind)

    def _for_partner(self, position: int, top: int, kind: Kind | None) -> MatchList:
        top = _checked_top(top)
        if kind not in (None, Kind.STARTUP):
            raise InputError("a partner is matched with startups: leave the kind away")
        directory, fit = self._open()
        scores = self._all_scores()[:, position]
        ids = [profile.id for profile in directory.startups.profiles]
        order = ranked(scores, ids, np.isfinite(scores))
        matches = []
        for rank, at in enumerate(order[:top], start=1):
            reading = reading_of(directory.startups, int(at))
            matches.append(self._pair(rank, reading, fit.row(reading), position))
        return MatchList(directory.partners.profiles[position], tuple(matches), len(order), kind)

    def _all_scores(self) -> np.ndarray:
        """(S, P) scores of all pairs, -inf where one avoids the other; computed once a state of the store."""
        directory, fit = self._open()
        if self._matrix is None:
            self._matrix = self._files.cached_scores(lambda: self._score_everyone(directory, fit))
        return self._matrix

    def _score_everyone(self, directory: Directory, fit: Fit) -> np.ndarray:
        total = len(directory.startups)
        scores = np.full((total, len(directory.partners)), -np.inf, np.float32)
        for position in range(total):
            row = fit.row(reading_of(directory.startups, position))
            scores[position] = np.where(row.allowed, row.scores, -np.inf)
            self._progress("scoring all pairs", position + 1, total)
        return scores

    def _pair(self, rank: int, startup: Reading, row: Row, position: int) -> Match:
        directory, _ = self._open()
        partner = reading_of(directory.partners, position)
        parts = explain.parts_of(directory, startup, partner, row, position)
        return Match(rank, startup.profile, partner.profile, float(row.scores[position]), parts)


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
