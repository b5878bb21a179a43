"""Forms that make lists and objects: projections, filters, flatten, multi-selects.

All of them pay for their elements first (see budget.py).
"""

from typing import Any

from automator.conditions.budget import Context
from automator.conditions.paths import Builds, current
from automator.conditions.values import Evaluate, Node, is_true


def make_projection(builder: Builds, node: Node) -> Evaluate:
    """`a[*].b`, `a[].b`, `a[1:2].b`: the right side for each element, nulls left out."""
    source, each = map(builder.build, node["children"])
    if each is current:

        def keep(value: Any, context: Context) -> Any:
            elements = source(value, context)
            if not isinstance(elements, list):
                return None
            context.spend(len(elements))
            return [element for element in elements if element is not None]

        return keep

    def project(value: Any, context: Context) -> Any:
        elements = source(value, context)
        if not isinstance(elements, list):
            return None
        context.spend(len(elements))
        return [result for element in elements if (result := each(element, context)) is not None]

    return project


def make_value_projection(builder: Builds, node: Node) -> Evaluate:
    """`a.*.b`: the right side for each value of an object."""
    source, each = map(builder.build, node["children"])

    def project(value: Any, context: Context) -> Any:
        fields = source(value, context)
        if not isinstance(fields, dict):
            return None
        context.spend(len(fields))
        return [result for item in fields.values() if (result := each(item, context)) is not None]

    return project


def make_filter_projection(builder: Builds, node: Node) -> Evaluate:
    """`a[?condition].b`"""
    source, each, condition = map(builder.build, node["children"])
    if each is current:

        def select(value: Any, context: Context) -> Any:
            elements = source(value, context)
            if not isinstance(elements, list):
                return None
            context.spend(len(elements))
            return [
                element
                for element in elements
                if is_true(condition(element, context)) and element is not None
            ]

        return select

    def project(value: Any, context: Context) -> Any:
        elements = source(value, context)
        if not isinstance(elements, list):
            return None
        context.spend(len(elements))
        return [
            result
            for element in elements
            if is_true(condition(element, context))
            and (result := each(element, context)) is not None
        ]

    return project


def make_flatten(builder: Builds, node: Node) -> Evaluate:
    """`a[]`: lists inside the list become part of it, one level deep."""
    source = builder.build(node["children"][0])

    def flatten(value: Any, context: Context) -> Any:
        elements = source(value, context)
        if not isinstance(elements, list):
            return None
        context.spend(len(elements))
        merged: list[Any] = []
        for element in elements:
            if isinstance(element, list):
                context.spend(len(element))
                merged += element
            else:
                merged.append(element)
        return merged

    return flatten


def make_multi_select_list(builder: Builds, node: Node) -> Evaluate:
    """`[a, b]`, or null where there is nothing to select from."""
    parts = tuple(builder.build(child) for child in node["children"])
    size = len(parts)

    def select(value: Any, context: Context) -> Any:
        if value is None:
            return None
        context.spend(size)
        return [part(value, context) for part in parts]

    return select


def make_multi_select_dict(builder: Builds, node: Node) -> Evaluate:
    """`{x: a, y: b}`, or null where there is nothing to select from."""
    pairs = tuple(
        (child["value"], builder.build(child["children"][0])) for child in node["children"]
    )
    size = len(pairs)

    def select(value: Any, context: Context) -> Any:
        if value is None:
            return None
        context.spend(size)
        return {name: part(value, context) for name, part in pairs}

    return select
