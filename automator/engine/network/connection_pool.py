"""Keeps the HTTP client's connections alive for reuse, and opens new ones to allowed addresses."""

import asyncio
import socket
import ssl
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import NamedTuple

from aiohappyeyeballs import start_connection

from automator.engine.network.address_guard import IPAddress
from automator.engine.network.client_tls import TargetTls, new_context
from automator.engine.network.deadline_timer import Deadlines
from automator.engine.network.http_connection import HttpConnection

#: How many connections to one place there may be. The gate allows no destination more requests.
CONNECTIONS_PER_PLACE = 256
#: After how many seconds without a request a connection is closed.
IDLE_S = 15.0
#: After how many seconds the next address of a name is tried as well, beside the first.
_NEXT_ADDRESS_S = 0.25


class Place(NamedTuple):
    """The other end of connections: host, port, and whether to use TLS."""

    is_tls: bool
    host: str
    port: int
    #: The TLS of a target with files of its own, which shares no connection with others.
    tls: TargetTls | None = None


#: Opens a socket to a place, by a way that is allowed.
Open = Callable[[Place], Awaitable[socket.socket]]
#: Resolves a host and port to IP addresses as text. Raises OSError.
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]


class _Connections:
    """The connections to one place, and the callers that wait for one."""

    __slots__ = ("idle", "users", "waiting")

    def __init__(self) -> None:
        self.idle: list[HttpConnection] = []
        #: How many callers have a connection or open one, at most CONNECTIONS_PER_PLACE.
        self.users = 0
        #: Callers that wait until one of these leaves, in order of arrival.
        self.waiting: deque[asyncio.Future[None]] = deque()

    def next_idle(self) -> HttpConnection | None:
        """Takes the open connection that has been idle for the shortest time; None if none."""
        while self.idle:
            connection = self.idle.pop()
            if connection.is_open:
                return connection
        return None


class ConnectionPool:
    """All connections of this process to other systems. Belongs to the event loop."""

    def __init__(self, open_socket: Open) -> None:
        """`open_socket` is called for every new connection."""
        self._open = open_socket
        #: The deadlines of all connections.
        self.deadlines = Deadlines()
        self._places: dict[Place, _Connections] = {}
        self._tls: ssl.SSLContext | None = None
        self._sweep: asyncio.Handle | None = None

    def kept(self, place: Place) -> HttpConnection | None:
        """A connection that has carried a request before; None if none is free at once."""
        there = self._places.get(place)
        if there is None or there.users >= CONNECTIONS_PER_PLACE:
            return None
        connection = there.next_idle()
        if connection is not None:
            there.users += 1
        return connection

    async def take(
        self, place: Place, deadline: float, *, is_fresh: bool = False
    ) -> tuple[HttpConnection, bool]:
        """A connection, and whether it has carried a request before.

        `is_fresh`: the connection has to be a new one.

        Raises:
            OSError, ssl.SSLError: no connection could be opened.
            WrongValue: a certificate file of the target cannot be used.
            TimeoutError: no connection was free at `deadline`, a time of the loop's clock.
        """
        there = self._places.get(place)
        if there is None:
            there = self._places[place] = _Connections()
        with self.deadlines.until(deadline):
            await self._enter(place, there)
            try:
                known = None if is_fresh else there.next_idle()
                return (known, True) if known else (await self._connect(place), False)
            except BaseException:
                self._leave(place, there)
                raise

    def give_back(self, place: Place, connection: HttpConnection) -> None:
        """Ends the use of a connection. The pool keeps it for reuse if it is still open."""
        connection.end_exchange()
        there = self._places.get(place)
        if there is None:
            # The pool has been closed meanwhile.
            connection.close()
            return
        if connection.is_open:
            there.idle.append(connection)
            if self._sweep is None:
                loop = asyncio.get_running_loop()
                self._sweep = loop.call_later(IDLE_S / 3, self._close_idle)
        self._leave(place, there)

    async def close(self) -> None:
        """Closes all idle connections. After that the pool cannot be used."""
        if self._sweep is not None:
            self._sweep.cancel()
        for there in self._places.values():
            for connection in there.idle:
                connection.close()
        self._places.clear()
        # The transports close in the next round of the event loop.
        await asyncio.sleep(0)

    async def _enter(self, place: Place, there: _Connections) -> None:
        """Waits until one more caller may have a connection. `_leave` has to follow."""
        if there.users < CONNECTIONS_PER_PLACE:
            there.users += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        there.waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.cancelled():
                self._leave(place, there)
            raise

    def _leave(self, place: Place, there: _Connections) -> None:
        """Ends a use, and lets the first waiting caller in."""
        while there.waiting:
            turn = there.waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return
        there.users -= 1
        if not there.users and not there.idle:
            self._places.pop(place, None)

    def _close_idle(self) -> None:
        loop = asyncio.get_running_loop()
        since = loop.time() - IDLE_S
        for place, there in list(self._places.items()):
            kept = []
            for connection in there.idle:
                if connection.is_open and connection.idle_since > since:
                    kept.append(connection)
                else:
                    connection.close()
            there.idle = kept
            if not kept and not there.users:
                del self._places[place]
        has_idle = any(there.idle for there in self._places.values())
        self._sweep = loop.call_later(IDLE_S / 3, self._close_idle) if has_idle else None

    async def _connect(self, place: Place) -> HttpConnection:
        loop = asyncio.get_running_loop()
        context = await self._context(place) if place.is_tls else None
        connected = await self._open(place)
        try:
            connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            _, connection = await loop.create_connection(
                partial(HttpConnection, self.deadlines),
                sock=connected,
                ssl=context,
                server_hostname=place.host if place.is_tls else None,
            )
        except BaseException:
            connected.close()
            raise
        return connection

    async def _context(self, place: Place) -> ssl.SSLContext:
        if place.tls is not None:
            return await asyncio.to_thread(place.tls.context)
        if self._tls is None:
            self._tls = new_context()
        return self._tls


async def connected_socket(addresses: Sequence[IPAddress], port: int) -> socket.socket:
    """Opens a socket to one of these addresses.

    Raises:
        OSError: no address answers.
    """
    return await start_connection(
        [_address_info(address, port) for address in addresses],
        happy_eyeballs_delay=_NEXT_ADDRESS_S,
        interleave=1,
        loop=asyncio.get_running_loop(),
    )


def _address_info(
    address: IPAddress, port: int
) -> tuple[int, int, int, str, tuple[str, int] | tuple[str, int, int, int]]:
    """The entry that `getaddrinfo` would return for this address."""
    if address.version == 4:
        return socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", (str(address), port)
    place = (str(address), port, 0, 0)
    return socket.AF_INET6, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", place
