"""A counter of takes per minute and key, in memory.

Its counts are lost at a restart, so use it only if that does no harm.
"""

from automator.clock import Clock

_MOST_KEYS = 10_000


class Quota:
    """Counts takes in the current minute; not for counts that must be exact across nodes."""

    def __init__(self, per_minute: int, clock: Clock) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._minute = 0
        self._taken: dict[str, int] = {}

    def take(self, key: str) -> bool:
        """Whether the key had a take left in this minute, which it has now used."""
        minute = self._clock.now_ms() // 60_000
        if minute != self._minute:
            self._minute = minute
            self._taken.clear()
        used = self._taken.get(key, 0)
        if used >= self._per_minute or (not used and len(self._taken) >= _MOST_KEYS):
            return False
        self._taken[key] = used + 1
        return True
