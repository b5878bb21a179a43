"""A problem reads as file, place, message, marker and fix."""

from automator.model import Problem, Severity
from automator.reasons.problems.shape import shape_wrong_value_with_fix
from tests.support.words import rendered


def a_problem(**changes: object) -> Problem:
    fields: dict[str, object] = {
        "file": "rules/giá.yaml",
        "line": 4,
        "column": 5,
        "reason": shape_wrong_value_with_fix(
            said="a rule has no 'conditon'", fix="did you mean 'conditions'?"
        ),
        "code": "unknown-key",
        "source": "    conditon: x",
        "length": 8,
    }
    return Problem(**{**fields, **changes})  # type: ignore[arg-type] # a builder over all fields


def test_a_problem_underlines_the_whole_word() -> None:
    assert rendered([a_problem()]) == (
        "rules/giá.yaml:4:5: a rule has no 'conditon' [unknown-key]\n"
        "4 |     conditon: x\n"
        "  |     ^~~~~~~~\n"
        "  fix: did you mean 'conditions'?"
    )


def test_a_warning_says_that_it_is_one() -> None:
    first_line = rendered([a_problem(severity=Severity.WARNING)]).splitlines()[0]

    assert first_line == "rules/giá.yaml:4:5: warning: a rule has no 'conditon' [unknown-key]"


def test_problems_come_in_the_order_of_their_places() -> None:
    late, early = a_problem(line=9), a_problem(line=2)

    assert rendered([late, early]).index(":2:5:") == len("rules/giá.yaml")


def test_of_a_very_long_line_only_the_surroundings_of_the_word_are_shown() -> None:
    source = "x" * 5000 + "conditon" + "y" * 5000

    _, shown, marker, _ = rendered([a_problem(source=source, column=5001)]).splitlines()

    assert len(shown) < 200
    assert shown[marker.index("^") : marker.index("^") + 8] == "conditon"
