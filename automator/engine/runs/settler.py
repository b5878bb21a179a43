"""Commits settlements, and retries while the store cannot commit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from automator.engine.outbound.target_gate import TargetGate
from automator.model import Settlement, StoreUnavailableError, Waits
from automator.store import Store

logger = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds before a settlement that could not be committed is tried again: the first time, and at
#: most, since each wait is twice the one before.
_FIRST_S, _LONGEST_S = 0.1, 5.0


class Settler:
    """Commits settlements, and tells the gate which destination a run waits for."""

    def __init__(self, store: Store, gate: TargetGate) -> None:
        self._store = store
        self._gate = gate

    async def settle(self, settlement: Settlement) -> bool:
        """Commits a settlement as soon as the store can; False when the run was lost.

        Raises:
            StoreUnavailableError: see `until_committed`.
        """
        is_held = await self.until_committed(partial(self._store.settle, settlement))
        if is_held and settlement.waits_for is Waits.TARGET and settlement.target is not None:
            self._gate.has_put_back(settlement.target)
        return is_held

    async def until_committed(self, commit: Callable[[], Awaitable[T]]) -> T:
        """Retries until the store has committed, because the only other copy is in memory.

        It ends with the process, or when the store has failed for good. If another node took the
        run over meanwhile, the fence of the settlement protects it.

        Raises:
            StoreUnavailableError: the store has failed for good, or is closed.
        """
        pause_s = _FIRST_S
        while True:
            try:
                return await commit()
            except StoreUnavailableError as error:
                if not self._store.is_available:
                    raise
                logger.warning("runner.settle_waits: %s", error)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, _LONGEST_S)
