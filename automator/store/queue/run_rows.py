"""Conversion between runs and rows of their table."""

from operator import itemgetter
from typing import NamedTuple

from automator.model import NewRun, Run, RunState
from automator.store.batch.batch import Batch
from automator.store.database.statements import InsertStatement, Row
from automator.store.schema.encoding import clean_optional, clean_text, dump_json, load_json
from automator.store.schema.tables import runs

INSERT_RUN = InsertStatement(runs)


class StoredRun(NamedTuple):
    """The columns of a run that make up a `Run`."""

    id: int
    event_id: int
    rule: str
    revision: int
    lane: str | None
    contact: str | None
    path: str
    parent_id: int | None
    state: int
    step: int
    attempt: int
    crashes: int
    seq_at: int
    run_at: int
    created_at: int
    finished_at: int | None
    owner: str | None
    data: bytes
    reason: str
    concurrency_key: str | None


#: The columns of a `StoredRun`, in its order.
RUN_COLUMNS = tuple(runs.c[name] for name in StoredRun._fields)
_STATES = {int(state): state for state in RunState}
_EMPTY = b"{}"


_in_order_of_table = itemgetter(*runs.columns.keys())
#: The columns in which all new runs have the same.
_NEW = dict.fromkeys(runs.columns.keys()) | {"attempt": 0, "crashes": 0, "behind": 0}


def new_run_row(run: NewRun, batch: Batch) -> Row:
    """The row of a new run, in the order of the columns of the table."""
    run_at, seq_at = batch.place(run)
    row: Row = _in_order_of_table(
        {
            **_NEW,
            "id": run.id,
            "event_id": run.event_id,
            "rule": run.rule,
            "revision": run.revision,
            "lane": clean_optional(run.lane),
            "contact": clean_optional(run.contact),
            "path": run.path,
            "parent_id": run.parent_id,
            "state": int(run.state),
            "step": run.step,
            "seq_at": seq_at,
            "run_at": run_at,
            "created_at": batch.now_ms,
            "finished_at": batch.now_ms if run.state.is_final else None,
            "cancel_on": None if run.cancel_on is None else dump_json(run.cancel_on),
            "data": dump_json(run.data) if run.data else _EMPTY,
            "reason": clean_text(run.reason),
            "wait_key": run.wait_key,
            "concurrency_key": run.concurrency_key,
        }
    )
    return row


def run_from_row(
    row: StoredRun,
    *,
    state: RunState | None = None,
    attempt: int | None = None,
    owner: str | None = None,
) -> Run:
    """The run of a row, with the state, attempt and owner that it has got since, if given."""
    return Run(
        id=row.id,
        event_id=row.event_id,
        rule=row.rule,
        revision=row.revision,
        lane=row.lane,
        contact=row.contact,
        path=row.path,
        parent_id=row.parent_id,
        state=_STATES[row.state] if state is None else state,
        step=row.step,
        attempt=row.attempt if attempt is None else attempt,
        crashes=row.crashes,
        seq_at=row.seq_at,
        run_at=row.run_at,
        created_at=row.created_at,
        finished_at=row.finished_at,
        owner=row.owner if owner is None else owner,
        data={} if row.data == _EMPTY else load_json(row.data),
        reason=row.reason,
        concurrency_key=row.concurrency_key,
    )
