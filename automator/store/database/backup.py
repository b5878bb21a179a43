"""Backs up a SQLite file while a server writes to it; a backup is whole and verified.

A backup is an ordinary SQLite file. Its header says that it is a backup, so the next start notices
an earlier state even if somebody has copied the backup into place by hand.
"""

import contextlib
import os
import shutil
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from automator.durable_files import sync_file
from automator.model import N_, AutomatorError, NotFoundError, UsageError, record
from automator.reasons.quoted import os_reason
from automator.store.database.damage import damaged
from automator.store.database.database_errors import Failure
from automator.store.database.sqlite_files import make_file, sqlite_uri

#: SQLite's application id of a backup: "AUBK" in ASCII. The file of a server has 0.
BACKUP_ID = 0x4155424B
_MINUTE_MS = 60_000
#: How many pages are copied at once: 8 MiB.
_STEP = 2_048
#: How many bytes a backup leaves free on its disk.
_SPARE = 64 * 1024 * 1024
_BUSY_S = 5.0
#: The ends of the names of files that SQLite keeps beside a database.
_COMPANIONS = ("-wal", "-shm", "-journal")

#: Is called with the number of bytes that are done, and the number of all bytes.
Progress = Callable[[int, int], None]


@record(kw_only=False)
class Backup:
    """A backup that was read and verified completely."""

    file: Path
    #: When it was made, in milliseconds, to the minute; None if it is no backup by this program.
    made_at: int | None
    #: The version of its tables.
    schema: str
    #: How many rows each table has.
    rows: Mapping[str, int]

    @property
    def size(self) -> int:
        """The size of the file in bytes."""
        return self.file.stat().st_size


def back_up(
    database: Path, target: Path, *, now_ms: int, on_progress: Progress | None = None
) -> Backup:
    """Writes a verified copy of the database as of one moment, readable by this user alone.

    A server may write meanwhile. `target` appears only when it is complete and on disk.

    Raises:
        UsageError: `target` exists already.
        AutomatorError: the copy cannot be written, or the copied data is damaged.
    """
    part = target.with_name(target.name + ".part")
    with errors_in_words(database, target):
        if target.exists():
            raise UsageError(
                N_("{target} is there already"), fix=N_("Choose another name."), target=target
            )
    with errors_in_words(database, target), unfinished(part):
        wal = database.with_name(database.name + "-wal")
        needed = database.stat().st_size + (wal.stat().st_size if wal.exists() else 0)
        require_room(part.parent, needed)
        rows = _copy(database, part, now_ms, on_progress)
        copied = verify_copy(database, part, rows)
        # A link never replaces a file that somebody has made meanwhile; a rename would.
        os.link(part, target)
        sync_file(target.parent)
    return Backup(target, copied.made_at, copied.schema, copied.rows)


@contextlib.contextmanager
def errors_in_words(database: Path, target: Path) -> Iterator[None]:
    """Turns an error of the file system or of SQLite into an error about this copy.

    Raises:
        AutomatorError: the copy cannot be made.
    """
    try:
        yield
    except OSError as error:
        raise AutomatorError(
            N_("the copy {target} cannot be written: {reason}"),
            fix=N_("Choose a folder on a disk with room that this user may write to."),
            code="backup-files",
            target=target,
            reason=os_reason(error),
        ) from error
    except sqlite3.Error as error:
        failure = Failure(error)
        if failure.is_damage:
            raise damaged(database, error) from error
        raise AutomatorError(
            N_("the database {database} cannot be copied: {reason}"),
            fix=N_("{reason:advice}"),
            code="backup-failed",
            database=database,
            reason=failure.reason,
        ) from error


@contextlib.contextmanager
def unfinished(part: Path) -> Iterator[None]:
    """Makes an empty file, and removes it at last with what SQLite keeps beside it.

    A process that was killed may have left one.
    """
    try:
        part.unlink(missing_ok=True)
        make_file(part)
        yield
    finally:
        for leftover in (part, *(part.with_name(part.name + end) for end in _COMPANIONS)):
            with contextlib.suppress(OSError):
                leftover.unlink()


def verify_copy(database: Path, copy: Path, rows: Mapping[str, int]) -> Backup:
    """Verifies a copy, which must have as many rows as the database, and syncs it.

    Raises:
        AutomatorError: the copy is damaged, or has other rows.
    """
    copied = verify(copy)
    if copied.rows != rows:
        raise AutomatorError(
            N_("the copy of {database} has other rows than the database"),
            fix=N_("Try it again; if it happens again, check the disk."),
            code="backup-differs",
            database=database,
        )
    sync_file(copy)
    return copied


