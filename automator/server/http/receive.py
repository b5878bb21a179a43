"""The hook route: a thin ASGI endpoint, without middleware, from raw bytes to the intake."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Protocol

import orjson
from starlette.types import ASGIApp, Receive, Scope, Send

from automator.clock import Clock
from automator.engine.intake.intake import (
    MOST_OF_A_NAME,
    Accepted,
    Intake,
    Proof,
    Submitted,
)
from automator.http.types import Answer, InboundRequest
from automator.language import ENGLISH, Translator
from automator.model import NotFoundError, RejectedDelivery, StoreUnavailableError, format_id
from automator.plugins import Provider
from automator.reasons.deliveries import (
    BUSY,
    DISCONNECTED,
    ENCODED_BODY,
    METHOD,
    NO_SUCH_CONNECTION,
    SLOW_BODY,
    TOO_LARGE,
)
from automator.server.http.body import SOCKET, BodyFault, read_body
from automator.server.http.body_memory import SMALL_BYTES, BodyMemory, Reservation
from automator.store import Receipt

#: The path of all hooks; the name of the connection follows, exactly as automator.yaml has it.
HOOKS = "/hooks/"
#: Headers that name what was stored, where the provider decides what the body says.
DELIVERY, EVENTS = "x-automator-delivery", "x-automator-events"
RETRY_AFTER_S = 30
#: Of a header that is refused, at most this much is repeated.
_MOST_OF_A_VALUE = 40
#: What senders are told.
_ENGLISH = Translator(ENGLISH)
_JSON = (b"content-type", b"application/json")
#: The headers with which a delivery is acknowledged, where its provider wants nothing else.
_PLAIN = [_JSON]
_NO_SNIFF = (b"x-content-type-options", b"nosniff")
_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "POST", "PUT"})
_DELIVERING = frozenset({"POST", "PUT"})
#: Status, body and headers.
HookAnswer = tuple[int, bytes, list[tuple[bytes, bytes]]]


class Socket(Protocol):
    """The connection of a request."""

    def acknowledge(self, body: bytes) -> bool:
        """Answers with 200 and this JSON at once; False when ASGI has to do it."""
        ...

    def go_on(self, app: ASGIApp) -> None:
        """Has an application answer the request."""
        ...


class HookEndpoint:
    """Answers `/hooks/{connection}`. Nothing is acknowledged before it is committed."""

    def __init__(self, intake: Intake, clock: Clock, max_body: int | None) -> None:
        self._intake = intake
        self._clock = clock
        #: Bytes of a body where its connection says nothing; None = what its provider may send.
        self._max_body = max_body
        self._memory = BodyMemory()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request whose body comes in pieces, or is large."""
        await self._respond(scope, send, self._answer(scope, receive))

    def take(self, scope: Scope, body: bytes) -> ASGIApp | None:
        """Takes in a request that came at once, as far as that needs no waiting.

        None: its connection acknowledges it after the commit. Otherwise an application answers it.
        """
        if len(body) > SMALL_BYTES:
            return self
        name = scope["path"][len(HOOKS) :]
        request = self._without_body(scope)
        try:
            provider = self._admit(name, request)
            if len(body) > self._limit(provider):
                raise _refused_body(BodyFault.TOO_LARGE, self._limit(provider))
            request.receive(body, request.received_at)
            found = self._intake.submit(provider, request)
        except RejectedDelivery as refusal:
            return self._answering(partial(self._refuse, name, request, refusal))
        except Exception as error:  # noqa: BLE001 - it is answered where all errors are.
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
        """Acknowledges what was taken in at once, or says why it was not stored."""
        try:
            answer = _accepted(provider, request, Accepted(delivery_id, receipts.result()))
        except Exception as error:  # noqa: BLE001 - it is answered where all errors are.
            socket.go_on(self._answering(partial(_failed, error)))
            return
        if answer[2] is not _PLAIN or not socket.acknowledge(answer[1]):
            socket.go_on(self._answering(partial(_ready, answer)))

    def _answering(self, answer: Callable[[], Awaitable[HookAnswer]]) -> ASGIApp:
        """The application that sends this answer."""

        async def respond(scope: Scope, _receive: Receive, send: Send) -> None:
            await self._respond(scope, send, answer())

        return respond

    async def _respond(self, scope: Scope, send: Send, answer: Awaitable[HookAnswer]) -> None:
        """Sends an answer, or what is said in its place."""
        try:
            status, body, headers = await answer
        except RejectedDelivery as error:
            # A sender that is not trusted learns why it was refused, and not how to mend it.
            status, headers = error.status, [_JSON]
            body = _error_body(error.code, _ENGLISH.say(error.reason))
            if error.retry_after_s is not None:
                headers.append(_retry_after(error.retry_after_s))
        except StoreUnavailableError as error:
            status, body = 503, _error_body(error.code, _ENGLISH.error(error)[0])
            headers = [_JSON, _retry_after(RETRY_AFTER_S)]
        socket = scope.get(SOCKET)
        if headers is _PLAIN and socket is not None and socket.acknowledge(body):
            return
        # RFC 9110: an answer without content has no length.
        length = [(b"content-length", str(len(body)).encode())] if status != 204 else []
        start = {
            "type": "http.response.start",
            "status": status,
            "headers": [*headers, _NO_SNIFF, *length],
        }
        await send(start)
        await send({"type": "http.response.body", "body": body})

    async def _answer(self, scope: Scope, receive: Receive) -> HookAnswer:
        name = scope["path"][len(HOOKS) :]
        request = self._without_body(scope)
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
        """The connection of a request whose body may be read.

        Raises:
            RejectedDelivery: there is none, or it takes no such request now.
        """
        provider = self._provider(name)
        if request.method not in _METHODS:
            raise RejectedDelivery(METHOD(), status=405)
        self._intake.request_checks.check(provider, request)
        _require_plain(request)
        return provider

    async def _refuse(
        self, name: str, request: InboundRequest, refusal: RejectedDelivery
    ) -> HookAnswer:
        """Records a request whose body was not read.

        Raises:
            RejectedDelivery: the refusal.
        """
        await self._intake.record_rejection(name, request, refusal)
        raise refusal

    async def _receive(
        self, provider: Provider, request: InboundRequest, proof: Proof | None = None
    ) -> HookAnswer:
        """Has the intake take a request in; `proof` is what its verification says, if known."""
        try:
            outcome = await self._intake.receive(provider, request, proof)
        except RejectedDelivery as rejection:
            # A handshake, which is a GET, is answered with 403 all the same.
            is_invalid = rejection.status == 401 or (
                rejection.status == 403 and request.method in _DELIVERING
            )
            if is_invalid and provider.options.on_invalid == 200:
                return 200, b"{}", [_JSON]
            raise
        if isinstance(outcome, Answer):
            return _own_answer(outcome)
        return _accepted(provider, request, outcome)

    def _provider(self, name: str) -> Provider:
        try:
            return self._intake.connection(name)
        except NotFoundError as error:
            unknown = NO_SUCH_CONNECTION(name=name[:MOST_OF_A_NAME])
            raise RejectedDelivery(unknown, status=404) from error

    async def _read_body(
        self, scope: Scope, receive: Receive, provider: Provider, reservation: Reservation
    ) -> bytes:
        """The whole body.

        Raises:
            RejectedDelivery: it is too large or late, or the sender is gone.
        """
        limit = self._limit(provider)
        found = await read_body(scope, receive, limit, reservation)
        if isinstance(found, BodyFault):
            raise _refused_body(found, limit)
        return found

    def _limit(self, provider: Provider) -> int:
        """How many bytes a body may have."""
        return provider.options.max_body or self._max_body or provider.largest_body

    def _without_body(self, scope: Scope) -> InboundRequest:
        client = scope.get("client")
        headers = [
            (name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]
        ]
        query, remote = scope["query_string"].decode("latin-1"), client[0] if client else ""
        return InboundRequest(
            scope["method"], query, tuple(headers), b"", self._clock.now_ms(), remote
        )


