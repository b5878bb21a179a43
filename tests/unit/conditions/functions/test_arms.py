"""arm(): the same person is in the same arm, always, and the arms have their shares."""

from collections import Counter
from typing import Any

import pytest

from automator.conditions import ExpressionError, compile_expression
from automator.rules.templates.inputs import compile_text
from tests.support.words import said

SPLIT = "arm(event.actor.id, 'greeting', ['a', 'b'])"


def arm(expression: str, person: Any) -> Any:
    return compile_expression(expression).evaluate({"event": {"actor": {"id": person}}}).value


def test_a_person_stays_in_an_arm_over_versions_of_the_server() -> None:
    # Other values would move people who are in the middle of a comparison.
    assert [arm(SPLIT, str(person)) for person in range(10)] == list("aabbbbbbab")
    assert arm(SPLIT, 7) == arm(SPLIT, "7")
    assert arm(SPLIT, None) is None


def test_half_of_the_people_are_in_each_of_two_arms() -> None:
    found = Counter(arm(SPLIT, str(person)) for person in range(10_000))

    assert abs(found["a"] - 5_000) < 200
    assert found.keys() == {"a", "b"}


def test_arms_have_the_shares_that_are_written() -> None:
    weighted = "arm(event.actor.id, 'greeting', {a: `70`, b: `30`, c: `0`})"
    found = Counter(arm(weighted, str(person)) for person in range(10_000))

    assert abs(found["a"] - 7_000) < 200
    assert found.keys() == {"a", "b"}


def test_a_share_is_the_same_in_quotes_and_in_backticks() -> None:
    splits = (
        f"arm(event.actor.id, 'greeting', {{a: {mark}70{mark}, b: {mark}30{mark}}})"
        for mark in ("'", "`")
    )
    quoted, literal = ([arm(split, str(one)) for one in range(200)] for split in splits)

    assert quoted == literal
    assert 120 < quoted.count("a") < 160


def test_splits_of_other_names_divide_people_in_other_ways() -> None:
    other = SPLIT.replace("greeting", "price")
    same = sum(arm(SPLIT, str(one)) == arm(other, str(one)) for one in range(10_000))

    assert abs(same - 5_000) < 200


def test_who_is_in_an_arm_stays_there_when_its_share_grows() -> None:
    small, large = (
        f"arm(event.actor.id, 'greeting', {{new: `{share}`, old: `{100 - share}`}})"
        for share in (10, 40)
    )
    chosen = [str(one) for one in range(2_000) if arm(small, str(one)) == "new"]

    assert chosen
    assert {arm(large, person) for person in chosen} == {"new"}


@pytest.mark.parametrize(
    "wrong",
    [
        "arm(event.actor.id, event.type, ['a', 'b'])",
        "arm(event.actor.id, '', ['a', 'b'])",
        "arm(event.actor.id, 'greeting', event.data)",
        "arm(event.actor.id, 'greeting', [event.type, 'b'])",
        "arm(event.actor.id, 'greeting', ['a', 'a'])",
        "arm(event.actor.id, 'greeting', {a: `-1`, b: `1`})",
        "arm(event.actor.id, 'greeting', {a: `0`})",
        "arm(event.actor.id, 'greeting', {a: 'half', b: 'half'})",
        "arm(event.actor.id, 'greeting', {a: '70%', b: '30%'})",
        "arm(event.actor.id, 'greeting', {a: '-1', b: '2'})",
        "arm(event.actor.id, 'greeting', {a: 'nan', b: '1'})",
        "arm(event.actor.id, 'greeting', {a: `1" + "0" * 400 + "`, b: `1`})",
        "arm(event.actor.id, 'greeting', 'a')",
        "arm('greeting', ['a', 'b'])",
    ],
)
def test_what_names_no_arms_is_refused_when_the_rule_is_read(wrong: str) -> None:
    with pytest.raises(ExpressionError):
        compile_expression(wrong)


def test_a_person_who_is_a_list_is_an_error_that_says_so() -> None:
    outcome = compile_expression(SPLIT).evaluate({"event": {"actor": {"id": ["7"]}}})

    assert outcome.value is None
    assert said(outcome.reason) != ""


@pytest.mark.parametrize(("written"), ["['a', 'b']", "{'a': 1, 'b': 1}", "{'a': '5', 'b': '5.0'}"])
def test_the_filter_says_the_same_arm_as_the_condition(written: str) -> None:
    template, problems = compile_text(
        f"{{{{ event.actor.id | arm('greeting', {written}) }}}}", is_url=False
    )
    assert template is not None
    assert not problems
    for person in map(str, range(20)):
        rendered = template.render({"event": {"actor": {"id": person}}})
        assert rendered == arm(SPLIT, person)


def test_an_explanation_names_the_person_and_their_arm() -> None:
    compiled = compile_expression(f"{SPLIT} == 'b'")
    trace = compiled.explain({"event": {"actor": {"id": "1"}}})

    assert [said(reason) for reason in trace.because] == [
        "the rule looks for 'b'",
        "event.actor.id is '1'",
        f"{SPLIT} is '{arm(SPLIT, '1')}'",
    ]
