"""Writes files so that they survive a crash and a power cut."""

import os
import tempfile
from pathlib import Path


def write_durably(path: Path, text: str) -> None:
    """Replaces a file, or creates it with its folder; a crash leaves the old or the new text.

    An existing file keeps its permissions; only this user may read a new file.

    Raises:
        OSError: the file cannot be written, and is unchanged.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".saving-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        if path.exists():
            Path(temporary).chmod(path.stat().st_mode & 0o777)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    sync_file(path.parent)


def sync_file(path: Path) -> None:
    """Waits until the contents of a file, or the file names of a folder, are on the disk.

    Raises:
        OSError: the disk refuses them.
    """
    handle = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
