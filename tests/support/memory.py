"""A folder in memory for the files that tests make.

A commit on a disk takes milliseconds, and tests make tens of thousands. What a killed process has
written is in a file in memory as it is on a disk; tests/faults has disks that fail and lose power.
"""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_MEMORY = Path("/dev/shm")  # noqa: S108 - only the folders made here, which are this user's.
_PREFIX = "automator-tests-"
#: All tests at once need about a quarter of it.
_ROOM = 2 << 30


def keep_temporary_files_in_memory() -> Callable[[], None]:
    """Moves the temporary files of this process, and of those that it starts, into memory.

    Where TMPDIR names a folder, or there is too little memory, they stay where they are. The
    function that is returned deletes them.
    """
    if "TMPDIR" in os.environ or not _has_room():
        return lambda: None
    _delete_what_killed_processes_left()
    folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_MEMORY)
    os.environ["TMPDIR"] = tempfile.tempdir = folder

    def delete() -> None:
        del os.environ["TMPDIR"]
        tempfile.tempdir = None
        shutil.rmtree(folder, ignore_errors=True)

    return delete


def _has_room() -> bool:
    try:
        return os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free >= _ROOM
    except OSError:
        return False


def _delete_what_killed_processes_left() -> None:
    for left in _MEMORY.glob(f"{_PREFIX}*"):
        process = int(left.name.removeprefix(_PREFIX).partition("-")[0])
        with contextlib.suppress(PermissionError):
            try:
                os.kill(process, 0)
            except ProcessLookupError:
                shutil.rmtree(left, ignore_errors=True)
