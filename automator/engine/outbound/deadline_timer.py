"""Deadlines that are hardly ever reached, with one timer of the event loop for all of them.

Setting a timer of the event loop and taking it back costs about as much as writing a request does.
"""

import asyncio
import math
from collections.abc import Callable
from types import TracebackType

#: Seconds by which a deadline may be late.
TICK_S = 0.01

#: A deadline that was set: its tick, and its number.
Entry = tuple[int, int]


class Deadlines:
    """Calls functions at their deadlines, if they are not removed before. Belongs to one loop."""

    def __init__(self) -> None:
        #: By tick, and by number.
        self._due: dict[int, dict[int, Callable[[], None]]] = {}
        self._last = 0
        self._timer: asyncio.TimerHandle | None = None
        self._next_tick = 0

    def add(self, when: float, function: Callable[[], None]) -> Entry:
        """Has a function called at a time of the loop's clock, or up to TICK_S later."""
        tick = math.ceil(when / TICK_S)
        due = self._due.get(tick)
        if due is None:
            due = self._due[tick] = {}
            if self._timer is None or tick < self._next_tick:
                self._set_timer(tick)
        self._last += 1
        due[self._last] = function
        return tick, self._last

    def remove(self, entry: Entry) -> None:
        """Takes a deadline back, if it was not reached."""
        tick, number = entry
        due = self._due.get(tick)
        if due is not None:
            due.pop(number, None)
            if not due:
                del self._due[tick]

    def until(self, when: float) -> "Until":
        """A block that ends with a TimeoutError at a time, as one of `asyncio.timeout_at` does."""
        return Until(self, when)

    def _set_timer(self, tick: int) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next_tick = tick
        self._timer = asyncio.get_running_loop().call_at(tick * TICK_S, self._look)

    def _look(self) -> None:
        """Calls what is due. An early timer counts as well, so that time is looked at once."""
        self._timer = None
        now_tick = max(self._next_tick, int(asyncio.get_running_loop().time() / TICK_S))
        for tick in sorted(tick for tick in self._due if tick <= now_tick):
            due = self._due[tick]
            while due:
                # One by one: a function may remove others.
                due.pop(next(iter(due)))()
            self._due.pop(tick, None)
        if self._due and self._timer is None:
            self._set_timer(min(self._due))


class Until:
    """The block of `Deadlines.until`."""

    __slots__ = ("_before", "_deadlines", "_entry", "_is_expired", "_task", "_when")

    def __init__(self, deadlines: Deadlines, when: float) -> None:
        self._deadlines = deadlines
        self._when = when
        self._is_expired = False

    def __enter__(self) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError("a deadline ends a task, and there is none")
        self._task = task
        self._before = task.cancelling()
        self._entry = self._deadlines.add(self._when, self._expire)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._deadlines.remove(self._entry)
        # Nobody else has cancelled the task if it is back to the count of before.
        is_own = self._is_expired and self._task.uncancel() <= self._before
        if is_own and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error

    def _expire(self) -> None:
        self._is_expired = True
        self._task.cancel()
