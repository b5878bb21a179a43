"""The filters of templates: functions over plain data whose results are bounded."""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import markupsafe

from automator.conditions import (
    FINDERS,
    NoArmsError,
    arm_of,
    fold,
    is_true,
    key_of,
    language_of,
    read_arms,
)
from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.reasons.attempts import templates as faults
from automator.rules.templates.tracked import tracked
from automator.rules.templates.values import (
    MAX_ITEMS,
    MAX_TEXT,
    BadValueError,
    LimitError,
    WrongKindError,
    as_text,
    bounded,
    to_json,
)

#: The names of the currency without decimals.
DONG = frozenset({"VND", "đ", "₫"})
#: The letters that may stand behind a % in the pattern of a date.
DATE_SIGNS = ("d", "m", "Y", "y", "H", "M", "S", "A", "%")
#: A sign in such a pattern; what stands behind its % is its first group.
DATE_SIGN = re.compile("%(.?)")
_WEEKDAYS = ("thứ hai", "thứ ba", "thứ tư", "thứ năm", "thứ sáu", "thứ bảy", "chủ nhật")


def money(value: Any, currency: str = "VND") -> str:
    """`250000` as `250.000đ`; other currencies with two decimals, as `1.250,50 USD`."""
    amount = _number(value)
    if not math.isfinite(amount) or abs(amount) >= 1e18:
        raise BadValueError(faults.AMOUNT_TOO_LARGE())
    if currency in DONG:
        return f"{round(amount):,}".replace(",", ".") + "đ"
    text = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{text.removesuffix(',00')} {_word(currency)}"


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
    return DATE_SIGN.sub(lambda found: _sign(signs, found[1]), _word(pattern))


def _sign(signs: Mapping[str, str], name: str) -> str:
    if name not in signs:
        raise BadValueError(faults.NO_SUCH_SIGN(sign=name, known=" %".join(signs)))
    return signs[name]


def truncate(text: str, length: int = 255, end: str = "…") -> str:
    """The beginning of a text, cut between words where possible."""
    if not 1 <= length <= MAX_ITEMS:
        raise LimitError(faults.TRUNCATE_LENGTH(most=MAX_ITEMS))
    if len(text) <= length:
        return text
    kept = text[: max(0, length - len(_word(end)))]
    return (kept.rsplit(" ", 1)[0] if " " in kept[1:] else kept) + end


def default(value: Any, other: Any = "", also_empty: bool = False) -> Any:
    """`other` in place of null, and with true as second argument of every empty value."""
    if value is None or (also_empty and not is_true(value)):
        return other
    return value


def join(value: Any, separator: str = "") -> str:
    """The items of a list as one text."""
    if not isinstance(value, list | tuple):
        raise WrongKindError(faults.JOIN_NEEDS_LIST())
    if len(value) > MAX_ITEMS:
        raise LimitError(faults.JOIN_TOO_LONG(most=MAX_ITEMS))
    separator = as_text(separator)
    room = MAX_TEXT - len(separator) * max(0, len(value) - 1)
    parts: list[str] = []
    for item in value:
        parts.append(as_text(item))
        room -= len(parts[-1])
        if room < 0:
            raise LimitError(faults.TEXT_BECOMES_TOO_LONG(most=MAX_TEXT))
    return separator.join(parts)


def replace(text: str, old: str, new: str) -> str:
    """A text with every `old` replaced by `new`."""
    old, new = as_text(old), as_text(new)
    if not old:
        raise BadValueError(faults.REPLACE_NEEDS_TEXT())
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise LimitError(faults.TEXT_BECOMES_TOO_LONG(most=MAX_TEXT))
    return text.replace(old, new)


def round_number(value: Any, digits: int = 0) -> int | float:
    """A number rounded; without digits a whole one."""
    if not -15 <= digits <= 15:
        raise LimitError(faults.ROUND_DIGITS())
    number = _number(value)
    return round(number, digits) if digits > 0 else int(round(number, digits))


def length(value: Any) -> int:
    """The number of characters, items or keys."""
    if not isinstance(value, str | list | tuple | dict):
        raise WrongKindError(faults.LENGTH_OF_WHAT())
    return len(value)


def first(value: Any) -> Any:
    """The first item or character, or null."""
    return value[0] if _sequence(value) else None


