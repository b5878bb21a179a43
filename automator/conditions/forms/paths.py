"""Writes the code of paths: fields, indexes, slices, and literals."""

from collections.abc import Sequence
from typing import Any, Final

from automator.conditions.forms.values import Node
from automator.conditions.forms.writer import Term, Truth, Writer


def write_current(_writer: Writer, _node: Node, current: str) -> Term:
    """`@`, and the invisible start of `[0]` or `[*]`."""
    return Term(current)


def write_literal(writer: Writer, node: Node, _current: str) -> Term:
    """A literal in backticks or single quotes."""
    return literal(writer, node["value"])


def literal(writer: Writer, value: Any) -> Term:
    """The term of a constant value."""
    if value is None or isinstance(value, bool):
        return Term(str(value), Truth.PLAIN if value is None else Truth.BOOL)
    is_number = isinstance(value, int | float)
    return Term(writer.constant(value), Truth.ANY if is_number else Truth.PLAIN)


def write_field(writer: Writer, node: Node, current: str) -> Term:
    """`name`"""
    return path(writer, (node["value"],), current)


def path(writer: Writer, names: Sequence[str], current: str) -> Term:
    """`a.b.c`: any part that is not an object with that key makes it null.

    The code tests each part for null, because null is frequent and an exception takes longer than
    the whole path. For other values that are no objects, it catches the exception.
    """
    first, *others = map(writer.constant, names)
    found = writer.new_name()
    is_result = current.startswith("t")
    with writer.block("try:"):
        unless_null = f" if {current} is not None else None" if is_result else ""
        writer.line(f"{found} = {current}.get({first}){unless_null}")
        for name in others:
            writer.line(f"if {found} is not None: {found} = {found}.get({name})")
    writer.line(f"except AttributeError: {found} = None")
    return Term(found)


def path_names(node: Node) -> tuple[str, ...] | None:
    """The names of a path of fields only, such as `a.b.c`; None for any other node."""
    if node["type"] == "field":
        return (node["value"],)
    if node["type"] != "subexpression":
        return None
    children = node["children"]
    if all(child["type"] == "field" for child in children):
        return tuple(child["value"] for child in children)
    return None


def write_subexpression(writer: Writer, node: Node, current: str) -> Term:
    """`a.b`; each part may be more than a field."""
    names = path_names(node)
    if names is not None:
        return path(writer, names, current)
    parts = _with_whole_paths(node["children"]) if writer.fuses else node["children"]
    return chain(writer, parts, current)


def _with_whole_paths(children: Sequence[Node]) -> list[Node]:
    """Joins neighbouring fields to one path: the parts a, b, c[0], d and e of `a.b.c[0].d.e` become
    a.b.c[0] and d.e.
    """
    parts: list[Node] = []
    fields: list[Node] = []
    for child in children:
        if child["type"] == "field":
            fields.append(child)
            continue
        joined = _behind(fields, child) if fields else child
        parts += [joined] if joined else [_dotted(fields), child]
        fields = []
    return [*parts, _dotted(fields)] if fields else parts


def _behind(fields: list[Node], node: Node) -> Node | None:
    """The part with `fields` before it, if the part begins with a field; else None."""
    if node["type"] == "field":
        return _dotted([*fields, node])
    if node["type"] not in _BEGIN_WITH_SOURCE:
        return None
    source, *others = node["children"]
    joined = _behind(fields, source)
    return {**node, "children": [joined, *others]} if joined else None


#: Forms whose first part alone reads the current value.
_BEGIN_WITH_SOURCE: Final = frozenset(
    {"filter_projection", "flatten", "index_expression", "projection", "value_projection"}
)


def _dotted(fields: list[Node]) -> Node:
    return {"type": "subexpression", "children": fields}


def chain(writer: Writer, parts: Sequence[Node], current: str) -> Term:
    """Writes parts; each part works on the value of the part before it."""
    *others, last = parts
    for part in others:
        current = writer.bind(writer.write(part, current))
    return writer.write(last, current)


def write_index(writer: Writer, node: Node, current: str) -> Term:
    """`[0]`: only lists have indexes, texts do not."""
    position = node["value"]
    place = writer.constant(position)
    least = writer.constant(position if position >= 0 else -position - 1)
    is_there = f"isinstance({current}, list) and len({current}) > {least}"
    return Term(f"({current}[{place}] if {is_there} else None)")


def write_index_expression(writer: Writer, node: Node, current: str) -> Term:
    """`a[0]`, `a[0][1]`, `a[1:2]`"""
    first, *others = node["children"]
    parts = others if first["type"] == "identity" and len(others) == 1 else node["children"]
    return chain(writer, parts, current)


def write_slice(writer: Writer, node: Node, current: str) -> Term:
    """`[start:stop:step]`; a step of 0 is a ValueError, as in jmespath."""
    cut = writer.new_name()
    writer.line(f"{cut} = None")
    with writer.block(f"if isinstance({current}, list):"):
        writer.pay(f"len({current})")
        writer.line(f"{cut} = {current}[{writer.constant(slice(*node['children']))}]")
    return Term(cut, Truth.PLAIN)
