"""The HTTP/1.1 protocol of incoming connections: uvicorn's, with limits on a client's resources.

uvicorn limits neither headers nor the time of a request, and treats trailers as headers. This
protocol counts the bytes of a head as they arrive. Each request has one deadline. Once a second all
deadlines are checked, so that a request needs no timer. If a body is too slow, `body.read_body`
tells the application, which answers; all other faults are answered here.
"""

import asyncio
import contextlib
import logging
import math
import socket
from collections.abc import Iterable, Iterator
from functools import partial
from typing import Any, NoReturn
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.server import Server, ServerState

from automator.server.http.body import SOCKET
from automator.server.http.connection_limits import (
    ACKNOWLEDGED,
    BAD_REQUEST,
    CROWDED,
    END_WITHIN_S,
    LARGE_HEADERS,
    LINGER_S,
    MAX_HEAD_BYTES,
    MAX_HEADERS,
    MAX_PIPELINED,
    MAX_SMALL_PIECES,
    MOST_UNSEEN,
    PIPELINED,
    SEND_WITHIN_S,
    SMALL_PIECE_BYTES,
    SMALL_PIECES,
    STOPPING,
    ListenerConfig,
    Refusal,
    has_large_headers,
)

# --- An exchange: one request and its answer, on the same connection ---


_ASGI = {"version": "3.0", "spec_version": "2.3"}


