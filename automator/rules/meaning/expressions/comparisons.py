"""Finds comparisons that never hold, whatever the event is: the kinds of the two sides differ."""

import json
import re
from collections.abc import Iterator
from typing import Any

from automator.conditions.forms.grammar import parse
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node
from automator.conditions.syntax_mistakes import plain_number
from automator.model import Reason
from automator.reasons.problems.meaning.comparisons import (
    CONSTANT_COMPARISON,
    EMPTY_BESIDE_NULL,
    HEADER_IN_CAPITALS,
    NOT_A_FLAG,
    NOT_A_LIST,
    NOT_A_TEXT,
    NUMBER_GROUPED,
    NUMBER_IN_QUOTES,
    ONE_VALUE_NEEDED,
    TEMPLATE_IN_EXPRESSION,
    TEXT_FOR_NULL,
    TEXT_ORDERED,
    TEXT_PATH_ORDERED,
    UNEQUAL_TO_LIST,
)
from automator.rules.meaning.expressions.conditions import path_and_literal
from automator.rules.meaning.kinds import FLAGS, LISTS, OBJECTS, TEXTS
from automator.rules.meaning.subject import Remark, Subject, WrittenExpression

_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
#: Texts that people write for the value null.
_NULLS = frozenset({"null", "NULL", "None", "undefined"})
#: Examples of a value inside of an object.
_INSIDE = {
    "contact.state": "contact.state.size",
    "vars": "vars.shop",
    "event": "event.text",
    "connection": "connection.name",
}


def comparisons(subject: Subject) -> Iterator[Remark]:
    """`event.data.total > '500'`, `event.text == 5`, `contact.tags == 'vip'`."""
    for written, node in subject.parts_in_scope:
        if node["type"] == "comparator":
            yield from _compared(written, node)


def _compared(written: WrittenExpression, node: Node) -> Iterator[Remark]:
    left, right = node["children"]
    if left["type"] == "literal" and right["type"] == "literal":
        yield written.remark("", CONSTANT_COMPARISON())
        return
    sign = _SIGNS.get(node["value"])
    for literal in (side for side in (left, right) if side["type"] == "literal"):
        if sign is not None and isinstance(literal["value"], str):
            yield _text_ordered(written, sign, literal["value"])
            return
    compared = path_and_literal(node)
    if compared is None:
        return
    name, value = compared
    if node["value"] in ("eq", "ne") and isinstance(value, str):
        yield from _without_null(written, node["value"], name, value)
    reason = _text_as_number(name, sign) if sign else None
    if node["value"] == "eq" and value is not None:
        reason = _other_kind(name, value)
    if reason is not None:
        yield written.remark(name, reason)


def _without_null(written: WrittenExpression, sign: str, name: str, value: str) -> Iterator[Remark]:
    """`event.text != ''`, which also holds where there is no text; `event.text != 'null'`."""
    if value == "" and name in TEXTS:
        better = f"!({name})" if sign == "eq" else name
        yield written.remark(name, EMPTY_BESIDE_NULL(name=name, better=better))
    if value in _NULLS:
        yield written.remark(f"'{value}'", TEXT_FOR_NULL(text=value))


def headers_in_capitals(subject: Subject) -> Iterator[Remark]:
    """`event.headers."X-Shop"`: their names are in small letters."""
    for written, node in subject.parts_in_scope:
        names = path_names(node) or ()
        lower = tuple(name.lower() for name in names[2:3])
        if names[:2] == ("event", "headers") and lower != names[2:3]:
            better = unparse(parse(f"event.headers.{json.dumps(lower[0])}"))
            yield written.remark("event.headers", HEADER_IN_CAPITALS(better=better))


def _text_ordered(written: WrittenExpression, sign: str, value: str) -> Remark:
    number = plain_number(value)
    if number is None:
        return written.remark(f"'{value}'", TEXT_ORDERED(sign=sign, text=value))
    reason = NUMBER_IN_QUOTES(sign=sign, text=value, number=number)
    return written.remark(f"'{value}'", reason)


def _text_as_number(name: str, sign: str) -> Reason | None:
    return TEXT_PATH_ORDERED(name=name, sign=sign) if name in TEXTS else None


def _other_kind(name: str, value: Any) -> Reason | None:
    """The reason why a path is never equal to a value of this kind."""
    if name in TEXTS and not isinstance(value, str):
        written = json.dumps(value, ensure_ascii=False)
        return NOT_A_TEXT(name=name, written=written)
    if name in FLAGS and not isinstance(value, bool):
        return NOT_A_FLAG(name=name)
    if name in LISTS and isinstance(value, str):
        return NOT_A_LIST(name=name, text=value)
    if name in OBJECTS and not isinstance(value, dict):
        return ONE_VALUE_NEEDED(name=name, example=_INSIDE.get(name, f"{name}.id"))
    return None


#: Functions that give a text.
_GIVE_TEXTS = frozenset(
    {"lower", "upper", "fold", "trim", "weekday", "language", "join", "type", "to_string"}
)


def lists_for_one_value(subject: Subject) -> Iterator[Remark]:
    """`event.text == ['a', 'b']`: a text equals no list."""
    for written, node in subject.parts_in_scope:
        if node["type"] != "comparator" or node["value"] != "eq":
            continue
        for one, other in (node["children"], node["children"][::-1]):
            names = ".".join(path_names(one) or ())
            gives = one["type"] == "function_expression" and one["value"] in _GIVE_TEXTS
            if (names in TEXTS or gives) and _is_list(other):
                shown = unparse(one)
                better = f"one_of({shown}, {unparse(other)})"
                reason = UNEQUAL_TO_LIST(name=shown, better=better)
                yield written.remark(shown if names else "", reason)


def _is_list(node: Node) -> bool:
    is_literal = node["type"] == "literal" and isinstance(node["value"], list)
    return is_literal or node["type"] == "multi_select_list"


def grouped_numbers(subject: Subject) -> Iterator[Remark]:
    """`` `500.000` `` is five hundred, with three decimals."""
    for written in subject.expressions:
        for found in re.finditer(r"`(-?[0-9]{1,3}\.[0-9]{2}0)`", written.text):
            digits = found[1].replace(".", "")
            reason = NUMBER_GROUPED(written=found[1], value=float(found[1]), digits=digits)
            yield Remark(written.path, reason, (found.start(), len(found[0])))


def templates_in_expressions(subject: Subject) -> Iterator[Remark]:
    """`event.text == '{{ vars.word }}'`: nothing is filled in inside of an expression."""
    for written in subject.expressions:
        for found in re.finditer(r"'\s*\{\{\s*([\w.]*)[^']*'", written.text):
            reason = TEMPLATE_IN_EXPRESSION(path=found[1] or "vars.name")
            yield Remark(written.path, reason, (found.start(), len(found[0])))
