"""`write`: sends a message that a colleague has typed. No rule can use it."""

from automator.actions.speaking.speaking import SpeakingAction
from automator.configuration.values import StrictModel
from automator.plugins import Outgoing, StepContext


class WriteInputs(StrictModel):
    """No inputs: the event has the text, and the person to send it to."""


class Write(SpeakingAction[WriteInputs]):
    """Sends the text and the picture of its event to a conversation, or answers a comment."""

    name = "write"
    inputs_model = WriteInputs

    def outgoing(self, inputs: WriteInputs, context: StepContext) -> Outgoing:  # noqa: ARG002 - it has none.
        """Builds the message that a colleague has typed."""
        event = context.scope["event"]
        # A message in a conversation answers no comment.
        answers = event.get("answers") or {}
        asked = {name: answers[name] for name in ("actor", "occurred_at") if name in answers}
        return Outgoing(
            kind=answers.get("kind", "message"),
            event={**event, **asked},
            text=event["text"] or "",
            # Events that an older version has stored have no `attachments`.
            attachments=tuple(event.get("attachments") or ()),
            to=None if answers else event["conversation"]["id"],
            idempotency_key=context.idempotency_key,
            contact=context.scope.get("contact") or {},
            now_ms=context.now_ms,
            outcome_unknown=context.outcome_unknown,
            by_hand=True,
        )
