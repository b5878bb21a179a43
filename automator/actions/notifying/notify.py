"""`notify`: sends a notice to a colleague."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar

from pydantic import Field

from automator.actions.inputs import Text
from automator.actions.notifying.sending import send_notice
from automator.actions.notifying.services import Notice
from automator.configuration.values import InForm, StrictModel
from automator.http.headers import next_hop
from automator.model import N_, PermanentError
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts.actions import no_receiver, nothing_to_say, notified


class NotifyInputs(StrictModel):
    """The receiver and the text."""

    to: Annotated[Text, InForm(N_("To"), shown="always")] = Field(
        description=N_("A name under `notify` in automator.yaml, which has the address.")
    )
    title: Annotated[Text, InForm(N_("Title"), shown="always")] = Field(
        default="", description=N_("A line above the text; the subject of an e-mail.")
    )
    text: Annotated[Text, InForm(N_("Text"), shown="always")] = Field(
        description=N_("What is said.")
    )


class Notify(Action[NotifyInputs]):
    """Tells you or a colleague, by Telegram, Zalo, Slack, e-mail or another service."""

    name = "notify"
    words = N_("tells you")
    inputs_model = NotifyInputs
    example: ClassVar[Mapping[str, Any]] = {
        "to": "",
        "title": N_("Somebody has written"),
        "text": "{{ event.actor.name | default('?') }}: "
        "{{ event.text | default('') | truncate(500) }}",
    }
    leaves: ClassVar[Mapping[str, Sequence[str] | None]] = {"status": ()}

    async def run(self, inputs: NotifyInputs, context: StepContext) -> StepResult:
        secret = context.notify.get(inputs.to)
        if secret is None:
            # An address contains a token, so the log shows only `…://` instead of it.
            named = inputs.to if "://" not in inputs.to else "…://"
            raise PermanentError(no_receiver(name=named, known=sorted(context.notify)))
        if not inputs.text.strip():
            raise PermanentError(nothing_to_say())
        key = context.idempotency_key
        notice = Notice(inputs.title.strip(), inputs.text.strip(), key, context.now_ms)
        context.utterance.text = notice.whole
        reply = await send_notice(
            context.http,
            inputs.to,
            secret,
            notice,
            headers=next_hop(context.scope["event"], context.traceparent),
            retry=context.step.retry,
            timeout_s=context.step.timeout_s,
        )
        return StepResult(summary=notified(name=inputs.to), output={"status": reply.status})
