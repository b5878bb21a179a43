"""Stores new runs, after applying the pauses and the limits of their rules."""

from collections.abc import Sequence

from automator.model import NewRun
from automator.store.batch.batch import Batch
from automator.store.contacts.pauses import hold_back
from automator.store.database.statements import WriteConnection
from automator.store.limits.enforcement import enforce
from automator.store.queue.run_rows import INSERT_CLAIMED, INSERT_RUN, new_run_row
from automator.store.runs.claims_at_once import take_new


def store_new_runs(db: WriteConnection, starting: Sequence[NewRun], batch: Batch) -> None:
    """Stores the runs that events start. Runs that are held back are stored as suppressed."""
    if any(run.pause_ms is not None for run in starting):
        starting = hold_back(db, starting, batch)
    if any(run.limits or run.instead_of is not None for run in starting):
        starting = enforce(db, starting, batch)
    rows = [new_run_row(run, batch) for run in starting]
    claimed_ids = take_new(db, rows, batch) if batch.lanes_wanted else set()
    for run in starting:
        batch.note_run(run, is_claimed=run.id in claimed_ids)
    db.insert_later(INSERT_CLAIMED, batch.claimed_at_once if claimed_ids else ())
    db.insert_later(INSERT_RUN, [row for row in rows if row["id"] not in claimed_ids])
