"""Hands e-mails over to mail servers by SMTP, only to allowed addresses.

Python's `smtplib` speaks SMTP in a thread, on a socket that was connected here. So it resolves no
names and opens no connections of its own.
"""

import asyncio
import base64
import re
import smtplib
import socket
import ssl
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from urllib.parse import urlsplit

from automator.engine.network.connection_pool import Place
from automator.http.types import HttpReply
from automator.model import PermanentError, RetryableError, StepError, UnknownOutcome, record
from automator.reasons.attempts import outbound

#: How many e-mails are handed over at once, each in its own thread.
_THREADS = 4
_MAILBOX = re.compile(r"[!-~]+@[!-~]+")
_SAID = 200


@record(kw_only=False)
class Email:
    """An e-mail, and the mail server to hand it to."""

    place: Place
    sender: str
    receivers: tuple[str, ...]
    #: User and password; empty if no login is needed.
    login: tuple[str, ...]
    body: bytes

    @classmethod
    def of(cls, url: str, headers: Mapping[str, str], body: bytes) -> "Email | None":
        """Reads the e-mail of a request to `smtp:` or `smtps:`; None for any other request."""
        try:
            parts = urlsplit(url)
            place = Place(parts.scheme == "smtps", parts.hostname or "", parts.port or 0)
        except ValueError:
            return None
        receivers = tuple(headers.get("mail-to", "").split(","))
        sender = headers.get("mail-from", "")
        if parts.scheme not in ("smtp", "smtps") or not all(
            _MAILBOX.fullmatch(one) for one in (sender, *receivers)
        ):
            return None
        given = headers.get("authorization", "").removeprefix("Basic ")
        login = tuple(base64.b64decode(given).decode().split(":", 1)) if given else ()
        return cls(place, sender, receivers, login, body)


