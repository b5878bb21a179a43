"""Migrations: bring a database to the shape that this version works with."""

import logging
from collections.abc import Callable
from functools import cache

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from automator.model import AutomatorError
from automator.resources import migrations_folder
from automator.store.database.dialect import Database

logger = logging.getLogger(__name__)

#: Called before the tables of a database that has some are changed: from this version, to that.
BeforeUpgrade = Callable[[str, str], None]


def migrate(
    database: Database, connection: Connection, before_upgrade: BeforeUpgrade | None = None
) -> None:
    """Brings the tables to this version's shape, one transaction for each step; an empty database
    is made in one.

    When the process ends in the middle, the next start goes on with the step that is missing.
    Where several nodes start at once, each step is done by one of them.

    Raises:
        AutomatorError: a newer version of the program has made the database.
    """
    steps = _steps()
    newest = steps[-1]
    with connection.begin():
        current = version_of(connection)
        require_known(current)
    if current is not None and current != newest and before_upgrade is not None:
        before_upgrade(current, newest)
    first = current
    while current != newest:
        current = _next_step(database, connection, steps)
    if first is None:
        logger.info("store.created version=%s", newest)
    elif first != newest:
        logger.info("store.migrated from=%s to=%s", first, newest)


def require_known(version: str | None) -> None:
    """Makes sure that this version of the program knows these tables.

    Raises:
        AutomatorError: a newer version has made them.
    """
    if version is not None and version not in _steps():
        raise AutomatorError(
            f"the database was made by a newer version (its tables have the version {version})",
            fix="Start it with that version, or use a backup from before its upgrade.",
            code="database-newer",
        )


def newest_version() -> str:
    """The version of the tables that this program works with."""
    return _steps()[-1]


def _next_step(database: Database, connection: Connection, steps: tuple[str, ...]) -> str:
    """Does the step that is next, unless another process has done it meanwhile."""
    with connection.begin():
        database.lock(connection, "migrations")
        current = version_of(connection)
        require_known(current)
        if current == steps[-1]:
            return current
        # An empty database has nothing to lose on the way: it is made at once.
        following = steps[-1] if current is None else steps[steps.index(current) + 1]
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, following)
    logger.debug("store.migration_step from=%s to=%s", current or "nothing", following)
    return following


def version_of(connection: Connection) -> str | None:
    """The version of the tables that are there; None when there are none."""
    return MigrationContext.configure(connection).get_current_revision()


@cache
def _steps() -> tuple[str, ...]:
    """The versions of the tables, the oldest first."""
    scripts = ScriptDirectory.from_config(_config()).walk_revisions()
    return tuple(script.revision for script in reversed(list(scripts)))


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return config
