"""Mistaken comparisons: their sides are never equal, or one side is not what its author means."""

import json
import re
from collections.abc import Iterator
from typing import Any, Final

from automator.conditions.forms.grammar import parse
from automator.conditions.forms.logic import links
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node
from automator.conditions.syntax_mistakes import plain_number
from automator.model import N_, Reason
from automator.rules.meaning.conditions import calls, path_and_literal, sides, written_texts
from automator.rules.meaning.event_paths import FLAGS, LISTS, OBJECTS, TEXTS
from automator.rules.meaning.subject import Remark, Subject, WrittenExpression, warning
from automator.rules.mending.fixes import (
    Place,
    QuickFix,
    by,
    changed,
    instead,
    mistake,
)


def _flag(place: Place) -> Iterator[QuickFix]:
    """Mends `contact.opted_out == 'true'`, a text where a flag is compared."""
    for value in ("true", "false"):
        yield from instead(place, f"'{value}'", f"`{value}`")


def _one_value(place: Place) -> Iterator[QuickFix]:
    """Mends `event.actor == '2001'`; other objects have several values that could be meant."""
    name, example = str(place.params["name"]), str(place.params["example"])
    if example in (f"{name}.id", f"{name}.name"):
        yield from instead(place, name, example)


def _without_braces(place: Place) -> Iterator[QuickFix]:
    """Mends `event.text == '{{ vars.shop }}'`, a template inside an expression."""
    path = str(place.params["path"])
    if re.fullmatch(rf"'\s*\{{\{{\s*{re.escape(path)}\s*\}}\}}\s*'", place.underlined):
        yield changed(place.start, place.end, path)


# --- Kinds of the two sides ---


@mistake(
    "constant-comparison",
    N_("this compares two constants, and no value of the event"),
    N_("name a field on one side, as in event.text; a field has no quotes around it."),
    bad="conditions: [\"'text' == 'a'\"]",
    good="conditions: [\"event.text == 'a'\"]",
)
def meaning_constant_comparison() -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: {name} is a text or null, and {written} is neither"),
    N_("write {name} == '{written}'."),
    bad="conditions:\n  - event.text == `5`",
    fix=by("`{written}`", "'{written}'"),
)
def meaning_not_a_text(*, name: str, written: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: {name} is true or false"),
    N_("write {name}, or !({name})."),
    bad="conditions:\n  - contact.opted_out == 'true'",
    fix=_flag,
)
def meaning_not_a_flag(*, name: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: {name} is a list"),
    N_("write contains({name}, '{text}')."),
    bad="conditions:\n  - contact.tags == 'vip'",
    fix=by("{name} == '{text}'", "contains({name}, '{text}')"),
)
def meaning_not_a_list(*, name: str, text: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: {name} is an object with several values"),
    N_("name one of its values, as in {example}."),
    bad="conditions:\n  - event.actor == '2001'",
    fix=_one_value,
)
def meaning_one_value_needed(*, name: str, example: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: '{sign}' compares numbers alone, and '{text}' is a text"),
    N_("write `{number}`."),
    bad="conditions:\n  - length(event.text) > '5'",
    fix=by("'{text}'", "`{number}`"),
)
def meaning_number_in_quotes(*, sign: str, text: str, number: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: '{sign}' compares numbers alone, and '{text}' is a text"),
    N_("write a number in backticks; for times there are ago() and between()."),
    bad="conditions:\n  - length(event.text) > 'a'",
    good="conditions:\n  - length(event.text) > `5`",
)
def meaning_text_ordered(*, sign: str, text: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: '{sign}' compares numbers alone, and {name} is a text"),
    N_("write to_number({name}) if it is a number that somebody has typed."),
    bad="conditions:\n  - event.text > `5`",
    good="conditions:\n  - to_number(event.text) > `5`",
)
def meaning_text_path_ordered(*, sign: str, name: str) -> None: ...
@mistake(
    "number-grouped",
    N_("`{written}` is the number {value}: a dot begins the decimals"),
    N_("write `{digits}`."),
    bad="conditions:\n  - to_number(event.text) > `500.000`",
    fix=by("`{written}`", "`{digits}`"),
)
def meaning_number_grouped(*, written: str, value: float, digits: str) -> None: ...
@mistake(
    "never-holds",
    N_("this never holds: {name} is one value, and no list"),
    N_("write {better}."),
    bad="conditions:\n  - event.text == ['a', 'b']",
    good="conditions:\n  - one_of(event.text, ['a', 'b'])",
)
def meaning_unequal_to_list(*, name: str, better: str) -> None: ...
@mistake(
    "empty-or-null",
    N_("without a value {name} is null, which is not equal to ''"),
    N_("write {better}, which knows both."),
    bad="conditions:\n  - event.text != ''",
    good="conditions:\n  - event.text",
)
def meaning_empty_beside_null(*, name: str, better: str) -> None: ...
@mistake(
    "literal-quotes",
    N_("'{text}' is a text here, and not the value null"),
    N_("write `null`."),
    bad="conditions:\n  - event.text != 'null'",
    good="conditions:\n  - event.text != null",
)
def meaning_text_for_null(*, text: str) -> None: ...
@mistake(
    "never-holds",
    N_("this is always null: the names of headers are in small letters here"),
    N_("write {better}."),
    bad="conditions:\n  - event.headers.\"User-Agent\" == 'a'",
    good="conditions:\n  - event.headers.\"user-agent\" == 'a'",
)
def meaning_header_in_capitals(*, better: str) -> None: ...
@mistake(
    "template-in-expression",
    N_("an expression is no template, so that the braces stay as they are"),
    N_("write {path} alone, without quotes and braces."),
    bad="conditions:\n  - event.text == '{{ vars.shop }}'",
    fix=_without_braces,
)
def meaning_template_in_expression(*, path: str) -> None: ...


