"""Small sets of documents that people edit, kept with TinyDB, each set in one row.

A set is read and written through TinyDB's own API, in a transaction that locks the row, so that no
edit overwrites another one. A set can have up to MAX_DOCUMENTS documents.
"""

from collections.abc import Callable, Iterable
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, delete, select
from tinydb import TinyDB
from tinydb.storages import Storage
from tinydb.table import Table

from automator.model import N_, AutomatorError, ConflictError
from automator.store.batch.batch import Edit, read_beside
from automator.store.database.dialect import insert, upsert
from automator.store.database.statements import KEYS, Queries, Statement
from automator.store.schema.encoding import dump_json, load_json
from automator.store.schema.upkeep_tables import documents

MAX_DOCUMENTS = 1_000
_NOTHING = b"{}"
_SETS = Statement(select(documents.c.name, documents.c.body).where(documents.c.name.in_(KEYS)))

T = TypeVar("T")


class _PlainTable(Table):
    """A TinyDB table without a cache of queries, because it lives only for one transaction."""

    default_query_cache_capacity = 0


class _Documents(TinyDB):
    table_class = _PlainTable


class _RowStorage(Storage):
    """TinyDB's storage in one row. A `write` is part of the running transaction."""

    def __init__(self, connection: Connection, name: str, *, writable: bool) -> None:
        self._connection = connection
        self._name = name
        self._writable = writable
        if writable:
            # Makes the row if it is missing, so that the first two writers have a row to lock.
            first = insert(documents).values(name=name, version=0, body=_NOTHING)
            connection.execute(first.on_conflict_do_nothing(index_elements=[documents.c.name]))
        query = select(documents.c.version, documents.c.body).where(documents.c.name == name)
        row = connection.execute(query.with_for_update() if writable else query).one_or_none()
        self._version = row.version if row else 0
        self._body = row.body if row else None

    def read(self) -> dict[str, dict[str, Any]] | None:
        return None if self._body is None else load_json(self._body)

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        if not self._writable:
            raise ConflictError(
                N_("the documents '{name}' were opened for reading only"),
                fix=N_("Use `Documents.edit`."),
                name=self._name,
            )
        count = sum(len(table) for table in data.values())
        if count > MAX_DOCUMENTS:
            raise AutomatorError(
                N_(
                    "the set '{name}' would hold {count:number} documents; {most:number}"
                    " is the most it can"
                ),
                fix=N_("Delete some that are not needed any more."),
                code="too-many-documents",
                name=self._name,
                count=count,
                most=MAX_DOCUMENTS,
            )
        self._version += 1
        self._body = dump_json(data)
        row = insert(documents).values(name=self._name, version=self._version, body=self._body)
        self._connection.execute(upsert(row))


def with_documents(
    connection: Connection, name: str, function: Callable[[TinyDB], T], *, writable: bool
) -> T:
    """Calls `function` with the set of documents, in the connection's transaction.

    Raises:
        AutomatorError: the set would have more than MAX_DOCUMENTS documents.
        ConflictError: `function` has written to a set that is not `writable`.
    """
    with _Documents(connection, name, writable=writable, storage=_RowStorage) as opened:
        return function(opened)


def sets_of(db: Queries, names: Iterable[str]) -> dict[str, list[dict[str, Any]]]:
    """The documents of several sets, by the set's name, in the order in which they were made."""
    return {
        name: [one for table in load_json(body).values() for one in table.values()]
        for name, body in db.query_in(_SETS, set(names))
    }


def delete_sets(connection: Connection, names: Iterable[str]) -> None:
    """Deletes sets with all their documents."""
    connection.execute(delete(documents).where(documents.c.name.in_(list(names))))


class Documents:
    """The part of the store for sets of documents. Each set has a name."""

    def __init__(self, edit: Edit, readers: Engine) -> None:
        self._edit = edit
        self._readers = readers

    async def edit(self, name: str, function: Callable[[TinyDB], T]) -> T:
        """Changes a set through TinyDB. `function` runs in the writer's thread.

        Raises:
            AutomatorError: the set would get too large.
            Exception: whatever `function` raises.
        """
        return await self._edit(
            lambda db, _batch: with_documents(db.core, name, function, writable=True)
        )

    async def read(self, name: str, function: Callable[[TinyDB], T]) -> T:
        """Reads a set through TinyDB. `function` runs in another thread."""
        return await read_beside(
            self._readers, lambda reading: with_documents(reading, name, function, writable=False)
        )
