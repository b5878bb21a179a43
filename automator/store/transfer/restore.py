"""Puts a verified backup in place of a SQLite file, so that nothing is sent twice."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

from automator.clock import iso_time
from automator.durable_files import sync_file
from automator.model import N_, AutomatorError, ConflictError, record
from automator.reasons.audit import backup_restored
from automator.reasons.quoted import os_reason
from automator.reasons.runs import COMMAND_LINE
from automator.store.batch.audit import Change, append
from automator.store.database.backup import Backup, Progress, verify
from automator.store.database.migration import migrate, require_known
from automator.store.database.sqlite import SQLite
from automator.store.database.sqlite_files import (
    RESTORING,
    FileLock,
    companions,
    half_restored,
    make_file,
    make_folder,
    put_back,
    set_aside,
)
from automator.store.transfer.quarantine import hold

_STEP = 8 * 1024 * 1024


@record(kw_only=False)
class Restored:
    """The result of a restore."""

    backup: Backup
    #: The address of the restored database.
    place: str
    #: How many runs were due. They wait for a person.
    held: int
    #: The path of the previous database; None if there was none.
    replaced: Path | None


def restore(
    backup: Path,
    database: Path,
    *,
    now_ms: int,
    replace: bool = False,
    on_progress: Progress | None = None,
) -> Restored:
    """Puts a backup in place of a database that no server uses.

    The backup is verified, copied beside the old database, and prepared there. Only then does it
    replace the old one, so after a failure the old database is still there. If the process is
    killed while it moves the old files, the next start moves them back.

    Raises:
        ConflictError: there is a database, and `replace` is not set.
        AutomatorError: a server uses the database, the backup is damaged or of a newer version, or
            a file cannot be written.
    """
    verified = verify(backup)
    require_known(verified.schema)
    with _own_place(database):
        if database.exists() and not replace:
            raise ConflictError(
                N_("there is a database already: {database}"),
                fix=N_(
                    "Restore into an empty folder (--data FOLDER), or say --replace; the database"
                    " that stands there is kept beside it."
                ),
                database=database,
            )
        stamp = f"{iso_time(now_ms)[:19].replace('-', '').replace(':', '')}Z"
        new = database.with_name(database.name + RESTORING + stamp)
        with _errors_in_words(database):
            try:
                for leftover in half_restored(database):
                    _clear(leftover)
                _copy(backup, new, on_progress)
                held = _hold_in(new, now_ms, verified.made_at)
                sync_file(new)
                replaced = set_aside(database, stamp)
                new.replace(database)
                sync_file(database.parent)
            finally:
                _clear(new)
    return Restored(verified, str(database), held, replaced)


@contextlib.contextmanager
def _errors_in_words(database: Path) -> Iterator[None]:
    """Turns an error of the file system into an error that says what it means for this restore."""
    try:
        yield
    except OSError as error:
        raise AutomatorError(
            N_("{database} cannot be restored: {reason}"),
            fix=N_(
                "Mend that, and restore again; the previous database is still in its place or "
                "beside it."
            ),
            code="restore-files",
            database=database,
            reason=os_reason(error),
        ) from error


@contextlib.contextmanager
def _own_place(database: Path) -> Iterator[None]:
    """Keeps servers from using the database during the restore."""
    make_folder(database.parent)
    lock = FileLock(database)
    try:
        with _errors_in_words(database):
            put_back(database)
        yield
    finally:
        lock.release()


def _copy(backup: Path, new: Path, on_progress: Progress | None) -> None:
    total = backup.stat().st_size
    make_file(new)
    done = 0
    with backup.open("rb") as source, new.open("wb") as target:
        while chunk := source.read(_STEP):
            target.write(chunk)
            done += len(chunk)
            if on_progress is not None:
                on_progress(done, total)


def _hold_in(file: Path, now_ms: int, made_at: int | None) -> int:
    """Migrates the copy, holds the due runs in it, and removes the mark of a backup."""
    copy = SQLite(file)
    engine = copy.write_engine()
    with engine.connect() as connection:
        migrate(copy, connection)
        with connection.begin():
            copy.take_backup_mark(connection)
            held = hold(connection, now_ms, made_at)
            after = {"made_at": None if made_at is None else iso_time(made_at)}
            append(connection, [Change(backup_restored.code, COMMAND_LINE, after=after)], now_ms)
    engine.dispose()
    return held


def _clear(file: Path) -> None:
    for leftover in (file, *companions(file)):
        leftover.unlink(missing_ok=True)
