"""Our HTTP client and our HTTP/1.1 protocol beside the libraries that could take their places.

    python -m benchmarks.libraries [clients] [forwards] [deliveries] [--turns 6] [--requests 1500]

`clients` compares the clients alone, with 16 requests at a time; `forwards` the whole server with
each client and on each protocol; `deliveries` the server on each protocol when no rule matches.
They take turns, and the CPU seconds of the measured process are compared, so that other work on the
machine counts little. 0.95 means 95 requests for the CPU that 100 take with our own part.

Every library has the address guard, and all but niquests tell an error before sending from one
after it. None limits the answer, which favours them, and uvicorn's protocols have none of our
limits. A library that is not installed is left out; `pip install niquests` adds that one.
"""

import argparse
import asyncio
import os
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from statistics import median
from typing import Any

from automator.engine.network.connection_pool import Place
from automator.engine.network.egress import Egress
from automator.http.types import HttpReply
from automator.model import RetryableError, UnknownOutcome
from automator.reasons.attempts.outbound import connection_closed, unreachable
from automator.server.http.connection_limits import ListenerConfig
from benchmarks.load import Sink, post_all
from benchmarks.servers import (
    LOAD_CORE,
    SERVER_CORE,
    Server,
    numbered,
    our_server,
    pin,
    rules_text,
    signed_requests,
)

#: The three comparisons.
PARTS = ["clients", "forwards", "deliveries"]
OURS = "ours"
_AT_ONCE = 16
_WARM = 300
#: Seconds after a turn in which the server still does what the turn left behind.
_REST_S = 0.5
_BODY = b'{"text": "%s"}' % (b"x" * 700)

#: Sends one request with a library: method, address, headers, body, seconds.
Send = Callable[[str, str, Mapping[str, str], bytes, float], Awaitable[HttpReply]]
#: The allowed addresses of a host, by the guard of the server.
Find = Callable[[str, int], Awaitable[list[str]]]


@dataclass(frozen=True)
class Client:
    """A client of a library."""

    send: Send
    close: Callable[[], Awaitable[None]]
    #: Its errors before anything was sent, and its other errors.
    unsent: tuple[type[Exception], ...]
    failed: tuple[type[Exception], ...]


def _aiohttp(find: Find) -> Client:
    aiohttp: Any = import_module("aiohttp")

    class Resolver(aiohttp.abc.AbstractResolver):  # type: ignore[misc]  # Of type Any.
        async def resolve(self, host: str, port: int = 0, family: int = 0) -> list[dict[str, Any]]:
            return [
                {"hostname": host, "host": one, "port": port, "family": family or socket.AF_INET,
                 "proto": 0, "flags": 0}
                for one in await find(host, port)
            ]  # fmt: skip

        async def close(self) -> None:
            pass

    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(resolver=Resolver(), use_dns_cache=False, limit=0),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
    )

    async def send(
        method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> HttpReply:
        limit = aiohttp.ClientTimeout(total=timeout_s)
        sending = session.request(
            method, url, headers=headers, data=body, allow_redirects=False, timeout=limit
        )
        async with sending as answer:
            return _reply(answer.status, answer.headers, await answer.read())

    unsent = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError)
    return Client(send, session.close, unsent, (aiohttp.ClientError, TimeoutError))


def _guarded_pool(find: Find) -> Any:
    """httpcore's pool of connections, which httpx uses as well."""
    httpcore: Any = import_module("httpcore")

    class Guarded(httpcore.AsyncNetworkBackend):  # type: ignore[misc]  # Of type Any.
        _backend = httpcore.AnyIOBackend()

        async def connect_tcp(self, host: str, port: int, *rest: Any, **more: Any) -> Any:
            (address, *_) = await find(host, port)
            return await self._backend.connect_tcp(address, port, *rest, **more)

    return httpcore.AsyncConnectionPool(
        network_backend=Guarded(), max_connections=64, max_keepalive_connections=64
    )


