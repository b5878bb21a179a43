"""SQLite: one file that one process uses, with one writer."""

import contextlib
import sqlite3
import sys
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from queue import SimpleQueue
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from automator.model import N_, AutomatorError, Reason
from automator.reasons.database import sqlite_version
from automator.store.database.backup import made_at
from automator.store.database.damage import damaged, require_whole_log
from automator.store.database.database_errors import LogCutError
from automator.store.database.dialect import Database
from automator.store.database.disk import Disk, Room
from automator.store.database.scheduled_backups import Backups
from automator.store.database.sqlite_files import privacy_warning, sqlite_uri, take_files
from automator.store.schema.table_base import metadata

_FULL = 2
#: The writer's page cache. With 64 MiB no event was faster, as the system has its own cache.
_CACHE_KIB = 16_384
#: Up to how many bytes every page of a file is read at each start; below, indexes are also compared
#: with their tables. Each takes less than a second.
_EXAMINED_BYTES = 256 * 1024 * 1024
_COMPARED_BYTES = 32 * 1024 * 1024
#: The first versions that lose nothing when two connections write at the same time ("WAL-reset"):
#: of the newest branch; below, of older branches.
_MENDED = (3, 51, 3)
_MENDED_BRANCHES = ((3, 44, 6), (3, 50, 7))
#: The options of a full-text index. A commit merges segments of 64 pages at once, while deliveries
#: wait. With fewer merges of smaller pages, the longest commit of 128 documents takes 9 ms instead
#: of 20. Sixteen segments before a merge cost a tenth less than eight; a search then takes 0.14 ms
#: instead of 0.1.
_WORD_OPTIONS = ("'automerge', 16", "'crisismerge', 32", "'pgsz', 2000")
#: At how many percent of deleted documents a segment is rewritten without them. At SQLite's own 10,
#: retention writes nine documents anew for each one that it deletes, which was half of its work.
_DELETE_MERGE = 50
#: How many free pages one commit gives back to the disk, in some milliseconds: 1 MiB.
_GIVEN_BACK = 256
#: A file keeps this part of its pages free for the next events, so that it does not shrink and grow
#: all the time; below, how many pages it keeps at least.
_KEPT_PART = 10
_KEPT_PAGES = 2_048
if sys.version_info < (3, 12):
    # Older drivers ask each NULL and each BLOB how to convert it, with an exception inside: a
    # microsecond for each of the thirty values of an event.
    sqlite3.register_adapter(bytes, bytes.__bytes__)
    sqlite3.register_adapter(type(None), {None: None}.get)


