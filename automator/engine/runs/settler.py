"""Commits settlements, and retries while the store cannot commit."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import TypeVar

from automator.engine.outbound.target_gate import TargetGate
from automator.model import Settlement, StoreUnavailableError
from automator.store import Store

logger = logging.getLogger(__name__)
T = TypeVar("T")

#: Seconds before a settlement that could not be committed is tried again: the first time, and at
#: most, since each wait is twice the one before.
_SETTLE_AGAIN_S = (0.1, 5.0)


class Settler:
    """Writes settlements, and tells the gate who waits for it."""

    def __init__(self, store: Store, gate: TargetGate) -> None:
        self._store = store
        self._gate = gate

    async def settle(self, settlement: Settlement) -> bool:
        """Writes how a step ended, as soon as that can be committed."""
        is_held = await self.until_committed(lambda: self._store.settle(settlement))
        if is_held and settlement.waits_for is not None:
            self._gate.has_put_back(settlement.waits_for)
        return is_held

    async def until_committed(self, commit: Callable[[], Awaitable[T]]) -> T:
        """Tries until the store can commit: the only other copy of what is written is here.

        That ends with the process, or with the store when it has failed for good. Whoever took the
        run over meanwhile is protected by the fence of the settlement.

        Raises:
            StoreUnavailableError: the store has failed for good, or is closed.
        """
        pause_s, longest_s = _SETTLE_AGAIN_S
        while True:
            try:
                return await commit()
            except StoreUnavailableError as error:
                if not self._store.is_available:
                    raise
                logger.warning("runner.settle_waits: %s", error.message)
            await asyncio.sleep(pause_s)
            pause_s = min(2 * pause_s, longest_s)
