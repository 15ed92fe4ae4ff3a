"""How well those who take part fit, track by track: which tracks are open to a pair, and what it is worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from matcher.rules import TRADES
from profiles.model import Profile, Side, Topic


def suits(partner: Profile, track: Topic) -> bool:
    """Whether a partner is one to meet in a track: it came for it, or names no topics, or it is its trade."""
    return not partner.topics or track in partner.topics or partner.kind in TRADES.get(track, ())


class Fits:
    """The scores of those who take part.

    Attributes:
        tracks: of the event.
        scores: (T, S, P) 0 to 100, -inf where one avoids the other.
        open: (T, S, P) whether a track is open to a pair: it suits the partner, and the startup came for it
            or for none of the event's tracks.
        value: (S, P) the best score of each pair in a track that is open to it, -inf where none is.
    """

    def __init__(
        self, tracks: Sequence[Topic], people: Mapping[Side, Sequence[Profile]], scores: np.ndarray
    ) -> None:
        """
        Args:
            tracks: of the event.
            people: who takes part.
            scores: (T, S, P).
        """
        # Scores have two decimals; single precision left more of them.
        self.tracks, self.scores = tuple(tracks), scores.astype(np.float64).round(2)
        startups, partners = people[Side.STARTUP], people[Side.PARTNER]
        came = np.array([[track in startup.topics for startup in startups] for track in tracks], bool)
        came |= ~came.any(axis=0)
        suited = np.array([[suits(partner, track) for partner in partners] for track in tracks], bool)
        self.open = came[:, :, None] & suited[:, None, :] & np.isfinite(scores)
        self.value = np.where(self.open, self.scores, -np.inf).max(axis=0)

    def score(self, track: Topic, at: tuple[int, int]) -> float:
        """The score of the pair at a place in a track."""
        return float(self.scores[self.tracks.index(track), at[0], at[1]])

    def best_track(self, at: tuple[int, int], hosted: Sequence[Topic] = ()) -> Topic:
        """The best of those open to the pair, of all where none is; of those ``hosted``, if any are."""
        among = np.array([not hosted or track in hosted for track in self.tracks])
        open_ = among & self.open[:, at[0], at[1]]
        scores = np.where(open_ if open_.any() else among, self.scores[:, at[0], at[1]], -np.inf)
        return self.tracks[int(scores.argmax())]

    def best_tracks(self) -> np.ndarray:
        """As ``best_track``, of all pairs: (S, P) places in ``tracks``."""
        none = ~self.open.any(axis=0)
        return np.asarray(np.where(self.open | none, self.scores, -np.inf).argmax(axis=0))
