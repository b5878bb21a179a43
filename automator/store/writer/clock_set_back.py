"""Corrects times in the future that remain when the wall clock was set back.

The latest time of the database stands in a row. When a transaction finds it in the future, the
clock was ahead and has been set back, by hand, by NTP, or while no server ran. Runs that were due
by the wrong clock stay due. Runs that began to wait by it wait for the rest of their wait, not
until the wrong clock would have been right. Other deadlines are bounded where they are read.
"""

import logging

from sqlalchemy import BigInteger, and_, bindparam, case, literal_column, select, update
from sqlalchemy.sql.expression import ColumnElement

from automator.clock import DRIFT_MS
from automator.model import Waits
from automator.store.batch.batch import Batch
from automator.store.database.dialect import insert
from automator.store.database.statements import WriteConnection
from automator.store.schema.state_tables import absence_ends, budgets, contacts, echoes, firings
from automator.store.schema.tables import QUEUED, RUNNING, UNFINISHED, runs
from automator.store.schema.upkeep_tables import connection_health, nodes, replays, upkeep

logger = logging.getLogger(__name__)

#: Milliseconds between two notes of the time, when nothing unusual happens.
NOTED_EVERY_MS = 60_000

_CLOCK = "clock"
_unfinished: ColumnElement[bool] = literal_column(UNFINISHED)
_WAS_DUE = (
    update(runs)
    .where(_unfinished, runs.c.run_at > bindparam("now"), runs.c.run_at <= bindparam("latest"))
    .values(run_at=bindparam("now"))
)
_sleeps: ColumnElement[bool] = and_(
    literal_column(QUEUED), runs.c.run_at > bindparam("latest"), runs.c.waits_for != ""
)
_by = bindparam("by", type_=BigInteger)
#: Runs that began to wait by the wrong clock wait for the rest of their wait.
_SET_BACK = (
    update(runs)
    .where(_sleeps, runs.c.waits_since > bindparam("now"))
    .values(
        run_at=runs.c.run_at - _by,
        waits_since=bindparam("now"),
        waits_until=runs.c.waits_until - _by,
        reserved_at=case(
            (runs.c.reserved_at > bindparam("now"), runs.c.reserved_at - _by),
            else_=runs.c.reserved_at,
        ),
    )
)
#: Echoes that have come since the attempt count, by the time that is right.
_SET_BACK_ATTEMPTS = (
    update(runs)
    .where(_unfinished, runs.c.unknown_since > bindparam("now"))
    .values(unknown_since=runs.c.unknown_since - _by)
)
#: Either clock may have made the pause: when the run is claimed, it is looked at again.
_LOOK_AGAIN = (
    update(runs)
    .where(_sleeps, runs.c.waits_for == Waits.COLLEAGUE.value)
    .values(run_at=bindparam("now"), waits_until=None)
)
#: The windows of follow-ups that the earlier time has made move together with their times.
_MOVE_WINDOWS = (
    update(runs)
    .where(_unfinished, runs.c.acts_until.is_not(None), runs.c.created_at > bindparam("now"))
    .values(acts_until=runs.c.acts_until - _by)
)
_SHORTEN_LEASES = (
    update(runs)
    .where(literal_column(RUNNING), runs.c.lease_until > bindparam("lease"))
    .values(lease_until=bindparam("lease"))
)
#: Times in the past from which deadlines are counted: none of them can be in the future.
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
        firings.c.next_at,
    )
)


def note_time(db: WriteConnection, seen_ms: int, batch: Batch) -> bool:
    """Notes the time; if a later one was noted before, corrects the times of waiting runs.

    False while another node does this: one that falls asleep in the middle holds nobody up.

    `seen_ms` is the latest time that this process has seen. If several nodes share the database,
    the first of them to write the new time corrects, and the others find that it is done.
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
    times = {"now": now_ms, "latest": latest_ms, "by": latest_ms - now_ms}
    db.core.execute(_MOVE_WINDOWS, times)
    changed = sum(
        db.core.execute(each, times).rowcount for each in (_WAS_DUE, _LOOK_AGAIN, _SET_BACK)
    )
    db.core.execute(_SET_BACK_ATTEMPTS, times)
    for bound in _BOUNDED:
        db.core.execute(bound, {"now": now_ms})
    if db.database.is_shared:
        db.core.execute(_SHORTEN_LEASES, {"lease": batch.lease_until})
    batch.work_released = True
    return changed
