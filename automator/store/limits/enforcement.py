"""Applies the limits to new runs: they start, wait, or are suppressed.

This happens in the transaction that stores the runs. So nothing is counted for a duplicate or for a
commit that fails, and nothing is counted twice if a batch is repeated.
"""

from collections.abc import Sequence

from automator.lifecycle import On, moved
from automator.model import NewRun, RunState
from automator.store.batch.batch import Batch, Edit
from automator.store.database.statements import WriteConnection
from automator.store.limits import limit_log
from automator.store.limits.concurrency import ConcurrencyLimits, let_in_everywhere
from automator.store.limits.counters import Counters
from automator.store.limits.debounce import Debounced
from automator.store.limits.limit_log import CountedKey
from automator.store.limits.limit_rows import PRUNED_AT_ONCE, lock, prune_limits


class LimitsUpkeep:
    """The part of the store for the upkeep of limits."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def prune(self) -> int:
        """Deletes expired counts, a portion per commit; returns how many."""
        pruned = portion = await self._edit(prune_limits)
        while portion == PRUNED_AT_ONCE:
            portion = await self._edit(prune_limits)
            pruned += portion
        return pruned

    async def reset(self, key_id: str) -> CountedKey | None:
        """Deletes the count of a key, and returns it; None if there was no count."""
        return await self._edit(lambda db, _batch: limit_log.reset(db, key_id))

    async def let_in(self) -> int:
        """Lets in runs that no settlement has let in, although there is room; returns how many."""
        return await self._edit(let_in_everywhere)


def enforce(db: WriteConnection, starting: Sequence[NewRun], batch: Batch) -> list[NewRun]:
    """Applies the limits to the runs of a batch, and returns the runs to store, in order.

    Runs that a limit holds back are suppressed; the others are counted. A run that would act
    instead of another one is left out if that one goes ahead.
    """
    locked = lock(db, starting, batch.now_ms)
    counters = Counters(db, locked, batch.now_ms)
    debounced = Debounced(db, locked, batch)
    concurrency = ConcurrencyLimits(db, locked, batch)
    kept: dict[int, NewRun] = {}
    held_back: set[int] = set()
    for run in starting:
        if run.instead_of is not None and run.instead_of not in held_back:
            continue
        kept[run.id] = run
        if run.state is RunState.SUPPRESSED:
            held_back.add(run.id)
        if not run.limits or run.state is not RunState.QUEUED:
            continue
        joined = None if run.is_wanted else debounced.join(run)
        is_free = run.is_wanted or joined
        reason = None if is_free else counters.reason(run) or concurrency.reason(run)
        if joined:
            kept[run.id] = joined
        elif reason:
            held_back.add(run.id)
            kept[run.id] = moved(run, On.LIMITED, because=reason)
        else:
            counters.take(run)
            kept[run.id] = concurrency.take(debounced.begin(run), kept)
    counters.save(db)
    concurrency.save(db)
    debounced.save(db, kept)
    return list(kept.values())
