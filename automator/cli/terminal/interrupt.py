"""Lets a command handle Ctrl-C: it ends soon and shows its result so far."""

import contextlib
import signal
from collections.abc import Callable, Iterator
from threading import Event
from types import FrameType


@contextlib.contextmanager
def ends_at_interrupt() -> Iterator[Callable[[], bool]]:
    """Yields a function that tells whether Ctrl-C was pressed; a second Ctrl-C ends the command."""
    is_asked = Event()

    def ask(_signal: int, _frame: FrameType | None) -> None:
        is_asked.set()
        signal.signal(signal.SIGINT, before)

    before = signal.signal(signal.SIGINT, ask)
    try:
        yield is_asked.is_set
    finally:
        signal.signal(signal.SIGINT, before)
