"""Kills a server at a moment that others see: the target, a sender, or a look at its file."""

import os
import signal
import sqlite3
import threading
from pathlib import Path

#: Every moment at which a server is caught, in the order of an event's life. `anywhere` is a time.
POINTS = (
    "before_ack",
    "after_ack",
    "after_claim",
    "at_request",
    "before_answer",
    "mid_answer",
    "after_answer",
    "anywhere",
)


class Killer:
    """Armed with a point and how often it is to pass by before."""

    def __init__(self) -> None:
        self.point = ""
        self.fired = threading.Event()
        self._pid = 0
        self._left = 0
        self._lock = threading.Lock()

    def arm(self, pid: int, point: str, after: int) -> None:
        """From now on the `after`-th time that `point` is reached kills the process."""
        with self._lock:
            self.fired.clear()
            self._pid, self._left, self.point = pid, after, point

    def reached(self, point: str) -> None:
        """Called by whoever sees it, in any thread."""
        if point != self.point:
            return
        with self._lock:
            if point != self.point:
                return
            self._left -= 1
            if self._left > 0:
                return
            self.point = ""
            os.kill(self._pid, signal.SIGKILL)
            self.fired.set()


def wait_for_claim(file: Path, killer: Killer) -> None:
    """Looks into the database until it shows a claim while the killer waits for one."""
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=1)
    try:
        while killer.point == "after_claim":
            if connection.execute("SELECT 1 FROM runs WHERE state = 1 LIMIT 1").fetchone():
                killer.reached("after_claim")
    finally:
        connection.close()
