"""Work in the background, in the store: asked for by a page, done by a process of its own, seen by all pages.

The process tells the store how far it is and asks it whether to stop, so that a page may be closed and opened
again, and a server ended, without the work being lost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Engine, Row, insert, select, update

from profiles.account_store import utc, utc_or_none
from profiles.database import writing
from profiles.errors import ConflictError, UnknownError
from profiles.tables import jobs

SILENCE = timedelta(seconds=60)
"""A process that says nothing for so long is taken to be dead."""

SILENT = "the process ended without a word"
"""The error of work whose process died."""


class JobState(StrEnum):
    """How far a piece of work is."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    DISCARDED = "discarded"

    @property
    def is_over(self) -> bool:
        return self in (JobState.DONE, JobState.FAILED, JobState.DISCARDED)


class StopAsked(StrEnum):
    """How a piece of work was asked to end early."""

    NOT = ""
    KEEP = "keep"
    DISCARD = "discard"


@dataclass(frozen=True)
class Job:
    """A piece of work.

    Attributes:
        kind: what sort of work; what ``request`` and ``result`` hold goes by it.
        account: who asked for it.
        progress: the newest of what the process told.
        heard_at: when the process was heard of last.
    """

    number: int
    event_id: str
    kind: str
    state: JobState
    account: int | None
    request: Mapping[str, Any]
    progress: Mapping[str, Any]
    result: Mapping[str, Any]
    stop: StopAsked
    created_at: datetime
    heard_at: datetime
    finished_at: datetime | None


@dataclass
class JobStore:
    """The part of ``Store`` that keeps work in the background. Every method is one transaction."""

    engine: Engine

    def add_job(
        self, event_id: str, kind: str, request: Mapping[str, Any], account: int | None = None
    ) -> Job:
        """A new piece of work.

        Raises:
            ConflictError: there is one for this event that is not over.
        """
        now = datetime.now(UTC)
        self.bury_silent_jobs()
        with writing(self.engine) as connection:
            busy = select(jobs.c.pk).where(
                jobs.c.event_id == event_id,
                jobs.c.state.in_([JobState.WAITING.value, JobState.RUNNING.value]),
            )
            if connection.execute(busy).first() is not None:
                raise ConflictError("this event is being scheduled already: wait for it, or stop it")
            number = connection.execute(
                insert(jobs)
                .values(
                    event_id=event_id,
                    kind=kind,
                    state=JobState.WAITING.value,
                    account=account,
                    request=dict(request),
                    progress={},
                    result={},
                    stop=StopAsked.NOT.value,
                    created_at=now,
                    heard_at=now,
                )
                .returning(jobs.c.pk)
            ).scalar_one()
        return self.job(number)

    def job(self, number: int) -> Job:
        """The piece of work of this number.

        Raises:
            UnknownError: there is none.
        """
        with self.engine.connect() as connection:
            row = connection.execute(select(jobs).where(jobs.c.pk == number)).one_or_none()
        if row is None:
            raise UnknownError(f"no job {number}")
        return _job(row)

    def newest_job(self, event_id: str, kind: str | None = None) -> Job | None:
        """The last piece of work that was asked for in an event; of one kind, if it is given."""
        query = select(jobs).where(jobs.c.event_id == event_id).order_by(jobs.c.pk.desc()).limit(1)
        if kind is not None:
            query = query.where(jobs.c.kind == kind)
        with self.engine.connect() as connection:
            row = connection.execute(query).one_or_none()
        return None if row is None else _job(row)

    def tell_progress(self, number: int, progress: Mapping[str, Any]) -> StopAsked:
        """Called by the process: it runs, and is so far; gives back whether it was asked to stop.

        One that was taken for dead and is not is told to end with nothing: another may be at work by now.
        """
        with writing(self.engine) as connection:
            done = connection.execute(
                update(jobs)
                .where(jobs.c.pk == number, jobs.c.finished_at.is_(None))
                .values(state=JobState.RUNNING.value, progress=dict(progress), heard_at=datetime.now(UTC))
            )
            if done.rowcount == 0:
                return StopAsked.DISCARD
            return StopAsked(connection.execute(select(jobs.c.stop).where(jobs.c.pk == number)).scalar_one())

    def ask_to_stop(self, number: int, how: StopAsked) -> None:
        """Ask the process to end early, with the best it has or with nothing."""
        with writing(self.engine) as connection:
            connection.execute(update(jobs).where(jobs.c.pk == number).values(stop=how.value))

    def finish_job(self, number: int, state: JobState, result: Mapping[str, Any]) -> None:
        """Called by the process as the last thing it does; of one that was taken for dead nothing is kept."""
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            connection.execute(
                update(jobs)
                .where(jobs.c.pk == number, jobs.c.finished_at.is_(None))
                .values(state=state.value, result=dict(result), heard_at=now, finished_at=now)
            )

    def bury_silent_jobs(self) -> int:
        """Take work whose process is not heard of any more for failed; gives back how many there were."""
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            unfinished = select(jobs.c.pk, jobs.c.heard_at).where(jobs.c.finished_at.is_(None))
            dead = [row.pk for row in connection.execute(unfinished) if now - utc(row.heard_at) > SILENCE]
            for number in dead:
                connection.execute(
                    update(jobs)
                    .where(jobs.c.pk == number)
                    .values(
                        state=JobState.FAILED.value,
                        result={"error": SILENT},
                        finished_at=now,
                    )
                )
        return len(dead)


def _job(row: Row[Any]) -> Job:
    return Job(
        number=row.pk,
        event_id=row.event_id,
        kind=row.kind,
        state=JobState(row.state),
        account=row.account,
        request=row.request,
        progress=row.progress,
        result=row.result,
        stop=StopAsked(row.stop),
        created_at=utc(row.created_at),
        heard_at=utc(row.heard_at),
        finished_at=utc_or_none(row.finished_at),
    )
