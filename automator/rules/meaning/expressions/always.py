"""Finds conditions that always hold, because JMESPath takes every value that is not empty for true.

A number is true, 0 as well, and so is a list with anything in it.
"""

from collections.abc import Iterator
from typing import Final

from automator.conditions.forms.logic import links
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node, is_true
from automator.model import Reason
from automator.reasons.problems.meaning.always_holds import (
    LIST_ALWAYS_HOLDS,
    MISSING_SIDE,
    NUMBER_ALWAYS_HOLDS,
    UNEQUAL_TO_ONE,
    VALUE_ALWAYS_HOLDS,
)
from automator.rules.meaning.expressions.conditions import path_and_literal
from automator.rules.meaning.subject import Remark, Subject, WrittenExpression

#: Functions whose result is a number.
_NUMBERS: Final = frozenset({"len", "length", "abs", "ceil", "floor", "sum"})
#: Functions whose result is a text that is never empty.
_TEXTS: Final = frozenset({"type", "weekday", "to_json", "arm"})
#: Names of the scope that are never empty.
_FULL: Final = frozenset({"event", "connection", "now"})
#: The parts of a rule whose expressions are asked whether they hold.
_ROLES: Final = frozenset({"conditions", "if", "cancel_on"})


def always_hold(subject: Subject) -> Iterator[Remark]:
    """`event.text == 'giá' || 'bao nhiêu'`, `[keywords(…)]`, `len(event.text)`."""
    for written in subject.expressions:
        if written.tree is not None and written.role in _ROLES:
            yield from _found(written, written.tree, None)


def _found(written: WrittenExpression, node: Node, before: Node | None) -> Iterator[Remark]:
    """The parts of a condition that always hold; `before` is the part that one of them follows."""
    kind = node["type"]
    if kind in ("or_expression", "and_expression"):
        parts = links(node)
        for part in parts:
            yield from _found(written, part, before)
            before = part if part["type"] in ("comparator", "function_expression") else before
        if kind == "or_expression":
            yield from _unequal_to_one(written, parts)
        return
    if kind == "not_expression":
        yield from _found(written, node["children"][0], None)
        return
    reason = _because(node, before)
    if reason is not None:
        shown = unparse(node)
        yield written.remark(shown if shown in written.text else "", reason)


def _because(node: Node, before: Node | None) -> Reason | None:
    """The reason why a part always holds, or None."""
    kind = node["type"]
    if kind == "multi_select_list":
        inner = " && ".join(unparse(child) for child in node["children"])
        return LIST_ALWAYS_HOLDS(better=inner)
    if kind == "literal" and is_true(node["value"]) and node["value"] is not True:
        better = _asked_of(node, before)
        return MISSING_SIDE(better=better) if better else VALUE_ALWAYS_HOLDS()
    if kind == "function_expression" and node["value"] in _NUMBERS:
        return NUMBER_ALWAYS_HOLDS(better=f"{unparse(node)} > `0`")
    is_text = kind == "function_expression" and node["value"] in _TEXTS
    is_full = kind == "field" and node["value"] in _FULL
    is_value = is_text or is_full or kind == "multi_select_dict"
    return VALUE_ALWAYS_HOLDS() if is_value else None


def _asked_of(literal: Node, before: Node | None) -> str:
    """The question of the part before it, with this literal in place of its own; "" for none."""
    children: list[Node] = before["children"] if before is not None else []
    if before is None or len(children) < 2 or children[1]["type"] != "literal":
        return ""
    return unparse({**before, "children": [children[0], literal, *children[2:]]})


def _unequal_to_one(written: WrittenExpression, parts: list[Node]) -> Iterator[Remark]:
    """`x != 'a' || x != 'b'`: whatever x is, it differs from one of them."""
    seen: dict[str, object] = {}
    for part in parts:
        compared = path_and_literal(part)
        if compared is None or part["value"] != "ne":
            continue
        name, value = compared
        if name in seen and seen[name] != value:
            yield written.remark(name, UNEQUAL_TO_ONE(name=name))
            return
        seen[name] = value
