"""Durations and times of day in the forms of other programs and of everyday language.

They are not accepted, since nobody may have to guess what a rule does; a problem names our form.
"""

import re
from collections.abc import Mapping
from typing import Final

_UNIT_WORDS: Final[Mapping[str, tuple[str, ...]]] = {
    "s": ("s", "sec", "secs", "second", "seconds", "giây"),
    "m": ("m", "p", "min", "mins", "minute", "minutes", "phút"),
    "h": ("h", "hr", "hrs", "hour", "hours", "giờ", "tiếng"),
    "d": ("d", "day", "days", "daily", "ngày"),
    "w": ("w", "week", "weeks", "weekly", "tuần"),
}
_UNITS: Final = {word: unit for unit, words in _UNIT_WORDS.items() for word in words}
_WORD: Final = "|".join(sorted(_UNITS, key=len, reverse=True))
_ONE_UNIT: Final = re.compile(rf"(?P<number>[0-9]+(?:[.,][0-9]+)?)?\s*(?P<unit>{_WORD})", re.I)
_HOURS_AND_MINUTES: Final = re.compile(
    r"(?P<hours>[0-9]{1,3})\s*(?:h|giờ|tiếng)\s*(?P<minutes>[0-5]?[0-9])\s*(?:m|p|min|phút)?", re.I
)
_TIME_OF_DAY: Final = re.compile(
    r"(?P<hour>[01]?[0-9]|2[0-4])(?:\s*(?:h|g|giờ|:|\.)\s*|(?=[0-9]{2}\b)|(?=\s*[ap]m\b))"
    r"(?P<minute>[0-5][0-9])?(?::00)?\s*(?P<half>am|pm|sáng|trưa|chiều|tối|đêm)?"
    r"(?:\s*(?P<tomorrow>mai|ngày mai|hôm sau))?",
    re.I,
)
#: Words behind a time that put its hours up to twelve into the second half of the day.
_AFTERNOON: Final = frozenset({"pm", "chiều", "tối"})


def meant_duration(text: str) -> str | None:
    """`2 giờ` as `2h`, `1h30m` as `90m`, `day` as `1d`; None where nobody can say."""
    text = text.strip()
    both = _HOURS_AND_MINUTES.fullmatch(text)
    if both:
        return f"{int(both['hours']) * 60 + int(both['minutes'])}m"
    found = _ONE_UNIT.fullmatch(text)
    if not found or not (found["number"] or len(found["unit"]) > 1):
        return None
    return f"{(found['number'] or '1').replace(',', '.')}{_UNITS[found['unit'].lower()]}"


def meant_time_of_day(text: str) -> str | None:
    """`9h` as `09:00`, `0930` as `09:30`, `8h tối` as `20:00`; None where nobody can say."""
    found = _TIME_OF_DAY.fullmatch(text.strip())
    if not found:
        return None
    hour, minute = int(found["hour"]) % 24, int(found["minute"] or 0)
    half = (found["half"] or "").lower()
    if half in _AFTERNOON and 1 <= hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    elif half in ("trưa", "đêm"):
        # One o'clock at noon is 13:00, eleven is 11:00; at night both halves of the day occur.
        return None
    return f"{hour:02d}:{minute:02d}{' +1d' if found['tomorrow'] else ''}"
