"""What is said of a pair, as signs for a cell and as words: a sign never stands without its words."""

from __future__ import annotations

from profiles.consultations import By
from profiles.event import State
from profiles.importers.wishes import Answer
from web import phrases, times
from web.matchtable import ONLY, Cell, MatchTable
from web.phrases import N_
from web.phrases import gettext as _
from web.schedule_words import word

_SIGNS: tuple[tuple[str, str], ...] = (
    ("⇄", N_("both want it")),
    ("→", N_("the startup wants it")),
    ("←", N_("the partner wants it")),
    ("(→)", N_("the startup: maybe")),
    ("(←)", N_("the partner: maybe")),
    ("✕→", N_("the startup never")),
    ("←✕", N_("the partner never")),
    ("●", N_("pinned: must take place")),
    ("◆", N_("confirmed for a time")),
    ("⊗", N_("forbidden")),
    ("✓", N_("in the timetable")),
    ("✎", N_("with a comment")),
)
_OF_SIDES = {
    (By.STARTUP, Answer.WANTED): "→",
    (By.PARTNER, Answer.WANTED): "←",
    (By.STARTUP, Answer.MAYBE): "(→)",
    (By.PARTNER, Answer.MAYBE): "(←)",
    (By.STARTUP, Answer.NEVER): "✕→",
    (By.PARTNER, Answer.NEVER): "←✕",
}
_OF_ORGANISER = {Answer.MUST: "●", Answer.CONFIRMED: "◆", Answer.NEVER: "⊗"}
_ONLY = {
    "wishes": N_("with wishes of a side"),
    "agreed": N_("wanted by both"),
    "pinned": N_("pinned or confirmed"),
    "forbidden": N_("forbidden"),
    "commented": N_("with a comment"),
    "unscheduled": N_("asked for, not in the timetable"),
    "scheduled": N_("in the timetable"),
}
_STATES = {
    State.SUGGESTED: N_("Suggested by fit"),
    State.REQUESTED: N_("Wanted by one side"),
    State.ACCEPTED: N_("Wanted by both sides"),
    State.MUST: N_("Must take place"),
    State.CONFIRMED: N_("Confirmed"),
    State.DECLINED: N_("Never"),
}


def signs(cell: Cell) -> list[tuple[str, str]]:
    """The signs of a cell, each with its words."""
    answers = [(by, answer) for by in (By.STARTUP, By.PARTNER) if (answer := cell.says(by))]
    sides = [_OF_SIDES[each] for each in answers if each in _OF_SIDES]
    if sides == ["→", "←"]:
        sides = ["⇄"]
    organiser = cell.says(By.ORGANISER)
    found = [*sides, *([_OF_ORGANISER[organiser]] if organiser in _OF_ORGANISER else [])]
    found += ["✓"] if cell.meeting else []
    found += ["✎"] if cell.commented else []
    meant = dict(_SIGNS)
    return [(sign, _(meant[sign])) for sign in found]


def legend() -> list[tuple[str, str]]:
    """All signs with their words."""
    return [(sign, _(text)) for sign, text in _SIGNS]


def only_names() -> list[tuple[str, str]]:
    """What pairs can be narrowed down to, to choose from."""
    return [(name, _(_ONLY[name])) for name in ONLY]


def state_name(state: State | None) -> str:
    """How far a pair has agreed, in words."""
    return _(_STATES[state]) if state else _("Not suggested")


def spoken(cell: Cell) -> str:
    """A cell in words: names, fit, and what the signs mean."""
    fit = phrases.score(cell.fit) if cell.fit is not None else _("not to be matched")
    said = phrases.listed([text for _sign, text in signs(cell)])
    pair = f"{phrases.name(cell.startup)} – {phrases.name(cell.partner)}: {fit}"
    return f"{pair}, {said}" if said else pair


def answer_text(cell: Cell, by: By) -> str:
    """What one of the three says, in a word; empty for nothing."""
    answer = cell.says(by)
    return word(answer.value) if answer else ""


def when(cell: Cell, table: MatchTable) -> str:
    """Time and table of its meeting in the newest timetable; empty for none."""
    if cell.meeting is None:
        return ""
    slot = table.slots.get(cell.meeting.slot)
    time = f"{times.day(slot.start.date(), short=True)} {slot.start:%H:%M}" if slot else cell.meeting.slot
    return f"{time}, {cell.meeting.table}"
