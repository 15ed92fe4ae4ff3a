"""Profiles, their vectors, imports and outcomes, in SQL, and the other stores in one. Gives back objects."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, insert, select, update

from profiles import migrations, outcome_store
from profiles.account_store import AccountStore
from profiles.consultation_store import ConsultationStore
from profiles.database import CHUNK, chunks, open_engine, writing
from profiles.errors import NotFoundError
from profiles.job_store import JobStore
from profiles.letter_store import LetterStore
from profiles.model import LIST_FIELDS, Kind, Profile, Side
from profiles.model_store import ModelStore
from profiles.outcomes import Outcome
from profiles.tables import facts, imports, profiles, vectors
from profiles.timetable_store import TimetableStore


@dataclass(frozen=True)
class Changes:
    """What applying a set of profiles would do, by id."""

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()


@dataclass(frozen=True)
class Entry:
    """A stored profile's number and content hash, enough to see what changed since an index was made."""

    pk: int
    content_hash: str


@dataclass(frozen=True)
class Page:
    """One page of a search, with the number of all hits."""

    profiles: tuple[Profile, ...]
    total: int
    number: int
    size: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // self.size))


@dataclass(frozen=True)
class ImportRecord:
    """A file that was applied, as remembered by the store."""

    file: str
    sha256: str
    rejected: int = 0


