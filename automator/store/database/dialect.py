"""The dialect: what the store needs of a database beyond Core's statements. `sqlite` and
`postgresql` implement it.

The statements themselves are the same everywhere. They contain `FOR UPDATE SKIP LOCKED` and `FOR
UPDATE` where needed; SQLAlchemy leaves both out for SQLite, whose single writer needs neither.
"""

import contextlib
from abc import ABC, abstractmethod
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, Connection, Engine, Table, TextClause
from sqlalchemy.dialects.sqlite import Insert, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.compiler import compiles

from automator.model import N_, NotFoundError, Reason
from automator.store.database.damage import incomplete
from automator.store.database.disk import Disk, Room
from automator.store.database.scheduled_backups import Backups
from automator.store.database.wake_up import WakeUpListener
from automator.store.schema.table_base import metadata

__all__ = ["Database", "insert", "partial_index", "upsert"]

# `insert` is SQLite's: its ON CONFLICT compiles to the same text for PostgreSQL, whose dialect
# takes 20 ms and 2.5 MB to import (see `postgresql.py`).


def upsert(new: Insert, *names: str, where: ColumnElement[bool] | None = None) -> Insert:
    """The insert that updates these columns of an existing row, or all columns if none is named."""
    table = new.table
    changed = names or [column.name for column in table.columns if not column.primary_key]
    return new.on_conflict_do_update(
        index_elements=list(table.primary_key),
        set_={name: new.excluded[name] for name in changed},
        where=where,
    )


