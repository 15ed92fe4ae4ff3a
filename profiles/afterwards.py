"""What is certain enough of the notes on a meeting to be learned from."""

from __future__ import annotations

import datetime
from collections.abc import Sequence

from profiles.agreed import FAR, agreed
from profiles.consultations import Note
from profiles.outcomes import Outcome, Result

_STEPS = (Result.MET, Result.FOLLOW_UP, Result.AGREEMENT)


def outcomes_of(notes: Sequence[Note], day: datetime.date) -> tuple[Outcome, ...]:
    """The outcomes of one pair that meets on ``day``, by what is agreed of all that is noted of it."""
    found = agreed(notes)
    if not found.held:
        return ()
    far = FAR[found.result] if found.result is not None else 0
    startup, partner = notes[0].key
    return tuple(
        Outcome(startup=startup, partner=partner, outcome=step, date=day) for step in _STEPS[: far + 1]
    )
