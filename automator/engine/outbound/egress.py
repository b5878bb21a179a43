"""The HTTP client for all outbound requests: address guard, one deadline, bounded answers."""

import asyncio
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from functools import lru_cache
from ipaddress import ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from automator.configuration.secrets import redacted_url
from automator.engine.outbound.address_guard import AddressGuard, IPAddress, refused
from automator.engine.outbound.name_lookup import NameLookup
from automator.http.headers import FRAMING, require_sendable
from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, StepError, UnknownOutcome
from automator.reasons.attempts.outbound import (
    ADDRESS_LETTERS,
    ADDRESS_WITH_PASSWORD,
    ANSWER_TOO_LATE,
    BAD_CERTIFICATE,
    COMPRESSED_ANSWER,
    CONNECTION_CLOSED,
    CONNECTION_TOO_LATE,
    CUT_OFF,
    HEADER_RESERVED,
    NAME_NOT_FOUND,
    NAME_WITHOUT_ADDRESS,
    NO_TLS,
    NOT_AN_ADDRESS,
    OWN_MACHINE,
    UNREACHABLE,
)

#: Bytes of an answer that are kept, and that are read at most.
KEPT_BYTES = 64 * 1024
READ_BYTES = 1024 * 1024
#: Concurrent requests to one host, port and scheme; the gate allows no destination more.
CONNECTIONS_PER_HOST = 256
#: Characters of an address whose check is cached, at most: the cache stays below a few MiB.
LONGEST_CACHED_URL = 1024
_BASE_HEADERS = {"accept": "*/*", "accept-encoding": "identity", "user-agent": "automator"}
#: asyncio.timeout bounds the whole exchange; the client's own timers would only cost time.
_NO_TIMERS = aiohttp.ClientTimeout(total=None, connect=None, sock_connect=None, sock_read=None)

#: Resolves a host and port to addresses as text. Raises OSError.
Lookup = Callable[[str, int], Awaitable[Sequence[str]]]


class _Progress:
    """The progress of one request: after `connected`, bytes may have been sent."""

    __slots__ = ("connected",)

    def __init__(self) -> None:
        self.connected = False


_progress: ContextVar[_Progress] = ContextVar("egress_progress")


class _Connector(aiohttp.TCPConnector):
    """Notes when a request has its connection, and gives no second one if it may have been sent."""

    async def connect(
        self,
        req: aiohttp.ClientRequest,
        traces: "list[aiohttp.tracing.Trace]",
        timeout: aiohttp.ClientTimeout,  # noqa: ASYNC109 - the signature of the base class
    ) -> "aiohttp.connector.Connection":
        progress = _progress.get()
        if progress.connected and req.method not in ("GET", "HEAD"):
            raise UnknownOutcome(CONNECTION_CLOSED(), code="disconnected")
        connection = await super().connect(req, traces, timeout)
        progress.connected = True
        return connection


class _GuardedResolver(AbstractResolver):
    """Gives the connector only addresses that the guard allows."""

    def __init__(self, guard: AddressGuard, lookup: Lookup) -> None:
        self._guard = guard
        self._lookup = lookup

    async def resolve(
        self,
        host: str,
        port: int = 0,
        family: socket.AddressFamily = socket.AF_UNSPEC,  # noqa: ARG002 - of the base class
    ) -> list[ResolveResult]:
        """Every address of the host, or none: one bad answer refuses them all.

        Raises:
            RetryableError: the name could not be resolved (code `dns`).
            PermanentError: an address is refused.
        """
        try:
            found = [ip_address(text) for text in await self._lookup(host, port)]
        except (OSError, ValueError) as error:
            raise RetryableError(NAME_NOT_FOUND(host=host), code="dns") from error
        if not found:
            raise RetryableError(NAME_WITHOUT_ADDRESS(host=host), code="dns")
        for address in found:
            self._guard.check_resolved(host, address, port)
            if not self._guard.is_listed(host, address, port) and _is_own(address, port):
                raise refused(OWN_MACHINE(host=host, entry=f"{host}:{port}"))
        return [_result(host, address, port) for address in found]

    async def close(self) -> None:
        """Nothing is held open."""


def _result(host: str, address: IPAddress, port: int) -> ResolveResult:
    return ResolveResult(
        hostname=host,
        host=str(address),
        port=port,
        family=socket.AF_INET if address.version == 4 else socket.AF_INET6,
        proto=0,
        flags=socket.AI_NUMERICHOST | socket.AI_NUMERICSERV,
    )


