"""Targets with an authority of their own, and those that want a certificate of this server."""

import contextlib
import socket
import ssl
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from automator.configuration.target import Target
from automator.engine.network.egress import Egress
from automator.model import RetryableError, StepError
from tests.integration.test_egress import OK, Server, serving
from tests.support.tls import Authority
from tests.support.words import raises_saying


@pytest.fixture(name="authority")
def its_authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def crm(url: str, ca: Path, *own: Path) -> Target:
    """The target, with the files of its authority, of our certificate and of its key."""
    keys = ("client_certificate", "client_key")
    return Target(url=url, ca=str(ca), **dict(zip(keys, map(str, own), strict=False)))


@asynccontextmanager
async def reaching(
    tls: ssl.SSLContext, ca: Path, *own: Path
) -> AsyncIterator[tuple[Server, str, Egress]]:
    """A server with TLS, its address, and the way out to it as the target `crm`."""
    async with serving(OK, tls=tls) as server:
        url = server.url.replace("http:", "https:")
        http = Egress(server.allowed, targets={"crm": crm(url, ca, *own)})
        try:
            yield server, url, http
        finally:
            await http.close()


async def test_the_authority_of_a_target_vouches_for_the_target_alone(authority: Authority):
    async with reaching(authority.server(), authority.file) as (server, url, http):
        reply = await http.request("POST", url, body=b"hi", target="crm")
        assert reply.body == b"ok"

        # The same address without the target shares no connection with it.
        with raises_saying(RetryableError, "certificate cannot be verified"):
            await http.request("POST", url, body=b"hi")
        assert len(server.received) == 1


async def test_the_authority_of_a_target_takes_the_place_of_the_systems(
    authority: Authority, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
    other = Authority(tmp_path, "other")
    async with reaching(authority.server(), other.file) as (_, url, http):
        await http.request("GET", url)
        with raises_saying(RetryableError, "certificate cannot be verified"):
            await http.request("GET", url, target="crm")


@pytest.mark.parametrize("is_one_file", [False, True])
async def test_a_target_that_wants_a_certificate_gets_the_one_it_names(
    is_one_file: bool, authority: Authority
):
    certificate, key = authority.issue("us")
    own = [certificate, key]
    if is_one_file:
        certificate.write_bytes(key.read_bytes() + certificate.read_bytes())
        own = [certificate]
    tls = authority.server(wants_certificate=True)
    async with reaching(tls, authority.file, *own) as (server, url, http):
        await http.request("POST", url, body=b"hi", target="crm")
        assert len(server.received) == 1


@contextmanager
def alerting(tls: ssl.SSLContext) -> Iterator[int]:
    """A port that ends each handshake with the alert of OpenSSL; asyncio's servers send none."""

    def serve() -> None:
        while True:
            try:
                taken, _ = listener.accept()
            except OSError:
                return
            with (
                taken,
                tls.wrap_socket(taken, server_side=True, do_handshake_on_connect=False) as own,
            ):
                with contextlib.suppress(ssl.SSLError):
                    own.do_handshake()
                    own.recv(100)
                with contextlib.suppress(OSError):
                    own.shutdown(socket.SHUT_WR)
                    while socket.socket.recv(own, 4096):
                        pass

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)
    thread.join()


@pytest.mark.parametrize(
    ("version", "has_other", "sentence"),
    [
        (ssl.TLSVersion.TLSv1_3, False, "does not accept the certificate"),
        (ssl.TLSVersion.TLSv1_3, True, "does not accept the certificate"),
        (ssl.TLSVersion.TLSv1_2, True, "does not accept the certificate"),
        # TLS 1.2 has no alert of its own for a missing certificate.
        (ssl.TLSVersion.TLSv1_2, False, "no TLS connection"),
    ],
)
async def test_a_refused_certificate_is_worth_another_try_because_nothing_was_taken(
    version: ssl.TLSVersion, has_other: bool, sentence: str, authority: Authority, tmp_path: Path
):
    own = Authority(tmp_path, "other").issue("us") if has_other else ()
    tls = authority.server(wants_certificate=True)
    tls.minimum_version = tls.maximum_version = version
    with alerting(tls) as port:
        url = f"https://127.0.0.1:{port}/in"
        http = Egress((f"127.0.0.1:{port}",), targets={"crm": crm(url, authority.file, *own)})
        with raises_saying(RetryableError, sentence) as caught:
            await http.request("POST", url, body=b"hi", target="crm")
        await http.close()

    assert caught.value.code == "tls"


async def test_the_next_connection_uses_files_that_were_replaced_meanwhile(
    authority: Authority, tmp_path: Path
):
    certificate, key = Authority(tmp_path, "other").issue("us")
    tls = authority.server(wants_certificate=True)
    async with reaching(tls, authority.file, certificate, key) as (server, url, http):
        with pytest.raises(StepError):
            await http.request("POST", url, body=b"hi", target="crm")

        renewed = authority.issue("renewed")
        renewed[0].replace(certificate)
        # The certificate is new, and its key still old: the earlier two are shown once more.
        with pytest.raises(StepError):
            await http.request("POST", url, body=b"hi", target="crm")
        renewed[1].replace(key)
        await http.request("POST", url, body=b"hi", target="crm")
        assert len(server.received) == 1


async def test_without_readable_files_nothing_is_sent(authority: Authority, tmp_path: Path):
    async with reaching(authority.server(), tmp_path / "none.pem") as (server, url, http):
        with raises_saying(RetryableError, "none.pem cannot be read") as caught:
            await http.request("POST", url, body=b"hi", target="crm")

        assert (caught.value.code, server.connections) == ("tls", 0)