class SQLite(Database):
    """A SQLite file in WAL mode, which is fully synced at each commit."""

    name = "sqlite"
    is_shared = False
    hot = sqlite_dialect(paramstyle="qmark")

    def __init__(self, file: Path) -> None:
        self.file = file
        self._suspect = file.with_name(file.name + ".suspect")
        self._checkpoints: Checkpoints | None = None
        #: How many rows the write connection had changed in all at its last commit.
        self._changes = 0

    @property
    def place(self) -> str:
        return str(self.file)

    def exists(self) -> bool:
        return self.file.exists()

    def disk(self, room: Room) -> Disk:
        return Disk(self.file, room)

    def examine(self, connection: Connection) -> None:
        """Looks for damage, which must not be served: reads every page.

        A large file is read only after a failure, because that would delay the start for too long.
        But its backups are read completely.
        """
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        page_size = connection.exec_driver_sql("PRAGMA page_size").scalar_one()
        if self._suspect.exists() or pages * page_size <= _EXAMINED_BYTES:
            check = "integrity" if pages * page_size <= _COMPARED_BYTES else "quick"
            found = self._unless_damaged(connection, f"PRAGMA {check}_check(1)")
            if found != "ok":
                raise damaged(self.file, str(found))
            self._suspect.unlink(missing_ok=True)

    def require_columns(self, connection: Connection) -> None:
        super().require_columns(connection)
        # SQLite checks the definition of a full-text index only when the index is used.
        indexes = "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"
        for (name,) in connection.exec_driver_sql(indexes).all():
            # If the name itself is damaged, this is an error of the SQL.
            asked = f'SELECT 1 FROM "{name}" LIMIT 0'  # noqa: S608 - the name is in the file.
            self._unless_damaged(connection, asked)

    def columns(self, connection: Connection) -> Collection[tuple[str, str]]:
        return {
            (table.name, row.name)
            for table in metadata.sorted_tables
            for row in connection.exec_driver_sql(f'PRAGMA table_info("{table.name}")')
        }

    def _unless_damaged(self, connection: Connection, sql: str) -> object:
        """The first value from a statement that fails only if a table's definition is damaged.

        SQLite reports such damage as if the SQL were wrong.
        """
        try:
            return connection.exec_driver_sql(sql).scalar()
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR":
                raise damaged(self.file, error.orig) from error
            raise

    def undeclared(self) -> Iterator[str]:
        # The words are folded already, with spaces between; positions are not stored. Prefixes,
        # because searches use the beginning of a word. Vietnamese syllables have at most seven
        # letters.
        parts = ["words", "tokenize='ascii'", "detail=none", "prefix='2 3 4 5 6 7'"]
        # Before 3.43, only a caller who still had the text could delete a row.
        if sqlite3.sqlite_version_info >= (3, 43):
            parts += ["content=''", "contentless_delete=1"]
        for name in ("event_words", "run_words"):
            yield f"CREATE VIRTUAL TABLE {name} USING fts5({', '.join(parts)})"
            for option in _WORD_OPTIONS:
                yield f"INSERT INTO {name} ({name}, rank) VALUES ({option})"  # noqa: S608

    def distrust(self) -> None:
        with contextlib.suppress(OSError):
            self._suspect.touch(mode=0o600)

    def open_beside(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        # SQLite before 3.43 deletes words at once.
        for name in ("event_words", "run_words") * (sqlite3.sqlite_version_info >= (3, 43)):
            option = f"SELECT v FROM {name}_config WHERE k = 'deletemerge'"  # noqa: S608
            if driver.execute(option).fetchone() != (_DELETE_MERGE,):
                setting = f"INSERT INTO {name} ({name}, rank) VALUES ('deletemerge', ?)"  # noqa: S608
                driver.execute(setting, (_DELETE_MERGE,))
        self._checkpoints = Checkpoints(self.file, driver)

    def after_commit(self, connection: Connection, operations: int) -> None:  # noqa: ARG002
        """Starts copying the write-ahead log back into the file, once the log is long."""
        if self._checkpoints is not None:
            self._checkpoints.after_commit(operations, self._changes)

    def empty_log(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.empty_log()

    def give_back_pages(self, connection: Connection) -> bool:
        driver: Any = connection.connection.driver_connection
        pages, free = (
            driver.execute(f"PRAGMA {count}").fetchone()[0]
            for count in ("page_count", "freelist_count")
        )
        spare = free - max((pages - free) // _KEPT_PART, _KEPT_PAGES)
        if spare > 0:
            # Each row of the answer is a page that SQLite gives back only when it is fetched.
            driver.execute(f"PRAGMA incremental_vacuum({min(spare, _GIVEN_BACK)})").fetchall()
        return bool(driver.execute("PRAGMA page_count").fetchone()[0] < pages)

    def close_beside(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.close()

    def backups(self, folder: Path | None = None) -> Backups:
        return Backups(self.file, folder)

    def take(self) -> Callable[[], None]:
        """Makes the file, and locks it against other processes."""
        lock = take_files(self.file)
        try:
            # Before anything opens the file, because SQLite drops the part of the log that it could
            # not read as soon as the file is closed.
            require_whole_log(self.file)
        except BaseException:
            lock.release()
            raise
        return lock.release

    def write_engine(self) -> Engine:
        """Makes the engine whose transactions all begin with BEGIN IMMEDIATE."""
        engine = create_engine(
            f"sqlite:///{self.file}",
            poolclass=NullPool,
            connect_args={"isolation_level": None, "check_same_thread": False},
        )
        event.listen(engine, "connect", prepare_writer)
        event.listen(engine, "begin", _begin)
        return engine

    def read_engine(self) -> Engine:
        engine = create_engine(
            f"sqlite:///{sqlite_uri(self.file, 'ro')}&uri=true",
            connect_args={"check_same_thread": False, "isolation_level": None},
        )
        event.listen(engine, "connect", _prepare_reader)
        return engine

    def transaction(self, connection: Connection) -> AbstractContextManager[Any]:
        """Begins and commits through the driver: SQLAlchemy takes twelve times as long for a BEGIN.

        SQLAlchemy's own transaction begins with the first statement that goes through SQLAlchemy.
        """
        return self._begun(connection)

    @contextlib.contextmanager
    def _begun(self, connection: Connection) -> Iterator[None]:
        driver: Any = connection.connection.driver_connection
        if self._checkpoints is not None:
            self._checkpoints.require_log()
        driver.cursor().execute("BEGIN IMMEDIATE")
        try:
            yield
            driver.commit()
            self._changes = driver.total_changes
        except BaseException:
            with contextlib.suppress(sqlite3.Error):
                driver.rollback()
            raise
        finally:
            if connection.in_transaction():
                connection.rollback()

    def hot_cursor(self, connection: Connection) -> Any:
        return connection.connection.cursor()

    def hot_text(self, text: str) -> str:
        return text

    def take_backup_mark(self, connection: Connection) -> int | None:
        found = made_at(connection.connection.driver_connection)  # type: ignore[arg-type]
        if found is not None:
            connection.exec_driver_sql("PRAGMA application_id=0")
            connection.exec_driver_sql("PRAGMA user_version=0")
        return found

    def lock(self, connection: Connection, topic: str) -> None:
        """Does nothing, because a file has only one writer."""

    def try_lock(self, connection: Connection, topic: str) -> bool:  # noqa: ARG002
        """Always True, because a file has only one writer."""
        return True

    def begin(self, cursor: Any, lanes: Collection[str]) -> tuple[int, frozenset[str]]:
        raise NotImplementedError("a database of one process goes by that process's clock")

    def durability_warnings(self, connection: Connection) -> list[Reason]:  # noqa: ARG002
        """A warning about a faulty version of SQLite.

        A file that cannot be durable has been refused already when it was opened.
        """
        found = (version_warning(sqlite3.sqlite_version), privacy_warning(self.file.parent))
        return [warning for warning in found if warning]


def version_warning(version: str) -> Reason | None:
    """A warning if this version of SQLite has a known fault; else None."""
    numbers = tuple(int(part) for part in version.split("."))
    is_mended = numbers >= _MENDED or any(
        numbers[:2] == branch[:2] and numbers >= branch for branch in _MENDED_BRANCHES
    )
    return None if is_mended else sqlite_version(version=version)


def _begin(connection: Any) -> None:
    if not connection.connection.driver_connection.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def prepare_writer(connection: Any, _record: Any) -> None:
    """Sets the writer's pragmas, and reads each of them back.

    Raises:
        AutomatorError: the file system does not keep what durability needs.
    """
    cursor = connection.cursor()
    # Counts only for a new file. `automator store compact` makes a new file of an old one.
    cursor.execute("PRAGMA auto_vacuum=INCREMENTAL")
    mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    cursor.execute("PRAGMA synchronous=FULL")
    if mode != "wal" or cursor.execute("PRAGMA synchronous").fetchone()[0] != _FULL:
        raise AutomatorError(
            N_("the database cannot be made durable (journal mode {mode})"),
            fix=N_("Put the data folder on a local disk, not on a network file system."),
            code="not-durable",
            mode=mode,
        )
    for pragma in (
        "foreign_keys=ON",
        "trusted_schema=OFF",
        # Senders wait longer than this for their acknowledgement.
        "busy_timeout=500",
        "cell_size_check=ON",
        "temp_store=MEMORY",
        # Deleted data is overwritten, even in a page that becomes free.
        "secure_delete=ON",
        f"cache_size=-{_CACHE_KIB}",
        "wal_autocheckpoint=0",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_reader(connection: Any, _record: Any) -> None:
    # If the disk has damaged a text, readers still show the rest of it. The writer acts on values
    # that it reads, so there such a text raises an error.
    connection.text_factory = lambda stored: stored.decode(errors="replace")
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()


# --- Checkpoints: copying the write-ahead log back into the file, beside the writer ---
#
# Copying 64 MiB takes tens of milliseconds, in which the writer could not answer anybody. So a
# thread copies through its own connection while the writer goes on. The few pages that are
# committed meanwhile are copied by the writer itself, between two transactions: SQLite restarts its
# log only when there is nothing left to copy.
#
# SQLite before 3.51.3 loses commits if a checkpoint begins at the moment when another connection
# restarts the log (https://www.sqlite.org/wal.html#walresetbug). That cannot happen here: the
# thread begins only while the log has pages to copy, and the writer can restart the log only when
# there are none.

#: After how many pages the log is copied back: 32 MiB. A page that the log has many times is copied
#: only once, so a longer log makes an event cheaper. While it is copied, it grows on.
LONG_PAGES = 8_000
#: From how many pages on the log's file is emptied once all of it is copied: 48 MiB. Its size tells
#: nothing about the length of the next log until that is longer, and so would grow ever further.
_KEPT_LOG_PAGES = 12_000
#: Up to how many pages the writer copies itself, which takes about a millisecond.
_FEW_PAGES = 64
#: How many passes the thread makes at most. Each copies what was committed during the one before.
_MOST_PASSES = 4
#: From how many pages on the writer waits for the thread, on a slow disk: 256 MiB.
_MOST_PAGES = 64_000


class Checkpoints:
    """Copies the log back. Belongs to the writer's thread and to its connection."""

    def __init__(self, file: Path, writer: sqlite3.Connection) -> None:
        """Opens the second connection now, because later another file might be at the path.

        Raises:
            sqlite3.Error: the connection cannot be opened.
        """
        self._writer = writer
        self._log = file.with_name(f"{file.name}-wal")
        self._page_bytes = int(writer.execute("PRAGMA page_size").fetchone()[0])
        self._other = sqlite3.connect(
            sqlite_uri(file, "rw"), uri=True, isolation_level=None, check_same_thread=False
        )
        # Reads once, because SQLite opens the log only for a connection that has read something.
        self._other.execute("PRAGMA schema_version").fetchone()
        #: True tells the thread to copy, False to end. The results come back through the second
        #: queue.
        self._calls: SimpleQueue[bool] = SimpleQueue()
        self._ends: SimpleQueue[tuple[int, int] | Exception] = SimpleQueue()
        #: How many passes the thread has made since the log was long; and whether one is under way.
        self._passes = 0
        self._is_copying = False
        #: How many rows the writer had changed in all when everything was copied last, or when a
        #: pass ended. If it has changed more since, the log has pages to copy.
        self._changes = writer.total_changes
        #: The number of operations since the last pass began; and since everything was copied.
        self._new_operations = self._operations = 0
        #: The estimated number of pages that an operation adds to the log. SQLite tells the length
        #: of the log only when it copies the log.
        self._pages_each = 8.0
        #: How many bytes the log's file had at the last check. Only this class makes it shorter.
        self._log_bytes = 0
        #: How many bytes the log's file had when everything was copied. SQLite uses these bytes
        #: again, so the file's size shows the length of the log only once it grows.
        self._room = 0
        #: How many pages were in the log when it was last copied, and are still in it.
        self._left = 0
        #: How many pages were added since everything was copied, by the last check.
        self._new_pages = 0
        #: Whether the log's file has to be emptied, because data in it was deleted.
        self._shall_be_empty = False
        self._thread = threading.Thread(target=self._run, name="store-checkpoint", daemon=True)
        self._thread.start()

    def after_commit(self, operations: int, changes: int) -> None:
        """Starts copying the log once it is long.

        SQLite itself would copy inside a commit, and would not report an error.

        Args:
            operations: how many there were since the last call.
            changes: how many rows the writer had changed, in all, at its last commit; SQLite counts
                them with 32 bits.

        Raises:
            Exception: the log could not be copied, here or by the thread, or somebody has cut it.
        """
        self.require_log()
        self._operations += operations
        self._new_operations += operations
        if self._is_copying and self._ends.empty() and not self._is_too_long:
            return
        if self._is_copying:
            self._end_pass(changes)
        elif changes != self._changes:
            self._go_on(changes)
        elif self._shall_be_empty:
            self._end(changes)

    def require_log(self) -> None:
        """Checks that nobody else has cut the log. Call it before each transaction.

        SQLite would not notice: it would write on after the hole, and copy the hole into the
        database. Only the writer's thread can check this, because it also empties the log itself.

        Raises:
            LogCutError: the log is shorter than before.
            LogCutError: it is shorter than it was.
        """
        found = self._bytes_of_log()
        if found < self._log_bytes:
            raise LogCutError(f"{self._log} was deleted or replaced, or cut")
        self._log_bytes = found

    def empty_log(self) -> None:
        """Has the log's file emptied, as soon as no reader needs it."""
        self._shall_be_empty = True

    def close(self) -> None:
        """Ends the thread and closes its connection. The writer's connection is closed last."""
        self._calls.put(False)
        self._thread.join()
        with contextlib.suppress(sqlite3.Error):
            self._other.close()

    def _end_pass(self, changes: int) -> None:
        """Takes the thread's result, if a pass has ended; waits for it if the log is very long."""
        found = self._ends.get()
        self._is_copying = False
        self._changes = changes
        if isinstance(found, Exception):
            self._passes = 0
            raise found
        self._add_length(*found)

    def _go_on(self, changes: int) -> None:
        """Begins a pass or copies the rest, if no pass runs and the log has pages to copy."""
        if not self._passes:
            if self._shall_be_empty or self._is_long:
                self._begin_pass()
        elif self._is_worth_a_pass:
            self._begin_pass()
        else:
            self._end(changes)

    def _end(self, changes: int) -> None:
        """Copies the rest, and empties the log's file if that has to be done."""
        self._passes = 0
        self._copy_rest()
        self._changes = changes
        if self._shall_be_empty or self._log_bytes > _KEPT_LOG_PAGES * self._page_bytes:
            try:
                if _emptied(self._writer):
                    self._shall_be_empty = False
            finally:
                self._room = self._log_bytes = self._bytes_of_log()

    @property
    def _is_long(self) -> bool:
        if self._operations * self._pages_each >= LONG_PAGES:
            return True
        # A few operations of the words index write thousands of pages, more than was estimated.
        return self._log_bytes >= max(LONG_PAGES * self._page_bytes, self._room + 1)

    def _bytes_of_log(self) -> int:
        """The size of the log's file in bytes; 0 if it does not exist."""
        try:
            return self._log.stat().st_size
        except OSError:
            return 0

    @property
    def _is_too_long(self) -> bool:
        return self._operations * self._pages_each >= _MOST_PAGES

    @property
    def _is_worth_a_pass(self) -> bool:
        new_pages = self._new_operations * self._pages_each
        return new_pages > _FEW_PAGES and self._passes < _MOST_PASSES and not self._is_too_long

    def _begin_pass(self) -> None:
        self._passes += 1
        self._new_operations = 0
        self._is_copying = True
        self._calls.put(True)

    def _run(self) -> None:
        """The function of the thread: copies whenever it is told to."""
        while self._calls.get():
            try:
                self._ends.put(_copy(self._other))
            except Exception as error:  # noqa: BLE001 - the writer sorts it like a commit's.
                self._ends.put(error)

    def _copy_rest(self) -> None:
        """Copies the pages that the thread has left over. Then SQLite can restart the log."""
        self._add_length(*_copy(self._writer))
        if self._new_pages > 0:
            self._pages_each = min(max(self._new_pages / self._operations, 1.0), 256.0)
        self._new_operations = self._operations = self._new_pages = 0
        self._room = self._log_bytes

    def _add_length(self, pages: int, copied: int) -> None:
        """Counts the pages that were added to the log since the last check."""
        self._new_pages += pages - self._left if pages >= self._left else pages
        # The log restarts if all of it was copied. It grows on if a reader still needed some of it.
        self._left = pages if copied < pages else 0


def _copy(connection: sqlite3.Connection) -> tuple[int, int]:
    """Copies all pages that no reader needs; returns the pages in the log, and those copied."""
    with contextlib.closing(connection.cursor()) as cursor:
        _, pages, copied = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages), int(copied)


def _emptied(writer: sqlite3.Connection) -> bool:
    """Empties a log that was fully copied. Returns False if somebody still reads it."""
    with contextlib.closing(writer.cursor()) as cursor:
        (waits_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            is_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={waits_ms}")
    return not is_busy
