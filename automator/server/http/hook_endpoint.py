"""The endpoint of all hooks: checks a request, reads its body, and gives it to the intake."""

import asyncio
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

from starlette.types import ASGIApp, Receive, Scope, Send

from automator.clock import Clock
from automator.engine.intake.intake import MOST_OF_A_NAME, Accepted, Intake, Submitted
from automator.engine.intake.verification import Proof
from automator.http.types import PATH, Answer, InboundRequest
from automator.model import NotFoundError, RejectedDelivery
from automator.plugins import Provider
from automator.reasons import deliveries
from automator.server.http.body import (
    SMALL_BYTES,
    SOCKET,
    BodyFault,
    BodyMemory,
    Reservation,
    read_body,
)
from automator.server.http.hook_answers import (
    JSON,
    METHODS,
    PLAIN,
    RETRY_AFTER_S,
    HookAnswer,
    accepted_answer,
    all_headers,
    own_answer,
    refused_answer,
    unavailable_answer,
)
from automator.store import Receipt, cannot_read

#: The path of all hooks; the name of the connection in automator.yaml follows.
HOOKS = "/hooks/"
#: The answer repeats at most this many characters of a refused header.
_MOST_OF_A_VALUE = 40
#: What may follow the name of a connection that shows the path of its requests.
_PATH = re.compile(r"[\w.~-]{1,64}(?:/[\w.~-]{1,64}){0,7}", re.ASCII)
#: Headers that name the encoding of a body, and their values for an unencoded body.
_ENCODINGS = frozenset({"content-encoding", "transfer-encoding"})
_PLAIN = frozenset({"", "identity", "chunked"})
_DELIVERING = frozenset({"POST", "PUT"})


class Socket(Protocol):
    """The TCP connection of a request, which can send the answer without ASGI."""

    def acknowledge(self, body: bytes) -> bool:
        """Answers with 200 and this JSON in one write; False if an application has to answer."""
        ...

    def answer_with(self, app: ASGIApp) -> None:
        """Lets an application answer the request."""
        ...


