"""The way to the outside against real servers on the loopback address."""

import asyncio
import contextlib
import gzip
import resource
import socket
import ssl
import threading
import tracemalloc
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from automator.engine.network import connection_pool
from automator.engine.network.answer_reader import KEPT_BYTES, READ_BYTES
from automator.engine.network.egress import Egress, NameLookup
from automator.model import PermanentError, RetryableError, StepError, UnknownOutcome
from tests.support.errors import raises_code
from tests.support.tls import self_signed
from tests.support.words import raises_saying

Writer = asyncio.StreamWriter
Behaviour = Callable[[bytes, Writer], Awaitable[None]]


@dataclass
class Server:
    """A server on 127.0.0.1 that keeps what it received."""

    port: int = 0
    connections: int = 0
    received: list[bytes] = field(default_factory=list)

    @property
    def url(self) -> str:
        """The address of the server."""
        return f"http://127.0.0.1:{self.port}/in"

    @property
    def allowed(self) -> tuple[str, ...]:
        """The entry that lets the server be reached."""
        return (f"127.0.0.1:{self.port}",)


@asynccontextmanager
async def serving(behave: Behaviour, *, tls: ssl.SSLContext | None = None) -> AsyncIterator[Server]:
    """Reads each request whole, then lets `behave` answer."""
    server = Server()
    tasks: set[asyncio.Task[None]] = set()

    async def handle(reader: asyncio.StreamReader, writer: Writer) -> None:
        task = asyncio.current_task()
        assert task is not None
        tasks.add(task)
        server.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length: ")[2].split(b"\r")[0]
                body = await reader.readexactly(int(length or 0))
                server.received.append(head + body)
                await behave(head + body, writer)
        except (OSError, EOFError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await listener.wait_closed()


@asynccontextmanager
async def egress(*allow: str, **options: object) -> AsyncIterator[Egress]:
    """An Egress that is closed afterwards."""
    found = Egress(allow, **options)  # type: ignore[arg-type]
    try:
        yield found
    finally:
        await found.close()


def answers(text: bytes) -> Behaviour:
    """Writes the same bytes after every request."""

    async def behave(_request: bytes, writer: Writer) -> None:
        writer.write(text)
        await writer.drain()

    return behave


OK = answers(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nX-Id: 5\r\n\r\nok")


async def failing(behave: Behaviour, *, method: str = "POST", timeout_s: float = 5.0) -> StepError:
    """The error of one request to a server that behaves like that."""
    async with serving(behave) as server, egress(*server.allowed) as http:
        with pytest.raises(StepError) as caught:
            await http.request(method, server.url, body=b"hi", timeout_s=timeout_s)
    return caught.value


async def test_a_request_arrives_whole_and_its_answer_comes_back():
    async with serving(OK) as server, egress(*server.allowed) as http:
        reply = await http.request("POST", server.url, headers={"X-A": "1"}, body=b"hi")

    assert (reply.status, reply.body, reply.headers["x-id"]) == (200, b"ok", "5")
    head, _, body = server.received[0].decode().partition("\r\n\r\n")
    assert body == "hi"
    assert sorted(line.lower() for line in head.split("\r\n")) == sorted(
        [
            "post /in http/1.1",
            f"host: 127.0.0.1:{server.port}",
            "accept: */*",
            "accept-encoding: identity",
            "user-agent: automator",
            "x-a: 1",
            "content-length: 2",
        ]
    )


async def test_one_connection_serves_many_requests():
    async with serving(OK) as server, egress(*server.allowed) as http:
        for _ in range(20):
            await http.request("POST", server.url, body=b"hi")

        assert (server.connections, len(server.received)) == (1, 20)


async def test_cookies_are_neither_kept_nor_sent():
    behave = answers(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nSet-Cookie: a=b\r\n\r\n")
    async with serving(behave) as server, egress(*server.allowed) as http:
        await http.request("GET", server.url)
        await http.request("GET", server.url)

    assert b"cookie" not in server.received[1].lower()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_an_answer_and_is_not_followed(status: int):
    async with serving(OK) as other:
        text = f"HTTP/1.1 {status} Moved\r\nLocation: {other.url}\r\nContent-Length: 0\r\n\r\n"
        behave = answers(text.encode())
        async with serving(behave) as server, egress(*server.allowed, *other.allowed) as http:
            reply = await http.request("POST", server.url, body=b"hi")

        assert (reply.status, reply.headers["location"]) == (status, other.url)
        assert other.connections == 0


async def test_a_proxy_of_the_environment_is_not_used(monkeypatch: pytest.MonkeyPatch):
    async with serving(OK) as proxy, serving(OK) as server:
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, proxy.url)
        async with egress(*server.allowed) as http:
            await http.request("GET", server.url)

        assert (proxy.connections, server.connections) == (0, 1)


# --- Hostile answers ---


async def test_an_endless_body_is_read_to_a_bound_and_kept_to_a_smaller_one():
    async def endless(_request: bytes, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            sent[0] += 65536
            await writer.drain()

    sent = [0]
    async with serving(endless) as server, egress(*server.allowed) as http:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        reply = await http.request("POST", server.url, body=b"hi")
        grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before

        assert len(reply.body) == KEPT_BYTES
        assert sent[0] < READ_BYTES + 16 * 1024 * 1024
        assert grown_kib < 40 * 1024


async def test_a_compressed_answer_is_refused():
    bomb = gzip.compress(b"\0" * 50_000_000)
    head = f"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: {len(bomb)}\r\n\r\n"

    error = await failing(answers(head.encode() + bomb))

    assert isinstance(error, PermanentError)
    assert (error.code, error.status) == ("encoded_answer", 200)


async def test_a_dripping_body_ends_at_the_deadline():
    async def drip(_request: bytes, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        while True:
            writer.write(b"x")
            await asyncio.sleep(0.02)

    error = await failing(drip, timeout_s=0.6)

    assert (type(error), error.code) == (UnknownOutcome, "timeout")


@pytest.mark.parametrize("piece", [b"X-A: 1\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"])
async def test_dripping_headers_end_at_the_deadline(piece: bytes):
    async def drip(_request: bytes, writer: Writer) -> None:
        if piece.startswith(b"X"):
            writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(piece)
            await asyncio.sleep(0.02)

    error = await failing(drip, timeout_s=0.6)

    assert (type(error), error.code) == (UnknownOutcome, "timeout")


async def test_silence_ends_at_the_deadline():
    async def silent(_request: bytes, _writer: Writer) -> None:
        await asyncio.sleep(60)

    error = await failing(silent, timeout_s=0.6)

    assert (type(error), error.code) == (UnknownOutcome, "timeout")


@pytest.mark.parametrize(
    "answer",
    [
        b"",
        b"HTTP/1.1 200 O",
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nab",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-A: 1\r\n" * 20_000 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX-A: " + b"a" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_an_answer_that_is_not_whole_leaves_the_outcome_unknown(answer: bytes):
    async def broken(_request: bytes, writer: Writer) -> None:
        writer.write(answer)
        await writer.drain()
        writer.close()

    error = await failing(broken)

    assert isinstance(error, UnknownOutcome)


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
async def test_what_may_have_arrived_is_not_sent_again_within_an_attempt(method: str):
    async def hang_up(_request: bytes, writer: Writer) -> None:
        writer.close()

    async with serving(hang_up) as server, egress(*server.allowed) as http:
        with pytest.raises(UnknownOutcome):
            await http.request(method, server.url, body=b"hi")

        assert len(server.received) == 1


async def test_header_bytes_that_are_no_text_are_replaced():
    behave = answers(b"HTTP/1.1 200 OK\r\nX-A: \xff\xfe\r\nContent-Length: 0\r\n\r\n")
    async with serving(behave) as server, egress(*server.allowed) as http:
        reply = await http.request("GET", server.url)

    assert reply.headers["x-a"] == "\ufffd\ufffd"


# --- Connections that are kept ---


async def test_only_what_changes_nothing_is_sent_again_when_a_kept_connection_has_ended():
    async def behave(_request: bytes, writer: Writer) -> None:
        if server.connections == 1 and len(server.received) > 1:
            writer.close()
            return
        await OK(_request, writer)

    async with serving(behave) as server, egress(*server.allowed) as http:
        await http.request("POST", server.url, body=b"hi")
        reply = await http.request("GET", server.url)

        assert (reply.body, server.connections, len(server.received)) == (b"ok", 2, 3)

    async with serving(behave) as server, egress(*server.allowed) as http:
        await http.request("POST", server.url, body=b"hi")
        with pytest.raises(UnknownOutcome):
            await http.request("POST", server.url, body=b"hi")

        assert len(server.received) == 2


@pytest.mark.parametrize("pause_s", [0.0, 0.05])
async def test_what_comes_unasked_is_not_the_answer_to_the_next_request(pause_s: float):
    async def behave(request: bytes, writer: Writer) -> None:
        await OK(request, writer)
        await asyncio.sleep(pause_s)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nforged")

    async with serving(behave) as server, egress(*server.allowed) as http:
        for _ in range(3):
            reply = await http.request("POST", server.url, body=b"hi")
            assert reply.body == b"ok"
            await asyncio.sleep(2 * pause_s)

        assert server.connections == 3


async def test_a_connection_whose_request_was_answered_unread_is_not_kept():
    asking: list[Writer] = []

    async def early(reader: asyncio.StreamReader, writer: Writer) -> None:
        asking.append(writer)
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    listener = await asyncio.start_server(early, "127.0.0.1", 0)
    port = listener.sockets[0].getsockname()[1]
    async with listener, egress(f"127.0.0.1:{port}") as http:
        for _ in range(2):
            reply = await http.request("POST", f"http://127.0.0.1:{port}/", body=b"x" * 20_000_000)
            assert reply.body == b"ok"
        for writer in asking:
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    assert len(asking) == 2


async def test_an_idle_connection_is_closed_after_a_while(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(connection_pool, "IDLE_S", 0.05)
    async with serving(OK) as server, egress(*server.allowed) as http:
        await http.request("POST", server.url, body=b"hi")
        await asyncio.sleep(0.5)
        await http.request("POST", server.url, body=b"hi")

        assert server.connections == 2


async def test_a_request_that_is_given_up_leaves_its_connection_to_nobody():
    async def slow(request: bytes, writer: Writer) -> None:
        await asyncio.sleep(0.3 if len(server.received) == 1 else 0)
        await OK(request, writer)

    async with serving(slow) as server, egress(*server.allowed) as http:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.1):
                await http.request("POST", server.url, body=b"first")
        await http.request("POST", server.url, body=b"second")

        assert server.connections == 2


async def test_a_place_takes_no_more_connections_than_its_bound(monkeypatch: pytest.MonkeyPatch):
    async def slow(request: bytes, writer: Writer) -> None:
        await asyncio.sleep(0.02)
        await OK(request, writer)

    monkeypatch.setattr(connection_pool, "CONNECTIONS_PER_PLACE", 2)
    async with serving(slow) as server, egress(*server.allowed) as http:
        replies = [http.request("POST", server.url, body=b"hi") for _ in range(9)]
        assert {reply.body for reply in await asyncio.gather(*replies)} == {b"ok"}

        assert server.connections == 2


async def test_who_gives_up_waiting_for_a_connection_leaves_it_to_the_next(
    monkeypatch: pytest.MonkeyPatch,
):
    async def slow(request: bytes, writer: Writer) -> None:
        await asyncio.sleep(0.1)
        await OK(request, writer)

    monkeypatch.setattr(connection_pool, "CONNECTIONS_PER_PLACE", 1)
    async with serving(slow) as server, egress(*server.allowed) as http:
        first, second, third = (
            asyncio.create_task(http.request("POST", server.url, body=body, timeout_s=timeout_s))
            for body, timeout_s in ((b"1", 5.0), (b"2", 0.03), (b"3", 5.0))
        )
        with raises_saying(RetryableError, "within 30 ms"):
            await second
        assert [(await one).body for one in (first, third)] == [b"ok", b"ok"]
        assert (await http.request("POST", server.url, body=b"4")).body == b"ok"

        assert [request[-1:] for request in server.received] == [b"1", b"3", b"4"]
        assert server.connections == 1


# --- No connection ---


async def test_another_address_of_a_name_is_tried_when_the_first_one_does_not_answer():
    async def lookup(host: str, port: int) -> list[str]:
        return ["127.0.0.2", "127.0.0.1"]

    async with serving(OK) as server, egress(f"crm.internal:{server.port}", lookup=lookup) as http:
        reply = await http.request("POST", f"http://crm.internal:{server.port}/", body=b"hi")

    assert reply.body == b"ok"


async def test_a_closed_port_is_worth_another_try():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]

    async with egress(f"127.0.0.1:{port}") as http:
        with raises_code(RetryableError, "no_connection"):
            await http.request("POST", f"http://127.0.0.1:{port}/", body=b"hi")


async def test_a_tls_handshake_that_stalls_ends_at_the_deadline():
    async with serving(OK) as server, egress(*server.allowed) as http:
        with pytest.raises(RetryableError) as caught:
            await http.request("GET", server.url.replace("http:", "https:"), timeout_s=0.3)

        assert (caught.value.code, server.received) == ("timeout", [])


@pytest.fixture(name="self_signed")
def its_certificate(tmp_path: Path) -> ssl.SSLContext:
    return self_signed(tmp_path)


async def test_a_certificate_that_nobody_vouches_for_is_not_trusted(self_signed: ssl.SSLContext):
    async with serving(OK, tls=self_signed) as server, egress(*server.allowed) as http:
        with raises_saying(RetryableError, "certificate cannot be verified") as caught:
            await http.request("GET", server.url.replace("http:", "https:"))

        assert (caught.value.code, server.received) == ("tls", [])


async def test_a_certificate_that_somebody_vouches_for_is_trusted_for_its_own_name_only(
    self_signed: ssl.SSLContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    async def lookup(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    async with serving(OK, tls=self_signed) as server:
        listed = (*server.allowed, f"crm.internal:{server.port}")
        async with egress(*listed, lookup=lookup) as http:
            url = server.url.replace("http:", "https:")
            reply = await http.request("POST", url, body=b"hi")
            assert reply.body == b"ok"
            await http.request("POST", url, body=b"hi")
            assert server.connections == 1

            with raises_saying(RetryableError, "certificate cannot be verified"):
                await http.request("GET", url.replace("127.0.0.1", "crm.internal"))


async def test_a_name_that_cannot_be_resolved_is_worth_another_try():
    async def fail(host: str, port: int) -> list[str]:
        raise socket.gaierror("SERVFAIL")

    async with egress(lookup=fail) as http:
        with raises_code(RetryableError, "dns"):
            await http.request("GET", "https://crm.example/")


@pytest.mark.long
async def test_long_addresses_are_not_kept_in_memory():
    async def fail(host: str, port: int) -> list[str]:
        raise OSError("no such name")

    async with egress(lookup=fail) as http:
        tracemalloc.start()
        try:
            for number in range(500):
                with pytest.raises(RetryableError):
                    await http.request("GET", f"http://crm.example/{number}/{'x' * 50_000}")
            kept, _ = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()

    # The library keeps the last 128 of its own accord.
    assert kept < 500 * 50_000


@pytest.mark.parametrize("found", [[], ["not an address"], ["fe80::1%lo "]])
async def test_an_answer_of_the_resolver_that_is_none_connects_nowhere(found: list[str]):
    async def lookup(host: str, port: int) -> list[str]:
        return found

    async with egress(lookup=lookup) as http:
        with pytest.raises(StepError) as caught:
            await http.request("GET", "https://crm.example/")

    assert caught.value.code in ("dns", "address_refused")


async def test_a_resolver_that_hangs_ends_at_the_deadline():
    async def hang(host: str, port: int) -> list[str]:
        await asyncio.sleep(60)
        return []

    async with egress(lookup=hang) as http:
        with raises_code(RetryableError, "timeout"):
            await http.request("GET", "https://crm.example/", timeout_s=0.1)


# --- Addresses ---


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "127.1",
        "0x7f000001",
        "2130706433",
        "0",
        "0177.0.0.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "[::127.0.0.1]",
        "[64:ff9b::7f00:1]",
        "[2002:7f00:1::]",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "localhost",
        "LOCALHOST",
        "localhost.",
        "user@127.0.0.1",
        "evil.example@127.0.0.1",
        "evil.example\\@127.0.0.1",
        "user:pw@localhost",
        "[fe80::1%25lo]",
    ],
)
async def test_no_spelling_of_this_machine_gets_a_byte(host: str):
    async def lookup(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    async with serving(OK) as server:
        # Listing another name with this port opens the port and nothing more.
        allow = (f"crm.internal:{server.port}", f"10.0.0.5:{server.port}")
        async with egress(*allow, lookup=lookup) as http:
            with raises_code(PermanentError, "address_refused"):
                await http.request("POST", f"http://{host}:{server.port}/", body=b"hi")
        assert server.connections == 0


async def test_the_systems_own_resolver_is_checked_as_well():
    async with serving(OK) as server, egress(f"10.0.0.5:{server.port}") as http:
        with pytest.raises(PermanentError) as caught:
            await http.request("GET", f"http://localhost:{server.port}/")

        assert (caught.value.code, server.connections) == ("address_refused", 0)


@pytest.mark.parametrize(
    "found",
    [
        ["127.0.0.1"],
        ["93.184.216.34", "127.0.0.1"],
        ["93.184.216.34"] * 99 + ["::ffff:127.0.0.1"],
        ["::1", "2606:4700::1111"],
        ["169.254.169.254"],
    ],
)
async def test_one_private_address_among_the_answers_refuses_them_all(found: list[str]):
    asked = []

    async def lookup(host: str, port: int) -> list[str]:
        asked.append(host)
        return found

    async with egress(lookup=lookup) as http:
        with pytest.raises(PermanentError) as caught:
            await http.request("POST", "http://rebind.example:8080/", body=b"hi")

    assert (caught.value.code, asked) == ("address_refused", ["rebind.example"])


async def test_a_name_that_moves_to_this_machine_is_caught_at_its_next_connection():
    found = ["127.0.0.1"]

    async def lookup(host: str, port: int) -> list[str]:
        return [found.pop(0) if found else "127.0.0.2"]

    closing = answers(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")
    async with serving(closing) as server, egress(*server.allowed, lookup=lookup) as http:
        url = f"http://rebind.example:{server.port}/"
        await http.request("GET", url)
        with pytest.raises(PermanentError) as caught:
            await http.request("GET", url)

        assert (caught.value.code, server.connections) == ("address_refused", 1)


async def test_the_public_address_of_this_machine_is_refused_too(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(
        "automator.engine.network.address_guard.why_not_public", lambda _address: ""
    )

    async def lookup(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with egress(lookup=lookup) as http:
        with raises_saying(PermanentError, "leads back to this machine"):
            await http.request("GET", "http://own.example:8080/")


async def test_a_listed_name_is_reached_though_it_is_private():
    async def lookup(host: str, port: int) -> list[str]:
        return ["127.0.0.1"]

    async with serving(OK) as server, egress(f"crm.internal:{server.port}", lookup=lookup) as http:
        reply = await http.request("GET", f"http://crm.internal:{server.port}/")

    assert reply.status == 200
    assert f"Host: crm.internal:{server.port}".encode() in server.received[0]


@pytest.mark.parametrize("user", ["user", "user:pw", ":pw", "a.example"])
async def test_an_address_with_a_user_name_is_refused_even_when_its_host_is_listed(user: str):
    async with serving(OK) as server, egress(*server.allowed) as http:
        with raises_saying(PermanentError, "a user name or a password"):
            await http.request("GET", f"http://{user}@127.0.0.1:{server.port}/")

        assert server.connections == 0


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "gopher://a.example/",
        "//a.example/",
        "a.example",
        "",
        "http://",
        "http:///x",
        "https://a.example:22/",
        "https://a.example:99999/",
        "https://a\nb.example/",
        "https://a.example/\r\nX: y",
    ],
)
async def test_what_is_no_web_address_is_refused(url: str):
    async def lookup(host: str, port: int) -> list[str]:
        raise AssertionError("nothing is resolved")

    async with egress(lookup=lookup) as http:
        with raises_code(PermanentError, "address_refused"):
            await http.request("GET", url)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("Host", "evil"),
        ("content-length", "5"),
        ("Transfer-Encoding", "chunked"),
        ("x", "a\r\nb: c"),
    ],
)
async def test_a_header_that_would_change_the_message_is_not_sent(name: str, value: str):
    async with serving(OK) as server, egress(*server.allowed) as http:
        with pytest.raises(PermanentError) as caught:
            await http.request("POST", server.url, headers={name: value}, body=b"hi")

        assert (caught.value.code, server.connections) == ("invalid_header", 0)


async def test_a_name_that_is_slow_to_look_up_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    released, asked = threading.Event(), list[str]()

    def resolve(host: str, port: object, **_: object) -> list[object]:
        asked.append(host)
        if host == "slow.example":
            released.wait(30)
            raise OSError("no answer")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", 0))]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    async with serving(answers(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")) as server:
        allow = (f"fast.example:{server.port}", "slow.example:80")
        egress = Egress(allow)
        slow = [
            asyncio.create_task(egress.request("GET", "http://slow.example/", timeout_s=0.5))
            for _ in range(100)
        ]
        try:
            failures = await asyncio.gather(*slow, return_exceptions=True)
            reply = await egress.request("GET", f"http://fast.example:{server.port}/")
        finally:
            released.set()
            await egress.close()

    assert reply.status == 200
    assert all(isinstance(failure, RetryableError) for failure in failures)
    assert asked == ["slow.example", "fast.example"]


async def test_a_name_is_looked_up_anew_when_nobody_is_asking() -> None:
    answers = iter([OSError("not now"), ["192.0.2.1"], ["192.0.2.2"]])

    def resolve(_: str) -> list[str]:
        found = next(answers)
        if isinstance(found, OSError):
            raise found
        return found

    look_up = NameLookup(resolve)
    with pytest.raises(OSError, match="not now"):
        await look_up("a.example", 443)

    assert await look_up("a.example", 443) == ["192.0.2.1"]
    assert await look_up("a.example", 443) == ["192.0.2.2"]
