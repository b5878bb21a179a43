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
        return _keep(source)
    if builder.fuses and node["children"][1]["type"] == "field":
        return _pluck(source, node["children"][1]["value"])

    def project(value: Any, context: Context) -> Any:
        elements = source(value, context)
        if not isinstance(elements, list):
            return None
        context.spend(len(elements))
        return [result for element in elements if (result := each(element, context)) is not None]

    return project


def _keep(source: Evaluate) -> Evaluate:
    def keep(value: Any, context: Context) -> Any:
        elements = source(value, context)
        if not isinstance(elements, list):
            return None
        context.spend(len(elements))
        return [element for element in elements if element is not None]

    return keep


def _pluck(source: Evaluate, name: str) -> Evaluate:
    """`a[*].name`"""

    def pluck(value: Any, context: Context) -> Any:
        elements = source(value, context)
        if not isinstance(elements, list):
            return None
        context.spend(len(elements))
        try:
            return [result for element in elements if (result := element.get(name)) is not None]
        except AttributeError:
            objects = [element for element in elements if isinstance(element, dict)]
            return [result for element in objects if (result := element.get(name)) is not None]

    return pluck


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
                if (fits := condition(element, context)) is True
                or (fits is not False and is_true(fits))
                if element is not None
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
            if (fits := condition(element, context)) is True
            or (fits is not False and is_true(fits))
            if (result := each(element, context)) is not None
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
    if size == 1:
        return _select_one(*parts)
    if size == 2:
        return _select_two(*parts)

    def select(value: Any, context: Context) -> Any:
        if value is None:
            return None
        context.spend(size)
        return [part(value, context) for part in parts]

    return select


def _select_one(part: Evaluate) -> Evaluate:
    def select(value: Any, context: Context) -> Any:
        if value is None:
            return None
        context.spend(1)
        return [part(value, context)]

    return select


def _select_two(first: Evaluate, second: Evaluate) -> Evaluate:
    def select(value: Any, context: Context) -> Any:
        if value is None:
            return None
        context.spend(2)
        return [first(value, context), second(value, context)]

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
