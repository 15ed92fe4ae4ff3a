"""Why somebody does not meet, why there is no timetable and what would help, in the language in use."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator

from matcher.schedule import wording
from profiles.event import Conflict, Edit, Event, Unscheduled
from profiles.model import Topic
from web.languages import N_, Name, gettext
from web.phrases import language_name, topic_name

_RULES = {
    "must": N_("Promised meeting"),
    "confirmed": N_("Confirmed time and table"),
    "unavailable": N_("Not there"),
    "sessions": N_("Sessions"),
    "representatives": N_("One meeting at a time"),
    "max_meetings": N_("Most meetings"),
    "max_consecutive": N_("Most meetings in a row"),
    "fixed_table": N_("Table of one's own"),
    "precedence": N_("Order of meetings"),
    "table": N_("Number of tables"),
    "tracks": N_("Tracks of the tables"),
    "closed": N_("Closed tables"),
    "interpreter": N_("Interpreter needed"),
    "interpreter_busy": N_("Number of interpreters"),
    "interpreter_unavailable": N_("Interpreter not there"),
    "max_break_difference": N_("Difference of breaks"),
}


_WORDS = {
    "never": N_("never"),
    "maybe": N_("maybe"),
    "wanted": N_("wanted"),
    "accepted": N_("accepted"),
    "must": N_("must take place"),
    "confirmed": N_("confirmed"),
    "suggested": N_("suggested"),
    "requested": N_("requested"),
    "declined": N_("declined"),
}


def names(event: Event) -> Callable[[str], Name]:
    """Id -> what to call it: a participant's name where it has one, else the id."""
    known = {each.id: each.name or each.id for each in event.participants}
    return lambda who: Name(known.get(who, who))


def told(sentence: str, name: Callable[[str], Name]) -> str:
    """What an organiser should know of an event that was built; ids become names.

    Args:
        sentence: of ``Built.told`` or ``Built.alone``.
        name: id -> what to call it.
    """
    if not isinstance(sentence, wording.Told):
        return sentence
    people = ("who", "whom", "no", "away")
    values = {key: name(str(value)) if key in people else value for key, value in sentence.values.items()}
    for key in ("track", "answer", "state"):
        if key in values:
            values[key] = word(str(values[key]))
    return gettext(wording.TOLD[sentence.code]).format(**values)


def word(code: str) -> str:
    """An answer, a state or a track in words."""
    if code in _WORDS:
        return gettext(_WORDS[code])
    return topic_name(code) if code in set(Topic) else code


def reason(event: Event, unmet: Unscheduled) -> str:
    """Why a pair does not meet, and what the meeting would cost."""
    name = names(event)
    if unmet.code not in wording.CODES:
        return unmet.reason  # of another maker, in its own words
    why = wording.unmet_words(wording.slot_times(event), unmet, name, gettext)
    return " ".join(filter(None, (why, wording.price_words(unmet, name, gettext))))


def release(event: Event, conflict: Conflict) -> str:
    """What would release one member of a conflict."""
    if not conflict.edits and conflict.release != wording.NOTHING:
        return conflict.release  # of another maker, in its own words
    return wording.release_words(event, _named(conflict.edits), conflict.enough, names(event), gettext)


def changes(event: Event, edits: Iterable[Edit]) -> str:
    """Changes of an event that together make a timetable possible."""
    return wording.release_words(event, _named(edits), True, names(event), gettext)


def _named(edits: Iterable[Edit]) -> Iterator[Edit]:
    """The changes, topics and languages in words."""
    for each in edits:
        if each.kind == "track":
            yield each.model_copy(update={"who": (each.who[0], topic_name(each.who[1]))})
        elif each.kind == "interpreter":
            yield each.model_copy(update={"who": tuple(map(language_name, each.who))})
        else:
            yield each


def member(event: Event, conflict: Conflict) -> str:
    """A rule and whom it binds, one of those that cannot hold together."""
    name = names(event)
    known = gettext(_RULES[conflict.rule]) if conflict.rule in _RULES else conflict.rule
    who = ", ".join(map(name, conflict.who))
    return f"{known}: {who}" if who else known
