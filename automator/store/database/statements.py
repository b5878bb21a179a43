"""Statements of the hot path: built by Core, compiled once per database, run on the driver's
cursor.

SQLAlchemy's execution layer costs more per call than SQLite takes for ten rows, and a batch makes
about a dozen calls. Everything off the hot path goes through the ordinary Connection.
"""

import contextlib
from bisect import bisect_left, bisect_right
from collections import namedtuple
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from functools import cache, partial
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Connection, Table, bindparam
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.sql.expression import CompoundSelect, Select, UpdateBase

from automator.store.database.dialect import Database, insert

#: A row that a query found: its columns are attributes.
Row = Any
#: A row to be written, or the values of a statement's parameters, by name.
Values = Mapping[str, Any]
Clause = Select[Any] | CompoundSelect[Any] | UpdateBase
#: The list of keys in a statement for `query_in` and `update_in`, as in `column.in_(KEYS)`.
KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
#: Sizes of the list of keys; a shorter list is padded with its last key, so few texts are prepared.
_SIZES = (1, 4, 16, 64, 256)
_LARGEST = _SIZES[-1]
#: The names of the keys, by the size of the list.
_KEY_NAMES = {
    size: tuple([f"{KEYS.key}_{number}" for number in range(1, size + 1)]) for size in _SIZES
}
#: Rows of one insert: a batch is cut into the largest portions that fit.
_INSERT_SIZES = (1, 2, 4, 16, 64)


class Compiled:
    """A statement's text for one database, and the parameters in the order of the text."""

    def __init__(self, clause: Clause, database: Database, keys: int) -> None:
        compiled: Any = clause.compile(dialect=database.hot)
        expanded = compiled.construct_expanded_state({**compiled.params, KEYS.key: [None] * keys})
        self.text = database.hot_text(expanded.statement)
        #: Doubles included.
        self.names: tuple[str, ...] = tuple(expanded.positiontup)
        #: Parameters whose value is fixed, such as the offset of a limit.
        constants = {
            name: value for name, value in expanded.parameters.items() if value is not None
        }
        arrange = _tuple_of(self.names)
        #: Puts the values in the order of the text.
        self.arrange: Callable[[Values], tuple[Any, ...]] = (
            (lambda values: arrange({**constants, **values})) if constants else arrange
        )
        times = len(self.names) // keys if keys else 0
        #: How often the parameters repeat the keys, in order, if there are no others; 0 = there are
        #: others.
        self.repeats_keys = times if self.names == _KEY_NAMES.get(keys, ()) * times else 0
        columns = tuple(getattr(clause, "selected_columns", {}).keys())
        #: A row that the driver has fetched.
        self.make_row: Callable[[Iterable[Any]], Row] = partial(tuple.__new__, row_type(columns))


