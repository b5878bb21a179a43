"""The limits of incoming connections: their number in all and per address, head sizes, and time.

Each `HttpProtocol` enters its connection in the `Listener`, which checks all deadlines once a
second. Refusals are counted and logged, one line a minute for each reason.
"""

import asyncio
import logging
import resource
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import field
from ipaddress import IPv6Address
from typing import Any

import orjson
from starlette.types import ASGIApp, Scope
from uvicorn.config import Config

from automator.configuration.settings import Ingress
from automator.model import record
from automator.server.http.proxies import TrustedProxies, read_address

logger = logging.getLogger(__name__)

#: A function that takes in a request (scope and whole body). It returns the application that has to
#: answer, or None if the request will be answered directly.
Take = Callable[[Scope, bytes], ASGIApp | None]

#: At most this many bytes of a request's line and headers, and of the trailers after its body.
MAX_HEAD_BYTES = 65_536
#: At most this many bytes of the address, and of the value of a header, as in proxies and browsers.
MAX_HEADER_BYTES = 16_384
MAX_HEADERS = 100
#: At most this many parameters of the address, and cookies: each costs work, however short it is.
MAX_PARAMETERS = 200
#: A head of at most this many bytes cannot exceed any limit, and is not checked.
MOST_UNSEEN = 2_048
#: A read or chunk up to this many bytes is small; a request may have this many small ones, because
#: each costs as much work as a large one.
SMALL_PIECE_BYTES, MAX_SMALL_PIECES = 64, 2_000
#: At most this many requests may wait on a connection behind an unanswered request.
MAX_PIPELINED = 32
#: A connection is closed if its other side reads nothing of an answer for this many seconds.
SEND_WITHIN_S = 30.0
#: Seconds for which a refused client can read the refusal before its connection is closed.
LINGER_S = 2.0
#: When the server stops, the rest of a request has this many seconds to arrive; less time than
#: requests under way have to be answered.
END_WITHIN_S = 2.0
#: At most this many refused clients get time to read the refusal; others are closed at once.
_MOST_LINGERING = 128
_LOG_EVERY_S = 60.0
_RETRY_AFTER_S = 5


@record(kw_only=False)
class Refusal:
    """The answer to a connection or request that is refused before the application sees it."""

    status: int
    reason: str
    code: str
    message: str
    answer: bytes = field(init=False, repr=False)

    def __post_init__(self) -> None:
        body = orjson.dumps({"error": self.code, "message": self.message})
        retry = f"retry-after: {_RETRY_AFTER_S}\r\n" if self.status == 503 else ""
        head = (
            f"HTTP/1.1 {self.status} {self.reason}\r\ncontent-type: application/json\r\n"
            f"content-length: {len(body)}\r\n{retry}connection: close\r\n\r\n"
        )
        object.__setattr__(self, "answer", head.encode() + body)


#: The answer to an accepted delivery, with places for further headers, the length, and the JSON.
ACKNOWLEDGED = (
    b"HTTP/1.1 200 OK\r\n%bcontent-type: application/json\r\n"
    b"x-content-type-options: nosniff\r\ncontent-length: %d\r\n\r\n%b"
)
BAD_REQUEST = Refusal(400, "Bad Request", "bad_request", "this is not a request of HTTP/1.1")
LARGE_HEADERS = Refusal(
    431,
    "Request Header Fields Too Large",
    "large_headers",
    f"the headers are too large: at most {MAX_HEADERS} of them, {MAX_HEADER_BYTES} bytes in one or"
    f" in the address, {MAX_HEAD_BYTES} in all, and {MAX_PARAMETERS} parameters or cookies",
)
SMALL_PIECES = Refusal(
    400,
    "Bad Request",
    "small_pieces",
    f"the request came in more than {MAX_SMALL_PIECES} pieces of at most {SMALL_PIECE_BYTES} bytes;"
    " send larger chunks",
)
PIPELINED = Refusal(
    503,
    "Service Unavailable",
    "pipelined",
    f"more than {MAX_PIPELINED} requests wait on this connection for their answers",
)
CROWDED = Refusal(
    503,
    "Service Unavailable",
    "too_many_connections",
    "too many connections are open; close some, or try again later",
)
STOPPING = Refusal(
    503,
    "Service Unavailable",
    "stopping",
    "the server ends before it has an answer; try again later",
)


