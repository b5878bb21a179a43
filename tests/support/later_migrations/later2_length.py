"""Adds a column, and computes its values from what is stored."""

import sqlalchemy as sa
from alembic import op

revision = "later2"
down_revision = "later1"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("notes", sa.Column("length", sa.Integer(), nullable=True))
    op.execute("UPDATE notes SET length = length(text)")
