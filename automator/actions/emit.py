"""`emit`: raises an event that triggers other rules."""

import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field, ValidationInfo, field_validator

from automator.actions.inputs import has_template, is_written
from automator.configuration.values import InForm, StrictModel
from automator.model import N_, EmitEvent, PermanentError, WrongValue, shortened
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts.actions import emits, emits_too_deep
from automator.reasons.problems.inputs import value_not_an_event_name

#: The longest chain of events that rules raise, counted from the event that a sender sent.
MOST_DEEP = 3
_NAME = re.compile(r"(?=.{3,100}\Z)[a-z0-9][a-z0-9_-]*(\.[a-z0-9][a-z0-9_-]*)+")


class EmitInputs(StrictModel):
    """The event: its name and its data."""

    event: Annotated[
        str, InForm(N_("Name of the event, as in complaint.received"), shown="always")
    ] = Field(
        description="The name that triggers give, in small letters with a dot, as in"
        " `complaint.received`: one that no provider sends."
    )
    data: Annotated[dict[str, Any], InForm(N_("Values of the event"), widget="rows")] = Field(
        default_factory=dict, description="Values that its rules see as `event.data`."
    )

    @field_validator("event")
    @classmethod
    def _is_name(cls, value: str, info: ValidationInfo) -> str:
        if is_written(info) and has_template(value):
            # Another check reports that an event name must not have a template.
            return value
        if _NAME.fullmatch(value) is None:
            raise WrongValue(value_not_an_event_name(name=shortened(value, 100)))
        return value


class Emit(Action[EmitInputs]):
    """Raises an event about the same person and place, which goes through the same rules."""

    name = "emit"
    words = N_("makes a new event")
    inputs_model = EmitInputs
    example: ClassVar[Mapping[str, Any]] = {"event": "complaint.received"}
    shorthand: ClassVar[str] = "event"
    literal_inputs: ClassVar[frozenset[str]] = frozenset({"event"})
    reaches_out: ClassVar[bool] = False
    leaves: ClassVar[Mapping[str, Sequence[str] | None]] = {"type": None, "data": ()}

    async def run(self, inputs: EmitInputs, context: StepContext) -> StepResult:
        depth = (context.scope["event"].get("emitted") or {}).get("depth", 0)
        if depth >= MOST_DEEP:
            raise PermanentError(emits_too_deep(most=MOST_DEEP), code="loop")
        return StepResult(
            summary=emits(type=inputs.event),
            output={"type": inputs.event, "data": inputs.data},
            effects=(EmitEvent(type=inputs.event, data=inputs.data, depth=depth + 1),),
        )
