"""The only SQL: profiles, their vectors and what was imported. Gives back model objects."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from filelock import FileLock
from sqlalchemy import (
    Connection,
    Engine,
    Select,
    create_engine,
    delete,
    event,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError

from profiles import migrations
from profiles.errors import NotFoundError, StoreError
from profiles.model import LIST_FIELDS, Kind, Profile, Side
from profiles.tables import facts, imports, profiles, vectors

_OPENING = 20_230_428  # any number of our own: PostgreSQL's lock while tables are made
_CHUNK = 500  # rows a statement: below every database's limit of bound values


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
class Store:
    """Profiles in one SQL database (SQLite by default, any SQLAlchemy URL).

    Use ``Store.open``; every public method is one transaction and leaves nothing half done.
    """

    engine: Engine

    @classmethod
    def open(cls, url: str) -> Store:
        """Open the database at ``url``, creating and upgrading its tables as needed.

        Raises:
            StoreError: the URL is not one, or the database cannot be opened or is damaged.
        """
        try:
            parsed = make_url(url)
            if parsed.get_backend_name() == "sqlite" and parsed.database not in (None, "", ":memory:"):
                Path(str(parsed.database)).parent.mkdir(parents=True, exist_ok=True)
            engine = create_engine(parsed)
        except (ArgumentError, ImportError, OSError, ValueError) as cause:
            raise StoreError(f"cannot open the database {_without_password(url)!r}: {cause}") from cause
        name = parsed.render_as_string()  # hides the password
        doing = ["open"]
        event.listen(engine, "handle_error", lambda context: _as_store_error(context, doing[-1], name))
        if parsed.get_backend_name() == "sqlite":
            event.listen(engine, "connect", _configure_sqlite)
            event.listen(engine, "begin", _begin_sqlite)
        store = cls(engine)
        try:
            with _alone(engine):  # a server and a command may open a new database at the same time
                migrations.upgrade(engine)
                store._ensure_identity()
        except OSError as cause:
            engine.dispose()
            raise StoreError(f"cannot open the database {name}: {cause}") from cause
        except StoreError:
            engine.dispose()
            raise
        doing.append("use")
        return store

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    # -- identity and change count -------------------------------------------------------------

    def _ensure_identity(self) -> None:
        with self.engine.connect() as connection:
            if connection.execute(select(facts.c.value).where(facts.c.name == "store_id")).scalar():
                return
        with self._writing() as connection:
            connection.execute(
                insert(facts),
                [{"name": "store_id", "value": uuid.uuid4().hex}, {"name": "revision", "value": "0"}],
            )

    def identity(self) -> tuple[str, int]:
        """The store's own id and the count of its changes: what derived data is compared with."""
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
            for chunk in _chunks(list(ids), _CHUNK):
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
        for words in _chunks(list(dict.fromkeys(text.casefold().split())), 100):
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
        with self._writing() as connection:
            stored = dict(connection.execute(select(profiles.c.id, profiles.c.content_hash)).all())
            changes = _compare(incoming, stored)
            by_id = {profile.id: profile for profile in incoming}
            source = record.file if record else None
            total, done = len(changes.added) + len(changes.updated), 0
            for chunk in _chunks(changes.added, _CHUNK):
                connection.execute(insert(profiles), [_row(by_id[i], source, now) for i in chunk])
                done += len(chunk)
                if progress:
                    progress(done, total)
            for profile_id in changes.updated:
                row = _row(by_id[profile_id], source, now)
                connection.execute(update(profiles).where(profiles.c.id == profile_id).values(row))
                done += 1
                if progress and (done % _CHUNK == 0 or done == total):
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
        with self._writing() as connection:
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
            for chunk in _chunks(list(hashes), _CHUNK):
                rows = connection.execute(
                    select(vectors.c.text_hash, vectors.c.vector).where(
                        vectors.c.model == model, vectors.c.text_hash.in_(chunk)
                    )
                )
                found.update((bytes(text_hash), bytes(blob)) for text_hash, blob in rows)
        return found

    def write_vectors(self, model: str, found: Mapping[bytes, bytes]) -> None:
        """Keep packed vectors by text hash, replacing what was there."""
        with self._writing() as connection:
            for chunk in _chunks(list(found), _CHUNK):
                connection.execute(
                    delete(vectors).where(vectors.c.model == model, vectors.c.text_hash.in_(chunk))
                )
                rows = [{"model": model, "text_hash": key, "vector": found[key]} for key in chunk]
                connection.execute(insert(vectors), rows)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction that takes SQLite's write lock at its start: it waits instead of failing."""
        with self.engine.connect().execution_options(immediate=True) as connection, connection.begin():
            # Other databases have no such lock; there a row that every writer takes first does the same.
            connection.execute(select(facts.c.value).where(facts.c.name == "revision").with_for_update())
            yield connection


@contextmanager
def _alone(engine: Engine) -> Iterator[None]:
    """Hold off other programs that open the same database."""
    database = engine.url.database
    if engine.dialect.name == "sqlite" and database not in (None, "", ":memory:"):
        with FileLock(f"{database}.lock"):
            yield
    elif engine.dialect.name == "postgresql":
        with engine.begin() as connection:
            connection.execute(select(func.pg_advisory_xact_lock(_OPENING)))
            yield
    else:
        yield


def _configure_sqlite(connection: Any, _record: Any) -> None:
    # SQLAlchemy begins transactions itself (below), so that DDL and reads are inside them too.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in ("busy_timeout=10000", "journal_mode=WAL", "foreign_keys=ON", "synchronous=NORMAL"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


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


def _chunks(items: Sequence[Any], size: int) -> Iterator[Sequence[Any]]:
    for start in range(0, len(items), size):
        yield items[start : start + size]


def _as_store_error(context: ExceptionContext, doing: str, name: str) -> None:
    """Turn what a database says of itself (damaged, locked, unreachable) into our error, in one line."""
    cause = context.sqlalchemy_exception
    if isinstance(cause, DatabaseError) and not isinstance(cause, IntegrityError):
        raise StoreError(f"cannot {doing} the database {name}: {_first_line(cause)}") from cause


def _without_password(url: str) -> str:
    return re.sub(r"(//[^:/@]*):[^@]*@", r"\1:***@", url)


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]


@contextmanager
def opened(url: str) -> Iterator[Store]:
    """``Store.open`` for a ``with`` block."""
    store = Store.open(url)
    try:
        yield store
    finally:
        store.close()
