"""Watches many deadlines that are hardly ever reached, with one timer of the event loop.

Setting and cancelling a timer of the event loop costs about as much as writing a request. Only a
few deadlines are set at any time. So one timer for the earliest is enough: when it fires, it checks
all of them.
"""

import asyncio
import math
from collections.abc import Callable
from types import TracebackType

#: How many seconds a deadline may be late. All deadlines within them are handled together.
TICK_S = 0.01


class Deadlines:
    """Calls functions at their deadlines, unless they are removed first. Belongs to one loop."""

    def __init__(self) -> None:
        #: The deadline of each function, by the loop's clock.
        self._due: dict[Callable[[], None], float] = {}
        self._timer: asyncio.Handle | None = None
        #: When the timer fires.
        self._next_at = math.inf

    def add(self, when: float, function: Callable[[], None]) -> None:
        """Has a function called at a time of the loop's clock, or up to TICK_S later.

        A function can have only one deadline at a time.
        """
        self._due[function] = when
        if when < self._next_at:
            self._set_timer(when)

    def remove(self, function: Callable[[], None]) -> None:
        """Removes the deadline of a function, if it has not been reached."""
        self._due.pop(function, None)

    def until(self, when: float) -> "Until":
        """A context that raises TimeoutError at a time, as `asyncio.timeout_at` does."""
        return Until(self, when)

    def _set_timer(self, when: float) -> None:
        if self._timer is not None:
            self._timer.cancel()
        self._next_at = when
        self._timer = asyncio.get_running_loop().call_at(when, self._look)

    def _look(self) -> None:
        """Calls the functions that are due, including the ones that the timer was set for.

        The timer may fire a little early.
        """
        now = max(self._next_at, asyncio.get_running_loop().time())
        self._timer, self._next_at = None, math.inf
        due = [function for function, when in self._due.items() if when <= now]
        for function in sorted(due, key=self._due.__getitem__):
            # Checked one by one, because a function may remove others.
            if self._due.pop(function, None) is not None:
                function()
        if self._due:
            when = max(min(self._due.values()), now + TICK_S)
            if when < self._next_at:
                self._set_timer(when)


class Until:
    """The context that `Deadlines.until` returns."""

    __slots__ = ("_before", "_deadlines", "_is_expired", "_task", "_when")

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
        self._deadlines.add(self._when, self)

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._deadlines.remove(self)
        # With an unchanged count of cancellations, nobody but the deadline has cancelled the task.
        is_own = self._is_expired and self._task.uncancel() <= self._before
        if is_own and isinstance(error, asyncio.CancelledError):
            raise TimeoutError from error

    def __call__(self) -> None:
        """Cancels the task: the deadline is reached."""
        self._is_expired = True
        self._task.cancel()
