"""Compiled expressions against jmespath.py, which is the reference."""

from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from hypothesis import Phase, assume, example, given, seed, settings
from hypothesis import strategies as st
from jmespath.functions import Functions

from automator.conditions import FUNCTIONS, ExpressionError, compile_expression, is_true
from automator.conditions.compile import FORMS
from automator.conditions.forms.grammar import parse
from automator.conditions.forms.unparse import unparse
from tests.support.expressions import (
    any_expressions,
    by_jmespath,
    documents,
    expressions,
    outcome_of,
)

# to_string() of an expression reference writes the address of an object.
_ADDRESS = " object at 0x"


@given(expressions, st.lists(documents, min_size=1, max_size=3))
@example("a > `100`", [{"a": "150"}])
@example("a[::0]", [{"a": [1]}])
@example("ceil(a)", [{"a": float("inf")}])
@example("a == `1`", [{"a": True}, {"a": 1.0}])
@example("contains(`[\"a\"]`, 'a')", [None, {}])
@example("contains(['a'], 'a')", [None, {}])
@example("[*].contains(['a', 'b'], @)", [[None, "a", 1, "c"]])
@example("max_by(a, &b)", [{"a": [{"b": 1}, {"b": "x"}, {"b": None}]}, {"a": [{"b": 1}, {}]}])
@example("sort_by(a, &b)", [{"a": [{"b": 2, "c": 1}, {"b": 1}, {"b": 2, "c": 2}]}])
@example("sort_by(a, &b)", [{"a": [{"b": 2}, {"b": "x"}]}, {"a": [{"b": 2}, {"b": True}]}])
@example("sort_by(a, &ceil(b))", [{"a": [{"b": 2}, {"b": "x"}, {"b": float("inf")}]}])
@example("not_null(a, ceil(b))", [{"a": 1}])
@example("a.b[0].c | [@][*].d", [{"a": {"b": [{"c": {"d": 1}}]}}])
def test_every_expression_gives_what_jmespath_gives(text: str, samples: list[Any]) -> None:
    try:
        compiled = compile_expression(text)
    except ExpressionError as error:
        assume(error.code not in ("condition-too-large",))
        for sample in samples:
            assert by_jmespath(text, sample)[0] == "error"
        return
    for sample in samples:
        expected = by_jmespath(text, sample)
        assume(_ADDRESS not in str(expected))

        assert outcome_of(partial(compiled.search, sample)) == expected


@given(any_expressions, documents)
def test_holds_is_the_truth_of_the_value_and_errors_are_false(text: str, sample: Any) -> None:
    compiled = _compiled(text)

    try:
        expected = is_true(compiled.search(sample))
    except Exception:  # noqa: BLE001 - any error counts as false
        expected = False
    assert compiled.holds(sample) is expected


@given(any_expressions, documents)
def test_an_explanation_has_the_value_and_the_reason_of_the_evaluation(
    text: str, sample: Any
) -> None:
    compiled = _compiled(text)

    outcome = compiled.evaluate(sample)
    trace = compiled.explain(sample)

    assume(_ADDRESS not in str(outcome.value))
    assert outcome_of(lambda: trace.value) == outcome_of(lambda: outcome.value)
    assert trace.holds is compiled.holds(sample)
    assert trace.reason == outcome.reason
    assert trace.because


@given(expressions, documents)
@example("!(a.b)", {"a": {"b": 1}})
@example("(!a).b", {"a": {"b": 1}})
@example("(a.b)[0]", {"a": {"b": [1]}})
@example("a.*.b.c", {"a": {"b": {"b": {"c": 1}}}})
@example("*[?@].a[?@].a", {"a": [{"a": [{"a": 1}]}]})
@example("[*].[a, b]", [{"a": 1}])
def test_the_text_of_a_tree_means_the_same(text: str, sample: Any) -> None:
    try:
        tree = parse(text)
    except ExpressionError:
        return
    again = unparse(tree)

    assert unparse(parse(again)) == again
    assert by_jmespath(again, sample) == by_jmespath(text, sample)


def _compiled(text: str) -> Any:
    try:
        return compile_expression(text)
    except ExpressionError:
        assume(False)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("@", None), ("a", None), ("*", None), ("[0]", None), ("to_array(@)", [None])],
)
def test_no_data_at_all_is_null(text: str, expected: Any) -> None:
    assert compile_expression(text).search(None) == expected


@pytest.mark.parametrize("path", ["a", "a.b", "a.b.c", "a.b.c.d"])
@pytest.mark.parametrize("sign", ["==", "!=", "<", "<=", ">", ">="])
@pytest.mark.parametrize("literal", ["'x'", "`2`", "`1`", "`true`", "`null`", "`[1]`", "`{}`"])
def test_a_path_compared_with_a_literal_is_what_jmespath_says(
    path: str, sign: str, literal: str
) -> None:
    for text in (f"{path} {sign} {literal}", f"{literal} {sign} {path}"):
        compiled = compile_expression(text)
        for end in ("x", "y", 2, 3, 1, True, None, [1], {}):
            for document in _documents_with(path, end):
                outcome = outcome_of(partial(compiled.search, document))
                assert outcome == by_jmespath(text, document)


def _documents_with(path: str, end: Any) -> list[Any]:
    """Documents where the path leads to the value, and where it breaks off earlier."""
    found = []
    for length in range(len(path.split(".")) + 1):
        document = end
        for name in reversed(path.split(".")[:length]):
            document = {name: document}
        found.append(document)
    return found


_BY_JMESPATH_TOO = set(Functions().FUNCTION_TABLE)


@pytest.mark.property  # As what it is about: on the oldest Python neither runs.
@pytest.mark.parametrize(
    ("strategy", "functions"),
    [(expressions, _BY_JMESPATH_TOO), (any_expressions, set(FUNCTIONS) - _BY_JMESPATH_TOO)],
    ids=["compared with jmespath.py", "with our own"],
)
def test_every_form_and_every_function_is_generated(strategy: Any, functions: set[str]) -> None:
    """What is compared above would otherwise become less without anybody seeing it."""
    signs = {"eq", "ne", "lt", "lte", "gt", "gte"}
    missing = {*FORMS, "key_val_pair", *signs, *functions}

    # A number of its own: coverage shall not depend on the profile.
    @seed(2026)
    @settings(max_examples=5_000, database=None, phases=[Phase.generate])
    @given(strategy)
    def collect(text: str) -> None:
        found = _forms_and_functions(parse(text)) & missing
        if found and _compiles(text):
            missing.difference_update(found)
        if not missing:
            raise _AllSeenError

    with suppress(_AllSeenError):
        collect()
    assert missing == set()


class _AllSeenError(Exception):
    """Nothing is left to look for."""


def _compiles(text: str) -> bool:
    try:
        compile_expression(text)
    except ExpressionError:
        return False
    return True


def _forms_and_functions(tree: Any) -> set[str]:
    found = {tree["type"]}
    if tree["type"] == "function_expression":
        found.add(tree["value"])
    if tree["type"] == "comparator":
        found.add(tree["value"])
    if tree["type"] != "slice":
        for child in tree["children"]:
            found |= _forms_and_functions(child)
    return found
