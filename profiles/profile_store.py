"""Profiles in the store: read, searched, written. Each change is counted, for what is derived from them."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, Engine, Select, delete, func, insert, or_, select, update

from profiles.account_store import utc
from profiles.database import CHUNK, chunks, writing
from profiles.errors import ConflictError, InputError, NotFoundError
from profiles.model import LIST_FIELDS, Kind, Profile, Side, Topic
from profiles.tables import attendees, facts, imports, profiles


@dataclass(frozen=True)
class Changes:
    """What applying a set of profiles would do, by id.

    ``basis`` stands for what is stored under these ids: it differs as soon as somebody changes one of them.
    """

    added: tuple[str, ...] = ()
    updated: tuple[str, ...] = ()
    unchanged: tuple[str, ...] = ()
    basis: str = field(default="", compare=False)


@dataclass(frozen=True)
class Entry:
    """A stored profile's number and content hash, enough to see what changed since an index was made."""

    pk: int
    content_hash: str


@dataclass(frozen=True)
class Stamp:
    """A stored profile's content hash, when it last changed, and the file that it came by, if any."""

    content_hash: str
    at: datetime
    file: str | None


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


class Order(StrEnum):
    """How hits are put in order."""

    NAME = "name"
    KIND = "kind"
    COUNTRY = "country"
    NEWEST = "newest"


@dataclass(frozen=True)
class Narrowed:
    """What hits have in common; None: anything.

    Attributes:
        country: where it is, alpha-2.
        market: where a startup wants to go, or a partner can take one, alpha-2.
        language: spoken in a meeting, ISO 639-1.
        stage: at which a startup is, or which a partner takes.
        attends: id of an event it takes part in.
        misses: id of an event it does not take part in.
    """

    country: str | None = None
    market: str | None = None
    topic: Topic | None = None
    language: str | None = None
    stage: str | None = None
    attends: str | None = None
    misses: str | None = None


