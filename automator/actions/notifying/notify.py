"""`notify`: tells somebody of your own."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from pydantic import Field

from automator.actions.inputs import Text
from automator.actions.statuses import beginning_of, check_status
from automator.configuration.values import StrictModel
from automator.http.headers import next_hop
from automator.http.types import HttpReply
from automator.model import N_, PermanentError, WrongValue
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts.actions import (
    NO_RECEIVER,
    NOTHING_TO_SAY,
    NOTICE_REFUSED,
    NOTIFIED,
)

if TYPE_CHECKING:
    from automator.actions.notifying.services import Service


class NotifyInputs(StrictModel):
    """The receiver, and what is said."""

    to: Text = Field(
        description=N_("A name under `notify` in automator.yaml, where its address stands.")
    )
    title: Text = Field(
        default="", description=N_("A line above the text; the subject of an e-mail.")
    )
    text: Text = Field(description=N_("What is said."))


class Notify(Action[NotifyInputs]):
    """Tells somebody of your own, by Telegram, Zalo, Slack, e-mail or another service."""

    name = "notify"
    inputs_model = NotifyInputs

    async def run(self, inputs: NotifyInputs, context: StepContext) -> StepResult:
        # Imported late: only steps that notify need the services.
        from automator.actions.notifying.address import Notice
        from automator.actions.notifying.services import call_of

        secret = context.notify.get(inputs.to)
        if secret is None:
            # A name that is an address would show a secret.
            named = inputs.to if "://" not in inputs.to else "…://"
            raise PermanentError(NO_RECEIVER(name=named, known=sorted(context.notify)))
        if not inputs.text.strip():
            raise PermanentError(NOTHING_TO_SAY())
        key = context.idempotency_key
        notice = Notice(inputs.title.strip(), inputs.text.strip(), key, context.now_ms)
        try:
            call, service = call_of(secret.reveal(), notice)
        except WrongValue as error:
            raise PermanentError(error.reason) from error
        context.utterance.text = notice.whole
        reply = await context.http.request(
            call.method,
            call.url,
            headers={**next_hop(context.scope["event"]), "idempotency-key": key, **call.headers},
            body=call.body,
            timeout_s=context.step.timeout_s or 15.0,
        )
        check_status(reply, place=inputs.to, retry=context.step.retry, now_ms=context.now_ms)
        _require_accepted(reply, service, inputs.to)
        return StepResult(summary=NOTIFIED(name=inputs.to), output={"status": reply.status})


def _require_accepted(reply: HttpReply, service: "Service", name: str) -> None:
    """Refuses an answer that reports a failure with the status 200, as some services do.

    Raises:
        PermanentError: code `notice_refused`.
    """
    answer = reply.json()
    if service.refuses and isinstance(answer, Mapping) and service.refuses(answer):
        reason = NOTICE_REFUSED(name=name, said=beginning_of(reply))
        raise PermanentError(reason, status=reply.status)
