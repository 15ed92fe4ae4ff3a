"""The exact price of one pair's meeting: the best timetable with it, beside the one there is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from typing import Any

from matcher.schedule.model import compile_event
from matcher.schedule.solve import solve
from profiles.errors import InputError
from profiles.event import Conflict, Event, Schedule, State


@dataclass(frozen=True)
class Difference:
    """What one stage comes to without the meeting and with it.

    Attributes:
        proven: whether no timetable with the meeting does better, given the stages before.
    """

    name: str
    before: float
    after: float
    proven: bool


@dataclass(frozen=True)
class Price:
    """What a meeting costs.

    Attributes:
        startup, partner: the pair.
        possible: whether there is a timetable with it; None if time ran out before that was known.
        stages: in their order; empty if there is no timetable. The pair counts as before, not as promised.
        lost: the pairs that no longer meet.
        gained: the pairs that meet now, but for the pair itself.
        conflicts: why there is no timetable with it.
        schedule: the timetable with it.
    """

    startup: str
    partner: str
    possible: bool | None
    stages: tuple[Difference, ...] = ()
    lost: tuple[tuple[str, str], ...] = ()
    gained: tuple[tuple[str, str], ...] = ()
    conflicts: tuple[Conflict, ...] = ()
    schedule: Schedule | None = None

    def to_dict(self) -> dict[str, Any]:
        """The price for a program, without the timetable."""
        return {
            "startup": self.startup,
            "partner": self.partner,
            "possible": self.possible,
            "stages": [asdict(each) for each in self.stages],
            "lost": [list(key) for key in self.lost],
            "gained": [list(key) for key in self.gained],
            "conflicts": [each.model_dump(mode="json") for each in self.conflicts],
        }


def price(
    event: Event,
    schedule: Schedule,
    pair: tuple[str, str],
    *,
    seconds: float = 60.0,
    seed: int = 0,
    stop: Callable[[], bool] = lambda: False,
) -> Price:
    """What it costs to let a pair meet that does not.

    Args:
        event: what is asked for.
        schedule: its timetable, with the stages that count.
        pair: startup and partner.
        seconds: wall time.
        seed: of the solver's decisions.
        stop: True ends the search as if time had run out.

    Raises:
        InputError: the event has no such pair, it has declined or it meets, or there is no timetable.
    """
    _check(event, schedule, pair)
    forced = _forced(event, pair)
    try:
        found = solve(
            forced, seconds=seconds, seed=seed, stop=stop, stages=[stage.name for stage in schedule.stages]
        )
    except TimeoutError:
        return Price(*pair, possible=None)
    if found.status == "infeasible":
        return Price(*pair, possible=False, conflicts=found.conflicts)
    now = {each.key for each in found.meetings}
    extra = _worth(forced, pair) - _worth(event, pair)
    after = {
        stage.name: (stage.value - extra, stage.bound - extra)
        if stage.name == "value"
        else (stage.value, stage.bound)
        for stage in found.stages
    }
    met = {each.key for each in schedule.meetings}
    return Price(
        *pair,
        possible=True,
        stages=tuple(
            Difference(stage.name, stage.value, after[stage.name][0], _equal(*after[stage.name]))
            for stage in schedule.stages
        ),
        lost=tuple(each.key for each in schedule.meetings if each.key not in now),
        gained=tuple(each.key for each in found.meetings if each.key not in met and each.key != pair),
        schedule=found,
    )


def _check(event: Event, schedule: Schedule, pair: tuple[str, str]) -> None:
    name = " and ".join(pair)
    record = next((each for each in event.pairs if each.key == pair), None)
    if record is None:
        raise InputError(f"the event has no pair {name}: name the startup first", field="pair")
    if record.state is State.DECLINED:
        raise InputError(f"{name} have declined", field="pair")
    if any(each.key == pair for each in schedule.meetings):
        raise InputError(f"{name} meet already", field="pair")
    if schedule.status == "infeasible":
        raise InputError("there is no timetable to compare with", field="status")


def _forced(event: Event, pair: tuple[str, str]) -> Event:
    pairs = tuple(
        each.model_copy(update={"state": State.MUST}) if each.key == pair else each for each in event.pairs
    )
    return event.model_copy(update={"pairs": pairs})


def _worth(event: Event, pair: tuple[str, str]) -> float:
    problem = compile_event(event)
    return problem.worth[[each.key for each in event.pairs].index(pair)]


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= 1e-9 * max(1.0, abs(one))
