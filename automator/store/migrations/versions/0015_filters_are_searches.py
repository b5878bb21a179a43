"""Filters by the full-text indexes, which hold connections, types, rules … as terms."""

import struct

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_PORTION = 256


def upgrade() -> None:
    op.drop_index("ix_events_type", table_name="events")
    op.drop_index("ix_events_connection", table_name="events")
    op.drop_index("ix_runs_rule", table_name="runs")
    if op.get_bind().dialect.name == "sqlite":
        op.create_index(
            "ix_runs_unfinished", "runs", ["state", "id"], sqlite_where=sa.text("state <= 1")
        )
    index_everything_again()


def index_everything_again() -> None:
    """Queues all there is: what is indexed has words only. Until then it is found by looking."""
    connection = op.get_bind()
    connection.execute(sa.text("DELETE FROM unindexed"))
    queue = sa.table("unindexed", sa.column("at"), sa.column("events"), sa.column("runs"))
    for position, name in enumerate(("events", "runs")):
        ids = connection.execute(sa.text(f"SELECT id FROM {name} ORDER BY id"))  # noqa: S608
        for portion in ids.scalars().partitions(_PORTION):
            packed = struct.pack(f"<{len(portion)}q", *portion)
            pair = (packed, b"") if position == 0 else (b"", packed)
            connection.execute(sa.insert(queue).values(at=0, events=pair[0], runs=pair[1]))
