"""Times of day in a zone: `09:00`, `09:00 +1d`."""

import re
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_WHEN = re.compile(
    r"(?P<hour>[01]?[0-9]|2[0-3]):(?P<minute>[0-5][0-9])(?:\s+\+(?P<days>[0-9]{1,3})d)?"
)
_MINUTE = timedelta(minutes=1)
#: A zone that moves over the date line skips one whole day, never more.
_LONGEST_GAP_MINUTES = 24 * 60


def zone_named(name: str) -> ZoneInfo:
    """The time zone with this IANA name.

    Raises:
        ValueError: there is none.
    """
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"'{name}' is not a time zone; write one like Asia/Ho_Chi_Minh") from error


def parse_when(text: str) -> tuple[time, int | None]:
    """The time of day, and in how many days; None = the next time that it is this late.

    Raises:
        ValueError: the text is no time of day.
    """
    found = _WHEN.fullmatch(text.strip())
    if found is None:
        raise ValueError(f"'{text}' is not a time of day; write 09:00, or 09:00 +1d for tomorrow")
    moment = time(int(found["hour"]), int(found["minute"]))
    return moment, None if found["days"] is None else int(found["days"])


def next_moment_ms(text: str, zone: ZoneInfo, now_ms: int) -> int:
    """The millisecond that `text` means, never before now.

    `09:00` is the next nine o'clock, `09:00 +1d` the one of tomorrow's date. A time that the
    zone skips (summer time begins) becomes the first that exists after it; of one that comes
    twice (summer time ends) the first counts.

    Raises:
        ValueError: the text is no time of day.
    """
    moment, days = parse_when(text)
    today = datetime.fromtimestamp(now_ms / 1000, zone).date()
    if days is not None:
        return max(now_ms, _instant_ms(today + timedelta(days=days), moment, zone))
    at_ms = _instant_ms(today, moment, zone)
    return at_ms if at_ms >= now_ms else _instant_ms(today + timedelta(days=1), moment, zone)


def _instant_ms(day: date, moment: time, zone: ZoneInfo) -> int:
    wall = datetime.combine(day, moment)
    for _ in range(_LONGEST_GAP_MINUTES):
        instant = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
        if instant.astimezone(zone).replace(tzinfo=None, fold=0) == wall:
            break
        wall += _MINUTE
    else:
        raise ValueError(f"{zone.key} has no {moment:%H:%M} on {day}")
    return round(instant.timestamp() * 1000)
