"""Writes `control.json`, through which commands on this machine find the server of a data folder.

The server keeps the file locked while it lives. A process id would not prove that it lives: after a
kill another program may get the same id, and every container's first process has the same id.
"""

import contextlib
import fcntl
import json
import os
from pathlib import Path
from typing import IO, Any

from automator.model import N_, ConflictError

CONTROL_FILE = "control.json"


class ControlFile:
    """The control file of this server: its address and the token of the command line."""

    def __init__(self, data: Path, *, url: str, token: str) -> None:
        """Writes the file in one step and locks it; only this user can read it."""
        self._path = data / CONTROL_FILE
        temporary = self._path.with_suffix(".new")
        temporary.unlink(missing_ok=True)
        self._handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        # On a file system without locks, commands trust the file.
        with contextlib.suppress(OSError):
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        with os.fdopen(self._handle, "w", encoding="utf-8", closefd=False) as file:
            json.dump({"url": url, "token": token, "pid": os.getpid()}, file)
        temporary.replace(self._path)

    def remove(self) -> None:
        """Removes the file when the server stops, unless another server has written its own."""
        with contextlib.suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(self._handle), self._path.stat()):
                self._path.unlink()
        os.close(self._handle)


def require_no_server(data: Path) -> None:
    """Makes sure that no other server works on this data folder.

    With PostgreSQL no lock on a database file prevents a second server, and commands would find
    only the server that started last.

    Raises:
        ConflictError: another server works on the folder.
    """
    with contextlib.suppress(FileNotFoundError), (data / CONTROL_FILE).open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise ConflictError(
                N_("another server works on the data folder {folder}"),
                fix=N_("Stop the other server, or give this one its own folder: --data FOLDER"),
                folder=data,
            ) from error
        except OSError:
            return  # On a file system without locks nobody can tell.


def is_held(file: IO[Any]) -> bool:
    """Whether the server that wrote this control file lives; True on file systems without locks."""
    try:
        fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except OSError:
        return True
    return False
