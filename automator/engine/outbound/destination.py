"""A destination at this node: decides whether an attempt may go there now, and notes results."""

from collections.abc import Callable, Mapping

from automator.clock import Clock
from automator.engine.outbound import circuit_breaker as breaker
from automator.engine.outbound.admission import Admission, Hold, held_by_breaker
from automator.engine.outbound.capacity import Capacity
from automator.engine.outbound.rate_limiter import RateLimiter
from automator.engine.outbound.shared_rate_limiter import SharedRateLimiter
from automator.http.types import QuotaReport, ReadQuota
from automator.model import Reason, TargetHealth, TargetState
from automator.reasons.targets import provider_quota, retry_budget, sending_paused

# --- The quota of an account: requests slow down before it is used up ---
#
# Some providers report the quota with every answer. A node knows only the answers that it got.

#: From which used percentage on requests are spread; below, from which on none is sent for a while.
SLOW_PERCENT = 80
FULL_PERCENT = 95
#: For how many seconds nothing is sent, if the provider does not say for how long.
HOLD_S = 60.0
#: For how many seconds nothing is sent at most, whatever the provider says.
LONGEST_HOLD_S = 86_400.0
#: For how many seconds a reported quota is believed.
KNOWN_S = 300.0
#: Seconds between two requests at SLOW_PERCENT. Each further percent adds as many.
_FIRST_INTERVAL_S = 1.0
_MORE_INTERVAL_S = 0.6
#: The headers of a request, or None.
Headers = Mapping[str, str] | None


class AccountQuota:
    """The quota of one account at one destination. Times are in seconds of the monotonic clock."""

    def __init__(self) -> None:
        self._percent = 0
        self._seen_at = 0.0
        self._free_at = 0.0
        #: The first moment that no request has reserved yet.
        self._next_at = 0.0

    def note(self, report: QuotaReport, now_s: float) -> None:
        """Stores the quota that an answer has reported."""
        self._percent, self._seen_at = report.percent, now_s
        if report.percent >= FULL_PERCENT:
            self._free_at = now_s + min(report.regain_s or HOLD_S, LONGEST_HOLD_S)
        else:
            self._free_at = now_s
        if report.percent < SLOW_PERCENT:
            self._next_at = 0.0

    def take(self, now_s: float) -> float:
        """Reserves a moment for one more request; returns the seconds until then, 0 for now."""
        if self.percent(now_s) < SLOW_PERCENT:
            return 0.0
        free_at = max(self._next_at, self._free_at, now_s)
        over = min(self._percent, FULL_PERCENT) - SLOW_PERCENT
        self._next_at = free_at + _FIRST_INTERVAL_S + over * _MORE_INTERVAL_S
        return free_at - now_s

    def percent(self, now_s: float) -> int:
        """The used percentage; 0 if it is not known any more."""
        return self._percent if now_s <= max(self._free_at, self._seen_at + KNOWN_S) else 0


class ProviderQuota:
    """The quotas of all accounts at one destination, on this node."""

    def __init__(self, read: ReadQuota | None = None) -> None:
        self._read = read
        self._accounts: dict[int, AccountQuota] = {}

    @property
    def is_known(self) -> bool:
        """Whether any answer has reported a quota."""
        return bool(self._accounts)

    def take(self, headers: Headers, now_s: float) -> tuple[float, int]:
        """Reserves a moment for a request of this account.

        Returns the seconds until then, 0 for now; and the used percentage.
        """
        account = self._accounts.get(_account(headers))
        if account is None:
            return 0.0, 0
        percent = account.percent(now_s)
        return account.take(now_s), percent

    def note(self, headers: Headers, answer: Mapping[str, str], clock: Clock) -> None:
        """Reads the quota in the headers of `answer`; `headers` are the headers of the request."""
        report = self._read(answer) if self._read is not None else None
        if report is not None:
            account = self._accounts.setdefault(_account(headers), AccountQuota())
            account.note(report, clock.monotonic())

    def percent(self, now_s: float) -> int:
        """The highest percentage that an account has used; 0 if the provider reports none."""
        return max((account.percent(now_s) for account in self._accounts.values()), default=0)


