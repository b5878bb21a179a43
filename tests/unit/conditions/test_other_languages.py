"""Forms of other languages: what the fix says to write is an expression that has no mistakes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

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
        ("event.text =~ /giá/", "matches(event.text, 'giá')"),
        ("event.text !~ /it's/i", r"!matches(event.text, '(?i)it\'s')"),
        ("event.text ~ 'giá'", "matches(event.text, 'giá')"),
        ("matches(event.text, /giá/i)", "'(?i)giá'"),
        ("event.text in ('giá', 'ib')", "one_of(event.text, ['giá', 'ib'])"),
        ("any(w in event.text for w in ['giá'])", "keywords(event.text, ['giá'])"),
        ("re.search('giá', event.text)", "matches(event.text, 'giá')"),
        ("event.get('text') == 'a'", "event.text"),
        ("typeof event.text == 'string'", "type(event.text)"),
        ("now - event.received_at > 24h", "ago(event.received_at, '24h')"),
        ("now - event.received_at < '2d'", "!ago(event.received_at, '2d')"),
        ("event.post.id == 123_456", "'123_456'"),
        ("event.post.id == 123456", "'123456'"),
        ("contact.state.ngày_hẹn == 'a'", 'contact.state."ngày_hẹn"'),
        ("keywords(event.text, 'giá', 'ib')", "keywords(event.text, ['giá', 'ib'])"),
        ("keywords(event.text, ['a'], 'exact')", "keywords(event.text, ['a'], {mode: 'exact'})"),
        ("contains(event.text, 'giá', 'ib')", "keywords(event.text, ['giá', 'ib'])"),
        ("between(now, '7:00', '20:30')", "between(now, '07:00', '20:30', 'Asia/Ho_Chi_Minh')"),
        ("weekday(now) == 'sun'", "weekday(now, 'Asia/Ho_Chi_Minh')"),
        ("between(now, 8, 21)", "between(now, '08:00', '21:00', 'Asia/Ho_Chi_Minh')"),
        ("between(now, 8, 21, 'UTC')", "between(now, '08:00', '21:00', 'UTC')"),
        ("event.text chứa 'giá'", "contains(event.text, 'giá')"),
        ("event.text matches /^dh[0-9]+$/i", "matches(event.text, '(?i)^dh[0-9]+$')"),
        (r"regex(event.text, '\d+')", r"matches(event.text, '\d+')"),
    ],
)
def test_the_form_of_another_language_is_told_with_ours(text: str, better: str) -> None:
    (finding,) = check_expression(text)

    written = re.sub(
        r"^write | for the text|, with a backslash.*|\. The zone is a guess.*|\.$",
        "",
        advice_on(finding.reason),
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


_PIECES = st.sampled_from(
    ["event.text", ".get(", "re.search(", "/a/i", " =~ ", "~", "'giá'", "`5`", "12_3",
     "typeof ", "any(",
     " in ", "(", ")", "[", "]", ",", ";", "{{", "}}", "$json", "now - ", " > 24h", "số_đt", "＇",
     "!==", " "]
)  # fmt: skip


@given(st.lists(_PIECES | st.text(max_size=3), max_size=9).map("".join))
def test_each_finding_has_its_place_in_the_text(text: str) -> None:
    for finding in check_expression(text):
        assert 0 <= finding.offset <= finding.offset + finding.length <= max(len(text), 1)
