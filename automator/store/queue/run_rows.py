"""Conversion between runs and rows of their table."""

from typing import Any

from automator.model import NewRun, Run, RunState
from automator.store.batch.batch import Batch
from automator.store.database.statements import InsertStatement, Row
from automator.store.schema.encoding import clean_optional, clean_text, dump_json, load_json
from automator.store.schema.tables import runs

INSERT_RUN = InsertStatement(runs)
#: The columns that `run_from_row` reads, in its order.
RUN_COLUMNS = (
    runs.c.id,
    runs.c.event_id,
    runs.c.rule,
    runs.c.revision,
    runs.c.lane,
    runs.c.contact,
    runs.c.path,
    runs.c.parent_id,
    runs.c.state,
    runs.c.step,
    runs.c.attempt,
    runs.c.crashes,
    runs.c.seq_at,
    runs.c.run_at,
    runs.c.created_at,
    runs.c.finished_at,
    runs.c.owner,
    runs.c.data,
    runs.c.reason,
    runs.c.concurrency_key,
)
_STATES = {int(state): state for state in RunState}
_EMPTY = b"{}"


def new_run_row(run: NewRun, batch: Batch) -> Row:
    """The row of a new run, in the order of the columns of the table."""
    run_at, seq_at = batch.place(run)
    return (
        run.id,
        run.event_id,
        run.rule,
        run.revision,
        clean_optional(run.lane),
        clean_optional(run.contact),
        run.path,
        run.parent_id,
        int(run.state),
        run.step,
        0,
        0,
        seq_at,
        run_at,
        batch.now_ms,
        batch.now_ms if run.state.is_final else None,
        None,
        None,
        None if run.cancel_on is None else dump_json(run.cancel_on),
        dump_json(run.data) if run.data else _EMPTY,
        clean_text(run.reason),
        None,
        None,
        run.wait_key,
        run.concurrency_key,
        None,
        0,
        None,
    )


def run_from_row(
    row: Any,
    *,
    state: RunState | None = None,
    attempt: int | None = None,
    owner: str | None = None,
) -> Run:
    """The run of a row that begins with RUN_COLUMNS, or what it has become since."""
    return Run(
        id=row[0],
        event_id=row[1],
        rule=row[2],
        revision=row[3],
        lane=row[4],
        contact=row[5],
        path=row[6],
        parent_id=row[7],
        state=_STATES[row[8]] if state is None else state,
        step=row[9],
        attempt=row[10] if attempt is None else attempt,
        crashes=row[11],
        seq_at=row[12],
        run_at=row[13],
        created_at=row[14],
        finished_at=row[15],
        owner=row[16] if owner is None else owner,
        data={} if row[17] == _EMPTY else load_json(row[17]),
        reason=row[18],
        concurrency_key=row[19],
    )
