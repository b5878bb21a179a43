"""How each connection is doing, for the watchdog."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "watch",
        sa.Column("connection", sa.String(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=True),
        sa.Column("pauses", sa.LargeBinary(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("refused_since", sa.BigInteger(), nullable=True),
        sa.Column("told_silent", sa.BigInteger(), nullable=True),
        sa.Column("told_rejecting", sa.BigInteger(), nullable=True),
        sa.Column("problem", sa.String(), nullable=False),
        sa.Column("checked_at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("connection", name=op.f("pk_watch")),
    )
