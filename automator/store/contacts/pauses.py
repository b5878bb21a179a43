"""Pauses: rules are silent for a contact whom a colleague is answering by hand."""

from collections.abc import Sequence

from automator.lifecycle import On, moved
from automator.model import NewRun, RunState
from automator.reasons.limits import answered_by_hand
from automator.store.batch.batch import Batch
from automator.store.contacts.contacts import human_replies
from automator.store.database.statements import WriteConnection
from automator.store.schema.encoding import clean_text


def hold_back(db: WriteConnection, starting: Sequence[NewRun], batch: Batch) -> list[NewRun]:
    """Suppresses the runs of a batch that would act now on a person in such a pause.

    A run that acts later is checked when it is due. Returns all runs of the batch.
    """
    asked = {run.id: clean_text(run.contact or "") for run in starting if _acts_now(run, batch)}
    replies = human_replies(db, asked.values())
    return [in_pause(run, replies.get(asked.get(run.id, "")), batch.now_ms) for run in starting]


def in_pause(run: NewRun, reply_at: int | None, now_ms: int) -> NewRun:
    """Returns a run that would act now, suppressed if a colleague's reply keeps it from that."""
    if reply_at is None or not run.pause_ms or reply_at + run.pause_ms <= now_ms:
        return run
    until = reply_at + run.pause_ms
    reason = answered_by_hand(at=reply_at, pause=run.pause_ms, until=until)
    return moved(run, On.PAUSED, because=reason)


def _acts_now(run: NewRun, batch: Batch) -> bool:
    return (
        run.pause_ms is not None
        and run.contact is not None
        and run.state is RunState.QUEUED
        and not run.is_wanted
        and batch.stored_time(run.run_at) <= batch.now_ms
    )
