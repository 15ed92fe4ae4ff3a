"""The timetables made for an event, in the store: none is ever lost, and each can be brought back.

Every event numbers its own versions from 1. They are no change of the profiles, so ``Store.identity`` does
not count them.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Row, Select, insert, select

from profiles.database import writing
from profiles.errors import InputError
from profiles.event import Event, Schedule
from profiles.tables import timetables


@dataclass(frozen=True)
class Version:
    """What a list shows of a version.

    Attributes:
        number: from 1, within the event.
        created_at: when it was kept, in UTC.
        note: where it came from, in the words of whoever kept it.
        status: as in the timetable.
        meetings: how many there are.
        content_hash: SHA-256 over the event and the timetable, but for the seconds it took.
    """

    event_id: str
    number: int
    created_at: datetime
    note: str
    status: str
    meetings: int
    content_hash: str

    def to_dict(self) -> dict[str, Any]:
        """The version for a program."""
        return {
            "event_id": self.event_id,
            "version": self.number,
            "created_at": self.created_at.isoformat(timespec="seconds"),
            "note": self.note,
            "status": self.status,
            "meetings": self.meetings,
            "content_hash": self.content_hash,
        }


@dataclass(frozen=True)
class Timetable:
    """A version in full: the event as it was then, and the timetable made for it."""

    version: Version
    event: Event
    schedule: Schedule


@dataclass
class TimetableStore:
    """The part of ``Store`` that keeps timetables. Every method is one transaction."""

    engine: Engine

    def keep_timetable(self, event: Event, schedule: Schedule, note: str = "") -> Version:
        """Keep a timetable as the newest version; what the newest holds already is not kept once more."""
        with writing(self.engine) as connection:
            return keep(connection, event, schedule, note)

    def timetables(self, event_id: str) -> list[Version]:
        """All versions of an event, the newest first."""
        query = _listed(event_id).order_by(timetables.c.number.desc())
        with self.engine.connect() as connection:
            return [_version(row) for row in connection.execute(query)]

    def timetable(self, event_id: str, number: int | None = None) -> Timetable:
        """One version in full; the newest, if no number is given.

        Raises:
            InputError: there is no such version.
        """
        with self.engine.connect() as connection:
            return _read(connection, event_id, number)

    def restore_timetable(self, event_id: str, number: int) -> Timetable:
        """Bring a version back: the newest is equal to it afterwards, and those in between stay.

        Raises:
            InputError: there is no such version.
        """
        with writing(self.engine) as connection:
            old = _read(connection, event_id, number)
            version = keep(connection, old.event, old.schedule, f"version {number} restored")
        return Timetable(version, old.event, old.schedule)


def keep(connection: Connection, event: Event, schedule: Schedule, note: str) -> Version:
    """Keep a timetable as the newest version, within a transaction of the store's."""
    # The connection holds the lock of writers: nobody else can take the number.
    event_id = event.event.id
    newest = connection.execute(_listed(event_id).order_by(timetables.c.number.desc()).limit(1)).first()
    records = {"event": event.model_dump(mode="json"), "schedule": schedule.model_dump(mode="json")}
    content_hash = _content_hash(**records)
    if newest is not None and newest.content_hash == content_hash:
        return _version(newest)
    version = Version(
        event_id=event_id,
        number=1 if newest is None else newest.number + 1,
        created_at=datetime.now(UTC),
        note=note,
        status=schedule.status,
        meetings=len(schedule.meetings),
        content_hash=content_hash,
    )
    connection.execute(insert(timetables).values(**asdict(version), **records))
    return version


def _read(connection: Connection, event_id: str, number: int | None) -> Timetable:
    known = connection.execute(
        select(timetables.c.number).where(timetables.c.event_id == event_id).order_by(timetables.c.number)
    )
    numbers = known.scalars().all()
    if not numbers:
        raise InputError(f"no timetable was kept for the event {event_id!r}; run schedule first")
    wanted = numbers[-1] if number is None else number
    if wanted not in numbers:
        raise InputError(
            f"no version {wanted} of the event {event_id!r}; there are: {', '.join(map(str, numbers))}"
        )
    row = connection.execute(
        select(timetables).where(timetables.c.event_id == event_id, timetables.c.number == wanted)
    ).one()
    return Timetable(_version(row), Event.model_validate(row.event), Schedule.model_validate(row.schedule))


def _listed(event_id: str) -> Select[Any]:
    """The rows of an event without the timetables themselves, which may be large."""
    light = (column for column in timetables.c if column.name not in ("event", "schedule"))
    return select(*light).where(timetables.c.event_id == event_id)


def _version(row: Row[Any]) -> Version:
    # SQLite gives the time back without its zone, PostgreSQL in the zone of the session.
    when = row.created_at
    when = when.replace(tzinfo=UTC) if when.tzinfo is None else when.astimezone(UTC)
    return Version(row.event_id, row.number, when, row.note, row.status, row.meetings, row.content_hash)


def _content_hash(event: dict[str, Any], schedule: dict[str, Any]) -> str:
    untimed = {name: value for name, value in schedule.items() if name != "seconds"}
    text = json.dumps([event, untimed], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()
