"""`private_reply`: sends one private message in answer to a public comment."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from automator.actions.speaking.content_inputs import ContentInputs
from automator.actions.speaking.speaking import SpeakingAction, outgoing
from automator.model import N_, LinkContact
from automator.plugins import Outgoing, StepContext, StepResult


class PrivateReplyInputs(ContentInputs):
    """The message to the person who commented."""


class PrivateReply(SpeakingAction[PrivateReplyInputs]):
    """Writes to the author of a comment in private. Providers allow one message per comment."""

    name = "private_reply"
    words = N_("answers in private")
    inputs_model = PrivateReplyInputs

    def outgoing(self, inputs: PrivateReplyInputs, context: StepContext) -> Outgoing:
        return outgoing("private_reply", inputs, context)

    def confirmed(self, event: Mapping[str, Any]) -> StepResult:
        """Returns the result, and links the conversation's id in the echo to the author."""
        result = super().confirmed(event)
        person = (event.get("conversation") or {}).get("id")
        if person is None:
            return result
        return replace(
            result,
            output={**result.output, "recipient_id": person},
            effects=(LinkContact(alias=person),),
        )
