"""The filter `date`: writes a time of a zone by a pattern."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.reasons.attempts import templates as faults
from automator.rules.templates.values import BadValueError, short_text

#: The letters that may follow a % in a pattern.
DATE_SIGNS = ("d", "m", "Y", "y", "H", "M", "S", "A", "%")


#: A sign in a pattern; the first group is the character after the %.
DATE_SIGN = re.compile("%(.?)")


_WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")


def date(value: Any, pattern: str = "%d/%m/%Y %H:%M", zone: str = DEFAULT_ZONE) -> str:
    """A time in a zone. Signs: %d %m %Y %y %H %M %S %A (day of the week) %%."""
    moment = _moment(value).astimezone(_zone(zone))
    values = (
        f"{moment.day:02d}",
        f"{moment.month:02d}",
        f"{moment.year:04d}",
        f"{moment.year % 100:02d}",
        f"{moment.hour:02d}",
        f"{moment.minute:02d}",
        f"{moment.second:02d}",
        _WEEKDAYS[moment.weekday()],
        "%",
    )
    signs = dict(zip(DATE_SIGNS, values, strict=True))
    return DATE_SIGN.sub(lambda found: _sign(signs, found[1]), short_text(pattern))


def _sign(signs: Mapping[str, str], name: str) -> str:
    if name not in signs:
        raise BadValueError(faults.template_no_such_sign(sign=name, known=" %".join(signs)))
    return signs[name]


def _moment(value: Any) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000, UTC)
    try:
        moment = datetime.fromisoformat(short_text(value))
    except ValueError as error:
        raise BadValueError(faults.template_not_a_time(text=short_text(value))) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(short_text(name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadValueError(faults.template_no_such_zone(zone=name)) from error
