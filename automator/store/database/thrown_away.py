"""A SQLite file that nobody needs after this process: one connection, and few commits."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import StaticPool

from automator.store.database.sqlite import SQLite, prepare_writer

#: Transactions between two commits. What they write stays in the connection until then.
_UNCOMMITTED = 2_000
_CACHE_KIB = 16_384


class _OneConnection(sqlite3.Connection):
    """A connection that reads and writes; what it does ends when `keep` says so."""

    def commit(self) -> None:
        """The transaction goes on."""

    def rollback(self) -> None:
        """The transaction goes on: savepoints undo what fails."""

    def keep(self) -> None:
        """Commits, and begins the next transaction."""
        if self.in_transaction:
            self.execute("COMMIT")
        self.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self.execute("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Commits first."""
        if self.in_transaction:
            self.execute("COMMIT")
        super().close()


class ThrownAway(SQLite):
    """Reads and writes through one connection, in one thread.

    Whoever reads sees what was written, committed or not, so that a commit is worth nothing.
    """

    def __init__(self, file: Path) -> None:
        super().__init__(file)
        self._operations = 0

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

    def write_engine(self) -> Engine:
        return self._engine

    def read_engine(self) -> Engine:
        return self._engine

    @contextmanager
    def transaction(self, connection: Connection) -> Iterator[None]:
        driver: Any = connection.connection.driver_connection
        driver.execute("SAVEPOINT whole")
        try:
            yield
        except BaseException:
            driver.execute("ROLLBACK TO whole")
            raise
        finally:
            driver.execute("RELEASE whole")
            if connection.in_transaction():
                connection.rollback()

    def after_commit(self, connection: Connection, operations: int) -> None:
        self._operations += operations
        if self._operations >= _UNCOMMITTED:
            self._operations = 0
            driver: Any = connection.connection.driver_connection
            driver.keep()


def _prepare(connection: Any, record: Any) -> None:
    prepare_writer(connection, record)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute(f"PRAGMA cache_size=-{_CACHE_KIB}")
    connection.execute("BEGIN IMMEDIATE")
