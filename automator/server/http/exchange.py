"""An exchange: one request and its answer, on the connection that it came on."""

import asyncio
import logging
from functools import partial
from typing import Any
from urllib.parse import unquote

import httptools
from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from automator.server.http.body import SOCKET
from automator.server.http.listener import STOPPING

_ASGI = {"version": "3.0", "spec_version": "2.3"}


class Exchange(RequestResponseCycle):
    """uvicorn's cycle of a request and its answer, of which most deliveries need only half.

    The state for ASGI's messages is made when an application asks for them.
    """

    logger = access_logger = logging.getLogger("uvicorn.error")
    access_log = False
    disconnected = response_started = response_complete = False
    chunked_encoding: bool | None = None
    expected_content_length = 0
    more_body = True
    #: The part of the body that has come and was not read yet.
    body: Any = b""
    scope: Any
    _event: asyncio.Event | None = None

    def __init__(self, connection: Any) -> None:
        """Makes the exchange of the request whose head the connection has read.

        Raises:
            ValueError: it has no version, as before HTTP/1.0, and so no headers either.
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
        """Set when something has come that the application was not told of."""
        if self._event is None:
            self._event = asyncio.Event()
            self._event.set()
        return self._event

    async def run_asgi(self, app: Any) -> None:
        """Has an application answer. The end of the server may cancel that, which is no fault."""
        await super().run_asgi(partial(self._run_until_cancelled, app))

    async def _run_until_cancelled(self, app: Any, scope: Any, receive: Any, send: Any) -> None:
        try:
            await app(scope, receive, send)
        except asyncio.CancelledError:
            # The rest of the path may be the secret of a link.
            page = scope["raw_path"].decode("ascii").split("/")[1]
            self.logger.warning("request.cancelled method=%s page=/%s", scope["method"], page)
            # uvicorn then writes nothing more, and no traceback into the log.
            self.disconnected = True
            if not self.response_started and not self.transport.is_closing():
                self.transport.write(STOPPING.answer)
            self.transport.close()

    def add(self, body: bytes) -> None:
        """Takes a piece of the body."""
        if not self.body:
            self.body = body
        else:
            if isinstance(self.body, bytes):
                self.body = bytearray(self.body)
            self.body += body
        self.wake()

    def end_body(self) -> None:
        """The body is whole."""
        self.more_body = False
        self.wake()

    def takes_short_answer(self) -> bool:
        """Whether an answer can be written in one piece: the request came as deliveries do."""
        return not (
            self.disconnected
            or not self.keep_alive
            or self.flow.write_paused
            or self.scope["method"] == "HEAD"
        )

    def answer_at_once(self, answer: bytes) -> None:
        """Writes a whole answer, its head included, and ends the exchange."""
        self.response_started = self.response_complete = True
        self.waiting_for_100_continue = False
        self.transport.write(answer)
        self.on_response()

    def abandon(self) -> None:
        """Nobody waits for the answer any more, so that its application stops."""
        if not self.response_complete:
            self.disconnected = True
            self.wake()

    def wake(self) -> None:
        """Tells an application that waits for the next message."""
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
