"""The roll-ups of a store, and the same counted from the rows themselves."""

from collections import Counter
from typing import Any

from sqlalchemy import Column, Connection, Table, func, select

from automator.model import RunState, Verdict
from automator.store import Log
from automator.store.batch.rollups import ENDED, EVENTS, HOUR_MS, NOT_TAKEN, STARTED, counted_since
from automator.store.schema.tables import deliveries, events, runs

#: (hour, what, name) → how many.
Counted = Counter[tuple[int, str, str]]


def kept(log: Log) -> Counted:
    """The sums over the nodes, with what is not in the table yet."""
    found: Counted = Counter()
    with log.engine.connect() as connection:
        for one in counted_since(connection, 0):
            found[one.hour, one.metric, one.name] += one.count
    return Counter({key: count for key, count in found.items() if count})


def counted(log: Log) -> Counted:
    """The correct roll-ups, counted from the rows."""
    found: Counted = Counter()
    with log.engine.connect() as connection:
        for (at, name, _), count in _groups(connection, events, "received_at", "connection"):
            found[_hour(at), EVENTS, name] += count
        for (at, name, verdict), count in _groups(
            connection, deliveries, "received_at", "connection", deliveries.c.verdict
        ):
            if Verdict(verdict) is not Verdict.ACCEPTED:
                found[_hour(at), NOT_TAKEN[verdict], name] += count
        for (at, name, _), count in _groups(connection, runs, "created_at", "rule"):
            found[_hour(at), STARTED, name] += count
        for (at, name, state), count in _groups(
            connection, runs, "finished_at", "rule", runs.c.state
        ):
            if at is not None:
                found[_hour(at), ENDED[RunState(state)], name] += count
    return found


def _hour(at: int) -> int:
    return at - at % HOUR_MS


def _groups(
    connection: Connection, table: Table, at: str, name: str, kind: Column[Any] | None = None
) -> list[tuple[tuple[int, str, Any], int]]:
    columns = [table.c[at], table.c[name], table.c.id if kind is None else kind]
    query = select(*columns, func.count()).group_by(*columns)
    return [((row[0], row[1], row[2]), row[3]) for row in connection.execute(query)]
