"""What goes wrong reaches those it concerns, and nothing is acknowledged that is not on disk."""

import asyncio
import os
import shlex
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from automator.clock import ManualClock
from automator.model import AutomatorError, SettingsError, StoreUnavailableError
from automator.store import EventPlan, Store, StoreOptions, open_reader, open_store
from automator.store.database.disk import Room
from automator.store.transfer.restore import restore
from tests.support.golden_database import later_versions, place
from tests.support.store import NODE, Shop, opened, sqlite_url, writer_held
from tests.support.words import raises_saying


async def test_a_bad_item_does_not_fail_its_neighbours(store: Store, shop: Shop) -> None:
    taken = shop.delivery()
    await store.record_delivery(taken)

    results = await asyncio.gather(
        shop.receive(store, key="1"),
        store.record_delivery(taken),
        shop.receive(store, key="2"),
        store.record_delivery(shop.delivery(received_at=2**70)),
        return_exceptions=True,
    )

    assert [isinstance(result, Exception) for result in results] == [False, True, False, True]
    assert not any(isinstance(result, StoreUnavailableError) for result in results)
    assert len(store.log.events()) == 2


async def test_a_full_disk_acknowledges_nobody_and_heals(
    sqlite_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    failed: list[bool] = []
    async with opened(
        sqlite_store_url, clock, on_fatal=lambda: failed.append(True), room=Room(0, 1_000_000)
    ) as store:
        pages = await store._edit(
            lambda db, _: db.core.exec_driver_sql("PRAGMA page_count").scalar()
        )
        await store._edit(
            lambda db, _: db.core.exec_driver_sql(f"PRAGMA max_page_count={pages}").scalar()
        )
        large = shop.delivery(body=b"x" * 100_000)

        results = await asyncio.gather(
            *[shop.receive(store) for _ in range(5)],
            store.record_delivery(large),
            return_exceptions=True,
        )
        refused = [item for item in results if isinstance(item, StoreUnavailableError)]

        assert refused
        assert len(store.log.events()) == 5 - sum(
            isinstance(item, StoreUnavailableError) for item in results[:5]
        )
        assert store.log.delivery(large.id) is None

        await store._edit(
            lambda db, _: db.core.exec_driver_sql("PRAGMA max_page_count=1000000").scalar()
        )
        assert not store.is_accepting
        with raises_saying(StoreUnavailableError, "is full"):
            await shop.receive(store)
        await store.measure_disk()
        await shop.receive(store)
        assert store.is_accepting
        assert not failed


_FAILS_TO_WRITE = """
import asyncio, resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[2])
from automator.clock import ManualClock
from automator.model import StoreUnavailableError
from tests.support.store import Shop, opened

async def main():
    url, clock = sys.argv[1], ManualClock()
    shop, fatal = Shop(clock), asyncio.Event()
    async with opened(url, clock, on_fatal=fatal.set) as store:
        await shop.receive(store)
        # From here on a write beyond the limit fails, as on a disk that gives up.
        resource.setrlimit(resource.RLIMIT_FSIZE, (150_000, resource.RLIM_INFINITY))
        refusals = 0
        for number in range(20):
            try:
                await store.record_delivery(shop.delivery(body=b"x" * 100_000))
            except StoreUnavailableError as error:
                refusals += 1
                assert error.code == "store_failed", error
        resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)
        await asyncio.wait_for(fatal.wait(), 60)
        assert refusals and not store.is_available
        try:
            await store.record_delivery(shop.delivery())
        except StoreUnavailableError:
            print("refused", refusals, len(store.log.deliveries()))

asyncio.run(main())
"""


def test_after_an_io_error_nothing_is_acknowledged_any_more(sqlite_store_url: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-c", _FAILS_TO_WRITE, sqlite_store_url, str(Path.cwd())],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert ran.stderr.count("Traceback") == 0, ran.stderr
    word, refusals, stored = ran.stdout.split()
    assert word == "refused"
    assert int(stored) == 1 + 20 - int(refusals)


async def test_a_full_queue_refuses_at_once(store_url: str, clock: ManualClock, shop: Shop) -> None:
    store = await open_store(store_url, clock=clock, node=NODE, options=StoreOptions(max_waiting=2))
    try:
        async with writer_held(store):
            waiting = [asyncio.create_task(shop.receive(store)) for _ in range(2)]
            await asyncio.sleep(0)

            with pytest.raises(StoreUnavailableError) as refused:
                await shop.receive(store)
        await asyncio.gather(*waiting)

        assert refused.value.code == "store_busy"
        assert len(store.log.events()) == 2
    finally:
        await store.close()


async def test_an_edit_that_fails_is_undone_alone(store: Store, shop: Shop) -> None:
    def insert_and_fail(documents: object) -> None:
        documents.insert({"a": 1})  # type: ignore[attr-defined]
        raise KeyError("no")

    results = await asyncio.gather(
        shop.receive(store),
        store.documents.edit("set", insert_and_fail),
        store.documents.edit("set", lambda documents: documents.insert({"b": 2})),
        return_exceptions=True,
    )

    assert isinstance(results[1], KeyError)
    assert await store.documents.read("set", lambda documents: documents.all()) == [{"b": 2}]
    assert len(store.log.events()) == 1


async def test_a_closed_store_refuses(store_url: str, clock: ManualClock, shop: Shop) -> None:
    async with opened(store_url, clock) as store:
        queued = asyncio.create_task(shop.receive(store))
        await asyncio.sleep(0)

    await queued
    with pytest.raises(StoreUnavailableError):
        await shop.receive(store)


async def test_a_second_process_is_refused_the_file(
    sqlite_store_url: str, clock: ManualClock
) -> None:
    async with opened(sqlite_store_url, clock):
        with pytest.raises(AutomatorError) as refused:
            async with opened(sqlite_store_url, clock):
                pass

    assert f"process {os.getpid()}" in refused.value.message
    assert "--data" in refused.value.fix
    async with opened(sqlite_store_url, clock):
        pass


@pytest.mark.parametrize(
    ("version", "code"),
    [
        ("0001", "database-unreleased"),
        ("0025", "database-unreleased"),
        ("9999", "database-newer"),
    ],
)
async def test_a_database_of_another_version_is_refused_and_let_go(
    store_url: str, clock: ManualClock, version: str, code: str
) -> None:
    async with opened(store_url, clock) as store:
        other = text("UPDATE alembic_version SET version_num = :version")
        await store._edit(lambda db, _: db.core.execute(other, {"version": version}).rowcount)

    for _ in range(2):
        with pytest.raises(AutomatorError, match=version) as refused:
            async with opened(store_url, clock):
                pass
        assert refused.value.code == code
    with pytest.raises(AutomatorError, match=version) as refused:
        open_reader(store_url)
    assert refused.value.code == code


async def test_the_advice_to_go_back_to_an_older_version_brings_its_data_back(
    tmp_path: Path, clock: ManualClock
) -> None:
    url = place(tmp_path)
    with later_versions():
        async with opened(url, clock):
            pass

    with pytest.raises(AutomatorError) as refused:
        async with opened(url, clock):
            pass

    (kept,) = (tmp_path / "backups").iterdir()
    line = shlex.split(refused.value.fix.partition("automator restore ")[2])
    assert line == [str(kept), "--replace", "--data", str(tmp_path)]
    restore(kept, tmp_path / "automator.db", now_ms=clock.now_ms(), replace=True)
    async with opened(url, clock) as store:
        assert len(store.log.runs()) == 13


async def test_a_command_tells_an_older_database_from_a_damaged_one(
    tmp_path: Path, clock: ManualClock
) -> None:
    url = place(tmp_path)

    with later_versions(), pytest.raises(AutomatorError, match="brings it up to date") as refused:
        open_reader(url)

    assert refused.value.code == "database-older"


async def test_files_are_for_this_user_alone(
    tmp_path: Path, clock: ManualClock, shop: Shop
) -> None:
    folder = tmp_path / "new" / "data"
    async with opened(sqlite_url(folder), clock) as store:
        await shop.receive(store)
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()}

    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert modes == dict.fromkeys(
        ["automator.db", "automator.db-wal", "automator.db-shm", "automator.db.lock"], 0o600
    )


async def test_files_that_a_copy_has_opened_to_others_are_closed_again(
    tmp_path: Path, clock: ManualClock
) -> None:
    for name in ("automator.db", "automator.db.lock", "automator.db.reserve"):
        (tmp_path / name).touch()
        (tmp_path / name).chmod(0o644)

    async with opened(sqlite_url(tmp_path), clock):
        modes = {file.name: stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()}

    assert set(modes.values()) == {0o600}, modes


@pytest.mark.parametrize(
    "url",
    ["", "nonsense", "sqlite://", "sqlite:///:memory:", "postgresql://localhost", "mysql://a/b"],
)
async def test_an_unusable_address_is_explained(url: str, clock: ManualClock) -> None:
    with pytest.raises(SettingsError) as refused:
        await open_store(url, clock=clock, node=NODE)

    assert "sqlite:////" in refused.value.fix


async def test_the_writer_is_durable(sqlite_store_url: str, clock: ManualClock) -> None:
    async with opened(sqlite_store_url, clock) as store:
        pragmas = await store._edit(
            lambda db, _: {
                name: db.core.exec_driver_sql(f"PRAGMA {name}").scalar()
                for name in ("journal_mode", "synchronous", "foreign_keys", "trusted_schema")
            }
        )

    assert pragmas == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "trusted_schema": 0,
    }


