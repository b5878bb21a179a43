"""The functions one_of(), len(), to_json() and from_json()."""

import json
import math
from collections.abc import Callable
from typing import Any, Final

from automator.conditions.forms.budget import Context
from automator.conditions.forms.calls import ANY, ARRAY, TEXT, Argument, Function, mismatch
from automator.conditions.forms.values import equals
from automator.conditions.forms.writer import Truth

_SIZED: Final = ("string", "array", "object")


def _one_of(args: tuple[Argument, ...]) -> Callable[..., bool]:
    if args[1].is_literal and isinstance(args[1].literal, list):
        texts = frozenset(item for item in args[1].literal if isinstance(item, str))
        others = [item for item in args[1].literal if not isinstance(item, str)]

        def look_up(_context: Context, wanted: Any, _items: Any) -> bool:
            if wanted.__class__ is str:
                return wanted in texts
            # The list is a literal, so no comparison is longer than the literal.
            return wanted is not None and any(equals(item, wanted) for item in others)

        return look_up
    return _search


def _search(context: Context, wanted: Any, items: Any) -> bool:
    if items.__class__ is not list:
        raise mismatch("one_of", items, ARRAY)
    context.spend(len(items))
    if wanted.__class__ in (list, dict):
        context.spend_value(wanted)
        context.spend_value(items)
    elif wanted.__class__ is str:
        context.spend_compared(len(items) * len(wanted))
    return wanted is not None and any(equals(item, wanted) for item in items)


def _len(value: Any) -> int:
    if value is None:
        return 0
    if value.__class__ not in (str, list, dict):
        raise mismatch("len", value, _SIZED)
    return len(value)


def _to_json(context: Context, value: Any) -> str:
    context.spend_value(value, as_json=True)
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=str)


def _from_json(context: Context, text: Any) -> Any:
    if text is None:
        return None
    if text.__class__ is not str:
        raise mismatch("from_json", text, TEXT)
    # Eight characters of JSON can be a mapping of 200 bytes.
    context.spend_text(len(text) * 8)
    try:
        return json.loads(text, parse_constant=_finite, parse_float=_finite)
    except (ValueError, RecursionError):
        return None


def _finite(text: str) -> float:
    """The float of a JSON number; raises ValueError for `NaN`, `Infinity` and 1e999."""
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(text)
    return number


DATA_FUNCTIONS: Final[tuple[Function, ...]] = (
    Function(
        "one_of(value, list)",
        "Whether the list has the value; null is never one of them.",
        prepare=_one_of,
        takes_context=True,
        truth=Truth.BOOL,
    ),
    Function(
        "len(text_list_or_object)",
        "How many characters, elements or names; 0 for null.",
        [ANY],
        _len,
    ),
    Function(
        "to_json(value)",
        "The JSON of a value, as a text.",
        [ANY],
        _to_json,
        takes_context=True,
        truth=Truth.PLAIN,
    ),
    Function(
        "from_json(text)",
        "The value that a JSON text writes; null when it is not JSON.",
        [ANY],
        _from_json,
        takes_context=True,
    ),
)
