"""The settlement that ends a run whose rule cannot be found any more."""

from automator.model import Claimed, Reason, RunState, Settlement


def abandonment(claimed: Claimed, node: str, reason: Reason) -> Settlement:
    """Ends a run whose rule is not to be found: never silently, never stuck."""
    run = claimed.run
    return Settlement(
        run_id=run.id,
        event_id=run.event_id,
        owner=node,
        claimed_step=run.step,
        claimed_attempt=run.attempt,
        state=RunState.DEAD,
        step=run.step,
        attempt=run.attempt,
        run_at=run.run_at,
        data=run.data,
        reason=reason,
        attempts=(),
        contact=run.contact,
        concurrency_key=run.concurrency_key,
    )
