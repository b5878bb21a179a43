"""The answer to a delivery in one write: it says what ASGI's messages would have said."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.server import ServerState

from automator.configuration.settings import Ingress
from automator.server.http.body import SOCKET
from automator.server.http.connection_limits import Listener, ListenerConfig
from automator.server.http.http_protocol import HttpProtocol
from automator.server.http.proxies import TrustedProxies
from tests.unit.server.http.test_http_protocol import Transport

BODY = b'{"delivery":"0abc"}'
DELIVERY = b"POST /hooks/shop HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}"
HEADERS = [
    (b"content-type", b"application/json"),
    (b"x-content-type-options", b"nosniff"),
    (b"content-length", str(len(BODY)).encode()),
]


class Connection:
    """A connection whose application answers in one write, where it may, or by ASGI's messages."""

    def __init__(self, *, in_one_write: bool) -> None:
        self.used: list[bool] = []
        self._in_one_write = in_one_write
        listener = Listener(Ingress(), TrustedProxies(()), files=10_000)
        config = ListenerConfig(
            listener, app=self._answer, interface="asgi3", proxy_headers=False, lifespan="off"
        )
        config.load()
        state = ServerState()
        state.default_headers = [(b"date", b"Thu, 26 Nov 2026 05:00:00 GMT")]
        self.transport: Any = Transport()
        loop: Any = asyncio.get_running_loop()
        self.protocol = HttpProtocol(config, state, {}, loop)
        self.protocol.connection_made(self.transport)

    async def _answer(self, scope: Any, receive: Any, send: Any) -> None:
        await receive()
        if self._in_one_write:
            self.used.append(scope[SOCKET].acknowledge(BODY))
            if self.used[-1]:
                return
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})

    async def receive(self, data: bytes) -> bytes:
        """What is written in answer to these bytes."""
        self.protocol.data_received(data)
        while self.protocol.tasks:
            await asyncio.wait(self.protocol.tasks)
            # What takes a task out of the set is called after it has ended.
            await asyncio.sleep(0)
        written: bytes = self.transport.written
        return written


@pytest.mark.parametrize("requests", [DELIVERY, DELIVERY * 3], ids=["alone", "pipelined"])
async def test_one_write_says_what_the_messages_of_asgi_say(requests: bytes) -> None:
    quick, plain = Connection(in_one_write=True), Connection(in_one_write=False)

    assert await quick.receive(requests) == await plain.receive(requests)
    assert quick.used == [True] * requests.count(b"POST")
    assert quick.protocol.server_state.total_requests == len(quick.used)


@pytest.mark.parametrize(
    "request_",
    [
        DELIVERY.replace(b"POST", b"HEAD"),
        DELIVERY.replace(b"host", b"connection: close\r\nhost"),
        DELIVERY.replace(b"HTTP/1.1", b"HTTP/1.0"),
    ],
    ids=["HEAD", "close", "HTTP/1.0"],
)
async def test_what_is_no_usual_delivery_is_answered_by_the_messages_of_asgi(
    request_: bytes,
) -> None:
    quick, plain = Connection(in_one_write=True), Connection(in_one_write=False)

    assert await quick.receive(request_) == await plain.receive(request_)
    assert quick.used == [False]


async def test_nothing_is_written_to_a_sender_who_is_gone_or_reads_nothing() -> None:
    for spoil in ("disconnected", "write_paused"):
        connection = Connection(in_one_write=True)
        connection.protocol.data_received(DELIVERY)
        cycle = connection.protocol.cycle
        if spoil == "disconnected":
            cycle.disconnected = True
        else:
            connection.protocol.pause_writing()

        assert connection.protocol.acknowledge(BODY) is False
        assert connection.transport.written == b""
        cycle.disconnected = True
        connection.protocol.resume_writing()
        await connection.receive(b"")


def test_a_connection_without_a_request_has_nothing_to_acknowledge() -> None:
    listener = Listener(Ingress(), TrustedProxies(()), files=10_000)
    config = ListenerConfig(listener, app=None, lifespan="off")
    loop: Any = SimpleNamespace(time=lambda: 0.0)

    assert HttpProtocol(config, ServerState(), {}, loop).acknowledge(BODY) is False
