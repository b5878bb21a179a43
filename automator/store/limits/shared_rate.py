"""The rate limiter of a target that nodes share: gives out slots in the order of requests.

Each target has a row with the "theoretical arrival time" of the generic cell rate algorithm
(ITU-T I.371), which one statement moves.
"""

from sqlalchemy import BigInteger, bindparam, case, select

from automator.model.target import RatePortion
from automator.store.batch.batch import Batch
from automator.store.database.dialect import insert
from automator.store.database.statements import WriteConnection
from automator.store.schema.state_tables import shared_rates

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


def take(
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
