"""The client's address behind proxies: read from the right, past trusted hops, from nobody else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.server.http.proxies import TrustedProxies, read_address

PROXIES = TrustedProxies(["127.0.0.1/32", "10.0.0.0/8", "2001:db8:1::/48"])
Headers = list[tuple[bytes, bytes]]


def client(headers: Headers, peer: str = "127.0.0.1", proxies: TrustedProxies = PROXIES) -> str:
    """The address that a request has after it was resolved."""
    scope = {"type": "http", "client": (peer, 50000), "headers": headers}
    proxies.resolve(scope)
    return str(scope["client"][0])


def forwarded_for(*values: str) -> Headers:
    return [(b"x-forwarded-for", value.encode("latin-1")) for value in values]


def forwarded(*values: str) -> Headers:
    return [(b"forwarded", value.encode("latin-1")) for value in values]


def test_a_stranger_is_not_believed_about_its_address() -> None:
    assert client(forwarded_for("203.0.113.7"), peer="198.51.100.1") == "198.51.100.1"
    assert client(forwarded("for=203.0.113.7"), peer="198.51.100.1") == "198.51.100.1"


def test_without_trusted_proxies_nobody_is_believed() -> None:
    assert client(forwarded_for("203.0.113.7"), proxies=TrustedProxies()) == "127.0.0.1"


def test_a_trusted_proxy_says_who_its_client_is() -> None:
    assert client(forwarded_for("203.0.113.7")) == "203.0.113.7"
    assert client(forwarded_for("2001:db8::7")) == "2001:db8::7"
    assert client(forwarded("for=203.0.113.7;proto=https;by=10.0.0.1")) == "203.0.113.7"
    assert client(forwarded('proto=https;For="[2001:db8::7]:4711"')) == "2001:db8::7"


def test_what_the_client_wrote_itself_stands_further_left_and_is_not_read() -> None:
    assert client(forwarded_for("10.9.9.9, 198.51.100.1, 203.0.113.7, 10.0.0.2")) == "203.0.113.7"
    assert client(forwarded_for("198.51.100.1", "203.0.113.7")) == "203.0.113.7"
    assert client(forwarded("for=198.51.100.1, for=203.0.113.7, for=10.0.0.2")) == "203.0.113.7"
    assert client(forwarded('for="a, for=10.0.0.1", for=203.0.113.7')) == "203.0.113.7"


def test_a_request_that_a_proxy_makes_itself_has_the_proxys_address() -> None:
    assert client([]) == "127.0.0.1"
    assert client(forwarded_for("10.0.0.3, 10.0.0.2")) == "10.0.0.3"


@pytest.mark.parametrize("hidden", ["unknown", "_gateway", "", "203.0.113.999", "localhost"])
def test_a_proxy_that_hides_its_client_leaves_it_unknown(hidden: str) -> None:
    assert client(forwarded_for(f"198.51.100.1, {hidden}")) == ""
    assert client(forwarded(f"for={hidden}")) == ""


def test_two_headers_that_differ_leave_the_client_unknown() -> None:
    """A proxy sets one of them and passes the other on, which the client may have written."""
    both = [*forwarded_for("203.0.113.7"), *forwarded("for=127.0.0.1")]

    assert client(both) == ""
    assert client([*forwarded_for("203.0.113.7"), *forwarded("for=203.0.113.7")]) == "203.0.113.7"


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::7]", "2001:db8::7"),
        ("[2001:db8::7]:80", "2001:db8::7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1"),
        (" 203.0.113.7 ", "203.0.113.7"),
    ],
)
def test_an_address_is_read_in_every_form_that_proxies_write(text: str, address: str) -> None:
    assert str(read_address(text)) == address


LIES = st.lists(
    st.text(st.sampled_from('for=;,"\\ 0123.:[]')) | st.text(st.characters(max_codepoint=255)),
    max_size=5,
)


@given(LIES)
def test_no_header_of_a_client_reaches_past_what_the_proxy_saw(lies: list[str]) -> None:
    lie = ",".join(lies)

    assert client(forwarded_for(*lies, "203.0.113.7")) == "203.0.113.7"
    assert client(forwarded_for(f"{lie}, 203.0.113.7")) == "203.0.113.7"
    assert client(forwarded(*lies, "for=203.0.113.7")) == "203.0.113.7"
    assert client(forwarded(f'{lie}, for="[2001:db8::7]";proto=https')) == "2001:db8::7"


def test_a_quoted_text_that_a_client_opens_does_not_swallow_the_proxys_word() -> None:
    lie = 'for=198.51.100.1;x="'

    assert client(forwarded(f'{lie}, for="[2001:db8::7]"')) == "2001:db8::7"


@given(st.lists(st.text(st.characters(max_codepoint=255), max_size=60), max_size=4))
def test_any_header_is_read_to_an_address_or_to_none(values: list[str]) -> None:
    for headers in (forwarded_for(*values), forwarded(*values)):
        found = client(headers)
        assert found == "" or read_address(found) is not None


def test_a_proxy_that_nobody_named_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    def ask(peer: str, port: int = 50000, proxies: TrustedProxies = PROXIES) -> None:
        scope = {"client": (peer, port), "headers": forwarded_for("203.0.113.7")}
        proxies.resolve(scope)
        proxies.warn_of_unnamed(scope)

    ask("127.0.0.1")
    ask("8.8.8.8")
    assert not caplog.records

    for _ in range(3):
        ask("192.168.1.1")
    (record,) = caplog.records
    assert record.getMessage().startswith("http.proxy_unnamed address=192.168.1.1: ")
