"""Which of the claimed runs were begun: only those may have happened when their process dies."""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("begun_at", sa.BigInteger(), nullable=True))
    # Nobody wrote down which of these were begun, so that all of them may have been.
    op.execute("UPDATE runs SET begun_at = run_at WHERE state = 1")
