"""Memory for the bodies of all requests that are being answered, bounded for all of them together.

Bodies of one size share a bound, so that large ones take nothing away from the others. Those that
fit into what the listener buffers anyway are not counted: there are as many as connections.
"""

#: Bodies up to the first size are not counted; up to the second they are usual, beyond it large.
SMALL_BYTES, USUAL_BYTES = 65_536, 1_048_576
#: Bytes of all usual bodies, and of all large ones.
USUAL_BOUND = LARGE_BOUND = 67_108_864


class BodyRoom:
    """What the bodies of one process take. On the event loop."""

    def __init__(self, *, usual: int = USUAL_BOUND, large: int = LARGE_BOUND) -> None:
        self._bounds = (usual, large)
        #: Bytes of the usual bodies, and of the large ones.
        self._used = [0, 0]

    def hold(self) -> "Hold":
        """The place of one body, which is empty yet."""
        return Hold(self._bounds, self._used)


class Hold:
    """The place of one body. Whoever has asked for it closes it."""

    def __init__(self, bounds: tuple[int, int], used: list[int]) -> None:
        self._bounds = bounds
        self._used = used
        self._size = 0

    def grow(self, count: int) -> bool:
        """Takes room for so many bytes more; False if there is none, and nothing was taken."""
        size = self._size + count
        now = _kind_of(size)
        if now is not None:
            others = self._used[now] - (self._size if _kind_of(self._size) == now else 0)
            if others + size > self._bounds[now]:
                return False
        self._move(size)
        return True

    def close(self) -> None:
        """Gives everything back."""
        self._move(0)

    def _move(self, size: int) -> None:
        before, now = _kind_of(self._size), _kind_of(size)
        if before is not None:
            self._used[before] -= self._size
        if now is not None:
            self._used[now] += size
        self._size = size


def _kind_of(size: int) -> int | None:
    """Which bound a body of this size belongs to."""
    if size <= SMALL_BYTES:
        return None
    return 0 if size <= USUAL_BYTES else 1
