"""Migrations: make the tables of a new database, and bring older tables up to date."""

import logging
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

from sqlalchemy import Connection, inspect, text

from automator.model import N_, AutomatorError
from automator.resources import migrations_folder
from automator.store.database.dialect import Database
from automator.store.database.scheduled_backups import Backups

logger = logging.getLogger(__name__)

#: The folders with migrations. The last of the first folder leads to the declared tables; tests add
#: a folder of later migrations.
VERSION_FOLDERS: tuple[Path, ...] = (migrations_folder() / "versions",)

#: The table in which Alembic keeps the version of the tables.
_VERSIONS = "alembic_version"
#: Is called with the old and the new version before existing tables are changed.
BeforeUpgrade = Callable[[str, str], None]


def migrate(
    database: Database, connection: Connection, before_upgrade: BeforeUpgrade | None = None
) -> None:
    """Brings the tables up to date, each step in its own transaction.

    An empty database gets the declared tables, in a single transaction. If the process ends in
    between, the next start continues with the first missing step. If several nodes start at once,
    only one of them does each step.

    Raises:
        AutomatorError: a newer or an unreleased version of the program has made the database.
    """
    steps = known_versions()
    newest = steps[-1]
    with connection.begin():
        current = version_of(connection)
        require_known(current, database.backups())
    if current is not None and current != newest and before_upgrade is not None:
        before_upgrade(current, newest)
    first = current
    while current != newest:
        current = do_next_step(database, connection, steps)
    if database.is_ephemeral:
        return
    if first is None:
        logger.info("store.created version=%s", newest)
    elif first != newest:
        logger.info("store.migrated from=%s to=%s", first, newest)


def require_known(version: str | None, backups: Backups | None = None) -> None:
    """Refuses tables that this version of the program does not know.

    `backups` has the backup with which to go back, if there is one.

    Raises:
        AutomatorError: a newer or an unreleased version of the program has made them.
    """
    known = known_versions()
    if version is None or version in known:
        return
    if version < known[0]:
        raise AutomatorError(
            N_("an unreleased version made the database (its tables have the version {version})"),
            fix=N_("Start it with that version, or begin with an empty database."),
            code="database-unreleased",
            version=version,
        )
    before = backups.before_upgrade_of(known) if backups else None
    raise AutomatorError(
        N_("the database was made by a newer version (its tables have the version {version})"),
        fix=N_(
            "Install that version again. To go back to this one, restore the backup from before the"
            " upgrade, which lacks everything since: automator restore {before} --replace --data"
            " {folder}"
        )
        if before
        else N_(
            "Install that version again, or restore a backup from before the upgrade, which lacks"
            " everything since."
        ),
        code="database-newer",
        version=version,
        before=before or "",
        folder=before.parent.parent if before else "",
    )


def require_current(connection: Connection, database: Database) -> None:
    """Checks that the tables have this version, for commands that do not bring them up to date.

    Raises:
        AutomatorError: the tables have another version.
    """
    version = version_of(connection)
    require_known(version, database.backups())
    if version != newest_version():
        raise AutomatorError(
            N_("the tables of {place} have the version {version}, not {newest}"),
            fix=N_("Start this version of the server on it once, which brings it up to date."),
            code="database-older",
            place=database.place,
            version=version or "none",
            newest=newest_version(),
        )


def newest_version() -> str:
    """The version of the tables that this program needs."""
    return known_versions()[-1]


def do_next_step(database: Database, connection: Connection, steps: tuple[str, ...]) -> str:
    """Does the next step, unless another process has done it already; returns the new version."""
    with connection.begin():
        database.take_time(connection)
        database.lock(connection, "migrations")
        current = version_of(connection)
        require_known(current, database.backups())
        if current == steps[-1]:
            return current
        if current is None:
            following = _versions_in(VERSION_FOLDERS[:1])[-1]
            for statement in creation(database, following):
                connection.exec_driver_sql(statement)
        else:
            following = steps[steps.index(current) + 1]
            _upgrade(connection, following)
    logger.debug("store.migration_step from=%s to=%s", current or "nothing", following)
    return following


def creation(database: Database, version: str) -> Iterator[str]:
    """The statements that make the tables in an empty database, and note their version as Alembic
    does.
    """
    yield from database.creation()
    yield (
        f"CREATE TABLE {_VERSIONS} (version_num VARCHAR(32) NOT NULL,"
        f" CONSTRAINT {_VERSIONS}_pkc PRIMARY KEY (version_num))"
    )
    yield f"INSERT INTO {_VERSIONS} VALUES ('{version}')"  # noqa: S608 - the version of a migration.


def version_of(connection: Connection) -> str | None:
    """The version of the existing tables; None if there are no tables."""
    if not inspect(connection).has_table(_VERSIONS):
        return None
    version: str | None = connection.scalar(text(f"SELECT version_num FROM {_VERSIONS}"))  # noqa: S608
    return version


def known_versions() -> tuple[str, ...]:
    """All versions of the tables, oldest first."""
    return _versions_in(VERSION_FOLDERS)


@cache
def _versions_in(folders: tuple[Path, ...]) -> tuple[str, ...]:
    # A file's name begins with its version, followed by what it changes.
    files = (file for folder in folders for file in folder.glob("[0-9a-z]*_*.py"))
    return tuple(sorted(file.name.partition("_")[0] for file in files))


def _upgrade(connection: Connection, version: str) -> None:
    """Does the steps up to a version with Alembic, which is slow to import.

    A start without migrations does not import Alembic, nor does a new database.
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
    """The path, escaped for a configuration file in which `%` has a meaning."""
    return str(folder).replace("%", "%%")
