"""Checks an expression before it is evaluated for any event.

JMESPath is silent about most mistakes: an unknown function is found when it is called, and text in
double quotes is simply a field that does not exist.
"""

import re
from collections.abc import Iterator
from difflib import get_close_matches
from itertools import pairwise
from typing import Final

from jmespath.exceptions import LexerError

from automator.conditions.compile import FUNCTIONS
from automator.conditions.forms.calls import Function, LiteralProblem, arguments
from automator.conditions.forms.finding import ExpressionError, Finding
from automator.conditions.forms.grammar import parse, tokens
from automator.conditions.forms.values import Node
from automator.conditions.precedence import Token, in_source_order, silent_mistakes
from automator.model import Reason
from automator.reasons.problems import conditions as problems

#: Findings that do not keep an expression from being compiled.
ADVICE: Final = frozenset(
    {"quoted-field", "missing-comma", "not-scope", "literal-quotes", "list-compared"}
)
_WORDS: Final = {"and": "&&", "or": "||", "not": "!"}
_NUMBER: Final = re.compile(r"-?[0-9.]*")
_QUOTED: Final = re.compile(r'"(?:\\.|[^"\\])*"')
_COMPARATORS: Final = frozenset({"eq", "ne", "lt", "lte", "gt", "gte"})
_ENDS_VALUE: Final = frozenset(
    {
        "unquoted_identifier",
        "quoted_identifier",
        "literal",
        "rparen",
        "rbracket",
        "rbrace",
        "flatten",
        "current",
        "star",
        "number",
    }
)


def check_expression(text: str) -> list[Finding]:
    """Everything that is wrong with an expression, in the order of its places."""
    return examine(text)[1]


def examine(text: str) -> tuple[Node | None, list[Finding]]:
    """The tree of an expression, if it has one, and what is wrong with it."""
    try:
        tree = parse(text)
    except ExpressionError as error:
        if error.finding.code == "condition-too-large" or not text.strip():
            return None, [error.finding]
        return None, sorted({*_slips(text)}) or [error.finding]
    found = list(tokens(text))
    findings = [
        *_quoted_fields(text, found),
        *_missing_commas(found),
        *_bare_words(found),
        *_old_texts(text, found),
        *silent_mistakes(tree, found),
        *_calls(tree, found),
    ]
    return tree, sorted(findings)


# --- Frequent mistakes in a text that is not an expression ---


def _slips(text: str) -> Iterator[Finding]:
    found = []
    for token in _readable_tokens(text):
        if isinstance(token, Finding):
            yield token
        else:
            found.append(token)
    yield from _words(found)
    yield from _bare_numbers(text, found)


def _readable_tokens(text: str) -> Iterator[Token | Finding]:
    """The tokens, with a finding for each single `=`; it is then read as a comparison."""
    while True:
        try:
            yield from list(tokens(text))
        except LexerError as error:
            at = error.lexer_position
            if error.lexer_value != "=" or text[at : at + 1] != "=":
                return
            yield Finding(at, 1, _unexpected_equals(text, at))
            text = text[:at] + "<" + text[at + 1 :]
        else:
            return


def _unexpected_equals(text: str, at: int) -> Reason:
    if text[at + 1 : at + 2] == ">":
        return problems.EQUALS_BEFORE_GREATER()
    if text[at - 1 : at] in ("=", "<"):
        return problems.ONE_EQUALS_TOO_MANY()
    return problems.UNEXPECTED_EQUALS()


def _words(found: list[Token]) -> Iterator[Finding]:
    """`and`, `or`, `not` where an operator should stand."""
    for before, token, after in _with_neighbours(found):
        word = token["value"]
        if token["type"] != "unquoted_identifier" or word.lower() not in _WORDS:
            continue
        is_infix = before in _ENDS_VALUE
        starts_value = after in ("unquoted_identifier", "quoted_identifier", "literal", "current")
        is_prefix = word.lower() == "not" and (starts_value or after in ("lparen", "not"))
        if before != "dot" and (is_infix or is_prefix):
            reason = problems.WORD_FOR_OPERATOR(word=word, operator=_WORDS[word.lower()])
            yield Finding(token["start"], len(word), reason)


