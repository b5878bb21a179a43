"""`message`: sends a direct message."""

from typing import Any, ClassVar

from pydantic import Field, model_validator

from automator.actions.inputs import Text
from automator.actions.speaking.speaking import Attachment, SpeakingAction, outgoing
from automator.configuration.values import StrictModel
from automator.model import N_, WrongValue
from automator.plugins import Outgoing, StepContext
from automator.reasons.problems.values import MESSAGE_EMPTY, TEMPLATE_STANDS_ALONE


class MessageInputs(StrictModel):
    """What to write, and to whom."""

    to: Text | None = Field(
        default=None, description="The receiver's id at the provider; default: the event's person."
    )
    text: Text | None = Field(default=None, description=N_("What to say."))
    attachments: tuple[Attachment, ...] = Field(
        default=(), description="Pictures or files to send along, each with `type` and `url`."
    )
    quick_replies: tuple[Text, ...] = Field(
        default=(), description="Answers that the person can tap, where the provider has them."
    )

    template: dict[str, Any] | None = Field(
        default=None,
        description="A message that the provider has approved before, instead of `text`; its keys "
        "are the provider's.",
    )

    @model_validator(mode="after")
    def _says_something(self) -> "MessageInputs":
        if self.template is not None and (self.text is not None or self.attachments):
            raise WrongValue(TEMPLATE_STANDS_ALONE())
        if self.text is None and not self.attachments and self.template is None:
            raise WrongValue(MESSAGE_EMPTY())
        return self


class Message(SpeakingAction[MessageInputs]):
    """Sends a direct message to the person of the event, or to somebody else by id."""

    name = "message"
    inputs_model = MessageInputs
    needs_person: ClassVar[bool] = True
    shorthand: ClassVar[str] = "text"

    def outgoing(self, inputs: MessageInputs, context: StepContext) -> Outgoing:
        return outgoing(
            "message",
            context,
            text=inputs.text or "",
            to=inputs.to,
            attachments=inputs.attachments,
            quick_replies=inputs.quick_replies,
            template=inputs.template,
        )
