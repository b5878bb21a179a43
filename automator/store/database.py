"""Which database an address names, and the migrations of its tables."""

import re
from collections.abc import Callable
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from automator.model import AutomatorError, SettingsError, StoreUnavailableError
from automator.resources import migrations_folder
from automator.store.dialect import Database
from automator.store.failure import Failure
from automator.store.postgresql import PostgreSQL
from automator.store.sqlite import SQLite
from automator.store.statements import WriteConnection

#: What stands between the user's name and the last `@`, and a parameter of that name.
_PASSWORDS = re.compile(r"(?<=//)([^:/?@]*):.*@|password=[^&]*")


def database_of(url: str) -> Database:
    """The database that the address names.

    Raises:
        SettingsError: it is not the address of one that can be used.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        parsed = None
    kind = "" if parsed is None else parsed.get_backend_name()
    if parsed is not None and kind == "postgresql" and parsed.database:
        return PostgreSQL(parsed.set(drivername="postgresql+psycopg"))
    if parsed is None or kind != "sqlite" or not parsed.database:
        shown = _PASSWORDS.sub(r"\1***", url)
        raise SettingsError(
            f"the database address {shown!r} is not usable",
            fix="Write sqlite:////absolute/path/automator.db or"
            " postgresql+psycopg://user:password@host/database, or leave it out.",
            code="database-url",
        )
    if parsed.database == ":memory:":
        raise SettingsError(
            "a database in memory would forget what it has acknowledged",
            fix="Name a file: sqlite:////absolute/path/automator.db",
            code="database-url",
        )
    return SQLite(Path(parsed.database).absolute())


def migrate(database: Database, connection: Connection) -> None:
    """Brings the tables to this version's shape, inside the open transaction.

    Raises:
        AutomatorError: a newer version of the program has made the database.
    """
    database.lock(connection, "migrations")
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    scripts = ScriptDirectory.from_config(config)
    current = MigrationContext.configure(connection).get_current_revision()
    if current == scripts.get_current_head():
        return
    known = {script.revision for script in scripts.walk_revisions()}
    if current is not None and current not in known:
        raise AutomatorError(
            f"the database was made by a newer version (its tables have the version {current})",
            fix="Start it with that version, or use a backup from before its upgrade.",
            code="database-newer",
        )
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def connector(database: Database) -> Callable[[], WriteConnection]:
    """How the writer connects: the tables are brought up to date each time.

    A database that is restored or fails over while the server runs may be an older one.
    """
    engine = database.write_engine()

    def connect() -> WriteConnection:
        try:
            connection = engine.connect()
        except DBAPIError as error:
            failure = Failure(error)
            if not failure.is_lost:
                raise
            raise StoreUnavailableError(
                f"the database {database.place} cannot be reached: {failure.cause}", fix=failure.fix
            ) from error
        try:
            with connection.begin():
                migrate(database, connection)
        except BaseException:
            connection.close()
            raise
        return WriteConnection(database, connection)

    return connect
