"""How much of what people wish for is enough: one stage of the objective, and what it has to come to."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Literal

from matcher.schedule.model import WEIGHTS
from profiles.event import Event, Pair, State
from profiles.model import Side

Of = Literal["value", "wishes", "agreed", "each"]

_AGREED = (State.REQUESTED, State.ACCEPTED, State.MUST, State.CONFIRMED)


@dataclass(frozen=True)
class Coverage:
    """What is wished for.

    Attributes:
        of: ``value``: of the value that could be had with any number; ``wishes``: of all pairs that have not
            declined; ``agreed``: of the pairs that at least one side asked for; ``each``: so many meetings
            for every startup.
        amount: a share up to 1; for ``each`` a number.
    """

    of: Of
    amount: float


@dataclass(frozen=True)
class Goal:
    """A coverage as the solver sees it.

    Attributes:
        event: the event, with what meetings are worth, or how many are wished, set to what counts.
        stage: the stage that counts.
        need: the share that is enough.
        least, most: what all of it comes to lies between these; for ``value`` unknown until it was tried.
        without: startups for which nothing is enough.
    """

    event: Event
    stage: Literal["value", "shortfall"]
    need: float
    least: float
    most: float
    without: tuple[str, ...] = ()

    def reaching(self, value: float, bound: float) -> Goal:
        """The goal, where ``value`` was found with as many as help, and ``bound`` proven."""
        return replace(self, least=value, most=bound) if self.most == float("inf") else self

    def covered(self, value: float | None, bound: float) -> tuple[float, float]:
        """The share that is had and the share that could be had, by the value and the bound of the stage."""
        if self.stage == "shortfall":
            return (0.0 if value is None else 1 - value / max(self.most, 1)), 1 - bound / max(self.most, 1)
        low = _part(value or 0.0, self.most)
        return low, max(low, min(1.0, _part(bound, self.least)))


def goal(event: Event, coverage: Coverage) -> Goal:
    """What the solver has to look for."""
    if coverage.of == "value":
        return Goal(event, "value", coverage.amount, 0.0, float("inf"))
    if coverage.of == "each":
        return _each(event, round(coverage.amount))
    counted = {
        pair.key
        for pair in event.pairs
        if pair.state is not State.DECLINED and (coverage.of == "wishes" or pair.state in _AGREED)
    }
    count = float(len(counted))
    alike = [person.model_copy(update={"priority": 1.0}) for person in event.participants]
    pairs = [
        pair.model_copy(update={"fit": _one(pair) if pair.key in counted else 0.0}) for pair in event.pairs
    ]
    changed = event.model_copy(update={"participants": tuple(alike), "pairs": tuple(pairs)})
    return Goal(changed, "value", coverage.amount, count, count)


def _each(event: Event, number: int) -> Goal:
    pairs = Counter(pair.startup for pair in event.pairs if pair.state is not State.DECLINED)
    startups = {person.id: person for person in event.participants if person.side is Side.STARTUP}
    people = [
        person.model_copy(update={"min_meetings": number if person.id in startups else 0})
        for person in event.participants
    ]
    without = [
        name
        for name, person in startups.items()
        if pairs[name] < number or (person.max_meetings is not None and person.max_meetings < number)
    ]
    wished = float(number * len(startups))
    changed = event.model_copy(update={"participants": tuple(people)})
    return Goal(changed, "shortfall", 1.0, wished, wished, tuple(without))


def _one(pair: Pair) -> float:
    """The fit with which the meeting of a pair is worth 1."""
    return 1 / WEIGHTS[pair.state]


def _part(some: float, whole: float) -> float:
    return some / whole if whole > 0 else 1.0
