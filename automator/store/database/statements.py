"""Statements of the hot path: built by SQLAlchemy, compiled once, and run on the driver's cursor.

SQLAlchemy's execution of a statement costs more than SQLite takes for ten rows, and a batch has
about a dozen statements. All other code uses SQLAlchemy's Connection.
"""

import contextlib
import re
from bisect import bisect_left, bisect_right
from collections import namedtuple
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from itertools import chain
from operator import itemgetter
from typing import Any

from sqlalchemy import BindParameter, Connection, Table, bindparam
from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.sql.expression import CompoundSelect, Select, UpdateBase

from automator.store.database.dialect import Database, insert

#: A row from a query. Its columns are attributes.
Row = Any
#: A row to write, or the parameters of a statement; values by name.
Values = Mapping[str, Any]
Clause = Select[Any] | CompoundSelect[Any] | UpdateBase
#: Stands for a list of keys in the statements of `query_in` and `update_in`: `column.in_(KEYS)`.
KEYS: BindParameter[Any] = bindparam("keys", expanding=True)
#: The lengths that lists of keys can have. A shorter list repeats its last key, so that only few
#: different texts are prepared.
_SIZES = (1, 4, 16, 64, 256)
_LARGEST = _SIZES[-1]
#: The names of the keys' parameters, by the length of the list.
_KEY_NAMES = {
    size: tuple([f"{KEYS.key}_{number}" for number in range(1, size + 1)]) for size in _SIZES
}
#: How many rows an insert can have: a batch is cut into the largest possible portions.
_INSERT_SIZES = (1, 2, 4, 16, 64)
#: How many rows an insert may have that waits for the next statement: of each combination of
#: inserts there is another text to prepare.
_MOST_LATER = 4


class Compiled:
    """A statement's text for one database, and the order of its parameters."""

    def __init__(self, clause: Clause, database: Database, keys: int) -> None:
        compiled: Any = clause.compile(dialect=database.hot)
        expanded = compiled.construct_expanded_state({**compiled.params, KEYS.key: [None] * keys})
        self.text = database.hot_text(expanded.statement)
        #: The names of the parameters in the order of the text. A name may occur twice.
        self.names: tuple[str, ...] = tuple(expanded.positiontup)
        #: Parameters with a fixed value, such as the offset of a limit.
        constants = {
            name: value for name, value in expanded.parameters.items() if value is not None
        }
        arrange = _tuple_of(self.names)
        #: Puts values into the order of the text.
        self.arrange: Callable[[Values], tuple[Any, ...]] = (
            (lambda values: arrange({**constants, **values})) if constants else arrange
        )
        times = len(self.names) // keys if keys else 0
        #: How often the parameters repeat the list of keys; 0 if there are other parameters.
        self.repeats_keys = times if self.names == _KEY_NAMES.get(keys, ()) * times else 0
        columns = tuple(getattr(clause, "selected_columns", {}).keys())
        #: Makes a row from what the driver has fetched.
        self.make_row: Callable[[Iterable[Any]], Row] = partial(tuple.__new__, row_type(columns))


def _tuple_of(names: Sequence[str]) -> Callable[[Values], tuple[Any, ...]]:
    """Returns a function that puts values into the order of these names."""
    if len(names) > 1:
        return itemgetter(*names)
    return lambda values: tuple([values[name] for name in names])


@cache
def row_type(columns: tuple[str, ...]) -> Any:
    """The type of rows with these columns."""
    return namedtuple("Row", columns, rename=True)


class Statement:
    """A statement with named parameters. With KEYS, it is compiled for each length of the list."""

    def __init__(self, clause: Clause) -> None:
        self.clause = clause
        self._compiled: dict[tuple[str, int], Compiled] = {}

    def on(self, database: Database, keys: int = 0) -> Compiled:
        """The statement compiled for this database, and for this number of keys."""
        found = self._compiled.get((database.name, keys))
        if found is None:
            found = Compiled(self.clause, database, keys)
            self._compiled[database.name, keys] = found
        return found


