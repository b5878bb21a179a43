"""Corrects times in the future that remain when the wall clock was set back.

The latest time of the database stands in a row. When a transaction finds it in the future, the
clock was ahead and has been set back, by hand, by NTP, or while no server ran. What was due by the
earlier time stays due, and what was made to wait by it waits for the rest of its wait, not until
the wrong clock would have been right. Other deadlines are bounded where they are read.
"""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, exists, func, literal_column, or_, select, update
from sqlalchemy.sql.expression import ColumnElement

from automator.clock import DRIFT_MS
from automator.model import LOOKED_AT_AGAIN_MS, PARKED_AT, RunState
from automator.store.batch.batch import Batch
from automator.store.database.dialect import insert
from automator.store.database.statements import WriteConnection
from automator.store.runs.claims import REST_MS
from automator.store.schema.encoding import dump_json, load_json
from automator.store.schema.state_tables import absence_ends, budgets, contacts, echoes
from automator.store.schema.tables import RUNNING, UNFINISHED, attempts, runs
from automator.store.schema.upkeep_tables import connection_health, nodes, replays, upkeep

logger = logging.getLogger(__name__)

#: Milliseconds between two notes of the time, when nothing unusual happens.
NOTED_EVERY_MS = 60_000

_CLOCK = "clock"
_unfinished: ColumnElement[bool] = literal_column(UNFINISHED)
_tried_later = exists().where(
    attempts.c.run_id == runs.c.id, attempts.c.started_at > bindparam("now")
)
_last_try = (
    select(func.max(attempts.c.started_at)).where(attempts.c.run_id == runs.c.id).scalar_subquery()
)
_WAS_DUE = (
    update(runs)
    .where(_unfinished, runs.c.run_at > bindparam("now"), runs.c.run_at <= bindparam("latest"))
    .values(run_at=bindparam("now"))
)
#: A run without a reason waits for what its rule says, from its creation on.
_SLEEPING = select(
    runs.c.id, runs.c.run_at, runs.c.created_at, runs.c.data, runs.c.reason, runs.c.waits_for,
    runs.c.was_interrupted,
    _last_try.label("tried_at"),
).where(
    _unfinished,
    runs.c.state == int(RunState.QUEUED),
    runs.c.run_at > bindparam("latest"),
    or_(runs.c.created_at > bindparam("now"), runs.c.reason_code != "", _tried_later),
)  # fmt: skip
_CHANGE = (
    update(runs)
    .where(runs.c.id == bindparam("run_id"))
    .values(run_at=bindparam("new_run_at"), data=bindparam("new_data"))
)
_SHORTEN_LEASES = (
    update(runs)
    .where(literal_column(RUNNING), runs.c.lease_until > bindparam("lease"))
    .values(lease_until=bindparam("lease"))
)
#: Times of what has happened, from which deadlines are counted. None can be in the future.
_BOUNDED = tuple(
    update(column.table).where(column > bindparam("now")).values({column.name: bindparam("now")})
    for column in (
        nodes.c.heartbeat_at,
        contacts.c.human_reply_at,
        connection_health.c.last_at,
        connection_health.c.checked_at,
        replays.c.updated_at,
        budgets.c.last_at,
        echoes.c.at,
        absence_ends.c.received_at,
    )
)


def note_time(db: WriteConnection, seen_ms: int, batch: Batch) -> bool:
    """Writes down what time it is, and mends what waits when it was later before.

    False when another node is at it: a node that sleeps in the middle of that holds nobody up.

    `seen_ms` is the latest time that this process has seen. Where several nodes share the database,
    the first of them to write the new time mends, and the others find that it is done.
    """
    if not db.database.try_lock(db.core, "clock"):
        return False
    stored = db.core.execute(select(upkeep.c.at).where(upkeep.c.name == _CLOCK)).scalar() or 0
    latest_ms = max(stored, seen_ms)
    decides = stored if db.database.is_shared else latest_ms
    if decides > batch.now_ms + DRIFT_MS:
        changed = _mend(db, latest_ms, batch)
        logger.warning(
            "clock.set_back seconds=%d runs=%d: what waited by the earlier time waits anew",
            (latest_ms - batch.now_ms) // 1000, changed,
        )  # fmt: skip
    row = {"name": _CLOCK, "at": batch.now_ms, "distrusted_until": 0}
    db.core.execute(
        insert(upkeep)
        .values(row)
        .on_conflict_do_update(index_elements=[upkeep.c.name], set_={"at": batch.now_ms})
    )
    return True


def _mend(db: WriteConnection, latest_ms: int, batch: Batch) -> int:
    now_ms = batch.now_ms
    times = {"now": now_ms, "latest": latest_ms}
    changed = db.core.execute(_WAS_DUE, times).rowcount
    sleeping = (_Sleeper(row) for row in db.core.execute(_SLEEPING, times))
    moved = [one for one in sleeping if one.move(latest_ms, now_ms)]
    _save(db, moved)
    for bound in _BOUNDED:
        db.core.execute(bound, {"now": now_ms})
    if db.database.is_shared:
        db.core.execute(_SHORTEN_LEASES, {"lease": batch.lease_until})
    batch.work_released = True
    return changed + len(moved)


def _save(db: WriteConnection, moved: Iterable["_Sleeper"]) -> None:
    rows = [
        {"run_id": one.id, "new_run_at": one.run_at, "new_data": dump_json(one.data)}
        for one in moved
    ]
    if rows:
        db.core.execute(_CHANGE, rows)


@dataclass(slots=True)
class _Sleeper:
    """A run that sleeps beyond the latest time, and what has made it wait."""

    id: int
    run_at: int
    created_at: int
    data: dict[str, Any]
    reason: bytes | None
    waits_for: str | None
    was_interrupted: int
    tried_at: int

    def __init__(self, row: Any) -> None:
        (
            self.id, self.run_at, self.created_at, data, self.reason, self.waits_for,
            self.was_interrupted, tried,
        ) = row  # fmt: skip
        self.data = load_json(data)
        self.tried_at = tried or 0

    def move(self, latest_ms: int, now_ms: int) -> bool:
        """Bounds its wait by what made it; False when it was made by the right clock."""
        if self.run_at >= PARKED_AT:
            return self._move_parked(latest_ms - now_ms, now_ms)
        before = self.run_at
        if max(self.created_at, self.tried_at) > now_ms or self._was_put_off("reserved"):
            self._set_back(latest_ms - now_ms, is_new=self.created_at > now_ms)
        if self.waits_for is not None:
            self.run_at = min(self.run_at, now_ms + LOOKED_AT_AGAIN_MS)
        if self.was_interrupted:
            self.run_at = min(self.run_at, now_ms + REST_MS[-1])
        if self._was_put_off("paused_until"):
            # Either clock may have made the pause: when the run is claimed, it is looked at again.
            self.run_at = now_ms
            del self.data["paused_until"]
        return self.run_at != before

    def _move_parked(self, by_ms: int, now_ms: int) -> bool:
        """Bounds what it waits for beyond its turn."""
        parked: dict[str, Any] = self.data.get("parked", {})
        if self.created_at <= now_ms or parked.get("not_before", 0) <= now_ms:
            return False
        self.data["parked"] = {**parked, "not_before": parked["not_before"] - by_ms}
        return True

    def _was_put_off(self, mark: str) -> bool:
        """This is what it waits for now: whatever puts a run off leaves its reason as a note."""
        note = None if self.reason is None else load_json(self.reason)
        return mark in self.data and self.data.get("note") == note

    def _set_back(self, by_ms: int, *, is_new: bool) -> None:
        """Its wait and what else was made with it."""
        self.run_at -= by_ms
        if is_new and "until" in self.data:
            self.data["until"] -= by_ms
        for name, field in (("reserved", "at"), ("unknown", "since")):
            if field in self.data.get(name, {}):
                self.data[name] = {**self.data[name], field: self.data[name][field] - by_ms}
