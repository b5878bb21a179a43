"""Lanes: marks runs that wait behind others, so that claims stay fast however many runs wait.

A run behind another unfinished run of its lane cannot be claimed. If many such runs are due, a
claim marks them as `behind`. This takes them out of the index that claims read. Whatever moves or
ends a run, be it a settlement, a person or a crash, notes the run in its batch. The same commit
then makes the new first run of the lane claimable.

A run that waits for its `concurrency` key has no position, and is in no lane.

The first run of a lane is never marked. A new run is not marked, and a run that moves forward loses
its mark. On a shared database, a run is marked only while a run before it is locked. So another
node that is about to end that run waits for the lock, and then sees the mark.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import (
    and_,
    bindparam,
    case,
    delete,
    exists,
    func,
    literal_column,
    select,
    true,
    tuple_,
    update,
)
from sqlalchemy.sql.expression import ColumnElement, ScalarSelect, Select

from automator.model import RunState, record
from automator.store.batch.batch import Batch
from automator.store.database.statements import KEYS, Statement, WriteConnection
from automator.store.schema.tables import BEHIND, CLAIMABLE, QUEUED, UNFINISHED, runs

#: How many due runs a claim looks at, the oldest first.
WINDOW = 512
#: How many runs a claim marks.
_MARKED_AT_ONCE = 256

_ONE: ColumnElement[int] = literal_column("1")
_other = runs.alias("other")
_first = runs.alias("first")
_other_unfinished: ColumnElement[bool] = literal_column("other." + UNFINISHED)
_other_position = tuple_(_other.c.seq_at, _other.c.id)
_position = tuple_(runs.c.seq_at, runs.c.id)

has_one_before: ColumnElement[bool] = exists().where(
    _other.c.lane == runs.c.lane, _other_unfinished, _other_position < _position
)
has_one_behind: ColumnElement[bool] = exists().where(
    _other.c.lane == runs.c.lane, _other_unfinished, _other_position > _position
)
#: Whether other runs may wait for the end of a run. It is a text, because SQLAlchemy leaves out the
#: names of tables in what SQLite returns from an update.
has_others: ColumnElement[bool] = literal_column(
    "EXISTS (SELECT 1 FROM runs AS other"  # noqa: S608 - nothing in it comes from outside.
    f" WHERE other.lane = runs.lane AND other.{UNFINISHED} AND other.id <> runs.id)"
)
is_claimable: ColumnElement[bool] = literal_column(f"({CLAIMABLE})")
#: Selects the due runs that a claim looks at, up to the end of its window.
is_in_window: ColumnElement[bool] = and_(
    is_claimable,
    tuple_(runs.c.run_at, runs.c.id) <= tuple_(bindparam("edge_at"), bindparam("edge_id")),
)


def _first_of_lane() -> ScalarSelect[int]:
    """Selects the first run in the lane of a row of `runs`."""
    return (
        select(_other.c.id)
        .where(_other.c.lane == runs.c.lane, _other_unfinished, _other.c.seq_at.is_not(None))
        .order_by(_other.c.seq_at, _other.c.id)
        .limit(1)
        .correlate(runs)
        .scalar_subquery()
    )


_next_due = (
    select(runs.c.run_at)
    .where(is_claimable, runs.c.run_at > bindparam("now"))
    .order_by(runs.c.run_at)
    .limit(1)
)
_edge = (
    select(runs.c.run_at, runs.c.id)
    .where(is_claimable, runs.c.run_at <= bindparam("now"))
    .order_by(runs.c.run_at, runs.c.id)
    .limit(1)
    .offset(bindparam("window"))
    .subquery("edge")
)
#: When the next sleeping run is due; and where a claim's window ends, if it does not have all.
DUE = Statement(
    select(_next_due.scalar_subquery().label("next_due"), _edge.c.run_at, _edge.c.id).select_from(
        select(_ONE.label("one")).subquery("always").outerjoin(_edge, true())
    )
)
BLOCKED = Statement(
    select(runs.c.id, runs.c.seq_at, _first_of_lane().label("first"))
    .where(is_in_window, has_one_before)
    .order_by(runs.c.run_at, runs.c.id)
    .limit(_MARKED_AT_ONCE)
    .with_for_update(skip_locked=True)
)
_GUARDS = Statement(
    select(runs.c.id, runs.c.seq_at, runs.c.state)
    .where(runs.c.id.in_(KEYS))
    .with_for_update(read=True, skip_locked=True)
)
_MARK_BEHIND = Statement(update(runs).where(runs.c.id.in_(KEYS)).values(behind=1))
#: Sorted, so that PostgreSQL uses the index whatever it expects about the number of marks.
ANY_BEHIND = Statement(
    select(runs.c.id)
    .where(literal_column(f"({BEHIND})"))
    .order_by(runs.c.lane, runs.c.seq_at, runs.c.id)
    .limit(1)
)
FIRST_OF_LANES = Statement(
    select(_first.c.id, _first.c.run_at, _first.c.behind)
    .join_from(runs, _first, _first.c.id == _first_of_lane())
    .where(runs.c.id.in_(KEYS), runs.c.lane.is_not(None), literal_column(f"first.{QUEUED}"))
)
_MAKE_CLAIMABLE = Statement(
    update(runs).where(runs.c.id.in_(KEYS), runs.c.behind == _ONE).values(behind=0)
)

_DELETE = Statement(delete(runs).where(runs.c.id.in_(KEYS)))


@record(kw_only=False)
class Window:
    """The window of a claim: the runs up to this position that can be claimed."""

    edge_at: int
    edge_id: int = (1 << 63) - 1
    #: Whether more runs than these may be due.
    is_full: bool = False


def find_window(db: WriteConnection, batch: Batch) -> Window:
    """Finds the window over the runs that are due. Notes when the next sleeping run is due.

    Due runs that wait in their lane are not noted, because a settlement will announce them.
    """
    (due,) = db.query(DUE, now=batch.now_ms, window=WINDOW - 1)
    batch.next_due = due.next_due
    batch.has_claimed = True
    if due.run_at is None:
        return Window(batch.now_ms)
    return Window(due.run_at, due.id, is_full=True)


def mark_behind(db: WriteConnection, window: Window) -> int:
    """Marks due runs of the window that are behind others in their lanes; returns how many."""
    blocked = db.query(BLOCKED, edge_at=window.edge_at, edge_id=window.edge_id)
    unfinished = (RunState.QUEUED, RunState.RUNNING)
    guards = {
        row.id: (row.seq_at, row.id)
        for row in db.query_in(_GUARDS, {row.first for row in blocked})
        if row.state in unfinished
    }
    behind = [
        row.id
        for row in blocked
        if row.first in guards and guards[row.first] < (row.seq_at, row.id)
    ]
    return db.update_in(_MARK_BEHIND, behind)


def make_heads_claimable(db: WriteConnection, batch: Batch) -> None:
    """Makes the first runs claimable in lanes in which a run has ended or moved away.

    If such a run is due, the runner is told. Another node may be storing a run of the lane, which
    nobody sees before its commit: that node looks for the run again.
    """
    if not batch.stepped_aside or (batch.work_released and not db.query(ANY_BEHIND)):
        return
    found = db.query_in(FIRST_OF_LANES, set(batch.stepped_aside))
    db.update_in(_MAKE_CLAIMABLE, {row.id for row in found if row.behind})
    for row in found:
        batch.note_due(row.run_at)


def delete_stand_ins(db: WriteConnection, batch: Batch) -> None:
    """Deletes runs that only represented rules, once the runs behind them are claimable."""
    db.update_in(_DELETE, batch.forgotten)


def _first_but_behind() -> Select[Any]:
    """Selects the runs that are marked as `behind` although they are first in their lanes.

    It looks up each lane with a marked run once, and never reads all marked runs.
    """
    is_behind: ColumnElement[bool] = literal_column(f"({BEHIND})")
    lanes = (
        select(func.min(runs.c.lane).label("lane")).where(is_behind).cte("lanes", recursive=True)
    )
    following = select(func.min(runs.c.lane)).where(is_behind, runs.c.lane > lanes.c.lane)
    lanes = lanes.union_all(
        select(following.correlate(lanes).scalar_subquery()).where(lanes.c.lane.is_not(None))
    )
    # Not a join, for which PostgreSQL would read all runs of the table.
    standing_first = (
        select(case((_other.c.behind == _ONE, _other.c.id)))
        .where(_other.c.lane == lanes.c.lane, _other_unfinished)
        .order_by(_other.c.seq_at, _other.c.id)
        .limit(1)
        .correlate(lanes)
        .scalar_subquery()
    )
    found = select(standing_first.label("id")).select_from(lanes).subquery("found")
    return select(found.c.id).where(found.c.id.is_not(None))


FIRST_BUT_BEHIND = _first_but_behind()


def make_claimable(db: WriteConnection, run_ids: Sequence[int], batch: Batch) -> int:
    """Removes the mark `behind` from these runs; returns how many had it."""
    changed = db.update_in(_MAKE_CLAIMABLE, run_ids)
    batch.work_released = batch.work_released or changed > 0
    return changed
