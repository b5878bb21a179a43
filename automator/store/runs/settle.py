"""Settlement: stores the attempts of a step, and moves its run to the next state."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy import bindparam, literal_column, null, select, update

from automator.lifecycle import On, move
from automator.model import (
    AttemptStatus,
    Block,
    CancelFollowUps,
    LinkContact,
    NewRun,
    OptOut,
    Remember,
    RunState,
    SeenValues,
    Settlement,
)
from automator.model.settlement import EndQuestions, KnowName, ReleaseReplyClaim
from automator.store.batch.batch import Batch
from automator.store.batch.operations import Operation
from automator.store.contacts.contacts import block, know_name, opt_out, remember
from automator.store.contacts.linking import link
from automator.store.database.statements import (
    KEYS,
    InsertStatement,
    Statement,
    Values,
    WriteConnection,
)
from automator.store.limits.concurrency import let_in, of_replaced
from automator.store.limits.limit_rows import lock_again
from automator.store.queue.echoes import await_echo
from automator.store.queue.follow_ups import cancel_follow_ups
from automator.store.queue.lanes import has_others
from automator.store.queue.questions import end_questions
from automator.store.queue.run_rows import INSERT_RUN, new_run_row
from automator.store.runs.approvals import WaitingPlaces
from automator.store.runs.new_runs import store_new_runs
from automator.store.runs.prepared_settlement import PreparedSettlement
from automator.store.runs.seen_values import add_seen
from automator.store.schema.encoding import clean_text, load_reason, reason_columns
from automator.store.schema.tables import RUNNING, attempts, runs

# --- The rows that settlements write: runs, attempts, new runs, and effects ---

#: The columns of a run that settlements write.
UPDATED = (
    "state",
    "step",
    "attempt",
    "run_at",
    "finished_at",
    "owner",
    "lease_until",
    "data",
    "reason_codes",
    "reason",
    "was_interrupted",
    "begun_at",
    "waits_for",
    "waits_since",
    "waits_until",
    "target",
    "reserved_at",
    "unknown_since",
    "echo_key",
    "note",
    "not_sent",
    "outcome",
)
#: The values of columns that a done run no longer needs.
_NO_MORE: Mapping[str, Any] = {
    "owner": null(),
    "lease_until": null(),
    "was_interrupted": literal_column("0"),
    "begun_at": null(),
    "waits_for": literal_column("''"),
    "waits_since": null(),
    "waits_until": null(),
    "target": null(),
    "reserved_at": null(),
    "unknown_since": null(),
    "echo_key": null(),
}
_update = (
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .values({name: _NO_MORE.get(name, bindparam(f"new_{name}")) for name in UPDATED})
)
UPDATE_DONE = Statement(_update)
#: Ends a run if the claim still holds it, and if nobody wants to cancel it. The state is a value,
#: because PostgreSQL could prefer a partial index of runs under way to the primary key.
END_CLAIMED = Statement(
    _update.where(
        runs.c.state == bindparam("claimed_state"),
        runs.c.owner == bindparam("own"),
        runs.c.step == bindparam("claimed_step"),
        runs.c.attempt == bindparam("claimed_attempt"),
        runs.c.cancel_reason.is_(None),
    ).returning(has_others)
)
_DONE, _RUNNING = int(RunState.DONE), int(RunState.RUNNING)
#: With more settlements than these, their runs are looked up and ended together.
_MOST_ENDED_ALONE = 3


def done_row(prepared: PreparedSettlement, batch: Batch) -> Values:
    """The values of a done run, for both statements that end one."""
    settlement = prepared.settlement
    codes, reason = prepared.reason
    return {
        "run_id": settlement.run_id,
        "new_state": _DONE,
        "new_step": settlement.step,
        "new_attempt": settlement.attempt,
        "new_run_at": settlement.run_at,
        "new_finished_at": batch.now_ms,
        "new_data": prepared.data,
        "new_reason_codes": codes,
        "new_reason": reason,
        "new_note": prepared.note,
        "new_not_sent": prepared.not_sent,
        # A plain int, because the driver would first have to convert an enum.
        "new_outcome": settlement.outcome and int(settlement.outcome),
    }


_UPDATE = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .values({name: bindparam(f"new_{name}") for name in UPDATED})
)
_LEAVE_LANE = Statement(
    update(runs).where(runs.c.id == bindparam("run_id")).values(seq_at=runs.c.run_at)
)
_BEGIN = Statement(
    update(runs)
    .where(
        runs.c.id == bindparam("run_id"),
        literal_column(RUNNING),
        runs.c.owner == bindparam("own"),
    )
    .values(begun_at=bindparam("now"))
)
_INSERT_ATTEMPT = InsertStatement(attempts)


@dataclass(slots=True)
class SettledRows:
    """Gathers the rows of several settlements, and writes all of them with few statements."""

    updates: list[Values] = field(default_factory=list)
    #: Written after the updates, because a run may go on and be done in the same batch.
    done: list[Values] = field(default_factory=list)
    log: list[Values] = field(default_factory=list)
    new_runs: list[Values] = field(default_factory=list)
    begun: list[Values] = field(default_factory=list)
    leaving: list[Values] = field(default_factory=list)
    starts: list[NewRun] = field(default_factory=list)
    seen: list[tuple[int, SeenValues]] = field(default_factory=list)

    def add(
        self,
        db: WriteConnection,
        prepared: PreparedSettlement,
        operation: Operation,
        batch: Batch,
    ) -> None:
        """Adds the rows of a settlement whose claim still holds."""
        settlement = prepared.settlement
        effects = settlement.effects
        if effects and any(isinstance(effect, CancelFollowUps) for effect in effects):
            # It needs to see follow-ups that an earlier settlement has put back into the queue.
            self._update(db)
        awaited = settlement.awaits
        if awaited is not None and await_echo(db, awaited, settlement.run_id, batch):
            # The echo has come already, so the run is due now.
            settlement = replace(settlement, run_at=batch.own_time(batch.now_ms))
            prepared = replace(prepared, settlement=settlement)
        if settlement.state is RunState.DONE:
            batch.stepped_aside.append(settlement.run_id)
            self.done.append(done_row(prepared, batch))
        else:
            self.updates.append(_update_row(prepared, batch))
        self._add_rest(db, prepared, operation, batch)

    def end(self, db: WriteConnection, operation: Operation, batch: Batch) -> bool:
        """Ends a done run whose settlement does nothing else, if its claim still holds.

        Most runs end like this. False: nothing was changed.
        """
        prepared: PreparedSettlement = operation.payload
        settlement = prepared.settlement
        does_more = settlement.effects or settlement.awaits or settlement.is_forgotten
        if settlement.state is not RunState.DONE or does_more or not settlement.attempts:
            return False
        ended = db.query(
            END_CLAIMED,
            **done_row(prepared, batch),
            own=settlement.owner,
            claimed_state=_RUNNING,
            claimed_step=settlement.claimed_step,
            claimed_attempt=settlement.claimed_attempt,
        )
        if not ended:
            return False
        if ended[0][0]:
            batch.stepped_aside.append(settlement.run_id)
        if prepared.attempts:
            batch.changed_runs.append(settlement.run_id)
        batch.tally.ended(settlement.state, settlement.attempts[0].rule, batch.now_ms)
        operation.result = True
        self._add_rest(db, prepared, operation, batch)
        return True

    def _add_rest(
        self,
        db: WriteConnection,
        prepared: PreparedSettlement,
        operation: Operation,
        batch: Batch,
    ) -> None:
        """Adds all rows of a settlement other than its run's."""
        settlement = prepared.settlement
        effects = settlement.effects
        self.log += prepared.attempts
        if settlement.late_ms is not None:
            batch.tally.began(settlement.attempts[0].rule, settlement.late_ms)
        if settlement.leaves_lane and settlement.state is RunState.QUEUED:
            self.leaving.append({"run_id": settlement.run_id})
            batch.stepped_aside.append(settlement.run_id)
        if settlement.begins is not None:
            self.begun.append(
                {"run_id": settlement.begins, "own": settlement.owner, "now": batch.now_ms}
            )
        if effects:
            batch.given_up += [
                effect.claim for effect in effects if isinstance(effect, ReleaseReplyClaim)
            ]
        if effects and settlement.contact is not None:
            # Effects also concern runs that earlier settlements of this batch have started.
            db.insert(INSERT_RUN, self.new_runs)
            self.new_runs.clear()
            _apply_effects(db, settlement, settlement.contact, batch)
        if settlement.new_runs:
            self.new_runs += _new_run_rows(operation, settlement, batch)
        self.starts += settlement.starts
        self.seen += settlement.seen
        if settlement.is_forgotten:
            batch.forgotten.append(settlement.run_id)

    def write(self, db: WriteConnection, batch: Batch) -> None:
        """Writes all rows."""
        self._update(db)
        db.many(_LEAVE_LANE, self.leaving)
        db.many(_BEGIN, self.begun)
        db.insert_later(INSERT_RUN, self.new_runs)
        db.insert_later(_INSERT_ATTEMPT, self.log)
        add_seen(db, self.seen)
        store_new_runs(db, self.starts, batch)

    def _update(self, db: WriteConnection) -> None:
        db.many(_UPDATE, self.updates)
        db.many(UPDATE_DONE, self.done)
        self.updates.clear()
        self.done.clear()


