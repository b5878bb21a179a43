"""The HTTP client of all outbound requests: with checked addresses, a deadline, limited answers."""

import asyncio
import contextlib
import socket
import ssl
import threading
from collections.abc import Callable, Collection, Mapping, Sequence
from functools import lru_cache
from ipaddress import ip_address
from types import MappingProxyType
from typing import TYPE_CHECKING

from yarl import URL

from automator.configuration.secrets import redacted_url
from automator.configuration.target import Target
from automator.engine.network.address_guard import (
    MAIL_PORTS,
    OPEN_PORTS,
    AddressGuard,
    IPAddress,
    literal_address,
    refused,
)
from automator.engine.network.answer_reader import BrokenAnswer
from automator.engine.network.client_tls import TargetTls, refuses_certificate
from automator.engine.network.connection_pool import (
    ConnectionPool,
    Lookup,
    Place,
    connected_socket,
)
from automator.engine.network.http_connection import HttpConnection
from automator.engine.network.proxy import Proxy
from automator.http.headers import FRAMING, require_sendable
from automator.http.types import MAIL, HttpReply
from automator.model import PermanentError, RetryableError, UnknownOutcome, WrongValue, record
from automator.reasons.attempts import outbound
from automator.reasons.quoted import os_reason

if TYPE_CHECKING:
    from automator.engine.network.mail import MailClient

# --- The bytes of a request ---

#: The methods that always state the length of their body, even if it is empty.
_WITH_BODY = frozenset({"POST", "PUT", "PATCH", "DELETE"})


@record(kw_only=False)
class RequestAddress:
    """The address of a request, with the first lines that follow from the address."""

    place: Place
    target: str
    host_line: str
    #: The proxy that reads the request and passes it on, instead of a tunnel through it.
    proxy: Proxy | None = None


def request_bytes(
    method: str, address: RequestAddress, headers: Mapping[str, str] | None, body: bytes
) -> bytes:
    """Makes the bytes of a request.

    Raises:
        PermanentError: a header cannot be sent (code `invalid_header`).
    """
    text = _lines_of(headers) if headers else _BASE_LINES
    length = f"Content-Length: {len(body)}\r\n" if body or method in _WITH_BODY else ""
    first = f"{method} {address.target} HTTP/1.1\r\n{address.host_line}"
    return f"{first}{text}{length}\r\n".encode() + body


def _lines_of(headers: Mapping[str, str]) -> str:
    """Makes the lines of all headers, with lower-case names.

    Raises:
        PermanentError: a header cannot be sent, or would frame the message (code
            `invalid_header`).
    """
    require_sendable(headers)
    lowered = {name.lower(): value for name, value in headers.items()}
    if not FRAMING.isdisjoint(lowered):
        first = next(name for name in lowered if name in FRAMING)
        raise PermanentError(outbound.header_reserved(header=first), code="invalid_header")
    if _BASE.keys().isdisjoint(lowered):
        return f"{_BASE_LINES}{_joined(lowered)}"
    return _joined({**_BASE, **lowered})


def _joined(headers: Mapping[str, str]) -> str:
    return "".join([f"{name}: {value}\r\n" for name, value in headers.items()])


#: The headers of every request that does not set them itself.
_BASE = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "automator"}
_BASE_LINES = _joined(_BASE)


# --- The IP addresses of a host to which a request may go ---


@record(kw_only=False)
class AllowedAddresses:
    """Finds the IP addresses of a place, if the guard allows them."""

    guard: AddressGuard
    lookup: Lookup

    async def find(self, place: Place, open_ports: Collection[int] = OPEN_PORTS) -> list[IPAddress]:
        """All IP addresses of the host. A single refused address refuses the host.

        Raises:
            RetryableError: the name could not be resolved (code `dns`).
            PermanentError: an address is refused.
        """
        host, port = place.host, place.port
        literal = literal_address(host)
        if literal is not None:
            # The guard has checked it already, as part of the URL.
            return [literal]
        try:
            found = [ip_address(text) for text in await self.lookup(host, port)]
        except (OSError, ValueError) as error:
            raise RetryableError(outbound.name_not_found(host=host), code="dns") from error
        if not found:
            raise RetryableError(outbound.name_without_address(host=host), code="dns")
        for address in found:
            self.guard.check_resolved(host, address, port, open_ports)
            if not self.guard.is_listed(host, address, port) and _is_own(address, port):
                raise refused(outbound.own_machine(host=host, entry=f"{host}:{port}"))
        return found


