"""Reading the body of a request: at most so many bytes, and not longer than the listener waits."""

from enum import Enum

from starlette.types import Receive, Scope

#: Where a request's scope has its connection, which knows whether the body is late.
SOCKET = "automator.socket"


class BodyFault(Enum):
    """Why there is no body."""

    TOO_LARGE = "too_large"
    LATE = "slow_body"
    DISCONNECTED = "disconnected"


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes | BodyFault:
    """The whole body of at most `limit` bytes, or why it cannot be had."""
    message = await receive()
    if not message.get("more_body", False) and message["type"] == "http.request":
        body: bytes = message.get("body", b"")
        return body if len(body) <= limit else BodyFault.TOO_LARGE
    socket = scope.get(SOCKET)
    chunks: list[bytes] = []
    size = 0
    while True:
        if message["type"] == "http.disconnect":
            return BodyFault.DISCONNECTED
        chunks.append(message.get("body", b""))
        size += len(chunks[-1])
        if size > limit:
            return BodyFault.TOO_LARGE
        if not message.get("more_body", False):
            return b"".join(chunks)
        if socket is not None and socket.is_late:
            return BodyFault.LATE
        message = await receive()
