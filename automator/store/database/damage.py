"""Damage to a SQLite database: the start is refused, and the error says what a person can do."""

from pathlib import Path

from automator.model import N_, AutomatorError
from automator.store.database.files import companions
from automator.store.database.wal_check import damage_of, frames_read

_RESTORE = N_(
    "Put the newest backup in its place, which keeps the damaged one beside it:"
    " automator restore FILE --replace (backups are in the folder `backups` beside it)"
)


def damaged(file: Path, what: str) -> AutomatorError:
    """The error about a database that cannot be trusted any more."""
    return AutomatorError(
        N_("the database {file} is damaged: {what}"),
        fix=N_("{restore:text}. Check the disk first."),
        code="database-damaged",
        file=file,
        what=what[:300],
        restore=_RESTORE,
    )


def require_whole_log(database: Path) -> None:
    """Makes sure that opening the database forgets nothing that was acknowledged.

    Raises:
        AutomatorError: the write-ahead log is damaged, or cannot be read.
    """
    log, _ = companions(database)
    try:
        damage = damage_of(log, frames_read(database)) if log.exists() else None
    except OSError as error:
        raise AutomatorError(
            N_("the write-ahead log {log} cannot be read: {strerror}"),
            fix=N_("Check the disk. If it stays so: {restore:text}."),
            code="database-damaged",
            log=log,
            strerror=error.strerror or error,
            restore=_RESTORE,
        ) from error
    if damage is None:
        return
    raise AutomatorError(
        N_(
            "the write-ahead log {log} is damaged at frame {frame}, and what was acknowledged after"
            " that cannot be read"
        )
        if damage.frame
        else N_(
            "the write-ahead log {log} is damaged at its header, and what was acknowledged after"
            " that cannot be read"
        ),
        fix=N_(
            "{restore:text}. Or go on with what stands before the damage, and without what came"
            " after it: cp {log} {log}.damaged && truncate -s {whole} {log}. Check the disk first."
        ),
        code="database-damaged",
        log=log,
        frame=damage.frame,
        restore=_RESTORE,
        whole=damage.whole_bytes,
    )
