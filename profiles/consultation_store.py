"""Consultation days, who takes part, what they want and what came of it, in the store."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, delete, insert, select, update

from profiles import outcome_store
from profiles.account_store import utc, utc_or_none
from profiles.afterwards import outcomes_of
from profiles.consultations import RESERVED_IDS, Attendee, By, Choice, Consultation, Note, OwnTerms
from profiles.database import writing
from profiles.dayplan import DayPlan
from profiles.errors import ConflictError, InputError, UnknownError
from profiles.event import Event, Schedule
from profiles.model import Side
from profiles.tables import attendees, choices, consultations, notes, timetables
from profiles.timetable_store import Version, keep


@dataclass
class ConsultationStore:
    """The part of ``Store`` that keeps consultation days. Every method is one transaction."""

    engine: Engine

    # -- the day -------------------------------------------------------------------------------

    def consultations(self, *, profile_id: str | None = None) -> list[Consultation]:
        """All days, the latest first; or those in which a profile takes part."""
        query = select(consultations)
        if profile_id is not None:
            mine = select(attendees.c.event_id).where(attendees.c.profile_id == profile_id)
            query = query.where(consultations.c.id.in_(mine))
        with self.engine.connect() as connection:
            found = [_consultation(row) for row in connection.execute(query)]
        return sorted(found, key=lambda each: (each.plan.days[0].date, each.id), reverse=True)

    def consultation(self, event_id: str) -> Consultation:
        """The day with this id.

        Raises:
            UnknownError: there is none.
        """
        with self.engine.connect() as connection:
            return _one(connection, event_id)

    def add_consultation(self, consultation: Consultation) -> Consultation:
        """Keep a new day.

        Raises:
            InputError: there is one with its id, or no event may have it.
        """
        if consultation.id in RESERVED_IDS:
            raise InputError(f"no event can be called {consultation.id!r}: choose another id", field="id")
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            known = select(consultations.c.id).where(consultations.c.id == consultation.id)
            if connection.execute(known).scalar() is not None:
                raise InputError(
                    f"there is an event {consultation.id!r} already: choose another id", field="id"
                )
            connection.execute(
                insert(consultations).values(
                    id=consultation.id, revision=1, created_at=now, updated_at=now, **_settled(consultation)
                )
            )
            return _one(connection, consultation.id)

    def save_consultation(self, consultation: Consultation) -> Consultation:
        """Save a changed day; its ``revision`` says what was changed.

        Raises:
            UnknownError: there is no such day.
            ConflictError: somebody else saved it in the meantime.
        """
        with writing(self.engine) as connection:
            before = _one(connection, consultation.id)
            if before.revision != consultation.revision:
                raise ConflictError("somebody else changed this event in the meantime: load it again")
            connection.execute(
                update(consultations)
                .where(consultations.c.id == consultation.id)
                .values(revision=before.revision + 1, updated_at=datetime.now(UTC), **_settled(consultation))
            )
            return _one(connection, consultation.id)

    def remove_consultation(self, event_id: str) -> None:
        """Remove a day with its attendees and choices; its timetables and what came of it stay.

        Raises:
            UnknownError: there is no such day.
        """
        with writing(self.engine) as connection:
            _one(connection, event_id)
            for table, column in (
                (choices, choices.c.event_id),
                (attendees, attendees.c.event_id),
                (consultations, consultations.c.id),
            ):
                connection.execute(delete(table).where(column == event_id))

    def publish(self, event_id: str, version: int | None) -> Consultation:
        """Show this version of the timetable to the attendees from now on; None: none.

        Raises:
            UnknownError: there is no such day or version.
        """
        with writing(self.engine) as connection:
            _one(connection, event_id)
            if version is not None:
                known = select(timetables.c.number).where(
                    timetables.c.event_id == event_id, timetables.c.number == version
                )
                if connection.execute(known).scalar() is None:
                    raise UnknownError(f"no version {version} of the event {event_id!r}")
            connection.execute(
                update(consultations)
                .where(consultations.c.id == event_id)
                .values(published=version, published_at=datetime.now(UTC) if version is not None else None)
            )
            return _one(connection, event_id)

    def keep_edited(self, event: Event, schedule: Schedule, note: str, *, after: int) -> Version:
        """Keep a timetable that was made by changing version ``after``.

        Raises:
            ConflictError: ``after`` is no longer the newest.
        """
        with writing(self.engine) as connection:
            newest = connection.execute(
                select(timetables.c.number)
                .where(timetables.c.event_id == event.event.id)
                .order_by(timetables.c.number.desc())
                .limit(1)
            ).scalar()
            if newest != after:
                raise ConflictError("somebody else changed this timetable in the meantime: load it again")
            return keep(connection, event, schedule, note)

    # -- who takes part ------------------------------------------------------------------------

    def attendees(self, event_id: str, *, side: Side | None = None) -> list[Attendee]:
        """Who takes part in a day, startups first, each side by id."""
        query = select(attendees).where(attendees.c.event_id == event_id)
        if side is not None:
            query = query.where(attendees.c.side == side.value)
        with self.engine.connect() as connection:
            found = [_attendee(row) for row in connection.execute(query)]
        return sorted(found, key=lambda each: (each.side is Side.PARTNER, each.profile_id))

    def attendee(self, event_id: str, profile_id: str) -> Attendee:
        """Somebody who takes part in a day.

        Raises:
            UnknownError: it does not.
        """
        query = select(attendees).where(
            attendees.c.event_id == event_id, attendees.c.profile_id == profile_id
        )
        with self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UnknownError(f"{profile_id!r} does not take part in {event_id!r}")
        return _attendee(row)

    def add_attendees(self, event_id: str, people: Iterable[tuple[str, Side]]) -> int:
        """Let people take part who do not yet; gives back how many were added.

        Raises:
            UnknownError: there is no such day.
        """
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            _one(connection, event_id)
            known = set(
                connection.execute(
                    select(attendees.c.profile_id).where(attendees.c.event_id == event_id)
                ).scalars()
            )
            rows: list[dict[str, Any]] = [
                {
                    "event_id": event_id,
                    "profile_id": profile_id,
                    "side": side.value,
                    "terms": {},
                    "unavailable": [],
                    "updated_at": now,
                }
                for profile_id, side in dict(people).items()
                if profile_id not in known
            ]
            if rows:
                connection.execute(insert(attendees), rows)
        return len(rows)

    def save_attendee(self, attendee: Attendee) -> None:
        """Save what changed of somebody who takes part.

        Raises:
            UnknownError: it does not.
        """
        self.save_attendees([attendee])

    def save_attendees(self, several: Sequence[Attendee]) -> None:
        """As ``save_attendee``, all in one transaction."""
        with writing(self.engine) as connection:
            for attendee in several:
                done = connection.execute(
                    update(attendees)
                    .where(
                        attendees.c.event_id == attendee.event_id,
                        attendees.c.profile_id == attendee.profile_id,
                    )
                    .values(
                        terms=attendee.terms.model_dump(mode="json", exclude_none=True),
                        unavailable=list(attendee.unavailable),
                        checked_in_at=attendee.checked_in_at,
                        absent_at=attendee.absent_at,
                        updated_at=datetime.now(UTC),
                    )
                )
                if done.rowcount == 0:
                    raise UnknownError(f"{attendee.profile_id!r} does not take part in {attendee.event_id!r}")

    def mark(
        self,
        event_id: str,
        profile_id: str,
        *,
        checked_in_at: datetime | None,
        absent_at: datetime | None,
    ) -> Attendee:
        """Say when somebody was seen at the door, and from when on it does not come; nothing else changes.

        Returns:
            it as it was before.

        Raises:
            UnknownError: it does not take part.
        """
        where = (attendees.c.event_id == event_id, attendees.c.profile_id == profile_id)
        with writing(self.engine) as connection:
            row = connection.execute(select(attendees).where(*where)).one_or_none()
            if row is None:
                raise UnknownError(f"{profile_id!r} does not take part in {event_id!r}")
            connection.execute(
                update(attendees)
                .where(*where)
                .values(
                    checked_in_at=checked_in_at,
                    absent_at=absent_at,
                    updated_at=datetime.now(UTC),
                )
            )
        return _attendee(row)

    def remove_attendees(self, event_id: str, profile_ids: Sequence[str]) -> int:
        """Let people no longer take part; what was said of meeting them goes too. How many there were."""
        removed = 0
        with writing(self.engine) as connection:
            for each in profile_ids:
                removed += connection.execute(
                    delete(attendees).where(attendees.c.event_id == event_id, attendees.c.profile_id == each)
                ).rowcount
                connection.execute(
                    delete(choices).where(
                        choices.c.event_id == event_id,
                        (choices.c.startup == each) | (choices.c.partner == each),
                    )
                )
        return removed

    # -- what they want ------------------------------------------------------------------------

    def choices(self, event_id: str, *, profile_id: str | None = None, by: By | None = None) -> list[Choice]:
        """What is said of meetings, by startup and partner; all, or of one profile's, or by one side."""
        query = select(choices).where(choices.c.event_id == event_id)
        if profile_id is not None:
            query = query.where((choices.c.startup == profile_id) | (choices.c.partner == profile_id))
        if by is not None:
            query = query.where(choices.c.by == by.value)
        with self.engine.connect() as connection:
            found = [_choice(row) for row in connection.execute(query)]
        return sorted(found, key=lambda each: (each.startup, each.partner, each.by.value))

    def choose(self, choice: Choice) -> Choice | None:
        """Keep what one says of a meeting, in place of what it said before; an empty choice takes that back.

        Returns:
            what it said before, so that it can be undone; None: nothing.

        Raises:
            UnknownError: one of the two does not take part.
        """
        return self.choose_all([choice])[0]

    def choose_all(self, several: Sequence[Choice]) -> list[Choice | None]:
        """As ``choose``, all in one transaction."""
        before: list[Choice | None] = []
        with writing(self.engine) as connection:
            for choice in several:
                sides = {choice.startup: Side.STARTUP, choice.partner: Side.PARTNER}
                present = connection.execute(
                    select(attendees.c.profile_id, attendees.c.side).where(
                        attendees.c.event_id == choice.event_id, attendees.c.profile_id.in_(sides)
                    )
                )
                found = {row.profile_id: Side(row.side) for row in present}
                for who, side in sides.items():
                    if found.get(who) is not side:
                        raise UnknownError(
                            f"{who!r} does not take part in {choice.event_id!r} as a {side.value}"
                        )
                where = (
                    choices.c.event_id == choice.event_id,
                    choices.c.startup == choice.startup,
                    choices.c.partner == choice.partner,
                    choices.c.by == choice.by.value,
                )
                row = connection.execute(select(choices).where(*where)).one_or_none()
                before.append(None if row is None else _choice(row))
                connection.execute(delete(choices).where(*where))
                if not choice.is_empty():
                    values = choice.model_dump(mode="json", exclude={"table", "updated_at"})
                    connection.execute(
                        insert(choices).values(**values, table_id=choice.table, updated_at=datetime.now(UTC))
                    )
        return before

    # -- what came of it -----------------------------------------------------------------------

    def notes(self, event_id: str, *, profile_id: str | None = None, by: By | None = None) -> list[Note]:
        """What came of meetings, by startup and partner; all, or of one profile's, or by one side."""
        query = select(notes).where(notes.c.event_id == event_id)
        if profile_id is not None:
            query = query.where((notes.c.startup == profile_id) | (notes.c.partner == profile_id))
        if by is not None:
            query = query.where(notes.c.by == by.value)
        with self.engine.connect() as connection:
            found = [_note(row) for row in connection.execute(query)]
        return sorted(found, key=lambda each: (each.startup, each.partner, each.by.value))

    def keep_note(self, note: Note, day: date | None = None) -> None:
        """Keep what came of a meeting, in place of what the same side said before.

        Args:
            day: of the meeting. Where it is given, the outcomes that the ranking learns from are brought in
                line with all that is noted of the pair: see ``outcomes_of``.
        """
        pair = (
            notes.c.event_id == note.event_id,
            notes.c.startup == note.startup,
            notes.c.partner == note.partner,
        )
        with writing(self.engine) as connection:
            before = [_note(row) for row in connection.execute(select(notes).where(*pair))]
            connection.execute(delete(notes).where(*pair, notes.c.by == note.by.value))
            values = note.model_dump(mode="json", exclude={"updated_at"})
            connection.execute(insert(notes).values(**values, updated_at=datetime.now(UTC)))
            if day is not None:
                happened = outcomes_of([*(each for each in before if each.by is not note.by), note], day)
                undone = [each for each in outcomes_of(before, day) if each not in happened]
                outcome_store.forget(connection, undone)
                outcome_store.record(connection, happened)


