"""The ingest timeout: refuses deliveries that are not stored in time.

Providers hang up after two seconds, and send again if they got no acknowledgement. So if the disk
or another program delays the writer, the server answers 503 instead of keeping silent.
"""

import asyncio
from collections import deque
from typing import Any

from automator.model import StoreUnavailableError
from automator.reasons.database import store_is_slow


class IngestTimeout:
    """Watches the deliveries that wait, on their event loop, with a single timer."""

    def __init__(self, seconds: float) -> None:
        """A delivery is refused after `seconds`, or after twice as long at most."""
        self._seconds = seconds
        self._new: deque[asyncio.Future[Any]] = deque()
        self._old: deque[asyncio.Future[Any]] = deque()
        self._is_watching = False

    def watch(self, future: "asyncio.Future[Any]") -> None:
        """Watches a delivery from now on. Call it on the delivery's event loop."""
        self._new.append(future)
        if not self._is_watching:
            self._is_watching = True
            future.get_loop().call_later(self._seconds, self._look, future.get_loop())

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        for future in self._old:
            if not future.done():
                future.set_exception(StoreUnavailableError(store_is_slow(), code="store_slow"))
        self._old, self._new = self._new, deque()
        self._is_watching = bool(self._old)
        if self._is_watching:
            loop.call_later(self._seconds, self._look, loop)
