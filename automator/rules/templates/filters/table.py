"""The table of filters by name, with the cost of each and the kind of value it takes."""

from collections.abc import Callable
from typing import Any

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
from automator.reasons.attempts import templates as faults
from automator.rules.templates.filters.dates import date
from automator.rules.templates.filters.lists import first, join, last, length
from automator.rules.templates.filters.numbers import (
    absolute,
    money,
    round_number,
    to_float,
    to_int,
)
from automator.rules.templates.filters.texts import escape, replace, truncate, urlencode
from automator.rules.templates.filters.tracked import tracked
from automator.rules.templates.values import BadValueError, WrongKindError, short_text, to_json


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
