"""Ids: 63-bit integers that sort by time, shown to people as 13 letters and digits.

An id is 42 bits of milliseconds since 1970, 9 bits of node, and 12 bits of counter. Two nodes with
different node numbers never make the same id. A node makes up to 4,096 ids in a millisecond; after
that it takes ids of the next millisecond.
"""

from collections.abc import Callable
from functools import lru_cache

_ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: no i, l, o, u.
_PAIRS = [first + second for first in _ALPHABET for second in _ALPHABET]
_VALUES = {letter: value for value, letter in enumerate(_ALPHABET)}
_LENGTH = 13
#: The texts that `format_id` writes.
ID_PATTERN = f"^[0-7][{_ALPHABET}]{{12}}$"
_NODE_BITS = 9
_COUNTER_BITS = 12
_LAST_COUNTER = (1 << _COUNTER_BITS) - 1
#: How many bits of an id follow the milliseconds.
_BEHIND_MS = _NODE_BITS + _COUNTER_BITS
_LARGEST = (1 << 63) - 1
MAX_NODE = (1 << _NODE_BITS) - 1


def format_id(number: int) -> str:
    """Writes the text form of an id, for addresses, logs and commands."""
    # Two letters at a time, because the interpreter is fastest with small integers.
    low = number & 0x3FFFFFFF
    return (
        f"{_beginning(number >> 30)}"
        f"{_PAIRS[low >> 20]}{_PAIRS[low >> 10 & 1023]}{_PAIRS[low & 1023]}"
    )


@lru_cache(maxsize=64)
def _beginning(high: int) -> str:
    """Writes the first seven letters, which all ids of half a second share."""
    return (
        f"{_ALPHABET[high >> 30]}"
        f"{_PAIRS[high >> 20 & 1023]}{_PAIRS[high >> 10 & 1023]}{_PAIRS[high & 1023]}"
    )


def parse_id(text: str) -> int | None:
    """Reads an id from its text form; None if `text` is no id. Letter case does not matter."""
    if len(text) != _LENGTH:
        return None
    number = 0
    for letter in text.lower():
        value = _VALUES.get(letter)
        if value is None:
            return None
        number = number << 5 | value
    return number if number <= _LARGEST else None


def copied_id(text: str) -> int | None:
    """Reads an id like `parse_id`, also with the brackets around it that the log shows."""
    return parse_id(text.strip().strip("[]"))


class IdSource:
    """Makes the ids of one node. Not thread-safe: each thread has its own source."""

    def __init__(self, now_ms: Callable[[], int], node: int) -> None:
        if not 0 <= node <= MAX_NODE:
            raise ValueError(f"node must be from 0 to {MAX_NODE}, got {node}")
        self._now_ms = now_ms
        self._node = node << _COUNTER_BITS
        self._last = 0

    def next(self) -> int:
        """Returns the next id: larger than every earlier one, even if the clock goes back."""
        number = self._now_ms() << _BEHIND_MS | self._node
        if number <= self._last:
            number = self._last + 1
            if not number & _LAST_COUNTER:
                # The counter of this millisecond is used up: take the next one.
                number = (self._last >> _BEHIND_MS) + 1 << _BEHIND_MS | self._node
        self._last = number
        return number

    def next_behind(self, number: int) -> int:
        """Returns the id directly after `number`, even if its millisecond has passed.

        If `number` was not the last id made here, or its millisecond has no ids left, returns the
        next id.
        """
        behind = number + 1
        if self._last == number and behind & _LAST_COUNTER:
            self._last = behind
            return behind
        return self.next()


def first_id_of(ms: int) -> int:
    """Returns the smallest id that can be made at this millisecond."""
    return ms << _BEHIND_MS


def id_time_ms(number: int) -> int:
    """Returns the millisecond at which the id was made."""
    return number >> _BEHIND_MS
