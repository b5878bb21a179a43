"""The settlement that ends a run whose rule cannot be found any more."""

from automator.lifecycle import On, move
from automator.model import Claimed, Reason, Settlement


def abandonment(claimed: Claimed, node: str, reason: Reason) -> Settlement:
    """Ends a run whose rule is not to be found: never silently, never stuck."""
    run, made = claimed.run, move(On.ABANDONED)
    return Settlement(
        run_id=run.id,
        event_id=run.event_id,
        owner=node,
        claimed_step=run.step,
        claimed_attempt=run.attempt,
        state=made.to,
        step=run.step,
        attempt=made.attempt_after(run.attempt),
        run_at=run.run_at,
        data=run.data,
        reason=made.reason_after(run.reason, because=reason),
        attempts=(),
        contact=run.contact,
        concurrency_key=run.concurrency_key,
    )
