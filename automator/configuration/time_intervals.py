"""Recurring times in a file: days `mon-fri`, times `08:00-21:00`, days of the month `1-7`."""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Annotated, Any, ClassVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import (
    AfterValidator,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

from automator.configuration.everyday_times import meant_days, meant_times
from automator.configuration.values import OneOrMany, StrictModel, one_or_many
from automator.model import N_, WrongValue
from automator.reasons import ReasonKind
from automator.reasons.problems.values import (
    value_days_otherwise,
    value_hours_are_times,
    value_never_open,
    value_not_a_zone,
    value_not_days,
    value_not_days_of_month,
    value_not_months,
    value_not_times,
    value_not_years,
    value_range_backwards,
    value_range_from_the_end,
    value_times_otherwise,
    value_times_over_midnight,
    value_zone_otherwise,
)

#: The zone of times without a zone, if automator.yaml has no `timezone` either.
DEFAULT_ZONE = "Asia/Ho_Chi_Minh"
DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
#: The largest number of days that each month can have.
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_RANGE = re.compile(r"(-?\w+)(?:\s*[-:]\s*(-?\w+))?")
_TIMES = re.compile(r"([0-2]?\d):([0-5]\d)\s*-\s*([0-2]?\d):([0-5]\d)")
#: The first and the last number, both included.
Range = tuple[int, int]


def _parse_range(text: str, number: Callable[[str], int | None], wrong: ReasonKind[...]) -> Range:
    found = _RANGE.fullmatch(text.strip().lower())
    first = number(found[1]) if found else None
    last = number(found[2] or found[1]) if found else None
    if first is None or last is None:
        better = meant_days(text) if wrong is value_not_days else None
        raise WrongValue(
            value_days_otherwise(text=text, better=better) if better else wrong(text=text)
        )
    if first > last and not first > 0 > last:
        raise WrongValue(value_range_backwards(text=text))
    return first, last


def _named(names: tuple[str, ...], first: int) -> Callable[[str], int | None]:
    """Returns a function from a name, or its first three letters, to its number; None if
    unknown.
    """

    def number(word: str) -> int | None:
        if first == 1 and word.isdecimal() and 1 <= int(word) <= len(names):
            return int(word)
        return names.index(word[:3]) + first if word[:3] in names else None

    return number


def _whole(least: int, most: int) -> Callable[[str], int | None]:
    def number(word: str) -> int | None:
        is_number = word.removeprefix("-").isdecimal()
        value = int(word) if is_number else 0
        return value if is_number and value != 0 and least <= value <= most else None

    return number


#: `mon-fri` as (0, 4); a ValueError if these are no days of the week.
parse_days = partial(_parse_range, number=_named(DAYS, 0), wrong=value_not_days)
#: `jan-mar`, or `1-3`, as (1, 3); a ValueError if these are no months.
parse_months = partial(_parse_range, number=_named(_MONTHS, 1), wrong=value_not_months)
#: `2026-2027` as (2026, 2027); a ValueError if these are no years.
parse_years = partial(_parse_range, number=_whole(1970, 9999), wrong=value_not_years)


def parse_days_of_month(text: str) -> Range:
    """Reads `1-7` as (1, 7); days counted from the end of the month are negative, -1 is the last.

    Raises:
        ValueError: these are no days of a month.
    """
    first, last = _parse_range(text, _whole(-31, 31), value_not_days_of_month)
    if first < 0 < last:
        raise WrongValue(value_range_from_the_end(text=text))
    return first, last


def parse_times(text: str) -> Range:
    """Reads `08:00-21:00` as minutes of the day; the range excludes its end.

    Raises:
        ValueError: these are no times, or the range goes over midnight.
    """
    found = _TIMES.fullmatch(text.strip())
    first, last = (
        (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4]))
        if found
        else (-1, -1)
    )
    if not 0 <= first <= 1440 or not 0 <= last <= 1440:
        better = meant_times(text)
        if better is None:
            raise WrongValue(value_not_times(text=text))
        parse_times(better)
        raise WrongValue(value_times_otherwise(text=text, better=better))
    if first >= last:
        beginning, end = (time.strip() for time in text.split("-"))
        if last == 0:
            raise WrongValue(value_times_otherwise(text=text, better=f"{beginning}-24:00"))
        raise WrongValue(value_times_over_midnight(text=text, first=beginning, last=end))
    return first, last


def _to_texts(value: Any) -> Any:
    items = value if isinstance(value, list | tuple) else [value]
    return tuple(str(item) if isinstance(item, int) else item for item in items)


