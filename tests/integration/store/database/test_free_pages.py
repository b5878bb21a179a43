"""A SQLite file gives the room of deleted data back to the disk, and stays whole."""

import os
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.configuration.storage import Retention
from automator.engine.operations.erasing import give_back_pages
from automator.engine.operations.retention import Pruner
from automator.store import EventPlan, Store, StoreOptions, copy_store, open_store
from automator.store.database import sqlite
from automator.store.database.backup import verify
from tests.support.store import Shop

DAY = 86_400


@pytest.fixture(autouse=True)
def keeps_few_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sqlite, "_KEPT_PAGES", 16)
    monkeypatch.setattr(sqlite, "_GIVEN_BACK", 64)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "automator.db"


async def open_now(file: Path, clock: ManualClock) -> Store:
    return await open_store(f"sqlite:///{file}", clock=clock, node="node-1", options=StoreOptions())


def numbers(file: Path) -> tuple[int, int]:
    """The file's pages, and how many of them are free."""
    with closing(sqlite3.connect(file)) as connection:
        pages, free = (
            connection.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("page_count", "freelist_count")
        )
        return pages, free


async def fill(store: Store, shop: Shop, number: int = 100) -> None:
    """Stores deliveries of 40 kB each."""
    for _ in range(number):
        delivery = shop.delivery(body=os.urandom(40_000))
        await store.ingest(delivery, [EventPlan(shop.event(delivery), (), 1)])


async def test_a_file_shrinks_after_a_large_retention_and_keeps_a_tenth_for_what_comes(
    file: Path, shop: Shop, clock: ManualClock
) -> None:
    store = await open_now(file, clock)
    await fill(store, shop)
    clock.advance(400 * DAY)
    await fill(store, shop, 20)
    await Pruner(store, Retention()).run(trusts_clock=True)

    await give_back_pages(store)
    left = len(store.log.deliveries(limit=100))
    await store.close()

    pages, free = numbers(file)
    assert 0 < free <= pages // 10
    assert file.stat().st_size < 1_500_000, "120 deliveries had 4.8 MB"
    assert left == verify(file).rows["deliveries"] == 20


async def test_pages_that_the_next_events_need_are_kept(
    file: Path, shop: Shop, clock: ManualClock
) -> None:
    store = await open_now(file, clock)
    await fill(store, shop, 10)
    clock.advance(400 * DAY)
    await fill(store, shop, 190)
    await Pruner(store, Retention()).run(trusts_clock=True)

    assert not await store.upkeep.give_back_pages()

    await store.close()
    assert numbers(file)[1] > 64


async def test_a_file_of_an_earlier_version_gives_pages_back_once_it_was_copied(
    file: Path, shop: Shop, clock: ManualClock
) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE made_before (id INTEGER)")
        connection.execute("DROP TABLE made_before")
    file.chmod(0o600)
    store = await open_now(file, clock)
    await fill(store, shop, 60)
    assert not await free_most(store, clock), "it was made without what that needs"
    await store.close()

    new = file.with_name("new.db")
    copy_store(f"sqlite:///{file}", f"sqlite:///{new}", now_ms=clock.now_ms())

    store = await open_now(new, clock)
    await fill(store, shop, 60)
    assert await free_most(store, clock)
    await store.close()


async def free_most(store: Store, clock: ManualClock) -> bool:
    """Deletes everything; returns whether pages are given back."""
    clock.advance(400 * DAY)
    await Pruner(store, Retention()).run(trusts_clock=True)
    return await store.upkeep.give_back_pages()


async def test_words_of_an_existing_file_are_merged_when_half_of_them_are_deleted(
    file: Path, clock: ManualClock
) -> None:
    setting = "SELECT v FROM event_words_config WHERE k = 'deletemerge'"
    for _ in range(2):
        store = await open_now(file, clock)
        await store.close()
        with closing(sqlite3.connect(file)) as connection:
            if sqlite3.sqlite_version_info >= (3, 43):
                assert connection.execute(setting).fetchone() == (50,)
            connection.execute("DELETE FROM event_words_config WHERE k = 'deletemerge'")
            connection.commit()