def slow_headers(within_s: float) -> Refusal:
    """The refusal of headers that were not complete after this many seconds."""
    message = f"the headers did not arrive within {within_s:g} s"
    return Refusal(408, "Request Timeout", "slow_headers", message)


class Listener:
    """Counts open TCP connections, in all and for each address, and refuses more than a limit."""

    def __init__(self, settings: Ingress, proxies: TrustedProxies, *, files: int | None = None):
        """`files`: how many files the process may have open; by default, the system's limit."""
        if files is None:
            files = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
        self.settings = settings
        self.slow_headers = slow_headers(settings.receive_timeout)
        # Half of the files; the other half is for the store, outbound connections and rule files.
        self.most = min(settings.sockets, max(files // 2, 8))
        self.most_per_address = min(settings.sockets_per_address, max(self.most // 2, 4))
        self._proxies = proxies
        self._open: Counter[str] = Counter()
        self._count = 0
        self._lingering = 0
        self._refused: Counter[str] = Counter()
        #: The headers of all answers, and the same as bytes.
        self._headers: list[tuple[bytes, bytes]] = []
        self._lines = b""
        self._logged_at: dict[str, float] = {}

    def enter(self, address: str) -> str | None:
        """Counts a new connection and returns its key for `leave`; None if it is refused."""
        key = _key_of(address)
        if self._count >= self.most:
            return None
        if self._open[key] >= self.most_per_address and not self._proxies.trust(address):
            return None
        self._count += 1
        self._open[key] += 1
        return key

    def leave(self, key: str) -> None:
        """Stops counting a connection that `enter` has counted."""
        self._count -= 1
        self._open[key] -= 1
        if not self._open[key]:
            del self._open[key]

    def lines_of(self, headers: list[tuple[bytes, bytes]]) -> bytes:
        """The headers of all answers as bytes, cached: uvicorn makes a new list once a second."""
        if headers is not self._headers:
            self._headers = headers
            self._lines = b"".join([b"%b: %b\r\n" % header for header in headers])
        return self._lines

    def send(self, refusal: Refusal, transport: asyncio.Transport) -> bool:
        """Writes a refusal and ends the connection; True if it lingers, and `end_linger` is due.

        While a connection lingers, arriving bytes are discarded and the client reads the refusal.
        Closing at once could destroy the refusal. At most `_MOST_LINGERING` connections linger.
        """
        transport.write(refusal.answer)
        lingers = self._lingering < _MOST_LINGERING
        self._lingering += lingers
        if lingers and transport.can_write_eof():
            transport.write_eof()
        else:
            transport.close()
        return lingers

    def end_linger(self) -> None:
        """Stops counting a refused connection that was allowed to linger."""
        self._lingering -= 1

    def check_deadlines(self, connections: Iterable[Any], now: float) -> None:
        """Has each connection check its deadline, and logs the new refusals."""
        for connection in list(connections):
            connection.check_deadline(now)
        for code, count in list(self._refused.items()):
            if now - self._logged_at.get(code, -_LOG_EVERY_S) >= _LOG_EVERY_S:
                self._logged_at[code] = now
                del self._refused[code]
                logger.warning("http.refused code=%s count=%d", code, count)

    def note(self, refusal: Refusal) -> None:
        """Counts a refusal for the log."""
        self._refused[refusal.code] += 1


class ListenerConfig(Config):
    """uvicorn's settings, with the `Listener` that all connections share and the hook's `take`."""

    def __init__(self, listener: Listener, *, take: Take | None = None, **rest: Any) -> None:
        super().__init__(**rest, ws="none")
        self.listener = listener
        self.take = take


def _key_of(address: str) -> str:
    """The key of an address in the counts; for IPv6 the /64 network, which one customer gets."""
    if ":" not in address:
        return address
    parsed = read_address(address)
    return str(int(parsed) >> 64) if isinstance(parsed, IPv6Address) else str(parsed or address)


def has_large_headers(url: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bool:
    """Whether a request's line and headers exceed a limit of size or of number."""
    size, cookies = len(url), 0
    for name, value in headers:
        size += len(name) + len(value) + 4
        if len(value) > MAX_HEADER_BYTES:
            return True
        if name == b"cookie":
            cookies += value.count(b";") + 1
    return (
        size > MAX_HEAD_BYTES
        or len(url) > MAX_HEADER_BYTES
        or max(cookies, url.count(b"&")) > MAX_PARAMETERS
    )
