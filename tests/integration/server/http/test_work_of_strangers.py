"""What somebody without a signature or a session sends makes little work, however it is written.

The work is counted in calls of functions on the event loop, from the bytes of a connection to the
answer. A request costs what a page costs; beyond it, each byte may cost only a fraction of a call.
"""

import asyncio
from collections.abc import AsyncIterator
from contextvars import ContextVar, copy_context
from pathlib import Path
from typing import Any

import pytest
from uvicorn.server import ServerState

from automator.configuration.settings import Ingress
from automator.server.http.connection_limits import Listener, ListenerConfig
from automator.server.http.http_protocol import HttpProtocol
from automator.server.http.proxies import TrustedProxies
from tests.support.site import Site, open_site
from tests.support.turns import Turns, counted_turns
from tests.unit.server.http.test_http_protocol import Transport

#: Calls that one request may cost, that a thousand of its bytes may add, and that one turn of the
#: loop may take.
A_REQUEST, A_KILOBYTE, A_TURN = 20_000, 100, 30_000
PATHS = (b"/hooks/demo-page", b"/sign-in", b"/api/check", b"/l/token", b"/healthz", b"/none")
#: What the loop of a server reads at once.
READ = 262_144
MEGABYTE = 1_000_000
FORM = b"Content-Type: application/x-www-form-urlencoded"
MULTIPART = b"Content-Type: multipart/form-data; boundary=x"
JSON = b"Content-Type: application/json"
CHUNKED = b"Transfer-Encoding: chunked"


def _get(path: bytes, *headers: bytes, method: bytes = b"GET") -> bytes:
    lines = b"".join(header + b"\r\n" for header in headers)
    return method + b" " + path + b" HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n" + lines + b"\r\n"


