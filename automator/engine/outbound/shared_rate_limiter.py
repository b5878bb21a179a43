"""A rate limiter for a rate that several nodes share: each node takes moments out of a common row.

The row is in the store. A node takes the moments in portions, so that a busy node asks four times a
second and not for each request. The moments are evenly apart, and no two nodes get the same one. A
node that uses a moment later than the limiter may save up has lost it.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from automator.clock import Clock
from automator.engine.outbound.rate_limiter import SAVED_S
from automator.model import RatePortion, StoreUnavailableError

logger = logging.getLogger(__name__)

#: Seconds' worth of the rate that is asked for at once, at most.
PORTION_S = 0.25
#: Seconds before a turn from which on it is given away: no longer than attempts wait for theirs.
AHEAD_S = 1.0
#: Seconds before the store is asked again that could not answer.
_PAUSE_S = 0.5
#: While nobody has been asked, a turn is this many seconds away at least.
_SOON_S = 0.001

#: Takes up to so many turns out of the common row.
TakeRatePortion = Callable[[int], Awaitable[RatePortion]]


class SharedRateLimiter:
    """As RateLimiter, for this node's part of a common rate. Belongs to the event loop."""

    def __init__(self, per_second: float, take_rate_portion: TakeRatePortion, clock: Clock) -> None:
        self.per_second = per_second
        #: Called when turns came, or when it may be asked for them again.
        self.on_turns: Callable[[], None] = lambda: None
        self._interval_s = 1 / per_second
        # A turn at a low rate is not lost because its commit took a moment.
        self._saved_s = max(SAVED_S, min(self._interval_s, AHEAD_S))
        self._most = max(1, int(per_second * PORTION_S))
        self._take_turns = take_rate_portion
        self._clock = clock
        #: The turns that this node has: how many, and when the first of them is.
        self._left = 0
        self._next_at = 0.0
        #: Of the last portion: how many there were, and how many of them were used.
        self._given = self._used = 0
        #: What happened without a turn: the next portion pays for it.
        self._owed = 0
        #: From when on nobody had taken turns, as far as is known here.
        self._free_at = 0.0
        self._ask_at = 0.0
        self._asking: asyncio.Task[None] | None = None

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next may happen here; 0 = now. Without a turn it is a guess."""
        self._let_lapse(now_s)
        if self._left:
            return max(0.0, self._next_at - now_s)
        return max(_SOON_S, self._free_at - now_s)

    def take(self, now_s: float) -> None:
        """One has happened."""
        self._let_lapse(now_s)
        if self._left:
            self._left -= 1
            self._next_at += self._interval_s
            self._used += 1
        else:
            self._owed = min(self._owed + 1, self._most)

    def within(self, seconds: float, now_s: float) -> int:
        """How many may happen within the next `seconds`, if the others ask for nothing."""
        self._let_lapse(now_s)
        free_s = seconds - max(0.0, self._free_at - now_s)
        unclaimed = int(free_s / self._interval_s) + 1 if free_s >= 0 else 0
        return self._left + unclaimed

    def look_in_s(self, waiting: int, now_s: float) -> float | None:
        """Seconds after which those who wait may go on; None = `on_turns` will say so."""
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
        """What the last one was used for; twice as much when it was too small."""
        return 2 * self._given if self._used == self._given else self._used

    async def _ask(self, count: int) -> None:
        try:
            turns = await self._take_turns(count)
        except StoreUnavailableError as error:
            logger.warning("targets.no_turns: %s", error.message)
            self._ask_at = self._clock.monotonic() + _PAUSE_S
        else:
            self._receive(turns)
        finally:
            self._asking = None
        self.on_turns()

    def _receive(self, turns: RatePortion) -> None:
        ahead_s = (turns.first_at - self._clock.now_ms()) / 1000
        first_at = self._clock.monotonic() + ahead_s
        paid = min(self._owed, turns.count)
        self._owed -= paid
        self._left = self._given = turns.count - paid
        self._used = 0
        self._next_at = first_at + paid * self._interval_s
        self._free_at = first_at + turns.count * self._interval_s
        self._ask_at = self._free_at - AHEAD_S

    def _let_lapse(self, now_s: float) -> None:
        while self._left and self._next_at < now_s - self._saved_s:
            self._left -= 1
            self._next_at += self._interval_s
