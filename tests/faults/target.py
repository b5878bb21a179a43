"""The outside, in the process of the test: it writes down what arrives, and outlives every server.

It also knows the moments at which a server can be caught: see `POINTS`.
"""

import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from automator.http.signing import STANDARD_ID, STANDARD_TIMESTAMP, standard_key, standard_matches

#: Moments in the life of a forward, in their order.
POINTS = ("at_request", "before_answer", "mid_answer", "after_answer")
SECRET = "target-secret-for-tests-0123456789"
NUMBER = re.compile(r'"text":"[^"]*?(\d+)"')
_ANSWER = b'{"ok": true}'


@dataclass(frozen=True, slots=True)
class Effect:
    """One request that arrived whole."""

    key: str
    target: str
    #: The number in the text of the event.
    number: int
    at: float


class Target:
    """A server on a port of its own that takes forwards to `/NAME`."""

    def __init__(self, reached: Callable[[str], None] = lambda _point: None) -> None:
        """`reached` is called at each of the points, and may end the server that is talking."""
        self.effects: list[Effect] = []
        #: The numbers that had any effect.
        self.numbers: set[int] = set()
        #: Requests that were not signed as they should be.
        self.unsigned = 0
        self.delay_s = 0.0
        #: Answers 503 while it is set.
        self.is_down = threading.Event()
        self.refused = 0
        #: Requests that have arrived and are not answered yet.
        self.under_way = 0
        self._lock = threading.Lock()
        self.reached = reached
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def count(self, change: int) -> None:
        """A request more, or one less, is under way."""
        with self._lock:
            self.under_way += change

    def take(self, target: str, headers: Any, body: bytes) -> None:
        """Writes a request down."""
        key = headers[STANDARD_ID] or ""
        timestamp, signature = headers[STANDARD_TIMESTAMP] or "", headers["webhook-signature"] or ""
        if not standard_matches([standard_key(SECRET)], key, timestamp, signature, body):
            self.unsigned += 1
        found = NUMBER.search(body.decode())
        number = int(found[1]) if found else -1
        self.numbers.add(number)
        self.effects.append(Effect(key, target, number, time.monotonic()))


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 256

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Nothing: a server that is killed leaves its connections broken."""


def _handler(target: Target) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            target.count(1)
            try:
                self._answer()
            except OSError:
                self.close_connection = True  # The server was killed.
            finally:
                target.count(-1)

        def _answer(self) -> None:
            target.reached("at_request")
            body = self.rfile.read(int(self.headers["content-length"]))
            if target.is_down.is_set():
                target.refused += 1
                self._send(503)
                return
            target.take(self.path.strip("/"), self.headers, body)
            target.reached("before_answer")
            if target.delay_s:
                time.sleep(target.delay_s)
            self._send(200)
            target.reached("after_answer")

        def _send(self, status: int) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(_ANSWER)))
            self.end_headers()
            half = len(_ANSWER) // 2
            self.wfile.write(_ANSWER[:half])
            target.reached("mid_answer")
            self.wfile.write(_ANSWER[half:])

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - as it is there
            """Nothing: the figures say it."""

    return Handler
