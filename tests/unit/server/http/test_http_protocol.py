"""The listener's protocol with a transport that is none: what it counts, waits for, and ends."""

import asyncio
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from uvicorn.server import ServerState

from automator.configuration.settings import Ingress
from automator.server.http.body import SOCKET
from automator.server.http.connection_limits import (
    END_WITHIN_S,
    LINGER_S,
    MAX_PIPELINED,
    MAX_SMALL_PIECES,
    SEND_WITHIN_S,
    SMALL_PIECE_BYTES,
    Listener,
    ListenerConfig,
)
from automator.server.http.http_protocol import HttpProtocol
from automator.server.http.proxies import TrustedProxies
from tests.support.work import calls_of

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\n"


class Transport:
    """Keeps what is written."""

    def __init__(self, address: str = "203.0.113.7") -> None:
        self.written = b""
        self.is_reading = True
        self.ended = ""
        self._address = address

    def get_extra_info(self, name: str) -> Any:
        return (self._address, 50000) if name in ("peername", "sockname") else None

    def write(self, data: bytes) -> None:
        if self.is_closing():
            raise RuntimeError("the transport is closed, as uvloop says")
        self.written += data

    def can_write_eof(self) -> bool:
        return True

    def write_eof(self) -> None:
        self.ended = "half"

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"

    def is_closing(self) -> bool:
        return self.ended in ("closed", "aborted")

    def pause_reading(self) -> None:
        self.is_reading = False

    def resume_reading(self) -> None:
        self.is_reading = True


class Server:
    """What connections share, and an event loop whose time is moved by hand."""

    def __init__(self, ingress: Ingress | None = None, *proxies: str, files: int = 10_000) -> None:
        self.now = 1000.0
        self._soon: list[Callable[[], None]] = []
        self.loop = SimpleNamespace(
            time=lambda: self.now,
            call_later=lambda *_: SimpleNamespace(cancel=lambda: None),
            create_task=self._start,
            call_soon=self._soon.append,
        )
        settings = ingress or Ingress()
        self.listener = Listener(settings, TrustedProxies(proxies), files=files)
        self.config = ListenerConfig(
            self.listener, app=_application, lifespan="off", log_config=None
        )
        self.config.load()
        self.state = ServerState()
        self.started = 0

    def connect(self, address: str = "203.0.113.7") -> tuple[HttpProtocol, Transport]:
        loop: Any = self.loop
        protocol = HttpProtocol(self.config, self.state, {}, loop)
        transport: Any = Transport(address)
        protocol.connection_made(transport)
        return protocol, transport

    def wait(self, seconds: float) -> None:
        self.now += seconds
        self.listener.check_deadlines(self.state.connections, self.now)

    def next_turn(self) -> None:
        """Does what was put off until the next turn of the loop."""
        while self._soon:
            self._soon.pop(0)()

    def _start(self, work: Any, **_: Any) -> "Task":
        """Only counts: what a request is answered is no matter here."""
        self.started += 1
        work.close()
        return Task()


class Task:
    """A task that does nothing."""

    def add_done_callback(self, _: Any) -> None:
        """It is never done."""


async def _application(scope: Any, receive: Any, send: Any) -> None:
    """Is never run."""


@pytest.fixture
def server() -> Server:
    return Server()


def test_a_head_in_many_small_pieces_is_read(server: Server) -> None:
    protocol, transport = server.connect()

    for index in range(len(HEAD)):
        protocol.data_received(HEAD[index : index + 1])
    protocol.data_received(b"\r\n")

    assert (server.started, transport.written) == (1, b"")
    assert protocol.cycle.scope["headers"] == [(b"host", b"a")]


def test_a_connection_knows_that_nobody_can_read_its_answer_any_more(server: Server) -> None:
    protocol, transport = server.connect()
    protocol.data_received(HEAD + b"\r\n")
    assert protocol.cycle.scope[SOCKET].is_gone is False

    scope = protocol.cycle.scope
    transport.close()
    protocol.connection_lost(None)

    assert scope[SOCKET].is_gone is True


def test_a_large_body_is_not_taken_for_a_large_head(server: Server) -> None:
    protocol, transport = server.connect()

    protocol.data_received(HEAD + b"Content-Length: 900000\r\n\r\n" + b"x" * 300_000)
    protocol.data_received(b"x" * 600_000)

    assert len(protocol.cycle.body) == 900_000
    assert not protocol.cycle.more_body
    assert transport.written == b""


def test_a_body_in_more_small_chunks_than_anybody_needs_is_refused(server: Server) -> None:
    protocol, transport = server.connect()

    chunk = b"1\r\nx\r\n"
    protocol.data_received(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + chunk * MAX_SMALL_PIECES)
    assert transport.written == b""
    protocol.data_received(chunk)

    assert transport.written.startswith(b"HTTP/1.1 400 ")
    assert b'"error":"small_pieces"' in transport.written


