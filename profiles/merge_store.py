"""Profiles that go: merged into another one or removed, each with what is needed to undo it exactly.

What refers to a profile by its id moves to the one that is kept: attendance, choices, notes, outcomes,
notices, accounts, lists of whom to avoid. Timetables are history and stay as they were made.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import (
    Connection,
    Date,
    DateTime,
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
from profiles.errors import ConflictError, InputError, NotFoundError, UnknownError
from profiles.model import Profile
from profiles.profile_store import count_change, write_profile
from profiles.tables import (
    accounts,
    attendees,
    choices,
    consultations,
    merges,
    notes,
    notices,
    outcomes,
    profiles,
    timetables,
)

_PAIR = ("startup", "partner")
_REFERRING: dict[Table, tuple[str, ...]] = {
    attendees: ("profile_id",),
    choices: _PAIR,
    notes: _PAIR,
    outcomes: _PAIR,
}
"""Tables whose rows are moved one by one, with the columns that hold an id."""
_KEYS: dict[Table, tuple[str, ...]] = {
    attendees: ("event_id", "profile_id"),
    choices: ("event_id", "startup", "partner", "by"),
    notes: ("event_id", "startup", "partner", "by"),
    outcomes: ("startup", "partner", "outcome", "date"),
}
_NUMBERED = (accounts, notices)
"""Tables whose rows keep their numbers: only the id in them changes."""

_Record = dict[str, Any]
"""A row, ready for JSON."""


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
            first, second = _stored(connection, kept), _stored(connection, gone)
            if (first.content_hash(), second.content_hash()) != was:
                raise ConflictError("one of the two profiles was changed in the meantime: look at them again")
            if not first.side is second.side is merged.side:
                raise InputError("a startup and a partner are not one organisation: merge within a side")
            before = _referring(connection, kept, gone)
            for table in _REFERRING:
                _move(connection, table, gone, kept)
            moved = {table.name: _renumber(connection, table, gone, kept) for table in _NUMBERED}
            others = _avoid_instead(connection, gone, kept, now)
            connection.execute(delete(profiles).where(profiles.c.id == gone))
            write_profile(connection, merged, now)
            after = _referring(connection, kept, gone)
            record = {
                "kept": first.record(),
                "merged": merged.record(),
                "gone": second.record(),
                "others": others,
                "moved": moved,
                "went": _less(before, after),
                "came": _less(after, before),
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
            profile = _stored(connection, profile_id)
            if profile.content_hash() != was:
                raise ConflictError("the profile was changed in the meantime: look at it again")
            before = _referring(connection, profile_id)
            for table in (attendees, choices):
                connection.execute(delete(table).where(_mentions(table, profile_id)))
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
            after = _referring(connection, profile_id)
            record = {"gone": profile.record(), "shut": list(shut), "went": _less(before, after), "came": {}}
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
            came, went = _by_table(record["came"]), _by_table(record["went"])
            for table, rows in came.items():
                for each in rows:
                    connection.execute(delete(table).where(_is(table, each)))
            for table, rows in went.items():
                for each in rows:
                    connection.execute(insert(table).values(_values(table, each)))
            for table in _NUMBERED:
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
                table: connection.execute(select(table).where(_mentions(table, profile_id))).all()
                for table in _REFERRING
            }
            mine = connection.execute(select(accounts.c.pk).where(accounts.c.profile_id == profile_id)).all()
            return Uses(
                events=tuple(sorted(row.event_id for row in found[attendees])),
                wishes=len(found[choices]),
                notes=len(found[notes]),
                outcomes=len(found[outcomes]),
                accounts=len(mine),
                avoided_by=len(_avoiding(connection, profile_id)),
                timetables=_in_timetables(connection, profile_id),
            )


# -- rows ----------------------------------------------------------------------------------------------


def _stored(connection: Connection, profile_id: str) -> Profile:
    record = connection.execute(select(profiles.c.record).where(profiles.c.id == profile_id)).scalar()
    if record is None:
        raise NotFoundError(profile_id)
    return Profile.model_validate(record)


def _mentions(table: Table, *ids: str) -> Any:
    return or_(*(table.c[name].in_(ids) for name in _REFERRING[table]))


def _referring(connection: Connection, *ids: str) -> dict[Table, list[_Record]]:
    return {
        table: [_record(row) for row in connection.execute(select(table).where(_mentions(table, *ids)))]
        for table in _REFERRING
    }


def _record(row: Row[Any]) -> _Record:
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row._mapping.items()
    }


def _values(table: Table, record: Mapping[str, Any]) -> _Record:
    """A row as the database takes it."""
    values = dict(record)
    for column in table.c:
        text = values.get(column.name)
        if text is not None and isinstance(column.type, DateTime):
            values[column.name] = utc(datetime.fromisoformat(text))
        elif text is not None and isinstance(column.type, Date):
            values[column.name] = date.fromisoformat(text)
    return values


def _less(rows: Mapping[Table, list[_Record]], others: Mapping[Table, list[_Record]]) -> dict[str, Any]:
    """The rows that are not among the others, by the table's name."""
    return {
        table.name: [each for each in found if each not in others[table]] for table, found in rows.items()
    }