def verify(file: Path) -> Backup:
    """Reads every page of a file and counts the rows of its tables.

    Raises:
        AutomatorError: the file is not a database of this program, or it is damaged.
    """
    try:
        with reading(file) as connection:
            faults = [row[0] for row in connection.execute("PRAGMA integrity_check(3)")]
            if faults != ["ok"]:
                raise _damaged(file, "; ".join(faults))
            tables = _tables(connection)
            if "alembic_version" not in tables:
                raise AutomatorError(
                    N_("{file} is no database of this program"),
                    fix=N_("Name a file that `automator backup` has written."),
                    code="no-backup",
                    file=file,
                )
            (schema,) = connection.execute("SELECT version_num FROM alembic_version").fetchone()
            return Backup(file, made_at(connection), schema, counted_rows(connection))
    except sqlite3.DatabaseError as error:
        raise _damaged(file, str(error)) from error


def made_at(connection: sqlite3.Connection) -> int | None:
    """The time of this backup, in milliseconds; None if the file is not a backup."""
    (mark,) = connection.execute("PRAGMA application_id").fetchone()
    (minutes,) = connection.execute("PRAGMA user_version").fetchone()
    return minutes * _MINUTE_MS if mark == BACKUP_ID else None


@contextlib.contextmanager
def reading(file: Path) -> Iterator[sqlite3.Connection]:
    """Opens a connection that can only read.

    Raises:
        NotFoundError: there is no such file.
    """
    if not file.is_file():
        raise NotFoundError(N_("there is no file {file}"), fix=N_("Check the path."), file=file)
    connection = sqlite3.connect(
        sqlite_uri(file.absolute(), "ro"),
        uri=True,
        isolation_level=None,
        timeout=_BUSY_S,
        check_same_thread=False,
    )
    try:
        yield connection
    finally:
        connection.close()


def _copy(
    database: Path, part: Path, now_ms: int, on_progress: Progress | None
) -> Mapping[str, int]:
    """Copies the pages and marks the copy; returns how many rows each table had at that moment."""
    target = sqlite3.connect(part, isolation_level=None)
    with reading(database) as source, contextlib.closing(target):
        # One transaction around both, so that exactly the copied rows are counted, even if somebody
        # writes meanwhile.
        source.execute("BEGIN")
        rows = counted_rows(source)
        (page_size,) = source.execute("PRAGMA page_size").fetchone()

        def report(_status: int, remaining: int, total: int) -> None:
            if on_progress is not None:
                on_progress((total - remaining) * page_size, total * page_size)

        source.backup(target, pages=_STEP, progress=report)
        source.execute("COMMIT")
        # The copy has to be a single file, without a log beside it.
        target.execute("PRAGMA journal_mode=DELETE")
        mark(target, now_ms)
    return rows


def mark(connection: sqlite3.Connection, now_ms: int) -> None:
    """Marks a file as a backup of this moment, in its header."""
    connection.execute(f"PRAGMA application_id={BACKUP_ID}")
    connection.execute(f"PRAGMA user_version={now_ms // _MINUTE_MS}")


def _tables(connection: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
    return sorted(row[0] for row in connection.execute(query))


def counted_rows(connection: sqlite3.Connection) -> dict[str, int]:
    """The number of rows of each table."""
    # The table names come from the database itself, so they are safe in SQL.
    return {
        name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0]  # noqa: S608
        for name in _tables(connection)
    }


def require_room(folder: Path, needed: int) -> int:
    """The bytes that are free on the disk of a folder, if a copy of so many bytes fits on it.

    Raises:
        AutomatorError: there is too little room.
    """
    free = shutil.disk_usage(folder).free
    if free < needed + _SPARE:
        raise AutomatorError(
            N_(
                "there is no room for a copy in {parent}: it needs about {needed:number} MB,"
                " and {free:number} MB are free"
            ),
            fix=N_("Make room, or choose a folder on another disk."),
            code="no-room",
            parent=folder,
            needed=round(needed / 1000000.0),
            free=round(free / 1000000.0),
        )
    return free


def _damaged(file: Path, what: str) -> AutomatorError:
    return AutomatorError(
        N_("{file} is damaged: {what}"),
        fix=N_(
            "Take another backup; SQLite's own `.recover` reads the undamaged part of this one."
        ),
        code="backup-damaged",
        file=file,
        what=what[:300],
    )