def _account(headers: Headers) -> int:
    """Identifies the account of a request by its access token, to which a quota belongs."""
    return hash((headers or {}).get("authorization", ""))


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
        #: The destination of everything: while it is paused, nothing is sent here either.
        self._everything = everything
        self.capacity = Capacity(
            name, concurrency=concurrency, rate_limiter=rate_limiter, clock=clock, held=self._held
        )
        #: How many nodes share the limits of the destination.
        self.nodes = 1
        self.health = TargetHealth(name=name)
        #: Whether the health has changed and has to be stored.
        self.is_unsaved = False
        #: Whether runs wait for this destination in the store, as far as this node knows.
        self.has_backlog = False
        #: Whether the destination works again, and the store still has to learn that.
        self.has_recovered = False
        #: How many attempts may go through the half-open breaker, because this node makes the try.
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
        """Decides whether an attempt may go now, and if not, when and why.

        The reasons are checked in this order: the pause of all sending, quota, retry budget,
        circuit breaker, concurrency, rate. The pause does not hold back upkeep, which sends no
        messages. An attempt with a reservation was put off until now, so the quota and the retry
        budget have counted it already. The answer is binding: it uses up a reserved moment, or the
        try of a half-open breaker.
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
        """Begins an attempt; `end_request` has to follow. Returns False if it has to `wait` first.

        Raises:
            TargetUnavailable: nothing may be sent now, for the reason in the error.
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
        """Waits until an attempt may go that `admit` did not let through. Call `end_request` later.

        `on_waiting` is called if this takes longer than a moment.

        Raises:
            TargetUnavailable: the attempt waited too long, or nothing may be sent any more.
        """
        await self.capacity.wait(on_waiting)
        if is_retry:
            self.retries.note_retry(self._clock.monotonic())

    def end_request(self) -> None:
        """Ends a request of an attempt. Call it once for each request."""
        now_s = self._clock.monotonic()
        self.retries.note_request(now_s)
        self.capacity.end(now_s)

    def note_result(self, failure: Reason | None, *, is_gone: bool = False) -> None:
        """Notes the result of an attempt: the reason of a failure, or None for a success."""
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
        """Takes on a health that this node or another one has computed."""
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
        """The number of runs waiting in the store that may be released now."""
        if self._held_with_all() is not None:
            return 0
        if self.health.state is TargetState.HALF_OPEN:
            return self.tries
        if self.health.state is not TargetState.CLOSED:
            return 0
        return self.capacity.room(self.nodes)

    def _held(self) -> Admission | None:
        """The answer while nothing at all may be sent: all sending is paused, or the breaker is not
        closed. Otherwise None.
        """
        return self._held_with_all() or held_by_breaker(self.health)

    def _held_with_all(self) -> Admission | None:
        """The answer while all sending is paused; the run then waits for this destination."""
        everything = self._everything
        if everything is None or everything.health.state is not TargetState.PAUSED:
            return None
        why = sending_paused(since=everything.health.since, who=everything.health.by)
        return Admission(self.name, Hold.PAUSED, why)

    def _reserved(self, headers: Headers, *, is_retry: bool) -> Admission | None:
        """The answer with a later moment that quota or retry budget has reserved; None for now."""
        if self.quota.is_known:
            wait_s, percent = self.quota.take(headers, self._clock.monotonic())
            if wait_s > 0:
                until = self._in(wait_s)
                why = provider_quota(target=self.name, percent=percent, until=until)
                return Admission(self.name, Hold.PROVIDER_QUOTA, why, until)
        if is_retry and self.health.state is TargetState.CLOSED:
            wait_s = self.retries.take(self._clock.monotonic(), self.nodes)
            if wait_s > 0:
                until = self._in(wait_s)
                why = retry_budget(target=self.name, until=until)
                return Admission(self.name, Hold.RETRY_BUDGET, why, until)
        return None

    def _in(self, wait_s: float) -> int:
        """The time, in milliseconds, that is `wait_s` seconds from now."""
        return self._clock.now_ms() + round(wait_s * 1000)


# --- The retry budget: while a destination fails, about a fifth of its requests may be retries ---
#
# Without it, a destination that answers every second request with an error would get half as many
# requests again, just when it can handle fewest.