def _by_table(rows: Mapping[str, list[_Record]]) -> dict[Table, list[_Record]]:
    return {table: rows.get(table.name, []) for table in _REFERRING}


def _is(table: Table, record: Mapping[str, Any]) -> Any:
    values = _values(table, record)
    return and_(*(table.c[name] == values[name] for name in _KEYS[table]))


# -- moving --------------------------------------------------------------------------------------------


def _move(connection: Connection, table: Table, gone: str, kept: str) -> None:
    """Let the rows of ``table`` that mention ``gone`` mention ``kept``."""
    for row in connection.execute(select(table).where(_mentions(table, gone))).all():
        old = dict(row._mapping)
        new = {
            name: kept if name in _REFERRING[table] and value == gone else value
            for name, value in old.items()
        }
        connection.execute(delete(table).where(*(table.c[name] == old[name] for name in _KEYS[table])))
        same = [table.c[name] == new[name] for name in _KEYS[table]]
        there = connection.execute(select(table).where(*same)).one_or_none()
        if there is None:
            connection.execute(insert(table).values(new))
        else:
            filled = _FILLED[table](dict(there._mapping), new)
            connection.execute(update(table).where(*same).values(filled))


def _attendance(kept: _Record, other: _Record) -> _Record:
    return {
        "terms": {**other["terms"], **kept["terms"]},
        "unavailable": kept["unavailable"] or other["unavailable"],
        "checked_in_at": kept["checked_in_at"] or other["checked_in_at"],
        "absent_at": kept["absent_at"] and other["absent_at"],
    }


def _choice(kept: _Record, other: _Record) -> _Record:
    said = other if kept["answer"] is None else kept
    return {
        **{name: said[name] for name in ("answer", "track", "slot", "table_id")},
        "comment": _both(kept["comment"], other["comment"]),
    }


def _note(kept: _Record, other: _Record) -> _Record:
    return {
        **{
            name: other[name] if kept[name] is None else kept[name]
            for name in ("held", "result", "amount_usd")
        },
        "text": _both(kept["text"], other["text"]),
    }


def _outcome(kept: _Record, other: _Record) -> _Record:
    return {"rank": min((r for r in (kept["rank"], other["rank"]) if r is not None), default=None)}


_FILLED: dict[Table, Callable[[_Record, _Record], _Record]] = {
    attendees: _attendance,
    choices: _choice,
    notes: _note,
    outcomes: _outcome,
}
"""How a row of the kept profile is filled up by one of the other."""


def _both(text: str, other: str) -> str:
    return "\n".join(dict.fromkeys(each for each in (text, other) if each))


def _renumber(connection: Connection, table: Table, gone: str, kept: str) -> list[int]:
    numbers = connection.execute(select(table.c.pk).where(table.c.profile_id == gone)).scalars().all()
    connection.execute(update(table).where(table.c.pk.in_(numbers)).values(profile_id=kept))
    return list(numbers)


def _avoiding(connection: Connection, profile_id: str) -> list[Profile]:
    records = connection.execute(select(profiles.c.record).order_by(profiles.c.pk)).scalars()
    return [Profile.model_validate(each) for each in records if profile_id in each.get("avoid", ())]


def _avoid_instead(connection: Connection, gone: str, kept: str, now: datetime) -> dict[str, _Record]:
    """Put ``kept`` for ``gone`` in the lists of whom to avoid; the profiles as they were, by id."""
    before: dict[str, _Record] = {}
    for profile in _avoiding(connection, gone):
        if profile.id in (gone, kept):
            continue  # what they avoid was decided with the merge
        before[profile.id] = profile.record()
        avoid = dict.fromkeys(kept if each == gone else each for each in profile.avoid)
        write_profile(connection, profile.model_copy(update={"avoid": tuple(avoid)}), now)
    return before


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


def _count(connection: Connection, *several: Mapping[Table, list[_Record]]) -> None:
    count_change(connection)
    if several[0][outcomes] != several[1][outcomes]:
        outcome_store.count_change(connection)


def _refuse_if_changed(connection: Connection, merge: Merge, record: Mapping[str, Any]) -> None:
    """Nothing is undone over the head of somebody who has gone on working with what was made."""
    ids = [each for each in (merge.kept, merge.gone) if each]
    now = _referring(connection, *ids)
    stored = connection.execute(select(profiles.c.id, profiles.c.record).where(profiles.c.id.in_(ids)))
    found = {row.id: row.record for row in stored}
    same = merge.gone not in found and (not merge.kept or found.get(merge.kept) == record["merged"])
    for table, rows in _by_table(record["came"]).items():
        same = same and all(each in now[table] for each in rows)
    for table, rows in _by_table(record["went"]).items():
        keys = [tuple(each[name] for name in _KEYS[table]) for each in now[table]]
        came = [tuple(each[name] for name in _KEYS[table]) for each in record["came"].get(table.name, ())]
        back = [tuple(each[name] for name in _KEYS[table]) for each in rows]
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
