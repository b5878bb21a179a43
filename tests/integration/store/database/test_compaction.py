"""A SQLite file is written anew without its free pages, and never lost."""

import asyncio
import os
import signal
import sqlite3
import sys
from contextlib import closing
from pathlib import Path

import pytest

from automator.cli.administration.store import write_anew
from automator.clock import ManualClock
from automator.configuration.storage import Retention
from automator.engine.operations.retention import Pruner
from automator.model import AutomatorError, NotFoundError, UsageError
from automator.store.database import backup
from automator.store.database.backup import verify
from automator.store.database.compaction import compact, plan_compaction
from tests.support.store import Shop, opened, sqlite_url
from tests.support.words import raises_saying

DAY = 86_400


@pytest.fixture
async def file(tmp_path: Path, shop: Shop, clock: ManualClock) -> Path:
    """A file of an earlier version, most of which was deleted."""
    file = tmp_path / "automator.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as connection:
        connection.execute("CREATE TABLE made_before (id INTEGER)")
        connection.execute("DROP TABLE made_before")
    file.chmod(0o600)
    async with opened(sqlite_url(tmp_path), clock) as store:
        for _ in range(40):
            await store.ingest(shop.delivery(body=os.urandom(40_000)), [])
        clock.advance(400 * DAY)
        await shop.receive(store)
        await Pruner(store, Retention()).run(trusts_clock=True)
    return file


def pragma(file: Path, name: str) -> int:
    with closing(sqlite3.connect(file)) as connection:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


async def test_a_new_file_has_all_rows_no_free_pages_and_gives_pages_back_from_now_on(
    file: Path, clock: ManualClock
) -> None:
    rows, size, before = verify(file).rows, file.stat().st_size, pragma(file, "auto_vacuum")
    plan = plan_compaction(sqlite_url(file.parent))

    made = compact(plan, lambda _done, _total: None)

    assert (plan.size, plan.needed) == (size, size - plan.free)
    assert made == file.stat().st_size < size / 2
    assert verify(file).rows == rows
    assert pragma(file, "freelist_count") == 0
    assert (before, pragma(file, "auto_vacuum")) == (0, 2)
    assert file.stat().st_mode & 0o777 == 0o600
    assert sorted(one.name for one in file.parent.iterdir()) == [
        "automator.db",
        "automator.db.lock",
    ]
    async with opened(sqlite_url(file.parent), clock) as store:
        assert len(store.log.events()) == 1


async def test_nothing_is_done_while_a_server_or_a_reader_uses_the_file(
    file: Path, clock: ManualClock
) -> None:
    url = sqlite_url(file.parent)
    async with opened(url, clock):
        plan = plan_compaction(url)
        with raises_saying(AutomatorError, "in use by another process"):
            compact(plan, lambda _done, _total: None)
    with closing(sqlite3.connect(file)) as reader:
        reader.execute("PRAGMA journal_mode=WAL")
        reader.execute("BEGIN").execute("SELECT count(*) FROM events").fetchone()
        with raises_saying(AutomatorError, "cannot be copied"):
            compact(plan, lambda _done, _total: None)
    assert file.stat().st_size == plan.size


def test_without_room_the_plan_says_so(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backup, "_SPARE", 1 << 60)

    with raises_saying(AutomatorError, "no room for a copy"):
        plan_compaction(sqlite_url(file.parent))


@pytest.mark.parametrize("moment", ["sync_file(new)", "new.replace(file)", "replaced"])
async def test_a_killed_process_leaves_the_old_file_or_the_new_one(
    file: Path, clock: ManualClock, moment: str
) -> None:
    rows, url = verify(file).rows, sqlite_url(file.parent)
    script = f"""
import os, signal
from pathlib import Path
from automator.store.database import backup, compaction
def kill(*_):
    os.kill(os.getpid(), signal.SIGKILL)
replace = Path.replace
if {moment!r} == "sync_file(new)":
    backup.sync_file = kill
if {moment!r} == "new.replace(file)":
    Path.replace = kill
if {moment!r} == "replaced":
    compaction.sync_file = kill
plan = compaction.plan_compaction({url!r})
compaction.compact(plan, lambda *_: None)
"""
    ended = await asyncio.create_subprocess_exec(sys.executable, "-c", script)
    assert await ended.wait() == -signal.SIGKILL

    assert verify(file).rows == rows
    async with opened(url, clock) as store:
        assert len(store.log.events()) == 1
    compact(plan_compaction(url), lambda _done, _total: None)
    assert verify(file).rows == rows
    assert pragma(file, "auto_vacuum") == 2
    assert not list(file.parent.glob("*.compacting*"))


def test_only_a_sqlite_file_that_exists_is_looked_at(
    tmp_path: Path, postgresql_store_url: str
) -> None:
    with pytest.raises(NotFoundError):
        plan_compaction(sqlite_url(tmp_path))
    with raises_saying(UsageError, "only a SQLite file"):
        plan_compaction(postgresql_store_url)


def test_the_command_changes_nothing_without_a_yes(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    size = file.stat().st_size

    write_anew(yes=False, data=file.parent, database=None)
    assert file.stat().st_size == size
    said = capsys.readouterr().out
    assert "A new file takes" in said
    assert "say --yes" in said

    write_anew(yes=True, data=file.parent, database=None)
    assert file.stat().st_size < size / 2
    assert "It has" in capsys.readouterr().out
