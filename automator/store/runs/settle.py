"""Settlement: records the attempts of a step, and moves its run to the next state."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from automator.model import ON_ERROR_PATH, AttemptStatus, RunState
from automator.store.batch.batch import Batch
from automator.store.batch.operations import Operation
from automator.store.database.statements import InStatement, Row, WriteConnection, keys_of
from automator.store.limits.concurrency import let_in
from automator.store.limits.limit_rows import lock_again
from automator.store.runs.settled_rows import PreparedSettlement, SettledRows
from automator.store.schema.tables import attempts, runs

_HOLDERS = InStatement(
    lambda count: (
        select(
            runs.c.id,
            runs.c.cancel_reason,
            runs.c.rule,
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
_KNOWN_ATTEMPTS = InStatement(
    lambda count: select(attempts.c.status).where(attempts.c.id.in_(keys_of(count)))
)
_STATUS_AT = attempts.columns.keys().index("status")


def apply_settlements(db: WriteConnection, operations: Sequence[Operation], batch: Batch) -> None:
    """Writes all settlements; the result of each is False when its run does not go on: its claim
    was lost meanwhile, or another run has taken its place.
    """
    keys = _ending_keys(operations)
    if keys:
        # Before the runs, as everybody does who wants both.
        lock_again(db, keys, batch.now_ms)
    found = db.query_in(_HOLDERS, {operation.payload.settlement.run_id for operation in operations})
    held = {run_id: tuple(claim) for run_id, _, _, *claim in found}
    rules = {run_id: rule for run_id, _, rule, *_ in found}
    unwanted = {run_id: reason for run_id, reason, *_ in found if reason is not None}
    batch.told_runs += [
        operation.payload.settlement.run_id
        for operation in operations
        if operation.payload.attempts
    ]
    rows = SettledRows()
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
        if settlement.state.is_final and not settlement.is_forgotten:
            batch.tally.ended(settlement.state, rules[settlement.run_id], batch.now_ms)
        rows.add(db, prepared, operation, batch)
    rows.write(db, batch)
    if keys:
        let_in(db, sorted(keys), batch)


def _ending_keys(operations: Sequence[Operation]) -> set[str]:
    """The keys of `concurrency` for which settled runs count no more, so that others start."""
    settlements = (operation.payload.settlement for operation in operations)
    return {
        settlement.concurrency_key
        for settlement in settlements
        if settlement.concurrency_key is not None and settlement.state.is_final
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
