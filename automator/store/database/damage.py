"""Finds damage to a SQLite database; then the start is refused, with advice."""

import sqlite3
import struct
from array import array
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from sys import byteorder

from automator.model import N_, AutomatorError, record
from automator.reasons.database import RESTORE
from automator.reasons.quoted import os_reason
from automator.store.database.database_errors import DAMAGED
from automator.store.database.sqlite_files import companions, sqlite_uri


def damaged(file: str | Path, what: object) -> AutomatorError:
    """Makes the error about a database that is damaged."""
    return AutomatorError(
        N_("the database {file} is damaged: {what}"),
        fix=N_("{restore:text} Check the disk first."),
        code=DAMAGED,
        file=file,
        what=str(what)[:300],
        restore=RESTORE,
    )


def incomplete(place: str, table: str, column: str) -> AutomatorError:
    """Makes the error about tables that should be of this version but lack a column."""
    return AutomatorError(
        N_(
            "the table {table} of the database {place} has no column {column}: the database is"
            " damaged, or an unreleased version made it"
        ),
        fix=N_(
            "If an unreleased version made it, start it with that version, or begin with an empty"
            " database. If it is damaged: {restore:text}"
        ),
        code=DAMAGED,
        place=place,
        table=table,
        column=column,
        restore=RESTORE,
    )


def require_whole_log(database: Path) -> None:
    """Checks that opening the database will lose no acknowledged commit.

    Raises:
        AutomatorError: the write-ahead log is damaged or cannot be read.
    """
    log, _ = companions(database)
    try:
        damage = damage_of(log, frames_read(database)) if log.exists() else None
    except OSError as error:
        raise AutomatorError(
            N_("the write-ahead log {log} cannot be read: {reason}"),
            fix=N_("Check the disk. If it stays so: {restore:text}"),
            code=DAMAGED,
            log=log,
            reason=os_reason(error),
            restore=RESTORE,
        ) from error
    if damage is None:
        return
    raise AutomatorError(
        N_(
            "the write-ahead log {log} is damaged at frame {frame}, and deliveries that were "
            "acknowledged after that cannot be read"
        )
        if damage.frame
        else N_(
            "the write-ahead log {log} is damaged at its header, and deliveries that were "
            "acknowledged after that cannot be read"
        ),
        fix=N_(
            "{restore:text} Or go on with the log up to the damage, without the rest: "
            "cp {log} {log}.damaged && truncate -s {whole} {log}. Check the disk first."
        ),
        code=DAMAGED,
        log=log,
        frame=damage.frame,
        restore=RESTORE,
        whole=damage.whole_bytes,
    )


# --- Commits on the disk that SQLite would drop from its write-ahead log ---
#
# SQLite reads its log up to the first frame with a wrong checksum. It takes everything after that
# for the remains of a power cut. For the last transaction that is right. But a transaction begins
# only after the previous one was synced. So if a whole frame follows the damage and a commit, the
# damaged transaction was acknowledged, and SQLite would silently drop it.
#
# SQLite reads the log fifty times as fast as this module. So this module examines only the part
# after the last transaction that SQLite reads.
#
# The formats: https://www.sqlite.org/fileformat2.html#the_write_ahead_log and, of the index of the
# log, https://www.sqlite.org/walformat.html#walidxfmt


_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
#: The magic number gives the byte order of the checksums.
_MAGIC = {0x377F0682: "little", 0x377F0683: "big"}
#: How many bytes the checksum covers: of the log's header; and of a frame's header.
_COVERED_OF_HEADER, _COVERED_OF_FRAME = 24, 8
_MASK = 0xFFFFFFFF
#: How many bytes the header of the log's index has, which is there twice.
_INDEX_HEADER_SIZE = 48
_FRAMES_OF_INDEX = struct.Struct("=16xI")

Checksum = tuple[int, int]


@record(kw_only=False)
class LogDamage:
    """Damage in a write-ahead log. Frames are counted from 1."""

    #: The damaged frame; 0 for the header of the log.
    frame: int
    #: How many whole frames follow the damage, which SQLite would not read.
    unread: int
    #: How many bytes the log has up to the last whole transaction before the damage.
    whole_bytes: int


@record(kw_only=False)
class _Frame:
    page: int
    #: If the frame ends a transaction, the number of pages in the database; else 0.
    commit: int
    #: The checksum in the frame.
    checksum: Checksum
    #: The right checksum, which is computed on from the previous frame.
    expected: Checksum

    @property
    def is_whole(self) -> bool:
        return self.checksum == self.expected

    def is_copied_by(self, following: "_Frame") -> bool:
        """Whether the next frame is only a copy that fills the disk's sector.

        On some disks SQLite adds such copies after a commit, and syncs only up to the end of the
        sector.
        """
        same = (following.page, following.commit) == (self.page, self.commit)
        return self.commit > 0 and same


