"""Meetings of each organisation against the most it could have, one row each, the busiest first."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from profiles.event import Event, Participant, Schedule, Slot
from profiles.model import Side
from web import phrases
from web.phrases import gettext as _
from web.render.charts.frame import NARROW, WIDE, Column, Names, Row, Table, Tick, part, ticks
from web.render.charts.letters import shortened

PLOT = (46.0, 87.0)
"""From where to where the bars go, in percent of the width; names stand before, numbers behind."""
ROW, HEAD = 18, 24
"""Heights in pixels of a row, and of the axis above and below all rows."""
_LETTER = 12.0


@dataclass(frozen=True)
class LoadRow:
    """One organisation.

    Attributes:
        id: the participant's.
        names: its name in full, and as its column holds it.
        meetings: how many it has.
        capacity: how many it could have at most.
        limit: how many it allows; None for any number.
        slots: how many meetings its free time holds.
        y: top of the row, in pixels.
        bar, frame: widths of both numbers, in percent of the drawing's width.
        link: where its name leads.
    """

    id: str
    names: Names
    meetings: int
    capacity: int
    limit: int | None
    slots: int
    y: int
    bar: float
    frame: float
    link: str | None

    @property
    def text(self) -> str:
        """“5 / 8”."""
        return f"{phrases.number(self.meetings)} / {phrases.number(self.capacity)}"

    @property
    def full(self) -> bool:
        """Whether there is no place left."""
        return self.meetings >= self.capacity

    @property
    def over(self) -> bool:
        """Whether there are more meetings than places, as a faulty timetable can have it."""
        return self.meetings > self.capacity


@dataclass(frozen=True)
class Load:
    """The drawing; ``height`` in pixels, ticks and ``left``, where bars begin, in percent of the width."""

    side: Side
    rows: tuple[LoadRow, ...]
    ticks: tuple[Tick, ...]
    height: int

    left: float = PLOT[0]

    @property
    def linked(self) -> bool:
        """Whether any name leads anywhere."""
        return any(row.link for row in self.rows)

    @property
    def title(self) -> str:
        """What it shows."""
        if self.side is Side.STARTUP:
            return _("Meetings of each startup against its places")
        return _("Meetings of each partner against its places")

    @property
    def description(self) -> str:
        """The whole of it in a sentence or two."""
        if not self.rows:
            return _("Nobody of this side takes part.")
        return _(
            "{meetings} of {places} places are taken. {full} of {all} are full, {idle} have no meeting.",
            meetings=phrases.number(sum(row.meetings for row in self.rows)),
            places=phrases.number(sum(row.capacity for row in self.rows)),
            full=phrases.number(sum(row.full and row.meetings > 0 for row in self.rows)),
            all=phrases.number(len(self.rows)),
            idle=phrases.number(sum(not row.meetings for row in self.rows)),
        )

    def table(self) -> Table:
        """A row for every organisation."""
        return Table(
            (
                Column(_("Name")),
                Column(_("Meetings"), number=True),
                Column(_("Places for meetings"), number=True),
                Column(_("Places left"), number=True),
                Column(_("Most meetings"), number=True),
                Column(_("Room in free slots"), number=True),
            ),
            tuple(
                Row(
                    (
                        row.names.full,
                        phrases.number(row.meetings),
                        phrases.number(row.capacity),
                        phrases.number(max(row.capacity - row.meetings, 0)),
                        "–" if row.limit is None else phrases.number(row.limit),
                        phrases.number(row.slots),
                    ),
                    row.link,
                )
                for row in self.rows
            ),
        )


def load(
    event: Event,
    schedule: Schedule,
    side: Side,
    names: Mapping[str, str] | None = None,
    link: Callable[[str], str | None] = lambda _id: None,
) -> Load:
    """The drawing for one side of an event and its timetable.

    The places are what a participant allows (``max_meetings``) or what its free slots hold with its
    representatives, whichever is less; meetings in a row, which it may limit too, are left out of account.

    Args:
        names: by id, in the reader's language; the event's own where one is missing.
        link: where an id leads, if anywhere.
    """
    names = names or {}
    meetings = Counter(
        meeting.startup if side is Side.STARTUP else meeting.partner for meeting in schedule.meetings
    )
    people = [person for person in event.participants if person.side is side]
    places = {person.id: _slots(person, event.slots) for person in people}
    capacity = {person.id: min(places[person.id], _limit(person, places[person.id])) for person in people}
    label = {person.id: names.get(person.id) or person.name.strip() or person.id for person in people}

    def busiest(person: Participant) -> tuple[int, int, str, str]:
        free = capacity[person.id] - meetings[person.id]
        return -meetings[person.id], free, label[person.id].casefold(), person.id

    most = max([1, *capacity.values(), *meetings.values()])
    size = (PLOT[1] - PLOT[0]) / 100
    rows = tuple(
        LoadRow(
            id=person.id,
            names=_names(label[person.id]),
            meetings=meetings[person.id],
            capacity=capacity[person.id],
            limit=person.max_meetings,
            slots=places[person.id],
            y=HEAD + ROW * place,
            bar=round(part(meetings[person.id], most) * size, 2),
            frame=round(part(capacity[person.id], most) * size, 2),
            link=link(person.id),
        )
        for place, person in enumerate(sorted(people, key=busiest))
    )
    axis = tuple(Tick(round(PLOT[0] + tick.at * size, 2), tick.value) for tick in ticks(most))
    return Load(side, rows, axis, 2 * HEAD + ROW * len(rows) if rows else 0)


def _limit(person: Participant, places: int) -> int:
    return places if person.max_meetings is None else person.max_meetings


def _slots(person: Participant, slots: Iterable[Slot]) -> int:
    """How many meetings fit into its free time: the most slots free of each other, times representatives.

    Taking whichever ends first gives the most (Kleinberg and Tardos, Algorithm Design, 2005, section 4.1).
    """
    slots = list(slots)
    away = [slot for slot in slots if slot.id in set(person.unavailable)]
    found, busy_until = 0, None
    for slot in sorted(slots, key=lambda slot: (slot.end, slot.start)):
        if person.sessions is not None and slot.session not in person.sessions:
            continue
        if any(slot.start < other.end and other.start < slot.end for other in away):
            continue
        if busy_until is None or slot.start >= busy_until:
            found, busy_until = found + 1, slot.end
    return found * person.representatives


def _names(name: str) -> Names:
    # A little air is left between the name and the bar.
    narrow, wide = ((PLOT[0] - 2) / 100 * pixels / _LETTER for pixels in (NARROW, WIDE))
    return Names(name, shortened(name, narrow), shortened(name, wide))
