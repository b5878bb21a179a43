"""Reads the answer to one request of the HTTP client, within bounds.

It is parsed strictly by llhttp, which Node.js uses as well. Nothing here knows about sockets.
"""

from typing import Any

import httptools

from automator.http.types import HttpReply
from automator.model import PermanentError
from automator.reasons.attempts.outbound import encoded_answer

#: Bytes of an answer that are kept, and bytes that are read, at most.
KEPT_BYTES = 64 * 1024
READ_BYTES = 1024 * 1024
#: Bytes of everything before the body, including interim answers such as `100 Continue`.
HEAD_BYTES = 64 * 1024
#: Bytes of the whole answer: a body in the smallest chunks takes this many times its size.
_WIRE_BYTES = 8 * READ_BYTES
_SHOWN_ENCODING = 40


class BrokenAnswer(ConnectionError):
    """No complete answer has come; `is_silent` if not a single byte has."""

    def __init__(self, what: str, *, is_silent: bool = False) -> None:
        super().__init__(what)
        self.is_silent = is_silent


class AnswerReader:
    """The answer to the last request of a connection, as far as it has come."""

    def __init__(self, *, is_head: bool = False) -> None:
        """Starts reading the answer to the first request; `begin` starts each further one."""
        self._parser: Any = httptools.HttpResponseParser(self)
        self.begin(is_head=is_head)

    def begin(self, *, is_head: bool = False) -> None:
        """Starts reading the answer to the next request, if the last one `keeps_alive`.

        `is_head`: an answer to HEAD has no body, whatever its headers say.
        """
        self._is_head = is_head
        self._is_in_head = True
        self._wire_bytes = self._head_bytes = self._header_bytes = self._body_bytes = 0
        self._status = 0
        self._headers: dict[str, str] = {}
        self._body = bytearray()
        self._error: Exception | None = None
        #: Whether the end of the connection ends the body.
        self._ends_with_connection = False
        #: Whether the answer is complete, or as much of it has come as is kept.
        self.is_whole = False
        #: Whether another request may follow on the same connection.
        self.keeps_alive = False

    @property
    def is_silent(self) -> bool:
        """Whether nothing has come yet."""
        return self._wire_bytes == 0

    @property
    def reply(self) -> HttpReply:
        """The answer, cut to KEPT_BYTES."""
        return HttpReply(self._status, self._headers, bytes(self._body))

    def feed(self, data: bytes) -> None:
        """Takes in the next bytes of the answer.

        Raises:
            BrokenAnswer: the bytes are no answer, or the answer is too long.
            PermanentError: it is compressed although nobody asked (code `encoded_answer`).
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
        """Notes that the other side sends no more.

        Raises:
            BrokenAnswer: the answer is not complete.
        """
        if self._ends_with_connection:
            self.is_whole = True
        if not self.is_whole:
            raise BrokenAnswer("the connection has ended", is_silent=self.is_silent)

    def let_go(self) -> None:
        """Drops the parser, which refers to this reader; nothing can be fed any more."""
        self._parser = None

    def _end_with(self, error: Exception) -> None:
        """Keeps the first error, unless the answer was complete before; nothing follows it."""
        self.keeps_alive = False
        if not self.is_whole and self._error is None:
            self._error = error

    # --- What the parser calls ---

    def on_message_begin(self) -> None:
        if self.is_whole:
            # An answer without a request.
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
            # Without this, the parser would wait for the body that these headers announce.
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
