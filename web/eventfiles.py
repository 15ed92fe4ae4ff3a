"""Wishes and availability of an event from a spreadsheet, seen before anything is written."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from matcher.schedule.presence import participant_of
from profiles.consultations import Attendee, By, Choice, Consultation, OwnTerms
from profiles.dayplan import slots_of, tables_of
from profiles.errors import InputError
from profiles.importers import RowsRead
from profiles.importers import availability as hours
from profiles.importers import wishes as wanted
from profiles.importers.availability import Attendance, ParsedAvailability, parse_availability
from profiles.importers.listing import Columns
from profiles.importers.people import People
from profiles.importers.wishes import Answer, ParsedWishes, Venue, Wish, parse_wishes
from profiles.model import Profile, Side
from profiles.store import Store
from profiles.upload_store import Upload
from web.settings import Settings
from web.uploading import MendRow, as_file, limits_of, mend_list

WISHES, AVAILABILITY = "wishes", "availability"
HOLDS = (WISHES, AVAILABILITY)
"""What a file of an event can hold."""


@dataclass(frozen=True)
class ChoiceChange:
    """What one says of a meeting from now on, and what it said before."""

    choice: Choice
    before: Choice | None


@dataclass(frozen=True)
class AttendeeChange:
    """Somebody's hours and terms from now on, and before."""

    attendee: Attendee
    before: Attendee


@dataclass(frozen=True)
class EventPreview:
    """What applying a file would do to an event.

    Attributes:
        error: why it cannot be applied as it is, in one line.
        unchanged: how many of its statements are known already.
        basis: stands for what is kept now of all that would change.
    """

    error: str = ""
    rows: RowsRead | None = None
    choices: tuple[ChoiceChange, ...] = ()
    attendees: tuple[AttendeeChange, ...] = ()
    unchanged: int = 0
    mendable: tuple[MendRow, ...] = ()
    basis: str = ""

    @property
    def changes(self) -> int:
        return len(self.choices) + len(self.attendees)


@dataclass(frozen=True)
class _Read:
    """A file as read, with the event it is for."""

    event: Consultation
    attendees: dict[str, Attendee]
    profiles: dict[str, Profile]
    parsed: ParsedWishes | ParsedAvailability


def read(store: Store, upload: Upload, settings: Settings) -> ParsedWishes | ParsedAvailability:
    """The rows of a file of an event, as mended.

    Raises:
        InputError: it cannot be read at all.
        UnknownError: the event is gone.
    """
    return _read(store, upload, settings).parsed


def _read(store: Store, upload: Upload, settings: Settings) -> _Read:
    event = store.consultation(str(upload.options["event"]))
    attendees = {each.profile_id: each for each in store.attendees(event.id)}
    profiles = store.get_many(list(attendees))
    people = People(
        {each.profile_id: each.side for each in attendees.values()},
        {each.id: (each.name, each.name_ko) for each in profiles.values()},
    )
    slots, limits = slots_of(event.plan), limits_of(settings)
    parsed: ParsedWishes | ParsedAvailability
    with as_file(upload.file, store.upload_content(upload.number)) as path:
        if upload.options["holds"] == WISHES:
            venue = Venue(people, event.plan.tracks, slots, [each.id for each in tables_of(event.plan)])
            parsed = parse_wishes(path, venue, limits=limits, mended=upload.mended)
        else:
            parsed = parse_availability(path, people, slots, limits=limits, mended=upload.mended)
    return _Read(event, attendees, profiles, parsed)


def columns_of(upload: Upload) -> Columns:
    """What the columns of a file are called."""
    return wanted.COLUMNS if upload.options["holds"] == WISHES else hours.COLUMNS


