"""`log`: writes a line into the action log."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from automator.actions.inputs import Text
from automator.configuration.values import InForm, StrictModel
from automator.model import N_, quoted
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts.actions import logged_error, logged_warning


class LogInputs(StrictModel):
    """The line to write down."""

    text: Annotated[Text, InForm(N_("Text"), shown="always")] = Field(description=N_("The line."))
    level: Annotated[
        Literal["info", "warning", "error"],
        InForm(
            N_("How it is marked"),
            choices={
                "info": N_("as a note"),
                "warning": N_("as a warning"),
                "error": N_("as an error"),
            },
        ),
    ] = Field(default="info", description="How the line is marked.")


class Log(Action[LogInputs]):
    """Writes a line into the action log and does nothing else."""

    name = "log"
    words = N_("writes into the log")
    inputs_model = LogInputs
    example: ClassVar[Mapping[str, Any]] = {
        "text": "{{ event.text | default('') | truncate(200) }}"
    }
    shorthand: ClassVar[str] = "text"
    reaches_out: ClassVar[bool] = False
    leaves: ClassVar[Mapping[str, Sequence[str] | None]] = {
        "text": None,
        "level": ("info", "warning", "error"),
    }

    async def run(self, inputs: LogInputs, context: StepContext) -> StepResult:  # noqa: ARG002
        marked = {"warning": logged_warning, "error": logged_error}.get(inputs.level)
        return StepResult(
            # The rule's author wrote this text, so it is shown as it is.
            summary=marked(text=inputs.text) if marked else quoted(inputs.text),
            output={"text": inputs.text, "level": inputs.level},
        )
