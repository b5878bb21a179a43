"""The rule files of newcomers, and the files that the offered fixes alone make of them.

GOLDEN_UPDATE=1 writes the results anew. A file that is not valid then ends with its problems.
"""

import os
from pathlib import Path

import pytest

from automator.files import parse_yaml
from automator.model import Problem, Severity
from automator.rules.assistance.quick_fixes import quick_fixes
from tests.support.rules import applied, check
from tests.support.words import rendered

_FOLDER = Path(__file__).parent / "novices"
_CASES = sorted(path.stem for path in _FOLDER.glob("*.yaml"))
_BROKEN = sorted([*_FOLDER.glob("*.yaml"), *(_FOLDER.parent / "problems").glob("*.yaml")])
_MOST_FIXES = 20
#: Problems that keep a part of a file from being read, whose other problems show afterwards.
_HIDING = frozenset({
    "condition_number_in_groups", "condition_word_for_operator", "rule_alone",
    "rule_steps_of_branches", "shape_file_begins_otherwise", "shape_unknown_key",
})  # fmt: skip


def problems_of(text: str) -> list[Problem]:
    return check({"rules.yaml": text}).problems


def is_valid(problems: list[Problem]) -> bool:
    return not any(problem.severity is Severity.ERROR for problem in problems)


def mended(text: str) -> tuple[str, list[Problem]]:
    """The text after the first fix of its first problem that has one, as often as it is needed."""
    problems = problems_of(text)
    for _ in range(_MOST_FIXES):
        fixes = [fix for problem in problems for fix in quick_fixes(text, problem)[:1]]
        if is_valid(problems) or not fixes:
            break
        text = applied(text, fixes[0])
        problems = problems_of(text)
    return text, problems


@pytest.mark.parametrize("case", _CASES)
def test_the_fixes_make_of_a_file_what_is_recorded(case: str) -> None:
    text, problems = mended((_FOLDER / f"{case}.yaml").read_text(encoding="utf-8"))
    written = text if is_valid(problems) else f"{text}\n{rendered(problems)}\n"
    expected = _FOLDER / f"{case}.out"
    if os.environ.get("GOLDEN_UPDATE"):
        expected.write_text(written, encoding="utf-8")

    assert written == expected.read_text(encoding="utf-8")


def test_most_files_of_newcomers_become_valid_by_the_fixes_alone() -> None:
    valid = [
        case
        for case in _CASES
        if is_valid(problems_of((_FOLDER / f"{case}.out").read_text(encoding="utf-8")))
    ]

    assert len(valid) >= 26


@pytest.mark.parametrize("path", _BROKEN, ids=lambda path: path.stem)
def test_each_fix_leaves_a_file_that_is_read_and_has_no_more_problems(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    problems = problems_of(text)
    was_read = parse_yaml(path.name, text).data is not None
    worse = []
    for problem in problems:
        for fix in quick_fixes(text, problem):
            after = applied(text, fix)
            is_read = parse_yaml(path.name, after).data is not None
            is_more = (
                is_read
                and was_read
                and problem.reason.code not in _HIDING
                and len(problems_of(after)) > len(problems)
            )
            if after == text or is_more or (was_read and not is_read):
                worse.append((problem.line, problem.reason.code, after))

    assert worse == []
