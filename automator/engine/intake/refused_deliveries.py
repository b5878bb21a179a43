"""Takes in a refused delivery after its cause was corrected, by the present settings.

The time of a signature is compared with the time of receipt, which this server noted itself, and
not with now. So a delivery that was late stays late, and a delivery in time does not become late
while it waits for a person. Its events have the time of receipt as well. Their dedupe keys are the
same as in a live delivery: an event that the sender has repeated meanwhile exists only once.
"""

import asyncio
from collections.abc import Mapping

from automator.configuration.secrets import REDACTED
from automator.engine.doctor.connection_secrets import afresh
from automator.engine.doctor.doctor import delivery_with_id
from automator.engine.doctor.signature_schemes import parameters_of, scheme_of
from automator.engine.intake.intake import Accepted, Intake
from automator.engine.intake.verification import verify
from automator.http.types import InboundRequest, request_of
from automator.model import (
    ConflictError,
    Delivery,
    Reason,
    RejectedDelivery,
    UnparsableDelivery,
    record,
)
from automator.model.event import REFUSED
from automator.plugins import Provider
from automator.reasons import replays
from automator.reasons.deliveries import BEFORE_VERIFYING, loop
from automator.store import Log

#: The codes of refusals before the body was read: for these no body is stored.
_WITHOUT_BODY = BEFORE_VERIFYING - {loop.code}
_HIDDEN = REDACTED.removesuffix(">")


@record
class Outlook:
    """The result that taking in a stored delivery would have now."""

    #: How many events the delivery has, if it would be accepted.
    events: int = 0
    #: The reason why it would be refused; None if it would be accepted.
    obstacle: Reason | None = None


def outlook(delivery: Delivery, connections: Mapping[str, Provider]) -> Outlook:
    """Verifies and reads a stored delivery, without storing anything."""
    known = connections.get(delivery.connection)
    obstacle = _not_kept(delivery, known)
    if obstacle is not None or known is None:
        return Outlook(obstacle=obstacle)
    # A new instance, because the connection in use may keep state from call to call.
    provider, request = afresh(known), request_of(delivery)
    try:
        if provider.handshake(request) is not None:
            return Outlook(obstacle=replays.only_a_handshake())
        verify(provider, request)
        return Outlook(events=len(provider.parse(request)))
    except RejectedDelivery as refusal:
        return Outlook(obstacle=_refused_again(provider, request, refusal))
    except UnparsableDelivery as error:
        return Outlook(obstacle=replays.still_unreadable(reason=error.reason))


async def take_again(
    intake: Intake, log: Log, connections: Mapping[str, Provider], delivery_id: int, who: str
) -> Accepted:
    """Takes in a refused delivery like a live one. Notes `who` did so, and when.

    Raises:
        NotFoundError: there is no such delivery.
        ConflictError: it has been taken in already, was not kept whole, or is refused again.
        StoreUnavailableError: nothing could be committed.
    """
    delivery = await asyncio.to_thread(delivery_with_id, log, delivery_id)
    provider = connections.get(delivery.connection)
    obstacle = _not_kept(delivery, provider)
    if obstacle is not None or provider is None:
        raise _conflict(obstacle or replays.connection_gone(connection=delivery.connection))
    try:
        accepted = await intake.receive_again(provider, delivery, who)
    except RejectedDelivery as refusal:
        raise _conflict(_refused_again(provider, request_of(delivery), refusal)) from refusal
    except UnparsableDelivery as error:
        raise _conflict(replays.still_unreadable(reason=error.reason)) from error
    if accepted is None:
        raise _conflict(replays.only_a_handshake())
    return accepted


def _conflict(reason: Reason) -> ConflictError:
    return ConflictError(reason, code=reason.code)


def _not_kept(delivery: Delivery, provider: Provider | None) -> Reason | None:
    """The reason why too little of a delivery was kept to verify it again; None if enough was."""
    if delivery.verdict not in REFUSED:
        return replays.not_refused()
    if delivery.reason_code in _WITHOUT_BODY:
        return replays.body_not_read()
    if provider is None:
        return replays.connection_gone(connection=delivery.connection)
    if delivery.full_size is not None:
        cut = replays.only_its_start(kept=len(delivery.body), size=delivery.full_size)
        return replays.values_removed() if provider.options.redact else cut
    if not delivery.headers and not delivery.body:
        return replays.bytes_gone()
    return None


def _refused_again(
    provider: Provider, request: InboundRequest, refusal: RejectedDelivery
) -> Reason:
    """The reason of a second refusal: the proof was not kept, or does not fit the settings."""
    scheme = scheme_of(afresh(provider))
    hidden = [name for name in scheme.headers if request.headers.get(name, "").startswith(_HIDDEN)]
    hidden += [name for name, value in parameters_of(request) if value.startswith(_HIDDEN)]
    return (
        replays.credential_not_kept(names=hidden)
        if hidden
        else replays.still_refused(reason=refusal.reason)
    )
