"""Functions over single values: JMESPath's, with the values and errors of jmespath.py, and our own.

Only `to_number` differs: jmespath.py reads the texts `nan` and `inf` as numbers.
"""

import json
import math
from collections.abc import Callable, Sequence
from typing import Any, Final

from automator.conditions.forms.budget import Context
from automator.conditions.forms.calls import ANY, ARRAY, NUMBER, TEXT, Argument, Function, mismatch
from automator.conditions.forms.values import Node, Reference, constant, equals, kind_of
from automator.conditions.forms.writer import Term, Truth, Writer

# --- `contains()`, the most frequent function of JMESPath in conditions ---


def write_contains(writer: Writer, children: Sequence[Node], current: str) -> Term:
    """Writes `contains()`: whether a text contains a text, or a list an element."""
    words = constant(children[0])[1]
    if isinstance(words, list) and all(isinstance(word, str) for word in words):
        return _in_texts(writer, children, words, current)
    subject, wanted = (writer.bind(writer.write(child, current)) for child in children)
    is_long = f"if len({subject}) > {writer.free_text}:"
    with writer.block(f"if isinstance({subject}, str):"), writer.block(is_long):
        writer.spend(f"len({subject})", of="spend_text")
    with writer.block(f"elif isinstance({subject}, list):"):
        writer.pay(f"len({subject})")
        if children[1]["type"] != "literal":
            _pay_for_comparing(writer, subject, wanted)
    writer.line(f"else: raise {_mismatch(writer, subject)}")
    return Term(f"({wanted} in {subject})", Truth.BOOL, is_safe=False)


def _pay_for_comparing(writer: Writer, subject: str, wanted: str) -> None:
    """Writes the payment for comparing a value with each item of a list; literals cost nothing."""
    with writer.block(f"if type({wanted}) in SIZED:"):
        with writer.block(f"if type({wanted}) is not str:"):
            writer.spend(wanted, of="spend_value")
            writer.spend(subject, of="spend_value")
        with writer.block(f"elif len({wanted}) > {writer.free_text}:"):
            writer.spend(f"len({subject}) * len({wanted})", of="spend_compared")


def _in_texts(writer: Writer, children: Sequence[Node], texts: Sequence[str], current: str) -> Term:
    """Writes `contains(['a', 'b'], x)` as a look-up in a set. If the current value is null, the
    list is null too, as in jmespath.
    """
    wanted = writer.bind(writer.write(children[1], current))
    if children[0]["type"] != "literal":
        writer.line(f"if {current} is None: raise {_mismatch(writer, 'None')}")
    known = writer.constant(frozenset(texts))
    return Term(f"(type({wanted}) is str and {wanted} in {known})", Truth.BOOL)


def _mismatch(writer: Writer, subject: str) -> str:
    name, kinds = writer.constant("contains"), writer.constant(("array", "string"))
    return f"mismatch({name}, {subject}, {kinds})"


def _to_number(value: Any) -> Any:
    if value.__class__ is not str:
        if value is None or isinstance(value, list | dict | bool):
            return None
        if isinstance(value, int | float):
            return value
    try:
        return int(value)
    except ValueError:
        try:
            number = float(value)
        except ValueError:
            return None
        # A person may write `nan` or `inf`, which keys and comparisons must not take for a number.
        return number if math.isfinite(number) else None


def _write_to_number(writer: Writer, children: Sequence[Node], current: str) -> Term:
    value = writer.bind(writer.write(children[0], current))
    with writer.block(f"if type({value}) is str and len({value}) > {writer.free_text}:"):
        writer.spend(f"len({value}) * 4", of="spend_text")
    return Term(f"{writer.constant(_to_number)}({value})", is_safe=False)


#: JSON has no cycles, and leaving out the check for them saves a fifth of the time.
_to_json: Final = json.JSONEncoder(separators=(",", ":"), default=str, check_circular=False).encode


def _to_string(context: Context, value: Any) -> str:
    if isinstance(value, str):
        return value
    if type(value) is int:
        return repr(value)
    context.spend_value(value, as_json=True)
    return _to_json(value)


def _type(value: Any) -> str | None:
    return None if isinstance(value, Reference) else kind_of(value)


def _write_not_null(writer: Writer, children: Sequence[Node], current: str) -> Term:
    """Writes not_null(). It evaluates all arguments, so an error in a later argument is raised."""
    *others, last = [writer.bind(writer.write(child, current)) for child in children]
    tests = "".join(f"{value} if {value} is not None else " for value in others)
    return Term(f"({tests}{last})")


# --- Our own functions: one_of(), len(), to_json() and from_json() ---

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


def _as_json(context: Context, value: Any) -> str:
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


VALUE_FUNCTIONS: Final[tuple[Function, ...]] = (
    Function("abs(number)", "The number without its sign.", [NUMBER], abs),
    Function("ceil(number)", "Rounded up to a whole number.", [NUMBER], math.ceil),
    Function(
        "contains(text_or_list, wanted)",
        "Whether a text contains a text, letter by letter, or a list an element.",
        writes=write_contains,
    ),
    Function(
        "ends_with(text, end)",
        "Whether a text ends so.",
        [TEXT, TEXT],
        str.endswith,
        truth=Truth.BOOL,
    ),
    Function("floor(number)", "Rounded down to a whole number.", [NUMBER], math.floor),
    Function(
        "length(text_list_or_object)",
        "How many characters, elements or names; null is an error, see len().",
        [("string", "array", "object")],
        len,
    ),
    Function(
        "not_null(value, …)",
        "The first value that is not null.",
        writes=_write_not_null,
    ),
    Function(
        "starts_with(text, start)",
        "Whether a text starts so.",
        [TEXT, TEXT],
        str.startswith,
        truth=Truth.BOOL,
    ),
    Function(
        "to_array(value)",
        "The value itself if it is a list, else a list of it.",
        [ANY],
        lambda value: value if isinstance(value, list) else [value],
    ),
    Function(
        "to_number(value)",
        "The number that a text writes, or null.",
        writes=_write_to_number,
    ),
    Function(
        "to_string(value)",
        "A text, or the JSON of anything else.",
        [ANY],
        _to_string,
        walks=True,
        takes_context=True,
        truth=Truth.PLAIN,
    ),
    Function("type(value)", "string, number, boolean, array, object or null.", [ANY], _type),
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
        _as_json,
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
