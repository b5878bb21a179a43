"""The filters of templates: functions over plain data with results of limited size.

`template_checks.py` checks their arguments in rule files. `FILTERS`, at the end, is the table of
filters by name, with the cost of each and the kind of value it takes.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import markupsafe
from jinja2 import nodes

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
from automator.rules.templates.values import (
    MAX_ITEMS,
    MAX_TEXT,
    BadValueError,
    LimitError,
    WrongKindError,
    as_text,
    bounded,
    short_text,
    to_json,
)

# --- The filter `tracked`: makes a tracked link, whose click is an event ---
#
# The scheme and the host of the target are literal in the rule file, and every value after them is
# percent-encoded, so that no value can lead people somewhere else.


TRACKED = "tracked"
#: How many characters a target may have, so that its link fits into a message.
MOST_TARGET = 500
_WITH_HOST = re.compile(r"https?://[^\s/?#@\\]+(?:[/?#][^\s\\]*)?")
_UP_TO_HOST = re.compile(r"https?://[^\s/?#@\\]+[/?#]")
DOTS = re.compile(r"/(?:\.|%2[eE]){1,2}(?=[/?#]|$)")
#: The characters that stay unencoded in an address.
_OF_ADDRESSES = "%/:?#[]@!$&'()*+,;=~"


def tracked(target: str) -> str:
    """The address of a link that raises `link.clicked` when the receiver opens it."""
    if DOTS.search(target.partition("?")[0]):
        raise BadValueError(faults.template_dots_in_address())
    written = quote(target, safe=_OF_ADDRESSES, errors="replace")
    if len(written) > MOST_TARGET:
        raise BadValueError(faults.template_tracked_too_long(most=MOST_TARGET))
    return written


def has_host(node: nodes.Expr) -> bool:
    """Whether the filter's value begins with a literal scheme and host."""
    first, *others = _joined(node)
    if not isinstance(first, nodes.Const) or not isinstance(first.value, str):
        return False
    if not others:
        return _WITH_HOST.fullmatch(first.value) is not None
    return _UP_TO_HOST.match(first.value) is not None


def encoded(node: nodes.Expr, encode: Callable[[nodes.Expr], nodes.Expr]) -> nodes.Expr:
    """The filter's value as one text, with filled-in values percent-encoded."""
    parts = _joined(node)
    if len(parts) == 1:
        return node
    kept: Any = [one if isinstance(one, nodes.Const) else encode(one) for one in parts]
    return nodes.Concat(kept, lineno=node.lineno)


def is_tracked_in(tree: nodes.Template) -> bool:
    """Whether a template makes a tracked link."""
    return any(one.name == TRACKED for one in tree.find_all(nodes.Filter))


def _joined(node: nodes.Expr) -> list[nodes.Expr]:
    """The parts that `~` and `+` join, in order."""
    if isinstance(node, nodes.Concat):
        return [part for one in node.nodes for part in _joined(one)]
    if isinstance(node, nodes.Add):
        return [*_joined(node.left), *_joined(node.right)]
    return [node]


# --- Filters of texts: they cut, replace, and encode for addresses and HTML ---


def truncate(text: str, length: int = 255, end: str = "…") -> str:
    """The beginning of a text, cut between words where possible."""
    if not 1 <= length <= MAX_ITEMS:
        raise LimitError(faults.template_truncate_length(most=MAX_ITEMS))
    if len(text) <= length:
        return text
    kept = text[: max(0, length - len(short_text(end)))]
    return (kept.rsplit(" ", 1)[0] if " " in kept[1:] else kept) + end


def replace(text: str, old: str, new: str) -> str:
    """A text with every `old` replaced by `new`."""
    old, new = as_text(old), as_text(new)
    if not old:
        raise BadValueError(faults.template_replace_needs_text())
    if len(text) + text.count(old) * (len(new) - len(old)) > MAX_TEXT:
        raise LimitError(faults.template_text_too_long(most=MAX_TEXT))
    return text.replace(old, new)


def urlencode(text: str) -> str:
    """A text percent-encoded, so that it stays inside its part of an address."""
    return bounded(quote(text, safe="", errors="replace"))


def escape(text: str) -> str:
    """A text for HTML."""
    return bounded(str(markupsafe.escape(text)))


# --- Filters of numbers: amounts of money, rounding, and numbers in texts ---


#: The names of the currency without decimals.
DONG = frozenset({"VND", "đ", "₫"})


