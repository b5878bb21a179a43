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
from automator.conditions.forms.finding import ExpressionError, Finding, worded
from automator.conditions.forms.grammar import parse, tokens
from automator.conditions.forms.values import Node
from automator.conditions.precedence import Token, in_source_order, silent_mistakes

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
            message = "this is not JMESPath: unexpected '='"
            yield worded(at, 1, message, "condition-syntax", _fix_for_equals(text, at))
            text = text[:at] + "<" + text[at + 1 :]
        else:
            return


def _fix_for_equals(text: str, at: int) -> str:
    if text[at + 1 : at + 2] == ">":
        return "write '>='."
    if text[at - 1 : at] in ("=", "<"):
        return "write '==' to compare; remove the '=' that is too much."
    return "write '==' to compare."


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
            message = f"this is not JMESPath: unexpected '{word}'"
            fix = f"write '{_WORDS[word.lower()]}' instead of '{word}'."
            yield worded(token["start"], len(word), message, "condition-syntax", fix)


def _bare_numbers(text: str, found: list[Token]) -> Iterator[Finding]:
    for index, token in enumerate(found):
        before = found[index - 1]["type"] if index else ""
        is_fraction = before == "dot" and index > 1 and found[index - 2]["type"] == "number"
        if token["type"] == "number" and before not in ("lbracket", "colon") and not is_fraction:
            written = _written(_NUMBER, text, token)
            message, fix = f"the number {written} stands without backticks", f"write `{written}`."
            yield worded(token["start"], len(written), message, "bare-number", fix)


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
        if token["value"] in ("true", "false") and before in _COMPARATORS:
            word = token["value"]
            message, fix = f"{word} without backticks names a field", f"write `{word}`."
            yield worded(token["start"], len(word), message, "literal-quotes", fix)


def _old_texts(text: str, found: list[Token]) -> Iterator[Finding]:
    """`` `word` `` is old JMESPath for a text, and easily a typing error for a number."""
    for token in found:
        start = token["start"]
        if token["type"] == "literal" and isinstance(token["value"], str) and text[start] == "`":
            inside = text[start + 1 :].lstrip()
            if not inside.startswith('"'):
                length = text.index("`", start + 1) + 1 - start
                message = "what stands in backticks here is no number and no JSON"
                fix = f"write '{token['value']}' for the text."
                yield worded(start, length, message, "literal-quotes", fix)


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
            fix = f"write '{token['value']}' for the text."
            yield worded(token["start"], length, "double quotes name a field", "quoted-field", fix)


def _missing_commas(found: list[Token]) -> Iterator[Finding]:
    """jmespath reads `f(a b)` as `f(a, b)`."""
    starts = _ENDS_VALUE - {"rparen", "rbracket", "rbrace", "flatten", "star", "number"}
    for before, token in pairwise(found):
        if before["type"] in _ENDS_VALUE and token["type"] in starts:
            yield worded(
                token["start"], 1, "a comma is missing before this", "missing-comma", "write ','."
            )


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
        near = get_close_matches(name, FUNCTIONS, n=1)
        fix = (
            f"did you mean {near[0]}()?" if near else f"the functions are: {', '.join(FUNCTIONS)}."
        )
        return worded(place, len(name), f"unknown function {name}()", "unknown-function", fix)
    count = len(children)
    if count < function.least or (function.most is not None and count > function.most):
        message = f"{name}() has {count} argument{'' if count == 1 else 's'}, {_arity(function)}"
        return worded(place, len(name), message, "wrong-arity", f"write {function.usage}.")
    try:
        if function.prepare:
            function.prepare(arguments(children))
    except LiteralProblem as problem:
        return worded(place, len(name), problem.message, problem.code, problem.fix)
    return None


def _arity(function: Function) -> str:
    if function.most is None:
        return f"at least {function.least} needed"
    if function.least == function.most:
        return f"{function.least} needed"
    return f"{function.least} to {function.most} needed"
