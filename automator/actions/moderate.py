"""`moderate`: what the owner of a page does to the comment of an event."""

from typing import ClassVar, Literal

from pydantic import Field

from automator.plugins import Action, Outgoing, StepContext, StepResult
from automator.written import StrictModel


class ModerateInputs(StrictModel):
    """What to do."""

    do: Literal["hide", "unhide", "delete", "like"] = Field(
        description="`hide`, `unhide`, `delete` or `like`."
    )


class Moderate(Action[ModerateInputs]):
    """Hides, shows again, deletes or likes the comment of the event."""

    name = "moderate"
    inputs_model = ModerateInputs
    shorthand: ClassVar[str] = "do"

    async def run(self, inputs: ModerateInputs, context: StepContext) -> StepResult:
        sent = await context.provider.send(
            Outgoing(
                kind=inputs.do,
                event=context.scope["event"],
                idempotency_key=context.idempotency_key,
            ),
            context.http,
        )
        return StepResult(summary=sent.summary, output=sent.output)
