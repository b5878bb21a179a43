"""The file of a SQLite database: its lock, its permissions, and moving it during a restore."""

import contextlib
import fcntl
import os
import stat
from pathlib import Path
from typing import Literal
from urllib.parse import quote

from automator.model import N_, AutomatorError, Reason
from automator.reasons.database import data_folder_open
from automator.reasons.quoted import os_reason

_PRIVATE_FOLDER = 0o700
_PRIVATE_FILE = 0o600
#: The ends of the names of this program's own files beside the database.
LOCK_END = ".lock"
RESERVE_END = ".reserve"
#: Parts of file names between a database's name and the time of a restore: of the new database
#: while it is prepared, and of the old database after it was set aside.
RESTORING, REPLACED = ".restoring-", ".replaced-"
_NETWORK = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "ceph", "glusterfs", "fuse.sshfs", "davfs")


class FileLock:
    """Holds the lock file `<database>.lock` while this process uses the database."""

    def __init__(self, database: Path) -> None:
        """Takes the lock.

        Raises:
            AutomatorError: another process has the lock.
        """
        self.path = database.with_name(database.name + LOCK_END)
        self._handle = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE)
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            holder = os.read(self._handle, 32).decode("ascii", "replace").strip()
            os.close(self._handle)
            raise AutomatorError(
                N_("the database {database} is in use by another process (process {holder})")
                if holder
                else N_("the database {database} is in use by another process"),
                fix=N_(
                    "A server that is just starting can be asked in a moment: try again then."
                    " Otherwise stop the other process, or name another folder: --data FOLDER"
                ),
                code="database-locked",
                database=database,
                holder=holder,
            ) from error
        # On a full disk even this note cannot be written, but the lock holds without it.
        with contextlib.suppress(OSError):
            os.ftruncate(self._handle, 0)
            os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Releases the lock. The file stays: with a deleted file, two could hold a lock."""
        os.close(self._handle)


def sqlite_uri(database: Path, mode: Literal["ro", "rw"]) -> str:
    """The address with which SQLite opens the file only if it exists."""
    still = "&immutable=1" if mode == "ro" and _stands_still(database) else ""
    return f"file:{quote(str(database), safe='/')}?mode={mode}{still}"


def _stands_still(database: Path) -> bool:
    """Whether certainly nobody can write to the file now.

    Its disk is mounted read-only, so SQLite cannot create its own files beside the database. And
    there are none of these, so no server uses the file through another mount.
    """
    try:
        is_read_only = bool(os.statvfs(database.parent).f_flag & os.ST_RDONLY)
    except OSError:
        return False
    return is_read_only and not any(file.exists() for file in companions(database))


def take_files(database: Path) -> FileLock:
    """Makes the folder and the file for this user alone, and locks the file.

    Raises:
        AutomatorError: they cannot be made, are another user's, or another process has the lock.
    """
    try:
        make_folder(database.parent)
        require_safe_folder(database.parent)
        lock = FileLock(database)
        try:
            put_back(database)
            _make_private(database)
        except BaseException:
            lock.release()
            raise
        return lock
    except OSError as error:
        raise AutomatorError(
            N_("the database {database} cannot be opened: {reason}"),
            fix=N_("Choose a folder that this user may write to: --data FOLDER"),
            code="database-files",
            database=database,
            reason=os_reason(error),
        ) from error


def _make_private(database: Path) -> None:
    handle = os.open(database, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, _PRIVATE_FILE)
    os.close(handle)
    beside = [database.with_name(database.name + end) for end in (LOCK_END, RESERVE_END)]
    for file in (database, *companions(database), *beside):
        with contextlib.suppress(FileNotFoundError):
            file.chmod(_PRIVATE_FILE)


def require_safe_folder(folder: Path) -> None:
    """Checks that nobody else can write to the folder, and that its file system is durable.

    Raises:
        AutomatorError: others can write to the folder, or it is on a network file system.
    """
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        raise AutomatorError(
            N_("every user of this machine may write to the data folder {folder}"),
            fix=N_("chmod 700 {folder}"),
            code="unsafe-folder",
            folder=folder,
        )
    kind = file_system_of(folder)
    if kind in _NETWORK:
        raise AutomatorError(
            N_(
                "the data folder {folder} is on a network file system ({kind}), whose locks and"
                " syncs cannot be relied on"
            ),
            fix=N_("Put it on a local disk, or use PostgreSQL: --database"),
            code="network-disk",
            folder=folder,
            kind=kind,
        )


def privacy_warning(folder: Path) -> Reason | None:
    """A warning if other users can read a data folder; None if they cannot."""
    is_open = folder.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO)
    return data_folder_open(folder=str(folder)) if is_open else None


def file_system_of(folder: Path, mounts: str | None = None) -> str:
    """The kind of file system on which a folder is, as in `ext4`; "" if not known."""
    if mounts is None:
        try:
            mounts = Path("/proc/self/mounts").read_text(encoding="utf-8", errors="replace")
        except OSError:
            return ""
    best, kind = "", ""
    place = f"{folder.resolve()}/"
    for line in mounts.splitlines():
        _, point, name, *_ = line.split(" ")
        point = point.replace("\\040", " ").rstrip("/") + "/"
        # If several file systems are mounted at one point, the last one counts.
        if place.startswith(point) and len(point) >= len(best):
            best, kind = point, name
    return kind


def make_folder(folder: Path) -> None:
    """Makes a folder for this user alone, if it does not exist.

    Raises:
        OSError: the folder cannot be made.
    """
    if not folder.exists():
        folder.mkdir(mode=_PRIVATE_FOLDER, parents=True)


def make_file(file: Path) -> None:
    """Makes a new file for this user alone.

    Raises:
        OSError: the file exists already, or cannot be made.
    """
    os.close(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _PRIVATE_FILE))


def companions(database: Path) -> tuple[Path, ...]:
    """The files that SQLite keeps beside the database."""
    return tuple(database.with_name(database.name + end) for end in ("-wal", "-shm"))


def set_aside(database: Path, stamp: str) -> Path | None:
    """Renames the database and its files, the log first; None if there is no database."""
    if not database.exists():
        for file in companions(database):
            file.unlink(missing_ok=True)
        return None
    kept = database.with_name(database.name + REPLACED + stamp)
    for file, aside in _moved(database, kept):
        with contextlib.suppress(FileNotFoundError):
            file.rename(aside)
    return kept


def half_restored(database: Path) -> list[Path]:
    """The files that unfinished restores have left."""
    begins = database.name + RESTORING
    files = [file for file in database.parent.iterdir() if file.name.startswith(begins)]
    return [file for file in files if file.name.endswith("Z")]


def put_back(database: Path) -> None:
    """Moves back the files that a killed restore had set aside.

    The log has to be moved back too: without it the database would lack its last commits.

    Raises:
        OSError: a file cannot be moved.
    """
    for new in half_restored(database):
        stamp = new.name.removeprefix(database.name + RESTORING)
        kept = database.with_name(database.name + REPLACED + stamp)
        for file, aside in reversed(_moved(database, kept)):
            if aside.exists() and not file.exists():
                aside.rename(file)


def _moved(database: Path, kept: Path) -> list[tuple[Path, Path]]:
    return list(zip((*companions(database), database), (*companions(kept), kept), strict=True))
