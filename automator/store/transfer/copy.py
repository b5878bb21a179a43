"""Copies all of a database into an empty database of either kind.

The copy is one transaction of the target, or a file that gets its name only at the end. So if it is
interrupted, the target is still empty, and the copy begins anew.
"""

import contextlib
import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, Table, func, insert, literal_column, select
from sqlalchemy.exc import DBAPIError

from automator.model import N_, AutomatorError, ConflictError, StoreUnavailableError, record
from automator.reasons.database import database_copy_failed
from automator.store.batch.deferred_work import NOTHING
from automator.store.database.damage import damaged
from automator.store.database.database_errors import Failure
from automator.store.database.dialect import Database
from automator.store.database.migration import migrate
from automator.store.schema.table_base import metadata
from automator.store.schema.tables import FOLLOW_UP_WAITS, runs
from automator.store.schema.upkeep_tables import deferred, nodes, untraced
from automator.store.search.indexing import queue_everything

#: How many rows are read and written at once.
_CHUNK = 2_000
#: A node whose last heartbeat is not older than so many milliseconds is alive.
_SILENT_MS = 60_000
_SUM_BITS = 128

#: Tables that are not copied. Each database has its own nodes, and full-text indexes are filled
#: anew. Of the deferred work only the counts are copied, and no spans.
NOT_COPIED = frozenset({nodes.name, deferred.name, untraced.name})
TABLES: tuple[Table, ...] = tuple(
    table for table in metadata.sorted_tables if table.name not in NOT_COPIED
)

#: Is called with the number of rows that are done, the number of all rows, and the table.
Progress = Callable[[int, int, str], None]


@record(kw_only=False)
class TableSum:
    """The number of rows of a table, and a checksum of their values that ignores their order."""

    rows: int
    checksum: str


@record(kw_only=False)
class Copied:
    """The result of a copy: the copied rows by table."""

    tables: Mapping[str, TableSum]
    #: How many follow-ups wait for their time.
    follow_ups: int
    #: Whether the target was read again, and was the same.
    verified: bool


def copy_all(
    origin: Connection,
    target: Connection,
    database: Database,
    *,
    verify: bool,
    on_progress: Progress | None,
) -> Copied:
    """Copies every table, in the open transactions of both; `database` is the target's kind.

    Raises:
        ConflictError: the target is not empty.
        AutomatorError: `verify` is set, and the target differs afterwards.
    """
    require_empty(target)
    progress = _Progress(origin, on_progress, passes=2 if verify else 1)
    sums: dict[str, TableSum] = {}
    for table in TABLES:
        adder = _Sum()
        with _chunks(origin, table) as chunks:
            for rows in chunks:
                database.put_rows(target, table, rows)
                adder.add(rows)
                progress.add(table, len(rows))
        sums[table.name] = adder.result()
    queue_everything(target)
    _take_counts_along(origin, target)
    waiting = follow_ups(target)
    if verify:
        for table in TABLES:
            _compare(table, sums[table.name], _read(target, table, progress))
        if waiting != follow_ups(origin):
            raise _differs(
                N_(
                    "the target has other follow-ups that wait than the origin; nothing was kept"
                    " there"
                )
            )
    return Copied(sums, waiting, verify)


def _take_counts_along(origin: Connection, target: Connection) -> None:
    """Copies counts that the roll-ups do not have yet, as deferred work of the target."""
    query = select(deferred.c.counts).where(deferred.c.counts != b"")
    with origin.execute(query.execution_options(yield_per=_CHUNK)) as found:
        for portion in found.scalars().partitions():
            target.execute(insert(deferred), [{**NOTHING, "counts": counts} for counts in portion])


def require_empty(target: Connection) -> None:
    """Checks that the target is empty, so that nothing is overwritten or mixed.

    Raises:
        ConflictError: the target has rows.
    """
    full = [table.name for table in TABLES if target.execute(select(table).limit(1)).first()]
    if full:
        raise ConflictError(
            N_("the target is not empty: there are rows in {tables:list}"),
            fix=N_("Name an empty database."),
            tables=list(full),
        )


