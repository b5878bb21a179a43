from typing import Literal

import pytest
from pydantic import ConfigDict, Field

from automator.configuration.values import NAME_PATTERN, Duration, StrictModel
from automator.files import parse_yaml, validate
from automator.model import Problem
from tests.support.words import advice_on, said


class Inner(StrictModel):
    model_config = ConfigDict(title="an inner thing")

    size: int = Field(default=1, ge=1)
    text: str = ""


class Outer(StrictModel):
    name: str = Field(default="x", pattern=NAME_PATTERN)
    many: list[str] | str = ""
    inner: Inner | None = None
    by_name: dict[str, Inner] = Field(default_factory=dict)
    wait: Duration = 1.0
    mode: Literal["fast", "slow"] = "fast"
    on: bool = True


def problems_of(text: str) -> list[Problem]:
    parsed = parse_yaml("file.yaml", text)
    return validate(Outer, parsed, (), parsed.data, {})[1]


@pytest.mark.parametrize(
    ("text", "message", "line", "column"),
    [
        ("naem: x\n", "the file has no 'naem'", 1, 1),
        ("inner:\n  sise: 1\n", "an inner thing has no 'sise'", 2, 3),
        ("by_name:\n  a: {sise: 1}\n", "an inner thing has no 'sise'", 2, 7),
        ("name: 5\n", "a text is expected here, and this is a number", 1, 7),
        ("many: 5\n", "a list or a text is expected here, and this is a number", 1, 7),
        ("many: [a, 5]\n", "a text is expected here, and this is a number", 1, 11),
        ("inner: [1]\n", "a mapping (name: value) is expected here, and this is a list", 1, 1),
        ("on: maybe\n", "true or false is expected here, and this is a text", 1, 5),
        ("inner: {size: 0}\n", "this must be at least 1", 1, 15),
        ("inner: {size: big}\n", "a whole number is expected here, and this is a text", 1, 15),
        ("wait: 5 minutes\n", "'5 minutes' is not a duration", 1, 7),
        ("wait: 20\n", "'20' has no unit", 1, 7),
        ("wait: 0.5\n", "'0.5' has no unit", 1, 7),
        ("mode: fsat\n", "'fsat' is not known here", 1, 7),
        ("name: Shop Page\n", "'Shop Page' cannot be used as a name here", 1, 7),
    ],
)
def test_a_mistake_is_said_in_plain_words_under_the_word(
    text: str, message: str, line: int, column: int
) -> None:
    found = problems_of(text)

    assert [(said(p.reason), p.line) for p in found] == [(message, line)]
    assert found[0].column == column or found[0].source.startswith("inner: [")
    assert advice_on(found[0].reason)


def test_no_problem_ever_names_a_type_of_python() -> None:
    words = " ".join(
        f"{said(problem.reason)} {advice_on(problem.reason)}"
        for text in ("name: [1]", "many: {a: 1}", "inner: 5", "by_name: x", "on: 7", "wait: [1]")
        for problem in problems_of(text)
    )

    for name in ("str", "int", "dict", "list[", "NoneType", "bool", "Outer", "Input should"):
        assert f" {name}" not in words


def test_an_unknown_key_is_answered_with_the_nearest_one_and_the_whole_list() -> None:
    fix = advice_on(problems_of("mdoe: fast\n")[0].reason)

    assert fix.startswith("did you mean 'mode'? The keys are: by_name, inner,")


def test_a_number_where_text_belongs_is_shown_between_quotes() -> None:
    assert advice_on(problems_of("name: 0.50\n")[0].reason) == 'put quotes around it: "0.50"'


def test_all_mistakes_are_reported_at_once() -> None:
    assert len(problems_of("naem: x\nmode: fsat\ninner: {size: 0, text: 5}\n")) == 4
