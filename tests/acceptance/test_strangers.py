"""Strangers before the real server: slow, endless, too many, or gone before the answer."""

import hashlib
import hmac
import json
import socket
import struct
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.support.process import ServerProgram, call, wait_until

pytestmark = pytest.mark.acceptance

SECRET = "secret-of-the-orders-0123456789abcdef"
SETTINGS = """\
connections:
  orders:
    provider: generic
    verify: {hmac: sha256, header: x-signature, secret: env:ORDERS_SECRET}
"""
RULES = """\
rules:
  - id: note-orders
    trigger: {connection: orders}
    actions: [{log: an order}]
"""
#: The deadline without a setting is 10 s; what closes a connection looks once a second.
PATIENCE_S = 40.0
HEAD = b"POST /hooks/orders HTTP/1.1\r\nHost: 127.0.0.1\r\n"


def start(folder: Path, more: str = "", files: int = 20_000) -> ServerProgram:
    """`files` is how many files the server may have open."""
    (folder / "rules").mkdir()
    config = folder / "automator.yaml"
    config.write_text(SETTINGS + more)
    return ServerProgram(
        folder,
        *("--config", str(config), "--rules", str(folder / "rules")),
        environ={"ORDERS_SECRET": SECRET},
        prefix=("bash", "-c", f'ulimit -n {files}; exec "$@"', "bash"),
    )


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProgram]:
    """One that is started as a person starts it, with no setting for strangers."""
    program = start(tmp_path_factory.mktemp("strangers"))
    yield program
    program.terminate()


Connect = Callable[..., socket.socket]


@pytest.fixture
def connect() -> Iterator[Connect]:
    """Opens connections to a server, from any address of this machine; all end with the test."""
    with ExitStack() as opened:

        def connected(server: ServerProgram, source: str = "127.0.0.1") -> socket.socket:
            host, port = server.url.removeprefix("http://").split(":")
            made = socket.create_connection((host, int(port)), 10, source_address=(source, 0))
            made.settimeout(PATIENCE_S)
            return opened.enter_context(made)

        yield connected


def everything(connection: socket.socket) -> bytes:
    """What the server says until it closes the connection."""
    said = b""
    with suppress(ConnectionResetError):
        while part := connection.recv(65_536):
            said += part
    return said


