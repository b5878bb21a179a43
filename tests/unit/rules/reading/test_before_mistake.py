"""A mistake in the YAML hides nothing of the rules above it, and nothing is made up about them."""

from pathlib import Path

import pytest

from automator.files import MAX_PROBLEMS, parse_yaml
from automator.model import Problem, Severity
from tests.support.rules import check

FOLDER = Path(__file__).resolve().parents[3] / "golden" / "problems"
CASES = sorted(path.stem for path in FOLDER.glob("*.yaml"))
ABOVE = """\
rules:
  - id: first
    trigger: {event: comment.created}
    conditions: ["evnt.text != null"]
    actions: [reply: "- {{ vars.shop }}"]
  - id: second
    trigger: {event: comment.created}
    actions: [repl: Chào]
  - id: third
    trigger: {event: comment.created, actions: [
"""
LATER = "  - id: last\n    trigger: {event: [}\n    actions: [log: x]\n"


def errors_of(text: str) -> list[Problem]:
    problems = check({"shop.yaml": text}).problems
    return [problem for problem in problems if problem.severity is Severity.ERROR]


def lines_of(text: str) -> list[int]:
    return [problem.line for problem in errors_of(text)]


@pytest.mark.parametrize("case", CASES)
def test_the_errors_above_are_those_of_the_mended_file(case: str) -> None:
    text = (FOLDER / f"{case}.yaml").read_text(encoding="utf-8").rstrip() + "\n"
    if parse_yaml("", text).problems or "\n  - id: " not in text or "\nvars:" in text:
        pytest.skip("its own mistakes are in the YAML, or it is written in another form")
    broken = [problem for problem in errors_of(text + LATER) if problem.line <= text.count("\n")]

    assert [(one.line, one.reason) for one in broken] == [
        (one.line, one.reason) for one in errors_of(text)
    ]


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        (ABOVE, [4, 8, 11]),
        # What stands below all rules may make them right.
        (ABOVE + "vars: {shop: Áo}\n", [10]),
        (ABOVE + "enabled: false\n", [10]),
        # A bracket that is open since the first rule.
        (ABOVE.replace("comment.created}", "comment.created", 1), [3]),
        # One that is open since the second: only the first stands for itself.
        (ABOVE.replace("[repl: Chào]", "[repl: Chào"), [4, 8]),
        # One rule alone.
        (ABOVE.partition("  - id: second")[0] + "    x: [\n", [7]),
        # No file of rules.
        ("shops:\n  - a: [\n  - b\n", [3]),
    ],
)
def test_what_stands_above_is_told_where_it_stands_for_itself(text: str, lines: list[int]) -> None:
    assert lines_of(text) == lines


def test_the_errors_above_and_the_mistake_are_no_more_than_are_listed_together() -> None:
    rules = "".join(f"  - id: no-{number}\n    actions: [log: x]\n" for number in range(150))
    errors = errors_of("rules:\n" + rules + LATER)

    assert len(errors) == MAX_PROBLEMS + 1
    assert [error.code for error in errors].count("too-many-problems") == 1
