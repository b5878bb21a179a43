"""An explanation says when texts differ in nothing but how their letters are put together."""

import unicodedata
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.reasons.explanations import other_unicode_form
from automator.rules import EventFacts
from automator.rules.explanation import differs_in_form_alone
from tests.support.rules import a_scope, rule_set

RULES = """\
rules:
  - id: a
    trigger: {}
    conditions: ["%s"]
    actions: [{reply: x}]
"""
FACTS = EventFacts("comment.created", "shop-page", "facebook")


def nfd(text: str) -> str:
    return unicodedata.normalize("NFD", text)


@pytest.mark.parametrize(
    "condition",
    ["event.text == 'giá áo'", "contains(event.text, 'giá')", "starts_with(event.text, 'giá')"],
)
def test_a_text_in_the_other_form_that_fails_a_comparison_is_told_as_such(condition: str) -> None:
    (explained,) = rule_set(RULES % condition).explain(a_scope(text=nfd("giá áo")), 0, FACTS)

    assert not explained.matched
    assert explained.conditions[0].hint == other_unicode_form()


@pytest.mark.parametrize("text", ["giá áo", nfd("gia ao"), nfd("quần"), None, 5])
def test_a_text_with_other_letters_is_not(text: Any) -> None:
    rules = rule_set(RULES % "event.text == 'giá quần'")
    (explained,) = rules.explain(a_scope(text=text), 0, FACTS)

    assert explained.conditions[0].hint != other_unicode_form()


@given(st.recursive(st.text() | st.none() | st.integers(), st.lists))
def test_looking_for_the_other_form_never_raises(value: Any) -> None:
    scope = {"event": {"text": value}}

    differs_in_form_alone("contains(event.text, 'é')", [value], scope)
