"""Migrations: creates the tables of a database, and brings older tables up to date."""

import logging
import sqlite3
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from automator.model import N_, AutomatorError
from automator.resources import migrations_folder
from automator.store.database.dialect import Database

logger = logging.getLogger(__name__)

#: The folders of the migrations. Tests add a folder with later ones.
VERSION_FOLDERS: tuple[Path, ...] = (migrations_folder() / "versions",)

#: The table in which Alembic keeps the version of the others.
_VERSIONS = "alembic_version"
#: Called with the old and the new version before existing tables are changed.
BeforeUpgrade = Callable[[str, str], None]


def migrate(
    database: Database, connection: Connection, before_upgrade: BeforeUpgrade | None = None
) -> None:
    """Brings the tables up to date, with one transaction for each step.

    An empty database is created in one transaction. If the process ends in the middle, the next
    start continues with the first missing step. If several nodes start at once, only one of them
    does each step.

    Raises:
        AutomatorError: a newer version of the program has made the database.
    """
    steps = known_versions()
    newest = steps[-1]
    with connection.begin():
        current = version_of(connection)
        require_known(current)
    if current is not None and current != newest and before_upgrade is not None:
        before_upgrade(current, newest)
    first = current
    while current != newest:
        current = do_next_step(database, connection, steps)
    if first is None:
        logger.info("store.created version=%s", newest)
    elif first != newest:
        logger.info("store.migrated from=%s to=%s", first, newest)


def require_known(version: str | None) -> None:
    """Refuses tables that this version of the program does not know.

    Raises:
        AutomatorError: a newer version of the program has created them.
    """
    if version is not None and version not in known_versions():
        raise AutomatorError(
            N_("the database was made by a newer version (its tables have the version {version})"),
            fix=N_("Start it with that version, or use a backup from before its upgrade."),
            code="database-newer",
            version=version,
        )


def newest_version() -> str:
    """The version of the tables that this program works with."""
    return known_versions()[-1]


def do_next_step(database: Database, connection: Connection, steps: tuple[str, ...]) -> str:
    """Does the next step, unless another process has done it meanwhile; returns the version."""
    with connection.begin():
        database.take_time(connection)
        database.lock(connection, "migrations")
        current = version_of(connection)
        require_known(current)
        if current == steps[-1]:
            return current
        # An empty database has nothing to lose on the way, so all steps are done at once.
        following = steps[-1] if current is None else steps[steps.index(current) + 1]
        script = database.creation_script(following) if current is None else None
        if script is None:
            _upgrade(connection, following)
        else:
            for statement in statements_of(script.read_text(encoding="utf-8")):
                connection.exec_driver_sql(statement)
    logger.debug("store.migration_step from=%s to=%s", current or "nothing", following)
    return following


def version_of(connection: Connection) -> str | None:
    """The version of the existing tables; None without tables."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    version: str | None = connection.scalar(text(f"SELECT version_num FROM {_VERSIONS}"))  # noqa: S608
    return version


def known_versions() -> tuple[str, ...]:
    """The versions of the tables, the oldest first."""
    return _versions_in(VERSION_FOLDERS)


@cache
def _versions_in(folders: tuple[Path, ...]) -> tuple[str, ...]:
    # Each file is named by its version and what it does.
    files = (file for folder in folders for file in folder.glob("[0-9a-z]*_*.py"))
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def statements_of(script: str) -> Iterator[str]:
    """The statements of a script for SQLite; each ends at the end of a line."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _upgrade(connection: Connection, version: str) -> None:
    """Does the steps up to a version with Alembic, which takes long to import.

    A start without steps does not import Alembic, nor does a new file (`creation_script`).
    """
    from alembic import command  # noqa: PLC0415 - 10 MB and 0.2 s, for old databases.
    from alembic.config import Config  # noqa: PLC0415 - As above.

    config = Config()
    config.attributes["connection"] = connection
    config.set_main_option("script_location", _quoted(migrations_folder()))
    config.set_main_option("path_separator", "newline")
    config.set_main_option("version_locations", "\n".join(map(_quoted, VERSION_FOLDERS)))
    command.upgrade(config, version)


def _quoted(folder: Path) -> str:
    """The path for a file in which `%` begins a reference."""
    return str(folder).replace("%", "%%")
