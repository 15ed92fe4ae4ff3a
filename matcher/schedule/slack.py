"""A timetable of what has to take place, in a model that can make room where there is none.

Every rule that somebody could give way in is an inequality with something added to it: how much of each
change of the event (``matcher.schedule.edits``) is made. With all changes at 0 these are the rules; at least
cost, the cheapest way out.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from ortools.sat.python.cp_model import CpModel, IntVar, LinearExpr

from matcher.schedule.edits import COSTS
from matcher.schedule.formulation import Formulation
from matcher.schedule.model import compile_event
from matcher.schedule.rules import once
from matcher.schedule.running import run
from matcher.schedule.supply import seats_and_help
from profiles.event import Edit, Event, Pair, Participant, State

REQUIRED = (State.MUST, State.CONFIRMED)

Key = tuple[str, str]

Total = tuple[Collection[Edit], int]
"""Changes and how many of them are made together."""


@dataclass(frozen=True)
class Way:
    """A timetable that changes make possible.

    Attributes:
        edits: the changes, by kind and the order of the event; none with an amount of 0.
        slots: pair -> slot, as numbered in the event of the model; without the pairs that were dropped.
        proven: whether nothing costs less, where that was asked for.
    """

    edits: tuple[Edit, ...]
    slots: dict[int, int]
    proven: bool


class TimeOutError(Exception):
    """Neither a timetable nor a proof that there is none came in time."""


def reduced(event: Event, musts: Collection[Key]) -> Event:
    """The event with these required pairs only.

    Others are left out, too, as they can only stand in the way; where break counts may not differ much, they
    can help, and those that are not required stay.
    """
    helpful = event.event.max_break_difference is not None
    pairs = tuple(
        pair
        for pair in event.pairs
        if pair.key in musts or (helpful and pair.state not in (*REQUIRED, State.DECLINED))
    )
    keys = {pair.key for pair in pairs}
    orders = tuple(rule for rule in event.precedences if rule.first in keys and rule.then in keys)
    known = {name for key in keys for name in key}
    people = tuple(each for each in event.participants if helpful or each.id in known)
    return event.model_copy(update={"pairs": pairs, "precedences": orders, "participants": people})


class Slack:
    """The model.

    Attributes:
        event: the part of the event it is about.
        formulation: its decisions; the slots of a pair are all, as far as somebody could give way.
        amounts: change (of amount 1) -> how many of it.
    """

    def __init__(self, event: Event, musts: Collection[Key]) -> None:
        self.event = reduced(event, musts)
        self.problem = compile_event(self.event)
        self.formulation = Formulation(compile_event(_relaxed(self.event)))
        self.model: CpModel = self.formulation.model
        self.amounts: dict[Edit, IntVar] = {}
        self._most: dict[Edit, int] = {}
        once(self.formulation)
        self._presence()
        self._times()
        self._people()
        self._orders()
        seats_and_help(self)
        self._differences()

    def amount(self, edit: Edit, most: int = 1) -> IntVar:
        """How many of a change are made, at most so many."""
        if edit not in self.amounts:
            self.amounts[edit] = self.model.new_int_var(0, most, "")
            self._most[edit] = most
        return self.amounts[edit]

    def need(self, literal: IntVar, edit: Edit) -> None:
        """The literal holds only if the change is made."""
        self.model.add_implication(literal, self.amount(edit))

    def way(
        self,
        kept: Collection[Edit] = (),
        given: Collection[Edit] = (),
        *,
        seconds: float,
        seed: int = 0,
        stop: Callable[[], bool] = lambda: False,
        cheapest: bool = True,
        avoid: Iterable[Iterable[Total]] = (),
    ) -> Way | None:
        """A timetable, with the cheapest changes found in time or any; None if there is proof of none.

        Args:
            kept: changes that are not made.
            given: changes that are made, as much as can be.
            seconds: wall time.
            seed: of the solver's decisions.
            stop: asked now and then; True ends the search as if time had run out.
            cheapest: whether the changes have to cost as little as possible.
            avoid: sets of totals, of each of which at least one has to be smaller.

        Raises:
            TimeOutError: time ran out before.
        """
        if seconds <= 0:
            raise TimeOutError
        model = self.model.clone()
        shut, made = set(kept), set(given)
        for edit, amount in self.amounts.items():  # in this order, that equal calls give equal models
            if edit in shut:
                model.add(amount == 0)
            elif edit in made:
                model.add(amount == self._most[edit])
        for some in avoid:
            smaller = []
            for edits, total in some:
                smaller.append(literal := model.new_bool_var(""))
                amounts = LinearExpr.sum([self.amounts[edit] for edit in edits])
                model.add(amounts < total).only_enforce_if(literal)
            model.add_bool_or(smaller)
        if cheapest:
            free = [edit for edit in self.amounts if edit not in shut]
            model.minimize(
                LinearExpr.weighted_sum(
                    [self.amounts[edit] for edit in free], [COSTS[edit.kind] for edit in free]
                )
            )
        done = run(model, seconds=seconds, seed=seed, stop=stop, linear=cheapest)
        if done.refuted:
            return None
        if not done.found:
            raise TimeOutError
        edits = tuple(
            edit.model_copy(update={"amount": number})
            for edit, amount in self.amounts.items()
            if (number := done.solver.value(amount)) > 0
        )
        slots = {
            pair: slot
            for pair, at in self.formulation.at.items()
            for slot, literal in at.items()
            if done.holds(literal)
        }
        return Way(edits, slots, done.complete)

    # -- the rules, each with what would give way ---------------------------------------------------

    def _presence(self) -> None:
        helpful = self.event.event.max_break_difference is not None
        for place, pair in enumerate(self.event.pairs):
            if pair.state in REQUIRED:
                ways = [*self.formulation.held(place), self.amount(Edit(kind="drop", who=pair.key))]
                # Who does not have to meet may all the same, which matters for the breaks only.
                (self.model.add_bool_or if helpful else self.model.add_exactly_one)(ways)

    def _times(self) -> None:
        people = self.event.participants
        slots = self.problem.slots
        clashing = [{slots[other].id for other in (n, *self.problem.overlaps[n])} for n in range(len(slots))]
        for place, at in self.formulation.at.items():
            pair = self.event.pairs[place]
            for slot, literal in at.items():
                here = slots[slot]
                for person in (people[each] for each in self.problem.pairs[place]):
                    if not clashing[slot].isdisjoint(person.unavailable):
                        self.need(literal, Edit(kind="free", who=(person.id,), slot=here.id))
                    if person.sessions is not None and here.session not in person.sessions:
                        self.need(literal, self._session("session", (person.id,), here.session))
                if pair.sessions is not None and here.session not in pair.sessions:
                    self.need(literal, self._session("pair_session", pair.key, here.session))
                if pair.state is State.CONFIRMED and here.id != pair.slot:
                    self.need(literal, Edit(kind="move", who=pair.key))

    def _session(self, kind: str, who: tuple[str, ...], session: str | None) -> Edit:
        slot = next(each for each in self.problem.slots if each.session == session)
        return Edit(kind=kind, who=who, slot=slot.id)

    def _people(self) -> None:
        for person, record in enumerate(self.event.participants):
            mine = self.formulation.of[person]
            for moment in self.problem.moments:
                at_once = self.formulation.meetings(person, moment)
                if len(mine) > record.representatives and at_once:
                    more = self.amount(Edit(kind="representative", who=(record.id,)), len(mine))
                    self.model.add(LinearExpr.sum(at_once) <= record.representatives + more)
            if record.max_meetings is not None and len(mine) > record.max_meetings:
                held = [literal for pair in mine for literal in self.formulation.held(pair)]
                more = self.amount(Edit(kind="max_meetings", who=(record.id,)), len(mine))
                self.model.add(LinearExpr.sum(held) <= record.max_meetings + more)
            if record.max_consecutive is not None and len(mine) > record.max_consecutive:
                self._rows(person, record, record.max_consecutive)

    def _rows(self, person: int, record: Participant, most: int) -> None:
        model, formulation = self.model, self.formulation
        longest = min(len(formulation.of[person]), len(self.problem.slots))
        more = self.amount(Edit(kind="max_consecutive", who=(record.id,)), longest)
        # rows[slot] is at least the number of meetings in the chain that ends there.
        rows: list[IntVar] = []
        for slot, earlier in enumerate(self.problem.predecessors):
            rows.append(row := model.new_int_var(0, longest, ""))
            used = formulation.used(person, slot)
            model.add(row >= used)
            for before in earlier:
                model.add(row >= rows[before] + 1).only_enforce_if(used)
            model.add(row <= most + more)

    def _orders(self) -> None:
        slots, at = self.problem.slots, self.formulation.at
        for first, then in self.problem.orders:
            early, late = at.get(then, {}), at.get(first, {})
            who = (*self.event.pairs[first].key, *self.event.pairs[then].key)
            lifted = self.amount(Edit(kind="precedence", who=who))
            for moment in sorted({slots[slot].start for slot in early}):
                begun = [literal for slot, literal in early.items() if slots[slot].start <= moment]
                going_on = [literal for slot, literal in late.items() if slots[slot].end > moment]
                self.model.add(LinearExpr.sum(begun + going_on) <= 1 + lifted)

    def _differences(self) -> None:
        limit = self.event.event.max_break_difference
        if limit is not None:
            least, most = self.formulation.extreme_breaks
            more = self.amount(Edit(kind="break_difference"), len(self.problem.slots))
            self.model.add(most - least <= limit + more)


def _relaxed(event: Event) -> Event:
    """The event as it would be if everybody came at all times."""
    people = tuple(
        each.model_copy(update={"unavailable": (), "sessions": None}) for each in event.participants
    )
    return event.model_copy(update={"participants": people, "pairs": tuple(map(_anywhere, event.pairs))})


def _anywhere(pair: Pair) -> Pair:
    state = State.MUST if pair.state is State.CONFIRMED else pair.state
    return pair.model_copy(update={"state": state, "sessions": None})
