"""SQLite: one file, one process, one writer."""

import contextlib
import sqlite3
import sys
from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.exc import OperationalError
from sqlalchemy.pool import NullPool

from automator.model import N_, AutomatorError, Reason
from automator.reasons.database import SQLITE_VERSION
from automator.resources import migrations_folder
from automator.store.database.backup import made_at
from automator.store.database.checkpoints import Checkpoints
from automator.store.database.damage import damaged, require_whole_log
from automator.store.database.dialect import Database
from automator.store.database.disk import Disk, Room
from automator.store.database.files import privacy_warning, sqlite_uri, take_files
from automator.store.database.scheduled_backups import Backups
from automator.store.schema.table_base import metadata

_FULL = 2
#: The page cache of the writer. The system's cache holds the rest; 64 MiB made no event faster.
_CACHE_KIB = 16_384
#: Bytes of a file whose every page is read at every start, and of one whose indexes are compared
#: with their tables as well: each takes less than a second.
_EXAMINED_BYTES = 256 * 1024 * 1024
_COMPARED_BYTES = 32 * 1024 * 1024
#: Versions, and those of older branches, that lose nothing when two connections write at once
#: ("WAL-reset").
_MENDED = (3, 51, 3)
_MENDED_BRANCHES = ((3, 44, 6), (3, 50, 7))
if sys.version_info < (3, 12):
    # Older drivers ask each NULL and each BLOB how it adapts itself, which raises and drops an
    # exception: a microsecond for each of the thirty that an event binds.
    sqlite3.register_adapter(bytes, bytes.__bytes__)
    sqlite3.register_adapter(type(None), {None: None}.get)


class SQLite(Database):
    """A file in WAL mode, synced in full at each commit."""

    name = "sqlite"
    is_shared = False
    hot = sqlite_dialect(paramstyle="qmark")

    def __init__(self, file: Path) -> None:
        self.file = file
        self._suspect = file.with_name(file.name + ".suspect")
        self._checkpoints: Checkpoints | None = None
        #: Rows that the write connection had changed when it last committed.
        self._changes = 0

    @property
    def place(self) -> str:
        return str(self.file)

    def exists(self) -> bool:
        return self.file.exists()

    def disk(self, room: Room) -> Disk:
        return Disk(self.file, room)

    def examine(self, connection: Connection) -> None:
        """Reads every page of a small file, and of any after a failure: it must not serve damage.

        A large one would keep the server from starting for too long; its backups are read in full.
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
        # SQLite reads the definition of a full-text index only when the index is used.
        indexes = "SELECT name FROM sqlite_schema WHERE sql LIKE 'CREATE VIRTUAL TABLE%'"
        for (name,) in connection.exec_driver_sql(indexes).all():
            # A name that is no name any more makes a fault in SQL as well.
            asked = f'SELECT 1 FROM "{name}" LIMIT 0'  # noqa: S608 - the name is in the file.
            self._unless_damaged(connection, asked)

    def columns(self, connection: Connection) -> Collection[tuple[str, str]]:
        return {
            (table.name, row.name)
            for table in metadata.sorted_tables
            for row in connection.exec_driver_sql(f'PRAGMA table_info("{table.name}")')
        }

    def _unless_damaged(self, connection: Connection, sql: str) -> object:
        """The first value of a statement that fails only if the definition of a table is damaged.

        SQLite tells that with its error for a fault in SQL.
        """
        try:
            return connection.exec_driver_sql(sql).scalar()
        except OperationalError as error:
            if getattr(error.orig, "sqlite_errorname", "") == "SQLITE_ERROR":
                raise damaged(self.file, error.orig) from error
            raise

    def creation_script(self, version: str) -> Path | None:
        script = migrations_folder() / "new_sqlite" / f"{version}.sql"
        # Before 3.43 a full-text index is made in another way.
        return script if sqlite3.sqlite_version_info >= (3, 43) and script.exists() else None

    def distrust(self) -> None:
        with contextlib.suppress(OSError):
            self._suspect.touch(mode=0o600)

    def open_beside(self, connection: Connection) -> None:
        driver: Any = connection.connection.driver_connection
        self._checkpoints = Checkpoints(self.file, driver)

    def after_commit(self, connection: Connection, operations: int) -> None:  # noqa: ARG002
        """Has the write-ahead log copied back when it has grown long."""
        if self._checkpoints is not None:
            self._checkpoints.after_commit(operations, self._changes)

    def empty_log(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.empty_log()

    def close_beside(self) -> None:
        if self._checkpoints is not None:
            self._checkpoints.close()

    def backups(self, folder: Path | None = None) -> Backups:
        return Backups(self.file, folder)

    def take(self) -> Callable[[], None]:
        """Makes the file and locks it against other processes."""
        lock = take_files(self.file)
        try:
            # Before anything opens the file: on closing, SQLite drops the part of the log that it
            # did not read.
            require_whole_log(self.file)
        except BaseException:
            lock.release()
            raise
        return lock.release

    def write_engine(self) -> Engine:
        """Every transaction of the writer is BEGIN IMMEDIATE."""
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
        """Begins and commits by the driver: SQLAlchemy takes twelve times as long for a BEGIN.

        SQLAlchemy's own transaction begins with the first statement that goes through it, if any.
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
        """Nothing to do: a file has one writer only."""

    def try_lock(self, connection: Connection, topic: str) -> bool:  # noqa: ARG002
        """Nothing to do: a file has one writer only."""
        return True

    def now_ms(self, cursor: Any) -> int:
        raise NotImplementedError("a database of one process goes by that process's clock")

    def durability_warnings(self, connection: Connection) -> list[Reason]:  # noqa: ARG002
        """A file that cannot be durable is refused when it is opened; a version only warned of."""
        found = (version_warning(sqlite3.sqlite_version), privacy_warning(self.file.parent))
        return [warning for warning in found if warning]


def version_warning(version: str) -> Reason | None:
    """The warning about a known fault of this version of SQLite; None when there is none."""
    numbers = tuple(int(part) for part in version.split("."))
    is_mended = numbers >= _MENDED or any(
        numbers[:2] == branch[:2] and numbers >= branch for branch in _MENDED_BRANCHES
    )
    return None if is_mended else SQLITE_VERSION(version=version)


def _begin(connection: Any) -> None:
    if not connection.connection.driver_connection.in_transaction:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def prepare_writer(connection: Any, _record: Any) -> None:
    """The pragmas of the writer, each one read back.

    Raises:
        AutomatorError: the file system does not keep what durability needs.
    """
    cursor = connection.cursor()
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
        # Shorter than the time for which senders wait for an acknowledgement.
        "busy_timeout=500",
        "cell_size_check=ON",
        "temp_store=MEMORY",
        # What is deleted is overwritten, also where a whole page becomes free.
        "secure_delete=ON",
        f"cache_size=-{_CACHE_KIB}",
        "wal_autocheckpoint=0",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_reader(connection: Any, _record: Any) -> None:
    # If the disk has damaged a text, readers still show the rest. The writer, which acts on what it
    # reads, fails there instead.
    connection.text_factory = lambda stored: stored.decode(errors="replace")
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
