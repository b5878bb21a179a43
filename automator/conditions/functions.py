"""The functions of JMESPath over single values, equal to jmespath.py in value and error."""

import json
import math
from typing import Any, Final

from automator.conditions.budget import FREE_TEXT, Context
from automator.conditions.calls import (
    ANY,
    NUMBER,
    TEXT,
    Argument,
    Function,
    mismatch,
    paid_function,
    plain_function,
)
from automator.conditions.values import Evaluate, Reference, kind_of


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

    def contains(value: Any, context: Context) -> bool:
        subject = find_subject(value, context)
        wanted = find_wanted(value, context)
        if isinstance(subject, str):
            if len(subject) > FREE_TEXT:
                context.spend_text(len(subject))
        elif isinstance(subject, list):
            context.spend(len(subject))
            if type(wanted) in _CONTAINERS:
                context.spend_value(wanted)
                context.spend_value(subject)
        else:
            raise mismatch("contains", subject, ("array", "string"))
        return wanted in subject

    literal = args[0].literal
    if isinstance(literal, list) and all(isinstance(item, str) for item in literal):
        return _contains_in_texts(frozenset(literal), find_wanted, contains)
    return contains


_CONTAINERS: Final = frozenset({list, dict})


def _contains_in_texts(texts: frozenset[str], find_wanted: Evaluate, other: Evaluate) -> Evaluate:
    """`contains(['a', 'b'], x)` by hash. Where the current value is null, so is the list."""

    def contains(value: Any, context: Context) -> Any:
        if value is None:
            return other(value, context)
        wanted = find_wanted(value, context)
        return wanted.__class__ is str and wanted in texts

    return contains


VALUE_FUNCTIONS: Final[tuple[Function, ...]] = (
    plain_function("abs", "abs(number)", "The number without its sign.", [NUMBER], abs),
    plain_function("ceil", "ceil(number)", "Rounded up to a whole number.", [NUMBER], math.ceil),
    Function(
        name="contains",
        usage="contains(text_or_list, wanted)",
        summary="Whether a text contains a text, letter by letter, or a list an element.",
        least=2,
        most=2,
        make=_contains,
    ),
    plain_function(
        "ends_with", "ends_with(text, end)", "Whether a text ends so.", [TEXT, TEXT], str.endswith
    ),
    plain_function(
        "floor", "floor(number)", "Rounded down to a whole number.", [NUMBER], math.floor
    ),
    plain_function(
        "length",
        "length(text_list_or_object)",
        "How many characters, elements or names; null is an error, see len().",
        [("string", "array", "object")],
        len,
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
    plain_function(
        "starts_with",
        "starts_with(text, start)",
        "Whether a text starts so.",
        [TEXT, TEXT],
        str.startswith,
    ),
    plain_function(
        "to_array",
        "to_array(value)",
        "The value itself if it is a list, else a list of it.",
        [ANY],
        lambda value: value if isinstance(value, list) else [value],
    ),
    plain_function(
        "to_number",
        "to_number(value)",
        "The number that a text writes, or null.",
        [ANY],
        _to_number,
    ),
    paid_function(
        "to_string", "to_string(value)", "A text, or the JSON of anything else.", [ANY], _to_string
    ),
    plain_function(
        "type", "type(value)", "string, number, boolean, array, object or null.", [ANY], _type
    ),
)
