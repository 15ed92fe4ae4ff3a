"""All stores in one, with vectors and outcomes, in SQL. Gives back objects."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Engine, delete, insert, select

from profiles import migrations, outcome_store
from profiles.account_store import AccountStore
from profiles.audit_store import AuditStore
from profiles.calendar_store import CalendarStore
from profiles.consultation_store import ConsultationStore
from profiles.database import chunks, open_engine, writing
from profiles.job_store import JobStore
from profiles.letter_store import LetterStore
from profiles.merge_store import MergeStore
from profiles.model_store import ModelStore
from profiles.outcomes import Outcome
from profiles.profile_store import Changes, Entry, ImportRecord, Narrowed, Order, Page, ProfileStore
from profiles.tables import facts, vectors
from profiles.timetable_store import TimetableStore
from profiles.upload_store import UploadStore

__all__ = ["Changes", "Entry", "ImportRecord", "Narrowed", "Order", "Page", "Store", "opened"]


@dataclass
class Store(
    ProfileStore,
    ModelStore,
    TimetableStore,
    AccountStore,
    AuditStore,
    ConsultationStore,
    JobStore,
    LetterStore,
    CalendarStore,
    MergeStore,
    UploadStore,
):
    """All that is kept, in one SQL database (SQLite, or any SQLAlchemy URL).

    Use ``Store.open``; every public method is one transaction and leaves nothing half done.
    """

    @classmethod
    def open(cls, url: str) -> Store:
        """Open the database at ``url``, creating and upgrading its tables as needed.

        Raises:
            StoreError: the URL is not one, or the database cannot be opened or is damaged.
        """
        return cls(open_engine(url, _prepare))

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    # -- vectors -------------------------------------------------------------------------------

    def read_vectors(self, model: str, hashes: Sequence[bytes]) -> dict[bytes, bytes]:
        """What is kept for these text hashes under this model, by hash."""
        found: dict[bytes, bytes] = {}
        with self.engine.connect() as connection:
            for chunk in chunks(list(hashes)):
                rows = connection.execute(
                    select(vectors.c.text_hash, vectors.c.vector).where(
                        vectors.c.model == model, vectors.c.text_hash.in_(chunk)
                    )
                )
                found.update((bytes(text_hash), bytes(blob)) for text_hash, blob in rows)
        return found

    def write_vectors(self, model: str, found: Mapping[bytes, bytes]) -> None:
        """Keep packed vectors by text hash, replacing what was there."""
        with writing(self.engine) as connection:
            for chunk in chunks(list(found)):
                connection.execute(
                    delete(vectors).where(vectors.c.model == model, vectors.c.text_hash.in_(chunk))
                )
                rows = [{"model": model, "text_hash": key, "vector": found[key]} for key in chunk]
                connection.execute(insert(vectors), rows)

    # -- outcomes ------------------------------------------------------------------------------

    def record_outcomes(self, outcomes: Iterable[Outcome]) -> int:
        """Add outcomes in one transaction; gives back how many were not known.

        One that is known (startup, partner, outcome and date are the same) keeps the smaller rank of the two.
        """
        with writing(self.engine) as connection:
            return outcome_store.record(connection, outcomes)

    def compare_outcomes(self, outcomes: Iterable[Outcome]) -> int:
        """How many outcomes ``record_outcomes`` would add."""
        with self.engine.connect() as connection:
            return outcome_store.compare(connection, outcomes)

    def outcomes(self) -> list[Outcome]:
        """All outcomes by date, startup, partner and outcome; those of removed profiles too."""
        with self.engine.connect() as connection:
            return outcome_store.read(connection)

    def outcomes_revision(self) -> int:
        """The count of changes to the outcomes, which ``identity`` does not count."""
        with self.engine.connect() as connection:
            return outcome_store.revision(connection)


def _prepare(engine: Engine) -> None:
    """Bring the tables up to date, and give a new store its id."""
    migrations.upgrade(engine)
    with engine.connect() as connection:
        if connection.execute(select(facts.c.value).where(facts.c.name == "store_id")).scalar():
            return
    with writing(engine) as connection:
        connection.execute(
            insert(facts),
            [{"name": "store_id", "value": uuid.uuid4().hex}, {"name": "revision", "value": "0"}],
        )


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """``Store.open`` for a ``with`` block."""
    store = Store.open(url)
    try:
        yield store
    finally:
        store.close()
