"""Damage to a SQLite database: the start is refused, and the error has advice."""

from pathlib import Path

from automator.model import N_, AutomatorError
from automator.reasons.database import RESTORE
from automator.reasons.quoted import os_reason
from automator.store.database.failure import DAMAGED
from automator.store.database.files import companions
from automator.store.database.wal_check import damage_of, frames_read


def damaged(file: str | Path, what: object) -> AutomatorError:
    """The error about a database that cannot be trusted any more."""
    return AutomatorError(
        N_("the database {file} is damaged: {what}"),
        fix=N_("{restore:text} Check the disk first."),
        code=DAMAGED,
        file=file,
        what=str(what)[:300],
        restore=RESTORE,
    )


def incomplete(place: str, table: str, column: str) -> AutomatorError:
    """The error about tables that say they are of this version, and are not as it makes them."""
    return AutomatorError(
        N_(
            "the table {table} of the database {place} has no column {column}: the database is"
            " damaged, or an unreleased version made it"
        ),
        fix=N_(
            "If an unreleased version made it, start it with that version, or begin with an empty"
            " database. If it is damaged: {restore:text}"
        ),
        code=DAMAGED,
        place=place,
        table=table,
        column=column,
        restore=RESTORE,
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
            N_("the write-ahead log {log} cannot be read: {reason}"),
            fix=N_("Check the disk. If it stays so: {restore:text}"),
            code=DAMAGED,
            log=log,
            reason=os_reason(error),
            restore=RESTORE,
        ) from error
    if damage is None:
        return
    raise AutomatorError(
        N_(
            "the write-ahead log {log} is damaged at frame {frame}, and deliveries that were "
            "acknowledged after that cannot be read"
        )
        if damage.frame
        else N_(
            "the write-ahead log {log} is damaged at its header, and deliveries that were "
            "acknowledged after that cannot be read"
        ),
        fix=N_(
            "{restore:text} Or go on with the log up to the damage, without the rest: "
            "cp {log} {log}.damaged && truncate -s {whole} {log}. Check the disk first."
        ),
        code=DAMAGED,
        log=log,
        frame=damage.frame,
        restore=RESTORE,
        whole=damage.whole_bytes,
    )
