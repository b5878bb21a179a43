"""Tells whether limits would hold a run back now, without counting anything."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from automator.model import KeyedLimit, NewRun, Reason, reason_json, record
from automator.model.rule import Debounce, Once, Throttle
from automator.reasons.tryout import limit_allows, limit_queues
from automator.store.limits.counters import Counter, reason_of
from automator.store.limits.debounce import debouncing_by
from automator.store.limits.limit_rows import id_of, shown_key


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
