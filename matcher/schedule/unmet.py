"""Why a pair does not meet, and what it would cost if it did all the same.

For each slot that a pair could have, all that stands in the way is known. A reason is a cause without which,
all else staying, the pair would fit in somewhere; where no single cause is enough, all of them are named.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from matcher.schedule import values
from matcher.schedule.board import Board
from matcher.schedule.exchange import Exchange, Exchanges
from matcher.schedule.model import Problem
from matcher.schedule.wording import slot_times, unmet_words
from profiles.event import State, Unscheduled


def reasons(
    problem: Problem,
    slots: Mapping[int, int],
    tables: Mapping[int, int],
    interpreters: Mapping[int, int],
    *,
    exchanges: int = 6_000,
) -> tuple[Unscheduled, ...]:
    """A reason for every pair that has not declined and does not meet.

    Codes: ``never_free_together`` (no slot suits both), ``no_table_for_track`` (no table takes the pair),
    ``no_interpreter_speaks`` (nobody speaks both languages); ``startup_full``, ``partner_full``
    (``max_meetings``), ``startup_busy``, ``partner_busy`` (others are met), ``consecutive``, ``precedence``,
    ``no_table``, ``no_interpreter`` (none is free and there); ``several`` (no single one of those is enough),
    ``not_worth`` (it would fit, and is worth nothing), ``break_difference`` (it would fit but for that),
    ``room_left`` (it would fit).

    Args:
        problem: the event.
        slots: pair -> slot of a timetable that keeps its rules.
        tables: pair -> table.
        interpreters: pair -> interpreter.
        exchanges: for so many pairs, of the most worth, a price is looked for.
    """
    board = Board(problem, slots, tables=tables, interpreters=interpreters)
    obstacles = _Obstacles(board)
    left = [
        pair
        for pair, record in enumerate(problem.event.pairs)
        if pair not in slots and record.state is not State.DECLINED
    ]
    causes = {pair: _cause(obstacles, pair) for pair in left}
    possible = [pair for pair in left if causes[pair].code not in _NEVER]
    priced = set(sorted(possible, key=lambda pair: (-problem.worth[pair], pair))[:exchanges])
    exchange, times = Exchanges(board), slot_times(problem.event)
    return tuple(
        _unscheduled(problem, times, pair, causes[pair], exchange.best(pair) if pair in priced else None)
        for pair in left
    )


_NEVER = ("never_free_together", "no_table_for_track", "no_interpreter_speaks")
"""What no exchange changes."""

_SLOTS = 3
"""So many slots are named with a reason."""


@dataclass(frozen=True)
class _Cause:
    code: str
    who: tuple[str, ...] = ()
    slots: tuple[int, ...] = ()
    causes: tuple[str, ...] = ()


class _Obstacles:
    """What stands in the way, as sets of slots: bits of a number."""

    def __init__(self, board: Board) -> None:
        self.board, self.problem = board, board.problem
        problem, people = board.problem, board.problem.event.participants
        self.full = [
            each.max_meetings is not None and board.count(person) >= each.max_meetings
            for person, each in enumerate(people)
        ]
        held: list[list[int]] = [[] for _ in people]
        for pair, slot in board.slot_of.items():
            for person in problem.pairs[pair]:
                held[person].append(slot)
        self.busy = [
            _bits(
                slot
                for moment in problem.moments
                if sum(each in moment for each in mine) >= people[person].representatives
                for slot in moment
            )
            for person, mine in enumerate(held)
        ]
        self.rows = [
            self._rows(set(mine), people[person].max_consecutive) for person, mine in enumerate(held)
        ]
        self.ordered = {pair for order in problem.orders for pair in order}
        self._no_seat: dict[tuple[int, ...], int] = {}
        self._no_help: dict[tuple[int, ...], int] = {}

    def _rows(self, held: set[int], most: int | None) -> int:
        """Where a meeting would make too many in a row."""
        if most is None or len(held) < most:
            return 0
        before = self.problem.predecessors
        after: list[list[int]] = [[] for _ in before]
        for slot, earlier in enumerate(before):
            for each in earlier:
                after[each].append(slot)

        def length(slot: int, beside: list[list[int]]) -> int:
            return max((1 + length(each, beside) for each in beside[slot] if each in held), default=0)

        earlier_of = [list(each) for each in before]
        return _bits(
            slot for slot in range(len(before)) if length(slot, earlier_of) + 1 + length(slot, after) > most
        )

    def of(self, pair: int, there: int) -> dict[str, tuple[int, tuple[str, ...]]]:
        """Code -> which of the pair's slots ``there`` it bars, and ids of whom it is about."""
        problem, people = self.problem, self.problem.event.participants
        found: dict[str, tuple[int, tuple[str, ...]]] = {}
        both = tuple(zip(("startup", "partner"), problem.pairs[pair], strict=True))
        for side, person in both:
            if self.full[person]:
                found[f"{side}_full"] = (there, (people[person].id,))
        for side, person in both:
            if self.busy[person] & there:
                found[f"{side}_busy"] = (self.busy[person] & there, (people[person].id,))
        rows = [(self.rows[person] & there, people[person].id) for _, person in both]
        if any(mask for mask, _ in rows):
            found["consecutive"] = (rows[0][0] | rows[1][0], tuple(name for mask, name in rows if mask))
        if pair in self.ordered and (mask := self._barred(pair, there, ("precedence",))):
            found["precedence"] = (mask, tuple(self._order_of(pair)))
        if mask := self._without_seat(pair) & there:
            found["no_table"] = (mask, ())
        if mask := self._without_help(pair) & there:
            found["no_interpreter"] = (mask, ())
        return found

    def _order_of(self, pair: int) -> dict[str, None]:
        orders = (order for order in self.problem.orders if pair in order)
        keys = (self.problem.event.pairs[each].key for order in orders for each in order)
        return dict.fromkeys(name for key in keys for name in key)

    def _without_seat(self, pair: int) -> int:
        suits = self.problem.tables[pair]
        if suits not in self._no_seat:
            everywhere = _bits(range(len(self.problem.slots)))
            self._no_seat[suits] = self._barred(pair, everywhere, ("table", "closed"))
        return self._no_seat[suits]

    def _without_help(self, pair: int) -> int:
        suits = self.problem.interpreters[pair]
        if suits is None:
            return 0
        if suits not in self._no_help:
            everywhere = _bits(range(len(self.problem.slots)))
            rules = ("interpreter_busy", "interpreter_unavailable")
            self._no_help[suits] = self._barred(pair, everywhere, rules)
        return self._no_help[suits]

    def _barred(self, pair: int, slots: int, rules: tuple[str, ...]) -> int:
        return _bits(
            slot
            for slot in _numbers(slots)
            if any(each.rule in rules for each in self.board.obstacles(pair, slot))
        )


