"""The migrations build the tables that the code believes in."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, create_engine, inspect

from automator.clock import ManualClock
from automator.model import RunState, Verdict
from automator.store import EventPlan
from automator.store.batch.batch import Batch
from automator.store.database.address import database_of
from automator.store.database.migration import _next_step, _steps
from automator.store.queue.run_rows import new_run_row
from automator.store.runs.prepared_delivery import prepare_delivery
from automator.store.schema.table_base import metadata
from automator.store.schema.tables import deliveries, events, runs
from tests.support.postgresql import PostgreSQLServer, name_of
from tests.support.rollups import counted, kept
from tests.support.store import Shop, opened, sqlite_url


async def test_a_migrated_database_is_the_one_that_the_tables_describe(
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
        # An index that is for the other kind of database alone.
        expected = {"sqlite": ["ix_runs_lease"], "postgresql": ["ix_runs_unfinished"]}[
            connection.dialect.name
        ]
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
    return {name: " ".join(sql.split()) for name, sql in rows if not _is_word_index(name)}


def _is_word_index(name: str) -> bool:
    """Each kind of database has them in its own way, so that they stand in no `Table`."""
    return "event_words" in name or "run_words" in name


def _is_described_in_tables(_item: object, name: str | None, *_rest: object) -> bool:
    return not _is_word_index(name or "")


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


@contextlib.contextmanager
def old_database(url: str, version: str) -> Iterator[Connection]:
    """The database as an earlier version of the program left it, for putting something into it."""
    database = database_of(url)
    engine = database.write_engine()
    with engine.connect() as connection:
        if database.is_shared:
            with connection.begin():
                connection.exec_driver_sql("DROP SCHEMA public CASCADE; CREATE SCHEMA public")
        steps = _steps()
        while _next_step(database, connection, steps[: steps.index(version) + 1]) != version:
            continue
        with connection.begin():
            yield connection
    engine.dispose()


async def test_what_was_stored_before_there_was_a_search_is_found_and_indexed(
    store_url: str, clock: ManualClock, shop: Shop
) -> None:
    delivery = shop.delivery()
    event = shop.event(delivery)
    stored = prepare_delivery(delivery, [EventPlan(event, (), 1)])
    with old_database(store_url, "0005") as connection:
        rows = (
            (deliveries, stored.delivery),
            (events, stored.events[0].row),
            (runs, new_run_row(shop.run(event), Batch(clock.now_ms()))),
        )
        for table, row in rows:
            old = {column["name"] for column in inspect(connection).get_columns(table.name)}
            named = zip(table.columns.keys(), row, strict=True)
            connection.execute(table.insert(), {key: value for key, value in named if key in old})

    async with opened(store_url, clock) as store:
        found = [row.id for row in store.log.events(text="gia")]
        indexed = await store.upkeep.index_words()

    assert found == [event.id]
    assert indexed == 2


async def test_what_was_stored_before_there_were_rollups_is_counted(
    store_url: str, clock: ManualClock, shop: Shop
) -> None:
    with old_database(store_url, "0016") as connection:
        for number, state in enumerate(RunState):
            verdict = Verdict.REJECTED if number % 3 else Verdict.ACCEPTED
            delivery = shop.delivery(verdict=verdict)
            event = shop.event(delivery)
            stored = prepare_delivery(delivery, [EventPlan(event, (), 1)])
            # The columns that there were, and what stands in them.
            known = dict(zip(deliveries.columns.keys(), stored.delivery, strict=True))
            del known["full_size"]
            connection.execute(deliveries.insert().values(known))
            connection.execute(events.insert().values(stored.events[0].row))
            row = list(new_run_row(shop.run(event, state=state), Batch(clock.now_ms())))
            if state is RunState.HELD:
                row[runs.columns.keys().index("finished_at")] = None
            known = dict(zip(runs.columns.keys(), row, strict=True))
            for added_later in ("behind", "failing_target"):
                del known[added_later]
            connection.execute(runs.insert().values(known))
            clock.advance(3_600)

    async with opened(store_url, clock) as store:
        assert kept(store.log) == counted(store.log)
        assert len(store.log.hours(0)) == len(RunState)
        for state in (RunState.HELD, RunState.DEAD):
            (row,) = store.log.runs(state=state)
            assert await store.run_edits.retry(row.id)
        assert kept(store.log) == counted(store.log)
