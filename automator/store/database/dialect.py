"""The interface to a database: everything the store needs beyond SQLAlchemy's statements.

`sqlite` and `postgresql` implement it. The statements are the same for both. Some contain `FOR
UPDATE` or `FOR UPDATE SKIP LOCKED`, which SQLAlchemy leaves out for SQLite: its single writer needs
neither.
"""

import contextlib
import re
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager
from functools import cache
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import (
    ARRAY,
    BigInteger,
    ColumnElement,
    Connection,
    Engine,
    Table,
    TextClause,
    any_,
    create_mock_engine,
    literal,
)
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles

from automator.model import N_, NotFoundError, Reason
from automator.store.database.damage import incomplete
from automator.store.database.disk import Disk, Room
from automator.store.database.scheduled_backups import Backups
from automator.store.database.wake_up import WakeUpListener
from automator.store.schema.table_base import metadata

__all__ = ["Database", "among", "insert", "partial_index", "upsert"]

# `insert` is SQLite's. Its ON CONFLICT compiles to the same text for PostgreSQL, whose own dialect
# would take 20 ms and 2.5 MB to import (see `postgresql.py`).


def upsert(new: Insert, *names: str, where: ColumnElement[bool] | None = None) -> Insert:
    """An insert that updates these columns of an existing row; all columns if none is named."""
    table = new.table
    changed = names or [column.name for column in table.columns if not column.primary_key]
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: new.excluded[name] for name in changed},
        where=where,
    )


def among(
    connection: Connection, column: ColumnElement[int], ids: Sequence[int]
) -> ColumnElement[bool]:
    """The condition that a column has one of these ids, however many these are."""
    if connection.dialect.name == "sqlite":
        return column.in_(ids)
    return column == any_(literal(list(ids), ARRAY(BigInteger)))


