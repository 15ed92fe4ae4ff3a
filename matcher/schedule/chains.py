"""A timetable in which two slots exchange meetings, so that participants have fewer breaks.

Take the meetings of two slots. Two of them hang together if they share a participant, and all that hang
together form a chain or a ring: whichever of these change slots as a whole, nobody is in two meetings at
once (Kempe chains of edge colourings; a meeting that moves alone is the shortest chain). Only who meets in
just one of the two slots, at the ends of a chain, meets at other times afterwards. So what the chains would
gain adds up, and all chains of two slots are judged at once, each by itself as in simulated annealing
(Kirkpatrick and others 1983).

Only for slots that do not overlap, and at most ``MOST_SLOTS`` of them a day.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from matcher.schedule.fairness import price, spread
from matcher.schedule.model import Problem
from matcher.schedule.rooms import Rooms

MOST_SLOTS = 60
"""Of one day: they are the bits of a number."""

Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]
Floats = npt.NDArray[np.float64]

_NOBODY = -1


class Chains:
    """Meetings of a problem in their slots, where every hard rule is kept.

    A participant has a seat for each representative. A seat is in at most one meeting a slot, and of several
    seats of a participant one takes part in a turn.

    Attributes:
        breaks: participant -> breaks.
    """

    def __init__(self, problem: Problem, slots: Mapping[int, int], rooms: Rooms, seed: int) -> None:
        """Args:
        problem: the event; its slots are as the module says.
        slots: pair -> slot, for the pairs that meet: a timetable that keeps every hard rule.
        rooms: for these pairs.
        seed: of the decisions.
        """
        event, count = problem.event, len(problem.slots)
        self._random = np.random.default_rng(seed)
        self._rooms, self._pairs = rooms, [*slots]
        meeting, when = np.array([*slots], dtype=np.int64), np.array([*slots.values()], dtype=np.int64)
        self._slot_of = np.zeros(len(problem.pairs), dtype=np.int64)
        self._slot_of[meeting] = when
        self.mark()
        self._allowed = np.zeros((len(problem.pairs), count), dtype=np.bool_)
        for pair in slots:
            self._allowed[pair, list(problem.allowed[pair])] = True
        self._load = np.zeros((count, rooms.sums.shape[1]), dtype=np.int64)
        np.add.at(self._load, (when, rooms.kind[meeting]), 1)
        orders = [order for order in problem.orders if order[0] in slots and order[1] in slots]
        self._first, self._then = np.array(orders, dtype=np.int64).reshape(-1, 2).T
        self._set_days(problem)
        self._set_seats(problem, slots)
        # How many meetings a participant has in each slot, and in which of a day it has any, as a mask.
        self._meets = np.zeros((count, len(event.participants)), dtype=np.int64)
        self._held = np.zeros((len(problem.days), len(event.participants)), dtype=np.int64)
        for pair, slot in slots.items():
            for person in problem.pairs[pair]:
                self._meets[slot, person] += 1
                self._held[self._day[slot], person] |= self._bit[slot]
        self.breaks: Ints = _breaks(self._held).sum(axis=0)
        most = event.event.max_break_difference
        self._most_spread = None if most is None else max(most, spread(self.breaks))

    def _set_days(self, problem: Problem) -> None:
        self._day = [day for day, those in enumerate(problem.days) for _ in those]
        self._bit = [1 << (slot - problem.days[day].start) for slot, day in enumerate(self._day)]
        # Bit n is set if the slot starts when the one of bit n - 1 ends.
        self._linked = [
            sum(1 << place for place, slot in enumerate(those) if problem.follows[slot])
            for those in problem.days
        ]
        # 0 for any number, which is nobody's limit.
        rows = [each.max_consecutive or 0 for each in problem.event.participants]
        self._rows = np.array(rows, dtype=np.int64)
        self._longest_row = max(rows, default=0)

    def _set_seats(self, problem: Problem, slots: Mapping[int, int]) -> None:
        people = problem.event.participants
        meetings = np.zeros(len(people), dtype=np.int64)
        for pair in slots:
            meetings[list(problem.pairs[pair])] += 1
        sizes = np.minimum(np.array([each.representatives for each in people], dtype=np.int64), meetings)
        starts = np.cumsum(sizes) - sizes
        self._owner = np.repeat(np.arange(len(people)), sizes)
        self._seats = np.arange(len(self._owner))
        # Seats of those who have several.
        self._groups = [
            range(start, start + size) for start, size in zip(starts, sizes, strict=True) if size > 1
        ]
        self._seat_of = np.zeros((len(problem.pairs), 2), dtype=np.int64)
        self._at = np.full((len(problem.slots), len(self._owner)), _NOBODY, dtype=np.int64)
        taken = np.zeros((len(problem.slots), len(people)), dtype=np.int64)
        for pair, slot in slots.items():
            for side, person in enumerate(problem.pairs[pair]):
                seat = starts[person] + taken[slot, person]
                taken[slot, person] += 1
                self._seat_of[pair, side], self._at[slot, seat] = seat, pair
        self._both = self._seat_of.sum(axis=1)

    def mark(self) -> None:
        """Remember the timetable as it is now."""
        self._marked = self._slot_of.copy()

    @property
    def marked(self) -> dict[int, int]:
        """Pair -> slot, when it was marked last; the timetable of the beginning if it never was."""
        return {pair: int(self._marked[pair]) for pair in self._pairs}

    def turn(self, heat: float) -> bool:
        """Let chains of two slots, drawn by chance, change slots; whether any did.

        Args:
            heat: a chain that costs as many breaks more is taken with probability 1 / e.
        """
        if len(self._at) < 2:
            return False
        one, step = (int(each) for each in self._random.integers((0, 1), len(self._at)))
        return self._exchange(one, (one + step) % len(self._at), heat)

    def _exchange(self, one: int, other: int, heat: float) -> bool:
        self._change_seats(other)
        chain = self._chains(one, other)
        ends = np.flatnonzero((self._at[one] >= 0) != (self._at[other] >= 0))
        blocked = np.zeros(len(chain), dtype=np.bool_)
        if self._groups:
            ends = self._one_each(ends, chain, blocked)
        meetings = np.concatenate([self._meetings(one), self._meetings(other)])
        goes, link = one + other - self._slot_of[meetings], chain[self._seat_of[meetings, 0]]
        blocked[link[~self._allowed[meetings, goes]]] = True
        if len(self._first):
            self._block_orders(one, other, chain, blocked)
        people = self._owner[ends]
        more = np.where(self._at[one, ends] >= 0, 1, -1)
        held = self._held_after(one, other, people, more)
        before = self.breaks[people]
        after = before
        for day, mask in held.items():
            after = after + _breaks(mask) - _breaks(self._held[day, people])
            if self._longest_row:
                blocked[chain[ends[self._is_row_too_long(day, mask, people)]]] = True
        dearer = price(after.astype(np.float64)) - price(before.astype(np.float64))
        cost = np.bincount(chain[ends], dearer, minlength=len(chain)).astype(np.float64)
        chosen = self._random.random(len(chain)) < np.exp(np.minimum(-cost / heat, 0))
        chosen &= ~blocked
        net = self._make_room(one, other, link, meetings, chosen, cost)
        moved = chosen[link]
        meetings, goes = meetings[moved], goes[moved]
        stays = ~chosen[chain[ends]]
        breaks = self.breaks.copy()
        breaks[people[~stays]] = after[~stays]
        if not len(meetings) or (self._most_spread is not None and spread(breaks) > self._most_spread):
            return False
        self.breaks = breaks
        for day, mask in held.items():
            self._held[day, people] = np.where(stays, self._held[day, people], mask)
        more[stays] = 0
        self._meets[one, people] -= more
        self._meets[other, people] += more
        self._load[one] -= net
        self._load[other] += net
        self._slot_of[meetings] = goes
        swapped = chosen[chain]
        self._at[[one, other]] = np.where(swapped, self._at[[other, one]], self._at[[one, other]])
        return True

    def _meetings(self, slot: int) -> Ints:
        """Those in a slot, each once."""
        pairs = self._at[slot]
        found: Ints = pairs[(pairs >= 0) & (self._seat_of[pairs, 0] == self._seats)]
        return found

    def _change_seats(self, slot: int) -> None:
        """Let the meetings of participants with several seats take others, for other chains."""
        for seats in self._groups:
            now = self._at[slot, seats.start : seats.stop]
            now[:] = self._random.permutation(now)
            for seat, pair in zip(seats, now, strict=True):
                if pair >= 0:
                    sides = self._seat_of[pair]
                    sides[int(sides[1] in seats)] = seat
                    self._both[pair] = sides.sum()

    def _chains(self, one: int, other: int) -> Ints:
        """Seat -> the least seat of its chain."""
        here = self._seats
        beside = [
            np.where(pairs >= 0, self._both[pairs] - here, here) for pairs in (self._at[one], self._at[other])
        ]
        # Two steps at a time, one in each slot, lead around the whole chain, at its ends back the other way.
        walk, chain = beside[1][beside[0]], np.minimum(here, beside[0])
        while True:
            least = np.minimum(chain, chain[walk])
            if (least == chain).all():
                return chain
            chain, walk = least, walk[walk]

    def _one_each(self, ends: Ints, chain: Ints, blocked: Bools) -> Ints:
        """One of the seats for each participant, by chance; the chains of the others are blocked."""
        ends = self._random.permutation(ends)
        _, first = np.unique(self._owner[ends], return_index=True)
        blocked[chain[np.delete(ends, first)]] = True
        return ends[first]

    def _block_orders(self, one: int, other: int, chain: Ints, blocked: Bools) -> None:
        """Blocks chains that bring two meetings into the wrong order."""
        now = self._slot_of[[self._first, self._then]]
        here = (now == one) | (now == other)
        then = np.where(here, one + other - now, now)
        # If both are in the two slots, any exchange brings them together or turns them around.
        wrong = here.all(axis=0) | (here.any(axis=0) & (then[0] >= then[1]))
        for pairs, there in zip((self._first, self._then), here, strict=True):
            blocked[chain[self._seat_of[pairs[wrong & there], 0]]] = True

    def _held_after(self, one: int, other: int, people: Ints, more: Ints) -> dict[int, Ints]:
        """Day -> when participants meet if ``more`` meetings of each go from ``one`` to ``other``, a mask."""
        held: dict[int, Ints] = {}
        for slot, change in ((one, -more), (other, more)):
            day, bit = self._day[slot], self._bit[slot]
            mask = held[day] if day in held else self._held[day, people]
            held[day] = np.where(self._meets[slot, people] + change > 0, mask | bit, mask & ~bit)
        return held

    def _is_row_too_long(self, day: int, held: Ints, people: Ints) -> Bools:
        """Of which participants these slots of a day make too long a chain of meetings."""
        most, row = self._rows[people], held
        found = np.zeros(len(people), dtype=np.bool_)
        for length in range(1, self._longest_row + 1):
            row = (row << 1) & held & self._linked[day]
            found |= (row > 0) & (most == length)
        return found

    def _make_room(
        self, one: int, other: int, chain: Ints, meetings: Ints, chosen: Bools, cost: Floats
    ) -> Ints:
        """Gives up chosen chains, dearest first, until there is room; how many of each kind leave ``one``."""
        sums, most = self._rooms.sums, self._rooms.most
        kinds, sign = self._rooms.kind[meetings], np.where(self._slot_of[meetings] == one, 1, -1)
        while True:
            moves = np.where(chosen[chain], sign, 0)
            net = np.bincount(kinds, moves, minlength=sums.shape[1]).astype(np.int64)
            for slot, way in ((one, -1), (other, 1)):
                over = sums @ (self._load[slot] + way * net) - most[:, slot]
                if len(over) and over.max() > 0:
                    worst = int(over.argmax())
                    takes = np.bincount(chain, way * moves * sums[worst, kinds], minlength=len(chosen))
                    takers = np.flatnonzero(takes > 0)
                    takers = takers[np.argsort(-cost[takers], kind="stable")]
                    enough = np.searchsorted(np.cumsum(takes[takers]), over[worst]) + 1
                    chosen[takers[:enough]] = False
                    break
            else:
                return net


def _breaks(held: Ints) -> Ints:
    """Runs of idle slots between those held, one day's slots a mask."""
    found: Ints = np.bitwise_count(held & ~(held << 1)).astype(np.int64) - (held != 0)
    return found