def _bare_numbers(text: str, found: list[Token]) -> Iterator[Finding]:
    for index, token in enumerate(found):
        before = found[index - 1]["type"] if index else ""
        is_fraction = before == "dot" and index > 1 and found[index - 2]["type"] == "number"
        if token["type"] == "number" and before not in ("lbracket", "colon") and not is_fraction:
            written = _written(_NUMBER, text, token)
            reason = problems.BARE_NUMBER(number=written)
            yield Finding(token["start"], len(written), reason)


def _written(pattern: re.Pattern[str], text: str, token: Token) -> str:
    """A token as it is written, without what the lexer has made of it."""
    found = pattern.match(text, token["start"])
    return found[0] if found else ""


def _with_neighbours(found: list[Token]) -> Iterator[tuple[str, Token, str]]:
    """Each token between the types of the ones beside it; "" where there is none."""
    types = ["", *[token["type"] for token in found], ""]
    return zip(types, found, types[2:], strict=False)


# --- Mistakes in an expression, which JMESPath does not report ---


def _bare_words(found: list[Token]) -> Iterator[Finding]:
    """`== true` compares with a field of that name. `null` does no harm: there is no such field."""
    for before, token, _ in _with_neighbours(found):
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
                yield Finding(start, length, problems.TEXT_IN_BACKTICKS(text=token["value"]))


def _quoted_fields(text: str, found: list[Token]) -> Iterator[Finding]:
    """`== "text"`: a quoted name beside a comparison, with nothing before or after it."""
    for before, token, after in _with_neighbours(found):
        if token["type"] != "quoted_identifier":
            continue
        is_right = before in _COMPARATORS and after not in ("dot", "lbracket", "flatten", "filter")
        is_left = after in _COMPARATORS and before not in ("dot",)
        is_argument = before in ("comma", "lbracket") and after in ("comma", "rbracket", "rparen")
        if is_right or is_left or is_argument:
            length = len(_written(_QUOTED, text, token))
            reason = problems.TEXT_IN_DOUBLE_QUOTES(text=token["value"])
            yield Finding(token["start"], length, reason)


def _missing_commas(found: list[Token]) -> Iterator[Finding]:
    """jmespath reads `f(a b)` as `f(a, b)`."""
    starts = _ENDS_VALUE - {"rparen", "rbracket", "rbrace", "flatten", "star", "number"}
    for before, token in pairwise(found):
        if before["type"] in _ENDS_VALUE and token["type"] in starts:
            yield Finding(token["start"], 1, problems.MISSING_COMMA())


def _calls(tree: Node, found: list[Token]) -> Iterator[Finding]:
    """Unknown functions, wrong numbers of arguments, and arguments that cannot work."""
    places = [
        token["start"]
        for token, after in pairwise(found)
        if token["type"] == "unquoted_identifier" and after["type"] == "lparen"
    ]
    calls = in_source_order(tree, "function_expression")
    for node, place in zip(calls, places, strict=True):
        finding = _call_finding(node, place)
        if finding:
            yield finding


def _call_finding(node: Node, place: int) -> Finding | None:
    name, children = node["value"], node["children"]
    function = FUNCTIONS.get(name)
    if function is None:
        return Finding(place, len(name), _unknown_function(name))
    count = len(children)
    if count < function.least or (function.most is not None and count > function.most):
        said = {"name": name, "needed": _needed(function), "usage": function.usage}
        if count == 1:
            return Finding(place, len(name), problems.WRONG_ARITY_OF_ONE(**said))
        return Finding(place, len(name), problems.WRONG_ARITY(count=count, **said))
    try:
        if function.prepare:
            function.prepare(arguments(children))
    except LiteralProblem as problem:
        return Finding(place, len(name), problem.reason)
    return None


def _unknown_function(name: str) -> Reason:
    near = get_close_matches(name, FUNCTIONS, n=1)
    if near:
        return problems.MISSPELT_FUNCTION(name=name, nearest=near[0])
    return problems.UNKNOWN_FUNCTION(name=name, known=list(FUNCTIONS))


def _needed(function: Function) -> Reason:
    if function.most is None:
        return problems.NEEDED_AT_LEAST(least=function.least)
    if function.least == function.most:
        return problems.NEEDED_EXACTLY(least=function.least)
    return problems.NEEDED_BETWEEN(least=function.least, most=function.most)
