"""Begins the history: a new database is made of the tables that the code declares."""

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Does nothing, because no database is older than its first tables."""
