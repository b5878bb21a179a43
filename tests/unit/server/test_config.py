"""The settings of a server, and where it is reached."""

import pytest

from automator.server.config import local_url


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8080"),
        ("0.0.0.0", "http://127.0.0.1:8080"),  # noqa: S104 - nothing is bound
        ("::", "http://[::1]:8080"),
        ("192.168.1.5", "http://192.168.1.5:8080"),
    ],
)
def test_a_server_on_every_address_is_reached_over_loopback(host: str, url: str) -> None:
    assert local_url(host, 8080) == url
