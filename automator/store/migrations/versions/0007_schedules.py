"""When each rule that fires by itself did so last."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "schedules",
        sa.Column("rule", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("definition", sa.String(), nullable=False),
        sa.Column("done_until", sa.BigInteger(), nullable=False),
        sa.Column("last_fire", sa.BigInteger(), nullable=True),
        sa.Column("last_skipped", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("rule", name=op.f("pk_schedules")),
        sqlite_with_rowid=False,
    )
