"""Runs recurring work: each piece at its own interval, by the monotonic clock.

Somebody may set the wall clock at any time, so intervals do not depend on it. The timers of
APScheduler follow the wall clock and stop when it is set back, so they are not used.
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
    """Does the work for each item, one after another; returns the results.

    A failure does not keep the other items from being done. The first error is raised at the end.
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
    """Runs pieces of work between `start` and `stop`, each in its own task."""

    def __init__(self) -> None:
        self._work: dict[str, tuple[float, Work, Callable[[], int]]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    def every(
        self, seconds: float, name: str, work: Work, patience: Callable[[], int] = lambda: 1
    ) -> None:
        """Has `work` done every `seconds` seconds, for the first time after one interval.

        If the work takes longer than an interval, the missed times are skipped. `patience` returns
        how many intervals pass at the moment until the work is done again.
        """
        self._work[name] = (seconds, work, patience)

    def start(self) -> None:
        """Starts the tasks. Call it on the event loop to which the work belongs."""
        loop = asyncio.get_running_loop()
        self._tasks = [
            loop.create_task(_repeat(seconds, name, work, patience), name=name)
            for name, (seconds, work, patience) in self._work.items()
        ]

    async def stop(self) -> None:
        """Cancels all tasks, including work that is under way."""
        for task in self._tasks:
            task.cancel()
        for task in self._tasks:
            with contextlib.suppress(asyncio.CancelledError):
                await task


async def _repeat(seconds: float, name: str, work: Work, patience: Callable[[], int]) -> None:
    loop = asyncio.get_running_loop()
    due = loop.time() + seconds
    failures = Failures("housekeeping", f"work={name!r}")
    passed = 0
    while True:
        await asyncio.sleep(max(0.0, due - loop.time()))
        passed += 1
        if passed >= patience():
            passed = 0
            try:
                await work()
            except Exception as error:  # noqa: BLE001 - the next time must come in any case.
                failures.add(error)
            else:
                failures.end()
        now = loop.time()
        while due <= now:
            due += seconds
