"""The rate limiter of a target that nodes share: it gives out slots in the order of requests.

A row for each target holds the "theoretical arrival time" of the generic cell rate algorithm
(ITU-T I.371), and one statement moves it.
"""

from sqlalchemy import BigInteger, bindparam, case, select

from automator.model.target import RatePortion
from automator.store.batch.batch import Batch
from automator.store.database.dialect import insert
from automator.store.database.statements import WriteConnection
from automator.store.schema.state_tables import shared_rates

#: Unused slots that a pause may save up, as microseconds of the rate.
_SAVED_US = 100_000
#: Slots further in the future than these microseconds are given to nobody.
_AHEAD_US = 1_000_000
#: Microseconds of the rate: more than anybody takes at once.
_PORTION_US = 250_000
_SECOND_US = 1_000_000

_free_at = shared_rates.c.free_at
_first = bindparam("first", type_=BigInteger)
_span = bindparam("span", type_=BigInteger)
#: If a row is beyond `farthest`, another clock or a lower rate has written it.
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
    """Gives out the next `count` slots for sending to a target, or none if they are far away."""
    interval_us = _SECOND_US / per_second
    now_us = batch.now_ms * 1000
    # Unused slots of a pause may be used later, up to a tenth of a second's worth.
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
