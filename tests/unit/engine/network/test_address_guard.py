from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from automator.engine.network.address_guard import AddressGuard, place_of_url, why_not_public
from automator.model import PermanentError, SettingsError
from tests.support.errors import raises_code
from tests.support.words import advice_on, raises_saying

NONE = AddressGuard.of(())

PRIVATE = (
    "0.0.0.0",  # noqa: S104 - an address to refuse
    "10.0.0.5",
    "100.64.0.1",
    "100.100.100.200",
    "127.0.0.1",
    "127.255.255.254",
    "168.63.129.16",
    "169.254.169.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.0.0.8",
    "192.0.2.1",
    "192.88.99.1",
    "192.168.1.1",
    "198.18.0.1",
    "198.51.100.1",
    "203.0.113.1",
    "224.0.0.1",
    "239.255.255.250",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "::1",
    "::127.0.0.1",
    "::8.8.8.8",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "::ffff:0:127.0.0.1",
    "64:ff9b::7f00:1",
    "64:ff9b::a00:5",
    "64:ff9b:1::808:808",
    "100::1",
    "2001:db8::1",
    "2001:0:7f00:1::1",
    "2001:0:808:808::f5ff:fffa",  # Teredo: the client is 10.0.0.5.
    "2001:20::1",
    "2002:7f00:1::",
    "2002:a00:5::1",
    "2606:4700::5efe:10.0.0.5",
    "2606:4700::200:5efe:127.0.0.1",
    "3fff::1",
    "5f00::1",
    "fc00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fec0::1",
    "ff02::1",
)
PUBLIC = (
    "1.1.1.1",
    "8.8.8.8",
    "93.184.216.34",
    "100.128.0.1",
    "172.32.0.1",
    "::ffff:8.8.8.8",
    "64:ff9b::808:808",
    "2002:808:808::1",
    "2606:4700::1111",
    "2a00:1450:4001::200e",
)


@pytest.mark.parametrize("address", PRIVATE)
def test_what_is_not_public_is_refused_however_it_is_wrapped(address: str):
    assert why_not_public(ip_address(address))


@pytest.mark.parametrize("address", PUBLIC)
def test_what_is_public_is_reached(address: str):
    assert why_not_public(ip_address(address)) is None


@given(st.ip_addresses())
def test_nothing_is_public_that_python_knows_as_private(address):
    if address.is_private or address.is_loopback or address.is_link_local or address.is_multicast:
        # Python judges what carries a public address by its prefix: mapped, and since 3.13 6to4.
        embedded = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None)
        assert why_not_public(address) or (embedded and not why_not_public(embedded))


@given(st.ip_addresses(v=4))
def test_wrapping_an_address_changes_no_verdict(address):
    number = int(address)
    mapped, nat64 = ip_address((0xFFFF << 32) | number), ip_address((0x64FF9B << 96) | number)
    sixtofour = ip_address((0x2002 << 112) | (number << 80))

    verdicts = {bool(why_not_public(found)) for found in (address, mapped, nat64, sixtofour)}

    assert len(verdicts) == 1


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "93.184.216.34",
        "127.1",
        "0x7f000001",
        "0x7f.1",
        "2130706433",
        "0",
        "0177.0.0.1",
        "127.0.0.1.",
        "169.254.169.254.",
        "::ffff:127.0.0.1",
        "::1",
        "2606:4700::1111",
        "fe80::1%lo",
        "127。0。0。1",
        "①②⑦.⓪.⓪.①",
        "1.2.3",
        "host.0x",
        "",
        "a b",
        "-a.example",
        "a..example.",
        ".",
        "a" * 254,
    ],
)
def test_a_host_that_is_not_a_name_is_refused(host: str):
    with raises_code(PermanentError, "address_refused"):
        NONE.check_destination("https", host, 443)


@pytest.mark.parametrize(
    "host", ["example.com", "example.com.", "xn--o-1ea.example", "a_b.example"]
)
def test_a_name_may_be_resolved(host: str):
    NONE.check_destination("https", host, 443)


@pytest.mark.parametrize("scheme", ["file", "gopher", "ftp", "ws", ""])
def test_only_http_and_https_are_spoken(scheme: str):
    with raises_saying(PermanentError, "is not http or https"):
        NONE.check_destination(scheme, "example.com", 443)


@pytest.mark.parametrize("port", [0, 22, 25, 3306, 6379, 9000])
def test_a_port_that_is_not_for_the_web_is_closed(port: int):
    with raises_saying(PermanentError, "is not open"):
        NONE.check_destination("http", "example.com", port)


def test_a_listed_host_is_reached_on_its_port_only():
    guard = AddressGuard.of(["CRM.internal:9000"])

    guard.check_destination("http", "crm.internal", 9000)
    guard.check_resolved("crm.internal", ip_address("10.0.0.5"), 9000)
    guard.check_resolved("crm.internal.", ip_address("10.0.0.5"), 9000)
    for host, port in (("crm.internal", 80), ("other.internal", 9000)):
        with raises_saying(PermanentError, "private place"):
            guard.check_resolved(host, ip_address("10.0.0.5"), port)


def test_a_listed_address_is_reached_by_name_and_by_number():
    guard = AddressGuard.of(["10.0.0.5:9000", "[fd00::5]:443"])

    guard.check_destination("http", "10.0.0.5", 9000)
    guard.check_destination("https", "fd00::5", 443)
    guard.check_destination("http", "crm.internal", 9000)
    guard.check_resolved("crm.internal", ip_address("10.0.0.5"), 9000)
    with raises_saying(PermanentError, "private place"):
        guard.check_resolved("crm.internal", ip_address("10.0.0.6"), 9000)


def test_listing_an_address_does_not_open_its_port_everywhere():
    guard = AddressGuard.of(["10.0.0.5:6379"])

    with raises_saying(PermanentError, "the port 6379 of example.com is not open"):
        guard.check_resolved("example.com", ip_address("93.184.216.34"), 6379)


def test_a_refusal_says_what_an_admin_can_list():
    with pytest.raises(PermanentError) as caught:
        NONE.check_resolved("crm.internal", ip_address("10.0.0.5"), 443)

    assert "crm.internal:443" in advice_on(caught.value.reason)


@pytest.mark.parametrize(
    "entry",
    ["10.0.0.5", "crm", "crm:", ":80", "crm:99999", "crm:0", "127.1:80", "a b:80", "crm:８０"],
)
def test_an_entry_that_cannot_be_read_stops_the_start(entry: str):
    with pytest.raises(SettingsError, match=r"egress\.allow"):
        AddressGuard.of([entry])


def test_this_server_itself_is_refused_unless_it_is_listed():
    guard = AddressGuard.of([], public_url="https://hooks.example.com/")
    listed = AddressGuard.of(["hooks.example.com:443"], public_url="https://hooks.example.com/")

    with raises_saying(PermanentError, "this server itself"):
        guard.check_destination("https", "hooks.example.com", 443)
    guard.check_destination("https", "hooks.example.com", 8443)
    listed.check_destination("https", "hooks.example.com", 443)


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("https://Crm.Example./in?a=1", ("crm.example", 443)),
        ("http://crm.example:8080", ("crm.example", 8080)),
        ("http://[::1]/", ("::1", 80)),
        ("https://crm.example:99999/", None),
        ("https://[::1/", None),
        ("ftp://crm.example/", None),
        ("crm", None),
        ("", None),
    ],
)
def test_the_place_of_an_address_is_its_host_and_port(url: str, place: tuple[str, int] | None):
    assert place_of_url(url) == place
