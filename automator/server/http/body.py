"""Reads the body of a request, within a limit of bytes and the deadline of its connection.

The memory of the bodies of all requests under way together is limited too. Usual and large bodies
have separate limits, so that large bodies cannot crowd out the others. Small bodies are not
counted, because they fit into the buffers of their connections, which are limited.
"""

from enum import Enum

from starlette.types import Receive, Scope

#: A body up to the first size is small and not counted; up to the second it is usual, else large.
SMALL_BYTES, USUAL_BYTES = 65_536, 1_048_576
#: The limit of bytes for all usual bodies together, and for all large bodies together.
USUAL_BOUND = LARGE_BOUND = 67_108_864


class BodyMemory:
    """Counts the bytes of bodies in this process. Used only on the event loop."""

    def __init__(self, *, usual: int = USUAL_BOUND, large: int = LARGE_BOUND) -> None:
        self._bounds = (usual, large)
        #: Bytes of the usual bodies, and of the large bodies.
        self._used = [0, 0]

    def reserve(self) -> "Reservation":
        """A reservation for one body, with no bytes yet."""
        return Reservation(self._bounds, self._used)


class Reservation:
    """The memory reserved for one body. The caller has to close it."""

    __slots__ = ("_bounds", "_size", "_used")

    def __init__(self, bounds: tuple[int, int], used: list[int]) -> None:
        self._bounds = bounds
        self._used = used
        self._size = 0

    def grow(self, count: int) -> bool:
        """Reserves `count` more bytes; False, without a change, if there is no room for them."""
        size = self._size + count
        if size <= SMALL_BYTES:
            self._size = size
            return True
        now = _kind_of(size)
        if now is not None:
            others = self._used[now] - (self._size if _kind_of(self._size) == now else 0)
            if others + size > self._bounds[now]:
                return False
        self._move(size)
        return True

    def close(self) -> None:
        """Releases the reserved bytes."""
        if self._size > SMALL_BYTES:
            self._move(0)

    def _move(self, size: int) -> None:
        before, now = _kind_of(self._size), _kind_of(size)
        if before is not None:
            self._used[before] -= self._size
        if now is not None:
            self._used[now] += size
        self._size = size


def _kind_of(size: int) -> int | None:
    """The index of the limit that counts a body of this size; None for a small body."""
    if size <= SMALL_BYTES:
        return None
    return 0 if size <= USUAL_BYTES else 1


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