async def _ready(answer: HookAnswer) -> HookAnswer:
    return answer


async def _failed(error: BaseException) -> HookAnswer:
    raise error


def _accepted(provider: Provider, request: InboundRequest, accepted: Accepted) -> HookAnswer:
    """The answer to a delivery that is stored."""
    delivery = format_id(accepted.delivery_id)
    events = [format_id(receipt.event_id) for receipt in accepted.receipts]
    wanted = provider.acknowledge(request)
    if wanted is None:
        return 200, orjson.dumps({"delivery": delivery, "events": events}), _PLAIN
    status, body, headers = _own_answer(wanted)
    stored = [
        (DELIVERY.encode(), delivery.encode()),
        (EVENTS.encode(), " ".join(events).encode()),
    ]
    return status, body, headers + stored


def _retry_after(seconds: float) -> tuple[bytes, bytes]:
    return b"retry-after", str(max(1, math.ceil(seconds))).encode()


def _own_answer(answer: Answer) -> HookAnswer:
    """The answer that a provider asks for."""
    headers = [(name.encode(), value.encode()) for name, value in answer.headers]
    content_type = (b"content-type", answer.content_type.encode())
    return answer.status, answer.body.encode(), [content_type, *headers]


def _refused_body(fault: BodyFault, limit: int) -> RejectedDelivery:
    if fault is BodyFault.TOO_LARGE:
        return RejectedDelivery(TOO_LARGE(limit=limit), status=413)
    if fault is BodyFault.LATE:
        return RejectedDelivery(SLOW_BODY(), status=408)
    if fault is BodyFault.NO_ROOM:
        return RejectedDelivery(BUSY(), status=503, retry_after_s=RETRY_AFTER_S)
    return RejectedDelivery(DISCONNECTED(), status=400)


def _require_plain(request: InboundRequest) -> None:
    """Refuses an encoded body.

    Raises:
        RejectedDelivery: it is encoded.
    """
    if "content-encoding" not in request.headers:
        return
    for name, value in request.raw_headers:
        if name == "content-encoding" and value.strip().lower() != "identity":
            raise RejectedDelivery(ENCODED_BODY(encoding=value[:_MOST_OF_A_VALUE]), status=415)


def _error_body(code: str, message: str) -> bytes:
    return orjson.dumps({"error": code, "message": message})