def _tuple_of(names: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    """A function that puts values in the order of these names."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple([values[name] for name in names])


@cache
def row_type(columns: tuple[str, ...]) -> Any:
    """The type of rows of these columns."""
    return namedtuple("Row", columns, rename=True)


class Statement:
    """A statement whose parameters have names; one with KEYS is compiled for each size."""

    def __init__(self, clause: Clause) -> None:
        self.clause = clause
        self._compiled: dict[tuple[str, int], Compiled] = {}

    def on(self, database: Database, keys: int = 0) -> Compiled:
        """The statement in the form for this database, with this number of keys."""
        found = self._compiled.get((database.name, keys))
        if found is None:
            found = Compiled(self.clause, database, keys)
            self._compiled[database.name, keys] = found
        return found


class InsertStatement:
    """An insert of whole rows, many in one statement; `finish` may add an ON CONFLICT clause.
    Columns that are `left_out` get the table's default.

    The driver releases the interpreter's lock for each statement, and to take it again costs more
    than to insert a row. So a dozen rows are inserted at once.
    """

    def __init__(
        self,
        table: Table,
        finish: Callable[[Insert], Insert] = lambda new: new,
        left_out: Collection[str] = (),
    ) -> None:
        self._table = table
        self._finish = finish
        self._names = [column.name for column in table.columns if column.name not in left_out]
        #: The values of a row in the order of the table's columns.
        self.arrange: Callable[[Values], tuple[Any, ...]] = itemgetter(*self._names)
        self.of_size = cache(self._of_size)

    def _of_size(self, size: int) -> Statement:
        """The statement for `size` rows."""
        rows: list[dict[str, Any]] = [
            {name: bindparam(f"{name}_{number}") for name in self._names} for number in range(size)
        ]
        return Statement(self._finish(insert(self._table).values(rows)))


class Queries:
    """Queries of the hot path on one cursor of the driver."""

    def __init__(self, database: Database, cursor: Any) -> None:
        self.database = database
        self._cursor = cursor

    def query(self, statement: Statement, **values: Any) -> list[Row]:
        """The rows of one query."""
        compiled = statement.on(self.database)
        self._cursor.execute(compiled.text, compiled.arrange(values))
        return list(map(compiled.make_row, self._cursor.fetchall()))

    def each(self, statement: Statement, **values: Any) -> Generator[Row]:
        """The rows of one query, row by row, for as long as no other statement runs."""
        compiled = statement.on(self.database)
        self._cursor.execute(compiled.text, compiled.arrange(values))
        yield from map(compiled.make_row, self._cursor)

    def query_in(self, statement: Statement, keys: Collection[Any], **values: Any) -> list[Row]:
        """The rows for all keys; each key is asked for at least once, in portions."""
        if not keys:
            return []
        if len(keys) > _LARGEST:
            portions = (self.query_in(statement, some, **values) for some in _portions(keys))
            return list(chain.from_iterable(portions))
        compiled, arranged = self._arranged(statement, keys, values)
        self._cursor.execute(compiled.text, arranged)
        return list(map(compiled.make_row, self._cursor.fetchall()))

    def _arranged(
        self, statement: Statement, keys: Collection[Any], values: Values
    ) -> tuple[Compiled, Sequence[Any]]:
        """The statement for some keys, with its parameters in the order of its text."""
        size = _SIZES[bisect_left(_SIZES, len(keys))]
        filled = list(keys)
        if len(filled) < size:
            filled += filled[-1:] * (size - len(filled))
        compiled = statement.on(self.database, size)
        if compiled.repeats_keys:
            return compiled, filled * compiled.repeats_keys
        of_keys = zip(_KEY_NAMES[size], filled, strict=True)
        return compiled, compiled.arrange({**values, **dict(of_keys)})


class WriteConnection(Queries):
    """The write connection, for SQL of both kinds. Belongs to the writer's thread."""

    def __init__(self, database: Database, connection: Connection) -> None:
        super().__init__(database, database.hot_cursor(connection))
        self.core = connection

    def now_ms(self) -> int:
        """The database's clock."""
        return self.database.now_ms(self._cursor)

    def wake_others(self, node: str) -> None:
        """Tells the other nodes, with the commit, that there is work which `node` cannot do now."""
        self.database.wake_others(self._cursor, node)

    def after_commit(self, operations: int) -> None:
        """Does the database's upkeep, after this number of committed operations.

        Raises:
            Exception: it failed, as a commit may.
        """
        self.database.after_commit(self.core, operations)

    def transaction(self) -> AbstractContextManager[Any]:
        """A transaction for statements of both kinds."""
        return self.database.transaction(self.core)

    @contextlib.contextmanager
    def savepoint(self, name: str) -> Iterator[None]:
        """A part of a transaction that is rolled back alone if it fails."""
        self._cursor.execute(f"SAVEPOINT {name}")
        try:
            yield
        except BaseException:
            # Some errors have already undone the whole transaction.
            with contextlib.suppress(Exception):
                self._cursor.execute(f"ROLLBACK TO {name}")
                self._cursor.execute(f"RELEASE {name}")
            raise
        self._cursor.execute(f"RELEASE {name}")

    def close(self) -> None:
        """Closes the connection, whatever state it is in."""
        with contextlib.suppress(Exception):
            self.database.close_beside()
        # A remaining cursor would keep SQLite's connection open after Python's is closed.
        with contextlib.suppress(Exception):
            self._cursor.close()
        with contextlib.suppress(Exception):
            self.core.close()

    def many(self, statement: Statement, rows: Sequence[Values]) -> int:
        """Runs the statement once for each row; returns how many rows of the table changed."""
        if not rows:
            return 0
        compiled = statement.on(self.database)
        self._cursor.executemany(compiled.text, [compiled.arrange(row) for row in rows])
        return int(self._cursor.rowcount)

    def insert(self, statement: InsertStatement, rows: Sequence[Values]) -> int:
        """Inserts rows with all columns of the table; returns how many were new or changed."""
        if len(rows) == 1:
            text = statement.of_size(1).on(self.database).text
            self._cursor.execute(text, statement.arrange(rows[0]))
            return int(self._cursor.rowcount)
        changed = start = 0
        while start < len(rows):
            size = _INSERT_SIZES[bisect_right(_INSERT_SIZES, len(rows) - start) - 1]
            portion = map(statement.arrange, rows[start : start + size])
            text = statement.of_size(size).on(self.database).text
            self._cursor.execute(text, tuple(chain.from_iterable(portion)))
            changed += self._cursor.rowcount
            start += size
        return changed

    def run(self, statement: Statement, **values: Any) -> int:
        """Runs a statement that changes rows; returns how many."""
        compiled = statement.on(self.database)
        self._cursor.execute(compiled.text, compiled.arrange(values))
        return int(self._cursor.rowcount)

    def update_in(self, statement: Statement, keys: Collection[Any], **values: Any) -> int:
        """Changes the rows of all keys; returns how many."""
        if not keys:
            return 0
        if len(keys) > _LARGEST:
            return sum(self.update_in(statement, some, **values) for some in _portions(keys))
        compiled, arranged = self._arranged(statement, keys, values)
        self._cursor.execute(compiled.text, arranged)
        return int(self._cursor.rowcount)


def _portions(keys: Collection[Any]) -> Iterator[list[Any]]:
    """The keys, as many at once as a statement takes."""
    wanted = list(keys)
    return (wanted[start : start + _LARGEST] for start in range(0, len(wanted), _LARGEST))
