"""Settlements of claimed runs of which no step is carried out."""

from automator.lifecycle import Also, On, move
from automator.model import Claimed, NewRun, Reason, SeenValues, Settlement


def settle_without_steps(
    claimed: Claimed,
    node: str,
    on: On,
    *,
    because: Reason | None = None,
    starts: tuple[NewRun, ...] = (),
    seen: tuple[tuple[int, SeenValues], ...] = (),
    run_at: int | None = None,
    target: str | None = None,
    reserved_at: int | None = None,
) -> Settlement:
    """The settlement of a claimed run to which `on` happens before any step of it.

    `run_at` is when one that waits is looked at again, and `target` the destination that it waits
    for; the moment `reserved_at` was reserved for it there.
    """
    run, made = claimed.run, move(on)
    return Settlement(
        run_id=run.id,
        event_id=run.event_id,
        owner=node,
        claimed_step=run.step,
        claimed_attempt=run.attempt,
        state=made.to,
        step=run.step,
        attempt=made.attempt_after(run.attempt),
        run_at=run.run_at if run_at is None else run_at,
        data=run.data,
        reason=made.reason_after(run.reason, because=because),
        attempts=(),
        note=run.note,
        not_sent=run.not_sent,
        contact=run.contact,
        concurrency_key=run.concurrency_key,
        starts=starts,
        seen=seen,
        is_forgotten=made.then is Also.FORGOTTEN,
        waits_for=made.waits,
        target=target,
        reserved_at=reserved_at,
    )
