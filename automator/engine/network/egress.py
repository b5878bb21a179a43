"""The HTTP client for all outbound requests: address guard, one deadline, bounded answers."""

import asyncio
import ssl
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from yarl import URL

from automator.configuration.secrets import redacted_url
from automator.engine.network.address_guard import MAIL_PORTS, AddressGuard, refused
from automator.engine.network.allowed_addresses import AllowedAddresses, Lookup
from automator.engine.network.answer_reader import BrokenAnswer
from automator.engine.network.connection_pool import ConnectionPool, Place, connected_socket
from automator.engine.network.http_connection import HttpConnection
from automator.engine.network.name_lookup import NameLookup
from automator.engine.network.request_bytes import RequestAddress, request_bytes
from automator.http.types import MAIL, HttpReply
from automator.model import RetryableError, UnknownOutcome
from automator.reasons.attempts.outbound import (
    ADDRESS_LETTERS,
    ADDRESS_WITH_PASSWORD,
    ANSWER_TOO_LATE,
    BAD_CERTIFICATE,
    CONNECTION_CLOSED,
    CONNECTION_TOO_LATE,
    CUT_OFF,
    NO_TLS,
    NOT_AN_ADDRESS,
    UNREACHABLE,
)
from automator.reasons.quoted import os_reason

if TYPE_CHECKING:
    from automator.engine.network.mail import MailClient

#: Characters of an address whose check is cached, at most: the cache stays below a few MiB.
LONGEST_CACHED_URL = 1024
#: Methods that change nothing, so that they may be sent twice.
_HARMLESS = frozenset({"GET", "HEAD"})


class Egress:
    """The Http of the whole server: one pool of connections, shared by all attempts."""

    def __init__(
        self, allow: Sequence[str] = (), *, public_url: str = "", lookup: Lookup | None = None
    ) -> None:
        """`allow` is settings.egress.allow, `public_url` our own address to the outside.

        `lookup` replaces the system's resolver in tests.
        """
        self._guard = AddressGuard.of(allow, public_url=public_url)
        self._addresses = AllowedAddresses(self._guard, lookup or NameLookup())
        self._connections = ConnectionPool(self._addresses.find)
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
    ) -> HttpReply:
        """As Http.request, which describes the errors."""
        if method == MAIL:
            return await self._send_email(url, headers or {}, body, timeout_s)
        is_short = len(url) <= LONGEST_CACHED_URL
        address = self._cached_url(url) if is_short else self._checked_url(url)
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
                return await connection.send(request, is_head=method == "HEAD", deadline=deadline)
            except TimeoutError as error:
                reason = ANSWER_TOO_LATE(host=place.host, limit=limit)
                raise UnknownOutcome(reason, code="timeout") from error
            except BrokenAnswer as error:
                # The server may have closed the kept connection in the same moment.
                if not (error.is_silent and was_used and method in _HARMLESS):
                    kind = CONNECTION_CLOSED() if error.is_silent else CUT_OFF(host=place.host)
                    raise UnknownOutcome(kind, code="disconnected") from error
            finally:
                self._connections.give_back(place, connection)
        raise AssertionError("a fresh connection was not used before")

    async def close(self) -> None:
        """Closes every connection; the instance is of no use afterwards."""
        await self._connections.close()
        if self._mail is not None:
            self._mail.close()

    async def _send_email(
        self, url: str, headers: Mapping[str, str], body: bytes, timeout_s: float
    ) -> HttpReply:
        # Imported late: only e-mails need smtplib.
        from automator.engine.network.mail import Email, MailClient

        email = Email.of(url, headers, body)
        if email is None:
            raise refused(NOT_AN_ADDRESS(address=redacted_url(url)))
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

    async def _connected(
        self, place: Place, deadline: float, limit: int, *, is_fresh: bool
    ) -> tuple[HttpConnection, bool]:
        """A connection.

        Raises:
            StepError: there is none.
        """
        try:
            return await self._connections.take(place, deadline, is_fresh=is_fresh)
        except OSError as error:
            raise _not_connected(error, place, limit) from error

    def _checked_url(self, text: str) -> RequestAddress:
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
        shown = f"[{host}]" if ":" in host else host
        if not url.is_default_port():
            shown = f"{shown}:{port}"
        return RequestAddress(
            place=Place(url.scheme == "https", host, port or 0),
            # A new object each time: yarl caches the last ones with all values computed from them.
            target=url.with_fragment(None).raw_path_qs,
            host_line=f"Host: {shown}\r\n",
        )


def _not_connected(error: OSError, place: Place, limit: int) -> RetryableError:
    """The error of a connection that did not come about: nothing was sent."""
    host = place.host
    if isinstance(error, TimeoutError):
        return RetryableError(CONNECTION_TOO_LATE(host=host, limit=limit), code="timeout")
    if isinstance(error, ssl.SSLCertVerificationError):
        return RetryableError(BAD_CERTIFICATE(host=host), code="tls")
    if isinstance(error, ssl.SSLError):
        return RetryableError(NO_TLS(host=host), code="tls")
    return RetryableError(UNREACHABLE(host=host, problem=os_reason(error)), code="no_connection")
