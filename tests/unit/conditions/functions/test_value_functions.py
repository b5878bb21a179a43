"""Our own functions, and what JMESPath's do where a mistake would be easy."""

import time
from typing import Any

import pytest

from automator.conditions import FUNCTIONS, ExpressionError, compile_expression
from tests.support.words import advice_on, said

_NOW = "2026-11-24T06:01:01.250Z"


def _value(text: str, **scope: Any) -> Any:
    return compile_expression(text).search({"now": _NOW, **scope})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lower('ĐẸP')", "đẹp"),
        ("upper('đẹp')", "ĐẸP"),
        ("trim(' a b\n')", "a b"),
        ("fold('Đẹp Quá')", "dep qua"),
        ("lower(nothing)", None),
        ("fold(nothing)", None),
        ("len('giá')", 3),
        ("len(`[1, 2]`)", 2),
        ('len(`{"a": 1}`)', 1),
        ("len(nothing)", 0),
        ("one_of('a', ['a', 'b'])", True),
        ("one_of('c', ['a', 'b'])", False),
        ("one_of(nothing, ['a'])", False),
        ("one_of(`1`, `[true, 2]`)", False),
        ("one_of(`1`, `[1.0]`)", True),
        ("one_of(`true`, `[1]`)", False),
        ("one_of('a', [now, 'a'])", True),
        ("one_of(`[1]`, [`[1]`, now])", True),
        ("one_of(nothing, [nothing])", False),
        ('to_json(`{"a": ["đ", 1]}`)', '{"a":["đ",1]}'),
        ("to_json(nothing)", "null"),
        ("from_json('{\"a\": [12345678901234567890123]}').a[0]", 12345678901234567890123),
        ("from_json('{')", None),
        ("from_json('[NaN]')", None),
        ("from_json('[-1e999]')", None),
        ("from_json('[1e3]')[0]", 1000.0),
        ("to_number('nan')", None),
        ("to_number('Infinity')", None),
        ("to_number('1e999')", None),
        ("to_number('1e3')", 1000.0),
        ("from_json(nothing)", None),
        ("matches('áo 250k nhé', '[0-9]+k')", True),
        ("matches('áo', '[0-9]+k')", False),
        ("matches('ĐẸP', '(?i)đẹp')", True),
        ("matches(nothing, 'a')", False),
        ("matches('250k', join('', ['^', '[0-9]+', 'k$']))", True),
    ],
)
def test_functions_over_texts_and_values(text: str, expected: Any) -> None:
    assert _value(text) == expected
    assert type(_value(text)) is type(expected)


