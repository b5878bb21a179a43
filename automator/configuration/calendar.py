"""Calendars of time intervals: whether one is open at a moment, and when the next one opens."""

from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from automator.configuration.time_intervals import (
    Range,
    TimeInterval,
    parse_days,
    parse_days_of_month,
    parse_months,
    parse_times,
    parse_years,
)

#: After its opening, the runs that became due while a calendar was closed are spread over this
#: time.
_SPREAD_MS = 600_000
_WEEK = 7 * 1440
#: How many days ahead the next opening is searched: 29 February can be eight years away.
_FAR = 9 * 366
_WHOLE_DAY = ((0, 1440),)


class Calendar:
    """Several time intervals; it is open if any of them is."""

    def __init__(self, intervals: Mapping[str, TimeInterval]) -> None:
        #: The name for people: `business_hours or weekends`.
        self.name = " or ".join(intervals)
        self._intervals = tuple(_Interval(interval) for interval in intervals.values())

    def is_open(self, ms: int) -> bool:
        """Whether this moment (milliseconds since 1970) lies in one of the intervals."""
        return any(interval.is_open(ms) for interval in self._intervals)

    def next_opening(self, ms: int) -> int | None:
        """Returns the first open millisecond from `ms` on; None if there is none for nine years."""
        found = (interval.next_opening(ms) for interval in self._intervals)
        return min((opening for opening in found if opening is not None), default=None)

    def spread_opening(self, ms: int, drawn: float) -> int | None:
        """Returns a moment soon after the next opening; None if it never opens.

        `drawn`, a random number from 0 up to 1, spreads runs, so that they do not all act in one
        second.
        """
        opening = self.next_opening(ms)
        if opening is None:
            return None
        later = opening + round(drawn * _SPREAD_MS)
        return later if self.is_open(later) else opening

    @property
    def longest_closed_ms(self) -> int:
        """Returns for how many milliseconds it is closed without a break in every week, at least.

        Clock changes are ignored, and so are dates, which could only make that time longer.
        """
        spans = sorted(span for interval in self._intervals for span in interval.of_a_week())
        longest, closed_from = 0, 0
        for first, last in (*spans, *((_WEEK + first, _WEEK + last) for first, last in spans[:1])):
            longest = max(longest, first - closed_from)
            closed_from = max(closed_from, last)
        return longest * 60_000

    @property
    def zone_name(self) -> str:
        """Returns the zone in which people read its times: the zone of the first interval."""
        return str(self._intervals[0].zone)


class _Interval:
    def __init__(self, source: TimeInterval) -> None:
        self.zone = ZoneInfo(source.timezone)
        self._days = [parse_days(text) for text in source.days]
        self._months = [parse_months(text) for text in source.months]
        self._days_of_month = [parse_days_of_month(text) for text in source.days_of_month]
        self._years = [parse_years(text) for text in source.years]
        self._times = [parse_times(text) for text in source.times] or list(_WHOLE_DAY)

    def is_open(self, ms: int) -> bool:
        local = _local(ms, self.zone)
        return _within(local.hour * 60 + local.minute, self._times, end=1) and self._has(local)

    def next_opening(self, ms: int) -> int | None:
        if self.is_open(ms):
            return ms
        today = _local(ms, self.zone).date()
        # From -1: if clocks are set back after midnight, the end of the previous day comes twice.
        for offset in range(-1, _FAR):
            day = today + timedelta(days=offset)
            if self._has(day):
                openings = [
                    at
                    for at in self._edges(day)
                    if at >= ms and _local(at, self.zone).date() == day and self.is_open(at)
                ]
                if openings:
                    return min(openings)
        return None

    def of_a_week(self) -> Iterator[Range]:
        """Yields its times on every day of the week on which it can be open, as minutes since the
        start of Monday.
        """
        for day in range(7):
            if not self._days or _within(day, self._days):
                for first, last in self._times:
                    yield day * 1440 + first, day * 1440 + last

    def _has(self, day: date) -> bool:
        if self._days and not _within(day.weekday(), self._days):
            return False
        if self._months and not _within(day.month, self._months):
            return False
        if self._years and not _within(day.year, self._years):
            return False
        if not self._days_of_month:
            return True
        last = ((day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)).day
        from_start = [
            (first if first > 0 else last + first + 1, end if end > 0 else last + end + 1)
            for first, end in self._days_of_month
        ]
        return _within(day.day, from_start)

    def _edges(self, day: date) -> Iterator[int]:
        """Yields the moments at which the interval can open on a local day: the beginnings of its
        times, and a clock change.

        The change may also be within the first hours of the next day.
        """
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - on the zone's clock
        for first, _ in self._times:
            for fold in (0, 1):
                yield _utc_ms(midnight + timedelta(minutes=first), self.zone, fold)
        start = _utc_ms(midnight, self.zone, 1) - 7_200_000
        end = _utc_ms(midnight + timedelta(days=1), self.zone, 0) + 7_200_000
        if _offset(start, self.zone) != _offset(end, self.zone):
            yield _clock_change(start, end, self.zone)


def _within(number: int, ranges: list[Range], *, end: int = 0) -> bool:
    """Whether a number is in one of the ranges, without the last `end` numbers of each range."""
    return any(first <= number <= last - end for first, last in ranges)


def _local(ms: int, zone: ZoneInfo) -> datetime:
    return datetime.fromtimestamp(ms // 1000, zone)


def _utc_ms(local: datetime, zone: ZoneInfo, fold: int) -> int:
    return round(local.replace(tzinfo=zone, fold=fold).astimezone(UTC).timestamp()) * 1000


def _offset(ms: int, zone: ZoneInfo) -> timedelta | None:
    return _local(ms, zone).utcoffset()


def _clock_change(start: int, end: int, zone: ZoneInfo) -> int:
    """Finds the moment between `start` and `end` at which the zone's offset from UTC changes."""
    later = _offset(end, zone)
    while end - start > 1_000:
        middle = (start + end) // 2_000 * 1_000
        if _offset(middle, zone) == later:
            end = middle
        else:
            start = middle
    return end
