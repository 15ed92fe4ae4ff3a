"""What it would cost to let a pair meet all the same: meetings that go, and where they go to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from matcher.schedule import values
from matcher.schedule.board import Board, Obstacle

_SLOTS = 4
"""So many slots are tried for a pair, those with the least value in the way first."""

_STEPS = 6
"""So many meetings make way for one at most."""


@dataclass(frozen=True)
class Exchange:
    """A timetable with the pair instead of others.

    Attributes:
        shortfall: how many more meetings are missing; negative if fewer.
        lost: how much value is lost; negative if some is gained.
        slot: where the pair meets.
        dropped: the pairs that no longer meet.
    """

    shortfall: int
    lost: float
    slot: int
    dropped: tuple[int, ...]

    @property
    def order(self) -> tuple[int, float, int]:
        """By this the least is best."""
        return self.shortfall, self.lost, self.slot


class Exchanges:
    """Exchanges on a timetable, which stays as it is."""

    def __init__(self, board: Board) -> None:
        self.board, self.problem = board, board.problem
        self._home = dict(board.slot_of)
        self._tables, self._interpreters = dict(board.table_of), dict(board.interpreter_of)
        self._required = set(self.problem.required)
        self._mine: list[dict[int, None]] = [{} for _ in self.problem.event.participants]
        for pair in self._home:
            for person in self.problem.pairs[pair]:
                self._mine[person][pair] = None
        self._in: list[list[int]] = [[] for _ in self.problem.slots]
        for pair, slot in self._home.items():
            self._in[slot].append(pair)
        self._here = [{slot, *others} for slot, others in enumerate(self.problem.overlaps)]
        # Participant -> slot -> what its meetings are worth that share time with the slot.
        self._weight = [
            [
                sum(self.problem.worth[each] for each in mine if self._home[each] in here)
                for here in self._here
            ]
            for mine in self._mine
        ]

    def best(self, pair: int) -> Exchange | None:
        """The cheapest exchange that was found, by shortfall and then value; None if there was none."""
        one, other = (self._weight[person] for person in self.problem.pairs[pair])
        slots = sorted(self.problem.allowed[pair], key=lambda slot: (one[slot] + other[slot], slot))
        found = (self._at(pair, slot) for slot in slots[:_SLOTS])
        return min((each for each in found if each is not None), key=lambda each: each.order, default=None)

    def _at(self, pair: int, slot: int) -> Exchange | None:
        board = self.board
        dropped: list[int] = []
        while not board.fits(pair, slot):
            gone = self._make_way(pair, slot) if len(dropped) < _STEPS else None
            if gone is None:
                self._restore(dropped)
                return None
            board.take(gone)
            dropped.append(gone)
        board.put(pair, slot)
        lost = [each for each in self._by_worth(dropped) if not self._replace(each)]
        found = None
        if self._required.isdisjoint(lost) and self._is_level():
            worth = self.problem.worth
            gone_worth = sum(worth[each] for each in lost)
            found = Exchange(self._shortfall(pair, lost), gone_worth - worth[pair], slot, tuple(lost))
        board.take(pair)
        self._restore(dropped)
        return found

    def _by_worth(self, pairs: Iterable[int]) -> list[int]:
        return sorted(pairs, key=lambda each: (each not in self._required, -self.problem.worth[each], each))

    def _make_way(self, pair: int, slot: int) -> int | None:
        """The cheapest meeting that stands in the way by one of the rules that do."""
        held, people = self.board.slot_of, self.problem.event.participants
        for person in self.problem.pairs[pair]:
            mine = [each for each in self._mine[person] if each in held]
            here = [each for each in mine if held[each] in self._here[slot]]
            # Asked first, as it is plain: all obstacles take long to tell.
            if here and people[person].representatives == 1:
                return self._by_worth(here)[-1]
            most = people[person].max_meetings
            if most is not None and len(mine) >= most:
                return self._by_worth(mine)[-1] if mine else None
        ways = [list(self._behind(each, pair, slot)) for each in self.board.obstacles(pair, slot)]
        if not ways or not all(ways):
            return None
        fewest = min(map(len, ways))
        return self._by_worth(next(way for way in ways if len(way) == fewest))[-1]

    def _behind(self, obstacle: Obstacle, pair: int, slot: int) -> Iterator[int]:
        """The meetings without one of which an obstacle might fall."""
        held, problem = self.board.slot_of, self.problem
        here, people = self._here[slot], problem.pairs[pair]
        mine = [
            each
            for person in people
            if problem.event.participants[person].id == obstacle.who[0]
            for each in self._mine[person]
            if each in held
        ]
        if obstacle.rule == "representatives":
            yield from (each for each in mine if held[each] in here)
        elif obstacle.rule == "max_consecutive":
            day = problem.slots[slot].start.date()
            yield from (each for each in mine if problem.slots[held[each]].start.date() == day)
        elif obstacle.rule == "table":
            tables = set(problem.tables[pair])
            yield from (
                each for at in here for each in self._in[at] if self.board.table_of.get(each) in tables
            )
        elif obstacle.rule == "interpreter_busy":
            able = set(problem.interpreters[pair] or ())
            yield from (
                each for at in here for each in self._in[at] if self.board.interpreter_of.get(each) in able
            )
        elif obstacle.rule == "precedence":
            others = {each for order in problem.orders if pair in order for each in order}
            yield from (each for each in others if each in held)

    def _replace(self, pair: int) -> bool:
        for person in self.problem.pairs[pair]:
            if self.board.count(person) == self.problem.event.participants[person].max_meetings:
                return False  # what no slot changes
        for slot in self.problem.allowed[pair]:
            if self.board.fits(pair, slot):
                self.board.put(pair, slot)
                return True
        return False

    def _restore(self, dropped: Iterable[int]) -> None:
        board = self.board
        gone = list(dropped)
        for pair in gone:
            if pair in board.slot_of:
                board.take(pair)
        try:
            for pair in gone:
                board.put(pair, self._home[pair])
        except ValueError:  # others have changed places, and slots overlap
            self.board = Board(self.problem, self._home, tables=self._tables, interpreters=self._interpreters)

    def _is_level(self) -> bool:
        limit = self.problem.event.event.max_break_difference
        if limit is None:
            return True
        counts = values.breaks(self.problem, self.board.slot_of)
        return max(counts) - min(counts) <= limit

    def _shortfall(self, pair: int, lost: Iterable[int]) -> int:
        change: dict[int, int] = {}
        for each, step in ((pair, 1), *((each, -1) for each in lost)):
            for person in self.problem.pairs[each]:
                change[person] = change.get(person, 0) + step
        found = 0
        for person, step in change.items():
            least, had = self.problem.event.participants[person].min_meetings, len(self._mine[person])
            found += max(0, least - had - step) - max(0, least - had)
        return found