class MailClient:
    """Sends e-mails, each in its own thread and over its own connection."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="mail")
        self._tls = ssl.create_default_context()

    async def send(
        self,
        connected: socket.socket,
        email: Email,
        *,
        timeout_s: float,
        needs_tls: bool,
    ) -> HttpReply:
        """Hands over an e-mail on a connected socket, which is closed afterwards.

        Raises:
            RetryableError, PermanentError: the e-mail was not accepted.
            UnknownOutcome: it was handed over, but the server's answer did not come.
        """
        loop = asyncio.get_running_loop()
        exchange = _Exchange(connected, email, timeout_s, self._tls, needs_tls)
        # Closing the socket ends the thread's wait, whatever the server does.
        timer = loop.call_later(timeout_s, exchange.end)
        try:
            return await loop.run_in_executor(self._threads, exchange.run)
        finally:
            timer.cancel()
            exchange.end()

    def close(self) -> None:
        """Ends the threads, which are idle."""
        self._threads.shutdown(wait=False, cancel_futures=True)


class _Connected(smtplib.SMTP):
    """SMTP on a socket that is already connected."""

    def __init__(self, connected: socket.socket, host: str, port: int) -> None:
        self._connected = connected
        own = connected.getsockname()[0]
        name = f"[IPv6:{own}]" if ":" in own else f"[{own}]"
        super().__init__(host, port, local_hostname=name)

    def _get_socket(self, host: str, port: int, timeout: float | None) -> socket.socket:  # noqa: ARG002 - of the base class
        return self._connected


class _Exchange:
    """The handing over of one e-mail, in a thread."""

    def __init__(
        self,
        connected: socket.socket,
        email: Email,
        timeout_s: float,
        tls: ssl.SSLContext,
        needs_tls: bool,
    ) -> None:
        self._socket = connected
        self._email = email
        self._timeout_s = timeout_s
        self._tls = tls
        self._needs_tls = needs_tls
        self._has_begun = False
        self._is_over = False
        #: Whether the e-mail was offered to the server, which may have accepted it.
        self._is_offered = False

    def end(self) -> None:
        """Ends the connection. May be called at any time, from any thread."""
        self._is_over = True
        # The connection may have ended already, or may be turning into a TLS connection.
        with suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        if not self._has_begun:
            self._socket.close()

    def run(self) -> HttpReply:
        """Hands the e-mail over, from the first command to the last answer."""
        self._has_begun = True
        host = self._email.place.host
        try:
            self._require_time()
            # The time limit of the TLS handshake, during which `end` cannot reach the socket.
            self._socket.settimeout(self._timeout_s + 1)
            if self._email.place.is_tls:
                self._socket = self._tls.wrap_socket(self._socket, server_hostname=host)
            self._require_time()
            with closing(_Connected(self._socket, host, self._email.place.port)) as server:
                return self._hand_over(server)
        except smtplib.SMTPServerDisconnected as error:
            raise self._broken(error) from error
        except smtplib.SMTPResponseException as error:
            raise self._refused(error.smtp_code, error.smtp_error) from error
        except smtplib.SMTPException as error:
            raise PermanentError(outbound.mail_login_refused(host=host)) from error
        except (OSError, ValueError) as error:
            raise self._broken(error) from error
        finally:
            self._socket.close()

    def _hand_over(self, server: smtplib.SMTP) -> HttpReply:
        email = self._email
        server.ehlo_or_helo_if_needed()
        is_secret = email.place.is_tls
        if not is_secret and server.has_extn("starttls"):
            self._require(server.starttls(context=self._tls), 220)
            # The TLS connection has its own socket.
            self._socket = server.sock or self._socket
            self._require_time()
            server.ehlo_or_helo_if_needed()
            is_secret = True
        if not is_secret and (self._needs_tls or email.login):
            raise PermanentError(outbound.mail_without_tls(host=email.place.host))
        if email.login:
            server.login(*email.login)
        self._require(server.mail(email.sender), 250)
        for receiver in email.receivers:
            self._require(server.rcpt(receiver), 250, 251)
        self._require(server.docmd("DATA"), 354)
        self._is_offered = True
        server.send(_with_dots(email.body))
        status, said = server.getreply()
        self._is_offered = False
        self._require((status, said), 250)
        with suppress(OSError):
            server.putcmd("QUIT")
        return HttpReply(status, {"content-type": "text/plain"}, said)

    def _require(self, reply: tuple[int, bytes], *wanted: int) -> None:
        if reply[0] not in wanted:
            raise self._refused(*reply)

    def _require_time(self) -> None:
        if self._is_over:
            raise TimeoutError

    def _refused(self, status: int, answer: bytes | str) -> StepError:
        """The error for an answer with which the server refuses the e-mail."""
        if self._is_offered:
            # The server's answer cannot be read.
            return self._broken(None)
        text = answer if isinstance(answer, str) else answer.decode("utf-8", "replace")
        said = " ".join(text.split())[:_SAID]
        reason = outbound.mail_refused(host=self._email.place.host, status=status, said=said)
        if 400 <= status <= 499:
            return RetryableError(reason, code="status", status=status)
        return PermanentError(reason, status=status)

    def _broken(self, error: Exception | None) -> StepError:
        """The error for a connection that ended, or that was ended because it took too long."""
        host, limit = self._email.place.host, round(self._timeout_s * 1000)
        is_late = self._is_over or isinstance(error, TimeoutError)
        code = "timeout" if is_late else "disconnected"
        if self._is_offered:
            late = outbound.answer_too_late(host=host, limit=limit)
            return UnknownOutcome(late if is_late else outbound.cut_off(host=host), code=code)
        if is_late:
            return RetryableError(outbound.mail_too_late(host=host, limit=limit), code=code)
        if isinstance(error, ssl.SSLCertVerificationError):
            return RetryableError(outbound.bad_certificate(host=host), code="tls")
        if isinstance(error, ssl.SSLError):
            return RetryableError(outbound.no_tls(host=host), code="tls")
        return RetryableError(
            outbound.unreachable(host=host, problem=type(error).__name__), code=code
        )


def _with_dots(body: bytes) -> bytes:
    """The body as SMTP's DATA sends it: with a final line, and with dots at line starts doubled."""
    lines = re.sub(rb"\r\n|\r|\n", b"\r\n", body).removesuffix(b"\r\n")
    return re.sub(rb"(?m)^\.", b"..", lines) + b"\r\n.\r\n"
