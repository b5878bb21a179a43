"""Fills a database with millions of rows, past the store, as quickly as the database takes them."""

import contextlib
import sqlite3
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import psycopg

from automator.clock import SystemClock
from automator.store import open_store
from automator.store.schema.table_base import metadata
from automator.store.search.tokenizer import words_in

Row = tuple[Any, ...]
_PORTION = 20_000


class Bulk(ABC):
    """A connection that inserts whole tables."""

    @abstractmethod
    def insert(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        """Inserts rows; `columns` are names with commas, the others get their default."""

    @abstractmethod
    def index_words(self, table: str, rows: Iterable[tuple[int, str]]) -> None:
        """Fills a full-text index."""


class _SQLiteBulk(Bulk):
    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    def insert(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        marks = ", ".join("?" * (columns.count(",") + 1))
        self._many(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # noqa: S608

    def index_words(self, table: str, rows: Iterable[tuple[int, str]]) -> None:
        statement = f"INSERT INTO {table} (rowid, words) VALUES (?, ?)"  # noqa: S608
        self._many(statement, rows)

    def _many(self, statement: str, rows: Iterable[Row]) -> None:
        for portion in _portions(rows):
            self._connection.execute("BEGIN")
            self._connection.executemany(statement, portion)
            self._connection.execute("COMMIT")


class _PostgreSQLBulk(Bulk):
    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._connection = connection

    def insert(self, table: str, columns: str, rows: Iterable[Row]) -> None:
        statement = f"COPY {table} ({columns}) FROM STDIN"
        with self._connection.cursor() as cursor, cursor.copy(statement.encode()) as copy:
            for row in rows:
                copy.write_row(row)

    def index_words(self, table: str, rows: Iterable[tuple[int, str]]) -> None:
        words = ((number, " ".join(words_in(document))) for number, document in rows)
        self.insert(table, "id, words", words)


def _portions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while portion := list(islice(waiting, _PORTION)):
        yield portion


@contextlib.contextmanager
def bulk(url: str) -> Iterator[Bulk]:
    """A connection to a database that has its tables; the indexes are made at the end."""
    if url.startswith("sqlite"):
        with contextlib.closing(
            sqlite3.connect(Path(url.removeprefix("sqlite:///")), isolation_level=None)
        ) as connection:
            for pragma in ("synchronous=OFF", "cache_size=-1000000", "temp_store=MEMORY"):
                connection.execute(f"PRAGMA {pragma}")
            kept = connection.execute(
                "SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
            ).fetchall()
            for name, _ in kept:
                connection.execute(f"DROP INDEX {name}")
            yield _SQLiteBulk(connection)
            for _, statement in kept:
                connection.execute(statement)
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return
    address = url.replace("postgresql+psycopg", "postgresql")
    tables = [table.name for table in metadata.sorted_tables] + ["event_words", "run_words"]
    with psycopg.connect(address, autocommit=True) as connection_:
        connection_.execute("SET maintenance_work_mem = '1GB'")
        connection_.execute("SET session_replication_role = replica")  # No foreign keys meanwhile.
        kept = connection_.execute(
            "SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid) FROM pg_index"
            " WHERE indrelid::regclass::text = ANY(%s) AND NOT indisunique",
            (tables,),
        ).fetchall()
        for name, _ in kept:
            connection_.execute(f"DROP INDEX {name}".encode())
        yield _PostgreSQLBulk(connection_)
        for _, statement in kept:
            connection_.execute(statement)
        connection_.execute("VACUUM ANALYZE")
        connection_.execute("CHECKPOINT")


async def make_tables(url: str) -> None:
    """Makes the tables of an empty database."""
    store = await open_store(url, clock=SystemClock(), node="bulk")
    await store.close()
