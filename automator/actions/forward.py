"""`forward`: sends the event to another system, signed and retried."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from automator.actions.http_statuses import check_status
from automator.actions.inputs import (
    Headers,
    Text,
    merged,
    place_of,
    require_literal_host,
    with_secrets,
)
from automator.configuration.target import Target
from automator.configuration.values import InForm, StrictModel
from automator.http.headers import next_hop, require_sendable
from automator.http.json_body import dump_json
from automator.http.signing import STANDARD_ID, sign_standard
from automator.model import N_, PermanentError, WrongValue
from automator.plugins import Action, StepContext, StepResult
from automator.reasons.attempts.actions import forwarded, no_target
from automator.reasons.problems.inputs import value_body_and_raw

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})


class ForwardInputs(StrictModel):
    """The receiver and the message."""

    to: Annotated[Text, InForm(N_("To"), shown="always")] = Field(
        description=N_("The name of a target in automator.yaml, or an address.")
    )
    body: Annotated[Any, InForm(N_("Data to send (empty means the event)"))] = Field(
        default=None, description="Data that is sent as JSON; default: the event."
    )
    raw: Annotated[bool, InForm(N_("Sends exactly the bytes that came in"))] = Field(
        default=False,
        description="Send the delivery's exact bytes with its content type instead of JSON.",
    )
    headers: Annotated[Headers, InForm(N_("Headers"), widget="rows")] = Field(
        default_factory=dict,
        description="Sent along; a secret of automator.yaml as `secret:NAME` or `Bearer"
        " secret:NAME`.",
    )
    method: Annotated[Literal["POST", "PUT", "PATCH"], InForm(N_("Method"))] = Field(
        default="POST", description="How to send."
    )

    @model_validator(mode="after")
    def _sends_one_thing(self) -> "ForwardInputs":
        if self.raw and self.body is not None:
            raise WrongValue(value_body_and_raw())
        return self


class Forward(Action[ForwardInputs]):
    """Sends the event to a target. If the target has a secret, signs it by Standard Webhooks."""

    name = "forward"
    words = N_("forwards it to")
    inputs_model = ForwardInputs
    shorthand: ClassVar[str] = "to"
    address_inputs: ClassVar[frozenset[str]] = frozenset({"to"})
    leaves: ClassVar[Mapping[str, Sequence[str] | None]] = {"status": ()}

    async def run(self, inputs: ForwardInputs, context: StepContext) -> StepResult:
        target, place = _target(inputs, context)
        if inputs.raw:
            body, content_type = await _raw_body(context)
        else:
            content_type = "application/json"
            body = context.event_json if inputs.body is None else dump_json(inputs.body)
        given: Mapping[str, str] = _NO_HEADERS
        if target.headers or inputs.headers:
            own = with_secrets("headers", inputs.headers, target.url, context)
            given = merged(target.plain_headers(), own)
            require_sendable(given, by_person=True)
        headers = {
            "content-type": content_type,
            **given,
            **next_hop(context.scope["event"], context.traceparent),
            **_signature(target, body, context),
        }
        reply = await context.http.request(
            inputs.method,
            target.address,
            headers=headers,
            body=body,
            timeout_s=context.step.timeout_s or target.timeout,
            target=inputs.to if inputs.to in context.targets else "",
        )
        check_status(reply, place=place, retry=context.step.retry, now_ms=context.now_ms)
        return StepResult(
            summary=forwarded(target=place, status=reply.status), output={"status": reply.status}
        )


def _target(inputs: ForwardInputs, context: StepContext) -> tuple[Target, str]:
    """Returns the target, and the name by which messages call the target."""
    named = context.targets.get(inputs.to)
    if named is not None:
        return named, inputs.to
    if "://" not in inputs.to:
        raise PermanentError(no_target(target=inputs.to, known=sorted(context.targets)))
    require_literal_host(context.step.inputs.get("to"), inputs.to)
    return Target(url=inputs.to), place_of(inputs.to)


async def _raw_body(context: StepContext) -> tuple[bytes, str]:
    """Returns the delivery's exact bytes, and their content type."""
    delivery = await context.load_delivery()
    content_type = dict(delivery.headers).get("content-type", "application/octet-stream")
    return delivery.body, content_type


def _signature(target: Target, body: bytes, context: StepContext) -> dict[str, str]:
    """Returns the headers with the message id, which all attempts share, and with the signature.

    A target without a secret gets no signature.
    """
    key = context.idempotency_key
    if target.secret is None:
        return {STANDARD_ID: key}
    return sign_standard(target.secret.reveal(), key, context.now_ms // 1000, body)
