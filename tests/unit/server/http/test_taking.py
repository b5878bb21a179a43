"""Requests that came at once: which are given to `take`, and how they are answered then."""

import asyncio
from typing import Any

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Scope
from uvicorn.server import ServerState

from automator.configuration.settings import Ingress
from automator.server.http.connection_limits import Listener, ListenerConfig
from automator.server.http.http_protocol import HttpProtocol
from automator.server.http.proxies import TrustedProxies
from tests.unit.server.http.test_http_protocol import Transport

HEAD = b"POST /hooks/shop HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n"
LATER = PlainTextResponse("later")


class Connection:
    """A connection whose requests are taken in at once, where that may be."""

    def __init__(self, answer: ASGIApp | None = None) -> None:
        self.bodies: list[bytes] = []
        self._answer = answer
        config = ListenerConfig(
            Listener(Ingress(), TrustedProxies(()), files=10_000),
            take=self._take,
            app=PlainTextResponse("by ASGI"),
            interface="asgi3",
            proxy_headers=False,
            lifespan="off",
        )
        config.load()
        self.transport: Any = Transport()
        loop: Any = asyncio.get_running_loop()
        self.protocol = HttpProtocol(config, ServerState(), {}, loop)
        self.protocol.connection_made(self.transport)

    def _take(self, _: Scope, body: bytes) -> ASGIApp | None:
        self.bodies.append(body)
        return self._answer

    async def written(self) -> bytes:
        """What is written when all tasks are done."""
        while self.protocol.tasks:
            await asyncio.wait(self.protocol.tasks)
            await asyncio.sleep(0)
        written: bytes = self.transport.written
        return written


async def test_a_request_that_came_at_once_has_no_task_and_is_acknowledged_later() -> None:
    connection = Connection()

    connection.protocol.data_received(HEAD + b"{}")

    assert (connection.bodies, connection.protocol.tasks) == ([b"{}"], set())
    assert connection.transport.written == b""
    assert connection.protocol.acknowledge(b"{}")
    assert connection.transport.written.endswith(b"\r\n\r\n{}")


async def test_a_request_that_comes_in_pieces_is_answered_by_the_application() -> None:
    connection = Connection()

    connection.protocol.data_received(HEAD)
    connection.protocol.data_received(b"{}")

    assert (await connection.written()).endswith(b"by ASGI")
    assert connection.bodies == []


async def test_the_next_request_is_taken_in_when_the_one_before_it_is_answered() -> None:
    connection = Connection()

    connection.protocol.data_received(HEAD + b"{}" + HEAD + b"[]")

    assert connection.bodies == [b"{}"]
    assert connection.protocol.acknowledge(b"{}")
    assert connection.bodies == [b"{}", b"[]"]
    assert connection.protocol.acknowledge(b"{}")
    assert connection.transport.written.count(b"HTTP/1.1 200 OK") == 2


async def test_what_takes_a_request_in_may_leave_its_answer_to_an_application() -> None:
    at_once, afterwards = Connection(LATER), Connection()

    at_once.protocol.data_received(HEAD + b"{}")
    afterwards.protocol.data_received(HEAD + b"{}")
    afterwards.protocol.answer_with(LATER)

    assert (await at_once.written()).endswith(b"later")
    assert (await afterwards.written()).endswith(b"later")


async def test_a_sender_who_is_gone_is_answered_nothing_and_leaves_no_exchange() -> None:
    connection = Connection()
    connection.protocol.data_received(HEAD + b"{}")
    exchange = connection.protocol.cycle

    connection.protocol.connection_lost(None)
    connection.protocol.answer_with(LATER)

    assert exchange.disconnected
    assert connection.protocol.cycle is None
    assert connection.protocol.tasks == set()
    assert not connection.protocol.acknowledge(b"{}")
    assert await connection.written() == b""


async def test_a_server_that_stops_answers_what_was_taken_in_and_closes() -> None:
    connection = Connection()
    connection.protocol.data_received(HEAD + b"{}")

    connection.protocol.shutdown()
    assert not connection.protocol.acknowledge(b"{}")
    connection.protocol.answer_with(LATER)

    assert b"connection: close" in await connection.written()
    assert connection.transport.ended == "closed"
