"""What to book: the fewest tables, slots or interpreters with which the wished coverage can be had.

More of a kind never hurts, so one timetable settles all greater numbers and one proof that none exists all
smaller ones. A search by halves finds the fewest of each kind; where there are several kinds, their numbers
together are raised from what each needs at least.

``min_meetings`` of the event are wishes and play no part here; all hard rules hold.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

from matcher.schedule.check import check
from matcher.schedule.coverage import Coverage, Goal, goal
from matcher.schedule.resources import Kind, Resource, What, resource
from matcher.schedule.running import never
from matcher.schedule.solve import Report, solve
from profiles.event import Event, Schedule

_SHARE = 0.4
"""Of the time that is left, how much one trial may take."""

_MOST_ROWS = 8
_MOST_VECTORS = 5_000

Counts = tuple[int, ...]


@dataclass(frozen=True)
class Row:
    """What so many come to.

    Attributes:
        counts: of each kind.
        low, high: the best coverage lies between, as shares; equal where it is proven.
        enough: whether that is enough; None where it is not known.
    """

    counts: Counts
    low: float
    high: float
    enough: bool | None

    @property
    def total(self) -> int:
        """Of all kinds."""
        return sum(self.counts)


@dataclass(frozen=True)
class Plan:
    """What to book.

    Attributes:
        what: tables, slots or interpreters.
        coverage: what is wished for.
        kinds: they, by kind.
        least: fewer in all are proven not to be enough.
        counts: of each kind, in all as few as were found to be enough; None if no number was.
        possible: whether any number is enough; None where it is not known.
        rows: what was tried, by total.
        kept, dropped, added: ids, of those the event has and of new ones; empty without ``counts``.
        without: startups that cannot have the meetings wished for each, whatever is booked.
        schedule: a timetable with ``counts``.
        seconds: how long it took.
    """

    what: What
    coverage: Coverage
    kinds: tuple[Kind, ...]
    least: int
    counts: Counts | None
    possible: bool | None
    rows: tuple[Row, ...]
    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    added: tuple[str, ...]
    without: tuple[str, ...]
    schedule: Schedule | None
    seconds: float

    @property
    def fewest(self) -> int | None:
        """So many in all are enough: a timetable shows it."""
        return None if self.counts is None else sum(self.counts)

    @property
    def proven(self) -> bool:
        """Whether fewer are impossible, or any number is."""
        return self.fewest == self.least if self.counts is not None else self.possible is False

    def to_dict(self) -> dict[str, Any]:
        """The plan for a program."""
        return {
            "what": self.what,
            "coverage": {"of": self.coverage.of, "amount": self.coverage.amount},
            "possible": self.possible,
            "least": self.least,
            "fewest": self.fewest,
            "proven": self.proven,
            "kinds": [
                {
                    "about": kind.about,
                    "given": len(kind.given),
                    "fewest": None if self.counts is None else self.counts[place],
                }
                for place, kind in enumerate(self.kinds)
            ],
            "kept": self.kept,
            "dropped": self.dropped,
            "added": self.added,
            "without": self.without,
            "rows": [
                {"counts": r.counts, "total": r.total, "low": r.low, "high": r.high, "enough": r.enough}
                for r in self.rows
            ],
            "seconds": self.seconds,
        }


def plan(
    event: Event,
    what: What,
    *,
    coverage: Coverage,
    seconds: float = 60.0,
    seed: int = 0,
    stop: Callable[[], bool] = never,
    progress: Callable[[int, int], None] = lambda least, fewest: None,
) -> Plan:
    """The fewest tables, slots or interpreters for a coverage, with a proof that fewer do not do.

    Args:
        event: what is asked for; of what is to be planned it may have too many, too few or none.
        what: is planned; all else of the event stays as it is.
        coverage: what is wished for.
        seconds: wall time; without enough of it the fewest is only known to lie between two numbers.
        seed: of the solver's decisions.
        stop: asked now and then; True ends the search as if time had run out.
        progress: told between which totals the fewest lies.
    """
    return _Planner(event, what, coverage, seconds, seed, stop, progress).plan()


@dataclass
class _Heard:
    """What the solver said on the way: its last bound, and whether more need not be known."""

    bound: float | None = None
    settled: bool = False


def _within(some: Counts, others: Counts) -> bool:
    return all(one <= other for one, other in zip(some, others, strict=True))


class _Planner:
    """Tries numbers and remembers what came of it."""

    def __init__(
        self,
        event: Event,
        what: What,
        coverage: Coverage,
        seconds: float,
        seed: int,
        stop: Callable[[], bool],
        progress: Callable[[int, int], None],
    ) -> None:
        self.started = time.monotonic()
        self.deadline = self.started + seconds
        self.seed, self.stop, self.progress = seed, stop, progress
        self.coverage = coverage
        self.goal: Goal = goal(event, coverage)
        self.resource: Resource = resource(self.goal.event, what)
        self.kinds = self.resource.kinds
        self.floor = tuple(kind.least for kind in self.kinds)
        self.top = tuple(kind.most for kind in self.kinds)
        self.least = sum(self.floor)
        self.rows: dict[Counts, Row] = {}
        self.schedules: dict[Counts, Schedule] = {}

    def plan(self) -> Plan:
        counts: Counts | None = None
        possible: bool | None = False
        if not self.goal.without:
            possible = self._is_enough(self.top, whole=True)
        if possible:
            counts = self._descended(self._start())
            lowest = [self._fewest_of(place, self.top) for place in range(len(self.kinds))]
            self.least = sum(least for least, _ in lowest)
            counts = self._raised([least for least, _ in lowest], counts)
            if len(self.kinds) == 1:
                self._frontier(counts[0])
            # Cut short, it may have stopped above numbers that are known to be enough.
            counts = min((some for some in self.schedules if _within(some, counts)), key=sum)
        return self._result(counts, possible)

    def _start(self) -> Counts:
        """What the event has, if that is enough, or else all that could help."""
        given = tuple(min(len(kind.given), kind.most) for kind in self.kinds)
        return given if self._is_enough(given) else self.top

    def _descended(self, counts: Counts) -> Counts:
        """Fewer that are enough, kind after kind."""
        for place in range(len(counts)):
            _, fewest = self._fewest_of(place, counts)
            counts = (*counts[:place], fewest, *counts[place + 1 :])
        return counts

    def _fewest_of(self, place: int, counts: Counts) -> tuple[int, int]:
        """Of one kind, with ``counts`` of the others, which are enough: more than is too few, and enough."""
        low, enough = self.floor[place], counts[place]
        unknown: set[int] = set()
        while open_ := [count for count in range(low, enough) if count not in unknown]:
            count = open_[len(open_) // 2]
            verdict = self._is_enough((*counts[:place], count, *counts[place + 1 :]))
            if verdict is None:
                unknown.add(count)
                if self._left() <= 0:
                    break
            elif verdict:
                enough = count
            else:
                low = count + 1
        return low, enough

    def _raised(self, lowest: Sequence[int], counts: Counts) -> Counts:
        """The fewest in all kinds together, from the lowest numbers of each on."""
        sure = True
        for total in range(sum(lowest), sum(counts)):
            self.progress(self.least, sum(counts))
            for number, some in enumerate(self._vectors(lowest, total)):
                verdict = self._is_enough(some) if number < _MOST_VECTORS else None
                if verdict:
                    return some
                if verdict is None:
                    sure = False
                if self._left() <= 0:
                    return counts
            if sure:
                self.least = total + 1
        return counts

    def _vectors(self, lowest: Sequence[int], total: int) -> Iterator[Counts]:
        ranges = [range(low, high + 1) for low, high in zip(lowest[:-1], self.top[:-1], strict=True)]
        for some in product(*ranges):
            last = total - sum(some)
            if lowest[-1] <= last <= self.top[-1]:
                yield (*some, last)

    def _frontier(self, fewest: int) -> None:
        """What numbers around the answer come to, as exactly as the time that is left allows."""
        first = max(self.floor[0], fewest - _MOST_ROWS // 2)
        numbers = range(first, min(self.top[0], first + _MOST_ROWS) + 1)
        for number in sorted(numbers, key=lambda each: abs(each - fewest)):
            row = self.rows.get((number,))
            if self._left() > 0 and (row is None or row.high - row.low > 1e-6):
                self._try((number,), whole=True)

    def _is_enough(self, counts: Counts, *, whole: bool = False) -> bool | None:
        """Whether so many are enough, by what is known already or by trying; None if that cannot be told."""
        for known, row in self.rows.items():
            if row.enough and _within(known, counts):
                return True
            if row.enough is False and _within(counts, known):
                return False
        return self._try(counts, whole=whole) if self._left() > 0 else None

    def _try(self, counts: Counts, *, whole: bool) -> bool | None:
        """Look for a timetable; unless the ``whole`` search is wanted, until it is clear if there is one."""
        event, heard = self.resource.at(counts), _Heard()

        def watch(report: Report) -> None:
            if report.stage == self.goal.stage:
                heard.bound = report.bound
                heard.settled = not whole and self._verdict(report.value, report.bound) is not None

        try:
            found = solve(
                event,
                seconds=self._left() * _SHARE,
                seed=self.seed,
                stages=(self.goal.stage,),
                stop=lambda: heard.settled or self.stop(),
                progress=watch,
            )
        except TimeoutError:
            if heard.bound is None:
                return self._note(Row(counts, 0.0, 1.0, None))
            high = self.goal.covered(None, heard.bound)[1]
            return self._note(Row(counts, 0.0, high, self._verdict(None, heard.bound)))
        if found.status == "infeasible":
            return self._note(Row(counts, 0.0, 0.0, enough=False))
        if faults := check(event, found).faults:
            raise RuntimeError(f"a timetable that breaks a rule: {faults[0].sentence}")
        stage = found.stages[0]
        if counts == self.top:
            self.goal = self.goal.reaching(stage.value, stage.bound)
        low, high = self.goal.covered(stage.value, stage.bound)
        if self._verdict(stage.value, stage.bound):
            self.schedules[counts] = found
        return self._note(Row(counts, low, high, self._verdict(stage.value, stage.bound)))

    def _note(self, row: Row) -> bool | None:
        """Remember what was found, beside what was known of the same numbers."""
        if old := self.rows.get(row.counts):
            enough = row.enough if old.enough is None else old.enough
            row = Row(row.counts, max(old.low, row.low), min(old.high, row.high), enough)
        self.rows[row.counts] = row
        return row.enough

    def _verdict(self, value: float | None, bound: float) -> bool | None:
        low, high = self.goal.covered(value, bound)
        if value is not None and low >= self.goal.need - 1e-9:
            return True
        return False if high < self.goal.need - 1e-9 else None

    def _left(self) -> float:
        return 0.0 if self.stop() else self.deadline - time.monotonic()

    def _result(self, counts: Counts | None, possible: bool | None) -> Plan:
        given = [each for kind in self.kinds for each in kind.given]
        kept = set(self.resource.ids(counts)) if counts is not None else set()
        return Plan(
            what=self.resource.what,
            coverage=self.coverage,
            kinds=self.kinds,
            least=self.least,
            counts=counts,
            possible=possible,
            rows=tuple(sorted(self.rows.values(), key=lambda row: (row.total, row.counts))),
            kept=tuple(each for each in given if each in kept),
            dropped=tuple(each for each in given if each not in kept) if counts is not None else (),
            added=tuple(sorted(kept.difference(given))),
            without=self.goal.without,
            schedule=None if counts is None else self.schedules[counts],
            seconds=round(time.monotonic() - self.started, 3),
        )
