"""Reads the body of a request, within a limit of bytes and the deadline of its connection."""

from enum import Enum

from starlette.types import Receive, Scope

from automator.server.http.body_memory import SMALL_BYTES, Reservation

#: The key of the request's connection in its scope; the connection knows whether the body is late.
SOCKET = "automator.socket"


class BodyFault(Enum):
    """The reason why a body could not be read."""

    TOO_LARGE = "too_large"
    LATE = "slow_body"
    DISCONNECTED = "disconnected"
    NO_ROOM = "busy"


async def read_body(
    scope: Scope, receive: Receive, limit: int, reservation: Reservation | None = None
) -> bytes | BodyFault:
    """Reads a body of at most `limit` bytes, counted in `reservation`; returns it or the fault."""
    message = await receive()
    body: bytes = message.get("body", b"")
    if not message.get("more_body", True) and len(body) <= min(limit, SMALL_BYTES):
        return body
    socket = scope.get(SOCKET)
    chunks: list[bytes] = []
    size = 0
    while message["type"] != "http.disconnect":
        chunk: bytes = message.get("body", b"")
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            return BodyFault.TOO_LARGE
        if reservation is not None and not reservation.grow(len(chunk)):
            return BodyFault.NO_ROOM
        if not message.get("more_body", False):
            return b"".join(chunks)
        if socket is not None and socket.is_late:
            return BodyFault.LATE
        message = await receive()
    return BodyFault.DISCONNECTED
