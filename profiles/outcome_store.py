"""The SQL of outcomes, run within the store's transactions. Use it through ``Store``."""

from __future__ import annotations

import datetime
from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from profiles.database import chunks
from profiles.outcomes import Outcome
from profiles.tables import facts, outcomes

_REVISION = "outcomes_revision"  # a row of its own in ``facts``, made by migration 0002
_KEY = ("startup", "partner", "outcome", "date")
_Key = tuple[str, str, str, datetime.date]


def read(connection: Connection) -> list[Outcome]:
    """All outcomes by date, startup, partner and outcome."""
    columns = (getattr(outcomes.c, name) for name in Outcome.model_fields)
    found = [Outcome.model_validate(dict(row._mapping)) for row in connection.execute(select(*columns))]
    # Sorted here: databases differ in how they order text.
    return sorted(found, key=lambda each: (each.date, each.startup, each.partner, each.outcome))


def revision(connection: Connection) -> int:
    """The count of changes to the outcomes."""
    return int(connection.execute(select(facts.c.value).where(facts.c.name == _REVISION)).scalar_one())


def compare(connection: Connection, incoming: Iterable[Outcome]) -> int:
    """How many outcomes ``record`` would add."""
    return len(_best_ranks(incoming).keys() - _stored(connection).keys())


def record(connection: Connection, incoming: Iterable[Outcome]) -> int:
    """Add what is not there and keep the smaller rank of what is; the number added.

    The connection is one that holds the lock of writers.
    """
    ranks, stored = _best_ranks(incoming), _stored(connection)
    added = [key for key in ranks if key not in stored]
    better = []
    for key in ranks.keys() & stored.keys():
        number, before = stored[key]
        if (rank := _smaller(before, ranks[key])) != before:
            better.append({"number": number, "better": rank})
    for chunk in chunks(added):
        rows = [{**dict(zip(_KEY, key, strict=True)), "rank": ranks[key]} for key in chunk]
        connection.execute(insert(outcomes), rows)
    for some in chunks(better):
        connection.execute(
            update(outcomes).where(outcomes.c.pk == bindparam("number")).values(rank=bindparam("better")),
            some,
        )
    if added or better:
        count_change(connection)
    return len(added)


def count_change(connection: Connection) -> None:
    """Count a change of the outcomes, within the transaction that makes it."""
    count = str(revision(connection) + 1)
    connection.execute(update(facts).where(facts.c.name == _REVISION).values(value=count))


def forget(connection: Connection, gone: Iterable[Outcome]) -> int:
    """Take out outcomes that did not happen after all; the number taken out.

    The connection is one that holds the lock of writers.
    """
    keys, stored = _best_ranks(gone), _stored(connection)
    numbers = [stored[key][0] for key in keys if key in stored]
    for some in chunks(numbers):
        connection.execute(delete(outcomes).where(outcomes.c.pk.in_(some)))
    if numbers:
        _count_change(connection)
    return len(numbers)


def _count_change(connection: Connection) -> None:
    count = str(revision(connection) + 1)
    connection.execute(update(facts).where(facts.c.name == _REVISION).values(value=count))


def _stored(connection: Connection) -> dict[_Key, tuple[int, int | None]]:
    """Number and rank of every outcome in the table."""
    return {
        (row.startup, row.partner, row.outcome, row.date): (row.pk, row.rank)
        for row in connection.execute(select(outcomes))
    }


def _best_ranks(incoming: Iterable[Outcome]) -> dict[_Key, int | None]:
    """The different outcomes in their order, each with the smallest rank it is given."""
    ranks: dict[_Key, int | None] = {}
    for each in incoming:
        key = (each.startup, each.partner, each.outcome.value, each.date)
        ranks[key] = _smaller(ranks.get(key), each.rank)
    return ranks


def _smaller(one: int | None, other: int | None) -> int | None:
    return min((rank for rank in (one, other) if rank is not None), default=None)
