"""JMESPath's functions over lists and objects, with the values and errors of jmespath.py.

Only `sum` and `avg` differ: they fail beyond the largest float, while jmespath.py returns infinity.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, Final

from automator.conditions.forms.budget import FREE_REPEATED_TEXT, Context
from automator.conditions.forms.calls import (
    ARRAY,
    EXPRESSION,
    NUMBERS,
    OBJECT,
    TEXT,
    TEXTS,
    Function,
    Kinds,
    Write,
    mismatch,
    write_walked,
    write_work,
)
from automator.conditions.forms.values import Node, Reference, kind_of, parts_of
from automator.conditions.forms.writer import Term, Truth, Writer

_SORTABLE: Final[Kinds] = ("array-number", "array-string")


def _join(context: Context, separator: str, texts: list[str]) -> str:
    size = sum(map(len, texts)) + len(separator) * len(texts)
    if size > FREE_REPEATED_TEXT:
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


def _keys_of(context: Context, elements: list[Any], each: Reference) -> list[Any] | None:
    """The key of each element; None if one of them cannot be computed."""
    run = each.run
    try:
        return [run(element, context) for element in elements]
    except _INCOMPUTABLE:
        # The caller evaluates again in jmespath's order, to raise the same error.
        return None


_INCOMPUTABLE: Final = (TypeError, ValueError, ArithmeticError)
_NUMERIC: Final = frozenset({int, float})
_TEXTUAL: Final = frozenset({str})


def _spend_order(context: Context, items: list[Any]) -> None:
    """Pays for sorting a list, which compares each text with some others.

    Raises:
        OverBudget: there is not enough left.
    """
    if items and items[0].__class__ is str:
        context.spend_compared(sum(map(len, items)) * len(items).bit_length())


def _ordered(work: Callable[[list[Any]], Any]) -> Callable[..., Any]:
    def call(context: Context, items: list[Any]) -> Any:
        _spend_order(context, items)
        return work(items)

    return call


def _are_sortable(keys: list[Any]) -> bool:
    """Whether all are numbers or all are texts."""
    kinds = set(map(type, keys))
    return kinds <= _NUMERIC or kinds <= _TEXTUAL


def _checked_key(
    context: Context, each: Reference, function: str, kinds: Kinds
) -> Callable[[Any], Any]:
    def key(element: Any) -> Any:
        found = each.run(element, context)
        if kind_of(found) not in kinds:
            raise mismatch(function, found, kinds)
        return found

    return key


def _sort_by(
    context: Context, elements: list[Any], each: Reference, keys: list[Any] | None = None
) -> list[Any]:
    if not elements:
        return elements
    keys = keys or _keys_of(context, elements, each)
    if keys and _are_sortable(keys):
        _spend_order(context, keys)
        order = sorted(range(len(keys)), key=keys.__getitem__)
        return [elements[index] for index in order]
    kind = kind_of(each.run(elements[0], context))
    if kind not in ("number", "string"):
        raise mismatch("sort_by", elements[0], ("string", "number"))
    return sorted(elements, key=_checked_key(context, each, "sort_by", (kind,)))


def _extreme(function: str, pick: Callable[..., Any]) -> Callable[..., Any]:
    """The work of min_by() or max_by()."""

    def by(
        context: Context, elements: list[Any], each: Reference, keys: list[Any] | None = None
    ) -> Any:
        if not elements:
            return None
        keys = keys or _keys_of(context, elements, each)
        if keys and _are_sortable(keys):
            _spend_order(context, keys)
            return elements[keys.index(pick(keys))]
        # A single pass, so that the first of several errors is raised, as in jmespath.
        return pick(elements, key=_checked_key(context, each, function, ("number", "string")))

    return by


def _write_map(writer: Writer, children: Sequence[Node], current: str) -> Term:
    """Writes `map(&expression, list)`, with the code of the expression inside the loop."""
    each, source = children
    if not _is_in_place(writer, each):
        return write_work(writer, _MAP, children, current)
    elements = write_walked(writer, "map", source, current)
    return Term(_write_each(writer, each, elements), Truth.PLAIN)


def _write_by(function: Function) -> Write:
    """Writes `sort_by(list, &expression)` and the like, with the expression inside the loop."""

    def write(writer: Writer, children: Sequence[Node], current: str) -> Term:
        source, each = children
        if not _is_in_place(writer, each):
            return write_work(writer, function, children, current)
        elements = write_walked(writer, function.name, source, current)
        keys = writer.new_name()
        with writer.block("try:"):
            writer.line(f"{keys} = {_write_each(writer, each, elements)}")
        writer.line(f"except {writer.constant(_INCOMPUTABLE)}: {keys} = None")
        reference = writer.write(each, current).text
        writer.needs_context = True
        call = f"{writer.constant(function.work)}(c, {elements}, {reference}, {keys})"
        return Term(call, is_safe=False)

    return write


def _is_in_place(writer: Writer, each: Node) -> bool:
    """Whether the code of an `&expression` may be written inside the loop. It may not if it
    contains another one: each is written twice, so the source would double with every level.
    """
    if not writer.fuses or each["type"] != "expref":
        return False
    return all(node["type"] != "expref" for node in parts_of(each["children"][0]))


def _write_each(writer: Writer, each: Node, elements: str) -> str:
    """Writes a list with the value of an `&expression` for each element."""
    values = writer.new_name()
    writer.line(f"{values} = []")
    with writer.loop(elements) as element:
        value = writer.write(each["children"][0], element)
        writer.line(f"{values}.append({value.text})")
    return values


#: Declares a function that walks its arguments once and costs nothing else.
_walking: Final = partial(Function, walks=True)
#: Declares a function that pays for more than walking its arguments.
_paying: Final = partial(Function, walks=True, takes_context=True)


def _by_expression(name: str, summary: str, work: Callable[..., Any]) -> Function:
    function = _paying(f"{name}(list, &expr)", summary, [ARRAY, EXPRESSION], work)
    return replace(function, writes=_write_by(function))


_MAP: Final = _paying("map(&expr, list)", "The expression of each.", [EXPRESSION, ARRAY], _map)


def _sum(numbers: list[int | float]) -> int | float:
    """The sum of finite numbers.

    Raises:
        OverflowError: it is larger than any JSON number.
    """
    total = sum(numbers)
    if total.__class__ is float and not math.isfinite(total):
        raise OverflowError("the sum is too large for a float")
    return total


LIST_FUNCTIONS: Final[tuple[Function, ...]] = (
    _walking(
        "avg(numbers)",
        "The average; null for an empty list.",
        [NUMBERS],
        lambda numbers: _sum(numbers) / len(numbers) if numbers else None,
    ),
    _paying("join(separator, texts)", "One text out of many.", [TEXT, TEXTS], _join),
    _walking("keys(object)", "The names in an object.", [OBJECT], list),
    replace(_MAP, writes=_write_map),
    _paying(
        "max(list)",
        "The largest number or the last text; null for an empty list.",
        [_SORTABLE],
        _ordered(lambda items: max(items, default=None)),
    ),
    _by_expression("max_by", "The element with the largest value.", _extreme("max_by", max)),
    Function(
        "merge(object, …)",
        "One object out of many; later ones win.",
        [OBJECT],
        _merge,
        walks=True,
    ),
    _paying(
        "min(list)",
        "The smallest number or the first text; null for an empty list.",
        [_SORTABLE],
        _ordered(lambda items: min(items, default=None)),
    ),
    _by_expression("min_by", "The element with the smallest value.", _extreme("min_by", min)),
    _paying(
        "reverse(text_or_list)",
        "The other way round.",
        [("array", "string")],
        _reverse,
    ),
    _paying(
        "sort(list)",
        "Numbers or texts in order.",
        [("array-string", "array-number")],
        _ordered(sorted),
    ),
    _by_expression("sort_by", "The elements in the order of a value.", _sort_by),
    _walking("sum(numbers)", "The sum.", [NUMBERS], _sum),
    _walking(
        "values(object)",
        "The values in an object.",
        [OBJECT],
        lambda fields: list(fields.values()),
    ),
)