def require_no_nodes(connection: Connection, now_ms: int, place: str) -> None:
    """Checks that no node works on a shared database.

    Raises:
        ConflictError: a node has had a heartbeat a moment ago.
    """
    heard = connection.execute(select(func.max(nodes.c.heartbeat_at))).scalar()
    if heard is not None and now_ms - heard < _SILENT_MS:
        raise ConflictError(
            N_("a node works on {place}, or did {ago} seconds ago"),
            fix=N_("Stop all nodes; one that was killed is forgotten after a minute."),
            place=place,
            ago=max(0, now_ms - heard) // 1000,
        )


def follow_ups(connection: Connection) -> int:
    """The number of follow-ups that wait for their time."""
    query = select(func.count()).select_from(runs).where(literal_column(FOLLOW_UP_WAITS))
    return int(connection.execute(query).scalar_one())


@contextlib.contextmanager
def connected(database: Database, *, migrated: bool = False) -> Iterator[Connection]:
    """Opens a write connection in a transaction, which is committed at the end.

    The transaction has no time limits.

    Raises:
        StoreUnavailableError: the database cannot be reached.
    """
    engine = database.write_engine()
    try:
        with engine.connect() as connection:
            if migrated:
                migrate(database, connection)
            with connection.begin():
                database.take_time(connection)
                yield connection
    except DBAPIError as error:
        failure = Failure(error)
        if not failure.is_unavailable:
            raise
        if failure.is_damage:
            raise damaged(database.place, failure.cause) from error
        reason = database_copy_failed(place=str(database.place), failure=failure.reason)
        raise StoreUnavailableError(reason) from error
    finally:
        engine.dispose()


class _Progress:
    def __init__(self, origin: Connection, report: Progress | None, *, passes: int) -> None:
        self._report = report
        self._done = 0
        self._total = 0
        if report is not None:
            counts = (select(func.count()).select_from(table) for table in TABLES)
            self._total = passes * sum(origin.execute(count).scalar_one() for count in counts)

    def add(self, table: Table, rows: int) -> None:
        self._done += rows
        if self._report is not None:
            self._report(self._done, self._total, table.name)


class _Sum:
    """Adds up the hashes of rows, so that the order of the rows does not matter."""

    def __init__(self) -> None:
        self._rows = 0
        self._sum = 0

    def add(self, rows: Sequence[Any]) -> None:
        self._rows += len(rows)
        for row in rows:
            digest = hashlib.blake2b(repr(tuple(row)).encode(), digest_size=_SUM_BITS // 8)
            self._sum += int.from_bytes(digest.digest(), "big")

    def result(self) -> TableSum:
        return TableSum(self._rows, f"{self._sum % (1 << _SUM_BITS):032x}")


@contextlib.contextmanager
def _chunks(connection: Connection, table: Table) -> Iterator[Iterator[Sequence[Any]]]:
    """Yields the rows of a table in chunks, so that not all are in memory at once."""
    query = select(table).execution_options(yield_per=_CHUNK)
    with connection.execute(query) as result:
        yield result.partitions()


def _read(connection: Connection, table: Table, progress: _Progress) -> TableSum:
    adder = _Sum()
    with _chunks(connection, table) as chunks:
        for rows in chunks:
            adder.add(rows)
            progress.add(table, len(rows))
    return adder.result()


def _compare(table: Table, expected: TableSum, found: TableSum) -> None:
    if expected != found:
        raise _differs(
            N_(
                "the target has other values than the origin: the table {table} ({rows:number}"
                " rows, {there:number} there); nothing was kept there"
            ),
            table=table.name,
            rows=expected.rows,
            there=found.rows,
        )


def _differs(wrong: str, **values: object) -> AutomatorError:
    return AutomatorError(
        wrong,
        fix=N_("Try it again; if it happens again, please report it."),
        code="copy-differs",
        **values,
    )
