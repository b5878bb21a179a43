"""Removes secret texts from messages, in a time that does not grow with the number of texts."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from automator.model import record

#: The mark that replaces a hidden text, and ends a text that was cut for a message.
CUT = "…"


@record(kw_only=False)
class _Family:
    """The hidden texts that begin with the same letters."""

    #: The texts, sorted.
    texts: tuple[str, ...]
    members: frozenset[str]
    #: The lengths of the texts, the greatest first.
    lengths: tuple[int, ...]


class HiddenTexts:
    """Texts of at least `least` letters that no message may show.

    Shorter texts stay in messages: they could be a part of any word.
    """

    def __init__(self, texts: Iterable[str], least: int) -> None:
        self._least = least
        self._all = frozenset(text for text in texts if len(text) >= least)
        families: dict[str, list[str]] = {}
        for text in sorted(self._all):
            families.setdefault(text[:least], []).append(text)
        self._families = {
            beginning: _Family(
                tuple(members),
                frozenset(members),
                tuple(sorted({len(text) for text in members}, reverse=True)),
            )
            for beginning, members in families.items()
        }

    def __contains__(self, text: str) -> bool:
        return text in self._all

    def taken_from(self, message: str) -> str:
        """Replaces each hidden text in a message, whole or cut short with `…`, by `…`."""
        shown, done = "", 0
        for start, end in self._found(message):
            if start >= done:
                shown += message[done:start] + CUT
            done = max(done, end)
        return shown + message[done:]

    def _found(self, message: str) -> Iterator[tuple[int, int]]:
        """Yields start and end of each hidden part; parts may overlap."""
        for start in range(len(message) - self._least + 1):
            family = self._families.get(message[start : start + self._least])
            end = family and self._end(family, message, start)
            if end:
                yield start, end

    def _end(self, family: _Family, message: str, start: int) -> int:
        """Finds the end of the longest hidden text at `start`, whole or cut with `…`; 0 if none."""
        for length in family.lengths:
            if message[start : start + length] in family.members:
                return start + length
        cut = message.find(CUT, start)
        if not self._least <= cut - start <= family.lengths[0]:
            return 0
        beginning = message[start:cut]
        place = bisect_left(family.texts, beginning)
        is_begun = place < len(family.texts) and family.texts[place].startswith(beginning)
        return cut + len(CUT) if is_begun else 0
