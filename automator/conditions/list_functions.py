"""The functions of JMESPath over lists and objects, equal to jmespath.py in value and error."""

from collections.abc import Callable
from typing import Any, Final

from automator.conditions.budget import FREE_TEXT, Context
from automator.conditions.calls import (
    ARRAY,
    EXPRESSION,
    NUMBERS,
    OBJECT,
    TEXT,
    TEXTS,
    Function,
    Kinds,
    mismatch,
    plain_function,
)
from automator.conditions.values import Reference, kind_of

_SORTABLE: Final[Kinds] = ("array-number", "array-string")


def _join(context: Context, separator: str, texts: list[str]) -> str:
    size = sum(map(len, texts)) + len(separator) * len(texts)
    if size > FREE_TEXT:
        context.spend_text(size)
    return separator.join(texts)


def _reverse(context: Context, value: Any) -> Any:
    if value.__class__ is str:
        context.spend_text(len(value))
    return value[::-1]


def _merge(*objects: dict[str, Any]) -> dict[str, Any]:
    merged: dict[str, Any] = {}
    for item in objects:
        merged.update(item)
    return merged


def _map(context: Context, each: Reference, elements: list[Any]) -> list[Any]:
    run = each.run
    return [run(element, context) for element in elements]


_NUMERIC: Final = frozenset({int, float})
_TEXTUAL: Final = frozenset({str})


def _keys_of(context: Context, elements: list[Any], each: Reference) -> list[Any] | None:
    """The value of each element, or None unless all are numbers or all are texts."""
    run = each.run
    try:
        keys = [run(element, context) for element in elements]
    except (TypeError, ValueError, ArithmeticError):
        # Evaluated once more, in the order of jmespath, it raises what jmespath raises.
        return None
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
    keys = _keys_of(context, elements, each)
    if keys is not None:
        order = sorted(range(len(keys)), key=keys.__getitem__)
        return [elements[index] for index in order]
    kind = kind_of(each.run(elements[0], context))
    if kind not in ("number", "string"):
        raise mismatch("sort_by", elements[0], ("string", "number"))
    return sorted(elements, key=_checked_key(context, each, "sort_by", (kind,)))


def _extreme(function: str, pick: Callable[..., Any]) -> Callable[..., Any]:
    """min_by() and max_by()."""

    def by(context: Context, elements: list[Any], each: Reference) -> Any:
        if not elements:
            return None
        keys = _keys_of(context, elements, each)
        if keys is not None:
            return elements[keys.index(pick(keys))]
        # In one pass, so that the first of several errors is the one that jmespath raises.
        return pick(elements, key=_checked_key(context, each, function, ("number", "string")))

    return by


def _of_list(name: str, usage: str, summary: str, kinds: list[Kinds], work: Any) -> Function:
    """A function that walks what it is given once and pays nothing else."""
    return plain_function(name, usage, summary, kinds, work, walks=True)


def _paid(name: str, usage: str, summary: str, kinds: list[Kinds], work: Any) -> Function:
    """A function that pays for more than walking what it is given."""
    return plain_function(name, usage, summary, kinds, work, walks=True, takes_context=True)


LIST_FUNCTIONS: Final[tuple[Function, ...]] = (
    _of_list(
        "avg",
        "avg(numbers)",
        "The average; null for an empty list.",
        [NUMBERS],
        lambda numbers: sum(numbers) / len(numbers) if numbers else None,
    ),
    _paid("join", "join(separator, texts)", "One text out of many.", [TEXT, TEXTS], _join),
    _of_list("keys", "keys(object)", "The names in an object.", [OBJECT], list),
    _paid("map", "map(&expr, list)", "The expression of each.", [EXPRESSION, ARRAY], _map),
    _of_list(
        "max",
        "max(list)",
        "The largest number or the last text; null for an empty list.",
        [_SORTABLE],
        lambda items: max(items, default=None),
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
        kinds=[OBJECT],
        work=_merge,
        walks=True,
    ),
    _of_list(
        "min",
        "min(list)",
        "The smallest number or the first text; null for an empty list.",
        [_SORTABLE],
        lambda items: min(items, default=None),
    ),
    _paid(
        "min_by",
        "min_by(list, &expr)",
        "The element with the smallest value.",
        [ARRAY, EXPRESSION],
        _extreme("min_by", min),
    ),
    _paid(
        "reverse",
        "reverse(text_or_list)",
        "The other way round.",
        [("array", "string")],
        _reverse,
    ),
    _of_list(
        "sort",
        "sort(list)",
        "Numbers or texts in order.",
        [("array-string", "array-number")],
        sorted,
    ),
    _paid(
        "sort_by",
        "sort_by(list, &expr)",
        "The elements in the order of a value.",
        [ARRAY, EXPRESSION],
        _sort_by,
    ),
    _of_list("sum", "sum(numbers)", "The sum.", [NUMBERS], sum),
    _of_list(
        "values",
        "values(object)",
        "The values in an object.",
        [OBJECT],
        lambda fields: list(fields.values()),
    ),
)
