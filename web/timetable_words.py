"""What the pages of a timetable say of faults, costs, versions, and who is told what."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matcher.schedule.changes import INTERPRETER, Change, Changes
from matcher.schedule.hand import BY_HAND
from matcher.schedule.sheet import MAXIMISED
from matcher.schedule.standby import ABSENT
from profiles.event import Event, Unscheduled
from profiles.job_store import SILENT
from profiles.model import Profile
from web import phrases, schedule_words
from web.jobs import NOTHING_IN_TIME
from web.phrases import N_, Name
from web.phrases import gettext as _
from web.render.timetable import words
from web.told import sentence
from web.versions import Names, Times


def named(event: Event, profiles: Mapping[str, Profile]) -> Event:
    """The event with its people called as the directory calls them in the language in use."""
    language = phrases.language()
    people = tuple(
        each.model_copy(update={"name": known.label(language)})
        if (known := profiles.get(each.id)) is not None and known.side is each.side
        else each
        for each in event.participants
    )
    return event.model_copy(update={"participants": people})


# -- what is wrong -----------------------------------------------------------------------------

_FAULTS = {
    "declined": N_("one side has declined"),
    "must": N_("{people} have to meet, and do not"),
    "confirmed": N_("{people} are confirmed for another time or table"),
    "precedence": N_("the order of the meetings is not kept: {people}"),
    "representatives": N_("{who} has too many meetings at once: {others}"),
    "unavailable": N_("{who} is not there at {time}"),
    "max_meetings": N_("{who} has no more meetings to give"),
    "max_consecutive": N_("{who} has too many meetings in a row"),
    "sessions": N_("{people}: not in this session"),
    "fixed_table": N_("{who} meets at a table of its own only"),
    "max_break_difference": N_("breaks would differ by more than is allowed: {people}"),
    "table": N_("table {table} has more than one meeting at once: {people}"),
    "tracks": N_("table {table} does not take this track"),
    "closed": N_("table {table} is closed"),
    "interpreter": N_("no interpreter speaks a language of each: {people}"),
    "interpreter_busy": N_("the interpreter {helper} has more than one meeting at once: {people}"),
    "interpreter_unavailable": N_("the interpreter {helper} is not there"),
}


_SHORT = {
    "table": N_("taken: {people}"),
    "tracks": N_("another track"),
    "closed": N_("closed"),
}
"""What is wrong with a place, where the place itself is seen."""


class Words:
    """What the ids of an event are called, worked out once."""

    def __init__(self, event: Event) -> None:
        self._name = schedule_words.names(event)
        self._people = {each.id for each in event.participants}
        self._tables = {each.id for each in event.tables}
        self._helpers = {each.id for each in event.interpreters}
        self._times = _times(event)

    def name(self, who: str) -> Name:
        """A participant's name."""
        return self._name(who)

    def time(self, slot: str) -> str:
        """When a slot starts, with the day if there are several."""
        return self._times.get(slot, slot)

    def fault(self, rule: str, who: Sequence[str], otherwise: str = "") -> str:
        """A rule that is broken and by whom, in one sentence.

        Args:
            rule: its name in the checker.
            who: ids, whoever breaks it first.
            otherwise: what is said of a rule that no words are known for.
        """
        if rule not in _FAULTS:
            return otherwise or rule
        return self._say(_FAULTS[rule], who)

    def short(self, rule: str, who: Sequence[str]) -> str:
        """The same of a place in a grid, in as few words as will do there."""
        return self._say(_SHORT[rule], who) if rule in _SHORT else self.fault(rule, who)

    def _say(self, words_: str, who: Sequence[str]) -> str:
        people = [each for each in who if each in self._people]
        return _(
            words_,
            who=self.name(people[0]) if people else Name(""),
            people=Name(self._listed(people)),
            others=Name(self._listed(people[1:])),
            time=phrases.listed([self._times[each] for each in who if each in self._times]),
            table=next((each for each in who if each in self._tables), ""),
            helper=Name(next((each for each in who if each in self._helpers), "")),
        )

    def _listed(self, people: Iterable[str]) -> str:
        return phrases.listed([self.name(each) for each in dict.fromkeys(people)])


def _times(event: Event) -> dict[str, str]:
    """slot -> when it starts, with its day if the event has several."""
    several = len({each.start.date() for each in event.slots}) > 1
    return {
        each.id: f"{words.short_day(each.start.date()) if several else ''} {each.start:%H:%M}".strip()
        for each in event.slots
    }


