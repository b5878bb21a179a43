"""`reply`: answers in the place that the event came from."""

from dataclasses import replace
from typing import Annotated

from pydantic import Field

from automator.actions.speaking.content_inputs import ContentInputs
from automator.actions.speaking.speaking import SpeakingAction, outgoing
from automator.configuration.values import InForm
from automator.model import N_
from automator.plugins import Outgoing, StepContext


class ReplyInputs(ContentInputs):
    """The answer."""

    mention: Annotated[bool, InForm(N_("Names the person at the beginning"))] = Field(
        default=False,
        description=N_(
            "Name the person who commented at the beginning, so that they are notified; on Facebook"
            " and Instagram."
        ),
    )


class Reply(SpeakingAction[ReplyInputs]):
    """Answers in the same place: below the comment, or in the conversation."""

    name = "reply"
    words = N_("answers")
    inputs_model = ReplyInputs

    def outgoing(self, inputs: ReplyInputs, context: StepContext) -> Outgoing:
        return replace(outgoing("reply", inputs, context), mentions=inputs.mention)
