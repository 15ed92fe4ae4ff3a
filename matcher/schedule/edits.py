"""Changes of an event that make room in it: what each costs, and the event after it."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from profiles.event import Edit, Event, Interpreter, Pair, Participant, Slot, State, Table
from profiles.model import Topic

COSTS = {
    "free": 1,
    "open": 1,
    "free_interpreter": 1,
    "track": 1,
    "fixed_table": 1,
    "break_difference": 1,
    "table": 2,
    "interpreter": 2,
    "session": 2,
    "pair_session": 2,
    "max_meetings": 2,
    "max_consecutive": 2,
    "precedence": 2,
    "move": 2,
    "drop": 3,
    "representative": 4,
}
"""Kind -> what one of it costs. Somebody's or something's time costs least, then what has to be found or what
somebody has asked for, then a promised meeting, then one more person who has to come.

- ``free``: a participant comes in a slot after all; ``free_interpreter``: an interpreter does.
- ``open``: a table is open in a slot after all; ``table``: there are more tables in a slot; ``track``: a
  table takes a track too (who: table, track); ``fixed_table``: a participant meets at other tables too.
- ``interpreter``: there are more interpreters for two languages in a slot.
- ``session``: a participant meets in the session of the slot too; ``pair_session``: a pair does.
- ``max_meetings``, ``max_consecutive``, ``representative``: a participant has so many more.
- ``precedence``: who meets first is left open (who: both pairs).
- ``move``: a confirmed pair meets anywhere and at any time; ``drop``: a pair does not have to meet.
- ``break_difference``: break counts differ by so many more.
"""


def cost(edits: Iterable[Edit]) -> int:
    """What changes cost together."""
    return sum(COSTS[each.kind] * each.amount for each in edits)


def apply(event: Event, edits: Iterable[Edit]) -> Event:
    """The event with changes made.

    Raises:
        KeyError: there is no such kind of change.
    """
    for each in edits:
        event = _APPLY[each.kind](event, each)
    return event


def _clashing(event: Event, slot: str | None) -> set[str]:
    """The slot and all that share time with it."""
    here = _slot(event, slot)
    return {each.id for each in event.slots if each.start < here.end and here.start < each.end}


def _slot(event: Event, slot: str | None) -> Slot:
    return next(each for each in event.slots if each.id == slot)


def _person(event: Event, edit: Edit, change: Callable[[Participant], dict[str, object]]) -> Event:
    people = tuple(
        each.model_copy(update=change(each)) if each.id == edit.who[0] else each
        for each in event.participants
    )
    return event.model_copy(update={"participants": people})


def _pair(event: Event, edit: Edit, change: Callable[[Pair], dict[str, object]]) -> Event:
    pairs = tuple(
        each.model_copy(update=change(each)) if each.key == edit.who else each for each in event.pairs
    )
    return event.model_copy(update={"pairs": pairs})


def _free(event: Event, edit: Edit) -> Event:
    here = _clashing(event, edit.slot)
    return _person(event, edit, lambda each: {"unavailable": _without(each.unavailable, here)})


def _free_interpreter(event: Event, edit: Edit) -> Event:
    here = _clashing(event, edit.slot)
    interpreters = tuple(
        each.model_copy(update={"unavailable": _without(each.unavailable, here)})
        if each.id == edit.who[0]
        else each
        for each in event.interpreters
    )
    return event.model_copy(update={"interpreters": interpreters})


def _open(event: Event, edit: Edit) -> Event:
    here = _clashing(event, edit.slot)
    return _tables(event, edit, lambda each: {"closed": _without(each.closed, here)})


def _track(event: Event, edit: Edit) -> Event:
    return _tables(event, edit, lambda each: {"tracks": (*each.tracks, Topic(edit.who[1]))})


def _tables(event: Event, edit: Edit, change: Callable[[Table], dict[str, object]]) -> Event:
    tables = [
        each.model_copy(update=change(each)) if each.id == edit.who[0] else each for each in event.tables
    ]
    return event.model_copy(update={"tables": tuple(tables)})


def _without(ids: tuple[str, ...], gone: set[str]) -> tuple[str, ...]:
    return tuple(each for each in ids if each not in gone)


def _more_tables(event: Event, edit: Edit) -> Event:
    ids = _new_ids((each.id for each in event.tables), f"{edit.slot} more", edit.amount)
    closed = _elsewhere(event, edit.slot)
    return event.model_copy(
        update={"tables": (*event.tables, *(Table(id=name, closed=closed) for name in ids))}
    )


def _more_interpreters(event: Event, edit: Edit) -> Event:
    ids = _new_ids((each.id for each in event.interpreters), f"{edit.slot} more", edit.amount)
    away = _elsewhere(event, edit.slot)
    more = (Interpreter(id=name, languages=edit.who, unavailable=away) for name in ids)
    return event.model_copy(update={"interpreters": (*event.interpreters, *more)})


def _elsewhere(event: Event, slot: str | None) -> tuple[str, ...]:
    """All slots that share no time with one."""
    here = _clashing(event, slot)
    return tuple(each.id for each in event.slots if each.id not in here)


def _new_ids(known: Iterable[str], stem: str, count: int) -> list[str]:
    taken = set(known)
    free = (name for number in range(len(taken) + count) if (name := f"{stem} {number + 1}") not in taken)
    return [name for name, _ in zip(free, range(count), strict=False)]


def _session(event: Event, edit: Edit) -> Event:
    session = _slot(event, edit.slot).session
    return _person(event, edit, lambda each: {"sessions": _with(each.sessions, session)})


def _pair_session(event: Event, edit: Edit) -> Event:
    session = _slot(event, edit.slot).session
    return _pair(event, edit, lambda each: {"sessions": _with(each.sessions, session)})


def _with(sessions: tuple[str, ...] | None, session: str | None) -> tuple[str, ...] | None:
    # A slot without a session is in nobody's list.
    if sessions is None or session is None:
        return None
    return tuple(dict.fromkeys((*sessions, session)))


def _counted(field: str) -> Callable[[Event, Edit], Event]:
    return lambda event, edit: _person(
        event, edit, lambda each: {field: _more(getattr(each, field), edit.amount)}
    )


def _more(limit: int | None, amount: int) -> int | None:
    return None if limit is None else limit + amount


def _precedence(event: Event, edit: Edit) -> Event:
    kept = tuple(each for each in event.precedences if (*each.first, *each.then) != edit.who)
    return event.model_copy(update={"precedences": kept})


def _break_difference(event: Event, edit: Edit) -> Event:
    more = _more(event.event.max_break_difference, edit.amount)
    return event.model_copy(update={"event": event.event.model_copy(update={"max_break_difference": more})})


_APPLY: dict[str, Callable[[Event, Edit], Event]] = {
    "free": _free,
    "free_interpreter": _free_interpreter,
    "open": _open,
    "track": _track,
    "table": _more_tables,
    "interpreter": _more_interpreters,
    "fixed_table": lambda event, edit: _person(event, edit, lambda _: {"table": None}),
    "session": _session,
    "pair_session": _pair_session,
    "max_meetings": _counted("max_meetings"),
    "max_consecutive": _counted("max_consecutive"),
    "representative": _counted("representatives"),
    "precedence": _precedence,
    "move": lambda event, edit: _pair(
        event, edit, lambda _: {"state": State.MUST, "slot": None, "table": None}
    ),
    "drop": lambda event, edit: _pair(
        event, edit, lambda _: {"state": State.ACCEPTED, "slot": None, "table": None}
    ),
    "break_difference": _break_difference,
}
