"""Creates a table."""

import sqlalchemy as sa
from alembic import op

from automator.resources import migrations_folder

revision = "later1"
down_revision = max(file.name[:4] for file in (migrations_folder() / "versions").glob("[0-9]*.py"))
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "notes",
        sa.Column("contact", sa.String(), primary_key=True),
        sa.Column("text", sa.String(), nullable=False),
    )
    op.execute("INSERT INTO notes (contact, text) SELECT key, coalesce(name, '') FROM contacts")
