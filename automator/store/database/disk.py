"""Watches the disk under a SQLite file: its free space, and whether the file is still there.

New events are refused before the disk is full, so that runs can still be settled and old rows be
deleted. A reserve file keeps some room for this, even if another program fills the disk.
"""

import contextlib
import errno
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from automator.model import N_, AutomatorError, Reason, record
from automator.reasons.database import disk_full, little_room, no_room_for_delivery
from automator.store.database.database_errors import NO_SPACE
from automator.store.database.sqlite_files import RESERVE_END, companions, make_file

logger = logging.getLogger(__name__)

#: New events are refused if fewer bytes than this are free, or less than a twentieth of the disk,
#: whichever is smaller.
KEEP_FREE = 200_000_000
_PART_OF_DISK = 20
#: A disk is low if fewer bytes than this are free, or less than a tenth of it.
LOW = 1_000_000_000
_LOW_PART_OF_DISK = 10
#: How many bytes the reserve file has; less if the space to keep free is small.
RESERVE = 16 * 1024 * 1024
_PART_OF_FREE = 4
#: How many bytes are written for each byte of a delivery: its body, its events and their rows in
#: lists, all first into the write-ahead log and then into the database.
WRITTEN_OF_EACH = 6


@record(kw_only=False)
class Room:
    """Bytes to keep free, to keep in reserve, and below which to warn; None for the default."""

    keep_free: int | None = None
    reserve: int | None = None
    low: int | None = None

    def floor(self, size: int) -> int:
        """The bytes to keep free on a disk of this size."""
        return min(KEEP_FREE, size // _PART_OF_DISK) if self.keep_free is None else self.keep_free


def little_left(folder: Path, room: Room) -> int | None:
    """The free bytes of the disk under a folder if they are few; None if they are enough."""
    disk = shutil.disk_usage(folder)
    floor = room.floor(disk.total)
    usual = max(2 * floor, min(LOW, disk.total // _LOW_PART_OF_DISK))
    return disk.free if disk.free < max(floor, usual if room.low is None else room.low) else None


class Disk:
    """Watches the free space for one database.

    `measure` may be called from any thread, but only by one at a time.
    """

    def __init__(self, database: Path, room: Room) -> None:
        self._database = database
        self.folder = database.parent
        self._room = room
        self._reserve = database.with_name(database.name + RESERVE_END)
        #: Device and inode number of each file, as of when it was opened.
        self._known: dict[Path, tuple[int, int]] = {}
        #: Why new events are refused; None if there is room.
        self.shortage: Reason | None = None
        #: How many more bytes may be written, by the last measurement.
        self._left = 1 << 62
        #: How many bytes the deliveries since the last measurement will take.
        self._coming = 0
        #: The same for the deliveries before it, which may not have been on the disk yet.
        self._coming_before = 0

    def admit(self, size: int) -> Reason | None:
        """Counts a delivery with this number of bytes; returns why there is no room, or None."""
        if self.shortage is not None:
            return self.shortage
        coming = self._coming + WRITTEN_OF_EACH * size
        if self._coming_before + coming > self._left:
            return no_room_for_delivery(database=str(self._database), size=size)
        self._coming = coming
        return None

    def measure(self, database_bytes: int = 0) -> None:
        """Measures the free space, and refuses new events or accepts them again.

        `database_bytes`: the size of the database's file once the whole write-ahead log is copied
        into it.
        """
        self._coming_before, self._coming = self._coming, 0
        disk = shutil.disk_usage(self.folder)
        free = disk.free
        with contextlib.suppress(OSError):
            free -= max(0, database_bytes - self._database.stat().st_size)
        floor, reserve = self._limits(disk.total)
        self._left = free - floor
        missing = 0 if self._reserve.exists() else reserve
        if free < floor:
            left = max(0, free) // 1_000_000
            self._refuse(little_room(database=str(self._database), free=left))
        elif free >= floor + missing:
            if missing:
                self._make_reserve(reserve)
            if self.shortage:
                logger.warning("store.room_again free_mb=%d", free // 1_000_000)
            self.shortage = None

    def note_full(self) -> bool:
        """Refuses new events because the disk is full, and gives up the reserve for started runs.

        Returns False if there was no reserve left.
        """
        self._refuse(disk_full(database=str(self._database)))
        try:
            self._reserve.unlink()
        except OSError:
            return False
        logger.error("store.reserve_used")
        return True

    def lost_file(self) -> Path | None:
        """A file of the database that was replaced since it was opened; None if none was."""
        for file in (self._database, *companions(self._database)):
            try:
                found = file.stat()
            except (FileNotFoundError, NotADirectoryError):
                if file in self._known:
                    return file
                continue
            identity = (found.st_dev, found.st_ino)
            if self._known.setdefault(file, identity) != identity:
                return file
        return None

    def _limits(self, size: int) -> tuple[int, int]:
        floor, reserve = self._room.floor(size), self._room.reserve
        reserve = min(RESERVE, floor // _PART_OF_FREE) if reserve is None else reserve
        return floor, reserve

    def _refuse(self, why: Reason) -> None:
        if not self.shortage:
            logger.error("store.no_room: %s; new deliveries are refused", why)
        self.shortage = why

    def _make_reserve(self, size: int) -> None:
        """Makes a file that really occupies its blocks, not a sparse one."""
        try:
            make_file(self._reserve)
            handle = os.open(self._reserve, os.O_WRONLY | os.O_CLOEXEC)
            try:
                os.posix_fallocate(handle, 0, size)
            finally:
                os.close(handle)
        except OSError as error:
            logger.warning("store.no_reserve: %s", error)
            with contextlib.suppress(OSError):
                self._reserve.unlink()


def no_room(place: Path) -> AutomatorError:
    """Makes the error of a server that cannot start because a disk is full."""
    folder = place if place.is_dir() else place.parent
    return AutomatorError(
        N_("the disk of {place} is full, and the reserve that is kept for this is spent"),
        fix=N_(
            "Make room on it (df -h {folder}; df -i {folder} counts its files), then start "
            "again: the stored data are not damaged."
        ),
        code=NO_SPACE,
        place=place,
        folder=folder,
    )


@contextlib.contextmanager
def full_disk_in_words(place: Path) -> Iterator[None]:
    """Turns the error of a full disk into an error that names the place and has advice.

    It does not matter what was being written.

    Raises:
        AutomatorError: the disk is full (code `no_space`).
    """
    try:
        yield
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise no_room(Path(error.filename) if error.filename else place) from error
    except AutomatorError as error:
        if error.code != NO_SPACE:
            raise
        raise no_room(place) from error
