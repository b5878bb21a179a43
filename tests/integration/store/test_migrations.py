"""The migrations build the tables that the code believes in."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from automator.clock import ManualClock
from automator.store.tables import metadata
from tests.support.postgresql import PostgreSQLServer, name_of
from tests.support.store import opened, sqlite_url


async def test_a_migrated_database_is_the_one_that_the_tables_describe(
    store_url: str, clock: ManualClock
) -> None:
    async with opened(store_url, clock):
        pass

    migrated = create_engine(store_url)
    with migrated.connect() as connection:
        context = MigrationContext.configure(connection)
        differences = compare_metadata(context, metadata)
        # An index that is for the other kind of database alone.
        expected = {"sqlite": ["ix_runs_lease"], "postgresql": []}[connection.dialect.name]
    migrated.dispose()

    assert [(kind, item.name) for kind, item in differences] == [
        ("add_index", name) for name in expected
    ]


async def test_the_sql_of_a_migrated_file_is_that_of_the_tables(
    tmp_path: Path, clock: ManualClock
) -> None:
    async with opened(sqlite_url(tmp_path), clock):
        pass
    described = create_engine(f"sqlite:///{tmp_path / 'described.db'}")
    metadata.create_all(described)
    described.dispose()

    assert _schema(tmp_path / "automator.db") == _schema(tmp_path / "described.db")


def _schema(file: Path) -> dict[str, str]:
    """Each table and index with its SQL, without what only the layout differs in."""
    connection = sqlite3.connect(file)
    rows = connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    ).fetchall()
    connection.close()
    return {name: " ".join(sql.split()) for name, sql in rows}


async def test_nodes_that_start_at_once_migrate_once(
    postgresql: PostgreSQLServer, clock: ManualClock
) -> None:
    url = postgresql.empty_database()

    async def start() -> None:
        async with opened(url, clock) as store:
            assert store.log.events() == []

    await asyncio.gather(*[start() for _ in range(3)])

    engine = create_engine(url)
    with engine.connect() as connection:
        versions = connection.exec_driver_sql("SELECT version_num FROM alembic_version").all()
    engine.dispose()
    assert len(versions) == 1
    assert name_of(url).startswith("empty_")
    postgresql.drop(url)


@pytest.mark.parametrize(
    ("text", "folded"), [("Đà Nẵng", "da nang"), ("GIÁ bao nhiêu?", "gia bao nhieu?"), (None, "")]
)
async def test_the_database_folds_texts_as_python_does(
    postgresql_store_url: str, clock: ManualClock, text: str | None, folded: str
) -> None:
    from automator.store.dialect import fold_text

    engine = create_engine(postgresql_store_url)
    with engine.connect() as connection:
        found = connection.exec_driver_sql("SELECT fold(%s::text)", (text,)).scalar()
    engine.dispose()

    assert found == folded == fold_text(text)
