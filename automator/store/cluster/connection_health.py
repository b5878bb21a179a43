"""The health of connections: the last delivery of each, the pauses between deliveries, refusals.

Each node adds its counts once a minute in one transaction, so all nodes judge by the same rows.
"""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, replace
from typing import Any

from sqlalchemy import select, update

from automator.model import DAY_MS, Reason, record
from automator.store.batch.batch import Batch, Edit
from automator.store.batch.rollups import NOT_KEPT, REJECTED
from automator.store.database.dialect import insert
from automator.store.database.statements import WriteConnection
from automator.store.schema.encoding import (
    dataclass_of,
    dump_json,
    dump_reason,
    load_json,
    load_reason,
)
from automator.store.schema.upkeep_tables import connection_health

#: For how many days the longest pause is kept.
KEPT_DAYS = 7


@record
class ConnectionNews:
    """Counts of one node about a connection, since its last report. Times are in milliseconds."""

    connection: str
    #: When the first and the last accepted delivery came in; None if none did.
    first_at: int | None = None
    last_at: int | None = None
    #: How many deliveries have failed verification since the last one that passed.
    refusals: int = 0
    refused_since: int | None = None


@record
class ConnectionHealth:
    """The health of a connection, as all nodes together see it. Times are in milliseconds."""

    connection: str
    last_at: int | None = None
    #: For each day (counted from 1970) the longest pause that ended on it; the oldest day is first.
    pauses: tuple[tuple[int, int], ...] = ()
    refusals: int = 0
    refused_since: int | None = None
    #: The `last_at` of the last reported silence; below, the `refused_since` of the refusals.
    reported_silent: int | None = None
    reported_rejecting: int | None = None
    #: The problem with the subscription at the provider; below, when that was checked.
    problem: Reason | None = None
    checked_at: int = 0


ALL_HEALTH = select(connection_health).order_by(connection_health.c.connection)


def connection_health_from_row(row: Any) -> ConnectionHealth:
    """Reads the health from a row of the table."""
    pauses = tuple((day, pause) for day, pause in load_json(row.pauses))
    return dataclass_of(ConnectionHealth, row, pauses=pauses, problem=load_reason(row.problem))


def merged(known: ConnectionHealth, heard: ConnectionNews) -> ConnectionHealth:
    """Adds the counts of a node to the health of a connection."""
    row = known
    if heard.first_at is not None and heard.last_at is not None:
        before = known.last_at
        if before is not None and heard.first_at > before:
            row = replace(row, pauses=_with_pause(row.pauses, before, heard.first_at))
        row = replace(row, last_at=max(heard.last_at, before or 0))
        # Another node may have counted later refusals already.
        if row.refused_since is not None and heard.last_at >= row.refused_since:
            row = replace(row, refusals=0, refused_since=None)
    if heard.refusals:
        since = row.refused_since if row.refusals else heard.refused_since
        row = replace(row, refusals=row.refusals + heard.refusals, refused_since=since)
    return row


def _with_pause(
    pauses: tuple[tuple[int, int], ...], began: int, ended: int
) -> tuple[tuple[int, int], ...]:
    by_day = dict(pauses)
    day = ended // DAY_MS
    by_day[day] = max(by_day.get(day, 0), ended - began)
    return tuple(sorted(by_day.items())[-KEPT_DAYS:])


class HealthOfConnections:
    """The part of the store that keeps the health of connections."""

    def __init__(self, edit: Edit) -> None:
        self._edit = edit

    async def add(self, heard: Sequence[ConnectionNews]) -> None:
        """Adds this node's counts to the health of connections.

        Raises:
            StoreUnavailableError: nothing was added.
        """
        await self._edit(lambda db, _batch: _add(db, heard))

    async def count_refused(self, counted: Sequence[tuple[str, int, int]]) -> None:
        """Adds refused deliveries that were not kept to the roll-ups: connection, hour and number.

        Raises:
            StoreUnavailableError: nothing was counted.
        """

        def count(_db: WriteConnection, batch: Batch) -> None:
            for connection, at_ms, number in counted:
                batch.tally.add(REJECTED, connection, at_ms, number)
                batch.tally.add(NOT_KEPT, connection, at_ms, number)

        await self._edit(count)

    async def note_reported(self, row: ConnectionHealth) -> None:
        """Notes that the silence and the refusals in this row have been reported."""
        values = {
            "reported_silent": row.reported_silent,
            "reported_rejecting": row.reported_rejecting,
        }

        def note(db: WriteConnection, _batch: Batch) -> None:
            _ensure(db, row.connection)
            _change(db, row.connection, values)

        await self._edit(note)

    async def take_check(self, connection: str, now_ms: int, every_ms: int) -> bool:
        """Whether this node is to check the subscription now; only one node in `every_ms` is."""
        return await self._edit(lambda db, _batch: _take_check(db, connection, now_ms, every_ms))

    async def found(self, connection: str, problem: Reason | None) -> None:
        """Stores the problem with the subscription that a check has found; None if all is well."""
        values = {"problem": None if problem is None else dump_reason(problem)}
        await self._edit(lambda db, _batch: _change(db, connection, values))


def _add(db: WriteConnection, heard: Iterable[ConnectionNews]) -> None:
    db.database.lock(db.core, "connection health")
    known = {row.connection: connection_health_from_row(row) for row in db.core.execute(ALL_HEALTH)}
    for item in heard:
        before = known.get(item.connection)
        row = merged(before or ConnectionHealth(connection=item.connection), item)
        if before is None:
            db.core.execute(insert(connection_health).values(**_values(row)))
        else:
            _change(db, item.connection, _values(row))


def _change(db: WriteConnection, connection: str, values: dict[str, Any]) -> None:
    db.core.execute(
        update(connection_health)
        .where(connection_health.c.connection == connection)
        .values(**values)
    )


def _ensure(db: WriteConnection, connection: str) -> None:
    """Inserts a row for the connection, if there is none."""
    first = insert(connection_health).values(**_values(ConnectionHealth(connection=connection)))
    db.core.execute(first.on_conflict_do_nothing(index_elements=[connection_health.c.connection]))


def _take_check(db: WriteConnection, connection: str, now_ms: int, every_ms: int) -> bool:
    _ensure(db, connection)
    updated = db.core.execute(
        update(connection_health)
        .where(
            connection_health.c.connection == connection,
            # A time in the future comes from a clock that was ahead, and must not delay the check.
            ~connection_health.c.checked_at.between(now_ms - every_ms + 1, now_ms + every_ms),
        )
        .values(checked_at=now_ms)
    ).rowcount
    return updated > 0


def _values(row: ConnectionHealth) -> dict[str, Any]:
    problem = None if row.problem is None else dump_reason(row.problem)
    return asdict(row) | {"pauses": dump_json(row.pauses), "problem": problem}
