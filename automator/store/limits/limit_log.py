"""The counts of limits and budgets, which people may reset, and what limits would answer now."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from sqlalchemy import Select, delete, or_, select

from automator.model import KeyedLimit, NewRun, Reason, reason_json, record
from automator.model.rule import Debounce, Once, Throttle
from automator.model.speech import SPAN_MS
from automator.reasons.tryout import limit_allows, limit_queues
from automator.store.database.statements import WriteConnection
from automator.store.limits.counters import Counter, reason_of
from automator.store.limits.debounce import debouncing_by
from automator.store.limits.limit_rows import id_of, shown_key
from automator.store.schema.encoding import clean_text, load_json
from automator.store.schema.state_tables import budgets, limits

#: Stands for the name of a limit where a budget is meant.
BUDGET = "budget"
_BUDGET_ID = f"{BUDGET} "
_COLLECTING = ("debounce", "both")
#: Without `concurrency`: it counts the unfinished runs, so there is nothing to show or reset.
_COUNTING = ("once", "throttle", *_COLLECTING)
_NOTHING = b"[]"


@record
class CountedKey:
    """One key of a limit or budget, with its count. Times are in milliseconds."""

    id: str
    #: The id of the rule; "" for a budget.
    rule: str
    #: `once`, `throttle`, `debounce`, `both` or `budget`.
    name: str
    #: The key as JSON text, cut if it is long; for a budget, `contact KEY` or `connection NAME`.
    key: str
    #: The number of runs; for debounce and both, of events; for a budget, of messages.
    count: int
    last_at: int
    last_run: int | None
    #: Until when the key holds anything back; None for ever.
    until: int | None


def counted_by_limits(
    rule: str | None, parts: Sequence[str], after: str, limit: int
) -> Select[Any]:
    """Selects rows of limits by id: of a rule or of all, with one of `parts` in their key."""
    found = select(limits).where(
        limits.c.id > after, limits.c.name.in_(_COUNTING), limits.c.uses != _NOTHING
    )
    if rule:
        found = found.where(limits.c.rule == rule)
    if parts:
        found = found.where(or_(*(limits.c.key.contains(part, autoescape=True) for part in parts)))
    return found.order_by(limits.c.id).limit(limit)


def counted_by_budgets(parts: Sequence[str], limit: int) -> Select[Any]:
    """Selects rows of budgets, newest first, with one of `parts` in their key."""
    found = select(budgets).where(budgets.c.times != _NOTHING)
    if parts:
        found = found.where(or_(*(budgets.c.key.contains(part, autoescape=True) for part in parts)))
    return found.order_by(budgets.c.last_at.desc()).limit(limit)


def key_of_limit(row: Any) -> CountedKey:
    """Reads the key and its count from a row of limits."""
    uses = load_json(row.uses)
    is_gathering = row.name in _COLLECTING
    return CountedKey(
        id=row.id,
        rule=row.rule,
        name=row.name,
        key=row.key,
        count=uses[0][2] if is_gathering else len(uses),
        last_at=uses[-1][0],
        last_run=uses[-1][1],
        until=row.expires_at,
    )


def key_of_budget(row: Any) -> CountedKey:
    """Reads the key and its count from a row of budgets."""
    times = load_json(row.times)
    last_at: int = times[-1]
    return CountedKey(
        id=f"{_BUDGET_ID}{row.key}",
        rule="",
        name=BUDGET,
        key=row.key,
        count=sum(at > last_at - SPAN_MS for at in times),
        last_at=last_at,
        last_run=None,
        until=last_at + SPAN_MS,
    )


def reset(db: WriteConnection, key_id: str) -> CountedKey | None:
    """Deletes the count of a key, and returns it; None if there was no count."""
    key_id = clean_text(key_id)
    if key_id.startswith(_BUDGET_ID):
        is_it = budgets.c.key == key_id.removeprefix(_BUDGET_ID)
        gone = db.core.execute(delete(budgets).where(is_it).returning(*budgets.c)).first()
        return key_of_budget(gone) if gone and gone.times != _NOTHING else None
    is_it = (limits.c.id == key_id) & limits.c.name.in_(_COUNTING)
    gone = db.core.execute(delete(limits).where(is_it).returning(*limits.c)).first()
    return key_of_limit(gone) if gone and gone.uses != _NOTHING else None


# --- Whether limits would hold a run back now, without counting anything ---


@record
class LimitStanding:
    """The answer of one limit to the question whether a run may start."""

    #: `once`, `throttle`, `debounce`, `both` or `concurrency`.
    name: str
    key: str
    #: Whether the limit would hold the run back.
    holds_back: bool
    reason: Reason
    #: For how many milliseconds the limit would make the run wait.
    waits_ms: int = 0

    def as_json(self) -> dict[str, Any]:
        """The answer as plain data."""
        return {
            "name": self.name,
            "key": self.key,
            "holds_back": self.holds_back,
            "reason": reason_json(self.reason),
        }


def limit_ids(run: NewRun) -> list[str]:
    """The ids of the rows that count for the limits of a run."""
    return [id_of(run, keyed) for keyed in run.limits]


def standing(
    run: NewRun, uses: Mapping[str, Sequence[Any]], now_ms: int, but: Collection[int] = ()
) -> tuple[LimitStanding, ...]:
    """The answers of a run's limits at `now_ms`; `uses` has the values of their rows by id.

    Uses after `now_ms` do not count, nor do the runs in `but`.
    """
    found = []
    for keyed in run.limits:
        counted = uses.get(id_of(run, keyed), ())
        found.append(_of(keyed, [use for use in counted if _counts(use, now_ms, but)], now_ms))
    return tuple(found)


def run_of(use: Any) -> int:
    """The run for which a use counts; 0 if it counts for something else."""
    is_pair = isinstance(use, list) and len(use) > 1 and isinstance(use[1], int)
    return use[1] if is_pair else 0


def _counts(use: Any, now_ms: int, but: Collection[int]) -> bool:
    if not isinstance(use, list) or len(use) < 2:
        return False
    return bool(use[0] <= now_ms and use[1] not in but)


def _of(keyed: KeyedLimit, uses: Sequence[Any], now_ms: int) -> LimitStanding:
    limit, key = keyed.limit, shown_key(keyed)
    if isinstance(limit, Once | Throttle):
        counter = Counter(limit, [(at, run_id) for at, run_id in uses])
        within = counter.within(now_ms)
        if counter.is_full(now_ms):
            why, holds_back = reason_of(keyed, counter, within), True
        else:
            most = counter.allowed
            why = limit_allows(limit=keyed.name, key=key, count=len(within), most=most)
            holds_back = False
        return LimitStanding(name=keyed.name, key=key, holds_back=holds_back, reason=why)
    if isinstance(limit, Debounce):
        why = debouncing_by(limit, keyed)
        wait = limit.quiet_ms
        return LimitStanding(name=keyed.name, key=key, holds_back=False, reason=why, waits_ms=wait)
    why = limit_queues(limit=keyed.name, key=key, most=limit.limit)
    return LimitStanding(name=keyed.name, key=key, holds_back=False, reason=why)
