"""A rate limiter: lets requests through at even intervals, up to a number per second."""

#: How many seconds' worth of requests may be made at once after a pause.
SAVED_S = 0.1


class RateLimiter:
    """Limits how often requests are made. Times are in seconds of the monotonic clock."""

    def __init__(self, per_second: float, saved_s: float = SAVED_S) -> None:
        self.per_second = per_second
        self._interval_s = 1 / per_second
        self._saved_s = max(saved_s, self._interval_s)
        #: When the next request would be due if all came at even intervals.
        self._next_at = 0.0

    def wait_s(self, now_s: float) -> float:
        """Seconds until the next request may be made; 0 for now."""
        return max(0.0, self._next_at - (self._saved_s - self._interval_s) - now_s)

    def take(self, now_s: float) -> None:
        """Counts one request."""
        self._next_at = max(self._next_at, now_s) + self._interval_s

    def next_in_s(self, waiting: int, now_s: float) -> float | None:  # noqa: ARG002 - as SharedRateLimiter
        """Seconds until the next waiting request may be made."""
        return self.wait_s(now_s)

    def within(self, seconds: float, now_s: float) -> int:
        """The number of requests that may be made within the next `seconds`."""
        free_s = seconds - self.wait_s(now_s)
        return max(0, int(free_s / self._interval_s) + 1) if free_s >= 0 else 0
