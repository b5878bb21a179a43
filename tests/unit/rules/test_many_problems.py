"""Files that somebody wrote to keep the check of rule files busy."""

from collections.abc import Callable
from itertools import count

import pytest

from automator.files import MAX_PROBLEMS, did_you_mean, parse_yaml, validate
from automator.model import Problem, Severity
from automator.rules.assistance.quick_fixes import quick_fixes
from automator.rules.schema.rule_file import RuleFileSource
from tests.support.rules import load
from tests.support.words import advice_on, said
from tests.support.work import calls_of

_SERIAL = count()
_ACTIONS = "    trigger: {event: a.b}\n    actions: [reply: hi]\n"


def _unknown_keys_at_the_top(many: int) -> str:
    return "".join(f"k{number}: 1\n" for number in range(many))


def _unknown_keys_of_a_rule(many: int) -> str:
    keys = "".join(f"    k{number}: 1\n" for number in range(many))
    return f"rules:\n  - id: a\n{keys}"


def _rules_that_are_none(many: int) -> str:
    return "rules:\n" + "  - 1\n" * many


def _keys_that_stand_twice(many: int) -> str:
    return "rules: []\n" * many


def _unknown_names(many: int) -> str:
    conditions = "".join(f"      - a{number} == 'x'\n" for number in range(many))
    return f"rules:\n  - id: a\n{_ACTIONS}    conditions:\n{conditions}"


def _rules_that_stop_the_others(many: int) -> str:
    return "rules:\n" + "".join(
        f"  - {{id: r{number}, stop: true, trigger: {{event: 'a*{number}*'}}, "
        "actions: [reply: hi]}\n"
        for number in range(many)
    )


_FILES: list[Callable[[int], str]] = [
    _unknown_keys_at_the_top,
    _unknown_keys_of_a_rule,
    _rules_that_are_none,
    _keys_that_stand_twice,
    _unknown_names,
    _rules_that_stop_the_others,
]


def _problems(text: str) -> list[Problem]:
    # Each under a name of its own: a file that was read before is not read again.
    return load({f"{next(_SERIAL)}.yaml": text}).problems


@pytest.mark.parametrize("of", _FILES, ids=lambda of: of.__name__.strip("_"))
def test_four_times_as_many_mistakes_are_at_most_six_times_the_work(
    of: Callable[[int], str],
) -> None:
    few, many = of(500), of(2_000)

    assert calls_of(lambda: _problems(many)) < 6 * calls_of(lambda: _problems(few))


@pytest.mark.parametrize("of", _FILES, ids=lambda of: of.__name__.strip("_"))
def test_the_fixes_of_a_long_file_are_no_more_work_than_those_of_a_shorter_one(
    of: Callable[[int], str],
) -> None:
    def fixes(text: str) -> int:
        problems = _problems(text)
        return calls_of(lambda: [quick_fixes(text, problem) for problem in problems])

    assert fixes(of(8_000)) <= 1.1 * fixes(of(2_000))


@pytest.mark.parametrize("of", _FILES[:5], ids=lambda of: of.__name__.strip("_"))
def test_a_file_lists_a_hundred_errors_and_says_that_there_are_more(
    of: Callable[[int], str],
) -> None:
    problems = _problems(of(3_000))

    assert len(problems) <= MAX_PROBLEMS + 1
    (more,) = [problem for problem in problems if problem.code == "too-many-problems"]
    assert said(more.reason) == "the file has more than 100 problems; the others are not listed"
    assert advice_on(more.reason)
    assert more.severity is Severity.ERROR


def test_a_file_with_exactly_a_hundred_errors_lists_them_all() -> None:
    problems = _problems(_rules_that_are_none(MAX_PROBLEMS))

    assert {problem.code for problem in problems} == {"wrong-kind"}
    assert len(problems) == MAX_PROBLEMS


def test_warnings_are_cut_short_too_and_keep_no_rule_from_being_used() -> None:
    rules = "".join(
        f"  - id: r{number}\n{_ACTIONS}    conditions: [\"'a' == 'b'\"]\n" for number in range(300)
    )

    loaded = load({"many.yaml": f"rules:\n{rules}"})

    assert not loaded.refused
    assert len(loaded.rule_set.rules) == 300
    warnings = [problem for problem in loaded.problems if problem.code == "constant-comparison"]
    assert len(warnings) == MAX_PROBLEMS
    assert [problem.severity for problem in loaded.problems] == [Severity.WARNING] * 101


def test_an_error_behind_more_warnings_than_are_listed_is_still_one() -> None:
    rules = "".join(
        f"  - id: r{number}\n{_ACTIONS}    conditions: [\"'a' == 'b'\"]\n" for number in range(150)
    )

    loaded = load({"many.yaml": f"rules:\n{rules}  - id: r0\n    nonsense: 1\n{_ACTIONS}"})

    assert loaded.refused
    assert any(problem.code == "unknown-key" for problem in loaded.problems)


def test_eighteen_thousand_unknown_keys_are_looked_at_once_each() -> None:
    text = "{" + ", ".join(f"k{number}: 1" for number in range(9_000)) + "}"
    parsed = parse_yaml("a.yaml", text)

    calls = calls_of(lambda: validate(RuleFileSource, parsed, (), parsed.data))

    assert calls < 9_000 * 20


def test_the_nearest_of_very_many_names_is_found_without_comparing_with_each() -> None:
    names = [f"field_{number}" for number in range(100_000)]

    assert did_you_mean("custommer_name", [*names, "customer_name"]) == "customer_name"
    assert calls_of(lambda: did_you_mean("custommer_name", names)) < 1_000_000
