"""A refused delivery of which only the beginning was kept knows how long its body was."""

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("deliveries", sa.Column("full_size", sa.BigInteger(), nullable=True))
