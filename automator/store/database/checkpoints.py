"""Copies SQLite's write-ahead log back into the database, beside the writer.

Copying 64 MiB takes tens of milliseconds, in which the writer could answer nobody. So a thread
copies through a connection of its own, while the writer goes on. The writer itself copies the
little that was committed meanwhile, between two transactions, because SQLite begins its log anew
only when nothing is left.

SQLite before 3.51.3 loses commits when a checkpoint begins just as another connection begins the
log anew (https://www.sqlite.org/wal.html#walresetbug). That cannot happen here: the thread begins
only when the log holds what is not copied yet, and the writer can begin it anew only when nothing
is left.
"""

import contextlib
import sqlite3
import threading
from pathlib import Path
from queue import SimpleQueue

from automator.store.database.failure import LogCutError
from automator.store.database.files import sqlite_uri

#: Pages of the write-ahead log after which it is copied back: 64 MiB. A page that stands in it many
#: times is copied once, so that an event costs the less, the longer the log is.
LONG_PAGES = 16_000
#: Up to this number of pages the writer copies itself, in about a millisecond.
_FEW_PAGES = 64
#: Passes of the thread at most: each further one copies what was committed during the one before.
_MOST_PASSES = 4
#: Pages at which the writer waits for the thread: on a disk that cannot keep up, 256 MiB.
_MOST_PAGES = 64_000


