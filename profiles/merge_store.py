"""Profiles that go: merged into another one or removed, each with what is needed to undo it exactly.

What refers to a profile by its id moves to the one that is kept: attendance, choices, notes, outcomes,
notices, accounts, lists of whom to avoid. Timetables are history and stay as they were made.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Engine,
    Row,
    Table,
    and_,
    delete,
    insert,
    or_,
    select,
    update,
)

from profiles import outcome_store
from profiles.account_store import utc
from profiles.database import writing
from profiles.errors import ConflictError, InputError, UnknownError
from profiles.model import Profile
from profiles.profile_store import count_change, write_profile
from profiles.reference_store import (
    KEYS,
    NUMBERED,
    REFERRING,
    Record,
    as_values,
    avoid_instead,
    avoiding,
    by_table,
    less,
    mentions,
    move,
    referring,
    renumber,
    same_row,
    stored_profile,
)
from profiles.tables import (
    accounts,
    attendees,
    choices,
    consultations,
    merges,
    notes,
    outcomes,
    profiles,
    timetables,
)


@dataclass(frozen=True)
class Merge:
    """Two profiles that are told to be one, or two.

    Attributes:
        kept, gone: ids; ``kept`` is empty where the profile was removed.
        apart: whether they are two different organisations, so that nothing was merged.
        name: of the profile that is gone.
    """

    number: int
    kept: str
    gone: str
    apart: bool
    name: str
    at: datetime


@dataclass(frozen=True)
class Uses:
    """What refers to a profile.

    Attributes:
        events: ids of the events it takes part in.
        wishes: choices of any side about it.
        notes, outcomes, accounts: how many.
        avoided_by: profiles that are never to meet it.
        timetables: ids of the events whose newest timetable has it.
    """

    events: tuple[str, ...] = ()
    wishes: int = 0
    notes: int = 0
    outcomes: int = 0
    accounts: int = 0
    avoided_by: int = 0
    timetables: tuple[str, ...] = ()


@dataclass
class MergeStore:
    """The part of ``Store`` that lets profiles go. Every method is one transaction."""

    engine: Engine

    def merge(self, merged: Profile, gone: str, *, was: tuple[str, str]) -> int:
        """Keep ``merged`` in place of the profile with its id and of ``gone``, to which nothing refers then.

        Where both took part in an event or said something of the same meeting, the word of the kept one
        counts, filled up by the other's.

        Args:
            merged: with the id that is kept.
            gone: the id that goes.
            was: content hashes of both, kept first, as they were when this was decided.

        Returns:
            the number by which it can be undone.

        Raises:
            NotFoundError: one of the two is not stored.
            InputError: they are one, or of two sides.
            ConflictError: one of them was changed in the meantime.
        """
        kept, now = merged.id, datetime.now(UTC)
        if kept == gone:
            raise InputError("a profile cannot be merged with itself: choose two")
        with writing(self.engine) as connection:
            first, second = stored_profile(connection, kept), stored_profile(connection, gone)
            if (first.content_hash(), second.content_hash()) != was:
                raise ConflictError("one of the two profiles was changed in the meantime: look at them again")
            if not first.side is second.side is merged.side:
                raise InputError("a startup and a partner are not one organisation: merge within a side")
            before = referring(connection, kept, gone)
            for table in REFERRING:
                move(connection, table, gone, kept)
            moved = {table.name: renumber(connection, table, gone, kept) for table in NUMBERED}
            others = avoid_instead(connection, gone, kept, now)
            connection.execute(delete(profiles).where(profiles.c.id == gone))
            write_profile(connection, merged, now)
            after = referring(connection, kept, gone)
            record = {
                "kept": first.record(),
                "merged": merged.record(),
                "gone": second.record(),
                "others": others,
                "moved": moved,
                "went": less(before, after),
                "came": less(after, before),
            }
            _count(connection, before, after)
            return _keep(connection, kept, gone, record, now)

    def remove_profile(self, profile_id: str, *, was: str) -> int:
        """Remove a profile with its attendance, wishes and notices; its accounts are shut.

        What came of its meetings stays. Gives back the number by which this can be undone.

        Raises:
            NotFoundError: it is not stored.
            ConflictError: it was changed in the meantime.
        """
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            profile = stored_profile(connection, profile_id)
            if profile.content_hash() != was:
                raise ConflictError("the profile was changed in the meantime: look at it again")
            before = referring(connection, profile_id)
            for table in (attendees, choices):
                connection.execute(delete(table).where(mentions(table, profile_id)))
            shut = (
                connection.execute(
                    select(accounts.c.pk).where(
                        accounts.c.profile_id == profile_id, accounts.c.disabled.is_(False)
                    )
                )
                .scalars()
                .all()
            )
            connection.execute(
                update(accounts)
                .where(accounts.c.pk.in_(shut))
                .values(disabled=True, epoch=accounts.c.epoch + 1)
            )
            connection.execute(delete(profiles).where(profiles.c.id == profile_id))
            after = referring(connection, profile_id)
            record = {"gone": profile.record(), "shut": list(shut), "went": less(before, after), "came": {}}
            _count(connection, before, after)
            return _keep(connection, "", profile_id, record, now)

    def undo_merge(self, number: int) -> Merge:
        """Bring back what a merge or a removal let go, and what referred to it.

        Raises:
            UnknownError: there is no such merge, or it was undone already.
            ConflictError: what it made was changed since.
        """
        now = datetime.now(UTC)
        with writing(self.engine) as connection:
            row = connection.execute(select(merges).where(merges.c.pk == number)).one_or_none()
            if row is None or not row.record:
                raise UnknownError(f"no merge {number}")
            merge, record = _merge(row), row.record
            _refuse_if_changed(connection, merge, record)
            came, went = by_table(record["came"]), by_table(record["went"])
            for table, rows in came.items():
                for each in rows:
                    connection.execute(delete(table).where(same_row(table, each)))
            for table, rows in went.items():
                for each in rows:
                    connection.execute(insert(table).values(as_values(table, each)))
            for table in NUMBERED:
                for pk in record.get("moved", {}).get(table.name, ()):
                    connection.execute(
                        update(table)
                        .where(table.c.pk == pk, table.c.profile_id == merge.kept)
                        .values(profile_id=merge.gone)
                    )
            if record.get("shut"):
                connection.execute(
                    update(accounts).where(accounts.c.pk.in_(record["shut"])).values(disabled=False)
                )
            restored = [record["gone"], *record.get("others", {}).values()]
            if merge.kept:
                restored.append(record["kept"])
            for each in restored:
                write_profile(connection, Profile.model_validate(each), now)
            _count(connection, came, went)
            connection.execute(delete(merges).where(merges.c.pk == number))
        return merge

    def tell_apart(self, first: str, second: str) -> int:
        """Remember that two profiles are different organisations; gives back the number to undo that by."""
        one, other = sorted((first, second))
        with writing(self.engine) as connection:
            known = connection.execute(select(merges.c.pk).where(_same_pair(one, other))).scalar()
            if known is not None:
                return int(known)
            return _keep(connection, one, other, {}, datetime.now(UTC))

    def forget_apart(self, number: int) -> Merge:
        """Let two profiles count as likely duplicates again.

        Raises:
            UnknownError: nothing of the kind is remembered.
        """
        with writing(self.engine) as connection:
            row = connection.execute(select(merges).where(merges.c.pk == number)).one_or_none()
            if row is None or row.record:
                raise UnknownError(f"nothing is remembered as {number}")
            connection.execute(delete(merges).where(merges.c.pk == number))
            return _merge(row)

    def merges(self) -> list[Merge]:
        """All that was merged, removed or told apart, the newest first."""
        with self.engine.connect() as connection:
            return [_merge(row) for row in connection.execute(select(merges).order_by(merges.c.pk.desc()))]

    def uses(self, profile_id: str) -> Uses:
        """What refers to a profile."""
        with self.engine.connect() as connection:
            found = {
                table: connection.execute(select(table).where(mentions(table, profile_id))).all()
                for table in REFERRING
            }
            mine = connection.execute(select(accounts.c.pk).where(accounts.c.profile_id == profile_id)).all()
            return Uses(
                events=tuple(sorted(row.event_id for row in found[attendees])),
                wishes=len(found[choices]),
                notes=len(found[notes]),
                outcomes=len(found[outcomes]),
                accounts=len(mine),
                avoided_by=len(avoiding(connection, profile_id)),
                timetables=_in_timetables(connection, profile_id),
            )


# -- keeping and undoing -------------------------------------------------------------------------------


def _same_pair(one: str, other: str) -> Any:
    return or_(
        and_(merges.c.kept == one, merges.c.gone == other),
        and_(merges.c.kept == other, merges.c.gone == one),
    )


def _keep(connection: Connection, kept: str, gone: str, record: Mapping[str, Any], now: datetime) -> int:
    connection.execute(delete(merges).where(_same_pair(kept, gone)))
    number = connection.execute(
        insert(merges).values(kept=kept, gone=gone, record=dict(record), at=now).returning(merges.c.pk)
    ).scalar_one()
    return int(number)


def _merge(row: Row[Any]) -> Merge:
    gone = (row.record or {}).get("gone") or {}
    name = gone.get("name") or gone.get("name_ko") or row.gone
    return Merge(row.pk, row.kept, row.gone, not row.record, name, utc(row.at))


def _count(connection: Connection, *several: Mapping[Table, list[Record]]) -> None:
    count_change(connection)
    if several[0][outcomes] != several[1][outcomes]:
        outcome_store.count_change(connection)


def _refuse_if_changed(connection: Connection, merge: Merge, record: Mapping[str, Any]) -> None:
    """Nothing is undone over the head of somebody who has gone on working with what was made."""
    ids = [each for each in (merge.kept, merge.gone) if each]
    now = referring(connection, *ids)
    stored = connection.execute(select(profiles.c.id, profiles.c.record).where(profiles.c.id.in_(ids)))
    found = {row.id: row.record for row in stored}
    same = merge.gone not in found and (not merge.kept or found.get(merge.kept) == record["merged"])
    for table, rows in by_table(record["came"]).items():
        same = same and all(each in now[table] for each in rows)
    for table, rows in by_table(record["went"]).items():
        keys = [tuple(each[name] for name in KEYS[table]) for each in now[table]]
        came = [tuple(each[name] for name in KEYS[table]) for each in record["came"].get(table.name, ())]
        back = [tuple(each[name] for name in KEYS[table]) for each in rows]
        same = same and not any(key in keys and key not in came for key in back)
    for profile_id, before in record.get("others", {}).items():
        avoid = list(dict.fromkeys(merge.kept if each == merge.gone else each for each in before["avoid"]))
        stored_now = connection.execute(select(profiles.c.record).where(profiles.c.id == profile_id)).scalar()
        same = same and stored_now == {**before, "avoid": avoid}
    if not same:
        raise ConflictError("this was changed since, so that it can no longer be undone")


def _in_timetables(connection: Connection, profile_id: str) -> tuple[str, ...]:
    found = []
    for event_id in connection.execute(select(consultations.c.id).order_by(consultations.c.id)).scalars():
        newest = connection.execute(
            select(timetables.c.event)
            .where(timetables.c.event_id == event_id)
            .order_by(timetables.c.number.desc())
            .limit(1)
        ).scalar()
        if newest and any(each["id"] == profile_id for each in newest.get("participants", ())):
            found.append(event_id)
    return tuple(found)
