"""Writes the code of projections, filters, flatten and multi-selects, which make lists and objects.

The code pays for the elements before it makes them (see budget.py).
"""

from collections.abc import Iterator
from contextlib import contextmanager

from automator.conditions.forms.budget import STRIDE
from automator.conditions.forms.values import Node
from automator.conditions.forms.writer import Term, Truth, Writer

_CURRENT = frozenset({"current", "identity"})


@contextmanager
def _collected(writer: Writer, source: Node, current: str) -> Iterator[tuple[str, str]]:
    """Makes a new list from the elements of a source; null if the source is not a list."""
    elements = writer.bind(writer.write(source, current))
    collected = writer.new_name()
    writer.line(f"{collected} = None")
    with writer.block(f"if isinstance({elements}, list):"):
        yield collected, elements


def _collect(writer: Writer, collected: str, each: Node, element: str) -> None:
    """Appends the right side of a projection unless it is null."""
    value = element if each["type"] in _CURRENT else writer.bind(writer.write(each, element))
    writer.line(f"if {value} is not None: {collected}.append({value})")


def write_projection(writer: Writer, node: Node, current: str) -> Term:
    """`a[*].b`, `a[].b`, `a[1:2].b`: the right side for each element, nulls left out."""
    source, each = node["children"]
    with _collected(writer, source, current) as (collected, elements):
        writer.pay(f"len({elements})")
        if each["type"] in _CURRENT:
            writer.line(f"{collected} = [e for e in {elements} if e is not None]")
        else:
            writer.line(f"{collected} = []")
            with writer.loop(elements) as element:
                _collect(writer, collected, each, element)
    return Term(collected, Truth.PLAIN)


def write_value_projection(writer: Writer, node: Node, current: str) -> Term:
    """`a.*.b`: the right side for each value of an object."""
    source, each = node["children"]
    fields = writer.bind(writer.write(source, current))
    collected = writer.new_name()
    writer.line(f"{collected} = None")
    with writer.block(f"if isinstance({fields}, dict):"):
        writer.pay(f"len({fields})")
        writer.line(f"{collected} = []")
        with writer.loop(f"{fields}.values()") as element:
            _collect(writer, collected, each, element)
    return Term(collected, Truth.PLAIN)


def write_filter_projection(writer: Writer, node: Node, current: str) -> Term:
    """`a[?condition].b`"""
    source, each, condition = node["children"]
    with _collected(writer, source, current) as (collected, elements):
        writer.pay(f"len({elements})")
        writer.line(f"{collected} = []")
        with writer.loop(elements) as element:
            fits = writer.test(writer.write(condition, element))
            with writer.block(f"if {fits}:"):
                _collect(writer, collected, each, element)
    return Term(collected, Truth.PLAIN)


def write_flatten(writer: Writer, node: Node, current: str) -> Term:
    """`a[]`: lists inside the list become part of it, one level deep."""
    with _collected(writer, node["children"][0], current) as (collected, elements):
        writer.pay(f"len({elements})")
        count = writer.new_name()
        writer.line(f"{count} = 0")
        writer.line(f"{collected} = []")
        with writer.block(f"for e in {elements}:"):
            with writer.block("if isinstance(e, list):"):
                writer.line(f"{count} += len(e)")
                with writer.block(f"if {count} > {STRIDE}:"):
                    writer.spend(count)
                    writer.line(f"{count} = 0")
                writer.line(f"{collected} += e")
            writer.line(f"else: {collected}.append(e)")
        writer.pay(count)
    return Term(collected, Truth.PLAIN)


def write_multi_select_list(writer: Writer, node: Node, current: str) -> Term:
    """`[a, b]`, or null if the current value is null."""
    with _selected(writer, node, current) as selected:
        parts = [writer.settle(child, current).text for child in node["children"]]
        writer.line(f"{selected} = [{', '.join(parts)}]")
    return Term(selected, Truth.PLAIN)


def write_multi_select_dict(writer: Writer, node: Node, current: str) -> Term:
    """`{x: a, y: b}`, or null if the current value is null."""
    with _selected(writer, node, current) as selected:
        parts = [
            f"{writer.constant(pair['value'])}: {writer.settle(pair['children'][0], current).text}"
            for pair in node["children"]
        ]
        writer.line(f"{selected} = {{{', '.join(parts)}}}")
    return Term(selected, Truth.PLAIN)


@contextmanager
def _selected(writer: Writer, node: Node, current: str) -> Iterator[str]:
    selected = writer.new_name()
    writer.line(f"{selected} = None")
    with writer.block(f"if {current} is not None:"):
        if writer.repeats:
            # Code that runs once need not pay: it makes no more elements than it has parts.
            writer.pay(str(len(node["children"]) + 1))
        yield selected