def _is_own(address: IPAddress, port: int) -> bool:
    """Whether the machine would connect to itself: source and target address are the same.

    Connecting a datagram socket only asks the routing table, and sends nothing.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), port))
        except OSError:
            return False
        return ip_address(probe.getsockname()[0]) == address


#: How long an address may be for its check to be cached, which keeps the cache below a few MiB.
LONGEST_CACHED_URL = 1024
#: The methods that change nothing, so that a request may be sent twice.
_HARMLESS = frozenset({"GET", "HEAD"})


class Egress:
    """The Http of the whole server, with one pool of connections for all attempts."""

    def __init__(
        self,
        allow: Sequence[str] = (),
        *,
        public_url: str = "",
        targets: Mapping[str, Target] = MappingProxyType({}),
        proxy: Proxy | None = None,
        lookup: Lookup | None = None,
    ) -> None:
        """`allow` is `egress.allow` of the settings, `public_url` our own public address.

        `targets` have certificates of their own. `lookup` replaces the system's resolver in tests.
        """
        self._guard = AddressGuard.of(allow, public_url=public_url)
        self._addresses = AllowedAddresses(self._guard, lookup or NameLookup())
        self._proxy = proxy
        self._connections = ConnectionPool(self._open)
        self._tls = {name: TargetTls(one) for name, one in targets.items() if one.tls_files}
        self._mail: MailClient | None = None
        self._cached_url = lru_cache(maxsize=1024)(self._checked_url)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
        target: str = "",
    ) -> HttpReply:
        """Makes a request; `Http.request` describes arguments and errors."""
        if method == MAIL:
            return await self._send_email(url, headers or {}, body, timeout_s)
        # Without names of targets in the key of the cache, which most requests do not need.
        tls = self._tls.get(target) if self._tls else None
        is_cached = tls is None and len(url) <= LONGEST_CACHED_URL
        address = self._cached_url(url) if is_cached else self._checked_url(url, tls)
        request = request_bytes(method, address, headers, body)
        deadline = asyncio.get_running_loop().time() + timeout_s
        limit = round(timeout_s * 1000)
        place = address.place
        for is_fresh in (False, True):
            connection = None if is_fresh else self._connections.kept(place)
            was_used = connection is not None
            if connection is None:
                connection, was_used = await self._connected(
                    place, deadline, limit, is_fresh=is_fresh
                )
            try:
                reply = await connection.send(request, is_head=method == "HEAD", deadline=deadline)
                if address.proxy is not None:
                    # Some proxies end the connection without saying so: reusing it would fail.
                    connection.close()
                    return address.proxy.passed_on(place.host, reply)
                return reply
            except TimeoutError as error:
                reason = outbound.answer_too_late(host=place.host, limit=limit)
                raise UnknownOutcome(reason, code="timeout") from error
            except ssl.SSLError as error:
                reason = outbound.certificate_not_accepted(host=place.host)
                raise RetryableError(reason, code="tls") from error
            except BrokenAnswer as error:
                # The server may have closed the reused connection just now: try with a new one.
                if not (error.is_silent and was_used and method in _HARMLESS):
                    kind = (
                        outbound.connection_closed()
                        if error.is_silent
                        else outbound.cut_off(host=place.host)
                    )
                    raise UnknownOutcome(kind, code="disconnected") from error
            finally:
                self._connections.give_back(place, connection)
        raise AssertionError("a fresh connection was not used before")

    async def close(self) -> None:
        """Closes all connections. After that the instance cannot be used."""
        await self._connections.close()
        if self._mail is not None:
            self._mail.close()

    async def _send_email(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> HttpReply:
        # Imported late: smtplib takes 1.2 MB of memory, and most servers send no e-mail.
        from automator.engine.network.mail import Email, MailClient  # noqa: PLC0415

        email = Email.of(url, headers, body)
        if email is None:
            raise refused(outbound.not_an_address(address=redacted_url(url)))
        place = email.place
        self._guard.check_destination("smtp", place.host, place.port)
        if self._mail is None:
            self._mail = MailClient()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + timeout_s
        try:
            async with asyncio.timeout_at(deadline):
                found = await self._addresses.find(place, MAIL_PORTS)
                connected = await connected_socket(found, place.port)
        except OSError as error:
            raise _not_connected(error, place, round(timeout_s * 1000)) from error
        is_listed = all(self._guard.is_listed(place.host, one, place.port) for one in found)
        return await self._mail.send(
            connected, email, timeout_s=deadline - loop.time(), needs_tls=not is_listed
        )

    def _proxy_for(self, host: str) -> Proxy | None:
        return self._proxy if self._proxy is not None and self._proxy.takes(host) else None

    async def _open(self, place: Place) -> socket.socket:
        proxy = self._proxy_for(place.host)
        if proxy is not None:
            return await proxy.open(place, self._addresses.lookup)
        return await connected_socket(await self._addresses.find(place), place.port)

    async def _connected(
        self, place: Place, deadline: float, limit: int, *, is_fresh: bool
    ) -> tuple[HttpConnection, bool]:
        """A connection to a place, and whether it has carried a request before.

        Raises:
            StepError: no connection could be opened.
        """
        try:
            return await self._connections.take(place, deadline, is_fresh=is_fresh)
        except OSError as error:
            raise _not_connected(error, place, limit, self._proxy_for(place.host)) from error
        except WrongValue as wrong:
            raise RetryableError(outbound.tls_files(because=wrong.reason), code="tls") from wrong

    def _checked_url(self, text: str, tls: TargetTls | None = None) -> RequestAddress:
        try:
            url = URL(text)
            host, port = (url.raw_host or "").lower(), url.port
        except ValueError as error:
            raise refused(outbound.not_an_address(address=redacted_url(text))) from error
        if any(letter < " " or letter in "\\\x7f" for letter in text) or "%" in host:
            raise refused(outbound.address_letters())
        if url.raw_user is not None or url.raw_password is not None:
            raise refused(outbound.address_with_password())
        self._guard.check_destination(url.scheme, host, port or 0)
        shown = f"[{host}]" if ":" in host else host
        if not url.is_default_port():
            shown = f"{shown}:{port}"
        # `with_fragment` makes a new object. yarl caches used ones with all computed values.
        target = url.with_fragment(None).raw_path_qs
        place = Place(url.scheme == "https", host, port or 0, tls)
        host_line = f"Host: {shown}\r\n"
        proxy = self._proxy_for(host)
        if proxy is None:
            return RequestAddress(place, target, host_line)
        self._guard.check_unresolved(host, place.port)
        if place.is_tls:
            return RequestAddress(place, target, host_line)
        target = f"http://{shown}{target}"
        host_line = f"{host_line}Connection: close\r\n{proxy.header}"
        return RequestAddress(place, target, host_line, proxy)


def _not_connected(
    error: OSError, place: Place, limit: int, proxy: Proxy | None = None
) -> RetryableError:
    """The error for a connection that could not be opened. Nothing was sent."""
    host = place.host
    if isinstance(error, TimeoutError):
        if proxy is not None:
            late = outbound.proxy_too_late(proxy=proxy.name, host=host, limit=limit)
            return RetryableError(late, code="timeout")
        return RetryableError(outbound.connection_too_late(host=host, limit=limit), code="timeout")
    if isinstance(error, ssl.SSLCertVerificationError):
        return RetryableError(outbound.bad_certificate(host=host), code="tls")
    if refuses_certificate(error):
        return RetryableError(outbound.certificate_not_accepted(host=host), code="tls")
    if isinstance(error, ssl.SSLError):
        return RetryableError(outbound.no_tls(host=host), code="tls")
    return RetryableError(
        outbound.unreachable(host=host, problem=os_reason(error)), code="no_connection"
    )


# --- Host names: a slow name must not delay the others ---
#
# The system's resolver blocks its thread, often for half a minute, and cannot be cancelled.
# Requests for the same name share one lookup, so each name takes one thread however many requests
# there are. The threads are daemons, so they do not delay the end of the process.

#: How many names are looked up at once, each in its own thread.
MOST_NAMES = 256

Resolve = Callable[[str], Sequence[str]]


class NameLookup:
    """Looks up the IP addresses of names. Simultaneous requests for one name share a lookup."""

    def __init__(self, resolve: Resolve | None = None) -> None:
        """`resolve` replaces the system's resolver in tests; it runs in a thread."""
        self._resolve = resolve or _addresses
        self._under_way: dict[str, asyncio.Future[Sequence[str]]] = {}

    async def __call__(self, host: str, port: int) -> Sequence[str]:  # noqa: ARG002 - as Lookup.
        """The IP addresses of a host as text.

        Raises:
            OSError: there are none, the resolver failed, or too many lookups are under way.
        """
        answer = self._under_way.get(host)
        if answer is None:
            answer = self._begin(host)
        # Shielded: a cancelled caller must not end the lookup for the others.
        return await asyncio.shield(answer)

    def _begin(self, host: str) -> asyncio.Future[Sequence[str]]:
        if len(self._under_way) >= MOST_NAMES:
            raise OSError(f"{MOST_NAMES} names are being looked up already")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Sequence[str]] = loop.create_future()
        answer.add_done_callback(lambda done: self._end(host, done))
        self._under_way[host] = answer

        def work() -> None:
            found: Sequence[str] | OSError
            try:
                found = self._resolve(host)
            except OSError as error:
                found = error
            except UnicodeError as error:
                found = OSError(str(error))
            with contextlib.suppress(RuntimeError):  # The loop has ended meanwhile.
                loop.call_soon_threadsafe(_settle, answer, found)

        threading.Thread(target=work, name="lookup", daemon=True).start()
        return answer

    def _end(self, host: str, done: asyncio.Future[Sequence[str]]) -> None:
        del self._under_way[host]
        if not done.cancelled():
            done.exception()  # Marks it as retrieved, in case every caller was cancelled.


def _settle(answer: asyncio.Future[Sequence[str]], found: Sequence[str] | OSError) -> None:
    if answer.done():
        return
    if isinstance(found, OSError):
        answer.set_exception(found)
    else:
        answer.set_result(found)


def _addresses(host: str) -> list[str]:
    infos = socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(info[4][0]) for info in infos))
