"""Startups by partners: how well each pair of an event fits, what is said of it, where it meets. No Flask.

Cells are looked up by place in two lists, startups and partners; a ``Choice`` of pages, filters and order is
a ``Look``.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from matcher.schedule.build import Built
from matcher.schedule.fits import Fits
from matcher.service import Service
from profiles.consultations import By, Choice
from profiles.event import Event, Meeting, Pair, Slot, State
from profiles.importers.wishes import Answer
from profiles.model import Kind, Profile, Side, Topic
from web import phrases
from web.consulting import built
from web.render.charts.heat import Heat, heat

Key = tuple[str, str]
Mask = NDArray[np.bool_]
ONLY = ("wishes", "agreed", "pinned", "forbidden", "commented", "unscheduled", "scheduled")
"""What pairs can be narrowed down to, besides fit and names."""
ORDERS = ("name", "best")
_NOTHING: Mapping[By, Choice] = {}


@dataclass(frozen=True)
class Look:
    """What a reader wants to see of the table; empty for all.

    Attributes:
        track: fit in this track; None: in the best track of each pair, or the one it is to be about.
        kind: of partners.
        startup, partner: every one of these words is in the name or the id.
        only: one of ``ONLY``.
        least: fit, 0 to 100.
        rows, columns: order of startups and partners, of ``ORDERS``.
    """

    track: Topic | None = None
    kind: Kind | None = None
    startup: str = ""
    partner: str = ""
    only: str = ""
    least: float = 0.0
    rows: str = "best"
    columns: str = "best"


@dataclass(frozen=True)
class Cell:
    """One pair.

    Attributes:
        fit: 0 to 100; None where one avoids the other.
        track: that the fit is of.
        open: whether both came for it.
        state: in the event; None: it is no pair of it.
        said: what each side and the organiser say.
        meeting: of the newest timetable.
    """

    startup: Profile
    partner: Profile
    fit: float | None
    track: Topic
    open: bool
    state: State | None
    said: Mapping[By, Choice]
    meeting: Meeting | None

    @property
    def key(self) -> Key:
        return self.startup.id, self.partner.id

    @property
    def anchor(self) -> str:
        """Its id in a page: ids of profiles may hold anything."""
        digest = hashlib.sha256("\0".join(self.key).encode()).hexdigest()
        return f"c-{digest[:16]}"

    def says(self, by: By) -> Answer | None:
        """The answer of one of the three."""
        return self.said[by].answer if by in self.said else None

    def comment(self, by: By) -> str:
        """The comment of one of the three."""
        return self.said[by].comment if by in self.said else ""

    @property
    def commented(self) -> bool:
        return any(choice.comment for choice in self.said.values())


class MatchTable:
    """All pairs of an event."""

    def __init__(
        self,
        made: Built,
        people: Mapping[Side, Sequence[Profile]],
        fits: Fits,
        choices: Sequence[Choice],
        meetings: Sequence[Meeting],
        track: Topic | None = None,
    ) -> None:
        """
        Args:
            people: who takes part, in the order of ``fits``.
            meetings: of the newest timetable.
            track: that fits are of; None: the best of each pair.
        """
        self.event: Event = made.event
        self.told = made.told
        self.startups, self.partners = people[Side.STARTUP], people[Side.PARTNER]
        self.fits = fits
        self._rows = {profile.id: at for at, profile in enumerate(self.startups)}
        self._columns = {profile.id: at for at, profile in enumerate(self.partners)}
        self._pairs = {pair.key: pair for pair in made.event.pairs}
        self._meetings = {meeting.key: meeting for meeting in meetings}
        self._said: dict[Key, dict[By, Choice]] = {}
        for choice in choices:
            if choice.startup in self._rows and choice.partner in self._columns:
                self._said.setdefault(choice.key, {})[choice.by] = choice
        self.slots: Mapping[str, Slot] = {slot.id: slot for slot in made.event.slots}
        self._tracks = self._track_of_each(track)
        at = np.ogrid[: len(self.startups), : len(self.partners)]
        self.scores: NDArray[np.float64] = fits.scores[self._tracks, at[0], at[1]]
        self.open: Mask = fits.open[self._tracks, at[0], at[1]]

    def _track_of_each(self, track: Topic | None) -> NDArray[np.intp]:
        shape = len(self.startups), len(self.partners)
        if track is not None:
            return np.full(shape, self.fits.tracks.index(track), np.intp)
        tracks = self.fits.best_tracks().astype(np.intp)
        for key, pair in self._pairs.items():
            if pair.track in self.fits.tracks:
                tracks[self.place(key)] = self.fits.tracks.index(pair.track)
        return tracks

    def place(self, key: Key) -> tuple[int, int]:
        """Row and column of a pair.

        Raises:
            KeyError: one of the two does not take part.
        """
        return self._rows[key[0]], self._columns[key[1]]

    def cell(self, row: int, column: int) -> Cell:
        """The pair at a place."""
        startup, partner = self.startups[row], self.partners[column]
        key = (startup.id, partner.id)
        score = float(self.scores[row, column])
        pair: Pair | None = self._pairs.get(key)
        return Cell(
            startup=startup,
            partner=partner,
            fit=score if np.isfinite(score) else None,
            track=self.fits.tracks[self._tracks[row, column]],
            open=bool(self.open[row, column]),
            state=pair.state if pair else None,
            said=self._said.get(key, _NOTHING),
            meeting=self._meetings.get(key),
        )

    @cached_property
    def heat(self) -> Heat:
        """Levels of all pairs, whatever part of them is shown."""
        return heat(self.scores)

    def css(self, row: int, column: int) -> str:
        """The class of a cell: its level, or ``level-off`` where the two did not come for a common track."""
        if not self.open[row, column] and np.isfinite(self.scores[row, column]):
            return "level-off"
        return self.heat.css(row, column)

    # -- what is looked at ---------------------------------------------------------------------

    def wanted(self, look: Look) -> Mask:
        """(S, P) which pairs are looked at."""
        mask = self._named(look) & (np.nan_to_num(self.scores, neginf=-1.0) >= look.least - 1e-9)
        if look.least <= 0:
            mask = self._named(look)
        return mask & self._only(look.only) if look.only else mask

    def _named(self, look: Look) -> Mask:
        rows = np.array([_has(profile, look.startup) for profile in self.startups], bool)
        columns = np.array(
            [_has(profile, look.partner) and look.kind in (None, profile.kind) for profile in self.partners],
            bool,
        )
        mask: Mask = rows[:, None] & columns[None, :]
        return mask

    def _only(self, only: str) -> Mask:
        mask = np.zeros(self.scores.shape, bool)
        for key in {*self._said, *self._meetings} & self._known():
            at = self.place(key)
            mask[at] = _IS[only](self.cell(*at))
        return mask

    def _known(self) -> set[Key]:
        known = {key for key in self._meetings if key[0] in self._rows and key[1] in self._columns}
        return known | set(self._said)

    def ordered(self, look: Look, mask: Mask) -> tuple[list[int], list[int]]:
        """Rows and columns with anything to look at, in the order wanted."""
        shown = np.where(mask & self.open, self.scores, -np.inf)
        rows = [int(at) for at in np.flatnonzero(mask.any(axis=1))]
        columns = [int(at) for at in np.flatnonzero(mask.any(axis=0))]
        return (
            _sorted(rows, self.startups, shown.max(axis=1, initial=-np.inf), look.rows),
            _sorted(columns, self.partners, shown.max(axis=0, initial=-np.inf), look.columns),
        )

    def listed(self, look: Look, sort: str) -> list[tuple[int, int]]:
        """Places of all pairs looked at, for a list; see ``SORTS``."""
        mask = self.wanted(look)
        rows, columns = np.nonzero(mask)
        places = list(zip(rows.tolist(), columns.tolist(), strict=True))
        places.sort(
            key=lambda at: (
                -_number(float(self.scores[at])),
                self.startups[at[0]].id,
                self.partners[at[1]].id,
            )
        )
        name = sort.removeprefix("-")
        if name == "fit":  # the best first is how they are already
            return places if sort == "-fit" else places[::-1]
        texts = {"startup": 0, "partner": 1}
        if name in texts:
            side = texts[name]
            names = [phrases.name(each).casefold() for each in (self.startups, self.partners)[side]]
            places.sort(key=lambda at: names[at[side]], reverse=sort.startswith("-"))
        elif name == "said":
            places.sort(key=self._weight, reverse=sort.startswith("-"))
        elif name == "time":
            places.sort(key=self._time, reverse=sort.startswith("-"))
        return places

    def _weight(self, at: tuple[int, int]) -> int:
        """How much is said of a pair: nothing least, then never, up to what is confirmed."""
        key = self.startups[at[0]].id, self.partners[at[1]].id
        answers = [choice.answer for choice in self._said.get(key, _NOTHING).values() if choice.answer]
        return sum(list(Answer).index(answer) + 1 for answer in answers)

    def _time(self, at: tuple[int, int]) -> str:
        meeting = self._meetings.get((self.startups[at[0]].id, self.partners[at[1]].id))
        slot = self.slots.get(meeting.slot) if meeting else None
        return slot.start.isoformat() if slot else "9999"


SORTS = ("startup", "partner", "fit", "said", "time")


def _agreed(cell: Cell) -> bool:
    return all(cell.says(by) is Answer.WANTED for by in (By.STARTUP, By.PARTNER))


_IS: Mapping[str, Callable[[Cell], bool]] = {
    "wishes": lambda cell: any(cell.says(by) is not None for by in (By.STARTUP, By.PARTNER)),
    "agreed": _agreed,
    "pinned": lambda cell: cell.says(By.ORGANISER) in (Answer.MUST, Answer.CONFIRMED),
    "forbidden": lambda cell: cell.says(By.ORGANISER) is Answer.NEVER,
    "commented": lambda cell: cell.commented,
    "unscheduled": lambda cell: (
        cell.meeting is None and cell.state in (State.REQUESTED, State.ACCEPTED, State.MUST, State.CONFIRMED)
    ),
    "scheduled": lambda cell: cell.meeting is not None,
}


def _has(profile: Profile, words: str) -> bool:
    text = f"{profile.id}\n{profile.name}\n{profile.name_ko}".casefold()
    return all(word in text for word in words.casefold().split())


def _number(score: float) -> float:
    return score if np.isfinite(score) else -1.0


def _sorted(
    places: list[int], profiles: Sequence[Profile], best: NDArray[np.float64], order: str
) -> list[int]:
    names = {at: phrases.name(profiles[at]).casefold() for at in places}
    if order == "best":
        return sorted(places, key=lambda at: (-_number(float(best[at])), names[at]))
    return sorted(places, key=lambda at: (names[at], profiles[at].id))


def match_table(service: Service, event_id: str, track: Topic | None = None) -> MatchTable:
    """The table of an event as it stands now.

    Raises:
        UnknownError: there is no such event.
        InputError: a side has no attendees, or ``track`` is none of the event's.
    """
    made = built(service, event_id)
    store, directory = service.store, service.directory()
    plan = store.consultation(event_id).plan
    places: dict[Side, list[int]] = {}
    for side in Side:
        here = {person.id for person in made.event.participants if person.side is side}
        places[side] = [at for at, each in enumerate(directory.side(side).profiles) if each.id in here]
    people = {side: [directory.side(side).profiles[at] for at in places[side]] for side in Side}
    grid = np.ix_(places[Side.STARTUP], places[Side.PARTNER])
    fits = Fits(plan.tracks, people, np.stack([service.scores(each)[grid] for each in plan.tracks]))
    kept = store.timetables(event_id)
    meetings = store.timetable(event_id).schedule.meetings if kept else ()
    chosen = track if track in plan.tracks else None
    return MatchTable(made, people, fits, store.choices(event_id), meetings, chosen)