@dataclass
class Store(ModelStore, TimetableStore, AccountStore, ConsultationStore, JobStore, LetterStore):
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

    # -- identity and change count -------------------------------------------------------------

    def identity(self) -> tuple[str, int]:
        """The store's own id and the count of changes to its profiles: what derived data is compared with."""
        with self.engine.connect() as connection:
            found = dict(connection.execute(select(facts.c.name, facts.c.value)).all())
        return found["store_id"], int(found["revision"])

    @staticmethod
    def _count_change(connection: Connection) -> None:
        current = connection.execute(select(facts.c.value).where(facts.c.name == "revision")).scalar_one()
        connection.execute(
            update(facts).where(facts.c.name == "revision").values(value=str(int(current) + 1))
        )

    # -- reading profiles ----------------------------------------------------------------------

    def get(self, profile_id: str) -> Profile:
        """The profile with this id.

        Raises:
            NotFoundError: there is none; the nearest id is suggested.
        """
        with self.engine.connect() as connection:
            record = connection.execute(select(profiles.c.record).where(profiles.c.id == profile_id)).scalar()
            if record is None:
                known = connection.execute(select(profiles.c.id)).scalars().all()
                raise NotFoundError(profile_id, _nearest(profile_id, known))
        return Profile.model_validate(record)

    def get_many(self, ids: Sequence[str]) -> dict[str, Profile]:
        """The profiles among ``ids`` that are stored, by id."""
        found: dict[str, Profile] = {}
        with self.engine.connect() as connection:
            for chunk in chunks(list(ids)):
                rows = connection.execute(select(profiles.c.record).where(profiles.c.id.in_(chunk)))
                for record in rows.scalars():
                    profile = Profile.model_validate(record)
                    found[profile.id] = profile
        return found

    def profiles(self, side: Side | None = None, kind: Kind | None = None) -> list[tuple[Entry, Profile]]:
        """All profiles of a side and kind in the order of their numbers, each with its entry."""
        query = select(profiles.c.pk, profiles.c.content_hash, profiles.c.record).order_by(profiles.c.pk)
        with self.engine.connect() as connection:
            rows = connection.execute(_filtered(query, side, kind)).all()
        return [(Entry(row.pk, row.content_hash), Profile.model_validate(row.record)) for row in rows]

    def counts(self) -> dict[Kind, int]:
        """How many profiles there are of each kind."""
        with self.engine.connect() as connection:
            rows = connection.execute(select(profiles.c.kind, func.count()).group_by(profiles.c.kind))
            return {Kind(kind): count for kind, count in rows}

    def search(
        self,
        text: str = "",
        *,
        side: Side | None = None,
        kind: Kind | None = None,
        page: int = 1,
        size: int = 25,
    ) -> Page:
        """Profiles that contain every word of ``text``, by name. Pages count from 1."""
        query = _filtered(select(profiles.c.record), side, kind)
        # A pasted page of words in one condition is nested too deep for SQLite.
        for words in chunks(list(dict.fromkeys(text.casefold().split())), 100):
            contained = (profiles.c.search_text.contains(word, autoescape=True) for word in words)
            query = query.where(profiles.c.pk.in_(select(profiles.c.pk).where(*contained)))
        with self.engine.connect() as connection:
            total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
            page = min(max(1, page), max(1, -(-total // size)))
            rows = connection.execute(
                query.order_by(profiles.c.sort_name, profiles.c.id).limit(size).offset((page - 1) * size)
            )
            hits = tuple(Profile.model_validate(record) for record in rows.scalars())
        return Page(hits, total, page, size)

    # -- writing profiles ----------------------------------------------------------------------

    def compare(self, incoming: Iterable[Profile]) -> Changes:
        """What ``apply`` would add, update and leave as it is."""
        with self.engine.connect() as connection:
            stored = dict(connection.execute(select(profiles.c.id, profiles.c.content_hash)).all())
        return _compare(incoming, stored)

    def apply(
        self,
        incoming: Sequence[Profile],
        record: ImportRecord | None = None,
        progress: Callable[[int, int], None] | None = None,
    ) -> Changes:
        """Add and update profiles in one transaction: all of it is there afterwards, or nothing.

        Args:
            incoming: profiles with distinct ids.
            record: remembered together with the change when something changed.
            progress: called with rows written and rows to write.
        """
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            stored = dict(connection.execute(select(profiles.c.id, profiles.c.content_hash)).all())
            changes = _compare(incoming, stored)
            by_id = {profile.id: profile for profile in incoming}
            source = record.file if record else None
            total, done = len(changes.added) + len(changes.updated), 0
            for chunk in chunks(changes.added):
                connection.execute(insert(profiles), [_row(by_id[i], source, now) for i in chunk])
                done += len(chunk)
                if progress:
                    progress(done, total)
            for profile_id in changes.updated:
                row = _row(by_id[profile_id], source, now)
                connection.execute(update(profiles).where(profiles.c.id == profile_id).values(row))
                done += 1
                if progress and (done % CHUNK == 0 or done == total):
                    progress(done, total)
            if total:
                self._count_change(connection)
                if record:
                    connection.execute(
                        insert(imports).values(
                            file=record.file,
                            sha256=record.sha256,
                            applied_at=now,
                            added=len(changes.added),
                            updated=len(changes.updated),
                            unchanged=len(changes.unchanged),
                            rejected=record.rejected,
                        )
                    )
        return changes

    def remove(self, ids: Sequence[str]) -> None:
        """Remove profiles, all or none.

        Raises:
            NotFoundError: one of them is not stored; nothing is removed then.
        """
        with writing(self.engine) as connection:
            for profile_id in ids:
                result = connection.execute(delete(profiles).where(profiles.c.id == profile_id))
                if result.rowcount == 0:
                    raise NotFoundError(profile_id)
            self._count_change(connection)

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


def _filtered(query: Select[Any], side: Side | None, kind: Kind | None) -> Select[Any]:
    if side is not None:
        query = query.where(profiles.c.side == side.value)
    if kind is not None:
        query = query.where(profiles.c.kind == kind.value)
    return query


def _compare(incoming: Iterable[Profile], stored: Mapping[str, str]) -> Changes:
    added, updated, unchanged = [], [], []
    for profile in incoming:
        known = stored.get(profile.id)
        if known is None:
            added.append(profile.id)
        elif known == profile.content_hash():
            unchanged.append(profile.id)
        else:
            updated.append(profile.id)
    return Changes(tuple(added), tuple(updated), tuple(unchanged))


def _row(profile: Profile, source: str | None, now: datetime) -> dict[str, Any]:
    texts = [profile.id, profile.name, profile.name_ko, profile.about, profile.city or ""]
    for name in LIST_FIELDS:
        texts.extend(getattr(profile, name))
    return {
        "id": profile.id,
        "side": profile.side.value,
        "kind": profile.kind.value,
        "country": profile.country,
        "sort_name": profile.label().casefold()[:400],
        "search_text": "\n".join(texts).casefold(),
        "record": profile.record(),
        "content_hash": profile.content_hash(),
        "source_file": source,
        "updated_at": now,
    }


def _nearest(wanted: str, known: Sequence[str]) -> str | None:
    import difflib

    close = difflib.get_close_matches(wanted, known, n=1)
    return close[0] if close else None


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """``Store.open`` for a ``with`` block."""
    store = Store.open(url)
    try:
        yield store
    finally:
        store.close()
