"""A backup is whole and verified, and a restored one sends nothing twice."""

import asyncio
import os
import shutil
import sqlite3
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.model import (
    AutomatorError,
    ConflictError,
    KeyedLimit,
    PermanentError,
    RunState,
    UsageError,
    Waits,
)
from automator.model.echo import AwaitedEcho
from automator.model.log_filters import EventFilter, RunFilter
from automator.model.rule import Concurrency
from automator.server.tryout.audience_text import end_of
from automator.store import EventPlan, Fire, Store, back_up, open_reader
from automator.store.database import backup
from automator.store.database.backup import verify
from automator.store.database.sqlite_files import companions
from automator.store.transfer.restore import restore
from tests.support.golden_database import later_versions, make_golden
from tests.support.store import Shop, opened, sqlite_url
from tests.support.tokens import Account, a_keeper, open_keeper
from tests.support.words import raises_saying, said

HOUR_S = 3600


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "data" / "automator.db"


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "copy.db"


def url(database: Path) -> str:
    return sqlite_url(database.parent)


async def states(store: Store) -> dict[str, list[str]]:
    """The reasons of all runs by their state."""
    found: dict[str, list[str]] = {}
    for row in store.log.runs(limit=1000):
        found.setdefault(row.run.state.label, []).append(said(row.run.reason))
    return found


