"""Classifies database errors: whether trying again helps, and what to tell people."""

import sqlite3

from sqlalchemy.exc import PendingRollbackError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from automator.model import Reason, StoreUnavailableError
from automator.reasons.database import (
    database_cannot_read,
    database_disk_fails,
    database_file_busy,
    database_file_damaged,
    database_file_full,
    database_file_held,
    database_file_not_opened,
    database_file_read_only,
    database_no_memory,
    database_server_fails,
    database_server_lost,
)
from automator.reasons.kind import ReasonKind
from automator.store.schema.encoding import IllegibleError

#: How the driver's message about a value that is not UTF-8 begins.
_NO_TEXT = "Could not decode to UTF-8"


#: The error code for a full disk.
NO_SPACE = "no_space"
#: The error code for a damaged database.
DAMAGED = "database-damaged"


class LogCutError(Exception):
    """Another program has cut the write-ahead log, which lacks commits now."""


def unavailable_cause(error: BaseException) -> BaseException | None:
    """The driver's error if the database cannot be used, now or any more.

    None if the error has another cause, such as a bug in the program.
    """
    failure = Failure(error)
    return failure.cause if failure.is_unavailable else None


def cannot_read(error: BaseException) -> StoreUnavailableError | None:
    """The error for people if a page, an API call, a tracked link or a command cannot read.

    Readers raise the driver's own errors, which only the outermost layer turns into this error. It
    is None if the error has nothing to do with the database.
    """
    if isinstance(error, StoreUnavailableError):
        return error
    failure = Failure(error)
    if not failure.is_unavailable:
        return None
    return StoreUnavailableError(database_cannot_read(failure=failure.reason), code=failure.code)


#: The meaning of SQLite's errors, by how their names begin.
_SQLITE_SAYS = (
    (("SQLITE_READONLY", "SQLITE_PERM"), database_file_read_only),
    (("SQLITE_CANTOPEN",), database_file_not_opened),
    (("SQLITE_BUSY", "SQLITE_LOCKED"), database_file_held),
    (("SQLITE_NOMEM", "SQLITE_IOERR_NOMEM"), database_no_memory),
)


class Failure:
    """Classifies an error of either database's driver."""

    #: SQLite: after these errors the connection must not be used again, because a later fsync may
    #: succeed without the data. PostgreSQL stops by itself then, and recovers from its log.
    _FATAL = ("SQLITE_IOERR", "SQLITE_CORRUPT", "SQLITE_NOTADB")
    _DAMAGED = ("SQLITE_CORRUPT", "SQLITE_NOTADB")
    #: No room, perhaps only for the index of the write-ahead log. Certainly nothing was written.
    _FULL = ("SQLITE_FULL", "SQLITE_IOERR_SHMSIZE")
    _TEMPORARY = (
        "SQLITE_BUSY",
        "SQLITE_LOCKED",
        "SQLITE_CANTOPEN",
        "SQLITE_NOMEM",
        "SQLITE_READONLY",
        "SQLITE_PERM",
    )
    #: Serialization failures, deadlocks, locks that are not available.
    _RETRIABLE = ("40001", "40P01", "55P03")
    #: The connection or its server is gone, cannot be reached, or has become a standby. Or the
    #: server has ended the connection because its transaction was idle or took too long.
    _LOST = ("08", "57P", "25006", "25P03", "25P04", "28", "3D000", "53300")
    #: Lack of resources, cancelled statements, errors of the system, damage.
    _SERVER = ("53", "57014", "58", "XX")

    def __init__(self, error: BaseException) -> None:
        self.cause = getattr(error, "orig", None) or error
        #: Whether nothing can be acknowledged any more.
        self.is_fatal = False
        #: Whether stored data cannot be read, so that a backup is needed.
        self.is_damage = False
        #: Whether the disk is full.
        self.is_full = False
        #: Whether the same transaction may succeed if it is repeated.
        self.is_retriable = False
        #: Whether a new connection is needed.
        self.is_lost = False
        #: Whether no single operation has caused the error: if the operations were tried one by
        #: one, all of them would fail.
        self.is_unavailable = False
        #: The kind of reason, if SQLite's error code alone decides it.
        self._says: ReasonKind[[]] | None = None
        if _is_unreadable(self.cause):
            self.is_damage = self.is_fatal = self.is_unavailable = True
        elif isinstance(self.cause, sqlite3.Error):
            self._sort_sqlite(getattr(self.cause, "sqlite_errorname", "") or "")
        elif hasattr(self.cause, "sqlstate"):
            self._sort_postgresql(self.cause.sqlstate)
        elif isinstance(self.cause, PendingRollbackError):
            # The connection broke inside the transaction, and this is only a later error.
            self.is_lost = self.is_unavailable = True
        elif isinstance(self.cause, PoolTimeoutError):
            # All read connections have been in use for seconds.
            self.is_unavailable = True
            self._says = database_file_busy

    @property
    def concerns_all(self) -> bool:
        """Whether no single operation has caused the error."""
        return self.is_unavailable or self.is_retriable

    @property
    def code(self) -> str:
        """The error code for people."""
        if self.is_damage:
            return DAMAGED
        return NO_SPACE if self.is_full else "store_unavailable"

    @property
    def reason(self) -> Reason:
        """The reason of the failure, with advice."""
        if self.is_full:
            return database_file_full()
        if self._says is not None:
            return self._says()
        kind = database_server_fails if hasattr(self.cause, "sqlstate") else database_disk_fails
        if self.is_damage:
            kind = database_file_damaged
        elif self.is_lost:
            kind = database_server_lost
        # Messages of PostgreSQL's driver have line breaks.
        return kind(cause=" ".join(str(self.cause).split()))

    def _sort_sqlite(self, name: str) -> None:
        self.is_full = name in self._FULL
        self.is_damage = name.startswith(self._DAMAGED)
        self.is_fatal = name.startswith(self._FATAL) and not self.is_full
        self.is_unavailable = self.is_full or self.is_fatal or name.startswith(self._TEMPORARY)
        self._says = next((kind for names, kind in _SQLITE_SAYS if name.startswith(names)), None)

    def _sort_postgresql(self, state: str | None) -> None:
        if state is None:
            # The driver itself failed: with a broken connection, or with a value it cannot send.
            kinds = {kind.__name__ for kind in type(self.cause).__mro__}
            self.is_lost = bool(kinds & {"OperationalError", "InterfaceError"})
        else:
            self.is_lost = state.startswith(self._LOST)
            self.is_retriable = state in self._RETRIABLE
        self.is_unavailable = self.is_lost or bool(state and state.startswith(self._SERVER))


def _is_unreadable(cause: BaseException) -> bool:
    """Whether a text or JSON in the file is not valid any more, or the log was cut.

    Python reports this without an error code of SQLite, for a column's value as well as for a
    message of SQLite that contains a damaged name.
    message that contains a damaged name.
    """
    if isinstance(cause, UnicodeDecodeError | IllegibleError | LogCutError):
        return True
    return isinstance(cause, sqlite3.OperationalError) and str(cause).startswith(_NO_TEXT)
