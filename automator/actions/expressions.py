"""JMESPath expressions in the inputs of steps: checks them, and evaluates them over plain data."""

from collections.abc import Mapping
from typing import Any

from automator.conditions import ExpressionError, check_expression, compile_expression
from automator.model import PermanentError, Reason, WrongValue
from automator.reasons.attempts.actions import expression_failed
from automator.reasons.problems.shape import shape_wrong_inside


def require_expression(text: str) -> str:
    """Returns `text` unchanged if `check_expression` finds no mistake in it.

    Raises:
        ValueError: `text` has a mistake; the message says which one, and at which character.
    """
    for finding in check_expression(text):
        stretch = (finding.offset, finding.length)
        raise WrongValue(shape_wrong_inside(problem=finding.reason), stretch=stretch)
    return text


def value_of(text: str, data: Mapping[str, Any], *, name: str) -> Any:
    """Evaluates the expression `text` over `data`; `name` is the input that contains it.

    Raises:
        PermanentError: `text` is not JMESPath, or the data has a wrong type (code `expression`).
    """
    try:
        outcome = compile_expression(text).evaluate(data)
    except ExpressionError as error:
        raise _failed(name, text, error.finding.reason) from error
    if outcome.reason:
        raise _failed(name, text, outcome.reason)
    return outcome.value


def _failed(name: str, text: str, why: Reason) -> PermanentError:
    return PermanentError(expression_failed(input=name, expression=text, problem=why))