@pytest.mark.parametrize("rest", [b"", b"Content-Length: 9000\r\n\r\n"])
def test_a_request_in_more_small_reads_than_anybody_needs_is_refused(
    server: Server, rest: bytes
) -> None:
    protocol, transport = server.connect()

    protocol.data_received(HEAD + b"X-Part: a\r\nX-Other: b\r\n" + rest)
    for _ in range(MAX_SMALL_PIECES + 1):
        protocol.data_received(b"x")

    assert b'"error":"small_pieces"' in transport.written


def test_large_chunks_and_the_small_ones_of_other_requests_are_not_counted(server: Server) -> None:
    chunk = b"x" * (SMALL_PIECE_BYTES + 1)
    large = b"%x\r\n%b\r\n" % (len(chunk), chunk) * (2 * MAX_SMALL_PIECES)
    small = b"1\r\nx\r\n" * MAX_SMALL_PIECES
    protocol, transport = server.connect()

    for body in (small, large, small):
        protocol.data_received(HEAD + b"Transfer-Encoding: chunked\r\n\r\n" + body + b"0\r\n\r\n")
        protocol.cycle.response_complete = True

    assert transport.written == b""


@pytest.mark.parametrize(
    "rest",
    [
        pytest.param(b"X: y\r\n" * 10_000, id="headers"),
        pytest.param(b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 10_000, id="chunks"),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n0\r\n" + b"X: y\r\n" * 10_000, id="trailers"
        ),
        pytest.param(b"\r\n" + b"GET / HTTP/1.1\r\n\r\n" * 3_500, id="requests"),
    ],
)
def test_a_refused_connection_reads_nothing_of_what_has_come_already(
    server: Server, rest: bytes
) -> None:
    protocol, transport = server.connect()

    calls = calls_of(lambda: protocol.data_received(HEAD + rest))

    assert transport.written.startswith(b"HTTP/1.1 ") or protocol._is_refused
    assert calls < 4 * MAX_SMALL_PIECES


def test_a_connection_that_sends_much_lets_others_have_their_turn(server: Server) -> None:
    protocol, transport = server.connect()
    protocol.data_received(HEAD + b"Content-Length: 9000000\r\n\r\n")
    protocol.cycle.response_started = protocol.cycle.response_complete = True
    protocol.on_response_complete()

    protocol.data_received(b"x" * 200_000)
    assert not transport.is_reading
    server.next_turn()
    assert transport.is_reading


