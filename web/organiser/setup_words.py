"""What the fields of a day's set-up are called, and what a change of it would do, in sentences."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from zoneinfo import available_timezones

from profiles.event import Slot
from profiles.model import Profile
from web import phrases, times
from web.organiser.preview import Effects
from web.phrases import N_, ngettext
from web.phrases import gettext as _

_TERMS = {
    "min_meetings": (N_("Meetings, at least"), N_("Wished for; where it cannot be had, it is said.")),
    "max_meetings": (N_("Meetings, at most"), N_("Empty: any number.")),
    "max_consecutive": (N_("In a row, at most"), N_("Meetings without a break. Empty: any number.")),
    "representatives": (N_("Representatives"), N_("So many meetings can be held at once.")),
    "languages": (N_("Languages of the meeting"), N_("Such as Korean, English.")),
    "priority": (N_("Weight"), N_("1 is usual; 2 counts twice as much.")),
}
_FIELDS = {
    "name": N_("Name"),
    "timezone": N_("Time zone"),
    "max_break_difference": N_("Difference of breaks, at most"),
    "tracks": N_("Tracks"),
    "top": N_("Suggestions a startup"),
    "wishes_until": N_("Wishes until"),
    "date": N_("Date"),
    "start": N_("Start"),
    "end": N_("End"),
    "slot_minutes": N_("Minutes a meeting"),
    "gap_minutes": N_("Minutes between"),
    "tables": N_("Number of tables"),
    "names": N_("Names of the tables"),
    "id": N_("Name"),
    "days": N_("Days"),
    "rooms": N_("Rooms and tables"),
    "interpreters": N_("Interpreters"),
    "languages": N_("Languages"),
}
_ROWS = {
    "days": N_("Day {number}"),
    "rooms": N_("Room {number}"),
    "interpreters": N_("Interpreter {number}"),
    "pauses": N_("pause {number}"),
    "sessions": N_("session {number}"),
    "closed": N_("closed {number}"),
    "unavailable": N_("away {number}"),
    "startup": N_("Startups"),
    "partner": N_("Partners"),
}
FIRST_ZONES = ("Asia/Seoul", "America/New_York")
_ELSEWHERE = re.compile(
    r"(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/.+"
)


def term_names() -> tuple[str, ...]:
    """The terms in the order in which they are shown."""
    return tuple(_TERMS)


def term_name(term: str) -> str:
    """What a term of a side or of one attendee is called."""
    return _(_TERMS[term][0])


def term_help(term: str) -> str:
    """What it means."""
    return _(_TERMS[term][1])


def field_name(name: str) -> str:
    """A field of the form by its last part."""
    return _(_FIELDS[name]) if name in _FIELDS else term_name(name) if name in _TERMS else name


def full_name(name: str) -> str:
    """A field with where it stands: "Day 2, pause 1: From"."""
    *rows, last = name.split(".")
    text = ", ".join(
        _(_ROWS[row], number=int(rows[at + 1]) + 1)
        if "{number}" in _ROWS[row] and at + 1 < len(rows)
        else _(_ROWS[row])
        for at, row in enumerate(rows)
        if row in _ROWS
    )
    return f"{text}: {field_name(last)}" if text else field_name(last)


def shown_value(name: str, value: str) -> str:
    """What is in a field, for a reader."""
    if name.rpartition(".")[2] == "tracks":
        value = phrases.listed([phrases.topic_name(code) for code in value.split(", ")])
    return value or "–"


@cache
def _other_zones() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in available_timezones() if _ELSEWHERE.fullmatch(zone)))


def zones(chosen: str) -> list[tuple[str, str]]:
    """Time zones to choose from, with their names: the two most used first, and the one that is chosen."""
    first = [*FIRST_ZONES, "UTC"]
    if chosen and chosen not in first and chosen not in _other_zones():
        first.append(chosen)
    named = [(zone, f"{times.place(zone)} ({zone})" if times.known_zone(zone) else zone) for zone in first]
    return [*named, *((zone, zone) for zone in _other_zones() if zone not in FIRST_ZONES)]


def effects_told(effects: Effects, name: Callable[[str], str]) -> list[str]:
    """What saving would do to what people said already, a sentence each.

    Args:
        name: id -> what to call somebody.
    """
    if not effects.any:
        return []
    told = []
    if effects.people:
        people = some([name(who) for who in effects.people])
        told.append(
            _("They have said that they cannot come at times that are changed: {people}.", people=people)
        )
        if effects.gone:
            told.append(_("No longer there: {slots}.", slots=some([_slot(each) for each in effects.gone])))
        if effects.moved:
            told.append(
                _(
                    "On another day now, with what was said of them: {slots}.",
                    slots=some([_slot(each) for each in effects.moved]),
                )
            )
    if effects.new and effects.answered:
        told.append(
            _(
                "New times, at which everybody counts as there until they say otherwise: {slots}.",
                slots=some([_slot(each) for each in effects.new]),
            )
        )
    if effects.confirmed:
        pairs = some([f"{name(startup)} – {name(partner)}" for startup, partner in effects.confirmed])
        told.append(_("Confirmed for a time or table that is changed: {pairs}.", pairs=pairs))
    if effects.meetings:
        told.append(
            ngettext(
                "{number} meeting of the newest timetable is at a time or table that is changed: "
                "make the timetable anew.",
                "{number} meetings of the newest timetable are at times or tables that are changed: "
                "make the timetable anew.",
                effects.meetings,
            )
        )
    return told


def _slot(slot: Slot) -> str:
    return f"{times.day(slot.start.date(), short=True)} {slot.start:%H:%M}"


def some(texts: list[str], most: int = 8) -> str:
    """The first of many, and how many more there are."""
    if len(texts) <= most:
        return phrases.listed(texts)
    more = ngettext("and {number} more", "and {number} more", len(texts) - most)
    return f"{phrases.listed(texts[:most])} {more}"


def languages_of(profile: Profile | None) -> str:
    """The languages that a profile names."""
    return phrases.listed([phrases.language_name(code) for code in profile.languages]) if profile else ""
