"""Finds conditions that look for a text that never occurs, or always does."""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from automator.conditions import FINDERS
from automator.conditions.forms.paths import path_names
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node
from automator.conditions.functions.time_functions import WEEKDAYS
from automator.conditions.texts.fold import fold
from automator.conditions.texts.languages import LANGUAGES, OTHER_NAMES
from automator.model import Reason
from automator.reasons.problems import functions
from automator.reasons.problems.meaning.comparisons import NOT_A_LIST
from automator.reasons.problems.meaning.searched_texts import (
    DAY_OF_OTHER_NAME,
    LANGUAGE_OF_OTHER_NAME,
    LIST_IN_LIST,
    LIST_IN_TEXT,
    NEVER_LEFT,
    NOTHING_SOUGHT,
    TEXT_FOR_LIST,
    UNKNOWN_DAY,
    UNKNOWN_LANGUAGE,
    WHOLE_DAY,
    WILDCARD_COMPARED,
)
from automator.rules.meaning.expressions.arguments import joined
from automator.rules.meaning.expressions.conditions import path_and_literal
from automator.rules.meaning.expressions.nodes import is_text, nodes_of, written_texts
from automator.rules.meaning.kinds import LISTS, TEXTS
from automator.rules.meaning.subject import Remark, Subject, WrittenExpression

#: Words with the wildcards of other languages.
_WILD = re.compile(r"(?P<before>[%*]?)(?P<text>[^\W\d_](?:[\w ]*\w)?)(?P<after>[%*]?)")
#: `gi*`, `.*giá.*`, `%giá%`: a word with wildcards before or behind it.
_WILD_WORD = re.compile(
    r"(?P<before>(?:\.?\*|%)?)(?P<text>[^\W\d_](?:[\w ]*\w)?)(?P<after>(?:\.?\*|%)?)"
)
_DAY_NAMES = {
    **{
        name: day
        for day, names in {
            "mon": "monday t2 thu 2 thu hai",
            "tue": "tuesday tues t3 thu 3 thu ba",
            "wed": "wednesday t4 thu 4 thu tu",
            "thu": "thursday thur thurs t5 thu 5 thu nam",
            "fri": "friday t6 thu 6 thu sau",
            "sat": "saturday t7 thu 7 thu bay",
            "sun": "sunday cn chu nhat",
        }.items()
        for name in re.findall(r"(?:thu|chu) \w+|\w+", names)
    },
    **{day: day for day in WEEKDAYS},
}


def wildcards(subject: Subject) -> Iterator[Remark]:
    """`event.text == '%giá%'`: a comparison knows no wildcards."""
    for written, node in nodes_of(subject, "comparator"):
        name, value = path_and_literal(node) or ("", None)
        found = _WILD.fullmatch(value) if isinstance(value, str) else None
        if node["value"] == "eq" and name in TEXTS and found and found["before"] + found["after"]:
            function = "contains" if found["before"] and found["after"] else "starts_with"
            function = function if found["after"] else "ends_with"
            better = f"{function}({name}, '{found['text']}')"
            reason = WILDCARD_COMPARED(name=name, text=value, better=better)
            yield written.remark(name, reason)


def misplaced_lists(subject: Subject) -> Iterator[Remark]:
    """`contains(event.text, ['giá'])`, `one_of(event.type, 'comment.created')`, and `[]`."""
    for written, node in nodes_of(subject, "function_expression"):
        function, children = node["value"], node["children"]
        if len(children) < 2:
            continue
        name = ".".join(path_names(children[0]) or ())
        words = written_texts(children[1])
        is_list = not is_text(children[1])
        if function in ("keywords", "one_of") and _is_flattening(children[1]):
            yield written.remark(function, NOTHING_SOUGHT())
        elif function == "contains" and name in TEXTS and is_list and words:
            listed = ", ".join(f"'{word}'" for word in words)
            better = f"keywords({name}, [{listed}])"
            reason = LIST_IN_TEXT(name=name, better=better)
            yield written.remark(function, reason)
        elif function in ("starts_with", "ends_with") and name in TEXTS and is_list and words:
            better = " || ".join(f"{function}({name}, '{word}')" for word in words)
            yield written.remark(function, LIST_IN_TEXT(name=name, better=better))
        elif function == "contains" and name in LISTS and is_list and words:
            better = " || ".join(f"contains({name}, '{word}')" for word in words)
            yield written.remark(function, LIST_IN_LIST(name=name, better=better))
        elif function == "one_of" and words and not is_list:
            reason = TEXT_FOR_LIST(text=words[0], better=f"['{words[0]}']")
            yield written.remark(f"'{words[0]}'", reason)


def unknown_days(subject: Subject) -> Iterator[Remark]:
    """`weekday(now, zone) == 'Chủ nhật'`: the days have other names."""
    for written, other in _compared_with(subject, "weekday"):
        for word in written_texts(other):
            if word not in WEEKDAYS:
                yield written.remark(f"'{word}'", _no_day(word))
        if other["type"] == "literal" and type(other["value"]) in (int, float):
            reason = UNKNOWN_DAY(value=str(other["value"]), known=list(WEEKDAYS))
            yield written.remark(unparse(other), reason)


