"""A rate limiter for several nodes: each node takes slots from a row that all nodes share.

The row is in the store. A node takes slots in portions, so that even a busy node asks only four
times a second. Slots have even distances, and no two nodes get the same slot. A node loses a slot
if it is later for it than the limiter may save up.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from automator.clock import Clock
from automator.engine.outbound.rate_limiter import SAVED_S
from automator.model import StoreUnavailableError
from automator.model.target import RatePortion

logger = logging.getLogger(__name__)

#: How many seconds' worth of the rate are asked for at once.
PORTION_S = 0.25
#: How many seconds before its slot a request may get it: as long as attempts wait at most.
AHEAD_S = 1.0
#: For how many seconds the store is not asked again after it failed to answer.
_PAUSE_S = 0.5
#: Until the store has answered, the next slot is at least this many seconds away.
_SOON_S = 0.001

#: Takes up to a number of slots from the shared row.
TakeRatePortion = Callable[[int], Awaitable[RatePortion]]


class SharedRateLimiter:
    """A RateLimiter for this node's part of a shared rate. Belongs to the event loop."""

    def __init__(self, per_second: float, take_rate_portion: TakeRatePortion, clock: Clock) -> None:
        self.per_second = per_second
        #: Is called when a portion has come, or when the next one may be asked for.
        self.on_portion: Callable[[], None] = lambda: None
        self._interval_s = 1 / per_second
        # At a low rate, a slot must not be lost because its commit took a little long.
        self._saved_s = max(SAVED_S, min(self._interval_s, AHEAD_S))
        self._most = max(1, int(per_second * PORTION_S))
        self._take_portion = take_rate_portion
        self._clock = clock
        #: How many slots this node has; below, the time of the first of them.
        self._left = 0
        self._next_at = 0.0
        #: How many slots the last portion had, and how many of these were used.
        self._given = self._used = 0
        #: How many requests were made without a slot. The next portion pays for them.
        self._owed = 0
        #: The first time that still has free slots, as far as this node knows.
        self._free_at = 0.0
        self._ask_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next request; 0 for now. An estimate while there is no portion."""
        self._let_lapse(now_s)
        if self._left:
            return max(0.0, self._next_at - now_s)
        return max(_SOON_S, self._free_at - now_s)

    def take(self, now_s: float) -> None:
        """Counts one request."""
        self._let_lapse(now_s)
        if self._left:
            self._left -= 1
            self._next_at += self._interval_s
            self._used += 1
        else:
            self._owed = min(self._owed + 1, self._most)

    def within(self, seconds: float, now_s: float) -> int:
        """The number of requests left within `seconds`, if other nodes ask for none."""
        self._let_lapse(now_s)
        free_s = seconds - max(0.0, self._free_at - now_s)
        unclaimed = int(free_s / self._interval_s) + 1 if free_s >= 0 else 0
        return self._left + unclaimed

    def next_in_s(self, waiting: int, now_s: float) -> float | None:
        """Seconds until waiting attempts may begin; None if `on_portion` will be called."""
        self._let_lapse(now_s)
        if self._left:
            return max(0.0, self._next_at - now_s)
        if self._asking is None and now_s < self._ask_at:
            return self._ask_at - now_s
        if self._asking is None:
            count = min(max(self._portion(), waiting), self._most) + self._owed
            self._asking = asyncio.get_running_loop().create_task(self._ask(count))
        return None

    def _portion(self) -> int:
        """The size of the next portion: the number of slots used of the last one, or twice that
        if the last one was too small.
        """
        return 2 * self._given if self._used == self._given else self._used

    async def _ask(self, count: int) -> None:
        try:
            portion = await self._take_portion(count)
        except StoreUnavailableError as error:
            logger.warning("targets.no_rate_portion: %s", error)
            self._ask_at = self._clock.monotonic() + _PAUSE_S
        else:
            self._receive(portion)
        finally:
            self._asking = None
        self.on_portion()

    def _receive(self, portion: RatePortion) -> None:
        ahead_s = (portion.first_at - self._clock.now_ms()) / 1000
        first_at = self._clock.monotonic() + ahead_s
        paid = min(self._owed, portion.count)
        self._owed -= paid
        self._left = self._given = portion.count - paid
        self._used = 0
        self._next_at = first_at + paid * self._interval_s
        self._free_at = first_at + portion.count * self._interval_s
        self._ask_at = self._free_at - AHEAD_S

    def _let_lapse(self, now_s: float) -> None:
        while self._left and self._next_at < now_s - self._saved_s:
            self._left -= 1
            self._next_at += self._interval_s
