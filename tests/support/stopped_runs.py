"""Runs of a site that stopped at their only step, for pages on which people decide about them."""

from automator.clock import ManualClock
from automator.model import AttemptStatus, Reason, RunState, quoted
from tests.support.site import Site
from tests.support.store import Shop

NO_ANSWER = "no answer within 15 s; it may have worked"


async def stopped(
    site: Site,
    state: RunState = RunState.UNKNOWN,
    error_code: str = "timeout",
    reason: Reason | None = None,
) -> str:
    """A run that stopped at its only step, in this state."""
    store = site.services.store
    _, run = await site.event()
    (claimed,) = await store.claim(1)
    shop = Shop(ManualClock(site.services.clock.now_ms()))
    attempt = shop.attempt(
        claimed,
        status=AttemptStatus.UNKNOWN,
        summary=NO_ANSWER,
        error_code=error_code,
        request={"method": "POST", "url": "https://graph.example/x", "body": '{"message":"chào"}'},
    )
    await store.settle(
        shop.settlement(
            claimed,
            state,
            owner=store.node,
            step=0,
            attempt=1,
            reason=reason or quoted(f"reply: {NO_ANSWER}"),
            attempts=(attempt,),
        )
    )
    return run
