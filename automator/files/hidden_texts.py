"""Takes hidden texts out of messages, in a time that does not grow with the number of texts."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from automator.model import record

#: The mark in the place of a text, and at the end of one that was cut for a message.
CUT = "…"


@record(kw_only=False)
class _Family:
    """Texts that begin with the same letters."""

    #: In their order.
    texts: tuple[str, ...]
    members: frozenset[str]
    #: Of the texts, the greatest first.
    lengths: tuple[int, ...]


class HiddenTexts:
    """Texts that no message may show, each at least `least` letters long.

    Shorter ones stay in messages: they could be a part of any word.
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
        """The message with a mark for each hidden text, and for one that was cut."""
        shown, done = "", 0
        for start, end in self._found(message):
            if start >= done:
                shown += message[done:start] + CUT
            done = max(done, end)
        return shown + message[done:]

    def _found(self, message: str) -> Iterator[tuple[int, int]]:
        """The stretches that are hidden, by their beginnings; they may overlap."""
        for start in range(len(message) - self._least + 1):
            family = self._families.get(message[start : start + self._least])
            end = family and self._end(family, message, start)
            if end:
                yield start, end

    def _end(self, family: _Family, message: str, start: int) -> int:
        """The end of the longest text, or of a cut one with its mark; 0 where there is none."""
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
