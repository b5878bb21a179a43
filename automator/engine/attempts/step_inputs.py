"""The inputs of a step as its action gets them, or the reason why the step is skipped."""

import json
from collections.abc import Mapping
from typing import Any

from pydantic import ValidationError

from automator.conditions import Outcome
from automator.files import reason_of
from automator.model import PermanentError, Reason, shortened
from automator.plugins import AnyAction
from automator.reasons.attempts.steps import BAD_INPUT, CONDITION_UNMET, VALUE_IS_EMPTY
from automator.reasons.conditions import IT_IS
from automator.rules import CompiledStep, Plain, Track, track_nothing

#: Characters of its inputs that a step of a shadow rule shows.
_SHOWN_INPUTS = 300


def inputs_of(
    action: AnyAction,
    step: CompiledStep,
    scope: Mapping[str, Any],
    approved: Mapping[str, Any] | None = None,
    *,
    track: Track = track_nothing,
    plain: Plain | None = None,
) -> Any:
    """The inputs of an attempt; `approved` are those that a person has seen, as they were rendered.

    `track` makes the addresses of tracked links, and `plain` takes the markup out of values in the
    texts of a message.

    Raises:
        PermanentError: one of them is not what the action takes.
    """
    if step.valid_inputs is not None:
        return step.valid_inputs
    rendered = step.render(scope, track, plain) if approved is None else approved
    try:
        valid = action.inputs_model.model_validate(rendered)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"]) or action.name
        came = _brief(first.get("input"))
        reason = BAD_INPUT(input=where, value=came, problem=reason_of(first))
        raise PermanentError(reason) from error
    if step.has_constant_inputs:
        step.valid_inputs = valid
    return valid


def unmet(condition: str, outcome: Outcome) -> Reason:
    """The reason why a step is skipped whose condition does not hold."""
    if outcome.reason:
        because = outcome.reason
    elif outcome.value is None:
        because = VALUE_IS_EMPTY()
    else:
        because = IT_IS(value=_brief(outcome.value))
    return CONDITION_UNMET(condition=condition, because=because)


def brief_inputs(inputs: Any) -> str:
    """The inputs that an action would have got, on one line."""
    given = inputs.model_dump(mode="json", exclude_unset=True)
    values = list(given.values())
    shown = values[0] if len(values) == 1 else given
    text = shown if isinstance(shown, str) else json.dumps(shown, ensure_ascii=False)
    return shortened(text, _SHOWN_INPUTS)


def _brief(value: Any) -> str:
    """A value as conditions write it."""
    is_text = isinstance(value, str)
    text = repr(value) if is_text else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 80 else f"{text[:77]}…"