def test_a_trailer_is_thrown_away(server: Server) -> None:
    protocol, _ = server.connect()

    protocol.data_received(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    protocol.data_received(b"2\r\n{}\r\n0\r\nX-Signature: 00\r\n\r\n")

    assert [name for name, _ in protocol.cycle.scope["headers"]] == [b"host", b"transfer-encoding"]
    assert bytes(protocol.cycle.body) == b"{}"


@pytest.mark.parametrize("framing", ["length", "chunks"])
@pytest.mark.parametrize("wish", [b"h2c", b"websocket"])
@pytest.mark.parametrize("size", [1, 7, 1000])
def test_a_request_that_asks_for_another_protocol_keeps_its_body(
    server: Server, wish: bytes, framing: str, size: int
) -> None:
    body = b"POST /smuggled HTTP/1.1\r\nHost: a\r\n\r\n"
    asks = b"Connection: Upgrade, HTTP2-Settings\r\nUpgrade: " + wish + b"\r\n"
    if framing == "length":
        asks += b"Content-Length: %d\r\n\r\n" % len(body) + body
    else:
        asks += b"Transfer-Encoding: chunked\r\n\r\n%x\r\n" % len(body) + body + b"\r\n0\r\n\r\n"
    data = HEAD + asks + HEAD + b"X-Next: 1\r\n\r\n"
    protocol, transport = server.connect()

    for start in range(0, len(data), size):
        protocol.data_received(data[start : start + size])

    assert transport.written == b""
    first = protocol._answering
    assert first is not None
    assert (first.scope["path"], bytes(first.body), first.more_body) == ("/", body, False)
    assert [item.scope["headers"] for item, _ in protocol.pipeline] == [
        [(b"host", b"a"), (b"x-next", b"1")]
    ]


@pytest.mark.parametrize(
    "head",
    [
        b"CONNECT 127.0.0.1:80 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"CONNECT /hooks/any HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /hooks/any\r\n\r\n",
        b"GET /hooks/any HTTP/0.9\r\n\r\n",
    ],
)
def test_what_this_server_does_not_speak_is_refused(server: Server, head: bytes) -> None:
    protocol, transport = server.connect()

    protocol.data_received(head)

    assert transport.written.startswith(b"HTTP/1.1 400 ")
    assert server.started == 0


def test_a_late_body_is_told_to_its_reader_and_ends_the_connection(server: Server) -> None:
    protocol, transport = server.connect()
    protocol.data_received(HEAD + b"Content-Length: 9\r\n\r\n")

    server.wait(9.0)
    assert not protocol.is_late
    protocol.data_received(b"123")  # A byte now and then does not help.
    server.wait(2.0)
    assert protocol.is_late
    assert protocol.cycle.message_event.is_set()
    assert not protocol.cycle.keep_alive

    # A reader that does not listen is not waited for.
    server.wait(LINGER_S)
    assert transport.ended == "closed"


def test_time_in_which_the_server_does_not_read_does_not_count(server: Server) -> None:
    protocol, transport = server.connect()
    protocol.data_received(HEAD + b"Content-Length: 90000\r\n\r\n" + b"x" * 70_000)
    assert not transport.is_reading

    server.wait(11.0)
    assert not protocol.is_late

    protocol.flow.resume_reading()
    server.wait(11.0)
    assert protocol.is_late


def test_a_refusal_waits_until_it_was_read_but_not_for_ever(server: Server) -> None:
    protocol, transport = server.connect()
    protocol.data_received(b"no request at all\r\n\r\n")

    assert transport.written.startswith(b"HTTP/1.1 400 ")
    assert transport.ended == "half"
    protocol.data_received(b"more of it")
    server.wait(LINGER_S)
    assert transport.ended == "aborted"


def test_a_refusal_does_not_overtake_an_answer(server: Server) -> None:
    protocol, transport = server.connect()
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    protocol.data_received(b"no request at all\r\n\r\n")

    assert transport.written == b""
    assert not protocol.cycle.keep_alive


def test_more_pipelined_requests_than_are_held_end_the_connection(server: Server) -> None:
    protocol, transport = server.connect()
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 1000)

    assert not protocol.pipeline
    assert server.started == 1
    assert MAX_PIPELINED < 1000
    server.wait(SEND_WITHIN_S)
    assert transport.ended == "aborted"


def test_an_answer_that_nobody_reads_is_not_held_for_ever(server: Server) -> None:
    protocol, transport = server.connect()
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    protocol.pause_writing()
    server.wait(SEND_WITHIN_S - 1)
    protocol.resume_writing()
    protocol.pause_writing()
    server.wait(SEND_WITHIN_S - 1)
    assert transport.ended == ""

    server.wait(2.0)
    assert transport.ended == "aborted"


def test_whoever_leaves_is_gone_for_every_request_of_the_connection(server: Server) -> None:
    protocol, _ = server.connect()
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    first = protocol.cycle
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n" * 3)
    waiting = [cycle for cycle, _ in protocol.pipeline]
    protocol.connection_lost(None)

    assert len(waiting) == 3
    assert all(cycle.disconnected for cycle in [first, *waiting])


def test_one_address_takes_at_most_half_of_all_connections() -> None:
    server = Server(Ingress(sockets=20, sockets_per_address=1000))
    first = [server.connect("203.0.113.7") for _ in range(15)]
    other = [server.connect("198.51.100.1") for _ in range(10)]

    refused = [transport.written[:12] for _, transport in first + other if transport.written]
    assert refused == [b"HTTP/1.1 503"] * 5
    # A connection that ends makes room.
    first[0][0].connection_lost(None)
    assert server.connect("203.0.113.7")[1].written == b""


def test_the_addresses_of_one_network_of_ipv6_count_as_one() -> None:
    server = Server(Ingress(sockets=20, sockets_per_address=10))
    answers = [server.connect(f"2001:db8::{number:x}")[1].written for number in range(12)]

    assert [bool(answer) for answer in answers] == [False] * 10 + [True] * 2
    assert server.connect("2001:db8:0:1::1")[1].written == b""


def test_a_trusted_proxy_may_take_all_connections() -> None:
    server = Server(Ingress(sockets=20, sockets_per_address=4), "10.0.0.0/8")
    answers = [server.connect("10.0.0.1")[1].written for _ in range(21)]

    assert [bool(answer) for answer in answers] == [False] * 20 + [True]


def test_connections_leave_half_of_the_files_to_the_rest_of_the_server() -> None:
    assert Server(files=300).listener.most == 150
    assert Server(files=1_000_000).listener.most == Ingress().sockets


