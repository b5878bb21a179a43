"""The health of targets, and the runs that wait for one."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_WAITS = sa.text("state = 0 AND waits_for IS NOT NULL")


def upgrade() -> None:
    op.create_table(
        "targets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("by_whom", sa.String(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("failing_since", sa.BigInteger(), nullable=True),
        sa.Column("retry_at", sa.BigInteger(), nullable=True),
        sa.Column("openings", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_targets")),
    )
    op.add_column("runs", sa.Column("waits_for", sa.String(), nullable=True))
    op.create_index(
        "ix_runs_target",
        "runs",
        ["waits_for", "seq_at", "id"],
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )
