"""Stores new runs, after applying the pauses and the limits of their rules.

If a claim waits for runs, the commit that stores a run stores it as claimed, at once. Such a run is
written only once, is in no index of due runs, and nobody has to search for it. It is done only if
an ordinary claim would certainly take the run: nothing else is due, and the lane is empty. On a
shared database, the transaction holds the lane from before it looks, as ordinary claims do.
Otherwise two nodes could store runs of one lane as claimed at the same time.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import literal_column, select

from automator.lifecycle import On, move
from automator.model import Claimed, NewRun, RunState
from automator.store.batch.batch import Batch, RecentBodies
from automator.store.contacts.pauses import hold_back
from automator.store.database.statements import KEYS, Statement, Values, WriteConnection
from automator.store.limits.enforcement import enforce
from automator.store.queue.run_rows import INSERT_CLAIMED, INSERT_RUN, new_run_row, run_of
from automator.store.runs.claims import with_events
from automator.store.schema.tables import UNFINISHED, runs

#: In how many lanes of a commit unfinished runs are looked for. With more lanes, no run of the
#: commit is claimed at once.
_MOST_OCCUPIED = 16
OCCUPIED = Statement(
    select(runs.c.lane)
    .where(runs.c.lane.in_(KEYS), literal_column(UNFINISHED))
    .limit(literal_column(str(_MOST_OCCUPIED)))
)
_QUEUED = int(RunState.QUEUED)
_CLAIMED = move(On.CLAIMED)


def store_new_runs(db: WriteConnection, starting: Sequence[NewRun], batch: Batch) -> None:
    """Stores the runs that events start. Runs that are held back are stored as suppressed."""
    if any(run.pause_ms is not None for run in starting):
        starting = hold_back(db, starting, batch)
    if any(run.limits or run.instead_of is not None for run in starting):
        starting = enforce(db, starting, batch)
    rows = [new_run_row(run, batch) for run in starting]
    claimed_ids = _take_new(db, rows, batch) if batch.lanes_wanted else set()
    for run in starting:
        batch.note_run(run, is_claimed=run.id in claimed_ids)
    db.insert_later(INSERT_CLAIMED, batch.claimed_at_once if claimed_ids else ())
    db.insert_later(INSERT_RUN, [row for row in rows if row["id"] not in claimed_ids])


def _take_new(db: WriteConnection, rows: Sequence[Values], batch: Batch) -> set[int]:
    """Chooses the new runs to store as claimed, notes them in the batch, and returns their ids."""
    of_lanes: dict[str | None, int] = {}
    for row in rows:
        of_lanes[row["lane"]] = of_lanes.get(row["lane"], 0) + 1
    of_lanes[None] = 1
    wanted = [
        row
        for row in rows
        if row["state"] == _QUEUED
        and not row["waits_for"]
        and row["run_at"] <= batch.now_ms
        and of_lanes[row["lane"]] == 1
    ]
    # Most lanes are free, as the batch knows, because they are named after people of its events.
    unknown = {row["lane"] for row in wanted}.difference(batch.free_lanes, (None,))
    held = db.hold_lanes(unknown)
    occupied = db.query_in(OCCUPIED, held)
    if len(occupied) >= _MOST_OCCUPIED:
        return set()
    lanes = (unknown - held).union(row.lane for row in occupied)
    batch.is_behind |= db.database.is_shared and bool(lanes)
    free = [row for row in wanted if row["lane"] not in lanes]
    batch.claimed_at_once = [_claimed_row(row, batch) for row in free[: batch.lanes_wanted]]
    return {row["id"] for row in batch.claimed_at_once}


def _claimed_row(row: Values, batch: Batch) -> dict[str, Any]:
    """The row of a new run as its claim changes it."""
    return {
        **row,
        "state": int(_CLAIMED.to),
        "attempt": _CLAIMED.attempt_after(0),
        "owner": batch.node,
        "lease_until": batch.lease_until,
        "begun_at": batch.now_ms,
    }


def claimed_at_once(db: WriteConnection, batch: Batch, recent: RecentBodies) -> list[Claimed]:
    """The runs that this batch has stored as claimed, with their events and contacts."""
    rows = sorted(batch.claimed_at_once, key=lambda row: (row["run_at"], row["id"]))
    return with_events(db, [run_of(row) for row in rows], recent, batch.contacts) if rows else []
