"""What a run keeps between its steps has a bound, however many steps or settings make it."""

import pytest

from automator.engine.attempts.performer import MAX_KEPT_BYTES, require_room
from automator.model import PermanentError, SetVars, quoted
from automator.plugins import StepResult
from tests.support.words import advice_on, said

DONE = quoted("done")


def test_a_result_of_ordinary_size_may_be_kept() -> None:
    require_room({"steps": {}, "vars": {}}, StepResult(summary=DONE, output={"id": "1"}))


def test_an_output_that_is_too_large_is_refused_with_what_to_do() -> None:
    result = StepResult(summary=DONE, output={"body": "x" * MAX_KEPT_BYTES})

    with pytest.raises(PermanentError) as caught:
        require_room({}, result)

    assert caught.value.code == "too_much_kept"
    assert "256" in said(caught.value.reason)
    assert "output" in advice_on(caught.value.reason)


def test_what_earlier_steps_kept_counts_as_well() -> None:
    half = "x" * (MAX_KEPT_BYTES // 2)

    with pytest.raises(PermanentError):
        require_room(
            {"steps": {"a": {"output": {"x": half}}}},
            StepResult(summary=DONE, output={"x": half}),
        )


def test_values_that_are_set_count_beside_the_output() -> None:
    values = {"made": "x" * (MAX_KEPT_BYTES // 2)}
    result = StepResult(summary=DONE, output=values, effects=(SetVars(values=values),))

    with pytest.raises(PermanentError):
        require_room({}, result)
