"""First tables: profiles, vectors, imports and the facts of the store."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "facts",
        sa.Column("name", sa.String(40), nullable=False),
        sa.Column("value", sa.String(200), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_facts"),
        comment="What is true of the store as a whole: its own id, the count of its changes",
    )
    op.create_table(
        "profiles",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("id", sa.String(200), nullable=False),
        sa.Column("side", sa.String(10), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("country", sa.String(2)),
        sa.Column("sort_name", sa.String(400), nullable=False),
        sa.Column("search_text", sa.Text, nullable=False),
        sa.Column("record", sa.JSON, nullable=False),
        sa.Column("content_hash", sa.String(64), nullable=False),
        sa.Column("source_file", sa.String(400)),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_profiles"),
        sa.UniqueConstraint("id", name="uq_profiles_id"),
        sqlite_autoincrement=True,
    )
    op.create_index("ix_profiles_side_kind", "profiles", ["side", "kind"])
    op.create_table(
        "vectors",
        sa.Column("model", sa.String(200), nullable=False),
        sa.Column("text_hash", sa.LargeBinary(16), nullable=False),
        sa.Column("vector", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("model", "text_hash", name="pk_vectors"),
        comment="Embeddings by model and text: derived, safe to empty",
    )
    op.create_table(
        "imports",
        sa.Column("pk", sa.Integer, autoincrement=True, nullable=False),
        sa.Column("file", sa.String(400), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("applied_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added", sa.Integer, nullable=False),
        sa.Column("updated", sa.Integer, nullable=False),
        sa.Column("unchanged", sa.Integer, nullable=False),
        sa.Column("rejected", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("pk", name="pk_imports"),
    )


def downgrade() -> None:
    for table in ("imports", "vectors", "profiles", "facts"):
        op.drop_table(table)
