"""Forms that pick one value out of another: fields, indexes, slices, literals."""

from collections.abc import Callable
from typing import Any, Protocol

from automator.conditions.budget import Context
from automator.conditions.values import Evaluate, Node


class Builds(Protocol):
    """What a form needs to build the forms inside it."""

    #: Whether a form may take in the forms inside it; explanations need each by itself.
    fuses: bool

    def build(self, node: Node) -> Evaluate:
        """The closure of a node."""
        ...


Make = Callable[[Builds, Node], Evaluate]
#: What looking up a name raises where there is no object, or no such name in it.
NO_SUCH_FIELD = (KeyError, TypeError, AttributeError)


def current(value: Any, _context: Context) -> Any:
    """`@`"""
    return value


def make_current(_builder: Builds, _node: Node) -> Evaluate:
    """`@`, and the invisible start of `[0]` or `[*]`."""
    return current


def make_literal(_builder: Builds, node: Node) -> Evaluate:
    """A literal in backticks or single quotes."""
    literal = node["value"]
    return lambda _value, _context: literal


def make_field(_builder: Builds, node: Node) -> Evaluate:
    """`name`"""
    return path((node["value"],))


def path(names: tuple[str, ...]) -> Evaluate:
    """`a.b.c` in one step: whatever is not an object with that key makes it null.

    The last name is looked up with get(), because that is the one that is missing most often and
    an exception takes longer than the whole path.
    """
    *outer, last = names
    if len(names) == 1:
        return _path_of_one(last)
    if len(names) == 2:
        return _path_of_two(*names)
    if len(names) == 3:
        return _path_of_three(*names)

    def get(value: Any, _context: Context) -> Any:
        try:
            for name in outer:
                value = value[name]
            return value.get(last)
        except NO_SUCH_FIELD:
            return None

    return get


def _path_of_one(last: str) -> Evaluate:
    def get(value: Any, _context: Context) -> Any:
        try:
            return value.get(last)
        except AttributeError:
            return None

    return get


def _path_of_two(first: str, last: str) -> Evaluate:
    def get(value: Any, _context: Context) -> Any:
        try:
            return value[first].get(last)
        except NO_SUCH_FIELD:
            return None

    return get


def _path_of_three(first: str, second: str, last: str) -> Evaluate:
    def get(value: Any, _context: Context) -> Any:
        try:
            return value[first][second].get(last)
        except NO_SUCH_FIELD:
            return None

    return get


def path_names(node: Node) -> tuple[str, ...] | None:
    """The names of a node that is nothing but fields with dots between them, else None."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return None
    children = node["children"]
    if all(child["type"] == "field" for child in children):
        return tuple(child["value"] for child in children)
    return None


def make_subexpression(builder: Builds, node: Node) -> Evaluate:
    """`a.b`, where any part may be more than a field."""
    names = path_names(node)
    if names is not None:
        return path(names)
    return chain(tuple(builder.build(child) for child in node["children"]))


def chain(parts: tuple[Evaluate, ...]) -> Evaluate:
    """Each part works on what the one before it gave."""
    if len(parts) == 2:
        first, second = parts
        return lambda value, context: second(first(value, context), context)

    def run(value: Any, context: Context) -> Any:
        for part in parts:
            value = part(value, context)
        return value

    return run


def make_index(_builder: Builds, node: Node) -> Evaluate:
    """`[0]`: only lists have indexes, texts do not."""
    position = node["value"]

    def get(value: Any, _context: Context) -> Any:
        if value.__class__ is list:
            try:
                return value[position]
            except IndexError:
                return None
        return None

    return get


def make_index_expression(builder: Builds, node: Node) -> Evaluate:
    """`a[0]`, `a[0][1]`, `a[1:2]`"""
    first, *others = node["children"]
    if first["type"] == "identity" and len(others) == 1:
        return builder.build(others[0])
    return chain(tuple(builder.build(child) for child in node["children"]))


def make_slice(_builder: Builds, node: Node) -> Evaluate:
    """`[start:stop:step]`; a step of 0 is a ValueError, as in jmespath."""
    part = slice(*node["children"])

    def cut(value: Any, context: Context) -> Any:
        if not isinstance(value, list):
            return None
        context.spend(len(value))
        return value[part]

    return cut
