"""Bringing a database to the version of the code: Alembic, run from the store, without an ini file."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, inspect, text

from profiles.errors import StoreError

HEAD = "0005"
"""The newest revision; a test holds it against the files in ``versions/``."""


def current_revision(connection: Connection) -> str | None:
    """The revision a database is at, or None for one without our tables."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
    return revision


def upgrade(engine: Engine) -> None:
    """Create or upgrade the tables in one transaction; does nothing, quickly, when all is current.

    Raises:
        StoreError: the database was written by a newer Roundtable.
    """
    with engine.connect() as connection:
        found = current_revision(connection)
    if found == HEAD:
        return
    # Alembic takes a quarter of a second to import, which a warm command should not pay.
    from alembic import command
    from alembic.config import Config
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent).replace("%", "%%"))
    known = {script.revision for script in ScriptDirectory.from_config(config).walk_revisions()}
    if found is not None and found not in known:
        raise StoreError(
            f"the database is at revision {found}, which this Roundtable does not know; upgrade Roundtable"
        )
    # The write lock from the start: a program that is writing just now is waited for.
    with engine.connect().execution_options(immediate=True) as connection, connection.begin():
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
