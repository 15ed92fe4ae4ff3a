"""The SQL tables. The model knows nothing of them; ``store`` maps between the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

facts = Table(
    "facts",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("value", String(200), nullable=False),
    comment="What is true of the store as a whole: its own id, the count of its changes",
)

profiles = Table(
    "profiles",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("id", String(200), nullable=False, unique=True),
    Column("side", String(10), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("country", String(2)),
    Column("sort_name", String(400), nullable=False),
    Column("search_text", Text, nullable=False),
    Column("record", JSON, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("source_file", String(400)),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Index("ix_profiles_side_kind", "side", "kind"),
    # SQLite would give a deleted profile's number to the next one, and an index would not notice.
    sqlite_autoincrement=True,
)

vectors = Table(
    "vectors",
    metadata,
    Column("model", String(200), primary_key=True),
    Column("text_hash", LargeBinary(16), primary_key=True),
    Column("vector", LargeBinary, nullable=False),
    comment="Embeddings by model and text: derived, safe to empty",
)

imports = Table(
    "imports",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("file", String(400), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("applied_at", DateTime(timezone=True), nullable=False),
    Column("added", Integer, nullable=False),
    Column("updated", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("rejected", Integer, nullable=False),
)

outcomes = Table(
    "outcomes",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    # Ids, no foreign keys: what happened stays true when a profile is removed or a directory imported anew.
    Column("startup", String(200), nullable=False),
    Column("partner", String(200), nullable=False),
    Column("outcome", String(20), nullable=False),
    Column("date", Date, nullable=False),
    Column("rank", Integer),
    UniqueConstraint("startup", "partner", "outcome", "date"),
    comment="What came of matches; changes here are counted apart from those of the profiles",
)

models = Table(
    "models",
    metadata,
    Column("version", Integer, primary_key=True, autoincrement=True),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("active", Boolean, nullable=False),
    Column("card", JSON, nullable=False),
    comment="Learned weights, each with what it was learned from and how it was measured",
)

timetables = Table(
    "timetables",
    metadata,
    Column("event_id", String(200), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("note", Text, nullable=False),
    Column("status", String(20), nullable=False),
    Column("meetings", Integer, nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("event", JSON, nullable=False),
    Column("schedule", JSON, nullable=False),
    comment="Every timetable made, numbered within its event, with the event it was made for",
)
