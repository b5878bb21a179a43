"""Damage that shows only when somebody looks at the log: the writer ends, and the start says it."""

import asyncio
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from automator.clock import ManualClock
from automator.model import StoreUnavailableError
from automator.store import Store, StoreOptions, cannot_read, open_store
from automator.store.database.statements import Statement
from automator.store.schema.tables import attempts
from tests.support.store import NODE, Shop, opened

_PAGE = 4096


def damage(file: Path, page: int) -> None:
    with file.open("r+b") as pages:
        pages.seek((page - 1) * _PAGE)
        pages.write(b"\xff" * _PAGE)


def read_a_page(store: Store) -> None:
    store.log.answers_below(0)


def read_by_the_driver(store: Store) -> None:
    with store.log.queries() as db:
        db.query(Statement(select(attempts.c.response)))


@pytest.mark.parametrize("read", [read_a_page, read_by_the_driver])
async def test_damage_that_only_a_reader_meets_ends_all_acknowledging(
    sqlite_store_url: str, clock: ManualClock, shop: Shop, read: Callable[[Store], None]
) -> None:
    file = Path(sqlite_store_url.removeprefix("sqlite:///"))
    async with opened(sqlite_store_url, clock) as store:
        await shop.receive(store)
    with closing(sqlite3.connect(file)) as other:
        page = "SELECT rootpage FROM sqlite_schema WHERE name = 'attempts'"
        (number,) = other.execute(page).fetchone()
    failed = asyncio.Event()
    options = StoreOptions(on_fatal=failed.set)
    store = await open_store(sqlite_store_url, clock=clock, node=NODE, options=options)
    try:
        damage(file, number)

        with pytest.raises((DatabaseError, sqlite3.DatabaseError)) as met:
            read(store)

        await asyncio.wait_for(failed.wait(), 30)
        unavailable = cannot_read(met.value)
        assert unavailable is not None
        assert unavailable.code == "database-damaged"
        with pytest.raises(StoreUnavailableError):
            await shop.receive(store)
    finally:
        await store.close()
    assert file.with_name(f"{file.name}.suspect").exists(), "the next start reads every page"
