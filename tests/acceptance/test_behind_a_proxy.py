"""A server behind a proxy: whose address it is that signs in, sends, and stands in the log."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.process import ServerProgram, call

pytestmark = pytest.mark.acceptance

SENDER, STRANGER, OWNER = "203.0.113.7", "198.51.100.66", "192.0.2.10"
SETTINGS = """\
connections:
  orders:
    provider: generic
    verify: {token: env:ORDERS_TOKEN, header: x-token}
    allow_from: [203.0.113.0/24]
"""
TOKEN = "token-of-the-orders-0123456789abcdef"


def start(folder: Path, more: str = "") -> ServerProgram:
    (folder / "rules").mkdir()
    config = folder / "automator.yaml"
    config.write_text(SETTINGS + more)
    return ServerProgram(
        folder,
        *("--config", str(config), "--rules", str(folder / "rules")),
        environ={"ORDERS_TOKEN": TOKEN},
    )


@pytest.fixture
def proxied(tmp_path: Path) -> Iterator[ServerProgram]:
    program = start(tmp_path, "trusted_proxies: [127.0.0.1]\n")
    yield program
    program.terminate()


def post_order(server: ServerProgram, forwarded_for: str) -> int:
    headers = {
        "content-type": "application/json",
        "x-token": TOKEN,
        "x-forwarded-for": forwarded_for,
    }
    return call(server.url, "POST", "/hooks/orders", b"{}", headers)[0]


def sign_in(server: ServerProgram, forwarded_for: str) -> int:
    headers = {
        "content-type": "application/x-www-form-urlencoded",
        "sec-fetch-site": "same-origin",
        "x-forwarded-for": forwarded_for,
    }
    return call(server.url, "POST", "/sign-in", b"token=none", headers)[0]


def test_the_senders_own_address_is_let_in_refused_and_logged(proxied: ServerProgram) -> None:
    assert post_order(proxied, SENDER) == 200
    assert post_order(proxied, STRANGER) == 403
    # The stranger writes the sender's address; the proxy adds what it saw.
    assert post_order(proxied, f"{SENDER}, {STRANGER}") == 403

    rows = proxied.everything("deliveries")
    assert {row["remote"] for row in rows} == {SENDER, STRANGER}


def test_a_stranger_does_not_lock_the_owner_out(proxied: ServerProgram) -> None:
    strange = [sign_in(proxied, STRANGER) for _ in range(30)]

    assert 429 in strange
    assert sign_in(proxied, OWNER) == 401
    assert f"remote={STRANGER}" in proxied.printed


def test_nobody_else_is_believed_about_an_address(tmp_path: Path) -> None:
    server = start(tmp_path, "trusted_proxies: [10.0.0.0/8]\n")
    try:
        assert post_order(server, SENDER) == 403
        assert [row["remote"] for row in server.everything("deliveries")] == ["127.0.0.1"]

        sign_in(server, OWNER)
        assert "http.proxy_unnamed address=127.0.0.1" in server.printed
    finally:
        server.terminate()