def money(value: Any, currency: str = "VND") -> str:
    """`250000` as `250.000đ`; other currencies with two decimals, as `1.250,50 USD`."""
    amount = number_of(value)
    if not math.isfinite(amount) or abs(amount) >= 1e18:
        raise BadValueError(faults.template_amount_too_large())
    if currency in DONG:
        return f"{round(amount):,}".replace(",", ".") + "đ"
    text = f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))
    return f"{text.removesuffix(',00')} {short_text(currency)}"


def round_number(value: Any, digits: int = 0) -> int | float:
    """A rounded number; a whole number if `digits` is 0."""
    if not -15 <= digits <= 15:
        raise LimitError(faults.template_round_digits())
    number = number_of(value)
    return round(number, digits) if digits > 0 else int(round(number, digits))


def to_int(value: Any, other: Any = 0) -> Any:
    """A whole number, or `other` if the value is not a whole number."""
    try:
        return int(number_of(value))
    except (TypeError, ValueError, OverflowError):
        return other


def to_float(value: Any, other: Any = 0.0) -> Any:
    """A number, or `other` if the value is not a number."""
    try:
        return float(number_of(value))
    except (TypeError, ValueError, OverflowError):
        return other


def absolute(value: Any) -> int | float:
    """A number without its sign."""
    return abs(number_of(value))


def number_of(value: Any) -> int | float:
    """The number in a value: the value itself, or a number in a text."""
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        raise WrongKindError(faults.template_number_needed())
    if not isinstance(value, str):
        return value
    text = value.strip()
    if len(text) > 40 or "_" in text:
        raise BadValueError(faults.template_not_a_number(text=text[:40]))
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
        raise BadValueError(faults.template_not_a_number(text=text))
    return number


# --- Filters of lists; some also take texts and objects ---


def join(value: Any, separator: str = "") -> str:
    """The items of a list as one text."""
    if not isinstance(value, list | tuple):
        raise WrongKindError(faults.template_join_needs_list())
    if len(value) > MAX_ITEMS:
        raise LimitError(faults.template_join_too_long(most=MAX_ITEMS))
    separator = as_text(separator)
    room = MAX_TEXT - len(separator) * max(0, len(value) - 1)
    parts: list[str] = []
    for item in value:
        parts.append(as_text(item))
        room -= len(parts[-1])
        if room < 0:
            raise LimitError(faults.template_text_too_long(most=MAX_TEXT))
    return separator.join(parts)


def length(value: Any) -> int:
    """The number of characters, items or keys."""
    if not isinstance(value, str | list | tuple | dict):
        raise WrongKindError(faults.template_length_of_what())
    return len(value)


def first(value: Any) -> Any:
    """The first item or character, or null."""
    return value[0] if _sequence(value) else None


def last(value: Any) -> Any:
    """The last item or character, or null."""
    return value[-1] if _sequence(value) else None


def bounded_range(arguments: list[Any]) -> list[int]:
    """The whole numbers of `range`, at most 1,000."""
    numbers = range(*arguments)
    if len(numbers) > MAX_ITEMS:
        raise LimitError(faults.template_range_too_long(most=MAX_ITEMS))
    return list(numbers)


def _sequence(value: Any) -> Any:
    if not isinstance(value, str | list | tuple):
        raise WrongKindError(faults.template_ends_of_what())
    return value


# --- The filter `date`: writes a time of a zone by a pattern ---


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


# --- The table of filters ---


def default(value: Any, other: Any = "", also_empty: bool = False) -> Any:
    """`other` in place of a null value; with `also_empty`, in place of any empty value."""
    if value is None or (also_empty and not is_true(value)):
        return other
    return value


def arm(value: Any, name: str, arms: Any) -> str:
    """The arm of a person in a split, always the same one: `arm('greeting', ['a', 'b'])`."""
    key = key_of(value)
    if key is None:
        raise WrongKindError(faults.template_arm_of_whom())
    try:
        return arm_of(key, short_text(name), read_arms(arms))
    except NoArmsError as error:
        raise BadValueError(faults.template_no_arms()) from error


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
    "abs": absolute,
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
#: Filters that read only the outermost level of a value.
FLAT_FILTERS = frozenset({"default", "d", "length", "count", "first", "last"})
#: Filters of texts, which get any other value as text.
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
#: The cost of these filters for each character, as a multiple of the usual cost.
WEIGHTS = {
    "fold": 8,
    "urlencode": 8,
    "e": 4,
    "escape": 4,
    "tojson": 4,
    "tracked": 16,
    **dict.fromkeys(FINDERS, 8),
}
