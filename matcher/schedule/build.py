"""From ranking to event: the day's frame, who comes, who should meet whom and about what.

A pair's value is its fit as people see it, score / 100, in the track it is about. That is the track that was
wished for, else the one with the best score among those open to the pair: tracks that suit the partner (it
came for it, or it is its trade), of those that the startup came for. A startup that came for none of the
event's tracks is open to all.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from matcher.directory import Directory
from matcher.fit import ranked
from matcher.schedule.asked import Asked, Key, merged
from matcher.schedule.fits import Fits, suits
from matcher.schedule.presence import participant_of
from matcher.schedule.wording import Told
from profiles.dayplan import DayPlan, interpreters_of, slots_of, tables_of
from profiles.errors import InputError
from profiles.event import Event, Pair, Participant, State, Table
from profiles.importers.availability import Attendance
from profiles.importers.wishes import Wish
from profiles.model import Profile, Side, Topic

TOP = 15
"""Pairs by fit for each startup."""

FEW = 5
"""Pairs by fit for each partner, so that none ends empty that suits anybody."""

Chosen = Mapping[Side, Sequence[str]]


@dataclass(frozen=True)
class Built:
    """An event, and what its organiser should know of it.

    Attributes:
        told: what contradicts itself in wishes and availability and what was made of it, a sentence each.
        alone: id -> why somebody has no meeting to hope for, and what to do.
    """

    event: Event
    told: tuple[str, ...] = ()
    alone: Mapping[str, str] = field(default_factory=dict)


def taking_part(directory: Directory, chosen: Chosen) -> dict[Side, np.ndarray]:
    """The places in the directory of those who take part, in its order.

    Args:
        directory: both sides.
        chosen: ids by side; a side that is not named or has none takes part as a whole.

    Raises:
        InputError: somebody is not stored on that side, or a side has nobody.
    """
    found: dict[Side, np.ndarray] = {}
    for side in Side:
        stored = [profile.id for profile in directory.side(side).profiles]
        wanted = set(chosen.get(side, ())) or set(stored)
        for each in chosen.get(side, ()):
            if each not in stored:
                raise InputError(f"no {side.value} {each!r} is stored: correct it", field=f"--{side.value}")
        if not wanted:
            raise InputError(f"there is no {side.value} in the store: import some first")
        found[side] = np.array([place for place, each in enumerate(stored) if each in wanted], int)
    return found


def build_event(
    plan: DayPlan,
    directory: Directory,
    scores: Mapping[Topic, np.ndarray],
    *,
    wishes: Sequence[Wish] = (),
    attendance: Sequence[Attendance] = (),
    top: int = TOP,
    chosen: Chosen | None = None,
) -> Built:
    """The event of a day.

    Args:
        plan: the day.
        directory: both sides.
        scores: for each track of ``plan`` the (S, P) scores of all pairs of the directory, 0 to 100, -inf
            where one avoids the other.
        wishes: who wants to meet whom; of people who take part only.
        attendance: who is there when; of people who take part only.
        top: pairs by fit for each startup; those anybody speaks of, and the best few of each partner, come
            on top of these.
        chosen: see ``taking_part``.

    Raises:
        InputError: see ``taking_part``.
    """
    places = taking_part(directory, chosen or {})
    people = {side: [directory.side(side).profiles[at] for at in places[side]] for side in Side}
    grid = np.ix_(places[Side.STARTUP], places[Side.PARTNER])
    fits = Fits(plan.tracks, people, np.stack([scores[track][grid] for track in plan.tracks]))
    slots, tables = slots_of(plan), tables_of(plan)
    everyone = [profile for side in Side for profile in people[side]]
    asked, told = merged(wishes, {profile.id: profile.side for profile in everyone})
    pairs = _Pairs(fits, people).pairs(asked, {table.id: table for table in tables}, top, told)
    rows: defaultdict[str, list[Attendance]] = defaultdict(list)
    for row in attendance:
        rows[row.who].append(row)
    participants: list[Participant] = []
    for profile in everyone:
        person, more = participant_of(profile, plan.defaults.of(profile.side), rows[profile.id], slots)
        participants.append(person)
        told += more
    away = {person.id: person.unavailable for person in participants}
    told += [
        Told("confirmed_while_away", who=pair.startup, whom=pair.partner, slot=pair.slot, away=who)
        for pair in pairs
        for who in pair.key
        if pair.state is State.CONFIRMED and pair.slot in away[who]
    ]
    event = Event(
        event=plan.event,
        slots=slots,
        tables=tables,
        participants=tuple(participants),
        interpreters=interpreters_of(plan),
        pairs=tuple(pairs),
    )
    return Built(
        event, tuple(told), _alone(event, {profile.id: profile for profile in everyone}, plan.tracks)
    )


class _Pairs:
    """The pairs that an event is made of."""

    def __init__(self, fits: Fits, people: Mapping[Side, Sequence[Profile]]) -> None:
        """
        Args:
            people: who takes part, in the order of ``fits``.
        """
        self._fits, self._ids = fits, {side: [profile.id for profile in people[side]] for side in Side}

    def pairs(
        self, asked: Mapping[Key, Asked], tables: Mapping[str, Table], top: int, told: list[str]
    ) -> list[Pair]:
        """All pairs of the event, each startup's best first; ``told`` gets what contradicts itself."""
        startups, partners = self._ids[Side.STARTUP], self._ids[Side.PARTNER]
        known = np.isfinite(self._fits.value)
        keys = {
            *asked,
            *(
                (startup, partners[at])
                for row, startup in enumerate(startups)
                for at in ranked(self._fits.value[row], partners, known[row])[:top]
            ),
            *(
                (startups[at], partner)
                for column, partner in enumerate(partners)
                for at in ranked(self._fits.value[:, column], startups, known[:, column])[:FEW]
            ),
        }
        place = {each: at for ids in self._ids.values() for at, each in enumerate(ids)}
        made = [
            self._pair(
                key, (place[key[0]], place[key[1]]), asked.get(key, Asked(State.SUGGESTED)), tables, told
            )
            for key in sorted(keys)
        ]
        return sorted(made, key=lambda pair: (place[pair.startup], -pair.fit, pair.partner))

    def _pair(
        self, key: Key, at: tuple[int, int], asked: Asked, tables: Mapping[str, Table], told: list[str]
    ) -> Pair:
        startup, partner = key
        if not np.isfinite(self._fits.scores[:, at[0], at[1]]).any():
            if asked.state is not State.DECLINED:
                told.append(Told("avoided", who=startup, whom=partner, state=asked.state))
            return Pair(startup=startup, partner=partner, track=asked.track, state=State.DECLINED)
        hosted = tables[asked.table].tracks if asked.table else ()
        if asked.track and hosted and asked.track not in hosted:
            told.append(
                Told(
                    "track_not_hosted",
                    who=startup,
                    whom=partner,
                    track=asked.track,
                    table=asked.table,
                    tracks=", ".join(hosted),
                )
            )
        track = asked.track or self._fits.best_track(at, hosted)
        score = self._fits.score(track, at)
        return Pair(
            startup=startup,
            partner=partner,
            track=track,
            fit=round(score / 100, 4),
            state=asked.state,
            slot=asked.slot,
            table=asked.table,
        )


def _alone(event: Event, profiles: Mapping[str, Profile], tracks: Sequence[Topic]) -> dict[str, str]:
    hoping = {each for pair in event.pairs if pair.state is not State.DECLINED for each in pair.key}
    paired = {each for pair in event.pairs for each in pair.key}
    found: dict[str, str] = {}
    for person in event.participants:
        profile = profiles[person.id]
        if len(person.unavailable) == len(event.slots):
            found[person.id] = Told("away_always")
        elif person.id in hoping:
            continue
        elif person.id in paired:
            found[person.id] = Told("all_declined")
        elif person.side is Side.PARTNER and not any(suits(profile, track) for track in tracks):
            found[person.id] = Told("no_track")
        else:
            found[person.id] = Told("nobody_left")
    return found
