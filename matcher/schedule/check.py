"""Checks a timetable against its event, rule by rule, from the two files' records alone.

Nothing here is shared with what makes timetables, so that a mistake there cannot hide here. Each rule is one
function that yields whoever breaks it and a sentence; its docstring says what the rule means where the
formats leave it open. Values are recomputed. A bound is the solver's word: only that it goes with the value
is checked, not that nothing better exists.

All times are the event's local time. Two slots clash when they share any time, so what holds for a slot
(closed, unavailable) holds for every slot that overlaps it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import product
from typing import Any

from profiles.event import Event, Interpreter, Meeting, Pair, Participant, Schedule, Slot, State, Table

STAGES = ("shortfall", "value", "breaks", "break_spread", "table_moves")
"""The objective, first things first; all are to be small but the value."""

FAIR_STAGES = ("fewest_meetings", "least_value")
"""Optional stages, both to be great: they come after the shortfall and before the value."""

_TOLERANCE = 1e-6
_WEIGHTS = {
    State.SUGGESTED: 1,
    State.REQUESTED: 2,
    State.ACCEPTED: 3,
    State.MUST: 3,  # as agreed as it gets
    State.CONFIRMED: 3,
    State.DECLINED: 0,
}


@dataclass(frozen=True)
class Fault:
    """One breach of one rule.

    Attributes:
        rule: the rule's name, a key of ``RULES`` or ``RULES_WITHOUT_TIMETABLE``.
        who: ids of the participants, slots, tables and interpreters concerned, each once, whoever breaks the
            rule first.
        sentence: the breach for a person.
    """

    rule: str
    who: tuple[str, ...]
    sentence: str


@dataclass(frozen=True)
class Verdict:
    """What came out of a check.

    Attributes:
        faults: every breach found, by rule.
        values: stage name -> its value, recomputed from the meetings, for ``STAGES`` and those of
            ``FAIR_STAGES`` that the schedule states, first things first; empty for an infeasible event.
    """

    faults: tuple[Fault, ...]
    values: Mapping[str, float]

    def to_dict(self) -> dict[str, Any]:
        """The verdict for a program."""
        return {
            "ok": not self.faults,
            "faults": [asdict(fault) for fault in self.faults],
            "values": dict(self.values),
        }


def check(event: Event, schedule: Schedule) -> Verdict:
    """Check every hard rule, every stated value, and that the timetable accounts for all pairs."""
    timetable = _Timetable(event, schedule)
    infeasible = schedule.status == "infeasible"
    rules = RULES_WITHOUT_TIMETABLE if infeasible else RULES
    faults = [
        Fault(name, tuple(dict.fromkeys(who)), sentence)
        for name, rule in rules.items()
        for who, sentence in rule(timetable)
    ]
    return Verdict(tuple(faults), {} if infeasible else timetable.values)


@dataclass(frozen=True)
class _Placed:
    """A meeting with the records it names; ``pair`` is None if the event has no such pair."""

    meeting: Meeting
    startup: Participant
    partner: Participant
    slot: Slot
    table: Table
    interpreter: Interpreter | None
    pair: Pair | None

    @property
    def people(self) -> tuple[Participant, Participant]:
        return self.startup, self.partner

    @property
    def ids(self) -> tuple[str, ...]:
        return _ids(self.meeting)

    def __str__(self) -> str:
        return _text(self.meeting)


class _Timetable:
    """An event and its schedule with everything looked up once.

    ``placed`` are the meetings whose participants, slot and table the event has. Others break the rule
    ``unknown``, cannot be judged by the rest, and count for no value.
    """

    def __init__(self, event: Event, schedule: Schedule) -> None:
        self.event, self.schedule = event, schedule
        self.people = {person.id: person for person in event.participants}
        self.slots = {slot.id: slot for slot in event.slots}
        self.tables = {table.id: table for table in event.tables}
        self.interpreters = {interpreter.id: interpreter for interpreter in event.interpreters}
        self.pairs = {pair.key: pair for pair in event.pairs}
        self.met = Counter(meeting.key for meeting in schedule.meetings)
        self.placed = [placed for meeting in schedule.meetings if (placed := self._place(meeting))]
        self.placed.sort(key=lambda placed: placed.slot.start)
        self.breaks = {person.id: _breaks(self.of(person), event.slots) for person in event.participants}
        self.values = _values(self)

    def _place(self, meeting: Meeting) -> _Placed | None:
        startup, partner = self.people.get(meeting.startup), self.people.get(meeting.partner)
        slot, table = self.slots.get(meeting.slot), self.tables.get(meeting.table)
        if startup is None or partner is None or slot is None or table is None:
            return None
        interpreter = self.interpreters.get(meeting.interpreter or "")
        return _Placed(meeting, startup, partner, slot, table, interpreter, self.pairs.get(meeting.key))

    def of(self, person: Participant) -> list[_Placed]:
        """Meetings of one participant, by their start."""
        return [each for each in self.placed if person.id in each.meeting.key]

    def of_key(self, key: tuple[str, str]) -> list[_Placed]:
        """Meetings of one pair."""
        return [each for each in self.placed if each.meeting.key == key]

    def with_interpreter(self, interpreter: Interpreter) -> list[_Placed]:
        """Meetings that name one interpreter, by their start."""
        return [each for each in self.placed if each.meeting.interpreter == interpreter.id]


Breaches = Iterator[tuple[tuple[str, ...], str]]
Rule = Callable[[_Timetable], Breaches]


# -- ids and pairs -----------------------------------------------------------------------------


def _unknown(timetable: _Timetable) -> Breaches:
    """Every id of a meeting is one of the event."""
    for meeting in timetable.schedule.meetings:
        for noun, name, known in (
            ("participant", meeting.startup, timetable.people),
            ("participant", meeting.partner, timetable.people),
            ("slot", meeting.slot, timetable.slots),
            ("table", meeting.table, timetable.tables),
            ("interpreter", meeting.interpreter, timetable.interpreters),
        ):
            if name is not None and name not in known:
                yield (name, *_ids(meeting)), f"{_text(meeting)}: the event has no {noun} {name!r}"


def _pair(timetable: _Timetable) -> Breaches:
    """Only pairs of the event meet, in their order, startup first."""
    for placed in timetable.placed:
        if placed.pair is None:
            yield placed.ids, f"{placed}: the event has no such pair"


def _declined(timetable: _Timetable) -> Breaches:
    """A declined pair never meets."""
    for placed in timetable.placed:
        if placed.pair is not None and placed.pair.state is State.DECLINED:
            yield placed.ids, f"{placed}: the pair has declined"


def _once(timetable: _Timetable) -> Breaches:
    """A pair meets at most once."""
    for key, times in timetable.met.items():
        if times > 1:
            yield key, f"{_both(key)} meet {times} times"


def _must(timetable: _Timetable) -> Breaches:
    """Pairs that must meet, or are confirmed, do."""
    for key, pair in timetable.pairs.items():
        if pair.state in (State.MUST, State.CONFIRMED) and not timetable.met[key]:
            yield key, f"{_both(key)} do not meet, but the pair is {pair.state.value}"


def _confirmed(timetable: _Timetable) -> Breaches:
    """A confirmed pair meets in its slot and, where it names one, at its table."""
    for placed in timetable.placed:
        pair = placed.pair
        if pair is None or pair.state is not State.CONFIRMED:
            continue
        if placed.slot.id != pair.slot:
            yield (*placed.ids, str(pair.slot)), f"{placed}: confirmed for slot {pair.slot}"
        if pair.table is not None and placed.table.id != pair.table:
            yield (*placed.ids, pair.table), f"{placed}: confirmed for table {pair.table}"


def _track(timetable: _Timetable) -> Breaches:
    """A meeting has the track of its pair."""
    for placed in timetable.placed:
        if placed.pair is not None and placed.meeting.track != placed.pair.track:
            said, meant = placed.meeting.track or "none", placed.pair.track or "none"
            yield placed.ids, f"{placed}: its track is {said}, its pair's {meant}"


def _precedence(timetable: _Timetable) -> Breaches:
    """Where both pairs meet, the first ends no later than the other begins."""
    for rule in timetable.event.precedences:
        for first, then in product(timetable.of_key(rule.first), timetable.of_key(rule.then)):
            if first.slot.end > then.slot.start:
                yield _joined([first, then]), f"{first} does not end before {then} begins"


# -- participants ------------------------------------------------------------------------------


def _representatives(timetable: _Timetable) -> Breaches:
    """Nobody is in more meetings at a time than it has representatives."""
    for person in timetable.event.participants:
        for together in _at_once(timetable.of(person), person.representatives):
            text = f"{person.id} is in {len(together)} meetings at once with {person.representatives} "
            yield (person.id, *_joined(together)), f"{text}to represent it: {_listed(together)}"


def _unavailable(timetable: _Timetable) -> Breaches:
    """Nobody meets during a slot it is unavailable in."""
    for placed in timetable.placed:
        for person in placed.people:
            for slot in _clashing(placed.slot, person.unavailable, timetable):
                yield (person.id, *placed.ids, slot), f"{placed}: {person.id} is unavailable in {slot}"


def _max_meetings(timetable: _Timetable) -> Breaches:
    """Nobody meets more often than it allows."""
    for person in timetable.event.participants:
        count = len(timetable.of(person))
        if person.max_meetings is not None and count > person.max_meetings:
            yield (person.id,), f"{person.id} has {count} meetings; at most {person.max_meetings} are allowed"


def _max_consecutive(timetable: _Timetable) -> Breaches:
    """No chain of meetings of one participant, each starting when the last one ends, is too long.

    A chain stays within a day. It is the participant's, also where several representatives could share it.
    """
    for person in timetable.event.participants:
        if person.max_consecutive is None:
            continue
        for chain in _chains(timetable.of(person)):
            if len(chain) > person.max_consecutive:
                text = f"{person.id} has {len(chain)} meetings in a row; at most {person.max_consecutive} "
                yield (person.id, *_joined(chain)), f"{text}are allowed: {_listed(chain)}"


def _sessions(timetable: _Timetable) -> Breaches:
    """Participants and pairs meet only in their sessions; a slot without a session is in none."""
    for placed in timetable.placed:
        bound = [(person.id, person.sessions) for person in placed.people]
        if placed.pair is not None:
            bound.append(("the pair", placed.pair.sessions))
        for who, sessions in bound:
            if sessions is not None and placed.slot.session not in sessions:
                yield placed.ids, f"{placed}: {who} meets only in {', '.join(sessions)}"


def _fixed_table(timetable: _Timetable) -> Breaches:
    """A participant with a table of its own meets only there."""
    for placed in timetable.placed:
        for person in placed.people:
            if person.table is not None and placed.table.id != person.table:
                yield (person.id, *placed.ids), f"{placed}: {person.id} meets only at {person.table}"


def _max_break_difference(timetable: _Timetable) -> Breaches:
    """Break counts do not differ by more than the event allows.

    All participants count, as in the published set; one without meetings has no breaks.
    """
    allowed, breaks = timetable.event.event.max_break_difference, timetable.breaks
    if allowed is None or not breaks:
        return
    most, least = max(breaks, key=lambda who: breaks[who]), min(breaks, key=lambda who: breaks[who])
    if breaks[most] - breaks[least] > allowed:
        text = f"{most} has {breaks[most]} breaks and {least} has {breaks[least]}"
        yield (most, least), f"{text}; they may differ by {allowed}"


# -- tables ------------------------------------------------------------------------------------


def _table(timetable: _Timetable) -> Breaches:
    """A table hosts one meeting at a time."""
    for table in timetable.event.tables:
        hosted = [each for each in timetable.placed if each.table.id == table.id]
        for together in _at_once(hosted, 1):
            text = f"{table.id} hosts {len(together)} meetings at once"
            yield (table.id, *_joined(together)), f"{text}: {_listed(together)}"


def _tracks(timetable: _Timetable) -> Breaches:
    """A table with tracks hosts only pairs of these; a pair without a track goes anywhere."""
    for placed in timetable.placed:
        track = placed.pair.track if placed.pair is not None else None
        if track is not None and placed.table.tracks and track not in placed.table.tracks:
            allowed = ", ".join(placed.table.tracks)
            yield placed.ids, f"{placed}: {placed.table.id} is for {allowed}, not for {track}"


def _closed(timetable: _Timetable) -> Breaches:
    """A table hosts nothing during a slot it is closed in."""
    for placed in timetable.placed:
        for slot in _clashing(placed.slot, placed.table.closed, timetable):
            yield (*placed.ids, slot), f"{placed}: {placed.table.id} is closed in {slot}"


# -- interpreters ------------------------------------------------------------------------------


def _interpreter(timetable: _Timetable) -> Breaches:
    """A pair without a common language has an interpreter who speaks a language of each.

    One who states no language is taken to need none. An interpreter who is not needed may come along.
    """
    for placed in timetable.placed:
        one, other = set(placed.startup.languages), set(placed.partner.languages)
        if not one or not other or one & other:
            continue
        if placed.meeting.interpreter is None:
            yield placed.ids, f"{placed}: no common language and no interpreter"
        elif placed.interpreter is not None:
            spoken = set(placed.interpreter.languages)
            for person, languages in ((placed.startup, one), (placed.partner, other)):
                if not spoken & languages:
                    text = f"the interpreter {placed.interpreter.id} speaks no language of {person.id}"
                    yield (placed.interpreter.id, *placed.ids), f"{placed}: {text}"


def _interpreter_busy(timetable: _Timetable) -> Breaches:
    """An interpreter is in one meeting at a time, needed or not."""
    for interpreter in timetable.event.interpreters:
        for together in _at_once(timetable.with_interpreter(interpreter), 1):
            text = f"the interpreter {interpreter.id} is in {len(together)} meetings at once"
            yield (interpreter.id, *_joined(together)), f"{text}: {_listed(together)}"


def _interpreter_unavailable(timetable: _Timetable) -> Breaches:
    """An interpreter is in no meeting during a slot it is unavailable in."""
    for interpreter in timetable.event.interpreters:
        for placed in timetable.with_interpreter(interpreter):
            for slot in _clashing(placed.slot, interpreter.unavailable, timetable):
                text = f"the interpreter {interpreter.id} is unavailable in {slot}"
                yield (interpreter.id, *placed.ids, slot), f"{placed}: {text}"


# -- what the schedule says of itself ----------------------------------------------------------


def _unscheduled(timetable: _Timetable) -> Breaches:
    """Listed as unscheduled is, once, every pair that does not meet and has not declined; and no other."""
    wanted = {key for key, pair in timetable.pairs.items() if pair.state is not State.DECLINED}
    left = wanted - timetable.met.keys()
    listed = Counter((each.startup, each.partner) for each in timetable.schedule.unscheduled)
    for key in sorted(left - listed.keys()):
        yield key, f"{_both(key)} do not meet and are not listed as unscheduled"
    for key, times in listed.items():
        if key not in left:
            why = "they meet" if key in timetable.met else "the event asks for no such meeting"
            yield key, f"{_both(key)} are listed as unscheduled, but {why}"
        elif times > 1:
            yield key, f"{_both(key)} are listed as unscheduled {times} times"


def _stages(timetable: _Timetable) -> Breaches:
    """Every stage is known, stands there once, and has the value of the meetings; one may be missing."""
    names = Counter(stage.name for stage in timetable.schedule.stages)
    for name, times in names.items():
        if times > 1:
            yield (), f"the stage {name} stands there {times} times"
    for stage in timetable.schedule.stages:
        if stage.name not in timetable.values:
            yield (), f"there is no stage {stage.name!r}"
        elif not _equal(stage.value, timetable.values[stage.name]):
            found = timetable.values[stage.name]
            yield (), f"the stage {stage.name} says {stage.value:.10g}; the meetings give {found:.10g}"


def _bounds(timetable: _Timetable) -> Breaches:
    """No value is better than its bound."""
    for stage in timetable.schedule.stages:
        low, high = stage.bound, stage.value
        if stage.name in ("value", *FAIR_STAGES):
            low, high = high, low
        if low > high and not _equal(low, high):
            text = f"the stage {stage.name} has the value {stage.value:.10g}"
            yield (), f"{text}, better than its bound {stage.bound:.10g}"


def _optimal(timetable: _Timetable) -> Breaches:
    """In an optimal timetable, every value equals its bound."""
    for stage in timetable.schedule.stages:
        if timetable.schedule.status == "optimal" and not _equal(stage.value, stage.bound):
            text = f"the stage {stage.name} has the value {stage.value:.10g} and the bound {stage.bound:.10g}"
            yield (), f"called optimal, but {text}"


def _conflicts(timetable: _Timetable) -> Breaches:
    """There are conflicts only where there is no timetable."""
    if timetable.schedule.conflicts:
        yield (), f"called {timetable.schedule.status}, but conflicts are named"


def _no_meetings(timetable: _Timetable) -> Breaches:
    """An infeasible event has no meetings."""
    if timetable.schedule.meetings:
        yield (), f"called infeasible, but {len(timetable.schedule.meetings)} meetings are there"


def _no_conflict(timetable: _Timetable) -> Breaches:
    """An infeasible event has at least one conflict."""
    if not timetable.schedule.conflicts:
        yield (), "called infeasible, but no conflict is named"


RULES: dict[str, Rule] = {
    "unknown": _unknown,
    "pair": _pair,
    "declined": _declined,
    "once": _once,
    "must": _must,
    "confirmed": _confirmed,
    "track": _track,
    "precedence": _precedence,
    "representatives": _representatives,
    "unavailable": _unavailable,
    "max_meetings": _max_meetings,
    "max_consecutive": _max_consecutive,
    "sessions": _sessions,
    "fixed_table": _fixed_table,
    "max_break_difference": _max_break_difference,
    "table": _table,
    "tracks": _tracks,
    "closed": _closed,
    "interpreter": _interpreter,
    "interpreter_busy": _interpreter_busy,
    "interpreter_unavailable": _interpreter_unavailable,
    "unscheduled": _unscheduled,
    "stages": _stages,
    "bounds": _bounds,
    "optimal": _optimal,
    "conflicts": _conflicts,
}
"""Rule name -> what finds its breaches in a timetable."""

RULES_WITHOUT_TIMETABLE: dict[str, Rule] = {"no_meetings": _no_meetings, "no_conflict": _no_conflict}
"""The same where the event is called infeasible."""


# -- the objective -----------------------------------------------------------------------------


def _values(timetable: _Timetable) -> dict[str, float]:
    people, breaks = timetable.event.participants, timetable.breaks.values()
    stated = {stage.name for stage in timetable.schedule.stages}
    return {
        "shortfall": sum(max(0, person.min_meetings - len(timetable.of(person))) for person in people),
        **{name: value for name, value in _fairness(timetable).items() if name in stated},
        "value": math.fsum(map(_worth, timetable.placed)),
        "breaks": sum(breaks),
        "break_spread": max(breaks, default=0) - min(breaks, default=0),
        "table_moves": sum(_moves(timetable.of(person)) for person in people),
    }


def _fairness(timetable: _Timetable) -> dict[str, float]:
    """The number and the value of meetings of the startups with the least, 0 without startups.

    A startup counts if it could meet: with a partner whose pair has not declined, in a slot that suits the
    sessions of all three and in which both are there. Tables, interpreters and limits do not matter for that.
    """
    could = {pair.startup for pair in timetable.event.pairs if _has_time(pair, timetable)}
    held = [timetable.of(person) for person in timetable.event.participants if person.id in could]
    return {
        "fewest_meetings": min(map(len, held), default=0),
        "least_value": min((math.fsum(map(_worth, meetings)) for meetings in held), default=0.0),
    }


def _has_time(pair: Pair, timetable: _Timetable) -> bool:
    if pair.state is State.DECLINED:
        return False
    both = [timetable.people[name] for name in pair.key]
    bound = [pair.sessions, *(person.sessions for person in both)]
    sessions = [each for each in bound if each is not None]
    return any(
        all(slot.session in each for each in sessions)
        and not any(True for person in both for _ in _clashing(slot, person.unavailable, timetable))
        for slot in timetable.event.slots
        if pair.state is not State.CONFIRMED or slot.id == pair.slot
    )


def _worth(placed: _Placed) -> float:
    """Fit times both priorities, weighed by how far the pair has agreed; nothing without a pair."""
    if placed.pair is None:
        return 0.0
    weight = _WEIGHTS[placed.pair.state]
    return placed.pair.fit * placed.startup.priority * placed.partner.priority * weight


def _breaks(meetings: Sequence[_Placed], slots: Sequence[Slot]) -> int:
    """Gaps between meetings of one participant on one day into which at least one slot fits.

    The slot counts whether or not the participant or a table could have used it. While any representative is
    in a meeting, there is no gap.
    """
    found = 0
    for day in _days(meetings):
        free_from = day[0].slot.end
        for placed in day[1:]:
            gap = (free_from, placed.slot.start)
            found += any(gap[0] <= slot.start and slot.end <= gap[1] for slot in slots)
            free_from = max(free_from, placed.slot.end)
    return found


def _moves(meetings: Sequence[_Placed]) -> int:
    """Meetings of one participant at another table than the one before on that day.

    Before a meeting is what ended last when it starts; with several representatives that can be several
    meetings, and it is enough that one of them was at the table.
    """
    found = 0
    for day in _days(meetings):
        for placed in day:
            ended = [each for each in day if each.slot.end <= placed.slot.start]
            last = max((each.slot.end for each in ended), default=None)
            tables = {each.table.id for each in ended if each.slot.end == last}
            found += bool(tables) and placed.table.id not in tables
    return found


# -- time and words ----------------------------------------------------------------------------


def _clash(one: Slot, other: Slot) -> bool:
    return one.start < other.end and other.start < one.end


def _clashing(slot: Slot, others: Iterable[str], timetable: _Timetable) -> Iterator[str]:
    return (other for other in others if _clash(slot, timetable.slots[other]))


def _at_once(meetings: Sequence[_Placed], limit: int) -> Iterator[list[_Placed]]:
    """The meetings under way at each moment when more than ``limit`` are: only a start makes them more."""
    for moment in sorted({placed.slot.start for placed in meetings}):
        together = [each for each in meetings if each.slot.start <= moment < each.slot.end]
        if len(together) > limit:
            yield together


def _days(meetings: Sequence[_Placed]) -> list[list[_Placed]]:
    """Meetings by the day they start on, in their order."""
    days: dict[date, list[_Placed]] = {}
    for placed in meetings:
        days.setdefault(placed.slot.start.date(), []).append(placed)
    return list(days.values())


def _chains(meetings: Sequence[_Placed]) -> Iterator[list[_Placed]]:
    """For every meeting that none follows at once, the longest chain of meetings that ends with it."""
    for day in _days(meetings):
        chains: list[list[_Placed]] = []
        for placed in day:
            before = [chain for chain in chains if chain[-1].slot.end == placed.slot.start]
            chains.append([*max(before, key=len, default=[]), placed])
        starts = {placed.slot.start for placed in day}
        yield from (chain for chain in chains if chain[-1].slot.end not in starts)


def _equal(one: float, other: float) -> bool:
    return math.isclose(one, other, rel_tol=_TOLERANCE, abs_tol=_TOLERANCE)


def _ids(meeting: Meeting) -> tuple[str, ...]:
    return meeting.startup, meeting.partner, meeting.slot, meeting.table


def _joined(meetings: Iterable[_Placed]) -> tuple[str, ...]:
    return tuple(name for placed in meetings for name in placed.ids)


def _text(meeting: Meeting) -> str:
    return f"{meeting.startup} with {meeting.partner} in {meeting.slot} at {meeting.table}"


def _both(key: tuple[str, str]) -> str:
    return f"{key[0]} and {key[1]}"


def _listed(meetings: Iterable[_Placed]) -> str:
    return "; ".join(map(str, meetings))
