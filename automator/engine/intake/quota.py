"""Counts uses per minute and key, in memory.

A restart loses the counts, and nodes do not share them. Use it only where that does no harm.
"""

from automator.clock import Clock

_MOST_KEYS = 10_000


class Quota:
    """Lets each key be used a limited number of times per minute, on this node."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._minute = 0
        self._taken: dict[str, int] = {}

    def take(self, key: str) -> bool:
        """Uses the key once, if it has a use left in this minute; returns whether it had."""
        minute = self._clock.now_ms() // 60_000
        if minute != self._minute:
            self._minute = minute
            self._taken.clear()
        used = self._taken.get(key, 0)
        if used >= self._per_minute or (not used and len(self._taken) >= _MOST_KEYS):
            return False
        self._taken[key] = used + 1
        return True
