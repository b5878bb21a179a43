"""The way out through a proxy: tinyproxy, and proxies that fail."""

import asyncio
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from automator.configuration.secrets import Secret
from automator.configuration.settings import Egress as EgressSettings
from automator.configuration.target import Target
from automator.engine.network.egress import Egress
from automator.engine.network.proxy import Proxy
from automator.model import PermanentError, RetryableError, StepError
from tests.integration.test_egress import OK, Server, serving
from tests.support.errors import raises_code
from tests.support.faults import unavailable
from tests.support.process import free_port, wait_until
from tests.support.tls import Authority
from tests.support.words import raises_saying, said

LOGIN = "shop:pass%3Aword-of-the-proxy"


async def _nowhere(host: str, port: int) -> list[str]:
    """Resolves the proxy alone: every other name is up to the proxy."""
    if host == "127.0.0.1":
        return [host]
    raise socket.gaierror("SERVFAIL")


def through(address: str, *no_proxy: str, allow: tuple[str, ...] = (), **options: object) -> Egress:
    """The way out through the proxy at this address."""
    settings = EgressSettings(proxy=Secret(address), no_proxy=no_proxy)
    options = {"lookup": _nowhere, **options}
    return Egress(allow, proxy=Proxy.of(settings), **options)  # type: ignore[arg-type]


