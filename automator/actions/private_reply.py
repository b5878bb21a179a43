"""`private_reply`: one private message in answer to a public comment."""

from typing import ClassVar

from pydantic import Field

from automator.actions.inputs import Text
from automator.actions.speaking import say
from automator.plugins import Action, StepContext, StepResult
from automator.written import StrictModel


class PrivateReplyInputs(StrictModel):
    """What to write to the person who commented."""

    text: Text = Field(description="What to say.")


class PrivateReply(Action[PrivateReplyInputs]):
    """Writes to the person who commented, in private. Providers allow one for each comment."""

    name = "private_reply"
    inputs_model = PrivateReplyInputs
    needs_person: ClassVar[bool] = True
    shorthand: ClassVar[str] = "text"

    async def run(self, inputs: PrivateReplyInputs, context: StepContext) -> StepResult:
        return await say("private_reply", context, text=inputs.text)