#: Which share of all requests may be retries, while the destination fails.
SHARE = 0.2
#: How many retries within the window are always allowed. A quiet destination would get none else.
FLOOR = 30
#: The window: for how many seconds requests and failures count.
WINDOW_S = 60
#: How many seconds' worth of retries may come at once after a pause.
SAVED_S = 10.0


class _Count:
    """Counts events within the window, by whole seconds."""

    __slots__ = ("_buckets", "_second", "_total")

    def __init__(self) -> None:
        self._buckets = [0] * WINDOW_S
        self._second = 0
        self._total = 0

    def add(self, now_s: float) -> None:
        """Counts one event."""
        second = int(now_s)
        if second != self._second:
            self._forget(second)
        self._buckets[second % WINDOW_S] += 1
        self._total += 1

    def within(self, now_s: float) -> int:
        """The number of events in the last WINDOW_S seconds."""
        self._forget(int(now_s))
        return self._total

    def _forget(self, second: int) -> None:
        for over in range(max(self._second, second - WINDOW_S) + 1, second + 1):
            self._total -= self._buckets[over % WINDOW_S]
            self._buckets[over % WINDOW_S] = 0
        self._second = second


class RetryBudget:
    """The retry budget of one destination on this node. Times are in monotonic seconds."""

    __slots__ = ("_counted_since", "_failed_at", "_owed", "_owed_at", "_requests", "_retries")

    def __init__(self) -> None:
        self._requests = _Count()
        self._retries = _Count()
        #: When the first request ended after a whole window without requests.
        self._counted_since = 0.0
        self._failed_at: float | None = None
        #: How many reserved retries were still to be earned at `_owed_at`; negative for saved ones.
        #: A number and not a time: with a time, retries reserved at a low rate would hold up all
        #: later ones even after the rate has risen.
        self._owed = 0.0
        self._owed_at = 0.0

    def note_request(self, now_s: float) -> None:
        """Notes the end of a request, which may be a retry or not."""
        if not self._requests.within(now_s):
            self._counted_since = now_s
        self._requests.add(now_s)

    def note_retry(self, now_s: float) -> None:
        """Notes the beginning of a retry."""
        self._retries.add(now_s)

    def note_failure(self, now_s: float) -> None:
        """Notes a failed request."""
        self._failed_at = now_s

    def take(self, now_s: float, nodes: int = 1) -> float:
        """Reserves a moment for one more retry; returns the seconds until then, 0 for now.

        `nodes` nodes share the FLOOR. All other retries are a share of this node's own requests.
        """
        if not self.is_limiting(now_s):
            return 0.0
        per_second = self._per_second(now_s, nodes)
        owed = max(self._still_owed(now_s, per_second), -SAVED_S * per_second)
        self._owed, self._owed_at = owed + 1, now_s
        return max(0.0, owed / per_second)

    def is_limiting(self, now_s: float) -> bool:
        """Whether a request has failed within the window. Otherwise retries are not limited."""
        return self._failed_at is not None and now_s - self._failed_at <= WINDOW_S

    def counted(self, now_s: float) -> tuple[int, int]:
        """The number of requests within the window, and the number of retries among them."""
        return self._requests.within(now_s), self._retries.within(now_s)

    def held_for_s(self, now_s: float, nodes: int = 1) -> float:
        """For how many seconds a retry would be held back now; 0 if not at all."""
        if not self.is_limiting(now_s):
            return 0.0
        per_second = self._per_second(now_s, nodes)
        return max(0.0, self._still_owed(now_s, per_second) / per_second)

    def _still_owed(self, now_s: float, per_second: float) -> float:
        return self._owed - (now_s - self._owed_at) * per_second

    def _per_second(self, now_s: float, nodes: int) -> float:
        """The retries per second that give a whole window the allowed share of retries."""
        requests = self._requests.within(now_s)
        counted_s = int(now_s) - int(self._counted_since) + 1
        # In the first window, all requests came within less time than a window has. But a burst
        # shorter than SAVED_S does not show the rate of a whole window.
        a_window_has = requests * WINDOW_S / min(WINDOW_S, max(SAVED_S, counted_s))
        return max(FLOOR / nodes, SHARE * a_window_has) / (WINDOW_S + SAVED_S)
