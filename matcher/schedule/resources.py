"""What an organiser books: tables, slots and interpreters by kind, and the event with more or fewer of them.

Members of a kind are alike: one is as good as another, so that how many there are is all that matters. Slots
are the exception: their kind is the day, which loses its last slots first and is extended in its own rhythm.
"""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice, pairwise
from typing import Any, Literal

from profiles.event import Event, Interpreter, Pair, Slot, State, Table
from profiles.model import Topic

What = Literal["tables", "slots", "interpreters"]


@dataclass(frozen=True)
class Kind:
    """Some that are alike.

    Attributes:
        about: the tracks of a table (none: any), the languages of an interpreter, the day of a slot.
        given: ids of those the event has, in the order in which they are kept.
        away: slots in which its tables are closed, or its interpreters unavailable.
        least: so many cannot be given up: participants or confirmed pairs name them.
        most: so many are considered. More tables or interpreters would help nobody; more slots could where
            tables or interpreters are of several kinds, but a day ends at midnight.
    """

    about: tuple[str, ...]
    given: tuple[str, ...]
    away: tuple[str, ...]
    least: int
    most: int


@dataclass(frozen=True)
class Resource:
    """All kinds of one thing in an event.

    Attributes:
        what: the thing.
        kinds: the kinds.
        event: the event they are of.
    """

    what: What
    kinds: tuple[Kind, ...]
    event: Event
    _members: Callable[[Kind, int], list[Any]]

    def at(self, counts: Sequence[int]) -> Event:
        """The event with so many of each kind."""
        members = [
            each
            for kind, count in zip(self.kinds, counts, strict=True)
            for each in self._members(kind, count)
        ]
        if self.what == "slots":
            return _with_slots(self.event, members)
        return self.event.model_copy(update={self.what: tuple(members)})

    def ids(self, counts: Sequence[int]) -> tuple[str, ...]:
        """The ids of these."""
        return tuple(
            each.id
            for kind, count in zip(self.kinds, counts, strict=True)
            for each in self._members(kind, count)
        )


def resource(event: Event, what: What) -> Resource:
    """The tables, slots or interpreters of an event by kind, also of kinds it has none of but could use."""
    return {"tables": _tables, "slots": _slots, "interpreters": _interpreters}[what](event)


def _at_once(event: Event, pairs: Iterable[Pair]) -> int:
    """How many of some pairs could meet at the same time, if there was room for any number."""
    people = {person.id: person for person in event.participants}
    some = [pair for pair in pairs if pair.state is not State.DECLINED]
    sides = [{pair.startup for pair in some}, {pair.partner for pair in some}]
    return min(len(some), *(sum(people[who].representatives for who in side) for side in sides))


def _tables(event: Event) -> Resource:
    named = {person.table for person in event.participants}
    named |= {pair.table for pair in event.pairs if pair.state is State.CONFIRMED}
    groups: dict[tuple[tuple[str, ...], tuple[str, ...], bool], list[str]] = defaultdict(list)
    for table in event.tables:
        groups[tuple(sorted(table.tracks)), tuple(sorted(table.closed)), table.id in named].append(table.id)
    wanted = {pair.track for pair in event.pairs if pair.state is not State.DECLINED}
    if not event.tables:
        groups[(), (), False] = []
    elif all(table.tracks for table in event.tables):
        hosted = {track for table in event.tables for track in table.tracks}
        for track in sorted(track for track in wanted if track is not None and track not in hosted):
            groups[(track,), (), False] = []
    kinds = []
    for (tracks, closed, is_named), ids in groups.items():
        suited = [pair for pair in event.pairs if not tracks or pair.track is None or pair.track in tracks]
        least = len(ids) if is_named else 0
        most = least or max(len(ids), _at_once(event, suited))
        kinds.append(Kind(tracks, tuple(ids), closed, least, most))
    known = {table.id: table for table in event.tables}

    def members(kind: Kind, count: int) -> list[Table]:
        tracks = tuple(Topic(track) for track in kind.about)
        return [
            known.get(name) or Table(id=name, tracks=tracks, closed=kind.away)
            for name in _ids(kind, count, known, "-".join(["T", *kind.about]))
        ]

    return Resource("tables", tuple(kinds), event, members)


