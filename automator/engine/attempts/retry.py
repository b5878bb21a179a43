"""The time of the next attempt after a failed one: pure arithmetic without clock or randomness."""

import zlib

from automator.model import RetryableError, RetryPolicy, UnknownOutcome

#: Seconds between attempts where a step says nothing; the last one repeats.
DEFAULT_SCHEDULE_S = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)
#: The longest wait, whatever the schedule or the other side asks for: a day.
MAX_DELAY_S = 86400.0
#: Waits are spread by this part of themselves to either side, so that retries do not come at once.
JITTER = 0.2
_MAX_DOUBLINGS = 40


def base_delay_s(policy: RetryPolicy, attempt: int) -> float:
    """Seconds to wait after the failed attempt number `attempt`, from 1, before jitter."""
    if policy.interval_s is None:
        return DEFAULT_SCHEDULE_S[min(attempt, len(DEFAULT_SCHEDULE_S)) - 1]
    if policy.strategy == "fixed":
        return min(policy.interval_s, MAX_DELAY_S)
    return min(policy.interval_s * 2.0 ** min(attempt - 1, _MAX_DOUBLINGS), MAX_DELAY_S)


def next_attempt_at(
    policy: RetryPolicy,
    *,
    attempt: int,
    now_ms: int,
    error: RetryableError | UnknownOutcome,
    key: int,
) -> int | None:
    """The millisecond of the next attempt, or None when `attempt` was the last one.

    The jitter follows from `key` and `attempt` alone, so that every node computes the same. A wait
    that the other side asks for with Retry-After is kept in full, up to a day, and never shortens
    the schedule's wait.
    """
    if attempt >= policy.max_attempts:
        return None
    delay_s = base_delay_s(policy, attempt) * (1 + JITTER * _spread(key, attempt))
    asked_s = error.retry_after_s if isinstance(error, RetryableError) else None
    # Written so that a NaN asks for nothing.
    if asked_s is not None and asked_s > delay_s:
        delay_s = max(delay_s, min(asked_s, MAX_DELAY_S))
    return now_ms + round(delay_s * 1000)


def _spread(key: int, attempt: int) -> float:
    """A number from -1 to 1, the same for the same arguments."""
    return zlib.crc32(f"{key}:{attempt}".encode()) / 0xFFFF_FFFF * 2 - 1
