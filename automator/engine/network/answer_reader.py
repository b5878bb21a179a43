"""Reads the answer to one request of the HTTP client, up to limits.

The strict parser is llhttp, which Node.js uses too. Nothing here knows about sockets.
"""

from collections.abc import Iterable
from typing import Any

import httptools

from automator.configuration.secrets import WrittenSecret, without
from automator.http.types import HttpReply
from automator.model import PermanentError
from automator.reasons.attempts.outbound import encoded_answer

#: How many bytes of an answer's body are kept; below, how many are read.
KEPT_BYTES = 64 * 1024
READ_BYTES = 1024 * 1024
#: How many bytes may come before the body, including interim answers such as `100 Continue`.
HEAD_BYTES = 64 * 1024
#: How many bytes a whole answer may have: very small chunks take several times the body's size.
_WIRE_BYTES = 8 * READ_BYTES
_SHOWN_ENCODING = 40


class BrokenAnswer(ConnectionError):
    """No complete answer came. `is_silent`: not even a single byte came."""

    def __init__(self, what: str, *, is_silent: bool = False) -> None:
        super().__init__(what)
        self.is_silent = is_silent


class AnswerReader:
    """Reads the answer to the latest request of one connection."""

    def __init__(self, *, is_head: bool = False) -> None:
        """Begins with the answer to the first request. Call `begin` for each further one."""
        self._parser: Any = httptools.HttpResponseParser(self)
        self.begin(is_head=is_head)

    def begin(self, *, is_head: bool = False) -> None:
        """Begins with the answer to the next request, if `keeps_alive`.

        `is_head`: the request was a HEAD, whose answer has no body, whatever its headers say.
        """
        self._is_head = is_head
        self._is_in_head = True
        self._wire_bytes = self._head_bytes = self._header_bytes = self._body_bytes = 0
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._error: Exception | None = None
        #: Whether the body has no stated length, so that it ends with the connection.
        self._ends_with_connection = False
        #: Whether the answer is complete, or enough of it has come.
        self.is_whole = False
        #: Whether the connection can carry another request.
        self.keeps_alive = False

    @property
    def is_silent(self) -> bool:
        """Whether no byte has come yet."""
        return self._wire_bytes == 0

    @property
    def reply(self) -> HttpReply:
        """The answer so far, with its body cut to KEPT_BYTES."""
        return HttpReply(self._status, self._headers, bytes(self._body))

    def feed(self, data: bytes) -> None:
        """Reads the next bytes of the answer.

        Raises:
            BrokenAnswer: the bytes are no HTTP answer, or the answer is too long.
            PermanentError: the answer is compressed although we accept no compression (code
                `encoded_answer`).
        """
        self._wire_bytes += len(data)
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._end_with(BrokenAnswer(str(error)))
        if self._is_in_head:
            self._head_bytes += len(data)
        if self._head_bytes > HEAD_BYTES or self._header_bytes > HEAD_BYTES:
            self._end_with(BrokenAnswer(f"more than {HEAD_BYTES} bytes of headers"))
        elif self._wire_bytes > _WIRE_BYTES:
            self._end_with(BrokenAnswer(f"more than {_WIRE_BYTES} bytes"))
        if self._error is not None:
            raise self._error

    def end(self) -> None:
        """Notes that the other system has ended the connection.

        Raises:
            BrokenAnswer: the answer is not complete.
        """
        if self._ends_with_connection:
            self.is_whole = True
        if not self.is_whole:
            raise BrokenAnswer("the connection has ended", is_silent=self.is_silent)

    def let_go(self) -> None:
        """Drops the parser, which refers to this object. After that, `feed` must not be called."""
        self._parser = None

    def _end_with(self, error: Exception) -> None:
        """Keeps the first error, unless the answer is complete. Nothing is read after it."""
        self.keeps_alive = False
        if not self.is_whole and self._error is None:
            self._error = error

    # --- Methods that the parser calls ---

    def on_message_begin(self) -> None:
        if self.is_whole:
            # An answer that no request asked for.
            self.keeps_alive = False
        elif self._is_in_head:
            self._headers.clear()

    def on_header(self, name: bytes, value: bytes) -> None:
        self._header_bytes += len(name) + len(value)
        if self._is_in_head and self._header_bytes <= HEAD_BYTES:
            text = value.strip(b" \t").decode("utf-8", "replace")
            self._headers[name.decode("latin-1").lower()] = text

    def on_headers_complete(self) -> None:
        if self.is_whole or self._error is not None:
            return
        self._status = self._parser.get_status_code()
        if self._status < 200:
            return
        self._is_in_head = False
        headers = self._headers
        encoding = headers.get("content-encoding", "").strip().lower()
        if encoding not in ("", "identity"):
            shown = encoding[:_SHOWN_ENCODING]
            reason = encoded_answer(status=self._status, encoding=shown)
            self._end_with(PermanentError(reason, status=self._status))
        elif self._is_head:
            # The headers announce a body, which the answer to a HEAD never has.
            self.is_whole = True
        else:
            codings = headers.get("transfer-encoding", "")
            has_end = "content-length" in headers or codings.lower().endswith("chunked")
            self._ends_with_connection = not has_end

    def on_body(self, body: bytes) -> None:
        if self.is_whole or self._error is not None:
            return
        self._body_bytes += len(body)
        if len(self._body) < KEPT_BYTES:
            self._body += body[: KEPT_BYTES - len(self._body)]
        if self._body_bytes > READ_BYTES:
            self.is_whole = True

    def on_message_complete(self) -> None:
        if self.is_whole or self._is_in_head or self._error is not None:
            return
        self.keeps_alive = self._parser.should_keep_alive()
        self.is_whole = True


def without_echo(secrets: Iterable[WrittenSecret], reply: HttpReply) -> HttpReply:
    """Returns an answer without these secrets of its request."""
    head = "\n".join((*reply.headers.values(), "")).encode("utf-8", "surrogatepass")
    lowered = (head + reply.body).lower()
    echoed = [form for item in secrets for form in item.forms if form.may_be_in(lowered)]
    if not echoed:
        return reply
    text = without(reply.body.decode("utf-8", "surrogateescape"), echoed)
    return HttpReply(
        reply.status,
        {name: without(value, echoed) for name, value in reply.headers.items()},
        text.encode("utf-8", "surrogateescape"),
    )
