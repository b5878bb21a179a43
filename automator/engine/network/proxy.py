"""The proxy through which requests leave a network that has no other way out."""

import asyncio
import contextlib
import re
import socket
from base64 import b64encode
from collections.abc import Collection, Iterator
from dataclasses import field
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from automator.configuration.secrets import KnownSecrets, Secret
from automator.configuration.settings import Egress as EgressSettings
from automator.engine.network.answer_reader import without_echo
from automator.engine.network.connection_pool import Lookup, Place, connected_socket
from automator.http.types import HttpReply
from automator.model import RetryableError, WrongValue, record
from automator.reasons.attempts import outbound
from automator.reasons.problems.addresses import value_not_a_proxy
from automator.reasons.quoted import os_reason

#: How many bytes the answer to CONNECT may have.
_HEAD_BYTES = 16 * 1024
_STATUS = re.compile(rb"HTTP/1\.[01] ([0-9]{3})[ \r]")


@record(kw_only=False)
class Proxy:
    """An HTTP proxy. Only the proxy resolves the names of hosts that are reached through it."""

    host: str
    port: int
    login: str = field(default="", repr=False)
    #: The hosts and domains that are reached without it.
    left_out: Collection[str] = ()

    @classmethod
    def of(cls, settings: EgressSettings) -> "Proxy | None":
        """Reads the settings; None without a proxy. An address that is not read stays empty.

        Raises:
            WrongValue: the address has another form. The reason does not repeat it.
        """
        if settings.proxy is None:
            return None
        left_out = frozenset(one.lower().strip(".") for one in settings.no_proxy)
        if not settings.proxy.reveal():
            return cls("", 0, left_out=left_out)
        try:
            parts = urlsplit(settings.proxy.reveal())
            host, port = parts.hostname or "", parts.port or 0
        except ValueError as error:
            raise WrongValue(value_not_a_proxy()) from error
        if parts.scheme != "http" or not host or not port or parts.path.strip("/"):
            raise WrongValue(value_not_a_proxy())
        return cls(host, port, unquote(parts.netloc.rpartition("@")[0]), left_out)

    @property
    def name(self) -> str:
        """The proxy as messages call it, without its password."""
        return f"{self.host}:{self.port}"

    @property
    def header(self) -> str:
        """The line of a request that names us to the proxy; "" if it wants no name."""
        login = b64encode(self.login.encode()).decode()
        return f"Proxy-Authorization: Basic {login}\r\n" if login else ""

    def secrets(self) -> Iterator[Secret]:
        """The secrets to hide: the password, and name and password as the header has them."""
        for text in (self.login.partition(":")[2], self.login):
            if text:
                yield Secret(text, "egress.proxy")

    def takes(self, host: str) -> bool:
        """Whether a host goes through the proxy: neither it nor a domain above it is left out."""
        name = f".{host.rstrip('.')}"
        return not any(name.endswith(f".{one}") for one in self.left_out)

    async def open(self, place: Place, lookup: Lookup) -> socket.socket:
        """Opens a connection to the proxy, or with TLS a tunnel through it to the place.

        Raises:
            RetryableError: the proxy is not reached, or opens no tunnel. Nothing was sent.
        """
        try:
            found = [ip_address(text) for text in await lookup(self.host, self.port)]
            connected = await connected_socket(found, self.port)
        except OSError as error:
            reason = outbound.proxy_unreachable(proxy=self.name, problem=os_reason(error))
            raise RetryableError(reason, code="proxy") from error
        try:
            if place.is_tls:
                await self._open_tunnel(connected, place)
        except BaseException:
            connected.close()
            raise
        return connected

    async def _open_tunnel(self, connected: socket.socket, place: Place) -> None:
        loop = asyncio.get_running_loop()
        host = f"[{place.host}]" if ":" in place.host else place.host
        there = f"{host}:{place.port}"
        wanted = f"CONNECT {there} HTTP/1.1\r\nHost: {there}\r\n{self.header}\r\n"
        head = b""
        with contextlib.suppress(OSError):
            await loop.sock_sendall(connected, wanted.encode())
            while b"\r\n\r\n" not in head and len(head) < _HEAD_BYTES:
                more = await loop.sock_recv(connected, 4096)
                if not more:
                    break
                head += more
        found = _STATUS.match(head)
        status = int(found[1]) if found else 0
        # A server with TLS never speaks first: what follows the head would come from the proxy.
        if 200 <= status < 300 and head.find(b"\r\n\r\n") == len(head) - 4:
            return
        if status < 300:
            raise RetryableError(outbound.proxy_silent(proxy=self.name), code="proxy")
        raise self._refusal(place.host, status)

    def passed_on(self, host: str, reply: HttpReply) -> HttpReply:
        """The answer to a plain request, without our login, which some proxies repeat in errors.

        Raises:
            RetryableError: the proxy does not accept our login. Nothing was sent to the host.
        """
        if reply.status == 407:
            raise self._refusal(host, reply.status)
        if not self.login:
            return reply
        known = KnownSecrets(self.secrets()).by_text.values()
        return without_echo(known, reply)

    def _refusal(self, host: str, status: int) -> RetryableError:
        """The error for a status with which the proxy refuses to reach a host."""
        # tinyproxy answers 401 if the password is wrong, and 407 only if there is none.
        if status in (401, 407):
            reason = outbound.proxy_login(proxy=self.name)
        elif status >= 500:
            reason = outbound.proxy_failed(proxy=self.name, host=host, status=status)
        else:
            reason = outbound.proxy_refused(proxy=self.name, host=host, status=status)
        return RetryableError(reason, code="proxy")
