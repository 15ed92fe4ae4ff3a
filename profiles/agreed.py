"""What is agreed of a meeting of which the two sides and the organiser each say what came of it.

The organiser's word counts before that of the sides. Where the two sides differ, what both say counts: a
meeting that one of them calls held and the other not is undecided, of two results the lesser one holds, and
of two amounts the smaller.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from profiles.consultations import By, Came, Note

HELD, RESULT, AMOUNT = "held", "result", "amount_usd"
FIELDS = (HELD, RESULT, AMOUNT)
"""What may be noted of a meeting, apart from its text."""

FAR = {Came.NOTHING: 0, Came.FOLLOW_UP: 1, Came.AGREEMENT: 2}
"""How far each result is."""


@dataclass(frozen=True)
class Agreed:
    """The state of one meeting.

    Attributes:
        held: None where nobody says, or the sides differ and the organiser has not decided.
        result: of a meeting that was held; None: not said.
        amount_usd: of an agreement, where it has one.
        said: the notes, by who wrote them.
        differing: those of ``FIELDS`` of which the two sides say different things.
    """

    held: bool | None
    result: Came | None
    amount_usd: float | None
    said: Mapping[By, Note]
    differing: tuple[str, ...]

    @property
    def is_noted(self) -> bool:
        """Whether anybody says anything but words."""
        return any(getattr(note, field) is not None for note in self.said.values() for field in FIELDS)

    @property
    def is_decided(self) -> bool:
        """Whether the organiser has said something of all in which the sides differ."""
        word = self.said.get(By.ORGANISER)
        return all(word is not None and getattr(word, field) is not None for field in self.differing)

    def reached(self, result: Came) -> bool:
        """Whether the meeting was held and came at least so far."""
        return bool(self.held) and self.result is not None and FAR[self.result] >= FAR[result]


def agreed(notes: Iterable[Note]) -> Agreed:
    """What is agreed of one pair's meeting, by all that is noted of it."""
    said = {note.by: note for note in notes}
    sides = [said[by] for by in (By.STARTUP, By.PARTNER) if by in said]
    word = said.get(By.ORGANISER)
    helds = [note.held for note in sides if note.held is not None]
    results = [note.result for note in sides if note.result is not None]
    amounts = [note.amount_usd for note in sides if note.amount_usd is not None]
    held = helds[0] if len(set(helds)) == 1 else None
    result = min(results, key=FAR.__getitem__, default=None)
    amount = min(amounts, default=None)
    if word is not None:
        held = held if word.held is None else word.held
        result = word.result or result
        amount = amount if word.amount_usd is None else word.amount_usd
    if not held:
        result = None
    return Agreed(
        held,
        result,
        amount if result is Came.AGREEMENT else None,
        said,
        tuple(
            field
            for field, values in ((HELD, helds), (RESULT, results), (AMOUNT, amounts))
            if len(set(values)) > 1
        ),
    )


def by_pair(notes: Iterable[Note]) -> dict[tuple[str, str], Agreed]:
    """The same for each pair of which something is noted."""
    found: dict[tuple[str, str], list[Note]] = {}
    for note in notes:
        found.setdefault(note.key, []).append(note)
    return {key: agreed(some) for key, some in found.items()}
