"""The waiting follow-ups of a contact, and how a step of a rule cancels them."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, literal_column, select, update

from automator.model import CancelFollowUps, Reason, RunState
from automator.store.batch.batch import Batch
from automator.store.contacts.people import People
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.queue.run_rows import RUN_COLUMNS, run_from_row
from automator.store.schema.encoding import reason_columns
from automator.store.schema.tables import FOLLOW_UP_WAITS, runs

FOLLOW_UPS_OF = Statement(
    select(*RUN_COLUMNS)
    .where(literal_column(f"({FOLLOW_UP_WAITS})"), runs.c.contact.in_(KEYS))
    # Another node may be claiming it: then it is too late to cancel.
    .with_for_update()
)
_CANCEL_RUN = Statement(
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .values(
        state=int(RunState.CANCELLED),
        reason_code=bindparam("new_reason_code"),
        reason=bindparam("new_reason"),
        finished_at=bindparam("new_finished_at"),
    )
)


def cancel_runs(db: WriteConnection, cancelled: Iterable[tuple[int, Reason]], batch: Batch) -> None:
    """Cancels runs that wait, each (id, reason)."""
    rows: list[dict[str, Any]] = []
    for run_id, reason in cancelled:
        code, stored = reason_columns(reason)
        rows.append(
            {
                "run_id": run_id,
                "new_reason_code": code,
                "new_reason": stored,
                "new_finished_at": batch.now_ms,
            }
        )
    db.many(_CANCEL_RUN, rows)
    if rows:
        batch.stepped_aside += [row["run_id"] for row in rows]
        batch.work_released = True


def cancel_follow_ups(
    db: WriteConnection, contact: str, effect: CancelFollowUps, batch: Batch
) -> None:
    """Cancels what waits for a person under any of their keys and is meant by the effect."""
    found = db.query_in(FOLLOW_UPS_OF, People(db, [contact]).all_keys(contact))
    meant = {run.id: run.rule for row in found if effect.concerns(run := run_from_row(row))}
    cancel_runs(db, [(run_id, effect.reason) for run_id in sorted(meant)], batch)
    for rule in meant.values():
        batch.tally.ended(RunState.CANCELLED, rule, batch.now_ms)
