"""The migrations build the tables that the code believes in."""

import sqlite3
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from automator.clock import ManualClock
from automator.store.tables import metadata
from tests.support.store import opened


async def test_a_migrated_database_is_the_one_that_the_tables_describe(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with opened(tmp_path, clock):
        pass
    described = create_engine(f"sqlite:///{tmp_path / 'described.db'}")
    metadata.create_all(described)
    described.dispose()

    migrated = create_engine(f"sqlite:///{tmp_path / 'automator.db'}")
    with migrated.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    migrated.dispose()

    assert differences == []
    assert _schema(tmp_path / "automator.db") == _schema(tmp_path / "described.db")


def _schema(file: Path) -> dict[str, str]:
    """Each table and index with its SQL, without what only the layout differs in."""
    connection = sqlite3.connect(file)
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    ).fetchall()
    connection.close()
    return {name: " ".join(sql.split()) for name, sql in rows}
