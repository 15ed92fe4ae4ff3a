"""The SQL tables. The model knows nothing of them; ``store`` maps between the two."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    Date,
    DateTime,
    Float,
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

accounts = Table(
    "accounts",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("role", String(20), nullable=False),
    Column("name", String(200), nullable=False),
    Column("email", String(320), unique=True),
    Column("profile_id", String(200)),
    Column("password", String(300)),
    Column("language", String(2), nullable=False),
    # Part of every session: raising it signs the account out everywhere.
    Column("epoch", Integer, nullable=False),
    Column("disabled", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("last_seen_at", DateTime(timezone=True)),
    sqlite_autoincrement=True,
    comment="Who may sign in, as what; startups and partners for one profile",
)

links = Table(
    "links",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("purpose", String(20), nullable=False),
    Column("account", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("expires_at", DateTime(timezone=True), nullable=False),
    Column("used_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Index("ix_links_account", "account"),
    comment="Personal links: SHA-256 of the secret in them, each good once",
)

api_tokens = Table(
    "api_tokens",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False, unique=True),
    Column("account", Integer, nullable=False),
    Column("name", String(200), nullable=False),
    Column("can_write", Boolean, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("last_used_at", DateTime(timezone=True)),
    Column("revoked_at", DateTime(timezone=True)),
    Index("ix_api_tokens_account", "account"),
    comment="Tokens of the JSON API: SHA-256 of each",
)

audit = Table(
    "audit",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("at", DateTime(timezone=True), nullable=False),
    Column("account", Integer),
    Column("actor", String(200), nullable=False),
    Column("action", String(80), nullable=False),
    Column("subject", String(500), nullable=False),
    Column("event_id", String(200)),
    Column("detail", JSON, nullable=False),
    Index("ix_audit_event_id", "event_id"),
    comment="Who changed what; nothing is ever removed from it",
)

consultations = Table(
    "consultations",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("plan", JSON, nullable=False),
    Column("top", Integer, nullable=False),
    Column("wishes_until", DateTime(timezone=True)),
    Column("published", Integer),
    Column("published_at", DateTime(timezone=True)),
    Column("revision", Integer, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    comment="Consultation days being prepared or held; their timetables stand in timetables",
)

attendees = Table(
    "attendees",
    metadata,
    Column("event_id", String(200), primary_key=True),
    Column("profile_id", String(200), primary_key=True),
    Column("side", String(10), nullable=False),
    Column("terms", JSON, nullable=False),
    Column("unavailable", JSON, nullable=False),
    Column("checked_in_at", DateTime(timezone=True)),
    Column("absent_at", DateTime(timezone=True)),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    Index("ix_attendees_profile_id", "profile_id"),
    comment="Who takes part in a day, under which terms of its own, and who came",
)

choices = Table(
    "choices",
    metadata,
    Column("event_id", String(200), primary_key=True),
    Column("startup", String(200), primary_key=True),
    Column("partner", String(200), primary_key=True),
    Column("by", String(10), primary_key=True),
    Column("answer", String(20)),
    Column("track", String(20)),
    Column("slot", String(200)),
    Column("table_id", String(200)),
    Column("comment", Text, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    comment="What each side, and the organiser, says of a meeting of two",
)

notes = Table(
    "notes",
    metadata,
    Column("event_id", String(200), primary_key=True),
    Column("startup", String(200), primary_key=True),
    Column("partner", String(200), primary_key=True),
    Column("by", String(10), primary_key=True),
    Column("held", Boolean),
    Column("result", String(20)),
    Column("amount_usd", Float),
    Column("text", Text, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    comment="What came of a meeting, as each side and the organiser put it",
)

jobs = Table(
    "jobs",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String(200), nullable=False),
    Column("kind", String(20), nullable=False),
    Column("state", String(20), nullable=False),
    Column("account", Integer),
    Column("request", JSON, nullable=False),
    Column("progress", JSON, nullable=False),
    Column("result", JSON, nullable=False),
    Column("stop", String(10), nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("heard_at", DateTime(timezone=True), nullable=False),
    Column("finished_at", DateTime(timezone=True)),
    Index("ix_jobs_event_id", "event_id"),
    comment="Work in the background: asked for by a page, done by a process of its own",
)

letters = Table(
    "letters",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String(200)),
    Column("kind", String(20), nullable=False),
    Column("account", Integer),
    Column("address", String(320), nullable=False),
    Column("language", String(2), nullable=False),
    Column("subject", String(500), nullable=False),
    Column("body", Text, nullable=False),
    Column("version", Integer),
    Column("state", String(10), nullable=False),
    Column("error", Text, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("sent_at", DateTime(timezone=True)),
    Index("ix_letters_event_id", "event_id"),
    comment="E-mails: drafts that an organiser has still to send, and what was sent",
)

notices = Table(
    "notices",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("event_id", String(200), nullable=False),
    Column("profile_id", String(200), nullable=False),
    Column("version", Integer, nullable=False),
    Column("changes", JSON, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("seen_at", DateTime(timezone=True)),
    Index("ix_notices_profile_id", "profile_id"),
    comment="What publishing a timetable changed for somebody, until it is seen",
)

calendars = Table(
    "calendars",
    metadata,
    Column("event_id", String(200), primary_key=True),
    Column("version", Integer),
    Column("told", JSON, nullable=False),
    Column("updated_at", DateTime(timezone=True), nullable=False),
    comment="What the calendars of a day's attendees were told, so that each change reaches them",
)

uploads = Table(
    "uploads",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("account", Integer, nullable=False),
    Column("file", String(400), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("options", JSON, nullable=False),
    Column("mended", JSON, nullable=False),
    Column("created_at", DateTime(timezone=True), nullable=False),
    Column("applied_at", DateTime(timezone=True)),
    comment="Files given to the import page, with rows mended there, until they are applied",
)

merges = Table(
    "merges",
    metadata,
    Column("pk", Integer, primary_key=True, autoincrement=True),
    Column("kept", String(200), nullable=False),
    Column("gone", String(200), nullable=False),
    # Empty where the two were found to be different organisations.
    Column("record", JSON, nullable=False),
    Column("at", DateTime(timezone=True), nullable=False),
    UniqueConstraint("kept", "gone"),
    comment="Duplicates that were merged, with what is needed to undo it, or told apart for good",
)
