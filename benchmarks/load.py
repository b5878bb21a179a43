"""A load generator in one process: kept-alive connections that post ready-made requests.

It works on raw protocols, so that it costs a fraction of what the measured server costs, and it can
also be the target that forwards go to.
"""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

_OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\ncontent-type: text/plain\r\n\r\nok"
_STEADY_CONNECTIONS = 32


@dataclass(frozen=True)
class Measured:
    """The result of one round of load; latencies in milliseconds, sorted."""

    seconds: float
    acknowledged: int
    refused: int
    latencies: list[float]

    @property
    def rate(self) -> float:
        return self.acknowledged / self.seconds

    def percentile(self, share: float) -> float:
        return self.latencies[min(len(self.latencies) - 1, int(len(self.latencies) * share))]


class _Sender(asyncio.Protocol):
    """One connection: the next request goes out when the answer to the last one is whole."""

    def __init__(self, requests: Iterator[bytes], until: float, done: asyncio.Future[None]) -> None:
        self._requests = requests
        self._until = until
        self._done = done
        self._buffer = b""
        self._sent_at = 0.0
        self.latencies: list[float] = []
        self.refused = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._next()

    def _next(self) -> None:
        now = time.perf_counter()
        request = next(self._requests, None) if now < self._until else None
        if request is None:
            self._transport.close()
            if not self._done.done():
                self._done.set_result(None)
            return
        self._sent_at = now
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        end = self._buffer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = self._buffer[:end].lower()
        start = head.index(b"content-length:") + 15
        stop = head.find(b"\r\n", start)
        length = int(head[start : stop if stop > 0 else len(head)])
        if len(self._buffer) < end + 4 + length:
            return
        if self._buffer.startswith(b"HTTP/1.1 200"):
            self.latencies.append((time.perf_counter() - self._sent_at) * 1000)
        else:
            self.refused += 1
        self._buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self._done.done():
            self._done.set_result(None)


async def post_all(
    port: int, requests: Iterator[bytes], *, connections: int, seconds: float
) -> Measured:
    """Posts until the requests or the seconds are used up."""
    loop = asyncio.get_running_loop()
    began = time.perf_counter()
    finished: list[asyncio.Future[None]] = []
    senders: list[_Sender] = []
    for _ in range(connections):
        done: asyncio.Future[None] = loop.create_future()
        finished.append(done)
        start = partial(_Sender, requests, began + seconds, done)
        _, sender = await loop.create_connection(start, "127.0.0.1", port)
        senders.append(sender)
    await asyncio.gather(*finished)
    took = time.perf_counter() - began
    latencies = sorted(value for sender in senders for value in sender.latencies)
    return Measured(took, len(latencies), sum(sender.refused for sender in senders), latencies)


async def post_steadily(*ports: int, requests: Iterator[bytes], rate: int) -> Measured:
    """Posts so many a second, to the ports in turn; latencies count from when a request was due."""
    loop = asyncio.get_running_loop()
    free: list[asyncio.Queue[_Steady]] = [asyncio.Queue() for _ in ports]
    senders: list[_Steady] = []
    for port, idle in zip(ports, free, strict=True):
        for _ in range(_STEADY_CONNECTIONS):
            _, sender = await loop.create_connection(partial(_Steady, idle), "127.0.0.1", port)
            senders.append(sender)
    began = time.perf_counter()
    for number, request in enumerate(requests):
        due = began + number / rate
        await asyncio.sleep(max(0.0, due - time.perf_counter()))
        (await free[number % len(free)].get()).post(request, due)
    for idle in free:
        for _ in range(_STEADY_CONNECTIONS):
            (await idle.get()).transport.close()
    latencies = sorted(value for sender in senders for value in sender.latencies)
    refused = sum(sender.refused for sender in senders)
    return Measured(time.perf_counter() - began, len(latencies), refused, latencies)


class _Steady(asyncio.Protocol):
    """One connection: it is free again when the answer, which is JSON, is whole."""

    transport: asyncio.Transport

    def __init__(self, free: "asyncio.Queue[_Steady]") -> None:
        self._free = free
        self._due = 0.0
        self._answer = b""
        self.latencies: list[float] = []
        self.refused = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self._free.put_nowait(self)

    def post(self, request: bytes, due: float) -> None:
        self._due, self._answer = due, b""
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._answer += data
        if not self._answer.endswith(b"}"):
            return
        if self._answer.startswith(b"HTTP/1.1 200"):
            self.latencies.append((time.perf_counter() - self._due) * 1000)
        else:
            self.refused += 1
        self._free.put_nowait(self)


class Sink:
    """The target of forwards: counts whole requests and remembers when the last one came."""

    def __init__(self) -> None:
        self.received = 0
        self.last_at = 0.0

    async def listen(self) -> int:
        """Listens on a free port and returns it."""
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(lambda: _Receiver(self), "127.0.0.1", 0)
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    async def wait_for(self, count: int, timeout_s: float) -> None:
        """Until `count` requests have come, or the time is up."""
        deadline = time.perf_counter() + timeout_s
        while self.received < count and time.perf_counter() < deadline:
            await asyncio.sleep(0.01)


class _Receiver(asyncio.Protocol):
    def __init__(self, sink: Sink) -> None:
        self._sink = sink
        self._buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while True:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = self._buffer[:end].lower()
            start = head.find(b"content-length:")
            length = 0
            if start >= 0:
                stop = head.find(b"\r\n", start)
                length = int(head[start + 15 : stop if stop > 0 else len(head)])
            if len(self._buffer) < end + 4 + length:
                return
            self._buffer = self._buffer[end + 4 + length :]
            self._sink.received += 1
            self._sink.last_at = time.perf_counter()
            self._transport.write(_OK)


def http_post(path: str, body: bytes, headers: dict[str, str]) -> bytes:
    """A whole request, ready to be written."""
    lines = [f"POST {path} HTTP/1.1", "host: 127.0.0.1", f"content-length: {len(body)}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
