"""Waiting follow-ups by their contact, those too that no event cancels."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_WAITS = sa.text("state = 0 AND path <> ''")


def upgrade() -> None:
    op.drop_index("ix_runs_cancel", table_name="runs")
    op.create_index(
        "ix_runs_waiting", "runs", ["contact"], sqlite_where=_WAITS, postgresql_where=_WAITS
    )
