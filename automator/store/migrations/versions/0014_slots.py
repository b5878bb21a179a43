"""Runs of rules with `concurrency`: which ones count together, and which are to be cancelled."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_UNFINISHED = sa.text("slot IS NOT NULL AND state <= 1")


def upgrade() -> None:
    op.add_column("runs", sa.Column("slot", sa.String(), nullable=True))
    op.add_column("runs", sa.Column("cancel_reason", sa.String(), nullable=True))
    op.create_index(
        "ix_runs_slot",
        "runs",
        ["slot", "run_at", "id"],
        unique=False,
        sqlite_where=_UNFINISHED,
        postgresql_where=_UNFINISHED,
    )
