"""Contacts: who opted out, and when a person of ours last answered them."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("contacts", sa.Column("opted_out_at", sa.BigInteger(), nullable=True))
    op.add_column("contacts", sa.Column("opted_out_by", sa.String(), nullable=True))
    op.add_column("contacts", sa.Column("human_reply_at", sa.BigInteger(), nullable=True))
