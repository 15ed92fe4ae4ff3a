"""A database as the store uses it: opened by one program at a time, written by one, wrong in one line."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from filelock import FileLock
from sqlalchemy import Connection, Engine, create_engine, event, func, select
from sqlalchemy.engine import ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, IntegrityError

from profiles.errors import StoreError
from profiles.tables import facts

CHUNK = 500
"""Rows a statement: below every database's limit of bound values."""
_OPENING = 20_230_428  # any number of our own: PostgreSQL's lock while tables are made
_Item = TypeVar("_Item")


def open_engine(url: str, prepare: Callable[[Engine], None]) -> Engine:
    """The database at ``url``, a SQLite file made where there is none, after ``prepare`` made its tables.

    Whatever the database says of itself later (damaged, locked, unreachable) is raised as a StoreError too.

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
    try:
        with _alone(engine):  # a server and a command may open a new database at the same time
            prepare(engine)
    except OSError as cause:
        engine.dispose()
        raise StoreError(f"cannot open the database {name}: {cause}") from cause
    except StoreError:
        engine.dispose()
        raise
    doing.append("use")
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction that takes SQLite's write lock at its start: it waits instead of failing."""
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        # Other databases have no such lock; there a row that every writer takes first does the same.
        connection.execute(select(facts.c.value).where(facts.c.name == "revision").with_for_update())
        yield connection


def chunks(items: Sequence[_Item], size: int = CHUNK) -> Iterator[Sequence[_Item]]:
    """``items`` in order, ``size`` at a time."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


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


def _as_store_error(context: ExceptionContext, doing: str, name: str) -> None:
    """Turn what a database says of itself (damaged, locked, unreachable) into our error, in one line."""
    cause = context.sqlalchemy_exception
    if isinstance(cause, DatabaseError) and not isinstance(cause, IntegrityError):
        raise StoreError(f"cannot {doing} the database {name}: {_first_line(cause)}") from cause


def _without_password(url: str) -> str:
    return re.sub(r"(//[^:/@]*):[^@]*@", r"\1:***@", url)


def _first_line(error: Exception) -> str:
    return str(getattr(error, "orig", None) or error).splitlines()[0]
