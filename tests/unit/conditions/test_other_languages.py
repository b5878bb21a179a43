"""Forms of other languages: what the fix says to write is an expression that has no mistakes."""

import re

import pytest

from automator.conditions import check_expression
from tests.support.words import advice_on


@pytest.mark.parametrize(
    ("text", "better"),
    [
        ("event['text'] == 'a'", "event.text"),
        ("event.data['a-b'] == 'a'", 'event.data."a-b"'),
        ("event.data.items.0.name == 'a'", "event.data.items[0]"),
        ("event.text == 'don't'", r"'don\'t'"),
        ("event.text == 'it''s'", r"'it\'s'"),
        ('event.text == "it\'s"', r"'it\'s'"),
        ("event.data.total == `'100'`", "'100'"),
        ("event.text.lower() == 'a'", "lower(event.text)"),
        ("event.text.startsWith('a')", "starts_with(event.text, 'a')"),
        ("event.text | default('') == 'a'", "not_null(event.text, '')"),
        ("regex(event.text, 'a')", "matches(event.text, 'a')"),
        ("count(event.attachments) > `1`", "len(event.attachments)"),
        ("exists(event.post)", "event.post != `null`"),
        ("is_empty(event.text)", "!(event.text)"),
        ("now() == 'a'", "now"),
        ("event.text in [\"giá\", 'ib']", "one_of(event.text, ['giá', 'ib'])"),
        ('event.text contains "it\'s"', r"contains(event.text, 'it\'s')"),
        ('"giá" in event.text', "contains(event.text, 'giá')"),
        ("ago('2h', event.received_at)", "ago(event.received_at, '2h')"),
        ("keywords(event.text, ['a'], mode='exact')", "{mode: 'exact'}"),
        ("keywords(event.text, ['a'], {typos: 1})", "`1`"),
    ],
)
def test_the_form_of_another_language_is_told_with_ours(text: str, better: str) -> None:
    (finding,) = check_expression(text)

    written = re.sub(
        r"^write | for the text|, with a backslash.*|\.$", "", advice_on(finding.reason)
    )
    assert written == better
    assert check_expression(better) == [] or better.startswith("{")


@pytest.mark.parametrize(
    "text",
    [
        "keys(event.data) | length(@) > `1`",
        "event.text.length(@) > `1`",
        "event.data.items[0].name == 'a'",
        "event.data.items[1:2]",
        r"event.text == 'it\'s'",
        "event.text == 'a' && event.data.note == 'b'",
    ],
)
def test_an_expression_that_is_right_is_left_alone(text: str) -> None:
    assert check_expression(text) == []
