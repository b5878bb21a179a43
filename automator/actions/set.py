"""`set`: sets values for later steps."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import AfterValidator, ConfigDict, ValidationInfo, model_validator

from automator.actions.expressions import require_expression, value_of
from automator.actions.inputs import has_template, is_written, require_names
from automator.configuration.values import StrictModel
from automator.model import N_, SetVars, WrongValue
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts.actions import values_set
from automator.reasons.problems.inputs import value_nothing_to_set


def _is_expression_or_template(value: Any, info: ValidationInfo) -> Any:
    if is_written(info) and isinstance(value, str) and not has_template(value):
        return require_expression(value)
    return value


class SetInputs(StrictModel):
    """Any names. A text is JMESPath, unless it has {{ … }}; any other value is taken as it is."""

    model_config = ConfigDict(extra="allow", frozen=True)
    __pydantic_extra__: dict[str, Annotated[Any, AfterValidator(_is_expression_or_template)]]

    @model_validator(mode="after")
    def _has_names(self) -> "SetInputs":
        if not self.values:
            raise WrongValue(value_nothing_to_set())
        require_names(self.values)
        return self

    @property
    def values(self) -> dict[str, Any]:
        """Returns the values by name."""
        return self.__pydantic_extra__


class Set(Action[SetInputs]):
    """Sets values, which later steps see as `vars.NAME` and as `steps.ID.output.NAME`."""

    name = "set"
    words = N_("works out values")
    inputs_model = SetInputs
    example: ClassVar[Mapping[str, Any]] = {"phone": "phones(event.text)[0]"}
    reaches_out: ClassVar[bool] = False

    def outputs(self, inputs: Mapping[str, Any]) -> Mapping[str, Sequence[str] | None]:
        return dict.fromkeys(inputs)

    async def run(self, inputs: SetInputs, context: StepContext) -> StepResult:
        # Only a text that the rule's author wrote is an expression. A rendered template stays text,
        # because it may contain a customer's words.
        values = {
            name: value_of(written, context.scope, name=name)
            if isinstance(written := context.step.inputs.get(name), str)
            and not has_template(written)
            else value
            for name, value in inputs.values.items()
        }
        return StepResult(
            summary=values_set(names=list(values)),
            output=values,
            effects=(SetVars(values=values),),
        )
