"""The base of all parts of the log: connections for reading, pages, and keys of people."""

import contextlib
import sqlite3
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sqlalchemy import Column, Engine, ExceptionContext, Select, event, select
from sqlalchemy.pool import ConnectionPoolEntry

from automator.model import first_id_of
from automator.model.log_filters import EventFilter, RunFilter
from automator.store.contacts.person_keys import People, person_of
from automator.store.database.database_errors import Failure
from automator.store.database.dialect import Database
from automator.store.database.statements import Queries
from automator.store.schema.state_tables import contact_aliases
from automator.store.search.indexing import count_waiting
from automator.store.search.run_words import RunIndex
from automator.store.search.search import LARGEST_PORTION, Candidates, matching_ids, waiting_ids
from automator.store.search.terms import Wanted
from automator.store.search.word_index import NEWEST, IdRange, WordIndex

#: Up to which number rows are counted. One more means "more than these".
MOST_COUNTED = 10_000
_NO_VALUES: Mapping[str, Any] = {}
RowT = TypeVar("RowT")
OtherT = TypeVar("OtherT")
FilterT = TypeVar("FilterT", EventFilter, RunFilter)
#: Tells whether the caller still waits for an answer.
IsAwaited = Callable[[], bool]


class FoundRows(list[RowT]):
    """A page of matching rows, which also knows how far the search for them came."""

    def __init__(
        self, rows: Iterable[RowT] = (), looked_until: int | None = None, waiting: int = 0
    ) -> None:
        super().__init__(rows)
        #: Rows beyond this id were not looked at, because there are too many; None if all were.
        self.looked_until = looked_until
        #: How many entries wait to be indexed, if some rows were not looked at for this reason.
        self.waiting = waiting

    def each(self, change: Callable[[RowT], OtherT]) -> "FoundRows[OtherT]":
        """The same page, with each row replaced by the result of `change`."""
        return FoundRows([change(row) for row in self], self.looked_until, self.waiting)


class Reader:
    """Reads from the database, over connections that can only read; for any thread."""

    #: Whether the store is closing: a connection opened from now on would never be closed.
    is_closed = False

    def __init__(self, database: Database) -> None:
        self._database = database
        self.engine: Engine = database.read_engine()
        #: Is called, in any thread, with an error that shows damage to the database.
        self.on_damage: Callable[[Exception], None] = lambda _error: None
        event.listen(self.engine, "handle_error", self._failed)
        event.listen(self.engine, "checkin", self._returned)

    def close(self) -> None:
        """Closes all connections. One in use is closed when it is given back."""
        self.is_closed = True
        self.engine.dispose()

    def _returned(self, _connection: Any, record: ConnectionPoolEntry) -> None:
        if self.is_closed:
            # The pool no longer exists, so nobody else would close this connection.
            record.close()

    def _failed(self, context: ExceptionContext) -> None:
        self._note(context.original_exception)

    def _note(self, error: BaseException) -> None:
        failure = Failure(error)
        # A text that cannot be read is shown as far as possible. A damaged page is reported.
        if failure.is_damage and isinstance(failure.cause, sqlite3.Error):
            self.on_damage(failure.cause)

    def keys_of_person(self, contact: str) -> list[str]:
        """All keys of a person. The first is the main key, whose row has the data."""
        with self.queries() as db:
            return person_of(db, contact)

    def with_contact_keys(self, wanted: FilterT) -> FilterT:
        """The filter with all keys of its contact, because a person may have several."""
        if wanted.contact is None or wanted.contact_keys:
            return wanted
        return replace(wanted, contact_keys=tuple(self.keys_of_person(wanted.contact)))

    def roots(self, keys: Collection[str]) -> dict[str, str]:
        """For each of these keys, the main key of its person; empty if nobody has several keys."""
        if not self.all_of(select(contact_aliases.c.alias).limit(1)):
            return {}
        with self.queries() as db:
            people = People(db, keys)
        return {key: people.canonical(key) for key in keys}

    @contextlib.contextmanager
    def queries(self) -> Iterator[Queries]:
        """A connection for prepared statements, which run too often for SQLAlchemy's overhead."""
        with self._database.read_cursor(self.engine) as cursor:
            try:
                yield Queries(self._database, cursor)
            except sqlite3.Error as error:
                self._note(error)
                raise

    def all_of(self, query: Select[Any], values: Mapping[str, Any] = _NO_VALUES) -> Sequence[Any]:
        """Runs a query with its parameters' values; returns all rows."""
        with self.engine.connect() as connection:
            return connection.execute(query, values).all()

    def found_page(
        self,
        query: Select[Any],
        key: Column[Any],
        index: WordIndex | RunIndex,
        wanted: Wanted,
        ids: IdRange,
        limit: int,
        candidates: Candidates | None = None,
        *,
        is_awaited: IsAwaited | None = None,
    ) -> FoundRows[Any]:
        """The first rows of a query whose keys are in `ids` and that match what is `wanted`.

        `candidates` include all keys of the query. With `is_awaited`, only a part of the rows that
        wait to be indexed is read, and reading stops once the caller no longer waits.
        """
        rows: list[Any] = []
        while True:
            found = self._found_part(
                query, key, index, wanted, ids, limit - len(rows), candidates, is_awaited
            )
            rows += found
            if found.looked_until is None or is_awaited is not None:
                return FoundRows(rows, found.looked_until, found.waiting)
            ids = ids.behind(found.looked_until)

    def _found_part(
        self,
        query: Select[Any],
        key: Column[Any],
        index: WordIndex | RunIndex,
        wanted: Wanted,
        ids: IdRange,
        limit: int,
        candidates: Candidates | None,
        is_awaited: IsAwaited | None,
    ) -> FoundRows[Any]:
        rows: list[Any] = []
        # Nearly all candidates match, so one page of them is usually enough.
        size = limit
        with self.engine.connect() as connection:
            waiting = waiting_ids(connection, index, ids)
            for portion in matching_ids(
                connection, index, wanted, ids, waiting, limit, candidates, is_awaited or _always
            ):
                start = 0
                while start < len(portion):
                    in_part = key.in_(portion[start : start + size])
                    page = query.where(in_part).order_by(key if ids.ascending else key.desc())
                    rows += connection.execute(page.limit(limit - len(rows))).all()
                    if len(rows) == limit:
                        return FoundRows(rows)
                    start, size = start + size, min(4 * size, LARGEST_PORTION)
            if waiting.looked_until is None:
                return FoundRows(rows)
            return FoundRows(rows, waiting.looked_until, count_waiting(connection))


def _always() -> bool:
    return True


def id_range(wanted: EventFilter | RunFilter, before: int | None, after: int | None) -> IdRange:
    """The range of ids on a page, and their order; see `in_pages`."""
    return IdRange(
        max(after or 0, first_id_of(wanted.since_ms or 0) - 1),
        min(before or NEWEST, first_id_of(wanted.until_ms or NEWEST)),
        ascending=after is not None,
    )


def newest_first(
    query: Select[Any], key: Column[Any], before: int | None, limit: int
) -> Select[Any]:
    """A page of a query; `before` is the last id of the page before."""
    if before is not None:
        query = query.where(key < before)
    return query.order_by(key.desc()).limit(limit)


def in_pages(
    query: Select[Any], key: Column[Any], *, before: int | None, after: int | None, limit: int
) -> Select[Any]:
    """A page of a query: the newest rows before an id; with `after`, the oldest after that id."""
    if after is None:
        return newest_first(query, key, before, limit)
    if before is not None:
        query = query.where(key < before)
    return query.where(key > after).order_by(key).limit(limit)
