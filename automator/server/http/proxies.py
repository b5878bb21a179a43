"""Finds the address of a client behind `trusted_proxies`, from the headers that proxies add.

A proxy appends the address that it saw to `X-Forwarded-For`. The header is read from the right,
past every trusted proxy, up to the first other address: the client's. The client may have written
the entries further left. `Forwarded` (RFC 7239) is read if `X-Forwarded-For` is missing. If the two
headers name different clients, the client has written one of them, and its address is unknown.
"""

import logging
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

from starlette.types import Scope

#: At most this many entries are read, from the right; nobody has more proxies.
_MOST_HOPS = 32
_PORT = re.compile(r"(?P<v6>\[(?P<inner>[^\[\]]*)\])(?::[0-9]{1,5})?|(?P<v4>[0-9.]+):[0-9]{1,5}")
_FOR = re.compile(r'(?:^|;)\s*for\s*=\s*("(?:[^"\\]|\\.)*"|[^\s;,"]+)', re.IGNORECASE)

_HEADERS = (b"x-forwarded-for", b"forwarded")
#: The port that marks a client whose address comes from a header; headers name no port.
_RESOLVED = 0

Address = IPv4Address | IPv6Address

logger = logging.getLogger(__name__)


class TrustedProxies:
    """The addresses of the proxies whose headers are trusted; there may be none."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(ip_network(text) for text in networks)
        self._has_warned = False
        self._is_trusted = lru_cache(maxsize=4096)(self._belongs)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def trust(self, address: str) -> bool:
        """Whether `address` belongs to a trusted proxy."""
        return bool(self._networks) and self._is_trusted(address)

    def resolve(self, scope: Scope) -> None:
        """If a trusted proxy sent the request, puts the address of the client into the scope."""
        client = scope.get("client")
        if client is not None and self.trust(client[0]):
            scope["client"] = (self.client_of(client[0], scope["headers"]), _RESOLVED)

    def warn_of_unnamed(self, scope: Scope) -> None:
        """Logs once that a machine of this network forwards requests, and is no trusted proxy."""
        peer, port = scope.get("client") or ("", 0)
        if self._has_warned or port == _RESOLVED or not _is_near(peer):
            return
        if any(name in _HEADERS for name, _ in scope["headers"]):
            self._has_warned = True
            logger.warning(
                "http.proxy_unnamed address=%s: all who come through it count as one address;"
                " name it under trusted_proxies in automator.yaml",
                peer,
            )

    def client_of(self, peer: str, headers: Iterable[tuple[bytes, bytes]]) -> str:
        """The client's address in a request from the trusted proxy `peer`; "" if it is unknown."""
        chains: dict[bytes, list[str]] = {}
        for name, value in headers:
            if name in _HEADERS:
                chains.setdefault(name, []).append(value.decode("latin-1"))
        found = {
            self._last_untrusted(peer, _entries(name, values)) for name, values in chains.items()
        }
        return found.pop() if len(found) == 1 else ("" if found else peer)

    def _last_untrusted(self, peer: str, entries: Sequence[str]) -> str:
        client = peer
        for text in reversed(entries[-_MOST_HOPS:]):
            address = read_address(text)
            if address is None:
                # The proxy hides its client, as `unknown` or `_hidden`. Entries further left may be
                # invented.
                return client if client != peer else ""
            client = str(address)
            if not self.trust(client):
                return client
        return client

    def _belongs(self, text: str) -> bool:
        address = read_address(text)
        return address is not None and any(address in network for network in self._networks)


def read_address(text: str) -> Address | None:
    """An address in the forms of headers: with a port, in brackets, or mapped from IPv4 to IPv6."""
    text = text.strip()
    if found := _PORT.fullmatch(text):
        text = found["inner"] if found["v6"] else found["v4"]
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return address.ipv4_mapped
    return address


def _entries(name: bytes, values: Sequence[str]) -> list[str]:
    """The hops that the values of a header list, the nearest last."""
    # Commas inside quotes separate entries too. An address has no comma, and a client could open a
    # quote that would swallow the next proxy's entry.
    entries = ",".join(values).split(",")
    return entries if name == b"x-forwarded-for" else [_for_of(entry) for entry in entries]


def _for_of(element: str) -> str:
    found = _FOR.search(element)
    return found[1].strip('"') if found else ""


def _is_near(text: str) -> bool:
    """Whether an address is of this machine or a private network, where proxies usually are."""
    address = read_address(text)
    return address is not None and address.is_private
