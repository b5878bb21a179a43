"""Finds arguments of functions that can never do what is meant: a wrong kind, a wrong place."""

import re
from collections.abc import Callable, Iterator, Mapping

from automator.conditions import FINDERS
from automator.conditions.forms.grammar import parse
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node
from automator.conditions.texts.fold import fold
from automator.model import Reason
from automator.reasons.problems import functions
from automator.reasons.problems.meaning.searched_texts import (
    ARGUMENTS_SWAPPED,
    NEVER_LEFT,
    WORDS_JOINED,
)
from automator.rules.meaning.expressions.nodes import is_text, written_texts
from automator.rules.meaning.kinds import LISTS, OBJECTS
from automator.rules.meaning.subject import Remark, Subject

#: The changes that functions make to every character of a text.
_ALTERS: Mapping[str, Callable[[str], str]] = {
    "fold": fold,
    "lower": str.lower,
    "upper": str.upper,
}
#: Functions that look for their second argument in the first.
_LOOKS_FOR = frozenset({"contains", "starts_with", "ends_with", "one_of", "matches"})
#: Signs that mean something else than themselves in a pattern.
_PATTERN_SIGNS = re.compile(r"[\\^$.|?*+()\[\]{}]")
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
#: The text that is meant by a name of several values.
_TEXT_INSIDE = {
    **dict.fromkeys(("event", "event.comment", "event.message"), "event.text"),
    "event.actor": "event.actor.name",
    "contact": "contact.name",
    "connection": "connection.name",
    "event.attachments": "event.text",
    "contact.tags": "join(' ', contact.tags)",
}


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
    for text in written_texts(sought):
        yield altered["value"], text


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
    is_literal = is_text(first)
    # `contains('S, M, L', event.text)` asks whether a text is one of several.
    is_word = is_literal and first["value"].isalpha() and names == ("event", "text")
    is_swapped = {
        "keywords": is_list or is_literal,
        "one_of": is_list,
        "matches": is_literal,
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
    return words["value"] if is_text(words) else ""
