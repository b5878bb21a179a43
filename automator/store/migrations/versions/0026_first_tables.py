"""Begins the history: a new database is made of the tables that the code declares.

Unreleased versions of the program have used the numbers before this one.
"""

revision = "0026"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Does nothing, because no database is older than its first tables."""
