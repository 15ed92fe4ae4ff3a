"""Where a pair could meet: every slot and table, what stands against it there, and what it would change.

It is told as the checker would see it after the edit, and much faster than by asking it for every place: what
depends on the slot alone is found once a slot. The timetable may break rules; only what the pair's meeting
itself would break counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from matcher.schedule import values
from matcher.schedule.board import Obstacle
from matcher.schedule.check import RULES
from matcher.schedule.sheet import Seat, Sheet
from profiles.event import Event, Schedule, State


@dataclass(frozen=True)
class Spot:
    """A place for a pair, and what would be different if it met there and not where it does now, if anywhere.

    Attributes:
        slot, table: the place.
        interpreter: who would help, as ``Move`` and ``Place`` choose.
        obstacles: the rules it would break, in the checker's order, each with ids of what is in the way.
        shortfall, value, breaks, break_spread, table_moves: how much more each stage would come to.
    """

    slot: str
    table: str
    interpreter: str | None
    obstacles: tuple[Obstacle, ...]
    shortfall: int
    value: float
    breaks: int
    break_spread: int
    table_moves: int

    @property
    def ok(self) -> bool:
        """Whether no rule would be broken."""
        return not self.obstacles

    def to_dict(self) -> dict[str, Any]:
        """The place for a program."""
        return {**asdict(self), "ok": self.ok}


def options(event: Event, schedule: Schedule, startup: str, partner: str) -> list[Spot]:
    """Every slot and table for a pair, whether it meets now or not.

    A place is ``ok`` just if the edit that brings the pair there causes no fault (``apply_edit``). There is
    one exception, in a timetable with too many meetings in a row for somebody: another one at the same time
    as one of these counts as one too many, though the checker may name only the others.

    Args:
        event: the event.
        schedule: its timetable; it may break rules.
        startup, partner: the pair.

    Returns:
        Slots × tables places, by the time of the slot and then in the order of the tables.

    Raises:
        InputError: there is no timetable, a meeting names what the event does not have, or the event has no
            such pair.
    """
    sheet = Sheet(event, schedule)
    return list(_Spots(sheet, sheet.pair((startup, partner))).all())


_ORDER = {rule: place for place, rule in enumerate(RULES)}

_Befores = dict[int, list[int]]
"""A meeting of somebody -> those that ended last before it on its day."""


class _Spots:
    """The places for one pair, which is taken off the sheet for that."""

    def __init__(self, sheet: Sheet, pair: int) -> None:
        self.sheet, self.problem, self.pair = sheet, sheet.problem, pair
        self.record, self.both = sheet.event.pairs[pair], sheet.problem.pairs[pair]
        self.breaks_now = values.breaks(self.problem, sheet.slot_of())
        self.present = sheet.clear(pair)
        slots = sheet.slot_of()
        self.breaks = values.breaks(self.problem, slots)
        held = values.held_by(self.problem, slots)
        self.mine = {person: held[person] for person in self.both}
        self.followers: list[list[int]] = [[] for _ in self.problem.slots]
        for slot, earlier in enumerate(self.problem.predecessors):
            for each in earlier:
                self.followers[each].append(slot)
        tables = sheet.table_of()
        if self.present is None:
            self.moves_now = _moves(self._befores(None), tables)
        else:
            self.moves_now = _moves(self._befores(self.present.slot), {**tables, pair: self.present.table})
        self.tables = tables

    def all(self) -> Iterator[Spot]:
        """By slot and table."""
        for slot in range(len(self.problem.slots)):
            yield from self._in(slot)

    def _in(self, slot: int) -> Iterator[Spot]:
        sheet, there = self.sheet, self.sheet.during(slot)
        helper = sheet.helper(self.pair, slot, None if self.present is None else self.present.interpreter)
        counts, befores = self._counts(slot), self._befores(slot)
        common = [*self._of_slot(slot), *self._of_breaks(counts), *self._of_interpreter(slot, helper, there)]
        shortfall = 0 if self.present else -sum(map(self._lacks, self.both))
        for table, record in enumerate(sheet.event.tables):
            found = dict.fromkeys((*common, *self._of_table(slot, table, there)))
            yield Spot(
                slot=self.problem.slots[slot].id,
                table=record.id,
                interpreter=None if helper is None else sheet.event.interpreters[helper].id,
                obstacles=self._new(found, Seat(slot, table, helper)),
                shortfall=shortfall,
                value=0.0 if self.present else self.problem.worth[self.pair],
                breaks=sum(counts) - sum(self.breaks_now),
                break_spread=_spread(counts) - _spread(self.breaks_now),
                table_moves=_moves(befores, {**self.tables, self.pair: table}) - self.moves_now,
            )

    def _new(self, obstacles: Iterable[Obstacle], seat: Seat) -> tuple[Obstacle, ...]:
        """Those that were not there before: where the pair meets now, only another interpreter is new."""
        found = sorted(obstacles, key=lambda each: _ORDER[each.rule])
        if seat == self.present:
            return ()
        if self.present and (seat.slot, seat.table) == (self.present.slot, self.present.table):
            return tuple(each for each in found if each.rule.startswith("interpreter"))
        return tuple(found)

    # -- what changes --------------------------------------------------------------------------

    def _lacks(self, person: int) -> bool:
        """Whether a meeting more brings somebody nearer to ``min_meetings``."""
        return len(self.mine[person]) < self.sheet.event.participants[person].min_meetings

    def _counts(self, slot: int) -> list[int]:
        """Breaks of each participant with the meeting in the slot."""
        counts = list(self.breaks)
        for person in self.both:
            used = {slot, *(self.sheet.seats[pair].slot for pair in self.mine[person])}
            counts[person] = sum(
                not used.isdisjoint(gap.after)
                and not used.isdisjoint(gap.before)
                and used.isdisjoint(gap.between)
                for gap in self.problem.gaps
            )
        return counts

    def _befores(self, slot: int | None) -> list[_Befores]:
        """For both people, with the meeting in the slot if one is given."""
        slots = self.sheet.slot_of() if slot is None else {**self.sheet.slot_of(), self.pair: slot}
        more = [] if slot is None else [self.pair]
        return [values.last_before(self.problem, slots, [*self.mine[each], *more]) for each in self.both]

    # -- what stands against it ----------------------------------------------------------------

    def _of_slot(self, slot: int) -> Iterator[Obstacle]:
        """Rules about the pair, both people and the time."""
        record, here = self.record, self.problem.slots[slot]
        if record.state is State.DECLINED:
            yield Obstacle("declined", record.key)
        if record.state is State.CONFIRMED and record.slot != here.id:
            yield Obstacle("confirmed", (*record.key, str(record.slot)))
        if record.sessions is not None and here.session not in record.sessions:
            yield Obstacle("sessions", record.key)
        yield from self._of_orders(slot)
        for person in self.both:
            yield from self._of_person(person, slot)

    def _of_orders(self, slot: int) -> Iterator[Obstacle]:
        times = {**self.sheet.slot_of(), self.pair: slot}
        for first, then in self.problem.orders:
            if self.pair in (first, then) and first in times and then in times:
                one, other = (self.problem.slots[times[each]] for each in (first, then))
                if one.end > other.start:
                    keys = (self.sheet.event.pairs[each].key for each in (first, then))
                    yield Obstacle("precedence", tuple(dict.fromkeys(name for key in keys for name in key)))

    def _of_person(self, person: int, slot: int) -> Iterator[Obstacle]:
        record, here = self.sheet.event.participants[person], self.problem.slots[slot]
        if record.sessions is not None and here.session not in record.sessions:
            yield Obstacle("sessions", (record.id,))
        if away := self._clashing(record.unavailable, slot):
            yield Obstacle("unavailable", (record.id, *away))
        if crowd := self._crowd(person, slot):
            yield Obstacle("representatives", (record.id, *self._met(person, crowd)))
        most = record.max_meetings
        if self.present is None and most is not None and len(self.mine[person]) >= most:
            yield Obstacle("max_meetings", (record.id,))
        if record.max_consecutive is not None:
            row = self._row(person, slot)
            if len(row) >= record.max_consecutive:
                yield Obstacle("max_consecutive", (record.id, *self._met(person, row)))

    def _crowd(self, person: int, slot: int) -> list[int]:
        """Meetings at the same time, where they leave no representative for one more."""
        here, seats, slots = self.problem.slots[slot], self.sheet.seats, self.problem.slots
        clashing = self.sheet.clashing(slot)
        near = [pair for pair in self.mine[person] if seats[pair].slot in clashing]
        found: dict[int, None] = {}
        # Only a start makes more meetings go on at once.
        for moment in {here.start, *(max(here.start, slots[seats[pair].slot].start) for pair in near)}:
            together = [
                pair for pair in near if slots[seats[pair].slot].start <= moment < slots[seats[pair].slot].end
            ]
            if len(together) >= self.sheet.event.participants[person].representatives:
                found |= dict.fromkeys(together)
        return [pair for pair in near if pair in found]

    def _row(self, person: int, slot: int) -> list[int]:
        """The meetings that would be in a row with one in the slot, itself left aside."""
        held = {self.sheet.seats[pair].slot: pair for pair in self.mine[person]}

        def longest(start: int, beside: Sequence[Sequence[int]]) -> list[int]:
            rows = ([each, *longest(each, beside)] for each in beside[start] if each in held)
            return max(rows, key=len, default=[])

        before, after = longest(slot, self.problem.predecessors), longest(slot, self.followers)
        return [held[each] for each in (*reversed(before), *after)]

    def _met(self, person: int, pairs: Iterable[int]) -> Iterator[str]:
        """Ids of those whom somebody meets."""
        for pair in pairs:
            one, other = self.problem.pairs[pair]
            yield self.sheet.event.participants[other if one == person else one].id

    def _of_breaks(self, counts: Sequence[int]) -> Iterator[Obstacle]:
        limit, people = self.sheet.event.event.max_break_difference, self.sheet.event.participants
        if limit is not None and _spread(counts) > max(limit, _spread(self.breaks_now)):
            most, least = counts.index(max(counts)), counts.index(min(counts))
            yield Obstacle("max_break_difference", (people[most].id, people[least].id))

    def _of_interpreter(self, slot: int, helper: int | None, there: Iterable[int]) -> Iterator[Obstacle]:
        if self.problem.interpreters[self.pair] == ():
            yield Obstacle("interpreter", self.record.key)
        if helper is None:
            return
        record = self.sheet.event.interpreters[helper]
        if away := self._clashing(record.unavailable, slot):
            yield Obstacle("interpreter_unavailable", (record.id, *away))
        if others := [pair for pair in there if self.sheet.seats[pair].interpreter == helper]:
            yield Obstacle("interpreter_busy", (record.id, *self._people(others)))

    def _of_table(self, slot: int, table: int, there: Iterable[int]) -> Iterator[Obstacle]:
        """Rules about the table."""
        record, pair = self.sheet.event.tables[table], self.record
        if pair.state is State.CONFIRMED and pair.table not in (None, record.id):
            yield Obstacle("confirmed", (*pair.key, str(pair.table)))
        for person in (self.sheet.event.participants[each] for each in self.both):
            if person.table not in (None, record.id):
                yield Obstacle("fixed_table", (person.id,))
        if others := [each for each in there if self.sheet.seats[each].table == table]:
            yield Obstacle("table", (record.id, *self._people(others)))
        if pair.track is not None and record.tracks and pair.track not in record.tracks:
            yield Obstacle("tracks", (record.id,))
        if closed := self._clashing(record.closed, slot):
            yield Obstacle("closed", (record.id, *closed))

    def _people(self, pairs: Iterable[int]) -> dict[str, None]:
        return dict.fromkeys(name for pair in pairs for name in self.sheet.event.pairs[pair].key)

    def _clashing(self, ids: Iterable[str], slot: int) -> list[str]:
        """Those of some slots that share time with a slot."""
        here = self.sheet.clashing(slot)
        return [each for each in ids if self.sheet.slots[each] in here]


def _moves(befores: Iterable[_Befores], tables: Mapping[int, int]) -> int:
    """Table moves of those whose meetings are given."""
    return sum(
        tables[pair] not in {tables[other] for other in before}
        for each in befores
        for pair, before in each.items()
    )


def _spread(counts: Sequence[int]) -> int:
    return max(counts) - min(counts)
