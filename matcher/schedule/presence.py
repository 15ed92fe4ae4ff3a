"""Who takes part under which terms, and when: a profile, the day's defaults, and what it says itself."""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from typing import Any

from matcher.schedule.wording import Told
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
                    Told(
                        "term_differs",
                        place=places[name],
                        field=name,
                        who=profile.id,
                        value=_shown(said[name]),
                        other=row.place,
                        last=_shown(value),
                    )
                )
            said[name], places[name] = value, row.place
    said.setdefault("languages", profile.languages or terms.languages)
    free = [span for row in rows for span in row.available]
    away = [span for row in rows for span in row.unavailable]
    told += [
        Told("both_available", who=profile.id, when=_when(span))
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
        told.append(Told("min_over_max", who=profile.id, least=person.min_meetings, most=person.max_meetings))
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