@pytest.fixture(name="tinyproxy")
def its_tinyproxy(tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a tinyproxy that wants a login, and its log."""
    program = shutil.which("tinyproxy")
    if program is None:
        unavailable("tinyproxy is not installed: apt-get install tinyproxy")
    port = free_port()
    log = tmp_path / "tinyproxy.log"
    settings = tmp_path / "tinyproxy.conf"
    settings.write_text(
        f'Port {port}\nListen 127.0.0.1\nAllow 127.0.0.1\nMaxClients 20\nLogFile "{log}"\n'
        'LogLevel Info\nBasicAuth shop pass:word-of-the-proxy\nFilter "'
        + str(tmp_path / "denied")
        + '"\n',
        encoding="utf-8",
    )
    (tmp_path / "denied").write_text("denied\\.example\n", encoding="utf-8")
    with subprocess.Popen([program, "-d", "-c", str(settings)]) as running:
        try:
            wait_until(lambda: _listens(port), "tinyproxy to listen")
            yield f"http://{LOGIN}@127.0.0.1:{port}", log
        finally:
            running.terminate()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


async def test_plain_requests_pass_a_real_proxy(tinyproxy: tuple[str, Path]):
    address, log = tinyproxy
    async with serving(OK) as server:
        http = through(address, allow=server.allowed)
        for _ in range(3):
            reply = await http.request("POST", server.url + "?a=%20b", body=b"hi")
            assert (reply.status, reply.body) == (200, b"ok")
        await http.close()

    head = server.received[0].decode()
    assert head.startswith("POST /in?a=%20b HTTP/1.")
    assert "proxy-authorization" not in head.lower()
    assert f"127.0.0.1:{server.port}" in log.read_text(encoding="utf-8")


async def test_requests_with_tls_pass_a_real_proxy_unread(
    tinyproxy: tuple[str, Path], tmp_path: Path
):
    address, log = tinyproxy
    authority = Authority(tmp_path)
    async with serving(OK, tls=authority.server()) as server:
        url = server.url.replace("http:", "https:")
        crm = Target(url=url, ca=str(authority.file))
        http = through(address, allow=server.allowed, targets={"crm": crm})
        for _ in range(3):
            reply = await http.request("POST", url, body=b"hi", target="crm")
            assert reply.body == b"ok"
        await http.close()

    assert (server.connections, len(server.received)) == (1, 3)
    assert f"CONNECT 127.0.0.1:{server.port}" in log.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("scheme", "login"), [("https", "shop:another-word@"), ("https", ""), ("http", "")]
)
async def test_a_real_proxy_that_wants_another_login_is_worth_another_try(
    scheme: str, login: str, tinyproxy: tuple[str, Path]
):
    async with serving(OK) as server:
        http = through(tinyproxy[0].replace(f"{LOGIN}@", login), allow=server.allowed)
        with raises_saying(RetryableError, "does not accept our name and password") as caught:
            await http.request("POST", server.url.replace("http", scheme, 1), body=b"hi")
        await http.close()

    assert (caught.value.code, server.received) == ("proxy", [])
    assert "another-word" not in said(caught.value.reason)


async def test_a_host_that_a_real_proxy_denies_is_named(tinyproxy: tuple[str, Path]):
    http = through(tinyproxy[0])
    with raises_saying(RetryableError, r"does not let requests to denied\.example through: 403"):
        await http.request("POST", "https://denied.example/in", body=b"hi")
    await http.close()


# --- Proxies that fail ---

Reader, Writer = asyncio.StreamReader, asyncio.StreamWriter


@asynccontextmanager
async def proxy(behave: Callable[[Reader, Writer], Awaitable[None]]) -> AsyncIterator[Server]:
    """A proxy that does this after the head of the request, then closes."""
    found = Server()

    async def handle(reader: Reader, writer: Writer) -> None:
        head = await reader.readuntil(b"\r\n\r\n")
        found.received.append(head)
        await behave(reader, writer)
        writer.close()

    listener = await asyncio.start_server(handle, "127.0.0.1", 0)
    found.port = listener.sockets[0].getsockname()[1]
    async with listener:
        yield found


def answering(text: bytes) -> Callable[[Reader, Writer], Awaitable[None]]:
    async def behave(_reader: Reader, writer: Writer) -> None:
        writer.write(text)

    return behave


async def failed(found: Server, url: str = "https://crm.example/in") -> StepError:
    """The error of a request through a proxy that fails."""
    http = through(f"http://{LOGIN}@127.0.0.1:{found.port}")
    with pytest.raises(StepError) as caught:
        await http.request("POST", url, body=b"hi", timeout_s=0.5)
    await http.close()
    return caught.value


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        (b"HTTP/1.1 403 Filtered\r\n\r\n", "does not let requests to crm.example through: 403"),
        (b"HTTP/1.1 407 Who\r\n\r\n", "does not accept our name and password"),
        (b"HTTP/1.1 502 Bad\r\nContent-Length: 2\r\n\r\nno", "does not reach crm.example: 502"),
        (b"", "broke off"),
        (b"HTTP/1.1 200 OK\r\n", "broke off"),
        (b"220 mail.example ESMTP\r\n\r\n", "broke off"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", "broke off"),
        (b"HTTP/1.1 200 OK\r\n\r\n\x16\x03\x01", "broke off"),
    ],
)
async def test_a_proxy_that_opens_no_tunnel_is_worth_another_try(answer: bytes, sentence: str):
    async with proxy(answering(answer)) as found:
        error = await failed(found)

    assert isinstance(error, RetryableError)
    assert error.code == "proxy"
    assert sentence in said(error.reason)
    assert "word-of-the-proxy" not in said(error.reason)
    assert found.received[0].startswith(
        b"CONNECT crm.example:443 HTTP/1.1\r\nHost: crm.example:443"
    )


async def test_a_proxy_that_answers_without_end_is_not_read_to_the_deadline():
    async def chatter(reader: Reader, writer: Writer) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 10_000)
        await reader.read()

    async with proxy(chatter) as found:
        error = await failed(found)

    assert error.code == "proxy"


async def test_a_proxy_that_hangs_ends_at_the_deadline():
    async def hang(reader: Reader, _writer: Writer) -> None:
        await reader.read()

    async with proxy(hang) as found:
        error = await failed(found)

    assert isinstance(error, RetryableError)
    assert error.code == "timeout"
    assert f"to crm.example through the proxy 127.0.0.1:{found.port} within" in said(error.reason)


async def test_a_proxy_that_does_not_run_is_named():
    port = free_port()

    error = await failed(Server(port))

    assert said(error.reason) == f"the proxy 127.0.0.1:{port} is not reached: nobody listens there"


async def test_a_proxy_that_does_not_know_us_has_passed_nothing_on():
    reply = b"HTTP/1.1 407 Who\r\nContent-Length: 0\r\n\r\n"
    async with proxy(answering(reply)) as found:
        error = await failed(found, "http://crm.example/in")

    assert (type(error), error.code) == (RetryableError, "proxy")
    assert found.received[0].startswith(b"POST http://crm.example/in HTTP/1.1\r\n")


# --- What the guard still decides ---


@pytest.mark.parametrize(
    "url",
    [
        "https://10.0.0.5/in",
        "https://localhost/in",
        "https://crm/in",
        "https://crm.internal/in",
        "https://metadata.google.internal/in",
        "https://printer.local./in",
        "https://crm.example:25/in",
        "https://crm.example:9000/in",
        "https://hooks.example/in",
    ],
)
async def test_what_is_refused_by_its_name_is_refused_before_the_proxy_is_asked(url: str):
    async with proxy(answering(b"")) as found:
        options = {"public_url": "https://hooks.example", "allow": ("10.0.0.6:9000",)}
        http = through(f"http://127.0.0.1:{found.port}", **options)  # type: ignore[arg-type]
        with raises_code(PermanentError, "address_refused"):
            await http.request("GET", url)
        await http.close()

    assert found.received == []


async def test_a_listed_name_of_the_inside_goes_to_the_proxy():
    async with proxy(answering(b"HTTP/1.1 403 No\r\n\r\n")) as found:
        http = through(f"http://127.0.0.1:{found.port}", allow=("crm.internal:443",))
        with raises_code(RetryableError, "proxy"):
            await http.request("GET", "https://crm.internal/in")
        await http.close()


@pytest.mark.parametrize("left_out", ["crm.example", ".example", "EXAMPLE"])
async def test_a_host_that_is_left_out_is_resolved_and_guarded_here(left_out: str):
    async def inside(host: str, port: int) -> list[str]:
        return ["10.0.0.5"]

    async with proxy(answering(b"")) as found:
        http = through(f"http://127.0.0.1:{found.port}", left_out, lookup=inside)
        with raises_saying(PermanentError, "leads to a private place"):
            await http.request("GET", "https://crm.example/in")
        await http.close()

    assert found.received == []
