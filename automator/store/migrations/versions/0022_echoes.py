"""What comes back of things said, for runs whose answer was lost."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "echoes",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("run_id", _ID, nullable=True),
        sa.Column("event_id", _ID, nullable=True),
        sa.Column("echoed_at", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_echoes")),
        sqlite_with_rowid=False,
    )
    op.create_index(op.f("ix_echoes_at"), "echoes", ["at"])
