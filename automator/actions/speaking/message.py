"""`message`: sends a direct message."""

from typing import Any

from pydantic import Field, model_validator

from automator.actions.inputs import Text
from automator.actions.speaking.said_inputs import SaidInputs
from automator.actions.speaking.speaking import SpeakingAction, outgoing
from automator.model import WrongValue
from automator.plugins import Outgoing, StepContext
from automator.reasons.problems.values import TEMPLATE_STANDS_ALONE


class MessageInputs(SaidInputs):
    """What to write, and to whom."""

    to: Text | None = Field(
        default=None, description="The receiver's id at the provider; default: the event's person."
    )
    template: dict[str, Any] | None = Field(
        default=None,
        description="A message that the provider has approved before, instead of `text`; its keys "
        "are the provider's.",
    )

    @model_validator(mode="after")
    def _template_stands_alone(self) -> "MessageInputs":
        if self.template is not None and SaidInputs.says_something(self):
            raise WrongValue(TEMPLATE_STANDS_ALONE())
        return self

    def says_something(self) -> bool:
        """Whether there is anything to say."""
        return self.template is not None or super().says_something()


class Message(SpeakingAction[MessageInputs]):
    """Sends a direct message to the person of the event, or to somebody else by id."""

    name = "message"
    inputs_model = MessageInputs

    def outgoing(self, inputs: MessageInputs, context: StepContext) -> Outgoing:
        return outgoing("message", inputs, context, to=inputs.to, template=inputs.template)
