"""The health of destinations, which all nodes share; and the runs that wait for a destination.

Each change names the version on which it is based, so that no node overwrites a change that it has
not seen.
"""

from dataclasses import fields, replace
from typing import Any

from sqlalchemy import ColumnElement, and_, bindparam, func, literal_column, select, update

from automator.lifecycle import On, move
from automator.model import TargetHealth, TargetState
from automator.model.target import RatePortion
from automator.store.batch.batch import Batch, Edit
from automator.store.database.dialect import insert
from automator.store.database.statements import WriteConnection
from automator.store.limits import shared_rate
from automator.store.queue.run_moves import columns_of
from automator.store.schema.encoding import clean_text, dataclass_of, dump_reason, load_reason
from automator.store.schema.state_tables import targets
from automator.store.schema.tables import FAILED_AT_TARGET, WAITS_FOR_TARGET, runs

ALL_TARGETS = select(targets).order_by(targets.c.name)
WAITING = (
    select(runs.c.target, func.count())
    .where(literal_column(WAITS_FOR_TARGET))
    .group_by(runs.c.target)
)
#: Selects the runs whose last attempt failed at a target.
FAILED: ColumnElement[bool] = and_(
    literal_column(FAILED_AT_TARGET), runs.c.target == bindparam("recovered")
)
OLDEST = (
    select(runs.c.id)
    .where(
        literal_column(WAITS_FOR_TARGET),
        runs.c.target == bindparam("target"),
    )
    .order_by(runs.c.seq_at, runs.c.id)
    .limit(bindparam("count"))
)


def health_from_row(row: Any) -> TargetHealth:
    """Reads the health from a row of the table."""
    return dataclass_of(
        TargetHealth,
        row,
        state=TargetState(row.state),
        reason=load_reason(row.reason),
        by=row.by_whom,
    )


class Targets:
    """The part of the store for the health and the shared rates of destinations."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def save(
        self, health: TargetHealth, *, has_recovered: bool = False
    ) -> TargetHealth | None:
        """Stores the changed health of a destination. Returns None if another change came first.

        `has_recovered`: the runs whose last attempt failed there may be tried again from now on.
        """
        return await self._edit(
            lambda db, batch: _save(db, health, batch, has_recovered=has_recovered)
        )

    async def release(self, target: str, count: int) -> int:
        """Makes the runs due that have waited longest for a destination, at most `count`.

        Returns how many it made due.
        """
        return await self._edit(lambda db, batch: _release(db, target, count, batch))

    async def take_rate_portion(self, target: str, per_second: float, count: int) -> RatePortion:
        """Reserves up to `count` slots of a target's rate, which all nodes share."""
        return await self._edit(
            lambda db, batch: shared_rate.take(db, target, per_second, count, batch)
        )


def _save(
    db: WriteConnection, health: TargetHealth, batch: Batch, *, has_recovered: bool
) -> TargetHealth | None:
    values = {field.name: getattr(health, field.name) for field in fields(health)} | {
        "state": health.state.value,
        "reason": None if health.reason is None else dump_reason(health.reason),
        "version": health.version + 1,
    }
    values["by_whom"] = clean_text(values.pop("by"))
    if health.version == 0:
        new = insert(targets).values(values).on_conflict_do_nothing()
        stored = db.core.execute(new.returning(targets.c.name)).all()
    else:
        changed = (
            update(targets)
            .where(targets.c.name == health.name, targets.c.version == health.version)
            .values(values)
        )
        stored = db.core.execute(changed.returning(targets.c.name)).all()
    if not stored:
        return None
    db.wake_others(batch.node)
    if has_recovered:
        _recover(db, health.name, batch)
    return replace(health, version=health.version + 1)


def _recover(db: WriteConnection, target: str, batch: Batch) -> None:
    """Makes the runs whose last attempt failed at a target wait for the target.

    They are released together with the other runs that wait there. The time of their next attempt
    stays, in case nobody releases them.
    """
    moves = columns_of(move(On.RECOVERED), at=batch.now_ms, until=runs.c.run_at)
    db.core.execute(update(runs).where(FAILED).values(moves), {"recovered": target})


def _release(db: WriteConnection, target: str, count: int, batch: Batch) -> int:
    found = db.core.execute(OLDEST, {"target": target, "count": count}).scalars().all()
    if not found:
        return 0
    released = db.core.execute(
        update(runs)
        .where(runs.c.id.in_(found), literal_column(WAITS_FOR_TARGET))
        .values(columns_of(move(On.TAKES_MORE), at=batch.now_ms))
    ).rowcount
    batch.work_released = True
    return int(released)
