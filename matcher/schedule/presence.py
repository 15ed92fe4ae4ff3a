"""Who takes part under which terms, and when: a profile, the day's defaults, and what it says itself."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from profiles.dayplan import Span, Terms, barred
from profiles.event import Participant, Slot
from profiles.importers.availability import Attendance
from profiles.model import Profile

_MINUTE = datetime.timedelta(minutes=1)


def participant_of(
    profile: Profile, terms: Terms, rows: Sequence[Attendance], slots: Sequence[Slot]
) -> tuple[Participant, list[str]]:
    """The participant, and what contradicts itself, a sentence each.

    Where any row names hours in which it is available, it is so in these only; hours in which it is
    unavailable are so whatever else is said. Languages are its own words of the day, else its profile's, else
    the day's default.
    """
    said: dict[str, Any] = {}
    told: list[str] = []
    places: dict[str, str] = {}
    for row in rows:
        for name, value in row.terms.items():
            if said.get(name, value) != value:
                told.append(
                    f"{places[name]}: {name} of {profile.id} is {_shown(said[name])}, in {row.place} it is "
                    f"{_shown(value)}: the last counts"
                )
            said[name], places[name] = value, row.place
    said.setdefault("languages", profile.languages or terms.languages)
    free = [span for row in rows for span in row.available]
    away = [span for row in rows for span in row.unavailable]
    told += [
        f"{profile.id} is said to be both available and unavailable {_when(span)}: taken as unavailable"
        for span in dict.fromkeys(free)
        if span in away
    ]
    shut = set(barred(slots, away))
    if free:
        shut |= {slot.id for slot in slots if not _covered(slot, free)}
    person = terms.participant(
        profile.id,
        profile.side,
        profile.label(),
        **said,
        unavailable=tuple(slot.id for slot in slots if slot.id in shut),
    )
    if person.max_meetings is not None and person.min_meetings > person.max_meetings:
        told.append(
            f"{profile.id}: min_meetings {person.min_meetings} is larger than max_meetings "
            f"{person.max_meetings}: some will be missing; correct one of the two"
        )
    return person, told


def _covered(slot: Slot, spans: Sequence[Span]) -> bool:
    """Whether each minute of the slot lies in one of ``spans``."""
    minutes = int((slot.end - slot.start) / _MINUTE)
    each = (slot.start + _MINUTE * passed for passed in range(minutes))
    return all(any(span.holds(minute) for span in spans) for minute in each)


def _when(span: Span) -> str:
    ends = [f"{end:%H:%M}" if end else "" for end in (span.start, span.end)]
    hours = "-".join(ends) if any(ends) else "all day"
    return f"on {span.date}, {hours}" if span.date else f"on every day, {hours}"


def _shown(value: Any) -> str:
    return ", ".join(value) if isinstance(value, tuple) else str(value)