_SIGNS = {"lt": "<", "lte": "<=", "gt": ">", "gte": ">="}
#: Texts that people write to mean the value null.
_NULLS = frozenset({"null", "NULL", "None", "undefined"})
#: For an object, an example of a value inside it.
_INSIDE = {
    "contact.state": "contact.state.size",
    "vars": "vars.shop",
    "event": "event.text",
    "connection": "connection.name",
}


@warning
def comparisons(subject: Subject) -> Iterator[Remark]:
    """Finds `event.data.total > '500'`, `event.text == 5`, `contact.tags == 'vip'`."""
    for written, node in subject.parts_in_scope:
        if node["type"] == "comparator":
            yield from _compared(written, node)


def _compared(written: WrittenExpression, node: Node) -> Iterator[Remark]:
    left, right = node["children"]
    if left["type"] == "literal" and right["type"] == "literal":
        yield written.remark("", meaning_constant_comparison())
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
    reason = _other_kind(name, value) if node["value"] == "eq" and value is not None else None
    if sign and name in TEXTS:
        reason = meaning_text_path_ordered(name=name, sign=sign)
    if reason is not None:
        yield written.remark(name, reason)


def _without_null(written: WrittenExpression, sign: str, name: str, value: str) -> Iterator[Remark]:
    """Finds `event.text != ''`, which also holds for a null text, and `event.text != 'null'`."""
    if value == "" and name in TEXTS:
        better = f"!({name})" if sign == "eq" else name
        yield written.remark(name, meaning_empty_beside_null(name=name, better=better))
    if value in _NULLS:
        yield written.remark(f"'{value}'", meaning_text_for_null(text=value))


@warning
def headers_in_capitals(subject: Subject) -> Iterator[Remark]:
    """Finds `event.headers."X-Shop"`: names of headers are in lower case."""
    for written, node in subject.parts_in_scope:
        names = path_names(node) or ()
        lower = tuple(name.lower() for name in names[2:3])
        if names[:2] == ("event", "headers") and lower != names[2:3]:
            better = unparse(parse(f"event.headers.{json.dumps(lower[0])}"))
            yield written.remark("event.headers", meaning_header_in_capitals(better=better))


def _text_ordered(written: WrittenExpression, sign: str, value: str) -> Remark:
    number = plain_number(value)
    if number is None:
        return written.remark(f"'{value}'", meaning_text_ordered(sign=sign, text=value))
    reason = meaning_number_in_quotes(sign=sign, text=value, number=number)
    return written.remark(f"'{value}'", reason)


def _other_kind(name: str, value: Any) -> Reason | None:
    """The reason why a path never equals a value of this kind; None if it may."""
    if name in TEXTS and not isinstance(value, str):
        written = json.dumps(value, ensure_ascii=False)
        return meaning_not_a_text(name=name, written=written)
    if name in FLAGS and not isinstance(value, bool):
        return meaning_not_a_flag(name=name)
    if name in LISTS and isinstance(value, str):
        return meaning_not_a_list(name=name, text=value)
    if name in OBJECTS and not isinstance(value, dict):
        return meaning_one_value_needed(name=name, example=_INSIDE.get(name, f"{name}.id"))
    return None


#: Functions whose result is a text.
_GIVE_TEXTS = frozenset(
    {"lower", "upper", "fold", "trim", "weekday", "language", "join", "type", "to_string"}
)


@warning
def lists_for_one_value(subject: Subject) -> Iterator[Remark]:
    """Finds `event.text == ['a', 'b']`: a text equals no list."""
    for written, node in subject.parts_in_scope:
        for one, other in sides(node):
            names = ".".join(path_names(one) or ())
            gives = one["type"] == "function_expression" and one["value"] in _GIVE_TEXTS
            if (names in TEXTS or gives) and _is_list(other):
                shown = unparse(one)
                better = f"one_of({shown}, {unparse(other)})"
                reason = meaning_unequal_to_list(name=shown, better=better)
                yield written.remark(shown if names else "", reason)


