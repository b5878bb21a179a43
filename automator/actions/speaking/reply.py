"""`reply`: answers where the event came from."""

from automator.actions.speaking.said_inputs import SaidInputs
from automator.actions.speaking.speaking import SpeakingAction, outgoing
from automator.plugins import Outgoing, StepContext


class ReplyInputs(SaidInputs):
    """The answer."""


class Reply(SpeakingAction[ReplyInputs]):
    """Answers where it was asked: a comment under the comment, a message in the conversation."""

    name = "reply"
    inputs_model = ReplyInputs

    def outgoing(self, inputs: ReplyInputs, context: StepContext) -> Outgoing:
        return outgoing("reply", inputs, context)
