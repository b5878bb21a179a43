"""Checks of the disk under a SQLite file: its free space, and whether the file still exists.

New events are refused before the disk is full, so that runs can still be settled and old rows
deleted. A reserve file keeps some room for that even when another program fills the disk.
"""

import contextlib
import errno
import logging
import os
from collections.abc import Iterator
from pathlib import Path

from automator.model import N_, AutomatorError, Reason, record
from automator.reasons.database import disk_full, little_room, no_room_for_delivery
from automator.store.database.failure import NO_SPACE
from automator.store.database.files import RESERVE_END, companions, make_file

logger = logging.getLogger(__name__)

#: Free bytes below which new events are refused: this number, or this part of the disk if it is
#: less.
KEEP_FREE = 200_000_000
_PART_OF_DISK = 20
#: Bytes of the reserve file: this number, or this part of the space kept free if it is less.
RESERVE = 16 * 1024 * 1024
_PART_OF_FREE = 4
#: Bytes that are written for each byte of a delivery: its body, its events and their rows in lists,
#: each into the write-ahead log and from there into the database.
WRITTEN_OF_EACH = 6


@record(kw_only=False)
class Room:
    """The bytes to keep free, and the bytes to keep in reserve; None for the default."""

    keep_free: int | None = None
    reserve: int | None = None


class Disk:
    """Watches the free space of one database. `measure` may be called from any thread, one at
    a time.
    """

    def __init__(self, database: Path, room: Room) -> None:
        self._database = database
        self._room = room
        self._reserve = database.with_name(database.name + RESERVE_END)
        #: Device and inode number of each file when it was opened.
        self._known: dict[Path, tuple[int, int]] = {}
        #: Why new events are refused; empty if there is room.
        self.shortage: Reason | None = None
        #: How much more may be written, by the last measurement.
        self._left = 1 << 62
        #: Bytes still to be written for the deliveries since the last measurement, and for
        #: deliveries before it that may not have been on the disk by then.
        self._coming = self._coming_before = 0

    def admit(self, size: int) -> Reason | None:
        """Takes note of a delivery with this number of bytes; returns why there is no room for it,
        if so.
        """
        if self.shortage is not None:
            return self.shortage
        coming = self._coming + WRITTEN_OF_EACH * size
        if self._coming_before + coming > self._left:
            return no_room_for_delivery(database=str(self._database), size=size)
        self._coming = coming
        return None

    def measure(self, database_bytes: int = 0) -> None:
        """Measures the free space, and refuses new events or accepts them again.

        `database_bytes` is the size of the database's file after the whole write-ahead log is
        copied into it.
        """
        self._coming_before, self._coming = self._coming, 0
        found = os.statvfs(self._database.parent)
        free = found.f_bavail * found.f_frsize
        with contextlib.suppress(OSError):
            free -= max(0, database_bytes - self._database.stat().st_size)
        floor, reserve = self._limits(found.f_blocks * found.f_frsize)
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
        """Takes note of a full disk: refuses new events, and gives up the reserve for runs under
        way.

        False if there was no reserve left.
        """
        self._refuse(disk_full(database=str(self._database)))
        try:
            self._reserve.unlink()
        except OSError:
            return False
        logger.error("store.reserve_used")
        return True

    def lost_file(self) -> Path | None:
        """A file of the database that was replaced since it was opened; None if there is none."""
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
        room = self._room
        floor = min(KEEP_FREE, size // _PART_OF_DISK) if room.keep_free is None else room.keep_free
        reserve = min(RESERVE, floor // _PART_OF_FREE) if room.reserve is None else room.reserve
        return floor, reserve

    def _refuse(self, why: Reason) -> None:
        if not self.shortage:
            logger.error("store.no_room: %s; new deliveries are refused", why)
        self.shortage = why

    def _make_reserve(self, size: int) -> None:
        """A file of real blocks, not of a hole."""
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
    """The error of a server that cannot start because a disk is full."""
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
    """Turns the error of a full disk, whatever was being written, into an error with place and
    advice.

    Raises:
        AutomatorError: the disk is full; its code is `no_space`.
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
