"""Makes the moves of a run that is not stored yet."""

from collections.abc import Collection
from dataclasses import replace

from automator.lifecycle.table import NO_FACTS, move
from automator.lifecycle.terms import Fact, On
from automator.model import NewRun, Reason


def moved(
    run: NewRun,
    on: On,
    facts: Collection[Fact] = NO_FACTS,
    *,
    because: Reason | None = None,
    until: int | None = None,
) -> NewRun:
    """Returns the run after the event `on`; `until` is when the wait that it begins ends."""
    made = move(on, facts)
    return replace(
        run,
        state=made.to,
        reason=made.reason_after(run.reason, because=because),
        waits_for=made.waits,
        run_at=run.run_at if until is None else until,
    )
