"""What people do to runs: try again, cancel, replay."""

from collections.abc import Sequence

from sqlalchemy import case, update

from automator.model import NewRun, RunState
from automator.store.batch import Batch
from automator.store.new_runs import store_new_runs
from automator.store.statements import WriteConnection
from automator.store.tables import runs

_RETRIABLE = tuple(int(state) for state in RunState if state.can_be_retried)
_WAITING = (int(RunState.QUEUED), int(RunState.HELD))


def add_runs(db: WriteConnection, new_runs: Sequence[NewRun], batch: Batch) -> None:
    """Stores runs of events that are stored already."""
    store_new_runs(db, new_runs, batch)


def retry_run(db: WriteConnection, run_id: int, batch: Batch) -> bool:
    """Queues a run that ended badly at the end of its lane, from the step at which it stands."""
    changed = db.core.execute(
        update(runs)
        .where(runs.c.id == run_id, runs.c.state.in_(_RETRIABLE))
        .values(
            state=int(RunState.QUEUED),
            attempt=0,
            crashes=0,
            run_at=batch.now_ms,
            seq_at=batch.now_ms,
            finished_at=None,
            cancel_on=None,
            wait_key=None,
            reason="",
        )
    ).rowcount
    batch.work_released = batch.work_released or changed > 0
    return changed > 0


def run_now(db: WriteConnection, run_id: int, batch: Batch) -> bool:
    """Makes a run that sleeps due at once; what may cancel it still may.

    A follow-up joins its lane now; a run that is being retried keeps its place there.
    """
    now_ms = batch.now_ms
    changed = db.core.execute(
        update(runs)
        .where(runs.c.id == run_id, runs.c.state == int(RunState.QUEUED), runs.c.run_at > now_ms)
        .values(
            run_at=now_ms,
            seq_at=case((runs.c.seq_at > now_ms, now_ms), else_=runs.c.seq_at),
        )
    ).rowcount
    batch.work_released = batch.work_released or changed > 0
    return changed > 0


def cancel_run(db: WriteConnection, run_id: int, who: str, batch: Batch) -> bool:
    """Cancels a run that waits or is held; one that is being done cannot be called back."""
    changed = db.core.execute(
        update(runs)
        .where(runs.c.id == run_id, runs.c.state.in_(_WAITING))
        .values(
            state=int(RunState.CANCELLED),
            finished_at=batch.now_ms,
            reason=f"cancelled by {who}",
        )
    ).rowcount
    batch.work_released = batch.work_released or changed > 0
    return changed > 0
