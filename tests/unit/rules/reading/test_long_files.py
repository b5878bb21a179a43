"""Files as long as they may be are read in time in proportion to their length."""

import json
from collections import Counter
from collections.abc import Callable
from unittest.mock import patch

import pytest

from automator.caches import SizedCache
from automator.conditions import CompiledExpression, compile_expression, expression
from automator.configuration.everyday_times import (
    meant_days,
    meant_duration,
    meant_time_of_day,
    meant_times,
)
from automator.files import MAX_BYTES, parse_yaml
from automator.model import Expression
from automator.rules.editing.notations import read_active
from automator.rules.reading import load
from tests.support.rules import check, rule_set


def _of_conditions(count: int) -> str:
    conditions = "".join(f"      - event.text == 'giá {number}'\n" for number in range(count))
    return (
        "rules:\n  - id: long\n    trigger: {event: comment.created}\n"
        f"    conditions:\n{conditions}    actions: [reply: hi]\n"
    )


@pytest.fixture
def small_cache(monkeypatch: pytest.MonkeyPatch) -> SizedCache[str, CompiledExpression]:
    cache: SizedCache[str, CompiledExpression] = SizedCache(40_000)
    monkeypatch.setattr(expression, "COMPILED", cache)
    return cache


def test_an_expression_that_somebody_holds_is_not_compiled_again(
    small_cache: SizedCache[str, CompiledExpression],
) -> None:
    held = compile_expression("event.text == 'giá'")
    small_cache.clear()

    assert compile_expression("event.text == 'giá'") is held


def test_a_file_of_more_expressions_than_the_cache_keeps_compiles_each_of_them_once(
    small_cache: SizedCache[str, CompiledExpression],
) -> None:
    compiled: Counter[str] = Counter()
    compile_it = expression._compile

    def count(text: str) -> CompiledExpression:
        compiled[text] += 1
        return compile_it(text)

    with patch.object(expression, "_compile", count):
        check(_of_conditions(200))

    assert len(small_cache) < 20
    # The index of the rule set asks for them once more, when the file is read.
    assert sum(text.startswith("event.text") for text in compiled) == 200
    assert max(compiled.values()) <= 2


def test_the_conditions_of_a_rule_are_not_compared_each_with_each() -> None:
    compared = 0
    equals = Expression.__eq__

    def count(one: Expression, other: object) -> bool:
        nonlocal compared
        compared += 1
        return equals(one, other)

    with patch.object(Expression, "__eq__", count):
        rule_set(_of_conditions(300).replace("event.text ==", "contact.name =="))

    assert compared < 10 * 300


@pytest.mark.parametrize("line", ["\n", "\r\n", " \n", "#\n", "\t\n"])
def test_empty_lines_are_looked_at_once(line: str) -> None:
    text = line * (MAX_BYTES // len(line))

    # A search that looks through the rest of the file from each line takes minutes.
    assert parse_yaml("rules.yaml", text).data is None


@pytest.mark.parametrize("written", ["matches(event.text, 'a{}')", "event.text == '{{ letters {}'"])
def test_what_compiles_to_something_large_weighs_more_in_the_cache(written: str) -> None:
    def weight(condition: str) -> int:
        text = "".join(
            f"      - {json.dumps(condition.replace('{}', str(number)))}\n" for number in range(50)
        )
        load._READ.clear()
        check(f"rules:\n  - id: a\n    trigger: {{event: a.b}}\n    conditions:\n{text}")
        return load._READ.weight

    assert weight(written) >= weight("event.text == 'as many letters {}'") + 50 * 800


@pytest.mark.parametrize("between", ["{}", "rules: {}", "? {}"])
def test_a_file_of_braces_is_read_as_deep_as_it_may_be(between: str) -> None:
    # What is between braces where a text belongs takes the parser the square of their number.
    parsed = parse_yaml("rules.yaml", between.replace("{}", "{{" * 60_000))

    assert [problem.code for problem in parsed.problems][-1:] == ["too-deep"]


_BLANKS = "8" + " " * 200_000 + "b"


@pytest.mark.parametrize(
    "rule",
    [
        f"trigger: {{schedule: {{cron: '{_BLANKS}'}}}}",
        f"actions: [{{reply: '{'{{' * 60_000}'}}]",
        f"actions: [{{reply: '{'{#' * 60_000}'}}]",
    ],
    ids=lambda rule: rule[:24],
)
def test_a_long_text_where_a_short_one_belongs_is_looked_at_once(rule: str) -> None:
    rest = "" if "trigger" in rule else "\n    trigger: {event: comment.created}"
    steps = "" if "actions" in rule else "\n    actions: [{log: x}]"

    # A search that looks through the rest of the text from each of its letters takes minutes.
    assert check(f"rules:\n  - id: a\n    {rule}{rest}{steps}\n").problems


def test_a_long_line_of_a_form_is_looked_at_once() -> None:
    assert read_active(f"mon{' ' * 60_000}fri") == read_active("mon fri")


@pytest.mark.parametrize("meant", [meant_times, meant_days, meant_time_of_day, meant_duration])
def test_a_long_text_means_no_time(meant: Callable[[str], str | None]) -> None:
    assert meant(_BLANKS) is None
