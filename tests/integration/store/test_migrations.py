"""New databases and upgraded ones have the tables that the code believes in."""

import asyncio
import sqlite3
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from automator.clock import ManualClock
from automator.model import AutomatorError
from automator.store import open_reader
from automator.store.database.migration import known_versions
from automator.store.database.sqlite import SQLite
from automator.store.schema.table_base import metadata
from tests.support.golden_database import golden_server, place
from tests.support.postgresql import PostgreSQLServer, name_of
from tests.support.store import opened


async def test_a_new_database_is_the_one_that_the_tables_describe(
    store_url: str, clock: ManualClock
) -> None:
    async with opened(store_url, clock):
        pass

    migrated = create_engine(store_url)
    with migrated.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"include_object": _is_described_in_tables}
        )
        differences = compare_metadata(context, metadata)
        # What is for the other kind of database alone.
        expected = {
            "sqlite": [
                ("add_index", "ix_runs_lease"),
                ("add_index", "ix_runs_not_done_but_ended"),
            ],
            "postgresql": [
                ("add_fk", "fk_attempts_run_id"),
                ("add_fk", "fk_events_delivery_id"),
                ("add_fk", "fk_runs_event_id"),
                ("add_index", "ix_runs_not_done"),
            ],
        }[connection.dialect.name]
    migrated.dispose()

    assert sorted((kind, item.name) for kind, item in differences) == expected


@pytest.mark.parametrize(
    "change", ["DROP TABLE untraced", "ALTER TABLE runs RENAME COLUMN outcome TO result"]
)
async def test_a_database_that_lacks_a_part_of_its_version_is_refused_with_what_to_do(
    store_url: str, clock: ManualClock, change: str
) -> None:
    async with opened(store_url, clock):
        pass
    engine = create_engine(store_url)
    with engine.begin() as connection:
        connection.exec_driver_sql(change)
    engine.dispose()

    refused = []
    with pytest.raises(AutomatorError) as told:
        async with opened(store_url, clock):
            pass
    refused.append(told.value)
    with pytest.raises(AutomatorError) as told:
        open_reader(store_url)
    refused.append(told.value)

    for error in refused:
        assert "is damaged, or an unreleased version made it" in error.message
        assert "start it with that version" in error.fix
        assert change.split()[2] in error.message


def test_the_indexes_of_new_tables_are_made_in_the_same_order_each_time(tmp_path: Path) -> None:
    made = SQLite(tmp_path / "automator.db").creation()
    indexes = [sql for sql in made if "INDEX ix_" in sql]

    assert len(indexes) > 20
    assert indexes == sorted(indexes, reverse=True)


@pytest.mark.parametrize("version", known_versions())
async def test_the_sql_of_an_upgraded_file_is_that_of_the_tables(
    tmp_path: Path, clock: ManualClock, version: str
) -> None:
    async with opened(place(tmp_path, version), clock):
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
    return {name: " ".join(sql.split()) for name, sql in rows if not _is_word_index(name)}


def _is_word_index(name: str) -> bool:
    """Each kind of database has them in its own way, so that they stand in no `Table`."""
    return "event_words" in name or "run_words" in name


def _is_described_in_tables(_item: object, name: str | None, *_rest: object) -> bool:
    return not _is_word_index(name or "")


@pytest.mark.parametrize("version", known_versions())
async def test_the_sql_of_an_upgraded_server_is_that_of_a_new_one(
    postgresql: PostgreSQLServer, clock: ManualClock, version: str
) -> None:
    upgraded, new = golden_server(postgresql, version), postgresql.new_database()
    async with opened(upgraded, clock):
        pass

    assert _details(upgraded, _SCHEMA) == _details(new, _SCHEMA)
    assert (
        _details(upgraded, _UNDECLARED)
        == _details(new, _UNDECLARED)
        == [
            ("autovacuum_analyze_scale_factor=0.02",),
            ("autovacuum_vacuum_scale_factor=0.02",),
            ("event_words USING gin (words)",),
            ("fillfactor=70",),
            ("run_words USING gin (words)",),
        ]
    )
    postgresql.drop(upgraded)
    postgresql.drop(new)


#: Columns, indexes and constraints of the tables that both have.
_SCHEMA = """
SELECT table_name, column_name, ordinal_position::text || ' ' || data_type || ' ' || is_nullable
    || coalesce(' ' || column_default, '') AS detail
FROM information_schema.columns
WHERE table_schema = 'public' AND table_name !~ 'words$|^alembic'
UNION ALL SELECT tablename, indexname, indexdef FROM pg_indexes
WHERE schemaname = 'public' AND tablename !~ 'words$|^alembic'
UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint
WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text !~ 'words$|^alembic'
ORDER BY 1, 2, 3
"""
_UNDECLARED = """
SELECT unnest(reloptions) FROM pg_class WHERE relname = 'runs'
UNION ALL SELECT tablename || ' ' || substring(indexdef FROM 'USING .*') FROM pg_indexes
WHERE indexname ~ 'words_words$' ORDER BY 1
"""


def _details(url: str, query: str) -> list[tuple[str, ...]]:
    engine = create_engine(url)
    with engine.connect() as connection:
        rows = [tuple(row) for row in connection.exec_driver_sql(query)]
    engine.dispose()
    assert rows
    return rows


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
