"""Verification: whether a request comes from whom it should, as its connection checks it."""

import asyncio

from automator.http.headers import HOPS, MOST_HOPS, hops_in
from automator.http.types import Answer, InboundRequest
from automator.model import Reason, RejectedDelivery, Verdict, record
from automator.plugins import Provider
from automator.reasons.deliveries import LOOP

#: Larger bodies are verified in a thread, so that the event loop answers others meanwhile.
LARGE_BYTES = 65_536


@record(kw_only=False)
class Verified:
    """A request that is taken in: plainly, or with what its connection only observes."""

    verdict: Verdict = Verdict.ACCEPTED
    remark: Reason | None = None
    #: How many Automator servers have passed it on.
    hops: int = 0


async def proof_of(provider: Provider, request: InboundRequest) -> Verified | Answer:
    """What the verification of a request says, as of the moment when it was received.

    An Answer is a handshake, which proves nothing.

    Raises:
        RejectedDelivery: its sender is not trusted, or it goes round in a ring.
    """
    answer = provider.handshake(request)
    if answer is not None:
        return answer
    if len(request.body) > LARGE_BYTES:
        return await asyncio.to_thread(verify, provider, request)
    return verify(provider, request)


def verify(provider: Provider, request: InboundRequest) -> Verified:
    """As `proof_of` for what is no handshake, on the thread that calls it."""
    try:
        verdict, remark = Verdict.ACCEPTED, provider.verify(request)
    except RejectedDelivery as rejection:
        if not provider.observes:
            raise
        verdict, remark = Verdict.OBSERVED, rejection.reason
    return Verified(verdict, remark, _hops_of(request))


def _hops_of(request: InboundRequest) -> int:
    """How many Automator servers have passed a request on.

    Raises:
        RejectedDelivery: more than a chain of servers needs, so that it goes round in a ring.
    """
    if HOPS not in request.headers:
        return 0
    hops = hops_in(request.raw_headers)
    if hops >= MOST_HOPS:
        raise RejectedDelivery(LOOP(hops=hops), status=508)
    return hops
