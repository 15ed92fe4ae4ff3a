"""Why an event has no timetable: rules and people that cannot hold together, none of whom can be spared.

What can give way is grouped into members, a rule and whom it binds. Members are left out for good as long as
what remains is still a contradiction; where leaving out one makes a timetable possible, it stays. Chunks are
tried before single members (after Junker, QuickXplain, AAAI 2004), and from a timetable that lacks one
required pair the same is told of others without solving, where they could change places (model rotation,
after Marques-Silva and Lynce, SAT 2011).
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

from matcher.schedule.board import Board
from matcher.schedule.model import Problem, compile_event
from matcher.schedule.slack import REQUIRED, Key, Slack, TimeOutError, Way
from profiles.event import Edit, Event

Member = tuple[str, tuple[str, ...]]
"""A rule, as the checker calls it, and whom it binds."""

_FIRST_OUT = (
    "max_break_difference", "representatives", "table", "interpreter_busy", "precedence", "max_consecutive",
    "max_meetings", "sessions", "unavailable", "interpreter_unavailable", "closed", "tracks", "fixed_table",
    "interpreter", "confirmed", "must",
)  # fmt: skip
"""Rules in the order in which they are tried to do without: what is plain and close to somebody stays."""

_RULES = {
    "free": "unavailable",
    "session": "sessions",
    "pair_session": "sessions",
    "max_meetings": "max_meetings",
    "max_consecutive": "max_consecutive",
    "representative": "representatives",
    "fixed_table": "fixed_table",
    "free_interpreter": "interpreter_unavailable",
    "precedence": "precedence",
    "move": "confirmed",
    "drop": "must",
    "break_difference": "max_break_difference",
}


@dataclass(frozen=True)
class Contradiction:
    """Members that cannot hold together.

    Attributes:
        members: by rule.
        proven: those without whom there is a timetable of the rest; all, unless time was short.
        slack: the model of the required pairs concerned.
    """

    members: tuple[Member, ...]
    proven: frozenset[Member]
    slack: Slack

    @classmethod
    def of_all(cls, slack: Slack) -> Contradiction:
        """All that could contradict, nothing of it proven."""
        return cls(tuple(grouped(slack)), frozenset(), slack)

    def edits(self, member: Member) -> list[Edit]:
        """The changes by which a member gives way."""
        return grouped(self.slack)[member]


def contradiction(
    event: Event, *, seconds: float, seed: int = 0, stop: Callable[[], bool] = lambda: False
) -> Contradiction | None:
    """Why an event has no timetable, or None if it has one.

    Raises:
        TimeOutError: neither is proven in time.
    """
    clock = _Clock(time.monotonic() + seconds, seed, stop)
    musts = [pair.key for pair in event.pairs if pair.state in REQUIRED]
    plain = event
    if event.event.max_break_difference is not None:
        # Without this rule, a part of the required pairs tells of the whole.
        plain = event.model_copy(
            update={"event": event.event.model_copy(update={"max_break_difference": None})}
        )
    for some in _suspects(plain, musts):
        slack = Slack(plain, some)
        if clock.left() < seconds / 2 and len(some) < len(musts):
            continue
        if clock.refutes(slack, slack.amounts):
            return _Shrinking(slack, clock).run()
    if plain is not event:
        slack = Slack(event, musts)
        if clock.refutes(slack, slack.amounts):
            return _Shrinking(slack, clock).run()
    return None


def grouped(slack: Slack) -> dict[Member, list[Edit]]:
    """Each member with the changes by which it gives way."""
    event, found = slack.event, defaultdict(list)
    hosts = {number for tables in slack.problem.tables for number in tables}
    tables = tuple(each.id for number, each in enumerate(event.tables) if number in hosts or not hosts)
    closed = tuple(each.id for each in event.tables if each.closed)
    helpers = {number for some in slack.problem.interpreters for number in some or ()}
    needy = (
        slack.problem.pairs[place]
        for place, some in enumerate(slack.problem.interpreters)
        if some is not None
    )
    lost = tuple(dict.fromkeys(event.participants[each].id for both in needy for each in both))
    for edit in slack.amounts:
        if edit.kind == "table":
            member: Member = ("table", tables)
        elif edit.kind == "open":
            member = ("closed", closed)
        elif edit.kind == "track":
            track = edit.who[1]
            member = (
                "tracks",
                tuple(each.id for each in event.tables if each.tracks and track not in each.tracks),
            )
        elif edit.kind == "interpreter" and helpers:
            member = ("interpreter_busy", tuple(event.interpreters[each].id for each in sorted(helpers)))
        elif edit.kind == "interpreter":
            member = ("interpreter", lost)
        else:
            member = (_RULES[edit.kind], edit.who)
        found[member].append(edit)
    return dict(found)


def _suspects(event: Event, musts: Sequence[Key]) -> Iterable[Sequence[Key]]:
    """Parts of the required pairs that may contradict by themselves, small ones first; all of them last."""
    problem = compile_event(event)
    place = {pair.key: number for number, pair in enumerate(event.pairs)}
    yield from ([key] for key in musts if not _possible(problem, place[key]))
    of: dict[str, list[Key]] = defaultdict(list)
    for key in musts:
        for name in key:
            of[name].append(key)
    yield from sorted((some for some in of.values() if 1 < len(some) < len(musts)), key=len)
    yield musts


def _possible(problem: Problem, pair: int) -> bool:
    """Whether there is a place for the pair in an empty timetable."""
    people, needed = problem.event.participants, problem.interpreters[pair]
    if any(people[each].max_meetings == 0 for each in problem.pairs[pair]):
        return False
    return any(
        not set(problem.tables[pair]).isdisjoint(problem.open_tables[slot])
        and (needed is None or not set(needed).isdisjoint(problem.open_interpreters[slot]))
        for slot in problem.allowed[pair]
    )


@dataclass(frozen=True)
class _Clock:
    """What a search may take."""

    deadline: float
    seed: int
    stop: Callable[[], bool]

    def left(self) -> float:
        return self.deadline - time.monotonic()

    def look(self, slack: Slack, kept: Collection[Edit]) -> Way | None:
        """A timetable with all other changes made, or None if there is none."""
        if self.left() <= 0 or self.stop():
            raise TimeOutError
        given = [edit for edit in slack.amounts if edit not in kept]
        return slack.way(kept, given, cheapest=False, seconds=self.left(), seed=self.seed, stop=self.stop)

    def refutes(self, slack: Slack, kept: Collection[Edit]) -> bool:
        return self.look(slack, kept) is None


class _Shrinking:
    """Members left, and those known to be needed."""

    def __init__(self, slack: Slack, clock: _Clock) -> None:
        self.slack, self.clock = slack, clock
        self.edits = grouped(slack)
        self.left = sorted(self.edits, key=lambda member: _FIRST_OUT.index(member[0]))
        self.needed: set[Member] = set()

    def run(self) -> Contradiction:
        try:
            kinds = dict.fromkeys(rule for rule, _ in self.left)
            for rule in kinds:
                some = [member for member in self.left if member[0] == rule]
                if not self._try(some) and len(some) == 1:
                    self.needed.add(some[0])
            self._shrink([member for member in self.left if member[0] == "must"])
            self._reduce()
            for rule in kinds:
                self._shrink([member for member in self.left if member[0] == rule])
        except TimeOutError:
            pass
        self._reduce()
        return Contradiction(tuple(self.left), frozenset(self.needed), self.slack)

    def _try(self, members: Sequence[Member]) -> bool:
        """Do without some for good if the rest still contradicts."""
        rest = [member for member in self.left if member not in set(members)]
        if not rest or not self.clock.refutes(self.slack, {e for each in rest for e in self.edits[each]}):
            return False
        self.left = rest
        return True

    def _shrink(self, members: Sequence[Member]) -> None:
        """Do without as many of some as can be."""
        stack = [list(members)]
        while stack:
            chunk = [each for each in stack.pop() if each in self.left and each not in self.needed]
            if not chunk or self._try(chunk):
                continue
            if len(chunk) == 1:
                self.needed.add(chunk[0])
                if chunk[0][0] == "must":
                    self._rotate(chunk[0])
            else:
                stack += [chunk[len(chunk) // 2 :], chunk[: len(chunk) // 2]]

    def _reduce(self) -> None:
        """The same of the required pairs that are left, if some are gone."""
        musts = {who for rule, who in self.left if rule == "must"}
        if self.slack.event.event.max_break_difference is not None or len(musts) == sum(
            edit.kind == "drop" for edit in self.slack.amounts
        ):
            return
        renamed = {self._edit_of(member): member for member in self.needed}
        left = {edit for member in self.left for edit in self.edits[member]}
        self.slack = Slack(self.slack.event, {(who[0], who[1]) for who in musts})
        self.edits = grouped(self.slack)
        # A member may concern fewer people now, or nobody.
        self.left = [member for member in self.edits if not left.isdisjoint(self.edits[member])]
        self.left.sort(key=lambda member: _FIRST_OUT.index(member[0]))
        self.needed = {member for member in self.left if any(edit in renamed for edit in self.edits[member])}

    def _edit_of(self, member: Member) -> Edit:
        return self.edits[member][0]

    def _rotate(self, lacking: Member) -> None:
        """Find others who are needed as well: those in whose stead the lacking pair could meet.

        Only where the timetable without that pair keeps all rules, also those that are not needed.
        """
        musts = {who for rule, who in self.left if rule == "must"}
        slack = Slack(self.slack.event, {(who[0], who[1]) for who in musts})
        if slack.event.event.max_break_difference is not None:
            return
        drop = Edit(kind="drop", who=lacking[1])
        way = self.clock.look(slack, [edit for edit in slack.amounts if edit != drop])
        if way is None:
            return
        keys = [pair.key for pair in slack.event.pairs]
        missing = keys.index((lacking[1][0], lacking[1][1]))
        waiting = [(missing, {pair: slot for pair, slot in way.slots.items() if pair != missing})]
        while waiting and len(self.needed) < len(self.left):
            missing, slots = waiting.pop()
            try:
                board = Board(slack.problem, slots)
            except ValueError:  # seats that only fit if all overlapping slots are seated at once
                continue
            for pair, slot in slots.items():
                if ("must", keys[pair]) not in self.needed:
                    board.take(pair)
                    place = next(
                        (at for at in slack.problem.allowed[missing] if board.fits(missing, at)), None
                    )
                    if place is not None:
                        self.needed.add(("must", keys[pair]))
                        waiting.append((pair, {**board.slot_of, missing: place}))
                    board.put(pair, slot)
