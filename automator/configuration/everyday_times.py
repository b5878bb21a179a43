"""Recognises durations, times and days in everyday language and in the forms of other programs.

Files may not use these forms, since nobody should have to guess what a rule does. The functions
return the form that a file needs, for the fix of a problem.
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
    r"(?:\s*(?P<tomorrow>mai|ngày mai|hôm sau|tomorrow))?",
    re.I,
)
#: The longest text that is examined: the searches below take time by the square of its length.
_LONGEST: Final = 100
#: `PT1H30M` of ISO 8601, and `01:30:00`.
_ISO: Final = re.compile(r"P(?:(?P<d>\d+)D)?(?:T(?:(?P<h>\d+)H)?(?:(?P<m>\d+)M)?(?:(?P<s>\d+)S)?)?")
_CLOCK: Final = re.compile(r"(?P<h>[0-9]{2}):(?P<m>[0-5][0-9]):(?P<s>[0-5][0-9])")
_SECONDS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_TO: Final = re.compile(r"\s*(?:-|–|—|~|\bđến\b|\btới\b|\bto\b|\buntil\b)\s*", re.I)
#: Typographic quotation marks and a non-breaking space, which YAML takes for a part of a value.
_MARKS: Final = "“”„‘’‚«» "
_DAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY: Final = re.compile(
    r"(?:thứ|thu|t)\s*(?P<number>[2-7]|[^\W\d]{2,3})|(?P<sunday>cn|chủ nhật|chu nhat)", re.I
)
#: The numbers of the days of the week, in words; Monday is 0.
_NUMBERS: Final = {
    **dict.fromkeys(("2", "hai"), 2),
    **dict.fromkeys(("3", "ba"), 3),
    **dict.fromkeys(("4", "tư", "tu"), 4),
    **dict.fromkeys(("5", "năm", "nam"), 5),
    **dict.fromkeys(("6", "sáu", "sau"), 6),
    **dict.fromkeys(("7", "bảy", "bay"), 7),
}
#: The days of the week in Vietnamese calendars: Monday is the second day.
VIETNAMESE_DAYS: Final = {"cn": "sun", **{f"t{day}": name for day, name in enumerate(_DAYS[:6], 2)}}
_WEEKDAYS: Final = re.compile(
    r"th[ứu]\s*(?P<first>[2-7])(?:\s*-\s*(?:th[ứu]\s*)?(?P<last>[2-7]|cn))?", re.I
)
_WHOLE_DAYS: Final = {
    **dict.fromkeys(("cuối tuần", "cuoi tuan", "weekend", "weekends"), "sat-sun"),
    **dict.fromkeys(("ngày thường", "trong tuần", "weekday", "weekdays"), "mon-fri"),
    **dict.fromkeys(("hằng ngày", "hàng ngày", "mỗi ngày", "daily", "everyday"), "mon-sun"),
}
#: Words after a time that make it a time of the afternoon or evening.
_AFTERNOON: Final = frozenset({"pm", "chiều", "tối"})


def meant_duration(text: str) -> str | None:
    """Reads `2 giờ` as `2h`, `1h30m` as `90m`, `day` as `1d`; None if the meaning is uncertain."""
    if len(text) > _LONGEST:
        return None
    text = text.strip(_MARKS)
    parts = _ISO.fullmatch(text.upper()) or _CLOCK.fullmatch(text)
    if parts and any(parts.groupdict().values()):
        return _as_duration(
            sum(int(parts[unit] or 0) * _SECONDS[unit] for unit in parts.groupdict())
        )
    both = _HOURS_AND_MINUTES.fullmatch(text)
    if both:
        return f"{int(both['hours']) * 60 + int(both['minutes'])}m"
    found = _ONE_UNIT.fullmatch(text)
    if not found or not (found["number"] or len(found["unit"]) > 1):
        return None
    return f"{(found['number'] or '1').replace(',', '.')}{_UNITS[found['unit'].lower()]}"


def _as_duration(seconds: int) -> str:
    unit = next((unit for unit, size in _SECONDS.items() if seconds % size == 0), "s")
    return f"{seconds // _SECONDS[unit]}{unit}"


def meant_time_of_day(text: str) -> str | None:
    """Reads `9h` as `09:00`, `0930` as `09:30`, `8h tối` as `20:00`; None if uncertain."""
    if len(text) > _LONGEST:
        return None
    found = _TIME_OF_DAY.fullmatch(text.strip(_MARKS))
    if not found:
        return None
    hour, minute = int(found["hour"]) % 24, int(found["minute"] or 0)
    half = (found["half"] or "").lower()
    if half in _AFTERNOON and 1 <= hour < 12:
        hour += 12
    elif half == "am" and hour == 12:
        hour = 0
    elif half in ("trưa", "đêm"):
        # With the word for noon, one o'clock is 13:00 and eleven is 11:00. With the word for night,
        # an hour may be in either half of the day.
        return None
    return f"{hour:02d}:{minute:02d}{' +1d' if found['tomorrow'] else ''}"


def meant_times(text: str) -> str | None:
    """Reads `8h - 21h30` as `08:00-21:30`, `9am-5pm` as `09:00-17:00`; None if uncertain."""
    if len(text) > _LONGEST:
        return None
    ends = _TO.split(text.strip(_MARKS))
    times = [meant_time_of_day(end) for end in ends]
    if len(times) != len(("first", "last")) or None in times or any(" " in str(at) for at in times):
        return None
    first, last = times
    last = "24:00" if last == "00:00" else last
    return f"{first}-{last}"


def meant_days(text: str) -> str | None:
    """Reads `T2-T7` as `mon-sat`, `cuối tuần` as `sat-sun`; None if the meaning is uncertain."""
    if len(text) > _LONGEST:
        return None
    text = text.strip(_MARKS)
    if text.lower() in _WHOLE_DAYS:
        return _WHOLE_DAYS[text.lower()]
    parts = _TO.split(text)
    # In `thứ 2-6`, the word `thứ` belongs to both days.
    word = re.match(r"(?:thứ|thu|t)\s*(?=[2-7])", text, re.I)
    parts = [f"{word[0] if word and part.isdecimal() else ''}{part}" for part in parts]
    days = [_day(part) for part in parts]
    return None if None in days or len(days) > 2 else "-".join(map(str, days))


def _day(word: str) -> str | None:
    found = _DAY.fullmatch(word.strip())
    if found and found["sunday"]:
        return "sun"
    if found and found["number"].lower() in _NUMBERS:
        return _DAYS[_NUMBERS[found["number"].lower()] - 2]
    return word.strip().lower()[:3] if word.strip().lower()[:3] in _DAYS else None


def weekdays_in_english(text: str) -> str:
    """Replaces each `thứ 2-6` in a text by `mon-fri`."""
    return _WEEKDAYS.sub(_in_english, text)


def _in_english(days: re.Match[str]) -> str:
    found = (days[part] for part in ("first", "last") if days[part])
    return "-".join(VIETNAMESE_DAYS.get(f"t{day}", "sun") for day in found)
