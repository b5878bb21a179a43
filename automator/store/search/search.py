"""Finds ids in the order of a page: in the full-text indexes, and in rows not indexed yet."""

from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select

from automator.model import record
from automator.store.batch.deferred_work import PORTION, unpack_ids
from automator.store.database.statements import KEYS, Statement
from automator.store.schema.tables import runs
from automator.store.schema.upkeep_tables import deferred
from automator.store.search.index_documents import documents
from automator.store.search.run_words import RunIndex
from automator.store.search.terms import Wanted
from automator.store.search.word_index import IdRange, WordIndex, in_order


@record(kw_only=False)
class Candidates:
    """The runs that meet at least one of some conditions. All wanted runs are among them."""

    #: For each condition there is an index in the order of ids.
    conditions: tuple[ColumnElement[bool], ...]
    #: The wanted groups as a condition on a run's row, if its row tells as much as the indexes of
    #: words. Reading this row is faster than looking the run up in two indexes.
    in_row: ColumnElement[bool] | None = None

    def of_range(self, ids: IdRange, *also: ColumnElement[bool]) -> Select[int]:
        """Selects the ids of candidates in a range, in the order of the range."""
        return in_order(runs.c.id, [and_(one, *also) for one in self.conditions], ids)

    def have(self, number: ColumnElement[int]) -> ColumnElement[bool]:
        """The condition that an id is the id of a candidate.

        It compares the id with a range of one id. Then SQLite uses the index of the condition; for
        a single id it would read the whole row.
        """
        is_it = and_(runs.c.id >= number, runs.c.id <= number)
        return or_(*(exists().where(condition, is_it) for condition in self.conditions))


#: How many ids are asked for at once. It begins with one page of ids, which is often enough.
LARGEST_PORTION = 4_096
#: How many candidates are looked up one by one.
MOST_LOOKED_UP = 10_000
#: Of how many ids in the queue one search reads the rows, for events and for runs each. A burst of
#: events leaves fewer in the queue; after a restore, all stored ids are in it.
MOST_WAITING_READ = 50_000
#: How many rows of the queue are in memory at once.
_ROWS_AT_ONCE = 512


@record(kw_only=False)
class Waiting:
    """The ids of a range that are not in the index yet, or not with all their words."""

    #: The ids in the order of the range. A search reads their rows.
    ids: Sequence[int]
    #: The last of these ids if more wait than a search reads; None if all are here.
    looked_until: int | None = None

    def part_of(self, ids: IdRange) -> IdRange:
        """The part of the range in which a search finds everything if it also reads these ids."""
        if self.looked_until is None:
            return ids
        return ids.until(self.looked_until + (1 if ids.ascending else -1))


def waiting_ids(connection: Connection, index: WordIndex | RunIndex, ids: IdRange) -> Waiting:
    """The first ids of a range that wait to be indexed, as many as a search reads."""
    first: list[int] = []
    is_cut = False
    for queued in _queued(connection, index):
        found = {*first, *(number for number in queued if number in ids)}
        first = sorted(found, reverse=not ids.ascending)[:MOST_WAITING_READ]
        is_cut = is_cut or len(found) > len(first)
    return Waiting(first, first[-1] if is_cut else None)


def _queued(connection: Connection, index: WordIndex | RunIndex) -> Iterator[Iterator[int]]:
    """Yields the ids in the rows of the queue, some rows at a time."""
    column = deferred.c.events if index.name == "event_words" else deferred.c.runs
    last = 0
    while True:
        query = select(deferred.c.id, column).where(deferred.c.id > last).order_by(deferred.c.id)
        rows = connection.execute(query.limit(_ROWS_AT_ONCE)).all()
        yield (number for _, packed in rows for number in unpack_ids(packed))
        if len(rows) < _ROWS_AT_ONCE:
            return
        last = rows[-1].id


