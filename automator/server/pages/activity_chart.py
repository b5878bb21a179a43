"""The chart of the last 24 hours: one bar for each hour, from the roll-ups."""

from collections.abc import Iterable
from urllib.parse import urlencode

from automator.clock import iso_time
from automator.model import RunState, record
from automator.store import HOUR_MS, HourCounts

HOURS = 24
#: The parts of a bar, from below: runs that ended well, those held back, those that failed.
WELL = (RunState.DONE,)
FAILED = (RunState.DEAD, RunState.UNKNOWN)


@record(kw_only=False)
class Bar:
    """An hour: its counts, and its rectangles as shares of the highest bar in percent."""

    hour: int
    events: int
    well: int
    held_back: int
    failed: int
    #: Height of each part, in the order above.
    heights: tuple[float, ...]

    @property
    def total(self) -> int:
        """All runs that ended in the hour."""
        return self.well + self.held_back + self.failed

    @property
    def query(self) -> str:
        """The filter of the log for this hour."""
        times = {"since": iso_time(self.hour), "until": iso_time(self.hour + HOUR_MS)}
        return urlencode(times)


def bars_until(now_ms: int, hours: Iterable[HourCounts]) -> list[Bar]:
    """The bars of the last 24 hours, the oldest first; hours without anything are there too."""
    known = {item.hour: item for item in hours}
    last = now_ms - now_ms % HOUR_MS
    found = [last - number * HOUR_MS for number in reversed(range(HOURS))]
    parts = {hour: _parts(known[hour]) if hour in known else (0, 0, 0) for hour in found}
    highest = max(1, *(sum(part) for part in parts.values()))
    return [
        Bar(
            hour,
            known[hour].events if hour in known else 0,
            *parts[hour],
            heights=tuple(round(100 * part / highest, 2) for part in parts[hour]),
        )
        for hour in found
    ]


def _parts(counts: HourCounts) -> tuple[int, int, int]:
    well = sum(counts.ended.get(state.label, 0) for state in WELL)
    failed = sum(counts.ended.get(state.label, 0) for state in FAILED)
    return well, sum(counts.ended.values()) - well - failed, failed