def _httpcore(find: Find) -> Client:
    httpcore: Any = import_module("httpcore")
    pool = _guarded_pool(find)

    async def send(
        method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> HttpReply:
        phases = dict.fromkeys(("connect", "read", "write", "pool"), timeout_s)
        answer = await pool.request(
            method, url, headers=dict(headers), content=body, extensions={"timeout": phases}
        )
        found = {name.decode(): value.decode("latin-1") for name, value in answer.headers}
        return _reply(answer.status, found, answer.content)

    unsent = (httpcore.ConnectError, httpcore.ConnectTimeout, httpcore.PoolTimeout)
    failed = (httpcore.NetworkError, httpcore.TimeoutException, httpcore.ProtocolError)
    return Client(send, pool.aclose, unsent, failed)


def _httpx(find: Find) -> Client:
    httpx: Any = import_module("httpx")
    transport = httpx.AsyncHTTPTransport(trust_env=False)
    transport._pool = _guarded_pool(find)
    client = httpx.AsyncClient(transport=transport, trust_env=False)

    async def send(
        method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> HttpReply:
        answer = await client.request(method, url, headers=headers, content=body, timeout=timeout_s)
        return _reply(answer.status_code, answer.headers, answer.content)

    unsent = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout)
    return Client(send, client.aclose, unsent, (httpx.TransportError,))


def _niquests(find: Find) -> Client:
    niquests: Any = import_module("niquests")
    base: Any = import_module("niquests.utils").AsyncBaseResolver

    class Resolver(base):  # type: ignore[misc]  # Of type Any.
        protocol, implementation = "manual", "guarded"

        def __init__(self) -> None:
            super().__init__(None, None)

        def is_available(self) -> bool:
            return True

        async def close(self) -> None:
            pass

        async def getaddrinfo(self, host: str, port: int, *_: Any, **__: Any) -> list[Any]:
            kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
            return [(*kind, (address, port)) for address in await find(host, port)]

    session = niquests.AsyncSession(
        resolver=Resolver(), disable_http2=True, disable_http3=True, pool_maxsize=64,
        revocation_configuration=None, allow_incoming_cookies=False,
    )  # fmt: skip
    session.trust_env = False

    async def send(
        method: str, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> HttpReply:
        answer = await session.request(
            method, url, headers=headers, data=body, allow_redirects=False, timeout=timeout_s
        )
        return _reply(answer.status_code, answer.headers, answer.content)

    # A connection that was not made and one that broke later are the same error: no attempt could
    # be repeated that certainly sent nothing.
    unsent = (niquests.ConnectTimeout,)
    return Client(send, session.close, unsent, (niquests.RequestException,))


def _reply(status: int, headers: Mapping[str, str], body: bytes) -> HttpReply:
    return HttpReply(status, {name.lower(): value for name, value in headers.items()}, body)


_MAKERS: dict[str, Callable[[Find], Client]] = {
    "aiohttp": _aiohttp,
    "httpcore": _httpcore,
    "httpx": _httpx,
    "niquests": _niquests,
}
CLIENTS = [OURS, *filter(find_spec, _MAKERS)]
_PROTOCOLS = {
    "httptools": "uvicorn.protocols.http.httptools_impl:HttpToolsProtocol",
    "h11": "uvicorn.protocols.http.h11_impl:H11Protocol",
}
#: Our protocol, with every delivery going to the application by way of ASGI.
_ALL_ASGI = "all ASGI"
PROTOCOLS = [OURS, _ALL_ASGI, *_PROTOCOLS]


def install(name: str) -> None:
    """Puts a library into the place of our own part, in this process."""
    process: Any = import_module("automator.server.bootstrap.process")
    if name in _MAKERS:
        _send_with(_MAKERS[name])
    elif name == _ALL_ASGI:
        process.ListenerConfig = lambda *given, **rest: ListenerConfig(
            *given, **rest | {"take": None}
        )
    elif name in _PROTOCOLS:
        module, _, protocol = _PROTOCOLS[name].partition(":")
        base = getattr(import_module(module), protocol)
        bound = {"check_deadline": lambda _connection, _now: None}
        process.HttpProtocol = type("Bare", (base,), bound)


def _send_with(make: Callable[[Find], Client]) -> None:
    """Has every Egress send by means of a library."""
    made: dict[Egress, Client] = {}

    async def request(
        self: Egress,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
        target: str = "",  # noqa: ARG001 - as Http says.
    ) -> HttpReply:
        place = self._cached_url(url).place
        if self not in made:
            made[self] = make(partial(_allowed, self))
        client = made[self]
        every = {"accept-encoding": "identity", "user-agent": "automator", **(headers or {})}
        try:
            return await client.send(method, url, every, body, timeout_s)
        except client.unsent as error:
            reason = unreachable(host=place.host, problem=str(error))
            raise RetryableError(reason, code="no_connection") from error
        except client.failed as error:
            raise UnknownOutcome(connection_closed(), code="disconnected") from error

    async def close(self: Egress) -> None:
        if self in made:
            await made.pop(self).close()

    Egress.request = request  # type: ignore[method-assign]
    Egress.close = close  # type: ignore[method-assign]


async def _allowed(egress: Egress, host: str, port: int) -> list[str]:
    return [str(one) for one in await egress._addresses.find(Place(False, host, port))]


# --- A client alone, in a process of its own ---


async def send_alone(port: int, requests: int) -> float:
    """CPU seconds of this process for one request, after some that warm it."""
    egress = Egress([f"127.0.0.1:{port}"])
    url = f"http://127.0.0.1:{port}/in"
    headers = {"content-type": "application/json", "x-signature": "0" * 64}

    async def work(todo: range) -> None:
        for _ in todo:
            await egress.request("POST", url, headers=headers, body=_BODY)

    async def all_of(count: int) -> None:
        await asyncio.gather(*(work(range(count // _AT_ONCE)) for _ in range(_AT_ONCE)))

    await all_of(_WARM)
    began = time.process_time()
    await all_of(requests)
    took = time.process_time() - began
    await egress.close()
    return took / (requests // _AT_ONCE * _AT_ONCE)


async def clients_in_turns(turns: int, requests: int) -> list[dict[str, float]]:
    """CPU seconds of the clients for one request, in each turn."""
    sink = Sink()
    port = await sink.listen()
    found = []
    for turn in range(turns):
        spent = {}
        for name in turned(CLIENTS, turn):
            child = await asyncio.create_subprocess_exec(
                sys.executable, "-m", "benchmarks.libraries", "alone", str(port), str(requests),
                env={**os.environ, "LIBRARY": name}, stdout=asyncio.subprocess.PIPE,
            )  # fmt: skip
            spent[name] = float((await child.communicate())[0])
        found.append(spent)
    return found


# --- The whole server ---


async def _burst(server: Server, requests: list[bytes], sink: Sink, *, forwards: bool) -> float:
    """CPU seconds of a server for one delivery."""
    before, received = server.cpu_s(), sink.received
    load = await post_all(server.port, numbered(requests), connections=_AT_ONCE, seconds=300)
    if load.acknowledged < len(requests):
        raise SystemExit(f"{len(requests) - load.acknowledged} requests were not answered with 200")
    if forwards:
        await sink.wait_for(received + len(requests), timeout_s=300)
        if sink.received < received + len(requests):
            raise SystemExit("not every delivery was forwarded")
    await asyncio.sleep(_REST_S)
    return (server.cpu_s() - before) / len(requests)


async def servers_in_turns(
    names: list[str], turns: int, requests: int, *, forwards: bool
) -> list[dict[str, float]]:
    """CPU seconds of the servers for one delivery, in each turn. All of them run side by side."""
    sink = Sink()
    port = await sink.listen()
    load = signed_requests(_WARM + turns * requests)
    with ExitStack() as stack:
        servers = {
            name: stack.enter_context(
                our_server(
                    rules_text(100, forward=forwards),
                    port,
                    program=("-m", "benchmarks.libraries"),
                    environ={"LIBRARY": name},
                )
            )
            for name in names
        }
        for server in servers.values():
            await _burst(server, load[:_WARM], sink, forwards=forwards)
        found = []
        for turn in range(turns):
            some = load[_WARM + turn * requests :][:requests]
            spent = {}
            for name in turned(names, turn):
                spent[name] = await _burst(servers[name], some, sink, forwards=forwards)
            found.append(spent)
        return found


async def measure(part: str, turns: int, requests: int) -> list[str]:
    """One of the comparisons, as lines of text."""
    if part == "clients":
        names, title = CLIENTS, "A client alone, each request"
        found = await clients_in_turns(turns, requests)
    elif part == "forwards":
        names, title = [*CLIENTS, *PROTOCOLS[1:]], "The whole server, each forward"
        found = await servers_in_turns(names, turns, requests, forwards=True)
    else:
        names, title = PROTOCOLS, "The whole server, each delivery that no rule matches"
        found = await servers_in_turns(names, turns, requests, forwards=False)
    return lines(title, names, found)


def turned(names: list[str], turn: int) -> list[str]:
    """The names, beginning with another one in each turn."""
    first = turn % len(names)
    return names[first:] + names[:first]


def lines(title: str, names: list[str], turns: list[dict[str, float]]) -> list[str]:
    """The CPU of each name, and what our own part takes of it: the share of requests it leaves."""
    found = [f"{title}: CPU, and requests for the same CPU beside ours (lowest and highest turn)"]
    for name in names:
        cpu = median(turn[name] for turn in turns) * 1e6
        shares = sorted(turn[names[0]] / turn[name] for turn in turns)
        found.append(
            f"  {name:10} {cpu:6.0f} µs   {median(shares):.2f}"
            f" ({shares[0]:.2f} to {shares[-1]:.2f})"
        )
    return found


def main() -> None:
    if library := os.environ.get("LIBRARY"):
        install(library)
        if sys.argv[1] == "serve":
            from automator.cli import main as serve

            serve()
        else:
            import uvloop

            pin(SERVER_CORE)
            print(uvloop.run(send_alone(int(sys.argv[2]), int(sys.argv[3]))))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", choices=PARTS, default=PARTS)
    parser.add_argument("--turns", type=int, default=6)
    parser.add_argument("--requests", type=int, default=1_500, help="of each turn")
    options = parser.parse_args()
    pin(LOAD_CORE)
    for part in options.parts:
        print("\n".join(asyncio.run(measure(part, options.turns, options.requests))), flush=True)


if __name__ == "__main__":
    main()
