"""Sentences in English on what stands against a meeting or a timetable; other languages are keyed by them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from profiles.event import Edit, Event, Unscheduled


def N_(message: str) -> str:  # noqa: N802  (the customary name: it marks a message for the catalogue)
    return message


EDITS = {
    "free": (N_("let {who} meet at {time}"),),
    "free_interpreter": (N_("let the interpreter {who} come at {time}"),),
    "open": (N_("open table {who} at {time}"),),
    "track": (N_("let table {who} host {other} too"),),
    "fixed_table": (N_("let {who} meet at other tables too"),),
    "break_difference": (N_("let break counts differ by {number} more"),),
    "table": (
        N_("one more table at {time}"),
        N_("{number} more tables at {time}"),
    ),
    "interpreter": (
        N_("one more interpreter for {who} and {other} at {time}"),
        N_("{number} more interpreters for {who} and {other} at {time}"),
    ),
    "session": (N_("let {who} meet in the session of {time} too"),),
    "pair_session": (N_("let {who} and {other} meet in the session of {time} too"),),
    "max_meetings": (
        N_("let {who} have one more meeting"),
        N_("let {who} have {number} more meetings"),
    ),
    "max_consecutive": (N_("let {who} have {limit} meetings in a row"),),
    "representative": (
        N_("one more person for {who}"),
        N_("{number} more people for {who}"),
    ),
    "precedence": (N_("let {who} and {other} meet after {third} and {fourth} too"),),
    "move": (N_("let {who} and {other} meet at another time or table than confirmed"),),
    "drop": (N_("do without the promised meeting of {who} and {other}"),),
}
"""Kind of change -> its words, for one and for several where they differ."""

NOT_ENOUGH = N_("{release} (other contradictions remain)")
UNKNOWN = N_("{release} (whether that is enough was not found out in time)")
NOTHING = N_("time was too short to find what would release this")

CAUSES = {
    "startup_full": N_("{who} already has as many meetings as it may have"),
    "partner_full": N_("{who} already has as many meetings as it may have"),
    "startup_busy": N_("{who} meets others"),
    "partner_busy": N_("{who} meets others"),
    "consecutive": N_("{who} would have too many meetings in a row"),
    "precedence": N_("it would break the order of meetings that was asked for"),
    "no_table": N_("no table is free"),
    "no_interpreter": N_("no interpreter is free"),
}
"""What can stand in the way of a meeting, code -> words."""

REASONS = {
    "never_free_together": N_("{startup} and {partner} are never both there."),
    "no_table_for_track": N_("No table takes a meeting of {startup} and {partner}."),
    "no_interpreter_speaks": N_("{startup} and {partner} share no language, and no interpreter speaks both."),
    "not_worth": N_("The meeting would fit at {time}, but is worth nothing by fit and priority."),
    "break_difference": N_(
        "The meeting would fit at {time}, but breaks would then differ more than is allowed."
    ),
    "room_left": N_("The meeting would fit at {time}; the search had not come so far."),
}
"""Reasons by themselves, code -> words."""

TOLD = {
    "never_and_binding": N_("{place}: {no} never wants to meet {whom}, and {other} says {answer}: declined"),
    "never_and_other": N_(
        "{place}: {no} never wants to meet {whom}, and {other} says {answer}: the last counts"
    ),
    "differs": N_(
        "{place}: the {field} of {who} and {whom} is {value}, in {other} it is {last}: the last counts"
    ),
    "term_differs": N_("{place}: {field} of {who} is {value}, in {other} it is {last}: the last counts"),
    "both_available": N_("{who} is said to be both available and unavailable {when}: taken as unavailable"),
    "min_over_max": N_(
        "{who}: min_meetings {least} is larger than max_meetings {most}: some will be missing; correct one "
        "of the two"
    ),
    "confirmed_while_away": N_(
        "{who} and {whom} are confirmed for {slot}, when {away} is away: correct one of the two"
    ),
    "avoided": N_("{who} and {whom} are {state}, but one avoids the other in its profile: declined"),
    "track_not_hosted": N_(
        "{who} and {whom} are confirmed for {track} at {table}, which takes {tracks}: correct one of the two"
    ),
    "left_directory": N_("{who} takes part but is no longer in the directory: left out"),
    "place_gone": N_(
        "{who} and {whom} are confirmed for {slot} at {table}, which the day no longer has: they must meet, "
        "anywhere"
    ),
    "away_always": N_("away at every slot: correct the availability, or leave it out"),
    "all_declined": N_("all its pairs are declined: wish for another meeting, or leave it out"),
    "no_track": N_("came for none of the event's tracks: add a track, wish for a meeting, or leave it out"),
    "nobody_left": N_("nobody is left to meet in the event's tracks: wish for a meeting, or leave it out"),
}
"""What an organiser should know of an event that was built, code -> words."""


class Told(str):
    """A sentence of ``TOLD`` in English that knows what it is made of, to be said in another language.

    Attributes:
        code: a key of ``TOLD``.
        values: what fills it; ``who``, ``whom``, ``no`` and ``away`` are ids of participants.
    """

    code: str
    values: Mapping[str, object]

    def __new__(cls, code: str, **values: object) -> Told:
        made = super().__new__(cls, TOLD[code].format(**values))
        made.code, made.values = code, values
        return made


CODES = frozenset((*CAUSES, *REASONS, "several"))
"""All codes of reasons."""

ALWAYS = N_("It does not fit in: {cause}.")
SOMETIMES = N_("At {time} only one thing stands in the way: {cause}.")
SEVERAL = N_("No single cause stands in the way, but several together: {causes}.")

PRICES = {
    "free": N_("It could take place at no loss."),
    "gain": N_("It could take place, with {value} more of value."),
    "value": N_("Having it all the same would cost at most {value} of value."),
    "instead": N_(
        "Having it all the same would cost at most {value} of value; then these do not meet: {pairs}."
    ),
    "gain_instead": N_("It could take place, with {value} more of value; then these do not meet: {pairs}."),
    "missing": N_(
        "Having it all the same would leave at most {number} more meetings missing; then these do not meet: "
        "{pairs}."
    ),
    "shortfall": N_(
        "Having it all the same would leave at most {number} more meetings missing, and cost {value} of "
        "value; then these do not meet: {pairs}."
    ),
}
"""What a meeting would cost, in words."""

Say = Callable[..., str]
"""Words and the values for their braces -> the sentence."""


def say(words: str, /, **values: object) -> str:
    """The sentence in English."""
    return words.format(**values)


def edit_words(event: Event, edit: Edit, name: Callable[[str], object], say_: Say = say) -> str:
    """A change of the event in words.

    Args:
        event: as it is before.
        edit: the change.
        name: id -> what to call it.
        say_: gives the words in the language wanted.
    """
    forms = EDITS[edit.kind]
    names = dict(zip(("who", "other", "third", "fourth"), map(name, edit.who), strict=False))
    limits = {each.id: each.max_consecutive or 0 for each in event.participants}
    limit = limits.get(edit.who[0], 0) + edit.amount if edit.who else edit.amount
    time = "" if edit.slot is None else slot_times(event)[edit.slot]
    return say_(forms[min(edit.amount, len(forms)) - 1], **names, time=time, number=edit.amount, limit=limit)


def release_words(
    event: Event,
    edits: Iterable[Edit],
    enough: bool | None,
    name: Callable[[str], object] = str,
    say_: Say = say,
) -> str:
    """What releases a conflict, in words; whether that alone makes a timetable possible."""
    words = "; ".join(edit_words(event, edit, name, say_) for edit in edits)
    if not words:
        return say_(NOTHING)
    if enough:
        return words
    return say_(UNKNOWN if enough is None else NOT_ENOUGH, release=words)


def slot_times(event: Event) -> dict[str, str]:
    """slot -> when it starts; with its date if the event has several days."""
    several = len({each.start.date() for each in event.slots}) > 1
    form = "%Y-%m-%d %H:%M" if several else "%H:%M"
    return {each.id: each.start.strftime(form) for each in event.slots}


def unmet_words(
    times: Mapping[str, str], unmet: Unscheduled, name: Callable[[str], object] = str, say_: Say = say
) -> str:
    """Why a pair does not meet, in words, without the price.

    Args:
        times: slot -> when it starts, see ``slot_times``.
        unmet: the pair; its own words do not count.
        name: id -> what to call it.
        say_: gives the words in the language wanted.
    """
    time = ", ".join(times[slot] for slot in unmet.slots)
    both = {"startup": name(unmet.startup), "partner": name(unmet.partner), "time": time}
    if unmet.code in REASONS:
        return say_(REASONS[unmet.code], **both)
    if unmet.code == "several":
        # Whom each is about is told by its code.
        sides = {"startup": name(unmet.startup), "partner": name(unmet.partner)}
        told = (_cause(code, sides.get(code.partition("_")[0]), unmet, name, say_) for code in unmet.causes)
        return say_(SEVERAL, causes="; ".join(told))
    cause = _cause(unmet.code, None, unmet, name, say_)
    if unmet.code.endswith("_full"):
        return say_(ALWAYS, cause=cause)
    return say_(SOMETIMES, cause=cause, time=time)


def _cause(code: str, who: object, unmet: Unscheduled, name: Callable[[str], object], say_: Say) -> str:
    return say_(CAUSES[code], who=who or name(unmet.who[0] if unmet.who else unmet.startup))


def price_words(unmet: Unscheduled, name: Callable[[str], object] = str, say_: Say = say) -> str:
    """What the meeting would cost, in words; nothing if that was not looked for."""
    if unmet.price is None or unmet.shortfall is None:
        return ""
    pairs = ", ".join(f"{name(one)} – {name(other)}" for one, other in unmet.instead)
    value = f"{abs(unmet.price):.4g}"
    if unmet.shortfall > 0:
        form = "shortfall" if unmet.price > 0 else "missing"
        return say_(PRICES[form], number=unmet.shortfall, value=value, pairs=pairs)
    if unmet.price < 0:
        return say_(PRICES["gain_instead" if pairs else "gain"], value=value, pairs=pairs)
    if not unmet.price and not pairs:
        return say_(PRICES["free"])
    return say_(PRICES["instead" if pairs else "value"], value=value, pairs=pairs)
