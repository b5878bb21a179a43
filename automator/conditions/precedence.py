"""Warns of expressions whose operator precedence differs from what was meant."""

from collections.abc import Iterator
from typing import Any, Final

from automator.conditions.forms.finding import Finding
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node
from automator.reasons.problems.conditions import LIST_COMPARED, LIST_ORDERED, NEGATION_ENDS_EARLY

Token = dict[str, Any]
_PROJECTIONS: Final = frozenset({"projection", "filter_projection", "value_projection"})
#: Forms that look into the value on their left, which fails on true and false.
_LOOKS_INSIDE: Final = frozenset(
    {"subexpression", "filter_projection", "flatten", "value_projection"}
)
_SIGNS: Final = frozenset({"eq", "ne", "lt", "lte", "gt", "gte"})


def silent_mistakes(tree: Node, found: list[Token]) -> Iterator[Finding]:
    """`!a.b`, `!a == 'x'`, `items[*].name == 'x'`."""
    negations = [token for token in found if token["type"] == "not"]
    negated = list(in_source_order(tree, "not_expression"))
    places = {id(node): token for node, token in zip(negated, negations, strict=True)}
    for node in in_source_order(tree):
        first = node["children"][0] if node["children"] else None
        if first and id(first) in places and _misses_scope(node):
            yield _not_scope(node, places[id(first)])
    signs = [token for token in found if token["type"] in _SIGNS]
    for node, sign in zip(_comparators(tree), signs, strict=True):
        finding = _list_compared(node, sign)
        if finding:
            yield finding


def _misses_scope(node: Node) -> bool:
    """Whether `!` was most likely meant to reach further than it does."""
    if node["type"] in _LOOKS_INSIDE:
        return True
    if node["type"] != "comparator":
        return False
    other = node["children"][1]
    return (
        not (other["type"] == "literal" and isinstance(other["value"], bool))
        and other["type"] != "not_expression"
    )


def _not_scope(node: Node, token: Token) -> Finding:
    negated, *others = node["children"]
    whole = {**node, "children": [negated["children"][0], *others]}
    alone = unparse(negated["children"][0])
    return Finding(token["start"], 1, NEGATION_ENDS_EARLY(alone=alone, whole=unparse(whole)))


def _list_compared(node: Node, sign: Token) -> Finding | None:
    """A projection gives a list, which no text and no number is equal to."""
    sides = node["children"]
    lists = [side for side in sides if _gives_list(side)]
    literals = [side for side in sides if side["type"] == "literal"]
    if len(lists) != 1 or not literals or isinstance(literals[0]["value"], list | None):
        return None
    source, literal = unparse(lists[0]), unparse(literals[0])
    reason = LIST_ORDERED(source=source, literal=literal)
    if node["value"] in ("eq", "ne"):
        better = f"{'!' if node['value'] == 'ne' else ''}contains({source}, {literal})"
        reason = LIST_COMPARED(source=source, literal=literal, better=better)
    return Finding(sign["start"], len(sign["value"]), reason)


def _gives_list(node: Node) -> bool:
    """Whether an expression is a projection; `a.b[*].c` is one inside of a."""
    while node["type"] == "subexpression":
        node = node["children"][-1]
    return node["type"] in _PROJECTIONS


def _comparators(node: Node) -> Iterator[Node]:
    """The comparators of a tree in the order of their signs."""
    if node["type"] == "comparator":
        left, right = node["children"]
        yield from _comparators(left)
        yield node
        yield from _comparators(right)
        return
    for child in _written_order(node):
        yield from _comparators(child)


def in_source_order(node: Node, kind: str = "") -> Iterator[Node]:
    """The nodes of a tree, each before its parts and the parts in the order they are written."""
    if not kind or node["type"] == kind:
        yield node
    for child in _written_order(node):
        yield from in_source_order(child, kind)


def _written_order(node: Node) -> list[Node]:
    children: list[Node] = node["children"]
    if node["type"] == "filter_projection":
        source, each, condition = children
        return [source, condition, each]
    return [] if node["type"] == "slice" else children
