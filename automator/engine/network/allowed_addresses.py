"""Finds the addresses of a host to which a request may go."""

import socket
from collections.abc import Awaitable, Callable, Collection, Sequence
from ipaddress import ip_address

from automator.engine.network.address_guard import (
    OPEN_PORTS,
    AddressGuard,
    IPAddress,
    literal_address,
    refused,
)
from automator.engine.network.connection_pool import Place
from automator.model import RetryableError
from automator.reasons.attempts.outbound import NAME_NOT_FOUND, NAME_WITHOUT_ADDRESS, OWN_MACHINE

#: Resolves a host and port to addresses as text. Raises OSError.
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]


class AllowedAddresses:
    """Finds the addresses of a place that the guard allows."""

    def __init__(self, guard: AddressGuard, lookup: Lookup) -> None:
        self._guard = guard
        self._lookup = lookup

    async def find(self, place: Place, open_ports: Collection[int] = OPEN_PORTS) -> list[IPAddress]:
        """Every address of the host, or none: one bad answer refuses them all.

        Raises:
            RetryableError: the name could not be resolved (code `dns`).
            PermanentError: an address is refused.
        """
        host, port = place.host, place.port
        literal = literal_address(host)
        if literal is not None:
            # The guard has checked it as part of the address.
            return [literal]
        try:
            found = [ip_address(text) for text in await self._lookup(host, port)]
        except (OSError, ValueError) as error:
            raise RetryableError(NAME_NOT_FOUND(host=host), code="dns") from error
        if not found:
            raise RetryableError(NAME_WITHOUT_ADDRESS(host=host), code="dns")
        for address in found:
            self._guard.check_resolved(host, address, port, open_ports)
            if not self._guard.is_listed(host, address, port) and _is_own(address, port):
                raise refused(OWN_MACHINE(host=host, entry=f"{host}:{port}"))
        return found


def _is_own(address: IPAddress, port: int) -> bool:
    """Whether the machine would talk to itself: the source address is then the same as the target.

    Connecting a datagram socket only asks the routing table; nothing is sent.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), port))
        except OSError:
            return False
        return ip_address(probe.getsockname()[0]) == address
