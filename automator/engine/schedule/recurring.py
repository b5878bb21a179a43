"""Runs recurring work, each piece at its own interval by the monotonic clock.

The wall clock may be set at any time, so no interval is computed from it. APScheduler's own timers
follow the wall clock and stop when it is set back, so they are not used.
"""

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from automator.model import AutomatorError
from automator.store import unavailable_cause

logger = logging.getLogger(__name__)

Work = Callable[[], Awaitable[object]]


class Recurring:
    """Runs each piece of work in a task of its own, between `start` and `stop`."""

    def __init__(self) -> None:
        self._work: dict[str, tuple[float, Work]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def every(self, seconds: float, name: str, work: Work) -> None:
        """Does `work` every so many seconds, for the first time after one interval.

        A piece of work that takes longer than its interval skips the times that it missed.
        """
        self._work[name] = (seconds, work)

    def start(self) -> None:
        """Starts the tasks. Call it on the event loop that the work belongs to."""
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(_repeat(seconds, name, work), name=name)
            for name, (seconds, work) in self._work.items()
        ]

    async def stop(self) -> None:
        """Cancels all tasks, also work that is under way."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


class _Failures:
    """Logs once that a piece of work fails, and once that it works again."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._count = 0
        self._said = ""

    def add(self, error: Exception) -> None:
        """Logs the error, unless it is the one that was logged last."""
        self._count += 1
        unavailable = unavailable_cause(error)
        said = unavailable or error
        text = f"{type(said).__name__}: {said}"
        if text == self._said:
            return
        self._said = text
        # A refusal of the system, such as too many open files, is no fault of the program, so that
        # its place in the program does not matter.
        is_known = unavailable is not None or isinstance(error, OSError | AutomatorError)
        trace = None if is_known else error
        logger.error("housekeeping.failed work=%r: %s", self._name, text, exc_info=trace)

    def end(self) -> None:
        """Notes that the work has succeeded."""
        if self._count:
            logger.info("housekeeping.recovered work=%r failures=%d", self._name, self._count)
        self._count, self._said = 0, ""


async def _repeat(seconds: float, name: str, work: Work) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    failures = _Failures(name)
    while True:
        await asyncio.sleep(max(0.0, due - loop.time()))
        try:
            await work()
        except Exception as error:  # noqa: BLE001 - the next time must come in any case.
            failures.add(error)
        else:
            failures.end()
        now = loop.time()
        while due <= now:
            due += seconds
