"""What differs between two timetables: meeting by meeting, and for each person who has to be told.

The two may be of two versions of the event. A meeting is the same where its pair is; a slot of another name
at the same time is the same time, so that nobody is told of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from profiles.errors import InputError
from profiles.event import Event, Meeting, Schedule

MOVES = ("time", "table", "interpreter", "track")
"""What can change for a meeting that takes place before and after."""

INTERPRETER = "interpreter"
"""The role of those who are on neither side."""


@dataclass(frozen=True)
class Place:
    """When, where and with whose help a meeting is.

    Attributes:
        start, end: with the time zone of the event.
        slot: its id; no part of what a person has to know.
    """

    start: datetime
    end: datetime
    slot: str
    table: str
    track: str | None = None
    interpreter: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """The place for a program."""
        return {**asdict(self), "start": self.start.isoformat(), "end": self.end.isoformat()}


@dataclass(frozen=True)
class Change:
    """What changes for the meeting of one pair.

    Attributes:
        before, after: None where the meeting does not take place.
    """

    startup: str
    partner: str
    before: Place | None
    after: Place | None

    @property
    def kind(self) -> str:
        """``added``, ``dropped`` or ``moved``."""
        if self.before is None:
            return "added"
        return "dropped" if self.after is None else "moved"

    @property
    def moves(self) -> tuple[str, ...]:
        """Which of ``MOVES`` a meeting does that takes place before and after."""
        if self.before is None or self.after is None:
            return ()
        one, other = _known(self.before), _known(self.after)
        return tuple(name for name in MOVES if one[name] != other[name])

    @property
    def at(self) -> datetime:
        """The first time that is concerned."""
        return min(place.start for place in (self.before, self.after) if place is not None)

    def to_dict(self) -> dict[str, Any]:
        """The change for a program."""
        return {
            "startup": self.startup,
            "partner": self.partner,
            "kind": self.kind,
            "moves": list(self.moves),
            "before": self.before and self.before.to_dict(),
            "after": self.after and self.after.to_dict(),
        }


@dataclass(frozen=True)
class Notice:
    """What one person has to be told.

    Attributes:
        who: the id, of a participant or an interpreter.
        role: ``startup``, ``partner`` or ``interpreter``.
        changes: by ``at``; an interpreter's as they are for that interpreter, who may be added to a meeting
            that takes place anyway.
    """

    who: str
    role: str
    changes: tuple[Change, ...]

    def to_dict(self) -> dict[str, Any]:
        """The notice for a program."""
        return {"who": self.who, "role": self.role, "changes": [each.to_dict() for each in self.changes]}


@dataclass(frozen=True)
class Changes:
    """All that differs.

    Attributes:
        added, dropped, moved: by ``at``.
        notices: those who have to be told, and nobody else: participants in the order of the newer event
            (those who are no longer in it last), then interpreters.
    """

    added: tuple[Change, ...] = ()
    dropped: tuple[Change, ...] = ()
    moved: tuple[Change, ...] = ()
    notices: tuple[Notice, ...] = ()

    @property
    def meetings(self) -> tuple[Change, ...]:
        """All of them, by ``at``."""
        return _ordered((*self.added, *self.dropped, *self.moved))

    def to_dict(self) -> dict[str, Any]:
        """The changes for a program."""
        return {
            **{
                kind: [each.to_dict() for each in getattr(self, kind)]
                for kind in ("added", "dropped", "moved")
            },
            "notices": [notice.to_dict() for notice in self.notices],
        }


def differences(event_old: Event, old: Schedule, event_new: Event, new: Schedule) -> Changes:
    """What has changed from the old timetable to the new one.

    Raises:
        InputError: a meeting names somebody or a slot that its event does not have, or a pair meets twice.
    """
    before, after = _places(event_old, old), _places(event_new, new)
    found = _ordered(_changes(before, after))
    kinds = {
        kind: tuple(each for each in found if each.kind == kind) for kind in ("added", "dropped", "moved")
    }
    return Changes(**kinds, notices=_notices(found, (event_new, event_old)))


_Places = Mapping[tuple[str, str], Place]


def _places(event: Event, schedule: Schedule) -> _Places:
    zone, slots = ZoneInfo(event.event.timezone), {slot.id: slot for slot in event.slots}
    people = {person.id for person in event.participants}
    interpreters = {None, *(each.id for each in event.interpreters)}
    found: dict[tuple[str, str], Place] = {}
    for meeting in schedule.meetings:
        if meeting.slot not in slots or meeting.interpreter not in interpreters or {*meeting.key} - people:
            raise InputError(f"{_text(meeting)} name what the event does not have; run check for all faults")
        if meeting.key in found:
            raise InputError(f"{_text(meeting)} meet twice; run check for all faults")
        slot = slots[meeting.slot]
        found[meeting.key] = Place(
            start=slot.start.replace(tzinfo=zone),
            end=slot.end.replace(tzinfo=zone),
            slot=slot.id,
            table=meeting.table,
            track=meeting.track,
            interpreter=meeting.interpreter,
        )
    return found


def _text(meeting: Meeting) -> str:
    return f"{meeting.startup!r} and {meeting.partner!r} in {meeting.slot!r}"


def _changes(before: _Places, after: _Places) -> Iterator[Change]:
    for key in {**before, **after}:
        change = Change(*key, before.get(key), after.get(key))
        if change.kind != "moved" or change.moves:
            yield change


def _notices(found: Iterable[Change], events: Iterable[Event]) -> tuple[Notice, ...]:
    told: dict[tuple[str, str], list[Change]] = {}
    for change in found:
        for who in (change.startup, change.partner):
            told.setdefault(("participant", who), []).append(change)
        for helper in {place.interpreter for place in (change.before, change.after) if place} - {None}:
            told.setdefault((INTERPRETER, str(helper)), []).append(_for_interpreter(change, helper))
    roles: dict[tuple[str, str], str] = {}
    for event in events:
        for person in event.participants:
            roles.setdefault(("participant", person.id), person.side.value)
    for event in events:
        for interpreter in event.interpreters:
            roles.setdefault((INTERPRETER, interpreter.id), INTERPRETER)
    return tuple(Notice(key[1], role, _ordered(told[key])) for key, role in roles.items() if key in told)


def _for_interpreter(change: Change, who: str | None) -> Change:
    """The change as one interpreter sees it, who is in the meeting before, after, or both."""
    before, after = (
        place if place is not None and place.interpreter == who else None
        for place in (change.before, change.after)
    )
    return replace(change, before=before, after=after)


def _known(place: Place) -> dict[str, object]:
    """What a person has to know of a meeting."""
    times = (place.start, place.end)
    return {"time": times, "table": place.table, "interpreter": place.interpreter, "track": place.track}


def _ordered(changes: Iterable[Change]) -> tuple[Change, ...]:
    return tuple(sorted(changes, key=lambda each: (each.at, each.startup, each.partner)))