class Exchange(RequestResponseCycle):
    """uvicorn's cycle of a request and its answer, without state that most deliveries never use.

    The state for ASGI's messages is made when an application asks for them.
    """

    logger = access_logger = logging.getLogger("uvicorn.error")
    access_log = False
    disconnected = response_started = response_complete = False
    chunked_encoding: bool | None = None
    expected_content_length = 0
    more_body = True
    #: The part of the body that has arrived and was not read yet.
    body: Any = b""
    scope: Any
    _event: asyncio.Event | None = None

    def __init__(self, connection: Any) -> None:
        """Makes the exchange of the request whose head the connection has read.

        Raises:
            ValueError: the request is of HTTP/0.9, which has no version and no headers.
        """
        parser = connection.parser
        version = parser.get_http_version()
        if version == "0.9":
            raise ValueError("HTTP/0.9")
        self.scope = _scope_of(connection, version)
        self.transport = connection.transport
        self.flow = connection.flow
        self.default_headers = connection.server_state.default_headers
        self.on_response = connection.on_response_complete
        self.keep_alive = version != "1.0" and parser.should_keep_alive()
        self.waiting_for_100_continue = connection.expect_100_continue

    @property
    def message_event(self) -> asyncio.Event:  # type: ignore[override]  # An attribute there.
        """The event that is set when something has arrived that the application has not read."""
        if self._event is None:
            self._event = asyncio.Event()
            self._event.set()
        return self._event

    async def run_asgi(self, app: Any) -> None:
        """Lets an application answer. If the stopping server cancels it, that is not a fault."""
        await super().run_asgi(partial(self._run_until_cancelled, app))

    async def _run_until_cancelled(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            # The rest of the path may contain the secret of a link.
            page = scope["raw_path"].decode("ascii").split("/")[1]
            self.logger.warning("request.cancelled method=%s page=/%s", scope["method"], page)
            # With this flag, uvicorn writes no more of the answer, and no traceback into the log.
            self.disconnected = True
            if not self.response_started and not self.transport.is_closing():
                self.transport.write(STOPPING.answer)
            self.transport.close()

    def add(self, body: bytes) -> None:
        """Takes in a piece of the body."""
        if not self.body:
            self.body = body
        else:
            if isinstance(self.body, bytes):
                self.body = bytearray(self.body)
            self.body += body
        self.wake()

    def end_body(self) -> None:
        """Notes that the body is complete."""
        self.more_body = False
        self.wake()

    def takes_short_answer(self) -> bool:
        """Whether the answer can be written in one piece: over a kept, writable connection."""
        return not (
            self.disconnected
            or not self.keep_alive
            or self.flow.write_paused
            or self.scope["method"] == "HEAD"
        )

    def answer_at_once(self, answer: bytes) -> None:
        """Writes a whole answer with its head, and ends the exchange."""
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(answer)
        self.on_response()

    def abandon(self) -> None:
        """Notes that nobody waits for the answer any more, so that the application stops."""
        if not self.response_complete:
            self.disconnected = True
            self.wake()

    def wake(self) -> None:
        """Wakes an application that waits for the next message."""
        if self._event is not None:
            self._event.set()


def _scope_of(connection: Any, version: str) -> Any:
    """The ASGI scope of the request."""
    url = httptools.parse_url(connection.url)
    raw_path = url.path
    path = raw_path.decode("ascii")
    return {
        "type": "http",
        "asgi": _ASGI,
        "http_version": version,
        "server": connection.server,
        "client": connection.client,
        "scheme": connection.scheme,
        "method": connection.parser.get_method().decode("ascii"),
        "root_path": "",
        "path": unquote(path) if "%" in path else path,
        "raw_path": raw_path,
        "query_string": url.query or b"",
        "headers": connection.headers,
        "state": {},
        SOCKET: connection,
    }


#: The parser gets at most this many bytes at once; the limits are checked after each such piece.
_PIECE = 65_536
_NEVER = math.inf


class _StopReadingError(Exception):
    """Stops the parser in the middle of its bytes; `HttpProtocol._refusal` has the reason."""


class HttpProtocol(HttpToolsProtocol):
    """One TCP connection: receives requests, has them answered, and refuses those over a limit."""

    config: ListenerConfig
    cycle: Any  #: The exchange that came last.

    def __init__(
        self,
        config: ListenerConfig,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self.headers = []
        self._listener = config.listener
        self._take = config.take
        #: Whether the body of the request was not complete in time; its reader answers that.
        self.is_late = False
        #: When the request that is being received must be complete.
        self._deadline = _NEVER
        #: Whether a head is being received or awaited.
        self._is_head = True
        #: Bytes that arrived since a body last grew or a request was complete. They belong to a
        #: head, to trailers, or to empty lines.
        self._quiet = 0
        #: The number of small reads and chunks in which the request has arrived so far.
        self._small_pieces = 0
        self._refusal: Refusal | None = None
        self._is_refused = False
        self._lingers = False
        #: The request that is being answered; `cycle` is the latest request.
        self._answering: Exchange | None = None
        #: The request that begins once all received bytes are read.
        self._beginning: Exchange | None = None
        self._entered: str | None = None
        #: Since when the other side has read nothing of its answer.
        self._unread_since = _NEVER

    # --- The connection ---

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._deadline = self.loop.time() + self._listener.settings.receive_timeout
        self._entered = self._listener.enter(self.client[0] if self.client else "")
        if self._entered is None:
            self._refuse(CROWDED)

    def connection_lost(self, exc: Exception | None) -> None:
        if self._entered is not None:
            self._listener.leave(self._entered)
            self._entered = None
        if self._lingers:
            self._listener.end_linger()
            self._lingers = False
        # uvicorn tells only the newest request; an older one would go on writing, and fail.
        if self._answering is not None:
            self._answering.abandon()
        exchange: Any
        for exchange, _ in self.pipeline:
            exchange.abandon()
        self.pipeline.clear()
        super().connection_lost(exc)
        # These exchanges refer to this connection. The cycle would live until garbage is collected.
        self.cycle = self._answering = self._beginning = None

    @property
    def is_gone(self) -> bool:
        """Whether nobody can read an answer any more; may be called in any thread."""
        return bool(self.transport.is_closing())

    def pause_writing(self) -> None:
        self._unread_since = self.loop.time()
        super().pause_writing()

    def resume_writing(self) -> None:
        self._unread_since = _NEVER
        super().resume_writing()

    def shutdown(self) -> None:
        """Shortens the deadline of a request that is still being received: the server stops."""
        super().shutdown()
        if self._deadline != _NEVER:
            self._deadline = min(self._deadline, self.loop.time() + END_WITHIN_S)

    def check_deadline(self, now: float) -> None:
        """Ends the request if its deadline is past; called once a second for each connection."""
        if self.transport.is_closing():
            self._unread_since = min(self._unread_since, now)
        if now - self._unread_since > SEND_WITHIN_S:
            self.transport.abort()
        elif now >= self._deadline:
            self._expire(now)

    def _expire(self, now: float) -> None:
        if self._is_refused:
            self.transport.abort()
        elif self.flow.read_paused:
            # We have paused reading, so the sender is not to blame.
            self._deadline = now + self._listener.settings.receive_timeout
        elif self._is_head and self._quiet:
            self._refuse(self._listener.slow_headers)
        elif self._is_head or self.cycle.response_started or self.is_late:
            # Nobody waits for an answer: there is no request, or its answer has begun.
            self.transport.close()
        else:
            self.is_late = True
            self.cycle.keep_alive = False
            self.cycle.wake()
            self._deadline = now + LINGER_S

    # --- Receiving ---

    def data_received(self, data: bytes) -> None:
        if self._is_head and not self._quiet:
            self._deadline = _NEVER  # A new request begins, with a deadline of its own.
        if len(data) <= SMALL_PIECE_BYTES:
            self._small_pieces += 1
        if len(data) <= _PIECE:
            self._feed(data)
        else:
            for start in range(0, len(data), _PIECE):
                self._feed(data[start : start + _PIECE])
        if len(data) > _PIECE and not self.flow.read_paused:
            # Without this pause, the loop would read megabytes before it serves other connections.
            self.flow.pause_reading()
            self.loop.call_soon(self._read_on)
        if self._beginning is not None:
            beginning, self._beginning = self._beginning, None
            self._begin(beginning)
        # A request that arrived whole needs no deadline. If there is nothing to answer, the bytes
        # were an empty line, or the end of a body whose request was answered already.
        if self._deadline == _NEVER and (self._quiet or not self._is_head or self._is_idle()):
            self._deadline = self.loop.time() + self._listener.settings.receive_timeout

    def _read_on(self) -> None:
        if not self.transport.is_closing():
            self.flow.resume_reading()

    def _feed(self, piece: bytes) -> None:
        if self._is_refused:
            return
        self._quiet += len(piece)
        try:
            self._parse(piece)
        except httptools.HttpParserError:
            self._refusal = self._refusal or BAD_REQUEST
        if self._quiet > MAX_HEAD_BYTES:
            self._refusal = self._refusal or LARGE_HEADERS
        elif self._small_pieces > MAX_SMALL_PIECES:
            self._refusal = self._refusal or SMALL_PIECES
        if self._refusal is not None:
            self._refuse(self._refusal)

    def _stop(self, refusal: Refusal) -> NoReturn:
        """Stops the parser at once, because its bytes may still hold thousands of headers."""
        self._refusal = refusal
        raise _StopReadingError

    def _parse(self, data: bytes) -> None:
        while data:
            try:
                self.parser.feed_data(data)
                return
            except httptools.HttpParserUpgrade as error:
                head = _head_without_wish(self.parser, self.url, self.headers)
                data = head + data[error.args[0] :]
                self.parser = _new_parser(self)

    def on_message_begin(self) -> None:
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        if len(self.headers) >= MAX_HEADERS:
            self._stop(LARGE_HEADERS)
        name = name.lower()
        if name == b"expect" and value.lower() == b"100-continue":
            self.expect_100_continue = True
        self.headers.append((name, value))

    def on_headers_complete(self) -> None:
        if self.parser.should_upgrade():
            return  # `_parse` feeds the head again, without the header `Upgrade`.
        self._is_head = False
        if self._quiet > MOST_UNSEEN and has_large_headers(self.url, self.headers):
            self._stop(LARGE_HEADERS)
        if len(self.pipeline) >= MAX_PIPELINED:
            self._stop(PIPELINED)
        is_next = self._is_idle()
        exchange = self.cycle = Exchange(self)
        # The parser also calls `on_header` for trailers. They go into this new list, which nobody
        # reads, because verification must look only at the headers of the request.
        self.headers = []
        if is_next:
            self._answering = self._beginning = exchange
        else:
            self.flow.pause_reading()
            self.pipeline.appendleft((exchange, self.app))

    def on_body(self, body: bytes) -> None:
        self._quiet = 0
        if len(body) <= SMALL_PIECE_BYTES:
            self._small_pieces += 1
            if self._small_pieces > MAX_SMALL_PIECES:
                self._stop(SMALL_PIECES)
        if not self.cycle.response_complete:
            self.cycle.add(body)
            if len(self.cycle.body) > HIGH_WATER_LIMIT:
                self.flow.pause_reading()

    def on_message_complete(self) -> None:
        if self._is_head:
            return  # `_parse` feeds the head again, without the header `Upgrade`.
        self._quiet = self._small_pieces = 0
        self._is_head = True
        self._deadline = _NEVER
        if not self.cycle.response_complete:
            self.cycle.end_body()

    # --- Answering ---

    def _begin(self, exchange: Exchange) -> None:
        """Begins to answer a request: by the hook's `take` if it can, or else as an ASGI task."""
        app: Any = self.app
        if self._take is not None and not exchange.more_body and not exchange.disconnected:
            app = self._take(exchange.scope, bytes(exchange.body))
        if app is not None:
            self._start_asgi_task(exchange, app)

    def answer_with(self, app: Any) -> None:
        """Lets an application answer a request that `take` had accepted."""
        if self._answering is not None and not self._answering.disconnected:
            self._start_asgi_task(self._answering, app)

    def acknowledge(self, body: bytes) -> bool:
        """Answers the request with 200 and this JSON in one write, without ASGI's messages.

        Returns False if that is not possible, and the application has to send the answer.
        """
        exchange = self._answering
        if exchange is None or not exchange.takes_short_answer():
            return False
        lines = self._listener.lines_of(exchange.default_headers)
        exchange.answer_at_once(ACKNOWLEDGED % (lines, len(body), body))
        return True

    def on_response_complete(self) -> None:
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            exchange: Any = self.pipeline.pop()[0]
            self._answering = exchange
            self._begin(exchange)
        elif self._is_head and not self._quiet:
            # Replaces uvicorn's timer for each answer.
            self._deadline = self.loop.time() + self.timeout_keep_alive

    def _is_idle(self) -> bool:
        exchange: Exchange | None = self.cycle
        return exchange is None or exchange.response_complete

    # --- Refusing ---

    def _refuse(self, refusal: Refusal) -> None:
        """Refuses all further bytes, answers with `refusal`, and closes the connection.

        An answer that is under way is finished first, and then no refusal is sent.
        """
        self._is_refused = True
        if self.transport.is_closing():
            return
        self._listener.note(refusal)
        self.pipeline.clear()
        self._deadline = self.loop.time() + LINGER_S
        answering = self._answering
        if answering is not None and not answering.response_complete:
            if answering.more_body and not answering.response_started:
                answering.abandon()  # The refused bytes belong to the body of this request.
            else:
                answering.keep_alive = False
                self._deadline = self.loop.time() + SEND_WITHIN_S
                return
        self.flow.resume_reading()
        self._lingers = self._listener.send(refusal, self.transport)


# --- Upgrades ---

# Some clients ask for another protocol with each request; Java's client asks for HTTP/2 over TCP.
# This server speaks only HTTP/1.1, and answers as if the client had not asked. The parser, however,
# ends such a request after its headers and takes the body for bytes of the other protocol. So the
# head is parsed again, without the header `Upgrade`.


def _new_parser(protocol: Any) -> httptools.HttpRequestParser:
    """A parser with the same settings as uvicorn's own."""
    parser = httptools.HttpRequestParser(protocol)
    # Data after a request with `Connection: close` is ignored, and the request is answered.
    parser.set_dangerous_leniencies(lenient_data_after_close=True)
    return parser


def _head_without_wish(
    parser: httptools.HttpRequestParser, url: bytes, headers: Iterable[tuple[bytes, bytes]]
) -> bytes:
    """The bytes of a request's head without the header `Upgrade`.

    Raises:
        HttpParserError: the request is a CONNECT, which has no meaning without an upgrade.
    """
    method = parser.get_method()
    if method == b"CONNECT":
        raise httptools.HttpParserError("this is no proxy")
    lines = [b"%b: %b\r\n" % header for header in headers if header[0] != b"upgrade"]
    version = parser.get_http_version().encode()
    return b"%b %b HTTP/%b\r\n%b\r\n" % (method, url, version, b"".join(lines))


# --- The server that accepts connections ---

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
