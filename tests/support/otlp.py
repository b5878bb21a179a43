"""A receiver of OpenTelemetry traces, on a port of its own: it decodes and keeps what arrives."""

import contextlib
import gzip
import threading
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import (
    ExportTraceServiceRequest,
    ExportTraceServiceResponse,
)
from opentelemetry.proto.trace.v1.trace_pb2 import Span

from tests.support.process import START_S


class Receiver:
    """Takes spans at `/v1/traces`, the only address that it has."""

    def __init__(self) -> None:
        self.spans: list[Span] = []
        self.resources: list[dict[str, str]] = []
        self.headers: list[dict[str, str]] = []
        #: What it answers; spans are kept in any case but for a status from 400 on.
        self.status = 200
        #: Spans of each request that it says it has not taken.
        self.rejects = 0
        #: Called with each request when its spans are kept, before it is answered.
        self.reached: Callable[[], None] = lambda: None
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self.port: int = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1/traces"

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self.port}"

    def named(self, name: str) -> list[Span]:
        """The spans with a name, in the order in which they came."""
        return [span for span in list(self.spans) if span.name == name]

    def wait_for(self, name: str, count: int = 1) -> list[Span]:
        """Waits until so many different spans of this name have come."""
        deadline = time.monotonic() + START_S
        while len({span.span_id for span in self.named(name)}) < count:
            assert time.monotonic() < deadline, sorted({span.name for span in self.spans})
            time.sleep(0.02)
        return self.named(name)

    def take(self, body: bytes, headers: dict[str, str]) -> tuple[int, bytes]:
        """Keeps one request, and gives its answer."""
        self.headers.append(headers)
        if self.status >= 400:
            return self.status, b""
        request = ExportTraceServiceRequest.FromString(gzip.decompress(body))
        for of_resource in request.resource_spans:
            self.resources.append(attributes(of_resource.resource.attributes))
        self.spans += spans_of(body)
        answer = ExportTraceServiceResponse()
        answer.partial_success.rejected_spans = self.rejects
        self.reached()
        return self.status, answer.SerializeToString()

    def close(self) -> None:
        """Stops listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def spans_of(body: bytes) -> list[Span]:
    """The spans of one request."""
    request = ExportTraceServiceRequest.FromString(gzip.decompress(body))
    return [
        span
        for of_resource in request.resource_spans
        for scope in of_resource.scope_spans
        for span in scope.spans
    ]


def attributes(of: object) -> dict[str, str]:
    """Attributes as texts, by their keys."""
    found: dict[str, str] = {}
    for item in of:  # type: ignore[attr-defined] # a repeated field of protobuf
        value = item.value
        found[item.key] = value.string_value or str(value.int_value)
    return found


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def _handler(receiver: Receiver) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, answer = (404, b"")
            if self.path == "/v1/traces":
                status, answer = receiver.take(body, headers)
            self.send_response(status)
            self.send_header("content-type", "application/x-protobuf")
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            with contextlib.suppress(BrokenPipeError):
                self.wfile.write(answer)

        def log_message(self, *_args: object) -> None:
            return

    return Handler
