"""Cancels the waiting follow-ups of a contact, for a step of a rule."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import bindparam, literal_column, select, update

from automator.lifecycle import On, move
from automator.model import CancelFollowUps, Reason
from automator.store.batch.batch import Batch
from automator.store.contacts.person_keys import People
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.queue.run_moves import ReasonValues, columns_of
from automator.store.queue.run_rows import RUN_COLUMNS, run_from_row
from automator.store.schema.encoding import reason_columns
from automator.store.schema.tables import FOLLOW_UP_WAITS, runs

FOLLOW_UPS_OF = Statement(
    select(*RUN_COLUMNS)
    .where(literal_column(f"({FOLLOW_UP_WAITS})"), runs.c.contact.in_(KEYS))
    # Waits for a node that is claiming the run. Then it is too late, and the run is left out.
    .with_for_update()
)
_GIVEN: ReasonValues = bindparam("new_reason_codes"), bindparam("new_reason")
_END = {
    on: Statement(
        update(runs)
        .where(runs.c.id == bindparam("run_id"))
        .values(columns_of(move(on), given=_GIVEN, at=bindparam("now")))
    )
    for on in (On.CALLED_OFF, On.REPLACED)
}


def end_waiting(
    db: WriteConnection,
    on: On,
    ended: Iterable[tuple[int, str, Reason]],
    batch: Batch,
    *,
    is_news: bool = True,
) -> None:
    """Ends waiting runs: (id, rule, reason) each. `is_news`: whether the live log shows them."""
    rows: list[dict[str, Any]] = []
    for run_id, rule, reason in ended:
        codes, stored = reason_columns(reason)
        rows.append(
            {"run_id": run_id, "new_reason_codes": codes, "new_reason": stored, "now": batch.now_ms}
        )
        batch.stepped_aside.append(run_id)
        batch.tally.ended(move(on).to, rule, batch.now_ms)
        if is_news:
            batch.changed_runs.append(run_id)
    db.many(_END[on], rows)
    batch.work_released = batch.work_released or bool(rows)


def cancel_follow_ups(
    db: WriteConnection, contact: str, effect: CancelFollowUps, batch: Batch
) -> None:
    """Cancels the follow-ups that the effect means, under any of the person's keys."""
    found = db.query_in(FOLLOW_UPS_OF, People(db, [contact]).all_keys(contact))
    meant = sorted((run.id, run.rule) for run in map(run_from_row, found) if effect.concerns(run))
    end_waiting(db, On.CALLED_OFF, [(*run, effect.reason) for run in meant], batch)
