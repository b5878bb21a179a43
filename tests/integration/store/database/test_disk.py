"""Room on the disk is watched, so that what is under way can end, and nothing new is promised."""

import asyncio
import contextlib
import os
import shutil
import sqlite3
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.clock import ManualClock
from automator.configuration.storage import Retention
from automator.engine.operations.erasing import erase_person, merge_words
from automator.engine.operations.retention import Pruner
from automator.model import AutomatorError, RunState, StoreUnavailableError
from automator.model.log_filters import RunFilter
from automator.reasons.database import data_folder_open
from automator.store import back_up, open_reader, restore
from automator.store.database import sqlite, sqlite_files
from automator.store.database.damage import damaged
from automator.store.database.disk import WRITTEN_OF_EACH, Disk, Room, little_left
from automator.store.database.sqlite import version_warning
from automator.store.database.sqlite_files import file_system_of, sqlite_uri
from tests.support.errors import raises_code
from tests.support.store import Shop, indexed, opened

MB = 1_000_000


def database_in(url: str) -> Path:
    return Path(url.removeprefix("sqlite:///"))


async def test_below_the_mark_new_deliveries_are_refused_and_the_rest_goes_on(
    sqlite_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    room = Room(keep_free=0, reserve=MB)
    async with opened(sqlite_store_url, clock, room=room) as store:
        await shop.receive(store)
        assert store.disk is not None
        store.disk._room = Room(keep_free=1 << 60, reserve=MB)
        await store.measure_disk()

        with pytest.raises(StoreUnavailableError) as refused:
            await shop.receive(store)
        with pytest.raises(StoreUnavailableError):
            await store.record_delivery(shop.delivery())
        (claimed,) = await store.claim(1)
        assert await store.settle(shop.settlement(claimed))

        assert refused.value.code == "no_space"
        assert (store.is_available, store.is_accepting) == (True, False)
        store.disk._room = room
        await store.measure_disk()
        await shop.receive(store)


async def test_a_full_disk_takes_what_is_under_way_from_the_reserve(
    sqlite_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    reserve = database_in(sqlite_store_url).with_name("automator.db.reserve")
    async with opened(sqlite_store_url, clock, room=Room(0, MB)) as store:
        assert reserve.stat().st_blocks * 512 >= MB
        await shop.receive(store)
        (claimed,) = await store.claim(1)
        assert store.disk is not None
        freed = store.disk.note_full

        # The limit stands for the disk, and giving the reserve up makes room.
        def limit_pages(more: int) -> None:
            with closing(sqlite3.connect(database_in(sqlite_store_url))) as other:
                (pages,) = other.execute("PRAGMA page_count").fetchone()
            store._writer._db.core.connection.driver_connection.execute(  # type: ignore[union-attr]
                f"PRAGMA max_page_count={pages + more}"
            )

        def give_room() -> bool:
            limit_pages(100_000)
            return freed()

        store._writer._on_full = give_room
        limit_pages(0)
        large = shop.settlement(claimed, data={"text": "x" * 200_000})

        results = await asyncio.gather(
            store.settle(large), shop.receive(store), return_exceptions=True
        )

        assert results[0] is True
        assert isinstance(results[1], StoreUnavailableError)
        assert not reserve.exists()
        assert store.log.runs(RunFilter(states=(RunState.DONE,)))
        await store.measure_disk()
        assert reserve.exists()
        await shop.receive(store)


@pytest.mark.parametrize("name", ["automator.db", "automator.db-wal", "automator.db-shm"])
@pytest.mark.parametrize("is_replaced", [False, True])
async def test_a_file_that_is_deleted_or_replaced_ends_the_store(
    sqlite_store_url: str, clock: ManualClock, shop: Shop, name: str, is_replaced: bool
) -> None:
    failed = asyncio.Event()
    async with opened(sqlite_store_url, clock, on_fatal=failed.set, room=Room(0, 0)) as store:
        await shop.receive(store)
        await store.measure_disk()
        assert store.is_available
        file = database_in(sqlite_store_url).with_name(name)
        content = file.read_bytes()
        file.rename(file.with_name("elsewhere"))
        if is_replaced:
            file.write_bytes(content)

        await store.measure_disk()

        await asyncio.wait_for(failed.wait(), 60)
        with pytest.raises(StoreUnavailableError, match="was deleted or replaced"):
            await shop.receive(store)


@pytest.mark.parametrize("becomes", ["nothing", "a file", "an empty folder"])
async def test_a_data_folder_that_is_taken_away_ends_the_store(
    sqlite_store_url: str, clock: ManualClock, shop: Shop, tmp_path: Path, becomes: str
) -> None:
    failed = asyncio.Event()
    async with opened(sqlite_store_url, clock, on_fatal=failed.set, room=Room(0, 0)) as store:
        await shop.receive(store)
        await store.measure_disk()
        folder = database_in(sqlite_store_url).parent
        folder.rename(elsewhere := tmp_path.parent / f"{tmp_path.name} elsewhere")
        if becomes == "a file":
            folder.touch()
        elif becomes == "an empty folder":
            folder.mkdir()

        await store.measure_disk()

        await asyncio.wait_for(failed.wait(), 60)
        with pytest.raises(StoreUnavailableError, match="was deleted or replaced"):
            await shop.receive(store)
        folder.unlink() if becomes == "a file" else shutil.rmtree(folder, ignore_errors=True)
        elsewhere.rename(folder)


@pytest.mark.parametrize("part", [0, 0.5, 0.999], ids=["to nothing", "in the middle", "at its end"])
async def test_after_somebody_has_cut_the_log_nothing_more_is_acknowledged(
    sqlite_store_url: str, clock: ManualClock, shop: Shop, part: float
) -> None:
    """Everything after the cut hangs in the air: no start would read it."""
    failed = asyncio.Event()
    async with opened(sqlite_store_url, clock, on_fatal=failed.set) as store:
        for _ in range(3):
            await shop.receive(store)
        # The upkeep after the last commit, which looks at the log as well, is over then.
        await asyncio.sleep(0.1)
        log = database_in(sqlite_store_url).with_name("automator.db-wal")

        os.truncate(log, int(log.stat().st_size * part))

        with pytest.raises(StoreUnavailableError, match="was deleted or replaced, or cut"):
            await shop.receive(store)
        await asyncio.wait_for(failed.wait(), 60)


async def test_no_change_that_the_program_makes_to_its_own_files_ends_the_store(
    sqlite_store_url: str,
    clock: ManualClock,
    shop: Shop,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite, "LONG_PAGES", 40)
    database = database_in(sqlite_store_url)
    log = database.with_name("automator.db-wal")
    async with opened(sqlite_store_url, clock, room=Room(0, 0)) as store:

        async def look() -> None:
            while store.is_available:
                await store.measure_disk()

        async def load() -> None:
            while store.is_available:
                await shop.receive(store)

        beside = [asyncio.create_task(look()), asyncio.create_task(load())]
        for turn in range(3):
            for number in range(20):
                await shop.receive(store, who=f"lan-{number}", body={"text": f"Giá {number}?"})
            await indexed(store, clock)
            for number in range(20):
                await erase_person(store, "shop-page", f"lan-{number}", by="hoa")
            before = log.stat().st_size
            await merge_words(store)
            while (size := log.stat().st_size) >= before:
                before = max(before, size)
                await store.limits.let_in()
            await Pruner(store, Retention(payloads=0, log=0)).run(trusts_clock=True)
            back_up(database, tmp_path / f"{turn}.db", now_ms=clock.now_ms())
        assert store.is_available, store.trouble
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)

        await shop.receive(store)


def test_the_reserve_waits_until_there_is_room_for_it(tmp_path: Path) -> None:
    database = tmp_path / "automator.db"
    database.touch()
    free = Disk(database, Room(0, 1 << 60))

    free.measure()

    assert free.shortage is None
    assert not (tmp_path / "automator.db.reserve").exists()


async def test_a_damaged_page_is_found_at_the_start_and_a_backup_mends_it(
    sqlite_store_url: str, clock: ManualClock, shop: Shop, tmp_path: Path
) -> None:
    database = database_in(sqlite_store_url)
    copy = tmp_path / "copy" / "good.db"
    copy.parent.mkdir()
    async with opened(sqlite_store_url, clock) as store:
        for _ in range(100):
            await shop.receive(store)
        back_up(database, copy, now_ms=clock.now_ms())
    with database.open("r+b") as handle:
        for page in range(20, database.stat().st_size // 4096, 7):
            handle.seek(page * 4096)
            handle.write(b"\xff" * 4096)

    with pytest.raises(AutomatorError) as refused:
        async with opened(sqlite_store_url, clock):
            pass

    assert refused.value.code == "database-damaged"
    assert "automator restore" in refused.value.fix
    restore(copy, database, now_ms=clock.now_ms(), replace=True)
    async with opened(sqlite_store_url, clock) as store:
        assert len(store.log.events(limit=1000)) == 100


@pytest.mark.parametrize(
    ("written", "damaged_to"),
    [
        (b"created_at BIGINT", b"cr\xe5ated_at BIGINT"),
        (b"created_at BIGINT", b"creat%d_at BIGINT"),
        (b"CREATE TABLE runs", b"CREATE TA\xc2LE runs"),
        (b"tokenize='ascii'", b"tokeniza='ascii'"),
        (b"USING fts5", b"USING ftr5"),
    ],
    ids=["no text", "another column", "no statement", "another option", "another module"],
)
@pytest.mark.parametrize("is_large", [False, True], ids=["a small file", "one too large to read"])
async def test_damage_to_what_the_tables_are_made_as_is_told_at_the_start(
    sqlite_store_url: str,
    clock: ManualClock,
    shop: Shop,
    written: bytes,
    damaged_to: bytes,
    is_large: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    if is_large:
        monkeypatch.setattr(sqlite, "_EXAMINED_BYTES", 0)
    database = database_in(sqlite_store_url)
    async with opened(sqlite_store_url, clock) as store:
        await shop.receive(store)
    content = database.read_bytes()
    assert written in content
    database.write_bytes(content.replace(written, damaged_to))

    with pytest.raises(AutomatorError) as refused:
        async with opened(sqlite_store_url, clock):
            pass

    assert refused.value.code == "database-damaged"
    assert "automator restore" in refused.value.fix


async def test_the_log_shows_a_text_of_which_a_letter_is_damaged(
    sqlite_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    database = database_in(sqlite_store_url)
    async with opened(sqlite_store_url, clock) as store:
        event, _ = await shop.receive(store, body={"text": "giá bao nhiêu vậy shop"})
    content = database.read_bytes()
    text = "giá bao nhiêu vậy shop".encode()
    assert text in content
    database.write_bytes(content.replace(text, text.replace(b"sh", b"s\xff")))

    async with opened(sqlite_store_url, clock) as store:
        (row,) = store.log.events()
        assert row.id == event.id
        assert row.text == "giá bao nhiêu vậy s\ufffdop"


async def test_the_log_shows_a_run_and_its_attempts_though_what_they_keep_is_damaged(
    sqlite_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with opened(sqlite_store_url, clock) as store:
        event, _ = await shop.receive(store)
        (claimed,) = await store.claim(1)
        attempt = shop.attempt(claimed, request={"url": "https://crm.example/"})
        await store.settle(shop.settlement(claimed, attempts=(attempt,)))
    with closing(sqlite3.connect(database_in(sqlite_store_url))) as other, other:
        other.execute("UPDATE runs SET data = '\u00ff'")
        other.execute("UPDATE attempts SET request = '{'")

    async with opened(sqlite_store_url, clock) as store:
        (row,) = store.log.runs()
        assert row.run.event_id == event.id
        detail = store.log.run(row.id)
        assert detail is not None
        assert [attempt.request for attempt in detail.attempts] == [None]


async def test_the_writer_ends_where_it_would_act_by_a_text_that_is_damaged(
    sqlite_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    database = database_in(sqlite_store_url)
    async with opened(sqlite_store_url, clock) as store:
        await shop.receive(store, who="nguyen-van-a")
    content = database.read_bytes()
    database.write_bytes(content.replace(b"nguyen-van-a", b"nguyen-v\xe1n-a"))
    failed = asyncio.Event()

    async with opened(sqlite_store_url, clock, on_fatal=failed.set) as store:
        with pytest.raises(StoreUnavailableError, match="UTF-8"):
            await store.claim(1)
        await asyncio.wait_for(failed.wait(), 60)


@pytest.mark.parametrize("damaged", ["events SET body", "runs SET data", "contacts SET state"])
async def test_the_writer_ends_where_it_would_act_by_json_that_is_damaged(
    sqlite_store_url: str, clock: ManualClock, shop: Shop, damaged: str
) -> None:
    async with opened(sqlite_store_url, clock) as store:
        await shop.receive(store)
    with closing(sqlite3.connect(database_in(sqlite_store_url))) as other, other:
        assert other.execute(f"UPDATE {damaged} = ?", (b'{"text" 1}',)).rowcount == 1
    failed = asyncio.Event()

    async with opened(sqlite_store_url, clock, on_fatal=failed.set) as store:
        with pytest.raises(StoreUnavailableError, match="stored JSON"):
            await store.claim(1)
        await asyncio.wait_for(failed.wait(), 60)


@pytest.mark.parametrize("content", [b"no database at all " * 1000, b"SQLite format 3\0" * 600])
async def test_a_file_that_is_no_database_is_refused_in_words(
    sqlite_store_url: str, clock: ManualClock, content: bytes
) -> None:
    database_in(sqlite_store_url).write_bytes(content)

    with raises_code(AutomatorError, damaged(Path(), "").code):
        async with opened(sqlite_store_url, clock):
            pass


async def test_after_a_failure_a_large_file_is_examined_too(
    sqlite_store_url: str, clock: ManualClock, monkeypatch: pytest.MonkeyPatch, shop: Shop
) -> None:
    from automator.store.database import sqlite

    monkeypatch.setattr(sqlite, "_EXAMINED_BYTES", 0)
    database = database_in(sqlite_store_url)
    suspect = database.with_name("automator.db.suspect")
    async with opened(sqlite_store_url, clock, room=Room(0, 0)) as store:
        store._writer.fail(OSError("the disk is gone"))
    assert suspect.exists()
    # The lock is kept until the process has ended.
    store._give_back()

    async with opened(sqlite_store_url, clock) as store:
        await shop.receive(store)

    assert not suspect.exists()


@pytest.mark.parametrize(
    ("version", "is_warned_of"),
    [
        ("3.46.1", True),
        ("3.51.2", True),
        ("3.51.3", False),
        ("3.53.0", False),
        ("3.44.5", True),
        ("3.44.6", False),
        ("3.45.0", True),
        ("3.50.7", False),
        ("4.0.0", False),
    ],
)
def test_versions_that_can_lose_commits_are_warned_of(version: str, is_warned_of: bool) -> None:
    assert bool(version_warning(version)) is is_warned_of


@pytest.mark.parametrize("slow_s", [0.0, 0.1], ids=["in time", "slowly"])
async def test_the_write_ahead_log_stays_short(
    sqlite_store_url: str,
    clock: ManualClock,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    slow_s: float,
) -> None:
    # However slow the thread is that copies it, the writer waits for it at 640 pages.
    monkeypatch.setattr(sqlite, "LONG_PAGES", 160)
    monkeypatch.setattr(sqlite, "_MOST_PAGES", 640)
    copy = sqlite._copy

    def copy_slowly(connection: sqlite3.Connection) -> tuple[int, int]:
        if slow_s:
            time.sleep(slow_s)
        return copy(connection)

    monkeypatch.setattr(sqlite, "_copy", copy_slowly)
    log = database_in(sqlite_store_url).with_name("automator.db-wal")
    body = b"x" * 20_000
    async with opened(sqlite_store_url, clock) as store:
        # One a commit: else the machine's speed decides how many pages each of them takes.
        for _ in range(400):
            await store.record_delivery(shop.delivery(body=body))

        # 11 MB went through it, and 640 pages are 2.6 MB.
        assert log.stat().st_size < 4_000_000


async def test_a_checkpoint_that_fails_is_as_fatal_as_a_commit(
    sqlite_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    failed = asyncio.Event()
    async with opened(sqlite_store_url, clock, on_fatal=failed.set) as store:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorname = "SQLITE_IOERR_FSYNC"

        def fail(_operations: int) -> None:
            raise error

        store._writer._db.after_commit = fail  # type: ignore[union-attr, method-assign]
        # The opening's own commit may be looked after only now, and fail before this one.
        with contextlib.suppress(StoreUnavailableError):
            await shop.receive(store)

        await asyncio.wait_for(failed.wait(), 60)
        with pytest.raises(StoreUnavailableError, match="disk I/O error"):
            await shop.receive(store)


MOUNTS = """\
/dev/vda / ext4 rw 0 0
server:/export /data nfs4 rw 0 0
/dev/vdb /data/local xfs rw 0 0
share /my\\040shop cifs rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib/automator", "ext4"),
        ("/data/shop", "nfs4"),
        ("/database", "ext4"),
        ("/data/local/shop", "xfs"),
        ("/my shop", "cifs"),
    ],
)
def test_the_file_system_of_a_folder_is_that_of_its_nearest_mount(folder: str, kind: str) -> None:
    assert file_system_of(Path(folder), MOUNTS) == kind


async def test_a_folder_on_a_network_or_open_to_everybody_is_refused(
    sqlite_store_url: str, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = database_in(sqlite_store_url).parent
    folder.chmod(0o777)
    with pytest.raises(AutomatorError, match="every user of this machine may write"):
        async with opened(sqlite_store_url, clock):
            pass
    folder.chmod(0o750)
    async with opened(sqlite_store_url, clock) as store:
        assert data_folder_open(folder=str(folder)) in await store.upkeep.durability_warnings()

    monkeypatch.setattr(sqlite_files, "file_system_of", lambda _: "nfs4")
    with pytest.raises(AutomatorError, match="network file system"):
        async with opened(sqlite_store_url, clock):
            pass


async def test_a_log_that_cannot_be_copied_back_is_neither_tried_nor_told_at_each_commit(
    sqlite_store_url: str, clock: ManualClock, shop: Shop, caplog: pytest.LogCaptureFixture
) -> None:
    async with opened(sqlite_store_url, clock) as store:
        tried = 0

        def fail(_operations: int) -> None:
            nonlocal tried
            tried += 1
            error = sqlite3.OperationalError("database or disk is full")
            error.sqlite_errorname = "SQLITE_FULL"
            raise error

        store._writer._db.after_commit = fail  # type: ignore[union-attr, method-assign]
        for _ in range(50):
            await shop.receive(store)

        assert 1 <= tried < 25
        assert caplog.text.count("store.checkpoint_failed") == 1
        assert store.is_available


@given(
    sizes=st.lists(st.integers(1, 3_000_000), max_size=40),
    free=st.integers(0, 60_000_000),
    looks=st.sets(st.integers(0, 40)),
)
def test_what_is_admitted_between_two_looks_leaves_what_is_kept_free(
    sizes: list[int], free: int, looks: set[int]
) -> None:
    """Whatever of it is on the disk already when it is looked at, and whatever is written later."""
    with tempfile.TemporaryDirectory() as folder:
        database = Path(folder) / "automator.db"
        database.touch()
        disk = Disk(database, Room(keep_free=5_000_000, reserve=0))
        admitted = 0
        with room_of(lambda: free):
            disk.measure()
            for number, size in enumerate(sizes):
                if number in looks:
                    disk.measure()
                    admitted = 0
                if not disk.admit(size):
                    admitted += WRITTEN_OF_EACH * size
                    assert free - admitted >= 5_000_000


@contextlib.contextmanager
def room_of(free: Callable[[], int]) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:

        def usage(_folder: object) -> SimpleNamespace:
            return SimpleNamespace(total=1_000_000_000, free=free())

        patch.setattr(shutil, "disk_usage", usage)
        yield


@pytest.mark.parametrize(
    ("room", "total", "bound"),
    [
        (Room(), 1_000_000 * MB, 1_000 * MB),
        (Room(), 1_000 * MB, 100 * MB),
        (Room(keep_free=3_000 * MB), 1_000_000 * MB, 6_000 * MB),
        (Room(keep_free=0, low=7), 1_000 * MB, 7),
        (Room(low=7), 1_000 * MB, 50 * MB),
    ],
)
def test_a_disk_is_low_before_deliveries_are_refused(
    room: Room, total: int, bound: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = SimpleNamespace(total=total, free=bound)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: disk)
    assert little_left(Path(), room) is None

    disk.free = bound - 1
    assert little_left(Path(), room) == bound - 1


async def test_what_the_log_will_add_to_the_database_counts_as_written(
    sqlite_store_url: str, clock: ManualClock, shop: Shop
) -> None:
    async with opened(sqlite_store_url, clock, room=Room(0, 0)) as store:
        for _ in range(50):
            await shop.receive(store, body={"text": "x" * 20_000})
        database = database_in(sqlite_store_url)
        coming = store.log.database_bytes() - database.stat().st_size
        assert coming > 500_000
        assert store.disk is not None
        store.disk._room = Room(keep_free=10_000_000, reserve=0)

        with room_of(lambda: 10_000_000 + coming // 2):
            await store.measure_disk()

        assert not store.is_accepting


@pytest.mark.parametrize(
    ("flags", "beside", "is_still"),
    [(os.ST_RDONLY, "", True), (os.ST_RDONLY, "-wal", False), (0, "", False)],
)
async def test_a_log_on_a_disk_that_is_mounted_to_be_read_only_is_read(
    sqlite_store_url: str,
    clock: ManualClock,
    shop: Shop,
    monkeypatch: pytest.MonkeyPatch,
    flags: int,
    beside: str,
    is_still: bool,
) -> None:
    """SQLite cannot make its own files there. A server that works on it elsewhere has them."""
    database = database_in(sqlite_store_url)
    async with opened(sqlite_store_url, clock) as store:
        await shop.receive(store)
    if beside:
        database.with_name(database.name + beside).touch()
    found = SimpleNamespace(f_flag=flags)
    monkeypatch.setattr("automator.store.database.sqlite_files.os.statvfs", lambda _folder: found)

    uri = sqlite_uri(database, "ro")

    assert ("immutable=1" in uri) is is_still
    assert "immutable" not in sqlite_uri(database, "rw")
    with closing(open_reader(sqlite_store_url)) as log:
        assert len(log.events()) == 1
