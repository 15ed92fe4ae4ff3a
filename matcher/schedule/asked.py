"""What all wishes together say of each pair: how far it has agreed to meet, about what, where."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from matcher.schedule.wording import Told
from profiles.event import State
from profiles.importers.wishes import Answer, Wish
from profiles.model import Side, Topic

Key = tuple[str, str]
_T = TypeVar("_T")
_STATES = {
    Answer.MAYBE: State.SUGGESTED,
    Answer.WANTED: State.REQUESTED,
    Answer.ACCEPTED: State.ACCEPTED,
    Answer.MUST: State.MUST,
    Answer.CONFIRMED: State.CONFIRMED,
}
_BINDING = (Answer.ACCEPTED, Answer.MUST, Answer.CONFIRMED)


@dataclass(frozen=True)
class Asked:
    """What is asked of a pair.

    Attributes:
        state: ``requested`` where one side wants it, ``accepted`` where both do; ``must`` and ``confirmed``
            as given; ``declined`` where either never wants it, whatever else is said.
        track, slot, table: None where nobody says.
    """

    state: State
    track: Topic | None = None
    slot: str | None = None
    table: str | None = None


def merged(wishes: Sequence[Wish], sides: Mapping[str, Side]) -> tuple[dict[Key, Asked], list[str]]:
    """What is asked of each pair that anybody speaks of, and what contradicts itself, a sentence each.

    Of contradictory words of one side the last in order counts.

    Args:
        wishes: in the order in which they were read.
        sides: of everybody in them.
    """
    by_pair: defaultdict[Key, list[Wish]] = defaultdict(list)
    for wish in wishes:
        key = (wish.who, wish.whom) if sides[wish.who] is Side.STARTUP else (wish.whom, wish.who)
        by_pair[key].append(wish)
    told: list[str] = []
    return {key: _asked(key, own, told) for key, own in by_pair.items()}, told


def _asked(key: Key, wishes: Sequence[Wish], told: list[str]) -> Asked:
    by_side: defaultdict[str, list[Wish]] = defaultdict(list)
    for wish in wishes:
        by_side[wish.who].append(wish)
    said = [_of_one(own, told) for own in by_side.values()]
    track = _last(key, "track", [(wish, wish.track) for wish in wishes], told)
    answers = [wish.answer for wish in said]
    if Answer.NEVER in answers:
        no = said[answers.index(Answer.NEVER)]
        told += [
            Told(
                "never_and_binding",
                place=_place(no),
                no=no.who,
                whom=no.whom,
                other=_place(wish),
                answer=wish.answer,
            )
            for wish in said
            if wish.answer in _BINDING
        ]
        return Asked(State.DECLINED, track)
    strongest = max(answers, key=_strength)
    if strongest is Answer.CONFIRMED:
        confirmed = [wish for wish in wishes if wish.answer is Answer.CONFIRMED]
        slot = _last(key, "slot", [(wish, wish.slot) for wish in confirmed], told)
        table = _last(key, "table", [(wish, wish.table) for wish in confirmed], told)
        return Asked(State.CONFIRMED, track, slot, table)
    if answers == [Answer.WANTED] * len(Side):
        return Asked(State.ACCEPTED, track)
    return Asked(_STATES[strongest], track)


def _of_one(wishes: Sequence[Wish], told: list[str]) -> Wish:
    """What one side says in the end: the strongest of its words, or the last where it also says never."""
    never = [wish for wish in wishes if wish.answer is Answer.NEVER]
    others = [wish for wish in wishes if wish.answer is not Answer.NEVER]
    if never and others:
        no, yes = never[-1], others[-1]
        told.append(
            Told(
                "never_and_other",
                place=_place(no),
                no=no.who,
                whom=no.whom,
                other=_place(yes),
                answer=yes.answer,
            )
        )
    if wishes[-1].answer is Answer.NEVER:
        return wishes[-1]
    return max(others, key=lambda wish: _strength(wish.answer))


def _last(key: Key, name: str, said: Sequence[tuple[Wish, _T | None]], told: list[str]) -> _T | None:
    """The last value that a wish gives for ``name``."""
    naming = [(wish, value) for wish, value in said if value is not None]
    if not naming:
        return None
    last, found = naming[-1]
    other = next(((wish, value) for wish, value in reversed(naming) if value != found), None)
    if other:
        told.append(
            Told(
                "differs",
                place=_place(other[0]),
                field=name,
                who=key[0],
                whom=key[1],
                value=other[1],
                other=_place(last),
                last=found,
            )
        )
    return found


def _strength(answer: Answer) -> int:
    return list(Answer).index(answer)


def _place(wish: Wish) -> str:
    return wish.place or "a wish"
