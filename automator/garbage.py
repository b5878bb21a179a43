"""Makes garbage collection rare, because this program makes many objects and hardly any cycles.

A server also returns freed memory to the system after large work.
"""

import ctypes
import gc
import os
from collections.abc import Callable
from pathlib import Path


def collect_seldom() -> None:
    """Raises the thresholds of garbage collection, since imports and events leave few cycles.

    With Python's default thresholds a start takes 8 % longer, an event takes 10 to 16 µs longer,
    and the slowest answers take twice as long.
    """
    gc.set_threshold(50_000, 20, 100)


def collect_nothing() -> None:
    """Switches garbage collection off until `freeze_objects`, for the start of a process.

    A start leaves only 1,300 objects of garbage, and looking for them takes 0.1 to 0.2 s of CPU.
    """
    gc.disable()


def freeze_objects() -> None:
    """Exempts all present objects from garbage collection, and switches it on again.

    If collection was on, garbage is collected first. If it was off, garbage is exempted too.
    """
    if gc.isenabled():
        gc.collect()
    gc.freeze()
    gc.enable()


#: Bytes by which a process grows before it returns free memory.
_GROWTH = 16_777_216


class FreeMemory:
    """Returns freed memory to the system after large work; glibc would keep it for reuse.

    Python itself returns the memory of small objects; glibc manages blocks above half a kilobyte.
    """

    def __init__(
        self, trim: Callable[[], object] | None = None, resident: Callable[[], int] | None = None
    ) -> None:
        """`trim` returns the memory; `resident` counts the bytes that the process has now."""
        self._trim = trim or _trim_of_glibc()
        self._resident = resident or _resident
        self._before = 0

    def give_back(self) -> None:
        """Returns free memory if the process has grown; to be called regularly, in a thread.

        A call takes some milliseconds per 100 MB, and other threads run meanwhile.
        """
        if self._trim is not None and self._resident() > self._before + _GROWTH:
            self._trim()
            self._before = self._resident()


def _trim_of_glibc() -> Callable[[], object] | None:
    """Finds the function that returns memory; None if the process does not use glibc."""
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    return None if trim is None else lambda: trim(0)


def _resident() -> int:
    pages = int(Path("/proc/self/statm").read_bytes().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE")
