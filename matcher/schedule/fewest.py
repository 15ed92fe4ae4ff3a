"""How few breaks each participant could have if the others were not there: what nobody can do better than."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from matcher.schedule.model import Problem

_NEVER = np.int64(1 << 20)
"""More breaks than there can be."""

Ints = npt.NDArray[np.int64]


def fewest_breaks(problem: Problem, slots: Mapping[int, int]) -> Ints:
    """Participant -> the fewest breaks in as many slots as its meetings take, out of those they are allowed.

    By dynamic programming over the slots, all participants at once. Which meeting is in which slot is left
    open, but a meeting with one slot allowed is in it.

    Args:
        problem: an event whose slots do not overlap.
        slots: pair -> slot, for the pairs that meet.
    """
    people, count = len(problem.event.participants), len(problem.slots)
    allowed, held = (np.zeros((people, count), dtype=np.bool_) for _ in range(2))
    meetings = np.zeros(people, dtype=np.int64)
    for pair in slots:
        for person in problem.pairs[pair]:
            meetings[person] += 1
            allowed[person, list(problem.allowed[pair])] = True
            if len(problem.allowed[pair]) == 1:
                held[person, problem.allowed[pair]] = True
    # By the number of slots taken: on this day none yet, the last one, or an earlier one but not the last.
    fewest = np.full((3, people, count + 1), _NEVER)
    fewest[0, :, 0] = 0
    for day in problem.days:
        for slot in day:
            fewest = _after(fewest, allowed[:, slot, None], held[:, slot, None])
        fewest[0] = fewest.min(axis=0)
        fewest[1:] = _NEVER
    number = np.arange(count + 1)
    seats = np.array([each.representatives for each in problem.event.participants], dtype=np.int64)
    enough = (number <= meetings[:, None]) & (number * seats[:, None] >= meetings[:, None])
    found: Ints = np.where(enough, fewest[0], _NEVER).min(axis=1)
    return found


def _after(fewest: Ints, allowed: npt.NDArray[np.bool_], held: npt.NDArray[np.bool_]) -> Ints:
    """The table after one more slot."""
    none, last, earlier = fewest
    taken = np.full_like(none, _NEVER)
    taken[:, 1:] = np.minimum(np.minimum(none, last), earlier + 1)[:, :-1]
    idle = np.where(held, _NEVER, np.stack([none, np.full_like(none, _NEVER), np.minimum(last, earlier)]))
    return np.stack([idle[0], np.where(allowed, taken, _NEVER), idle[2]])
