"""The rows that settlements write: runs, attempts, new runs and effects."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, literal_column, update

from automator.model import (
    Attempt,
    CancelFollowUps,
    GiveUpReply,
    LinkContact,
    NewRun,
    OptOut,
    Remember,
    RunState,
    Settlement,
)
from automator.store.batch.batch import Batch
from automator.store.batch.operations import Operation
from automator.store.contacts.contacts import link, opt_out, remember
from automator.store.contacts.echoes import await_echo
from automator.store.database.statements import InsertStatement, Row, Statement, WriteConnection
from automator.store.queue.follow_ups import cancel_follow_ups
from automator.store.queue.run_rows import INSERT_RUN, new_run_row
from automator.store.runs.new_runs import store_new_runs
from automator.store.schema.encoding import clean_text, dump_json
from automator.store.schema.tables import RUNNING, attempts, runs

_UPDATE = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .ordered_values(
        (runs.c.state, bindparam("new_state")),
        (runs.c.step, bindparam("new_step")),
        (runs.c.attempt, bindparam("new_attempt")),
        (runs.c.run_at, bindparam("new_run_at")),
        (runs.c.finished_at, bindparam("new_finished_at")),
        (runs.c.owner, bindparam("new_owner")),
        (runs.c.lease_until, bindparam("new_lease")),
        (runs.c.data, bindparam("new_data")),
        (runs.c.reason, bindparam("new_reason")),
        (runs.c.begun_at, bindparam("new_begun")),
        (runs.c.waits_for, bindparam("new_waits_for")),
        (runs.c.failing_target, bindparam("new_failing_target")),
    )
)
_LEAVE_LANE = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .ordered_values((runs.c.seq_at, runs.c.run_at))
)
_BEGIN = Statement(
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        literal_column(RUNNING),
        runs.c.owner == bindparam("own"),
    )
    .ordered_values((runs.c.begun_at, bindparam("new_begun")))
)
_INSERT_ATTEMPT = InsertStatement(attempts)


@dataclass(frozen=True, slots=True)
class PreparedSettlement:
    """A settlement with its JSON encoded, made before the writer sees it."""

    settlement: Settlement
    data: bytes
    reason: str
    attempts: tuple[Row, ...]


def prepare_settlement(settlement: Settlement) -> PreparedSettlement:
    """Encodes everything, so that a value that cannot be stored fails its own caller at once."""
    return PreparedSettlement(
        settlement,
        dump_json(settlement.data),
        clean_text(settlement.reason),
        tuple([_attempt_row(attempt) for attempt in settlement.attempts]),
    )


def _attempt_row(attempt: Attempt) -> Row:
    return (
        attempt.id,
        attempt.run_id,
        attempt.event_id,
        attempt.rule,
        attempt.step,
        attempt.action,
        attempt.number,
        attempt.node,
        attempt.started_at,
        attempt.duration_ms,
        attempt.status.value,
        clean_text(attempt.summary),
        _optional_json(attempt.request),
        _optional_json(attempt.response),
        clean_text(attempt.error_code),
        attempt.target,
    )


def _optional_json(value: Mapping[str, Any] | None) -> bytes | None:
    return None if value is None else dump_json(value)


@dataclass(slots=True)
class SettledRows:
    """What settlements write, gathered so that few statements write all of it."""

    updates: list[Row] = field(default_factory=list)
    log: list[Row] = field(default_factory=list)
    new_runs: list[Row] = field(default_factory=list)
    begun: list[Row] = field(default_factory=list)
    leaving: list[Row] = field(default_factory=list)
    starts: list[NewRun] = field(default_factory=list)

    def add(
        self,
        db: WriteConnection,
        prepared: PreparedSettlement,
        operation: Operation,
        batch: Batch,
    ) -> None:
        """Takes a settlement in that holds its claim."""
        settlement = prepared.settlement
        if any(isinstance(effect, CancelFollowUps) for effect in settlement.effects):
            # A follow-up that a settlement before this one has put back into the queue waits.
            db.many(_UPDATE, self.updates)
            self.updates.clear()
        awaited = settlement.awaits
        if awaited is not None and await_echo(db, awaited, settlement.run_id, batch):
            # It came before this was known: nothing is waited for.
            settlement = replace(settlement, run_at=batch.own_time(batch.now_ms))
            prepared = replace(prepared, settlement=settlement)
        self.updates.append(_update_row(prepared, batch))
        self.log += prepared.attempts
        if settlement.leaves_lane and settlement.state is RunState.QUEUED:
            self.leaving.append((settlement.run_id,))
            batch.stepped_aside.append(settlement.run_id)
        if settlement.begins is not None:
            self.begun.append((batch.now_ms, settlement.begins, settlement.owner))
        batch.given_up += [
            effect.claim for effect in settlement.effects if isinstance(effect, GiveUpReply)
        ]
        if settlement.effects and settlement.contact is not None:
            # Runs that settlements before this one have started are there for its effects.
            db.insert(INSERT_RUN, self.new_runs)
            self.new_runs.clear()
            _apply_effects(db, settlement, settlement.contact, batch)
        self.new_runs += _new_run_rows(operation, settlement, batch)
        self.starts += settlement.starts
        if settlement.is_forgotten:
            batch.forgotten.append(settlement.run_id)

    def write(self, db: WriteConnection, batch: Batch) -> None:
        """Writes all of it."""
        if self.updates:
            db.many(_UPDATE, self.updates)
        if self.leaving:
            db.many(_LEAVE_LANE, self.leaving)
        if self.begun:
            db.many(_BEGIN, self.begun)
        if self.new_runs:
            db.insert(INSERT_RUN, self.new_runs)
        if self.log:
            db.insert(_INSERT_ATTEMPT, self.log)
        if self.starts:
            store_new_runs(db, self.starts, batch)


def _update_row(prepared: PreparedSettlement, batch: Batch) -> Row:
    settlement = prepared.settlement
    state = settlement.state
    goes_on = state is RunState.RUNNING
    run_at = settlement.run_at
    if state is RunState.QUEUED:
        run_at = batch.stored_time(run_at)
        batch.note_due(run_at)
    elif not goes_on:
        batch.work_released = True
        batch.stepped_aside.append(settlement.run_id)
    return (
        int(state),
        settlement.step,
        settlement.attempt,
        run_at,
        batch.now_ms if state.is_final else None,
        settlement.owner if goes_on else None,
        batch.lease_until if goes_on else None,
        prepared.data,
        prepared.reason,
        batch.now_ms if goes_on else None,
        settlement.waits_for,
        settlement.failing_target,
        settlement.run_id,
    )


def _new_run_rows(operation: Operation, settlement: Settlement, batch: Batch) -> list[Row]:
    rows = []
    for run in settlement.new_runs:
        batch.note_run(run)
        if run.cancel_on is not None:
            batch.created_by[run.id] = operation.sequence
        rows.append(new_run_row(run, batch))
    return rows


def _apply_effects(db: WriteConnection, settlement: Settlement, contact: str, batch: Batch) -> None:
    key = clean_text(contact)
    for effect in settlement.effects:
        if isinstance(effect, Remember):
            remember(db, key, effect, batch.now_ms)
        elif isinstance(effect, OptOut):
            opt_out(db, key, effect, batch.now_ms)
        elif isinstance(effect, LinkContact):
            link(db, key, effect.alias, batch.now_ms)
        elif isinstance(effect, CancelFollowUps):
            cancel_follow_ups(db, key, effect, batch)
