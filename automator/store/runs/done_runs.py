"""Ends runs that are done, by claim or by run: by far the commonest settlement."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy import bindparam, literal_column, null, update

from automator.model import RunState
from automator.store.batch.batch import Batch
from automator.store.database.statements import Statement, Values, WriteConnection
from automator.store.runs.prepared_settlement import PreparedSettlement
from automator.store.schema.tables import RUNNING, runs

#: The columns of a run that a settlement writes.
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
#: The constant values of columns that a done run no longer uses.
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
#: Only a run that is held by this claim and is not to be cancelled.
END_CLAIMED = Statement(
    _update.where(
        literal_column(RUNNING),
        runs.c.owner == bindparam("own"),
        runs.c.step == bindparam("claimed_step"),
        runs.c.attempt == bindparam("claimed_attempt"),
        runs.c.cancel_reason.is_(None),
    )
)
_DONE = int(RunState.DONE)


def end_claimed(db: WriteConnection, prepared: PreparedSettlement, batch: Batch) -> bool:
    """Ends a run that is done, if it is held as the settlement says; False changes nothing."""
    settlement = prepared.settlement
    ended = db.run(
        END_CLAIMED,
        **done_row(prepared, batch),
        own=settlement.owner,
        claimed_step=settlement.claimed_step,
        claimed_attempt=settlement.claimed_attempt,
    )
    return ended > 0


def done_row(prepared: PreparedSettlement, batch: Batch) -> Values:
    """The values of a run that is done, for both statements."""
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
        # A plain number, which the driver takes as it is.
        "new_outcome": settlement.outcome and int(settlement.outcome),
    }
