"""`notify`: sends a notice to colleagues, by chat, push message or e-mail.

A notice becomes one request through the step's http port, so it is guarded, recorded and retried
like every other request. `notify_services.py` declares the services.
"""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, ClassVar

from pydantic import Field

from automator.actions.http_statuses import beginning_of, check_status
from automator.actions.inputs import Text
from automator.actions.notify_services import Notice, Service, call_of
from automator.configuration.secrets import Secret
from automator.configuration.values import InForm, StrictModel
from automator.http.headers import next_hop
from automator.http.types import Http, HttpReply
from automator.model import N_, PermanentError, WrongValue
from automator.model.rule import RetryPolicy
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts.actions import no_receiver, nothing_to_say, notice_refused, notified


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


# --- Sending a notice, for the step and for a person who tests an address ---


#: How many seconds a service has to answer, if the step names none.
_WITHIN_S = 15.0


async def send_notice(
    http: Http,
    name: str,
    address: Secret,
    notice: Notice,
    *,
    headers: Mapping[str, str] = MappingProxyType({}),
    retry: RetryPolicy | None = None,
    timeout_s: float | None = None,
) -> HttpReply:
    """Sends a notice to the receiver `name` through the service of an address.

    Raises:
        StepError: the address is wrong, or the service does not answer or refuses. The code is
            `notice_refused` if the service refuses with status 200, as some services do.
    """
    try:
        call, service = call_of(address.reveal(), notice)
    except WrongValue as error:
        raise PermanentError(error.reason) from error
    reply = await http.request(
        call.method,
        call.url,
        headers={**headers, "idempotency-key": notice.key, **call.headers},
        body=call.body,
        timeout_s=timeout_s or _WITHIN_S,
    )
    check_status(reply, place=name, retry=retry or RetryPolicy(), now_ms=notice.at)
    _require_accepted(reply, service, name)
    return reply


def _require_accepted(reply: HttpReply, service: Service, name: str) -> None:
    answer = reply.json()
    if service.refuses and isinstance(answer, Mapping) and service.refuses(answer):
        reason = notice_refused(name=name, said=beginning_of(reply))
        raise PermanentError(reason, status=reply.status)
