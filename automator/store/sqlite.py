"""SQLite: one file, one process, one writer."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.dialects.sqlite import dialect as sqlite_dialect
from sqlalchemy.pool import NullPool

from automator.model import AutomatorError
from automator.store.backup import made_at
from automator.store.backups import Backups
from automator.store.dialect import Database
from automator.store.files import FileLock, prepare_files

_FULL = 2
_CACHE_KIB = 65_536
#: Pages of the write-ahead log after which the writer copies it back: 16 MiB.
_CHECKPOINT_PAGES = 4_000


class SQLite(Database):
    """A file in WAL mode, synced in full at each commit."""

    name = "sqlite"
    is_shared = False
    hot = sqlite_dialect(paramstyle="qmark")

    def __init__(self, file: Path) -> None:
        self.file = file

    @property
    def place(self) -> str:
        return str(self.file)

    def exists(self) -> bool:
        return self.file.exists()

    def backups(self, folder: Path | None = None) -> Backups:
        return Backups(self.file, folder)

    def take(self) -> Callable[[], None]:
        """Makes the file and locks it against other processes."""
        prepare_files(self.file)
        return FileLock(self.file).release

    def write_engine(self) -> Engine:
        """Every transaction of the writer is BEGIN IMMEDIATE."""
        engine = create_engine(
            f"sqlite:///{self.file}",
            poolclass=NullPool,
            connect_args={"isolation_level": None, "check_same_thread": False},
        )
        event.listen(engine, "connect", _prepare_writer)
        event.listen(engine, "begin", _begin)
        return engine

    def read_engine(self) -> Engine:
        address = quote(str(self.file), safe="/")
        engine = create_engine(
            f"sqlite:///file:{address}?mode=ro&uri=true",
            connect_args={"check_same_thread": False, "isolation_level": None},
        )
        event.listen(engine, "connect", _prepare_reader)
        return engine

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
        """The only writer is alone already."""

    def try_lock(self, connection: Connection, topic: str) -> bool:  # noqa: ARG002
        """The only writer is alone already."""
        return True

    def now_ms(self, cursor: Any) -> int:
        raise NotImplementedError("a database of one process goes by that process's clock")

    def durability_warnings(self, connection: Connection) -> list[str]:  # noqa: ARG002
        """None: a file that cannot be durable is refused when it is opened."""
        return []


def _begin(connection: Any) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")


def _prepare_writer(connection: Any, _record: Any) -> None:
    """The pragmas of the writer, each one read back.

    Raises:
        AutomatorError: the file system does not keep what durability needs.
    """
    cursor = connection.cursor()
    mode = cursor.execute("PRAGMA journal_mode=WAL").fetchone()[0]
    cursor.execute("PRAGMA synchronous=FULL")
    if mode != "wal" or cursor.execute("PRAGMA synchronous").fetchone()[0] != _FULL:
        raise AutomatorError(
            f"the database cannot be made durable (journal mode {mode})",
            fix="Put the data folder on a local disk, not on a network file system.",
            code="not-durable",
        )
    for pragma in (
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "busy_timeout=5000",
        "temp_store=MEMORY",
        f"cache_size=-{_CACHE_KIB}",
        f"wal_autocheckpoint={_CHECKPOINT_PAGES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _prepare_reader(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA query_only=ON")
    cursor.execute("PRAGMA busy_timeout=5000")
    cursor.close()
