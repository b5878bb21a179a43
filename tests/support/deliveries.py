"""Stored deliveries as the intake writes them down, for the doctor to look at."""

from collections.abc import Mapping

from automator.engine.doctor.credentials import Credentials
from automator.engine.intake.stored_deliveries import stored_delivery
from automator.http.types import InboundRequest
from automator.model import Delivery, IdSource, RejectedDelivery, UnparsableDelivery, Verdict
from automator.plugins import Provider
from tests.support.providers import NOW_MS

DELIVERY_ID = IdSource(lambda: NOW_MS, node=1).next()


def delivery_of(
    connection: str, request: InboundRequest, connections: Mapping[str, Provider]
) -> Delivery:
    """The delivery that the intake stores of this request through this connection."""
    provider = connections[connection]
    verdict, reason = Verdict.ACCEPTED, None
    try:
        if provider.handshake(request) is None:
            provider.verify(request)
            provider.parse(request)
    except RejectedDelivery as refusal:
        verdict = Verdict.OBSERVED if provider.observes else Verdict.REJECTED
        reason = refusal.reason
    except UnparsableDelivery as error:
        verdict, reason = Verdict.UNPARSABLE, error.reason
    describes = verdict in (Verdict.REJECTED, Verdict.OBSERVED)
    kept = Credentials(connections).kept(connection, request, describes=describes)
    return stored_delivery(DELIVERY_ID, connection, kept, verdict, reason)
