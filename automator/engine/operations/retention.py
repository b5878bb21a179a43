"""Retention: how long stored data stays, and the passes that delete older data."""

import asyncio
import logging
import time
from collections.abc import Mapping

from automator.clock import iso_time
from automator.configuration.settings import Retention
from automator.store import Cutoffs, Stage, Store
from automator.store.log.pruning import PORTION

logger = logging.getLogger(__name__)

#: Milliseconds between two passes from which on the clock is distrusted.
LARGEST_STEP_MS = 86_400_000
#: Seconds between two portions while the writer has much to do.
_BUSY_PAUSE_S = 0.25
_SHORTEST_PAUSE_S = 0.005
#: Passes that go on behind what the pass before looked at; then one looks at everything again,
#: since what a run had needed then may go now.
_PASSES_A_ROUND = 24


def cutoffs_at(retention: Retention, now_ms: int) -> Cutoffs:
    """What the settings mean at a time."""

    def before(kept_for_s: float | None) -> int | None:
        return None if kept_for_s is None else now_ms - round(kept_for_s * 1000)

    return Cutoffs(
        payloads=before(retention.payloads),
        log=before(retention.log),
        dedupe_keys=before(retention.dedupe_keys),
    )


class Pruner:
    """Deletes what is older than the settings keep it."""

    def __init__(self, store: Store, retention: Retention) -> None:
        self._store = store
        self._retention = retention
        self._positions: dict[Stage, int] = {}
        self._passes = 0

    async def run(self, *, trusts_clock: bool = False) -> Mapping[Stage, int] | None:
        """One pass: how much went, or None when the clock is in doubt.

        A wrong clock would make everything old. After more than a day between two passes, in either
        direction, nothing goes for a day, which is time to set it right; a person who says so may
        go on at once.

        Raises:
            StoreUnavailableError: the database cannot commit; what went until then is gone.
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
        return {stage: await self._prune(stage, cutoffs) for stage in Stage}

    async def _prune(self, stage: Stage, cutoffs: Cutoffs) -> int:
        upkeep, gone = self._store.upkeep, 0
        while True:
            after = self._positions.get(stage, 0)
            ids = await upkeep.find_old(stage, cutoffs, after)
            if ids:
                began = time.monotonic()
                gone += await upkeep.prune(stage, cutoffs, ids)
                self._positions[stage] = ids[-1]
                # As much time for others as this has taken.
                pause = max(time.monotonic() - began, _SHORTEST_PAUSE_S)
                await asyncio.sleep(_BUSY_PAUSE_S if upkeep.is_busy else pause)
            if len(ids) < PORTION:
                return gone