def _each(parse: Callable[[str], Range]) -> AfterValidator:
    def check(texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            parse(text)
        return texts

    return AfterValidator(check)


#: Wrong names that people write for Vietnam's time zone.
_OF_VIETNAM = re.compile(
    r"(?:(?:gmt|utc) *)?\+ *0?7(?::?00)?|(?:asia/)?(?:saigonn?|sai gon|sài gòn|hà nội|ha noi|hanoi"
    r"|ha_noi|hochiminh|ho chi minh|hồ chí minh|vietnam|viet nam|việt nam)|ict",
    re.IGNORECASE,
)


def is_zone(name: str) -> bool:
    """Whether a time zone has this name."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def check_zone(name: str) -> str:
    """Returns the name of a time zone after checking it.

    Raises:
        WrongValue: there is no zone of this name.
    """
    if not is_zone(name):
        if _OF_VIETNAM.fullmatch(name.strip()):
            raise WrongValue(value_zone_otherwise(value=name, nearest=DEFAULT_ZONE))
        raise WrongValue(value_not_a_zone(zone=name))
    return name


#: A time zone by its IANA name.
Zone = Annotated[str, AfterValidator(check_zone)]
_Texts = Annotated[
    tuple[str, ...], BeforeValidator(_to_texts), one_or_many({"type": ["string", "integer"]})
]


class TimeInterval(StrictModel):
    """Recurring times. A moment belongs to them if it fits every part that is given."""

    model_config = ConfigDict(title=N_("a time interval"))
    usual: ClassVar[tuple[str, str]] = ("times", '"08:00-21:00"')
    #: Keys that people expect here, with the advice for each.
    elsewhere: ClassVar[Mapping[str, ReasonKind[...]]] = dict.fromkeys(
        ("hours", "time", "from", "to", "start", "end", "after", "before"), value_hours_are_times
    )

    days: Annotated[_Texts, _each(parse_days)] = Field(
        default=(), description="Days of the week, as in `mon-sat`."
    )
    times: Annotated[_Texts, _each(parse_times)] = Field(
        default=(), description='Times of the day, as in `"08:00-21:00"`; the end is outside.'
    )
    months: Annotated[_Texts, _each(parse_months)] = Field(
        default=(), description="Months, as in `jan-mar`."
    )
    days_of_month: Annotated[_Texts, _each(parse_days_of_month)] = Field(
        default=(), description='Days of the month, as in `1-7`; `"-1"` is the last one.'
    )
    years: Annotated[_Texts, _each(parse_years)] = Field(
        default=(), description="Years, as in `2026-2027`."
    )
    timezone: Zone = Field(
        default=DEFAULT_ZONE,
        description="The time zone, as in `Asia/Ho_Chi_Minh`; without it, that of `timezone`.",
    )

    @model_validator(mode="after")
    def _has_a_day(self) -> "TimeInterval":
        """Checks that a month has one of the days: `{months: feb, days_of_month: 30}`
        never occurs.
        """
        months = [parse_months(text) for text in self.months] or [(1, 12)]
        longest = max(
            _LONGEST[number - 1] for first, last in months for number in range(first, last + 1)
        )
        days = [parse_days_of_month(text) for text in self.days_of_month]
        if days and all((first if first > 0 else -last) > longest for first, last in days):
            raise WrongValue(value_never_open(most=longest))
        return self

    @property
    def in_words(self) -> str:
        """Writes the interval in words for people: `mon-sat 08:00-21:00`."""
        parts = (self.years, self.months, self.days_of_month, self.days, self.times)
        return " ".join(", ".join(part) for part in parts if part) or self.timezone


def _kind_of_times(value: Any) -> str:
    return "interval" if isinstance(value, Mapping | TimeInterval) else "names"


#: Names from `time_intervals`, or an interval that is written out in place.
ActiveTimes = Annotated[
    Annotated[OneOrMany, Tag("names")] | Annotated[TimeInterval, Tag("interval")],
    Discriminator(_kind_of_times),
]


def names_meant(active: Any) -> list[str]:
    """Returns the names of time intervals in the `active` of a rule or a follow-up."""
    written = active if isinstance(active, list | tuple) else [active]
    return [name for name in written if isinstance(name, str)]


def intervals_meant(active: Any, known: Mapping[str, TimeInterval]) -> dict[str, TimeInterval]:
    """Returns the intervals of the `active` of a rule or a follow-up, by their names."""
    if isinstance(active, Mapping):
        interval = TimeInterval.model_validate(active)
        return {interval.in_words: interval}
    return {name: known[name] for name in names_meant(active) if name in known}
