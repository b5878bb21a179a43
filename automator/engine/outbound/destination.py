"""A destination on this node: whether an attempt may go to it now, and the results of attempts."""

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from functools import lru_cache

from automator.clock import Clock
from automator.engine.outbound import circuit_breaker as breaker
from automator.engine.outbound.admission import Admission, Hold, held_by_breaker
from automator.engine.outbound.provider_quota import Headers, ProviderQuota
from automator.engine.outbound.rate_limiter import RateLimiter
from automator.engine.outbound.retry_budget import RetryBudget
from automator.engine.outbound.shared_rate_limiter import SharedRateLimiter
from automator.http.types import ReadQuota
from automator.model import Reason, TargetHealth, TargetState
from automator.reasons.targets import (
    PROVIDER_QUOTA,
    RETRY_BUDGET,
    SENDING_PAUSED,
    TARGET_BUSY,
    TARGET_RATE,
)

#: Attempts that wait at a destination at most, and the seconds that each waits. After that it goes
#: back into the queue, where it holds no worker.
MOST_WAITING = 64
LONGEST_WAIT_S = 1.0
#: A destination is fast while as many attempts as may wait there have ended within these seconds.
_FAST_S = 0.5


class Destination:
    """A configured target, or any other host. Belongs to the event loop."""

    def __init__(
        self,
        name: str,
        *,
        concurrency: int,
        rate_limiter: RateLimiter | SharedRateLimiter | None,
        clock: Clock,
        read_quota: ReadQuota | None = None,
        everything: "Destination | None" = None,
    ) -> None:
        self.name = name
        #: The one that stands for all: while it is paused, this one takes nothing.
        self._everything = everything
        #: The concurrency limit of this node.
        self.concurrency = concurrency
        #: How many nodes share the limits of the target.
        self.nodes = 1
        self.health = TargetHealth(name=name)
        #: The health has changed and is not stored yet.
        self.is_unsaved = False
        #: Runs wait for it in the store, as far as is known here.
        self.has_backlog = False
        #: It takes requests again, and the store does not know yet that it has recovered.
        self.has_recovered = False
        #: Attempts that may go although the breaker is half open, because this node makes the try.
        self.tries = 0
        self.under_way = 0
        #: Attempts that have ended since runs were last released.
        self.ended = 0
        self._clock = clock
        self._rate_limiter = rate_limiter
        if isinstance(rate_limiter, SharedRateLimiter):
            rate_limiter.on_portion = self._call_next
        self._window = breaker.Window()
        self.retries = RetryBudget()
        self.quota = ProviderQuota(read_quota)
        self._admitted = Admission(name)
        #: Attempts that wait, in order of arrival, and the time until which each waits.
        self._waiting: deque[tuple[asyncio.Future[None], float]] = deque()
        #: When the last attempts ended, the oldest first.
        self._ends: deque[float] = deque(maxlen=MOST_WAITING)
        self._timer: asyncio.TimerHandle | None = None
        self._expiry: asyncio.TimerHandle | None = None

    @property
    def per_second(self) -> float | None:
        """Requests a second, of all nodes together; None = no limit."""
        return None if self._rate_limiter is None else self._rate_limiter.per_second

    @property
    def waiting(self) -> int:
        """How many attempts wait here for a place or the rate."""
        return len(self._waiting)

    @property
    def is_fast(self) -> bool:
        """Whether attempts end here so fast that a waiting one may go in a moment."""
        ends = self._ends
        is_full = len(ends) == MOST_WAITING
        return is_full and self._clock.monotonic() - ends[0] <= _FAST_S

    def ask(
        self,
        headers: Headers = None,
        *,
        is_retry: bool = False,
        has_reservation: bool = False,
        is_upkeep: bool = False,
    ) -> Admission:
        """May an attempt go now, and if not, when and why?

        The pause of all sending, quota, retry budget, circuit breaker, concurrency and rate answer
        in this order. The pause does not hold upkeep, which says nothing to anybody. An attempt
        with a reservation was put off until now, so that quota and retry budget have counted it.
        The answer is binding: a reserved moment, or the try of a half-open breaker, is then taken.
        """
        held_with_all = None if is_upkeep else self._held_with_all()
        if held_with_all is not None:
            return held_with_all
        reserved = None if has_reservation else self._reserved(headers, is_retry=is_retry)
        if reserved is not None:
            return reserved
        if self.health.state is TargetState.HALF_OPEN and self.tries > 0:
            self.tries -= 1
        elif self.health.state is not TargetState.CLOSED:
            held = held_by_breaker(self.health)
            if held is not None:
                return held
        return self._admitted if not self._waiting and self._may_begin() else self._busy()

    def admit(
        self,
        headers: Headers = None,
        *,
        is_retry: bool = False,
        has_reservation: bool = False,
        is_upkeep: bool = False,
    ) -> bool:
        """Begins an attempt, after which `end_request` has to follow; False when it has to `wait`.

        Raises:
            TargetUnavailable: nothing may be sent now, with the reason.
            RescheduledStep: the retry budget or the provider's quota has reserved a later moment.
        """
        admission = self.ask(
            headers, is_retry=is_retry, has_reservation=has_reservation, is_upkeep=is_upkeep
        )
        if not admission.may_go:
            if not (admission.is_busy and self._may_wait()):
                raise admission.error
            return False
        self.begin_request()
        if is_retry:
            self.retries.note_retry(self._clock.monotonic())
        return True

    def _may_wait(self) -> bool:
        return len(self._waiting) < MOST_WAITING and self._soonest_s() <= LONGEST_WAIT_S

    async def wait(self, on_waiting: Callable[[], None], *, is_retry: bool = False) -> None:
        """Returns when an attempt that was not admitted at once may go; `end_request` follows.

        `on_waiting` is called when it begins to wait here for longer than a moment.

        Raises:
            TargetUnavailable: it has waited too long, or nothing may be sent any more.
        """
        loop = asyncio.get_running_loop()
        permit: asyncio.Future[None] = loop.create_future()
        entry = (permit, loop.time() + LONGEST_WAIT_S)
        self._waiting.append(entry)
        self._call_next()
        if self._expiry is None:
            # All waiting attempts share one timer: one for each would cost more than the wait.
            self._expiry = loop.call_at(entry[1], self._send_late_back)
        if not self.is_fast:
            on_waiting()
        try:
            await permit
        except asyncio.CancelledError:
            if _was_granted(permit):
                self.end_request()
            elif entry in self._waiting:
                self._waiting.remove(entry)
            raise
        if is_retry:
            self.retries.note_retry(self._clock.monotonic())

    def begin_request(self) -> None:
        """Counts one more request of an attempt; `end_request` has to follow."""
        self.under_way += 1
        if self._rate_limiter is not None:
            self._rate_limiter.take(self._clock.monotonic())

    def end_request(self) -> None:
        """Ends a request of an attempt."""
        self.under_way -= 1
        self.ended += 1
        now_s = self._clock.monotonic()
        self._ends.append(now_s)
        self.retries.note_request(now_s)
        if self._waiting:
            self._call_next()

    def note_result(self, failure: Reason | None, *, is_gone: bool = False) -> None:
        """Notes the result of an attempt: why it failed, or None."""
        now_ms = self._clock.now_ms()
        if failure is not None:
            self.retries.note_failure(self._clock.monotonic())
        self._window.add(now_ms, is_failure=failure is not None)
        if is_gone:
            changed = breaker.after_gone(self.health, now_ms)
        elif failure is not None:
            is_bad = self._window.is_bad(now_ms)
            changed = breaker.after_failure(self.health, now_ms, failure, is_window_bad=is_bad)
        else:
            changed = breaker.after_success(self.health, now_ms)
        if changed is not self.health:
            self.take_over(changed)
            self.is_unsaved = True

    def note_answer(self, headers: Headers, answer: Mapping[str, str]) -> None:
        """Reads from the headers of an answer how much of the quota is used."""
        self.quota.note(headers, answer, self._clock)

    def take_over(self, health: TargetHealth) -> None:
        """Takes over a health that this or another node has computed."""
        was_closed = self.health.state is TargetState.CLOSED
        self.health = health
        if health.state is TargetState.CLOSED:
            if not was_closed:
                self._window.clear()
                self.has_recovered = True
        else:
            self.send_back()
        if health.state is not TargetState.HALF_OPEN:
            self.tries = 0

    def send_back(self) -> None:
        """Sends all waiting attempts back into the queue."""
        while self._waiting:
            self._send_first_back()

    def room(self) -> int:
        """How many of the runs that wait in the store may be released now."""
        if self._held_with_all() is not None:
            return 0
        if self.health.state is TargetState.HALF_OPEN:
            return self.tries
        if self.health.state is not TargetState.CLOSED:
            return 0
        # Until the next look it can take as many attempts as have ended since the last one.
        room = max(self.concurrency - self.under_way, self.ended)
        room = min(room, MOST_WAITING) - len(self._waiting)
        if self._rate_limiter is not None:
            soon = self._rate_limiter.within(LONGEST_WAIT_S, self._clock.monotonic())
            # The other nodes release runs as well.
            room = min(room, -(-soon // self.nodes))
        return max(0, room)

    def _held_with_all(self) -> Admission | None:
        """The answer while all sending is paused, when a run waits for this destination."""
        everything = self._everything
        if everything is None or everything.health.state is not TargetState.PAUSED:
            return None
        why = SENDING_PAUSED(since=everything.health.since, who=everything.health.by)
        return Admission(self.name, Hold.PAUSED, why)

    def _reserved(self, headers: Headers, *, is_retry: bool) -> Admission | None:
        """The later moment that the quota or the retry budget reserves; None = now."""
        if self.quota.is_known:
            wait_s, percent = self.quota.take(headers, self._clock.monotonic())
            if wait_s > 0:
                until = self._in(wait_s)
                why = PROVIDER_QUOTA(target=self.name, percent=percent, until=until)
                return Admission(self.name, Hold.PROVIDER_QUOTA, why, until)
        if is_retry and self.health.state is TargetState.CLOSED:
            wait_s = self.retries.take(self._clock.monotonic(), self.nodes)
            if wait_s > 0:
                until = self._in(wait_s)
                why = RETRY_BUDGET(target=self.name, until=until)
                return Admission(self.name, Hold.RETRY_BUDGET, why, until)
        return None

    def _in(self, wait_s: float) -> int:
        """The millisecond that comes in so many seconds."""
        return self._clock.now_ms() + round(wait_s * 1000)

    def _may_begin(self) -> bool:
        is_full = self.under_way >= self.concurrency
        return not is_full and (self._rate_limiter is None or self._rate_wait_s() <= 0)

    def _rate_wait_s(self) -> float:
        limiter = self._rate_limiter
        return 0.0 if limiter is None else limiter.wait_s(self._clock.monotonic())

    def _soonest_s(self) -> float:
        """How long a new attempt would wait at least, by the rate."""
        if self._rate_limiter is None:
            return 0.0
        return self._rate_wait_s() + len(self._waiting) / self._rate_limiter.per_second

    def _call_next(self) -> None:
        """Lets waiting attempts begin, and calls itself again when the rate allows the next."""
        while self._waiting and self._may_begin():
            permit, _ = self._waiting.popleft()
            if not permit.done():
                self.begin_request()
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
            held = self._held_with_all() or held_by_breaker(self.health)
            permit.set_exception((held or self._busy()).error)

    def _busy(self) -> Admission:
        if self._rate_limiter is not None and self.under_way < self.concurrency:
            why = TARGET_RATE(target=self.name)
            return Admission(self.name, Hold.RATE, why, self._in(self._soonest_s()))
        return _full(self.name, self.under_way)


@lru_cache(maxsize=256)
def _full(target: str, count: int) -> Admission:
    """The answer of a target with so many requests, cached: under load most attempts get it, and
    wait.
    """
    return Admission(target, Hold.CONCURRENCY, TARGET_BUSY(target=target, count=count))


def _was_granted(permit: "asyncio.Future[None]") -> bool:
    """Whether the attempt was let through, even if it was cancelled at the same moment."""
    return permit.done() and not permit.cancelled() and permit.exception() is None