def memory_of(server: ServerProgram) -> int:
    for line in Path(f"/proc/{server.pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) * 1024
    raise AssertionError("the system does not tell how much memory a process uses")


def send_all(connection: socket.socket, content: bytes) -> None:
    """Sends as much as the other side takes."""
    with suppress(ConnectionError, BrokenPipeError):
        connection.sendall(content)


def post_order(server: ServerProgram) -> int:
    body = json.dumps({"at": time.time()}).encode()
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-signature": signature}
    return call(server.url, "POST", "/hooks/orders", body, headers)[0]


@pytest.mark.long
def test_whoever_does_not_finish_a_request_is_told_so_and_let_go(
    server: ServerProgram, connect: Connect
) -> None:
    form = b"POST /sign-in HTTP/1.1\r\nHost: 127.0.0.1\r\nSec-Fetch-Site: same-origin\r\n"
    kind = b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 1000\r\n\r\n"
    unfinished = {
        "headers": HEAD + b"X-Part: ",
        "a body that never comes": HEAD + b"Content-Length: 1000\r\n\r\n",
        "a body that stops": HEAD + b"Content-Length: 1000\r\n\r\n" + b"{" * 10,
        "chunks that stop": HEAD + b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n",
        "a form": form + kind,
    }
    connections = {name: connect(server) for name in unfinished}
    for name, content in unfinished.items():
        connections[name].sendall(content)

    for name, connection in connections.items():
        with connection:
            answer = everything(connection)
            assert answer.startswith(b"HTTP/1.1 408 "), (name, answer)
    assert post_order(server) == 200


@pytest.mark.long
def test_whoever_says_nothing_is_let_go(server: ServerProgram, connect: Connect) -> None:
    silent, blank, answered = connect(server), connect(server), connect(server)
    blank.sendall(b"\r\n")
    # The answer does not wait for the body, and the body comes half.
    answered.sendall(b"GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 9\r\n\r\nabc")

    assert everything(silent) == b""
    assert everything(blank)[:13] in (b"", b"HTTP/1.1 408 ")
    assert everything(answered).startswith(b"HTTP/1.1 200 ")


@pytest.mark.long
@pytest.mark.parametrize(
    "endless",
    [
        pytest.param(b"X-Endless: " + b"x" * 1_000_000, id="one header"),
        pytest.param(b"X-Many: a\r\n" * 90_000, id="many headers"),
        pytest.param(
            b"Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Trailer: " + b"x" * 1_000_000,
            id="a trailer",
        ),
    ],
)
def test_unfinished_headers_take_a_bounded_amount_of_memory(
    server: ServerProgram, connect: Connect, endless: bytes
) -> None:
    # What the first delivery brings into memory stays there.
    assert post_order(server) == 200
    before = memory_of(server)
    connections = [connect(server) for _ in range(100)]
    for connection in connections:
        send_all(connection, HEAD + endless)

    assert memory_of(server) - before < 40_000_000
    for connection in connections:
        with connection:
            answer = everything(connection)
            assert not answer or answer.startswith(b"HTTP/1.1 431 "), answer
    assert post_order(server) == 200


def test_headers_that_are_too_large_are_refused_with_the_reason(
    server: ServerProgram, connect: Connect
) -> None:
    for large in (
        b"X-Large: " + b"x" * 70_000 + b"\r\n\r\n",
        b"X-Many: a\r\n" * 200 + b"\r\n",
        (b"X-Page: " + b"x" * 8_000 + b"\r\n") * 9 + b"\r\n",
    ):
        with connect(server) as connection:
            send_all(connection, HEAD + large)
            answer = everything(connection)
        assert answer.startswith(b"HTTP/1.1 431 "), answer
        assert b'"error":"large_headers"' in answer


def test_a_signature_in_a_trailer_is_none(server: ServerProgram, connect: Connect) -> None:
    body = b'{"id": 1}'
    signature = hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest().encode()
    with connect(server) as connection:
        connection.sendall(
            HEAD
            + b"Connection: close\r\nContent-Type: application/json\r\n"
            + b"Transfer-Encoding: chunked\r\nTrailer: X-Signature\r\n\r\n"
            + b"%x\r\n%s\r\n0\r\nX-Signature: %s\r\n\r\n" % (len(body), body, signature)
        )
        answer = everything(connection)

    assert answer.startswith(b"HTTP/1.1 401 "), answer


def test_whoever_pipelines_and_leaves_makes_no_traceback(
    server: ServerProgram, connect: Connect
) -> None:
    # Some leave at once and some between two answers; some by a reset, as a killed program does.
    reset = struct.pack("ii", 1, 0)
    for moment in (0.0, 0.001, 0.005, 0.02) * 10:
        for linger in (reset, b""):
            with connect(server) as connection:
                connection.sendall((HEAD + b"Content-Length: 2\r\n\r\n{}") * 20)
                time.sleep(moment)
                if linger:
                    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
    assert post_order(server) == 200

    assert "Traceback" not in server.printed
    assert "Exception" not in server.printed


def test_one_address_cannot_take_all_connections(tmp_path: Path, connect: Connect) -> None:
    server = start(tmp_path, "ingress: {sockets: 40, sockets_per_address: 20}\n")
    held = [connect(server, "127.0.0.2") for _ in range(30)]
    try:
        for connection in held:
            send_all(connection, HEAD)
        refused = everything(held[-1])

        assert refused.startswith(b"HTTP/1.1 503 "), refused
        assert b"retry-after: " in refused.lower()
        # Its own address, of which nothing is held, is answered all the same.
        assert post_order(server) == 200

        for connection in held:
            connection.close()
    finally:
        assert server.terminate() == 0


@pytest.mark.long
def test_strangers_do_not_use_up_the_files_that_the_server_needs(
    tmp_path: Path, connect: Connect
) -> None:
    server = start(tmp_path, files=300)
    held = [connect(server, f"127.0.0.{2 + number % 4}") for number in range(400)]
    try:
        time.sleep(3)  # The rule files are looked at each second.
        assert "Traceback" not in server.printed
        assert "Too many open files" not in server.printed

        (tmp_path / "rules" / "new.yaml").write_text(RULES)
        wait_until(lambda: "rules.loaded" in server.printed, "rules that are loaded")
        for connection in held:
            connection.close()
        wait_until(lambda: post_order(server) == 200, "an order that is taken")
    finally:
        assert server.terminate() == 0


def test_an_unfinished_request_does_not_spoil_the_end(tmp_path: Path, connect: Connect) -> None:
    server = start(tmp_path)
    body, head = connect(server), connect(server)
    body.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
    head.sendall(HEAD)
    time.sleep(1)

    assert server.terminate() == 0
    assert everything(body).startswith(b"HTTP/1.1 408 ")
    assert "Traceback" not in server.printed
    assert "Cancel" not in server.printed
