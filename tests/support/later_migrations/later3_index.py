"""Creates an index, and changes a value in place, which must happen once."""

from alembic import op

revision = "later3"
down_revision = "later2"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_notes_length", "notes", ["length"])
    op.execute("UPDATE notes SET text = text || '!'")
