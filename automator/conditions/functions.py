"""The functions of JMESPath itself, equal to jmespath.py in every value and every error."""

import json
import math
from collections.abc import Callable
from typing import Any, Final

from automator.conditions.budget import FREE_TEXT, Context
from automator.conditions.calls import (
    ANY,
    ARRAY,
    EXPRESSION,
    NUMBER,
    NUMBERS,
    OBJECT,
    TEXT,
    TEXTS,
    Argument,
    Function,
    Kinds,
    mismatch,
    pure,
    spending,
)
from automator.conditions.values import Evaluate, Reference, kind_of

_SORTABLE: Final[Kinds] = ("array-number", "array-string")


def _to_number(value: Any) -> Any:
    if value is None or isinstance(value, list | dict | bool):
        return None
    if isinstance(value, int | float):
        return value
    try:
        return int(value)
    except ValueError:
        try:
            return float(value)
        except ValueError:
            return None


_to_json: Final = json.JSONEncoder(separators=(",", ":"), default=str).encode


def _to_string(context: Context, value: Any) -> str:
    if isinstance(value, str):
        return value
    if value.__class__ is int:
        return repr(value)
    context.spend_value(value)
    text = _to_json(value)
    context.spend_text(len(text))
    return text


def _type(value: Any) -> str | None:
    return None if isinstance(value, Reference) else kind_of(value)


def _not_null(args: tuple[Argument, ...]) -> Evaluate:
    """All arguments are evaluated, so that an error in a later one is an error."""
    runs = tuple(arg.run for arg in args)
    if len(runs) == 2:
        first, second = runs

        def either(value: Any, context: Context) -> Any:
            one = first(value, context)
            other = second(value, context)
            return other if one is None else one

        return either

    def call(value: Any, context: Context) -> Any:
        for item in [run(value, context) for run in runs]:
            if item is not None:
                return item
        return None

    return call


def _contains(args: tuple[Argument, ...]) -> Evaluate:
    find_subject, find_wanted = args[0].run, args[1].run
    if args[0].is_literal and isinstance(args[0].literal, list) and not args[1].is_literal:
        texts = [item for item in args[0].literal if isinstance(item, str)]
        if len(texts) == len(args[0].literal):
            return _contains_in_texts(find_subject, find_wanted, frozenset(texts))

    def contains(value: Any, context: Context) -> bool:
        subject = find_subject(value, context)
        wanted = find_wanted(value, context)
        if subject.__class__ is str:
            if len(subject) > FREE_TEXT:
                context.spend_text(len(subject))
        elif subject.__class__ is list:
            context.spend(len(subject))
            if wanted.__class__ in _CONTAINERS:
                context.spend_value(wanted)
                context.spend_value(subject)
        else:
            raise mismatch("contains", subject, ("array", "string"))
        return wanted in subject

    return contains


_CONTAINERS: Final = frozenset({list, dict})


def _contains_in_texts(
    find_subject: Evaluate, find_wanted: Evaluate, texts: frozenset[str]
) -> Evaluate:
    """`contains(['a', 'b'], x)`: where the current value is null, so is the written list."""

    def contains(value: Any, context: Context) -> bool:
        if value is None:
            raise mismatch("contains", find_subject(value, context), ("array", "string"))
        wanted = find_wanted(value, context)
        return wanted.__class__ is str and wanted in texts

    return contains


def _join(context: Context, separator: str, texts: list[str]) -> str:
    size = sum(map(len, texts)) + len(separator) * len(texts)
    if size > FREE_TEXT:
        context.spend_text(size)
    return separator.join(texts)


def _reverse(context: Context, value: Any) -> Any:
    if value.__class__ is str:
        context.spend_text(len(value))
    return value[::-1]


