"""The tasks in which a runner's lanes are worked on: a task that has done one takes the next.

Making and ending a task costs as much as all checks of a run before its first step.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from automator.model import Claimed

logger = logging.getLogger(__name__)


class LaneTasks:
    """Works on claimed batches, each the next runs of a lane. Belongs to the event loop."""

    def __init__(
        self,
        work: Callable[[list[Claimed]], Awaitable[None]],
        on_done: Callable[[], None],
        most_idle: int,
    ) -> None:
        """`work` does a batch, and `on_done` is called after each; `most_idle` tasks are kept."""
        self._work = work
        self._on_done = on_done
        self._most_idle = most_idle
        self._busy: set[asyncio.Task[None]] = set()
        #: Those that only wait for the commit of their last settlement.
        self._ending: set[asyncio.Task[None]] = set()
        #: Those that wait for a batch, each with the future that hands one over.
        self._idle: list[tuple[asyncio.Task[None], asyncio.Future[list[Claimed]]]] = []
        self._is_stopping = False

    @property
    def working(self) -> int:
        """The number of batches under way, without those that only wait for their last commit."""
        return len(self._busy) - len(self._ending)

    def start(self, batch: list[Claimed]) -> None:
        """Has a batch worked on."""
        while self._idle:
            task, handed = self._idle.pop()
            if not handed.done():
                handed.set_result(batch)
                self._busy.add(task)
                return
        task = asyncio.get_running_loop().create_task(self._go_on(batch))
        self._busy.add(task)
        task.add_done_callback(self._leave)

    def note_ending(self) -> None:
        """Counts the batch of the current task as done, though its last commit is to come."""
        task = asyncio.current_task()
        if task is not None and task in self._busy:
            self._ending.add(task)

    async def stop(self, drain_s: float) -> None:
        """Gives the tasks `drain_s` seconds to end, and cancels those that have not ended."""
        self._is_stopping = True
        for _, handed in self._idle:
            handed.cancel()
        if self._busy:
            _, unfinished = await asyncio.wait(set(self._busy), timeout=drain_s)
            for task in unfinished:
                task.cancel()
            await asyncio.gather(*unfinished, return_exceptions=True)

    async def _go_on(self, batch: list[Claimed]) -> None:
        """Works on this batch, and on each that is handed over afterwards."""
        loop, task = asyncio.get_running_loop(), asyncio.current_task()
        while task is not None:
            try:
                await self._work(batch)
            except Exception:
                # The next batch has nothing to do with it.
                logger.exception("runner.lane_failed")
            self._leave(task)
            if self._is_stopping or len(self._idle) >= self._most_idle:
                return
            handed: asyncio.Future[list[Claimed]] = loop.create_future()
            self._idle.append((task, handed))
            batch = await handed

    def _leave(self, task: "asyncio.Task[None]") -> None:
        """A batch was worked on, or the task was cancelled."""
        if task in self._busy:
            self._busy.discard(task)
            self._ending.discard(task)
            self._on_done()
