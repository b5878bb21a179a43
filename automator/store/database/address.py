"""Database addresses: the database that a URL names, and the connections to it."""

import re
import sqlite3
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from automator.model import N_, SettingsError, StoreUnavailableError
from automator.reasons.database import CANNOT_OPEN, CANNOT_REACH
from automator.store.database.damage import damaged
from automator.store.database.dialect import Database
from automator.store.database.ephemeral_sqlite import EphemeralSQLite
from automator.store.database.failure import Failure
from automator.store.database.migration import BeforeUpgrade, migrate
from automator.store.database.sqlite import SQLite
from automator.store.database.statements import WriteConnection

#: Patterns of a password: between the user's name and the last `@`, and in a parameter of that
#: name.
_PASSWORDS = re.compile(r"(?<=//)([^:/?@]*):.*@|password=[^&]*")


def database_of(url: str, *, is_ephemeral: bool = False) -> Database:
    """The database that the address names.

    A SQLite file that `is_ephemeral` is for this process alone, and nothing of it is synced.

    Raises:
        SettingsError: it is not the address of one that can be used.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    kind = "" if parsed is None else parsed.get_backend_name()
    if parsed is not None and kind == "postgresql" and parsed.database:
        # Imported late: only servers that use PostgreSQL need its dialect.
        from automator.store.database.postgresql import PostgreSQL

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
    """The connection of the writer: the tables are brought up to date each time.

    A database that is restored or fails over while the server runs may be an older one.
    `before_upgrade` is called before tables that are there are changed.
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
    """The error for people when a database cannot be opened; the error itself if it is one
    of ours.
    """
    failure = Failure(error)
    if failure.is_damage and isinstance(database, SQLite):
        return damaged(database.file, failure.cause)
    if failure.is_lost:
        reason = CANNOT_REACH(place=str(database.place), failure=failure.reason)
        return StoreUnavailableError(reason)
    if failure.is_unavailable:
        reason = CANNOT_OPEN(place=str(database.place), failure=failure.reason)
        return StoreUnavailableError(reason, code=failure.code)
    return error
