"""What the timetable says in every format, in the reader's language: names, times, what was proven."""

from __future__ import annotations

from datetime import date
from zoneinfo import ZoneInfo

from babel.core import get_global
from babel.dates import format_date, format_skeleton, get_timezone_name
from babel.numbers import format_decimal

from matcher.schedule.exact import MAXIMISED
from profiles.event import Schedule, Slot, Stage, State
from web import phrases
from web.phrases import N_, Name
from web.phrases import gettext as _
from web.render.timetable.rows import Entry, Person, Timetable

_STAGES = {
    "shortfall": N_("Meetings missing to what participants wished for at least"),
    "fewest_meetings": N_("Meetings of the startup with the fewest"),
    "least_value": N_("Value for the startup with the least"),
    "value": N_("Value of all meetings: fit by priority and agreement"),
    "breaks": N_("Breaks between meetings of one participant"),
    "break_spread": N_("Difference between the most breaks of a participant and the fewest"),
    "table_moves": N_("Moves from one table to another"),
}
_STATES = {
    State.SUGGESTED: N_("Suggested"),
    State.REQUESTED: N_("One side asked for it"),
    State.ACCEPTED: N_("Both sides agreed"),
    State.MUST: N_("Has to take place"),
    State.CONFIRMED: N_("Confirmed for this time"),
    State.DECLINED: N_("Declined"),
}


def name(person: Person) -> Name:
    """A participant's name for the reader of the language in use."""
    return Name(person.label(phrases.language()))


def second(person: Person) -> str:
    """Its further names, in the other language and as the event has it."""
    return phrases.listed(list(person.other_names(phrases.language())))


def day(of: date) -> str:
    """A date with its weekday."""
    return format_date(of, "full", locale=phrases.language())


def short_day(of: date) -> str:
    """A date with its weekday, for a narrow place."""
    return format_skeleton("MMMEd", of, locale=phrases.language())


def clock(slot: Slot) -> str:
    """“09:00–09:20”; an end on a later day than the start is marked with the days between."""
    later = (slot.end.date() - slot.start.date()).days
    mark = f" +{later}" if later and slot.end.time().isoformat() != "00:00:00" else ""
    return f"{slot.start:%H:%M}–{slot.end:%H:%M}{mark}"


def zone(timezone: str) -> str:
    """A time zone by name and code: “Eastern Time (America/New_York)”."""
    if timezone not in get_global("meta_zones"):  # UTC and fixed offsets have no other name
        return timezone
    return f"{get_timezone_name(ZoneInfo(timezone), locale=phrases.language())} ({timezone})"


def title(timetable: Timetable) -> str:
    """The event's name, or its id."""
    return timetable.event.event.name.strip() or timetable.event.event.id


def pair_title(entry: Entry) -> str:
    """Both names of a meeting."""
    return f"{name(entry.startup)} – {name(entry.partner)}"


def length(minutes: int) -> str:
    """A length of time: “3 hours 40 minutes”."""
    hours, rest = divmod(minutes, 60)
    parts = [phrases.ngettext("{number} hour", "{number} hours", hours)] if hours else []
    if rest or not hours:
        parts.append(phrases.ngettext("{number} minute", "{number} minutes", rest))
    return " ".join(parts)


def table(table_id: str) -> str:
    """“Table T1”."""
    return _("Table {table}", table=table_id)


def tables(first: str, last: str) -> str:
    """“Tables T1 to T6”."""
    return table(first) if first == last else _("Tables {first} to {last}", first=first, last=last)


def interpreter(interpreter_id: str) -> str:
    """“Interpreter: Kim”."""
    return _("Interpreter: {name}", name=interpreter_id)


def about(entry: Entry) -> str:
    """What a meeting is about and who helps; empty where there is nothing to say."""
    track = phrases.topic_name(entry.track) if entry.track else ""
    helper = interpreter(entry.interpreter.id) if entry.interpreter else ""
    return " · ".join(text for text in (track, helper) if text)


def no_profile(person: Person) -> str:
    """Why a briefing says so little."""
    return _("The directory has no profile of {name}, so nothing more can be said here.", name=name(person))


def faults(count: int) -> str:
    """That a timetable is not to go out."""
    return phrases.ngettext(
        "This timetable breaks a rule in {number} place.",
        "This timetable breaks rules in {number} places.",
        count,
    )


def meetings(count: int) -> str:
    """How many meetings."""
    return phrases.ngettext("{number} meeting", "{number} meetings", count)


def state_name(state: State) -> str:
    """How far a pair has agreed to meet."""
    return _(_STATES[state])


def number(value: float) -> str:
    """A value of the objective, with up to two decimals."""
    return format_decimal(value, "#,##0.##", locale=phrases.language())


# -- what was proven ---------------------------------------------------------------------------


def stage_name(stage: Stage) -> str:
    """What a stage of the objective counts; one that is not known is shown by its name."""
    return _(_STAGES[stage.name]) if stage.name in _STAGES else stage.name


def stage_verdict(stage: Stage) -> str:
    """What the bound says of the value."""
    if proven(stage):
        return _("Proven: it cannot be better.")
    if stage.name in MAXIMISED:
        return _("Not proven to be the best: {bound} at most.", bound=number(stage.bound))
    return _("Not proven to be the best: {bound} at least.", bound=number(stage.bound))


def proven(stage: Stage) -> bool:
    """Whether the value equals its bound, within what the checker allows for."""
    return abs(stage.value - stage.bound) <= 1e-6 * max(1.0, abs(stage.value))


def status(schedule: Schedule) -> str:
    """How good the timetable is, in one sentence."""
    if schedule.status == "optimal":
        return _("Proven to be the best timetable: no other does better by the rules below.")
    return _("All rules are kept; the time for the search ended before everything below was proven.")


def stages_note() -> str:
    """How the stages are to be read."""
    return _("The lines count in this order: a lower one never makes a higher one worse.")
