"""E-mails and notices in the store: a letter is a draft until somebody sends it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Row, delete, func, insert, select, update

from profiles.account_store import utc, utc_or_none
from profiles.database import writing
from profiles.errors import UnknownError
from profiles.tables import letters, notices

LEFT_BEHIND = timedelta(minutes=10)
"""After so long, whoever was sending a letter has ended without saying what became of it."""


class LetterState(StrEnum):
    """How far a letter is."""

    DRAFT = "draft"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True)
class Letter:
    """An e-mail to one person.

    Attributes:
        number: the key; 0 before it is kept.
        kind: what it is about: ``invitation``, ``agenda``, ``reset``.
        account: to whom.
        version: the timetable it tells of; None where it tells of none.
        error: why it could not be sent, in one line.
        sent_at: when it was sent, or when sending it began.
    """

    kind: str
    account: int | None
    address: str
    language: str
    subject: str
    body: str
    event_id: str | None = None
    version: int | None = None
    state: LetterState = LetterState.DRAFT
    error: str = ""
    number: int = 0
    created_at: datetime | None = None
    sent_at: datetime | None = None

    def is_waiting(self, now: datetime) -> bool:
        """Whether it can be sent, or thrown away."""
        if self.state is LetterState.SENDING:
            return self.sent_at is None or now - self.sent_at > LEFT_BEHIND
        return self.state is not LetterState.SENT


@dataclass(frozen=True)
class StoredNotice:
    """What publishing a version changed for somebody.

    Attributes:
        changes: as ``matcher.schedule.changes.Change.to_dict``.
    """

    number: int
    event_id: str
    profile_id: str
    version: int
    changes: Sequence[Mapping[str, Any]]
    created_at: datetime
    seen_at: datetime | None


@dataclass
class LetterStore:
    """The part of ``Store`` that keeps letters and notices. Every method is one transaction."""

    engine: Engine

    def draft_letters(self, several: Iterable[Letter]) -> list[Letter]:
        """Keep letters as drafts; one to the same account about the same thing takes the place of a draft."""
        now = datetime.now(UTC)
        numbers = []
        with writing(self.engine) as connection:
            for letter in several:
                connection.execute(
                    delete(letters).where(
                        letters.c.state == LetterState.DRAFT.value,
                        letters.c.kind == letter.kind,
                        letters.c.event_id == letter.event_id
                        if letter.event_id is not None
                        else letters.c.event_id.is_(None),
                        letters.c.address == letter.address,
                    )
                )
                row = {
                    "event_id": letter.event_id,
                    "kind": letter.kind,
                    "account": letter.account,
                    "address": letter.address,
                    "language": letter.language,
                    "subject": letter.subject[:500],
                    "body": letter.body,
                    "version": letter.version,
                    "state": LetterState.DRAFT.value,
                    "error": "",
                    "created_at": now,
                }
                added = insert(letters).values(row).returning(letters.c.pk)
                numbers.append(connection.execute(added).scalar_one())
        return [self.letter(number) for number in numbers]

    def letter(self, number: int) -> Letter:
        """The letter of this number.

        Raises:
            UnknownError: there is none.
        """
        with self.engine.connect() as connection:
            row = connection.execute(select(letters).where(letters.c.pk == number)).one_or_none()
        if row is None:
            raise UnknownError(f"no letter {number}")
        return _letter(row)

    def letters(self, *, event_id: str | None = None, state: LetterState | None = None) -> list[Letter]:
        """All letters, the newest first; those of an event, or in a state."""
        query = select(letters).order_by(letters.c.pk.desc())
        if event_id is not None:
            query = query.where(letters.c.event_id == event_id)
        if state is not None:
            query = query.where(letters.c.state == state.value)
        with self.engine.connect() as connection:
            return [_letter(row) for row in connection.execute(query)]

    def claim_letter(self, number: int) -> bool:
        """Begin to send a letter; False where it is sent already, or somebody else is at it."""
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            row = connection.execute(select(letters).where(letters.c.pk == number)).one_or_none()
            if row is None or not _letter(row).is_waiting(now):
                return False
            connection.execute(
                update(letters)
                .where(letters.c.pk == number)
                .values(state=LetterState.SENDING.value, error="", sent_at=now)
            )
        return True

    def mark_letter(
        self, number: int, state: LetterState, error: str = "", *, body: str | None = None
    ) -> None:
        """Keep what became of a letter, and another body where one is given."""
        values: dict[str, Any] = {
            "state": state.value,
            "error": error,
            "sent_at": datetime.now(UTC) if state is LetterState.SENT else None,
        }
        with writing(self.engine) as connection:
            connection.execute(
                update(letters)
                .where(letters.c.pk == number)
                .values(values if body is None else {**values, "body": body})
            )

    def discard_letters(self, numbers: Sequence[int]) -> int:
        """Throw drafts away, and failed ones; gives back how many."""
        now = datetime.now(UTC)
        done = 0
        with writing(self.engine) as connection:
            for number in numbers:
                row = connection.execute(select(letters).where(letters.c.pk == number)).one_or_none()
                if row is not None and _letter(row).is_waiting(now):
                    connection.execute(delete(letters).where(letters.c.pk == number))
                    done += 1
        return done

    def told_versions(self, event_id: str) -> dict[int, int]:
        """The version that each account, by its number, was last sent a letter of."""
        last = select(func.max(letters.c.pk)).where(
            letters.c.event_id == event_id,
            letters.c.state == LetterState.SENT.value,
            letters.c.version.is_not(None),
            letters.c.account.is_not(None),
        )
        with self.engine.connect() as connection:
            rows = connection.execute(
                select(letters.c.account, letters.c.version).where(
                    letters.c.pk.in_(last.group_by(letters.c.account))
                )
            )
            return {row.account: row.version for row in rows}

    # -- notices -------------------------------------------------------------------------------

    def keep_notices(
        self, event_id: str, version: int, told: Mapping[str, Sequence[Mapping[str, Any]]]
    ) -> None:
        """Keep what a version changes, by profile."""
        now = datetime.now(UTC)
        rows = [
            {
                "event_id": event_id,
                "profile_id": who,
                "version": version,
                "changes": list(changes),
                "created_at": now,
            }
            for who, changes in told.items()
        ]
        with writing(self.engine) as connection:
            if rows:
                connection.execute(insert(notices), rows)

    def notices(self, event_id: str, *, profile_id: str | None = None) -> list[StoredNotice]:
        """What was told in an event, the newest first; to everybody, or to one profile."""
        query = select(notices).where(notices.c.event_id == event_id).order_by(notices.c.pk.desc())
        if profile_id is not None:
            query = query.where(notices.c.profile_id == profile_id)
        with self.engine.connect() as connection:
            return [
                StoredNotice(
                    row.pk,
                    row.event_id,
                    row.profile_id,
                    row.version,
                    row.changes,
                    utc(row.created_at),
                    utc_or_none(row.seen_at),
                )
                for row in connection.execute(query)
            ]

    def see_notices(self, event_id: str, profile_id: str) -> None:
        """Remember that a profile's people have seen their notices."""
        with writing(self.engine) as connection:
            connection.execute(
                update(notices)
                .where(
                    notices.c.event_id == event_id,
                    notices.c.profile_id == profile_id,
                    notices.c.seen_at.is_(None),
                )
                .values(seen_at=datetime.now(UTC))
            )


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        kind=row.kind,
        account=row.account,
        address=row.address,
        language=row.language,
        subject=row.subject,
        body=row.body,
        event_id=row.event_id,
        version=row.version,
        state=LetterState(row.state),
        error=row.error,
        number=row.pk,
        created_at=utc(row.created_at),
        sent_at=utc_or_none(row.sent_at),
    )
