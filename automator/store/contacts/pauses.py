"""Pauses: rules are silent for a contact while a colleague answers by hand."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC

from automator.clock import zone_time
from automator.configuration.values import format_duration
from automator.model import NewRun, RunState
from automator.store.batch.batch import Batch
from automator.store.contacts.contacts import human_replies
from automator.store.database.statements import WriteConnection
from automator.store.schema.encoding import clean_text


def hold_back(db: WriteConnection, starting: Sequence[NewRun], batch: Batch) -> list[NewRun]:
    """The runs of a batch, those suppressed that would act now and whose person was answered.

    A run that acts later is looked at when its time has come.
    """
    asked = {run.id: clean_text(run.contact or "") for run in starting if _acts_now(run, batch)}
    replies = human_replies(db, asked.values())
    held: list[NewRun] = []
    for run in starting:
        reply_at = replies.get(asked.get(run.id, ""))
        if reply_at is not None and run.pause_ms and reply_at + run.pause_ms > batch.now_ms:
            reason = pause_reason(reply_at, run.pause_ms)
            run = replace(run, state=RunState.SUPPRESSED, reason=reason)
        held.append(run)
    return held


def pause_reason(reply_at: int, pause_ms: int) -> str:
    """Why a run is held back, for people; times in milliseconds."""
    pause = format_duration(pause_ms / 1000)
    until = zone_time(reply_at + pause_ms, UTC)
    return f"a person answered on {zone_time(reply_at, UTC)}: paused for {pause}, until {until}"


def _acts_now(run: NewRun, batch: Batch) -> bool:
    return (
        run.pause_ms is not None
        and run.contact is not None
        and run.state is RunState.QUEUED
        and not run.is_wanted
        and batch.stored_time(run.run_at) <= batch.now_ms
    )
