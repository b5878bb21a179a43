"""Explanations: which value decided."""

from typing import Any

import pytest

from automator.conditions import Trace, compile_expression
from automator.conditions.forms.budget import MAX_RECORDS
from automator.reasons.conditions import and_more, value_is
from tests.support.words import all_said

_SCOPE: dict[str, Any] = {
    "event": {
        "type": "comment.created",
        "text": "đẹp quá",
        "call": "gọi 0901 234 567",
        "post": {"id": "1"},
        "data": {"total": "5", "items": [{"price": 10}, {"price": 20}]},
    },
    "contact": {"tags": [], "seen": ["a", "b"]},
    "now": "2026-11-28T15:00:00Z",
}


@pytest.mark.parametrize(
    ("text", "because"),
    [
        ("event.type == 'x'", "the rule looks for 'x'; event.type is 'comment.created'"),
        ("event.nothing == 'x'", "the rule looks for 'x'; event.nothing is missing"),
        ("event.text == event.type", "event.text is 'đẹp quá'; event.type is 'comment.created'"),
        (
            "event.type == 'x' && event.text == 'y'",
            "the rule looks for 'x'; event.type is 'comment.created'",
        ),
        (
            "event.post.id == '1' && event.text == 'y'",
            "the rule looks for 'y'; the text is 'đẹp quá'",
        ),
        (
            "event.post.id == '1' && !(event.parent)",
            "event.post.id is '1'; event.parent is missing",
        ),
        ("event.x || event.post.id == '1'", "event.post.id is '1'"),
        ("event.x || event.y", "event.x is missing; event.y is missing"),
        (
            "contains(contact.tags, 'vip')",
            "the rule looks for 'vip'; the list of tags is an empty list",
        ),
        (
            "keywords(event.text, ['giá', 'ib'])",
            "the rule looks for giá or ib, and the text 'đẹp quá' has none of these",
        ),
        ("!keywords(event.text, ['dep'])", "word 'dep' matched at 'đẹp' (position 1)"),
        ("keywords(event.nothing, ['giá'])", "event.nothing is missing"),
        (
            "keywords(lower(event.text), ['giá'])",
            "the rule looks for giá, and the text 'đẹp quá' has none of these",
        ),
        ("event.data.items[?price > `15`]", "event.data.items[?price > `15`] is a list of 1"),
        ("event.data.total > `3`", "event.data.total is text '5', not a number"),
        ("phones(event.text)", "phones() finds nothing in 'đẹp quá'"),
        ("phones(event.call)", "phones() finds +84901234567 in 'gọi 0901 234 567'"),
        (
            "phones('0901234567, 0987654321')",
            "phones() finds +84901234567, +84987654321 in '0901234567, 0987654321'",
        ),
        ("links(event.nothing)", "event.nothing is missing"),
        ("emails(event.post)", "event.post is an object with 1 keys, not text"),
        (
            "phones(event.call)[0] == '+841'",
            "the rule looks for '+841'; phones(event.call)[0] is '+84901234567'",
        ),
        ("length(event.text) > `100`", "the rule looks for more than 100; length(event.text) is 7"),
        (
            "one_of(event.type, ['x', 'y'])",
            "the rule looks for 'x' or 'y'; event.type is 'comment.created'",
        ),
        (
            "contains(contact.seen, 'c')",
            "the rule looks for 'c'; contact.seen is a list with 'a', 'b'",
        ),
        (
            "between(now, '08:00', '21:00', 'Asia/Ho_Chi_Minh')",
            "the rule looks for a time from 08:00 to 21:00, and it is 22:00 (Asia/Ho_Chi_Minh)",
        ),
        ("`true`", "it is true"),
    ],
)
def test_one_line_says_which_value_decided(text: str, because: str) -> None:
    assert all_said(compile_expression(text).explain(_SCOPE).because) == because


def test_an_explanation_shows_each_part_with_its_value() -> None:
    trace = compile_expression("event.post.id=='1'&&length(event.text)>`10`").explain(_SCOPE)

    assert trace.text == "event.post.id=='1'&&length(event.text)>`10`"
    assert [(part.text, part.value, part.holds) for part in trace.children] == [
        ("event.post.id == '1'", True, True),
        ("length(event.text) > `10`", False, False),
    ]
    [length] = trace.children[1].children
    assert (length.text, length.value) == ("length(event.text)", 7)
    seen = value_is(what="event.text", value="'đẹp quá'")
    assert length.children == (Trace("event.text", "đẹp quá", True, None, (), (seen,)),)


def test_parts_that_were_not_needed_do_not_appear() -> None:
    trace = compile_expression("event.x && event.y").explain(_SCOPE)

    assert [part.text for part in trace.children] == ["event.x"]


def test_an_explanation_of_a_long_list_is_cut() -> None:
    scope = {"items": [{"price": number} for number in range(5_000)]}

    trace = compile_expression("items[?price > `1`]").explain(scope)

    assert len(trace.value) == 4_998
    assert len(trace.children) <= MAX_RECORDS


def test_a_long_text_is_shortened_in_the_line_for_people() -> None:
    trace = compile_expression("event.text == 'x'").explain({"event": {"text": "a" * 500}})

    assert len(all_said(trace.because)) < 120
    assert trace.children[0].value == "a" * 500


def test_what_is_said_of_many_parts_is_said_once_and_the_rest_is_counted() -> None:
    paths = [f"a{number % 6}" for number in range(12)]

    trace = compile_expression(f"not_null({', '.join(paths)})").explain({})

    assert all_said(trace.because) == (
        "a0 is missing; a1 is missing; a2 is missing; a3 is missing; and 2 more"
    )
    assert trace.because[-1] == and_more(count=2)