@dataclass
class ProfileStore:
    """The part of ``Store`` that keeps profiles. Every method is one transaction."""

    engine: Engine

    # -- identity and change count -------------------------------------------------------------

    def identity(self) -> tuple[str, int]:
        """The store's own id and the count of changes to its profiles: what derived data is compared with."""
        with self.engine.connect() as connection:
            found = dict(connection.execute(select(facts.c.name, facts.c.value)).all())
        return found["store_id"], int(found["revision"])

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
        narrowed: Narrowed = Narrowed(),
        order: Order = Order.NAME,
        page: int = 1,
        size: int = 25,
    ) -> Page:
        """Profiles that contain every word of ``text``, in order. Pages count from 1."""
        query = _narrowed(_filtered(select(profiles.c.record), side, kind), narrowed)
        # A pasted page of words in one condition is nested too deep for SQLite.
        for words in chunks(list(dict.fromkeys(text.casefold().split())), 100):
            contained = (profiles.c.search_text.contains(word, autoescape=True) for word in words)
            query = query.where(profiles.c.pk.in_(select(profiles.c.pk).where(*contained)))
        with self.engine.connect() as connection:
            total = connection.execute(select(func.count()).select_from(query.subquery())).scalar_one()
            page = min(max(1, page), max(1, -(-total // size)))
            ordered = query.order_by(*_ORDERS[order], profiles.c.sort_name, profiles.c.id)
            rows = connection.execute(ordered.limit(size).offset((page - 1) * size))
            hits = tuple(Profile.model_validate(record) for record in rows.scalars())
        return Page(hits, total, page, size)

    def countries(self) -> list[str]:
        """Where the profiles are: each country once."""
        query = select(profiles.c.country).where(profiles.c.country.is_not(None)).distinct()
        with self.engine.connect() as connection:
            return sorted(connection.execute(query).scalars())

    def stamp(self, profile_id: str) -> Stamp:
        """When a stored profile was last changed, and by which file it came.

        Raises:
            NotFoundError: there is none.
        """
        query = select(profiles.c.content_hash, profiles.c.updated_at, profiles.c.source_file)
        with self.engine.connect() as connection:
            row = connection.execute(query.where(profiles.c.id == profile_id)).one_or_none()
        if row is None:
            raise NotFoundError(profile_id)
        return Stamp(row.content_hash, utc(row.updated_at), row.source_file)

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
        basis: str | None = None,
    ) -> Changes:
        """Add and update profiles in one transaction: all of it is there afterwards, or nothing.

        Args:
            incoming: profiles with distinct ids.
            record: remembered together with the change when something changed.
            progress: called with rows written and rows to write.
            basis: that of the changes that were looked at before; None: whatever is stored is replaced.

        Raises:
            ConflictError: what is stored is no longer what ``basis`` stands for; nothing is written then.
        """
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            stored = dict(connection.execute(select(profiles.c.id, profiles.c.content_hash)).all())
            changes = _compare(incoming, stored)
            if basis is not None and basis != changes.basis:
                raise ConflictError("somebody else changed one of these profiles in the meantime")
            by_id = {profile.id: profile for profile in incoming}
            source = record.file if record else None
            total, done = len(changes.added) + len(changes.updated), 0
            for chunk in chunks(changes.added):
                connection.execute(insert(profiles), [profile_row(by_id[i], source, now) for i in chunk])
                done += len(chunk)
                if progress:
                    progress(done, total)
            for profile_id in changes.updated:
                row = profile_row(by_id[profile_id], source, now)
                connection.execute(update(profiles).where(profiles.c.id == profile_id).values(row))
                done += 1
                if progress and (done % CHUNK == 0 or done == total):
                    progress(done, total)
            if total:
                count_change(connection)
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
            count_change(connection)

    def save_profile(self, profile: Profile, *, was: str | None) -> bool:
        """Save one profile; gives back whether that changed anything.

        Args:
            profile: as it is to be.
            was: the content hash of the profile that was changed; None for a new one.

        Raises:
            InputError: it is new and there is one with its id.
            ConflictError: it is no longer what was changed.
        """
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            query = select(profiles.c.content_hash).where(profiles.c.id == profile.id)
            stored = connection.execute(query).scalar()
            if was is None and stored is not None:
                raise InputError(f"there is a profile {profile.id!r} already: choose another id", field="id")
            if was != stored:
                raise ConflictError("somebody else changed this profile in the meantime")
            if stored == profile.content_hash():
                return False
            write_profile(connection, profile, now)
            count_change(connection)
        return True


_ORDERS: dict[Order, tuple[Any, ...]] = {
    Order.NAME: (),
    Order.KIND: (profiles.c.side.desc(), profiles.c.kind),
    Order.COUNTRY: (profiles.c.country.is_(None), profiles.c.country),
    Order.NEWEST: (profiles.c.updated_at.desc(),),
}


def _narrowed(query: Select[Any], narrowed: Narrowed) -> Select[Any]:
    # The lists hold codes in ASCII letters, which stand between quotation marks in JSON of every writer.
    lists = {"markets": narrowed.market, "topics": narrowed.topic, "languages": narrowed.language}
    for name, code in lists.items():
        if code is not None:
            query = query.where(profiles.c.record[name].as_string().contains(f'"{code}"', autoescape=True))
    if narrowed.stage is not None:
        taken = profiles.c.record["stages"].as_string().contains(f'"{narrowed.stage}"', autoescape=True)
        query = query.where(or_(profiles.c.record["stage"].as_string() == narrowed.stage, taken))
    if narrowed.country is not None:
        query = query.where(profiles.c.country == narrowed.country)
    for event, inside in ((narrowed.attends, True), (narrowed.misses, False)):
        if event is not None:
            there = select(attendees.c.profile_id).where(attendees.c.event_id == event)
            query = query.where(profiles.c.id.in_(there) if inside else profiles.c.id.not_in(there))
    return query


def count_change(connection: Connection) -> None:
    """Count a change of the profiles, within the transaction that makes it."""
    current = connection.execute(select(facts.c.value).where(facts.c.name == "revision")).scalar_one()
    connection.execute(update(facts).where(facts.c.name == "revision").values(value=str(int(current) + 1)))


def write_profile(connection: Connection, profile: Profile, now: datetime) -> None:
    """Add or replace one profile; one that is there keeps the file it came from."""
    row = profile_row(profile, None, now)
    del row["source_file"]
    done = connection.execute(update(profiles).where(profiles.c.id == profile.id).values(row))
    if done.rowcount == 0:
        connection.execute(insert(profiles).values(row))


def _filtered(query: Select[Any], side: Side | None, kind: Kind | None) -> Select[Any]:
    if side is not None:
        query = query.where(profiles.c.side == side.value)
    if kind is not None:
        query = query.where(profiles.c.kind == kind.value)
    return query


def _compare(incoming: Iterable[Profile], stored: Mapping[str, str]) -> Changes:
    added, updated, unchanged = [], [], []
    basis = hashlib.sha256()
    for profile in incoming:
        known = stored.get(profile.id)
        basis.update(f"{profile.id}\0{known or ''}\0".encode())
        if known is None:
            added.append(profile.id)
        elif known == profile.content_hash():
            unchanged.append(profile.id)
        else:
            updated.append(profile.id)
    return Changes(tuple(added), tuple(updated), tuple(unchanged), basis.hexdigest())


def profile_row(profile: Profile, source: str | None, now: datetime) -> dict[str, Any]:
    """The row that keeps a profile."""
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