def reason(event: Event, unmet: Unscheduled) -> str:
    """Why a pair does not meet."""
    if unmet.code == BY_HAND:
        return _("The meeting was taken out by hand.")
    if unmet.code == ABSENT:
        return _("One of the two does not come.")
    return schedule_words.reason(event, unmet)


# -- what it costs -----------------------------------------------------------------------------

_STAGES = {
    "lost": N_("Meetings lost"),
    "moved": N_("People moved"),
    "shortfall": N_("Missing meetings"),
    "fewest_meetings": N_("Meetings of the startup with the fewest"),
    "least_value": N_("Value of the startup with the least"),
    "value": N_("Value"),
    "breaks": N_("Breaks"),
    "break_spread": N_("Difference of breaks"),
    "table_moves": N_("Table moves"),
}
_STATUS = {
    "optimal": N_("Proven to be the best"),
    "feasible": N_("Not proven to be the best"),
    "infeasible": N_("No timetable"),
}


def stage_name(name: str) -> str:
    """A stage of the objective, in a word or two."""
    return _(_STAGES[name]) if name in _STAGES else name


def in_order(stages: Iterable[str]) -> list[str]:
    """Stages, first things first."""
    known = list(_STAGES)
    return sorted(stages, key=lambda name: known.index(name) if name in known else len(known))


def status_name(status: str) -> str:
    """How good a timetable is, in a few words."""
    return _(_STATUS[status])


def change(amount: float) -> str:
    """A difference with its sign: “+2”, “−0.4”; nothing where there is none."""
    if abs(amount) < 0.005:
        return ""
    return f"{'+' if amount > 0 else '−'}{words.number(abs(amount))}"


def is_worse(stage: str, amount: float) -> bool:
    """Whether more of a stage is a loss."""
    return (amount < 0) if stage in MAXIMISED else (amount > 0)


def gap(value: float | None, bound: float | None) -> str:
    """How far a value is from what is proven of it."""
    if value is None or bound is None:
        return ""
    if abs(value - bound) <= 1e-6 * max(1.0, abs(value)):
        return _("proven")
    if value and bound and max(abs(value), abs(bound)) > 20:
        return f"{abs(bound - value) / max(abs(value), abs(bound)):.1%}"
    return words.number(abs(bound - value))


# -- versions ----------------------------------------------------------------------------------

_NOTES = (
    N_("scheduled"),
    N_("scheduled, keeping version {version}"),
    N_("version {version} restored"),
    N_("moved: {what}"),
    N_("placed: {what}"),
    N_("taken out: {what}"),
    N_("swapped: {what}"),
    N_("locked: {what}"),
    N_("unlocked: {what}"),
    N_("absent: {what}"),
)


def _reader(form: str) -> re.Pattern[str]:
    pattern = (
        re.escape(form).replace(r"\{version\}", r"(?P<version>\d+)").replace(r"\{what\}", "(?P<what>.*)")
    )
    return re.compile(pattern)


_READ_NOTES = {form: _reader(form) for form in _NOTES}


def note(text: str) -> str:
    """Where a version came from; a note that somebody wrote is shown as it is."""
    for form, pattern in _READ_NOTES.items():
        if found := pattern.fullmatch(text):
            return _(form, **found.groupdict())
    return text


def job_error(text: str) -> str:
    """Why work in the background came to nothing."""
    if text == SILENT:
        return _("The search ended without a word: its process was stopped from outside. Start it again.")
    if text == NOTHING_IN_TIME:
        return _("No timetable was found in the time given. Give it more time.")
    return text


# -- who is told what --------------------------------------------------------------------------


@dataclass(frozen=True)
class Told:
    """What one person is told.

    Attributes:
        who: id.
        name: of the participant or interpreter.
        role: ``startup``, ``partner`` or ``interpreter``.
        lines: a sentence for each meeting.
    """

    who: str
    name: str
    role: str
    lines: tuple[str, ...]


def told(changes: Changes, event_old: Event, event_new: Event) -> list[Told]:
    """Everybody who has to be told of changes, and what."""
    names, times = Names(event_new, event_old), Times((event_old, event_new))
    return [
        Told(
            notice.who,
            notice.who if notice.role == INTERPRETER else names.participant(notice.who),
            notice.role,
            tuple(_line(each, notice.who, notice.role, names, times) for each in notice.changes),
        )
        for notice in changes.notices
    ]


def _line(change: Change, who: str, role: str, names: Names, times: Times) -> str:
    def both(_who: str) -> str:
        return f"{names.participant(change.startup)} – {names.participant(change.partner)}"

    return sentence(change, who, both if role == INTERPRETER else names.participant, times)
