"""What a plan comes to before it is saved: slots and tables, how many meetings fit, whom a change touches.

Works without Flask.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from profiles.consultation_store import plan_record
from profiles.consultations import Attendee, Choice, Consultation
from profiles.dayplan import DayPlan, slots_of, tables_of
from profiles.event import Schedule, Slot
from profiles.importers.wishes import Answer
from profiles.model import Side, Topic


@dataclass(frozen=True)
class DayShape:
    """One day's slots, in the order of time."""

    slots: tuple[Slot, ...]


@dataclass(frozen=True)
class Shape:
    """What a plan comes to.

    Attributes:
        days: each with its slots.
        tables: how many there are.
        places: tables times slots, without closed ones: so many meetings have room at most.
        by_track: the same, of tables that take a track.
        can: how many meetings the people of each side can hold at most; None where nobody takes part yet.
    """

    days: tuple[DayShape, ...]
    tables: int
    places: int
    by_track: dict[Topic, int]
    can: dict[Side, int] | None = None

    @property
    def slots(self) -> int:
        return sum(len(day.slots) for day in self.days)

    @property
    def most(self) -> int:
        """So many meetings fit at most."""
        return min(self.places, *self.can.values()) if self.can else self.places


def shape_of(plan: DayPlan, attendees: Sequence[Attendee] = ()) -> Shape:
    """What a plan comes to for these people."""
    slots, tables = slots_of(plan), tables_of(plan)
    dates = list(dict.fromkeys(slot.start.date() for slot in slots))
    free = {table.id: len(slots) - len(table.closed) for table in tables}
    return Shape(
        days=tuple(DayShape(tuple(slot for slot in slots if slot.start.date() == date)) for date in dates),
        tables=len(tables),
        places=sum(free.values()),
        by_track={
            track: sum(free[table.id] for table in tables if not table.tracks or track in table.tracks)
            for track in plan.tracks
        },
        can=_can(plan, slots, attendees),
    )


def _can(plan: DayPlan, slots: Sequence[Slot], attendees: Sequence[Attendee]) -> dict[Side, int] | None:
    if {each.side for each in attendees} != set(Side):
        return None
    known = {slot.id for slot in slots}
    found = dict.fromkeys(Side, 0)
    for each in attendees:
        terms, said = plan.defaults.of(each.side), each.terms.said()
        free = len(known - set(each.unavailable)) * said.get("representatives", terms.representatives)
        most = said.get("max_meetings", terms.max_meetings)
        found[each.side] += free if most is None else min(most, free)
    return found


@dataclass(frozen=True)
class Effects:
    """What a change of a plan does to what was said under the one before.

    Attributes:
        gone: slots that are no more, in the order of time.
        moved: slots that keep their name and are at another time.
        new: slots that were not there.
        people: ids of those who said that they cannot come in a slot that is gone or moved.
        answered: ids of those who said anything of their time: in new slots they count as there.
        confirmed: pairs that are confirmed for a slot or table that is no more.
        meetings: of the newest timetable, in slots or at tables that are no more, or in slots that moved.
    """

    gone: tuple[Slot, ...] = ()
    moved: tuple[Slot, ...] = ()
    new: tuple[Slot, ...] = ()
    people: tuple[str, ...] = ()
    answered: tuple[str, ...] = ()
    confirmed: tuple[tuple[str, str], ...] = ()
    meetings: int = 0

    @property
    def any(self) -> bool:
        """Whether anybody is touched."""
        return bool(self.people or self.confirmed or self.meetings or (self.new and self.answered))


def effects_of(
    before: DayPlan,
    after: DayPlan,
    attendees: Sequence[Attendee],
    choices: Sequence[Choice],
    schedule: Schedule | None = None,
) -> Effects:
    """What saving ``after`` in place of ``before`` does.

    Args:
        schedule: the newest timetable, if there is one.
    """
    old, new = ({slot.id: slot for slot in slots_of(plan)} for plan in (before, after))
    gone = tuple(slot for slot in old.values() if slot.id not in new)
    moved = tuple(slot for slot in old.values() if slot.id in new and new[slot.id].start != slot.start)
    lost = {slot.id for slot in (*gone, *moved)}
    had, has = ({table.id for table in tables_of(plan)} for plan in (before, after))
    no_table = had - has
    answered = [each for each in attendees if set(each.unavailable) & set(old)]
    return Effects(
        gone=gone,
        moved=moved,
        new=tuple(slot for slot in new.values() if slot.id not in old),
        people=tuple(each.profile_id for each in answered if lost & set(each.unavailable)),
        answered=tuple(each.profile_id for each in answered),
        confirmed=tuple(
            choice.key
            for choice in choices
            if choice.answer is Answer.CONFIRMED and (choice.slot in lost or choice.table in no_table)
        ),
        meetings=sum(
            meeting.slot in lost or meeting.table in no_table
            for meeting in (schedule.meetings if schedule else ())
        ),
    )


@dataclass(frozen=True)
class Difference:
    """A field that two people changed in different ways.

    Attributes:
        name: of the field.
        stored: what the other one saved.
        typed: what stands in the form.
    """

    name: str
    stored: str
    typed: str


def differences(stored: dict[str, str], typed: dict[str, str]) -> list[Difference]:
    """Fields that are not the same in both, in the order of the form; see ``planform.names_of``."""
    names = dict.fromkeys([*typed, *stored])
    return [
        Difference(name, stored.get(name, ""), typed.get(name, ""))
        for name in names
        if stored.get(name, "") != typed.get(name, "")
    ]


def day_file(event: Consultation) -> dict[str, Any]:
    """The plan in the format of DAY.json."""
    found: dict[str, Any] = plan_record(event.plan.model_dump(mode="json"))
    return found