def preview(store: Store, upload: Upload, settings: Settings) -> EventPreview:
    """What applying a file would do now.

    Raises:
        UnknownError: the event is gone.
    """
    try:
        found = _read(store, upload, settings)
    except InputError as error:
        if error.file is None:  # not of the file: there is no such event
            raise
        return EventPreview(error=error.reason)
    mendable = tuple(mend_list(found.parsed.rejections, columns_of(upload)))
    if isinstance(found.parsed, ParsedWishes):
        known = {(each.startup, each.partner, each.by): each for each in store.choices(found.event.id)}
        said = _choices(found, found.parsed.wishes, known)
        changed = tuple(each for each in said if not _same(each))
        basis = _basis(each.before for each in said)
        return EventPreview(
            "",
            found.parsed,
            choices=changed,
            unchanged=len(said) - len(changed),
            mendable=mendable,
            basis=basis,
        )
    try:
        there = _attendances(found, found.parsed.rows)
    except ValidationError as error:
        first = error.errors()[0]
        reason = f"{first['loc'][0]}: {str(first['msg']).lower()}" if first["loc"] else str(first["msg"])
        return EventPreview(error=reason)
    moved = tuple(each for each in there if each.attendee != each.before)
    return EventPreview(
        "",
        found.parsed,
        attendees=moved,
        unchanged=len(there) - len(moved),
        mendable=mendable,
        basis=_basis(each.before for each in there),
    )


def apply(store: Store, found: EventPreview) -> None:
    """Write what a preview holds.

    Raises:
        UnknownError: somebody no longer takes part.
    """
    store.choose_all([each.choice for each in found.choices])
    store.save_attendees([each.attendee for each in found.attendees])


def _choices(
    found: _Read, wishes: Iterable[Wish], known: dict[tuple[str, str, By], Choice]
) -> list[ChoiceChange]:
    """What each side and the organiser say; of several words on one meeting the last counts."""
    said: dict[tuple[str, str, By], Choice] = {}
    for wish in wishes:
        side = found.attendees[wish.who].side
        startup, partner = (wish.who, wish.whom) if side is Side.STARTUP else (wish.whom, wish.who)
        if wish.answer is Answer.ACCEPTED:
            parts = [(By.STARTUP, Answer.WANTED), (By.PARTNER, Answer.WANTED)]
        elif wish.answer in (Answer.MUST, Answer.CONFIRMED):
            parts = [(By.ORGANISER, wish.answer)]
        else:
            parts = [(By.of(side), wish.answer)]
        for by, answer in parts:
            key = (startup, partner, by)
            before = known.get(key)
            said[key] = Choice(
                event_id=found.event.id,
                startup=startup,
                partner=partner,
                by=by,
                answer=answer,
                track=wish.track or (before.track if before else None),
                slot=wish.slot,
                table=wish.table,
                comment=before.comment if before else "",
            )
    return [ChoiceChange(choice, known.get(key)) for key, choice in said.items()]


def _same(change: ChoiceChange) -> bool:
    return (
        change.before is not None and change.before.model_copy(update={"updated_at": None}) == change.choice
    )


def _attendances(found: _Read, rows: Sequence[Attendance]) -> list[AttendeeChange]:
    """Hours and terms of each; hours in the file take the place of all that was said before."""
    by_who: dict[str, list[Attendance]] = {}
    for row in rows:
        by_who.setdefault(row.who, []).append(row)
    slots = slots_of(found.event.plan)
    made: list[AttendeeChange] = []
    for who, said in by_who.items():
        before = found.attendees[who]
        terms: dict[str, Any] = before.terms.said()
        for each in said:
            terms.update(each.terms)
        away = before.unavailable
        profile = found.profiles.get(who)
        if profile is not None and any(each.available or each.unavailable for each in said):
            of_hours = [Attendance(who, each.available, each.unavailable) for each in said]
            person, _told = participant_of(
                profile, found.event.plan.defaults.of(before.side), of_hours, slots
            )
            away = person.unavailable
        after = Attendee.model_validate(
            {**dict(before), "terms": OwnTerms.model_validate(terms), "unavailable": away}
        )
        made.append(AttendeeChange(after, before))
    return made


def _basis(before: Iterable[Choice | Attendee | None]) -> str:
    text = json.dumps([None if each is None else each.model_dump(mode="json") for each in before])
    return hashlib.sha256(text.encode()).hexdigest()
