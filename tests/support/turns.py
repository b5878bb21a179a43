"""The work that code does on the event loop between two of its turns, counted and not timed.

While one turn lasts, the server answers nobody. What runs in threads is not counted.
"""

import asyncio
import contextlib
import sys
import traceback
from collections.abc import Iterator
from contextvars import ContextVar
from dataclasses import dataclass
from types import FrameType
from typing import Any

import pytest


@dataclass(slots=True)
class Turns:
    """The largest turn since the last `forget`, in calls of functions, and its place at `bound`."""

    bound: int
    #: The functions that were under way when a turn passed the bound.
    place: str = ""
    #: The calls of all turns that have ended.
    total: int = 0
    _ended: int = 0
    _count: int = 0

    @property
    def most(self) -> int:
        """The calls of the largest turn, the present one included."""
        return max(self._ended, self._count)

    def forget(self) -> None:
        """Begins anew."""
        self.place, self.total, self._ended, self._count = "", 0, 0, 0

    def begin(self) -> None:
        """A turn begins: the one before has ended."""
        self.total += self._count
        self._ended, self._count = self.most, 0

    def note(self, frame: FrameType, event: str, _argument: Any) -> None:
        """Counts a call; for `sys.setprofile`."""
        if event in ("call", "c_call"):
            self._count += 1
            if self._count == self.bound:
                self.place = _ours(frame)


def _ours(frame: FrameType) -> str:
    """The functions of this project that lead to a frame."""
    found = [
        f"{one.filename.partition('/automator/')[2]}:{one.lineno} {one.name}"
        for one in traceback.extract_stack(frame)
        if "/automator/" in one.filename
    ]
    return " > ".join(found[-6:])


@contextlib.contextmanager
def counted_turns(bound: int, caused_by: ContextVar[Any] | None = None) -> Iterator[Turns]:
    """Counts the turns of the loop that runs now: all of them, or only the turns of tasks in whose
    context a variable is set. A server's own recurring work is then not counted.
    """
    turns = Turns(bound)
    run = asyncio.Handle._run

    def counted(handle: asyncio.Handle) -> None:
        if caused_by is None:
            turns.begin()
            run(handle)
        elif caused_by in handle._context:  # type: ignore[attr-defined]
            turns.begin()
            sys.setprofile(turns.note)
            run(handle)
            sys.setprofile(None)
        else:
            run(handle)

    before = sys.getprofile()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(asyncio.Handle, "_run", counted)
        sys.setprofile(turns.note if caused_by is None else None)
        try:
            yield turns
        finally:
            sys.setprofile(before)
