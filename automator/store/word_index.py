"""The full-text indexes: `event_words` and `run_words`, from words and terms to ids.

On SQLite they are FTS5 tables, on PostgreSQL tables of `tsvector` with a GIN index. Both take words
as `words` makes them, and both find the newest first.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from sqlalchemy import Connection

IndexName = Literal["event_words", "run_words"]

#: Above every id.
NEWEST = (1 << 63) - 1

_SQL = {
    "sqlite": {
        "put": "REPLACE INTO {index} (rowid, words) VALUES (?, ?)",
        "find": "SELECT rowid FROM {index} WHERE {index} MATCH ? AND rowid > ? AND rowid < ?"
        " ORDER BY rowid {direction} LIMIT ?",
        "forget": "DELETE FROM {index} WHERE rowid = ?",
    },
    "postgresql": {
        "put": "INSERT INTO {index} (id, words) VALUES (%s, array_to_tsvector(%s))"
        " ON CONFLICT (id) DO UPDATE SET words = excluded.words",
        "find": "SELECT id FROM {index} WHERE words @@ CAST(%s AS tsquery) AND id > %s"
        " AND id < %s ORDER BY id {direction} LIMIT %s",
        "forget": "DELETE FROM {index} WHERE id = %s",
    },
}


@dataclass(frozen=True, slots=True)
class IdRange:
    """Ids between two others, without them, and in which order they are wanted."""

    after: int = 0
    before: int = NEWEST
    ascending: bool = False

    def __contains__(self, number: int) -> bool:
        return self.after < number < self.before

    def in_order(self, first: int, second: int) -> bool:
        """`first` comes before `second` in the order of this range, or is the same."""
        return first <= second if self.ascending else first >= second

    def behind(self, number: int) -> "IdRange":
        """What of the range comes after this id."""
        if self.ascending:
            return replace(self, after=number)
        return replace(self, before=number)


@dataclass(frozen=True, slots=True)
class WordIndex:
    """One of the two indexes."""

    name: IndexName

    def put(self, connection: Connection, documents: Sequence[tuple[int, Sequence[str]]]) -> None:
        """Stores the words of each id; what was stored of it before is replaced."""
        if not documents:
            return
        rows: list[tuple[int, Any]]
        if connection.dialect.name == "sqlite":
            rows = [(number, " ".join(words)) for number, words in documents]
        else:
            rows = [(number, list(words)) for number, words in documents]
        connection.exec_driver_sql(self.statement("put", connection), rows)

    def find(
        self, connection: Connection, groups: Sequence[Sequence[str]], ids: IdRange, limit: int
    ) -> list[int]:
        """The first ids of a range that have a word or term of each group."""
        # Quoted, although a word has letters and digits only: nothing of it is ever syntax.
        if connection.dialect.name == "sqlite":
            query = _query(groups, '"', " AND ", " OR ")
        else:
            query = _query(groups, "'", " & ", " | ")
        found = connection.exec_driver_sql(
            self.statement("find", connection, ids), (query, ids.after, ids.before, limit)
        )
        return list(found.scalars())

    def forget(self, connection: Connection, ids: Sequence[int]) -> None:
        """Takes ids out, whether or not they are in."""
        if ids:
            rows = [(number,) for number in ids]
            connection.exec_driver_sql(self.statement("forget", connection), rows)

    def statement(self, what: str, connection: Connection, ids: IdRange | None = None) -> str:
        """`put`, `find` or `forget`, as this kind of database takes it."""
        direction = "ASC" if ids is not None and ids.ascending else "DESC"
        return _SQL[connection.dialect.name][what].format(index=self.name, direction=direction)


def _query(groups: Sequence[Sequence[str]], quote: str, all_of: str, any_of: str) -> str:
    quoted = [[f"{quote}{word}{quote}" for word in group] for group in groups]
    return all_of.join(f"({any_of.join(group)})" for group in quoted)


EVENT_WORDS = WordIndex("event_words")
RUN_WORDS = WordIndex("run_words")
