"""The retry budget of a destination: while it fails, about a fifth of its requests may be retries.

Without it, a destination that answers every second request with an error receives half as many
requests again, just when it can handle the fewest.
"""

#: Retries among all requests, at most, while it fails.
SHARE = 0.2
#: Retries within the window that are always allowed: else a quiet target would get none.
FLOOR = 30
#: The window: seconds for which requests and failures count.
WINDOW_S = 60
#: Seconds' worth of retries that may come at once after a pause.
SAVED_S = 10.0


class _Count:
    """A count of events within the window, by whole seconds."""

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
        """Events of the last WINDOW_S."""
        self._forget(int(now_s))
        return self._total

    def _forget(self, second: int) -> None:
        for over in range(max(self._second, second - WINDOW_S) + 1, second + 1):
            self._total -= self._buckets[over % WINDOW_S]
            self._buckets[over % WINDOW_S] = 0
        self._second = second


class RetryBudget:
    """The budget of one destination on this node. Times are seconds of a monotonic clock."""

    __slots__ = ("_counted_since", "_failed_at", "_owed", "_owed_at", "_requests", "_retries")

    def __init__(self) -> None:
        self._requests = _Count()
        self._retries = _Count()
        #: When the first request after a whole window without any ended.
        self._counted_since = 0.0
        self._failed_at: float | None = None
        #: How many of the reserved retries were still to be earned at `_owed_at`, and less than
        #: none for saved ones. Not a time: reservations that a low rate has put far away would
        #: hold up all later ones after the rate has risen.
        self._owed = 0.0
        self._owed_at = 0.0

    def note_request(self, now_s: float) -> None:
        """A request has ended, whether it was a retry or not."""
        if not self._requests.within(now_s):
            self._counted_since = now_s
        self._requests.add(now_s)

    def note_retry(self, now_s: float) -> None:
        """A retry has begun."""
        self._retries.add(now_s)

    def note_failure(self, now_s: float) -> None:
        """A request failed."""
        self._failed_at = now_s

    def take(self, now_s: float, nodes: int = 1) -> float:
        """Seconds until one more retry may be made; that moment is reserved for it. 0 = now.

        `nodes` share the floor; of the rest each has a part of what it sends itself.
        """
        if not self.is_limiting(now_s):
            return 0.0
        per_second = self._per_second(now_s, nodes)
        owed = max(self._still_owed(now_s, per_second), -SAVED_S * per_second)
        self._owed, self._owed_at = owed + 1, now_s
        return max(0.0, owed / per_second)

    def is_limiting(self, now_s: float) -> bool:
        """Whether a request failed within the window; else retries are not limited."""
        return self._failed_at is not None and now_s - self._failed_at <= WINDOW_S

    def counted(self, now_s: float) -> tuple[int, int]:
        """Requests within the window, and how many of them were retries."""
        return self._requests.within(now_s), self._retries.within(now_s)

    def held_for_s(self, now_s: float, nodes: int = 1) -> float:
        """Seconds for which a retry would be held back now; 0 = not at all."""
        if not self.is_limiting(now_s):
            return 0.0
        per_second = self._per_second(now_s, nodes)
        return max(0.0, self._still_owed(now_s, per_second) / per_second)

    def _still_owed(self, now_s: float, per_second: float) -> float:
        return self._owed - (now_s - self._owed_at) * per_second

    def _per_second(self, now_s: float, nodes: int) -> float:
        """The retries that requests earn each second, so that a window has the permitted share."""
        requests = self._requests.within(now_s)
        counted_s = int(now_s) - int(self._counted_since) + 1
        # While the window fills, its requests came within less than a window. A burst of less than
        # SAVED_S is not taken for the rate of a whole window.
        a_window_has = requests * WINDOW_S / min(WINDOW_S, max(SAVED_S, counted_s))
        return max(FLOOR / nodes, SHARE * a_window_has) / (WINDOW_S + SAVED_S)
