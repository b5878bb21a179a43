"""Searching: the ids of what is wanted, in the order of a page, indexed already or not yet."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from automator.store.indexing import PORTION, documents, unpack_ids
from automator.store.tables import unindexed
from automator.store.terms import Wanted
from automator.store.word_index import IdRange, WordIndex

#: Ids that are asked for at once: few at first, since a page is often full with them.
_FIRST_PORTION = 64
_LARGEST_PORTION = 4_096


def matching_ids(
    connection: Connection, index: WordIndex, wanted: Wanted, ids: IdRange
) -> Iterator[list[int]]:
    """The ids in this range that match, in portions; the range says in which order.

    All that match are among them; without a text, some may be that do not.
    """
    if not wanted.is_hopeless:
        yield from _Walk(connection, index, wanted, ids).portions()


@dataclass(slots=True)
class _Walk:
    """One search, over what is indexed and what waits for it."""

    connection: Connection
    index: WordIndex
    wanted: Wanted
    ids: IdRange

    def portions(self) -> Iterator[list[int]]:
        # First what waits to be indexed: what is taken from there meanwhile is in the index then.
        waiting = self._waiting_ids()
        size = _FIRST_PORTION
        while True:
            found, is_last = self.index.find(self.connection, self.wanted.groups, self.ids, size)
            taken = []
            while waiting and (is_last or self.ids.in_order(waiting[-1], found[-1])):
                taken.append(waiting.pop())
            yield from self._merged(found, taken)
            if is_last:
                return
            self.ids = self.ids.behind(found[-1])
            size = min(4 * size, _LARGEST_PORTION)

    def _merged(self, found: list[int], waiting: list[int]) -> Iterator[list[int]]:
        """What the index found, and what is found by looking, portion by portion."""
        for start in range(0, len(waiting), PORTION):
            portion = waiting[start : start + PORTION]
            matched = self._matched(portion)
            is_last = start + PORTION >= len(waiting)
            ready = [
                number for number in found if is_last or self.ids.in_order(number, portion[-1])
            ]
            found = found[len(ready) :]
            if ids := sorted(matched.union(ready), reverse=not self.ids.ascending):
                yield ids
        if not waiting:
            for start in range(0, len(found), _LARGEST_PORTION):
                yield found[start : start + _LARGEST_PORTION]

    def _matched(self, ids: list[int]) -> set[int]:
        """Those that have the words; whatever else is wanted, the query of the page looks at."""
        if not self.wanted.has_text:
            return set(ids)
        found = documents(self.connection, self.index.name, ids)
        return {number for number, words in found if self.wanted.finds_in(words)}

    def _waiting_ids(self) -> list[int]:
        """What is not in the index yet, or not with everything; the first of the order is last."""
        column = unindexed.c.events if self.index.name == "event_words" else unindexed.c.runs
        packed: Sequence[bytes] = self.connection.execute(select(column)).scalars().all()
        ids = {number for part in packed for number in unpack_ids(part) if number in self.ids}
        return sorted(ids, reverse=self.ids.ascending)
