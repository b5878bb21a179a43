"""Runs recurring work, each piece at its own interval by the monotonic clock.

The wall clock may be set at any time, so no interval is computed from it. APScheduler's own timers
follow the wall clock and stop when it is set back, so they are not used.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Iterable
from typing import TypeVar

from automator.engine.failure_log import Failures

Work = Callable[[], Awaitable[object]]
_Item = TypeVar("_Item")
_Result = TypeVar("_Result")


async def each_of(
    items: Iterable[_Item], work: Callable[[_Item], Awaitable[_Result]]
) -> list[_Result]:
    """Does the work for each item in turn. A failure does not hold up the other items: the first
    error is raised after the last item.
    """
    done: list[_Result] = []
    failed: Exception | None = None
    for item in items:
        try:
            done.append(await work(item))
        except Exception as error:  # noqa: BLE001 - it is raised below.
            failed = failed or error
    if failed is not None:
        raise failed
    return done


class Recurring:
    """Runs each piece of work in a task of its own, between `start` and `stop`."""

    def __init__(self) -> None:
        self._work: dict[str, tuple[float, Work]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def every(self, seconds: float, name: str, work: Work) -> None:
        """Does `work` every so many seconds, for the first time after one interval.

        If a piece of work takes longer than its interval, the missed times are skipped.
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
        """Cancels all tasks, including work that is under way."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _repeat(seconds: float, name: str, work: Work) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    failures = Failures("housekeeping", f"work={name!r}")
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
