"""The circuit breaker of a destination: pure functions that compute the next health.

After too many failures, a `closed` breaker becomes `open`. After a wait it becomes `half_open`, and
one run tries the destination. Then the breaker is `closed` again, or `open` for twice as long. A
person can make it `paused`. A destination that has failed for days becomes `disabled`.
"""

from collections import deque
from dataclasses import dataclass, field, replace

from automator.model import Reason, TargetHealth, TargetState, quoted
from automator.reasons.targets import answered_gone, failed_for_days

#: After how many failures in a row the breaker opens.
OPENS_AFTER = 5
#: The breaker also opens if half of so many outcomes were failures; below, within which time.
WINDOW_OUTCOMES = 20
WINDOW_MS = 60_000
#: Milliseconds until the first try; below, the longest wait. Each wait is twice as long.
FIRST_WAIT_MS = 10_000
LONGEST_WAIT_MS = 900_000
#: For how many milliseconds a try blocks another one: the longest request, and a margin.
PROBE_MS = 150_000
#: For how long, and how often, a destination must fail without a success to be disabled.
DISABLED_AFTER_MS = 5 * 86_400_000
DISABLED_AFTER_FAILURES = 20

_HELD = frozenset({TargetState.PAUSED, TargetState.DISABLED})


@dataclass(slots=True)
class Window:
    """The latest outcomes of one destination, as this node has seen them."""

    _outcomes: deque[tuple[int, bool]] = field(
        default_factory=lambda: deque(maxlen=WINDOW_OUTCOMES)
    )

    def add(self, now_ms: int, *, is_failure: bool) -> None:
        """Adds one outcome."""
        self._outcomes.append((now_ms, is_failure))

    def clear(self) -> None:
        """Forgets all outcomes, because ones from before the breaker closed do not count."""
        self._outcomes.clear()

    def is_bad(self, now_ms: int) -> bool:
        """Whether the window is full of recent outcomes, and at least half of them are failures."""
        recent = [failed for at, failed in self._outcomes if now_ms - WINDOW_MS < at <= now_ms]
        return len(recent) == WINDOW_OUTCOMES and 2 * sum(recent) >= WINDOW_OUTCOMES


def after_success(health: TargetHealth, now_ms: int) -> TargetHealth:
    """The health after a success. A half-open breaker closes only by its own try."""
    if health.state is TargetState.HALF_OPEN:
        return _closed(health, now_ms)
    if health.state is TargetState.CLOSED and health.failures:
        return replace(health, failures=0, failing_since=None, openings=0)
    return health


def after_failure(
    health: TargetHealth, now_ms: int, why: Reason, *, is_window_bad: bool = False
) -> TargetHealth:
    """The health after a failure with the reason `why`."""
    since = _failing_since(health, now_ms)
    counted = replace(health, failures=health.failures + 1, failing_since=since)
    if health.state in _HELD:
        return counted
    if counted.failures >= DISABLED_AFTER_FAILURES and now_ms - since >= DISABLED_AFTER_MS:
        days = (now_ms - since) // 86_400_000
        return _disabled(
            counted, now_ms, failed_for_days(count=counted.failures, days=days, because=why)
        )
    opens = counted.failures >= OPENS_AFTER or is_window_bad
    if health.state is TargetState.HALF_OPEN or (health.state is TargetState.CLOSED and opens):
        return replace(
            counted,
            state=TargetState.OPEN,
            since=now_ms,
            reason=why,
            by="",
            openings=health.openings + 1,
            retry_at=now_ms + wait_ms(health.openings),
        )
    return counted


def after_gone(health: TargetHealth, now_ms: int) -> TargetHealth:
    """The health after a 410: disabled until a person resumes it."""
    if health.state in _HELD:
        return health
    counted = replace(
        health, failures=health.failures + 1, failing_since=_failing_since(health, now_ms)
    )
    return _disabled(counted, now_ms, answered_gone())


def wait_ms(openings: int) -> int:
    """For how many milliseconds the breaker stays open after it has opened `openings` times."""
    return min(FIRST_WAIT_MS << min(openings, 20), LONGEST_WAIT_MS)


def may_be_tried(health: TargetHealth, now_ms: int) -> bool:
    """Whether the time for a try has come: the wait is over, or the last try never ended.

    A wait that is longer than the longest one counts as over: a clock that was ahead has set it.
    """
    if health.state not in (TargetState.OPEN, TargetState.HALF_OPEN) or health.retry_at is None:
        return health.state in (TargetState.OPEN, TargetState.HALF_OPEN)
    is_open = health.state is TargetState.OPEN
    longest_ms = wait_ms(max(0, health.openings - 1)) if is_open else PROBE_MS
    return not now_ms < health.retry_at <= now_ms + longest_ms


def half_open(health: TargetHealth, now_ms: int) -> TargetHealth:
    """The health while one run tries the destination."""
    since = now_ms if health.state is TargetState.OPEN else health.since
    return replace(health, state=TargetState.HALF_OPEN, since=since, retry_at=now_ms + PROBE_MS)


def paused(health: TargetHealth, now_ms: int, by: str, note: str = "") -> TargetHealth:
    """The health after a person has paused the destination."""
    reason = quoted(note) if note else None
    return replace(
        health, state=TargetState.PAUSED, since=now_ms, by=by, reason=reason, retry_at=None
    )


def resumed(health: TargetHealth, now_ms: int, by: str) -> TargetHealth:
    """The health after a person has resumed it: closed, with all failures forgotten."""
    return replace(_closed(health, now_ms), by=by)


def _failing_since(health: TargetHealth, now_ms: int) -> int:
    return now_ms if health.failing_since is None else min(health.failing_since, now_ms)


def _closed(health: TargetHealth, now_ms: int) -> TargetHealth:
    return TargetHealth(name=health.name, since=now_ms, version=health.version)


def _disabled(health: TargetHealth, now_ms: int, why: Reason) -> TargetHealth:
    return replace(
        health, state=TargetState.DISABLED, since=now_ms, reason=why, by="", retry_at=None
    )
