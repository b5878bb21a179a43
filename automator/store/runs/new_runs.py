"""Stores new runs after the pauses and the limits of their rules are applied."""

from collections.abc import Sequence

from automator.model import NewRun
from automator.store.batch.batch import Batch
from automator.store.contacts.pauses import hold_back
from automator.store.database.statements import WriteConnection
from automator.store.limits.enforcement import enforce
from automator.store.queue.run_rows import INSERT_RUN, new_run_row


def store_new_runs(db: WriteConnection, starting: Sequence[NewRun], batch: Batch) -> None:
    """Stores the runs that events start; what is held back is stored as suppressed."""
    if any(run.pause_ms is not None for run in starting):
        starting = hold_back(db, starting, batch)
    if any(run.limits or run.instead_of is not None for run in starting):
        starting = enforce(db, starting, batch)
    rows = []
    for run in starting:
        batch.note_run(run)
        rows.append(new_run_row(run, batch))
    db.insert(INSERT_RUN, rows)