def _update_row(prepared: PreparedSettlement, batch: Batch) -> Values:
    settlement = prepared.settlement
    state = settlement.state
    goes_on = state is RunState.RUNNING
    run_at, waits_for = settlement.run_at, settlement.waits_for
    if state is RunState.QUEUED:
        run_at = batch.stored_time(run_at)
        batch.note_due(run_at)
    elif not goes_on:
        batch.stepped_aside.append(settlement.run_id)
    codes, reason = prepared.reason
    return {
        "run_id": settlement.run_id,
        "new_state": int(state),
        "new_step": settlement.step,
        "new_attempt": settlement.attempt,
        "new_run_at": run_at,
        "new_finished_at": batch.now_ms if state.is_final else None,
        "new_owner": settlement.owner if goes_on else None,
        "new_lease_until": batch.lease_until if goes_on else None,
        "new_data": prepared.data,
        "new_reason_codes": codes,
        "new_reason": reason,
        "new_was_interrupted": 0,
        "new_begun_at": batch.now_ms if goes_on else None,
        "new_waits_for": waits_for or "",
        "new_waits_since": batch.now_ms if waits_for else None,
        "new_waits_until": run_at if waits_for else None,
        "new_target": settlement.target,
        "new_reserved_at": settlement.reserved_at,
        "new_unknown_since": settlement.unknown_since,
        "new_echo_key": settlement.echo_key,
        "new_note": prepared.note,
        "new_not_sent": prepared.not_sent,
        "new_outcome": settlement.outcome,
    }


