"""Checks an expression before it is evaluated for any event.

JMESPath reports few mistakes: it notices an unknown function only when it is called, and reads a
text in double quotes as a field, which does not exist.
"""

import re
from collections.abc import Iterator, Sequence
from difflib import get_close_matches
from functools import lru_cache
from itertools import pairwise
from typing import Any, Final

from automator.conditions.compile import FUNCTIONS
from automator.conditions.forms.calls import Function, LiteralProblem, arguments
from automator.conditions.forms.finding import ExpressionError, Finding
from automator.conditions.forms.grammar import parse, tokens
from automator.conditions.forms.unparse import unparse
from automator.conditions.forms.values import Node, parts_of
from automator.conditions.functions.text_functions import MODES
from automator.conditions.other_languages import escaped
from automator.conditions.syntax_mistakes import (
    ENDS_VALUE,
    plain_number,
    syntax_mistakes,
    with_neighbours,
    written,
)
from automator.configuration.everyday_times import meant_time_of_day
from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.model import Reason
from automator.reasons.problems import conditions as problems
from automator.reasons.problems import functions as function_problems

# --- Operator precedence that differs from what was meant ---


Token = dict[str, Any]
_PROJECTIONS: Final = frozenset({"projection", "filter_projection", "value_projection"})
#: Forms that read a part of the value on their left, and so fail if it is true or false.
_LOOKS_INSIDE: Final = frozenset(
    {"subexpression", "filter_projection", "flatten", "value_projection"}
)
_SIGNS: Final = frozenset({"eq", "ne", "lt", "lte", "gt", "gte"})


def silent_mistakes(tree: Node, found: list[Token]) -> Iterator[Finding]:
    """Finds `!a.b`, `!a == 'x'` and `items[*].name == 'x'`, which do not mean what they seem to."""
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
    """Whether `!` was most likely meant for more of the expression than it applies to."""
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
    return Finding(
        token["start"],
        1,
        problems.condition_negation_ends_early(alone=alone, whole=unparse(whole)),
    )


def _list_compared(node: Node, sign: Token) -> Finding | None:
    """The finding for a projection that is compared: it is a list, which equals no
    text or number.
    """
    sides = node["children"]
    lists = [side for side in sides if _gives_list(side)]
    literals = [side for side in sides if side["type"] == "literal"]
    if len(lists) != 1 or not literals or isinstance(literals[0]["value"], list | None):
        return None
    source, literal = unparse(lists[0]), unparse(literals[0])
    reason = problems.condition_list_ordered(source=source, literal=literal)
    if node["value"] in ("eq", "ne"):
        better = f"{'!' if node['value'] == 'ne' else ''}contains({source}, {literal})"
        reason = problems.condition_list_compared(source=source, literal=literal, better=better)
    return Finding(sign["start"], len(sign["value"]), reason)


def _gives_list(node: Node) -> bool:
    """Whether an expression is a projection, which gives a list; in `a.b[*].c`, `a` has it."""
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


#: The codes of findings that are only advice: an expression with such a finding is compiled.
ADVICE: Final = frozenset(
    {"quoted-field", "missing-comma", "not-scope", "literal-quotes", "list-compared"}
)
#: How many examinations are cached: an expression is usually checked and then compiled at once.
_AT_HAND: Final = 4
_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_COMPARATORS: Final = frozenset({"eq", "ne", "lt", "lte", "gt", "gte"})


def check_expression(text: str) -> list[Finding]:
    """Every finding about an expression, in the order of the text."""
    return list(examine(text)[1])


@lru_cache(maxsize=_AT_HAND)
def examine(text: str) -> tuple[Node | None, tuple[Finding, ...]]:
    """The tree of an expression, or None, and its findings. Callers may not change the tree."""
    try:
        tree = parse(text)
    except ExpressionError as error:
        if error.finding.code == "condition-too-large" or not text.strip():
            return None, (error.finding,)
        return None, tuple(syntax_mistakes(text)) or (error.finding,)
    found = list(tokens(text))
    findings = [
        *_quoted_fields(text, found),
        *_missing_commas(found),
        *_bare_words(found),
        *_old_texts(text, found),
        *silent_mistakes(tree, found),
        *_calls(tree, found),
    ]
    return tree, tuple(sorted(findings))


