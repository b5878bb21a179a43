"""Clocks, real and manual, and the forms in which times are written.

Every part gets its clock from outside, so that tests can move the time.
"""

import time
from datetime import UTC, datetime, timedelta, tzinfo
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

_MINUTE = timedelta(minutes=1)
#: A zone that moves over the date line skips one whole day, never more.
_LONGEST_GAP_MINUTES = 24 * 60


class Clock(Protocol):
    """A source of wall time, for times shown or due, and of monotonic time, for durations."""

    def now_ms(self) -> int:
        """Milliseconds since 1970, UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        ...


class SystemClock:
    """The machine's own clock."""

    #: Bound directly, without a method around it, because every event reads it several times.
    monotonic = staticmethod(time.monotonic)

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000


class ManualClock:
    """A clock for tests and simulations, which moves only by `advance` and `set_by`."""

    def __init__(self, now_ms: int = 1_795_478_400_000) -> None:
        self._now_ms = now_ms
        self._monotonic_ms = now_ms

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic(self) -> float:
        return self._monotonic_ms / 1000

    def advance(self, seconds: float) -> None:
        """Moves the time forward."""
        self._now_ms += round(seconds * 1000)
        self._monotonic_ms += round(seconds * 1000)

    def set_by(self, seconds: float) -> None:
        """Sets the wall clock forward, or back if negative; the monotonic time stays."""
        self._now_ms += round(seconds * 1000)


#: Milliseconds by which a wall clock may differ from the monotonic clock without having been set.
DRIFT_MS = 1_000


class SteppedClock:
    """Notices when somebody sets the wall clock, by comparing it with the monotonic clock."""

    def __init__(self) -> None:
        self._last: tuple[int, float] | None = None

    def step_ms(self, now_ms: int, monotonic: float) -> int:
        """Milliseconds by which the wall clock was set since the last call; negative = back.

        0 at the first call, and if the clocks differ by `DRIFT_MS` or less.
        """
        last, self._last = self._last, (now_ms, monotonic)
        if last is None:
            return 0
        step_ms = now_ms - last[0] - round((monotonic - last[1]) * 1000)
        return step_ms if abs(step_ms) > DRIFT_MS else 0


_SECOND_LENGTH = len("2026-11-24T06:01:01")


def iso_time(ms: int) -> str:
    """`2026-11-24T06:01:01.250Z`: the form in which rules, the API and the log write a time."""
    seconds, millis = divmod(ms, 1000)
    # The last three digits of 1000 + ms. A format string would cost as much as everything else
    # here.
    return f"{_iso_second(seconds)}.{str(1000 + millis)[1:]}Z"


def optional_time(ms: int | None) -> str | None:
    """A time as `iso_time` writes it, or None."""
    return None if ms is None else iso_time(ms)


def ms_of(time: str) -> int:
    """The milliseconds of a time that `iso_time` wrote.

    Raises:
        ValueError: the text is not such a time.
    """
    return round(datetime.fromisoformat(time).timestamp() * 1000)


def moment_ms(text: str, zone: tzinfo | None = None) -> int | None:
    """The milliseconds of a time in ISO 8601 that a person wrote; None if it is not such a time.

    A text without a zone is a time in `zone`; if that is None too, the result is None.
    """
    try:
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=zone)
        return round(moment.timestamp() * 1000) if moment.tzinfo else None
    except (ValueError, OverflowError):
        return None


@lru_cache(maxsize=1024)
def _iso_second(seconds: int) -> str:
    """The part of `iso_time` up to the second; cached, because many times share a second."""
    return datetime.fromtimestamp(seconds, UTC).isoformat()[:_SECOND_LENGTH]


def instant_ms(wall: datetime, zone: ZoneInfo) -> int:
    """The millisecond at which a zone's clock shows `wall`, a time without a zone.

    If the zone skips the time (summer time begins), the first existing time after it counts. If the
    time comes twice (summer time ends), its first occurrence counts.

    Raises:
        ValueError: the zone skips more than a day.
    """
    tried = wall
    for _ in range(_LONGEST_GAP_MINUTES + 1):
        instant = tried.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None, fold=0) == tried:
            return round(instant.timestamp() * 1000)
        # The first minute after the gap, even if `wall` has seconds.
        tried = tried.replace(second=0, microsecond=0) + _MINUTE
    raise ValueError(f"{zone.key} has no {wall}")