def _is_own(address: IPAddress, port: int) -> bool:
    """True when the machine would talk to itself: it then uses the same address to send from.

    Connecting a datagram socket only asks the routing table; nothing is sent.
    """
    family = socket.AF_INET if address.version == 4 else socket.AF_INET6
    with socket.socket(family, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect((str(address), port))
        except OSError:
            return False
        return ip_address(probe.getsockname()[0]) == address


class Egress:
    """The Http of the whole server: one pool of connections, shared by all attempts."""

    def __init__(
        self, allow: Sequence[str] = (), *, public_url: str = "", lookup: Lookup | None = None
    ) -> None:
        """`allow` is settings.egress.allow, `public_url` our own address to the outside.

        `lookup` replaces the system's resolver in tests.
        """
        self._guard = AddressGuard.of(allow, public_url=public_url)
        self._lookup = lookup or NameLookup()
        self._session: aiohttp.ClientSession | None = None
        self._cached_url = lru_cache(maxsize=1024)(self._checked_url)

    async def request(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str] | None = None,
        body: bytes = b"",
        timeout_s: float = 15.0,
    ) -> HttpReply:
        """As Http.request, which describes the errors."""
        is_short = len(url) <= LONGEST_CACHED_URL
        destination = self._cached_url(url) if is_short else self._checked_url(url)
        sent_headers = {**_BASE_HEADERS, **_checked_headers(headers)} if headers else _BASE_HEADERS
        progress = _Progress()
        _progress.set(progress)
        try:
            async with asyncio.timeout(timeout_s):
                response = await self._open_session().request(
                    method,
                    destination,
                    headers=sent_headers,
                    data=body or None,
                    allow_redirects=False,
                )
                try:
                    return await _read(response)
                finally:
                    response.close()
        except StepError:
            raise
        except TimeoutError as error:
            raise _too_late(destination, timeout_s, progress) from error
        except aiohttp.InvalidURL as error:
            raise refused(NOT_AN_ADDRESS(address=redacted_url(url))) from error
        except (aiohttp.ClientError, OSError) as error:
            raise _failure(error, destination, progress) from error

    async def close(self) -> None:
        """Closes every connection; the instance is of no use afterwards."""
        if self._session is not None:
            await self._session.close()

    def _open_session(self) -> aiohttp.ClientSession:
        """The session, made at the first request because it belongs to the running loop."""
        if self._session is None:
            connector = _Connector(
                resolver=_GuardedResolver(self._guard, self._lookup),
                # Each new connection is resolved and checked anew: no cache between the two.
                use_dns_cache=False,
                limit=0,
                limit_per_host=CONNECTIONS_PER_HOST,
            )
            self._session = aiohttp.ClientSession(
                connector=connector,
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=_NO_TIMERS,
                auto_decompress=False,
                trust_env=False,
                skip_auto_headers=("content-type",),
            )
        return self._session

    def _checked_url(self, text: str) -> URL:
        try:
            url = URL(text)
            host, port = (url.raw_host or "").lower(), url.port
        except ValueError as error:
            raise refused(NOT_AN_ADDRESS(address=redacted_url(text))) from error
        if any(letter < " " or letter in "\\\x7f" for letter in text) or "%" in host:
            raise refused(ADDRESS_LETTERS())
        if url.raw_user is not None or url.raw_password is not None:
            raise refused(ADDRESS_WITH_PASSWORD())
        self._guard.check_destination(url.scheme, host, port or 0)
        return url.with_fragment(None)


def _checked_headers(headers: Mapping[str, str]) -> Mapping[str, str]:
    """The headers, all lower-case, when they can be sent.

    Raises:
        PermanentError: code `invalid_header`.
    """
    require_sendable(headers)
    lower = {name.lower(): value for name, value in headers.items()}
    if not FRAMING.isdisjoint(lower):
        name = next(iter(FRAMING & lower.keys()))
        raise PermanentError(HEADER_RESERVED(header=name), code="invalid_header")
    return lower


async def _read(response: aiohttp.ClientResponse) -> HttpReply:
    """The answer, cut to KEPT_BYTES; what is beyond READ_BYTES stays unread.

    Raises:
        PermanentError: the answer is compressed although nobody asked (code `encoded_answer`).
    """
    headers = {name.lower(): _clean(value) for name, value in response.headers.items()}
    encoding = headers.get("content-encoding", "identity").strip().lower()
    if encoding not in ("", "identity"):
        reason = COMPRESSED_ANSWER(status=response.status, encoding=encoding[:40])
        raise PermanentError(reason, status=response.status)
    kept = bytearray()
    seen = 0
    content = response.content
    while seen <= READ_BYTES and (chunk := await content.readany()):
        seen += len(chunk)
        kept += chunk[: KEPT_BYTES - len(kept)]
    return HttpReply(status=response.status, headers=headers, body=bytes(kept))


def _clean(value: str) -> str:
    """A header value without the half characters that stand for bytes which are not UTF-8."""
    if value.isascii():
        return value
    return value.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _too_late(url: URL, timeout_s: float, progress: _Progress) -> StepError:
    limit = round(timeout_s * 1000)
    if progress.connected:
        return UnknownOutcome(ANSWER_TOO_LATE(host=url.host, limit=limit), code="timeout")
    return RetryableError(CONNECTION_TOO_LATE(host=url.host, limit=limit), code="timeout")


def _failure(error: Exception, url: URL, progress: _Progress) -> StepError:
    """The step error for an error of the client, by whether the request may have been sent."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError):
        return RetryableError(BAD_CERTIFICATE(host=url.host), code="tls")
    if isinstance(error, aiohttp.ClientSSLError):
        return RetryableError(NO_TLS(host=url.host), code="tls")
    if not progress.connected:
        why = getattr(error, "strerror", "") or type(error).__name__
        return RetryableError(UNREACHABLE(host=url.host, problem=why), code="no_connection")
    return UnknownOutcome(CUT_OFF(host=url.host), code="disconnected")
