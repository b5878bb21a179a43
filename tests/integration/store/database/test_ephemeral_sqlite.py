"""A database that is thrown away commits seldom, and nobody who reads it notices."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from automator.clock import ManualClock
from automator.store import EventPlan, StoreOptions, open_reader, open_store
from automator.store.database.address import EphemeralSQLite, connector
from automator.store.database.statements import WriteConnection
from automator.store.schema.upkeep_tables import upkeep
from tests.support.store import Shop


async def test_what_was_written_is_read_at_once_and_is_there_after_closing(tmp_path: Path) -> None:
    url, shop = f"sqlite:///{tmp_path / 'a.db'}", Shop(ManualClock())
    options = StoreOptions(is_ephemeral=True)
    store = await open_store(url, clock=shop.clock, node="a", options=options)
    delivery = shop.delivery()
    event = shop.event(delivery)
    await store.ingest(delivery, [EventPlan(event, (), 1)])

    assert [row.id for row in store.log.events()] == [event.id]
    await store.close()

    log = open_reader(url)
    assert [row.id for row in log.events()] == [event.id]
    log.close()


@pytest.fixture
def db(tmp_path: Path) -> Iterator[WriteConnection]:
    """A connection to a new file that is thrown away."""
    connection = connector(EphemeralSQLite(tmp_path / "a.db"))()
    yield connection
    connection.close()
    connection.core.engine.dispose()


def _count(db: WriteConnection) -> int:
    return int(db.core.execute(select(func.count()).select_from(upkeep)).scalar_one())


def _add(db: WriteConnection, name: str) -> None:
    db.core.execute(upkeep.insert().values(name=name, at=1, distrusted_until=0))


def _add_twice(db: WriteConnection, name: str) -> None:
    _add(db, name)
    _add(db, name)


def test_what_fails_is_undone_alone(db: WriteConnection) -> None:
    with db.transaction():
        _add(db, "kept")
    before = _count(db)

    with pytest.raises(IntegrityError), db.transaction():
        _add_twice(db, "undone")

    assert _count(db) == before
    with db.transaction():
        _add(db, "after it")
    assert _count(db) == before + 1


def test_now_and_then_it_commits_so_that_memory_does_not_grow(
    db: WriteConnection, tmp_path: Path
) -> None:
    db.after_commit(10_000)
    with db.transaction():
        _add(db, "kept")

    db.after_commit(1)
    before = _names_in(tmp_path / "a.db")
    db.after_commit(10_000)

    assert "kept" not in before
    assert "kept" in _names_in(tmp_path / "a.db")


def _names_in(file: Path) -> set[str]:
    """What another connection sees."""
    with contextlib.closing(sqlite3.connect(file)) as db:
        return {name for (name,) in db.execute("SELECT name FROM upkeep")}