def matching_ids(
    connection: Connection,
    index: WordIndex | RunIndex,
    wanted: Wanted,
    ids: IdRange,
    waiting: Waiting,
    limit: int,
    candidates: Candidates | None,
    is_awaited: Callable[[], bool],
) -> Iterator[list[int]]:
    """Yields the matching ids of a range, in portions, in the order of the range.

    Most callers need `limit` ids. `waiting` has to be read first: an id that has left the queue
    since then is in the index. All matches are included, as far as `waiting` reaches. Without a
    text, ids that do not match may be included. With candidates, matches that are no candidates may
    be missing. The iterator ends before the next portion once the caller no longer waits.
    """
    if not wanted.is_hopeless:
        part = waiting.part_of(ids)
        walk = _Walk(connection, index, wanted, part, limit, candidates, is_awaited)
        yield from walk.portions(waiting.ids)


@dataclass(slots=True)
class _Walk:
    """One search, in the index and in the ids that wait to be indexed."""

    connection: Connection
    index: WordIndex | RunIndex
    wanted: Wanted
    ids: IdRange
    #: How many rows a page has.
    limit: int
    candidates: Candidates | None
    is_awaited: Callable[[], bool]
    #: Whether matches are so rare that even many candidates have not filled the page.
    is_rare: bool = False

    def portions(self, ids_waiting: Sequence[int]) -> Iterator[list[int]]:
        # Reversed, so that the first id can be taken from the end of the list.
        waiting = list(reversed(ids_waiting))
        # A little more than a page, because the index also finds rows that other filters leave out.
        size = self.limit + self.limit // 4
        while self.is_awaited():
            found, end = self._next(size)
            ids = []
            while waiting and (end is None or self.ids.in_order(waiting[-1], end)):
                ids.append(waiting.pop())
            yield from self._merged(found, ids)
            if end is None:
                return
            self.ids = self.ids.behind(end)
            size = min(4 * size, LARGEST_PORTION)

    def _next(self, size: int) -> tuple[list[int], int | None]:
        """The next matches, and the id up to which they are complete; None for the whole range."""
        groups = self.wanted.groups
        index = self.index
        if (
            self.candidates is not None
            and isinstance(index, RunIndex)
            and index.looks_up(self.connection)
        ):
            # First the end of the range, because candidates may change between two statements.
            all_of_them = self.candidates.of_range(self.ids)
            edge = self.connection.execute(all_of_them.offset(MOST_LOOKED_UP).limit(1)).scalar()
            near = self.ids if edge is None else self.ids.until(edge)
            if self.candidates.in_row is not None:
                fitting = self.candidates.of_range(near, self.candidates.in_row)
                found = list(self.connection.execute(fitting.limit(size)).scalars())
            else:
                listed = self.candidates.of_range(near).limit(2 * MOST_LOOKED_UP)
                found = index.among(self.connection, groups, listed, near, size)
            if len(found) == size:
                return found, found[-1]
            self.candidates, self.is_rare = None, True
            return found, None if edge is None else near.last
        found, is_last = index.find(
            self.connection,
            groups,
            self.ids,
            size,
            looks_near=not self.is_rare,
            among=self.candidates.have if self.candidates else None,
        )
        return found, None if is_last else found[-1]

    def _merged(self, found: list[int], waiting: list[int]) -> Iterator[list[int]]:
        """Merges the matches in the index with the matches found by reading, in portions."""
        for start in range(0, len(waiting), PORTION):
            portion = waiting[start : start + PORTION]
            if not self.is_awaited():
                return
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
        """Of these ids, the ones whose documents have the words. The query checks the rest."""
        if not self.wanted.has_text:
            return set(ids)
        is_of_events = self.index.name == "event_words"
        of_events, of_runs = documents(
            self._read, ids if is_of_events else (), () if is_of_events else ids
        )
        return {number for number, words in of_events + of_runs if self.wanted.finds_in(words)}

    def _read(self, statement: Statement, keys: Collection[int]) -> Sequence[Any]:
        if not keys:
            return ()
        return self.connection.execute(statement.clause, {KEYS.key: list(keys)}).all()
