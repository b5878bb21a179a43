"""A SQLite file that nobody needs after this process: one connection, and few commits."""

import sqlite3
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from automator.store.database.sqlite import SQLite

#: Transactions between two commits. Their writes stay in the connection until then.
_UNCOMMITTED = 2_000
_CACHE_KIB = 16_384
#: Indexes that only the log's pages, searches and the pruning of old rows use.
_FOR_PAGES = (
    "ix_deliveries_verdict",
    "ix_events_delivery_id",
    "ix_runs_follow_up",
    "ix_runs_not_done",
    "ix_runs_outcome",
    "ix_runs_reason",
    "ix_runs_waits_for",
)


class _OneConnection(sqlite3.Connection):
    """A connection that reads and writes; its transaction ends only with `keep`."""

    def commit(self) -> None:
        """The transaction goes on."""

    def rollback(self) -> None:
        """The transaction goes on: savepoints undo what fails."""

    def keep(self) -> None:
        """Commits, and begins the next transaction."""
        if self.in_transaction:
            self.execute("COMMIT")
        self.execute("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Commits first."""
        if self.in_transaction:
            self.execute("COMMIT")
        super().close()


class EphemeralSQLite(SQLite):
    """Reads and writes through one connection, in one thread.

    Readers see all writes, committed or not, so commits are of no use.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self._operations = 0
        self._cursor: Any = None

    @cached_property
    def _engine(self) -> Engine:
        engine = create_engine(
            f"sqlite:///{self.file}",
            poolclass=StaticPool,
            pool_reset_on_return=None,
            connect_args={
                "isolation_level": None,
                "check_same_thread": False,
                "factory": _OneConnection,
            },
        )
        event.listen(engine, "connect", _prepare)
        return engine

    def examine(self, connection: Connection) -> None:
        """Nothing to do, because this process has made the file."""

    def require_columns(self, connection: Connection) -> None:
        """Drops indexes that nobody will read; the columns need no check."""
        for index in _FOR_PAGES:
            connection.exec_driver_sql(f"DROP INDEX IF EXISTS {index}")

    def write_engine(self) -> Engine:
        return self._engine

    def read_engine(self) -> Engine:
        return self._engine

    def hot_cursor(self, connection: Connection) -> Any:
        if self._cursor is None:
            self._cursor = super().hot_cursor(connection)
        return self._cursor

    def read_cursor(self, engine: Engine) -> AbstractContextManager[Any]:
        """The writing cursor: there is one thread, and readers fetch all rows at once."""
        return super().read_cursor(engine) if self._cursor is None else nullcontext(self._cursor)

    def transaction(self, connection: Connection) -> AbstractContextManager[None]:
        return _Savepoint(self._cursor, connection)

    def open_beside(self, connection: Connection) -> None:
        """Nothing to do, because there is no log to copy."""

    def after_commit(self, connection: Connection, operations: int) -> None:
        self._operations += operations
        if self._operations >= _UNCOMMITTED:
            self._operations = 0
            driver: Any = connection.connection.driver_connection
            driver.keep()


class _Savepoint(AbstractContextManager[None]):
    """A savepoint in the transaction that goes on. A class, not a generator, because each event has
    two.
    """

    def __init__(self, cursor: Any, connection: Connection) -> None:
        self._cursor = cursor
        self._connection = connection

    def __enter__(self) -> None:
        self._cursor.execute("SAVEPOINT whole")

    def __exit__(self, kind: type[BaseException] | None, *_error: object) -> None:
        if kind is not None:
            self._cursor.execute("ROLLBACK TO whole")
        self._cursor.execute("RELEASE whole")
        if self._connection.in_transaction():
            self._connection.rollback()


def _prepare(connection: Any, _record: Any) -> None:
    # A write-ahead log would write every page twice, and read it back once.
    for pragma in (
        "journal_mode=MEMORY",
        "synchronous=OFF",
        "foreign_keys=OFF",
        "secure_delete=OFF",
        "trusted_schema=OFF",
        "temp_store=MEMORY",
        f"cache_size=-{_CACHE_KIB}",
    ):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("BEGIN IMMEDIATE")