def _cause(obstacles: _Obstacles, pair: int) -> _Cause:
    problem = obstacles.problem
    record = problem.event.pairs[pair]
    if not problem.allowed[pair]:
        return _Cause("never_free_together", record.key)
    if not problem.tables[pair]:
        return _Cause("no_table_for_track", record.key)
    if problem.interpreters[pair] == ():
        return _Cause("no_interpreter_speaks", record.key)
    there = _bits(problem.allowed[pair])
    found = obstacles.of(pair, there)
    free = there
    for mask, _ in found.values():
        free &= ~mask
    if free:
        return _with_room(obstacles, pair, free)
    alone = {code: there & ~_union(found, code) for code in found}
    single = [code for code in found if alone[code]]
    # Best is what stands against every slot, and would do alone.
    single.sort(key=lambda code: found[code][0] != there)
    if single:
        code = single[0]
        return _Cause(code, found[code][1], tuple(_numbers(alone[code], _SLOTS)))
    who = tuple(dict.fromkeys(name for _, names in found.values() for name in names))
    return _Cause("several", who, causes=tuple(found))


def _union(found: Mapping[str, tuple[int, tuple[str, ...]]], but: str) -> int:
    """Where others than one cause stand in the way.

    Somebody who has all its meetings and gives up one is free at that time as well.
    """
    without = {but, but.replace("_full", "_busy")}
    mask = 0
    for code, (slots, _) in found.items():
        if code not in without:
            mask |= slots
    return mask


def _with_room(obstacles: _Obstacles, pair: int, free: int) -> _Cause:
    problem, slots = obstacles.problem, _numbers(free)
    limit = problem.event.event.max_break_difference
    if limit is not None:
        held = obstacles.board.slot_of
        counts = (values.breaks(problem, {**held, pair: slot}) for slot in slots)
        if all(max(each) - min(each) > limit for each in counts):
            return _Cause("break_difference", slots=tuple(slots[:_SLOTS]))
    return _Cause(
        "room_left" if problem.worth[pair] else "not_worth",
        problem.event.pairs[pair].key,
        tuple(slots[:_SLOTS]),
    )


def _unscheduled(
    problem: Problem, times: Mapping[str, str], pair: int, cause: _Cause, exchange: Exchange | None
) -> Unscheduled:
    record = problem.event.pairs[pair]
    dropped = () if exchange is None else tuple(problem.event.pairs[each].key for each in exchange.dropped)
    # Facts that are right by how they came about: to check each of many thousands again would take seconds.
    found = Unscheduled.model_construct(
        startup=record.startup,
        partner=record.partner,
        reason="",
        code=cause.code,
        who=cause.who,
        slots=tuple(problem.slots[slot].id for slot in cause.slots),
        causes=cause.causes,
        price=None if exchange is None else round(exchange.lost, 9),
        shortfall=None if exchange is None else exchange.shortfall,
        instead=dropped,
    )
    return found.model_copy(update={"reason": unmet_words(times, found)})


def _bits(numbers: Iterable[int]) -> int:
    mask = 0
    for number in numbers:
        mask |= 1 << number
    return mask


def _numbers(mask: int, most: int | None = None) -> list[int]:
    found: list[int] = []
    while mask and len(found) != most:
        found.append((mask & -mask).bit_length() - 1)
        mask &= mask - 1
    return found
