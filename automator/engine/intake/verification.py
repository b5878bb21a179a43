"""Verifies that a request comes from the connection's sender, and not round in a loop."""

import asyncio
from collections.abc import Callable

from automator.http.headers import HOPS, MOST_HOPS, hops_in
from automator.http.types import Answer, InboundRequest
from automator.model import Reason, RejectedDelivery, Verdict, record
from automator.plugins import Provider
from automator.reasons.deliveries import loop

#: Bodies with more bytes are verified in a thread, so that the event loop can answer others.
LARGE_BYTES = 65_536


@record(kw_only=False)
class Verified:
    """An accepted request: verified, or with a failure that the connection only observes."""

    verdict: Verdict = Verdict.ACCEPTED
    remark: Reason | None = None
    #: How many Automator servers have passed on the request.
    hops: int = 0


#: The result of a verification: trusted, answered as a handshake, or refused.
Proof = Verified | Answer | RejectedDelivery

#: The result for nearly every accepted request. One object serves for all.
TRUSTED = Verified()


async def proof_of(provider: Provider, request: InboundRequest) -> Verified | Answer:
    """Verifies a request, by the moment when it was received.

    Returns an Answer for a handshake, which proves nothing about the sender.

    Raises:
        RejectedDelivery: the sender is not trusted, or the request goes round in a loop.
    """
    if len(request.body) > LARGE_BYTES:
        answer = provider.handshake(request)
        return answer if answer else await asyncio.to_thread(verify, provider, request)
    return proof_at_once(provider, request)


def proof_at_once(provider: Provider, request: InboundRequest) -> Verified | Answer:
    """Does the same as `proof_of`, on the calling thread.

    Raises:
        RejectedDelivery: as in `proof_of`.
    """
    answer = provider.handshake(request)
    return verify(provider, request) if answer is None else answer


def proof_of_own(provider: Provider, request: InboundRequest) -> Proof:
    """Verifies a request that this server has made itself, and that came from no address."""
    try:
        return verify(provider, request, by=provider.verify)
    except RejectedDelivery as rejection:
        return rejection


def verify(
    provider: Provider,
    request: InboundRequest,
    *,
    by: Callable[[InboundRequest], Reason | None] | None = None,
) -> Verified:
    """Does the same as `proof_at_once`, for a request that is no handshake.

    `by`: the verification; if not given, `Provider.authenticate`.
    """
    verdict, remark = Verdict.ACCEPTED, None
    try:
        remark = (by or provider.authenticate)(request)
    except RejectedDelivery as rejection:
        if not provider.observes:
            raise
        verdict, remark = Verdict.OBSERVED, rejection.reason
    if verdict is Verdict.ACCEPTED and remark is None and HOPS not in request.headers:
        return TRUSTED
    return Verified(verdict, remark, _hops_of(request))


def _hops_of(request: InboundRequest) -> int:
    """Returns how many Automator servers have passed the request on.

    Raises:
        RejectedDelivery: more than any chain of servers needs, so the request is in a loop.
    """
    if HOPS not in request.headers:
        return 0
    hops = hops_in(request.raw_headers)
    if hops >= MOST_HOPS:
        raise RejectedDelivery(loop(hops=hops), status=508)
    return hops