class Checkpoints:
    """Belongs to the writer's thread, and to the write connection that it is made with."""

    def __init__(self, file: Path, writer: sqlite3.Connection) -> None:
        """Opens the other connection: later, another file might stand at the path.

        Raises:
            sqlite3.Error: it cannot be opened.
        """
        self._writer = writer
        self._log = file.with_name(f"{file.name}-wal")
        self._page_bytes = int(writer.execute("PRAGMA page_size").fetchone()[0])
        self._other = sqlite3.connect(
            sqlite_uri(file, "rw"), uri=True, isolation_level=None, check_same_thread=False
        )
        # Reads once, because SQLite opens the log only for a connection that has read.
        self._other.execute("PRAGMA schema_version").fetchone()
        #: True tells the thread to copy, and False to end; its results come back by the second
        #: queue.
        self._calls: SimpleQueue[bool] = SimpleQueue()
        self._ends: SimpleQueue[tuple[int, int] | Exception] = SimpleQueue()
        #: Passes of the thread since the log was long, and whether one is under way.
        self._passes = 0
        self._is_copying = False
        #: Rows that the writer had changed when it saw the end of the last pass, or had copied the
        #: rest. If it has changed more since, the log holds pages that are not copied.
        self._changes = writer.total_changes
        #: Operations since the last pass began, and since all was copied.
        self._new_operations = self._operations = 0
        #: How many pages each has added to the log, about: SQLite tells its length only when it
        #: copies it.
        self._pages_each = 8.0
        #: Bytes of the log's file when it was last looked at. It becomes shorter only where it is
        #: emptied here.
        self._log_bytes = 0
        #: The bytes of the file when all was copied. SQLite uses them again, so the file tells how
        #: long the log is only where it grows.
        self._room = 0
        #: Pages that were in the log when it was last copied, and that it still has.
        self._left = 0
        #: Pages that were added to the log since all was copied, as far as it was looked at.
        self._new_pages = 0
        #: The log's file is to become empty, because the data in it was deleted.
        self._shall_be_empty = False
        self._thread = threading.Thread(target=self._run, name="store-checkpoint", daemon=True)
        self._thread.start()

    def after_commit(self, operations: int, changes: int) -> None:
        """Starts copying the log when it has grown long.

        SQLite itself would do it inside a commit, and would not report an error.

        Args:
            operations: were done since the last call.
            changes: rows that the writer had changed, in all, when it last committed; SQLite counts
                them with 32 bits.

        Raises:
            Exception: it could not be copied, here or by the thread, or somebody has cut it.
        """
        self.require_log()
        self._operations += operations
        self._new_operations += operations
        if self._is_copying and self._ends.empty() and not self._is_too_long:
            return
        if self._is_copying:
            self._end_pass(changes)
        elif changes != self._changes:
            self._go_on(changes)
        elif self._shall_be_empty:
            self._end(changes)

    def require_log(self) -> None:
        """Makes sure that nobody else has cut the log; call it before each transaction.

        SQLite would not notice: it would write on behind the hole, and copy the hole into the
        database. Only the writer's thread can tell, because it also empties the log itself.

        Raises:
            LogCutError: it is shorter than it was.
        """
        found = self._bytes_of_log()
        if found < self._log_bytes:
            raise LogCutError(f"{self._log} was deleted or replaced, or cut")
        self._log_bytes = found

    def empty_log(self) -> None:
        """Makes the log's file empty at the next time that no reader is in the way."""
        self._shall_be_empty = True

    def close(self) -> None:
        """Ends the thread and closes its connection, so that the writer's is the last one."""
        self._calls.put(False)
        self._thread.join()
        with contextlib.suppress(sqlite3.Error):
            self._other.close()

    def _end_pass(self, changes: int) -> None:
        """Waits for the thread's answer, if it has to."""
        found = self._ends.get()
        self._is_copying = False
        self._changes = changes
        if isinstance(found, Exception):
            self._passes = 0
            raise found
        self._add_length(*found)

    def _go_on(self, changes: int) -> None:
        """Begins a pass or copies the rest, when no pass runs and the log has uncopied pages."""
        if not self._passes:
            if self._shall_be_empty or self._is_long:
                self._begin_pass()
        elif self._is_worth_a_pass:
            self._begin_pass()
        else:
            self._end(changes)

    def _end(self, changes: int) -> None:
        """Copies the rest, and empties the log where that is wanted."""
        self._passes = 0
        self._copy_rest()
        self._changes = changes
        if self._shall_be_empty:
            try:
                self._shall_be_empty = not _emptied(self._writer)
            finally:
                self._room = self._log_bytes = self._bytes_of_log()

    @property
    def _is_long(self) -> bool:
        if self._operations * self._pages_each >= LONG_PAGES:
            return True
        # A few operations that write thousands of pages each, as the words index has, are more than
        # the estimate says.
        return self._log_bytes >= max(LONG_PAGES * self._page_bytes, self._room + 1)

    def _bytes_of_log(self) -> int:
        """The size of the log's file; 0 where there is no such file."""
        try:
            return self._log.stat().st_size
        except OSError:
            return 0

    @property
    def _is_too_long(self) -> bool:
        return self._operations * self._pages_each >= _MOST_PAGES

    @property
    def _is_worth_a_pass(self) -> bool:
        new_pages = self._new_operations * self._pages_each
        return new_pages > _FEW_PAGES and self._passes < _MOST_PASSES and not self._is_too_long

    def _begin_pass(self) -> None:
        self._passes += 1
        self._new_operations = 0
        self._is_copying = True
        self._calls.put(True)

    def _run(self) -> None:
        """The thread: copies whenever it is told to."""
        while self._calls.get():
            try:
                self._ends.put(_copy(self._other))
            except Exception as error:  # noqa: BLE001 - the writer sorts it like a commit's.
                self._ends.put(error)

    def _copy_rest(self) -> None:
        """Copies the pages that the thread has left; then SQLite can begin the log anew."""
        self._add_length(*_copy(self._writer))
        if self._new_pages > 0:
            self._pages_each = min(max(self._new_pages / self._operations, 1.0), 256.0)
        self._new_operations = self._operations = self._new_pages = 0
        self._room = self._log_bytes

    def _add_length(self, pages: int, copied: int) -> None:
        """Counts what was added to the log since it was last looked at."""
        self._new_pages += pages - self._left if pages >= self._left else pages
        # The log begins anew when all of it was copied, and grows on when a reader was in the way.
        self._left = pages if copied < pages else 0


def _copy(connection: sqlite3.Connection) -> tuple[int, int]:
    """Copies the pages that no reader still needs; returns the pages in the log, and those
    copied.
    """
    with contextlib.closing(connection.cursor()) as cursor:
        _, pages, copied = cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
    return int(pages), int(copied)


def _emptied(writer: sqlite3.Connection) -> bool:
    """Cuts the log, all of which was copied, to nothing; False while somebody reads it."""
    with contextlib.closing(writer.cursor()) as cursor:
        (waits_ms,) = cursor.execute("PRAGMA busy_timeout").fetchone()
        cursor.execute("PRAGMA busy_timeout=0")
        try:
            is_busy, _, _ = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            cursor.execute(f"PRAGMA busy_timeout={waits_ms}")
    return not is_busy
