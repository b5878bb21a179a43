"""Searching: the ids of what is wanted, in the order of a page, indexed already or not yet."""

from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, select

from automator.store.indexing import PORTION, documents, unpack_ids
from automator.store.terms import Wanted
from automator.store.upkeep_tables import unindexed
from automator.store.word_index import IdRange, WordIndex

#: Ids that are asked for at once: a page at first, since it is often full with them.
LARGEST_PORTION = 4_096
#: Candidates that are looked at one by one: first these, then these, and no more.
_LOOKED_AT = (512, 2_048, 8_192)

#: The first ids of a range that something else than words has found, so many at most; all that
#: are wanted are among them.
Candidates = Callable[[Connection, IdRange, int], list[int]]


def matching_ids(
    connection: Connection,
    index: WordIndex,
    wanted: Wanted,
    ids: IdRange,
    limit: int,
    candidates: Candidates | None = None,
) -> Iterator[list[int]]:
    """The ids in this range that match, in portions; the range says in which order. `limit` of
    them are wanted, most often.

    All that match are among them; without a text, some may be that do not. With candidates, only
    those of them that match have to be there.
    """
    if not wanted.is_hopeless:
        yield from _Walk(connection, index, wanted, ids, limit).portions(candidates)


@dataclass(slots=True)
class _Walk:
    """One search, over what is indexed and what waits for it."""

    connection: Connection
    index: WordIndex
    wanted: Wanted
    ids: IdRange
    #: Rows of a page.
    limit: int

    def portions(self, candidates: Candidates | None) -> Iterator[list[int]]:
        # First what waits to be indexed: what is taken from there meanwhile is in the index then.
        waiting = self._waiting_ids()
        looks_near = True
        if candidates is not None and self.index.looks_up(self.connection):
            if (yield from self._candidates(candidates, set(waiting))):
                return
            # So many candidates have not filled the page: what is wanted is rare.
            looks_near = False
            waiting = [number for number in waiting if number in self.ids]
        # A few more: what is in another state, or at another time, is found as well.
        size = self.limit + self.limit // 4
        while True:
            found, is_last = self.index.find(
                self.connection, self.wanted.groups, self.ids, size, looks_near=looks_near
            )
            taken = []
            while waiting and (is_last or self.ids.in_order(waiting[-1], found[-1])):
                taken.append(waiting.pop())
            yield from self._merged(found, taken)
            if is_last:
                return
            self.ids = self.ids.behind(found[-1])
            size = min(4 * size, LARGEST_PORTION)

    def _candidates(
        self, candidates: Candidates, waiting: set[int]
    ) -> Generator[list[int], None, bool]:
        """Those of the first candidates that match; true when there are no more of them."""
        for size in _LOOKED_AT:
            found = candidates(self.connection, self.ids, size)
            indexed = [number for number in found if number not in waiting]
            matched = set(self.index.among(self.connection, self.wanted.groups, indexed))
            open_ids = [number for number in found if number in waiting]
            for start in range(0, len(open_ids), PORTION):
                matched |= self._matched(open_ids[start : start + PORTION])
            ready = sorted(matched, reverse=not self.ids.ascending)
            for start in range(0, len(ready), LARGEST_PORTION):
                yield ready[start : start + LARGEST_PORTION]
            if len(found) < size:
                return True
            self.ids = self.ids.behind(found[-1])
        return False

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
            for start in range(0, len(found), LARGEST_PORTION):
                yield found[start : start + LARGEST_PORTION]

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