class Database(ABC):
    """A database in which a store can keep its data."""

    name: ClassVar[str]
    #: Whether several processes may use the database. Then claims need leases, and only the
    #: database's clock counts.
    is_shared: ClassVar[bool]
    #: Whether it is gone once the store is closed, as with a simulation's.
    is_ephemeral: ClassVar[bool] = False
    #: For how many seconds settlements are put off, to share the commit of other operations. A
    #: commit on a server costs more than on a file.
    settles_within_s: ClassVar[float] = 0.004
    #: Whether several inserts are sent as one statement; see `joined`.
    joins_statements: ClassVar[bool] = False
    #: The dialect for compiling the statements of the hot path, with positional parameters.
    hot: ClassVar[Dialect]

    @property
    @abstractmethod
    def place(self) -> str:
        """The address of the database for people, without a password."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether the database exists, as far as this can be seen without opening it."""

    def require(self) -> None:
        """Checks that anything was ever stored there; see `exists`.

        Raises:
            NotFoundError: nothing was stored there.
        """
        if not self.exists():
            raise NotFoundError(
                N_("there is no database {place}"),
                fix=N_("Start the server once, or name its folder: --data FOLDER"),
                place=self.place,
            )

    def backups(self, folder: Path | None = None) -> Backups | None:  # noqa: ARG002
        """The backups by this program; None if another program makes backups of this database."""
        return None

    def backup_note(self, connection: Connection) -> Reason | None:  # noqa: ARG002
        """A note on backups by another program, as far as visible; None if this one makes them."""
        return None

    def disk(self, room: Room) -> Disk | None:  # noqa: ARG002
        """The disk that the database is on; None if the disk is not on this machine."""
        return None

    def examine(self, connection: Connection) -> None:  # noqa: B027
        """Looks for damage, before the database is used.

        Raises:
            AutomatorError: the database is damaged; the error has a fix.
        """

    def require_columns(self, connection: Connection) -> None:
        """Checks that all tables and columns of this version exist.

        Raises:
            AutomatorError: one is missing, through damage or an unreleased version of the program.
        """
        found = self.columns(connection)
        for table in metadata.sorted_tables:
            for column in table.columns:
                if (table.name, column.name) not in found:
                    raise incomplete(self.place, table.name, column.name)

    @abstractmethod
    def columns(self, connection: Connection) -> Collection[tuple[str, str]]:
        """All existing columns, each as (table, column)."""

    def creation(self) -> tuple[str, ...]:
        """The statements that make everything in an empty database."""
        return (*_declared(type(self)), *self.undeclared())

    @abstractmethod
    def undeclared(self) -> Iterable[str]:
        """The statements that make what no `Table` declares, such as the full-text indexes."""

    def distrust(self) -> None:  # noqa: B027
        """Makes the next `examine` thorough, because something has gone wrong."""

    def open_beside(self, connection: Connection) -> None:  # noqa: B027
        """Opens what is needed beside the write connection, before the first transaction."""

    def close_beside(self) -> None:  # noqa: B027
        """Closes what `open_beside` has opened. The write connection is closed afterwards."""

    def after_commit(self, connection: Connection, operations: int) -> None:  # noqa: B027
        """Does the upkeep between two transactions, after `operations` committed operations.

        Raises:
            Exception: the upkeep failed, in the same ways as a commit can fail.
        """

    def empty_log(self) -> None:  # noqa: B027
        """Removes deleted data from the write-ahead log, too, after one of the next commits."""

    def give_back_pages(self, connection: Connection) -> bool:  # noqa: ARG002
        """Gives some of a file's free pages back to the disk; False if there is nothing to do."""
        return False

    def freeze(self, connection: Connection) -> None:  # noqa: B027
        """Makes a new transaction see the same snapshot until its end."""

    def take_time(self, connection: Connection) -> None:  # noqa: B027
        """Lifts all time limits of this transaction, which copies or migrates.

        No deliveries wait for such a transaction.
        """

    def put_rows(self, connection: Connection, table: Table, rows: Sequence[Any]) -> None:
        """Inserts many rows. Each row has all columns of the table, in the table's order."""
        names = [column.name for column in table.columns]
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])

    @abstractmethod
    def take(self) -> Callable[[], None]:
        """Locks the database if only one process may use it; returns a function that unlocks it.

        Raises:
            AutomatorError: another process has the lock.
        """

    @abstractmethod
    def write_engine(self) -> Engine:
        """The engine with the only write connection of this process."""

    @abstractmethod
    def read_engine(self) -> Engine:
        """An engine whose connections can only read, for any thread."""

    def read_cursor(self, engine: Engine) -> AbstractContextManager[Any]:
        """A cursor of the driver that can only read, for a few queries."""
        return self._reading(engine)

    @contextlib.contextmanager
    def _reading(self, engine: Engine) -> Iterator[Any]:
        with engine.connect() as connection:
            yield self.hot_cursor(connection)

    def transaction(self, connection: Connection) -> AbstractContextManager[Any]:
        """A transaction of the writer: commits at its end, or rolls back if an error is raised."""
        return connection.begin()

    @abstractmethod
    def hot_cursor(self, connection: Connection) -> Any:
        """A cursor of the driver, for statements from `hot_text`."""

    @abstractmethod
    def hot_text(self, text: str) -> str:
        """A statement compiled with `hot`, in the form that `hot_cursor` executes."""

    def joined(self, texts: tuple[str, ...]) -> str:
        """One statement of these: inserts into different tables, and a last one.

        The last one sees none of the inserted rows. The values of all of them follow each other.
        """
        (text,) = texts
        return text

    def take_backup_mark(self, connection: Connection) -> int | None:  # noqa: ARG002
        """Removes the mark of a backup that was put in place; returns when the backup was made.

        The time is in milliseconds; None if there is no mark.
        """
        return None

    @abstractmethod
    def lock(self, connection: Connection, topic: str) -> None:
        """Waits for the lock of a topic, and holds it until the end of the transaction."""

    @abstractmethod
    def try_lock(self, connection: Connection, topic: str) -> bool:
        """Does what `lock` does without waiting; returns False if another process has it."""

    @abstractmethod
    def begin(self, cursor: Any, lanes: Collection[str]) -> tuple[int, frozenset[str]]:
        """The time; and of these lanes, those that other nodes do not claim in until the commit.

        Only a shared database is asked. It waits for no lane.
        """

    def wake_others(self, cursor: Any, node: str) -> None:  # noqa: B027
        """Tells the other nodes, at the commit, of work for which `node` is too busy."""

    def listener(self, node: str, on_wake_up: Callable[[], None]) -> WakeUpListener | None:  # noqa: ARG002
        """Listens to the wake-ups of other nodes than `node`; None if there are no other nodes."""
        return None

    @abstractmethod
    def durability_warnings(self, connection: Connection) -> list[Reason]:
        """Warnings about settings of the database server that could lose acknowledged commits."""


_MAKES_INDEX = re.compile(r"\s*CREATE (UNIQUE )?INDEX ")


@cache
def _declared(database: type[Database]) -> tuple[str, ...]:
    """The statements that make the declared tables, compiled once a process."""
    made: list[str] = []
    engine = create_mock_engine(
        f"{database.hot.name}+{database.hot.driver}://",
        lambda sql, *_: made.append(str(sql.compile(dialect=database.hot))),
    )
    metadata.create_all(engine, checkfirst=False)
    # A table has its indexes in no order. Of two that seem equally good SQLite takes the later one;
    # in this order, that is the smaller one.
    indexes = sorted((sql for sql in made if _MAKES_INDEX.match(sql)), reverse=True)
    return (*(sql for sql in made if sql not in indexes), *indexes)


class _PartialIndex(TextClause):
    """The condition of a partial index, in a query whose other conditions imply it."""

    inherit_cache = True


@compiles(_PartialIndex)
def _not_said(_element: Any, _compiler: Any, **_: Any) -> str:
    """For PostgreSQL: nothing, because an implied condition would spoil its estimate of rows."""
    return "true"


@compiles(_PartialIndex, "sqlite")
def _said(element: _PartialIndex, _compiler: Any, **_: Any) -> str:
    """For SQLite: the condition, without which SQLite would not use the partial index."""
    return element.text


def partial_index(condition: str) -> Any:
    """Adds the condition of a partial index to a query whose other conditions imply it."""
    return _PartialIndex(condition)
