"""What ended waits for an absence, for events that come in behind it and happened before."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "absence_ends",
        sa.Column("wait_key", sa.String(), nullable=False),
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("occurred_at", sa.BigInteger(), nullable=False),
        sa.Column("received_at", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("wait_key", name=op.f("pk_absence_ends")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_absence_ends_received_at"), "absence_ends", ["received_at"])
