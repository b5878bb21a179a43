"""What waits until something comes in that cancels it: the `cancel_on` of follow-ups."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import literal_column, select

from automator.model import Event, NewRun, RunState, format_id
from automator.store.batch import Arrival, Arrivals, Batch
from automator.store.encoding import clean_text, load_json
from automator.store.follow_ups import cancel_runs
from automator.store.statements import InStatement, WriteConnection, keys_of
from automator.store.tables import WAITING_FOR_CANCEL, runs

#: Says whether an event is what a follow-up's `cancel_on` waits for. It must not raise.
CancelMatches = Callable[[Mapping[str, Any], Event], bool]

WAITING_RUNS = InStatement(
    lambda count: (
        select(runs.c.id, runs.c.contact, runs.c.cancel_on, runs.c.rule)
        .where(literal_column(f"({WAITING_FOR_CANCEL})"), runs.c.contact.in_(keys_of(count)))
        # Another node may be claiming it: then it is too late to cancel.
        .with_for_update()
    )
)


def cancel_waiting(
    db: WriteConnection, arrivals: Arrivals, batch: Batch, cancel_matches: CancelMatches
) -> None:
    """Cancels stored runs that wait for an event of this batch."""
    cancelled = []
    for run_id, contact, cancel_on, rule in db.query_in(WAITING_RUNS, list(arrivals)):
        created_by = batch.created_by.get(run_id, -1)
        later = [a for a in arrivals[contact] if a.sequence > created_by]
        reason = _matching_reason(load_json(cancel_on), later, cancel_matches)
        if reason:
            cancelled.append((run_id, reason))
            batch.tally.ended(RunState.CANCELLED, rule, batch.now_ms)
    cancel_runs(db, cancelled, batch)


def cancelled_by_arrival(
    run: NewRun, arrivals: Iterable[Arrival], cancel_matches: CancelMatches
) -> NewRun:
    """The run itself, or its cancelled form when one of the arrivals is what cancels it."""
    reason = _matching_reason(run.cancel_on or {}, arrivals, cancel_matches)
    return replace(run, state=RunState.CANCELLED, reason=reason) if reason else run


def _matching_reason(
    cancel_on: Mapping[str, Any], arrivals: Iterable[Arrival], cancel_matches: CancelMatches
) -> str:
    for arrival in arrivals:
        if cancel_matches(cancel_on, arrival.event):
            event = arrival.event
            return clean_text(f"cancelled by {event.type} {format_id(event.id)}")
    return ""
