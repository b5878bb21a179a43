"""Real faults for real processes: a small disk, and system calls that fail.

Both need root. If they are missing, the test is skipped and says why; under CI it fails.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import wait_until


def unavailable(why: str) -> None:
    """Skips the test, or fails it under CI, where it must really run."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)


@contextlib.contextmanager
def small_disk(folder: Path, megabytes: int) -> Iterator[None]:
    """Mounts a disk of that size on a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m,mode=700", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        unavailable(f"no small disk can be mounted here: {mounted.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def fill(file: Path) -> None:
    """Writes until the disk takes no more."""
    with file.open("wb", buffering=0) as handle, contextlib.suppress(OSError):
        while handle.write(b"\0" * 65_536):
            pass


@contextlib.contextmanager
def failing_syscalls(pid: int, fault: str, log: Path) -> Iterator[None]:
    """Makes system calls of a running process fail, as in `fdatasync,fsync:error=EIO:when=3`."""
    if shutil.which("strace") is None:
        unavailable("strace is not installed: apt-get install strace")
    calls = fault.partition(":")[0]
    arguments = ["strace", "-f", "-qq", "-o", str(log), "-e", f"trace={calls}"]
    tracer = subprocess.Popen(
        [*arguments, "-e", f"inject={fault}", "-p", str(pid)],
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_until(lambda: tracer.poll() is not None or is_traced(pid), "strace to attach")
        if tracer.poll() is not None:
            assert tracer.stderr is not None
            unavailable(f"strace cannot attach here: {tracer.stderr.read().strip()}")
        yield
    finally:
        tracer.terminate()
        tracer.communicate()


def is_traced(pid: int) -> bool:
    """Every thread of the process has a tracer."""
    with contextlib.suppress(FileNotFoundError):
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return all("TracerPid:\t0" not in (task / "status").read_text() for task in tasks)
    return False
