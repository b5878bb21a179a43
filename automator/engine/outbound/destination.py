"""A destination on this node: whether an attempt may go to it now, and the results of attempts."""

from collections.abc import Callable, Mapping

from automator.clock import Clock
from automator.engine.outbound import circuit_breaker as breaker
from automator.engine.outbound.admission import Admission, Hold, held_by_breaker
from automator.engine.outbound.capacity import Capacity
from automator.engine.outbound.provider_quota import Headers, ProviderQuota
from automator.engine.outbound.rate_limiter import RateLimiter
from automator.engine.outbound.retry_budget import RetryBudget
from automator.engine.outbound.shared_rate_limiter import SharedRateLimiter
from automator.http.types import ReadQuota
from automator.model import Reason, TargetHealth, TargetState
from automator.reasons.targets import PROVIDER_QUOTA, RETRY_BUDGET, SENDING_PAUSED


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
        self.capacity = Capacity(
            name, concurrency=concurrency, rate_limiter=rate_limiter, clock=clock, held=self._held
        )
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
        self._clock = clock
        self._window = breaker.Window()
        self.retries = RetryBudget()
        self.quota = ProviderQuota(read_quota)
        self._admitted = Admission(name)

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
        return self._admitted if self.capacity.may_begin else self.capacity.busy()

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
            if not (admission.is_busy and self.capacity.may_wait):
                raise admission.error
            return False
        self.capacity.begin()
        if is_retry:
            self.retries.note_retry(self._clock.monotonic())
        return True

    async def wait(self, on_waiting: Callable[[], None], *, is_retry: bool = False) -> None:
        """Returns when an attempt that was not admitted at once may go; `end_request` follows.

        `on_waiting` is called when it begins to wait here for longer than a moment.

        Raises:
            TargetUnavailable: it has waited too long, or nothing may be sent any more.
        """
        await self.capacity.wait(on_waiting)
        if is_retry:
            self.retries.note_retry(self._clock.monotonic())

    def end_request(self) -> None:
        """Ends a request of an attempt."""
        now_s = self._clock.monotonic()
        self.retries.note_request(now_s)
        self.capacity.end(now_s)

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
            self.capacity.send_back()
        if health.state is not TargetState.HALF_OPEN:
            self.tries = 0

    def room(self) -> int:
        """The number of waiting runs in the store that may be released now."""
        if self._held_with_all() is not None:
            return 0
        if self.health.state is TargetState.HALF_OPEN:
            return self.tries
        if self.health.state is not TargetState.CLOSED:
            return 0
        return self.capacity.room(self.nodes)

    def _held(self) -> Admission | None:
        """The answer while nothing at all may be sent: all sending is paused, or the breaker is
        not closed.
        """
        return self._held_with_all() or held_by_breaker(self.health)

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
        """The time in milliseconds, so many seconds from now."""
        return self._clock.now_ms() + round(wait_s * 1000)
