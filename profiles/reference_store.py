"""What refers to a profile by its id: rows of other tables, found, moved to another profile, put back.

Run within the transactions of ``merge_store``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Date, DateTime, Row, Table, and_, delete, insert, or_, select, update

from profiles.account_store import utc
from profiles.errors import NotFoundError
from profiles.model import Profile
from profiles.profile_store import write_profile
from profiles.tables import accounts, attendees, choices, notes, notices, outcomes, profiles

_PAIR = ("startup", "partner")
REFERRING: dict[Table, tuple[str, ...]] = {
    attendees: ("profile_id",),
    choices: _PAIR,
    notes: _PAIR,
    outcomes: _PAIR,
}
"""Tables whose rows are moved one by one, with the columns that hold an id."""
KEYS: dict[Table, tuple[str, ...]] = {
    attendees: ("event_id", "profile_id"),
    choices: ("event_id", "startup", "partner", "by"),
    notes: ("event_id", "startup", "partner", "by"),
    outcomes: ("startup", "partner", "outcome", "date"),
}
NUMBERED = (accounts, notices)
"""Tables whose rows keep their numbers: only the id in them changes."""

Record = dict[str, Any]
"""A row, ready for JSON."""


# -- rows ----------------------------------------------------------------------------------------------


def stored_profile(connection: Connection, profile_id: str) -> Profile:
    """A stored profile.

    Raises:
        NotFoundError: there is none.
    """
    record = connection.execute(select(profiles.c.record).where(profiles.c.id == profile_id)).scalar()
    if record is None:
        raise NotFoundError(profile_id)
    return Profile.model_validate(record)


def mentions(table: Table, *ids: str) -> Any:
    """The condition that a row mentions one of ``ids``."""
    return or_(*(table.c[name].in_(ids) for name in REFERRING[table]))


def referring(connection: Connection, *ids: str) -> dict[Table, list[Record]]:
    """The rows that mention one of ``ids``, by table."""
    return {
        table: [_record(row) for row in connection.execute(select(table).where(mentions(table, *ids)))]
        for table in REFERRING
    }


def _record(row: Row[Any]) -> Record:
    return {
        name: value.isoformat() if isinstance(value, date) else value for name, value in row._mapping.items()
    }


def as_values(table: Table, record: Mapping[str, Any]) -> Record:
    """A row as the database takes it."""
    values = dict(record)
    for column in table.c:
        text = values.get(column.name)
        if text is not None and isinstance(column.type, DateTime):
            values[column.name] = utc(datetime.fromisoformat(text))
        elif text is not None and isinstance(column.type, Date):
            values[column.name] = date.fromisoformat(text)
    return values


def less(rows: Mapping[Table, list[Record]], others: Mapping[Table, list[Record]]) -> dict[str, Any]:
    """The rows that are not among the others, by the table's name."""
    return {
        table.name: [each for each in found if each not in others[table]] for table, found in rows.items()
    }


def by_table(rows: Mapping[str, list[Record]]) -> dict[Table, list[Record]]:
    """Rows that were kept by the table's name."""
    return {table: rows.get(table.name, []) for table in REFERRING}


def same_row(table: Table, record: Mapping[str, Any]) -> Any:
    """The condition that a row has the key of this one."""
    values = as_values(table, record)
    return and_(*(table.c[name] == values[name] for name in KEYS[table]))


# -- moving --------------------------------------------------------------------------------------------


def move(connection: Connection, table: Table, gone: str, kept: str) -> None:
    """Let the rows of ``table`` that mention ``gone`` mention ``kept``."""
    for row in connection.execute(select(table).where(mentions(table, gone))).all():
        old = dict(row._mapping)
        new = {
            name: kept if name in REFERRING[table] and value == gone else value for name, value in old.items()
        }
        connection.execute(delete(table).where(*(table.c[name] == old[name] for name in KEYS[table])))
        same = [table.c[name] == new[name] for name in KEYS[table]]
        there = connection.execute(select(table).where(*same)).one_or_none()
        if there is None:
            connection.execute(insert(table).values(new))
        else:
            filled = _FILLED[table](dict(there._mapping), new)
            connection.execute(update(table).where(*same).values(filled))


def _attendance(kept: Record, other: Record) -> Record:
    return {
        "terms": {**other["terms"], **kept["terms"]},
        "unavailable": kept["unavailable"] or other["unavailable"],
        "checked_in_at": kept["checked_in_at"] or other["checked_in_at"],
        "absent_at": kept["absent_at"] and other["absent_at"],
    }


def _choice(kept: Record, other: Record) -> Record:
    said = other if kept["answer"] is None else kept
    return {
        **{name: said[name] for name in ("answer", "track", "slot", "table_id")},
        "comment": _both(kept["comment"], other["comment"]),
    }


def _note(kept: Record, other: Record) -> Record:
    return {
        **{
            name: other[name] if kept[name] is None else kept[name]
            for name in ("held", "result", "amount_usd")
        },
        "text": _both(kept["text"], other["text"]),
    }


def _outcome(kept: Record, other: Record) -> Record:
    return {"rank": min((r for r in (kept["rank"], other["rank"]) if r is not None), default=None)}


_FILLED: dict[Table, Callable[[Record, Record], Record]] = {
    attendees: _attendance,
    choices: _choice,
    notes: _note,
    outcomes: _outcome,
}
"""How a row of the kept profile is filled up by one of the other."""


def _both(text: str, other: str) -> str:
    return "\n".join(dict.fromkeys(each for each in (text, other) if each))


def renumber(connection: Connection, table: Table, gone: str, kept: str) -> list[int]:
    """Let the numbered rows of ``gone`` be those of ``kept``; their numbers."""
    numbers = connection.execute(select(table.c.pk).where(table.c.profile_id == gone)).scalars().all()
    connection.execute(update(table).where(table.c.pk.in_(numbers)).values(profile_id=kept))
    return list(numbers)


def avoiding(connection: Connection, profile_id: str) -> list[Profile]:
    """The profiles that are never to meet this one."""
    records = connection.execute(select(profiles.c.record).order_by(profiles.c.pk)).scalars()
    return [Profile.model_validate(each) for each in records if profile_id in each.get("avoid", ())]


def avoid_instead(connection: Connection, gone: str, kept: str, now: datetime) -> dict[str, Record]:
    """Put ``kept`` for ``gone`` in the lists of whom to avoid; the profiles as they were, by id."""
    before: dict[str, Record] = {}
    for profile in avoiding(connection, gone):
        if profile.id in (gone, kept):
            continue  # what they avoid was decided with the merge
        before[profile.id] = profile.record()
        avoid = dict.fromkeys(kept if each == gone else each for each in profile.avoid)
        write_profile(connection, profile.model_copy(update={"avoid": tuple(avoid)}), now)
    return before
