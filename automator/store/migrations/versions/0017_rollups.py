"""How much there was in each hour, beginning with what is stored already."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_HOUR_MS = 3_600_000
_STATE = (
    "CASE state WHEN 2 THEN 'done' WHEN 3 THEN 'dead' WHEN 4 THEN 'cancelled'"
    " WHEN 5 THEN 'unknown' ELSE 'suppressed' END"
)
#: The metric, the name, the time, the table and the condition for each thing that is counted.
_COUNTED = (
    ("'events'", "connection", "received_at", "events", "1 = 1"),
    (
        "'deliveries ' || verdict",
        "connection",
        "received_at",
        "deliveries",
        "verdict <> 'accepted'",
    ),
    ("'started'", "rule", "created_at", "runs", "1 = 1"),
    (_STATE, "rule", "finished_at", "runs", "state BETWEEN 2 AND 6"),
)


def upgrade() -> None:
    op.create_table(
        "rollups",
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.Column("node", sa.String(), nullable=False),
        sa.Column("metric", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hour", "node", "metric", "name", name=op.f("pk_rollups")),
        sqlite_with_rowid=False,
    )
    for metric, name, at, table, condition in _COUNTED:
        counted = (
            f"SELECT {at} - {at} % {_HOUR_MS} AS hour, {metric} AS metric, {name} AS name"  # noqa: S608
            f" FROM {table} WHERE {at} IS NOT NULL AND {condition}"
        )
        op.execute(
            "INSERT INTO rollups (hour, node, metric, name, count)"  # noqa: S608
            f" SELECT hour, 'before', metric, name, count(*) FROM ({counted}) AS counted"
            " GROUP BY hour, metric, name"
        )
