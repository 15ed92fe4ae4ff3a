"""What is certain enough of the notes on a meeting to be learned from."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from profiles.consultations import By, Came, Note
from profiles.outcomes import Outcome, Result

_FAR = {Came.NOTHING: 0, Came.FOLLOW_UP: 1, Came.AGREEMENT: 2}
_STEPS = (Result.MET, Result.FOLLOW_UP, Result.AGREEMENT)


def outcomes_of(notes: Iterable[Note], day: datetime.date) -> tuple[Outcome, ...]:
    """The outcomes of one pair that meets on ``day``, by what is noted of it.

    The organiser's word counts before that of the sides. Where the two sides differ, what both say counts:
    a meeting that one of them calls held and the other not is none.
    """
    said = {note.by: note for note in notes}
    sides = [said[by] for by in (By.STARTUP, By.PARTNER) if by in said]
    judge = said.get(By.ORGANISER)
    held = {note.held for note in sides if note.held is not None}
    if judge is not None and judge.held is not None:
        held = {judge.held}
    if held != {True}:
        return ()
    results = [note.result for note in sides if note.result is not None]
    if judge is not None and judge.result is not None:
        results = [judge.result]
    far = min((_FAR[result] for result in results), default=0)
    pair = (sides or [note for note in (judge,) if note is not None])[0]
    return tuple(
        Outcome(startup=pair.startup, partner=pair.partner, outcome=step, date=day)
        for step in _STEPS[: far + 1]
    )