def frames_read(database: Path) -> int:
    """The number of frames up to the last transaction that SQLite reads of a closed database's log.

    Returns 0 if SQLite cannot tell. A connection that only reads leaves the log unchanged, and does
    not copy it back when it is closed.
    """
    try:
        with closing(sqlite3.connect(sqlite_uri(database, "ro"), uri=True)) as connection:
            connection.execute("PRAGMA schema_version").fetchone()
            with database.with_name(f"{database.name}-shm").open("rb") as index:
                header, copy = index.read(_INDEX_HEADER_SIZE), index.read(_INDEX_HEADER_SIZE)
    except (sqlite3.Error, OSError):
        return 0
    if header != copy or len(header) < _INDEX_HEADER_SIZE:
        return 0
    (frames,) = _FRAMES_OF_INDEX.unpack_from(header)
    return int(frames)


def damage_of(log: Path, read: int = 0) -> LogDamage | None:
    """Finds damage in a log that nobody has open; None if there is no damage, or no log.

    The first `read` frames are known to be whole, and end with a transaction. The very last
    transaction may be incomplete: it was probably never acknowledged.

    Raises:
        OSError: the log cannot be read.
    """
    if not log.exists() or log.stat().st_size <= _HEADER.size:
        return None
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
        magic, _, page_size, _, *salts, first, second = _HEADER.unpack(header)
        order = _MAGIC.get(magic, "")
        covered = memoryview(header)[:_COVERED_OF_HEADER]
        if not order or _checksum(covered, order, (0, 0)) != (first, second):
            # The header is damaged, although it was synced before the first frame was written.
            return LogDamage(0, 0, 0)
        frame_size = _FRAME.size + page_size
        # Begins with the last whole frame, because the next checksum is computed on from it.
        start = max(read, 1)
        file.seek(_HEADER.size + (start - 1) * frame_size)
        content = memoryview(file.read())
    frames = _frames(content, frame_size, (salts[0], salts[1]), order, (first, second))
    return _first_damage(enumerate(frames, start), frame_size, read)


def _first_damage(
    frames: Iterator[tuple[int, _Frame | None]], frame_size: int, read: int
) -> LogDamage | None:
    """The first frame that is not whole, if its transaction must have been synced; else None."""
    broken = whole_behind = committed = commit_at = 0
    before: _Frame | None = None
    is_proven = False
    for number, frame in frames:
        is_whole = number <= read or (frame is not None and frame.is_whole)
        if not (is_whole or broken):
            broken = number
        if broken and is_whole and frame is not None:
            whole_behind += 1
            # A transaction begins here, so the one before it was synced.
            begins = before is not None and before.commit and not before.is_copied_by(frame)
            is_proven |= bool(begins and broken <= commit_at)
        if frame is not None and frame.commit:
            if before is None or not before.is_copied_by(frame):
                commit_at = number
            committed = committed if broken else number
        before = frame
    if not is_proven:
        return None
    return LogDamage(broken, whole_behind, _HEADER.size + committed * frame_size)


def _frames(
    content: memoryview, frame_size: int, salts: Checksum, order: str, seed: Checksum
) -> Iterator[_Frame | None]:
    """Yields every frame of the file; None for a frame that is left from an older log."""
    for start in range(0, len(content) - frame_size + 1, frame_size):
        page, commit, salt_1, salt_2, *given = _FRAME.unpack_from(content, start)
        checksum = (given[0], given[1])
        if (salt_1, salt_2) == salts:
            expected = _checksum(content[start : start + _COVERED_OF_FRAME], order, seed)
            body = content[start + _FRAME.size : start + frame_size]
            yield _Frame(page, commit, checksum, _checksum(body, order, expected))
        else:
            yield None
        seed = checksum


def _checksum(content: memoryview, order: str, seed: Checksum) -> Checksum:
    """SQLite's checksum over a multiple of eight bytes, computed on from another checksum."""
    words = array("I")
    words.frombytes(content)
    if order != byteorder:
        words.byteswap()
    first, second = seed
    pairs = iter(words)
    for even, odd in zip(pairs, pairs, strict=True):
        first = first + even + second & _MASK
        second = second + odd + first & _MASK
    return first, second
