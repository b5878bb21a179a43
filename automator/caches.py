"""Caches with a bound: on the memory of their entries or, for small entries, on their number.

People who write rules or send events choose the keys of our caches. With a bound on the number of
entries alone, a few thousand long texts could take gigabytes.
"""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

KeyT = TypeVar("KeyT", bound=Hashable)
ValueT = TypeVar("ValueT")

#: One entry may weigh at most a quarter of the cache; a heavier entry is not kept.
_LARGEST_PART = 4


class SizedCache(Generic[KeyT, ValueT]):
    """Values by key, up to a total weight; drops the least recently used first. Thread-safe."""

    def __init__(self, most_bytes: int) -> None:
        self.most_bytes = most_bytes
        #: The weight of all values, as estimated by the callers that put them in.
        self.weight = 0
        self._kept: OrderedDict[KeyT, tuple[ValueT, int]] = OrderedDict()
        self._lock = Lock()

    @property
    def most_at_once(self) -> int:
        """The largest weight of one entry."""
        return self.most_bytes // _LARGEST_PART

    def __len__(self) -> int:
        return len(self._kept)

    def get(self, key: KeyT) -> ValueT | None:
        """The value that is kept under a key, or None."""
        with self._lock:
            found = self._kept.get(key)
            if found is None:
                return None
            self._kept.move_to_end(key)
            return found[0]

    def get_or_make(self, key: KeyT, make: Callable[[], ValueT], weight: int) -> ValueT:
        """The value that is kept under a key; without one, a new value, which is then kept.

        `weight` is the approximate number of bytes of the key and its value. Two threads that ask
        for the same new key at once may both make its value; the later value is kept.
        """
        value = self.get(key)
        if value is None:
            value = make()
            self.put(key, value, weight)
        return value

    def clear(self) -> None:
        """Forgets everything."""
        with self._lock:
            self._kept.clear()
            self.weight = 0

    def put(self, key: KeyT, value: ValueT, weight: int) -> None:
        """Keeps a value in place of the key's previous one; ignores a value that is too heavy."""
        if weight > self.most_at_once:
            return
        with self._lock:
            before = self._kept.pop(key, None)
            self.weight += weight - (before[1] if before else 0)
            self._kept[key] = (value, weight)
            while self.weight > self.most_bytes:
                _, (_, gone) = self._kept.popitem(last=False)
                self.weight -= gone


class RecentEntries(OrderedDict[KeyT, ValueT]):
    """A mapping that keeps the `most` entries that were set last, and drops older ones."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: KeyT, value: ValueT) -> None:
        super().__setitem__(key, value)
        self.move_to_end(key)
        if len(self) > self._most:
            self.popitem(last=False)
