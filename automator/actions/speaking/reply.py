"""`reply`: answers where the event came from."""

from collections.abc import Sequence
from typing import ClassVar

from pydantic import Field, model_validator

from automator.actions.inputs import Text
from automator.actions.speaking.speaking import Attachment, SpeakingAction, outgoing
from automator.configuration.values import StrictModel
from automator.model import N_, WrongValue
from automator.plugins import Outgoing, StepContext
from automator.reasons.problems.values import REPLY_EMPTY, TEXT_AND_ONE_OF


class ReplyInputs(StrictModel):
    """What to answer."""

    usual: ClassVar[tuple[str, str]] = ("one_of", "[…, …]")

    text: Text | None = Field(default=None, description=N_("What to say."))
    one_of: tuple[Text, ...] = Field(
        default=(),
        description="Several texts, of which each run says one, never the same twice in a row: "
        "instead of `text`.",
    )
    attachments: tuple[Attachment, ...] = Field(
        default=(), description="Pictures or files to send along, each with `type` and `url`."
    )
    quick_replies: tuple[Text, ...] = Field(
        default=(), description="Answers that the person can tap, where the provider has them."
    )

    @model_validator(mode="after")
    def _says_one_thing(self) -> "ReplyInputs":
        if self.text is not None and self.one_of:
            raise WrongValue(TEXT_AND_ONE_OF())
        if self.text is None and not self.one_of and not self.attachments:
            raise WrongValue(REPLY_EMPTY())
        return self


class Reply(SpeakingAction[ReplyInputs]):
    """Answers where it was asked: a comment under the comment, a message in the conversation."""

    name = "reply"
    inputs_model = ReplyInputs
    needs_person: ClassVar[bool] = True
    shorthand: ClassVar[str] = "text"

    def variants(self, inputs: ReplyInputs) -> Sequence[str]:
        return inputs.one_of

    def outgoing(self, inputs: ReplyInputs, context: StepContext) -> Outgoing:
        text = inputs.text or ""
        if inputs.one_of:
            text = inputs.one_of[context.variant or 0]
        return outgoing(
            "reply",
            context,
            text=text,
            attachments=inputs.attachments,
            quick_replies=inputs.quick_replies,
        )
