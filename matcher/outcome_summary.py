"""What came of an event's meetings, summed up: in all, and by track, organisation and kind."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from profiles.agreed import Agreed
from profiles.consultations import Came
from profiles.model import Topic

G = TypeVar("G", bound=Hashable)


@dataclass(frozen=True)
class Meant:
    """A meeting and what is agreed of it.

    Attributes:
        track: what it was about, if anything in particular.
        planned: whether the timetable has it; one of which something is noted may have been dropped since.
    """

    startup: str
    partner: str
    track: Topic | None
    planned: bool
    agreed: Agreed

    @property
    def key(self) -> tuple[str, str]:
        """Both ids."""
        return self.startup, self.partner

    @property
    def counts(self) -> bool:
        """Whether it is one of the meetings of the event: planned, or held all the same."""
        return self.planned or bool(self.agreed.held)


@dataclass(frozen=True)
class Sum:
    """How far some meetings got. Whoever reached a step has passed all before it.

    Attributes:
        planned: all of them.
        held, not_held: those that are agreed to have taken place, and not to have.
        follow_up: those of the held that were followed up or led to an agreement.
        agreement: those that led to an agreement.
        amount_usd: of the agreements that state one.
    """

    planned: int = 0
    held: int = 0
    not_held: int = 0
    follow_up: int = 0
    agreement: int = 0
    amount_usd: float = 0.0

    @property
    def open(self) -> int:
        """Those of which it is not agreed whether they took place."""
        return self.planned - self.held - self.not_held

    def with_(self, meeting: Agreed) -> Sum:
        """The sum with one meeting more."""
        return Sum(
            self.planned + 1,
            self.held + (meeting.held is True),
            self.not_held + (meeting.held is False),
            self.follow_up + meeting.reached(Came.FOLLOW_UP),
            self.agreement + meeting.reached(Came.AGREEMENT),
            self.amount_usd + (meeting.amount_usd or 0.0),
        )


def summed(meetings: Iterable[Meant]) -> Sum:
    """How far all of them got that count."""
    found = Sum()
    for each in meetings:
        if each.counts:
            found = found.with_(each.agreed)
    return found


def summed_by(meetings: Iterable[Meant], group: Callable[[Meant], G]) -> dict[G, Sum]:
    """The same for each group, in the order in which they come first."""
    found: dict[G, Sum] = {}
    for each in meetings:
        if each.counts:
            name = group(each)
            found[name] = found.get(name, Sum()).with_(each.agreed)
    return found