async def test_a_backup_that_is_made_while_events_come_in_is_one_moment(
    database: Path, target: Path, clock: ManualClock, shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(backup, "_STEP", 8)
    async with opened(url(database), clock) as store:
        for _ in range(20):
            await shop.receive(store)
        loop = asyncio.get_running_loop()
        came_in = []

        def receive_another(_done: int, _total: int) -> None:
            coming = asyncio.run_coroutine_threadsafe(shop.receive(store), loop)
            came_in.append(coming.result(10))

        made = await asyncio.to_thread(
            back_up, database, target, now_ms=clock.now_ms(), on_progress=receive_another
        )
        stored = len(store.log.events(limit=1000))

    assert len(came_in) > 3
    assert stored == 20 + len(came_in)
    assert made.rows["events"] == made.rows["runs"] == made.rows["deliveries"] == 20
    assert made.made_at is not None
    assert abs(made.made_at - clock.now_ms()) <= 60_000
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert sorted(file.name for file in target.parent.iterdir()) == ["copy.db", "data"]


async def test_a_backup_reports_how_far_it_is(
    database: Path, target: Path, clock: ManualClock, shop: Shop
) -> None:
    async with opened(url(database), clock) as store:
        await shop.receive(store)
        seen: list[tuple[int, int]] = []
        back_up(database, target, now_ms=0, on_progress=lambda *at: seen.append(at))

    assert seen[-1][0] == seen[-1][1] > 0


async def test_a_backup_takes_no_files_place(
    database: Path, target: Path, clock: ManualClock
) -> None:
    target.write_text("mine")
    async with opened(url(database), clock):
        with pytest.raises(UsageError, match="is there already"):
            back_up(database, target, now_ms=0)

    assert target.read_text() == "mine"


async def test_a_damaged_database_is_not_backed_up(
    database: Path, target: Path, clock: ManualClock, shop: Shop
) -> None:
    async with opened(url(database), clock) as store:
        for _ in range(200):
            await shop.receive(store)
    damage(database)

    with pytest.raises(AutomatorError) as refused:
        back_up(database, target, now_ms=0)

    assert "damaged" in refused.value.message or "cannot be copied" in refused.value.message
    assert not target.exists()


def damage(file: Path) -> None:
    """Overwrites every tenth page but the first ones."""
    with file.open("r+b") as handle:
        for page in range(10, file.stat().st_size // 4096, 10):
            handle.seek(page * 4096)
            handle.write(b"\xff" * 4096)


async def test_a_restored_backup_holds_what_was_due_and_keeps_what_is_not(
    database: Path, target: Path, clock: ManualClock, shop: Shop
) -> None:
    async with opened(url(database), clock) as store:
        event, _ = await shop.receive(store)
        await store.claim(1)
        await shop.receive(store, who="queued")
        soon = shop.follow_up(event, in_ms=HOUR_S * 1000)
        later = shop.follow_up(event, in_ms=72 * HOUR_S * 1000)
        await store.run_edits.add([soon, later])
        await store.sessions.create("hash", "owner", now_ms=clock.now_ms())
        await open_keeper(store, Account(), clock)
        await store.schedules.follow(1, {"morning": "0 8 * * *"}, clock.now_ms())
        back_up(database, target, now_ms=clock.now_ms())
        await shop.receive(store, key="after the backup")
    clock.advance(48 * HOUR_S)

    done = restore(target, database, now_ms=clock.now_ms(), replace=True)

    assert done.held == 3
    async with opened(url(database), clock) as store:
        assert store.quarantine.count == 3
        assert await store.recover() == 0
        assert await store.claim(10) == []
        found = await states(store)
        assert set(found) == {"held", "queued"}
        assert all("restored from a backup of 20" in reason for reason in found["held"])
        assert [row.run.id for row in store.log.runs(RunFilter(states=(RunState.QUEUED,)))] == [
            later.id
        ]
        assert await store.sessions.find("hash") is None
        account = Account()
        with raises_saying(PermanentError, "may have been used since"):
            await a_keeper(store, account, clock).renewed("a0")
        assert account.used == []
        assert [item.done_until for item in store.log.schedules()] == [clock.now_ms()]
        assert len(store.log.events()) == 2
    assert done.replaced is not None
    with sqlite3.connect(done.replaced) as kept:
        assert kept.execute("SELECT count(*) FROM events").fetchone() == (3,)
    kept.close()


async def test_a_restored_backup_stops_its_firings_and_says_so(
    database: Path, target: Path, clock: ManualClock, shop: Shop
) -> None:
    async with opened(url(database), clock) as store:
        now_ms = clock.now_ms()
        await store.schedules.follow(1, {"sale": "every"}, now_ms - 2)
        delivery = shop.delivery()
        plan = EventPlan(shop.event(delivery), (), 1)
        await store.ingest(delivery, [plan], Fire("sale", "every", now_ms - 1, True))
        back_up(database, target, now_ms=now_ms)

    restore(target, database, now_ms=clock.now_ms(), replace=True)

    async with opened(url(database), clock) as store:
        (firing,) = store.log.firings("sale")
        assert not firing.is_going
        assert said(end_of(firing, 100)) == "stopped by a restored backup"


@pytest.mark.parametrize(
    "waits_for", ["a target", "its recovery", "a turn", "an echo", "an answer", "approval"]
)
async def test_what_waited_for_somebody_else_is_held_though_its_own_time_has_not_come(
    database: Path, target: Path, clock: ManualClock, shop: Shop, waits_for: str
) -> None:
    in_an_hour = clock.now_ms() + HOUR_S * 1000
    awaited = AwaitedEcho(connection="shop-page", key="said", since_ms=clock.now_ms())
    async with opened(url(database), clock) as store:
        if waits_for == "a turn":
            one_at_a_time = Concurrency(key="event.actor.id", limit=1, mode="queue")
            limited = {"limits": (KeyedLimit(one_at_a_time, "lan"),), "run_at": in_an_hour}
            await shop.receive(store, run=limited)
            await shop.receive(store, run=limited)
        else:
            await shop.receive(store)
            (claimed,) = await store.claim(1)
            waiting = {
                "a target": {"waits_for": Waits.TARGET, "target": "crm"},
                "its recovery": {"waits_for": Waits.RETRY, "target": "crm"},
                "an echo": {"waits_for": Waits.ECHO, "awaits": awaited},
                "an answer": {"waits_for": Waits.ANSWER},
                "approval": {"waits_for": Waits.APPROVAL, "leaves_lane": True},
            }[waits_for]
            await store.settle(
                shop.settlement(claimed, RunState.QUEUED, run_at=in_an_hour, attempts=(), **waiting)
            )
        back_up(database, target, now_ms=clock.now_ms())
        expected = [row.run.id for row in store.log.runs(limit=1)]
    clock.advance(60)

    done = restore(target, database, now_ms=clock.now_ms(), replace=True)

    assert done.held == 1
    async with opened(url(database), clock) as store:
        assert await store.targets.release("crm", 10) == 0
        assert [
            row.run.id for row in store.log.runs(RunFilter(states=(RunState.HELD,)))
        ] == expected
        assert await store.quarantine.release() == 1
        if waits_for == "a target":
            assert await store.targets.release("crm", 10) == 1
            assert [item.run.id for item in await store.claim(10)] == expected


async def test_a_restore_by_a_clock_that_is_behind_holds_what_was_due_at_the_backup(
    database: Path, target: Path, clock: ManualClock, shop: Shop
) -> None:
    async with opened(url(database), clock) as store:
        await shop.receive(store)
        back_up(database, target, now_ms=clock.now_ms())
    clock.set_by(-2 * HOUR_S)

    assert restore(target, database, now_ms=clock.now_ms(), replace=True).held == 1


async def test_a_backup_that_is_copied_into_place_by_hand_is_held_at_the_start(
    database: Path, target: Path, clock: ManualClock, shop: Shop
) -> None:
    async with opened(url(database), clock) as store:
        await shop.receive(store)
        back_up(database, target, now_ms=clock.now_ms())
    shutil.copyfile(target, database)

    for _ in range(2):
        async with opened(url(database), clock) as store:
            assert store.quarantine.count == 1
            assert await store.claim(10) == []
            await shop.receive(store)
            (claimed,) = await store.claim(10)
            await store.settle(shop.settlement(claimed))


async def test_what_is_released_goes_on_in_its_old_order(
    database: Path, target: Path, clock: ManualClock, shop: Shop
) -> None:
    async with opened(url(database), clock) as store:
        for _ in range(3):
            await shop.receive(store)
            clock.advance(1)
        order = [item.run.id for item in (await store.claim(1))]
        back_up(database, target, now_ms=clock.now_ms())
    restore(target, database, now_ms=clock.now_ms(), replace=True)

    async with opened(url(database), clock) as store:
        assert await store.quarantine.release() == 3
        assert store.quarantine.count == 0
        claimed = [item.run for item in await store.claim(1)]

    assert [run.id for run in claimed] == order
    assert [run.reason and run.reason.code for run in claimed] == ["interrupted", None, None]
    assert [run.attempt for run in claimed] == [2, 1, 1]


async def test_what_is_held_can_be_cancelled_or_tried_one_by_one(
    database: Path, target: Path, clock: ManualClock, shop: Shop
) -> None:
    async with opened(url(database), clock) as store:
        for number in range(4):
            await shop.receive(store, who=str(number))
        back_up(database, target, now_ms=clock.now_ms())
    restore(target, database, now_ms=clock.now_ms(), replace=True)

    async with opened(url(database), clock) as store:
        first, second, *_ = [row.run.id for row in store.log.runs()]
        assert await store.run_edits.retry(first)
        assert await store.run_edits.cancel(second, "lan")
        assert await store.quarantine.cancel("lan") == 2
        found = await states(store)

    assert {state: len(reasons) for state, reasons in found.items()} == {
        "queued": 1,
        "cancelled": 3,
    }


async def test_a_restore_needs_an_empty_place_or_a_word(
    database: Path, target: Path, clock: ManualClock, tmp_path: Path
) -> None:
    async with opened(url(database), clock):
        back_up(database, target, now_ms=0)
        with pytest.raises(AutomatorError, match="in use by another process"):
            restore(target, database, now_ms=0, replace=True)

    with pytest.raises(ConflictError, match="there is a database already"):
        restore(target, database, now_ms=0)
    elsewhere = tmp_path / "new" / "automator.db"
    assert restore(target, elsewhere, now_ms=0).replaced is None
    assert stat.S_IMODE(elsewhere.stat().st_mode) == 0o600
    assert stat.S_IMODE(elsewhere.parent.stat().st_mode) == 0o700
    open_reader(url(elsewhere)).close()


@pytest.mark.parametrize("number", [1, 2, 3, 4])
async def test_a_restore_that_is_killed_at_any_move_has_changed_nothing_or_everything(
    database: Path, target: Path, clock: ManualClock, shop: Shop, number: int
) -> None:
    """The log of a killed server has commits that its database lacks."""
    async with opened(url(database), clock) as store:
        await shop.receive(store, runs=0)
        back_up(database, target, now_ms=0)
        await shop.receive(store, runs=0)
        for file in (database, *companions(database)):
            shutil.copyfile(file, target.with_name(file.name))
    for file in (database, *companions(database)):
        shutil.copyfile(target.with_name(file.name), file)

    is_killed = killed_at_move(number, target, database)

    async with opened(url(database), clock) as store:
        events = len(store.log.events(EventFilter(), limit=10))
    assert is_killed
    assert events == 2
    restored = restore(target, database, now_ms=HOUR_S * 1000, replace=True)
    async with opened(url(database), clock) as store:
        assert len(store.log.events(EventFilter(), limit=10)) == 1
    assert not list(database.parent.glob("*.restoring-*"))
    assert restored.replaced is not None


def killed_at_move(number: int, backup: Path, database: Path) -> bool:
    """Restores in a process that ends just before its n-th move of a file of the database."""
    child = os.fork()
    if child == 0:
        left = [number]

        def counted(move: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
            def moved(file: Path, to: Path) -> Path:
                left[0] -= 1
                if not left[0]:
                    os._exit(9)
                return move(file, to)

            return moved

        Path.rename, Path.replace = counted(Path.rename), counted(Path.replace)  # type: ignore[assignment,method-assign]
        restore(backup, database, now_ms=0, replace=True)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 9


async def test_a_damaged_or_foreign_backup_changes_nothing(
    database: Path, target: Path, clock: ManualClock, shop: Shop, tmp_path: Path
) -> None:
    async with opened(url(database), clock) as store:
        for _ in range(200):
            await shop.receive(store)
        back_up(database, target, now_ms=0)
    before = database.read_bytes()
    damage(target)
    (tmp_path / "text.db").write_text("no database at all\n" * 100)
    sqlite3.connect(tmp_path / "foreign.db").execute("CREATE TABLE a (b)").connection.close()

    for bad in (target, tmp_path / "text.db", tmp_path / "foreign.db", tmp_path / "missing.db"):
        with pytest.raises(AutomatorError) as refused:
            restore(bad, database, now_ms=0, replace=True)
        assert str(bad) in refused.value.message

    assert database.read_bytes() == before


async def test_a_backup_of_a_newer_version_is_refused(
    database: Path, target: Path, clock: ManualClock
) -> None:
    async with opened(url(database), clock):
        back_up(database, target, now_ms=0)
    with sqlite3.connect(target) as newer:
        newer.execute("UPDATE alembic_version SET version_num = '9999'")
    newer.close()

    with pytest.raises(AutomatorError, match="newer version"):
        restore(target, database, now_ms=0, replace=True)


async def test_regular_backups_are_made_when_due_and_only_so_many_are_kept(
    database: Path, clock: ManualClock
) -> None:
    async with opened(url(database), clock) as store:
        backups = store.backups()
        assert backups is not None
        made = []
        for _ in range(4):
            assert backups.is_due(clock.now_ms(), HOUR_S)
            made.append(backups.make(clock.now_ms(), keep=2).file)
            assert not backups.is_due(clock.now_ms(), HOUR_S)
            clock.advance(HOUR_S)
        (backups.folder / "mine.db").touch()

        assert [item.file for item in backups.kept()] == made[:1:-1]
        assert all(verify(item.file).made_at for item in backups.kept())
        assert stat.S_IMODE(backups.folder.stat().st_mode) == 0o700
        assert (backups.folder / "mine.db").exists()


async def test_a_table_that_a_later_migration_adds_is_in_the_backup(
    database: Path, target: Path, clock: ManualClock
) -> None:
    from automator.store.schema.table_base import metadata

    async with opened(url(database), clock):
        made = back_up(database, target, now_ms=0)

    assert set(made.rows) >= {*metadata.tables, "alembic_version"}


async def test_a_backup_of_an_earlier_version_is_brought_up_to_date(
    database: Path, target: Path, clock: ManualClock
) -> None:
    make_golden(target)

    with later_versions():
        done = restore(target, database, now_ms=clock.now_ms() + 3_600_000)
        async with opened(url(database), clock) as store:
            found = await states(store)
            interrupted = [row.run.was_interrupted for row in store.log.runs(limit=1000)]

    assert done.held == 5
    assert verify(target).schema == "0026"
    assert verify(database).schema == "later3"
    assert len(found["held"]) == 5
    assert interrupted.count(True) == 1
