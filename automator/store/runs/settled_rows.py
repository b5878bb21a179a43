"""The rows that settlements write: runs, attempts, new runs and effects."""

from dataclasses import dataclass, field, replace

from sqlalchemy import bindparam, literal_column, update

from automator.model import (
    Block,
    CancelFollowUps,
    EndQuestions,
    KnowName,
    LinkContact,
    NewRun,
    OptOut,
    ReleaseReplyClaim,
    Remember,
    RunState,
    SeenValues,
    Settlement,
)
from automator.store.batch.batch import Batch
from automator.store.batch.operations import Operation
from automator.store.contacts.contacts import block, know_name, opt_out, remember
from automator.store.contacts.linking import link
from automator.store.database.statements import InsertStatement, Statement, Values, WriteConnection
from automator.store.queue.echoes import await_echo
from automator.store.queue.follow_ups import cancel_follow_ups
from automator.store.queue.questions import end_questions
from automator.store.queue.run_rows import INSERT_RUN, new_run_row
from automator.store.runs.done_runs import UPDATE_DONE, UPDATED, done_row, end_claimed
from automator.store.runs.new_runs import store_new_runs
from automator.store.runs.prepared_settlement import PreparedSettlement
from automator.store.runs.seen_values import add_seen
from automator.store.schema.encoding import clean_text
from automator.store.schema.tables import RUNNING, attempts, runs

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
    """The rows of several settlements, gathered so that few statements write all of them."""

    updates: list[Values] = field(default_factory=list)
    #: Written after the updates, since a run may go on and be done in one batch.
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
        """Takes a settlement in that holds its claim."""
        settlement = prepared.settlement
        effects = settlement.effects
        if effects and any(isinstance(effect, CancelFollowUps) for effect in effects):
            # A follow-up that a settlement before this one has put back into the queue waits.
            self._update(db)
        awaited = settlement.awaits
        if awaited is not None and await_echo(db, awaited, settlement.run_id, batch):
            # The echo has come already: the run does not wait for it.
            settlement = replace(settlement, run_at=batch.own_time(batch.now_ms))
            prepared = replace(prepared, settlement=settlement)
        if settlement.state is RunState.DONE:
            batch.stepped_aside.append(settlement.run_id)
            self.done.append(done_row(prepared, batch))
        else:
            self.updates.append(_update_row(prepared, batch))
        self._add_rest(db, prepared, operation, batch)

    def end(self, db: WriteConnection, operation: Operation, batch: Batch) -> bool:
        """Ends a run that is done and does no more than that, if it holds its claim.

        So most runs end that are alone in their transaction. False: nothing was changed.
        """
        prepared: PreparedSettlement = operation.payload
        settlement = prepared.settlement
        does_more = settlement.effects or settlement.awaits or settlement.is_forgotten
        if settlement.state is not RunState.DONE or does_more or not settlement.attempts:
            return False
        if not end_claimed(db, prepared, batch):
            return False
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
        """Adds the rows that a settlement writes besides its run."""
        settlement = prepared.settlement
        effects = settlement.effects
        self.log += prepared.attempts
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
            # Runs that settlements before this one have started are there for its effects.
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
        """Writes all collected rows."""
        self._update(db)
        db.many(_LEAVE_LANE, self.leaving)
        db.many(_BEGIN, self.begun)
        db.insert(INSERT_RUN, self.new_runs)
        db.insert(_INSERT_ATTEMPT, self.log)
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