@pytest.mark.parametrize("name", ["sum", "avg"])
def test_a_sum_beyond_the_largest_number_is_an_error(name: str) -> None:
    outcome = compile_expression(f"{name}([a, a])").evaluate({"a": 1e308})

    assert outcome.reason is not None
    assert outcome.reason.code == "number_too_large"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ago('2026-11-24T04:01:01.250Z', '2h')", True),
        ("ago('2026-11-24T04:01:01.251Z', '2h')", False),
        ("ago('2026-11-24T11:01:01.250+07:00', '2h')", True),
        ("ago('2026-11-25T00:00:00Z', '1s')", False),
        ("ago(nothing, '2h')", False),
        ("ago('2026-11-23', spans.day)", True),
        ("[{at: '2026-11-24T00:00:00Z'}, {at: now}][?ago(at, '1h')] | len(@)", 1),
        ("between(now, '13:00', '13:02', 'Asia/Ho_Chi_Minh')", True),
        ("between(now, '13:02', '14:00', 'Asia/Ho_Chi_Minh')", False),
        ("between('2026-11-24T06:00:00Z', '13:00', '14:00', 'Asia/Ho_Chi_Minh')", True),
        ("between('2026-11-24T07:00:00Z', '13:00', '14:00', 'Asia/Ho_Chi_Minh')", False),
        ("between('2026-11-24T16:30:00Z', '22:00', '06:00', 'Asia/Ho_Chi_Minh')", True),
        ("between('2026-11-24T22:59:00Z', '22:00', '06:00', 'Asia/Ho_Chi_Minh')", True),
        ("between('2026-11-24T23:00:00Z', '22:00', '06:00', 'Asia/Ho_Chi_Minh')", False),
        ("between(now, '08:00', '08:00', 'UTC')", True),
        ("between(nothing, '08:00', '21:00', 'UTC')", False),
        ("weekday(now, 'Asia/Ho_Chi_Minh')", "tue"),
        ("weekday('2026-11-24T20:00:00Z', 'Asia/Ho_Chi_Minh')", "wed"),
        ("weekday(nothing, 'UTC')", None),
    ],
)
def test_functions_over_times(text: str, expected: Any) -> None:
    assert _value(text, spans={"day": "1d"}) == expected


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("ago(now, '2 hours')", "wrong-argument"),
        ("ago(now, `2`)", "wrong-argument"),
        ("between(now, '8:00', '21:00', 'UTC')", "wrong-argument"),
        ("between(now, '08:00', '24:00', 'UTC')", "wrong-argument"),
        ("between(now, '08:00', '21:00', 'Asia/Saigon_City')", "wrong-argument"),
        ("weekday(now, '../etc/passwd')", "wrong-argument"),
        ("weekday(now, `7`)", "wrong-argument"),
        ("matches(now, '(')", "wrong-pattern"),
        ("matches(now, '(?=a)')", "wrong-pattern"),
        ("matches(now, `5`)", "wrong-pattern"),
        (f"matches(now, '{'a' * 257}')", "wrong-pattern"),
        ("matches(now, '((((a{30}){30}){30}){30})')", "wrong-pattern"),
    ],
)
def test_written_arguments_that_cannot_work_are_refused(text: str, code: str) -> None:
    with pytest.raises(ExpressionError) as caught:
        compile_expression(text)

    assert caught.value.code == code
    assert advice_on(caught.value.finding.reason)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("matches(now, broken)", "the pattern cannot be read: missing ): ("),
        ("matches(now, to_array('a'))", "to_array('a') is a list of 1, not text"),
        ("ago('gestern', '2h')", "'gestern' is not a time"),
        ("ago(now, broken)", "'(' is not a duration"),
        ("ago(now, to_array('2h'))", "to_array('2h') is a list of 1, not text"),
        ("weekday(now, broken)", "there is no time zone '('"),
        ("between(now, broken, broken, 'UTC')", "'(' is not a time of day"),
        ("keywords(now, ['a', len(broken)])", "keywords() needs a list of texts"),
        ("keywords(now, ['a'], broken)", "the options of keywords() are not an object"),
    ],
)
def test_computed_arguments_that_cannot_work_make_it_false(text: str, reason: str) -> None:
    outcome = compile_expression(text).evaluate({"now": _NOW, "broken": "("})

    assert outcome.value is None
    assert said(outcome.reason) == reason


@pytest.mark.parametrize(
    ("pattern", "subject"),
    [
        ("(a+)+$", "a" * 40 + "!"),
        ("(x|x)*y", "x" * 60),
        ("^(.*a){25}$", "a" * 1_000 + "b"),
        ("(a*)*b", "a" * 16_000),
    ],
)
def test_a_pattern_takes_linear_time(pattern: str, subject: str) -> None:
    compiled = compile_expression(f"matches(text, '{pattern}')")
    started = time.thread_time()

    assert not compiled.holds({"text": subject})

    assert time.thread_time() - started < 0.05


def test_a_text_too_long_for_a_pattern_is_over_budget() -> None:
    outcome = compile_expression("matches(text, 'a')").evaluate({"text": "a" * 16_385})

    assert outcome.reason is not None
    assert outcome.reason.code == "over_budget"


def test_every_function_says_how_it_is_used() -> None:
    for name, function in FUNCTIONS.items():
        assert function.usage.startswith(f"{name}(")
        assert function.summary.endswith(".")
