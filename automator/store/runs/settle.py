"""Settlement: records the attempts of a step, and moves its run to the next state."""

from collections.abc import Sequence
from dataclasses import replace

from sqlalchemy import select

from automator.lifecycle import On, move, moved
from automator.model import ON_ERROR_PATH, AttemptStatus, RunState, Settlement
from automator.store.batch.batch import Batch
from automator.store.batch.operations import Operation
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.limits.concurrency import let_in
from automator.store.limits.limit_rows import lock_again
from automator.store.runs.approvals import WaitingPlaces
from automator.store.runs.prepared_settlement import PreparedSettlement
from automator.store.runs.settled_rows import SettledRows
from automator.store.schema.encoding import load_reason, reason_columns
from automator.store.schema.tables import attempts, runs

_HOLDERS = Statement(
    select(
        runs.c.id,
        runs.c.cancel_reason,
        runs.c.rule,
        runs.c.state,
        runs.c.owner,
        runs.c.step,
        runs.c.attempt,
    )
    .where(runs.c.id.in_(KEYS))
    .order_by(runs.c.id)
    .with_for_update()
)
_KNOWN_ATTEMPTS = Statement(select(attempts.c.status).where(attempts.c.id.in_(KEYS)))


#: The values of a run that prove a claim: its state, owner, step and attempt.
Claim = tuple[int, str | None, int, int]


def apply_settlements(db: WriteConnection, operations: Sequence[Operation], batch: Batch) -> None:
    """Writes all settlements; the result of each is False when its run does not go on: its claim
    was lost meanwhile, or another run has taken its place.
    """
    keys = _ending_keys(operations)
    # Before the runs: all transactions lock in this order.
    lock_again(db, keys, batch.now_ms)
    rows = SettledRows()
    if len(operations) > 1 or not rows.end(db, operations[0], batch):
        _apply_by_claims(db, operations, rows, batch)
    rows.write(db, batch)
    let_in(db, sorted(keys), batch)


def _apply_by_claims(
    db: WriteConnection, operations: Sequence[Operation], rows: SettledRows, batch: Batch
) -> None:
    """Adds the rows of the settlements whose nodes still hold the claims."""
    found = db.query_in(_HOLDERS, {operation.payload.settlement.run_id for operation in operations})
    runs_by_id = {row.id: row for row in found}
    claims: dict[int, Claim] = {
        row.id: (row.state, row.owner, row.step, row.attempt) for row in found
    }
    places = WaitingPlaces(db)
    for operation in operations:
        prepared: PreparedSettlement = operation.payload
        run_id = prepared.settlement.run_id
        if prepared.attempts or prepared.settlement.state.is_final:
            batch.changed_runs.append(run_id)
        if claims.get(run_id) != _claim_of(prepared.settlement):
            _apply_without_claim(db, operation, claims.get(run_id), rows)
            continue
        run = runs_by_id[run_id]
        if run.cancel_reason is not None:
            prepared = _cancelled(prepared, run.cancel_reason)
        prepared = places.take(prepared, run.rule, batch)
        settlement = prepared.settlement
        operation.result = run.cancel_reason is None or settlement.state is not RunState.CANCELLED
        claims[run_id] = _claim_after(settlement)
        if settlement.state.is_final and not settlement.is_forgotten:
            batch.tally.ended(settlement.state, run.rule, batch.now_ms)
        rows.add(db, prepared, operation, batch)


def _claim_of(settlement: Settlement) -> Claim:
    return (
        RunState.RUNNING,
        settlement.owner,
        settlement.claimed_step,
        settlement.claimed_attempt,
    )


def _claim_after(settlement: Settlement) -> Claim:
    return settlement.state, settlement.owner, settlement.step, settlement.attempt


def _apply_without_claim(
    db: WriteConnection, operation: Operation, claim: Claim | None, rows: SettledRows
) -> None:
    """Records only the attempts, unless this very settlement was committed before."""
    earlier = _earlier_result(db, operation.payload, claim)
    operation.result = bool(earlier)
    if earlier is None:
        superseded = {"status": AttemptStatus.SUPERSEDED.value}
        rows.log += [{**row, **superseded} for row in operation.payload.attempts]


def _ending_keys(operations: Sequence[Operation]) -> set[str]:
    """The keys of `concurrency` for which settled runs count no more, so that others start."""
    settlements = (operation.payload.settlement for operation in operations)
    return {
        settlement.concurrency_key
        for settlement in settlements
        if settlement.concurrency_key is not None and settlement.state.is_final
    }


def _cancelled(prepared: PreparedSettlement, stored: bytes) -> PreparedSettlement:
    """The settlement of a run whose place another has taken: it does not go on.

    Its scheduled follow-ups are stored as cancelled too.
    """
    settlement, reason = prepared.settlement, load_reason(stored)
    new_runs = tuple(
        moved(run, On.REPLACED, because=reason) if run.path != ON_ERROR_PATH else run
        for run in settlement.new_runs
    )
    if settlement.state.is_final:
        return replace(prepared, settlement=replace(settlement, new_runs=new_runs))
    ended = replace(
        settlement,
        state=move(On.REPLACED).to,
        new_runs=new_runs,
        begins=None,
        waits_for=None,
        target=None,
    )
    return replace(prepared, settlement=ended, reason=reason_columns(reason))


def _earlier_result(
    db: WriteConnection, prepared: PreparedSettlement, claim: Claim | None
) -> bool | None:
    """The result of this very settlement when it was committed before, else None.

    It comes again when the connection was lost in the middle of the commit.
    """
    settlement = prepared.settlement
    goes_on = settlement.state is RunState.RUNNING
    if not prepared.attempts:
        return True if goes_on and claim == _claim_after(settlement) else None
    found = db.query_in(_KNOWN_ATTEMPTS, [prepared.attempts[0]["id"]])
    if not found:
        return None
    was_cancelled = goes_on and claim is not None and claim[0] == RunState.CANCELLED
    return found[0].status != AttemptStatus.SUPERSEDED.value and not was_cancelled
