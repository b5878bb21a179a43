"""One connection of the HTTP client: writes a request, and reads the answer by a deadline."""

import asyncio
import ssl
from typing import cast

from automator.engine.network.answer_reader import AnswerReader, BrokenAnswer
from automator.engine.network.client_tls import refuses_certificate
from automator.engine.network.deadline_timer import Deadlines
from automator.http.types import HttpReply


class HttpConnection(asyncio.Protocol):
    """A connection that carries one request at a time. Belongs to the event loop."""

    def __init__(self, deadlines: Deadlines) -> None:
        self._loop = asyncio.get_running_loop()
        self._deadlines = deadlines
        self._transport: asyncio.Transport | None = None
        #: Reads the answers; below, the future of the caller that waits for one.
        self._reader: AnswerReader | None = None
        self._answer: asyncio.Future[HttpReply] | None = None
        #: The error with which the other side has refused our certificate. With TLS 1.3 it comes
        #: after the client takes the handshake for complete.
        self._refusal: ssl.SSLError | None = None
        #: Whether the connection can carry another request.
        self.is_open = False
        #: When the latest answer was complete, by the loop's clock.
        self.idle_since = 0.0

    def send(
        self, request: bytes, *, is_head: bool, deadline: float
    ) -> "asyncio.Future[HttpReply]":
        """Writes a request, and returns the future of its answer. `end_exchange` has to follow.

        Only the first READ_BYTES of a long answer are read.

        Raises, or the future does:
            BrokenAnswer: the answer cannot be read, or the connection ended too early.
            SSLError: the other side does not accept our certificate, and has taken nothing.
            TimeoutError: the answer was not complete at `deadline`, a time of the loop's clock.
            PermanentError: the answer is compressed although we accept no compression (code
                `encoded_answer`).
        """
        if self._refusal is not None:
            raise self._refusal
        if self._transport is None or not self.is_open:
            raise BrokenAnswer("the connection has ended", is_silent=True)
        if self._reader is None:
            self._reader = AnswerReader(is_head=is_head)
        else:
            self._reader.begin(is_head=is_head)
        answer = self._answer = self._loop.create_future()
        self._deadlines.add(deadline, self._end_late)
        self._transport.write(request)
        return answer

    def end_exchange(self) -> None:
        """Ends an exchange; closes the connection if the caller was cancelled before the answer."""
        if self._answer is not None:
            self._taken_answer()
            self.close()

    def close(self) -> None:
        """Closes the connection at once."""
        self.is_open = False
        if self._transport is not None:
            self._transport.abort()
        if self._reader is not None:
            self._reader.let_go()
            self._reader = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self.is_open = True

    def data_received(self, data: bytes) -> None:
        reader = self._reader
        if reader is None or self._answer is None:
            # The server has sent bytes that no request asked for.
            self.close()
            return
        try:
            reader.feed(data)
        except Exception as error:  # noqa: BLE001 - whoever awaits the answer is told.
            self._fail(error)
            return
        if reader.is_whole:
            self._finish(reader)

    def eof_received(self) -> None:
        self._end()

    def connection_lost(self, error: Exception | None) -> None:
        if isinstance(error, ssl.SSLError) and refuses_certificate(error):
            self._refusal = error
        self._end()
        self._transport = None
        self.close()

    def _end(self) -> None:
        self.is_open = False
        reader = self._reader
        if reader is None or self._answer is None:
            return
        try:
            reader.end()
        except BrokenAnswer as error:
            self._fail(self._refusal if self._refusal and error.is_silent else error)
        else:
            self._finish(reader)

    def _finish(self, reader: AnswerReader) -> None:
        # The server has answered before it read the whole request. It may take the rest of the
        # request for another one.
        unsent = self._transport is not None and self._transport.get_write_buffer_size() > 0
        if unsent or not reader.keeps_alive:
            self.close()
        self.idle_since = self._loop.time()
        answer = self._taken_answer()
        if answer is not None and not answer.done():
            answer.set_result(reader.reply)

    def _end_late(self) -> None:
        self._fail(TimeoutError())

    def _fail(self, error: Exception) -> None:
        answer = self._taken_answer()
        self.close()
        if answer is not None and not answer.done():
            answer.set_exception(error)

    def _taken_answer(self) -> "asyncio.Future[HttpReply] | None":
        """Ends the reading of an answer; returns the future of the caller that waits for it."""
        self._deadlines.remove(self._end_late)
        answer, self._answer = self._answer, None
        return answer