class InsertStatement:
    """An insert of whole rows, several in one statement.

    `finish` may add an ON CONFLICT clause. Columns that are `left_out` get the table's default. For
    each statement the driver releases Python's global lock, and taking the lock again costs more
    than inserting a row. So several rows are inserted at once.
    """

    def __init__(
        self,
        table: Table,
        finish: Callable[[Insert], Insert] = lambda new: new,
        left_out: Collection[str] = (),
    ) -> None:
        self._table = table
        self.table = table.name
        self._finish = finish
        self._names = [column.name for column in table.columns if column.name not in left_out]
        #: Puts the values of a row into the order of the table's columns.
        self.arrange: Callable[[Values], tuple[Any, ...]] = itemgetter(*self._names)
        self.of_size = cache(self._of_size)

    def _of_size(self, size: int) -> Statement:
        """The statement for `size` rows."""
        rows: list[dict[str, Any]] = [
            {name: bindparam(f"{name}_{number}") for name in self._names} for number in range(size)
        ]
        return Statement(self._finish(insert(self._table).values(rows)))


@cache
def _names(text: str, table: str) -> bool:
    """Whether a statement may read or write this table."""
    return re.search(rf"\b{table}\b", text) is not None


class Queries:
    """Queries of the hot path, on one cursor of the driver."""

    def __init__(self, database: Database, cursor: Any) -> None:
        self.database = database
        self._cursor = cursor
        #: Runs a statement with its values. Only a connection that joins statements puts its own
        #: function here, so that no other database pays for a call in between.
        self._execute: Callable[[str, Sequence[Any]], object] = cursor.execute

    def query(self, statement: Statement, **values: Any) -> list[Row]:
        """Runs a query, and returns all its rows."""
        compiled = statement.on(self.database)
        self._execute(compiled.text, compiled.arrange(values))
        return list(map(compiled.make_row, self._cursor.fetchall()))

    def each(self, statement: Statement, **values: Any) -> Generator[Row]:
        """Runs a query, and yields its rows. No other statement may run meanwhile."""
        compiled = statement.on(self.database)
        self._execute(compiled.text, compiled.arrange(values))
        yield from map(compiled.make_row, self._cursor)

    def query_in(self, statement: Statement, keys: Collection[Any], **values: Any) -> list[Row]:
        """Runs a query for all keys, in portions; a key may be in a portion twice."""
        if not keys:
            return []
        if len(keys) > _LARGEST:
            portions = (self.query_in(statement, some, **values) for some in _portions(keys))
            return list(chain.from_iterable(portions))
        compiled, arranged = self._arranged(statement, keys, values)
        self._execute(compiled.text, arranged)
        return list(map(compiled.make_row, self._cursor.fetchall()))

    def _arranged(
        self, statement: Statement, keys: Collection[Any], values: Values
    ) -> tuple[Compiled, Sequence[Any]]:
        """The statement for these keys, and its parameters in the order of its text."""
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
    """The write connection, for both kinds of SQL. Belongs to the writer's thread."""

    def __init__(self, database: Database, connection: Connection) -> None:
        super().__init__(database, database.hot_cursor(connection))
        self._core = connection
        if database.joins_statements:
            self._execute = self._execute_together
        #: The inserts that wait to be sent, with their values; and the names of their tables.
        self._later: list[tuple[str, Sequence[Any]]] = []
        self._tables: set[str] = set()

    @property
    def core(self) -> Connection:
        """The connection for SQLAlchemy's statements, which see all inserts."""
        self.send()
        return self._core

    def begin(self, lanes: Collection[str] = ()) -> tuple[int, frozenset[str]]:
        """The time by a shared database's clock, and the lanes that are held from now on."""
        return self.database.begin(self._cursor, lanes)

    def hold_lanes(self, lanes: Collection[str]) -> frozenset[str]:
        """Keeps other nodes from claiming in these lanes before the commit; the lanes it got."""
        if not (lanes and self.database.is_shared):
            return frozenset(lanes)
        self.send()
        return self.begin(lanes)[1]

    def wake_others(self, node: str) -> None:
        """Tells the other nodes, at the commit, of work for which `node` is too busy."""
        self.send()
        self.database.wake_others(self._cursor, node)

    def insert_later(self, statement: InsertStatement, rows: Sequence[Values]) -> None:
        """Inserts rows together with the next statement, or before it if it names their table.

        On a database server each statement costs a round trip, so a few rows of several tables are
        sent in one. Nobody learns how many rows were new.
        """
        if not rows:
            return
        if not self.database.joins_statements or len(rows) > _MOST_LATER:
            self.insert(statement, rows)
            return
        if statement.table in self._tables:
            self.send()
        for portion in self._portions(statement, rows):
            self._later.append(portion)
            self._tables.add(statement.table)

    def send(self) -> None:
        """Sends the inserts that wait."""
        if self._later:
            self._send(self._later)

    def drop_waiting(self) -> None:
        """Forgets the inserts that wait, because what they belong to is undone."""
        self._later = []
        self._tables.clear()

    def _send(self, together: Iterable[tuple[str, Sequence[Any]]]) -> None:
        self.drop_waiting()
        texts, values = zip(*together, strict=True)
        self._cursor.execute(self.database.joined(texts), tuple(chain.from_iterable(values)))

    def _execute_together(self, text: str, values: Sequence[Any]) -> None:
        if any(_names(text, table) for table in self._tables):
            self.send()
        if self._later:
            self._send([*self._later, (text, values)])
        else:
            self._cursor.execute(text, values)

    def after_commit(self, operations: int) -> None:
        """Does the database's upkeep, after `operations` committed operations.

        Raises:
            Exception: the upkeep failed, in the same ways as a commit can fail.
        """
        self.database.after_commit(self.core, operations)

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """A transaction, for both kinds of statements."""
        try:
            with self.database.transaction(self._core):
                yield
                self.send()
        finally:
            self.drop_waiting()

    @contextlib.contextmanager
    def savepoint(self, name: str) -> Iterator[None]:
        """A part of a transaction that is rolled back on its own if it fails."""
        self.send()
        self._cursor.execute(f"SAVEPOINT {name}")
        try:
            yield
            self.send()
        except BaseException:
            self.drop_waiting()
            # After some errors the whole transaction has been undone already.
            with contextlib.suppress(Exception):
                self._cursor.execute(f"ROLLBACK TO {name}")
                self._cursor.execute(f"RELEASE {name}")
            raise
        self._cursor.execute(f"RELEASE {name}")

    def close(self) -> None:
        """Closes the connection, whatever state it is in."""
        with contextlib.suppress(Exception):
            self.database.close_beside()
        # Otherwise the cursor would keep SQLite's connection open after Python's is closed.
        with contextlib.suppress(Exception):
            self._cursor.close()
        with contextlib.suppress(Exception):
            self._core.close()

    def many(self, statement: Statement, rows: Sequence[Values]) -> int:
        """Runs a statement once for each row; returns how many rows of the table have changed."""
        if not rows:
            return 0
        compiled = statement.on(self.database)
        self.send()
        self._cursor.executemany(compiled.text, [compiled.arrange(row) for row in rows])
        return int(self._cursor.rowcount)

    def insert(self, statement: InsertStatement, rows: Sequence[Values]) -> int:
        """Inserts rows with all columns of the table; returns how many were new or changed."""
        # The inserts of a delivery mostly have one row: they need no portions.
        if len(rows) == 1:
            text = statement.of_size(1).on(self.database).text
            self._execute(text, statement.arrange(rows[0]))
            return int(self._cursor.rowcount)
        changed = 0
        for text, values in self._portions(statement, rows):
            self._execute(text, values)
            changed += self._cursor.rowcount
        return changed

    def _portions(
        self, statement: InsertStatement, rows: Sequence[Values]
    ) -> Iterator[tuple[str, Sequence[Any]]]:
        """Yields the statements that insert these rows, each with its values."""
        start = 0
        while start < len(rows):
            size = _INSERT_SIZES[bisect_right(_INSERT_SIZES, len(rows) - start) - 1]
            portion = map(statement.arrange, rows[start : start + size])
            yield (
                statement.of_size(size).on(self.database).text,
                tuple(chain.from_iterable(portion)),
            )
            start += size

    def run(self, statement: Statement, **values: Any) -> int:
        """Runs a statement that changes rows; returns how many it has changed."""
        compiled = statement.on(self.database)
        self._execute(compiled.text, compiled.arrange(values))
        return int(self._cursor.rowcount)

    def update_in(self, statement: Statement, keys: Collection[Any], **values: Any) -> int:
        """Runs a statement that changes rows for all keys; returns how many it has changed."""
        if not keys:
            return 0
        if len(keys) > _LARGEST:
            return sum(self.update_in(statement, some, **values) for some in _portions(keys))
        compiled, arranged = self._arranged(statement, keys, values)
        self._execute(compiled.text, arranged)
        return int(self._cursor.rowcount)


def _portions(keys: Collection[Any]) -> Iterator[list[Any]]:
    """Yields the keys in portions, as many at once as a statement can have."""
    wanted = list(keys)
    return (wanted[start : start + _LARGEST] for start in range(0, len(wanted), _LARGEST))
