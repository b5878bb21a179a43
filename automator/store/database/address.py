"""Finds the database that a URL names, and opens the connection that writes to it."""

import re
import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from automator.model import N_, SettingsError, StoreUnavailableError
from automator.reasons.database import database_cannot_open, database_cannot_reach
from automator.store.database.damage import damaged
from automator.store.database.database_errors import Failure
from automator.store.database.dialect import Database
from automator.store.database.migration import BeforeUpgrade, migrate
from automator.store.database.sqlite import SQLite
from automator.store.database.statements import WriteConnection

#: Matches passwords in a URL: from the user's name to the last `@`, and the parameter `password`.
_PASSWORDS = re.compile(r"(?<=//)([^:/?@]*):.*@|password=[^&]*")


def database_of(url: str, *, is_ephemeral: bool = False) -> Database:
    """The database that a URL names.

    `is_ephemeral`: a SQLite file that only this process uses, and that is never synced.

    Raises:
        SettingsError: the URL names no usable database, or psycopg is not installed.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    kind = "" if parsed is None else parsed.get_backend_name()
    if parsed is not None and kind == "postgresql" and parsed.database:
        try:
            from automator.store.database.postgresql import (  # noqa: PLC0415 an optional driver
                PostgreSQL,
            )
        except ImportError as error:
            raise SettingsError(
                N_("PostgreSQL needs the driver psycopg, which is not installed"),
                fix=N_("Install it: pip install 'automator[postgresql]'"),
                code="no-psycopg",
            ) from error
        return PostgreSQL(parsed.set(drivername="postgresql+psycopg"))
    if parsed is None or kind != "sqlite" or not parsed.database:
        shown = _PASSWORDS.sub(r"\1***", url)
        raise SettingsError(
            N_("the database address '{shown}' is not usable"),
            fix=N_(
                "Write sqlite:////absolute/path/automator.db or"
                " postgresql+psycopg://user:password@host/database, or leave it out."
            ),
            code="database-url",
            shown=shown,
        )
    if parsed.database == ":memory:":
        raise SettingsError(
            N_("a database in memory would forget what it has acknowledged"),
            fix=N_("Name a file: sqlite:////absolute/path/automator.db"),
            code="database-url",
        )
    file = Path(parsed.database).absolute()
    return EphemeralSQLite(file) if is_ephemeral else SQLite(file)


def connector(
    database: Database, before_upgrade: BeforeUpgrade | None = None
) -> Callable[[], WriteConnection]:
    """Returns a function that opens the writer's connection, and brings the tables up to date.

    The tables may be older each time, if the database was restored or failed over meanwhile.
    `before_upgrade` is called before existing tables are changed.
    """
    engine = database.write_engine()

    def connect() -> WriteConnection:
        try:
            connection = engine.connect()
            try:
                database.examine(connection)
                connection.rollback()
                migrate(database, connection, before_upgrade)
                database.require_columns(connection)
                connection.rollback()
                database.open_beside(connection)
            except BaseException:
                connection.close()
                raise
        except (DBAPIError, sqlite3.Error, UnicodeDecodeError) as error:
            raise _in_words(database, error) from error
        return WriteConnection(database, connection)

    return connect


def _in_words(database: Database, error: Exception) -> Exception:
    """Turns an error of opening a database into an error for people.

    An error of this program itself is returned as it is.
    """
    failure = Failure(error)
    if failure.is_damage and isinstance(database, SQLite):
        return damaged(database.file, failure.cause)
    if failure.is_lost:
        reason = database_cannot_reach(place=str(database.place), failure=failure.reason)
        return StoreUnavailableError(reason)
    if failure.is_unavailable:
        reason = database_cannot_open(place=str(database.place), failure=failure.reason)
        return StoreUnavailableError(reason, code=failure.code)
    return error


# --- A SQLite file that only this process uses: one connection, few commits ---

#: How many transactions there are between two commits. Until then only this connection sees them.
_UNCOMMITTED = 2_000
_CACHE_KIB = 16_384
#: Indexes that only pages of the log, searches and retention use.
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
    """A connection for reading and writing, whose transaction ends only with `keep`."""

    def commit(self) -> None:
        """Does nothing: the transaction goes on."""

    def rollback(self) -> None:
        """Does nothing: failed operations are undone by savepoints."""

    def keep(self) -> None:
        """Commits, and begins the next transaction."""
        if self.in_transaction:
            self.execute("COMMIT")
        self.execute("BEGIN IMMEDIATE")

    def close(self) -> None:
        """Commits, and closes the connection."""
        if self.in_transaction:
            self.execute("COMMIT")
        super().close()


class EphemeralSQLite(SQLite):
    """A SQLite file that one thread reads and writes through one connection.

    Readers see all writes, committed or not, so commits do not matter to them.
    """

    is_ephemeral = True

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
        """Does nothing, because this process has made the file."""

    def require_columns(self, connection: Connection) -> None:
        """Drops indexes that nobody will use. The columns need no check."""
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
        """The writer's cursor: there is only one thread, and readers fetch all rows at once."""
        return super().read_cursor(engine) if self._cursor is None else nullcontext(self._cursor)

    def transaction(self, connection: Connection) -> AbstractContextManager[None]:
        return _Savepoint(self._cursor, connection)

    def open_beside(self, connection: Connection) -> None:
        """Does nothing, because there is no write-ahead log to copy."""

    def after_commit(self, connection: Connection, operations: int) -> None:
        self._operations += operations
        if self._operations >= _UNCOMMITTED:
            self._operations = 0
            driver: Any = connection.connection.driver_connection
            driver.keep()


class _Savepoint(AbstractContextManager[None]):
    """A savepoint in the running transaction. A class and not a generator: each event has two."""

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
    # With a write-ahead log, every page would be written twice and read once more.
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
