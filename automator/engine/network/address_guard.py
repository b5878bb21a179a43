"""Decides which addresses may be reached, by scheme, host, port and resolved IP address.

Python's `ipaddress.is_global` is not enough, because it accepts IPv6 addresses that embed a private
IPv4 address. So the ranges are listed here, and embedded addresses are checked as well.
"""

import re
from collections.abc import Collection, Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from urllib.parse import urlsplit

from automator.model import N_, PermanentError, Reason, SettingsError, record
from automator.reasons.attempts import outbound

IPAddress = IPv4Address | IPv6Address

_DEFAULT_PORTS = {"http": 80, "https": 443}
#: The ports that need no entry in the allow list: for requests; below, for e-mails.
OPEN_PORTS = frozenset({80, 443, 8080, 8443})
MAIL_PORTS = frozenset({25, 465, 587, 2525})
_OPEN_PORTS = {"http": OPEN_PORTS, "https": OPEN_PORTS, "smtp": MAIL_PORTS, "smtps": MAIL_PORTS}

_DENIED_V4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8",  # This host.
        "10.0.0.0/8",  # Private.
        "100.64.0.0/10",  # Carrier-grade NAT; also clouds' metadata.
        "127.0.0.0/8",  # Loopback.
        "168.63.129.16/32",  # A cloud's host agent.
        "169.254.0.0/16",  # Link-local; also clouds' metadata.
        "172.16.0.0/12",  # Private.
        "192.0.0.0/24",  # Protocol assignments.
        "192.0.2.0/24",  # Documentation.
        "192.31.196.0/24",  # AS112.
        "192.52.193.0/24",  # AMT.
        "192.88.99.0/24",  # 6to4 relays.
        "192.168.0.0/16",  # Private.
        "192.175.48.0/24",  # AS112.
        "198.18.0.0/15",  # Benchmarks.
        "198.51.100.0/24",  # Documentation.
        "203.0.113.0/24",  # Documentation.
        "224.0.0.0/4",  # Multicast.
        "240.0.0.0/4",  # Reserved, and broadcast.
    )
)
#: The only IPv6 addresses that can be public at all, except for the ranges below.
_GLOBAL_UNICAST = IPv6Network("2000::/3")
_DENIED_V6 = tuple(
    IPv6Network(text)
    for text in (
        "2001::/23",  # Protocol assignments; Teredo is unwrapped before.
        "2001:db8::/32",  # Documentation.
        "2620:4f:8000::/48",  # AS112.
        "3fff::/20",  # Documentation.
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = frozenset({0x0000_5EFE, 0x0200_5EFE})
_NAME = re.compile(r"(?=.{1,253}\Z)(?!.*\.\.)[a-z0-9_](?:[a-z0-9_.-]*[a-z0-9_])?\.?")
#: Names that no public host has: without a dot, or below a domain for use inside.
_INSIDE = re.compile(r"^[^.]+\.?\Z|\.(?:localhost|local|internal|home\.arpa)\.?\Z")
_NUMERIC_END = re.compile(r"(?:^|\.)(?:[0-9]+|0x[0-9a-f]*)\.?\Z")


def why_not_public(address: IPAddress) -> Reason | None:
    """The reason why an address does not belong to the public internet, or None if it does."""
    if isinstance(address, IPv4Address):
        return _belongs(address, _DENIED_V4)
    for embedded in _embedded(address):
        if why := why_not_public(embedded):
            return outbound.address_carries(
                address=str(address), embedded=str(embedded), because=why
            )
    if address.ipv4_mapped is not None or address in _NAT64 or address.teredo is not None:
        return None
    if address not in _GLOBAL_UNICAST:
        return outbound.address_not_global(address=str(address))
    return _belongs(address, _DENIED_V6)


def _belongs(address: IPAddress, networks: Iterable[IPv4Network | IPv6Network]) -> Reason | None:
    for network in networks:
        if address in network:
            return outbound.address_belongs(address=str(address), network=str(network))
    return None


def _embedded(address: IPv6Address) -> list[IPv4Address]:
    """The IPv4 addresses to which an IPv6 address may lead in the end."""
    number = int(address)
    last = IPv4Address(number & 0xFFFF_FFFF)
    found: list[IPv4Address] = []
    if address.ipv4_mapped is not None or address in _NAT64:
        found.append(last)
    if address.sixtofour is not None:
        found.append(address.sixtofour)
    if address.teredo is not None:
        found += address.teredo
    if number >> 32 & 0xFFFF_FFFF in _ISATAP:
        found.append(last)
    return found


def literal_address(host: str) -> IPAddress | None:
    """The IP address that a host writes out; None if the host is a name."""
    try:
        return ip_address(host)
    except ValueError:
        return None


@record(kw_only=False)
class AddressGuard:
    """Allows and refuses addresses. Its list permits private addresses and further ports."""

    hosts: frozenset[tuple[str, int]] = frozenset()
    addresses: frozenset[tuple[IPAddress, int]] = frozenset()
    #: The host and port of this server's own public address.
    own: tuple[str, int] | None = None

    @classmethod
    def of(cls, entries: Iterable[str], *, public_url: str = "") -> "AddressGuard":
        """Reads entries such as `host:port` and `address:port`. `public_url` is our own address.

        Raises:
            SettingsError: an entry has neither form.
        """
        hosts, addresses = set(), set()
        for entry in entries:
            host, _, port = entry.strip().lower().rpartition(":")
            host = host.removeprefix("[").removesuffix("]").removesuffix(".")
            address = literal_address(host)
            if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65536:
                raise _bad_entry(entry, N_("has no port"))
            if address is not None:
                addresses.add((address, int(port)))
            elif _NAME.fullmatch(host) and not _NUMERIC_END.search(host):
                hosts.add((host, int(port)))
            else:
                raise _bad_entry(entry, N_("has no host"))
        return cls(frozenset(hosts), frozenset(addresses), own=place_of_url(public_url))

    def lists_host(self, host: str, port: int) -> bool:
        """Whether the allow list names this host with this port."""
        return (host.removesuffix("."), port) in self.hosts

    def check_destination(self, scheme: str, host: str, port: int) -> None:
        """Checks an address before anything is resolved. `host` is lower-case ASCII.

        Raises:
            PermanentError: code `address_refused`.
        """
        entry = f"{host}:{port}"
        open_ports = _OPEN_PORTS.get(scheme)
        if open_ports is None:
            raise refused(outbound.not_http(scheme=scheme))
        literal = literal_address(host)
        if literal is not None:
            if (literal, port) in self.addresses:
                return
            raise refused(outbound.address_not_a_name(host=host, entry=entry))
        if _NUMERIC_END.search(host) or not _NAME.fullmatch(host):
            raise refused(outbound.not_a_host(host=host))
        if (host.removesuffix("."), port) == self.own and not self.lists_host(host, port):
            raise refused(outbound.own_address(host=host, entry=entry))
        if port not in open_ports and not self.lists_host(host, port) and not self._lists(port):
            raise refused(outbound.port_closed(port=port, entry=entry))

    def check_unresolved(self, host: str, port: int) -> None:
        """Checks a name that only a proxy resolves, after `check_destination`.

        The rules of the proxy decide which addresses are reached.

        Raises:
            PermanentError: no public host has the name, or the port is not open (code
                `address_refused`).
        """
        if literal_address(host) is not None or self.lists_host(host, port):
            return
        if _INSIDE.search(host):
            raise refused(outbound.name_of_inside(host=host, entry=f"{host}:{port}"))
        # Elsewhere a listed address opens its port until the name is resolved; here nobody does.
        if port not in OPEN_PORTS:
            raise refused(outbound.port_closed(port=port, entry=f"{host}:{port}"))

    def check_resolved(
        self, host: str, address: IPAddress, port: int, open_ports: Collection[int] = OPEN_PORTS
    ) -> None:
        """Checks one IP address to which a host's name has resolved.

        Raises:
            PermanentError: code `address_refused`.
        """
        if self.is_listed(host, address, port):
            return
        entry = f"{host}:{port}"
        if why := why_not_public(address):
            raise refused(outbound.private_address(host=host, because=why, entry=entry))
        if port not in open_ports:
            raise refused(outbound.private_port(port=port, host=host, entry=entry))

    def is_listed(self, host: str, address: IPAddress, port: int) -> bool:
        """Whether the allow list names the host or the address, with this port."""
        return self.lists_host(host, port) or (address, port) in self.addresses

    def _lists(self, port: int) -> bool:
        """Whether any entry has this port, so that a host must be resolved before deciding."""
        return any(listed == port for _, listed in self.addresses)


def place_of_url(url: str) -> tuple[str, int] | None:
    """The host and port of an address; None if it has no host."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return None
    return (parts.hostname.removesuffix("."), port) if parts.hostname and port else None


def refused(why: Reason) -> PermanentError:
    """The error for an address that may not be reached."""
    return PermanentError(why, code="address_refused")


def _bad_entry(entry: str, what: str) -> SettingsError:
    return SettingsError(
        N_("egress.allow: '{entry}' {what:text}"),
        fix=N_("Write host:port or address:port, as in 10.0.0.5:8443 or [fd00::5]:8443."),
        code="egress-allow",
        entry=entry,
        what=what,
    )