def test_what_strangers_are_refused_is_one_line_a_minute(
    server: Server, caplog: pytest.LogCaptureFixture
) -> None:
    for _ in range(100):
        server.connect()[0].data_received(b"no request at all\r\n\r\n")
        server.wait(0.1)

    assert [record.getMessage() for record in caplog.records] == [
        "http.refused code=bad_request count=1"
    ]
    server.wait(60.0)
    assert caplog.records[-1].getMessage() == "http.refused code=bad_request count=99"


def test_the_loop_of_asyncio_works_as_well() -> None:
    """uvloop is optional: nothing here is its own."""

    async def ask() -> bytes:
        server = Server()
        loop = asyncio.get_running_loop()
        listening = await loop.create_server(
            lambda: HttpProtocol(server.config, server.state, {}, loop), "127.0.0.1", 0
        )
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", listening.sockets[0].getsockname()[1]
        )
        writer.write(b"no request at all\r\n\r\n")
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        listening.close()
        await listening.wait_closed()
        return answer

    assert asyncio.run(ask()).startswith(b"HTTP/1.1 400 ")


def test_a_connection_without_a_request_is_closed_after_its_last_answer(server: Server) -> None:
    protocol, transport = server.connect()
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    server.wait(60.0)  # An answer takes the time that it takes.
    assert transport.ended == ""

    protocol.cycle.response_complete = True
    protocol.on_response_complete()
    server.wait(4.0)
    protocol.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    server.wait(4.0)
    assert (server.started, transport.ended) == (2, "")

    protocol.cycle.response_complete = True
    protocol.on_response_complete()
    server.wait(5.0)
    assert (transport.written, transport.ended) == (b"", "closed")


def test_a_body_that_goes_on_after_its_answer_has_the_same_deadline(server: Server) -> None:
    protocol, transport = server.connect()
    protocol.data_received(HEAD + b"Content-Length: 100000\r\n\r\n")
    protocol.cycle.response_started = protocol.cycle.response_complete = True
    protocol.on_response_complete()

    for _ in range(9):
        server.wait(1.0)
        protocol.data_received(b"x")
    assert transport.ended == ""
    server.wait(1.0)
    assert transport.ended == "closed"


def test_the_end_of_the_server_waits_for_answers_and_briefly_for_bodies(server: Server) -> None:
    answered, transport = server.connect()
    answered.data_received(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n")
    receiving, _ = server.connect()
    receiving.data_received(HEAD + b"Content-Length: 9\r\n\r\n")

    answered.shutdown()
    receiving.shutdown()
    server.wait(END_WITHIN_S)

    assert receiving.is_late
    assert not answered.is_late
    assert transport.ended == ""


@pytest.mark.parametrize("has_begun", [False, True])
async def test_an_answer_that_the_end_of_the_server_cancels_leaves_no_traceback(
    caplog: pytest.LogCaptureFixture, has_begun: bool
) -> None:
    server, loop, hangs = Server(), asyncio.get_running_loop(), asyncio.Event()

    async def hang(_scope: Any, _receive: Any, send: Any) -> None:
        if has_begun:
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b"one", "more_body": True})
        hangs.set()
        await asyncio.Event().wait()

    server.config.loaded_app = hang
    listening = await loop.create_server(
        lambda: HttpProtocol(server.config, server.state, {}, loop), "127.0.0.1", 0
    )
    async with listening:
        address = listening.sockets[0].getsockname()
        reader, writer = await asyncio.open_connection(*address)
        writer.write(b"GET /sign-in/secret HTTP/1.1\r\nHost: a\r\n\r\n")
        await hangs.wait()
        for task in server.state.tasks:
            task.cancel()
        answer = await asyncio.wait_for(reader.read(), 5)
        writer.close()

    assert answer.startswith(b"HTTP/1.1 200" if has_begun else b"HTTP/1.1 503")
    assert [(record.getMessage(), record.exc_info) for record in caplog.records] == [
        ("request.cancelled method=GET page=/sign-in", None)
    ]


async def test_a_request_that_is_cancelled_after_its_client_has_gone_leaves_no_traceback(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server, loop, hangs = Server(), asyncio.get_running_loop(), asyncio.Event()

    async def hang(_scope: Any, _receive: Any, _send: Any) -> None:
        hangs.set()
        await asyncio.Event().wait()

    server.config.loaded_app = hang
    protocol, transport = HttpProtocol(server.config, server.state, {}, loop), Transport()
    protocol.connection_made(transport)  # type: ignore[arg-type]  # A fake one.
    protocol.data_received(HEAD + b"\r\n")
    await hangs.wait()
    transport.close()
    protocol.connection_lost(None)
    (task,) = server.state.tasks
    task.cancel()
    await asyncio.wait({task}, timeout=5)

    assert [(record.getMessage(), record.exc_info) for record in caplog.records] == [
        ("request.cancelled method=POST page=/", None)
    ]
