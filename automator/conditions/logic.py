"""Forms that compare and combine: `==` and its kin, `&&`, `||`, `!`, `|`."""

import operator
from collections.abc import Callable
from typing import Any, Final

from automator.conditions.budget import Context
from automator.conditions.fused import path_comparison
from automator.conditions.paths import Builds, chain, path_names
from automator.conditions.values import Evaluate, Node, equals, is_true

_ORDER: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}


def links(node: Node) -> list[Node]:
    """The parts of `a && b && c`, which jmespath nests to the left, in the order written."""
    kind = node["type"]
    parts: list[Node] = []
    while node["type"] == kind:
        left, right = node["children"]
        parts.append(right)
        node = left
    parts.append(node)
    parts.reverse()
    return parts


def make_comparator(builder: Builds, node: Node) -> Evaluate:
    """`==`, `!=`, `<`, `<=`, `>`, `>=`"""
    left, right = node["children"]
    name = node["value"]
    if name in _ORDER:
        if right["type"] == "literal":
            return _order_literal(_ORDER[name], builder.build(left), right["value"])
        return _order(_ORDER[name], builder.build(left), builder.build(right))
    if right["type"] == "literal":
        return _compare_literal(builder, left, right["value"], name == "eq")
    if left["type"] == "literal":
        return _compare_literal(builder, right, left["value"], name == "eq")
    equal = _equal(builder.build(left), builder.build(right))
    if name == "eq":
        return equal
    return lambda value, context: not equal(value, context)


def _compare_literal(builder: Builds, node: Node, literal: Any, wanted: bool) -> Evaluate:
    names = path_names(node)
    if builder.fuses and names and isinstance(literal, str):
        return path_comparison(names, literal, wanted)
    equal = _equal_literal(builder.build(node), literal)
    if wanted:
        return equal
    return lambda value, context: not equal(value, context)


def _equal_literal(side: Evaluate, literal: Any) -> Evaluate:
    if literal is None or isinstance(literal, bool):
        return lambda value, context: side(value, context) is literal
    if isinstance(literal, int | float) and literal in (0, 1):
        # The only numbers that Python takes for true or false.
        return lambda value, context: equals(side(value, context), literal)
    return lambda value, context: side(value, context) == literal


def _equal(left: Evaluate, right: Evaluate) -> Evaluate:
    def equal(value: Any, context: Context) -> bool:
        one = left(value, context)
        other = right(value, context)
        if one is None or other is None:
            return one is other
        if type(one) in _CONTAINERS and type(other) in _CONTAINERS:
            # A few nested multi-selects can hold more than any machine can compare; a comparison
            # goes no further than the smaller side.
            context.spend_value(one)
        return equals(one, other)

    return equal


_CONTAINERS: Final = frozenset({list, dict})
_ORDERED: Final = frozenset({int, float, str})


def _order(compare: Callable[[Any, Any], Any], left: Evaluate, right: Evaluate) -> Evaluate:
    """Null unless both are numbers or texts; a text against a number is a TypeError."""

    def ordered(value: Any, context: Context) -> Any:
        one = left(value, context)
        other = right(value, context)
        if type(one) in _ORDERED and type(other) in _ORDERED:
            return compare(one, other)
        return None

    return ordered


def _order_literal(compare: Callable[[Any, Any], Any], left: Evaluate, literal: Any) -> Evaluate:
    if type(literal) not in _ORDERED:
        return _order(compare, left, lambda _value, _context: literal)
    # The operators are spelled out: a call of operator.gt takes longer than `>`.
    forms: dict[Callable[[Any, Any], Any], Evaluate] = {
        operator.lt: lambda value, context: (
            one < literal if type(one := left(value, context)) in _ORDERED else None
        ),
        operator.le: lambda value, context: (
            one <= literal if type(one := left(value, context)) in _ORDERED else None
        ),
        operator.gt: lambda value, context: (
            one > literal if type(one := left(value, context)) in _ORDERED else None
        ),
        operator.ge: lambda value, context: (
            one >= literal if type(one := left(value, context)) in _ORDERED else None
        ),
    }
    return forms[compare]


def make_and(builder: Builds, node: Node) -> Evaluate:
    """`a && b`: the first part that is not true, else the last."""
    parts = tuple(map(builder.build, links(node)))
    if len(parts) == 2:
        first, second = parts

        def both(value: Any, context: Context) -> Any:
            result = first(value, context)
            if result is True or (result is not False and is_true(result)):
                return second(value, context)
            return result

        return both
    *others, last = parts

    def every(value: Any, context: Context) -> Any:
        for part in others:
            result = part(value, context)
            if result is False or (result is not True and not is_true(result)):
                return result
        return last(value, context)

    return every


def make_or(builder: Builds, node: Node) -> Evaluate:
    """`a || b`: the first part that is true, else the last."""
    parts = tuple(map(builder.build, links(node)))
    if len(parts) == 2:
        first, second = parts

        def either_of_two(value: Any, context: Context) -> Any:
            result = first(value, context)
            if result is True or (result is not False and is_true(result)):
                return result
            return second(value, context)

        return either_of_two
    *others, last = parts

    def either(value: Any, context: Context) -> Any:
        for part in others:
            result = part(value, context)
            if result is True or (result is not False and is_true(result)):
                return result
        return last(value, context)

    return either


def make_not(builder: Builds, node: Node) -> Evaluate:
    """`!a`"""
    inner = builder.build(node["children"][0])

    def negate(value: Any, context: Context) -> bool:
        result = inner(value, context)
        if result is True:
            return False
        return result is False or result is None or not is_true(result)

    return negate


def make_pipe(builder: Builds, node: Node) -> Evaluate:
    """`a | b`"""
    return chain(tuple(map(builder.build, links(node))))