def _settled(consultation: Consultation) -> dict[str, Any]:
    return {
        "plan": consultation.plan.model_dump(mode="json"),
        "top": consultation.top,
        "wishes_until": consultation.wishes_until,
    }


def _one(connection: Connection, event_id: str) -> Consultation:
    row = connection.execute(select(consultations).where(consultations.c.id == event_id)).one_or_none()
    if row is None:
        raise UnknownError(f"no event {event_id!r}")
    return _consultation(row)


def _consultation(row: Row[Any]) -> Consultation:
    return Consultation(
        plan=DayPlan.model_validate(plan_record(row.plan)),
        top=row.top,
        wishes_until=utc_or_none(row.wishes_until),
        published=row.published,
        published_at=utc_or_none(row.published_at),
        revision=row.revision,
        created_at=utc(row.created_at),
        updated_at=utc(row.updated_at),
    )


def plan_record(record: Any) -> Any:
    """A plan as it was dumped, with its times as people write them, which is how plans are read."""
    if isinstance(record, dict):
        return {
            name: value[:5] if name in ("start", "end") and isinstance(value, str) else plan_record(value)
            for name, value in record.items()
        }
    return [plan_record(each) for each in record] if isinstance(record, list) else record


def _attendee(row: Row[Any]) -> Attendee:
    return Attendee(
        event_id=row.event_id,
        profile_id=row.profile_id,
        side=Side(row.side),
        terms=OwnTerms.model_validate(row.terms or {}),
        unavailable=tuple(row.unavailable or ()),
        checked_in_at=utc_or_none(row.checked_in_at),
        absent_at=utc_or_none(row.absent_at),
    )


def _choice(row: Row[Any]) -> Choice:
    return Choice(
        event_id=row.event_id,
        startup=row.startup,
        partner=row.partner,
        by=By(row.by),
        answer=row.answer,
        track=row.track,
        slot=row.slot,
        table=row.table_id,
        comment=row.comment,
        updated_at=utc(row.updated_at),
    )


def _note(row: Row[Any]) -> Note:
    return Note(
        event_id=row.event_id,
        startup=row.startup,
        partner=row.partner,
        by=By(row.by),
        held=row.held,
        result=row.result,
        amount_usd=row.amount_usd,
        text=row.text,
        updated_at=utc(row.updated_at),
    )
