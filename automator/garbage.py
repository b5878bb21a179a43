"""Adapts garbage collection to processes that make many objects and hardly any cycles.

A server also returns freed memory to the system after large work.
"""

import ctypes
import gc
import os
from collections.abc import Callable
from pathlib import Path


def collect_seldom() -> None:
    """Makes garbage collection rare, since imports and events leave few cycles behind.

    With Python's default thresholds a start takes 8 % longer, an event 10 to 16 µs, and the slowest
    answers twice as long.
    """
    gc.set_threshold(50_000, 20, 100)


def collect_nothing() -> None:
    """Switches garbage collection off until `freeze_objects`, for the start of a process.

    A start leaves only 1,300 objects of garbage, and looking for them takes 0.1 to 0.2 s of CPU.
    """
    gc.disable()


def freeze_objects() -> None:
    """Exempts all present objects from garbage collection, and makes it rare; see `collect_seldom`.

    Objects that were made while collection was switched off are exempted unexamined.
    """
    if gc.isenabled():
        gc.collect()
    gc.freeze()
    gc.enable()


#: How many bytes a process grows before it returns free memory.
_GROWTH = 16_777_216


class FreeMemory:
    """Returns to the system the memory that large work has freed; glibc would keep it for reuse.

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
        """Returns free memory if the process has grown; called from time to time, in a thread.

        It takes some milliseconds per 100 MB, during which other threads go on.
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
