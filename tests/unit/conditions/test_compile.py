"""The Python source of an expression: what may stand in it, and how large it may become."""

import builtins
import io
import keyword
import re
import time
import token
import tokenize
from typing import Any

import pytest
from hypothesis import given

from automator.conditions import ExpressionError, check_expression, compile_expression
from automator.conditions.compile import RUNTIME_NAMES, Entry, compile_tree, write_source
from automator.conditions.forms.budget import (
    FREE_LIST,
    FREE_REPEATED_TEXT,
    FREE_TEXT,
    STRIDE,
    Context,
)
from automator.conditions.forms.grammar import MAX_NODES, parse
from automator.conditions.trace import recording
from tests.support.expressions import any_expressions

_NUMBERED = re.compile(r"[kterf]\d+\Z")
#: Names in a source that are neither numbered nor in RUNTIME_NAMES.
_OWN = {"make", "main", "v", "b", "c", "e"}
_METHODS = {
    "__class__", "append", "get", "left", "check", "check_below", "spend", "spend_compared",
    "spend_text", "spend_value", "values",
}  # fmt: skip
_HOSTILE = [
    "\"__import__('os').system('id')\"",
    "a.\"x')\\nimport os\\n\".\"'''\"",
    "a == '\\'); import os; (\\''",
    "{\"k0\": \"__class__\".\"__globals__\"}",
    "`{\"__builtins__\": \"eval\"}`.\"__builtins__\"",
    "keywords(\"exec\", ['import os', '\"\"\"'])",
    "a[12345678901234567890:-98765:-1] | [-77777]",
]  # fmt: skip


def _assert_made_of_our_words_alone(text: str) -> None:
    tree = parse(text)
    for entry, recorder in ((Entry.HOLDS, None), (Entry.SEARCH, None), (Entry.EXPLAIN, recording)):
        source, _ = write_source(tree, entry, recorder)
        for found in tokenize.generate_tokens(io.StringIO(source).readline):
            if found.type == token.NAME:
                assert _is_ours(found.string), found
            elif found.type == token.NUMBER:
                assert int(found.string) <= MAX_NODES or int(found.string) in _LIMITS, found
            else:
                assert found.type not in (token.STRING, token.COMMENT, token.ERRORTOKEN), found


_LIMITS = {FREE_LIST, FREE_TEXT, FREE_REPEATED_TEXT, STRIDE}


def _is_ours(name: str) -> bool:
    return (
        bool(_NUMBERED.match(name))
        or name in _OWN
        or name in _METHODS
        or name in RUNTIME_NAMES
        or keyword.iskeyword(name)
    )


@pytest.mark.parametrize("text", _HOSTILE)
def test_no_name_and_no_literal_of_an_expression_stands_in_its_source(text: str) -> None:
    _assert_made_of_our_words_alone(text)


@given(any_expressions)
def test_the_source_of_every_expression_is_made_of_our_words_alone(text: str) -> None:
    # With a finding that keeps it from being compiled there is no source.
    try:
        compile_expression(text)
    except ExpressionError:
        return

    _assert_made_of_our_words_alone(text)


def test_a_source_can_name_nothing_that_reaches_outside() -> None:
    reaching = {"__import__", "compile", "eval", "exec", "getattr", "globals", "open", "vars"}
    assert reaching <= set(dir(builtins))

    assert not reaching & set(RUNTIME_NAMES)
    assert compile_tree(parse("a"), Entry.HOLDS).__globals__["__builtins__"] == {}


def test_expressions_of_the_same_shape_share_their_code() -> None:
    one = compile_expression("event.type == 'a' && contains(event.text, 'b')")
    other = compile_expression("contact.name == 'x' && contains(contact.note, 'y')")

    assert one.holds.__code__ is other.holds.__code__  # type: ignore[attr-defined]
    assert one.holds({"event": {"type": "a", "text": "abc"}})
    assert other.holds({"contact": {"name": "x", "note": "y"}})
    assert not other.holds({"event": {"type": "a", "text": "abc"}})


_NESTINGS = [
    ("!(", ")"), ("(b && (c || ", "))"), ("(b == ", ")"), ("(b < ", ")"), ("(@ | ", ")"),
    ("@[?", "]"), ("@[*].[", "]"), ("@[].{x: ", "}"), ("*.{x: ", "}"), ("[1:2].[", "]"),
    ("[", "]"), ("{x: ", "}"), ("length(", ")"), ("not_null(b, ", ")"), ("contains(", ", 'x')"),
    ("map(&", ", @)"), ("map(&x, ", ")"), ("sort_by(@, &", ")"), ("max_by(@, &[?", "])"),
    ("sort_by(", ", &x)"), ("keywords(", ", ['x'])"),
]  # fmt: skip


@pytest.mark.parametrize(("before", "after"), _NESTINGS, ids=[before for before, _ in _NESTINGS])
def test_every_form_can_be_nested_as_deep_as_the_limits_allow(before: str, after: str) -> None:
    started = time.thread_time()
    depth = 1
    while not check_expression(text := before * depth + "a" + after * depth):
        compiled = compile_expression(text)
        for scope in ({"a": [1]}, [{"a": 1}], [[[["a"]]]]):
            assert compiled.holds(scope) is compiled.evaluate(scope).holds
            compiled.explain(scope)
        depth += 1

    assert depth > 8
    assert check_expression(text)[0].code == "condition-too-large"
    assert time.thread_time() - started < 5


def test_the_source_grows_with_the_expression_and_not_faster() -> None:
    def size(depth: int) -> int:
        text = "sort_by(@, &map(&" * depth + "a" + ", @))" * depth
        return len(write_source(parse(text), Entry.HOLDS)[0])

    assert size(7) < 2.5 * size(3)


def test_a_recorder_sees_every_part_and_changes_nothing() -> None:
    seen: list[Any] = []

    def note(node: Any, run: Any) -> Any:
        def noted(value: Any, context: Any) -> Any:
            seen.append(node["type"])
            return run(value, context)

        return noted

    tree = parse("a[?b > `1`].c")
    result = compile_tree(tree, Entry.EXPLAIN, note)({"a": [{"b": 2, "c": 3}]}, Context())

    assert result == [3]
    assert seen == [
        "filter_projection", "field", "comparator", "field", "literal", "field",
    ]  # fmt: skip