@pytest.mark.parametrize("store_url", ["sqlite"], indirect=True)
async def test_a_file_refuses_a_run_of_an_event_that_is_not_stored(
    store: Store, shop: Shop
) -> None:
    event = shop.event(shop.delivery())

    with pytest.raises(Exception, match=r"(?i)foreign key constraint"):
        await store.run_edits.add([shop.run(event)])
    with pytest.raises(Exception, match=r"(?i)foreign key constraint"):
        await store.ingest(shop.delivery(), [EventPlan(event, (), 1)])


async def test_a_delivery_that_cannot_be_stored_in_time_is_refused_and_may_come_again(
    store_url: str, clock: ManualClock, shop: Shop
) -> None:
    options = StoreOptions(ingest_timeout_s=0.5)
    store = await open_store(store_url, clock=clock, node=NODE, options=options)
    try:
        async with writer_held(store):
            ruleset = {"a.yaml": "rules: []"}
            edit = asyncio.create_task(store.rulesets.publish(ruleset, "digest", "lan"))
            with pytest.raises(StoreUnavailableError) as refused:
                await asyncio.wait_for(shop.receive(store, key="late"), 30)

        assert refused.value.code == "store_slow"
        # What is no delivery is done all the same, and the refused one is not.
        assert await edit == 1
        assert store.log.events() == []
        await shop.receive(store, key="late")
        assert len(store.log.events()) == 1
    finally:
        await store.close()
