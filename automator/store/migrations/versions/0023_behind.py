"""Runs that stand behind others of their lane are out of the index of what claims look at."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_CLAIMABLE = sa.text("state = 0 AND behind = 0")
_BEHIND = sa.text("state = 0 AND behind = 1")


def upgrade() -> None:
    op.add_column(
        "runs",
        sa.Column("behind", sa.SmallInteger(), nullable=False, server_default=sa.text("0")),
    )
    op.drop_index("ix_runs_due", table_name="runs")
    op.create_index(
        "ix_runs_due",
        "runs",
        ["run_at", "id"],
        sqlite_where=_CLAIMABLE,
        postgresql_where=_CLAIMABLE,
    )
    op.create_index(
        "ix_runs_behind",
        "runs",
        ["lane", "seq_at", "id"],
        sqlite_where=_BEHIND,
        postgresql_where=_BEHIND,
    )
