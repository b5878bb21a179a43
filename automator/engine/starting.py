"""Decisions about an event → the runs that are to be stored with it."""

from collections.abc import Sequence

from automator.model import Event, IdSource, NewRun
from automator.rules import Decision


def new_runs(
    decisions: Sequence[Decision],
    event: Event,
    revision: int,
    ids: IdSource,
) -> tuple[NewRun, ...]:
    """A run for each decision."""
    runs: list[NewRun] = []
    for decision in decisions:
        before = decision.instead_of
        runs.append(
            NewRun(
                id=ids.next(),
                event_id=event.id,
                rule=decision.rule.spec.id,
                revision=revision,
                lane=event.lane,
                contact=event.contact,
                run_at=decision.run_at,
                data=decision.data,
                state=decision.state,
                reason=decision.reason,
                limits=decision.limits,
                pause_ms=decision.rule.spec.pause_ms,
                wait_key=decision.wait_key,
                instead_of=None if before is None else runs[before].id,
            )
        )
    return tuple(runs)