# --- Mistakes in an expression, which JMESPath does not report ---


def _bare_words(found: list[Token]) -> Iterator[Finding]:
    """Finds `== true`, which compares with a field of that name. `null` does no harm: no field has
    that name.
    """
    for before, token, _ in with_neighbours(found):
        word = token["value"]
        is_name = token["type"] == "unquoted_identifier"
        if is_name and word in ("true", "false") and before in _COMPARATORS:
            yield Finding(token["start"], len(word), problems.condition_bare_word(word=word))


def _old_texts(text: str, found: list[Token]) -> Iterator[Finding]:
    """Finds `` `word` ``, an old form of a text, and often a number with a typing error."""
    for token in found:
        start = token["start"]
        if token["type"] == "literal" and isinstance(token["value"], str) and text[start] == "`":
            inside = text[start + 1 :].lstrip()
            if not inside.startswith('"'):
                length = text.index("`", start + 1) + 1 - start
                number = plain_number(token["value"])
                reason = problems.condition_text_in_backticks(
                    text=escaped(token["value"].strip("'"))
                )
                if number is not None:
                    reason = problems.condition_number_in_groups(number=number)
                yield Finding(start, length, reason)


def _quoted_fields(text: str, found: list[Token]) -> Iterator[Finding]:
    """Finds `== "text"`: a quoted name beside a comparison, with nothing before or after it."""
    for before, token, after in with_neighbours(found):
        if token["type"] != "quoted_identifier":
            continue
        is_right = before in _COMPARATORS and after not in ("dot", "lbracket", "flatten", "filter")
        is_left = after in _COMPARATORS and before not in ("dot",)
        is_argument = before in ("comma", "lbracket") and after in ("comma", "rbracket", "rparen")
        if is_right or is_left or is_argument:
            length = len(written(_QUOTED, text, token))
            reason = problems.condition_text_in_double_quotes(text=escaped(token["value"]))
            yield Finding(token["start"], length, reason)


def _missing_commas(found: list[Token]) -> Iterator[Finding]:
    """Finds missing commas: jmespath reads `f(a b)` as `f(a, b)`."""
    starts = ENDS_VALUE - {"rparen", "rbracket", "rbrace", "flatten", "star", "number"}
    for before, token in pairwise(found):
        if before["type"] in ENDS_VALUE and token["type"] in starts:
            yield Finding(token["start"], 1, problems.condition_missing_comma())


def _calls(tree: Node, found: list[Token]) -> Iterator[Finding]:
    """Finds unknown functions, wrong numbers of arguments, and arguments that cannot work."""
    places = [
        token["start"]
        for token, after in pairwise(found)
        if token["type"] == "unquoted_identifier" and after["type"] == "lparen"
    ]
    calls = in_source_order(tree, "function_expression")
    owners = owners_of_calls(tree)
    for node, place in zip(calls, places, strict=True):
        finding = _call_finding(node, place, owners.get(id(node)))
        if finding:
            yield finding


def _call_finding(node: Node, place: int, owner: Node | None) -> Finding | None:
    name, children = node["value"], node["children"]
    better = called_instead(name, children, owner)
    if better is not None:
        return Finding(
            place,
            len(name),
            function_problems.condition_function_called_otherwise(name=name, better=better),
        )
    function = FUNCTIONS.get(name)
    if function is None:
        return Finding(place, len(name), _unknown_function(name))
    if not takes(function, len(children)):
        return Finding(place, len(name), _wrong_count(name, function, children))
    try:
        if function.prepare:
            function.prepare(arguments(children))
    except LiteralProblem as problem:
        better = meant_usage(name, children)
        reason = problem.reason
        if better is not None:
            reason = function_problems.condition_arguments_otherwise(name=name, better=better)
        return Finding(place, len(name), reason)
    return None


