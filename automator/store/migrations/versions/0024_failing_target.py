"""Runs whose last attempt failed at a target, to be released when that recovers."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_FAILED = sa.text("state = 0 AND failing_target IS NOT NULL")


def upgrade() -> None:
    op.add_column("runs", sa.Column("failing_target", sa.String(), nullable=True))
    op.create_index(
        "ix_runs_failing_target",
        "runs",
        ["failing_target"],
        sqlite_where=_FAILED,
        postgresql_where=_FAILED,
    )
