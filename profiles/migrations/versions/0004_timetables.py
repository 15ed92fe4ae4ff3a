"""The timetables made for an event, version by version."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    op.create_table(
        "timetables",
        sa.Column("event_id", sa.String(200), nullable=False),
        sa.Column("number", sa.Integer, autoincrement=False, nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("note", sa.Text, nullable=False),
        sa.Column("status", sa.String(20), nullable=False),
        sa.Column("meetings", sa.Integer, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("event", sa.JSON, nullable=False),
        sa.Column("schedule", sa.JSON, nullable=False),
        sa.PrimaryKeyConstraint("event_id", "number", name="pk_timetables"),
        comment="Every timetable made, numbered within its event, with the event it was made for",
    )


def downgrade() -> None:
    op.drop_table("timetables")
