"""Finds comparisons that never hold, whatever the event is: the kinds of the two sides differ."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from automator.conditions import FINDERS
from automator.conditions.forms.grammar import parse
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node
from automator.conditions.syntax_mistakes import plain_number
from automator.conditions.texts.fold import fold
from automator.model import Reason
from automator.reasons.problems import functions
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
from automator.reasons.problems.meaning.searched_texts import (
    ARGUMENTS_SWAPPED,
    NEVER_LEFT,
    WORDS_JOINED,
)
from automator.rules.meaning.expressions.conditions import path_and_literal
from automator.rules.meaning.kinds import FLAGS, LISTS, OBJECTS, TEXTS
from automator.rules.meaning.subject import Remark, Subject, WrittenExpression

_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
#: The changes that functions make to every character of a text.
_ALTERS: Mapping[str, Callable[[str], str]] = {
    "fold": fold,
    "lower": str.lower,
    "upper": str.upper,
}
#: Functions that look for a written text in another, with the number of the written one.
_LOOKS_FOR = {"contains": 1, "starts_with": 1, "ends_with": 1, "one_of": 1, "matches": 1}
#: Texts that people write for the value null.
_NULLS = frozenset({"null", "NULL", "None", "undefined"})
#: Signs that mean something else than themselves in a pattern.
_PATTERN_SIGNS = re.compile(r"[\\^$.|?*+()\[\]{}]")


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


#: Functions whose first argument is a text.
_OF_TEXTS = frozenset(
    {
        "keywords",
        "matches",
        "starts_with",
        "ends_with",
        "lower",
        "upper",
        "fold",
        "trim",
        "language",
        *FINDERS,
    }
)
#: Functions that give a text.
_GIVE_TEXTS = frozenset(
    {"lower", "upper", "fold", "trim", "weekday", "language", "join", "type", "to_string"}
)


def objects_as_texts(subject: Subject) -> Iterator[Remark]:
    """`keywords(event.comment, ['giá'])`: the text is one of its values."""
    for written, node in subject.parts_in_scope:
        if node["type"] != "function_expression" or not node["children"]:
            continue
        function, first = node["value"], node["children"][0]
        name = ".".join(path_names(first) or ())
        of_text = function in _OF_TEXTS and name in OBJECTS | LISTS
        if of_text or (function in ("contains", "one_of") and name in OBJECTS):
            inner = _TEXT_INSIDE.get(name, f"{name}.id")
            better = unparse({**node, "children": [parse(inner), *node["children"][1:]]})
            reason = functions.OBJECT_AS_TEXT(function=function, name=name, better=better)
            yield written.remark(name, reason)


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


_TEXT_INSIDE = {
    **dict.fromkeys(("event", "event.comment", "event.message"), "event.text"),
    "event.actor": "event.actor.name",
    "contact": "contact.name",
    "connection": "connection.name",
    "event.attachments": "event.text",
    "contact.tags": "join(' ', contact.tags)",
}
_INSIDE = {"contact.state": "contact.state.size", "vars": "vars.shop", "event": "event.text"}
_INSIDE["connection"] = "connection.name"


def altered_texts(subject: Subject) -> Iterator[Remark]:
    """`contains(fold(x), 'giá')`: the result of the function never contains the text that is
    sought.
    """
    for written, node in subject.parts:
        for function, sought in _sought_in(node):
            better = _ALTERS[function](sought)
            if any(_is_lost(function, sign) for sign in sought):
                reason = NEVER_LEFT(function=function, text=sought, better=better)
                yield written.remark(f"'{sought}'", reason)
                break


def _is_lost(function: str, sign: str) -> bool:
    return sign.isalpha() and _ALTERS[function](sign) != sign


def _sought_in(node: Node) -> Iterator[tuple[str, str]]:
    """The function that alters a text, and each written text that is sought in the result."""
    children = node["children"]
    if node["type"] == "comparator" and node["value"] == "eq":
        for one, other in (children, children[::-1]):
            yield from _pairs(one, other)
    elif node["type"] == "function_expression" and node["value"] in _LOOKS_FOR:
        if len(children) > 1 and node["value"] == "matches":
            pairs = _pairs(children[0], children[1])
            yield from (pair for pair in pairs if not _PATTERN_SIGNS.search(pair[1]))
        elif len(children) > 1:
            yield from _pairs(children[0], children[1])


def _pairs(altered: Node, sought: Node) -> Iterator[tuple[str, str]]:
    if altered["type"] != "function_expression" or altered["value"] not in _ALTERS:
        return
    is_list = sought["type"] == "multi_select_list"
    for one in sought["children"] if is_list else (sought,):
        if one["type"] == "literal" and isinstance(one["value"], str):
            yield altered["value"], one["value"]


def swapped_arguments(subject: Subject) -> Iterator[Remark]:
    """`keywords(['giá'], event.text)`: what is looked for stands where the text belongs."""
    for written, node in subject.parts:
        if node["type"] == "function_expression" and len(node["children"]) > 1:
            reason = _swapped(node["value"], *node["children"][:2])
            if reason is not None:
                yield written.remark(node["value"], reason)


def _swapped(function: str, first: Node, second: Node) -> Reason | None:
    names = path_names(second)
    if names is None or names[0] != "event":
        return None
    is_list = first["type"] == "multi_select_list" or isinstance(first.get("value"), list)
    is_text = first["type"] == "literal" and isinstance(first["value"], str)
    # `contains('S, M, L', event.text)` asks whether a text is one of several.
    is_word = is_text and first["value"].isalpha() and names == ("event", "text")
    is_swapped = {
        "keywords": is_list or is_text,
        "one_of": is_list,
        "matches": is_text,
        "contains": is_word,
        "starts_with": is_word,
        "ends_with": is_word,
    }.get(function, False)
    if not is_swapped:
        return None
    return ARGUMENTS_SWAPPED(function=function, path=".".join(names))


def joined_words(subject: Subject) -> Iterator[Remark]:
    """`keywords(x, 'giá, bao nhiêu')`: one text with commas is one phrase."""
    for written, node in subject.parts:
        if node["type"] == "function_expression" and node["value"] == "keywords":
            words = _lone_text(node["children"][1]) if len(node["children"]) > 1 else ""
            reason = joined(words)
            if reason is not None:
                yield written.remark(f"'{words}'", reason)


def joined(words: str) -> Reason | None:
    """Says of a text that it joins several words, as in `giá, bao nhiêu` or `giá|bao nhiêu`."""
    apart = [word.strip() for word in re.split("[,;|]", words) if word.strip()]
    better = ", ".join(f"'{word}'" for word in apart)
    return WORDS_JOINED(text=words, better=f"[{better}]") if len(apart) > 1 else None


def _lone_text(words: Node) -> str:
    if words["type"] == "multi_select_list" and len(words["children"]) == 1:
        words = words["children"][0]
    value = words.get("value") if words["type"] == "literal" else None
    return value if isinstance(value, str) else ""


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
