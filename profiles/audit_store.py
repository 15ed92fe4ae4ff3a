"""The audit trail in the store: who changed what. Nothing is ever removed from it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Engine, func, insert, select

from profiles.account_store import utc
from profiles.accounts import Actor
from profiles.database import writing
from profiles.tables import audit


@dataclass(frozen=True)
class AuditEntry:
    """One change: who did what to what.

    Attributes:
        account: of whoever did it; None: a command of the machine.
        action: a code; its sentence is for the faces to say.
        subject: what was changed, as an id or a name.
        detail: what a program or a curious person may want to know besides.
    """

    number: int
    at: datetime
    account: int | None
    actor: str
    action: str
    subject: str
    event_id: str | None
    detail: Mapping[str, Any]


@dataclass
class AuditStore:
    """The part of ``Store`` that keeps the audit trail. Every method is one transaction."""

    engine: Engine

    def record_change(
        self,
        actor: Actor,
        action: str,
        subject: str = "",
        *,
        event_id: str | None = None,
        detail: Mapping[str, Any] | None = None,
    ) -> None:
        """Write down who changed what."""
        with writing(self.engine) as connection:
            connection.execute(
                insert(audit).values(
                    at=datetime.now(UTC),
                    account=actor.number,
                    actor=actor.name[:200],
                    action=action[:80],
                    subject=subject[:500],
                    event_id=event_id,
                    detail=dict(detail or {}),
                )
            )

    def changes_made(
        self,
        *,
        event_id: str | None = None,
        account: int | None = None,
        action: str | None = None,
        subject: str | None = None,
        page: int = 1,
        size: int = 50,
    ) -> tuple[list[AuditEntry], int]:
        """One page of what was changed, the newest first, and how many changes there are in all."""
        query = select(audit)
        for column, wanted in (
            (audit.c.event_id, event_id),
            (audit.c.account, account),
            (audit.c.action, action),
            (audit.c.subject, subject),
        ):
            if wanted is not None:
                query = query.where(column == wanted)
        with self.engine.connect() as connection:
            total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
            rows = connection.execute(
                query.order_by(audit.c.pk.desc()).limit(size).offset((max(page, 1) - 1) * size)
            )
            found = [
                AuditEntry(
                    number=row.pk,
                    at=utc(row.at),
                    account=row.account,
                    actor=row.actor,
                    action=row.action,
                    subject=row.subject,
                    event_id=row.event_id,
                    detail=row.detail or {},
                )
                for row in rows
            ]
        return found, int(total)

    def actions_made(self) -> list[str]:
        """The codes that stand in the trail, each once."""
        with self.engine.connect() as connection:
            return list(
                connection.execute(select(audit.c.action).distinct().order_by(audit.c.action)).scalars()
            )

    def events_changed(self) -> list[str]:
        """The ids of events that stand in the trail, each once; some may be gone."""
        query = select(audit.c.event_id).where(audit.c.event_id.is_not(None)).distinct()
        with self.engine.connect() as connection:
            return list(connection.execute(query.order_by(audit.c.event_id)).scalars())
