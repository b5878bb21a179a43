"""`message`: sends a direct message."""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field, ValidationInfo, model_validator

from automator.actions.inputs import Text, is_written
from automator.actions.speaking.content_inputs import ContentInputs
from automator.actions.speaking.speaking import SpeakingAction, outgoing
from automator.configuration.values import InForm
from automator.model import N_, WrongValue
from automator.plugins import Outgoing, StepContext
from automator.reasons.problems.inputs import value_template_stands_alone, value_via_without_to


class MessageInputs(ContentInputs):
    """The message, and its receiver."""

    to: Annotated[Text | None, InForm(N_("To"))] = Field(
        default=None, description="The receiver's id at the provider; default: the event's person."
    )
    via: Annotated[str | None, InForm(N_("Through which connection"))] = Field(
        default=None,
        min_length=1,
        description="The connection that it goes through, where that is not the event's; `to`"
        " names the receiver.",
    )
    template: Annotated[
        dict[str, Any] | None, InForm(N_("Instead, a message that the provider has approved"))
    ] = Field(
        default=None,
        description="A message that the provider has approved before, instead of `text`; its keys "
        "are the provider's.",
    )

    @model_validator(mode="after")
    def _names_a_receiver_and_says_one_thing(self, info: ValidationInfo) -> "MessageInputs":
        if self.template is not None and ContentInputs.says_something(self):
            raise WrongValue(value_template_stands_alone())
        if self.via and is_written(info) and self.to is None and self.template is None:
            raise WrongValue(value_via_without_to())
        return self

    def says_something(self) -> bool:
        """Whether the message has any content."""
        return bool(self.template) or super().says_something()


class Message(SpeakingAction[MessageInputs]):
    """Sends a direct message to the event's person, or to the person whose id `to` has.

    The message can go through another connection.
    """

    name = "message"
    words = N_("sends a message")
    inputs_model = MessageInputs

    literal_inputs: ClassVar[frozenset[str]] = frozenset({"via"})

    def connection(self, inputs: Mapping[str, Any]) -> str:
        """Returns the connection that the step names."""
        via = inputs.get("via")
        return via if isinstance(via, str) else ""

    def names_receiver(self, inputs: Mapping[str, Any]) -> bool:
        """Whether the step names its receiver: with `to`, or in the template of a message through
        another connection.
        """
        return inputs.get("to") is not None or bool(self.connection(inputs))

    def place(self, inputs: MessageInputs, context: StepContext) -> tuple[str | None, bool]:
        """Returns the receiver's id, and True because the message is private.

        The receiver is None for the event's person, and where the template may name the receiver.
        """
        to, is_private = super().place(inputs, context)
        if not to and inputs.template is not None:
            to = context.provider.receiver_in(inputs.template)
        return to, is_private

    def outgoing(self, inputs: MessageInputs, context: StepContext) -> Outgoing:
        to = inputs.to
        if to is None and self.names_receiver(context.step.inputs) and not inputs.via:
            # `to` was written but rendered empty. None would send to the event's person instead.
            to = ""
        if to is not None:
            to = to.strip()
        return outgoing("message", inputs, context, to=to, template=inputs.template)
