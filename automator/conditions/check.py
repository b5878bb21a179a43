"""Checks an expression before it is evaluated for any event.

JMESPath is silent about most mistakes: an unknown function is found when it is called, and text in
double quotes is simply a field that does not exist.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from automator.conditions.compile import FUNCTIONS
from automator.conditions.forms.calls import Function, LiteralProblem, arguments
from automator.conditions.forms.finding import ExpressionError, Finding
from automator.conditions.forms.grammar import parse, tokens
from automator.conditions.forms.values import Node
from automator.conditions.meant_calls import (
    called_instead,
    lacks_zone,
    meant_usage,
    owners_of_calls,
    takes,
)
from automator.conditions.other_languages import escaped
from automator.conditions.precedence import Token, in_source_order, silent_mistakes
from automator.conditions.syntax_mistakes import (
    ENDS_VALUE,
    plain_number,
    syntax_mistakes,
    with_neighbours,
    written,
)
from automator.configuration.time_intervals import DEFAULT_ZONE
from automator.model import Reason
from automator.reasons.problems import conditions as problems
from automator.reasons.problems import functions as function_problems

#: Findings that do not keep an expression from being compiled.
ADVICE: Final = frozenset(
    {"quoted-field", "missing-comma", "not-scope", "literal-quotes", "list-compared"}
)
#: Cached examinations of expressions: an expression that was checked is compiled next.
_AT_HAND: Final = 4
_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_COMPARATORS: Final = frozenset({"eq", "ne", "lt", "lte", "gt", "gte"})


def check_expression(text: str) -> list[Finding]:
    """Everything that is wrong with an expression, in the order of its places."""
    return list(examine(text)[1])


@lru_cache(maxsize=_AT_HAND)
def examine(text: str) -> tuple[Node | None, tuple[Finding, ...]]:
    """The tree of an expression, or None, and its findings. Nothing may change the tree."""
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
    """`== true` compares with a field of that name. `null` does no harm: there is no such field."""
    for before, token, _ in with_neighbours(found):
        word = token["value"]
        is_name = token["type"] == "unquoted_identifier"
        if is_name and word in ("true", "false") and before in _COMPARATORS:
            yield Finding(token["start"], len(word), problems.BARE_WORD(word=word))


def _old_texts(text: str, found: list[Token]) -> Iterator[Finding]:
    """`` `word` `` is old JMESPath for a text, and easily a typing error for a number."""
    for token in found:
        start = token["start"]
        if token["type"] == "literal" and isinstance(token["value"], str) and text[start] == "`":
            inside = text[start + 1 :].lstrip()
            if not inside.startswith('"'):
                length = text.index("`", start + 1) + 1 - start
                number = plain_number(token["value"])
                reason = problems.TEXT_IN_BACKTICKS(text=escaped(token["value"].strip("'")))
                if number is not None:
                    reason = problems.NUMBER_IN_GROUPS(number=number)
                yield Finding(start, length, reason)


def _quoted_fields(text: str, found: list[Token]) -> Iterator[Finding]:
    """`== "text"`: a quoted name beside a comparison, with nothing before or after it."""
    for before, token, after in with_neighbours(found):
        if token["type"] != "quoted_identifier":
            continue
        is_right = before in _COMPARATORS and after not in ("dot", "lbracket", "flatten", "filter")
        is_left = after in _COMPARATORS and before not in ("dot",)
        is_argument = before in ("comma", "lbracket") and after in ("comma", "rbracket", "rparen")
        if is_right or is_left or is_argument:
            length = len(written(_QUOTED, text, token))
            reason = problems.TEXT_IN_DOUBLE_QUOTES(text=escaped(token["value"]))
            yield Finding(token["start"], length, reason)


def _missing_commas(found: list[Token]) -> Iterator[Finding]:
    """jmespath reads `f(a b)` as `f(a, b)`."""
    starts = ENDS_VALUE - {"rparen", "rbracket", "rbrace", "flatten", "star", "number"}
    for before, token in pairwise(found):
        if before["type"] in ENDS_VALUE and token["type"] in starts:
            yield Finding(token["start"], 1, problems.MISSING_COMMA())


def _calls(tree: Node, found: list[Token]) -> Iterator[Finding]:
    """Unknown functions, wrong numbers of arguments, and arguments that cannot work."""
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
            place, len(name), function_problems.FUNCTION_CALLED_OTHERWISE(name=name, better=better)
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
            reason = function_problems.ARGUMENTS_OTHERWISE(name=name, better=better)
        return Finding(place, len(name), reason)
    return None


def _wrong_count(name: str, function: Function, children: list[Node]) -> Reason:
    call = lacks_zone(name, children)
    if call is not None:
        return function_problems.ZONE_MISSING(name=name, call=call, zone=DEFAULT_ZONE)
    usage = meant_usage(name, children) or function.usage
    said = {"name": name, "needed": _needed(function), "usage": usage}
    if len(children) == 1:
        return function_problems.WRONG_ARITY_OF_ONE(**said)
    return function_problems.WRONG_ARITY(count=len(children), **said)


def _unknown_function(name: str) -> Reason:
    # Only mistakes need it.
    from difflib import get_close_matches

    near = get_close_matches(name, FUNCTIONS, n=1, cutoff=0.7)
    if near:
        return function_problems.MISSPELT_FUNCTION(name=name, nearest=near[0])
    return function_problems.UNKNOWN_FUNCTION(name=name, known=list(FUNCTIONS))


def _needed(function: Function) -> Reason:
    if function.most is None:
        return function_problems.NEEDED_AT_LEAST(least=function.least)
    if function.least == function.most:
        return function_problems.NEEDED_EXACTLY(least=function.least)
    return function_problems.NEEDED_BETWEEN(least=function.least, most=function.most)