def _merge(context: Context, *objects: dict[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for item in objects:
        context.spend(len(item))
        merged.update(item)
    return merged


def _keys(context: Context, value: dict[str, Any]) -> list[str]:
    context.spend(len(value))
    return list(value)


def _values(context: Context, value: dict[str, Any]) -> list[Any]:
    context.spend(len(value))
    return list(value.values())


def _map(context: Context, each: Reference, elements: list[Any]) -> list[Any]:
    run = each.run
    return [run(element, context) for element in elements]


_NUMERIC: Final = frozenset({int, float})
_TEXTUAL: Final = frozenset({str})


def _keys_of(context: Context, elements: list[Any], each: Reference) -> list[Any] | None:
    """The value of each element, or None unless all are numbers or all are texts."""
    run = each.run
    keys = [run(element, context) for element in elements]
    kinds = set(map(type, keys))
    return keys if kinds <= _NUMERIC or kinds <= _TEXTUAL else None


def _checked_key(
    context: Context, each: Reference, function: str, kinds: Kinds
) -> Callable[[Any], Any]:
    def key(element: Any) -> Any:
        found = each.run(element, context)
        if kind_of(found) not in kinds:
            raise mismatch(function, found, kinds)
        return found

    return key


def _sort_by(context: Context, elements: list[Any], each: Reference) -> list[Any]:
    if not elements:
        return elements
    kind = kind_of(each.run(elements[0], context))
    if kind not in ("number", "string"):
        raise mismatch("sort_by", elements[0], ("string", "number"))
    return sorted(elements, key=_checked_key(context, each, "sort_by", (kind,)))


def _extreme(function: str, pick: Callable[..., Any]) -> Callable[..., Any]:
    """min_by() and max_by()."""

    def by(context: Context, elements: list[Any], each: Reference) -> Any:
        if not elements:
            return None
        try:
            keys = _keys_of(context, elements, each)
        except (TypeError, ValueError, ArithmeticError):
            keys = None
        if keys is not None:
            return elements[keys.index(pick(keys))]
        # In one pass, so that the first of several errors is the one that jmespath raises.
        return pick(elements, key=_checked_key(context, each, function, ("number", "string")))

    return by


def _plain(
    name: str, usage: str, summary: str, kinds: list[Kinds], work: Callable[..., Any]
) -> Function:
    count = len(kinds)
    return Function(
        name=name,
        usage=usage,
        summary=summary,
        least=count,
        most=count,
        make=pure(name, kinds, work),
        needs_context=False,
    )


def _paid(
    name: str, usage: str, summary: str, kinds: list[Kinds], work: Callable[..., Any]
) -> Function:
    count = len(kinds)
    return Function(
        name=name,
        usage=usage,
        summary=summary,
        least=count,
        most=count,
        make=spending(name, kinds, work),
    )


STANDARD: Final[tuple[Function, ...]] = (
    _plain("abs", "abs(number)", "The number without its sign.", [NUMBER], abs),
    _paid(
        "avg",
        "avg(numbers)",
        "The average; null for an empty list.",
        [NUMBERS],
        lambda _context, numbers: sum(numbers) / len(numbers) if numbers else None,
    ),
    _plain("ceil", "ceil(number)", "Rounded up to a whole number.", [NUMBER], math.ceil),
    Function(
        name="contains",
        usage="contains(text_or_list, wanted)",
        summary="Whether a text contains a text, letter by letter, or a list an element.",
        least=2,
        most=2,
        make=_contains,
    ),
    _plain(
        "ends_with", "ends_with(text, end)", "Whether a text ends so.", [TEXT, TEXT], str.endswith
    ),
    _plain("floor", "floor(number)", "Rounded down to a whole number.", [NUMBER], math.floor),
    _paid("join", "join(separator, texts)", "One text out of many.", [TEXT, TEXTS], _join),
    _paid("keys", "keys(object)", "The names in an object.", [OBJECT], _keys),
    _plain(
        "length",
        "length(text_list_or_object)",
        "How many characters, elements or names; null is an error, see len().",
        [("string", "array", "object")],
        len,
    ),
    _paid("map", "map(&expr, list)", "The expression of each.", [EXPRESSION, ARRAY], _map),
    _paid(
        "max",
        "max(list)",
        "The largest number or the last text; null for an empty list.",
        [_SORTABLE],
        lambda _context, items: max(items) if items else None,
    ),
    _paid(
        "max_by",
        "max_by(list, &expr)",
        "The element with the largest value.",
        [ARRAY, EXPRESSION],
        _extreme("max_by", max),
    ),
    Function(
        name="merge",
        usage="merge(object, …)",
        summary="One object out of many; later ones win.",
        least=1,
        most=None,
        make=spending("merge", [OBJECT], _merge),
    ),
    _paid(
        "min",
        "min(list)",
        "The smallest number or the first text; null for an empty list.",
        [_SORTABLE],
        lambda _context, items: min(items) if items else None,
    ),
    _paid(
        "min_by",
        "min_by(list, &expr)",
        "The element with the smallest value.",
        [ARRAY, EXPRESSION],
        _extreme("min_by", min),
    ),
    Function(
        name="not_null",
        usage="not_null(value, …)",
        summary="The first value that is not null.",
        least=1,
        most=None,
        make=_not_null,
        needs_context=False,
    ),
    _paid(
        "reverse",
        "reverse(text_or_list)",
        "The other way round.",
        [("array", "string")],
        _reverse,
    ),
    _paid(
        "sort",
        "sort(list)",
        "Numbers or texts in order.",
        [("array-string", "array-number")],
        lambda _context, items: sorted(items),
    ),
    _paid(
        "sort_by",
        "sort_by(list, &expr)",
        "The elements in the order of a value.",
        [ARRAY, EXPRESSION],
        _sort_by,
    ),
    _plain(
        "starts_with",
        "starts_with(text, start)",
        "Whether a text starts so.",
        [TEXT, TEXT],
        str.startswith,
    ),
    _paid("sum", "sum(numbers)", "The sum.", [NUMBERS], lambda _context, numbers: sum(numbers)),
    _plain(
        "to_array",
        "to_array(value)",
        "The value itself if it is a list, else a list of it.",
        [ANY],
        lambda value: value if isinstance(value, list) else [value],
    ),
    _plain(
        "to_number",
        "to_number(value)",
        "The number that a text writes, or null.",
        [ANY],
        _to_number,
    ),
    _paid(
        "to_string", "to_string(value)", "A text, or the JSON of anything else.", [ANY], _to_string
    ),
    _plain("type", "type(value)", "string, number, boolean, array, object or null.", [ANY], _type),
    _paid("values", "values(object)", "The values in an object.", [OBJECT], _values),
)
