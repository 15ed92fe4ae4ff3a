"""The pages: accounts, consultation days with wishes and notes, work in the background, mail."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    op.create_table(
        "accounts",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("email", sa.String(320)),
        sa.Column("profile_id", sa.String(200)),
        sa.Column("password", sa.String(300)),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("epoch", sa.Integer, nullable=False),
        sa.Column("disabled", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("pk", name="pk_accounts"),
        sa.UniqueConstraint("email", name="uq_accounts_email"),
        sqlite_autoincrement=True,
        comment="Who may sign in, as what; startups and partners for one profile",
    )
    op.create_table(
        "links",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("pk", name="pk_links"),
        sa.UniqueConstraint("digest", name="uq_links_digest"),
        comment="Personal links: SHA-256 of the secret in them, each good once",
    )
    op.create_index("ix_links_account", "links", ["account"])
    op.create_table(
        "api_tokens",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("can_write", sa.Boolean, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_used_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("pk", name="pk_api_tokens"),
        sa.UniqueConstraint("digest", name="uq_api_tokens_digest"),
        comment="Tokens of the JSON API: SHA-256 of each",
    )
    op.create_index("ix_api_tokens_account", "api_tokens", ["account"])
    op.create_table(
        "audit",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("account", sa.Integer),
        sa.Column("actor", sa.String(200), nullable=False),
        sa.Column("action", sa.String(80), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("event_id", sa.String(200)),
        sa.Column("detail", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_audit"),
        comment="Who changed what; nothing is ever removed from it",
    )
    op.create_index("ix_audit_event_id", "audit", ["event_id"])
    op.create_table(
        "consultations",
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("plan", sa.JSON, nullable=False),
        sa.Column("top", sa.Integer, nullable=False),
        sa.Column("wishes_until", sa.DateTime(timezone=True)),
        sa.Column("published", sa.Integer),
        sa.Column("published_at", sa.DateTime(timezone=True)),
        sa.Column("revision", sa.Integer, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_consultations"),
        comment="Consultation days being prepared or held; their timetables stand in timetables",
    )
    op.create_table(
        "attendees",
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("profile_id", sa.String(200), nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("terms", sa.JSON, nullable=False),
        sa.Column("unavailable", sa.JSON, nullable=False),
        sa.Column("checked_in_at", sa.DateTime(timezone=True)),
        sa.Column("absent_at", sa.DateTime(timezone=True)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "profile_id", name="pk_attendees"),
        comment="Who takes part in a day, under which terms of its own, and who came",
    )
    op.create_index("ix_attendees_profile_id", "attendees", ["profile_id"])
    op.create_table(
        "choices",
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("startup", sa.String(200), nullable=False),
        sa.Column("partner", sa.String(200), nullable=False),
        sa.Column("by", sa.String(10), nullable=False),
        sa.Column("answer", sa.String(20)),
        sa.Column("track", sa.String(20)),
        sa.Column("slot", sa.String(200)),
        sa.Column("table_id", sa.String(200)),
        sa.Column("comment", sa.Text, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "startup", "partner", "by", name="pk_choices"),
        comment="What each side, and the organiser, says of a meeting of two",
    )
    op.create_table(
        "notes",
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("startup", sa.String(200), nullable=False),
        sa.Column("partner", sa.String(200), nullable=False),
        sa.Column("by", sa.String(10), nullable=False),
        sa.Column("held", sa.Boolean),
        sa.Column("result", sa.String(20)),
        sa.Column("amount_usd", sa.Float),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", "startup", "partner", "by", name="pk_notes"),
        comment="What came of a meeting, as each side and the organiser put it",
    )
    op.create_table(
        "jobs",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("account", sa.Integer),
        sa.Column("request", sa.JSON, nullable=False),
        sa.Column("progress", sa.JSON, nullable=False),
        sa.Column("result", sa.JSON, nullable=False),
        sa.Column("stop", sa.String(10), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("heard_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("pk", name="pk_jobs"),
        comment="Work in the background: asked for by a page, done by a process of its own",
    )
    op.create_index("ix_jobs_event_id", "jobs", ["event_id"])
    op.create_table(
        "letters",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(200)),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("account", sa.Integer),
        sa.Column("address", sa.String(320), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("subject", sa.String(500), nullable=False),
        sa.Column("body", sa.Text, nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("error", sa.Text, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("pk", name="pk_letters"),
        comment="E-mails: drafts that an organiser has still to send, and what was sent",
    )
    op.create_index("ix_letters_event_id", "letters", ["event_id"])
    op.create_table(
        "notices",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("profile_id", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changes", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("pk", name="pk_notices"),
        comment="What publishing a timetable changed for somebody, until it is seen",
    )
    op.create_index("ix_notices_profile_id", "notices", ["profile_id"])
    op.create_table(
        "calendars",
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("version", sa.Integer),
        sa.Column("told", sa.JSON, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("event_id", name="pk_calendars"),
        comment="What the calendars of a day's attendees were told, so that each change reaches them",
    )
    op.create_table(
        "uploads",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("account", sa.Integer, nullable=False),
        sa.Column("file", sa.String(400), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
        sa.Column("options", sa.JSON, nullable=False),
        sa.Column("mended", sa.JSON, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("pk", name="pk_uploads"),
        comment="Files given to the import page, with rows mended there, until they are applied",
    )
    op.create_table(
        "merges",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("kept", sa.String(200), nullable=False),
        sa.Column("gone", sa.String(200), nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_merges"),
        sa.UniqueConstraint("kept", "gone", name="uq_merges_kept"),
        comment="Duplicates that were merged, with what is needed to undo it, or told apart for good",
    )


def downgrade() -> None:
    op.drop_table("merges")
    op.drop_table("uploads")
    op.drop_table("calendars")
    op.drop_table("notices")
    op.drop_table("letters")
    op.drop_table("jobs")
    op.drop_table("notes")
    op.drop_table("choices")
    op.drop_table("attendees")
    op.drop_table("consultations")
    op.drop_table("audit")
    op.drop_table("api_tokens")
    op.drop_table("links")
    op.drop_table("accounts")
