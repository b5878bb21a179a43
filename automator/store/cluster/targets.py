"""The health of destinations, which all nodes share; and the runs that wait for a destination.

Each change names the version on which it is based, so that no node overwrites a change that it has
not seen.
"""

from dataclasses import fields, replace
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    and_,
    bindparam,
    case,
    func,
    literal_column,
    select,
    update,
)

from automator.lifecycle import On, move
from automator.model import TargetHealth, TargetState
from automator.model.target import RatePortion
from automator.store.batch.batch import Batch, Edit
from automator.store.database.dialect import insert
from automator.store.database.statements import WriteConnection
from automator.store.queue.run_moves import columns_of
from automator.store.schema.encoding import clean_text, dataclass_of, dump_reason, load_reason
from automator.store.schema.state_tables import shared_rates, targets
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
        return await self._edit(lambda db, batch: _take_slots(db, target, per_second, count, batch))


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


# --- The rate of a target that nodes share: gives out slots in the order of requests ---
#
# Each target has a row with the "theoretical arrival time" of the generic cell rate algorithm
# (ITU-T I.371), which one statement moves.


#: How many microseconds' worth of unused slots a pause may save up.
_SAVED_US = 100_000
#: How many microseconds in the future a slot may be to be given out.
_AHEAD_US = 1_000_000
#: How many microseconds' worth of slots can be taken at once: more than anybody takes.
_PORTION_US = 250_000
_SECOND_US = 1_000_000

_free_at = shared_rates.c.free_at
_first = bindparam("first", type_=BigInteger)
_span = bindparam("span", type_=BigInteger)
#: A row beyond `farthest` was written by another clock, or at a lower rate.
_is_ahead = _free_at.between(_first, bindparam("farthest"))
_new = insert(shared_rates).values(target=bindparam("name"), free_at=_first + _span)
_TAKE = _new.on_conflict_do_update(
    index_elements=[shared_rates.c.target],
    set_={"free_at": case((_is_ahead, _free_at + _span), else_=_new.excluded.free_at)},
    where=~_free_at.between(bindparam("too_far"), bindparam("farthest")),
).returning(_free_at)
_FREE_AT = select(_free_at).where(shared_rates.c.target == bindparam("name"))


def _take_slots(
    db: WriteConnection, target: str, per_second: float, count: int, batch: Batch
) -> RatePortion:
    """Gives out the next `count` slots of a target; none if they are too far in the future."""
    interval_us = _SECOND_US / per_second
    now_us = batch.now_ms * 1000
    # Slots that a pause left unused may be used later, up to a tenth of a second's worth.
    first = now_us - round(max(0.0, _SAVED_US - interval_us))
    span = round(count * interval_us)
    too_far = now_us + _AHEAD_US
    values = {
        "name": target,
        "first": first,
        "span": span,
        "too_far": too_far,
        "farthest": too_far + 2 * round(max(_PORTION_US, interval_us)),
    }
    free_at = db.core.execute(_TAKE, values).scalar()
    if free_at is None:
        count, span = 0, 0
        free_at = db.core.execute(_FREE_AT, {"name": target}).scalar_one()
    return RatePortion(count, (free_at - span) / 1000 - (batch.shift_ms or 0))