def _new_run_rows(operation: Operation, settlement: Settlement, batch: Batch) -> list[Values]:
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
        elif isinstance(effect, Block):
            block(db, key, effect, batch.now_ms)
        elif isinstance(effect, KnowName):
            know_name(db, key, effect.name, batch.now_ms)
        elif isinstance(effect, LinkContact):
            link(db, key, effect.alias, batch.now_ms)
        elif isinstance(effect, CancelFollowUps):
            cancel_follow_ups(db, key, effect, batch)
        elif isinstance(effect, EndQuestions):
            end_questions(db, key, effect, batch)


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


#: The values in a run's row that prove a claim: state, owner, step and attempt.
Claim = tuple[int, str | None, int, int]


def apply_settlements(db: WriteConnection, operations: Sequence[Operation], batch: Batch) -> None:
    """Writes all settlements. The result of each is False if its run must not go on.

    Then the claim was lost meanwhile, or another run has replaced the run.
    """
    keys = _ending_keys(operations)
    # Locked before the runs, as in all transactions.
    lock_again(db, keys, batch.now_ms)
    rows = SettledRows()
    if len(operations) <= _MOST_ENDED_ALONE:
        in_order = sorted(operations, key=lambda one: one.payload.settlement.run_id)
        ended = [operation for operation in in_order if rows.end(db, operation, batch)]
        operations = [operation for operation in operations if operation not in ended]
    if operations:
        _apply_by_claims(db, operations, rows, batch)
    rows.write(db, batch)
    let_in(db, sorted(keys), batch)


def _apply_by_claims(
    db: WriteConnection, operations: Sequence[Operation], rows: SettledRows, batch: Batch
) -> None:
    """Adds the rows of settlements whose claims still hold."""
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
    """Stores only the attempts, unless this very settlement was committed before."""
    earlier = _earlier_result(db, operation.payload, claim)
    operation.result = bool(earlier)
    if earlier is None:
        superseded = {"status": AttemptStatus.SUPERSEDED.value}
        rows.log += [{**row, **superseded} for row in operation.payload.attempts]


def _ending_keys(operations: Sequence[Operation]) -> set[str]:
    """The `concurrency` keys for which settled runs no longer count, so that others can begin."""
    settlements = (operation.payload.settlement for operation in operations)
    return {
        settlement.concurrency_key
        for settlement in settlements
        if settlement.concurrency_key is not None and settlement.state.is_final
    }


def _cancelled(prepared: PreparedSettlement, stored: bytes) -> PreparedSettlement:
    """The settlement of a run that another run has replaced, so that it does not go on."""
    settlement, reason = prepared.settlement, load_reason(stored)
    new_runs = of_replaced(settlement.new_runs, reason)
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
    """The result of this very settlement if it was committed before; else None.

    A settlement is repeated if the connection was lost during its commit.
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
