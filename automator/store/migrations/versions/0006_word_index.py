"""Full-text search: the indexes, and the queue of what is to be put into them."""

import sqlite3
import struct

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INDEXES = ("event_words", "run_words")
_PORTION = 256


def upgrade() -> None:
    op.create_table(
        "unindexed",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("events", sa.LargeBinary(), nullable=False),
        sa.Column("runs", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_unindexed")),
    )
    for name in _INDEXES:
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"CREATE TABLE {name} (id bigint PRIMARY KEY, words tsvector NOT NULL)")
            op.execute(f"CREATE INDEX ix_{name}_words ON {name} USING gin (words)")
        else:
            op.execute(f"CREATE VIRTUAL TABLE {name} USING fts5({', '.join(_fts5_options())})")
    if op.get_bind().dialect.name == "postgresql":
        # Texts are folded in Python now, on both kinds of database.
        op.execute("DROP FUNCTION fold(text)")
    _queue_what_is_stored()


def _fts5_options() -> list[str]:
    """The words come folded, with spaces between; where they stand in a text is not kept."""
    options = ["words", "tokenize='ascii'", "detail=none"]
    # Before 3.43 a row could only be deleted by those who still have its text.
    if sqlite3.sqlite_version_info >= (3, 43):
        options += ["content=''", "contentless_delete=1"]
    return options


def _queue_what_is_stored() -> None:
    """Everything that is there already is indexed in the background like all else."""
    connection = op.get_bind()
    queue = sa.table("unindexed", sa.column("at"), sa.column("events"), sa.column("runs"))
    for position, name in enumerate(("events", "runs")):
        ids = connection.execute(sa.text(f"SELECT id FROM {name} ORDER BY id"))  # noqa: S608
        for portion in ids.scalars().partitions(_PORTION):
            packed = struct.pack(f"<{len(portion)}q", *portion)
            pair = (packed, b"") if position == 0 else (b"", packed)
            connection.execute(sa.insert(queue).values(at=0, events=pair[0], runs=pair[1]))