def _chunked(path: bytes, chunk: bytes, *headers: bytes) -> bytes:
    one = b"%x\r\n%b\r\n" % (len(chunk), chunk)
    head = _get(path, CHUNKED, *headers, method=b"POST")
    return head + one * (MEGABYTE // len(one)) + b"0\r\n\r\n"


def _post(path: bytes, body: bytes, *headers: bytes) -> bytes:
    length = b"Content-Length: %d" % len(body)
    return _get(path, length, b"Sec-Fetch-Site: same-origin", *headers, method=b"POST") + body


SENT: dict[str, Any] = {
    "chunks of one byte": lambda path: _chunked(path, b"1", JSON),
    "chunks of 65 bytes": lambda path: _chunked(path, b"1" * 65, JSON),
    "an encoded body in chunks": lambda path: _chunked(path, b"1" * 65, b"Content-Encoding: gzip"),
    "an encoded body": lambda path: _post(path, b"1" * MEGABYTE, b"Content-Encoding: gzip"),
    "short headers": lambda path: _get(path)[:-2] + b"a:\r\n" * (MEGABYTE // 4),
    "short trailers": lambda path: (
        _get(path, CHUNKED, method=b"POST") + b"0\r\n" + b"a:\r\n" * (MEGABYTE // 4)
    ),
    "long headers": lambda path: _get(path, *[b"a: " + b"x" * 16_000] * 4),
    "parameters": lambda path: _get(path + b"?" + b"a=1&" * 15_000),
    "empty parameters": lambda path: _get(path + b"?" + b"&" * 16_000),
    "an escaped parameter": lambda path: _get(path + b"?a=" + b"%41" * 5_000),
    "an escaped path": lambda path: _get(path + b"/" + b"%ff" * 5_000),
    "segments": lambda path: _get(path + b"/" * 16_000),
    "cookies": lambda path: _get(path, *[b"Cookie: " + b"a=b;" * 4_000] * 3),
    "empty cookies": lambda path: _get(path, *[b"Cookie: " + b";" * 16_000] * 3),
    "an escaped cookie": lambda path: _get(path, b'Cookie: sid="' + b"\\1" * 8_000 + b'"'),
    "languages": lambda path: _get(path, *[b"Accept-Language: " + b"a," * 8_000] * 3),
    "ranges": lambda path: _get(path, b"Range: bytes=" + b"0-0," * 4_000),
    "addresses": lambda path: _get(path, *[b"X-Forwarded-For: " + b"1.1.1.1," * 2_000] * 3),
    "a credential": lambda path: _get(path, b"Authorization: Bearer " + b"a" * 16_000),
    "a host": lambda path: _get(path, b"Host: " + b"a." * 8_000),
    "options": lambda path: _get(path, method=b"OPTIONS"),
    "fields": lambda path: _post(path, b"a=1&" * 16_000, FORM),
    "empty fields": lambda path: _post(path, b"&" * 64_000, FORM),
    "an escaped field": lambda path: _post(path, b"token=" + b"%41" * 20_000, FORM),
    "parts": lambda path: _post(
        path, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n\r\n' * 1_000, MULTIPART
    ),
    "brackets": lambda path: _post(path, b"[" * 30_000 + b"]" * 30_000, JSON),
    "a pipeline": lambda path: _get(path) * 30,
    "an endless pipeline": lambda path: _get(path) * 5_000,
    "an endless pipeline of wishes": lambda path: (
        _get(path, b"Connection: Upgrade", b"Upgrade: h2c") * 2_000
    ),
    "empty lines": lambda _: b"\r\n" * (MEGABYTE // 2),
    "no request": lambda _: b"\xff" * MEGABYTE,
}


#: Set in all tasks that a stranger's request causes.
BY_STRANGER: ContextVar[bool] = ContextVar("BY_STRANGER")


class Stranger:
    """Sends over connections of its own, as fast as the server reads."""

    def __init__(self, site: Site) -> None:
        app: Any = site.app
        listener = Listener(Ingress(), TrustedProxies(()), files=10_000)
        self._config = ListenerConfig(
            listener, take=app.take, app=app, lifespan="off", log_config=None
        )
        self._config.load()

    async def send(self, content: bytes) -> tuple[int, int]:
        """The number of bytes that were read, and of the answers that they got."""
        transport: Any = Transport()
        protocol = HttpProtocol(self._config, ServerState(), {})
        # Only what the bytes cause is counted, not how often this loop asks whether to go on.
        context = copy_context()
        context.run(BY_STRANGER.set, True)
        loop = asyncio.get_running_loop()
        loop.call_soon(protocol.connection_made, transport, context=context)
        await asyncio.sleep(0)
        read = 0
        while read < len(content) and not transport.ended:
            if transport.is_reading:
                piece = content[read : read + READ]
                loop.call_soon(protocol.data_received, piece, context=context)
                read = min(len(content), read + READ)
            await asyncio.sleep(0)
        while protocol.tasks:
            await asyncio.wait(protocol.tasks)
            await asyncio.sleep(0)
        transport.close()
        protocol.connection_lost(None)
        written: bytes = transport.written
        return read, written.count(b"HTTP/1.1 ")


@pytest.fixture
async def site(tmp_path: Path) -> AsyncIterator[Site]:
    async with open_site(tmp_path) as opened:
        yield opened


async def test_what_a_stranger_sends_costs_a_request_and_little_for_each_byte(site: Site) -> None:
    stranger = Stranger(site)
    for path in PATHS:  # The first request of each kind makes what the others use.
        await stranger.send(_get(path))
    too_much = []
    with counted_turns(A_TURN, BY_STRANGER) as turns:
        for name, written in SENT.items():
            for path in PATHS:
                content = written(path)
                turns.forget()
                read, answers = await stranger.send(content)
                turns.begin()
                if answers == 0 or _is_too_much(turns, read, answers):
                    too_much.append(
                        f"{name} to {path.decode()}: {read} bytes, {answers} answers, "
                        f"{turns.total} calls, {turns.most} in a turn, as in {turns.place}"
                    )

    assert not too_much, "\n".join(too_much)


def _is_too_much(turns: Turns, read: int, answers: int) -> bool:
    return turns.most > A_TURN or turns.total > answers * A_REQUEST + read * A_KILOBYTE // 1000
