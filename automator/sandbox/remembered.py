"""A memory of earlier messages, bounded in number and bytes, that forgets the oldest."""

import hashlib
from typing import Generic, TypeVar

from automator.http.json_body import dump_json

V = TypeVar("V")
MOST = 10_000
MAX_BYTES = 8_388_608
_KEY_BYTES = 32


class Remembered(Generic[V]):
    """JSON values by key; a key that comes again keeps its first value."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        #: By the hash of the key: each value with its size.
        self._kept: dict[bytes, tuple[V, int]] = {}
        self._bytes = 0

    def put(self, key: str, value: V) -> None:
        """Remembers a value, and forgets the oldest ones where there are too many."""
        name = _hashed(key)
        if name in self._kept:
            return
        size = len(dump_json(value)) + _KEY_BYTES
        self._kept[name] = (value, size)
        self._bytes += size
        while self._bytes > MAX_BYTES or len(self._kept) > self._most:
            oldest = next(iter(self._kept))
            self._bytes -= self._kept.pop(oldest)[1]

    def get(self, key: str) -> V | None:
        """The value of a key, or None."""
        found = self._kept.get(_hashed(key))
        return found[0] if found else None

    def __contains__(self, key: str) -> bool:
        return _hashed(key) in self._kept

    def clear(self) -> None:
        """Forgets everything."""
        self._kept.clear()
        self._bytes = 0


def _hashed(key: str) -> bytes:
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()