def last(value: Any) -> Any:
    """The last item or character, or null."""
    return value[-1] if _sequence(value) else None


def to_int(value: Any, other: Any = 0) -> Any:
    """A whole number, or `other` when the value does not write one."""
    try:
        return int(_number(value))
    except (TypeError, ValueError, OverflowError):
        return other


def to_float(value: Any, other: Any = 0.0) -> Any:
    """A number, or `other` when the value does not write one."""
    try:
        return float(_number(value))
    except (TypeError, ValueError, OverflowError):
        return other


def arm(value: Any, name: str, arms: Any) -> str:
    """The arm of a person in a split, always the same one: `arm('greeting', ['a', 'b'])`."""
    key = key_of(value)
    if key is None:
        raise WrongKindError(faults.ARM_OF_WHOM())
    try:
        return arm_of(key, _word(name), read_arms(arms))
    except NoArmsError as error:
        raise BadValueError(faults.NO_ARMS()) from error


def urlencode(text: str) -> str:
    """A text percent-encoded, so that it stays inside its part of an address."""
    return bounded(quote(text, safe="", errors="replace"))


def escape(text: str) -> str:
    """A text for HTML."""
    return bounded(str(markupsafe.escape(text)))


def bounded_range(arguments: list[Any]) -> list[int]:
    """`range` of at most 1,000 whole numbers."""
    numbers = range(*arguments)
    if len(numbers) > MAX_ITEMS:
        raise LimitError(faults.RANGE_TOO_LONG(most=MAX_ITEMS))
    return list(numbers)


FILTERS: dict[str, Callable[..., Any]] = {
    "fold": fold,
    "money": money,
    "date": date,
    "truncate": truncate,
    "tojson": to_json,
    "default": default,
    "d": default,
    "join": join,
    "upper": str.upper,
    "lower": str.lower,
    "trim": lambda text: text.strip(),
    "replace": replace,
    "round": round_number,
    "length": length,
    "count": length,
    "first": first,
    "last": last,
    "abs": lambda value: abs(_number(value)),
    "int": to_int,
    "float": to_float,
    "arm": arm,
    "language": language_of,
    "urlencode": urlencode,
    "e": escape,
    "escape": escape,
    "tracked": tracked,
    **FINDERS,
}
#: Filters that look at no more than the outermost part of a value.
FLAT_FILTERS = frozenset({"default", "d", "length", "count", "first", "last"})
#: Filters that work on a text, and are given every other value as one.
TEXT_FILTERS = frozenset(
    {
        "fold",
        "truncate",
        "upper",
        "lower",
        "trim",
        "replace",
        "urlencode",
        "e",
        "escape",
        "language",
        "tracked",
        *FINDERS,
    }
)
#: How much dearer than others a filter is for each character.
WEIGHTS = {
    "fold": 8,
    "urlencode": 8,
    "e": 4,
    "escape": 4,
    "tojson": 4,
    "tracked": 16,
    **dict.fromkeys(FINDERS, 8),
}


def _word(value: Any) -> str:
    if not isinstance(value, str) or len(value) > 100:
        raise BadValueError(faults.ARGUMENT_NOT_TEXT())
    return value


def _sequence(value: Any) -> Any:
    if not isinstance(value, str | list | tuple):
        raise WrongKindError(faults.ENDS_OF_WHAT())
    return value


def _number(value: Any) -> int | float:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongKindError(faults.NUMBER_NEEDED())
    if not isinstance(value, str):
        return value
    text = value.strip()
    if len(text) > 40 or "_" in text:
        raise BadValueError(faults.NOT_A_NUMBER(text=text[:40]))
    try:
        return int(text)
    except ValueError:
        return _decimal(text)


def _decimal(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise BadValueError(faults.NOT_A_NUMBER(text=text))
    return number


def _moment(value: Any) -> datetime:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return datetime.fromtimestamp(value / 1000, UTC)
    try:
        moment = datetime.fromisoformat(_word(value))
    except ValueError as error:
        raise BadValueError(faults.TEMPLATE_NOT_A_TIME(text=_word(value))) from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(_word(name))
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadValueError(faults.TEMPLATE_NO_SUCH_ZONE(zone=name)) from error
