"""Moves data between two databases, or between a server's database and a backup file."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path

from sqlalchemy import Connection

from automator.durable_files import sync_file
from automator.model import N_, ConflictError, UsageError
from automator.store.database.address import database_of
from automator.store.database.backup import Backup, back_up, mark, verify
from automator.store.database.backup import Progress as Amount
from automator.store.database.dialect import Database
from automator.store.database.migration import require_current
from automator.store.database.sqlite import SQLite
from automator.store.database.sqlite_files import companions
from automator.store.transfer.copy import (
    Copied,
    Progress,
    connected,
    copy_all,
    require_no_nodes,
)
from automator.store.transfer.quarantine import hold
from automator.store.transfer.restore import Restored, restore


def copy_store(
    origin_url: str,
    target_url: str,
    *,
    now_ms: int,
    verify_rows: bool = False,
    on_progress: Progress | None = None,
) -> Copied:
    """Copies everything from a database to an empty one. No server may use either of them.

    Raises:
        SettingsError: an address does not name a usable database.
        ConflictError: the target is not empty, or nodes use one of the two.
        AutomatorError: a server uses one of the two, versions differ, or the copy differs.
        StoreUnavailableError: one of the two cannot be reached.
    """
    origin, target = database_of(origin_url), database_of(target_url)
    if origin.place == target.place:
        raise UsageError(
            N_("the origin and the target are the same database"), fix=N_("Name another target.")
        )
    with _taken(origin, now_ms, is_target=False) as source:
        require_current(source, origin)
        with _taken(target, now_ms, is_target=True) as place:
            return copy_all(source, place, target, verify=verify_rows, on_progress=on_progress)


def back_up_database(
    url: str, file: Path, *, now_ms: int, on_progress: Amount | None = None
) -> Backup:
    """Writes a backup file of a database of either kind. Servers may use the database.

    Raises:
        NotFoundError: there is no database.
        UsageError: `file` exists already.
        AutomatorError: the file cannot be written, the copied data is damaged, or versions differ.
        StoreUnavailableError: the database server cannot be reached.
    """
    database = database_of(url)
    database.require()
    if isinstance(database, SQLite):
        return back_up(database.file, file, now_ms=now_ms, on_progress=on_progress)
    return back_up_server(database, file, now_ms=now_ms, on_progress=_by_rows(on_progress))


def restore_database(
    file: Path,
    url: str,
    *,
    now_ms: int,
    replace: bool = False,
    on_progress: Amount | None = None,
) -> Restored:
    """Puts a backup file in place of a database of either kind, and holds the due runs.

    Raises:
        UsageError: `replace` was given for a server's database.
        ConflictError: there is a database already, or nodes use it.
        AutomatorError: a server uses it, or the backup is damaged or of another version.
        StoreUnavailableError: the database server cannot be reached.
    """
    database = database_of(url)
    if isinstance(database, SQLite):
        return restore(file, database.file, now_ms=now_ms, replace=replace, on_progress=on_progress)
    if replace:
        raise UsageError(
            N_("a database of a server is not replaced"),
            fix=N_("Make an empty one: CREATE DATABASE …, and restore into that."),
        )
    return restore_to_server(file, database, now_ms=now_ms, on_progress=_by_rows(on_progress))


def _by_rows(on_progress: Amount | None) -> Progress | None:
    return None if on_progress is None else lambda done, total, _table: on_progress(done, total)


def back_up_server(
    database: Database, file: Path, *, now_ms: int, on_progress: Progress | None = None
) -> Backup:
    """Writes a backup file of a server's database as of one moment. Nodes may use the database.

    Raises:
        UsageError: `file` exists already.
        AutomatorError: versions differ, or the copy differs.
        StoreUnavailableError: the server cannot be reached.
    """
    if file.exists():
        raise UsageError(N_("{file} is there already"), fix=N_("Choose another name."), file=file)
    with connected(database) as source:
        database.freeze(source)
        require_current(source, database)
        with _new_file(file) as target:
            copy_all(source, target, SQLite(file), verify=True, on_progress=on_progress)
            mark(target.connection.driver_connection, now_ms)  # type: ignore[arg-type]
    return verify(file)


def restore_to_server(
    file: Path, database: Database, *, now_ms: int, on_progress: Progress | None = None
) -> Restored:
    """Puts a backup file into an empty database of a server, and holds the runs that are due.

    Raises:
        ConflictError: the database is not empty, or nodes use it.
        AutomatorError: the backup is damaged or of another version, or the copy differs.
        StoreUnavailableError: the server cannot be reached.
    """
    verified = verify(file)
    with _reading(file) as source:
        require_current(source, SQLite(file))
        with _taken(database, now_ms, is_target=True) as target:
            copy_all(source, target, database, verify=True, on_progress=on_progress)
            held = hold(target, now_ms, verified.made_at)
    return Restored(verified, database.place, held, None)


@contextlib.contextmanager
def _taken(database: Database, now_ms: int, *, is_target: bool) -> Iterator[Connection]:
    """Opens a database in a transaction, and makes sure that nobody else uses it until the end."""
    if isinstance(database, SQLite):
        if is_target == database.exists():
            raise _wrong_file(database, is_target=is_target)
        if is_target:
            with _new_file(database.file) as connection:
                yield connection
            return
    give_back = database.take()
    try:
        with connected(database, migrated=is_target) as connection:
            # Nodes that want to join wait until this transaction ends.
            database.lock(connection, "nodes")
            if database.is_shared:
                require_no_nodes(connection, now_ms, database.place)
            yield connection
    finally:
        give_back()


def _wrong_file(database: Database, *, is_target: bool) -> ConflictError:
    if is_target:
        return ConflictError(
            N_("the target {place} is there already"),
            fix=N_("Name a file that is not there."),
            place=database.place,
        )
    return ConflictError(
        N_("there is no database {place}"), fix=N_("Check the path."), place=database.place
    )


@contextlib.contextmanager
def _new_file(file: Path) -> Iterator[Connection]:
    """Opens a new database. Its file gets the name `file` once everything is committed."""
    part = file.with_name(file.name + ".part")
    for leftover in (part, *companions(part)):
        leftover.unlink(missing_ok=True)
    database = SQLite(part)
    give_back = database.take()
    try:
        with connected(database, migrated=True) as connection:
            yield connection
        with contextlib.closing(sqlite3.connect(part)) as whole:
            whole.execute("PRAGMA journal_mode=DELETE")
        sync_file(part)
        part.replace(file)
        sync_file(file.parent)
    finally:
        give_back()
        for leftover in (part, *companions(part), part.with_name(part.name + ".lock")):
            leftover.unlink(missing_ok=True)


@contextlib.contextmanager
def _reading(file: Path) -> Iterator[Connection]:
    engine = SQLite(file).read_engine()
    try:
        with engine.connect() as connection:
            yield connection
    finally:
        engine.dispose()