def _interpreters(event: Event) -> Resource:
    groups: dict[tuple[tuple[str, ...], tuple[str, ...]], list[str]] = defaultdict(list)
    for each in event.interpreters:
        groups[tuple(sorted(each.languages)), tuple(sorted(each.unavailable))].append(each.id)
    people = {person.id: set(person.languages) for person in event.participants}

    def serves(languages: Iterable[str], pair: Pair) -> bool:
        one, other = people[pair.startup], people[pair.partner]
        return not one & other and bool(one.intersection(languages)) and bool(other.intersection(languages))

    everything = {language for languages in people.values() for language in languages}
    for pair in event.pairs:
        if serves(everything, pair) and not any(serves(languages, pair) for languages, _ in groups):
            both = (min(people[pair.startup]), min(people[pair.partner]))
            groups[tuple(sorted(both)), ()] = []
    kinds = []
    for (languages, away), ids in groups.items():
        most = _at_once(event, [pair for pair in event.pairs if serves(languages, pair)])
        kinds.append(Kind(languages, tuple(ids), away, 0, max(len(ids), most)))
    known = {each.id: each for each in event.interpreters}

    def members(kind: Kind, count: int) -> list[Interpreter]:
        return [
            known.get(name) or Interpreter(id=name, languages=kind.about, unavailable=kind.away)
            for name in _ids(kind, count, known, "-".join(["I", *kind.about]))
        ]

    return Resource("interpreters", tuple(kinds), event, members)


def _ids(kind: Kind, count: int, taken: Container[str], stem: str) -> list[str]:
    """The ids of the first so many of a kind, with new ones after those it has."""
    new = (name for number in itertools.count(1) if (name := f"{stem}-new{number}") not in taken)
    return [*kind.given[:count], *islice(new, max(0, count - len(kind.given)))]


def _slots(event: Event) -> Resource:
    days: dict[str, list[Slot]] = defaultdict(list)
    for slot in sorted(event.slots, key=lambda slot: (slot.end, slot.start)):
        days[slot.start.date().isoformat()].append(slot)
    confirmed = {pair.slot for pair in event.pairs if pair.state is State.CONFIRMED}
    more, taken = _enough_slots(event), {slot.id for slot in event.slots}
    longer = {day: _extended(slots, more, taken) for day, slots in days.items()}
    kinds = []
    for day, slots in days.items():
        least = max((place + 1 for place, slot in enumerate(slots) if slot.id in confirmed), default=0)
        kinds.append(Kind((day,), tuple(slot.id for slot in slots), (), least, len(longer[day])))
    return Resource("slots", tuple(kinds), event, lambda kind, count: longer[kind.about[0]][:count])


def _enough_slots(event: Event) -> int:
    """So many slots in which everybody is there are enough for all pairs, if all tables are alike.

    As many as anybody's meetings, and as many as fill the tables with all meetings: König's theorem gives the
    slots, and evening them out keeps each within the tables. Twice that where people need pauses.
    """
    pairs = [pair for pair in event.pairs if pair.state is not State.DECLINED]
    of = Counter(who for pair in pairs for who in pair.key)
    longest = max((-(-of[each.id] // each.representatives) for each in event.participants), default=0)
    filled = -(-len(pairs) // max(1, len(event.tables)))
    pauses = any(each.max_consecutive is not None for each in event.participants)
    return max(longest, filled) * (2 if pauses else 1)


def _extended(slots: Sequence[Slot], more: int, taken: set[str]) -> list[Slot]:
    """A day with more slots after its last, as long as that one and as far apart as most, until midnight."""
    last = slots[-1]
    length = last.end - last.start
    pauses = Counter(
        then.start - one.end for one, then in pairwise(sorted(slots, key=lambda each: each.start))
    )
    usual = [pause for pause, _ in pauses.most_common() if pause >= timedelta(0)]
    pause = usual[0] if usual else timedelta(0)
    found, start = list(slots), last.end + pause
    midnight = datetime.combine(last.start.date(), datetime.min.time()) + timedelta(days=1)
    while more > 0 and start + length <= midnight and start >= last.start:
        name = f"{start:%Y-%m-%dT%H:%M}"
        while name in taken:
            name += "+"
        found.append(Slot(id=name, start=start, end=start + length, session=last.session))
        start, more = start + length + pause, more - 1
    return found


def _with_slots(event: Event, slots: Sequence[Slot]) -> Event:
    """The event with these slots; who is away in one that is left out is away in all that overlap it."""
    kept = {slot.id for slot in slots}
    instead = {
        gone.id: [slot.id for slot in slots if slot.start < gone.end and gone.start < slot.end]
        for gone in event.slots
        if gone.id not in kept
    }

    def known(ids: Iterable[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for each in ids for name in instead.get(each, [each])))

    def mended(records: Iterable[Any], field: str) -> tuple[Any, ...]:
        return tuple(each.model_copy(update={field: known(getattr(each, field))}) for each in records)

    return event.model_copy(
        update={
            "slots": tuple(slots),
            "tables": mended(event.tables, "closed"),
            "participants": mended(event.participants, "unavailable"),
            "interpreters": mended(event.interpreters, "unavailable"),
            "pairs": tuple(
                pair if pair.slot in kept else pair.model_copy(update={"slot": None}) for pair in event.pairs
            ),
        }
    )
