"""Runs that wait for an absence, found by a key."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_WAITS = sa.text("state = 0 AND wait_key IS NOT NULL")


def upgrade() -> None:
    op.add_column("runs", sa.Column("wait_key", sa.String(), nullable=True))
    op.create_index(
        "ix_runs_wait",
        "runs",
        ["wait_key"],
        unique=False,
        sqlite_where=_WAITS,
        postgresql_where=_WAITS,
    )
