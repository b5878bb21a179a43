"""The write-ahead log is copied back beside the writer, and nothing is lost or left for ever."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from automator.store.database import sqlite
from automator.store.database.sqlite import Checkpoints

Commit = Callable[..., None]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "automator.db"


@pytest.fixture
def writer(file: Path) -> Iterator[sqlite3.Connection]:
    with closing(
        sqlite3.connect(file, isolation_level=None, check_same_thread=False)
    ) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        # What a power cut would do is not asked here.
        connection.execute("PRAGMA synchronous=OFF")
        connection.execute("CREATE TABLE notes (id INTEGER PRIMARY KEY, text BLOB)")
        yield connection


@pytest.fixture
def copied(
    file: Path, writer: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Checkpoints]:
    """Copies a log of forty pages; the writer itself copies twenty, and waits at four hundred."""
    monkeypatch.setattr(sqlite, "LONG_PAGES", 40)
    monkeypatch.setattr(sqlite, "_FEW_PAGES", 20)
    monkeypatch.setattr(sqlite, "_MOST_PAGES", 400)
    found = Checkpoints(file, writer)
    yield found
    found.close()


@pytest.fixture
def commit(writer: sqlite3.Connection, copied: Checkpoints) -> Commit:
    """Commits a row, and has the log looked after."""

    def commit() -> None:
        writer.execute("INSERT INTO notes (text) VALUES (zeroblob(3000))")
        copied.after_commit(1, writer.total_changes)

    return commit


def wait_for_pass(copied: Checkpoints) -> None:
    deadline = time.monotonic() + 30
    while copied._is_copying and copied._ends.empty():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def test_a_log_that_goes_on_growing_is_copied_and_begins_anew(
    file: Path, writer: sqlite3.Connection, commit: Commit
) -> None:
    log = file.with_name("automator.db-wal")
    for _ in range(3_000):
        commit()

    # 24 MB went through it, without a sync: the thread cannot keep up, and the writer waits.
    assert log.stat().st_size < 6_000_000
    assert writer.execute("SELECT count(*) FROM notes").fetchone() == (3_000,)
    assert writer.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_log_of_few_operations_that_write_much_is_copied_as_well(
    file: Path, writer: sqlite3.Connection, copied: Checkpoints
) -> None:
    log = file.with_name("automator.db-wal")
    for _ in range(4):
        writer.execute("INSERT INTO notes (text) VALUES (zeroblob(1000000))")
        copied.after_commit(1, writer.total_changes)
        wait_for_pass(copied)
        copied.after_commit(0, writer.total_changes)

    # Each operation is 245 pages. By the usual eight of an operation they would be 32 in all.
    assert log.stat().st_size < 3_000_000


def test_the_file_of_a_log_that_became_too_long_is_emptied_once_it_is_copied(
    file: Path,
    writer: sqlite3.Connection,
    copied: Checkpoints,
    commit: Commit,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sqlite, "_KEPT_LOG_PAGES", 60)
    log = file.with_name("automator.db-wal")
    writer.execute("INSERT INTO notes (text) VALUES (zeroblob(1000000))")
    copied.after_commit(1, writer.total_changes)
    assert log.stat().st_size > 1_000_000
    wait_for_pass(copied)
    # Takes the result of the pass, and copies what was committed meanwhile.
    commit()
    commit()

    assert log.stat().st_size < 60 * 4096
    for _ in range(100):
        commit()
    assert writer.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_no_pass_begins_while_the_log_may_be_copied_whole(
    writer: sqlite3.Connection, copied: Checkpoints, commit: Commit
) -> None:
    for _ in range(5):
        commit()
    assert copied._passes == 1
    wait_for_pass(copied)
    changes = writer.total_changes

    # Operations that have changed nothing: the log has not grown by them.
    for _ in range(20):
        copied.after_commit(1, changes)
    assert (copied._passes, copied._is_copying) == (1, False)

    commit()
    assert copied._passes in (0, 2)
    wait_for_pass(copied)


def test_what_the_thread_could_not_copy_is_told_to_the_writer_and_tried_again(
    copied: Checkpoints, commit: Commit, monkeypatch: pytest.MonkeyPatch
) -> None:
    copy = sqlite._copy
    calls: list[str] = []

    def fail(_connection: sqlite3.Connection) -> tuple[int, int]:
        calls.append(threading.current_thread().name)
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr(sqlite, "_copy", fail)
    for _ in range(5):
        commit()
    wait_for_pass(copied)
    with pytest.raises(sqlite3.OperationalError, match="disk I/O error"):
        commit()
    assert calls == ["store-checkpoint"]

    monkeypatch.setattr(sqlite, "_copy", copy)
    for _ in range(3):
        commit()
        wait_for_pass(copied)
    assert copied._operations == 0


def test_a_reader_that_is_in_the_way_keeps_nothing_from_being_copied_later(
    file: Path, writer: sqlite3.Connection, copied: Checkpoints, commit: Commit
) -> None:
    log = file.with_name("automator.db-wal")
    with closing(sqlite3.connect(file, isolation_level=None)) as reader:
        commit()
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM notes").fetchone()
        for _ in range(200):
            commit()
            wait_for_pass(copied)
        grown = log.stat().st_size
        reader.execute("COMMIT")
    for _ in range(200):
        commit()
        wait_for_pass(copied)

    assert log.stat().st_size < 1.5 * grown
    assert writer.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_it_does_not_open_what_has_taken_the_place_of_the_database(
    file: Path, writer: sqlite3.Connection, copied: Checkpoints, commit: Commit
) -> None:
    file.rename(file.with_name("elsewhere"))
    file.write_bytes(b"not ours")

    for _ in range(20):
        commit()
        wait_for_pass(copied)

    assert file.read_bytes() == b"not ours"
    assert writer.execute("SELECT count(*) FROM notes").fetchone() == (20,)