class HookEndpoint:
    """Answers `/hooks/{connection}`; acknowledges a delivery only after its commit."""

    def __init__(self, intake: Intake, clock: Clock, max_body: int | None) -> None:
        self._intake = intake
        self._clock = clock
        #: The limit of bytes of a body if its connection sets none; None = the provider's limit.
        self._max_body = max_body
        self._memory = BodyMemory()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers any request as an ASGI application, also with a large body in pieces."""
        await self._respond(scope, send, self._answer(scope, receive))

    def take(self, scope: Scope, body: bytes) -> ASGIApp | None:
        """Takes in a request that arrived whole, without a task, as far as it need not wait.

        Returns None if the connection will acknowledge the delivery after the commit, and otherwise
        the application that has to answer.
        """
        if len(body) > SMALL_BYTES:
            return self
        name, request = self._without_body(scope)
        try:
            provider = self._admit(name, request)
            if len(body) > self._limit(provider):
                raise _refused_body(BodyFault.TOO_LARGE, self._limit(provider))
            request.receive(body, request.received_at)
            found = self._intake.submit(provider, request)
        except RejectedDelivery as refusal:
            return self._answering(partial(self._refuse, name, request, refusal))
        except Exception as error:  # noqa: BLE001 - `_respond` answers all errors.
            return self._answering(partial(_failed, error))
        if not isinstance(found, Submitted):
            return self._answering(partial(self._receive, provider, request, found))
        then = partial(self._stored, scope[SOCKET], provider, request, found.delivery_id)
        found.receipts.add_done_callback(then)
        return None

    def _stored(
        self,
        socket: Socket,
        provider: Provider,
        request: InboundRequest,
        delivery_id: int,
        receipts: "asyncio.Future[tuple[Receipt, ...]]",
    ) -> None:
        """Called after the commit: acknowledges a delivery of `take`, or answers with the error."""
        try:
            answer = accepted_answer(provider, request, Accepted(delivery_id, receipts.result()))
        except Exception as error:  # noqa: BLE001 - `_respond` answers all errors.
            socket.answer_with(self._answering(partial(_failed, error)))
            return
        if answer[2] is not PLAIN or not socket.acknowledge(answer[1]):
            socket.answer_with(self._answering(partial(_ready, answer)))

    def _answering(self, answer: Callable[[], Awaitable[HookAnswer]]) -> ASGIApp:
        """An ASGI application that awaits and sends this answer."""

        async def respond(scope: Scope, _receive: Receive, send: Send) -> None:
            await self._respond(scope, send, answer())

        return respond

    async def _respond(self, scope: Scope, send: Send, answer: Awaitable[HookAnswer]) -> None:
        """Awaits and sends an answer; if that raises an error, sends the answer for the error."""
        try:
            found = await answer
        except RejectedDelivery as error:
            found = refused_answer(error)
        except Exception as error:
            unavailable = cannot_read(error)
            if unavailable is None:
                raise
            found = unavailable_answer(unavailable)
        status, body, headers = found
        socket = scope.get(SOCKET)
        if headers is PLAIN and socket is not None and socket.acknowledge(body):
            return
        await send({"type": "http.response.start", "status": status, "headers": all_headers(found)})
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> HookAnswer:
        name, request = self._without_body(scope)
        reservation = self._memory.reserve()
        try:
            try:
                provider = self._admit(name, request)
                body = await self._read_body(scope, receive, provider, reservation)
            except RejectedDelivery as refusal:
                return await self._refuse(name, request, refusal)
            request.receive(body, self._clock.now_ms())
            return await self._receive(provider, request)
        finally:
            reservation.close()

    def _admit(self, name: str, request: InboundRequest) -> Provider:
        """The provider of the named connection, if it takes such a request now.

        Raises:
            RejectedDelivery: there is no such connection, or it does not take the request.
        """
        provider = self._provider(name)
        if request.method not in METHODS:
            raise RejectedDelivery(deliveries.method(), status=405)
        self._intake.request_checks.check(provider, request)
        _require_plain(request)
        return provider

    async def _refuse(
        self, name: str, request: InboundRequest, refusal: RejectedDelivery
    ) -> HookAnswer:
        """Records a request that is refused before its body is read.

        Raises:
            RejectedDelivery: always, with the refusal.
        """
        await self._intake.record_rejection(name, request, refusal)
        raise refusal

    async def _receive(
        self, provider: Provider, request: InboundRequest, proof: Proof | None = None
    ) -> HookAnswer:
        """Gives a request to the intake, and makes the answer; `proof`: its known verification."""
        try:
            outcome = await self._intake.receive(provider, request, proof)
        except RejectedDelivery as rejection:
            # A refused handshake (a GET) is answered with 403 all the same.
            is_invalid = rejection.status == 401 or (
                rejection.status == 403 and request.method in _DELIVERING
            )
            if is_invalid and provider.options.on_invalid == 200:
                return 200, b"{}", [JSON]
            raise
        if isinstance(outcome, Answer):
            return own_answer(outcome)
        return accepted_answer(provider, request, outcome)

    def _provider(self, name: str) -> Provider:
        try:
            return self._intake.connection(name)
        except NotFoundError as error:
            unknown = deliveries.unknown_connection(name=name[:MOST_OF_A_NAME])
            raise RejectedDelivery(unknown, status=404) from error

    async def _read_body(
        self, scope: Scope, receive: Receive, provider: Provider, reservation: Reservation
    ) -> bytes:
        """Reads the whole body.

        Raises:
            RejectedDelivery: the body is too large or late, or the sender is gone.
        """
        limit = self._limit(provider)
        found = await read_body(scope, receive, limit, reservation)
        if isinstance(found, BodyFault):
            raise _refused_body(found, limit)
        return found

    def _limit(self, provider: Provider) -> int:
        """The most bytes that a body may have on a connection."""
        return provider.options.max_body or self._max_body or provider.largest_body

    def _without_body(self, scope: Scope) -> tuple[str, InboundRequest]:
        """The name of the connection in a request's address, and the request without its body."""
        client = scope.get("client")
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        # Some senders add a slash, and they follow no redirect.
        name = scope["path"][len(HOOKS) :].rstrip("/")
        if "/" in name:
            hook, _, path = name.partition("/")
            if self._intake.takes_path(hook) and _PATH.fullmatch(path):
                name = hook
                headers.append((PATH, path))
        query, remote = scope["query_string"].decode("latin-1"), client[0] if client else ""
        return name, InboundRequest(
            scope["method"], query, tuple(headers), b"", self._clock.now_ms(), remote
        )


async def _ready(answer: HookAnswer) -> HookAnswer:
    return answer


async def _failed(error: BaseException) -> HookAnswer:
    raise error


def _refused_body(fault: BodyFault, limit: int) -> RejectedDelivery:
    if fault is BodyFault.TOO_LARGE:
        return RejectedDelivery(deliveries.too_large(limit=limit), status=413)
    if fault is BodyFault.LATE:
        return RejectedDelivery(deliveries.slow_body(), status=408)
    if fault is BodyFault.NO_ROOM:
        return RejectedDelivery(deliveries.busy(), status=503, retry_after_s=RETRY_AFTER_S)
    return RejectedDelivery(deliveries.disconnected(), status=400)


def _require_plain(request: InboundRequest) -> None:
    """Refuses an encoded body.

    Raises:
        RejectedDelivery: the body is encoded.
    """
    if _ENCODINGS.isdisjoint(request.headers):
        return
    for name, value in request.raw_headers:
        if name in _ENCODINGS and value.strip().lower() not in _PLAIN:
            raise RejectedDelivery(
                deliveries.encoded_body(encoding=value[:_MOST_OF_A_VALUE]), status=415
            )
