"""What calendars of an event were told, in the store: one record an event, which the faces make."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, delete, insert, select

from profiles.database import writing
from profiles.tables import calendars

Told = dict[str, Any]
"""A record ready for JSON."""


@dataclass
class CalendarStore:
    """The part of ``Store`` that keeps what calendars were told. Every method is one transaction."""

    engine: Engine

    def told(self, event_id: str) -> tuple[int | None, Told] | None:
        """The version of the timetable that calendars were told last (None: that there is none), and the
        record of it; None where they were never told anything."""
        with self.engine.connect() as connection:
            row = connection.execute(select(calendars).where(calendars.c.event_id == event_id)).one_or_none()
        return None if row is None else (row.version, row.told)

    def tell(self, event_id: str, version: int | None, change: Callable[[Told | None], Told]) -> Told:
        """Keep what calendars are told with ``version``; of two who do so at once the second finds it done.

        Args:
            change: from the record of what was told before (None: nothing) to that of now.
        """
        with writing(self.engine) as connection:
            row = connection.execute(select(calendars).where(calendars.c.event_id == event_id)).one_or_none()
            if row is not None and row.version == version:
                known: Told = row.told
                return known
            told = change(None if row is None else row.told)
            connection.execute(delete(calendars).where(calendars.c.event_id == event_id))
            values = {"event_id": event_id, "version": version, "told": told, "updated_at": datetime.now(UTC)}
            connection.execute(insert(calendars).values(values))
        return told
