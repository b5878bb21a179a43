"""An ASGI application that is imported when it is needed."""

import asyncio
from collections.abc import Callable

from starlette.types import ASGIApp, Receive, Scope, Send


class LateApplication:
    """An ASGI application that is imported and made once, when it is needed.

    A server that only takes deliveries in starts sooner without it.
    """

    def __init__(self, make: Callable[[], ASGIApp]) -> None:
        self._make = make
        self._made: ASGIApp | None = None
        self._making = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        application = self._made or await self.made()
        await application(scope, receive, send)

    async def made(self) -> ASGIApp:
        """The application itself."""
        async with self._making:
            if self._made is None:
                # In a thread, so that deliveries are taken in meanwhile.
                self._made = await asyncio.to_thread(self._make)
            return self._made
