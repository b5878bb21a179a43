"""The capacity of a destination at this node: concurrency limit, rate, and waiting attempts."""

import asyncio
from collections import deque
from collections.abc import Callable

from automator.clock import Clock
from automator.engine.outbound.admission import Admission, Hold
from automator.engine.outbound.rate_limiter import RateLimiter
from automator.engine.outbound.shared_rate_limiter import SharedRateLimiter
from automator.reasons.targets import target_busy, target_rate

#: How many attempts may wait at a destination; below, for how many seconds. After that, an attempt
#: goes back into the queue, where it occupies no worker.
MOST_WAITING = 64
LONGEST_WAIT_S = 1.0
#: A destination is fast if as many attempts as may wait have ended within so many seconds.
_FAST_S = 0.5


class Capacity:
    """Counts the requests to a destination. Lets attempts wait until one more may be sent."""

    def __init__(
        self,
        target: str,
        *,
        concurrency: int,
        rate_limiter: RateLimiter | SharedRateLimiter | None,
        clock: Clock,
        held: Callable[[], Admission | None],
    ) -> None:
        """`held` returns the answer while nothing at all may be sent, else None."""
        self._target = target
        #: How many requests this node may have under way.
        self.concurrency = concurrency
        self.under_way = 0
        #: How many requests have ended since waiting runs were last released.
        self.ended = 0
        self._held = held
        self._clock = clock
        self._rate_limiter = rate_limiter
        if isinstance(rate_limiter, SharedRateLimiter):
            rate_limiter.on_portion = self._call_next
        #: Waiting attempts in order of arrival, each with the time until which it waits.
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()
        #: When the latest requests ended, the oldest first.
        self._ends: deque[float] = deque(maxlen=MOST_WAITING)
        self._timer: asyncio.Handle | None = None
        self._expiry: asyncio.Handle | None = None

    @property
    def per_second(self) -> float | None:
        """Requests per second, of all nodes together; None if there is no limit."""
        return None if self._rate_limiter is None else self._rate_limiter.per_second

    @property
    def waiting(self) -> int:
        """The number of attempts that wait here, for the concurrency limit or the rate."""
        return len(self._waiting)

    @property
    def is_fast(self) -> bool:
        """Whether requests end so fast that a waiting attempt is sent in a moment."""
        ends = self._ends
        is_full = len(ends) == MOST_WAITING
        return is_full and self._clock.monotonic() - ends[0] <= _FAST_S

    @property
    def may_begin(self) -> bool:
        """Whether a new attempt may be sent at once. Waiting attempts go first."""
        return not self._waiting and self._has_room()

    @property
    def may_wait(self) -> bool:
        """Whether a new attempt may wait here, because it will probably be sent in time."""
        return len(self._waiting) < MOST_WAITING and self._soonest_s() <= LONGEST_WAIT_S

    def begin(self) -> None:
        """Counts a request that begins. `end` has to follow."""
        self.under_way += 1
        if self._rate_limiter is not None:
            self._rate_limiter.take(self._clock.monotonic())

    def end(self, now_s: float) -> None:
        """Counts a request that has ended, and lets a waiting attempt begin."""
        self.under_way -= 1
        self.ended += 1
        self._ends.append(now_s)
        if self._waiting:
            self._call_next()

    async def wait(self, on_waiting: Callable[[], None]) -> None:
        """Waits until an attempt may be sent, and counts it. `end` has to follow.

        `on_waiting` is called if this takes longer than a moment.

        Raises:
            TargetUnavailable: the attempt waited too long, or nothing may be sent any more.
        """
        loop = asyncio.get_running_loop()
        permit: asyncio.Future[None] = loop.create_future()
        entry = (permit, loop.time() + LONGEST_WAIT_S)
        self._waiting.append(entry)
        self._call_next()
        if self._expiry is None:
            # One timer for all waiting attempts: a timer for each would cost more than the wait.
            self._expiry = loop.call_at(entry[1], self._send_late_back)
        if not self.is_fast:
            on_waiting()
        try:
            await permit
        except asyncio.CancelledError:
            if _was_granted(permit):
                self.end(self._clock.monotonic())
            elif entry in self._waiting:
                self._waiting.remove(entry)
            raise

    def send_back(self) -> None:
        """Sends all waiting attempts back into the queue."""
        while self._waiting:
            self._send_first_back()

    def room(self, nodes: int) -> int:
        """The number of runs waiting in the store that this node, one of `nodes`, may release."""
        # Until the next release, as many attempts can be sent as have ended since the last one.
        room = max(self.concurrency - self.under_way, self.ended)
        room = min(room, MOST_WAITING) - len(self._waiting)
        if self._rate_limiter is not None:
            soon = self._rate_limiter.within(LONGEST_WAIT_S, self._clock.monotonic())
            # The other nodes release runs, too.
            room = min(room, -(-soon // nodes))
        return max(0, room)

    def busy(self) -> Admission:
        """The answer to an attempt that the rate or the concurrency limit holds back now."""
        if self._rate_limiter is not None and self.under_way < self.concurrency:
            why = target_rate(target=self._target)
            again_at = self._clock.now_ms() + round(self._soonest_s() * 1000)
            return Admission(self._target, Hold.RATE, why, again_at)
        why = target_busy(target=self._target, count=self.under_way)
        return Admission(self._target, Hold.CONCURRENCY, why)

    def _has_room(self) -> bool:
        is_full = self.under_way >= self.concurrency
        return not is_full and (self._rate_limiter is None or self._rate_wait_s() <= 0)

    def _rate_wait_s(self) -> float:
        limiter = self._rate_limiter
        return 0.0 if limiter is None else limiter.wait_s(self._clock.monotonic())

    def _soonest_s(self) -> float:
        """For how many seconds a new attempt would wait at least, because of the rate."""
        if self._rate_limiter is None:
            return 0.0
        return self._rate_wait_s() + len(self._waiting) / self._rate_limiter.per_second

    def _call_next(self) -> None:
        """Lets waiting attempts begin. Calls itself again when the rate allows the next one."""
        while self._waiting and self._has_room():
            permit, _ = self._waiting.popleft()
            if not permit.done():
                self.begin()
                permit.set_result(None)
        if self._rate_limiter is None or not self._waiting or self._timer is not None:
            return
        wait_s = self._rate_limiter.next_in_s(len(self._waiting), self._clock.monotonic())
        if wait_s:
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._on_time)

    def _on_time(self) -> None:
        self._timer = None
        self._call_next()

    def _send_late_back(self) -> None:
        """Sends attempts that have waited too long back into the queue."""
        loop = asyncio.get_running_loop()
        while self._waiting and self._waiting[0][1] <= loop.time():
            self._send_first_back()
        until = self._waiting[0][1] if self._waiting else None
        self._expiry = None if until is None else loop.call_at(until, self._send_late_back)

    def _send_first_back(self) -> None:
        permit, _ = self._waiting.popleft()
        if not permit.done():
            permit.set_exception((self._held() or self.busy()).error)


def _was_granted(permit: "asyncio.Future[None]") -> bool:
    """Whether a waiting attempt was let through, even if it was cancelled at that moment."""
    return permit.done() and not permit.cancelled() and permit.exception() is None
