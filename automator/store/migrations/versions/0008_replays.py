"""Replays: who asked for which, how far each is, and what became of what."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "replays",
        sa.Column("id", _ID, autoincrement=False, nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(), nullable=False),
        sa.Column("request", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.SmallInteger(), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("started", sa.Integer(), nullable=False),
        sa.Column("skipped", sa.LargeBinary(), nullable=False),
        sa.Column("updated_at", sa.BigInteger(), nullable=False),
        sa.Column("finished_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_replays")),
    )
    op.create_index(op.f("ix_replays_created_at"), "replays", ["created_at"], unique=False)
    op.create_table(
        "replayed",
        sa.Column("run_id", _ID, autoincrement=False, nullable=False),
        sa.Column("replay_id", _ID, nullable=False),
        sa.Column("source_id", _ID, nullable=False),
        sa.Column("rule", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_replayed")),
    )
    op.create_index(op.f("ix_replayed_replay_id"), "replayed", ["replay_id"], unique=False)
    op.create_index(
        "ix_replayed_source", "replayed", ["source_id", "rule", "replay_id"], unique=True
    )
