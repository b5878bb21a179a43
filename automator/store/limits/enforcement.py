"""The limits of new runs: which of them start, and which are suppressed or wait.

The decision is made in the transaction that stores the runs, so that nothing is counted for a
duplicate, for a commit that fails, or twice for a batch that is done again.
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
    """The part of the store that looks after the limits from time to time."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def prune(self) -> int:
        """Deletes expired counts, a portion in each commit; returns how many."""
        pruned = portion = await self._edit(prune_limits)
        while portion == PRUNED_AT_ONCE:
            portion = await self._edit(prune_limits)
            pruned += portion
        return pruned

    async def reset(self, key_id: str) -> CountedKey | None:
        """Deletes the count of a key; returns the deleted count, or None if there was none."""
        return await self._edit(lambda db, _batch: limit_log.reset(db, key_id))

    async def let_in(self) -> int:
        """Lets in runs that can go ahead although no settlement has reported it; returns their
        number.
        """
        return await self._edit(let_in_everywhere)


def enforce(db: WriteConnection, starting: Sequence[NewRun], batch: Batch) -> list[NewRun]:
    """The runs of a batch as they are to be stored, in their order: runs that a limit holds back
    are suppressed, the others are counted. A run that stands in for a run which goes ahead is left
    out.
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