def _is_list(node: Node) -> bool:
    is_literal = node["type"] == "literal" and isinstance(node["value"], list)
    return is_literal or node["type"] == "multi_select_list"


@warning
def grouped_numbers(subject: Subject) -> Iterator[Remark]:
    """Finds `` `500.000` ``, which means five hundred, not 500,000."""
    for written in subject.expressions:
        for found in re.finditer(r"`(-?[0-9]{1,3}\.[0-9]{2}0)`", written.text):
            digits = found[1].replace(".", "")
            reason = meaning_number_grouped(written=found[1], value=float(found[1]), digits=digits)
            yield Remark(written.path, reason, (found.start(), len(found[0])))


@warning
def templates_in_expressions(subject: Subject) -> Iterator[Remark]:
    """Finds `event.text == '{{ vars.word }}'`: nothing is filled in inside an expression."""
    for written in subject.expressions:
        for found in re.finditer(r"'\s*\{\{\s*([\w.]*)[^']*'", written.text):
            reason = meaning_template_in_expression(path=found[1] or "vars.name")
            yield Remark(written.path, reason, (found.start(), len(found[0])))


# --- Slips ---


@mistake(
    "never-holds",
    N_("'{lost}' never counts: '{first}' is not empty, so that || ends there"),
    N_("write keywords(event.text, {better}), or a condition for each under any."),
    bad="conditions:\n  - contains(event.text, 'a' || 'b')",
    good="conditions:\n  - keywords(event.text, ['a', 'b'])",
)
def meaning_lost_alternative(*, lost: str, first: str, better: str) -> None: ...
@mistake(
    "never-holds",
    N_("'{text}' has a blank at an end, and is compared with it"),
    N_("write '{better}'."),
    bad="conditions:\n  - event.text == 'a '",
    fix=by("'{text}'", "'{better}'"),
)
def meaning_outer_blank(*, text: str, better: str) -> None: ...
@mistake(
    "never-holds",
    N_("{path} is always null: the tags are a list"),
    N_("write {better}."),
    bad="conditions:\n  - contact.tags.vip",
    fix=by("{path}", "{better}"),
)
def meaning_tag_as_field(*, path: str, better: str) -> None: ...


_TAGS: Final = "contact.tags"


@warning
def outer_blanks(subject: Subject) -> Iterator[Remark]:
    """Finds `contains(contact.tags, 'VIP ')`: neither a tag nor a compared text ends in a blank.

    A search in a person's text may need a blank, as in ` giá`.
    """
    for written, node in subject.parts:
        for text in _compared_as_a_whole(node):
            better = text.strip()
            if better and better != text:
                reason = meaning_outer_blank(text=text, better=better)
                yield written.remark(f"'{text}'", reason)


def _compared_as_a_whole(node: Node) -> list[str]:
    """The literal texts that a node compares another value with, as a whole."""
    found = path_and_literal(node)
    if found is not None:
        return [found[1]] if isinstance(found[1], str) else []
    children = node["children"]
    if node["type"] != "function_expression" or len(children) != 2:
        return []
    if node["value"] == "contains" and _is_of_tags(children[0]):
        return written_texts(children[1])
    if node["value"] == "one_of":
        return [*written_texts(children[0]), *written_texts(children[1])]
    return []


def _is_of_tags(node: Node) -> bool:
    """Whether a part is `contact.tags`, also with a default, as in `contact.tags || []`."""
    nodes: list[Node] = [node, *node["children"][:1]]
    return any(".".join(path_names(one) or ()) == _TAGS for one in nodes)


@warning
def tags_as_fields(subject: Subject) -> Iterator[Remark]:
    """Finds `contact.tags.VIP`: the tags are a list and have no names."""
    for written, node in subject.parts:
        path = ".".join(path_names(node) or ())
        tag = path.removeprefix(f"{_TAGS}.")
        if tag not in (path, "") and "." not in tag:
            better = f"contains({_TAGS}, '{tag}')"
            yield written.remark(path, meaning_tag_as_field(path=path, better=better))


@warning
def lost_alternatives(subject: Subject) -> Iterator[Remark]:
    """Finds `contains(event.text, 'giá' || 'ib')`: the first text is not empty, so
    `'ib'` is lost.
    """
    for written, node, _ in calls(subject):
        for child in node["children"]:
            leaves = links(child) if child["type"] == "or_expression" else []
            texts = [text for leaf in leaves for text in written_texts(leaf)]
            if len(texts) == len(leaves) > 1 and all(texts):
                listed = f"[{', '.join(map(unparse, leaves))}]"
                reason = meaning_lost_alternative(first=texts[0], lost=texts[1], better=listed)
                yield written.remark(f"'{texts[1]}'", reason)
