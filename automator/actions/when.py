"""Times of day in a time zone: `09:00`, `09:00 +1d`."""

import re
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from automator.clock import instant_ms
from automator.configuration.spelt_out import meant_time_of_day
from automator.model import WrongValue
from automator.reasons.problems.inputs import CLOCK_TIME_SPELT_OUT, NOT_A_CLOCK_TIME, ZONE_MISSPELT

_WHEN = re.compile(
    r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?:\s+\+(?P<days>[0-9]{1,3})d)?"
)


def zone_named(name: str) -> ZoneInfo:
    """The time zone with this IANA name.

    Raises:
        ValueError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise WrongValue(ZONE_MISSPELT(zone=name)) from error


def parse_when(text: str) -> tuple[time, int | None]:
    """The time of day, and the number of days until then; None = the next time that clocks show it.

    Raises:
        ValueError: the text is no time of day.
    """
    found = _WHEN.fullmatch(text.strip())
    if found is None:
        better = meant_time_of_day(text)
        problem = CLOCK_TIME_SPELT_OUT(text=text, better=better) if better else None
        raise WrongValue(problem or NOT_A_CLOCK_TIME(text=text))
    moment = time(int(found["hour"]), int(found["minute"]))
    return moment, None if found["days"] is None else int(found["days"])


def next_moment_ms(text: str, zone: ZoneInfo, now_ms: int) -> int:
    """The millisecond that `text` means, never before now.

    `09:00` is the next nine o'clock, `09:00 +1d` nine o'clock tomorrow. A time that the zone skips
    (summer time begins) becomes the first that exists after it; of one that comes twice (summer
    time ends) the first counts.

    Raises:
        ValueError: the text is no time of day.
    """
    moment, days = parse_when(text)
    today = datetime.combine(datetime.fromtimestamp(now_ms / 1000, zone).date(), moment)
    if days is not None:
        return max(now_ms, instant_ms(today + timedelta(days=days), zone))
    at_ms = instant_ms(today, zone)
    return at_ms if at_ms >= now_ms else instant_ms(today + timedelta(days=1), zone)
