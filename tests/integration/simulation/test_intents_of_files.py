"""The key `intents` of a rule file: its words count for its rules, wherever they run."""

from pathlib import Path
from typing import Any

import pytest

from automator.model import Severity
from tests.support.rule_tests import codes_of, results_of
from tests.support.rules import a_scope, check, matched_ids
from tests.support.words import advice_on, said
from tests.support.world import a_world

WORDS = "intents: {price: {add: [bảng phí], except: [giá hàng cũ]}}\n"


def asking(rule: str, intents: str = "'price'", tests: str = "") -> str:
    return (
        f"rules:\n  - id: {rule}\n    trigger: {{event: message.received}}\n"
        f'    conditions: ["asks(event.text, {intents})"]\n    actions: [{{log: asked}}]\n{tests}'
    )


def rules_for(text: str, files: Any) -> list[str]:
    return matched_ids(check(files).rule_set, a_scope(text=text), event_type="message.received")


@pytest.mark.parametrize(
    ("text", "with_words", "without"),
    [
        ("cho mình bảng phí nhé", True, False),
        ("CHO MINH BANG PHI NHE", True, False),
        ("phí bảo hành", False, False),
        ("giá sao shop", True, True),
        ("giá hàng cũ shop ơi", False, True),
        ("đẹp quá", False, False),
    ],
)
def test_added_words_show_an_intent_and_excepted_ones_keep_it_from_counting(
    text: str, with_words: bool, without: bool
) -> None:
    assert bool(rules_for(text, WORDS + asking("a"))) is with_words
    assert bool(rules_for(text, asking("a"))) is without


def test_the_words_of_a_file_count_in_this_file_and_for_the_named_intent_alone() -> None:
    files = {
        "a.yaml": WORDS + asking("own"),
        "b.yaml": asking("other-file"),
        "c.yaml": WORDS + asking("other-intent", "['place', 'size']"),
        "d.yaml": WORDS + asking("one-of-two", "['place', 'price']"),
    }

    assert rules_for("cho mình bảng phí nhé", files) == ["own", "one-of-two"]


def test_words_beside_a_call_take_the_place_of_those_of_the_file() -> None:
    call = "'price', {price: {add: ['phí ship mấy']}}"
    text = WORDS + asking("a", call)

    assert rules_for("phí ship mấy vậy nè", text) == ["a"]
    assert rules_for("cho mình bảng phí nhé", text) == []


def test_the_words_count_in_the_tests_of_rules(tmp_path: Path) -> None:
    tests = "".join(
        f"      - name: {text}\n        event: {{sample: facebook/message.received,"
        f" with: {{event.text: {text}}}}}\n        expect: {expected}\n"
        for text, expected in (("xin bảng phí ạ", "matched"), ("giá hàng cũ nè", "no_match"))
    )
    files = {"a.yaml": WORDS + asking("a", tests=f"    tests:\n{tests}")}

    assert {name: codes_of(one) for name, one in results_of(files, tmp_path).items()} == {
        "xin bảng phí ạ": [],
        "giá hàng cũ nè": [],
    }


async def test_the_words_count_for_a_message_that_comes_in(tmp_path: Path) -> None:
    async with a_world(tmp_path, WORDS + asking("a")) as world:
        for number, text in enumerate(("cho mình bảng phí nhé", "giá hàng cũ shop ơi")):
            await world.handles_message(number, "1", text)

        (run,) = await world.runs()
        assert run.run.rule == "a"


@pytest.mark.parametrize(
    ("intents", "place", "told"),
    [
        ("{prise: {add: [x]}}", "prise", "there is no intent 'prise'"),
        ("{price: {add: [giá hàng cũ], except: [hàng cũ]}}", "giá hàng cũ", "never counts"),
        ("{price: {ad: [x]}}", "ad:", "'ad'"),
        ("{price: [x]}", "[x]", ""),
        ("{price: {add: ['']}}", "['']", ""),
        ("{price: {add: [5]}}", "[5]", ""),
    ],
)
def test_words_that_can_have_no_effect_are_told_at_their_place(
    intents: str, place: str, told: str
) -> None:
    text = f"intents: {intents}\n{asking('a')}"
    (problem,) = [one for one in check(text).problems if one.severity is Severity.ERROR]

    assert told in said(problem.reason)
    assert text.split("\n")[problem.line - 1][problem.column - 1 :].startswith(place)


def test_an_intent_that_there_is_not_is_told_with_those_that_there_are() -> None:
    (problem,) = check(f"intents: {{prise: {{add: [x]}}}}\n{asking('a')}").problems

    assert advice_on(problem.reason).startswith("the intents are: price, availability, size")


def test_as_many_words_as_an_expression_may_have_count_and_more_are_told_at_the_condition() -> None:
    def many(count: int) -> str:
        words = ", ".join(f"từ số {number}" for number in range(count))
        return f"intents: {{price: {{add: [{words}]}}}}\n{asking('a')}"

    assert check(many(120)).problems == []
    assert rules_for("shop ơi từ số 119 nha", many(120)) == ["a"]

    problem, *_ = [one for one in check(many(5_000)).problems if one.severity is Severity.ERROR]
    assert problem.reason.code == "condition_expression_too_long"
    assert problem.line == 5
