import pytest
from starlette.requests import Request

from automator.server.web.request_context import masked_csrf_token
from automator.server.web.security import (
    RequestError,
    Role,
    allowed_hosts,
    check_host,
    is_same_origin,
)

MASK = bytes(range(16))
HOSTS = allowed_hosts("https://bot.example.vn", "10.0.0.7")


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1:8080", "localhost", "[::1]:8080", "bot.example.vn", "BOT.example.vn:443",
     "10.0.0.7:8080"],
)  # fmt: skip
def test_our_own_names_are_answered(host: str) -> None:
    check_host([(b"host", host.encode())], HOSTS)


@pytest.mark.parametrize(
    "values",
    [["x/admin?"], ["x@y"], ["a b"], ["[::1"], [""], [], ["localhost", "evil.com"]],
)  # fmt: skip
def test_a_malformed_host_header_is_refused(values: list[str]) -> None:
    with pytest.raises(RequestError) as refused:
        check_host([(b"host", value.encode()) for value in values], HOSTS)

    assert refused.value.status == 400


@pytest.mark.parametrize("host", ["evil.com", "localhost.evil.com", "127.0.0.1.nip.io", "10.0.0.8"])
def test_a_foreign_name_is_not_answered(host: str) -> None:
    with pytest.raises(RequestError) as refused:
        check_host([(b"host", host.encode())], HOSTS)

    assert refused.value.status == 421


def request_with(**headers: str) -> Request:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return Request({"type": "http", "headers": [(b"host", b"127.0.0.1:8080"), *pairs]})


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"sec_fetch_site": "same-origin"}, True),
        ({"sec_fetch_site": "same-origin", "origin": "http://127.0.0.1:8080"}, True),
        ({"sec_fetch_site": "same-site"}, False),
        ({"sec_fetch_site": "cross-site"}, False),
        ({"sec_fetch_site": "none"}, False),
        ({"sec_fetch_site": "cross-site", "origin": "http://127.0.0.1:8080"}, False),
        ({"origin": "http://127.0.0.1:8080"}, True),
        ({"origin": "https://bot.example.vn"}, True),
        ({"origin": "http://bot.example.vn"}, False),
        ({"origin": "http://127.0.0.1:9999"}, False),
        ({"origin": "http://evil.com"}, False),
        ({"origin": "null"}, False),
        ({"origin": "file://127.0.0.1:8080"}, False),
        ({}, False),
    ],
)
def test_only_our_own_pages_count_as_same_origin(headers: dict[str, str], expected: bool) -> None:
    assert is_same_origin(request_with(**headers), "https://bot.example.vn") is expected


def test_sessions_have_different_form_tokens() -> None:
    one, two = masked_csrf_token("one", MASK), masked_csrf_token("two", MASK)

    assert one != two
    assert one == masked_csrf_token("one", MASK)
    assert one.startswith(MASK.hex())


def test_a_higher_role_includes_the_lower_ones() -> None:
    assert Role.ADMIN > Role.EDITOR > Role.VIEWER
    assert [Role.named(role.label) for role in Role] == list(Role)
    assert Role.named("root") is None
