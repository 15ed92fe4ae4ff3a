"""What came of matches, and the count of its changes."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_facts = sa.table("facts", sa.column("name", sa.String), sa.column("value", sa.String))


def upgrade() -> None:
    op.create_table(
        "outcomes",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("startup", sa.String(200), nullable=False),
        sa.Column("partner", sa.String(200), nullable=False),
        sa.Column("outcome", sa.String(20), nullable=False),
        sa.Column("date", sa.Date, nullable=False),
        sa.Column("rank", sa.Integer),
        sa.PrimaryKeyConstraint("pk", name="pk_outcomes"),
        sa.UniqueConstraint("startup", "partner", "outcome", "date", name="uq_outcomes_startup"),
        comment="What came of matches; changes here are counted apart from those of the profiles",
    )
    op.bulk_insert(_facts, [{"name": "outcomes_revision", "value": "0"}])


def downgrade() -> None:
    op.execute(_facts.delete().where(_facts.c.name == "outcomes_revision"))
    op.drop_table("outcomes")
