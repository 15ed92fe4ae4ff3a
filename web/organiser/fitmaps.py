"""The map of fit of an event's people, worked out once for as long as nothing changes it."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from matcher.fitmap import FitMap, fit_map
from matcher.service import Service
from profiles.consultations import Attendee
from profiles.model import Profile, Side

MOST = 8
"""So many maps are kept."""

BEST = 6
"""So many of whom somebody fits best are named."""


@dataclass(frozen=True)
class Fits:
    """The map of some people.

    Attributes:
        startups, partners: in the order of the map and of the scores.
        scores: (S, P), -inf where one avoids the other.
    """

    found: FitMap
    startups: Sequence[Profile]
    partners: Sequence[Profile]
    scores: np.ndarray

    def best(self, who: str) -> list[str] | None:
        """Ids of those of the other side who fit somebody best; None: it is not on the map."""
        for own, others, scores in (
            (self.startups, self.partners, self.scores),
            (self.partners, self.startups, self.scores.T),
        ):
            ids = [profile.id for profile in own]
            if who in ids:
                row = scores[ids.index(who)]
                order = np.argsort(-row, kind="stable")[:BEST]
                return [others[at].id for at in order if np.isfinite(row[at])]
        return None


class FitMaps:
    """The maps of a process."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Any, ...], Fits] = OrderedDict()
        self._lock = threading.Lock()

    def of(self, service: Service, attendees: Sequence[Attendee]) -> Fits | None:
        """The map of those who take part; None: a side has nobody who is in the directory."""
        key = _key(service, attendees)
        with self._lock:  # whoever asks meanwhile waits, and then has it too
            if key not in self._kept:
                made = _made(service, attendees)
                if made is None:
                    return None
                self._kept[key] = made
                while len(self._kept) > MOST:
                    self._kept.popitem(last=False)
            self._kept.move_to_end(key)
            return self._kept[key]

    def has(self, service: Service, attendees: Sequence[Attendee]) -> bool:
        """Whether it is there already."""
        return _key(service, attendees) in self._kept


def _key(service: Service, attendees: Sequence[Attendee]) -> tuple[Any, ...]:
    """What a map depends on: the profiles, how they are scored, and who takes part."""
    card = service.model_card()
    return (
        service.store.identity(),
        card["version"] if card is not None else None,
        frozenset(each.profile_id for each in attendees),
    )


def _made(service: Service, attendees: Sequence[Attendee]) -> Fits | None:
    directory, scores = service.directory(), service.scores()
    wanted = {each.profile_id for each in attendees}
    people = {side: directory.side(side).profiles for side in Side}
    rows, columns = ([at for at, profile in enumerate(people[side]) if profile.id in wanted] for side in Side)
    if not rows or not columns:
        return None
    some = scores[np.ix_(rows, columns)]
    return Fits(
        fit_map(some),
        [people[Side.STARTUP][at] for at in rows],
        [people[Side.PARTNER][at] for at in columns],
        some,
    )
