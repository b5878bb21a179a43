"""The full-text indexes: `event_words` and `run_words`, from words and terms to ids.

On SQLite they are FTS5 tables; on PostgreSQL they are tables of `tsvector` with a GIN index. Both
contain the documents that `index_documents` makes, and both find the newest ids first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any, Literal

from sqlalchemy import (
    Column,
    ColumnElement,
    Connection,
    Integer,
    Select,
    String,
    and_,
    cast,
    column,
    literal_column,
    select,
    table,
    true,
    union_all,
)

from automator.model import record
from automator.store.schema.tables import events
from automator.store.search.tokenizer import BEGINS, words_in

IndexName = Literal["event_words", "run_words"]

#: For each wanted id, how many ids PostgreSQL first checks in order; below, how many at most.
_WALKED_FOR_ONE = 32
_MOST_WALKED = 32_768
#: If the first ids have no match: up to how many expected matches are searched by words at once.
_FEW_EXPECTED = 10_000
_MOST_RARE = 50_000
#: How many ids of a beginning PostgreSQL's index collects in the time in which it reads one row.
_ENTRIES_FOR_ONE_ROW = 20
#: Larger than every id.
NEWEST = (1 << 63) - 1

_SQL = {
    "sqlite": {
        "put": "REPLACE INTO {index} (rowid, words) VALUES (?, ?)",
        "find": "SELECT rowid FROM {index} WHERE {index} MATCH ? AND rowid > ? AND rowid < ?"
        " ORDER BY rowid {direction} LIMIT ?",
        "forget": "DELETE FROM {index} WHERE rowid = ?",
        "merge": "INSERT INTO {index} ({index}, rank) VALUES ('merge', ?)",
    },
    "postgresql": {
        # All documents in one statement. None of their words has a blank.
        "put": "INSERT INTO {index} (id, words)"
        " SELECT id, array_to_tsvector(string_to_array(words, ' '))"
        " FROM unnest(%s::bigint[], %s::text[]) AS document (id, words)"
        " ON CONFLICT (id) DO UPDATE SET words = excluded.words",
        "find": "SELECT id FROM {index} WHERE words @@ CAST(%s AS tsquery) AND id > %s"
        " AND id < %s ORDER BY id {direction} LIMIT %s",
        "nearest": "SELECT id FROM {index} WHERE id > %s AND id < %s"
        " ORDER BY id {direction} OFFSET %s LIMIT 1",
        "expected": "EXPLAIN (FORMAT JSON) SELECT id FROM {index}"
        " WHERE words @@ CAST(%s AS tsquery) AND id > %s AND id < %s",
        # Materialized, so that PostgreSQL finds the rows by words, and does not check all in order.
        # The index is not used for the last condition, which holds if there is no second query.
        "find_rare": "WITH found AS MATERIALIZED (SELECT id FROM {index}"
        " WHERE words @@ CAST(%s AS tsquery) AND id > %s AND id < %s"
        " AND (words @@ CAST(%s AS tsquery)) IS NOT FALSE)"
        " SELECT id FROM found ORDER BY id {direction} LIMIT %s",
        "forget": "DELETE FROM {index} WHERE id = ANY(%s)",
    },
}


@record(kw_only=False)
class IdRange:
    """The ids between two exclusive bounds, and the order in which they are wanted."""

    after: int = 0
    before: int = NEWEST
    ascending: bool = False

    def __contains__(self, number: int) -> bool:
        return self.after < number < self.before

    def in_order(self, first: int, second: int) -> bool:
        """Whether `first` comes before `second` in the order of the range, or is the same id."""
        return first <= second if self.ascending else first >= second

    @property
    def last(self) -> int:
        """The last id that can be in the range."""
        return self.before - 1 if self.ascending else self.after + 1

    def until(self, number: int) -> "IdRange":
        """The part of the range before an id."""
        if self.ascending:
            return replace(self, before=number)
        return replace(self, after=number)

    def moved(self, by: int) -> "IdRange":
        """The range with `by` added to all ids."""
        return replace(self, after=self.after + by, before=self.before + by)

    def behind(self, number: int) -> "IdRange":
        """The part of the range after an id."""
        if self.ascending:
            return replace(self, after=number)
        return replace(self, before=number)


@record(kw_only=False)
class WordIndex:
    """One of the two full-text indexes."""

    name: IndexName
    #: All keys of a contact, if only its events are wanted. Their own index has the newest first,
    #: while PostgreSQL's index of words would have all of them read for one page.
    contact_keys: tuple[str, ...] = ()

    def for_contact(self, keys: tuple[str, ...], groups: Sequence[Sequence[str]]) -> "WordIndex":
        """The index for a search by these groups, if one group is the contact with these keys."""
        return replace(self, contact_keys=keys) if len(groups) == 1 else self

    def put(self, connection: Connection, documents: Sequence[tuple[int, str]]) -> None:
        """Stores a document for each id. An earlier document of the id is replaced."""
        if not documents:
            return
        put = self.statement("put", connection)
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(put, documents)
            return
        of_ids = {number: " ".join(words_in(document)) for number, document in documents}
        connection.exec_driver_sql(put, (list(of_ids), list(of_ids.values())))

    def find(
        self,
        connection: Connection,
        groups: Sequence[Sequence[str]],
        ids: IdRange,
        limit: int,
        *,
        looks_near: bool = True,
        among: Callable[[ColumnElement[int]], ColumnElement[bool]] | None = None,
    ) -> tuple[list[int], bool]:
        """The first ids of a range that have a word or term of each group.

        Returns at least `limit` ids, or all there are; the second value says whether these are all.
        `looks_near`: False if matches are expected to be rare. `among`: a condition; SQLite leaves
        out ids for which it does not hold.
        """
        if self.contact_keys:
            of_keys = [events.c.contact == key for key in self.contact_keys]
            newest = in_order(events.c.id, of_keys, ids).limit(limit)
            found = list(connection.execute(newest).scalars())
            return found, len(found) < limit
        # Quoted for safety, so that no part of a word can be syntax, although words have none.
        if connection.dialect.name != "sqlite":
            if not looks_near:
                return self._find_rare(connection, groups, ids)
            return self._find_twice(connection, groups, ids, limit)
        query = _query(groups, _SQLITE)
        if among is None:
            found = self._ids(connection, "find", ids, query, ids.after, ids.before, limit)
        else:
            found = self._find_among(connection, query, ids, limit, among)
        return found, len(found) < limit

    def _find_among(
        self,
        connection: Connection,
        query: str,
        ids: IdRange,
        limit: int,
        among: Callable[[ColumnElement[int]], ColumnElement[bool]],
    ) -> list[int]:
        words = table(self.name, column("rowid", Integer), column(self.name, String))
        number = words.c.rowid
        found = select(number).where(
            words.c[self.name].match(query), number > ids.after, number < ids.before, among(number)
        )
        order = number if ids.ascending else number.desc()
        return list(connection.execute(found.order_by(order).limit(limit)).scalars())

    def _find_twice(
        self, connection: Connection, groups: Sequence[Sequence[str]], ids: IdRange, limit: int
    ) -> tuple[list[int], bool]:
        """Finds matches on PostgreSQL, near the beginning of the range or else in all of it.

        PostgreSQL can check the ids in order, or find all ids with the words and sort them. It
        cannot know which is faster, because words often occur together, or only at some times. So
        the first way is tried for as long as it is certain to be fast. How many of the first ids
        match then tells how far the second way has to look, because it reads the row of each match.
        """
        query = _query(groups, _POSTGRESQL)
        walked = min(limit * _WALKED_FOR_ONE, _MOST_WALKED)
        nearest = self._ids(connection, "nearest", ids, ids.after, ids.before, walked)
        near = ids.until(nearest[0]) if nearest else ids
        found = self._ids(connection, "find", ids, query, near.after, near.before, limit)
        if not nearest or len(found) == limit:
            return found, len(found) < limit
        if found:
            # At least twice as far as needed if the next ids match as often: few tell less surely.
            times = (2 + 4 / len(found)) * limit / len(found)
        elif self._expected(connection, query, ids) > _FEW_EXPECTED:
            # Perhaps only the first ids have none, as after a quiet night.
            times = _MOST_WALKED / walked
        else:
            return self._find_rare(connection, groups, ids)
        wide = self._wider(connection, ids, near, times)
        if walked * times > _MOST_WALKED:
            found, is_last = self._find_rare(connection, groups, wide)
        else:
            found = self._ids(connection, "find", wide, query, wide.after, wide.before, limit)
            is_last = len(found) < limit
        if wide == ids or len(found) >= limit:
            return found, is_last and wide == ids
        return self._find_rare(connection, groups, ids)

    def _expected(self, connection: Connection, query: str, ids: IdRange) -> int:
        """The number of matches that PostgreSQL expects, by how often each word occurs."""
        statement = self.statement("expected", connection)
        values = (query, ids.after, ids.before)
        (planned,) = connection.exec_driver_sql(statement, values).scalar_one()
        return int(planned["Plan"]["Plan Rows"])

    def _wider(self, connection: Connection, ids: IdRange, near: IdRange, times: float) -> IdRange:
        """The part of a range that takes `times` as much time as its first part `near`."""
        (first,) = self._ids(connection, "nearest", ids, ids.after, ids.before, 0)
        edge = first + int((near.last - first) * times)
        return ids.until(min(edge, ids.before) if ids.ascending else max(edge, ids.after))

    def _find_rare(
        self, connection: Connection, groups: Sequence[Sequence[str]], ids: IdRange
    ) -> tuple[list[int], bool]:
        by_index, by_row = self._divided(connection, groups)
        values = (by_index, ids.after, ids.before, by_row, _MOST_RARE)
        # This way finds all of them anyway, so the next ids need no second query.
        found = self._ids(connection, "find_rare", ids, *values)
        return found, len(found) < _MOST_RARE

    def _divided(
        self, connection: Connection, groups: Sequence[Sequence[str]]
    ) -> tuple[str, str | None]:
        """The query for the index, and the query for the rows that the index finds.

        For the beginning of a word, the index collects the ids of all words that begin so. Of a
        frequent beginning, it is faster to look at each row with the rarest word.
        """
        if len(groups) == 1 or not any(group[0].endswith(BEGINS) for group in groups):
            return _query(groups, _POSTGRESQL), None
        expected = [
            self._expected(connection, _query([group], _POSTGRESQL), IdRange()) for group in groups
        ]
        most = _ENTRIES_FOR_ONE_ROW * max(1, min(expected))
        by_row: list[Sequence[str]] = []
        by_index: list[Sequence[str]] = []
        for group, number in zip(groups, expected, strict=True):
            is_frequent = group[0].endswith(BEGINS) and number > most
            (by_row if is_frequent else by_index).append(group)
        return _query(by_index, _POSTGRESQL), _query(by_row, _POSTGRESQL) if by_row else None

    def _ids(self, connection: Connection, what: str, ids: IdRange, *values: object) -> list[int]:
        statement = self.statement(what, connection, ids)
        return list(connection.exec_driver_sql(statement, values).scalars())

    def forget(self, connection: Connection, ids: Sequence[int]) -> None:
        """Deletes ids from the index, if they are in it."""
        if ids:
            is_sqlite = connection.dialect.name == "sqlite"
            rows = [(number,) for number in ids] if is_sqlite else [(list(ids),)]
            connection.exec_driver_sql(self.statement("forget", connection), rows)

    def merge(self, connection: Connection, pages: int, *, begins: bool = False) -> bool:
        """Rewrites about `pages` pages of SQLite's index without the words of deleted ids.

        `begins`: whether to begin with all pages anew. Returns False if nothing is left to do.
        """
        counted = "SELECT total_changes()"
        before = connection.exec_driver_sql(counted).scalar_one()
        number = -pages if begins else pages
        connection.exec_driver_sql(self.statement("merge", connection), (number,))
        # The row with the state of the index is always written, even if no page is rewritten.
        return bool(connection.exec_driver_sql(counted).scalar_one() - before > 1)

    def statement(self, what: str, connection: Connection, ids: IdRange | None = None) -> str:
        """One of the statements, in the form for this kind of database."""
        direction = "ASC" if ids is not None and ids.ascending else "DESC"
        return _SQL[connection.dialect.name][what].format(index=self.name, direction=direction)


@record(kw_only=False)
class _Syntax:
    """The form in which a kind of database takes words, groups and searches."""

    quote: str
    all_of: str
    any_of: str
    begins: str

    def word(self, wanted: str) -> str:
        if wanted.endswith(BEGINS):
            return f"{self.quote}{wanted[:-1]}{self.quote}{self.begins}"
        return f"{self.quote}{wanted}{self.quote}"


_SQLITE = _Syntax('"', " AND ", " OR ", " *")
_POSTGRESQL = _Syntax("'", " & ", " | ", ":*")


def _query(groups: Sequence[Sequence[str]], syntax: _Syntax) -> str:
    quoted = [[syntax.word(wanted) for wanted in group] for group in groups]
    return syntax.all_of.join(f"({syntax.any_of.join(group)})" for group in quoted)


def first_among(
    connection: Connection,
    places: Iterable[tuple[WordIndex, Sequence[Sequence[str]], int]],
    candidates: Select[int],
    ids: IdRange,
    limit: int,
) -> list[int]:
    """The first candidates that PostgreSQL's indexes have with a word of each group.

    They are in the order of the range. `places` has an index, its groups, and a number by which ids
    in this index are smaller than the candidates' ids. The candidates have to be in the order of
    the range, and few, because they are looked up one by one.
    """
    from sqlalchemy.dialects.postgresql import TSQUERY  # noqa: PLC0415 - 2.4 MB, for PostgreSQL alone.

    listed = candidates.subquery()
    in_each: list[Select[Any]] = []
    for index, groups, by in places:
        words = table(index.name, column("id"), column("words"))
        query = cast(_query(groups, _POSTGRESQL), TSQUERY)
        is_there = and_(words.c.id == listed.c.id - by, words.c.words.op("@@")(query))
        in_each.append(select(literal_column("1")).select_from(words).where(is_there))
    # The limit makes PostgreSQL look up one by one until there are enough, instead of all at once.
    has_words = union_all(*in_each).limit(1).lateral()
    found = select(listed.c.id).select_from(listed.join(has_words, true()))
    order = listed.c.id if ids.ascending else listed.c.id.desc()
    return list(connection.execute(found.order_by(order).limit(limit)).scalars())


EVENT_WORDS = WordIndex("event_words")
RUN_WORDS = WordIndex("run_words")


def in_order(
    key: Column[Any], conditions: Iterable[ColumnElement[bool]], ids: IdRange
) -> Select[int]:
    """Selects the ids in a range that meet any of some conditions, in the order of the range.

    For each condition there has to be an index in the order of ids.
    """
    in_each = [select(key).where(one, key > ids.after, key < ids.before) for one in conditions]
    found = union_all(*in_each).subquery()
    return select(found.c.id).order_by(found.c.id if ids.ascending else found.c.id.desc())