def _wrong_count(name: str, function: Function, children: list[Node]) -> Reason:
    call = lacks_zone(name, children)
    if call is not None:
        return function_problems.condition_zone_missing(name=name, call=call, zone=DEFAULT_ZONE)
    usage = meant_usage(name, children) or function.usage
    needed, count = _needed(function), len(children)
    if count == 1:
        return function_problems.condition_wrong_arity_of_one(name=name, needed=needed, usage=usage)
    return function_problems.condition_wrong_arity(
        count=count, name=name, needed=needed, usage=usage
    )


def _unknown_function(name: str) -> Reason:
    near = get_close_matches(name, FUNCTIONS, n=1, cutoff=0.7)
    if near:
        return function_problems.condition_misspelt_function(name=name, nearest=near[0])
    return function_problems.condition_unknown_function(name=name, known=list(FUNCTIONS))


def _needed(function: Function) -> Reason:
    if function.most is None:
        return function_problems.condition_needed_at_least(least=function.least)
    if function.least == function.most:
        return function_problems.condition_needed_exactly(least=function.least)
    return function_problems.condition_needed_between(least=function.least, most=function.most)


# --- Calls as other languages write them: methods, and other names ---


_NAME: Final = re.compile(r"[A-Za-z_]\w*", re.ASCII)
#: The name of our function for each name that it has in other languages.
_CALLED: Final = {
    **dict.fromkeys(("includes", "include", "has", "like", "instr"), "contains"),
    **dict.fromkeys(("startswith", "beginswith", "begins_with"), "starts_with"),
    "endswith": "ends_with",
    **dict.fromkeys(("regex", "regexp", "match", "test", "search", "re_match"), "matches"),
    **dict.fromkeys(("count", "size", "strlen"), "len"),
    **dict.fromkeys(("lowercase", "tolowercase", "lcase", "downcase"), "lower"),
    **dict.fromkeys(("uppercase", "touppercase", "ucase", "upcase"), "upper"),
    "strip": "trim",
    **dict.fromkeys(("coalesce", "default", "ifnull", "nvl"), "not_null"),
    **dict.fromkeys(("number", "int", "float", "parseint", "tonumber", "parse_int"), "to_number"),
    **dict.fromkeys(("string", "str", "tostring"), "to_string"),
    **dict.fromkeys(("keyword", "has_keywords", "tu_khoa"), "keywords"),
    **dict.fromkeys(("unaccent", "normalize", "remove_accents", "khong_dau"), "fold"),
    **dict.fromkeys(("phone", "phone_numbers", "extract_phone", "has_phone", "sdt"), "phones"),
    **dict.fromkeys(("email", "extract_email", "has_email"), "emails"),
    **dict.fromkeys(("address", "extract_address", "has_address", "dia_chi"), "addresses"),
    **dict.fromkeys(("link", "urls", "url", "has_link", "extract_urls"), "links"),
    **dict.fromkeys(("split", "ab", "ab_test", "variant", "bucket"), "arm"),
    **dict.fromkeys(("in_list", "in_array", "isin"), "one_of"),
}
#: Functions of other languages that ask whether a value exists; here an operator does.
_THERE: Final = frozenset({"exists", "exist", "defined", "isset", "is_defined", "notnull"})
_NOT_THERE: Final = frozenset({"isnull", "is_null", "missing"})
_EMPTY: Final = frozenset({"empty", "is_empty", "isempty"})
#: Functions whose last argument is a zone.
_WITH_ZONE: Final = frozenset({"between", "weekday"})


def takes(function: Function, count: int) -> bool:
    """Whether a function accepts this number of arguments."""
    return count >= function.least and (function.most is None or count <= function.most)


