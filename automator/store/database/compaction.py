"""Writes a SQLite file anew without its free pages, while no server uses it.

For the time after a large deletion, and for a file that was made before free pages could be given
back one by one. The new file can do that.
"""

import contextlib
import os
import sqlite3
import time
from pathlib import Path

from automator.durable_files import sync_file
from automator.model import N_, UsageError, record
from automator.store.database.address import database_of
from automator.store.database.backup import (
    Progress,
    counted_rows,
    errors_in_words,
    reading,
    require_room,
    unfinished,
    verify_copy,
)
from automator.store.database.sqlite import SQLite

#: How many bytes are copied to measure the disk.
_SAMPLE = 64 * 1024 * 1024
#: How many times as long as its copy a file takes, as it is also verified.
_TIMES = 4
#: How many steps of SQLite's machine go by until the progress is shown again.
_STEPS = 1_000_000


@record
class CompactionPlan:
    """The room and the time to write a file anew, and the gain."""

    file: Path
    #: Bytes of the file; below, of its free pages.
    size: int
    free: int
    #: Bytes that are free on the disk, which has to hold the new file beside the old one.
    room: int
    #: Bytes that were copied and synced in a second.
    speed: float

    @property
    def needed(self) -> int:
        """Bytes of the new file."""
        return self.size - self.free

    @property
    def ms(self) -> float:
        """About how many milliseconds it takes."""
        return 1_000 * _TIMES * self.needed / self.speed


def plan_compaction(url: str) -> CompactionPlan:
    """Looks at a SQLite file, and measures its disk. A server may use the file.

    Raises:
        UsageError: the database is no SQLite file.
        NotFoundError: there is no such file.
        AutomatorError: the file cannot be read, or there is no room for a new one.
    """
    database = database_of(url)
    if not isinstance(database, SQLite):
        raise UsageError(
            N_("only a SQLite file is written anew"),
            fix=N_("A PostgreSQL server uses the room of deleted rows again by itself."),
        )
    file, sample = database.file, database.file.with_name(f"{database.file.name}.sample")
    with errors_in_words(file, sample):
        with reading(file) as connection:
            pages, free, bytes_of_page = (
                connection.execute(f"PRAGMA {name}").fetchone()[0]
                for name in ("page_count", "freelist_count", "page_size")
            )
        room = require_room(file.parent, (pages - free) * bytes_of_page)
        with unfinished(sample), file.open("rb") as source, sample.open("wb") as target:
            began = time.perf_counter()
            copied = target.write(source.read(_SAMPLE))
            target.flush()
            os.fsync(target.fileno())
            speed = copied / (time.perf_counter() - began)
    size, free = pages * bytes_of_page, free * bytes_of_page
    return CompactionPlan(file=file, size=size, free=free, room=room, speed=speed)


def compact(plan: CompactionPlan, on_progress: Progress) -> int:
    """Writes the file anew; returns the number of bytes that it has then.

    The new file is verified before it takes the place of the old one. A process that is killed
    earlier has changed nothing.

    Raises:
        AutomatorError: another process uses the file, it is damaged, or the disk is full.
    """
    file, new = plan.file, plan.file.with_name(f"{plan.file.name}.compacting")
    release = SQLite(file).take()
    try:
        with errors_in_words(file, new), unfinished(new):
            with contextlib.closing(sqlite3.connect(file, isolation_level=None)) as connection:
                # Removes the log, which the new file must not find. Fails if anybody reads.
                connection.execute("PRAGMA journal_mode=DELETE")
                rows = counted_rows(connection)
                connection.set_progress_handler(
                    lambda: on_progress(new.stat().st_size, plan.needed), _STEPS
                )
                connection.execute("PRAGMA auto_vacuum=INCREMENTAL")
                connection.execute("VACUUM INTO ?", (str(new),))
            verify_copy(file, new, rows)
            new.replace(file)
            sync_file(file.parent)
        return file.stat().st_size
    finally:
        release()
