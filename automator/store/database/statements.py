"""Statements of the hot path: built by Core, compiled once a database, run on the driver's cursor.

SQLAlchemy's execution layer costs more per call than SQLite takes for ten rows, and a batch makes
about a dozen calls. Everything off the hot path goes through the ordinary Connection.
"""

import contextlib
from collections.abc import Callable, Iterable, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import BindParameter, Connection, Table, bindparam, insert
from sqlalchemy.sql.expression import ClauseElement

from automator.store.database.dialect import Database

Row = tuple[Any, ...]
#: Sizes of IN lists; a shorter list is filled up with its last key, so that few texts are prepared.
_SIZES = (1, 4, 16, 64, 256)
#: Rows of one insert: a batch is cut into the largest portions that fit.
_INSERT_SIZES = (64, 16, 4, 1)


class Compiled:
    """A statement's text for one database, and the parameters in the order of the text."""

    def __init__(self, clause: ClauseElement, database: Database) -> None:
        compiled: Any = clause.compile(dialect=database.hot)
        self.text = database.hot_text(str(compiled))
        #: Doubles included.
        self.names: tuple[str, ...] = tuple(compiled.positiontup or ())
        given = compiled.params
        #: Parameters that have their value already, such as the offset of a limit.
        self._constants = {name: given[name] for name in self.names if given[name] is not None}

    def arrange(self, values: dict[str, Any]) -> Row:
        """The values in the order of the text."""
        known = {**self._constants, **values} if self._constants else values
        return tuple([known[name] for name in self.names])


class Statement:
    """One statement with positional parameters."""

    def __init__(self, clause: ClauseElement) -> None:
        self._clause = clause
        self._compiled: dict[str, Compiled] = {}

    def on(self, database: Database) -> Compiled:
        """The statement as this database takes it."""
        found = self._compiled.get(database.name)
        if found is None:
            found = self._compiled[database.name] = Compiled(self._clause, database)
        return found


class InStatement:
    """A query over a list of keys; `build` is given the number of keys and names them `key_N`."""

    def __init__(self, build: Callable[[int], ClauseElement]) -> None:
        self._build = build
        self._sizes: dict[int, Statement] = {}

    def of_size(self, size: int) -> Statement:
        """The statement for exactly `size` keys."""
        found = self._sizes.get(size)
        if found is None:
            found = self._sizes[size] = Statement(self._build(size))
        return found


class InsertStatement:
    """An insert of whole rows, many in one statement: `build` is given the rows' parameters.

    The driver lets go of the interpreter's lock for each statement, and taking it back costs more
    than inserting a row does. So rows go in by the dozen.
    """

    def __init__(
        self, table: Table, build: Callable[[list[dict[str, Any]]], ClauseElement] | None = None
    ) -> None:
        self._table = table
        self._build = build or (lambda rows: insert(table).values(rows))
        self._sizes: dict[int, Statement] = {}

    def of_size(self, size: int) -> Statement:
        """The statement for `size` rows, each with all columns in the order of the table."""
        found = self._sizes.get(size)
        if found is None:
            names = [column.name for column in self._table.columns]
            rows: list[dict[str, Any]] = [
                {name: bindparam(f"{name}_{number}") for name in names} for number in range(size)
            ]
            found = self._sizes[size] = Statement(self._build(rows))
        return found


class WriteConnection:
    """The write connection, for SQL of both kinds. Belongs to the writer's thread."""

    def __init__(self, database: Database, connection: Connection) -> None:
        self.database = database
        self.core = connection
        self._cursor = database.hot_cursor(connection)

    def now_ms(self) -> int:
        """The database's clock."""
        return self.database.now_ms(self._cursor)

    def wake_others(self, node: str) -> None:
        """Tells the other nodes, with the commit, that there is work which `node` cannot do now."""
        self.database.wake_others(self._cursor, node)

    def after_commit(self, operations: int) -> None:
        """What the database needs now and then, after so many operations were committed.

        Raises:
            Exception: it failed, as a commit may.
        """
        self.database.after_commit(self.core, operations)

    def close(self) -> None:
        """Closes the connection, whatever state it is in."""
        # A cursor that is still there would keep SQLite's connection open behind Python's.
        with contextlib.suppress(Exception):
            self._cursor.close()
        with contextlib.suppress(Exception):
            self.core.close()

    def many(self, statement: Statement, rows: Sequence[Row]) -> int:
        """Runs the statement once for each row and says how many rows of the table changed."""
        self._cursor.executemany(statement.on(self.database).text, rows)
        return int(self._cursor.rowcount)

    def insert(self, statement: InsertStatement, rows: Sequence[Row]) -> int:
        """Inserts rows and says how many were new or changed."""
        changed = 0
        start = 0
        while start < len(rows):
            size = next(size for size in _INSERT_SIZES if size <= len(rows) - start)
            portion = rows[start : start + size]
            text = statement.of_size(size).on(self.database).text
            self._cursor.execute(text, tuple(chain.from_iterable(portion)))
            changed += self._cursor.rowcount
            start += size
        return changed

    def query(self, statement: Statement, **values: Any) -> list[Row]:
        """The rows of one query."""
        compiled = statement.on(self.database)
        self._cursor.execute(compiled.text, compiled.arrange(values))
        return list(self._cursor.fetchall())

    def run(self, statement: Statement, row: Row) -> int:
        """Runs a statement that changes rows and says how many."""
        self._cursor.execute(statement.on(self.database).text, row)
        return int(self._cursor.rowcount)

    def query_in(self, statement: InStatement, keys: Iterable[Any], **values: Any) -> list[Row]:
        """The rows for all keys; each key is asked for at least once, in portions."""
        found: list[Row] = []
        for size, portion in _portions(list(keys)):
            sized = statement.of_size(size)
            for position, key in enumerate(portion):
                values[f"key_{position}"] = key
            found += self.query(sized, **values)
        return found

    def update_in(self, statement: InStatement, keys: Iterable[Any], **values: Any) -> int:
        """Changes the rows of all keys and says how many."""
        changed = 0
        for size, portion in _portions(list(keys)):
            sized = statement.of_size(size)
            for position, key in enumerate(portion):
                values[f"key_{position}"] = key
            changed += self.run(sized, sized.on(self.database).arrange(values))
        return changed


def keys_of(count: int) -> list[BindParameter[Any]]:
    """The parameters that an InStatement's builder puts into its IN list."""
    return [bindparam(f"key_{position}") for position in range(count)]


def _portions(keys: list[Any]) -> Iterable[tuple[int, list[Any]]]:
    largest = _SIZES[-1]
    for start in range(0, len(keys), largest):
        portion = keys[start : start + largest]
        size = next(size for size in _SIZES if size >= len(portion))
        yield size, portion + portion[-1:] * (size - len(portion))
