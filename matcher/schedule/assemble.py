"""From a day as it is kept (plan, attendees, choices) to the event that timetables are made for.

A side's ``never`` is respected whatever the organiser says, and the organiser's word counts before what the
sides merely want. An attendee who is known not to come is away from then on.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import numpy as np

from matcher.directory import Directory
from matcher.schedule.away import away_slots
from matcher.schedule.build import Built, build_event
from matcher.schedule.wording import Told
from profiles.consultations import Attendee, By, Choice, Consultation
from profiles.dayplan import Span, slots_of, tables_of
from profiles.errors import InputError
from profiles.event import Slot
from profiles.importers.availability import Attendance
from profiles.importers.wishes import Answer, Wish
from profiles.model import Side, Topic

_NEVER = datetime.min.replace(tzinfo=UTC)


def assemble(
    consultation: Consultation,
    attendees: Sequence[Attendee],
    choices: Sequence[Choice],
    directory: Directory,
    scores: Mapping[Topic, np.ndarray],
) -> Built:
    """The event of a day.

    Args:
        consultation: the day.
        attendees: who takes part; one whose profile is no longer stored is left out, and told.
        choices: what is said of meetings; those of people who do not take part count for nothing.
        directory: both sides.
        scores: for each track of the day the (S, P) scores of all pairs of the directory, 0 to 100, -inf
            where one avoids the other.

    Raises:
        InputError: a side has no attendees.
    """
    stored = {side: {profile.id for profile in directory.side(side).profiles} for side in Side}
    here = [each for each in attendees if each.profile_id in stored[each.side]]
    gone = [each.profile_id for each in attendees if each.profile_id not in stored[each.side]]
    chosen = {side: [each.profile_id for each in here if each.side is side] for side in Side}
    for side in Side:
        if not chosen[side]:
            raise InputError(f"no {side.value} takes part yet: add some to the attendees")
    slots = slots_of(consultation.plan)
    wishes, lost = _wishes(consultation, choices, {each.profile_id for each in here}, slots)
    built = build_event(
        consultation.plan,
        directory,
        {track: scores[track] for track in consultation.plan.tracks},
        wishes=wishes,
        attendance=[attendance_of(each, slots, consultation.plan.event.timezone) for each in here],
        top=consultation.top,
        chosen=chosen,
    )
    left = [Told("left_directory", who=each) for each in gone]
    return Built(built.event, (*left, *lost, *built.told), built.alone)


def attendance_of(attendee: Attendee, slots: Sequence[Slot], timezone: str) -> Attendance:
    """Hours and terms of an attendee; ids of slots that the day no longer has count for nothing."""
    away = away_slots(attendee, slots, timezone)
    return Attendance(
        attendee.profile_id,
        unavailable=tuple(_span(slot) for slot in slots if slot.id in away),
        terms=attendee.terms.said(),
        place=attendee.profile_id,
    )


def _span(slot: Slot) -> Span:
    # A slot that ends at midnight or later lasts to the end of its day.
    end = slot.end.time() if slot.end.date() == slot.start.date() else None
    return Span(date=slot.start.date(), start=slot.start.time(), end=end)


def _wishes(
    consultation: Consultation, choices: Sequence[Choice], people: set[str], slots: Sequence[Slot]
) -> tuple[list[Wish], list[str]]:
    """The choices as wishes in the order in which they count, and what cannot be held to any more."""
    known_slots = {slot.id for slot in slots}
    known_tables = {table.id for table in tables_of(consultation.plan)}
    first: list[Wish] = []
    sides: list[Wish] = []
    last: list[Wish] = []
    lost: list[str] = []
    for choice in sorted(choices, key=lambda each: each.updated_at or _NEVER):
        if not set(choice.key) <= people:
            continue
        who, whom = (choice.partner, choice.startup) if choice.by is By.PARTNER else choice.key
        answer, slot, table = choice.answer, choice.slot, choice.table
        if answer is Answer.CONFIRMED and (slot not in known_slots or table not in {None, *known_tables}):
            lost.append(Told("place_gone", who=choice.startup, whom=choice.partner, slot=slot, table=table))
            answer = Answer.MUST
        if answer is not Answer.CONFIRMED:
            slot = table = None
        place = "the organiser" if choice.by is By.ORGANISER else who
        if answer is None:
            if choice.track is not None and choice.by is By.ORGANISER:
                first.append(Wish(who, whom, Answer.MAYBE, choice.track, place=place))
            continue
        wish = Wish(who, whom, answer, choice.track, slot, table, place=place)
        if choice.by is not By.ORGANISER:
            sides.append(wish)
        elif answer is Answer.NEVER:
            last.append(wish)
        else:
            first.append(wish)
    return [*first, *sides, *last], lost
