"""What it costs to put the startup that is worst off first: the curve of the total against the worst-off.

From the timetable with the most value, the fewest meetings that any startup has are raised by one at a time,
as high as can be. Those that could not meet at all by what the event says of them do not count.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from matcher.schedule import values
from matcher.schedule.model import Problem, compile_event
from matcher.schedule.replan import kept
from matcher.schedule.running import never
from matcher.schedule.solve import FAIR_STAGES, solve
from profiles.event import Event, Schedule, Stage

_TOTAL = ("shortfall", "value")
_FAIREST = FAIR_STAGES[: FAIR_STAGES.index("value") + 1]
_SHARE = 0.4
"""Of the time that is left, how much one point may take, the last one all of it."""


@dataclass(frozen=True)
class Point:
    """One way to share the day.

    Attributes:
        fewest: meetings of the startup with the fewest.
        least: what the meetings of the startup with the least are worth.
        meetings: of all.
        value: of all.
        bound: no timetable has more value in which nobody has fewer meetings and, for the fairest point,
            nobody meetings of less value. As everywhere, none with a greater shortfall counts.
        schedule: the timetable.
    """

    fewest: int
    least: float
    meetings: int
    value: float
    bound: float
    schedule: Schedule

    @property
    def proven(self) -> bool:
        """Whether nothing better is possible."""
        return math.isclose(self.value, self.bound, rel_tol=1e-6, abs_tol=1e-6)


@dataclass(frozen=True)
class Curve:
    """Points none of which is better than another in every way.

    Attributes:
        points: from the one with the most value to the fairest; empty if there is no timetable at all.
        startups: how many startups count.
        most: proven: without a greater shortfall, some startup always has no more meetings than this.
        seconds: how long it took.
    """

    points: tuple[Point, ...]
    startups: int
    most: int
    seconds: float

    @property
    def complete(self) -> bool:
        """Whether it is proven that no point is missing or could be better."""
        reached = max((point.fewest for point in self.points), default=-1)
        return reached == self.most and all(point.proven for point in self.points)

    def to_dict(self) -> dict[str, Any]:
        """The curve for a program."""
        return {
            "startups": self.startups,
            "most": self.most,
            "complete": self.complete,
            "seconds": self.seconds,
            "points": [
                {
                    "fewest_meetings": point.fewest,
                    "least_value": point.least,
                    "meetings": point.meetings,
                    "value": point.value,
                    "bound": point.bound,
                    "proven": point.proven,
                }
                for point in self.points
            ],
        }


def curve_of(record: Mapping[str, Any]) -> Curve:
    """The curve that ``Curve.to_dict`` tells of; its points are without their timetables."""
    points = tuple(
        Point(
            fewest=each["fewest_meetings"],
            least=each["least_value"],
            meetings=each["meetings"],
            value=each["value"],
            bound=each["bound"],
            schedule=Schedule(status="feasible"),
        )
        for each in record["points"]
    )
    return Curve(points, record["startups"], record["most"], record["seconds"])


def curve(
    event: Event,
    *,
    seconds: float = 60.0,
    seed: int = 0,
    stop: Callable[[], bool] = never,
    progress: Callable[[int, int], None] = lambda done, most: None,
) -> Curve:
    """The total against the worst-off, from the most value to the fairest.

    Args:
        event: what is asked for.
        seconds: wall time; without enough of it points are less good than they could be, or missing.
        seed: of the solver's decisions.
        stop: asked now and then; True ends the search as if time had run out.
        progress: told the meetings of the worst-off so far and how many these can be at most.

    Raises:
        TimeoutError: there was not even a first timetable in the time given.
    """
    return _Tracer(event, seconds, seed, stop, progress).curve()


class _Tracer:
    """Follows the curve from its upper end."""

    def __init__(
        self,
        event: Event,
        seconds: float,
        seed: int,
        stop: Callable[[], bool],
        progress: Callable[[int, int], None],
    ) -> None:
        self.event, self.problem = event, compile_event(event)
        self.started = time.monotonic()
        self.deadline = self.started + seconds
        self.seed, self.stop, self.progress = seed, stop, progress
        self.most = round(values.ceiling(self.problem, "fewest_meetings"))

    def curve(self) -> Curve:
        points: list[Point] = []
        first = self._solve(self.event, _TOTAL, _SHARE)
        if first.status != "infeasible":
            points.append(self._point(first))
            shortfall = _stage(first, "shortfall").value
            while points[-1].fewest < self.most and (found := self._next(points[-1], shortfall)):
                points.append(found)
            if fairest := self._fairest(shortfall):
                points.append(fairest)
        spent = round(time.monotonic() - self.started, 3)
        startups = len(self.problem.startups)
        return Curve(pareto(points), startups, self.most, spent)

    def _next(self, last: Point, shortfall: float) -> Point | None:
        """The best timetable in which every startup has a meeting more than the worst-off had so far."""
        wanted = last.fewest + 1
        self.progress(last.fewest, self.most)
        if self._left() <= 0:
            return None
        try:
            found = self._solve(raised(self.event, self.problem, wanted), _TOTAL, _SHARE)
        except TimeoutError:
            return None
        if _stage(found, "shortfall").bound > shortfall + 0.5:
            self.most = last.fewest
            return None
        point = self._point(found)
        return point if point.fewest >= wanted and self._short(found) <= shortfall else None

    def _fairest(self, shortfall: float) -> Point | None:
        """The timetable that is best for the worst-off, first in meetings and then in value."""
        if self._left() <= 0:
            return None
        try:
            found = self._solve(self.event, _FAIREST, 1.0)
        except TimeoutError:
            return None
        if _stage(found, "shortfall").value > shortfall:
            return None
        if _stage(found, "shortfall").bound == shortfall:
            self.most = min(self.most, round(_stage(found, "fewest_meetings").bound))
        return self._point(found)

    def _solve(self, event: Event, stages: Sequence[str], share: float) -> Schedule:
        return solve(event, seconds=self._left() * share, seed=self.seed, stop=self.stop, stages=stages)

    def _left(self) -> float:
        return 0.0 if self.stop() else self.deadline - time.monotonic()

    def _short(self, schedule: Schedule) -> int:
        return values.shortfall(self.problem, kept(self.problem, schedule))

    def _point(self, schedule: Schedule) -> Point:
        slots = kept(self.problem, schedule)
        return Point(
            fewest=values.fewest_meetings(self.problem, slots),
            least=values.least_value(self.problem, slots),
            meetings=len(schedule.meetings),
            value=_stage(schedule, "value").value,
            bound=_stage(schedule, "value").bound,
            schedule=schedule,
        )


def raised(event: Event, problem: Problem, least: int) -> Event:
    """The event with ``min_meetings`` of at least so many for every startup that could meet."""
    could = set(problem.startups)
    return event.model_copy(
        update={
            "participants": tuple(
                each.model_copy(update={"min_meetings": max(each.min_meetings, least)})
                if person in could
                else each
                for person, each in enumerate(event.participants)
            )
        }
    )


def pareto(points: Sequence[Point]) -> tuple[Point, ...]:
    """The points to which no other is equal or better in meetings and value of the worst-off and in total."""
    kept_: list[Point] = []
    for point in sorted(points, key=lambda each: (each.fewest, each.least, each.value), reverse=True):
        if not any(_covers(other, point) for other in kept_):
            kept_.append(point)
    return tuple(sorted(kept_, key=lambda each: (-each.value, each.fewest, each.least)))


def _covers(one: Point, other: Point) -> bool:
    return one.fewest >= other.fewest and one.least >= other.least - 1e-6 and one.value >= other.value - 1e-6


def _stage(schedule: Schedule, name: str) -> Stage:
    return next(stage for stage in schedule.stages if stage.name == name)