def unknown_languages(subject: Subject) -> Iterator[Remark]:
    """`language(event.text) == 'vn'`: the languages have other names."""
    for written, other in _compared_with(subject, "language"):
        for word in written_texts(other):
            if word not in LANGUAGES:
                yield written.remark(f"'{word}'", _no_language(word))


def _compared_with(subject: Subject, function: str) -> Iterator[tuple[WrittenExpression, Node]]:
    """The expressions that compare the result of a function with something, and that."""
    for written, node in subject.parts:
        children = node["children"]
        is_equal = node["type"] == "comparator" and node["value"] in ("eq", "ne")
        is_one_of = node["type"] == "function_expression" and node["value"] == "one_of"
        if len(children) != 2 or not (is_equal or is_one_of):
            continue
        for one, other in (children, children[::-1]):
            if one["type"] == "function_expression" and one["value"] == function:
                yield written, other


def _no_language(word: str) -> Reason:
    nearest = OTHER_NAMES.get(fold(word).strip())
    if nearest is None:
        return UNKNOWN_LANGUAGE(value=word, known=list(LANGUAGES))
    return LANGUAGE_OF_OTHER_NAME(value=word, nearest=nearest, known=list(LANGUAGES))


def _no_day(word: str) -> Reason:
    nearest = _DAY_NAMES.get(fold(word).strip())
    if nearest is None:
        return UNKNOWN_DAY(value=word, known=list(WEEKDAYS))
    return DAY_OF_OTHER_NAME(value=word, nearest=nearest, known=list(WEEKDAYS))


def otherwise_found(subject: Subject) -> Iterator[Remark]:
    """`contains(phones(event.text), '0901 234 567')`: what is found is written in one way."""
    for written, node in subject.parts:
        children = node["children"]
        is_equal = node["type"] == "comparator" and node["value"] == "eq"
        if len(children) != 2 or not (is_equal or node.get("value") in ("contains", "one_of")):
            continue
        for one, other in (children, children[::-1]):
            function = _finding(one)
            for text in written_texts(other) if function else ():
                if is_equal and one["type"] == "function_expression":
                    reason = NOT_A_LIST(name=unparse(one), text=text)
                    yield written.remark(function, reason)
                elif text not in (found := FINDERS[function](text)):
                    better = found[0] if found else _FOUND_AS[function]
                    reason = NEVER_LEFT(function=function, text=text, better=better)
                    yield written.remark(f"'{text}'", reason)


#: Examples of the values that each function finds.
_FOUND_AS: Mapping[str, str] = {
    "emails": "lan@example.com",
    "links": "https://example.com/",
    "phones": "+84901234567",
}


def _finding(node: Node) -> str:
    """The function of `phones(x)` and `phones(x)[0]`; nothing for any other expression."""
    if node["type"] == "index_expression":
        node = node["children"][0]
    is_call = node["type"] == "function_expression" and node["value"] in FINDERS
    return node["value"] if is_call else ""


def wild_words(subject: Subject) -> Iterator[Remark]:
    """`keywords(event.text, ['gi*'])`: a word list knows no wildcards."""
    for written, node in nodes_of(subject, "function_expression"):
        if node["value"] != "keywords" or len(node["children"]) < 2:
            continue
        for word in written_texts(node["children"][1]):
            found = _WILD_WORD.fullmatch(word)
            if found and found["before"] + found["after"]:
                option = "{mode: 'contains'}"
                reason = functions.WILD_WORD(text=word, better=found["text"], option=option)
                yield written.remark(f"'{word}'", reason)


def words_without_list(subject: Subject) -> Iterator[Remark]:
    """`keywords(event.text, vars.words)`, where `words` is a mapping or has numbers in it."""
    for written, node in nodes_of(subject, "function_expression"):
        names = path_names(node["children"][1]) if len(node["children"]) > 1 else None
        if node["value"] != "keywords" or not names or names[0] != "vars" or len(names) == 1:
            continue
        value: Any = subject.vars
        for name in names[1:]:
            value = value.get(name, "") if isinstance(value, Mapping) else ""
        items = value if isinstance(value, list) else [value]
        name = ".".join(names)
        reason = joined(value) if isinstance(value, str) else None
        if not all(isinstance(item, str) for item in items):
            reason = functions.WORDS_NO_LIST(name=name)
        if reason is not None:
            yield written.remark(name, reason)


def whole_days(subject: Subject) -> Iterator[Remark]:
    """`between(now, '21:00', '21:00', zone)` holds all day."""
    for written, node in nodes_of(subject, "function_expression"):
        if node["value"] == "between" and len(node["children"]) > 2:
            first, last = (written_texts(child) for child in node["children"][1:3])
            if first and first == last:
                yield written.remark("between", WHOLE_DAY(time=first[0]))


def _is_flattening(node: Node) -> bool:
    """`[]` is not an empty list: it flattens the current value."""
    inner = node["children"][0] if node["type"] == "projection" else node
    kinds = inner["type"], *(child["type"] for child in inner["children"])
    return kinds == ("flatten", "identity")
