"""A timetable under construction: what can be put into it, and what stands against the rest.

Every hard rule is kept after every step but two, which a timetable meets or misses as a whole: the largest
difference of break counts, and that the required pairs take place. The kept rules hold for a part of a
timetable if they hold for the whole, so that taking a meeting away never breaks one.

Seats are concrete. When a meeting finds no free table, those in its slot are seated anew along an augmenting
path (Kuhn 1955), and so are interpreters. Slots that overlap are seated one by one, what sits in the others
staying where it is; whether all of them could be seated anew together is not asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from matcher.schedule.hosts import Hosts
from matcher.schedule.model import Problem
from profiles.event import Slot, State


@dataclass(frozen=True)
class Obstacle:
    """A rule that stands against a meeting.

    Attributes:
        rule: its name, one of the checker's.
        who: ids of the participants, slots, tables and interpreters that make it bind.
    """

    rule: str
    who: tuple[str, ...]


class Board:
    """Meetings of a problem with their slots, tables and interpreters.

    Attributes:
        slot_of: pair -> slot.
        table_of: pair -> table.
        interpreter_of: pair -> interpreter, for the pairs that need one.
    """

    def __init__(
        self,
        problem: Problem,
        slots: Mapping[int, int] | None = None,
        *,
        tables: Mapping[int, int] | None = None,
        interpreters: Mapping[int, int] | None = None,
    ) -> None:
        """A board with the meetings ``slots``, at ``tables`` and with ``interpreters`` as far as given.

        Raises:
            ValueError: they do not fit together.
        """
        self.problem = problem
        event, count = problem.event, len(problem.slots)
        self.slot_of: dict[int, int] = {}
        clashes = [_mask([slot, *others]) for slot, others in enumerate(problem.overlaps)]
        self._clashes = clashes
        self._moments = [_moments(problem, slot) for slot in range(count)]
        self._before, self._after = _neighbours(problem.slots)
        self._over = [
            _mask(n for n, each in enumerate(problem.slots) if each.end <= slot.start)
            for slot in problem.slots
        ]
        self._allowed = [_mask(slots) for slots in problem.allowed]
        self._limits = [
            len(problem.pairs) if each.max_meetings is None else each.max_meetings
            for each in event.participants
        ]
        self._rows = [each.max_consecutive for each in event.participants]
        self._representatives = [each.representatives for each in event.participants]
        self._orders: dict[int, list[tuple[int, int]]] = {}
        for first, then in problem.orders:
            self._orders.setdefault(first, []).append((first, then))
            self._orders.setdefault(then, []).append((first, then))
        # Of each participant: the slots it meets in, how many meetings it has in each, and how many in all.
        self._held = [0] * len(event.participants)
        self._at = [[0] * count for _ in event.participants]
        self._count = [0] * len(event.participants)
        self._tables = Hosts(problem.tables, [_mask(tables) for tables in problem.open_tables], clashes)
        number = {slot.id: place for place, slot in enumerate(problem.slots)}
        away = [[clashes[number[slot]] for slot in each.unavailable] for each in event.interpreters]
        awake = [
            _mask(n for n, masks in enumerate(away) if not any(mask >> slot & 1 for mask in masks))
            for slot in range(count)
        ]
        self._interpreters = Hosts([each or () for each in problem.interpreters], awake, clashes)
        self.table_of = self._tables.of
        self.interpreter_of = self._interpreters.of
        self._fill(slots or {}, tables or {}, interpreters or {})

    def _fill(
        self, slots: Mapping[int, int], tables: Mapping[int, int], interpreters: Mapping[int, int]
    ) -> None:
        # Those with a seat first: the others go around them.
        for pair in sorted(slots, key=lambda pair: (pair not in tables, pair not in interpreters)):
            self.put(pair, slots[pair], table=tables.get(pair), interpreter=interpreters.get(pair))

    def fits(self, pair: int, slot: int) -> bool:
        """Whether the pair can meet in the slot beside all that is there; false if it meets already."""
        return (
            self.free(pair, slot)
            and self._tables.has_room(pair, slot)
            and (self.problem.interpreters[pair] is None or self._interpreters.has_room(pair, slot))
        )

    def free(self, pair: int, slot: int) -> bool:
        """``fits``, tables and interpreters left aside."""
        if pair in self.slot_of or not self._allowed[pair] >> slot & 1:
            return False
        return all(
            self._count[person] < self._limits[person]
            and not self._is_busy(person, slot)
            and not self._is_row_full(person, slot)
            for person in self.problem.pairs[pair]
        ) and all(self._is_kept(order, pair, slot) for order in self._orders.get(pair, ()))

    def put(self, pair: int, slot: int, *, table: int | None = None, interpreter: int | None = None) -> None:
        """Let the pair meet in the slot, at the table and with the interpreter if given.

        Raises:
            ValueError: it does not fit; nothing is changed.
        """
        needy = self.problem.interpreters[pair] is not None
        if (
            not self.fits(pair, slot)
            or (table is not None and not self._tables.is_free(pair, slot, table))
            or (interpreter is not None and needy and not self._interpreters.is_free(pair, slot, interpreter))
        ):
            reasons = ", ".join(each.rule for each in self.obstacles(pair, slot)) or "the seat is taken"
            raise ValueError(f"pair {pair} does not fit into slot {slot}: {reasons}")
        self._tables.seat(pair, slot, table)
        if needy:
            self._interpreters.seat(pair, slot, interpreter)
        self.slot_of[pair] = slot
        for person in self.problem.pairs[pair]:
            self._held[person] |= 1 << slot
            self._at[person][slot] += 1
            self._count[person] += 1

    def take(self, pair: int) -> None:
        """Let the pair no longer meet.

        Raises:
            KeyError: it does not meet.
        """
        slot = self.slot_of.pop(pair)
        self._tables.leave(pair, slot)
        if pair in self.interpreter_of:
            self._interpreters.leave(pair, slot)
        for person in self.problem.pairs[pair]:
            self._at[person][slot] -= 1
            self._count[person] -= 1
            if not self._at[person][slot]:
                self._held[person] &= ~(1 << slot)

    def count(self, person: int) -> int:
        """How many meetings a participant has."""
        return self._count[person]

    def obstacles(self, pair: int, slot: int) -> list[Obstacle]:
        """Every rule that stands against the pair in the slot; none just if it fits."""
        event, record = self.problem.event, self.problem.event.pairs[pair]
        found = []
        if pair in self.slot_of:
            found.append(Obstacle("once", record.key))
        if record.state is State.DECLINED:
            found.append(Obstacle("declined", record.key))
        if record.state is State.CONFIRMED and record.slot != self.problem.slots[slot].id:
            found.append(Obstacle("confirmed", (*record.key, str(record.slot))))
        session = self.problem.slots[slot].session
        if record.sessions is not None and session not in record.sessions:
            found.append(Obstacle("sessions", record.key))
        for person in self.problem.pairs[pair]:
            found += self._obstacles_of(person, slot)
        for first, then in self._orders.get(pair, ()):
            if not self._is_kept((first, then), pair, slot):
                keys = (event.pairs[first].key, event.pairs[then].key)
                found.append(
                    Obstacle("precedence", tuple(dict.fromkeys(name for key in keys for name in key)))
                )
        return found + self._table_obstacles(pair, slot) + self._interpreter_obstacles(pair, slot)

    def _obstacles_of(self, person: int, slot: int) -> list[Obstacle]:
        record, found = self.problem.event.participants[person], []
        session = self.problem.slots[slot].session
        if record.sessions is not None and session not in record.sessions:
            found.append(Obstacle("sessions", (record.id,)))
        clashing = {self.problem.slots[each].id for each in _bits(self._clashes[slot])}
        if away := [each for each in record.unavailable if each in clashing]:
            found.append(Obstacle("unavailable", (record.id, *away)))
        if self._is_busy(person, slot):
            found.append(Obstacle("representatives", (record.id, *self._met(person, self._clashes[slot]))))
        if self._count[person] >= self._limits[person]:
            found.append(Obstacle("max_meetings", (record.id,)))
        if self._is_row_full(person, slot):
            found.append(Obstacle("max_consecutive", (record.id,)))
        return found

    def _met(self, person: int, slots: int) -> list[str]:
        """Ids of those whom a participant meets in the slots."""
        event = self.problem.event
        met = (
            both[both[0] == person]
            for pair, slot in self.slot_of.items()
            if slots >> slot & 1 and person in (both := self.problem.pairs[pair])
        )
        return [event.participants[each].id for each in met]

    def _table_obstacles(self, pair: int, slot: int) -> list[Obstacle]:
        possible = self.problem.tables[pair]
        if not possible:
            return [self._no_table(pair)]
        there = [each for each in possible if self._tables.is_open(each, slot)]
        ids = [self.problem.event.tables[each].id for each in there or possible]
        ids.append(self.problem.slots[slot].id)
        if not there:
            return [Obstacle("closed", tuple(ids))]
        if pair in self.slot_of or self._tables.has_room(pair, slot):
            return []
        return [Obstacle("table", tuple(ids))]

    def _no_table(self, pair: int) -> Obstacle:
        """Why no table is right for the pair at any time."""
        event, record = self.problem.event, self.problem.event.pairs[pair]
        people = [event.participants[each] for each in self.problem.pairs[pair]]
        wanted = {person.table for person in people if person.table is not None}
        if len(wanted) > 1:
            return Obstacle("fixed_table", (*record.key, *sorted(wanted)))
        if record.state is State.CONFIRMED and record.table is not None:
            if wanted - {record.table}:
                return Obstacle("confirmed", (*record.key, record.table))
            wanted = {record.table}
        if not event.tables:
            return Obstacle("table", record.key)
        return Obstacle("tracks", (*record.key, *(wanted or (each.id for each in event.tables))))

    def _interpreter_obstacles(self, pair: int, slot: int) -> list[Obstacle]:
        event, possible = self.problem.event, self.problem.interpreters[pair]
        if possible is None:
            return []
        if not possible:
            return [Obstacle("interpreter", event.pairs[pair].key)]
        there = [each for each in possible if self._interpreters.is_open(each, slot)]
        ids = [event.interpreters[each].id for each in there or possible]
        ids.append(self.problem.slots[slot].id)
        if not there:
            return [Obstacle("interpreter_unavailable", tuple(ids))]
        if pair in self.slot_of or self._interpreters.has_room(pair, slot):
            return []
        return [Obstacle("interpreter_busy", tuple(ids))]

    def _is_busy(self, person: int, slot: int) -> bool:
        """Whether no representative is free during the slot."""
        if not self._held[person] & self._clashes[slot]:
            return False
        most, at = self._representatives[person], self._at[person]
        return most == 1 or any(sum(at[each] for each in moment) >= most for moment in self._moments[slot])

    def _is_row_full(self, person: int, slot: int) -> bool:
        """Whether a meeting in the slot would make a chain of meetings too long."""
        most = self._rows[person]
        if most is None:
            return False
        held = self._held[person]
        return 1 + _chain(held, slot, self._before) + _chain(held, slot, self._after) > most

    def _is_kept(self, order: tuple[int, int], pair: int, slot: int) -> bool:
        first, then = (slot if each == pair else self.slot_of.get(each) for each in order)
        return first is None or then is None or bool(self._over[then] >> first & 1)


def _chain(held: int, slot: int, beside: Sequence[Sequence[int]]) -> int:
    """The longest chain of held slots on one side of a slot."""
    chains = (1 + _chain(held, each, beside) for each in beside[slot] if held >> each & 1)
    return max(chains, default=0)


def _neighbours(slots: Sequence[Slot]) -> tuple[list[list[int]], list[list[int]]]:
    """For each slot, those of its day that end when it starts, and those that start when it ends."""
    before: list[list[int]] = [[] for _ in slots]
    after: list[list[int]] = [[] for _ in slots]
    for one, first in enumerate(slots):
        for other, then in enumerate(slots):
            if first.end == then.start and first.start.date() == then.start.date():
                after[one].append(other)
                before[other].append(one)
    return before, after


def _moments(problem: Problem, slot: int) -> list[list[int]]:
    """The slots under way whenever one starts during the slot: at no other moment are there more of them."""
    during = [slot, *problem.overlaps[slot]]
    here = problem.slots[slot]
    starts = sorted({problem.slots[each].start for each in during if problem.slots[each].start >= here.start})
    return [
        [each for each in during if problem.slots[each].start <= start < problem.slots[each].end]
        for start in [here.start, *starts]
    ]


def _mask(numbers: Iterable[int]) -> int:
    return sum(1 << number for number in set(numbers))


def _bits(mask: int) -> list[int]:
    return [place for place in range(mask.bit_length()) if mask >> place & 1]
