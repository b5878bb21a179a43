"""The server that accepts connections: uvicorn's, with checks of the connections' deadlines."""

import asyncio
import contextlib
import socket
from collections.abc import Iterator

from uvicorn.server import Server

from automator.server.http.connection_limits import ListenerConfig

#: Seconds between two checks of all deadlines while the server stops.
_LOOK_EVERY_S = 0.5


class HttpServer(Server):
    """uvicorn's server without its signal handling, and with checks of the deadlines."""

    def __init__(self, config: ListenerConfig) -> None:
        super().__init__(config)
        self._listener = config.listener
        self.listening = asyncio.Event()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Lets requests under way be answered; meanwhile checks the deadlines of connections."""
        looking = asyncio.create_task(self._keep_looking())
        await super().shutdown(sockets)
        looking.cancel()

    async def _keep_looking(self) -> None:
        while True:
            self._look()
            await asyncio.sleep(_LOOK_EVERY_S)

    def _look(self) -> None:
        now = asyncio.get_running_loop().time()
        self._listener.check_deadlines(self.server_state.connections, now)

    async def on_tick(self, counter: int) -> bool:
        """Checks all deadlines once a second; uvicorn calls this method ten times a second."""
        if counter % 10 == 0:
            self._look()
        return await super().on_tick(counter)
