"""Settle: how a step ended, what becomes of its run, and the line in the action log."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, literal_column, select, update

from automator.model import (
    ON_ERROR_PATH,
    Attempt,
    AttemptStatus,
    CancelFollowUps,
    LinkContact,
    OptOut,
    Remember,
    RunState,
    Settlement,
)
from automator.store.batch import Batch
from automator.store.contacts import link, opt_out, remember
from automator.store.encoding import clean_text, dump_json
from automator.store.follow_ups import cancel_follow_ups
from automator.store.limit_rows import lock_again
from automator.store.operations import Operation
from automator.store.run_rows import INSERT_RUN, new_run_row
from automator.store.slots import let_in
from automator.store.statements import (
    InsertStatement,
    InStatement,
    Row,
    Statement,
    WriteConnection,
    keys_of,
)
from automator.store.tables import RUNNING, attempts, runs

_HOLDERS = InStatement(
    lambda count: (
        select(
            runs.c.id,
            runs.c.cancel_reason,
            runs.c.state,
            runs.c.owner,
            runs.c.step,
            runs.c.attempt,
        )
        .where(runs.c.id.in_(keys_of(count)))
        .order_by(runs.c.id)
        .with_for_update()
    )
)
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
_KNOWN_ATTEMPTS = InStatement(
    lambda count: select(attempts.c.status).where(attempts.c.id.in_(keys_of(count)))
)
_INSERT_ATTEMPT = InsertStatement(attempts)

_STATUS_AT = 10  # The column of an attempt's row.


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
    )


def _optional_json(value: Mapping[str, Any] | None) -> bytes | None:
    return None if value is None else dump_json(value)


@dataclass(slots=True)
class _Rows:
    """What settlements write, gathered so that few statements write all of it."""

    updates: list[Row] = field(default_factory=list)
    log: list[Row] = field(default_factory=list)
    new_runs: list[Row] = field(default_factory=list)
    begun: list[Row] = field(default_factory=list)
    leaving: list[Row] = field(default_factory=list)

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
        self.updates.append(_update_row(prepared, batch))
        self.log += prepared.attempts
        if settlement.leaves_lane and settlement.state is RunState.QUEUED:
            self.leaving.append((settlement.run_id,))
        if settlement.begins is not None:
            self.begun.append((batch.now_ms, settlement.begins, settlement.owner))
        if settlement.effects and settlement.contact is not None:
            # Runs that settlements before this one have started are there for its effects.
            db.insert(INSERT_RUN, self.new_runs)
            self.new_runs.clear()
            _apply_effects(db, settlement, settlement.contact, batch)
        self.new_runs += _new_run_rows(operation, settlement, batch)

    def write(self, db: WriteConnection) -> None:
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


def apply_settlements(db: WriteConnection, operations: Sequence[Operation], batch: Batch) -> None:
    """Writes all settlements; the result of each is False when its run does not go on: its claim
    was lost meanwhile, or another run has taken its place.
    """
    slots = _ending_slots(operations)
    if slots:
        # Before the runs, as everybody does who wants both.
        lock_again(db, slots, batch.now_ms)
    found = db.query_in(_HOLDERS, {operation.payload.settlement.run_id for operation in operations})
    held = {row[0]: row[2:] for row in found}
    unwanted = {row[0]: row[1] for row in found if row[1] is not None}
    batch.told_runs += [
        operation.payload.settlement.run_id
        for operation in operations
        if operation.payload.attempts
    ]
    rows = _Rows()
    for operation in operations:
        prepared: PreparedSettlement = operation.payload
        settlement = prepared.settlement
        claim = (
            RunState.RUNNING,
            settlement.owner,
            settlement.claimed_step,
            settlement.claimed_attempt,
        )
        operation.result = held.get(settlement.run_id) == claim
        if not operation.result:
            earlier = _earlier_result(db, prepared, held.get(settlement.run_id))
            operation.result = bool(earlier)
            if earlier is None:
                rows.log += [_superseded(row) for row in prepared.attempts]
            continue
        if settlement.run_id in unwanted:
            prepared = _cancelled(prepared, unwanted[settlement.run_id])
            settlement = prepared.settlement
            operation.result = settlement.state is not RunState.CANCELLED
        held[settlement.run_id] = (
            settlement.state,
            settlement.owner,
            settlement.step,
            settlement.attempt,
        )
        rows.add(db, prepared, operation, batch)
    rows.write(db)
    if slots:
        let_in(db, sorted(slots), batch)


def _ending_slots(operations: Sequence[Operation]) -> set[str]:
    """The slots that settled runs give up, so that others may have their turn."""
    settlements = (operation.payload.settlement for operation in operations)
    return {
        settlement.slot
        for settlement in settlements
        if settlement.slot is not None and settlement.state.is_final
    }


def _cancelled(prepared: PreparedSettlement, reason: str) -> PreparedSettlement:
    """What is written of a run whose place another has taken: it does not go on.

    What it had still scheduled is cancelled too, and shown.
    """
    settlement = prepared.settlement
    new_runs = tuple(
        replace(run, state=RunState.CANCELLED, reason=reason) if run.path != ON_ERROR_PATH else run
        for run in settlement.new_runs
    )
    if settlement.state.is_final:
        return replace(prepared, settlement=replace(settlement, new_runs=new_runs))
    ended = replace(
        settlement, state=RunState.CANCELLED, new_runs=new_runs, begins=None, waits_for=None
    )
    return replace(prepared, settlement=ended, reason=reason)


def _earlier_result(
    db: WriteConnection, prepared: PreparedSettlement, held: Row | None
) -> bool | None:
    """The result of this very settlement when it was committed before, else None.

    It comes again when the connection was lost in the middle of the commit.
    """
    settlement = prepared.settlement
    if prepared.attempts:
        found = db.query_in(_KNOWN_ATTEMPTS, [prepared.attempts[0][0]])
        if not found:
            return None
        goes_on_cancelled = settlement.state is RunState.RUNNING and (
            held is not None and held[0] == RunState.CANCELLED
        )
        return found[0][0] != AttemptStatus.SUPERSEDED.value and not goes_on_cancelled
    goes_on = (RunState.RUNNING, settlement.owner, settlement.step, settlement.attempt)
    return True if settlement.state is RunState.RUNNING and held == goes_on else None


def _superseded(row: Row) -> Row:
    return (*row[:_STATUS_AT], AttemptStatus.SUPERSEDED.value, *row[_STATUS_AT + 1 :])


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