def lacks_zone(name: str, arguments: Sequence[Node]) -> str | None:
    """The call without its bracket, as in `between(now, '08:00', '21:00'`, if only its time zone is
    missing; else None.
    """
    if name not in _WITH_ZONE or len(arguments) != FUNCTIONS[name].least - 1:
        return None
    times = [meant_time_of_day(str(node.get("value"))) for node in arguments]
    shown = (
        f"'{time}'" if time else unparse(node) for time, node in zip(times, arguments, strict=True)
    )
    return f"{name}({', '.join(shown)}"


def meant_usage(name: str, arguments: Sequence[Node]) -> str | None:
    """The intended call for a call with the wrong number or kind of arguments; None if unknown.

    `keywords(event.text, 'giá', 'ib')` lacks a list.
    """
    shown = [unparse(argument) for argument in arguments]
    words = [node["value"] for node in arguments[1:] if node["type"] == "literal"]
    are_texts = len(words) == len(shown) - 1 and all(isinstance(word, str) for word in words)
    if name in ("keywords", "contains") and len(words) > 1 and are_texts and words[-1] not in MODES:
        return f"keywords({shown[0]}, [{', '.join(shown[1:])}])"
    has_mode = name == "keywords" and len(shown) > 2 and arguments[2].get("value") in MODES
    return f"keywords({shown[0]}, {shown[1]}, {{mode: {shown[2]}}})" if has_mode else None


def owners_of_calls(tree: Node) -> dict[int, Node]:
    """The value before each call that follows a dot or a `|`, by the id() of the call's node. In
    other languages that value is the first argument.
    """
    owners: dict[int, Node] = {}
    for node in parts_of(tree):
        children: list[Node] = node["children"] if node["type"] in ("pipe", "subexpression") else []
        for place, child in enumerate(children[1:], 1):
            before = children[0] if place == 1 else {**node, "children": children[:place]}
            called = child["children"][0] if child["type"] == "comparator" else child
            owners[id(called)] = _without_not(before)
    return owners


def _without_not(node: Node) -> Node:
    """`!event.text` without the `!`, by which other languages negate the whole call."""
    if node["type"] == "not_expression":
        return _without_not(node["children"][0])
    if node["type"] not in ("pipe", "subexpression"):
        return node
    first, *others = node["children"]
    return {**node, "children": [_without_not(first), *others]}


def called_instead(name: str, arguments: Sequence[Node], owner: Node | None) -> str | None:
    """The expression to write in place of a call; None if the function is known, or nothing fits.

    `owner` is the value before the dot, as in `event.text.lower()`.
    """
    if name == "now" and owner is None and not arguments:
        return "now"
    sought = name.lower()
    owned = owner["value"] if owner is not None and owner["type"] == "field" else ""
    if owned == "re" and sought in ("search", "match", "fullmatch") and len(arguments) > 1:
        return f"matches({unparse(arguments[1])}, {unparse(arguments[0])})"
    if owner is not None and sought == "get" and len(arguments) == 1:
        wanted = str(arguments[0].get("value"))
        return f"{unparse(owner)}.{wanted}" if _NAME.fullmatch(wanted) else None
    known = name if name in FUNCTIONS else _CALLED.get(sought)
    shown = [unparse(argument) for argument in arguments]
    if known is None:
        return _asked(sought, [*([unparse(owner)] if owner else []), *shown])
    function = FUNCTIONS[known]
    if owner is not None and (known != name or not takes(function, len(shown))):
        # A function after a dot can read the value before the dot as `@`, so the call may be right.
        shown = [unparse(owner), *shown]
    elif known == name:
        return None
    return f"{known}({', '.join(shown)})" if takes(function, len(shown)) else None


def _asked(sought: str, shown: Sequence[str]) -> str | None:
    if len(shown) != 1 or sought not in _THERE | _NOT_THERE | _EMPTY:
        return None
    if sought in _EMPTY:
        return f"!({shown[0]})"
    return f"{shown[0]} {'!=' if sought in _THERE else '=='} `null`"
