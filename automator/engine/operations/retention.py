"""Retention: deletes stored data that is older than the settings allow, in regular passes."""

import asyncio
import logging
import time
from collections.abc import Mapping

from automator.clock import iso_time
from automator.configuration.storage import Retention
from automator.engine.operations.erasing import forget_unheard
from automator.store import Store
from automator.store.log.pruning import Cutoffs, Stage

logger = logging.getLogger(__name__)

#: The most milliseconds between two passes. If more pass by the clock, the clock may be wrong.
LARGEST_STEP_MS = 86_400_000
#: Seconds between two portions while the writer is busy.
_BUSY_PAUSE_S = 0.25
_SHORTEST_PAUSE_S = 0.005
#: How many passes continue where the one before ended. The next one begins at the start again,
#: because rows that a run still needed may have become deletable.
_PASSES_A_ROUND = 24


def cutoffs_at(retention: Retention, now_ms: int) -> Cutoffs:
    """The times before which each kind of data is deleted by these settings."""

    def before(kept_for_s: float | None) -> int | None:
        return None if kept_for_s is None else now_ms - round(kept_for_s * 1000)

    return Cutoffs(
        payloads=before(retention.payloads),
        log=before(retention.log),
        dedupe_keys=before(retention.dedupe_keys),
    )


class Pruner:
    """Deletes data that is older than the settings allow."""

    def __init__(self, store: Store, retention: Retention) -> None:
        self._store = store
        self._retention = retention
        self._positions: dict[Stage, int] = {}
        self._passes = 0

    async def run(self, *, trusts_clock: bool = False) -> Mapping[Stage, int] | None:
        """Makes one pass; returns how much was deleted, or None if the clock may be wrong.

        A wrong clock could make everything look old. So if two passes are more than a day apart, in
        either direction, nothing is deleted for a day, in which a person can correct the clock.
        `trusts_clock`: a person has checked the clock.

        Raises:
            StoreUnavailableError: the database cannot commit; what was deleted before stays
                deleted.
        """
        times = await self._store.upkeep.begin_pruning(LARGEST_STEP_MS)
        if times.now_ms < times.distrusted_until_ms and not trusts_clock:
            logger.warning(
                "retention.clock_in_doubt: it is %s by the clock, a day or more from the last pass;"
                " nothing is deleted until %s",
                iso_time(times.now_ms),
                iso_time(times.distrusted_until_ms),
            )
            return None
        if self._passes % _PASSES_A_ROUND == 0:
            self._positions.clear()
        self._passes += 1
        cutoffs = cutoffs_at(self._retention, times.now_ms)
        await self._store.upkeep.prune_rollups()
        if self._retention.audit is not None:
            await self._store.upkeep.prune_audit(times.now_ms - round(self._retention.audit * 1000))
        if self._retention.contacts is not None:
            before_ms = times.now_ms - round(self._retention.contacts * 1000)
            if forgotten := await forget_unheard(self._store, before_ms):
                logger.info("retention.contacts_erased count=%s", forgotten)
        return {stage: await self._prune(stage, cutoffs) for stage in Stage}

    async def _prune(self, stage: Stage, cutoffs: Cutoffs) -> int:
        upkeep, gone = self._store.upkeep, 0
        size = upkeep.portion_size()
        while True:
            after = self._positions.get(stage, 0)
            ids = await upkeep.find_old(stage, cutoffs, after, size.most)
            done = 0
            while done < len(ids):
                some = ids[done : done + size.rows]
                began = time.monotonic()
                gone += await upkeep.prune(stage, cutoffs, some, size)
                took_s = time.monotonic() - began
                done += len(some)
                self._positions[stage] = some[-1]
                # What has come in meanwhile is stored by itself, before the writer's next portion.
                pause = max(0 if upkeep.prunes_beside else took_s / 4, _SHORTEST_PAUSE_S)
                await asyncio.sleep(_BUSY_PAUSE_S if upkeep.is_busy else pause)
            if len(ids) < size.most:
                return gone
