"""Damage to a SQLite database: the start is refused, and the error has advice."""

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
from automator.store.database.failure import DAMAGED
from automator.store.database.files import companions, sqlite_uri


def damaged(file: str | Path, what: object) -> AutomatorError:
    """The error about a database that can no longer be trusted."""
    return AutomatorError(
        N_("the database {file} is damaged: {what}"),
        fix=N_("{restore:text} Check the disk first."),
        code=DAMAGED,
        file=file,
        what=str(what)[:300],
        restore=RESTORE,
    )


def incomplete(place: str, table: str, column: str) -> AutomatorError:
    """The error about tables that claim to be of this version but differ from it."""
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
    """Makes sure that opening the database loses nothing that was acknowledged.

    Raises:
        AutomatorError: the write-ahead log is damaged, or cannot be read.
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


# --- Commits that SQLite's write-ahead log has lost after they were on the disk ---
#
# SQLite reads its log up to the first frame with a wrong checksum, and takes the rest for the
# remains of a power cut. For the last transaction that is right. But a transaction begins only when
# the previous transaction is synced. If a whole frame follows a commit after the damage, the
# damaged transaction was acknowledged, and SQLite would silently drop it.
#
# SQLite reads the log fifty times as fast as this module. So only the part after the last
# transaction that SQLite reads is examined here.
#
# The formats: https://www.sqlite.org/fileformat2.html#the_write_ahead_log and, of the index of the
# log, https://www.sqlite.org/walformat.html#walidxfmt


_HEADER = struct.Struct(">8I")
_FRAME = struct.Struct(">6I")
#: The magic number says in which byte order the checksums are computed.
_MAGIC = {0x377F0682: "little", 0x377F0683: "big"}
#: The bytes of each header that its checksum covers.
_COVERED_OF_HEADER, _COVERED_OF_FRAME = 24, 8
_MASK = 0xFFFFFFFF
#: The index of the log begins with two copies of a header, which holds the number of frames.
_INDEX_HEADER_SIZE = 48
_FRAMES_OF_INDEX = struct.Struct("=16xI")

Checksum = tuple[int, int]


@record(kw_only=False)
class LogDamage:
    """The place of damage in a write-ahead log. Frames are counted from 1."""

    #: 0 = the header of the log.
    frame: int
    #: Whole frames after the damage, which SQLite would not read.
    unread: int
    #: Bytes up to the end of the last transaction before the damage.
    whole_bytes: int


@record(kw_only=False)
class _Frame:
    page: int
    #: The size of the database in pages if the frame ends a transaction; else 0.
    commit: int
    #: The checksum that the frame contains.
    checksum: Checksum
    #: The correct checksum, which continues the checksum of the previous frame.
    expected: Checksum

    @property
    def is_whole(self) -> bool:
        return self.checksum == self.expected

    def is_copied_by(self, following: "_Frame") -> bool:
        """Whether the next frame is only a copy that fills the sector, as after a commit on some
        disks: the next sync reaches only to the end of the sector.
        """
        same = (following.page, following.commit) == (self.page, self.commit)
        return self.commit > 0 and same


def frames_read(database: Path) -> int:
    """The frames up to the last transaction that SQLite reads of the log of a closed database.

    0 if it cannot tell. A connection that only reads leaves the log unchanged, and copies nothing
    back when it is closed.
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
    """The damage to a log that nobody has open; None without damage, or without a log.

    The first `read` frames are known to be whole, and end with a transaction. The last transaction
    of all may be incomplete: as far as anybody can tell, it was never acknowledged.

    Raises:
        OSError: it cannot be read.
    """
    if not log.exists() or log.stat().st_size <= _HEADER.size:
        return None
    with log.open("rb") as file:
        header = file.read(_HEADER.size)
        magic, _, page_size, _, *salts, first, second = _HEADER.unpack(header)
        order = _MAGIC.get(magic, "")
        covered = memoryview(header)[:_COVERED_OF_HEADER]
        if not order or _checksum(covered, order, (0, 0)) != (first, second):
            # The header is synced before the first frame is written.
            return LogDamage(0, 0, 0)
        frame_size = _FRAME.size + page_size
        # Includes the last whole frame, because the checksum of the next frame continues from it.
        start = max(read, 1)
        file.seek(_HEADER.size + (start - 1) * frame_size)
        content = memoryview(file.read())
    frames = _frames(content, frame_size, (salts[0], salts[1]), order, (first, second))
    return _first_damage(enumerate(frames, start), frame_size, read)


def _first_damage(
    frames: Iterator[tuple[int, _Frame | None]], frame_size: int, read: int
) -> LogDamage | None:
    """The first frame that is not whole, if it belongs to a transaction that was synced."""
    broken = whole_behind = committed = commit_at = 0
    before: _Frame | None = None
    is_proven = False
    for number, frame in frames:
        is_whole = number <= read or (frame is not None and frame.is_whole)
        if not (is_whole or broken):
            broken = number
        if broken and is_whole and frame is not None:
            whole_behind += 1
            # The next transaction begins here, so the transaction before it was synced.
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
    """Every frame of the file; None in place of a frame that an older log has left."""
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
    """SQLite's checksum of a multiple of eight bytes, continued from another checksum."""
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
