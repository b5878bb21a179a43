"""Recovery: takes claimed runs back from a node that gives them back, has failed, or has died."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Update,
    and_,
    bindparam,
    case,
    literal_column,
    null,
    select,
    update,
)

from automator.lifecycle import Fact, Move, On, move
from automator.model import RunState, Waits
from automator.reasons.limits import concurrency_replaced
from automator.reasons.runs import quarantined
from automator.store.batch.batch import Batch
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.queue.questions import close_questions
from automator.store.queue.run_moves import attempt_after, chosen, reasons_chosen, state_after
from automator.store.runs.claims import MAX_CRASHES
from automator.store.schema.tables import NOT_DONE, RUNNING, WAITS_FOR_SOMETHING, runs

#: For how many milliseconds a run rests after its first, second and third crash, so that the server
#: can serve others meanwhile. Whenever a process dies, the runs in their last rest begin it again:
#: if something else kills the process every few seconds, crashes must not condemn these runs.
REST_MS = (3_000, 30_000, 120_000)

#: Whether another run has replaced a run while it was claimed.
_is_unwanted = runs.c.cancel_reason.is_not(None)
#: The reason with which such a run is cancelled.
_REPLACED = (concurrency_replaced.code, runs.c.cancel_reason)


def _moved(on: On, holds: Mapping[Fact, ColumnElement[bool]]) -> dict[str, Any]:
    """The columns state, attempt and reason of a run after it was taken from its node."""
    said = {quarantined: {"crashes": MAX_CRASHES}}
    return {
        "state": chosen(on, holds, state_after),
        "attempt": chosen(on, holds, attempt_after),
        **reasons_chosen(on, holds, _REPLACED, said),
    }


_held_by_us = and_(
    literal_column(f"state = {int(RunState.RUNNING)}"), runs.c.owner == bindparam("own")
)
#: Selects the returned runs that are cancelled instead, with their rules.
_UNWANTED = Statement(
    select(runs.c.rule, runs.c.id)
    .where(runs.c.id.in_(KEYS), _held_by_us, _is_unwanted)
    .with_for_update()
)
_RETURN = Statement(
    update(runs)
    .where(
        runs.c.id.in_(KEYS),
        _held_by_us,
    )
    .values(
        **_moved(On.GIVEN_BACK, {Fact.UNWANTED: _is_unwanted}),
        owner=null(),
        lease_until=null(),
        begun_at=null(),
        finished_at=case((_is_unwanted, bindparam("new_finished_at"))),
    )
)
_crash: Mapping[Fact, ColumnElement[bool]] = {
    Fact.UNWANTED: _is_unwanted,
    Fact.BEGUN: runs.c.begun_at.is_not(None),
    Fact.LAST: runs.c.crashes >= MAX_CRASHES - 1,
}
_now = bindparam("now", type_=runs.c.run_at.type)
_rested = _now + case(dict(enumerate(REST_MS)), value=runs.c.crashes, else_=REST_MS[-1])


def _waits_after(row: Move) -> Any:
    if row.waits is not None:
        return row.waits.value
    return "" if row.to.is_final else runs.c.waits_for


_back_in_the_queue = update(runs).values(
    **_moved(On.CRASHED, _crash),
    crashes=chosen(On.CRASHED, _crash, lambda row: runs.c.crashes + int(row.counts_crash)),
    was_interrupted=chosen(
        On.CRASHED, _crash, lambda row: 1 if row.counts_crash else runs.c.was_interrupted
    ),
    run_at=chosen(On.CRASHED, _crash, lambda row: _rested if row.waits else runs.c.run_at),
    waits_for=chosen(On.CRASHED, _crash, _waits_after),
    waits_since=chosen(On.CRASHED, _crash, lambda row: _now if row.waits else runs.c.waits_since),
    waits_until=chosen(
        On.CRASHED, _crash, lambda row: _rested if row.waits else runs.c.waits_until
    ),
    outcome=chosen(
        On.CRASHED, _crash, lambda row: null() if row.outcome is None else int(row.outcome)
    ),
    finished_at=chosen(On.CRASHED, _crash, lambda row: _now if row.to.is_final else null()),
    owner=None,
    lease_until=None,
    begun_at=None,
)
RECOVER = _back_in_the_queue.where(literal_column(f"({NOT_DONE} AND {RUNNING})"))
_expired = runs.alias("expired")
#: Rows that another transaction has locked are left to the next sweep. Otherwise a node that was
#: suspended in its transaction would block the writers of all others.
SWEEP = _back_in_the_queue.where(
    runs.c.id.in_(
        select(_expired.c.id)
        .where(literal_column("expired." + RUNNING), _expired.c.lease_until < bindparam("now"))
        .with_for_update(skip_locked=True)
    )
)
#: The runs in their last rest. A run that another node is claiming is skipped: its rest is over.
_IN_LAST_REST = Statement(
    select(runs.c.id)
    .where(
        literal_column(f"({WAITS_FOR_SOMETHING})"),
        runs.c.waits_for == Waits.REST.value,
        runs.c.crashes == MAX_CRASHES - 1,
    )
    .with_for_update(skip_locked=True)
)
_REST_ANEW = Statement(
    update(runs)
    .where(runs.c.id.in_(KEYS))
    .values(run_at=bindparam("rested"), waits_until=bindparam("rested"))
)

#: Takes back runs that this process holds, after it has failed to carry them out.
_TAKE_BACK = _back_in_the_queue.where(
    runs.c.id.in_(bindparam("run_ids", expanding=True)), _held_by_us
)


def return_runs(db: WriteConnection, run_ids: Sequence[int], node: str, batch: Batch) -> None:
    """Puts runs that this node has claimed but not begun back into the queue, and cancels those
    that other runs have replaced.
    """
    ended = move(On.GIVEN_BACK, {Fact.UNWANTED}).to
    for row in db.query_in(_UNWANTED, run_ids, own=node):
        batch.tally.ended(ended, row.rule, batch.now_ms)
        batch.changed_runs.append(row.id)
        batch.stepped_aside.append(row.id)
    if db.update_in(_RETURN, run_ids, own=node, new_finished_at=batch.now_ms):
        batch.work_released = True


def recover(db: WriteConnection, batch: Batch) -> int:
    """Takes back the runs of dead processes; returns how many.

    A run that was begun counts a crash and rests; after its last crash it is quarantined. A run
    that was only claimed counts none. If only one process can use the database, all runs under way
    are taken back; otherwise, the runs whose lease has expired.
    """
    resting = [row.id for row in db.query(_IN_LAST_REST)]
    recovered = _take_back(db, SWEEP if db.database.is_shared else RECOVER, batch)
    if recovered or not db.database.is_shared:
        # Only if a process has died: nodes call this now and then, mostly in vain.
        db.update_in(_REST_ANEW, resting, rested=batch.now_ms + REST_MS[-1])
    return recovered


def take_back(db: WriteConnection, run_ids: Sequence[int], node: str, batch: Batch) -> None:
    """Takes back runs that this node has claimed and failed to carry out, as if it had died."""
    _take_back(db, _TAKE_BACK, batch, run_ids=run_ids, own=node)


def _take_back(db: WriteConnection, statement: Update, batch: Batch, **values: Any) -> int:
    recovered = db.core.execute(
        statement.returning(runs.c.rule, runs.c.state, runs.c.id), {"now": batch.now_ms, **values}
    ).all()
    ended = [row.id for row in recovered if row.state != RunState.QUEUED]
    close_questions(db, ended, batch)
    for row in recovered:
        if row.state != RunState.QUEUED:
            batch.tally.ended(RunState(row.state), row.rule, batch.now_ms)
            batch.changed_runs.append(row.id)
            batch.stepped_aside.append(row.id)
    batch.work_released = batch.work_released or bool(recovered)
    return len(recovered)
