"""What would release an event that has no timetable: the cheapest changes, each tried out."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from matcher.schedule.conflicts import Contradiction, Member, contradiction
from matcher.schedule.edits import apply, cost
from matcher.schedule.formulation import Formulation
from matcher.schedule.model import compile_event
from matcher.schedule.rules import RULES
from matcher.schedule.running import Stop, never, run
from matcher.schedule.slack import REQUIRED, Slack, TimeOutError, Total, Way, reduced
from matcher.schedule.wording import release_words
from profiles.event import Conflict, Edit, Event

_ALIKE = 3
"""So many releases that differ in the time only, or in which promised meetings they drop."""

_SHARE = 0.6
"""Of the time that is left, how much the next release may take; the rest is for trying it out."""

_MANY = 40
"""Of more members than this, those that are promised meetings are not tried out against the whole event."""


@dataclass(frozen=True)
class Release:
    """Changes after which the event has a timetable.

    Attributes:
        edits: the changes; together as cheap as any that do not include a release before them.
        cost: what they cost, see ``matcher.schedule.edits``.
        sentence: the same in English.
        proven: whether nothing that would have come before costs less.
    """

    edits: tuple[Edit, ...]
    cost: int
    sentence: str
    proven: bool

    def apply(self, event: Event) -> Event:
        """The event with the changes made."""
        return apply(event, self.edits)


def releases(
    event: Event, *, most: int = 6, seconds: float = 30.0, seed: int = 0, stop: Stop = never
) -> tuple[Release, ...]:
    """The cheapest releases, cheapest first; no more than a few of them differ in the time only.

    A combination is there only if it costs no more than what is left out would alone. Those found before time
    runs out are given, so that none at all is no proof; only the last of them can be unproven.

    Args:
        event: one without a timetable; for one that has a timetable there is nothing to release.
        most: how many.
        seconds: wall time.
        seed: of the solver's decisions.
        stop: True ends the search as if time had run out.
    """
    deadline = time.monotonic() + seconds
    slack = _whole(event)
    found: list[Release] = []
    alike: Counter[frozenset[_Sort]] = Counter()
    avoid: list[list[Total]] = []
    while len(found) < most:
        try:
            left = deadline - time.monotonic()
            way = slack.way(seconds=left * _SHARE, seed=seed, stop=stop, avoid=avoid)
            if way is None or not way.edits:
                break
            _try_out(event, way.edits, deadline - time.monotonic(), seed, stop)
        except TimeOutError:
            break
        found.append(Release(way.edits, cost(way.edits), release_words(event, way.edits, True), way.proven))
        if not way.proven:
            break  # what comes next would have to cost no less than this
        avoid.append([([one(each)], each.amount) for each in way.edits])
        sorts = Counter(dict.fromkeys(map(_sort, way.edits), 0))
        for each in way.edits:
            sorts[_sort(each)] += each.amount
        alike[frozenset(sorts)] += 1
        if alike[frozenset(sorts)] == _ALIKE:
            avoid.append(
                [([each for each in slack.amounts if _sort(each) == sort], n) for sort, n in sorts.items()]
            )
    return tuple(found)


def explain_infeasible(
    event: Event, *, seconds: float = 30.0, seed: int = 0, stop: Stop = never
) -> tuple[Conflict, ...]:
    """A minimal set of rules and people that cannot hold together, each with its cheapest release.

    None if the event has a timetable. If time is short, the set may be larger than it had to be, and says so;
    if it is too short to find any contradiction, all rules and people are named, none of them as proven.

    Args:
        event: the event.
        seconds: wall time, two thirds of it for the set.
        seed: of the solver's decisions.
        stop: True ends the search as if time had run out.
    """
    deadline = time.monotonic() + seconds
    try:
        found = contradiction(event, seconds=seconds * 2 / 3, seed=seed, stop=stop)
    except TimeOutError:
        slack = _whole(event)
        found = Contradiction.of_all(slack)
    if found is None:
        return ()
    whole = _whole(event)
    whole_is_open = _is_open(whole, found, deadline, seed, stop)
    conflicts = []
    for member in found.members:
        edits, enough = _release(event, whole, found, member, whole_is_open, deadline, seed, stop)
        conflicts.append(
            Conflict(
                rule=member[0],
                who=member[1],
                release=release_words(event, edits, enough),
                edits=edits,
                cost=cost(edits) if edits else None,
                enough=enough if edits else None,
                minimal=member in found.proven,
            )
        )
    return tuple(conflicts)


_Sort = tuple[str, tuple[str, ...]]
"""What a change is about, whenever it is; which promised meeting is dropped is not told apart."""


def _sort(edit: Edit) -> _Sort:
    return edit.kind, () if edit.kind == "drop" else edit.who


def one(edit: Edit) -> Edit:
    """The change with an amount of 1."""
    return edit.model_copy(update={"amount": 1})


def is_feasible(event: Event, *, seconds: float, seed: int = 0, stop: Stop = never) -> bool:
    """Whether an event has a timetable, by the rules of the solver alone.

    Raises:
        TimeOutError: neither is proven in time.
    """
    required = {pair.key for pair in event.pairs if pair.state in REQUIRED}
    formulation = Formulation(compile_event(reduced(event, required)))
    for rule in RULES.values():
        rule(formulation)
    done = run(formulation.model, seconds=seconds, seed=seed, stop=stop)
    if not done.found and not done.refuted:
        raise TimeOutError
    return done.found


def _whole(event: Event) -> Slack:
    return Slack(event, {pair.key for pair in event.pairs if pair.state in REQUIRED})


def _is_open(whole: Slack, found: Contradiction, deadline: float, seed: int, stop: Stop) -> bool | None:
    """Whether the whole event has a timetable if all members give way; None if time ran out."""
    given = {edit for member in found.members for edit in found.edits(member)} & whole.amounts.keys()
    try:
        way = whole.way(
            whole.amounts.keys() - given,
            given,
            cheapest=False,
            seconds=deadline - time.monotonic(),
            seed=seed,
            stop=stop,
        )
    except TimeOutError:
        return None
    return way is not None


def _release(
    event: Event,
    whole: Slack,
    found: Contradiction,
    member: Member,
    whole_is_open: bool | None,
    deadline: float,
    seed: int,
    stop: Stop,
) -> tuple[tuple[Edit, ...], bool | None]:
    """The cheapest changes by which one member gives way, and whether they are enough for the whole event."""
    own = found.edits(member)
    enough: bool | None = False if whole_is_open is False else None
    if enough is None and (member[0] != "must" or len(found.members) <= _MANY):
        try:
            way = _cheapest(whole, own, deadline, seed, stop)
            if way is not None:
                _try_out(event, way.edits, deadline - time.monotonic(), seed, stop)
                return way.edits, True
            enough = False
        except TimeOutError:
            enough = None
    if member[0] == "must" and member in found.proven:
        return tuple(own), enough
    try:
        way = _cheapest(found.slack, own, deadline, seed, stop)
    except TimeOutError:
        way = None
    return (way.edits if way is not None else ()), enough


def _cheapest(slack: Slack, own: Collection[Edit], deadline: float, seed: int, stop: Stop) -> Way | None:
    kept = slack.amounts.keys() - set(own)
    return slack.way(kept, seconds=deadline - time.monotonic(), seed=seed, stop=stop)


def _try_out(event: Event, edits: tuple[Edit, ...], seconds: float, seed: int, stop: Stop) -> None:
    if not is_feasible(apply(event, edits), seconds=seconds, seed=seed, stop=stop):
        raise RuntimeError(f"no release after all: {edits}")
