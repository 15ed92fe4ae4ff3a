"""Who hosts a meeting: tables, or interpreters, each for one meeting at a time."""

from __future__ import annotations

from collections.abc import Sequence


class Hosts:
    """Hosts given to meetings, slot by slot; sets of hosts and of slots are bits of a number.

    Within a slot, meetings change places to make room (an augmenting path after Kuhn 1955), so that a slot
    is full only if it has to be, as long as the slots that overlap it stay as they are.

    Attributes:
        of: pair -> its host.
    """

    def __init__(
        self, options: Sequence[Sequence[int]], open_: Sequence[int], clashes: Sequence[int]
    ) -> None:
        """Args:
        options: pair -> the hosts it can have, at whatever time.
        open_: slot -> the hosts that are there.
        clashes: slot -> the slots that share time with it, itself included.
        """
        self.of: dict[int, int] = {}
        masks = {hosts: sum(1 << host for host in hosts) for hosts in set(map(tuple, options))}
        self._options = [masks[tuple(hosts)] for hosts in options]
        self._open, self._used = open_, [0] * len(open_)
        self._others = [
            [other for other in range(len(open_)) if clash >> other & 1 and other != slot]
            for slot, clash in enumerate(clashes)
        ]
        self._guests: list[dict[int, int]] = [{} for _ in open_]

    def is_open(self, host: int, slot: int) -> bool:
        """Whether the host is there in the slot at all."""
        return bool(self._open[slot] >> host & 1)

    def is_free(self, pair: int, slot: int, host: int) -> bool:
        """Whether the pair could have just this host, everybody else staying."""
        return bool(self._options[pair] & self._idle(slot) & ~self._used[slot] & 1 << host)

    def has_room(self, pair: int, slot: int) -> bool:
        """Whether the pair could have a host."""
        idle = self._idle(slot)
        if self._options[pair] & idle & ~self._used[slot]:
            return True
        # Where all are taken, changing places makes no room.
        return bool(idle & ~self._used[slot]) and self._path(pair, slot) is not None

    def seat(self, pair: int, slot: int, host: int | None = None) -> None:
        """Give the pair a host, this one if given and free, others changing places if they have to.

        Raises:
            ValueError: there is no room.
        """
        path = self._path(pair, slot) if host is None else [(pair, host)]
        if path is None:
            raise ValueError(f"no room for pair {pair} in slot {slot}")
        for each, place in path:
            self.of[each] = place
            self._guests[slot][place] = each
            self._used[slot] |= 1 << place

    def leave(self, pair: int, slot: int) -> None:
        """Free the host of a pair that meets in the slot."""
        host = self.of.pop(pair)
        del self._guests[slot][host]
        self._used[slot] &= ~(1 << host)

    def _idle(self, slot: int) -> int:
        """The hosts that are there and not held by a slot that overlaps this one."""
        idle = self._open[slot]
        for other in self._others[slot]:
            idle &= ~self._used[other]
        return idle

    def _path(self, pair: int, slot: int) -> list[tuple[int, int]] | None:
        """Who moves where so that the pair gets a host, the pair last; None if nothing helps."""
        idle, used, guests = self._idle(slot), self._used[slot], self._guests[slot]
        came: dict[int, tuple[int, int]] = {}
        seen, queue = 0, [pair]
        for each in queue:
            new = self._options[each] & idle & ~seen
            free = new & ~used
            if free:
                return self._unwind(each, _lowest(free), came)
            seen |= new
            while new:
                host = _lowest(new)
                new &= new - 1
                came[guests[host]] = (each, host)
                queue.append(guests[host])
        return None

    @staticmethod
    def _unwind(pair: int, host: int, came: dict[int, tuple[int, int]]) -> list[tuple[int, int]]:
        moves = [(pair, host)]
        while pair in came:
            pair, host = came[pair]
            moves.append((pair, host))
        return moves


def _lowest(mask: int) -> int:
    return (mask & -mask).bit_length() - 1