class Database(ABC):
    """A database that a store can use."""

    name: ClassVar[str]
    #: Whether several processes may work on it, so that claims need leases, and only its clock
    #: counts.
    is_shared: ClassVar[bool]
    #: Statements of the hot path are compiled for this, with positional parameters.
    hot: ClassVar[Dialect]

    @property
    @abstractmethod
    def place(self) -> str:
        """The address of the database for people, never with a password."""

    @abstractmethod
    def exists(self) -> bool:
        """Whether the database exists, as far as can be seen without opening it."""

    def require(self) -> None:
        """Makes sure that something was ever stored there, by the same test as `exists`.

        Raises:
            NotFoundError: nothing was.
        """
        if not self.exists():
            raise NotFoundError(
                N_("there is no database {place}"),
                fix=N_("Start the server once, or name its folder: --data FOLDER"),
                place=self.place,
            )

    def backups(self, folder: Path | None = None) -> Backups | None:  # noqa: ARG002
        """The backups that this program makes itself; None if another program makes them."""
        return None

    def backup_note(self, connection: Connection) -> Reason | None:  # noqa: ARG002
        """The backup of another program, as far as visible; None if this program makes it."""
        return None

    def disk(self, room: Room) -> Disk | None:  # noqa: ARG002
        """The disk that it needs room on, if the disk is on this machine."""
        return None

    def examine(self, connection: Connection) -> None:  # noqa: B027
        """Looks for damage before the database is used.

        Raises:
            AutomatorError: the database is damaged; the error has a fix.
        """

    def require_columns(self, connection: Connection) -> None:
        """Makes sure that all tables of this version are there, with all their columns.

        Raises:
            AutomatorError: damage has renamed one, or an unreleased version made the database.
        """
        found = self.columns(connection)
        for table in metadata.sorted_tables:
            for column in table.columns:
                if (table.name, column.name) not in found:
                    raise incomplete(self.place, table.name, column.name)

    @abstractmethod
    def columns(self, connection: Connection) -> Collection[tuple[str, str]]:
        """All columns that the database has, each as (table, column)."""

    def creation_script(self, version: str) -> Path | None:  # noqa: ARG002
        """The SQL that brings an empty database to this version, as all migrations would.

        None if only the migrations can do it.
        """
        return None

    def distrust(self) -> None:  # noqa: B027
        """Notes that something went wrong, so that the next `examine` is thorough."""

    def open_beside(self, connection: Connection) -> None:  # noqa: B027
        """Opens further resources beside the write connection, before the first transaction."""

    def close_beside(self) -> None:  # noqa: B027
        """Closes these resources; the write connection is closed next."""

    def after_commit(self, connection: Connection, operations: int) -> None:  # noqa: B027
        """Does the upkeep between two transactions, after this number of committed operations.

        Raises:
            Exception: it failed, as a commit may.
        """

    def empty_log(self) -> None:  # noqa: B027
        """Removes deleted data also from the write-ahead log, after one of the next commits."""

    def freeze(self, connection: Connection) -> None:  # noqa: B027
        """Makes a new transaction see one snapshot until its end."""

    def take_time(self, connection: Connection) -> None:  # noqa: B027
        """Lifts all time limits of this transaction: it copies or migrates, and no deliveries wait
        for it.
        """

    def put_rows(self, connection: Connection, table: Table, rows: Sequence[Any]) -> None:
        """Inserts many rows with all columns of the table, in its order."""
        names = [column.name for column in table.columns]
        connection.execute(insert(table), [dict(zip(names, row, strict=True)) for row in rows])

    @abstractmethod
    def take(self) -> Callable[[], None]:
        """Locks the database for this process, if only one process may use it; returns the function
        that releases it.

        Raises:
            AutomatorError: the lock is not available.
        """

    @abstractmethod
    def write_engine(self) -> Engine:
        """The engine of the only write connection of this process."""

    @abstractmethod
    def read_engine(self) -> Engine:
        """An engine of connections that can only read, for any thread."""

    def read_cursor(self, engine: Engine) -> AbstractContextManager[Any]:
        """The driver's cursor on a connection of `read_engine`, for a few queries."""
        return self._reading(engine)

    @contextlib.contextmanager
    def _reading(self, engine: Engine) -> Iterator[Any]:
        with engine.connect() as connection:
            yield self.hot_cursor(connection)

    def transaction(self, connection: Connection) -> AbstractContextManager[Any]:
        """One transaction of the writer: committed at its end, rolled back if it fails."""
        return connection.begin()

    @abstractmethod
    def hot_cursor(self, connection: Connection) -> Any:
        """A cursor of the driver, for statements of `hot_text`."""

    @abstractmethod
    def hot_text(self, text: str) -> str:
        """A statement that was compiled for `hot`, as `hot_cursor` takes it."""

    def take_backup_mark(self, connection: Connection) -> int | None:  # noqa: ARG002
        """Removes the mark of a backup that was put in place; returns when the backup was made.

        Milliseconds; None if there is no mark.
        """
        return None

    @abstractmethod
    def lock(self, connection: Connection, topic: str) -> None:
        """Waits for the lock of a topic, and holds it until the end of the transaction."""

    @abstractmethod
    def try_lock(self, connection: Connection, topic: str) -> bool:
        """The same as `lock`, without waiting; False if another process has the lock."""

    @abstractmethod
    def now_ms(self, cursor: Any) -> int:
        """The database's clock; only a shared database is asked."""

    def wake_others(self, cursor: Any, node: str) -> None:  # noqa: B027
        """Tells the other nodes, with the commit, about work that `node` cannot do now."""

    def listener(self, node: str, on_wake_up: Callable[[], None]) -> WakeUpListener | None:  # noqa: ARG002
        """The listener for the wake-ups of nodes other than `node`; None if there is only one
        process.
        """
        return None

    @abstractmethod
    def durability_warnings(self, connection: Connection) -> list[Reason]:
        """Settings of the database server that would lose acknowledged commits."""


class _PartialIndex(TextClause):
    """The condition of a partial index, in a query that implies it anyway."""

    inherit_cache = True


@compiles(_PartialIndex)
def _not_said(_element: Any, _compiler: Any, **_: Any) -> str:
    """Leaves it out: a repeated condition would make PostgreSQL expect too few rows."""
    return "true"


@compiles(_PartialIndex, "sqlite")
def _said(element: _PartialIndex, _compiler: Any, **_: Any) -> str:
    """Repeats it: SQLite uses the index only for a query with its condition."""
    return element.text


def partial_index(condition: str) -> Any:
    """A condition that another condition implies, repeated for the sake of its partial index."""
    return _PartialIndex(condition)
