"""A copy has everything that the database has, on either kind, or it is nothing."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import BigInteger, Integer, LargeBinary, SmallInteger, Table, insert, select

from automator.clock import ManualClock
from automator.model import AutomatorError, ConflictError, RunState
from automator.model.log_filters import EventFilter
from automator.store import back_up_database, copy_store, restore_database
from automator.store.database.address import database_of
from automator.store.schema.table_base import metadata
from automator.store.transfer import copy
from automator.store.transfer.copy import NOT_COPIED, TABLES, connected
from tests.support.golden_database import later_versions, place
from tests.support.store import Shop, opened

NOW_MS = 1_795_478_400_000


@pytest.fixture(params=["to a server", "to a file", "from file to file"])
def way(
    request: pytest.FixtureRequest,
    sqlite_store_url: str,
    postgresql_store_url: str,
    empty_postgresql_url: str,
    tmp_path: Path,
) -> tuple[str, str]:
    """The addresses of an origin that has tables, and of a target that has none."""
    file = f"sqlite:///{tmp_path / 'target' / 'automator.db'}"
    ways = {
        "to a server": (sqlite_store_url, empty_postgresql_url),
        "to a file": (postgresql_store_url, file),
        "from file to file": (sqlite_store_url, file),
    }
    return ways[request.param]


def value_of(column: Any, number: int) -> Any:
    """A value that fits the column, another in each row; NULL in every third where it may be."""
    if column.foreign_keys:
        return number
    if column.nullable and number % 3 == 0:
        return None
    if isinstance(column.type, LargeBinary):
        return bytes([0, 255, number])
    if isinstance(column.type, BigInteger):
        return (1 << 62) + number if not column.primary_key else number
    if isinstance(column.type, Integer | SmallInteger):
        return number
    return f"Đà Nẵng '\"\\\t\n {number}"


def fill(url: str, rows: int = 7) -> None:
    """Puts rows into every table that there is."""
    database = database_of(url)
    with connected(database, migrated=True) as connection:
        for table in metadata.sorted_tables:
            connection.execute(
                insert(table),
                [
                    {column.name: value_of(column, number) for column in table.columns}
                    for number in range(1, rows + 1)
                ],
            )


def content(url: str, table: Table) -> list[tuple[Any, ...]]:
    with connected(database_of(url)) as connection:
        return sorted((tuple(row) for row in connection.execute(select(table))), key=repr)


def test_every_table_is_copied_with_every_value(way: tuple[str, str]) -> None:
    origin, target = way
    fill(origin)
    _forget_nodes(origin)
    seen: list[tuple[int, int]] = []

    copied = copy_store(
        origin,
        target,
        now_ms=NOW_MS,
        verify_rows=True,
        on_progress=lambda done, total, _: seen.append((done, total)),
    )

    assert set(copied.tables) == set(metadata.tables) - NOT_COPIED
    assert seen[-1][0] == seen[-1][1] == 2 * 7 * len(TABLES)
    for table in TABLES:
        assert content(target, table) == content(origin, table), table.name
        assert copied.tables[table.name].rows == 7
    assert content(target, metadata.tables["nodes"]) == []


def _forget_nodes(url: str) -> None:
    with connected(database_of(url)) as connection:
        connection.execute(metadata.tables["nodes"].delete())


def test_no_table_is_left_out_without_a_reason() -> None:
    assert {"nodes", "deferred", "untraced"} == NOT_COPIED
    assert {table.name for table in TABLES} | NOT_COPIED == set(metadata.tables)


def test_no_copied_table_numbers_its_rows_by_itself() -> None:
    """Else the sequence of the target would have to go on where that of the origin is."""
    assert [table.name for table in TABLES if table.autoincrement_column is not None] == []


async def test_work_goes_on_in_the_copy(
    way: tuple[str, str], clock: ManualClock, shop: Shop
) -> None:
    origin, target = way
    async with opened(origin, clock) as store:
        event, _ = await shop.receive(store, key="one")
        await shop.receive(store, who="minh")
        clock.advance(10)
        assert await store.upkeep.index_words()
        await store.run_edits.add([shop.follow_up(event)])
        hours = store.log.hours(0)

    copied = copy_store(origin, target, now_ms=clock.now_ms(), verify_rows=True)

    assert (copied.follow_ups, copied.verified) == (1, True)
    assert hours[0].started == 3
    async with opened(target, clock) as store:
        assert store.log.hours(0) == hours
        assert store.quarantine.count == 0
        assert len(await store.claim(10)) == 2
        _, again = await shop.receive(store, key="one")
        assert again == event.id
        assert len(store.log.follow_ups()) == 1
        clock.advance(10)
        while await store.upkeep.index_words():
            pass
        assert len(store.log.events(EventFilter(text="bao nhieu"))) == 2


async def test_a_target_that_has_something_is_refused(
    way: tuple[str, str], clock: ManualClock, shop: Shop
) -> None:
    origin, target = way
    async with opened(origin, clock) as store:
        await shop.receive(store)
    async with opened(target, clock) as store:
        await shop.receive(store)

    with pytest.raises(ConflictError, match=r"is there already|is not empty"):
        copy_store(origin, target, now_ms=NOW_MS)


def test_a_copy_that_is_stopped_leaves_an_empty_target_and_can_be_begun_anew(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, target = way
    fill(origin)
    _forget_nodes(origin)

    def stop(done: int, total: int, _table: str) -> None:
        if done > total // 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        copy_store(origin, target, now_ms=NOW_MS, on_progress=stop)

    assert copy_store(origin, target, now_ms=NOW_MS, verify_rows=True).verified


def test_a_target_that_changes_values_is_noticed_and_keeps_nothing(
    way: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    origin, target = way
    fill(origin)
    _forget_nodes(origin)
    really = copy.queue_everything

    def damage(connection: Any) -> None:
        runs = metadata.tables["runs"]
        connection.execute(runs.update().where(runs.c.id == 3).values(reason=b"other"))
        really(connection)

    monkeypatch.setattr(copy, "queue_everything", damage)
    with pytest.raises(AutomatorError, match="the table runs"):
        copy_store(origin, target, now_ms=NOW_MS, verify_rows=True)
    monkeypatch.undo()

    assert copy_store(origin, target, now_ms=NOW_MS, verify_rows=True).verified


async def test_neither_side_may_have_a_server_at_work(
    sqlite_store_url: str, postgresql_store_url: str, empty_postgresql_url: str, clock: ManualClock
) -> None:
    async with opened(sqlite_store_url, clock):
        with pytest.raises(AutomatorError, match="in use by another process"):
            copy_store(sqlite_store_url, empty_postgresql_url, now_ms=clock.now_ms())
    async with opened(sqlite_store_url, clock), opened(postgresql_store_url, clock) as node:
        await node.membership.join("0.1.0")
    async with opened(postgresql_store_url, clock) as node:
        await node.membership.join("0.1.0")
        with pytest.raises(ConflictError, match="a node works on"):
            copy_store(sqlite_store_url, postgresql_store_url, now_ms=clock.now_ms())


def test_an_origin_of_an_earlier_version_is_refused(
    tmp_path: Path, empty_postgresql_url: str
) -> None:
    old = place(tmp_path)

    with later_versions(), pytest.raises(AutomatorError, match="have the version 0026"):
        copy_store(old, empty_postgresql_url, now_ms=NOW_MS)


async def test_a_server_is_backed_up_while_nodes_work_and_restored_with_everything_held(
    postgresql_store_url: str,
    empty_postgresql_url: str,
    clock: ManualClock,
    shop: Shop,
    tmp_path: Path,
) -> None:
    file = tmp_path / "server.db"
    async with opened(postgresql_store_url, clock) as store:
        await shop.receive(store)
        made = back_up_database(postgresql_store_url, file, now_ms=clock.now_ms())
        await shop.receive(store)
    clock.advance(3600)

    restored = restore_database(file, empty_postgresql_url, now_ms=clock.now_ms())

    assert made.rows["events"] == 1
    assert made.made_at is not None
    assert restored.held == 1
    assert sorted(item.name for item in tmp_path.iterdir() if item.is_file()) == ["server.db"]
    async with opened(empty_postgresql_url, clock) as store:
        assert store.quarantine.count == 1
        assert await store.claim(10) == []
        assert [row.run.state for row in store.log.runs()] == [RunState.HELD]
    with pytest.raises(ConflictError, match="is not empty"):
        restore_database(file, empty_postgresql_url, now_ms=clock.now_ms())
