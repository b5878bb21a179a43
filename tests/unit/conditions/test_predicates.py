"""What an expression certainly requires, and what it reads."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.conditions import (
    SCOPE_NAMES,
    Compare,
    Contains,
    Equals,
    KeywordOptions,
    KeywordsIn,
    StartsWith,
    compile_expression,
)

_TYPE = ("event", "type")
_TEXT = ("event", "text")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("event.type == 'a'", [Equals(_TYPE, frozenset({"a"}))]),
        ("'a' == event.type", [Equals(_TYPE, frozenset({"a"}))]),
        ("event.type == 'a' || event.type == 'b'", [Equals(_TYPE, frozenset({"a", "b"}))]),
        ("one_of(event.type, ['a', 'b'])", [Equals(_TYPE, frozenset({"a", "b"}))]),
        ("contains(['a', 'b'], event.type)", [Equals(_TYPE, frozenset({"a", "b"}))]),
        ("starts_with(event.type, 'a.')", [StartsWith(_TYPE, "a.")]),
        ("contains(event.text, '#sale')", [Contains(_TEXT, "#sale")]),
        ("keywords(event.text, ['giá'])", [KeywordsIn(_TEXT, ("giá",), KeywordOptions())]),
        (
            "event.type == 'a' && (x && keywords(event.text, ['giá'], {typos: `1`})) && !y",
            [
                Equals(_TYPE, frozenset({"a"})),
                KeywordsIn(_TEXT, ("giá",), KeywordOptions(typos=1)),
            ],
        ),
        ("event.type == 'a' || event.text == 'b'", []),
        ("event.type == 'a' || x", []),
        ("!(event.type == 'a')", []),
        ("event.type != 'a'", []),
        ("event.n == `1`", [Compare(("event", "n"), "==", 1)]),
        ("event.n >= `1.5`", [Compare(("event", "n"), ">=", 1.5)]),
        ("`2` < event.n && x", [Compare(("event", "n"), ">", 2)]),
        ("event.n > `true`", []),
        ("event.n > 'a'", []),
        ("event.n == `NaN`", []),
        ("event.n != `1`", []),
        ("!(event.n > `1`)", []),
        ("event.n > `1` || x", []),
        ("event.n > vars.n", []),
        ("event.type == vars.type", []),
        ("one_of(event.type, ['a', vars.b])", []),
        ("contains(`[1]`, event.type)", []),
        ("keywords(event.text, vars.words)", []),
        ("event | type == 'a'", []),
    ],
)
def test_only_what_is_certain_is_a_predicate(text: str, expected: list[Any]) -> None:
    assert list(compile_expression(text).predicates) == expected


@given(
    st.lists(
        st.sampled_from(
            ["a.b == 'x'", "a.b == 'y'", "c", "one_of(a.b, ['x', 'z'])", "a.b == 'x' || c"]
        ),
        min_size=1,
        max_size=3,
    ).map(" && ".join),
    st.fixed_dictionaries(
        {"a": st.fixed_dictionaries({"b": st.sampled_from("xyz")}), "c": st.booleans()}
    ),
)
def test_an_expression_never_holds_against_its_predicates(text: str, scope: Any) -> None:
    compiled = compile_expression(text)

    if compiled.holds(scope):
        for predicate in compiled.predicates:
            assert isinstance(predicate, Equals)
            assert scope["a"]["b"] in predicate.literals


@pytest.mark.parametrize(
    ("text", "roots"),
    [
        ("event.text", {"event"}),
        ("contact.state.vip && event.a[?contact == now].b", {"contact", "event"}),
        ("event.items[?ago(at, '2h')]", {"event", "now"}),
        ("map(&ago(@, '2h'), event.times)", {"event", "now"}),
        ("sort_by(event.items, &price)[0].contact", {"event"}),
        ("{a: contact, b: event}.a", {"contact", "event"}),
        ("event | contact", {"event"}),
        ("to_string(@)", SCOPE_NAMES),
        ("@ | contact", SCOPE_NAMES | {"contact"}),
        ("*.id", SCOPE_NAMES),
        ("event.a[1:2:1]", {"event"}),
    ],
)
def test_roots_are_the_names_that_may_be_read(text: str, roots: set[str]) -> None:
    assert compile_expression(text).roots == roots
