"""Nodes, leases, and what only PostgreSQL needs."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# SQLite has this function from Python. Here it is stripped of accents first, so that lower case
# needs no locale for Vietnamese and other Latin texts.
_FOLD = r"""
CREATE FUNCTION fold(value text) RETURNS text LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $fold$
    SELECT lower(regexp_replace(
        normalize(translate(coalesce(value, ''), 'Đđ', 'Dd'), NFD), '[\u0300-\u036f]', '', 'g'
    ))
$fold$
"""
# Each run is written several times and then rests: room for that, and a vacuum that keeps up.
_UPDATED_OFTEN = """
ALTER TABLE runs SET (
    fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_analyze_scale_factor = 0.02
)
"""


def upgrade() -> None:
    op.create_table(
        "nodes",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("started_at", sa.BigInteger(), nullable=False),
        sa.Column("heartbeat_at", sa.BigInteger(), nullable=False),
        sa.Column("version", sa.String(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_nodes")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.create_index(
            "ix_runs_lease",
            "runs",
            ["lease_until"],
            unique=False,
            postgresql_where=sa.text("state = 1"),
        )
        op.execute(_FOLD)
        op.execute(_UPDATED_OFTEN)
