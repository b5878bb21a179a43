"""A damaged write-ahead log is told from one that a power cut left in pieces."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from automator.clock import ManualClock
from automator.model import AutomatorError
from automator.store.database.damage import damage_of, frames_read
from tests.support.store import Shop, opened

_TRANSACTIONS = 12
_HEADER, _FRAME = 32, 24 + 4096
#: So many of the last transactions can be in pieces without anybody having been told of them.
_UNPROVEN = 2


@pytest.fixture
def left(tmp_path: Path) -> Path:
    """A database as a killed process leaves it: some commits stand in the log only."""
    file = tmp_path / "open.db"
    with closing(sqlite3.connect(file, isolation_level=None)) as database:
        database.execute("PRAGMA journal_mode=WAL")
        database.execute("CREATE TABLE t (number INTEGER PRIMARY KEY, text TEXT)")
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        for number in range(_TRANSACTIONS):
            database.execute("INSERT INTO t VALUES (?, ?)", (number, "x" * 6000))
        copy = tmp_path / "left.db"
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{file}{suffix}", f"{copy}{suffix}")
    return copy


def log_of(file: Path) -> Path:
    return file.with_name(f"{file.name}-wal")


def numbers(file: Path) -> list[int]:
    """What SQLite reads, silently."""
    with closing(sqlite3.connect(file)) as database:
        return [row[0] for row in database.execute("SELECT number FROM t ORDER BY number")]


def commits(content: bytes) -> list[int]:
    """The frames that end a transaction, counted from 1."""
    starts = range(_HEADER, len(content), _FRAME)
    ends = [int.from_bytes(content[start + 4 : start + 8], "big") > 0 for start in starts]
    return [number for number, is_end in enumerate(ends, start=1) if is_end]


def test_a_whole_log_and_none_at_all_are_not_damaged(left: Path) -> None:
    assert damage_of(log_of(left)) is None
    assert damage_of(left.with_name("nothing")) is None
    assert numbers(left) == list(range(_TRANSACTIONS))


@pytest.mark.parametrize("place", [0, 6, 10, 20, 24, 2000])
def test_a_flipped_bit_in_what_was_synced_is_found_wherever_it_is(left: Path, place: int) -> None:
    log = log_of(left)
    content = log.read_bytes()
    ends = commits(content)
    assert len(ends) == _TRANSACTIONS

    for frame in range(1, ends[-1 - _UNPROVEN] + 1):
        changed = bytearray(content)
        changed[_HEADER + (frame - 1) * _FRAME + place] ^= 0x10
        log.write_bytes(changed)
        found = damage_of(log)

        assert damage_of(log, frames_read(left)) == found
        assert log.read_bytes() == changed
        assert found is not None, f"frame {frame}"
        # What is wrong in a frame shows in the next one at the latest.
        assert found.frame == frame
        before = [end for end in ends if end < frame]
        assert found.whole_bytes == _HEADER + (before[-1] if before else 0) * _FRAME


def test_what_sqlite_reads_of_the_log_is_not_read_once_more(left: Path) -> None:
    log = log_of(left)
    ends = commits(log.read_bytes())
    assert frames_read(left) == ends[-1]

    log.write_bytes(log.read_bytes()[:-100])
    assert frames_read(left) == ends[-2]

    # Where SQLite has said so, damage before that is none of this check's business.
    changed = bytearray(log.read_bytes())
    changed[_HEADER + 100] ^= 1
    log.write_bytes(changed)
    assert damage_of(log, ends[-2]) is None
    assert damage_of(log) is not None


def test_of_a_database_that_sqlite_cannot_open_the_whole_log_is_looked_at(left: Path) -> None:
    left.write_bytes(b"no database" * 400)
    log_of(left).unlink()

    assert frames_read(left) == 0
    assert frames_read(left.with_name("nothing")) == 0


def test_a_damaged_header_of_the_log_is_found(left: Path) -> None:
    log = log_of(left)
    for place in range(_HEADER):
        changed = bytearray(log.read_bytes())
        changed[place] ^= 1
        damaged = log.with_name("damaged")
        damaged.write_bytes(changed)

        found = damage_of(damaged)

        assert found is not None
        assert (found.frame, found.whole_bytes) == (0, 0)


def test_a_last_transaction_in_pieces_is_what_a_power_cut_leaves(left: Path) -> None:
    log = log_of(left)
    content = log.read_bytes()
    first = commits(content)[-2] + 1
    for start in range(_HEADER + (first - 1) * _FRAME, len(content), _FRAME):
        changed = bytearray(content)
        changed[start + 512 : start + 1024] = bytes(512)
        log.write_bytes(changed)
        assert damage_of(log) is None
        assert damage_of(log, frames_read(left)) is None
    for length in range(_HEADER + (first - 1) * _FRAME, len(content), 500):
        log.write_bytes(content[:length])
        assert damage_of(log) is None
    log.write_bytes(content[:-100])
    assert numbers(left) == list(range(_TRANSACTIONS - 1))


def test_what_stands_before_the_damage_can_be_gone_on_with(left: Path) -> None:
    log = log_of(left)
    content = bytearray(log.read_bytes())
    middle = commits(bytes(content))[_TRANSACTIONS // 2]
    content[_HEADER + (middle - 1) * _FRAME + 100] ^= 1
    log.write_bytes(content)
    found = damage_of(log)
    assert found is not None

    log.write_bytes(content[: found.whole_bytes])

    assert damage_of(log) is None
    assert numbers(left) == list(range(_TRANSACTIONS // 2))


async def test_a_store_whose_log_is_damaged_is_refused_and_its_files_stay(
    sqlite_store_url: str, clock: ManualClock, shop: Shop, tmp_path: Path
) -> None:
    file = Path(sqlite_store_url.removeprefix("sqlite:///"))
    kept = tmp_path / "kept"
    kept.mkdir()
    async with opened(sqlite_store_url, clock) as store:
        for _ in range(20):
            await shop.receive(store)
        for suffix in ("", "-wal"):
            shutil.copyfile(f"{file}{suffix}", kept / f"{file.name}{suffix}")
    for part in kept.iterdir():
        shutil.copyfile(part, file.with_name(part.name))
    log = log_of(file)
    content = bytearray(log.read_bytes())
    content[len(content) // 2] ^= 1
    log.write_bytes(content)

    for _ in range(2):
        with pytest.raises(AutomatorError) as refused:
            async with opened(sqlite_store_url, clock):
                pass

    assert refused.value.code == "database-damaged"
    assert "automator restore" in refused.value.fix
    assert f"truncate -s {damage_of(log).whole_bytes}" in refused.value.fix  # type: ignore[union-attr]
    assert log.read_bytes() == content
